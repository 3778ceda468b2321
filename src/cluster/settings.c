// src/cluster/settings.c: the settings of a way to find clusters, and the choice among
// them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"

#include <math.h>
#include <string.h>

static const size_t group_sizes[SETTING_SIZES] = {5, 7, 10, 15, 20, 30, 50, 70, 100};

// Beyond 0.87 spacings random points hang together (percolation); well below, groups are
// few. Farther than 2 nm apart ions are in no cluster, however dilute they are.
static const double widest_spacings = 0.75, widest = 2.0, narrowest_share = 0.25;
// Densities that are tried, in inverse spacings of random ions.
static const double thinnest = 0.8, growth = 1.12;
// Of the clusters of a setting chance may make so many.
static const double chance_share = 0.05;
// Excesses at least this large, as a share of the largest, are as good as it.
static const double near_share = 0.97;

void ia_settings_distances(const ia_cluster_params *params, double spacing,
                           ia_settings *out)
{
    double top = fmin(widest_spacings * spacing, widest);
    out->n_d = params->d_max > 0 ? 1 : SETTING_STEPS;
    for (size_t j = 0; j < out->n_d; j++)
        out->d[j] = top * (narrowest_share +
                           (1 - narrowest_share) * (double)(j + 1) / SETTING_STEPS);
    if (params->d_max > 0)
        out->d[0] = params->d_max;
    out->reach = out->d[out->n_d - 1];
}

static void set_densities(double spacing, ia_settings *out)
{
    out->n_d = SETTING_STEPS;
    for (size_t j = 0; j < out->n_d; j++)
        out->d[j] = thinnest * pow(growth, (double)j) / spacing;
    out->reach = 1e-3; // nothing is linked by a distance
}

void ia_settings_lay_out_dense(const ia_cluster_params *params, double spacing,
                               ia_settings *out)
{
    static const size_t sizes[] = {8, 25};
    set_densities(spacing, out);
    out->n_n = params->n_min > 0 ? 1 : sizeof sizes / sizeof *sizes;
    memcpy(out->n_min, sizes, sizeof sizes);
    if (params->n_min > 0)
        out->n_min[0] = params->n_min;
}

void ia_settings_sizes(const ia_cluster_params *params, ia_settings *out)
{
    out->n_n = params->n_min > 0 ? 1 : SETTING_SIZES;
    memcpy(out->n_min, group_sizes, sizeof group_sizes);
    if (params->n_min > 0)
        out->n_min[0] = params->n_min;
}

void ia_settings_init(const ia_cluster_params *params, double spacing, ia_settings *out)
{
    *out = (ia_settings){
        .finder = ia_finder_of(params->method), .n_k = 1, .share = 1, .params = params};
    out->finder->lay_out(params, spacing, out);
    out->n = out->n_d * out->n_n * out->n_k;
    out->is_given = out->n == 1;
}

ia_setting ia_settings_at(const ia_settings *s, size_t j)
{
    return (ia_setting){s->d[j / s->n_n % s->n_d], s->n_min[j % s->n_n],
                        s->k[j / (s->n_n * s->n_d)]};
}

ia_status ia_settings_tally(ia_ctx *ctx, const ia_settings *s, const float *xyz, size_t n,
                            double *tally)
{
    tally[2 * s->n] = 0;
    return s->finder->tally(ctx, s, xyz, n, tally);
}

double ia_settings_excess(const ia_settings *s, const double *tally, size_t j)
{
    bool stands_out =
        s->is_given || s->finder->by_peak || s->means[j] <= chance_share * tally[j];
    return stands_out ? fmax(0, tally[s->n + j] - s->means[s->n + j]) : 0;
}

double ia_settings_largest(const ia_settings *s, const double *tally)
{
    double largest = s->finder->by_peak ? tally[2 * s->n] : 0;
    for (size_t j = 0; j < s->n && !s->finder->by_peak; j++)
        largest = fmax(largest, ia_settings_excess(s, tally, j));
    return largest;
}

// The smallest groups that come near the largest excess, and the links that do best with
// them: of equal excesses, the one with large groups joins matrix ions and neighbouring
// clusters and leaves small clusters out.
size_t ia_settings_choose(const ia_settings *s, const double *tally)
{
    double least = near_share * ia_settings_largest(s, tally);
    size_t best = s->n;
    for (size_t k = 0; k < s->n_n && best == s->n; k++) {
        double largest = 0;
        for (size_t j = k; j < s->n; j += s->n_n) {
            double excess = ia_settings_excess(s, tally, j);
            if (!(excess > largest && excess >= least))
                continue;
            largest = excess;
            best = j;
            if (s->finder->takes_narrowest)
                break;
        }
    }
    return best;
}
