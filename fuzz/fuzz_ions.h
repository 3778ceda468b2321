// fuzz/fuzz_ions.h: read bytes as ions of one format and use what was read.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef FUZZ_IONS_H
#define FUZZ_IONS_H

#include "fuzz_tell.h"

#include <ionatlas/ionatlas.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static inline ia_status read_as_ions(const char *format, const uint8_t *bytes, size_t n)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_read_params params = ia_read_defaults();
    ia_survey survey;
    params.drop_invalid = n % 2;
    ia_ctx_set_threads(ctx, 1);
    ia_status st = ia_ions_parse(ctx, ia_format_find(format), bytes, n, &ions);
    if (st == IA_OK)
        st = ia_ions_prepare(ctx, &params, &ions, &survey);
    // Every failure has its sentence.
    if (st != IA_OK && ia_ctx_message(ctx)[0] == '\0')
        abort();
    if (is_telling())
        tell(ctx, st, sum_of_ions(&ions));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
    return st;
}

static inline int fuzz_ions(const char *format, const uint8_t *bytes, size_t n)
{
    read_as_ions(format, bytes, n);
    return 0;
}

#endif
