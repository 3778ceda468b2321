// src/spectrum/identify_tables.c: identified ions, their evidence and ranges as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/identify.h>

#include "core/kind_list.h"

#include <stdlib.h>

enum { TEXT_MAX = 256 };

// Name, tally or charge of the ion of each row, as `of` finds it.
typedef const ia_ion *(*ion_of)(const void *user, size_t row);

// `own`: nuclides told apart.
static ia_status add_ion_columns(ia_ctx *ctx, ia_table *table, const ia_nuclide_list *own,
                                 ion_of of, const void *user)
{
    char **names = ia_table_add(ctx, table, "ion", IA_TEXT);
    char **tallies = names ? ia_table_add(ctx, table, "elements", IA_TALLY) : NULL;
    int32_t *charges = tallies ? ia_table_add(ctx, table, "charge", IA_I32) : NULL;

    if (!charges)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < table->n_rows; i++) {
        char tally[TEXT_MAX];
        const ia_ion *ion = of(user, i);
        ia_atom_kind_tally(own, ion, tally, sizeof tally);
        names[i] = ia_text(ctx, ion->name);
        tallies[i] = ia_text(ctx, tally);
        charges[i] = ion->charge;
        if (!names[i] || !tallies[i])
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static const ia_ion *ion_of_range(const void *user, size_t row)
{
    const ia_ranges *ranges = user;
    return &ranges->ions[ranges->ranges[row].ion];
}

static ia_status add_ranges(ia_ctx *ctx, const ia_identification *id, ia_result *result)
{
    static const ia_table_member bounds[] = {{"lo_da", IA_F64, offsetof(ia_range, lo)},
                                             {"hi_da", IA_F64, offsetof(ia_range, hi)}};
    static const ia_table_member known[] = {
        {"counts", IA_F64, offsetof(ia_range_evidence, counts)},
        {"background_counts", IA_F64, offsetof(ia_range_evidence, background)},
        {"probability", IA_F64, offsetof(ia_range_evidence, probability)},
        {"share", IA_F64, offsetof(ia_range_evidence, share)},
    };
    const ia_ranges *r = &id->ranges;
    ia_table *table = ia_result_add(ctx, result, "ranges", IA_ROWS, r->n_ranges);
    const ia_nuclide_list own = ia_ranges_own(r);
    ia_status st =
        table ? add_ion_columns(ctx, table, &own, ion_of_range, r) : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, r->ranges, sizeof *r->ranges, bounds,
                                  sizeof bounds / sizeof *bounds);
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, id->evidence, sizeof *id->evidence, known,
                                  sizeof known / sizeof *known);
    return st;
}

static ia_status add_unexplained(ia_ctx *ctx, const ia_identification *id,
                                 ia_result *result)
{
    const ia_assignment *a = &id->assignment;
    size_t n = 0, row = 0;

    for (size_t i = 0; i < a->n_peaks; i++)
        n += !a->explained[i];
    ia_table *table = ia_result_add(ctx, result, "unexplained_peaks", IA_ROWS, n);
    double *mass = table ? ia_table_add(ctx, table, "mass_da", IA_F64) : NULL;
    double *counts = mass ? ia_table_add(ctx, table, "counts", IA_F64) : NULL;
    double *sure = counts ? ia_table_add(ctx, table, "significance", IA_F64) : NULL;
    if (!sure)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < a->n_peaks; i++) {
        if (a->explained[i])
            continue;
        mass[row] = id->peaks.list[i].mass;
        counts[row] = a->unexplained[i];
        sure[row++] = id->peaks.list[i].significance;
    }
    return IA_OK;
}

static const ia_ion *ion_of_identified(const void *user, size_t row)
{
    return &((const ia_assignment *)user)->ions[row].ion;
}

static ia_status add_ions(ia_ctx *ctx, const ia_identification *id, ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"counts", IA_F64, offsetof(ia_identified, counts)},
        {"sigma_counts", IA_F64, offsetof(ia_identified, sigma_counts)},
        {"probability", IA_F64, offsetof(ia_identified, probability)},
        {"log_evidence", IA_F64, offsetof(ia_identified, log_evidence)},
    };
    const ia_assignment *a = &id->assignment;
    ia_table *table = ia_result_add(ctx, result, "ions", IA_ROWS, a->n_ions);
    const ia_nuclide_list own = ia_ranges_own(&id->ranges);
    ia_status st =
        table ? add_ion_columns(ctx, table, &own, ion_of_identified, a) : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, a->ions, sizeof *a->ions, numbers,
                                  sizeof numbers / sizeof *numbers);
    if (st != IA_OK)
        return st;
    uint64_t *expected = ia_table_add(ctx, table, "isotopes_expected", IA_U64);
    uint64_t *seen = expected ? ia_table_add(ctx, table, "isotopes_seen", IA_U64) : NULL;
    if (!seen)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < a->n_ions; i++) {
        expected[i] = a->ions[i].n_isotopes;
        seen[i] = a->ions[i].n_seen;
    }
    return IA_OK;
}

