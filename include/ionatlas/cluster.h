// include/ionatlas/cluster.h: clusters of solute ions, and whether chance would make
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CLUSTER_H
#define IONATLAS_CLUSTER_H

#include <ionatlas/neighbours.h>
#include <ionatlas/spectrum.h>

IA_BEGIN

typedef struct {
    char solute[128];   // "Cu", or "Cu,Ni": ions that hold any of them; "": see below
    int method;         // auto | msm | core | dbscan | scan | hdbscan | optics | gmm |
                        // voronoi | isosurface
    double d_max;       // link solute ions nearer than this, nm; 0: chosen
    size_t n_min;       // keep groups of so many solute ions; 0: chosen
    size_t min_points;  // neighbours of a core; 0: chosen
    double cell_volume; // voronoi: cells of clusters are smaller, nm^3; 0: chosen
    double sigma_xy; // scan: blur of the clusters' surfaces along x and y, nm; 0: fitted
    double envelope; // other ions this near to a group belong to it, nm; 0: as d_max
    double erosion;  // unless a matrix ion is this near, nm; 0: as d_max
    double level;    // chance of one or more false yes
    size_t n_shuffles; // at most per test; 0: enough for Holm's correction
    size_t test_ions;  // solute ions that a test looks at, at most
    size_t n_planted;  // clusters planted to tell how many are missed; 0: none
    double efficiency; // share of ions that is detected; 0: not told
    size_t divisions;  // into halves and of 70 %, to see how steady it is; 0: not asked
    uint64_t seed;
} ia_cluster_params;
IA_API extern const ia_method ia_cluster_method;
// Whether a method tells of each ion how probable it is to be in a cluster.
IA_API bool ia_cluster_has_probability(int method);
IA_API ia_cluster_params ia_cluster_defaults(void);

// How many clusters there are, those that were missed included: from clusters planted
// among shuffled labels, like those found but for their size, and looked for with the
// same settings. Found or not is logistic in the logarithm of a cluster's own solute
// ions; true sizes are log-normal.
enum { IA_RECOVERY_CLASSES = 16 };
typedef struct {
    size_t n_planted, n_recovered;
    double number, low, high; // clusters: median and 95 % of the posterior; NAN: not told
    // By size: own solute ions, from this number to twice as many.
    double least_ions[IA_RECOVERY_CLASSES];
    double chance[IA_RECOVERY_CLASSES]; // to be found; NAN: no such size was planted
    double found[IA_RECOVERY_CLASSES];  // by solute ions, those of the matrix too
    double true_number[IA_RECOVERY_CLASSES];
} ia_cluster_recovery;

// What one question (is this solute clustered?) came to.
typedef struct {
    char solute[128];
    uint64_t ions;            // ranged ions that hold the solute
    double at_percent;        // of all atoms ranged
    uint64_t tested_ions;     // those of them that the test looked at
    double d_max;             // nm, chosen or given; NAN when no setting stood out
    size_t n_min;             // 0 likewise
    size_t min_points;        // neighbours of a core, for methods that have cores
    double envelope, erosion; // nm, as used
    double threshold; // scan, gmm, isosurface: least log likelihood ratio; else NAN
    double density;   // hdbscan, optics: half of a cluster's ions have it, 1/nm; else NAN
    double cell_volume; // voronoi: cells of clusters are smaller, nm^3; else NAN
    double sigma_xy;    // scan: blur as used or fitted, nm; else NAN
    double *peaks; // (n_peaks) largest score (without scores: solute ions of the largest
                   // cluster) of each shuffle, falling; NULL: not asked
    size_t n_peaks;
    double excess_ions; // clustered solute ions beyond those of chance, in the whole
    double effect;      // excess_ions / ions
    double p, p_holm;
    double p_beside; // of the same test outside the clusters of stronger solutes; below
    double p_local;  // against shuffles that keep the solute's slow variation; NAN: not
                     // asked
    double expected_false_clusters; // of chance at d_max and n_min, in the whole
    size_t n_shuffles;              // behind p
    bool is_significant;
    char reason[160]; // why it was not tested; "" when it was

    // How steady it is; NAN unless significant.
    double half_effect, half_difference; // two random halves: mean, rms difference
    double thinned_effect, thinned_sd;   // 70 % of the ions
    double sigma_effect;                 // block bootstrap
    uint64_t n_clusters;                 // reported
    double sigma_n_clusters;             // block bootstrap
    ia_cluster_recovery recovery;
} ia_cluster_test;

