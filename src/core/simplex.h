// src/core/simplex.h: the least value of a function of few variables, without
// derivatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_SIMPLEX_H
#define IONATLAS_SRC_SIMPLEX_H

#include <stddef.h>

enum { IA_SIMPLEX_MOST = 8 };

typedef struct {
    double (*value)(void *user, const double *x);
    void *user;
    size_t n;           // variables, at most IA_SIMPLEX_MOST
    const double *step; // (n) first steps
    double tolerance;   // of values: stop when all are as near
    size_t most;        // values asked for, about
} ia_simplex;
// Nelder and Mead, doi:10.1093/comjnl/7.4.308. x: start, then the least found; returns
// its value. Allocates nothing and knows no global handler, unlike GSL's: for use inside
// parallel loops.
double ia_simplex_minimise(const ia_simplex *problem, double *x);

#endif
