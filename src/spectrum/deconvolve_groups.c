// src/spectrum/deconvolve_groups.c: ions that a spectrum cannot part from each other.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_solving.h"

#include <math.h>

static const double MEMBER = 0.2; // of an eigenvector, to belong to a group

static bool is_member(const solving *s, size_t ion, size_t vector)
{
    return !s->left_out[ion] &&
           fabs(s->symmetric.vectors[ion * s->out->n_ions + vector]) >= MEMBER;
}

// A combination is not known when it is worse off than its ions would be alone, and one
// of these cannot be told from none.
static bool is_unknown(const solving *s, size_t vector, double parted)
{
    size_t n = s->out->n_ions, members = 0;
    bool lost = false;

    if (s->symmetric.values[vector] * parted * parted >= 1)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_member(s, i, vector))
            continue;
        members++;
        lost = lost || s->counts[i] < 2 * sqrt(s->inverse[i * n + i]);
    }
    return lost && members > 1;
}

// Join the members of a combination, and those of the groups that they are in.
static void join(solving *s, size_t vector)
{
    ia_deconvolution *out = s->out;
    int32_t group = (int32_t)out->n_groups++;

    for (size_t i = 0; i < out->n_ions; i++) {
        int32_t before = out->ions[i].group;
        if (!is_member(s, i, vector))
            continue;
        for (size_t j = 0; before >= 0 && j < out->n_ions; j++)
            if (out->ions[j].group == before)
                out->ions[j].group = group;
        out->ions[i].group = group;
    }
}

// Number the groups that are left without gaps.
static void renumber(ia_deconvolution *out)
{
    size_t kept = 0;

    for (size_t g = 0; g < out->n_groups; g++) {
        bool there = false;
        for (size_t i = 0; i < out->n_ions; i++) {
            if (out->ions[i].group != (int32_t)g)
                continue;
            out->ions[i].group = (int32_t)kept;
            there = true;
        }
        kept += there;
    }
    out->n_groups = kept;
}

void ia_deconvolve_group(solving *s, double parted)
{
    ia_deconvolution *out = s->out;

    for (size_t v = 0; v < out->n_ions; v++)
        if (is_unknown(s, v, parted))
            join(s, v);
    renumber(out);
    for (size_t i = 0; i < out->n_ions; i++)
        if (out->ions[i].group >= 0)
            s->amount[i] = s->counts[i];
}

void ia_deconvolve_sum_groups(solving *s)
{
    ia_deconvolution *out = s->out;
    size_t n = out->n_ions;

    for (size_t g = 0; g < out->n_groups; g++) {
        ia_unparted *sum = &out->groups[g];
        double variance = 0;
        for (size_t i = 0; i < n; i++) {
            if (out->ions[i].group != (int32_t)g)
                continue;
            sum->n++;
            sum->counts += s->seen[i] * out->ions[i].counts;
            for (size_t j = 0; j < n; j++)
                for (int p = 0; p < IA_ERROR_PARTS && out->ions[j].group == (int32_t)g;
                     p++)
                    variance += s->seen[i] * s->seen[j] * out->covariance[p][i * n + j];
        }
        sum->sigma = sqrt(fmax(0, variance));
    }
}
