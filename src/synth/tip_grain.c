// src/synth/tip_grain.c: the sites of a crystal in a tip, their neighbours, and which are
// still there.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth/tip.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PADDING = 3 };           // cells around those that hold atoms, for neighbours
static const double skin = 1.5; // nm, atoms below the last surface
static const double near = 1.2; // times the nearest distance: neighbours that bind
// Times the closest row's: those that make the normal. Only rows do, atoms on both sides
// in equal steps: in diamond and hcp the way to an atom of the other site does not go on.
static const double wide = 2.05;

void ia_tip_rotation(const ia_simulate_params *p, int grain, double rotation[3][3])
{
    const double second[3] = {p->second_x_deg, p->second_y_deg, p->second_z_deg};

    if (grain == 0)
        ia_lattice_rotation(p, rotation);
    else
        ia_rotation_of(second, rotation);
}

void ia_tip_grain_place(const ia_tip_grain *grain, size_t site, double place[3])
{
    size_t cell = site / grain->cell.n_sites;
    const double *fraction = grain->cell.sites[site % grain->cell.n_sites];
    long k = grain->first[2] + (long)(cell % grain->n_cells[2]);
    long j = grain->first[1] + (long)(cell / grain->n_cells[2] % grain->n_cells[1]);
    long i = grain->first[0] + (long)(cell / grain->n_cells[2] / grain->n_cells[1]);
    double at[3] = {(double)i + fraction[0], (double)j + fraction[1],
                    (double)k + fraction[2]};

    for (int c = 0; c < 3; c++)
        place[c] = at[0] * grain->cell.axis[0][c] + at[1] * grain->cell.axis[1][c] +
                   at[2] * grain->cell.axis[2][c];
}

static bool is_on_side(const ia_tip_grain *grain, const double place[3])
{
    double sum = 0;

    for (int c = 0; c < 3; c++)
        sum += (place[c] - grain->centre[c]) * grain->plane[c];
    return grain->side == 0 || (grain->side > 0 ? sum >= 0 : sum < 0);
}

static bool is_followed(const ia_tip_grain *grain, const double place[3])
{
    double cosine = 0, apex = ia_tip_passes(grain->shape, place, &cosine);

    return apex >= 0 && apex < grain->shape->depth + skin &&
           cosine >= grain->shape->cosine && is_on_side(grain, place);
}

bool ia_tip_grain_has(const ia_tip_grain *grain, size_t site, double apex)
{
    double place[3], cosine;

    if (grain->state[site] != IA_TIP_BEYOND)
        return grain->state[site] != IA_TIP_GONE;
    ia_tip_grain_place(grain, site, place);
    return ia_tip_passes(grain->shape, place, &cosine) > apex;
}

unsigned ia_tip_grain_count(const ia_tip_grain *grain, size_t site, double apex)
{
    const ia_tip_neighbour *neighbour = grain->wide[site % grain->cell.n_sites];
    unsigned count = 0;

    for (size_t k = 0; k < grain->n_near; k++)
        count +=
            ia_tip_grain_has(grain, (size_t)((ptrdiff_t)site + neighbour[k].step), apex);
    return count;
}

void ia_tip_grain_outward(const ia_tip_grain *grain, size_t site, double apex,
                          double outward[3])
{
    size_t basis = site % grain->cell.n_sites;

    outward[0] = outward[1] = outward[2] = 0;
    for (size_t k = grain->n_odd; k < grain->n_wide[basis]; k++) {
        const ia_tip_neighbour *neighbour = &grain->wide[basis][k];
        if (!ia_tip_grain_has(grain, (size_t)((ptrdiff_t)site + neighbour->step), apex))
            for (int c = 0; c < 3; c++)
                outward[c] += neighbour->apart[c];
    }
}

// Corners of a box that holds the followed part of the tip.
static void box_of(const ia_tip_shape *shape, double low[3], double high[3])
{
    double most = shape->depth + skin, r = ia_tip_radius(shape, most);
    double across = r * sqrt(1 - shape->cosine * shape->cosine) + 0.1;

    low[0] = low[1] = -across;
    high[0] = high[1] = across;
    low[2] = -0.1;
    high[2] = most + r * (1 - shape->cosine) + 0.1;
}

