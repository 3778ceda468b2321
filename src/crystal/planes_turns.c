// src/crystal/planes_turns.c: how grains are turned against each other, as a table.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <ionatlas/misorientation.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDICES = 24 };

typedef struct {
    uint64_t a, b;
    double angle, sigma;
    char uvw[INDICES];
    double off_uvw, sigma_axis;
    char relation[32];
    double off_relation, limit;
    char holds[8];
    char planes[2][INDICES];
    double off_planes, chance_planes;
    char directions[2][INDICES];
    double off_directions, chance_directions;
    double axis[3];
} turn_row;

static const ia_table_member turn_members[] = {
    {"grain", IA_U64, offsetof(turn_row, a)},
    {"other", IA_U64, offsetof(turn_row, b)},
    {"angle_deg", IA_F64, offsetof(turn_row, angle)},
    {"sigma_deg", IA_F64, offsetof(turn_row, sigma)},
    {"axis_uvw", IA_TEXT, offsetof(turn_row, uvw)},
    {"off_uvw_deg", IA_F64, offsetof(turn_row, off_uvw)},
    {"sigma_axis_deg", IA_F64, offsetof(turn_row, sigma_axis)},
    {"relation", IA_TEXT, offsetof(turn_row, relation)},
    {"off_relation_deg", IA_F64, offsetof(turn_row, off_relation)},
    {"relation_within_deg", IA_F64, offsetof(turn_row, limit)},
    {"relation_holds", IA_TEXT, offsetof(turn_row, holds)},
    {"plane", IA_TEXT, offsetof(turn_row, planes[0])},
    {"other_plane", IA_TEXT, offsetof(turn_row, planes[1])},
    {"off_planes_deg", IA_F64, offsetof(turn_row, off_planes)},
    {"chance_planes", IA_F64, offsetof(turn_row, chance_planes)},
    {"direction", IA_TEXT, offsetof(turn_row, directions[0])},
    {"other_direction", IA_TEXT, offsetof(turn_row, directions[1])},
    {"off_directions_deg", IA_F64, offsetof(turn_row, off_directions)},
    {"chance_directions", IA_F64, offsetof(turn_row, chance_directions)},
};

static void put_indices(const int index[3], char out[INDICES])
{
    snprintf(out, INDICES, "%d %d %d", index[0], index[1], index[2]);
}

static void put_parallel(const ia_parallel *p, char names[2][INDICES])
{
    if (!p->found)
        return;
    put_indices(p->first, names[0]);
    put_indices(p->second, names[1]);
}

// The error of an axis is that of the turn across it, over twice the sine of half the
// angle.
static ia_status fill_turn(ia_ctx *ctx, const ia_planes *p, turn_row *row)
{
    const ia_plane_grain *x = &p->grains[row->a - 1], *y = &p->grains[row->b - 1];
    const ia_crystal *const crystals[2] = {&p->crystals[x->crystal],
                                           &p->crystals[y->crystal]};
    double sigma = hypot(x->sigma_deg, y->sigma_deg);
    ia_turn_between turn;
    ia_relation relation;
    ia_parallel parallel[2] = {{0}};
    double first[3][3], second[3][3];
    double as_told[3][3]; // with the indices of the grains' planes
    memcpy(first, x->rotation, sizeof first);
    memcpy(second, y->rotation, sizeof second);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            as_told[i][k] = first[0][i] * second[0][k] + first[1][i] * second[1][k] +
                            first[2][i] * second[2][k];
    ia_turn_compute(crystals, (const double(*)[3])first, (const double(*)[3])second,
                    &turn);
    ia_relation_find(crystals, &turn, sigma, &relation);
    ia_status st =
        ia_parallel_find(ctx, crystals, (const double(*)[3])as_told, sigma, parallel);
    row->angle = turn.angle_deg;
    row->sigma = sigma;
    put_indices(turn.uvw, row->uvw);
    row->off_uvw = turn.off_uvw_deg;
    row->sigma_axis = sigma / (2 * sin(turn.angle_deg * 0.008726646259971648));
    for (size_t k = 0; k < 3; k++)
        row->axis[k] = turn.axis[k];
    snprintf(row->relation, sizeof row->relation, "%s", relation.name);
    row->off_relation = relation.off_deg;
    row->limit = relation.limit_deg;
    if (*relation.name)
        snprintf(row->holds, sizeof row->holds, "%s",
                 relation.off_deg <= relation.limit_deg ? "yes" : "no");
    put_parallel(&parallel[0], row->planes);
    put_parallel(&parallel[1], row->directions);
    row->off_planes = parallel[0].off_deg;
    row->chance_planes = parallel[0].chance;
    row->off_directions = parallel[1].off_deg;
    row->chance_directions = parallel[1].chance;
    return st;
}

static ia_status put_rows(ia_ctx *ctx, const turn_row *rows, size_t n, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "misorientations", IA_ROWS, n);
    ia_status st =
        table ? ia_table_add_members(ctx, table, rows, sizeof *rows, turn_members,
                                     sizeof turn_members / sizeof turn_members[0])
              : IA_ERR_MEMORY;
    double *cells =
        st == IA_OK ? ia_table_add_cells(ctx, table, "axis", IA_F64, 0, 3) : NULL;
    for (size_t i = 0; cells && i < 3 * n; i++)
        cells[i] = rows[i / 3].axis[i % 3];
    return st == IA_OK && !cells ? IA_ERR_MEMORY : st;
}

ia_status ia_planes_put_turns(ia_ctx *ctx, const ia_planes *planes, ia_result *result)
{
    enum { GRAINS_MOST = 40 };
    size_t m = 0, n = 0, of[GRAINS_MOST];
    for (size_t g = 0; g < planes->n_grains && m < GRAINS_MOST; g++)
        if (planes->grains[g].oriented)
            of[m++] = g;
    turn_row *rows = ia_array(ctx, m * m, sizeof *rows);
    ia_status st = rows ? IA_OK : IA_ERR_MEMORY;
    for (size_t a = 0; st == IA_OK && a < m; a++)
        for (size_t b = a + 1; st == IA_OK && b < m; b++) {
            rows[n] = (turn_row){.a = of[a] + 1, .b = of[b] + 1};
            st = fill_turn(ctx, planes, &rows[n++]);
        }
    if (st == IA_OK)
        st = put_rows(ctx, rows, n, result);
    free(rows);
    return st;
}
