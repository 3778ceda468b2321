// src/spectrum/hydrides.c: hydrides of a spectrum, those that identification tells and
// those that its main elements may form.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/hydrogen_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// A hydride, and who it is parted from.
typedef struct {
    size_t at, bare;           // index into the ions; SIZE_MAX: no bare ion is told
    const ia_identified *told; // NULL: identification does not tell it
} hydride;

// Ions that are parted, those told first, and the hydrides among them.
typedef struct {
    const ia_assignment *assignment;
    ia_ion *ions; // (n)
    size_t n;
    hydride *hydrides; // (n_hydrides)
    size_t n_hydrides;
} ion_list;

static size_t find_ion(const ion_list *list, const ia_ion *ion)
{
    for (size_t i = 0; i < list->n; i++)
        if (ia_ion_is_equal(&list->ions[i], ion))
            return i;
    return SIZE_MAX;
}

static bool is_main(const ia_identified *ion, double all, double share)
{
    const ia_ion *i = &ion->ion;
    return i->n_parts == 1 && i->parts[0].count == 1 && i->parts[0].z > 1 &&
           ion->counts >= share * all;
}

// Any number of hydrogen atoms on one of another element. OH+, CH2+ and the like are of
// the chamber's gas.
static bool is_hydride(const ia_ion *ion, ia_ion *bare)
{
    enum { CARBON = 6, OXYGEN = 8 };

    if (ion->n_parts != 2 || (ion->parts[0].z == 1) == (ion->parts[1].z == 1))
        return false;
    const ia_ion_part *heavy = &ion->parts[ion->parts[0].z == 1];
    *bare = (ia_ion){.charge = ion->charge, .negative = ion->negative};
    ia_ion_add(bare, heavy->z, heavy->a, heavy->count);
    ia_ion_rename(bare);
    return heavy->count == 1 && (heavy->z < CARBON || heavy->z > OXYGEN);
}

static void list_told(ion_list *list)
{
    const ia_assignment *a = list->assignment;

    for (size_t i = 0; i < a->n_ions; i++)
        if (a->ions[i].ion.charge > 0)
            list->ions[list->n++] = a->ions[i].ion;
    for (size_t i = 0; i < a->n_ions; i++) {
        const ia_identified *told = &a->ions[i];
        ia_ion bare;
        if (told->ion.charge > 0 && is_hydride(&told->ion, &bare))
            list->hydrides[list->n_hydrides++] =
                (hydride){find_ion(list, &told->ion), find_ion(list, &bare), told};
    }
}

// XH (nucleons 0) or XD of a told ion. That of carbon, nitrogen or oxygen may be told.
static void add_hydride(ion_list *list, size_t bare, unsigned nucleons)
{
    const ia_assignment *a = list->assignment;
    ia_ion ion = list->ions[bare];
    hydride h = {.bare = bare};

    if (!ia_ion_add(&ion, 1, nucleons, 1))
        return;
    ia_ion_rename(&ion);
    h.at = find_ion(list, &ion);
    for (size_t i = 0; i < list->n_hydrides; i++)
        if (list->hydrides[i].at == h.at)
            return;
    if (h.at == SIZE_MAX) {
        h.at = list->n++;
        list->ions[h.at] = ion;
    }
    for (size_t i = 0; i < a->n_ions; i++)
        if (ia_ion_is_equal(&a->ions[i].ion, &ion))
            h.told = &a->ions[i];
    list->hydrides[list->n_hydrides++] = h;
}

static ia_status list_ions(ia_ctx *ctx, const ia_assignment *a, double main_share,
                           ion_list *out)
{
    double all = 0;

    *out = (ion_list){.assignment = a,
                      .ions = ia_array(ctx, 3 * a->n_ions, sizeof *out->ions),
                      .hydrides = ia_array(ctx, 3 * a->n_ions, sizeof *out->hydrides)};
    if (!out->ions || !out->hydrides)
        return IA_ERR_MEMORY;
    list_told(out);
    for (size_t i = 0; i < a->n_ions; i++)
        if (a->ions[i].ion.charge > 0)
            all += a->ions[i].counts;
    for (size_t i = 0; i < a->n_ions; i++) {
        if (a->ions[i].ion.charge == 0 || !is_main(&a->ions[i], all, main_share))
            continue;
        size_t at = find_ion(out, &a->ions[i].ion);
        add_hydride(out, at, 0);
        add_hydride(out, at, 2);
    }
    return IA_OK;
}