// Cells along each edge, with room for neighbours.
static void set_cells(ia_tip_grain *grain)
{
    double low[3], high[3];

    box_of(grain->shape, low, high);
    for (int e = 0; e < 3; e++) {
        const double *axis = grain->cell.axis[e]; // edges are at right angles
        double square = axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2];
        double least = 0, most = 0;
        for (int c = 0; c < 3; c++) {
            least += fmin(axis[c] * low[c], axis[c] * high[c]) / square;
            most += fmax(axis[c] * low[c], axis[c] * high[c]) / square;
        }
        grain->first[e] = (long)floor(least) - PADDING - 1;
        grain->n_cells[e] = (size_t)((long)ceil(most) + PADDING + 1 - grain->first[e]);
    }
}

typedef struct {
    ia_tip_neighbour to;
    double length; // nm
} way;
typedef struct {
    way *list; // (n) from one site
    size_t n;
} ways_around;
enum {
    WAYS_MOST = (2 * PADDING + 1) * (2 * PADDING + 1) * (2 * PADDING + 1) * IA_TIP_BASIS
};

// The way from one site to another of a cell (i, j, k) away.
static way way_to(const ia_tip_grain *grain, size_t from, size_t to, const int cells[3])
{
    const ia_cell *cell = &grain->cell;
    ptrdiff_t apart = (cells[0] * (ptrdiff_t)grain->n_cells[1] + cells[1]) *
                          (ptrdiff_t)grain->n_cells[2] +
                      cells[2];
    way w = {.to.step =
                 apart * (ptrdiff_t)cell->n_sites + (ptrdiff_t)to - (ptrdiff_t)from};
    double square = 0;

    for (int c = 0; c < 3; c++) {
        for (int e = 0; e < 3; e++)
            w.to.apart[c] +=
                (cells[e] + cell->sites[to][e] - cell->sites[from][e]) * cell->axis[e][c];
        square += w.to.apart[c] * w.to.apart[c];
    }
    w.length = sqrt(square);
    return w;
}

// Ways from a site to the others of the cells around.
static void list_ways(const ia_tip_grain *grain, size_t from, ways_around *out)
{
    int at[3];

    out->n = 0;
    for (at[0] = -PADDING; at[0] <= PADDING; at[0]++)
        for (at[1] = -PADDING; at[1] <= PADDING; at[1]++)
            for (at[2] = -PADDING; at[2] <= PADDING; at[2]++)
                for (size_t to = 0; to < grain->cell.n_sites; to++) {
                    way *w = &out->list[out->n];
                    *w = way_to(grain, from, to, at);
                    out->n += w->length > 1e-9;
                }
}

// Whether another atom lies as far on the other side.
static bool is_row(const ways_around *ways, const way *w)
{
    const double *to = w->to.apart;

    for (size_t i = 0; i < ways->n; i++) {
        const double *back = ways->list[i].to.apart;
        if (fabs(back[0] + to[0]) + fabs(back[1] + to[1]) + fabs(back[2] + to[2]) < 1e-6)
            return true;
    }
    return false;
}

// Distance of the nearest atom, or of the nearest in a row.
static double closest(const ways_around *ways, bool rows)
{
    double nearest = HUGE_VAL;

    for (size_t i = 0; i < ways->n; i++) {
        const way *w = &ways->list[i];
        if (w->length < nearest && (!rows || is_row(ways, w)))
            nearest = w->length;
    }
    return nearest;
}

// Append the neighbours of a site of the cell that lie in (least, most] nm, those in rows
// or the others.
static void add_neighbours(ia_tip_grain *grain, size_t from, const ways_around *ways,
                           bool rows, double least, double most)
{
    for (size_t i = 0; i < ways->n && grain->n_wide[from] < IA_TIP_WIDE_MOST; i++) {
        const way *w = &ways->list[i];
        if (w->length > least && w->length <= most && is_row(ways, w) == rows)
            grain->wide[from][grain->n_wide[from]++] = w->to;
    }
}

