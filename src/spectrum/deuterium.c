// src/spectrum/deuterium.c: shares the ions of a light peak between the ion with a
// deuterium and the one with two hydrogens in its place.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deuterium.h"

#include <assert.h>
#include <math.h>

static const char *const pairs[IA_LIGHT_PAIRS][2] = {
    {"D+", "H2+"}, {"HD+", "H3+"}, {"D2+", "H2D+"}};

static size_t find_ion(const ia_ion *ions, size_t n, const ia_ion *ion)
{
    for (size_t i = 0; i < n; i++)
        if (ia_ion_is_equal(&ions[i], ion))
            return i;
    return n;
}

void ia_deuterium_add(ia_ion *ions, double *probability, size_t *n)
{
    for (size_t k = 0; k < IA_LIGHT_PAIRS; k++) {
        const ia_ion pair[2] = {ia_ion_of(pairs[k][0]), ia_ion_of(pairs[k][1])};
        size_t told[2] = {find_ion(ions, *n, &pair[0]), find_ion(ions, *n, &pair[1])};
        size_t first = told[0] < *n ? 0 : 1;
        if (told[first] == *n)
            continue;
        probability[told[first]] = 1; // its rival is there, too
        if (told[1 - first] < *n)
            continue;
        ions[*n] = pair[1 - first];
        probability[(*n)++] = 1;
    }
}

// Places of both ions of pair k.
static bool find_pair(const ia_deconvolution *d, size_t k, size_t at[2])
{
    for (int side = 0; side < 2; side++) {
        const ia_ion ion = ia_ion_of(pairs[k][side]);
        for (at[side] = 0; at[side] < d->n_ions; at[side]++)
            if (ia_ion_is_equal(&d->ions[at[side]].ion, &ion))
                break;
        if (at[side] == d->n_ions || !isfinite(d->ions[at[side]].counts))
            return false;
    }
    return true;
}

bool ia_deuterium_is_open(const ia_deconvolution *solved)
{
    size_t at[2];

    for (size_t k = 0; k < IA_LIGHT_PAIRS; k++)
        if (find_pair(solved, k, at))
            return true;
    return false;
}

// Two values that change together: their sum, shared.
static void share(double *row, const size_t at[2], double part)
{
    double both = row[at[0]] + row[at[1]];

    row[at[0]] = part * both;
    row[at[1]] = (1 - part) * both;
}

static void share_rows(double *list, size_t n_rows, size_t n_columns, const size_t at[2],
                       double part)
{
    for (size_t i = 0; list && i < n_rows; i++)
        share(list + i * n_columns, at, part);
}

static void share_columns(double *list, size_t n_columns, const size_t at[2], double part)
{
    for (size_t i = 0; i < n_columns; i++) {
        double both = list[at[0] * n_columns + i] + list[at[1] * n_columns + i];
        list[at[0] * n_columns + i] = part * both;
        list[at[1] * n_columns + i] = (1 - part) * both;
    }
}

// No other ion lies there: what both have together was counted, not parted from others,
// whatever windows it was counted in.
static void forget_overlap(ia_deconvolution *d, const size_t at[2])
{
    size_t n = d->n_ions;
    double *overlap = d->covariance[IA_ERROR_OVERLAP];

    for (size_t i = 0; i < n; i++)
        for (int side = 0; side < 2; side++)
            overlap[at[side] * n + i] = overlap[i * n + at[side]] = 0;
}

// `open`: standard deviation of the ions that are one's or the other's.
static void share_covariance(ia_deconvolution *d, const size_t at[2], double part,
                             double open)
{
    size_t n = d->n_ions;

    forget_overlap(d, at);
    for (int p = 0; p < IA_ERROR_PARTS; p++) {
        share_columns(d->covariance[p], n, at, part);
        share_rows(d->covariance[p], n, n, at, part);
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            d->covariance[IA_ERROR_OVERLAP][at[i] * n + at[j]] +=
                (i == j ? 1 : -1) * open * open;
}

static void tell(ia_deconvolution *d, size_t k, const double interval[2], double there)
{
    ia_solved *ion = &d->ions[k];
    double variance = 0;

    for (int p = 0; p < IA_ERROR_PARTS; p++) {
        double own = fmax(0, d->covariance[p][k * d->n_ions + k]);
        ion->sigma[p] = sqrt(own);
        variance += own;
    }
    ion->sigma_all = sqrt(variance);
    ion->probability *= there;
    ion->is_shared = true;
    ion->lo = interval[0];
    ion->hi = interval[1];
}

static void share_pair(const ia_light_pair *pair, double ions, const size_t at[2],
                       ia_deconvolution *d)
{
    size_t n = d->n_ions;
    double both = fmax(0, d->ions[at[0]].counts + d->ions[at[1]].counts);
    double part = pair->share, scale = both / ions;

    d->ions[at[0]].counts = part * both;
    d->ions[at[1]].counts = (1 - part) * both;
    d->shared[d->n_shared++] = (ia_shared_pair){{at[0], at[1]},
                                                both,
                                                part,
                                                pair->sigma_share,
                                                {pair->alone[0], pair->alone[1]},
                                                pair->share_both,
                                                pair->sigma_both};
    share_covariance(d, at, part, both * pair->sigma_share);
    share_columns(d->response, 2 * d->n_windows, at, part);
    share_rows(d->change, n, n, at, part);
    share_rows(d->instead_change, d->n_instead, n, at, part);
    share_rows(d->taken, d->n_omitted, n, at, part);
    for (int side = 0; side < 2; side++) {
        const double interval[2] = {scale * pair->interval[side][0],
                                    scale * pair->interval[side][1]};
        tell(d, at[side], interval, pair->there[side]);
    }
}

void ia_deuterium_share(const ia_hydrogen *light, ia_deconvolution *solved)
{
    size_t at[2];

    static_assert((int)IA_SHARED_MOST >= (int)IA_LIGHT_PAIRS, "all pairs have room");
    solved->n_shared = 0;
    for (size_t k = 0; k < IA_LIGHT_PAIRS; k++) {
        double ions = light->peaks[k + 1].counts;
        if (find_pair(solved, k, at) && ions > 0)
            share_pair(&light->pairs[k], ions, at, solved);
    }
}

void ia_shared_outcomes(const ia_shared_pair *pair, double gain, ia_doubt outcomes[3])
{
    double spread = gain * pair->sigma_both;
    double none = fmax(0, 1 - pair->alone[0] - pair->alone[1]);

    outcomes[0] = (ia_doubt){pair->alone[0], gain * (1 - pair->share), 0};
    outcomes[1] = (ia_doubt){pair->alone[1], -gain * pair->share, 0};
    outcomes[2] =
        (ia_doubt){none, gain * (pair->share_both - pair->share), spread * spread};
}
