// src/crystal/fourier.c: the structure factor of the ions, mean over overlapping cubes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>

#include "crystal/fourier_internal.h"

#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_fourier_params, cube, "nm", 8, 1, 100,
             "edge of the cubes that are transformed"),
    IA_FIELD(IA_F64, ia_fourier_params, k_least, "nm^-1", 1, 0.1, 50,
             "lower wave numbers are those of the specimen's shape"),
    IA_FIELD(IA_F64, ia_fourier_params, k_lateral, "nm^-1", 4.5, 0.5, 50,
             "highest wave number across the axis"),
    IA_FIELD(IA_F64, ia_fourier_params, k_depth, "nm^-1", 10, 0.5, 50,
             "highest wave number along the axis"),
    IA_FIELD(IA_F64, ia_fourier_params, chance, "", 0.01, 1e-12, 0.5,
             "chance of a false reflection anywhere in the band"),
    IA_FIELD(IA_SIZE, ia_fourier_params, n_regions, "", 200, 1, 1e7,
             "cubes used; of more, so many evenly spread"),
    IA_FIELD(IA_SIZE, ia_fourier_params, n_told, "", 40, 1, 10000,
             "reflections told, the strongest"),
};
const ia_method ia_fourier_method = IA_METHOD(
    "fourier", "Lattice planes by the structure factor", ia_fourier_params, fields);

ia_fourier_params ia_fourier_defaults(void)
{
    ia_fourier_params params;
    ia_method_defaults(&ia_fourier_method, &params);
    return params;
}

double ia_fourier_weight(const double offset[3], double edge)
{
    double w = 1;
    for (size_t k = 0; k < 3; k++) {
        double c = cos(3.14159265358979323846 * offset[k] / edge);
        w *= c * c;
    }
    return w;
}

// Positions in parts of a cube; a hair inside, so that rounding does not leave it.
double ia_fourier_spread(const ia_regions *regions, const ia_nufft *nufft, size_t cube,
                         ia_nufft_room *room)
{
    ia_region_cell cells[IA_REGION_CELLS];
    double centre[3], edge = 2 * regions->cell, squares = 0;
    ia_regions_centre(regions, cube, centre);
    ia_regions_cells(regions, cube, cells);
    ia_nufft_begin(nufft, room);
    for (size_t c = 0; c < IA_REGION_CELLS; c++)
        for (size_t i = cells[c].begin; i < cells[c].end; i++) {
            const float *xyz = regions->xyz + 3 * i;
            double offset[3], u[3];
            for (size_t k = 0; k < 3; k++) {
                offset[k] = (double)xyz[k] - centre[k];
                u[k] = 0.5 + offset[k] / edge;
            }
            // What is left over beyond the outermost cells is in none of the cubes.
            if (!(fabs(u[0] - 0.5) < 0.5 && fabs(u[1] - 0.5) < 0.5 &&
                  fabs(u[2] - 0.5) < 0.5))
                continue;
            double w = ia_fourier_weight(offset, edge);
            ia_nufft_add(nufft, room, u, w);
            squares += w * w;
        }
    return squares;
}

// Regions are added up in so many groups, whatever the number of threads.
enum { GROUPS = 16 };
typedef struct {
    const ia_regions *regions;
    const ia_nufft *nufft;
    ia_nufft_room *rooms; // one per worker
    float *sums;          // (GROUPS, band)
    size_t n_band;
} job;

static void add_group(void *user, size_t group, size_t worker)
{
    const job *j = user;
    const int *most = j->nufft->most;
    ia_nufft_room *room = &j->rooms[worker];
    float *power = room->grid; // free again once it is transformed
    for (size_t cube = group; cube < j->regions->n_cubes; cube += GROUPS) {
        float *sum = j->sums + group * j->n_band;
        double squares = ia_fourier_spread(j->regions, j->nufft, cube, room);
        ia_nufft_run(j->nufft, room);
        float scale = squares > 0 ? (float)(1 / squares) : 0;
        for (int z = 0; z <= most[2]; z++)
            for (int y = -most[1]; y <= most[1]; y++) {
                ia_nufft_power(j->nufft, room, y, z, power);
                for (int x = 0; x <= 2 * most[0]; x++)
                    *sum++ += scale * power[x];
            }
    }
}

static ia_status add_regions(ia_ctx *ctx, job *j, ia_fourier *f)
{
    size_t n_workers = ia_for_workers(ctx, GROUPS), n = f->n_regions;
    ia_status st = IA_OK;
    j->sums = ia_array(ctx, GROUPS * j->n_band, sizeof *j->sums);
    j->rooms = ia_array(ctx, n_workers, sizeof *j->rooms);
    f->intensity = ia_array(ctx, j->n_band, sizeof *f->intensity);
    if (!j->sums || !j->rooms || !f->intensity)
        st = IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers && st == IA_OK; w++)
        st = ia_nufft_room_new(ctx, j->nufft, &j->rooms[w]);
    if (st == IA_OK)
        st = ia_for(ctx, "structure factor", GROUPS, add_group, j);
    for (size_t i = 0; st == IA_OK && i < j->n_band; i++) {
        double sum = 0;
        for (size_t g = 0; g < GROUPS; g++)
            sum += (double)j->sums[g * j->n_band + i];
        f->intensity[i] = (float)(sum / (double)n);
    }
    for (size_t w = 0; j->rooms && w < n_workers; w++)
        ia_nufft_room_clear(&j->rooms[w]);
    free(j->rooms);
    free(j->sums);
    return st;
}

