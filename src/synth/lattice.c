// src/synth/lattice.c: sites of crystals and of a random solid that fill a box.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <ionatlas/parallel.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BASIS_MAX = 16 };

// A lattice as a box-shaped cell: edges in units of the lattice parameter (negative:
// times c/a), sites as fractions of the cell; the last n_minority sites are sublattice 1.
typedef struct {
    double edge[3];
    double ideal_c_over_a;
    size_t n_sites, n_minority;
    double sites[BASIS_MAX][3];
} cell_kind;

#define T (1.0 / 6)
#define Q 0.25
#define H 0.5
#define V 0.75

static const cell_kind cells[] = {
    [IA_LATTICE_SC] = {{1, 1, 1}, 1, 1, 0, {{0, 0, 0}}},
    [IA_LATTICE_FCC] = {{1, 1, 1}, 1, 4, 0, {{0, 0, 0}, {0, H, H}, {H, 0, H}, {H, H, 0}}},
    [IA_LATTICE_BCC] = {{1, 1, 1}, 1, 2, 0, {{0, 0, 0}, {H, H, H}}},
    // sqrt(3) and sqrt(8/3): the orthogonal cell of twice the volume
    [IA_LATTICE_HCP] = {{1, 1.7320508075688772, -1},
                        1.632993161855452,
                        4,
                        0,
                        {{0, 0, 0}, {H, H, 0}, {H, T, H}, {0, 4 * T, H}}},
    [IA_LATTICE_DIAMOND] = {{1, 1, 1},
                            1,
                            8,
                            0,
                            {{0, 0, 0},
                             {0, H, H},
                             {H, 0, H},
                             {H, H, 0},
                             {Q, Q, Q},
                             {Q, V, V},
                             {V, Q, V},
                             {V, V, Q}}},
    [IA_LATTICE_B2] = {{1, 1, 1}, 1, 2, 1, {{0, 0, 0}, {H, H, H}}},
    [IA_LATTICE_L12] = {{1, 1, 1}, 1, 4, 1, {{0, H, H}, {H, 0, H}, {H, H, 0}, {0, 0, 0}}},
    [IA_LATTICE_L10] =
        {{1, 1, -1}, 1, 4, 2, {{0, H, H}, {H, 0, H}, {H, H, 0}, {0, 0, 0}}},
    // eight small bcc cells: Fe3Al with the minority on an fcc lattice of twice the edge
    [IA_LATTICE_D03] = {{2, 2, 2},
                        1,
                        16,
                        4,
                        {{H, H, H},
                         {H, 0, 0},
                         {0, H, 0},
                         {0, 0, H},
                         {Q, Q, Q},
                         {V, Q, Q},
                         {Q, V, Q},
                         {Q, Q, V},
                         {Q, V, V},
                         {V, Q, V},
                         {V, V, Q},
                         {V, V, V},
                         {0, 0, 0},
                         {0, H, H},
                         {H, 0, H},
                         {H, H, 0}}},
};

// The crystal in the box: place = origin + sum over axes of axis * (cell index + site).
typedef struct {
    const cell_kind *kind;
    double low[3], high[3]; // of the box, nm
    double origin[3];
    double axis[3][3]; // axis[i] is edge i of the cell in the frame of positions, nm
    long first[3];     // first cell index along each edge
    size_t n_cells[3]; // cells to try along each edge
    size_t *begin;     // (n_cells[0] + 1) first site of each block
    ia_sites *sites;   // NULL while counting
    const ia_simulate_params *params;
} crystal_box;

static void cell_edges(const ia_simulate_params *params, double edge[3])
{
    const cell_kind *kind = &cells[params->lattice];
    double c_over_a = params->c_over_a > 0 ? params->c_over_a : kind->ideal_c_over_a;

    for (int i = 0; i < 3; i++)
        edge[i] = params->lattice_parameter *
                  (kind->edge[i] < 0 ? -kind->edge[i] * c_over_a : kind->edge[i]);
}

ia_cell ia_lattice_cell(const ia_simulate_params *params, double rotation[3][3])
{
    const cell_kind *kind = &cells[params->lattice];
    ia_cell cell = {
        .n_sites = kind->n_sites, .n_minority = kind->n_minority, .sites = kind->sites};
    double edge[3];

    cell_edges(params, edge);
    // The rotation is right-handed in (x, y, -z); positions have z growing with depth.
    for (int e = 0; e < 3; e++)
        for (int i = 0; i < 3; i++)
            cell.axis[e][i] = (i == 2 ? -1 : 1) * rotation[i][e] * edge[e];
    return cell;
}

