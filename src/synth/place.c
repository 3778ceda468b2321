// src/synth/place.c: which element sits on which site, and which object it belongs to.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>

// A boundary owns the ions within so many standard deviations of its layer.
static const double boundary_reach_sd = 3;

typedef struct {
    const ia_simulate_params *params;
    const ia_mix *mix;
    const ia_sites *sites;
    double shares[2][IA_MIX_MAX]; // of each element on each sublattice
    ia_clusters clusters;
    ia_object plane;
    double relabel; // boundary: chance of a solvent atom in the middle of the layer
    ia_placed *placed;
} placement;

// The second element is the one that orders: its share on the minority sublattice rises
// from its fraction (S = 0) to as much as the composition allows (S = 1). The others
// share what is left.
void ia_order_shares(const ia_simulate_params *params, const ia_mix *mix,
                     double shares[2][IA_MIX_MAX])
{
    double part = ia_lattice_share(params);
    double c = mix->n > 1 ? mix->fraction[1] : 0;
    bool ordered = part > 0 && mix->n > 1 && c < 1;
    double on_minority = ordered ? c + params->order * (fmin(1, c / part) - c) : c;
    double ordering[2] = {ordered ? (c - part * on_minority) / (1 - part) : c,
                          on_minority};

    for (int s = 0; s < 2; s++)
        for (size_t e = 0; e < mix->n; e++)
            shares[s][e] = !ordered ? mix->fraction[e]
                           : e == 1 ? ordering[s]
                                    : mix->fraction[e] * (1 - ordering[s]) / (1 - c);
}

static uint8_t draw_element(const double *shares, size_t n, ia_random *random)
{
    double u = ia_random_uniform(random);
    size_t last = 0;

    for (size_t e = 0; e < n; e++) {
        if (shares[e] <= 0)
            continue;
        if (u < shares[e])
            return (uint8_t)e;
        u -= shares[e];
        last = e;
    }
    return (uint8_t)last; // rounding
}

// Bring the solute's share at this site from its share in the matrix to `target`.
static uint8_t enrich(const placement *job, double matrix, double target, uint8_t element,
                      ia_random *random)
{
    const size_t solute = job->mix->solute;
    double u = ia_random_uniform(random);

    if (target > matrix)
        return element != solute && u < (target - matrix) / (1 - matrix) ? (uint8_t)solute
                                                                         : element;
    return element == solute && u < (matrix - target) / matrix
               ? (uint8_t)job->mix->solvent
               : element;
}

static double distance_to_plane(const ia_object *plane, const float *xyz)
{
    double sum = 0;

    for (int i = 0; i < 3; i++)
        sum += ((double)xyz[i] - plane->centre[i]) * plane->normal[i];
    return sum;
}

static uint8_t place_at_cluster(const placement *job, size_t i, uint8_t element,
                                ia_random *random)
{
    int32_t *object = &job->placed->object[i];
    double level = ia_clusters_level(&job->clusters, &job->sites->xyz[3 * i], object);

    if (level <= 0)
        return element;
    double matrix = job->shares[job->sites->sublattice[i]][job->mix->solute];
    double target = matrix + (job->params->cluster_fraction - matrix) * level;
    return enrich(job, matrix, target, element, random);
}

static uint8_t place_in_layer(const placement *job, size_t i, uint8_t element,
                              ia_random *random)
{
    const ia_simulate_params *p = job->params;
    double below = (double)job->sites->xyz[3 * i + 2] - p->layer_depth;
    double layer = floor(below / p->layer_spacing);

    if (layer < 0 || layer >= (double)p->layers ||
        below - layer * p->layer_spacing >= p->layer_thickness)
        return element;
    job->placed->object[i] = (int32_t)layer;
    double matrix = job->shares[job->sites->sublattice[i]][job->mix->solute];
    return enrich(job, matrix, p->layer_fraction, element, random);
}

static uint8_t place_at_boundary(const placement *job, size_t i, uint8_t element,
                                 ia_random *random)
{
    double x = distance_to_plane(&job->plane, &job->sites->xyz[3 * i]) /
               job->params->boundary_sd;

    job->placed->object[i] = fabs(x) <= boundary_reach_sd ? 0 : -1;
    if (fabs(x) > 8 || element != job->mix->solvent)
        return element;
    return ia_random_uniform(random) < job->relabel * exp(-x * x / 2)
               ? (uint8_t)job->mix->solute
               : element;
}

