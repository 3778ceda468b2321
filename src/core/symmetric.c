// src/core/symmetric.c: symmetric matrices that are not negative, by their eigenvectors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/symmetric.h"

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

enum { VECTORS_OF_WORK = 5 }; // four that GSL wants, one of ours

ia_status ia_symmetric_new(ia_ctx *ctx, size_t room, ia_symmetric *out)
{
    ia_symmetric s = {.room = room};

    s.scale = ia_array(ctx, room, sizeof *s.scale);
    s.values = ia_array(ctx, room, sizeof *s.values);
    s.vectors = ia_array(ctx, room * room, sizeof *s.vectors);
    s.work = ia_array(ctx, room * (room + VECTORS_OF_WORK), sizeof *s.work);
    if (!s.scale || !s.values || !s.vectors || !s.work) {
        ia_symmetric_clear(&s);
        return IA_ERR_MEMORY;
    }
    *out = s;
    return IA_OK;
}

void ia_symmetric_clear(ia_symmetric *symmetric)
{
    free(symmetric->scale);
    free(symmetric->values);
    free(symmetric->vectors);
    free(symmetric->work);
    *symmetric = (ia_symmetric){0};
}

void ia_symmetric_set(ia_symmetric *s, const double *matrix, size_t n)
{
    double *copy = s->work, *rest = s->work + n * n;
    // GSL's own allocation ends the program when memory is short: its workspace is ours.
    gsl_eigen_symmv_workspace workspace = {n, rest, rest + n, rest + 2 * n, rest + 3 * n};

    s->n = n;
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        double diagonal = matrix[i * n + i];
        s->scale[i] = diagonal > 0 ? sqrt(diagonal) : 1;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            copy[i * n + j] = matrix[i * n + j] / (s->scale[i] * s->scale[j]);
    gsl_matrix_view a = gsl_matrix_view_array(copy, n, n);
    gsl_matrix_view vectors = gsl_matrix_view_array(s->vectors, n, n);
    gsl_vector_view values = gsl_vector_view_array(s->values, n);
    gsl_eigen_symmv(&a.matrix, &values.vector, &vectors.matrix, &workspace);
}

void ia_symmetric_solve(const ia_symmetric *s, double least, const double *b, double *x)
{
    size_t n = s->n;
    double *along = s->work;

    for (size_t k = 0; k < n; k++) {
        along[k] = 0;
        for (size_t i = 0; i < n; i++)
            along[k] += s->vectors[i * n + k] * b[i] / s->scale[i];
        along[k] /= fmax(s->values[k], least);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += s->vectors[i * n + k] * along[k];
        x[i] = sum / s->scale[i];
    }
}

void ia_symmetric_inverse(const ia_symmetric *s, double least, double *inverse)
{
    size_t n = s->n;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += s->vectors[i * n + k] * s->vectors[j * n + k] /
                       fmax(s->values[k], least);
            inverse[i * n + j] = inverse[j * n + i] = sum / (s->scale[i] * s->scale[j]);
        }
}
