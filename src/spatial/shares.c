// src/spatial/shares.c: shares of elements among the atoms of some ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/shares.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double coverage = 0.95;

// The p at which a beta distribution has `share` below it.
static double beta_quantile(double share, double a, double b)
{
    enum { HALVINGS = 50 };
    double lo = 0, hi = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double p = (lo + hi) / 2;
        if (gsl_cdf_beta_P(p, a, b) < share)
            lo = p;
        else
            hi = p;
    }
    return (lo + hi) / 2;
}

// The score interval with its correction for whole numbers: within 1e-3 of the exact
// one's length where both counts are in the thousands (Newcombe 1998).
static void score_interval(double k, double n, double tail, double out[2])
{
    double z = gsl_cdf_ugaussian_Qinv(tail), p = k / n, q = 1 - p;
    double scale = 2 * (n + z * z), middle = 2 * k + z * z;
    out[0] = (middle - 1 - z * sqrt(z * z - 2 - 1 / n + 4 * p * (n * q + 1))) / scale;
    out[1] = (middle + 1 + z * sqrt(z * z + 2 - 1 / n + 4 * p * (n * q - 1))) / scale;
}

void ia_clopper_pearson(double k, double n, double cover, double out[2])
{
    const double many = 5000;
    double tail = (1 - cover) / 2;
    k = fmin(fmax(k, 0), n);
    if (k > many && n - k > many) {
        score_interval(k, n, tail, out);
        return;
    }
    out[0] = k > 0 ? beta_quantile(tail, k, n - k + 1) : 0;
    out[1] = k < n ? beta_quantile(1 - tail, k + 1, n - k) : 1;
}

static ia_status count_kinds(ia_ctx *ctx, const ia_ranged *ranged, size_t n_kinds,
                             uint64_t **out)
{
    uint64_t *counts = ia_array(ctx, n_kinds, sizeof *counts);
    if (!counts)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranged->n; i++)
        counts[ranged->kind[i]]++;
    *out = counts;
    return IA_OK;
}

// Every element of the ranged ions, by falling number of atoms.
static void list_all(const ia_ranges *ranges, const uint64_t *counts, ia_kind_list *list)
{
    const ia_kind_list all = ia_kind_list_all(ranges);
    double atoms[IA_ATOM_KINDS_MOST] = {0};
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < ranges->n_ions; k++)
            atoms[i] += (double)counts[k] * ia_kind_list_count(&all, i, &ranges->ions[k]);
    list->n = 0;
    for (;;) {
        size_t most = all.n;
        for (size_t i = 0; i < all.n; i++)
            if (atoms[i] > 0 && (most == all.n || atoms[i] > atoms[most]))
                most = i;
        if (most == all.n)
            return;
        list->kind[list->n++] = all.kind[most];
        atoms[most] = 0;
    }
}

static ia_status check_held(ia_ctx *ctx, const ia_ranges *ranges, const uint64_t *counts,
                            const ia_kind_list *list)
{
    for (size_t e = 0; e < list->n; e++) {
        char name[IA_ION_NAME];
        uint64_t n = 0;
        for (size_t k = 0; k < ranges->n_ions; k++)
            n += ia_kind_list_count(list, e, &ranges->ions[k]) > 0 ? counts[k] : 0;
        if (n > 0)
            continue;
        ia_atom_kind_name(list->kind[e], name);
        return ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion holds the %s %s",
                       ia_atom_kind_word(list->kind[e]), name);
    }
    return IA_OK;
}

static void fill(const ia_ranges *ranges, ia_shares *s)
{
    for (size_t k = 0; k < s->n_kinds; k++) {
        s->atoms[k] = (uint8_t)ia_ion_atoms(&ranges->ions[k]);
        for (size_t e = 0; e < s->n_elements; e++)
            s->of[e * s->n_kinds + k] =
                (uint8_t)ia_kind_list_count(&s->kinds, e, &ranges->ions[k]);
    }
}

static void expect_background(const ia_share_input *input, size_t n_ranged, ia_shares *s)
{
    const ia_ranger *ranger = input->ranger;
    const ia_background *b = input->background;
    bool is_known = b && b->n_used > 0;
    for (size_t i = 0; i < ranger->n; i++)
        s->background[ranger->ion[i]] +=
            is_known
                ? ia_background_counts(b, ranger->lo[i], ranger->hi[i]) / (double)n_ranged
                : NAN;
    s->level_error = is_known && b->a > 0 ? b->sigma_a / b->a : 0;
}