// Those that bind come first, of them those that are in no row.
static ia_status set_neighbours(ia_ctx *ctx, ia_tip_grain *grain)
{
    ways_around ways = {ia_array(ctx, WAYS_MOST, sizeof *ways.list), 0};
    double binding = 0, reach = 0;

    if (!ways.list)
        return IA_ERR_MEMORY;
    for (size_t s = 0; s < grain->cell.n_sites; s++) {
        list_ways(grain, s, &ways);
        if (s == 0) {
            grain->bond = closest(&ways, false);
            binding = near * grain->bond;
            reach = wide * closest(&ways, true);
        }
        add_neighbours(grain, s, &ways, false, 0, binding);
        grain->n_odd = grain->n_wide[s];
        add_neighbours(grain, s, &ways, true, 0, binding);
        grain->n_near = grain->n_wide[s];
        add_neighbours(grain, s, &ways, true, binding, reach);
    }
    free(ways.list);
    return IA_OK;
}

typedef struct {
    ia_tip_grain *grain;
    size_t *n; // (layers) atoms followed
} marking;

static size_t sites_of_layer(const ia_tip_grain *grain)
{
    return grain->n_cells[1] * grain->n_cells[2] * grain->cell.n_sites;
}

static void mark_layer(void *user, size_t layer, size_t worker)
{
    marking *job = user;
    size_t n = sites_of_layer(job->grain), begin = layer * n;

    (void)worker;
    for (size_t site = begin; site < begin + n; site++) {
        double place[3];
        ia_tip_grain_place(job->grain, site, place);
        bool followed = is_followed(job->grain, place);
        job->grain->state[site] = followed ? 0 : IA_TIP_BEYOND;
        job->n[layer] += followed;
    }
}

static bool is_at_border(const ia_tip_grain *grain, size_t site)
{
    const ia_tip_neighbour *neighbour = grain->wide[site % grain->cell.n_sites];

    for (size_t k = 0; k < grain->n_near; k++)
        if (grain->state[(ptrdiff_t)site + neighbour[k].step] == IA_TIP_BEYOND)
            return true;
    return false;
}

// Counts are of the atoms that the start leaves; nobody is gone yet.
static void count_all(ia_tip_grain *grain)
{
    size_t n = grain->n_cells[0] * sites_of_layer(grain);

    for (size_t site = 0; site < n; site++)
        if (grain->state[site] != IA_TIP_BEYOND)
            grain->state[site] =
                is_at_border(grain, site)
                    ? (uint8_t)(ia_tip_grain_count(grain, site, 0) | IA_TIP_BORDER)
                    : (uint8_t)grain->n_near;
}

static ia_status mark_sites(ia_ctx *ctx, ia_tip_grain *grain)
{
    size_t n = grain->n_cells[0] * sites_of_layer(grain);
    marking job = {grain, ia_array(ctx, grain->n_cells[0], sizeof *job.n)};
    ia_status st = IA_ERR_MEMORY;

    grain->state = ia_array(ctx, n, 1);
    if (!job.n || !grain->state ||
        (st = ia_for(ctx, "sites", grain->n_cells[0], mark_layer, &job)) != IA_OK)
        goto done;
    count_all(grain);
    for (size_t layer = 0; layer < grain->n_cells[0]; layer++)
        grain->n += job.n[layer];
done:
    free(job.n);
    return st;
}

ia_status ia_tip_grain_new(ia_ctx *ctx, const ia_simulate_params *params,
                           const ia_tip_shape *shape, int side, ia_tip_grain *out)
{
    const double tilt = params->boundary_tilt_deg * acos(-1.0) / 180;
    ia_tip_grain grain = {.shape = shape,
                          .plane = {sin(tilt), 0, cos(tilt)},
                          .centre = {0, 0, params->size_z / 2},
                          .side = side};
    double rotation[3][3];

    ia_tip_rotation(params, side > 0, rotation);
    grain.cell = ia_lattice_cell(params, rotation);
    set_cells(&grain);
    ia_status st = set_neighbours(ctx, &grain);
    if (st != IA_OK || (st = mark_sites(ctx, &grain)) != IA_OK) {
        ia_tip_grain_clear(&grain);
        return st;
    }
    *out = grain;
    return IA_OK;
}

void ia_tip_grain_clear(ia_tip_grain *grain)
{
    free(grain->state);
    *grain = (ia_tip_grain){0};
}