// The told ion that identification finds where most of an ion's lie; NULL where the ions
// told leave half of what is there, or more, without an account.
static const ia_ion *who_is_told_there(const ia_deconvolution *d, const ia_assignment *a,
                                       size_t ion)
{
    const double enough = 0.5;
    const ia_isotope_evidence *most = NULL;
    double expected = 0;
    size_t at = 0;

    for (size_t w = 1; w < d->n_windows; w++)
        if (d->share[0][w * d->n_ions + ion] > d->share[0][at * d->n_ions + ion])
            at = w;
    for (size_t i = 0; i < a->n_isotopes && d->n_windows > 0; i++) {
        const ia_isotope_evidence *e = &a->isotopes[i];
        if (e->mass < d->windows[at].core.lo || e->mass >= d->windows[at].core.hi)
            continue;
        expected += e->expected;
        if (!most || e->expected > most->expected)
            most = e;
    }
    return most && expected > enough * most->observed ? &a->ions[most->ion].ion : NULL;
}

static void forget_counts(ia_hydride *h)
{
    h->counts = h->sigma = h->per_bare = h->sigma_per_bare = NAN;
    h->is_undetermined = true;
    h->is_seen = false;
}

// The one with hydrogen was weighed by identification, which found that others account
// for what is there. One with deuterium it does not know: isotopes alone part that.
static void judge(const ia_deconvolution *d, const ion_list *list, const hydride *of,
                  double most, ia_hydride *h)
{
    const double unknown = 0.1; // of all ions at its lines
    const ia_ion *other = of->told || h->is_deuteride
                              ? NULL
                              : who_is_told_there(d, list->assignment, of->at);

    h->is_seen = of->told || (h->lo > 0 && h->lo < h->hi);
    if (h->is_seen && other) {
        h->hidden_under = *other;
        h->lo = 0;
        forget_counts(h);
    }
    if (!(h->lo > 0 && h->lo < h->hi) && h->sigma > unknown * most)
        forget_counts(h);
}

static ia_hydride hydride_from(const ia_deconvolution *d, const ion_list *list,
                               const hydride *of)
{
    const ia_solved *x = &d->ions[of->at];
    const ia_solved *bare = of->bare == SIZE_MAX ? NULL : &d->ions[of->bare];
    // What the model leaves in the windows is no smaller than this.
    double inflate = fmax(1, d->freedom > 0 ? d->chi2 / d->freedom : 1);
    double variance = inflate * x->sigma_all * x->sigma_all, interval[2];
    const double most = ia_deconvolution_most(d, of->at), limits[2] = {0, INFINITY};
    ia_hydride h = {.ion = x->ion,
                    .counts = x->counts,
                    .sigma = sqrt(variance),
                    .per_bare = NAN,
                    .sigma_per_bare = NAN,
                    .probability = of->told ? of->told->probability : NAN};

    for (unsigned i = 0; i < x->ion.n_parts; i++)
        h.is_deuteride |= x->ion.parts[i].z == 1 && x->ion.parts[i].a == 2;
    if (bare) {
        h.bare = bare->ion;
        h.per_bare = x->counts / bare->counts;
        h.sigma_per_bare = hypot(h.sigma, h.per_bare * bare->sigma_all) / bare->counts;
    }
    ia_count_interval(x->counts, variance, 0, limits, interval);
    h.lo = interval[0];
    h.hi = fmin(interval[1], most);
    judge(d, list, of, most, &h);
    if (h.is_deuteride)
        snprintf(h.name, sizeof h.name, "%sD%.*s",
                 ia_element_of(h.bare.parts[0].z)->symbol, (int)x->ion.charge, "++++");
    else
        snprintf(h.name, sizeof h.name, "%s", x->ion.name);
    return h;
}

ia_status ia_hydrides_compute(ia_ctx *ctx, const ia_hydrogen_input *in, double main_share,
                              ia_hydrogen *out)
{
    ion_list list = {0};
    ia_deconvolution d = {0};
    ia_status st = list_ions(ctx, in->assignment, main_share, &list);

    if (st != IA_OK || list.n == 0)
        goto done;
    ia_deconvolve_input input = {.spectrum = in->spectrum,
                                 .background = in->background,
                                 .peaks = in->peaks,
                                 .shape = in->shape,
                                 .scale = &in->assignment->scale,
                                 .ions = list.ions,
                                 .n_ions = list.n,
                                 .lossy = in->assignment->lossy};
    // Without a word: what does not fit is told where the composition is solved.
    if ((st = ia_deconvolve_compute(NULL, &input, NULL, &d)) != IA_OK)
        goto done;
    if (!(out->hydrides = ia_array(ctx, list.n, sizeof *out->hydrides))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < list.n_hydrides; i++)
        if (isfinite(d.ions[list.hydrides[i].at].counts))
            out->hydrides[out->n_hydrides++] = hydride_from(&d, &list, &list.hydrides[i]);
done:
    ia_deconvolution_clear(&d);
    free(list.ions);
    free(list.hydrides);
    return st;
}
