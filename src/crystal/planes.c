// src/crystal/planes.c: lattice planes region by region.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_CHOICE(ia_planes_params, search, "fourier", "fourier|hough",
                    "structure factor, or periods of projections on many directions"),
    IA_FIELD(IA_F64, ia_planes_params, cube, "nm", 6, 1, 100,
             "edge of the regions, which overlap by half"),
    IA_FIELD(IA_F64, ia_planes_params, k_least, "nm^-1", 1, 0.1, 50,
             "lower wave numbers are those of the specimen's shape"),
    IA_FIELD(IA_F64, ia_planes_params, k_lateral, "nm^-1", 4.5, 0.5, 50,
             "highest wave number across the axis"),
    IA_FIELD(IA_F64, ia_planes_params, k_depth, "nm^-1", 8, 0.5, 50,
             "highest wave number along the axis"),
    IA_FIELD(IA_F64, ia_planes_params, chance, "", 0.01, 1e-12, 0.5,
             "chance of a false set of planes in all regions together"),
    IA_FIELD(IA_SIZE, ia_planes_params, n_regions, "", 1000, 1, 1e7,
             "regions used; of more, so many evenly spread"),
    IA_FIELD(IA_F64, ia_planes_params, grain_deg, "degree", 3, 0.01, 90,
             "grains are turned by more than this"),
    IA_FIELD_TEXT(ia_planes_params, crystal, "",
                  "fcc:0.405, bcc:0.2866, hcp:0.295,0.468, diamond:0.543, cell:...; "
                  "empty: planes without names"),
    IA_FIELD_TEXT(ia_planes_params, second_crystal, "",
                  "of other grains: each is the crystal that names most of its planes"),
    IA_FIELD(IA_F64, ia_planes_params, tolerance, "", 0.05, 0.0001, 0.5,
             "of spacings against the crystal's, relative"),
    IA_FIELD(IA_F64, ia_planes_params, tolerance_deg, "degree", 3, 0.01, 30,
             "of angles between planes against the crystal's"),
};
const ia_method ia_planes_method = IA_METHOD(
    "planes", "Lattice planes and grains, region by region", ia_planes_params, fields);

ia_planes_params ia_planes_defaults(void)
{
    ia_planes_params params;
    ia_method_defaults(&ia_planes_method, &params);
    return params;
}

typedef struct {
    const ia_planes_params *params;
    const ia_regions *regions;
    ia_nufft nufft;
    ia_nufft_room *rooms;  // (n_workers)
    ia_fourier *bands;     // (n_workers)
    ia_outline **outlines; // (n_workers)
    size_t n_workers;
    ia_hough *hough;
    double band[3];       // wave numbers: least, highest across and along the axis
    double tested;        // directions or wave vectors in all regions
    ia_reflection *found; // (n_cubes, IA_REGION_PLANES)
    size_t *n_found;      // (n_cubes)
    double *strongest;    // (n_cubes) in units of exponential noise
} job;

// Intensities above `least` that noise would have, the outline's share in phase with it.
static void subtract_outline(const ia_outline *outline, double least, const int most[3],
                             ia_fourier *f)
{
    float *at = f->intensity;
    for (int z = 0; z <= most[2]; z++)
        for (int y = -most[1]; y <= most[1]; y++)
            for (int x = -most[0]; x <= most[0]; x++, at++) {
                if ((double)*at < least)
                    continue;
                const double k[3] = {x * f->step, y * f->step, z * f->step};
                *at = (float)ia_outline_over(outline, k, (double)*at);
            }
}

static size_t find_by_band(const job *j, size_t cube, size_t worker, double least,
                           ia_reflection *out)
{
    ia_fourier *f = &j->bands[worker];
    const int *most = j->nufft.most;
    double squares = ia_fourier_spread(j->regions, &j->nufft, cube, &j->rooms[worker]);
    float *row = f->intensity, scale = squares > 0 ? (float)(1 / squares) : 0;
    size_t n = f->n_grid[0] * f->n_grid[1] * f->n_grid[2];
    ia_nufft_run(&j->nufft, &j->rooms[worker]);
    for (int z = 0; z <= most[2]; z++)
        for (int y = -most[1]; y <= most[1]; y++, row += f->n_grid[0])
            ia_nufft_power(&j->nufft, &j->rooms[worker], y, z, row);
    for (size_t i = 0; i < n; i++)
        f->intensity[i] *= scale;
    subtract_outline(j->outlines[worker], least, most, f);
    return ia_fourier_tops(f, j->params->k_least, least, out, IA_REGION_PLANES);
}

static size_t find(const job *j, size_t cube, size_t worker, double least,
                   ia_reflection *out)
{
    return j->hough ? ia_hough_find(j->hough, j->regions, j->outlines[worker], cube,
                                    worker, out)
                    : find_by_band(j, cube, worker, least, out);
}

