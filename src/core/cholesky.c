// src/core/cholesky.c: small symmetric positive matrices.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/cholesky.h"

#include <math.h>
#include <string.h>

bool ia_cholesky(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i != j)
                a[i * n + j] = sum / a[j * n + j];
            else if (sum > 0 && isfinite(sum))
                a[i * n + i] = sqrt(sum);
            else
                return false;
        }
    }
    return true;
}

void ia_cholesky_solve(const double *l, size_t n, double *b)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= l[i * n + k] * b[k];
        b[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= l[k * n + i] * b[k];
        b[i] /= l[i * n + i];
    }
}

double ia_cholesky_log_det(const double *l, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += 2 * log(l[i * n + i]);
    return sum;
}

void ia_cholesky_variance(const double *l, size_t n, double *room, double *out)
{
    for (size_t i = 0; i < n; i++) {
        memset(room, 0, n * sizeof *room);
        room[i] = 1;
        ia_cholesky_solve(l, n, room);
        out[i] = room[i];
    }
}
