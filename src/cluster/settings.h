// src/cluster/settings.h: the settings of a way to find clusters, and the choice among
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_SETTINGS_H
#define IONATLAS_SRC_CLUSTER_SETTINGS_H

#include <ionatlas/cluster.h>

struct ia_finder;

enum { SETTING_STEPS = 24, SETTING_SIZES = 9, SETTING_POINTS = 3 };
enum { SETTINGS_MAX = 2 * SETTING_STEPS * SETTING_SIZES };

// Setting j has the strictness d[], the least size n_min[] and the neighbours k[] that
// ia_settings_at tells. Tallies are (2, n): clusters, then solute ions in them, at every
// setting.
typedef struct {
    const struct ia_finder *finder;
    double d[SETTING_STEPS];     // distance, nm
    size_t n_min[SETTING_SIZES]; // solute ions; dbscan: points within d of a core
    size_t k[SETTING_POINTS];    // core: neighbours within d
    size_t n_d, n_n, n_k, n;
    double reach;                   // largest distance that is searched, nm
    bool is_given;                  // one setting only, given by the user
    double means[2 * SETTINGS_MAX]; // tally of chance
} ia_settings;

typedef struct {
    double d;
    size_t n_min, k;
} ia_setting;
ia_setting ia_settings_at(const ia_settings *settings, size_t j);

// Distances follow the spacing of as many ions drawn at random, nm.
void ia_settings_init(const ia_cluster_params *params, double spacing, ia_settings *out);
// Tally of n points.
bool ia_settings_tally(const ia_settings *settings, const float *xyz, size_t n,
                       double *tally);
// Clustered solute ions beyond those of chance; 0 where chance makes too many clusters.
double ia_settings_excess(const ia_settings *settings, const double *tally, size_t j);
double ia_settings_largest(const ia_settings *settings, const double *tally);
// The setting to use; settings->n when nothing stands out.
size_t ia_settings_choose(const ia_settings *settings, const double *tally);

#endif
