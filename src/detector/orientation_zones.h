// src/detector/orientation_zones.h: what the search with zone lines and its judge share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_ORIENTATION_ZONES_H
#define IA_DETECTOR_ORIENTATION_ZONES_H

#include "detector/orientation_internal.h"

enum {
    SEEN_MOST = IA_LINES_MOST, // poles, and lines
    POLES_USED = 4,            // the most significant
    LINES_USED = 6,            // likewise
    REFS_MOST = 512,           // directions of a catalogue
    FAMILIES = 6,              // of poles
    AXES = 4,                  // families of zones
    KEPT = 24,                 // orientations that are refined
    POLES = 0,                 // sets
    LINES = 1
};

// Poles or normals of lines that a crystal may show.
typedef struct {
    size_t n, n_families;
    double at[REFS_MOST][3]; // unit, crystal frame
    size_t family[REFS_MOST];
    int index[REFS_MOST][3];
    double weight[REFS_MOST]; // of zones: how strong their lines are
    bool is_axis;             // without a sign
} refs;

// What is seen on the detector.
typedef struct {
    size_t n_poles, n_lines;
    double xy[SEEN_MOST][2];    // of poles, mm from the axis
    double foot[SEEN_MOST][2];  // of lines, likewise
    double along[SEEN_MOST];    // angle across the line at its foot, radian
    double strength[SEEN_MOST]; // of lines: their significance
} marks;

typedef struct {
    double rotation[3][3];
    double icf, score;
    double variance; // of a turn, mean of three axes, radian^2
    // Of an orientation that is followed over the image compression factors: where it is
    // at the last one; the mean and covariance of a turn from `rotation` and of ln icf.
    double last[3][3], mean[4], spread[4][4];
} fit;

typedef struct {
    size_t n;
    fit fits[KEPT];
} fits;

typedef struct {
    const orient_zone_question *q;
    refs refs[2];
    size_t n_scales;
    double scales[ORIENT_SCALES_MOST];
    double edge[ORIENT_SCALES_MOST];     // of the field of view, radian
    double cut[ORIENT_SCALES_MOST];      // sine of the half's offset
    double ln_prior[ORIENT_SCALES_MOST]; // of these factors
} zones;

// Of poles (planes) and lines (zone axes).
typedef struct {
    ia_line_name of[2][SEEN_MOST];
    size_t family[2][SEEN_MOST]; // SIZE_MAX: no name
} zones_names;

// The most significant poles and lines.
marks zones_marks(const orient_zone_question *q, size_t n_poles, size_t n_lines);
// As many poles and lines at random: the number-th list.
marks zones_draw(const zones *z, const marks *of, size_t number);
// sigma_deg, covariance, sigma_icf and sigma_axis of a grain.
void zones_tell_spread(const zones *z, const fit *f, ia_grain *grain);
// The same question of a half.
void zones_set_half(const orient_zone_question *q, zones *z);
// One orientation, refined with the image compression factor of a scale.
void zones_refine(const zones *z, const marks *m, size_t scale, fit *f);
ia_status zones_init(ia_ctx *ctx, const orient_zone_question *q, zones *z);
// The orientations that make likely what is seen, by falling evidence, each once.
void zones_solve(const zones *z, const marks *m, fits *room, fits *out);
// orientation_zones_join.c: what one factor leaves joins what those before left, each
// orientation once; afterwards, the mean over all factors.
void zones_join(const zones *z, fits *found, double ln_prior, fits *out);
void zones_settle(fits *out);
int zones_compare(const void *a, const void *b); // by falling score
void zones_name(const zones *z, const marks *m, const fit *f, zones_names *out);

#endif