double ia_lattice_density(const ia_simulate_params *params)
{
    double edge[3];

    if (params->lattice == IA_LATTICE_RANDOM)
        return params->density;
    cell_edges(params, edge);
    return (double)cells[params->lattice].n_sites / (edge[0] * edge[1] * edge[2]);
}

double ia_lattice_share(const ia_simulate_params *params)
{
    const cell_kind *kind = &cells[params->lattice];

    if (params->lattice == IA_LATTICE_RANDOM)
        return 0;
    return (double)kind->n_minority / (double)kind->n_sites;
}

// Right angles are exact.
void ia_rotation_of(const double angle[3], double rotation[3][3])
{
    const double degree = acos(-1.0) / 180;
    double c[3], s[3];

    for (int i = 0; i < 3; i++) {
        c[i] = fmod(angle[i], 180) != 0 && fmod(angle[i], 90) == 0
                   ? 0
                   : cos(angle[i] * degree);
        s[i] = fmod(angle[i], 180) == 0 ? 0 : sin(angle[i] * degree);
    }
    const double product[3][3] = {
        {c[2] * c[1], c[2] * s[1] * s[0] - s[2] * c[0], c[2] * s[1] * c[0] + s[2] * s[0]},
        {s[2] * c[1], s[2] * s[1] * s[0] + c[2] * c[0], s[2] * s[1] * c[0] - c[2] * s[0]},
        {0 - s[1], c[1] * s[0], c[1] * c[0]},
    };
    memcpy(rotation, product, sizeof product);
}

void ia_lattice_rotation(const ia_simulate_params *params, double rotation[3][3])
{
    const double angle[3] = {params->rotate_x_deg, params->rotate_y_deg,
                             params->rotate_z_deg};
    ia_rotation_of(angle, rotation);
}

static void set_box(crystal_box *crystal, const ia_simulate_params *params)
{
    const double size[3] = {params->size_x, params->size_y, params->size_z};

    for (int i = 0; i < 3; i++) {
        crystal->low[i] = i < 2 ? -size[i] / 2 : 0;
        crystal->high[i] = crystal->low[i] + size[i];
    }
}

// Cells along each edge that can reach into the box, from the box's corners.
static void set_cell_range(crystal_box *crystal)
{
    for (int e = 0; e < 3; e++) {
        const double *axis = crystal->axis[e];
        double square = axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2];
        double least = 0, most = 0;

        for (int i = 0; i < 3; i++) {
            double a = axis[i] / square * (crystal->low[i] - crystal->origin[i]);
            double b = axis[i] / square * (crystal->high[i] - crystal->origin[i]);
            least += fmin(a, b);
            most += fmax(a, b);
        }
        crystal->first[e] = (long)floor(least) - 1;
        crystal->n_cells[e] = (size_t)((long)ceil(most) + 1 - crystal->first[e]);
    }
}

static void set_crystal(crystal_box *crystal, const ia_simulate_params *params)
{
    double rotation[3][3];

    crystal->kind = &cells[params->lattice];
    set_box(crystal, params);
    // An eighth of the lattice parameter keeps the planes of an upright crystal off the
    // faces.
    for (int i = 0; i < 3; i++)
        crystal->origin[i] = crystal->low[i] + params->lattice_parameter / 8;
    ia_lattice_rotation(params, rotation);
    ia_cell cell = ia_lattice_cell(params, rotation);
    memcpy(crystal->axis, cell.axis, sizeof crystal->axis);
    set_cell_range(crystal);
}

// The part of the line `start + k step` that can be inside the box, as cells along
// edge 2.
static void clip_line(const crystal_box *crystal, const double *start, const double *step,
                      long *from, long *to)
{
    double least = (double)crystal->first[2];
    double most = least + (double)crystal->n_cells[2];

    for (int i = 0; i < 3; i++) {
        if (fabs(step[i]) < 1e-9)
            continue;
        double a = (crystal->low[i] - start[i]) / step[i];
        double b = (crystal->high[i] - start[i]) / step[i];
        least = fmax(least, fmin(a, b) - 1e-6);
        most = fmin(most, fmax(a, b) + 1e-6);
    }
    *from = (long)ceil(least);
    *to = (long)floor(most);
}

static bool is_inside(const crystal_box *crystal, const double *place)
{
    for (int i = 0; i < 3; i++)
        if (place[i] < crystal->low[i] || place[i] >= crystal->high[i])
            return false;
    return true;
}