typedef struct {
    uint32_t test; // index into the tests
    uint64_t ions; // with those of the envelope
    uint64_t solute_ions;
    double centre[3];      // mean position of its solute ions, nm
    double gyration;       // radius of gyration of its solute ions, nm
    double sigma_gyration; // of so many ions
    double radius;         // of a sphere, nm: fitted, else sqrt(5/3) gyration
    double sigma_radius;
    double inside_percent; // share of ions inside that hold the solute, fitted; else NAN
    double sigma_inside_percent;
    double semi_axes[3]; // of an even ellipsoid as wide as its solute ions, falling, nm
    double longest[3];   // direction of the first of them, in the frame of positions
    double nearest;      // centre of the nearest other cluster, nm; NAN: none
    double ratio; // logarithm of its likelihood ratio; isosurface: its score, -ln of
                  // chance's share of as strong ones; NAN without one
    double p;     // chance that shuffles hold one as strong anywhere (of finders without
                  // scores: as large, at the settings chosen); NAN: no test
    double solute_percent; // atoms of the solute among all atoms in it
    bool at_edge;          // its solute ions reach the surface of the specimen: cut off,
                           // perhaps
    uint64_t *kinds;       // (n_kinds) ranged ions of each kind
    double *inside_kinds; // (n_kinds) shares of ions of each kind inside, the matrix that
                          // overlaps it taken away; NAN: not told
    double *sigma_inside_kinds;
} ia_cluster;

// Sizes that clusters had before ions were lost: the shares of them by true number of
// solute atoms that make the detected numbers likeliest, each atom being detected with
// the chance `efficiency`.
typedef struct {
    size_t n;
    double *atoms;               // (n) in equal steps of the logarithm
    double *share;               // (n) sum 1
    double mean, sd, sigma_mean; // atoms, from the moments of the detected numbers
    size_t rounds, n_clusters;
} ia_cluster_sizes;
// Expectation and maximisation (Richardson 1972, doi:10.1364/JOSA.62.000055) from even
// shares on 48 sizes, for as many rounds as make either half of the clusters likeliest
// under the shares of the other half: more would fit the noise. IA_ERR_EMPTY with fewer
// than two clusters. 400 B per cluster.
IA_API ia_status ia_cluster_sizes_compute(ia_ctx *ctx, const uint64_t *detected, size_t n,
                                          double efficiency, ia_cluster_sizes *out);
IA_API void ia_cluster_sizes_clear(ia_cluster_sizes *sizes);

// OPTICS: reachability of the solute ions of the first solute that is clustered, in their
// order; of many ions so many-th in a row are one column.
typedef struct {
    size_t n;
    double *place;        // (n) of its first ion
    double *least, *most; // (n) nm; NAN where nothing is reached
    double *cluster;      // (n) of its densest ion, -1 for none
} ia_reachability;

// OPTICS: one of the nested valleys of that order, inner before outer ones.
typedef struct {
    uint64_t begin, end; // first place, and the one behind the last
    double rim;          // nm: reachability at the lower of its two ends
    double depth;        // sum over its ions of ln(rim/reachability)
    int32_t parent;      // number of the least valley around it; -1 for none
    int32_t cluster;     // number of the cluster that it is; -1 for none
    bool is_chosen;      // deeper than what lies in it: a candidate for a cluster
} ia_valley;

// HDBSCAN: the condensed tree of the solute ions of the first solute that is clustered
// (hdbscan.h). A branch is born where its parent comes apart; ions fall out of one.
typedef struct {
    uint32_t parent;  // of a lower number; its own for the root, number 0
    uint32_t size;    // ions when it is born
    double density;   // at which it is born: inverse distance, 1/nm
    double stability; // excess of mass
    int32_t cluster;  // number of the cluster that it is; -1 for none
} ia_condensed_branch;
typedef struct {
    size_t n, n_branches;
    ia_condensed_branch *branches; // (n_branches)
    uint32_t *ion;                 // (n) solute ions: places in the file
    uint32_t *branch;              // (n) that each falls out of
    float *density;                // (n) at which it does, 1/nm
} ia_condensed_tree;