static void place_block(void *user, size_t block, size_t worker)
{
    placement *job = user;
    ia_random random = ia_draw_new(job->params->seed, IA_DRAW_SPECIES, block);
    size_t begin, end;

    (void)worker;
    ia_block(job->sites->n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const double *shares = job->shares[job->sites->sublattice[i]];
        uint8_t element = draw_element(shares, job->mix->n, &random);
        job->placed->object[i] = -1;
        if (job->params->specimen == IA_SPECIMEN_CLUSTERS)
            element = place_at_cluster(job, i, element, &random);
        else if (job->params->specimen == IA_SPECIMEN_BOUNDARY)
            element = place_at_boundary(job, i, element, &random);
        else if (job->params->specimen == IA_SPECIMEN_TIP && job->params->layers > 0)
            element = place_in_layer(job, i, element, &random);
        job->placed->element[i] = element;
    }
}

// The plane through the middle of the box, and the chance that makes the wanted excess:
// the integral of density * solvent fraction * chance across the layer is the excess.
static void set_boundary(placement *job)
{
    const ia_simulate_params *p = job->params;
    const double pi = acos(-1.0);
    double tilt = p->boundary_tilt_deg * pi / 180;
    double solvent = job->mix->fraction[job->mix->solvent];

    job->plane =
        (ia_object){.centre = {0, 0, p->size_z / 2}, .normal = {sin(tilt), 0, cos(tilt)}};
    job->relabel =
        p->excess / (ia_lattice_density(p) * solvent * p->boundary_sd * sqrt(2 * pi));
}

// Those that lie deeper than any atom hold none.
static void tell_layers(ia_ctx *ctx, const placement *job)
{
    const ia_simulate_params *p = job->params;
    double deepest = 0, inside;
    for (size_t i = 0; i < job->sites->n; i++)
        deepest = fmax(deepest, (double)job->sites->xyz[3 * i + 2]);
    inside = fmin((double)p->layers,
                  fmax(0, ceil((deepest - p->layer_depth) / p->layer_spacing)));
    if (inside < (double)p->layers)
        ia_warn(ctx, "%.0f of %zu layers begin within the tip, which is %.3g nm long",
                inside, p->layers, deepest);
}

static ia_status set_layers(ia_ctx *ctx, placement *job)
{
    const ia_simulate_params *p = job->params;

    tell_layers(ctx, job);
    job->placed->objects = ia_array(ctx, p->layers, sizeof *job->placed->objects);
    if (!job->placed->objects)
        return IA_ERR_MEMORY;
    job->placed->n_objects = p->layers;
    for (size_t l = 0; l < p->layers; l++)
        job->placed->objects[l] =
            (ia_object){.centre = {0, 0,
                                   p->layer_depth + (double)l * p->layer_spacing +
                                       p->layer_thickness / 2},
                        .normal = {0, 0, 1}};
    return IA_OK;
}

static ia_status set_objects(ia_ctx *ctx, placement *job)
{
    if (job->params->specimen == IA_SPECIMEN_CLUSTERS) {
        job->placed->objects = job->clusters.objects;
        job->placed->n_objects = job->clusters.n;
        job->clusters.objects = NULL;
    } else if (job->params->specimen == IA_SPECIMEN_BOUNDARY) {
        job->placed->objects = ia_array(ctx, 1, sizeof *job->placed->objects);
        if (!job->placed->objects)
            return IA_ERR_MEMORY;
        job->placed->objects[0] = job->plane;
        job->placed->n_objects = 1;
    } else if (job->params->specimen == IA_SPECIMEN_TIP) {
        return set_layers(ctx, job);
    }
    return IA_OK;
}

ia_status ia_place(ia_ctx *ctx, const ia_simulate_params *params, const ia_mix *mix,
                   const ia_sites *sites, ia_placed *out)
{
    ia_placed placed = {0};
    placement job = {.params = params, .mix = mix, .sites = sites, .placed = &placed};
    ia_status st = IA_ERR_MEMORY;

    placed.element = ia_array(ctx, sites->n, sizeof *placed.element);
    placed.object = ia_array(ctx, sites->n, sizeof *placed.object);
    if (!placed.element || !placed.object)
        goto done;
    ia_order_shares(params, mix, job.shares);
    set_boundary(&job);
    if (params->specimen == IA_SPECIMEN_CLUSTERS &&
        (st = ia_clusters_compute(ctx, params, &job.clusters)) != IA_OK)
        goto done;
    if ((st = ia_for(ctx, "species", ia_block_count(sites->n, IA_SYNTH_BLOCK),
                     place_block, &job)) != IA_OK ||
        (st = set_objects(ctx, &job)) != IA_OK)
        goto done;
    *out = placed;
    placed = (ia_placed){0};
done:
    ia_clusters_clear(&job.clusters);
    ia_placed_clear(&placed);
    return st;
}

void ia_placed_clear(ia_placed *placed)
{
    free(placed->objects);
    free(placed->object);
    free(placed->element);
    *placed = (ia_placed){0};
}