// Sites of one kind along one row of cells; their number. They are kept from `at` on.
static size_t fill_line(const crystal_box *crystal, long i, long j, size_t site,
                        size_t at)
{
    const double *fraction = crystal->kind->sites[site];
    const double *step = crystal->axis[2];
    double start[3];
    size_t n = 0;
    long from, to;

    for (int c = 0; c < 3; c++)
        start[c] = crystal->origin[c] + ((double)i + fraction[0]) * crystal->axis[0][c] +
                   ((double)j + fraction[1]) * crystal->axis[1][c] +
                   fraction[2] * step[c];
    clip_line(crystal, start, step, &from, &to);
    for (long k = from; k <= to; k++) {
        double place[3];
        for (int c = 0; c < 3; c++)
            place[c] = start[c] + (double)k * step[c];
        if (!is_inside(crystal, place))
            continue;
        if (crystal->sites) {
            for (int c = 0; c < 3; c++)
                crystal->sites->xyz[3 * (at + n) + (size_t)c] = (float)place[c];
            crystal->sites->sublattice[at + n] =
                site >= crystal->kind->n_sites - crystal->kind->n_minority;
        }
        n++;
    }
    return n;
}

// One layer of cells across edge 0: count its sites, or keep them once there is room.
static void fill_layer(void *user, size_t block, size_t worker)
{
    crystal_box *crystal = user;
    long i = crystal->first[0] + (long)block;
    size_t at = crystal->sites ? crystal->begin[block] : 0;

    (void)worker;
    for (size_t row = 0; row < crystal->n_cells[1]; row++)
        for (size_t site = 0; site < crystal->kind->n_sites; site++)
            at += fill_line(crystal, i, crystal->first[1] + (long)row, site, at);
    if (!crystal->sites)
        crystal->begin[block + 1] = at;
}

static ia_status sites_new(ia_ctx *ctx, size_t n, ia_sites *out)
{
    ia_sites sites = {.n = n};

    sites.xyz = ia_array(ctx, n, 3 * sizeof *sites.xyz);
    sites.sublattice = ia_array(ctx, n, sizeof *sites.sublattice);
    if (!sites.xyz || !sites.sublattice) {
        ia_sites_clear(&sites);
        return IA_ERR_MEMORY;
    }
    *out = sites;
    return IA_OK;
}

static ia_status fill_crystal(ia_ctx *ctx, const ia_simulate_params *params,
                              ia_sites *out)
{
    crystal_box crystal = {.params = params};
    ia_sites sites = {0};
    ia_status st;

    set_crystal(&crystal, params);
    crystal.begin = ia_array(ctx, crystal.n_cells[0] + 1, sizeof *crystal.begin);
    if (!crystal.begin) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((st = ia_for(ctx, "lattice", crystal.n_cells[0], fill_layer, &crystal)) != IA_OK)
        goto done;
    for (size_t b = 0; b < crystal.n_cells[0]; b++)
        crystal.begin[b + 1] += crystal.begin[b];
    if ((st = sites_new(ctx, crystal.begin[crystal.n_cells[0]], &sites)) != IA_OK)
        goto done;
    crystal.sites = &sites;
    if ((st = ia_for(ctx, "lattice", crystal.n_cells[0], fill_layer, &crystal)) != IA_OK)
        goto done;
    *out = sites;
    sites = (ia_sites){0};
done:
    ia_sites_clear(&sites);
    free(crystal.begin);
    return st;
}

static void fill_random_block(void *user, size_t block, size_t worker)
{
    crystal_box *crystal = user;
    ia_random random = ia_draw_new(crystal->params->seed, IA_DRAW_SITES, block);
    size_t begin, end;

    (void)worker;
    ia_block(crystal->sites->n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        for (int c = 0; c < 3; c++)
            crystal->sites->xyz[3 * i + (size_t)c] =
                (float)(crystal->low[c] + (crystal->high[c] - crystal->low[c]) *
                                              ia_random_uniform(&random));
}

static ia_status fill_random(ia_ctx *ctx, const ia_simulate_params *params, ia_sites *out)
{
    double volume = params->size_x * params->size_y * params->size_z;
    crystal_box box = {.params = params};
    ia_sites sites = {0};
    ia_status st = sites_new(ctx, (size_t)floor(params->density * volume + 0.5), &sites);

    if (st != IA_OK)
        return st;
    set_box(&box, params);
    box.sites = &sites;
    st = ia_for(ctx, "lattice", ia_block_count(sites.n, IA_SYNTH_BLOCK),
                fill_random_block, &box);
    if (st != IA_OK) {
        ia_sites_clear(&sites);
        return st;
    }
    *out = sites;
    return IA_OK;
}

ia_status ia_sites_compute(ia_ctx *ctx, const ia_simulate_params *params, ia_sites *out)
{
    if (params->lattice == IA_LATTICE_RANDOM)
        return fill_random(ctx, params, out);
    return fill_crystal(ctx, params, out);
}

void ia_sites_clear(ia_sites *sites)
{
    free(sites->sublattice);
    free(sites->xyz);
    *sites = (ia_sites){0};
}
