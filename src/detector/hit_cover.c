// src/detector/hit_cover.c: which part of the detector records ions: a dead zone, or a
// detector whose middle is elsewhere, leaves a part of the circle blank.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/hit_cover.h"

#include <math.h>
#include <stdlib.h>

enum {
    RINGS = IA_COVER_RINGS,
    SECTORS = IA_COVER_SECTORS,
    CELLS = RINGS * SECTORS,
    FEWEST = 10, // hits for each cell, below which nothing is said
    AROUND = 8
};
static const double blank = 0.05; // of the median: as good as no hits
static const double least = 0.02; // of the detector: wider than any pole is empty

static size_t cell_of(const ia_hit_cover *cover, double x, double y)
{
    double part = (x * x + y * y) / (cover->radius * cover->radius);
    if (!(part < 1))
        return CELLS;
    double turn = atan2(y, x) / (2 * acos(-1.0));
    size_t sector = (size_t)((turn - floor(turn)) * SECTORS);
    return (size_t)(part * RINGS) * SECTORS + (sector < SECTORS ? sector : 0);
}

void ia_hit_cover_add(ia_hit_cover *cover, double x, double y, double n)
{
    size_t cell = cell_of(cover, x, y);
    if (cell < CELLS)
        cover->counts[cell] += n;
}

double ia_hit_cover_at(const ia_hit_cover *cover, double x, double y)
{
    size_t cell = cover->blind > 0 ? cell_of(cover, x, y) : CELLS;
    return cell < CELLS ? cover->seen[cell] : 1;
}

// Neighbours of a cell, CELLS where there is none; the first four share a side.
static void set_around(size_t cell, size_t out[AROUND])
{
    static const int way[AROUND][2] = {{0, 1}, {0, -1}, {1, 0},  {-1, 0},
                                       {1, 1}, {1, -1}, {-1, 1}, {-1, -1}};
    for (size_t k = 0; k < AROUND; k++) {
        int ring = (int)(cell / SECTORS) + way[k][0];
        int sector = ((int)(cell % SECTORS) + way[k][1] + SECTORS) % SECTORS;
        out[k] = ring < 0 || ring >= RINGS ? CELLS : (size_t)(ring * SECTORS + sector);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Of the cells that have hits.
static double median_count(const ia_hit_cover *cover)
{
    double sorted[CELLS];
    size_t n = 0;

    for (size_t i = 0; i < CELLS; i++)
        if (cover->counts[i] > 0)
            sorted[n++] = cover->counts[i];
    qsort(sorted, n, sizeof *sorted, compare);
    return n > 0 ? sorted[n / 2] : 0;
}

// The blank cells that hang together with one of them, in `list`; how many.
static size_t gather(size_t first, bool is_blank[CELLS], size_t list[CELLS])
{
    size_t n = 0, around[AROUND];

    list[n++] = first;
    is_blank[first] = false;
    for (size_t i = 0; i < n; i++) {
        set_around(list[i], around);
        for (size_t k = 0; k < 4; k++)
            if (around[k] < CELLS && is_blank[around[k]]) {
                is_blank[around[k]] = false;
                list[n++] = around[k];
            }
    }
    return n;
}

// Blank parts that are wide enough to be no pole.
static size_t find_blind(const ia_hit_cover *cover, double median, bool blind[CELLS])
{
    bool is_blank[CELLS];
    size_t list[CELLS], n_blind = 0;

    for (size_t i = 0; i < CELLS; i++) {
        is_blank[i] = cover->counts[i] < blank * median;
        blind[i] = false;
    }
    for (size_t i = 0; i < CELLS; i++) {
        size_t n = is_blank[i] ? gather(i, is_blank, list) : 0;
        if ((double)n < least * CELLS)
            continue;
        for (size_t k = 0; k < n; k++)
            blind[list[k]] = true;
        n_blind += n;
    }
    return n_blind;
}

static bool is_edge(size_t cell, const bool blind[CELLS])
{
    size_t around[AROUND];
    bool edge = false;

    set_around(cell, around);
    for (size_t k = 0; k < AROUND; k++)
        edge |= around[k] < CELLS && blind[around[k]];
    return edge && !blind[cell];
}

// Share of a cell at the edge of a blind part: its hits over those of whole cells beside
// it.
static double share_of(const ia_hit_cover *cover, size_t cell, const bool blind[CELLS])
{
    size_t around[AROUND], n = 0;
    double sum = 0;

    set_around(cell, around);
    for (size_t k = 0; k < AROUND; k++)
        if (around[k] < CELLS && !blind[around[k]] && !is_edge(around[k], blind)) {
            sum += cover->counts[around[k]];
            n++;
        }
    return sum > 0 ? fmin(1, cover->counts[cell] * (double)n / sum) : 1;
}

void ia_hit_cover_find(ia_hit_cover *cover)
{
    bool blind[CELLS];
    double median = median_count(cover), sum = 0;

    cover->blind = 0;
    if (median < FEWEST || find_blind(cover, median, blind) == 0)
        return;
    for (size_t i = 0; i < CELLS; i++) {
        cover->seen[i] = blind[i] ? 0 : is_edge(i, blind) ? share_of(cover, i, blind) : 1;
        sum += cover->seen[i];
    }
    cover->blind = 1 - sum / CELLS;
}

void ia_hit_cover_count(const ia_hit_sample *sample, const double middle[2],
                        double radius, ia_hit_cover *out)
{
    *out = (ia_hit_cover){.radius = radius, .middle = {middle[0], middle[1]}};
    for (size_t k = 0; k < sample->n; k++)
        ia_hit_cover_add(out, sample->mm * (double)sample->hits[2 * k] - middle[0],
                         sample->mm * (double)sample->hits[2 * k + 1] - middle[1], 1);
    ia_hit_cover_find(out);
}

ia_status ia_hits_doubt_cover(ia_ctx *ctx, const ia_hit_sample *sample,
                              const ia_hit_cover *cover)
{
    if (cover->blind > 0)
        ia_warn(ctx,
                "%.0f %% of the circle of %.3g mm about (%.3g, %.3g) has no hits, as a "
                "dead zone or a detector whose middle is elsewhere: it is no pole, and "
                "depths are of the volume that the rest sees",
                100 * cover->blind, cover->radius, cover->middle[0], cover->middle[1]);
    return ia_hits_doubt_strip(ctx, sample, cover->middle, cover->radius);
}
