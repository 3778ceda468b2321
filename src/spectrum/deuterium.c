// src/spectrum/deuterium.c: shares the ions of a light peak between the ion with a
// deuterium and the one with two hydrogens in its place.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deuterium.h"

#include <math.h>
#include <string.h>

static const char *const pairs[IA_LIGHT_PAIRS][2] = {
    {"D+", "H2+"}, {"HD+", "H3+"}, {"D2+", "H2D+"}};

static size_t find_ion(const ia_ion *ions, size_t n, const ia_ion *ion)
{
    for (size_t i = 0; i < n; i++)
        if (ia_ion_is_equal(&ions[i], ion))
            return i;
    return n;
}

static bool is_sign(char c)
{
    return c == '+' || c == '-';
}

// Names hold spaces ("H 2H+") and end with their charge.
static bool names(const char *ions, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = strstr(ions, name); at; at = strstr(at + 1, name))
        if ((at == ions || (at > ions + 1 && at[-1] == ' ' && is_sign(at[-2]))) &&
            (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

// That either is there, by the accounts of their group; NAN where there are none.
static double by_accounts(const ia_assignment *found, const ia_ion pair[2])
{
    double either = 0, all = 0;

    for (size_t i = 0; i < found->n_accounts; i++) {
        const ia_account *a = &found->accounts[i];
        bool is_theirs = false;
        for (size_t k = 0; k < found->n_accounts && !is_theirs; k++)
            is_theirs = found->accounts[k].group == a->group &&
                        (names(found->accounts[k].ions, pair[0].name) ||
                         names(found->accounts[k].ions, pair[1].name));
        bool has = names(a->ions, pair[0].name) || names(a->ions, pair[1].name);
        all += is_theirs ? a->probability : 0;
        either += is_theirs && has ? a->probability : 0;
    }
    return all > 0 ? either / all : NAN;
}

void ia_deuterium_add(const ia_assignment *found, ia_ion *ions, double *probability,
                      size_t *n)
{
    for (size_t k = 0; k < IA_LIGHT_PAIRS; k++) {
        const ia_ion pair[2] = {ia_ion_of(pairs[k][0]), ia_ion_of(pairs[k][1])};
        size_t told[2] = {find_ion(ions, *n, &pair[0]), find_ion(ions, *n, &pair[1])};
        if (told[0] == *n && told[1] == *n)
            continue;
        double by = by_accounts(found, pair), either = isnan(by) ? 1 : by;
        for (int side = 0; side < 2; side++) {
            if (told[side] == *n) {
                told[side] = (*n)++;
                ions[told[side]] = pair[side];
            }
            probability[told[side]] = either;
        }
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

// What both have together was counted, whatever windows it was counted in: it is open as
// far as neighbours are, and not for the two must be parted.
static void keep_overlap(ia_deconvolution *d, const size_t at[2])
{
    size_t n = d->n_ions;
    double *overlap = d->covariance[IA_ERROR_OVERLAP];
    double *own[2] = {overlap + at[0] * n, overlap + at[1] * n};
    double all = own[0][at[0]] + own[0][at[1]] + own[1][at[0]] + own[1][at[1]];
    double by_others = 0;

    for (size_t i = 0; i < n; i++) {
        double with = own[0][i] + own[1][i], variance = overlap[i * n + i];
        if (i != at[0] && i != at[1] && variance > 0)
            by_others += with * with / variance;
    }
    own[0][at[0]] = fmin(fmax(0, all), by_others);
    own[0][at[1]] = own[1][at[0]] = own[1][at[1]] = 0;
}

// `open`: standard deviation of the ions that are one's or the other's.
static void share_covariance(ia_deconvolution *d, const size_t at[2], double part,
                             double open)
{
    size_t n = d->n_ions;

    keep_overlap(d, at);
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

// How the two share what lies there, for what is made of both.
static void keep_pair(const ia_light_pair *light, const size_t at[2], double both,
                      ia_deconvolution *d)
{
    ia_shared_pair pair = {
        .ions = {(uint32_t)at[0], (uint32_t)at[1]},
        .probability = fmax(d->ions[at[0]].probability, d->ions[at[1]].probability),
        .open = both * light->sigma_share};

    memcpy(pair.parts, light->parts, sizeof pair.parts);
    d->shared[d->n_shared++] = pair;
}

// Who might be there in the place of one of them was asked with the other left there.
static void forget_instead(ia_deconvolution *d, const size_t at[2])
{
    size_t n = 0, n_ions = d->n_ions;

    for (size_t i = 0; i < d->n_instead; i++) {
        if (d->instead[i].told == at[0] || d->instead[i].told == at[1])
            continue;
        d->instead[n] = d->instead[i];
        memmove(d->instead_change + n * n_ions, d->instead_change + i * n_ions,
                n_ions * sizeof *d->instead_change);
        n++;
    }
    d->n_instead = n;
}

static void share_pair(const ia_light_pair *pair, double ions, const size_t at[2],
                       ia_deconvolution *d)
{
    size_t n = d->n_ions;
    double both = fmax(0, d->ions[at[0]].counts + d->ions[at[1]].counts);
    double part = pair->share, scale = both / ions;

    d->ions[at[0]].counts = part * both;
    d->ions[at[1]].counts = (1 - part) * both;
    keep_pair(pair, at, both, d);
    forget_instead(d, at);
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

    solved->n_shared = 0;
    for (size_t k = 0; k < IA_LIGHT_PAIRS; k++) {
        double ions = light->peaks[k + 1].counts;
        if (find_pair(solved, k, at) && ions > 0)
            share_pair(&light->pairs[k], ions, at, solved);
    }
}
