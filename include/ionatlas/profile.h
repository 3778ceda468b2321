// include/ionatlas/profile.h: composition along an axis, cumulative counts, maps.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PROFILE_H
#define IONATLAS_PROFILE_H

#include <ionatlas/method.h>
#include <ionatlas/share.h>

IA_BEGIN

enum {
    IA_MAP_NONE,
    IA_MAP_XY,
    IA_MAP_XZ,
    IA_MAP_YZ,
    IA_MAP_ALONG, // the axis, and a direction across it
    IA_MAP_ACROSS // two directions across it
};

typedef struct {
    char solute[128]; // "Cu,D"; "": every element
    char axis[64];    // "x", "y", "z" or "ux,uy,uz"; "": the region's, else z
    char origin[96];  // "x,y,z" at which the distance is 0; "": the region's, else 0,0,0
    double profile_bin;  // width of a bin along the axis, nm
    size_t ions_per_bin; // bins of so many ranged ions instead; 0: of equal width
    int map;             // one of the above
    double map_bin;      // edge of the squares of a map, nm
    size_t n_shuffles;   // label shuffles that flatness is judged by
    size_t divisions;    // random halves and thinnings; 0: none
    uint64_t seed;
} ia_axis_profile_params;
IA_API extern const ia_method ia_axis_profile_method;
IA_API ia_axis_profile_params ia_axis_profile_defaults(void);

// Put the axis and the origin of the region that ions were read with where none are
// given, so that the record holds those used.
IA_API ia_status ia_axis_profile_settle(ia_ctx *ctx, const ia_read_params *read,
                                        ia_axis_profile_params *params);

// Whether one element is spread along the axis as all ranged ions are: against shuffles
// of which ions hold it.
typedef struct {
    unsigned z, a;    // a 0: the element
    char name[8];     // "Cu", "2H"
    uint64_t ions;    // that hold it
    double chi2;      // mean over the bins of squared deviations over their variance: 1
                      // where labels mean nothing
    double null_chi2; // mean of the shuffles, and what 95 % of them are below
    double null_chi2_95;
    double p_chi2;    // of a mean so large
    double ladder;    // largest distance between the cumulative shares of it and of all
    double p_ladder;  // of one so large
    double p, p_holm; // twice the smaller of both, at most 1; for all elements
    // Standard deviation of the share of ions that hold it from bin to bin, each ion
    // counting the same, with what counting alone makes taken off in squares: below 0
    // where bins differ by less. Its mean over random halves, rms difference between
    // them; mean and standard deviation with 70 % of the ions. NAN: nothing to divide.
    double variation, half_variation, half_difference, thinned_variation, thinned_sd;
} ia_axis_profile_test;

// Atoms added up from the first bin to the end of this one.
typedef struct {
    double counts, sigma; // of the element; its error, given all atoms counted so far
    double atoms;         // of all elements
    // Of the element, were it spread along the axis as all ions are; 95 % of such
    // profiles lie in the band here.
    double even, even_lo, even_hi;
} ia_axis_profile_ladder;

// Squares of a map: (n[1], n[0]), the first direction runs fastest.
typedef struct {
    size_t n[2];
    double lo[2], bin;      // nm
    double direction[2][3]; // of positions
    uint64_t *ions;         // (n[1], n[0]) ranged ions
    ia_share *shares;       // (n_elements, n[1], n[0])
} ia_axis_profile_map;

typedef struct {
    double origin[3], direction[3]; // nm; of positions, length 1
    size_t n_bins, n_elements, n_ions;
    double *edge;                    // (n_bins + 1) distance along the axis, nm
    uint64_t *ions;                  // (n_bins) ranged ions
    ia_share *shares;                // (n_elements, n_bins)
    ia_axis_profile_ladder *ladders; // (n_elements, n_bins)
    ia_axis_profile_test *tests;     // (n_elements)
    size_t n_shuffles;
    ia_axis_profile_map map; // n[0] = 0: none
} ia_axis_profile;

// Ranged ions by their distance along an axis. O(n) time, 22 B per ranged ion; with
// ions_per_bin O(n log n) and 8 B more. A shuffle costs O(n / 64 + ions of the element).
// IA_ERR_EMPTY where no ranged ion has a position, IA_ERR_PARAM where bins would be more
// than 10^6 or hold more numbers than a map can show. Same bits on any number of threads.
IA_API ia_status ia_axis_profile_compute(ia_ctx *ctx, const ia_share_input *input,
                                         const ia_axis_profile_params *params,
                                         ia_axis_profile *out);
IA_API void ia_axis_profile_clear(ia_axis_profile *profile);
// "profile": direction, origin_nm, n_bins; "flatness" by element; "profile_bins":
// distance_nm, width_nm, ions, ions_per_nm and its sigma; one "profile_<element>" per
// element: distance_nm, counts, at_percent and its errors, cumulative_counts and its
// sigma against cumulative_atoms, even_counts with even_counts_lo and even_counts_hi;
// "map" and one "map_<element>" each where a map is asked for.
IA_API ia_status ia_axis_profile_tables(ia_ctx *ctx, const ia_axis_profile *profile,
                                        ia_result *result);

IA_END
#endif
