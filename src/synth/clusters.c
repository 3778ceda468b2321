// src/synth/clusters.c: spheres at random places that do not overlap, with a lookup by
// place.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <math.h>
#include <stdlib.h>

enum { TRIES = 2000 }; // places tried for one cluster before the box counts as full

// Beyond this many standard deviations from its radius a cluster is all or nothing.
static const double reach_sd = 4;

static double box_volume(const ia_simulate_params *params)
{
    return params->size_x * params->size_y * params->size_z;
}

// Log-normal radius of the wanted mean and relative standard deviation.
static double draw_radius(const ia_simulate_params *params, ia_random *random)
{
    double variance = log1p(params->cluster_radius_sd * params->cluster_radius_sd);

    return params->cluster_radius *
           exp(sqrt(variance) * ia_random_normal(random) - variance / 2);
}

static void draw_centre(const ia_simulate_params *params, ia_random *random,
                        double centre[3])
{
    centre[0] = params->size_x * (ia_random_uniform(random) - 0.5);
    centre[1] = params->size_y * (ia_random_uniform(random) - 0.5);
    centre[2] = params->size_z * ia_random_uniform(random);
}

static double distance(const double *a, const double *b)
{
    double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];

    return sqrt(x * x + y * y + z * z);
}

static bool is_free(const ia_clusters *clusters, size_t n, const ia_object *candidate)
{
    for (size_t i = 0; i < n; i++)
        if (distance(clusters->objects[i].centre, candidate->centre) <
            clusters->objects[i].radius + candidate->radius + 2 * clusters->width)
            return false;
    return true;
}

// Random sequential addition: each sphere goes to the first free of its random places.
static ia_status place_spheres(ia_ctx *ctx, const ia_simulate_params *params,
                               ia_clusters *clusters)
{
    ia_random random = ia_draw_new(params->seed, IA_DRAW_CLUSTERS, 0);

    for (size_t i = 0; i < clusters->n; i++) {
        ia_object *object = &clusters->objects[i];
        size_t tries = 0;
        object->radius = draw_radius(params, &random);
        do {
            if (tries++ == TRIES)
                return ia_fail(
                    ctx, IA_ERR_PARAM,
                    "only %zu of %zu clusters of mean radius %g nm fit into the "
                    "box without touching",
                    i, clusters->n, params->cluster_radius);
            draw_centre(params, &random, object->centre);
        } while (!is_free(clusters, i, object));
        if (i % 64 == 0) {
            ia_status st = ia_step(ctx, "clusters", (double)i / (double)clusters->n);
            if (st != IA_OK)
                return st;
        }
    }
    return IA_OK;
}

static void set_grid(const ia_simulate_params *params, ia_clusters *clusters)
{
    const double size[3] = {params->size_x, params->size_y, params->size_z};

    clusters->low[0] = -size[0] / 2;
    clusters->low[1] = -size[1] / 2;
    clusters->low[2] = 0;
    clusters->cell =
        fmax(1, cbrt(box_volume(params) / 1e6)); // nm; about 1e6 cells at most
    for (int i = 0; i < 3; i++)
        clusters->cells[i] = (size_t)ceil(size[i] / clusters->cell);
}

static size_t cell_along(const ia_clusters *clusters, int axis, double place)
{
    double cell = floor((place - clusters->low[axis]) / clusters->cell);
    double last = (double)(clusters->cells[axis] - 1);

    return (size_t)fmin(fmax(cell, 0), last);
}