ia_status ia_shares_build(ia_ctx *ctx, const ia_share_input *input,
                          const ia_ranged *ranged, const char *elements, ia_shares *out)
{
    const ia_ranges *ranges = input->ranges;
    ia_shares s = {.ranges = ranges, .n_kinds = ranges->n_ions};
    uint64_t *counts = NULL;
    ia_status st;

    if ((st = ia_ranged_need(ctx, ranged)) != IA_OK ||
        (st = ia_kind_list_read(ctx, "solute", elements, ranges, &s.kinds)) != IA_OK ||
        (st = count_kinds(ctx, ranged, s.n_kinds, &counts)) != IA_OK)
        goto done;
    if (s.kinds.n == 0)
        list_all(ranges, counts, &s.kinds);
    s.n_elements = s.kinds.n;
    st = s.n_elements == 0
             ? ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion is made of elements")
             : check_held(ctx, ranges, counts, &s.kinds);
    if (st == IA_OK && (!(s.atoms = ia_array(ctx, s.n_kinds, sizeof *s.atoms)) ||
                        !(s.of = ia_array(ctx, s.n_elements, s.n_kinds)) ||
                        !(s.background = ia_array(ctx, s.n_kinds, sizeof *s.background))))
        st = IA_ERR_MEMORY;
    if (st != IA_OK)
        goto done;
    fill(ranges, &s);
    expect_background(input, ranged->n, &s);
    *out = s;
    s = (ia_shares){0};
done:
    ia_shares_clear(&s);
    free(counts);
    return st;
}

uint64_t ia_shares_hold(const ia_shares *shares, size_t element, const uint64_t *counts,
                        size_t n_bins, uint64_t *holding)
{
    uint64_t n = 0;
    for (size_t b = 0; b < n_bins; b++) {
        holding[b] = 0;
        for (size_t k = 0; k < shares->n_kinds; k++)
            if (ia_shares_holds(shares, element, k))
                holding[b] += counts[b * shares->n_kinds + k];
        n += holding[b];
    }
    return n;
}

void ia_shares_clear(ia_shares *s)
{
    free(s->atoms);
    free(s->of);
    free(s->background);
    *s = (ia_shares){0};
}

// Sums over the kinds of ions for one element.
typedef struct {
    double n;         // ions that are made of elements
    double of, atoms; // sums of a_k m_k and A_k m_k
} sums;

static double ions_of(const ia_shares *s, const uint64_t *counts, size_t k, double stray)
{
    return (double)counts[k] - (stray > 0 ? stray * s->background[k] : 0);
}

static sums add_up(const ia_shares *s, const uint8_t *of, const uint64_t *counts,
                   double stray)
{
    sums t = {0};
    for (size_t k = 0; k < s->n_kinds; k++) {
        double m = ions_of(s, counts, k, stray);
        t.n += s->atoms[k] > 0 ? (double)counts[k] : 0;
        t.of += of[k] * m;
        t.atoms += s->atoms[k] * m;
    }
    return t;
}

// Variance of t.of / t.atoms: Poisson counts, and the level of the background where
// `stray` ions of all kinds bring some.
static double variance_of(const ia_shares *s, const uint8_t *of, const uint64_t *counts,
                          const sums *t, double stray)
{
    double c = t->of / t->atoms, sum = 0, level = 0;
    for (size_t k = 0; k < s->n_kinds; k++) {
        double slope = of[k] - c * s->atoms[k];
        sum += slope * slope * (double)counts[k];
        level += stray > 0 ? slope * stray * s->background[k] : 0;
    }
    level *= s->level_error;
    return (sum + level * level) / (t->atoms * t->atoms);
}

double ia_share_spread(const ia_shares *s, size_t element, const uint64_t *counts)
{
    const uint8_t *of = s->of + element * s->n_kinds;
    sums t = add_up(s, of, counts, 0);
    return t.atoms > 0 ? variance_of(s, of, counts, &t, 0) * t.atoms * t.atoms : 0;
}

