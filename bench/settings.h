// bench/settings.h: how programs that measure set parameters and end where they cannot.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_BENCH_SETTINGS_H
#define IONATLAS_BENCH_SETTINGS_H

#include <ionatlas/ionatlas.h>
#include <stdio.h>
#include <stdlib.h>

// End with the context's sentence.
static inline void bench_stop(ia_ctx *ctx, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, ia_ctx_message(ctx));
    exit(1);
}

// A parameter by its name, as a person writes it.
static inline void bench_set(ia_ctx *ctx, const ia_method *method, void *params,
                             const char *name, const char *text)
{
    const ia_field *field = ia_method_find(method, name);
    if (!field || ia_field_read(ctx, field, text, params) != IA_OK)
        bench_stop(ctx, name);
}

// End with the context's sentence unless all is well.
static inline void bench_check(ia_ctx *ctx, ia_status st)
{
    if (st != IA_OK)
        bench_stop(ctx, "failed");
}

// A parameter of a specimen.
static inline void bench_set_tip(ia_simulate_params *p, const char *name,
                                 const char *value)
{
    bench_set(NULL, &ia_simulate_method, p, name, value);
}

#endif
