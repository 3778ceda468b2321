// src/spectrum/composition.c: composition from range counts, with first-order errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/composition.h>

#include "core/atom_kind.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_CHOICE(ia_composition_params, overlaps, "best", "best|solve|ranges",
                    "corrected for overlaps: solved for, as ranges have them, or solved "
                    "for where the "
                    "ions come from the spectrum"),
    IA_FIELD(IA_BOOL, ia_composition_params, ionic, "", 0, 0, 1,
             "report ionic per cent beside atomic"),
    IA_FIELD(IA_BOOL, ia_composition_params, weight, "", 0, 0, 1,
             "report weight per cent beside atomic"),
};
const ia_method ia_composition_method =
    IA_METHOD("composition", "Composition from ranges", ia_composition_params, fields);

ia_composition_params ia_composition_defaults(void)
{
    ia_composition_params params;
    ia_method_defaults(&ia_composition_method, &params);
    return params;
}

// Ions in each merged range as one of the two answers takes them.
typedef struct {
    double *value;    // (n)
    double *variance; // (n) of independent counts
    double sigma_a;   // 1: they share the background's error; 0: raw counts; NAN: unknown
} sample;

// One value per merged range in each array.
typedef struct {
    const ia_ranges *ranges;
    const ia_ranger *ranger;
    size_t n;
    double *room;                // holds all arrays
    double *lever;               // standard deviation of the background, shared by all
    double *ions, *atoms, *mass; // of one ion in the range; 0 for a label
    double *part;                // what the row in hand has of them
    sample raw, corrected;
    ia_nuclide_list own; // nuclides with rows of their own
} job;

typedef struct {
    double value, sigma;
    double counting; // of the variance, the part that is the ions' own
    double third;    // cumulant
} estimate;

static const ia_ion *ion_of(const job *j, size_t i)
{
    return &j->ranges->ions[j->ranger->ion[i]];
}

// Share of its peak's ions in a range; where it is not known that of the others, 1 where
// none is.
static double share_inside(const ia_ranger *ranger, size_t i)
{
    double sum = 0;
    size_t n = 0;

    if (!ranger->inside || ranger->inside[i] > 0)
        return ranger->inside ? ranger->inside[i] : 1;
    for (size_t k = 0; k < ranger->n; k++) {
        sum += ranger->inside[k];
        n += ranger->inside[k] > 0;
    }
    return n > 0 ? sum / (double)n : 1;
}

static void take_counts(const ia_range_counts *counts, const ia_background *background,
                        job *j)
{
    bool known = background && !isnan(background->a);

    j->corrected.sigma_a = known ? 1 : NAN;
    for (size_t i = 0; i < j->n; i++) {
        double n = (double)counts->counts[i];
        double lo = j->ranger->lo[i], hi = j->ranger->hi[i];
        double b = known ? ia_background_counts(background, lo, hi) : NAN;
        j->lever[i] = known ? ia_background_sigma(background, lo, hi) : 0;
        j->raw.value[i] = j->raw.variance[i] = n;
        j->corrected.value[i] = n - b;
        // The count expected is never below the background's, whatever was found.
        j->corrected.variance[i] = n > b ? n : b;
        if (counts->lost) {
            j->corrected.value[i] += counts->lost[i];
            j->corrected.variance[i] += counts->sigma_lost[i] * counts->sigma_lost[i];
        }
        double share = share_inside(j->ranger, i);
        j->corrected.value[i] /= share;
        j->corrected.variance[i] /= share * share;
        j->lever[i] /= share;
        j->ions[i] = ion_of(j, i)->n_parts > 0;
        j->atoms[i] = ia_ion_atoms(ion_of(j, i));
        j->mass[i] = ia_ion_atoms_mass(ion_of(j, i));
    }
}