// All-zero is empty. `clusters` is empty unless a test is significant: by falling number
// of solute ions, those of the test with the largest effect first.
typedef struct {
    ia_cluster_test *tests; // (n_tests)
    size_t n_tests;
    ia_cluster *clusters; // (n_clusters)
    size_t n_clusters, n_kinds;
    int32_t *labels;    // (n_ions) cluster of each ion in file order, -1 for none
    float *probability; // (n_ions) that it belongs to a cluster, of a finder that
                        // fits one; else 0
    bool has_probability;
    size_t n_ions;
    uint64_t ranged;
    double volume;          // of the specimen, nm^3; NAN: flat
    double *background;     // (n_kinds) background ions of each kind in the specimen; NAN
    size_t n_clear;         // clusters deeper than their farthest solute ion and more
    double density;         // of all, from these, nm^-3; 0 where n_clear is
    double sigma_density;   // were they independent of each other
    ia_cluster_sizes sizes; // of whole clusters; empty unless the efficiency is told
    ia_reachability reachability; // empty but for OPTICS
    ia_valley *valleys;           // (n_valleys) of the same ions
    size_t n_valleys;
    ia_condensed_tree condensed_tree; // empty but for HDBSCAN
    size_t n_same; // clusters of a later test left out: most of their ions had a cluster
    double level;
    char method[32];   // in words
    char choice[200];  // why this method; "": it was asked for
    char verdict[400]; // one sentence
} ia_clustering;

// Ions and what they were ranged as; `background` NULL (or one without a level) leaves
// compositions uncorrected. Borrowed.
typedef struct {
    const ia_ions *ions;
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    const ia_background *background;
} ia_cluster_input;

// By the method chosen, solute ions are put into groups:
//   msm     maximum separation: those nearer than d_max are linked;
//   core    core linkage: those with min_points others within d_max are cores, cores
//           nearer than d_max are linked;
//   scan    likelihood-ratio scan of balls over all ranged ions, and blurred spheres
//           fitted to what stands out; envelope, erosion and d_max mean nothing to it;
//   auto    scan;
//   hdbscan the most persistent branches of the tree of densities (hdbscan.h);
//   optics  the deepest valleys of reachability (optics.h);
//   gmm     a mixture of Gaussians and an even part (blobs.h), begun where the scan's
//           balls hold most; the log-likelihood that a Gaussian adds is its score;
//   voronoi solute ions whose Voronoi cells, among the solute ions, are smaller than
//           cell_volume and touch (voronoi.h);
//   isosurface  what a surface of one composition encloses, each object at the one that
//           tells it best from the matrix, against what chance encloses at any;
//   dbscan  as core, with min_points counting the ion itself; the others within d_max
//           of a core are of its cluster.
// Groups of n_min or more are clusters; other ranged ions within `envelope` join them,
// and leave again where a matrix ion is within `erosion`. What is not given is chosen
// against shuffles of which ranged ions are the solute: among the d_max and n_min at
// which shuffles have at most 5 % as many clusters, the smallest groups that come within
// 3 % of the largest excess of clustered solute ions, and the links that do best with
// them. p is that of the largest excess, each shuffle having the same choice. Ions of any
// kind that holds the solute count, molecular ones too.
//
// With `solute` empty every element of 0.02 to 20 at.% with 500 ions or more is tested,
// hydrogen and gallium excepted, with Holm's correction.
//
// A solute that clusters of another one keep out is not spread at random either, though
// it does not cluster. So where a smaller share of its ions than of all ions lies in the
// clusters found before (those of larger effects), it must pass the same test among the
// ions outside them too.
//
// A gradient, a layer or a depleted border are no clusters either. So what passes must
// pass again against shuffles that keep how the solute varies slowly over the specimen:
// its share in some 64 cubes, interpolated between their centres.
//
// Too few ions, ions at one place or an element that is everywhere are no errors: the
// reason is in the test, and nothing is reported. IA_ERR_UNSUPPORTED without positions,
// IA_ERR_EMPTY when a solute that was named is not among the ions, IA_ERR_PARAM when it
// is no element or d_max would link thousands of ions to each.
//
// With n_planted, rounds of planted clusters tell how many were missed: a search of the
// whole each, one to 64 of them.
//
// Time O(ions) + shuffles x test_ions; 18 B per ranged ion and 4 B per ion, 12 B per ion
// tested where that is not all, 32 B per solute ion, 40 B per ion near clusters in a
// sixteenth of the specimen.
IA_API ia_status ia_clustering_compute(ia_ctx *ctx, const ia_cluster_input *input,
                                       const ia_cluster_params *params,
                                       ia_clustering *out);
IA_API void ia_clustering_clear(ia_clustering *clustering);
IA_API ia_status ia_clustering_tables(ia_ctx *ctx, const ia_clustering *clustering,
                                      const ia_ranges *ranges, ia_result *result);

