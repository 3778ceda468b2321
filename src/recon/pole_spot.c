// src/recon/pole_spot.c: the ions about a pole, and where its planes point.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>

// The first IA_SPOT_MOST of its ions that hit near the pole.
static ia_status find_within(ia_ctx *ctx, double scale, ia_pole_spot *s)
{
    float *room = ia_array(ctx, IA_COLUMN_BLOCK, 2 * sizeof *room);
    size_t from = s->to > 0 ? s->from : s->ions->n / 5,
           to = s->to > 0 ? s->to : s->ions->n;
    ia_status st = IA_OK;

    s->n = 0;
    if (!room)
        st = IA_ERR_MEMORY;
    for (size_t at = from; st == IA_OK && at < to && s->n < IA_SPOT_MOST;
         at += IA_COLUMN_BLOCK) {
        size_t n = to - at < IA_COLUMN_BLOCK ? to - at : IA_COLUMN_BLOCK;
        const float *hits = ia_column_rows(&s->ions->columns[IA_DET_XY], at, n, room);
        for (size_t i = 0; i < n && s->n < IA_SPOT_MOST; i++)
            if (hypot(scale * (double)hits[2 * i] - s->pole->x,
                      scale * (double)hits[2 * i + 1] - s->pole->y) < s->reach)
                s->which[s->n++] = at + i;
        st =
            ia_step(ctx, "ions of a pole", (double)(at + n - from) / (double)(to - from));
    }
    free(room);
    return st;
}

// Poles are poor in ions: where there are too few, further out.
ia_status ia_pole_spot_find(ia_ctx *ctx, double scale, ia_pole_spot *s)
{
    enum { TRIES = 4 };
    const double wider = 1.5;
    ia_status st = IA_OK;
    size_t fewest = s->fewest > 0 ? s->fewest : IA_SPOT_FEWEST;

    s->which = ia_array(ctx, IA_SPOT_MOST, sizeof *s->which);
    s->xyz = ia_array(ctx, IA_SPOT_MOST, 3 * sizeof *s->xyz);
    if (!s->which || !s->xyz)
        return IA_ERR_MEMORY;
    for (int k = 0; k < TRIES && st == IA_OK && s->n < fewest; k++) {
        st = find_within(ctx, scale, s);
        s->reach *= wider;
    }
    return st;
}

void ia_pole_spot_place(const ia_reconstruction *r, ia_pole_spot *s)
{
    ia_column column = ia_reconstruction_xyz(r);

    for (size_t i = 0; i < s->n; i++)
        column.fill(&column, (size_t)s->which[i], 1, s->xyz + 3 * i);
}

ia_status ia_pole_spot_planes(const ia_pole_spot *s, const double normal[3], ia_sdm *out)
{
    ia_sdm_params p = ia_sdm_defaults();
    ia_points points = {.n = s->n, .xyz = s->xyz};
    ia_sdm_input input = {.all = points, .from = points, .to = points, .same = true};

    p.normal_x = normal[0];
    p.normal_y = normal[1];
    p.normal_z = normal[2];
    return ia_sdm_compute(NULL, &input, &p, out);
}

double ia_pole_normal(const ia_crystal *crystal, const int hkl[3],
                      const ia_projection_fit *fit, double out[3])
{
    double normal[3];
    double spacing = ia_crystal_normal(crystal, hkl, normal);

    for (int r = 0; r < 3; r++) {
        out[r] = 0;
        for (int c = 0; c < 3; c++)
            out[r] += fit->rotation[r][c] * normal[c];
    }
    return spacing;
}

void ia_pole_spot_clear(ia_pole_spot *spot)
{
    free(spot->xyz);
    free(spot->which);
    *spot = (ia_pole_spot){0};
}
