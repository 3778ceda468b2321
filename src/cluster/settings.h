// src/cluster/settings.h: the settings of a way to find clusters, and the choice among
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_SETTINGS_H
#define IONATLAS_SRC_CLUSTER_SETTINGS_H

#include <ionatlas/cluster.h>

struct ia_finder;
struct ia_sample;

enum { SETTING_STEPS = 24, SETTING_SIZES = 9, SETTING_POINTS = 3 };
enum { SETTINGS_MAX = 2 * SETTING_STEPS * SETTING_SIZES };

// Setting j has the strictness d[], the least size n_min[] and the neighbours k[] that
// ia_settings_at tells. Tallies are (2, n) and one more: clusters, then solute ions in
// them, at every setting, then the largest score of a cluster where the finder has one.
typedef struct {
    const struct ia_finder *finder;
    double d[SETTING_STEPS];     // distance, nm
    size_t n_min[SETTING_SIZES]; // solute ions; dbscan: points within d of a core
    size_t k[SETTING_POINTS];    // core: neighbours within d
    size_t n_d, n_n, n_k, n;
    double reach;                       // largest distance that is searched, nm
    const ia_cluster_params *params;    // borrowed
    void *aid;                          // of the finder, of all ions
    double share;                       // of all ions that tallies look at
    bool is_given;                      // one setting only, given by the user
    double means[2 * SETTINGS_MAX + 1]; // tally of chance
} ia_settings;

typedef struct {
    double d;
    size_t n_min, k;
} ia_setting;
ia_setting ia_settings_at(const ia_settings *settings, size_t j);

static inline size_t ia_settings_tally_size(const ia_settings *settings)
{
    return 2 * settings->n + 1;
}
// Distances follow the spacing of as many ions drawn at random, nm.
void ia_settings_init(const ia_cluster_params *params, double spacing, ia_settings *out);
// Whatever the finder needs to know of all ions.
ia_status ia_settings_prepare(ia_ctx *ctx, const struct ia_sample *sample,
                              ia_settings *settings);
void ia_settings_release(ia_settings *settings);
// Tally of n points.
ia_status ia_settings_tally(ia_ctx *ctx, const ia_settings *settings, const float *xyz,
                            size_t n, double *tally);
// Clustered solute ions beyond those of chance; 0 where chance makes too many clusters.
double ia_settings_excess(const ia_settings *settings, const double *tally, size_t j);
// What is tested: the largest excess, or the largest score.
double ia_settings_largest(const ia_settings *settings, const double *tally);
// The setting to use; settings->n when nothing stands out.
size_t ia_settings_choose(const ia_settings *settings, const double *tally);

#endif
