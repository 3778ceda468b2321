// src/core/symmetric.h: symmetric matrices that are not negative, by their eigenvectors.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_SYMMETRIC_H
#define IA_CORE_SYMMETRIC_H

#include <ionatlas/context.h>

// A matrix over the roots of its diagonal, so that the diagonal is 1 (or 0), as
// eigenvalues and eigenvectors. An eigenvalue near 0 is a combination that the matrix
// hardly knows.
typedef struct {
    size_t n, room;  // rows in use, rows there is room for
    double *scale;   // (n) roots of the diagonal; 1 where that is 0
    double *values;  // (n)
    double *vectors; // (n, n) vector k is column k
    double *work;    // private
} ia_symmetric;

ia_status ia_symmetric_new(ia_ctx *ctx, size_t room, ia_symmetric *out);
void ia_symmetric_clear(ia_symmetric *symmetric);
// Take an (n, n) matrix of finite values, n <= room. O(n^3).
void ia_symmetric_set(ia_symmetric *symmetric, const double *matrix, size_t n);
// x of matrix x = b; eigenvalues below `least` are taken as that. x may be b.
void ia_symmetric_solve(const ia_symmetric *symmetric, double least, const double *b,
                        double *x);
// The (n, n) inverse, likewise.
void ia_symmetric_inverse(const ia_symmetric *symmetric, double least, double *inverse);

#endif