// The strongest of a region counts where it is no more than chance makes, or stays one
// when it is climbed: a peak that ends outside of the band is none.
static void search(void *user, size_t cube, size_t worker)
{
    job *j = user;
    ia_reflection *found = j->found + cube * IA_REGION_PLANES;
    double least = log(j->tested / j->params->chance); // exponential noise
    ia_outline_find(j->outlines[worker], j->regions, cube);
    size_t n = find(j, cube, worker, log(j->tested), found), kept = 0; // p up to 1
    j->strongest[cube] = n > 0 && found[0].intensity < least ? found[0].intensity : 0;
    for (size_t i = 0; i < n && found[i].intensity >= least; i++) {
        ia_reflection r = found[i];
        r.p = fmin(1, j->tested * exp(-r.intensity));
        ia_fourier_climb(j->regions, cube, &r);
        if (!ia_fourier_is_within(r.k, j->band))
            continue;
        j->strongest[cube] = fmax(j->strongest[cube], found[i].intensity);
        found[kept++] = r;
    }
    ia_fourier_sort(found, kept);
    j->n_found[cube] = kept;
}

static ia_status prepare_bands(ia_ctx *ctx, job *j)
{
    const ia_planes_params *p = j->params;
    int lateral = (int)floor(p->k_lateral * p->cube);
    int most[3] = {lateral, lateral, (int)floor(p->k_depth * p->cube)};
    ia_status st = ia_nufft_new(ctx, most, &j->nufft);
    j->rooms = ia_array(ctx, j->n_workers, sizeof *j->rooms);
    j->bands = ia_array(ctx, j->n_workers, sizeof *j->bands);
    if (st == IA_OK && (!j->rooms || !j->bands))
        st = IA_ERR_MEMORY;
    for (size_t w = 0; w < j->n_workers && st == IA_OK; w++) {
        ia_fourier *f = &j->bands[w];
        f->step = 1 / p->cube;
        for (size_t k = 0; k < 3; k++)
            f->n_grid[k] = (k < 2 ? 2 : 1) * (size_t)most[k] + 1;
        f->intensity = ia_array(ctx, f->n_grid[0] * f->n_grid[1] * f->n_grid[2],
                                sizeof *f->intensity);
        st = f->intensity ? ia_nufft_room_new(ctx, &j->nufft, &j->rooms[w])
                          : IA_ERR_MEMORY;
    }
    if (st == IA_OK)
        j->tested = (double)ia_fourier_tested(&j->bands[0], p->k_least);
    return st;
}

static void clear_job(job *j)
{
    for (size_t w = 0; w < j->n_workers; w++) {
        if (j->rooms)
            ia_nufft_room_clear(&j->rooms[w]);
        if (j->bands)
            ia_fourier_clear(&j->bands[w]);
        if (j->outlines)
            ia_outline_free(j->outlines[w]);
    }
    ia_nufft_clear(&j->nufft);
    ia_hough_free(j->hough);
    free(j->rooms);
    free(j->bands);
    free(j->found);
    free(j->n_found);
    free(j->strongest);
    free(j->outlines);
}

static ia_status run(ia_ctx *ctx, job *j)
{
    size_t n = j->regions->n_cubes;
    ia_status st = IA_ERR_MEMORY;
    j->n_workers = ia_for_workers(ctx, n);
    if (!(j->found = ia_array(ctx, n * IA_REGION_PLANES, sizeof *j->found)) ||
        !(j->n_found = ia_array(ctx, n, sizeof *j->n_found)) ||
        !(j->strongest = ia_array(ctx, n, sizeof *j->strongest)) ||
        !(j->outlines = ia_array(ctx, j->n_workers, sizeof(ia_outline *))))
        return st;
    for (size_t w = 0; w < j->n_workers; w++)
        if ((st = ia_outline_new(ctx, j->params->cube, &j->outlines[w])) != IA_OK)
            return st;
    if (j->params->search == IA_PLANES_HOUGH) {
        if ((st = ia_hough_new(ctx, j->params, j->regions, j->n_workers, &j->hough)) ==
            IA_OK)
            j->tested = (double)ia_hough_tested(j->hough);
    } else {
        st = prepare_bands(ctx, j);
    }
    j->tested = fmax(1, j->tested) * (double)n;
    return st == IA_OK ? ia_for(ctx, "planes", n, search, j) : st;
}

