// src/project/tell_deuterium.c: says that a peak told as H2+ may be D+, or one of MH2
// that of MD, where it matters and there is reason to think so.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"
#include "core/nuclide_list.h"
#include "spectrum/element_prior.h"

#include <math.h>
#include <string.h>

// Da: m/n of D+ and H2+.
static const double DEUTERIUM = 2.01355, PAIR = 2.01510;
static const double MATTERS = 1e-3; // of all atoms

// An ion that was identified, and the peak of its main line.
typedef struct {
    double counts, mass, sigma; // mass 0: it is not told, or has no peak
} light_ion;

static light_ion find_ion(const ia_identification *id, const char *name)
{
    const ia_assignment *told = &id->assignment;
    const ia_ion wanted = ia_ion_of(name);
    light_ion out = {.mass = 0};
    double most = 0;

    for (size_t i = 0; i < told->n_isotopes; i++) {
        const ia_isotope_evidence *line = &told->isotopes[i];
        const ia_identified *ion = &told->ions[line->ion];
        if (!ia_ion_is_equal(&ion->ion, &wanted) || line->peak < 0 ||
            line->abundance <= most)
            continue;
        const ia_peak *peak = &id->peaks.list[line->peak];
        most = line->abundance;
        out = (light_ion){ion->counts, peak->mass, peak->sigma_mass};
    }
    return out;
}

// Where the peak is, by the place of H+ where that is told: a wrong starting time moves
// m/n with their square root.
static light_ion placed(const ia_identification *id, light_ion pair, light_ion atom)
{
    const double proton = 1.00728, unknown = 0.03, bins = 0.15; // Da, Da, bins
    double bin = bins * id->peaks.widths.bin;

    if (!(atom.mass > 0))
        pair.sigma = hypot(pair.sigma, unknown);
    else
        pair.mass -= M_SQRT2 * (atom.mass - proton);
    if (atom.mass > 0)
        pair.sigma = hypot(hypot(pair.sigma, M_SQRT2 * atom.sigma), M_SQRT2 * bin);
    return pair;
}

static const ia_fraction *hydrogen_of(const ia_composition *c)
{
    for (size_t i = 0; i < c->n_elements; i++)
        if (c->elements[i].z == 1)
            return &c->elements[i];
    return NULL;
}

// Is there a peak where D2+ has to be, behind He+?
static bool has_pair_of_deuterium(const ia_identification *id)
{
    const double pair = 4.0277, helium = 4.0021, off = 0.03; // Da

    for (size_t i = 0; i < id->peaks.n; i++) {
        double mass = id->peaks.list[i].mass;
        if (fabs(mass - pair) < off && fabs(mass - pair) < fabs(mass - helium))
            return true;
    }
    return false;
}

// Of hydrogen alone up to a quarter of the ions are H2+ for each H+ where the field is
// that of most metals; deuterium shows by more, or by D2+.
static bool is_suspect(const ia_identification *id, double pair, double atom)
{
    const double usual = 0.3, least = 0.1;
    return pair > usual * atom || (pair > least * atom && has_pair_of_deuterium(id));
}

static void tell_pair(ia_ctx *ctx, const ia_state *state)
{
    const ia_identification *id = &state->identification;
    const ia_composition *c = &state->composition;
    const ia_fraction *h = hydrogen_of(c);
    double atoms = 0;

    if (!h)
        return;
    light_ion pair = find_ion(id, "H2+"), atom = find_ion(id, "H+");
    for (size_t i = 0; i < c->n_elements; i++)
        atoms += fmax(0, c->elements[i].corrected_counts);
    if (!(pair.mass > 0) || pair.counts < MATTERS * atoms ||
        !is_suspect(id, pair.counts, atom.counts))
        return;
    pair = placed(id, pair, atom);
    double left = atoms - pair.counts;
    double without = 100 * (h->corrected_counts - 2 * pair.counts) / left;
    if (without >= h->error.lo || pair.mass - DEUTERIUM > 3 * pair.sigma)
        return;
    ia_warn(ctx,
            "the %.0f ions told as H2+ (%.5f Da) are many beside %.0f H+, lie at %.4f +- "
            "%.4f Da and may be D+ (%.5f Da): H would be %.3g instead of %.3g at.%%, D "
            "%.3g; where deuterium was brought in say --enriched D, and see ionatlas "
            "hydrogen",
            pair.counts, PAIR, atom.counts, pair.mass, pair.sigma, DEUTERIUM,
            fmax(0, without), h->corrected_percent, 100 * pair.counts / left);
}

// Ions of one metal atom with so many of hydrogen, of the same charge as another.
static double count_hydride(const ia_assignment *told, const ia_ion *like, unsigned n)
{
    double counts = 0;

    for (size_t k = 0; k < told->n_ions; k++) {
        const ia_ion *ion = &told->ions[k].ion;
        bool same = ion->charge == like->charge && ia_ion_atoms(ion) == n + 1 &&
                    ia_ion_count(ion, 1) == n;
        for (size_t i = 0; i < like->n_parts && same; i++)
            same = like->parts[i].z == 1 || ia_ion_count(ion, like->parts[i].z) == 1;
        counts += same ? told->ions[k].counts : 0;
    }
    return counts;
}

static bool is_of_metal(const ia_ion *ion)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (ion->parts[i].z != 1 && ia_element_is_gas_former(ion->parts[i].z))
            return false;
    return true;
}

// One hydrogen comes more easily than two: more MH2 than MH is as well MD, 0.0016 Da by
// the charge below it.
static void tell_hydrides(ia_ctx *ctx, const ia_state *state)
{
    const ia_assignment *told = &state->identification.assignment;
    double atoms = 0;

    for (size_t i = 0; i < state->composition.n_elements; i++)
        atoms += fmax(0, state->composition.elements[i].corrected_counts);
    for (size_t k = 0; k < told->n_ions; k++) {
        const ia_ion *ion = &told->ions[k].ion;
        double counts = told->ions[k].counts;
        if (ia_ion_atoms(ion) == 3 && ia_ion_count(ion, 1) == 2 && is_of_metal(ion) &&
            counts > MATTERS * atoms && counts > count_hydride(told, ion, 1))
            ia_warn(ctx,
                    "the %.0f ions told as %s outnumber those with one hydrogen and may "
                    "hold one D instead of two H, which no instrument parts; where "
                    "deuterium was brought in say --enriched D, and see ionatlas "
                    "hydrogen",
                    counts, ion->name);
    }
}

void ia_tell_deuterium(ia_ctx *ctx, const ia_state *state)
{
    ia_nuclide_list known = {.n = 0};

    if (!state->identification.notes ||
        state->identify_params.technique != IA_TECHNIQUE_APT ||
        ia_nuclide_list_read(NULL, "enriched", state->identify_params.enriched, &known) !=
            IA_OK ||
        ia_nuclide_list_has(&known, 1, 2))
        return;
    tell_pair(ctx, state);
    tell_hydrides(ctx, state);
}