static ia_status add_isotopes(ia_ctx *ctx, const ia_identification *id, ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"mass_da", IA_F64, offsetof(ia_isotope_evidence, mass)},
        {"abundance", IA_F64, offsetof(ia_isotope_evidence, abundance)},
        {"expected_counts", IA_F64, offsetof(ia_isotope_evidence, expected)},
        {"observed_counts", IA_F64, offsetof(ia_isotope_evidence, observed)},
        {"sigma_observed_counts", IA_F64, offsetof(ia_isotope_evidence, sigma)},
        {"share", IA_F64, offsetof(ia_isotope_evidence, share)},
    };
    const ia_assignment *a = &id->assignment;
    ia_table *table = ia_result_add(ctx, result, "isotopes", IA_ROWS, a->n_isotopes);
    char **names = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    ia_status st = names ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; st == IA_OK && i < a->n_isotopes; i++)
        if (!(names[i] = ia_text(ctx, a->ions[a->isotopes[i].ion].ion.name)))
            st = IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, a->isotopes, sizeof *a->isotopes, numbers,
                                  sizeof numbers / sizeof *numbers);
    return st;
}

static ia_status add_models(ia_ctx *ctx, const ia_identification *id, ia_result *result)
{
    const ia_assignment *a = &id->assignment;
    if (a->n_accounts == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "models", IA_ROWS, a->n_accounts);
    uint64_t *group = table ? ia_table_add(ctx, table, "group", IA_U64) : NULL;
    char **ions = group ? ia_table_add(ctx, table, "ions", IA_TEXT) : NULL;
    double *probability = ions ? ia_table_add(ctx, table, "probability", IA_F64) : NULL;

    if (!probability)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < a->n_accounts; i++) {
        group[i] = a->accounts[i].group;
        probability[i] = a->accounts[i].probability;
        if (!(ions[i] = ia_text(ctx, a->accounts[i].ions)))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status add_chance(ia_ctx *ctx, const ia_identification *id, ia_result *result)
{
    const ia_assignment *a = &id->assignment;
    ia_table *table = ia_result_add(ctx, result, "chance", IA_SCALARS, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "found_by_chance", a->by_chance);
    if (st == IA_OK)
        st = ia_table_add_u64(ctx, table, "ions_withheld", a->n_withheld);
    return st;
}

static ia_status add_scale(ia_ctx *ctx, const ia_identification *id, ia_result *result)
{
    const ia_mass_scale *s = &id->assignment.scale;
    ia_table *table = ia_result_add(ctx, result, "mass_scale", IA_SCALARS, 1);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "offset_da", s->offset);
    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "slope", s->slope);
    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "sigma_da", s->sigma);
    if (st == IA_OK)
        st = ia_table_add_u64(ctx, table, "lines", s->n_lines);
    return st;
}

// Only the way `tree` decides one by one.
static ia_status add_decisions(ia_ctx *ctx, const ia_identification *id,
                               ia_result *result)
{
    static const ia_table_member numbers[] = {
        {"mass_da", IA_F64, offsetof(ia_decision, mass)},
        {"probability", IA_F64, offsetof(ia_decision, probability)},
        {"probability_noise_2_percent", IA_F64, offsetof(ia_decision, noise[0])},
        {"probability_noise_5_percent", IA_F64, offsetof(ia_decision, noise[1])},
        {"probability_noise_10_percent", IA_F64, offsetof(ia_decision, noise[2])},
        {"probability_noise_20_percent", IA_F64, offsetof(ia_decision, noise[3])},
        {"probability_noise_50_percent", IA_F64, offsetof(ia_decision, noise[4])},
        {"probability_width_half", IA_F64, offsetof(ia_decision, widths[0])},
        {"probability_width_same", IA_F64, offsetof(ia_decision, widths[1])},
        {"probability_width_double", IA_F64, offsetof(ia_decision, widths[2])},
        {"noise_that_changes_it", IA_F64, offsetof(ia_decision, flip)},
        {"rival_probability", IA_F64, offsetof(ia_decision, rival_probability)},
    };
    const ia_assignment *a = &id->assignment;
    if (!a->decisions)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "decisions", IA_ROWS, a->n_decisions);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    char **stage = ion ? ia_table_add(ctx, table, "stage", IA_TEXT) : NULL;
    char **rival = stage ? ia_table_add(ctx, table, "rival", IA_TEXT) : NULL;
    ia_status st = rival ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; st == IA_OK && i < a->n_decisions; i++) {
        const ia_decision *d = &a->decisions[i];
        ion[i] = ia_text(ctx, d->ion.name);
        stage[i] = ia_text(ctx, d->is_molecule ? "molecule" : "element");
        rival[i] = ia_text(ctx, d->rival.n_parts ? d->rival.name : "none");
        if (!ion[i] || !stage[i] || !rival[i])
            st = IA_ERR_MEMORY;
    }
    if (st == IA_OK)
        st = ia_table_add_members(ctx, table, a->decisions, sizeof *a->decisions, numbers,
                                  sizeof numbers / sizeof *numbers);
    return st;
}

ia_status ia_identification_tables(ia_ctx *ctx, const ia_identification *identification,
                                   ia_result *result)
{
    ia_status st;

    if ((st = add_ranges(ctx, identification, result)) != IA_OK ||
        (st = add_unexplained(ctx, identification, result)) != IA_OK ||
        (st = add_ions(ctx, identification, result)) != IA_OK ||
        (st = add_isotopes(ctx, identification, result)) != IA_OK ||
        (st = add_models(ctx, identification, result)) != IA_OK ||
        (st = add_chance(ctx, identification, result)) != IA_OK ||
        (st = add_decisions(ctx, identification, result)) != IA_OK)
        return st;
    return add_scale(ctx, identification, result);
}
