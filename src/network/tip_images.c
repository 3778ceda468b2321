// src/network/tip_images.c: images of tips that are simulated (synth), to learn from.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "network/tip_image.h"

#include "synth/parts.h"
#include <ionatlas/random.h>
#include <ionatlas/synth.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Aluminium, small and quick: some 60,000 ions.
static ia_simulate_params tip_params(uint64_t seed, double x, double y)
{
    ia_simulate_params p = ia_simulate_defaults();
    p.specimen = IA_SPECIMEN_TIP;
    p.lattice = IA_LATTICE_FCC;
    p.lattice_parameter = 0.405;
    strcpy(p.composition, "Al:1");
    p.tip_radius = 16;
    p.size_z = 6;
    p.detector_radius = ia_tip_image_radius;
    p.seed = seed;
    p.rotate_x_deg = x;
    p.rotate_y_deg = y;
    return p;
}

// Hits turned about the axis, counted as those of a file are. `room` is (n, 2).
static ia_status count_hits(ia_ctx *ctx, const ia_ions *ions, double turn, float *room,
                            double *counts)
{
    const double c = cos(turn * acos(-1.0) / 180), s = sin(turn * acos(-1.0) / 180);
    const float *hits = ions->columns[IA_DET_XY].data;
    ia_ions turned = *ions;
    ia_hitmap_input input = {.ions = &turned};
    ia_hitmap map = {0};
    for (size_t i = 0; i < ions->n; i++) {
        double x = (double)hits[2 * i], y = (double)hits[2 * i + 1];
        room[2 * i] = (float)(c * x - s * y);
        room[2 * i + 1] = (float)(s * x + c * y);
    }
    turned.columns[IA_DET_XY].data = room;
    ia_status st = ia_hitmap_compute(ctx, &input, NULL, &map);
    if (st == IA_OK)
        ia_tip_counts(&map, counts);
    ia_hitmap_clear(&map);
    return st;
}

static ia_status make_views(ia_ctx *ctx, uint64_t seed, size_t views, double most,
                            ia_tip_images *out)
{
    ia_random random = ia_random_new(seed, 0);
    double counts[IA_TIP_PIXELS], at[3];
    float *room = NULL;
    ia_specimen specimen = {0};
    for (int k = 0; k < 2; k++)
        at[k] = most * (2 * ia_random_uniform(&random) - 1);
    ia_simulate_params p = tip_params(seed, at[0], at[1]);
    ia_status st = ia_specimen_compute(ctx, &p, &specimen);
    if (st == IA_OK && !(room = ia_array(ctx, specimen.ions.n, 2 * sizeof *room)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; i < views && st == IA_OK; i++) {
        at[2] = most * (2 * ia_random_uniform(&random) - 1);
        if ((st = count_hits(ctx, &specimen.ions, at[2], room, counts)) != IA_OK)
            break;
        ia_tip_image(counts, out->rows + IA_TIP_PIXELS * out->n);
        memcpy(out->angles[out->n++], at, sizeof at);
    }
    free(room);
    ia_specimen_clear(&specimen);
    return st;
}

ia_status ia_tip_images_make(ia_ctx *ctx, uint64_t seed, size_t tips, size_t views,
                             double most, ia_tip_images *out)
{
    ia_tip_images made = {0};
    ia_status st = IA_OK;
    made.rows = ia_array(ctx, tips * views * IA_TIP_PIXELS, sizeof *made.rows);
    made.angles = ia_array(ctx, tips * views, sizeof *made.angles);
    if (!made.rows || !made.angles)
        st = IA_ERR_MEMORY;
    for (size_t i = 0; i < tips && st == IA_OK; i++)
        if ((st = make_views(ctx, seed + i, views, most, &made)) == IA_OK)
            st = ia_step(ctx, "tips", (double)(i + 1) / (double)tips);
    if (st == IA_OK)
        *out = made;
    else
        ia_tip_images_clear(&made);
    return st;
}

void ia_tip_images_clear(ia_tip_images *images)
{
    free(images->rows);
    free(images->angles);
    *images = (ia_tip_images){0};
}
