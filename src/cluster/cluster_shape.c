// src/cluster/cluster_shape.c: principal axes of clusters, and how far apart they are.
// Uses the neighbour index of spatial.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/cluster_internal.h"

#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 30 };

// Turn rows and columns p and q so that their common element vanishes.
static void turn(double a[3][3], double v[3][3], size_t p, size_t q)
{
    if (a[p][q] == 0)
        return;
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (size_t k = 0; k < 3; k++) {
        double x = a[k][p], y = a[k][q];
        a[k][p] = c * x - s * y;
        a[k][q] = s * x + c * y;
    }
    for (size_t k = 0; k < 3; k++) {
        double x = a[p][k], y = a[q][k];
        a[p][k] = c * x - s * y;
        a[q][k] = s * x + c * y;
        x = v[k][p];
        y = v[k][q];
        v[k][p] = c * x - s * y;
        v[k][q] = s * x + c * y;
    }
}

// Jacobi's method: a becomes diagonal, the columns of v are the axes.
static void diagonalise(double a[3][3], double v[3][3])
{
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            v[i][j] = i == j;
    for (size_t sweep = 0; sweep < SWEEPS; sweep++) {
        turn(a, v, 0, 1);
        turn(a, v, 0, 2);
        turn(a, v, 1, 2);
    }
}

// An even ellipsoid of semi-axes s has variances s^2/5 along them.
static void set_axes(double spread[3][3], ia_cluster *c)
{
    double v[3][3];
    size_t order[3] = {0, 1, 2};
    diagonalise(spread, v);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = i + 1; j < 3; j++)
            if (spread[order[j]][order[j]] > spread[order[i]][order[i]]) {
                size_t swapped = order[i];
                order[i] = order[j];
                order[j] = swapped;
            }
    for (size_t i = 0; i < 3; i++) {
        c->semi_axes[i] = sqrt(5 * fmax(spread[order[i]][order[i]], 0));
        c->longest[i] = v[i][order[0]];
    }
    for (size_t i = 0; i < 3; i++) // of the two directions that with z >= 0
        c->longest[i] *= v[2][order[0]] < 0 ? -1 : 1;
}

ia_status ia_clusters_shape(ia_ctx *ctx, const ia_solute_set *solute, size_t first,
                            ia_clustering *out)
{
    const ia_cloud *cloud = solute->cloud;
    size_t n = out->n_clusters - first;
    double(*spread)[3][3] = ia_array(ctx, n, sizeof *spread);
    if (!spread)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < cloud->n; i++) {
        int32_t label = out->labels[cloud->row[i]];
        if (label < (int32_t)first || !solute->has[cloud->kind[i]])
            continue;
        const ia_cluster *c = &out->clusters[label];
        double d[3];
        for (size_t k = 0; k < 3; k++)
            d[k] = (double)cloud->xyz[3 * i + k] - c->centre[k];
        for (size_t j = 0; j < 3; j++)
            for (size_t k = 0; k < 3; k++)
                spread[(size_t)label - first][j][k] +=
                    d[j] * d[k] / (double)c->solute_ions;
    }
    for (size_t c = 0; c < n; c++)
        set_axes(spread[c], &out->clusters[first + c]);
    free(spread);
    return IA_OK;
}

ia_status ia_clusters_apart(ia_ctx *ctx, ia_clustering *out)
{
    size_t n = out->n_clusters;
    float *xyz = ia_array(ctx, 3 * n, sizeof *xyz);
    ia_points points = {xyz, n};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_status st = xyz ? IA_OK : IA_ERR_MEMORY;
    for (size_t c = 0; st == IA_OK && c < n; c++) {
        out->clusters[c].nearest = NAN;
        for (size_t k = 0; k < 3; k++)
            xyz[3 * c + k] = (float)out->clusters[c].centre[k];
    }
    if (st == IA_OK && n > 1 &&
        (st = ia_index_build(ctx, &points, NULL, &index)) == IA_OK &&
        (st = ia_knn_compute(ctx, index, &points, &(ia_knn_request){1, true, false},
                             &knn)) == IA_OK)
        for (size_t c = 0; c < n; c++)
            out->clusters[c].nearest = (double)knn.distance[c];
    ia_knn_clear(&knn);
    ia_index_free(index);
    free(xyz);
    return st;
}