// Enter cluster i into every cell that its reach touches; without `near`, only count it.
static void enter_cluster(ia_clusters *clusters, size_t i, size_t *count)
{
    const ia_object *object = &clusters->objects[i];
    double reach = object->radius + reach_sd * clusters->width;
    size_t first[3], last[3];

    for (int a = 0; a < 3; a++) {
        first[a] = cell_along(clusters, a, object->centre[a] - reach);
        last[a] = cell_along(clusters, a, object->centre[a] + reach);
    }
    for (size_t z = first[2]; z <= last[2]; z++)
        for (size_t y = first[1]; y <= last[1]; y++)
            for (size_t x = first[0]; x <= last[0]; x++) {
                size_t cell = (z * clusters->cells[1] + y) * clusters->cells[0] + x;
                if (clusters->near)
                    clusters->near[clusters->begin[cell] + count[cell]] = (uint32_t)i;
                count[cell]++;
            }
}

static ia_status build_grid(ia_ctx *ctx, ia_clusters *clusters)
{
    size_t n_cells = clusters->cells[0] * clusters->cells[1] * clusters->cells[2];
    size_t *count = ia_array(ctx, n_cells, sizeof *count);
    ia_status st = IA_ERR_MEMORY;

    clusters->begin = ia_array(ctx, n_cells + 1, sizeof *clusters->begin);
    if (!count || !clusters->begin)
        goto done;
    for (size_t i = 0; i < clusters->n; i++)
        enter_cluster(clusters, i, count);
    for (size_t c = 0; c < n_cells; c++) {
        clusters->begin[c + 1] = clusters->begin[c] + count[c];
        count[c] = 0;
    }
    clusters->near = ia_array(ctx, clusters->begin[n_cells], sizeof *clusters->near);
    if (!clusters->near)
        goto done;
    for (size_t i = 0; i < clusters->n; i++)
        enter_cluster(clusters, i, count);
    st = IA_OK;
done:
    free(count);
    return st;
}

ia_status ia_clusters_compute(ia_ctx *ctx, const ia_simulate_params *params,
                              ia_clusters *out)
{
    double planned = params->cluster_density * 1e-27 * box_volume(params);
    ia_clusters clusters = {.width = params->interface_width};
    ia_status st;

    if (planned > 1e6)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "cluster_density = %g m^-3 makes %.3g clusters in "
                       "this box, more than 1e6",
                       params->cluster_density, planned);
    clusters.n = (size_t)floor(planned + 0.5);
    clusters.objects = ia_array(ctx, clusters.n, sizeof *clusters.objects);
    if (!clusters.objects)
        return IA_ERR_MEMORY;
    set_grid(params, &clusters);
    if ((st = place_spheres(ctx, params, &clusters)) != IA_OK ||
        (st = build_grid(ctx, &clusters)) != IA_OK)
        goto done;
    *out = clusters;
    clusters = (ia_clusters){0};
done:
    ia_clusters_clear(&clusters);
    return st;
}

// Convolution of a step with a Gaussian across the edge.
static double edge_level(double beyond, double width)
{
    if (beyond <= -reach_sd * width)
        return 1;
    if (beyond >= reach_sd * width)
        return 0;
    return 0.5 * erfc(beyond / (sqrt(2.0) * width));
}

double ia_clusters_level(const ia_clusters *clusters, const float *xyz, int32_t *inside)
{
    const double place[3] = {xyz[0], xyz[1], xyz[2]};
    size_t cell = cell_along(clusters, 2, place[2]);
    double level = 0;

    cell = cell * clusters->cells[1] + cell_along(clusters, 1, place[1]);
    cell = cell * clusters->cells[0] + cell_along(clusters, 0, place[0]);
    *inside = -1;
    for (size_t e = clusters->begin[cell]; e < clusters->begin[cell + 1]; e++) {
        const ia_object *object = &clusters->objects[clusters->near[e]];
        double beyond = distance(place, object->centre) - object->radius;
        if (beyond <= 0)
            *inside = (int32_t)clusters->near[e];
        level = fmax(level, edge_level(beyond, clusters->width));
    }
    return level;
}

void ia_clusters_clear(ia_clusters *clusters)
{
    free(clusters->near);
    free(clusters->begin);
    free(clusters->objects);
    *clusters = (ia_clusters){0};
}
