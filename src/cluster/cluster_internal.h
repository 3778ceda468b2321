// src/cluster/cluster_internal.h: ranged ions as the clustering sees them, and its
// stages.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_H
#define IONATLAS_SRC_CLUSTER_H

#include <ionatlas/cluster.h>
#include <ionatlas/extent.h>

enum { LINKAGE_STEPS = 32, LINKAGE_SIZES = 16 };
// A threshold that is no smaller is none: there are too few shuffles for the level.
enum { SCORE_MOST = 1000 };

// Ranged ions in file order, until they are sorted.
typedef struct {
    float *xyz;     // (n, 3) nm
    uint16_t *kind; // (n) index into the ions of the ranges
    uint32_t *row;  // (n) place in the file
    size_t n;
    uint64_t *counts;       // (n_kinds) ions of each kind
    size_t n_kinds, n_ions; // all ions of the file
    double z_least, z_most; // nm
} ia_cloud;
ia_status ia_cloud_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranges *ranges,
                         const ia_ranger *ranger, ia_cloud *out);
// Every ion, ranged or not, as one kind.
ia_status ia_cloud_build_all(ia_ctx *ctx, const ia_ions *ions, ia_cloud *out);
// By z, y, x and kind: what follows does not depend on the order of the file. 24 B per
// ion while it sorts.
ia_status ia_cloud_sort(ia_ctx *ctx, ia_cloud *cloud);
void ia_cloud_clear(ia_cloud *cloud);

// One question: which kinds of ion hold the solute.
typedef struct {
    const ia_cloud *cloud;
    bool *has;  // (n_kinds)
    uint64_t n; // ions of those kinds
} ia_solute_set;
ia_status ia_solute_set_build(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                              const char *words, ia_solute_set *out);
void ia_solute_set_clear(ia_solute_set *solute);

// What a test compares with.
typedef struct {
    size_t n_shuffles;
    const uint64_t *left_out; // marked ions of the cloud; NULL for none
    bool is_local;            // shuffles keep the solute's slow variation
} ia_cluster_null;

// Choose settings and test them; fills `test` but for p_holm, p_beside, p_local,
// is_significant and what is about steadiness.
ia_status ia_cluster_test_compute(ia_ctx *ctx, const ia_solute_set *solute,
                                  const ia_cluster_params *params,
                                  const ia_cluster_null *null, ia_cluster_test *test);

// The chance that shuffles hold a score as large anywhere in the whole, 1/(shuffles + 1)
// or more; NAN without scores.
double ia_cluster_test_p(const ia_cluster_test *test, double score);

// How steady a finding is: its effect in halves and thinned, and its errors from the
// clusters `first` and on.
ia_status ia_cluster_steady_compute(ia_ctx *ctx, const ia_solute_set *solute,
                                    const ia_cluster_params *params, size_t first,
                                    const ia_clustering *clustering,
                                    ia_cluster_test *test);

// A solute that passed, and its test's index.
typedef struct {
    const ia_solute_set *solute;
    const ia_cluster_params *params;
    uint32_t test;
} ia_cluster_find;
// Room for n more clusters of a test.
ia_status ia_clusters_append(ia_ctx *ctx, size_t n, size_t n_kinds, uint32_t test,
                             ia_clustering *out);
// Append the clusters of one test and label their ions; mark the ions of the cloud that
// are within envelope + erosion of a linked one.
ia_status ia_clusters_find(ia_ctx *ctx, const ia_cluster_find *find, uint64_t *near,
                           ia_clustering *out);
// Count, place and measure clusters `first` and on from the labels; sort them, largest
// first.
ia_status ia_clusters_describe(ia_ctx *ctx, const ia_solute_set *solute, size_t first,
                               ia_clustering *out);

// The solute "all": plain positions.
bool ia_solute_is_all(const char *words);
// Groups of all ions by the settings given, without a test.
ia_status ia_clustering_plain(ia_ctx *ctx, const ia_cloud *cloud,
                              const ia_cluster_params *params, ia_clustering *out);

// Principal axes of clusters `first` and on; distances between all of them.
ia_status ia_clusters_shape(ia_ctx *ctx, const ia_solute_set *solute, size_t first,
                            ia_clustering *out);
ia_status ia_clusters_apart(ia_ctx *ctx, ia_clustering *out);

// Shares of every kind inside clusters `first` and on, from a blurred sphere fitted to
// each.
ia_status ia_clusters_unmix(ia_ctx *ctx, const ia_cluster_find *find, size_t first,
                            ia_clustering *out);

// Append the condensed tree, where there is one: branches, then ions.
ia_status ia_condensed_tree_tables(ia_ctx *ctx, const ia_clustering *clustering,
                                   ia_result *result);
void ia_condensed_tree_clear(ia_condensed_tree *tree);

// Whether any solute could be tested: else no clusters is no finding.
bool ia_clustering_is_tested(const ia_clustering *clustering);

// The volume of the specimen, and which clusters its surface may cut.
ia_status ia_clusters_place(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                            ia_clustering *out);
// Also their number per volume.
ia_status ia_clusters_at_edge(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                              const ia_extent *extent, ia_clustering *out);

// The specimen, and its surface.
typedef struct {
    const ia_cloud *cloud;
    const ia_extent *extent;
    const struct ia_mesh_index *index;
} ia_clusters_within;
// Clusters per volume: those deeper than their reach, (n_clusters) nm, over the volume
// that is as deep. O(a sample of ions).
ia_status ia_clusters_number(ia_ctx *ctx, const ia_clusters_within *within,
                             const double *reach, ia_clustering *out);
// Of all tests, 1/m^3; 0 without clusters, NAN: not tested, or every one may be cut.
double ia_clustering_density(const ia_clustering *clustering);
// Its standard error: clusters that gather scatter by more than independent ones do, by
// as much as those of blocks do.
double ia_clustering_sigma_density(const ia_clustering *clustering);

#endif