static ia_status job_init(ia_ctx *ctx, const ia_ranges *ranges, const ia_ranger *ranger,
                          job *j)
{
    *j = (job){.ranges = ranges, .ranger = ranger, .n = ranger->n};
    double **arrays[] = {&j->lever,
                         &j->ions,
                         &j->atoms,
                         &j->mass,
                         &j->part,
                         &j->raw.value,
                         &j->raw.variance,
                         &j->corrected.value,
                         &j->corrected.variance};
    size_t n_arrays = sizeof arrays / sizeof *arrays;

    ia_status st = ia_nuclide_list_read(ctx, "enriched", ranges->enriched, &j->own);
    if (st != IA_OK)
        return st;
    if (!(j->room = ia_array(ctx, j->n, n_arrays * sizeof *j->room)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n_arrays; k++)
        *arrays[k] = j->room + k * j->n;
    return IA_OK;
}

static double sum(const job *j, const double *weight, const double *value)
{
    double total = 0;
    for (size_t i = 0; i < j->n; i++)
        total += weight[i] * value[i];
    return total;
}

// Error of something linear in the counts, whose derivatives are (part - share x whole) /
// total. Where nothing at all was counted it is that of one ion, for zero counts are no
// certainty.
static void set_error(const job *j, const sample *s, const double *whole, double total,
                      estimate *e)
{
    double variance = 0, common = 0, own = 0, largest = 0;

    for (size_t i = 0; i < j->n; i++) {
        double slope = (j->part[i] - e->value * whole[i]) / total;
        variance += slope * slope * s->variance[i];
        e->counting += slope * slope * fmin(fmax(0, s->value[i]), s->variance[i]);
        e->third += slope * slope * slope * s->variance[i];
        common += slope * j->lever[i];
        own += j->part[i] * s->variance[i];
        largest = fmax(largest, j->part[i]);
    }
    if (own == 0) {
        double one = largest / total;
        variance += one * one;
        e->counting += one * one;
        e->third += one * one * one;
    }
    if (s->sigma_a != 0)
        variance += common * common * s->sigma_a * s->sigma_a;
    e->sigma = sqrt(variance);
}

// Error of a share where all that was counted is the row's: that of one ion that is not.
static double error_of_rest(const job *j, const sample *s, const double *whole,
                            double total)
{
    double rest = 0, largest = 0, other = 0;

    for (size_t i = 0; i < j->n; i++) {
        rest += (whole[i] - j->part[i]) * s->variance[i];
        largest = fmax(largest, whole[i]);
        other = fmax(other, whole[i] - j->part[i]);
    }
    // Without a range that could hold another, it weighs what the row's do.
    return rest > 0 ? 0 : (other > 0 ? other : largest) / total;
}

// The row's share of the whole.
static estimate share_of(const job *j, const sample *s, const double *whole)
{
    double total = sum(j, whole, s->value);
    estimate e = {NAN, NAN, NAN, 0};

    if (!(total > 0))
        return e;
    e = (estimate){.value = sum(j, j->part, s->value) / total};
    set_error(j, s, whole, total, &e);
    double rest = error_of_rest(j, s, whole, total);
    e.sigma = hypot(e.sigma, rest);
    e.counting += rest * rest;
    e.third -= rest * rest * rest;
    return e;
}

// In per cent, by part, with its interval.
static ia_error error_in_percent(const estimate *e)
{
    ia_error error = {.counting = 100 * sqrt(e->counting),
                      .background =
                          100 * sqrt(fmax(0, e->sigma * e->sigma - e->counting)),
                      .overlap = NAN,
                      .identification = NAN,
                      .all = 100 * e->sigma,
                      .lo = NAN,
                      .hi = NAN};
    const double limits[2] = {0, 1};
    double interval[2];

    if (isnan(e->value))
        return (ia_error){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    ia_count_interval(e->value, e->sigma * e->sigma, e->third, limits, interval);
    error.lo = 100 * interval[0];
    error.hi = 100 * interval[1];
    return error;
}

static estimate amount_of(const job *j, const sample *s)
{
    estimate e = {.value = 0};

    set_error(j, s, j->part, 1, &e); // its derivatives are the parts themselves
    e.value = sum(j, j->part, s->value);
    return e;
}

// Numbers of the row whose parts are set: counted in `whole`, which are ions or atoms.
static void fill_counts(const job *j, const double *whole, ia_fraction *row)
{
    estimate raw = share_of(j, &j->raw, whole);
    estimate amount = amount_of(j, &j->corrected);
    estimate corrected = share_of(j, &j->corrected, whole);
    ia_error of_raw = error_in_percent(&raw), of_corrected = error_in_percent(&corrected);

    row->counts = sum(j, j->part, j->raw.value);
    row->percent = 100 * raw.value;
    row->sigma_percent = 100 * raw.sigma;
    row->corrected_counts = amount.value;
    row->sigma_corrected_counts = amount.sigma;
    row->corrected_percent = 100 * corrected.value;
    row->sigma_corrected_percent = 100 * corrected.sigma;
    row->error = isnan(j->corrected.sigma_a) ? of_raw : of_corrected;
}

static void fill_weight(const job *j, ia_fraction *row)
{
    bool is_corrected = !isnan(j->corrected.sigma_a);
    estimate weight = share_of(j, is_corrected ? &j->corrected : &j->raw, j->mass);
    row->weight_percent = 100 * weight.value;
    row->sigma_weight_percent = 100 * weight.sigma;
}

static void fill_element(job *j, ia_atom_kind kind, ia_fraction *row)
{
    row->z = kind.z;
    row->a = kind.a;
    ia_atom_kind_name(kind, row->name);
    for (size_t i = 0; i < j->n; i++)
        j->part[i] = ia_atom_kind_count(&j->own, ion_of(j, i), kind);
    fill_counts(j, j->atoms, row);
    for (size_t i = 0; i < j->n; i++)
        j->part[i] = j->part[i] > 0 ? ia_atom_kind_mass(&j->own, ion_of(j, i), kind) : 0;
    fill_weight(j, row);
}

static void fill_ion(job *j, size_t ion, ia_fraction *row)
{
    const ia_ion *kind = &j->ranges->ions[ion];

    memcpy(row->name, kind->name, sizeof row->name);
    for (size_t i = 0; i < j->n; i++)
        j->part[i] = (size_t)j->ranger->ion[i] == ion;
    fill_counts(j, j->ions, row);
    if (kind->n_parts == 0) { // a label: counted, but no part of the whole
        row->percent = row->sigma_percent = NAN;
        row->corrected_percent = row->sigma_corrected_percent = NAN;
        row->weight_percent = row->sigma_weight_percent = NAN;
        row->error = (ia_error){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        return;
    }
    for (size_t i = 0; i < j->n; i++)
        j->part[i] *= j->mass[i];
    fill_weight(j, row);
}

static int by_falling_counts(const void *a, const void *b)
{
    const ia_fraction *x = a, *y = b;
    if (x->counts != y->counts)
        return x->counts < y->counts ? 1 : -1;
    if (x->z != y->z)
        return x->z > y->z ? 1 : -1;
    return strcmp(x->name, y->name);
}

static bool has_element(const job *j, ia_atom_kind kind)
{
    for (size_t i = 0; i < j->n; i++)
        if (ia_atom_kind_count(&j->own, ion_of(j, i), kind) > 0)
            return true;
    return false;
}

static ia_status add_elements(ia_ctx *ctx, job *j, ia_composition *out)
{
    ia_atom_kind kinds[IA_ATOM_KINDS_MOST];
    size_t n_kinds = ia_atom_kinds(&j->own, kinds);

    if (!(out->elements = ia_array(ctx, n_kinds, sizeof *out->elements)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n_kinds; k++)
        if (has_element(j, kinds[k]))
            fill_element(j, kinds[k], &out->elements[out->n_elements++]);
    qsort(out->elements, out->n_elements, sizeof *out->elements, by_falling_counts);
    return IA_OK;
}

static bool has_ion(const job *j, size_t ion)
{
    for (size_t i = 0; i < j->n; i++)
        if ((size_t)j->ranger->ion[i] == ion)
            return true;
    return false;
}

static ia_status add_ions(ia_ctx *ctx, job *j, ia_composition *out)
{
    if (!(out->ions = ia_array(ctx, j->ranges->n_ions, sizeof *out->ions)))
        return IA_ERR_MEMORY;
    for (size_t ion = 0; ion < j->ranges->n_ions; ion++)
        if (has_ion(j, ion))
            fill_ion(j, ion, &out->ions[out->n_ions++]);
    qsort(out->ions, out->n_ions, sizeof *out->ions, by_falling_counts);
    return IA_OK;
}

static void warn_about(ia_ctx *ctx, const job *j)
{
    if (sum(j, j->atoms, j->raw.value) == 0)
        ia_warn(ctx, "no ion lies in a range of an element: there is no composition");
    else if (sum(j, j->atoms, j->corrected.value) <= 0)
        ia_warn(ctx, "the background is larger than what lies in the ranges: there is no "
                     "corrected composition");
}

ia_status ia_composition_compute(ia_ctx *ctx, const ia_ranges *ranges,
                                 const ia_ranger *ranger, const ia_range_counts *counts,
                                 const ia_background *background, ia_composition *out)
{
    job j;
    ia_composition composition = {.ranged = counts->ranged,
                                  .unranged = counts->unranged,
                                  .n_ranges = ranges->n_ranges};
    ia_status st;

    assert(counts->n == ranger->n);
    if ((st = job_init(ctx, ranges, ranger, &j)) != IA_OK)
        return st;
    take_counts(counts, background, &j);
    if ((st = add_elements(ctx, &j, &composition)) != IA_OK ||
        (st = add_ions(ctx, &j, &composition)) != IA_OK)
        goto done;
    for (size_t i = 0; i < j.n; i++)
        composition.labels += j.ions[i] > 0 ? 0 : counts->counts[i];
    warn_about(ctx, &j);
    *out = composition;
    composition = (ia_composition){0}; // the caller's now
done:
    ia_composition_clear(&composition);
    free(j.room);
    return st;
}

void ia_composition_clear(ia_composition *composition)
{
    free(composition->elements);
    free(composition->ions);
    *composition = (ia_composition){0};
}