// The condensed tree as one array of n - 1 branches and the ions: parent, child, density
// (1/nm) and size of the child, (rows, 4), to be freed. Ions have their numbers in
// `ions`' file, branches follow from the number of all ions of it on. IA_ERR_EMPTY
// without a tree.
IA_API ia_status ia_condensed_tree_rows(ia_ctx *ctx, const ia_condensed_tree *tree,
                                        const ia_ions *ions, double **out, size_t *n);

// Every method on the same ions for one solute, each with settings of its own choice.
enum { IA_CLUSTER_METHODS = 9 };
typedef struct {
    size_t n;
    char names[IA_CLUSTER_METHODS][16];
    ia_clustering clusterings[IA_CLUSTER_METHODS];
    double agreement[IA_CLUSTER_METHODS * IA_CLUSTER_METHODS]; // (n, n) adjusted Rand
                                                               // index of solute ions
} ia_cluster_comparison;
// IA_ERR_PARAM without a solute. d_max and min_points of the parameters are not used.
IA_API ia_status ia_cluster_compare(ia_ctx *ctx, const ia_cluster_input *input,
                                    const ia_cluster_params *params,
                                    ia_cluster_comparison *out);
IA_API void ia_cluster_comparison_clear(ia_cluster_comparison *comparison);
// "methods", "spread" over those that report clusters, "adjusted_rand_index".
IA_API ia_status ia_cluster_comparison_tables(ia_ctx *ctx,
                                              const ia_cluster_comparison *comparison,
                                              ia_result *result);
// Adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075) of two labellings
// of n things, -1 being a label as any other: 1 the same, 0 on average by chance.
IA_API ia_status ia_rand_index(ia_ctx *ctx, const int32_t *a, const int32_t *b, size_t n,
                               double *out);

// The clusters with one parameter at 0.7, 0.85, 1, 1.15 and 1.3 times what it was, the
// others staying; agreement: adjusted Rand index of the labels of all ions with those of
// before.
typedef struct {
    char parameter[16];
    double base, value;
    uint64_t n_clusters, solute_ions;         // solute ions in clusters
    double number_density;                    // 1/m^3
    double radius, solute_percent, agreement; // means: nm, at.%
} ia_cluster_sensitivity_row;
typedef struct {
    ia_cluster_sensitivity_row *rows; // (n) none where no clusters are reported
    size_t n;
    char verdict[400]; // of the clusters they depart from
} ia_cluster_sensitivity;
// IA_ERR_PARAM without a solute. Parameters that mean something to the method: d_max,
// n_min, min_points, envelope, erosion, cell_volume, sigma_xy, level. Four clusterings
// for each.
IA_API ia_status ia_cluster_sensitivity_compute(ia_ctx *ctx,
                                                const ia_cluster_input *input,
                                                const ia_cluster_params *params,
                                                ia_cluster_sensitivity *out);
IA_API void ia_cluster_sensitivity_clear(ia_cluster_sensitivity *sensitivity);
IA_API ia_status ia_cluster_sensitivity_tables(ia_ctx *ctx,
                                               const ia_cluster_sensitivity *sensitivity,
                                               ia_result *result);

// Single linkage of points at many distances and group sizes in one go.
typedef struct {
    const double *d; // (n_d) nm, ascending
    size_t n_d;
    const size_t *n_min; // (n_n)
    size_t n_n;
    const float *core; // (n) nm; a point takes part from this distance on. NULL: at once
} ia_linkage_grid;
// solutes and clusters: (n_d, n_n) points in groups of n_min or more, and such groups,
// when points nearer than d are linked. O(n log n) for points of even density; 24 B per
// pair nearer than the largest d.
IA_API ia_status ia_linkage_count(ia_ctx *ctx, const float *xyz, size_t n,
                                  const ia_linkage_grid *grid, uint64_t *solutes,
                                  uint64_t *clusters);
// group: (n) least number of a point in the same group, for one distance. 4 B per point
// beside the index, no list of pairs.
IA_API ia_status ia_linkage_groups(ia_ctx *ctx, const float *xyz, size_t n, double d,
                                   uint32_t *group);

// DBSCAN (Ester and others 1996) of plain points. A point with min_points points (itself
// counted) nearer than eps is a core; cores nearer than eps to each other are of one
// cluster; any other point nearer than eps to a core is of that cluster, to several: of
// the one whose first core comes first; the rest is noise. labels: (n) clusters numbered
// by their first core, -1 for noise. IA_ERR_PARAM unless eps > 0 and min_points > 0.
// O(n) for points of even density; 25 B per point.
IA_API ia_status ia_dbscan_compute(ia_ctx *ctx, const ia_points *points, double eps,
                                   size_t min_points, int32_t *labels);

IA_END
#endif