static ia_status transform(ia_ctx *ctx, const ia_fourier_params *p,
                           const ia_regions *regions, ia_fourier *f)
{
    ia_nufft nufft = {0};
    int lateral = (int)floor(p->k_lateral * p->cube);
    int most[3] = {lateral, lateral, (int)floor(p->k_depth * p->cube)};
    ia_status st = ia_nufft_new(ctx, most, &nufft);
    if (st == IA_OK) {
        for (size_t k = 0; k < 3; k++)
            f->n_grid[k] = (k < 2 ? 2 : 1) * (size_t)most[k] + 1;
        job j = {.regions = regions,
                 .nufft = &nufft,
                 .n_band = f->n_grid[0] * f->n_grid[1] * f->n_grid[2]};
        st = add_regions(ctx, &j, f);
    }
    ia_nufft_clear(&nufft);
    return st;
}

bool ia_fourier_is_flat(ia_ctx *ctx, const ia_points *points, double k_lateral,
                        double k_depth)
{
    const double waves[3] = {k_lateral, k_lateral, k_depth};
    for (size_t k = 0; k < 3; k++) {
        double least = INFINITY, most = -INFINITY;
        for (size_t i = 0; i < points->n; i++) {
            least = fmin(least, (double)points->xyz[3 * i + k]);
            most = fmax(most, (double)points->xyz[3 * i + k]);
        }
        if (most - least >= 1 / waves[k])
            continue;
        ia_warn(ctx, "all ions lie within %.3g nm along %c: %s, so no planes are sought",
                most - least, "xyz"[k],
                k == 2 ? "positions without depth" : "positions in a plane");
        return true;
    }
    return false;
}

static ia_status check(ia_ctx *ctx, const ia_fourier_params *p)
{
    ia_status st = ia_method_check(ctx, &ia_fourier_method, p);
    if (st == IA_OK && (p->k_least >= p->k_depth || p->k_lateral * p->cube < 2))
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "wave numbers from %g to %g nm^-1, %g across: rising ones, and more "
                     "than two over the edge of a cube were expected",
                     p->k_least, p->k_depth, p->k_lateral);
    return st;
}

// A maximum that ends outside of the band when it is climbed is none.
static void keep_within(const ia_fourier_params *p, ia_fourier *f)
{
    const double wave_numbers[3] = {p->k_least, p->k_lateral, p->k_depth};
    size_t n = f->n;
    f->n = 0;
    for (size_t i = 0; i < n; i++)
        if (ia_fourier_is_within(f->reflections[i].k, wave_numbers))
            f->reflections[f->n++] = f->reflections[i];
    if (n > 0)
        f->p = 1;
    for (size_t i = 0; i < f->n; i++)
        f->p = fmin(f->p, f->reflections[i].p);
}

ia_status ia_fourier_compute(ia_ctx *ctx, const ia_points *points,
                             const ia_fourier_params *params, ia_fourier *out)
{
    ia_fourier_params p = params ? *params : ia_fourier_defaults();
    ia_fourier f = {.cube = p.cube, .step = 1 / p.cube, .p = NAN, .chance = p.chance};
    ia_regions regions = {0};
    ia_fourier_floor floor;
    uint64_t ions = 0;
    ia_status st;

    if ((st = check(ctx, &p)) != IA_OK ||
        (st = ia_regions_build(ctx, points, p.cube, p.n_regions, &regions)) != IA_OK)
        goto done;
    f.n_regions = regions.n_cubes;
    for (size_t i = 0; i < f.n_regions; i++)
        ions += regions.ions[i];
    f.ions_per_region = f.n_regions ? (double)ions / (double)f.n_regions : 0;
    if (f.n_regions == 0) {
        st = ia_fail(ctx, IA_ERR_EMPTY,
                     "no cube of %g nm holds 50 of the %zu ions: too few for a "
                     "structure factor",
                     p.cube, points->n);
        goto done;
    }
    if ((st = transform(ctx, &p, &regions, &f)) != IA_OK)
        goto done;
    if (!ia_fourier_is_flat(ctx, points, p.k_lateral, p.k_depth) &&
        ((st = ia_fourier_find(ctx, &p, &f, &floor)) != IA_OK ||
         (st = ia_fourier_refine(ctx, &regions, &f)) != IA_OK))
        goto done;
    keep_within(&p, &f);
    ia_fourier_blur(&f);
    *out = f;
    f = (ia_fourier){0};
done:
    ia_regions_clear(&regions);
    ia_fourier_clear(&f);
    return st;
}

void ia_fourier_clear(ia_fourier *fourier)
{
    free(fourier->reflections);
    free(fourier->intensity);
    *fourier = (ia_fourier){0};
}
