// include/ionatlas/hitmap.h: maps of the detector that show poles and zone lines.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_HITMAP_H
#define IONATLAS_HITMAP_H

#include <ionatlas/ions.h>
#include <ionatlas/ranges.h>

IA_BEGIN

// hit_unit: of detector positions in a file; auto: as far as they reach.
enum { IA_HITS_AUTO, IA_HITS_MM, IA_HITS_CM, IA_HITS_M };
#define IA_HITS_WORDS "auto|mm|cm|m"
#define IA_HITS_HELP                                                                     \
    "unit of the hits in the file; auto: mm, or what makes a detector of 1 to 8 cm"
// mm for each unit of hits that reach so far from the middle. Auto: mm from 8 to 1,000;
// cm from 1 to 8 and m from 0.01 to 0.08, with a warning; any other is IA_ERR_PARAM.
// `*unit` becomes what was taken.
IA_API ia_status ia_hit_unit_find(ia_ctx *ctx, double reach, int *unit, double *mm);

typedef struct {
    int hit_unit;          // of the hits in the file
    size_t map_cells;      // across the map
    double map_radius;     // of the map, mm; 0: where all but one hit in 200 lie
    uint64_t first_ion;    // of the window, from 0
    uint64_t n_ions;       // of the window; 0: to the end
    size_t sequence_steps; // hits before and after that a hit is measured against
    size_t few_pulses;     // hits after at most so many empty pulses: zone lines
    size_t many_pulses;    // hits after more than so many: poles
    uint64_t signal_ions;  // of the spatial signal, in the middle of the window; 0: none
    double signal_reach;   // about a cell, mm
    double signal_path;    // flight path over image compression factor, mm
    double signal_field;   // voltage over radius of the cap, V/nm
    double signal_volume;  // of an atom over efficiency, nm^3
    size_t signal_shuffles;
    uint64_t signal_seed; // of the shuffles
} ia_hitmap_params;
IA_API extern const ia_method ia_hitmap_method;
IA_API ia_hitmap_params ia_hitmap_defaults(void);

typedef enum {
    IA_MAP_DENSITY,   // hits, mm^-2
    IA_MAP_MULTIPLES, // share of hits that came with others
    IA_MAP_FEW,       // share after 1 to few_pulses empty pulses
    IA_MAP_MANY,      // share after more than many_pulses
    IA_MAP_SEQUENCE,  // mean distance to the hits before and after, mm, less a paraboloid
    IA_MAP_FIELD,     // share of the higher of two charge states, less a paraboloid
    IA_MAP_SIGNAL,    // how far planes stand out in depth; 1 where there are none
    IA_N_MAPS
} ia_map_kind;
IA_API extern const char *const ia_map_names[IA_N_MAPS];

// All-zero is empty.
typedef struct {
    size_t cells;              // across and down
    double cell, radius;       // mm
    double centre[2];          // of the map, mm
    uint64_t n_hits;           // in the circle
    double reach[2];           // of the hits from it along x and y, mm
    uint64_t n_outside;        // of the window, outside the circle
    uint64_t n_no_place;       // of the window, hits that are no finite number
    double depth_share[2];     // of the run, where the window begins and ends
    double *counts;            // (cells, cells) hits; row 0 is lowest y
    double *values[IA_N_MAPS]; // (cells, cells), NAN outside the circle; NULL: not known
    double *sigmas[IA_N_MAPS]; // likewise, standard error of each cell
    int32_t charges[2];        // ions of the field map, of the ranges; the higher first
    int hit_unit;              // of the file, as given or found
    double mm;                 // of that unit
    double signal_null;        // mean signal of shuffled runs; NAN: not known
    double signal_limit;       // the highest of any cell of any of them
    double signal_share;       // of the cells that lie above it
    double signal_p;           // of so high a signal somewhere in a shuffled run
} ia_hitmap;

// Ions, and ranges where there are some (n = 0: no map of the field).
typedef struct {
    const ia_ions *ions;
    const ia_ranges *ranges;
    const ia_ranger *ranger;
} ia_hitmap_input;

// IA_ERR_UNSUPPORTED without detector positions, IA_ERR_EMPTY with too few hits in the
// window. Two passes on all threads; 60 B per cell and thread. Same bits on any number of
// threads. Maps after Breen et al. 2023, doi:10.1093/micmic/ozad016.
IA_API ia_status ia_hitmap_compute(ia_ctx *ctx, const ia_hitmap_input *input,
                                   const ia_hitmap_params *params, ia_hitmap *out);
/*
   Add the map of the spatial signal. Ions are put in place by a rough reconstruction;
   within signal_reach of a cell pairs are counted by their distance along the normal of
   the cap there, up to 1 nm, and what differs from a parabola is squared and summed, over
   the number of pairs. Runs in which hits trade their places in the order of evaporation
   tell what chance gives. O(ions) for each of the 1 + signal_shuffles runs; 40 B for each
   of signal_ions. Same bits on any number of threads.
*/
IA_API ia_status ia_hitmap_add_signal(ia_ctx *ctx, const ia_hitmap_input *input,
                                      const ia_hitmap_params *params, ia_hitmap *map);
IA_API void ia_hitmap_clear(ia_hitmap *map);
// "hitmap": cells, cell_mm, radius_mm, centre_mm, hits, maps; "maps": name, unit, mean,
// least, most, contrast to noise.
IA_API ia_status ia_hitmap_tables(ia_ctx *ctx, const ia_hitmap *map, ia_result *result);
// The maps that are known, float32 (maps, y, x), as .npy; row 0 is lowest y.
IA_API ia_status ia_hitmap_write(ia_ctx *ctx, const ia_hitmap *map, const char *path);

IA_END
#endif
