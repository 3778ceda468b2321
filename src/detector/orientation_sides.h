// src/detector/orientation_sides.h: what the search for two crystals, one on either side
// of a boundary, and its judge share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_ORIENTATION_SIDES_H
#define IA_DETECTOR_ORIENTATION_SIDES_H

#include "detector/orientation_zones.h"
#include "detector/poles_internal.h"

enum { CUTS_MOST = 64, SIDE_POLES = 4, SIDE_LINES = 6, RANKS = 600, SAMPLES_MOST = 4096 };
extern const double sides_alike; // radian: nearer orientations are one crystal's

// A straight boundary: places with cos(angle) x + sin(angle) y = offset, mm from the
// middle of the field of view. Side 0 lies beyond it, side 1 before.
typedef struct {
    double angle, offset;
    marks marks[2]; // what each side shows
    fits found[2];  // the orientations that the map of a side agrees with best
    double score;   // ln of the evidence of two crystals; -INFINITY: none
    size_t best[2]; // of found
    ia_status st;
} sides_cut;

// The map that both sides are seen on: how far each cell is below its surroundings.
typedef struct {
    size_t n; // cells across
    double cell, radius;
    const double *lines, *poles; // (n, n) on the scale of lines and that of poles
} sides_map;

// What great circles and places anywhere in a half show, rising.
typedef struct {
    size_t n[2];
    double of[2][RANKS];
} sides_ranks;

// What a side of a cut sees: the search and the zones of that half.
typedef struct {
    orient_search search;
    orient_zone_question question;
    zones zones;
    sides_ranks ranks;
} sides_view;

// A place on a zone line: from the middle of the field of view, mm; how dark, clipped;
// and whether in the half.
typedef struct {
    double x, y, dark;
    bool inside;
} sides_sample;

// Room of one worker.
typedef struct {
    fits room, found;
    orient_list list;
    sides_view view;
    sides_sample samples[2][SAMPLES_MOST];
} sides_room;

typedef struct {
    ia_ctx *ctx;
    const orient_sides_question *q;
    ia_pole_params pole_params;
    poles_levels levels;
    poles_grid grid;
    poles_room room; // of the whole map
    sides_map map;
    size_t bend;       // of its lines
    zones *zones;      // of the whole field of view
    sides_room *rooms; // (workers)
    sides_cut *cuts;   // (CUTS_MOST)
    size_t n_cuts;
} sides_job;

void sides_look(const sides_job *j, const sides_cut *cut, size_t side, sides_view *out);
// The orientations that marks leave and the map of a side agrees with best, climbed to
// where it does most; by falling agreement.
void sides_solve(const sides_job *j, const marks *m, sides_room *room, fits *out);
// What the image compression factors of two orientations, which are one, say of both: ln
// of the odds.
double sides_agreement(const zones *z, const fit *a, const fit *b);
// ln of the evidence of a and b together beyond chance: they share the image compression
// factor; `one`: they are one crystal.
double sides_joint(const zones *z, const fit *a, const fit *b, bool *one);

// From view->search: view->ranks.
void sides_map_rank(const sides_map *m, sides_view *view);
// ln of the odds of what is seen along the lines and at the poles of an orientation
// against lines and places anywhere.
double sides_map_odds(const sides_map *m, const sides_view *view,
                      const double rotation[3][3], double icf);
// To the orientation nearby for which they are greatest: f->score.
void sides_map_climb(const sides_map *m, const sides_view *view, fit *f);

// Of a turn from where it was climbed to, mean of three axes, radian^2: what the map
// leaves open.
double sides_map_variance(const sides_map *m, const sides_view *view, const fit *f,
                          double trust);

// Climb, and say how near that is.
void sides_climb(const sides_job *j, const sides_view *view, fit *f);
// Places along the zone lines of an orientation that are dark in a half, in all of the
// field of view.
size_t sides_map_samples(const sides_map *m, const sides_view *view, const fit *f,
                         size_t most, sides_sample *out);
// Moves the boundary of a cut to where the lines of its two orientations end.
void sides_settle(const sides_job *j, sides_cut *cut);

// The orientations of both sides of a cut (block) of the job, and its score.
void sides_solve_cut(void *job, size_t block, size_t worker);
// What other common lattices make of both sides of the cut that is told.
ia_status sides_compare(const sides_job *j, const sides_cut *best, ia_orientation *out);

// Chance and rivals of the best cut; tells both grains where they are two.
ia_status sides_judge(sides_job *j, sides_cut *best, ia_orientation *out);

#endif
