// include/ionatlas/map_combine.h: hit maps joined to show poles best; their drift.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_MAP_COMBINE_H
#define IONATLAS_MAP_COMBINE_H

#include <ionatlas/poles.h>

IA_BEGIN

// Contrast: distance between the means of pole cells and of cells around, over the
// standard deviation within both. `is_known` is false with too few pole cells.
typedef struct {
    bool is_known;
    size_t n_cells;
    // (n_cells) the sum of the maps, each less its surroundings, in standard deviations
    // within the classes: their means are `contrast` apart, poles above. NAN outside the
    // circle.
    double *values;
    double weights[IA_N_MAPS];        // per standard deviation; 0: left out, NAN: no map
    double alone[IA_N_MAPS];          // contrast of each
    double held_out_alone[IA_N_MAPS]; // mean of that on the two halves of the detector
    double contrast;                  // of the sum
    double held_out; // mean of that on either half, weights learnt on the other
} ia_combined_map;

// Maps are added while that raises the contrast held out. Fisher's linear discriminant
// between cells in found poles and cells away from them,
// doi:10.1111/j.1469-1809.1936.tb02137.x. O(cells).
IA_API ia_status ia_map_combine(ia_ctx *ctx, const ia_hitmap *map,
                                const ia_found_poles *found, ia_combined_map *out);
IA_API void ia_combined_map_clear(ia_combined_map *combined);
// "combination" {map, weight, pole_contrast, held_out_contrast}, the sum last; nothing
// where it is not known.
IA_API ia_status ia_combined_map_tables(ia_ctx *ctx, const ia_combined_map *combined,
                                        ia_result *result);

// As ia_hitmap_write, and the sum as one map more, the last, where it is known.
IA_API ia_status ia_combined_map_write(ia_ctx *ctx, const ia_hitmap *map,
                                       const ia_combined_map *combined, const char *path);

typedef struct {
    size_t n_windows;  // parts of the run; 0: none
    double most_shift; // share of the map's radius
} ia_drift_params;
IA_API extern const ia_method ia_drift_method;
IA_API ia_drift_params ia_drift_defaults(void);

typedef struct {
    double from, to;    // shares of the ions
    double shift[2];    // of the pattern against that of the first window, mm
    double sigma;       // of each component, from four parts of the map, mm
    double correlation; // of the patterns once they lie on each other
} ia_drift_window;

typedef struct {
    ia_drift_window *windows; // (n)
    size_t n;
} ia_drift;

// Patterns of windows laid on that of the first. One hit map per window; about
// (2 most_shift cells)^2 products of a map. Same bits on any number of threads.
IA_API ia_status ia_drift_compute(ia_ctx *ctx, const ia_hitmap_input *input,
                                  const ia_hitmap_params *maps,
                                  const ia_drift_params *params, ia_drift *out);
IA_API void ia_drift_clear(ia_drift *drift);
// "drift": from_share, to_share, dx_mm, dy_mm, sigma_mm, correlation.
IA_API ia_status ia_drift_tables(ia_ctx *ctx, const ia_drift *drift, ia_result *result);

IA_END
#endif