ia_share ia_share_of(const ia_shares *s, size_t element, const uint64_t *counts)
{
    const uint8_t *of = s->of + element * s->n_kinds;
    ia_share share = {.percent = NAN,
                      .sigma = NAN,
                      .interval = {0, 100},
                      .corrected_counts = NAN,
                      .corrected_percent = NAN,
                      .sigma_corrected = NAN};
    double stray = 0;
    sums t = add_up(s, of, counts, 0);
    for (size_t k = 0; k < s->n_kinds; k++)
        stray += (double)counts[k];
    share.counts = t.of;
    share.atoms = t.atoms;
    if (!(t.atoms > 0))
        return share;
    double c = t.of / t.atoms, variance = variance_of(s, of, counts, &t, 0);
    // Atoms that come together count as fewer independent ones.
    double n = variance > 0 ? c * (1 - c) / variance : t.n;
    ia_clopper_pearson(c * n, n, coverage, share.interval);
    share.percent = 100 * c;
    // Where nothing (or nothing else) was counted the error is that of one ion.
    share.sigma = 100 * (variance > 0 ? sqrt(variance) : 1 / (t.n + 1));
    for (int i = 0; i < 2; i++)
        share.interval[i] *= 100;
    t = add_up(s, of, counts, stray);
    share.corrected_counts = t.of;
    if (t.atoms > 0) {
        variance = variance_of(s, of, counts, &t, stray);
        share.corrected_percent = 100 * t.of / t.atoms;
        share.sigma_corrected = variance > 0 ? 100 * sqrt(variance) : share.sigma;
    }
    return share;
}

ia_status ia_shares_columns(ia_ctx *ctx, ia_table *table, const ia_share *shares,
                            size_t size)
{
    static const ia_table_member members[] = {
        {"counts", IA_F64, offsetof(ia_share, counts)},
        {"at_percent", IA_F64, offsetof(ia_share, percent)},
        {"sigma_at_percent", IA_F64, offsetof(ia_share, sigma)},
        {"corrected_counts", IA_F64, offsetof(ia_share, corrected_counts)},
        {"corrected_at_percent", IA_F64, offsetof(ia_share, corrected_percent)},
        {"sigma_corrected_at_percent", IA_F64, offsetof(ia_share, sigma_corrected)},
    };
    ia_status st = ia_table_add_members(ctx, table, shares, size, members,
                                        sizeof members / sizeof *members);
    double *interval =
        st == IA_OK
            ? ia_table_add_cells(ctx, table, "at_percent_interval95", IA_F64, 0, 2)
            : NULL;
    if (!interval)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < table->n_rows; i++) {
        const ia_share *share = (const void *)((const char *)shares + i * size);
        interval[2 * i] = share->interval[0];
        interval[2 * i + 1] = share->interval[1];
    }
    return IA_OK;
}

// Corrected atoms of a kind and their variance.
static double correct(const ia_shares *s, const ia_kind_list *all, size_t i,
                      const uint64_t *counts, double *variance)
{
    const ia_ranges *ranges = s->ranges;
    double stray = 0, sum = 0;
    *variance = 0;
    for (size_t k = 0; k < s->n_kinds; k++)
        stray += (double)counts[k];
    for (size_t k = 0; k < s->n_kinds; k++) {
        double per_ion = ia_kind_list_count(all, i, &ranges->ions[k]);
        if (per_ion == 0)
            continue;
        sum += per_ion * ions_of(s, counts, k, stray);
        *variance += per_ion * per_ion * (double)counts[k];
    }
    return sum;
}

char *ia_shares_tally(ia_ctx *ctx, const ia_shares *s, const uint64_t *counts)
{
    const ia_kind_list all = ia_kind_list_all(s->ranges);
    char text[IA_ATOM_KINDS_MOST * 64], name[IA_ION_NAME];
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; i < all.n; i++) {
        uint64_t atoms = 0;
        for (size_t k = 0; k < s->n_kinds; k++)
            atoms += ia_kind_list_count(&all, i, &s->ranges->ions[k]) * counts[k];
        if (atoms == 0)
            continue;
        double variance, corrected = correct(s, &all, i, counts, &variance);
        ia_atom_kind_name(all.kind[i], name);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:%llu", n ? " " : "", name,
                              (unsigned long long)atoms);
        if (isfinite(corrected))
            n += (size_t)snprintf(text + n, sizeof text - n, ":%.6g:%.4g", corrected,
                                  sqrt(variance));
    }
    return ia_text(ctx, text);
}
