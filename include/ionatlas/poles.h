// include/ionatlas/poles.h: poles and zone lines found on a hit map.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_POLES_H
#define IONATLAS_POLES_H

#include <ionatlas/hitmap.h>
#include <ionatlas/orientation.h>

IA_BEGIN

typedef struct {
    int pole_look;       // ia_pole_look
    int ring_look;       // ia_ring_look
    double least_scale;  // of a pole, share of the map's radius
    double most_scale;   // likewise
    double roundness;    // least ratio of its curvatures across and along
    size_t most_poles;   // at most so many, the most significant
    size_t most_lines;   // zone lines, likewise
    size_t n_noise_maps; // maps of noise alone to compare with
    double pole_level;   // chance of one false pole, and of one false line
    uint64_t noise_seed;
} ia_pole_params;
enum { IA_POLES_DARK, IA_POLES_BRIGHT, IA_POLES_BOTH };                // ia_pole_look
enum { IA_RINGS_NONE, IA_RINGS_DARK, IA_RINGS_BRIGHT, IA_RINGS_BOTH }; // ia_ring_look
enum { IA_POLE_BLOB, IA_POLE_RING };                                   // shape of a pole
IA_API extern const ia_method ia_pole_method;
IA_API ia_pole_params ia_pole_defaults(void);

typedef struct {
    ia_pole at;     // mm; significance
    double scale;   // radius of the pole, of a ring that of its middle, mm
    double depth;   // of its density against the surroundings: -1 where nothing comes
    double p_value; // of one so significant anywhere on a map of noise
    double width;   // standard deviation of a ring's profile, mm; NAN of a blob
    int shape;      // a ring where that stands out more than what it encloses
    bool bright;    // more density than around, else less
} ia_found_pole;

typedef struct {
    size_t n, n_lines;
    ia_found_pole *poles; // (n) by falling significance
    ia_zone_line lines[IA_LINES_MOST];
    // Of the strongest place and line anywhere, told or not, on maps of noise; of either,
    // twice the lesser. Of a map that shows no crystal they are even between 0 and 1.
    double p_poles, p_lines, p_value;
} ia_found_poles;

// Poles: places whose density, smoothed on some scale or summed over an annulus, differs
// from its surroundings more than anywhere on maps drawn with Poisson noise from the
// smooth map. Zone lines:
// straight lines and great circles along which it does, by a Hough transform.
// IA_ERR_EMPTY for an empty map. 0.1 s for 100 cells across and 99 maps of noise. Same
// bits on any number of threads. Scale-normalised differences of Gaussians: Lindeberg
// 1998, doi:10.1023/A:1008045108935.
IA_API ia_status ia_poles_find(ia_ctx *ctx, const ia_hitmap *map,
                               const ia_pole_params *params, ia_found_poles *out);
// ia_orientation_compute for poles and lines that were found on a map. With n_grains of 2
// or more two crystals are sought first, one on either side of a boundary that cuts the
// map along a line: `half` of each grain and `boundary`. Poles and lines of each side are
// sought again for some 40 lines; what the map has along the zone lines and at the poles
// of an orientation says which is likeliest. Some 10 s of one processor.
IA_API ia_status ia_orientation_map(ia_ctx *ctx, const ia_hitmap *map,
                                    const ia_pole_params *pole_params,
                                    const ia_pole_list *list,
                                    const ia_orientation_params *params,
                                    ia_orientation *out);
IA_API void ia_found_poles_clear(ia_found_poles *poles);
// "crystal_seen" {p_poles, p_lines, p_value}, "found_poles" {x_mm, y_mm, significance,
// radius_mm, depth, p_value, shape, bright, width_mm}, "zone_lines".
IA_API ia_status ia_found_poles_tables(ia_ctx *ctx, const ia_found_poles *poles,
                                       ia_result *result);

IA_END
#endif
