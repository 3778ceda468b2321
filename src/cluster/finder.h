// src/cluster/finder.h: what an algorithm that finds clusters is, for the test and the
// search that all of them share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_FINDER_H
#define IONATLAS_SRC_CLUSTER_FINDER_H

#include "cluster/sample.h"
#include "cluster/settings.h"

// What a finder knows of a group beside its members.
typedef struct {
    double radius, sigma_radius; // nm; NAN: not known
    double ratio;                // its score
} ia_group_fit;

// A solute whose clusters are wanted, with the settings that its test chose.
typedef struct {
    const ia_solute_set *solute;
    const ia_cluster_params *params;
    const ia_cluster_test *test;
    const float *xyz; // (n, 3) positions of the solute ions, nm
    size_t n;
    uint32_t *group;    // (n) out: least number of a member; IA_NO_GROUP for none
    float *probability; // (n) out: of being in that group; 1 unless the finder knows it
    ia_group_fit *fit;  // (n) out, at a group's number; all NAN before
} ia_group_task;
#define IA_NO_GROUP UINT32_MAX

// Ions with a density each, in groups.
typedef struct {
    const int32_t *group; // (n) -1 for none
    const float *density; // (n) 1/nm
    size_t n, n_groups;
} ia_dense;

typedef struct ia_finder {
    const char *name;     // as in --method
    const char *title;    // in words
    bool is_linking;      // settings are distances of links, nm: the shell's default
    bool has_points;      // n_min of a setting is a number of points within d, not a size
    bool takes_narrowest; // of settings nearly as good as the best, the shortest d
    bool needs_points;    // min_points means something to it
    // min_points as used, where it need not be given; NULL: as it is.
    size_t (*points)(const ia_cluster_params *params);
    bool needs_solvent;   // it looks at the ions that are not the solute
    double slow_edge;     // nm: what varies over less is no slow variation to it
    bool by_density;      // settings are densities, 1/nm, no distances
    bool by_volume;       // settings are volumes, nm^3
    bool has_probability; // of every solute ion
    bool by_peak;         // tested by the largest of what the tally ends with
    bool knows_chance; // what it prepares holds for as many ions only: no share of them
    // The grid of settings that are tried.
    void (*lay_out)(const ia_cluster_params *params, double spacing, ia_settings *out);
    // What tallies need to know of all ions, and its end; NULL: nothing.
    ia_status (*prepare)(ia_ctx *ctx, const ia_sample *sample, ia_settings *settings);
    void (*release)(ia_settings *settings);
    // Clusters and solute ions in them at every setting, from positions of solute ions.
    ia_status (*tally)(ia_ctx *ctx, const ia_settings *settings, const float *xyz,
                       size_t n, double *tally);
    // Groups of the whole specimen's solute ions...
    ia_status (*group)(ia_ctx *ctx, const ia_group_task *task);
    // ...or, where it is not NULL, labels and clusters of them.
    ia_status (*find)(ia_ctx *ctx, const ia_cluster_find *find, const float *xyz,
                      uint64_t *near, ia_clustering *out);
    // What else it has to show of the solute ions when all is found; NULL: nothing.
    ia_status (*trace)(ia_ctx *ctx, const ia_cluster_find *find, ia_clustering *out);
} ia_finder;

extern const ia_finder ia_finder_msm, ia_finder_core, ia_finder_dbscan, ia_finder_scan,
    ia_finder_hdbscan, ia_finder_optics, ia_finder_gmm, ia_finder_voronoi,
    ia_finder_isosurface;
// By the parameter `method`.
const ia_finder *ia_finder_of(int method);

// min_points as it uses it; 0 where that means nothing to it.
size_t ia_finder_points(const ia_finder *finder, const ia_cluster_params *params);

// Shared by the finders that link: the grid of distances, and one distance per group
// size.
void ia_settings_distances(const ia_cluster_params *params, double spacing,
                           ia_settings *out);
// Inverse distances, 1/nm, and two sizes, for finders that know a density for every ion:
// half of the ions of a cluster have one as large.
void ia_settings_lay_out_dense(const ia_cluster_params *params, double spacing,
                               ia_settings *out);
// Of groups numbered from 0 (-1: none): add to the tally those that are dense enough at
// each setting of this number.
ia_status ia_settings_tally_dense(ia_ctx *ctx, const ia_settings *settings,
                                  const ia_dense *groups, size_t number, double *tally);
// Groups of which half of the members have this density, by their least member.
ia_status ia_dense_group(ia_ctx *ctx, const ia_dense *groups, double density,
                         uint32_t *group);
void ia_settings_sizes(const ia_cluster_params *params, ia_settings *out);
// Positions of the solute ions and their places in the file, both to be freed.
ia_status ia_solute_points(ia_ctx *ctx, const ia_solute_set *solute, float **xyz,
                           uint32_t **row);

#endif