// Found planes side by side.
static ia_status keep(ia_ctx *ctx, const job *j, ia_planes *out)
{
    size_t n = out->n_regions = j->regions->n_cubes;
    out->p = NAN;
    for (size_t i = 0; j->strongest && i < n; i++)
        out->p = fmin(out->p, fmin(1, j->tested * exp(-j->strongest[i])));
    for (size_t i = 0; i < n; i++)
        out->n_planes += j->n_found ? j->n_found[i] : 0;
    if (!(out->regions = ia_array(ctx, n, sizeof *out->regions)) ||
        !(out->planes = ia_array(ctx, out->n_planes, sizeof *out->planes)))
        return IA_ERR_MEMORY;
    for (size_t i = 0, next = 0; i < n; i++) {
        ia_plane_region *r = &out->regions[i];
        ia_regions_centre(j->regions, i, r->centre);
        r->ions = j->regions->ions[i];
        r->first = next;
        r->n = j->n_found ? j->n_found[i] : 0; // none where none were sought
        r->grain = -1;
        for (size_t k = 0; k < r->n; k++)
            out->planes[next++] = (ia_plane){i, j->found[i * IA_REGION_PLANES + k]};
    }
    return IA_OK;
}

// Regions to grains, with the names of their planes.
static ia_status tell_grains(ia_ctx *ctx, const ia_regions *regions,
                             const ia_planes_params *p, ia_planes *out)
{
    enum { FAMILIES = 14 };
    ia_planes_lattice lattices[IA_PLANES_CRYSTALS] = {{0}};
    ia_status st = IA_OK;
    for (size_t i = 0; st == IA_OK && i < out->n_crystals; i++) {
        lattices[i].crystal = &out->crystals[i];
        st = ia_pole_catalogue_build(ctx, &out->crystals[i], FAMILIES,
                                     &lattices[i].catalogue);
    }
    if (st == IA_OK && out->n_crystals > 0)
        st = ia_planes_orient(ctx, regions, lattices, p, out);
    if (st == IA_OK && (st = ia_planes_join(ctx, regions, p, out)) == IA_OK)
        st = ia_planes_tell(ctx, lattices, p, out);
    if (st == IA_OK)
        st = ia_planes_turn_regions(ctx, lattices, p, out);
    if (st == IA_OK)
        st = ia_planes_fit_profiles(ctx, regions, p, out);
    if (st == IA_OK && out->n_crystals > 0)
        st = ia_planes_compare(ctx, lattices, p, out);
    for (size_t i = 0; i < out->n_crystals; i++)
        ia_pole_catalogue_clear(&lattices[i].catalogue);
    return st;
}

static ia_status check(ia_ctx *ctx, const ia_planes_params *p, ia_planes *out)
{
    ia_status st = ia_method_check(ctx, &ia_planes_method, p);
    if (st == IA_OK && (p->k_least >= p->k_depth || p->k_lateral * p->cube < 2))
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "wave numbers from %g to %g nm^-1, %g across: rising ones, and more "
                     "than two over the edge of a region were expected",
                     p->k_least, p->k_depth, p->k_lateral);
    out->cube = p->cube;
    out->chance = p->chance;
    const char *const names[IA_PLANES_CRYSTALS] = {p->crystal, p->second_crystal};
    for (size_t i = 0; st == IA_OK && i < IA_PLANES_CRYSTALS; i++)
        if (*names[i]) {
            ia_crystal *crystal = &out->crystals[out->n_crystals++];
            st = ia_crystal_parse(ctx, names[i], crystal);
            if (st == IA_OK && !ia_crystal_has_size(names[i]))
                ia_warn(ctx, "%s has no lattice parameter: %.4g nm is taken", names[i],
                        crystal->cell[0]);
        }
    return st;
}

ia_status ia_planes_compute(ia_ctx *ctx, const ia_points *points,
                            const ia_planes_params *params, ia_planes *out)
{
    ia_planes_params p = params ? *params : ia_planes_defaults();
    ia_planes planes = {0};
    ia_regions regions = {0};
    job j = {
        .params = &p, .regions = &regions, .band = {p.k_least, p.k_lateral, p.k_depth}};
    ia_status st;
    if ((st = check(ctx, &p, &planes)) != IA_OK ||
        (st = ia_regions_build(ctx, points, p.cube, p.n_regions, &regions)) != IA_OK)
        goto done;
    if (regions.n_cubes == 0) {
        st = ia_fail(ctx, IA_ERR_EMPTY,
                     "no region of %g nm holds 50 of the %zu ions: too few for planes",
                     p.cube, points->n);
        goto done;
    }
    if ((!ia_fourier_is_flat(ctx, points, p.k_lateral, p.k_depth) &&
         (st = run(ctx, &j)) != IA_OK) ||
        (st = keep(ctx, &j, &planes)) != IA_OK ||
        (st = tell_grains(ctx, &regions, &p, &planes)) != IA_OK)
        goto done;
    *out = planes;
    planes = (ia_planes){0};
done:
    clear_job(&j);
    ia_regions_clear(&regions);
    ia_planes_clear(&planes);
    return st;
}

void ia_planes_clear(ia_planes *planes)
{
    for (size_t g = 0; g < planes->n_grains; g++)
        free(planes->grains[g].planes);
    free(planes->regions);
    free(planes->planes);
    free(planes->grains);
    *planes = (ia_planes){0};
}
