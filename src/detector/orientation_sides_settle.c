// src/detector/orientation_sides_settle.c: where the zone lines of two crystals end: the
// boundary between them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/orientation_sides.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 2, TURNS = 20, OFFSETS = 20 };
#define DEGREE 0.017453292519943295
static const double turn_step = 1.5 * DEGREE, offset_step = 0.02; // radii

// Each place as a share of how dark the lines are within the half, less a half: a line
// that goes on gains, one that has ended loses.
static void weigh(size_t n, sides_sample *samples)
{
    double sum = 0, used = 0;
    for (size_t i = 0; i < n; i++)
        if (samples[i].inside) {
            sum += samples[i].dark;
            used++;
        }
    double mean = used > 0 && sum > 0 ? sum / used : 1;
    for (size_t i = 0; i < n; i++)
        samples[i].dark = samples[i].dark / mean - 0.5;
}

// What both sides of a boundary gain.
static double gain_of(const sides_room *room, const size_t n[2], double angle,
                      double offset)
{
    double c = cos(angle), s = sin(angle), sum = 0;
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < n[side]; i++) {
            const sides_sample *p = &room->samples[side][i];
            bool beyond = c * p->x + s * p->y >= offset;
            sum += beyond == (side == 0) ? p->dark : 0;
        }
    return sum;
}

void sides_settle(const sides_job *j, sides_cut *cut)
{
    sides_room *room = &j->rooms[0];
    double step = offset_step * j->q->search->radius;
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t n[2];
        double most = -INFINITY, best[2] = {cut->angle, cut->offset};
        for (size_t side = 0; side < 2; side++) {
            sides_look(j, cut, side, &room->view);
            n[side] = sides_map_samples(&j->map, &room->view,
                                        &cut->found[side].fits[cut->best[side]],
                                        SAMPLES_MOST, room->samples[side]);
            weigh(n[side], room->samples[side]);
        }
        for (size_t i = 0; i <= 2 * TURNS; i++)
            for (size_t k = 0; k <= 2 * OFFSETS; k++) {
                double angle = cut->angle + turn_step * ((double)i - TURNS);
                double offset = step * ((double)k - OFFSETS);
                double gain = gain_of(room, n, angle, offset);
                if (gain <= most)
                    continue;
                most = gain;
                best[0] = angle;
                best[1] = offset;
            }
        cut->angle = best[0];
        cut->offset = best[1];
        for (size_t side = 0; side < 2; side++) {
            sides_look(j, cut, side, &room->view);
            sides_climb(j, &room->view, &cut->found[side].fits[cut->best[side]]);
        }
    }
}
