// src/detector/poles_internal.h: what the search for poles and for lines shares.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_POLES_INTERNAL_H
#define IA_DETECTOR_POLES_INTERNAL_H

#include <ionatlas/poles.h>

enum { POLES_SCALES = 20, POLES_UP = 2, POLES_ANGLES = 180, POLES_BENDS = 3 };
enum { POLES_RINGS = POLES_SCALES + POLES_UP };
extern const double poles_bends[POLES_BENDS]; // angle that the rim stands for, radian

// The places of a line across the axis x: from its foot outwards.
typedef struct {
    size_t n;
    double (*at)[2]; // (n) from the map's centre, cells
} poles_path;

// An annulus, u^3 exp(-u) with u = (distance / blur)^2 / 2: radius blur 6^.5 and a
// profile as a Gaussian of width blur / 2^.5 has it.
typedef struct {
    size_t scale;               // of its surroundings
    double radius, blur, width; // cells
    double sum, variance;       // of the weights; of the answer, per count of a cell
    double *cover;              // (n, n) share of it in the mask
} poles_ring;

// The grid, what is known of it once, and its scales.
typedef struct {
    const ia_hitmap *map;
    ia_half half;                           // of the map
    size_t n;                               // cells across
    size_t n_scales;                        // that poles are sought on
    size_t n_wide;                          // likewise, and wider ones
    double scales[POLES_SCALES + POLES_UP]; // cells; the last two are surroundings
    double *mask;                           // (n, n) 1 in the circle and half
    double *cover[POLES_SCALES + POLES_UP]; // (n, n) the mask, blurred
    double *wide;                           // the mask, blurred as the envelope is
    double envelope;                        // blur of the envelope, cells
    size_t n_rings;                         // sought
    poles_ring rings[POLES_RINGS];          // by radius
    size_t n_ring_blurs;                    // scales up to the widest surroundings
    size_t line_scale;                      // of the ridges that lines are made of
    size_t n_distances;                     // of lines: one per cell
    poles_path *paths;                      // (POLES_BENDS, n_distances)
} poles_grid;

// The greatest of each map of noise.
typedef struct {
    double *most, *most_line; // (n_noise_maps)
} poles_levels;
ia_status poles_levels_new(ia_ctx *ctx, const ia_hitmap *map,
                           const ia_pole_params *params, poles_levels *out);
void poles_levels_clear(poles_levels *levels);

// Part of a map, what noise reaches on all of it, and how its lines are bent.
typedef struct {
    ia_half half;
    const poles_levels *levels;
    size_t bend; // of poles_bends
} poles_part;
// As if the map were no more than that: no pole is nearer to the cut than to the rim.
// Needs no context and no other threads.
ia_status poles_find_part(const ia_hitmap *map, const ia_pole_params *params,
                          const poles_part *part, ia_found_poles *out);

// Rooms of one worker: (n, n) each.
typedef struct {
    double *counts, *smooth, *rest, *blurred[3], *turned, *annulus;
    double *z;     // (n_wide, n, n) standard deviations below the surroundings
    double *rings; // (n_rings, n, n) likewise
    double *lines; // (POLES_ANGLES, n_distances) likewise above, along lines
} poles_room;

ia_status poles_grid_new(ia_ctx *ctx, const ia_hitmap *map, const ia_pole_params *params,
                         const ia_half *half, poles_grid *out);
void poles_grid_clear(poles_grid *grid);
ia_status poles_room_new(ia_ctx *ctx, const poles_grid *grid, poles_room *out);
void poles_room_clear(poles_room *room);

// Gaussian blur over an (n, n) grid, cut at three sigmas; `turned` is room.
void poles_blur(const double *in, size_t n, double sigma, double *turned, double *out);
// Adds to `out` the rows, or the columns, of `in` folded with an even kernel of which
// (reach + 1) values are given, from the middle.
void poles_fold(const double *in, size_t n, const double *kernel, size_t reach,
                bool is_rows, double *out);
// From room->counts: the smooth map, and z on the first n_scales and of all rings.
void poles_respond(const poles_grid *grid, size_t n_scales, poles_room *room);
// poles_rings.c: the rings that are sought, once the scales and the mask are known; freed
// with the grid.
ia_status poles_rings_new(ia_ctx *ctx, poles_grid *grid, double *turned);
void poles_rings_clear(poles_grid *grid);
// From room->rest and what it is on a scale: z of the rings whose surroundings are that.
void poles_rings_respond(const poles_grid *grid, size_t scale, const double *blurred,
                         poles_room *room);
// Is what a ring shows at a cell a ring: all around, and more than any blob within?
bool poles_ring_is_one(const poles_grid *grid, const poles_room *room, size_t ring,
                       size_t cell);
// The lines of a grid, straight and as great circles; freed with the grid.
ia_status poles_paths_new(ia_ctx *ctx, poles_grid *grid);
void poles_paths_clear(poles_grid *grid);
// From room->z: the sums along lines of one bend.
void poles_lines(const poles_grid *grid, size_t bend, poles_room *room);

// A line of some width.
typedef struct {
    double angle, distance; // of its foot: radian; mm
    size_t scale;
    double sum; // in standard deviations, as on the ridges' scale
} poles_band;
// The width and the middle of a dark line that ridges show, which may be those of its
// edge: where the sum over a scale as wide as it is off is greatest.
poles_band poles_widen(const poles_grid *grid, size_t bend, size_t ridge,
                       const poles_room *room);
double poles_line_distance(const poles_grid *grid, size_t distance);

// One search: the map and its rooms.
typedef struct {
    ia_ctx *ctx;
    const ia_pole_params *params;
    poles_grid grid;
    poles_room found; // of the map itself
    poles_room *rooms;
    size_t n_rooms;
    double *most, *most_line; // (n_noise_maps) greatest of each map of noise
} poles_job;

// The share of maps of noise, and the map, whose greatest is as high as z.
double poles_p_of(const double *most, size_t n, double z);
// The strongest lines of one bend that noise does not make, one after the other; the sum
// of their squared significances.
double poles_take_bent(poles_job *j, size_t bend, ia_zone_line *lines, size_t *n_lines);
// All lines of a map are bent alike: by the bend that makes them stand out most.
ia_status poles_take_lines(poles_job *j, ia_found_poles *out);

#endif
