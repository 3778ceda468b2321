// src/core/cholesky.h: small symmetric positive matrices, solved without a library's
// error handler.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_CHOLESKY_H
#define IA_CORE_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

// Replace the lower triangle of an (n, n) matrix by its factor L, matrix = L L^T. False
// where it is not positive (or not finite); the matrix is then spoilt.
bool ia_cholesky(double *matrix, size_t n);
// b becomes the solution of matrix x = b, from the factor.
void ia_cholesky_solve(const double *factor, size_t n, double *b);
// Logarithm of the determinant, from the factor.
double ia_cholesky_log_det(const double *factor, size_t n);
// Diagonal of the inverse, (n), from the factor; `room` holds n values.
void ia_cholesky_variance(const double *factor, size_t n, double *room, double *out);

#endif
