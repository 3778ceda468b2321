// src/honest/draws.h: running a callback draw by draw, and what a set of draws comes to.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_DRAWS_H
#define IONATLAS_SRC_DRAWS_H

#include <ionatlas/honest.h>

typedef ia_status (*ia_draw_body)(ia_ctx *ctx, void *user, uint64_t draw, size_t worker,
                                  double *values);

typedef struct {
    ia_draw_body body;
    void *user;
    size_t n_values;
    const char *stage;
} ia_draws;

// Draws first, first + 1, ... into rows of n_values, each with the context of its worker.
// Fails with what the lowest draw that failed did, and its sentence.
ia_status ia_draws_run(ia_ctx *ctx, const ia_draws *draws, uint64_t first, size_t n,
                       double *rows);

// Each (n_values) or NULL. `scratch` has room for n_rows values.
typedef struct {
    double *mean, *sd, *lo, *hi;
    double band;
    double *scratch;
} ia_summary;
void ia_draws_summarise(const double *rows, size_t n_rows, size_t n_values,
                        const ia_summary *out);

#endif
