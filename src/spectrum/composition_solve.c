// src/spectrum/composition_solve.c: composition from counts that were solved for, with
// its errors by part.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/composition.h>

#include "spectrum/composition_losses.h"
#include "spectrum/composition_row.h"
#include "spectrum/deconvolve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ia_status job_init(ia_ctx *ctx, const ia_deconvolution *d, const ia_losses *losses,
                          ia_row_job *j)
{
    *j = (ia_row_job){.d = d, .n = d->n_ions};
    double **arrays[] = {&j->counts,      &j->factor, &j->sigma_lost,
                         &j->common_lost, &j->ions,   &j->atoms,
                         &j->mass,        &j->part,   &j->slope};
    size_t n_arrays = sizeof arrays / sizeof *arrays;

    if (!(j->room = ia_array(ctx, n_arrays * j->n, sizeof *j->room)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n_arrays; k++)
        *arrays[k] = j->room + k * j->n;
    for (size_t k = 0; k < j->n; k++) {
        bool known = isfinite(d->ions[k].counts);
        double counts = known ? d->ions[k].counts : 0;
        ia_loss_factor factor = ia_losses_factor(losses, k);
        j->factor[k] = factor.value;
        j->counts[k] = counts * factor.value;
        j->sigma_lost[k] = counts * factor.own;
        j->common_lost[k] = counts * factor.common;
        j->ions[k] = known;
        j->atoms[k] = known ? ia_ion_atoms(&d->ions[k].ion) : 0;
        j->mass[k] = known ? ia_ion_atoms_mass(&d->ions[k].ion) : 0;
    }
    return IA_OK;
}

double ia_row_sum(const ia_row_job *j, const double *weight)
{
    double total = 0;
    for (size_t k = 0; k < j->n; k++)
        total += weight[k] * j->counts[k];
    return total;
}

void ia_row_variances(ia_row_job *j, ia_row_estimate *e)
{
    const ia_deconvolution *d = j->d;

    for (int part = 0; part < IA_ERROR_PARTS; part++) {
        double variance = 0;
        for (size_t k = 0; k < j->n; k++)
            for (size_t i = 0; i < j->n; i++)
                variance += j->slope[k] * j->factor[k] * j->slope[i] * j->factor[i] *
                            d->covariance[part][k * j->n + i];
        e->variance[part] = fmax(0, variance);
    }
    double common = 0; // of all lost ions
    for (size_t k = 0; k < j->n; k++) {
        e->variance[IA_ERROR_COUNTING] +=
            j->slope[k] * j->slope[k] * j->sigma_lost[k] * j->sigma_lost[k];
        common += j->slope[k] * j->common_lost[k];
    }
    e->variance[IA_ERROR_COUNTING] += common * common;
    e->third = 0;
    for (size_t c = 0; c < 2 * d->n_windows; c++) {
        double gain = 0;
        for (size_t k = 0; k < j->n; k++)
            gain += j->slope[k] * j->factor[k] * d->response[k * 2 * d->n_windows + c];
        e->third += gain * gain * gain * d->variance[c];
    }
}

// The row's share of the whole.
static ia_row_estimate share_of(ia_row_job *j, const double *whole)
{
    double total = ia_row_sum(j, whole), own = 0, largest = 0;
    ia_row_estimate e = {.value = NAN};

    if (!(total > 0))
        return e;
    e.value = ia_row_sum(j, j->part) / total;
    for (size_t k = 0; k < j->n; k++) {
        j->slope[k] = (j->part[k] - e.value * whole[k]) / total;
        own = fmax(own, fabs(j->slope[k]));
        largest = fmax(largest, whole[k]);
    }
    ia_row_variances(j, &e);
    if (own * total < 1e-9) { // all that there is: the next ion might be another
        e.variance[IA_ERROR_COUNTING] += largest * largest / (total * total);
        e.third -= pow(largest / total, 3);
    }
    e.variance[IA_ERROR_OVERLAP] =
        fmax(0, e.variance[IA_ERROR_OVERLAP] - ia_row_open_variance(j));
    double sure = 0;
    for (int part = 0; part < IA_ERROR_PARTS; part++)
        sure += e.variance[part];
    ia_row_doubts(j, whole, sqrt(sure), &e);
    return e;
}

static double variance_of(const ia_row_estimate *e)
{
    double variance = e->identification + e->parting;
    for (int part = 0; part < IA_ERROR_PARTS; part++)
        variance += e->variance[part];
    return variance;
}

static ia_error error_in_percent(const ia_row_estimate *e)
{
    double variance = variance_of(e), interval[2];
    const double limits[2] = {0, 1};
    ia_error error = {.counting = 100 * sqrt(e->variance[IA_ERROR_COUNTING]),
                      .background = 100 * sqrt(e->variance[IA_ERROR_BACKGROUND]),
                      .overlap = 100 * sqrt(e->variance[IA_ERROR_OVERLAP] + e->parting),
                      .identification = 100 * sqrt(e->identification),
                      .all = 100 * sqrt(variance)};

    if (isnan(e->value))
        return (ia_error){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double sure = variance - e->identification - e->parting;
    ia_doubtful_interval(e->value, sure, e->third, limits, &e->doubts, interval);
    error.lo = 100 * interval[0];
    error.hi = 100 * interval[1];
    return error;
}

// Numbers of the row whose parts are set: counted in `whole`, which are ions or atoms.
static void fill_counts(ia_row_job *j, const double *whole, ia_fraction *row)
{
    ia_row_estimate share = share_of(j, whole),
                    amount = {.value = ia_row_sum(j, j->part)};

    memcpy(j->slope, j->part, j->n * sizeof *j->slope);
    ia_row_variances(j, &amount);
    row->corrected_counts = amount.value;
    row->sigma_corrected_counts = sqrt(variance_of(&amount));
    row->error = error_in_percent(&share);
    row->corrected_percent = 100 * share.value;
    row->sigma_corrected_percent = row->error.all;
}

static void fill_weight(ia_row_job *j, ia_fraction *row)
{
    ia_row_estimate share = share_of(j, j->mass);

    row->weight_percent = 100 * share.value;
    row->sigma_weight_percent = 100 * sqrt(variance_of(&share));
}

static unsigned atoms_in(const ia_row_job *j, size_t k, ia_atom_kind kind)
{
    return ia_atom_kind_count(&j->own, &j->d->ions[k].ion, kind);
}

static void solve_element(ia_row_job *j, ia_fraction *row)
{
    j->kind = (ia_atom_kind){row->z, row->a};
    j->counted = COUNTS_ATOMS;
    for (size_t k = 0; k < j->n; k++)
        j->part[k] = j->ions[k] > 0 ? atoms_in(j, k, j->kind) : 0;
    fill_counts(j, j->atoms, row);
    for (size_t k = 0; k < j->n; k++)
        j->part[k] =
            j->part[k] > 0 ? ia_atom_kind_mass(&j->own, &j->d->ions[k].ion, j->kind) : 0;
    j->counted = COUNTS_MASS;
    fill_weight(j, row);
}

// Which share of an ion is of a kind; one that names a nuclide with a row of its own has
// ions of its own, too.
static double share_of_kind(const ia_nuclide_list *own, const ia_ion *kind,
                            const ia_ion *ion)
{
    if (ia_ion_is_equal(kind, ion))
        return 1;
    for (size_t i = 0; i < kind->n_parts; i++)
        if (kind->parts[i].a > 0 &&
            ia_nuclide_list_has(own, kind->parts[i].z, kind->parts[i].a))
            return 0;
    return ia_ion_natural_share(kind, ion);
}

static void solve_ion(ia_row_job *j, const ia_ion *kind, ia_fraction *row)
{
    j->kind = (ia_atom_kind){0, 0};
    j->counted = COUNTS_IONS;
    for (size_t k = 0; k < j->n; k++)
        j->part[k] = j->ions[k] * share_of_kind(&j->own, kind, &j->d->ions[k].ion);
    fill_counts(j, j->ions, row);
    for (size_t k = 0; k < j->n; k++)
        j->part[k] *= j->mass[k];
    j->counted = COUNTS_MASS;
    fill_weight(j, row);
}

static bool is_solved(const ia_row_job *j, ia_atom_kind kind)
{
    for (size_t k = 0; k < j->n; k++)
        if (j->ions[k] > 0 && atoms_in(j, k, kind) > 0)
            return true;
    return false;
}

static bool has_element(const ia_composition *c, ia_atom_kind kind)
{
    for (size_t i = 0; i < c->n_elements; i++)
        if (c->elements[i].z == kind.z && c->elements[i].a == kind.a)
            return true;
    return false;
}

// Rows of elements that only an ion without a range has.
static ia_status add_elements(ia_ctx *ctx, const ia_row_job *j, ia_composition *c)
{
    ia_atom_kind kinds[IA_ATOM_KINDS_MOST];
    size_t n_kinds = ia_atom_kinds(&j->own, kinds);
    ia_fraction *list = ia_array(ctx, n_kinds, sizeof *list);

    if (!list)
        return IA_ERR_MEMORY;
    if (c->n_elements > 0)
        memcpy(list, c->elements, c->n_elements * sizeof *list);
    free(c->elements);
    c->elements = list;
    for (size_t i = 0; i < n_kinds; i++) {
        if (has_element(c, kinds[i]) || !is_solved(j, kinds[i]))
            continue;
        ia_fraction *row = &list[c->n_elements++];
        *row = (ia_fraction){.z = kinds[i].z, .a = kinds[i].a};
        ia_atom_kind_name(kinds[i], row->name);
    }
    return IA_OK;
}

static bool has_row(const ia_row_job *j, const ia_composition *c, const ia_ion *ion)
{
    for (size_t i = 0; i < c->n_ions; i++) {
        ia_ion kind = ia_ion_of(c->ions[i].name);
        if (share_of_kind(&j->own, &kind, ion) > 0)
            return true;
    }
    return false;
}

static ia_status add_ions(ia_ctx *ctx, const ia_row_job *j, ia_composition *c)
{
    ia_fraction *list = ia_array(ctx, c->n_ions + j->n, sizeof *list);

    if (!list)
        return IA_ERR_MEMORY;
    if (c->n_ions > 0)
        memcpy(list, c->ions, c->n_ions * sizeof *list);
    free(c->ions);
    c->ions = list;
    for (size_t k = 0; k < j->n; k++) {
        const ia_ion *ion = &j->d->ions[k].ion;
        if (j->ions[k] == 0 || has_row(j, c, ion))
            continue;
        list[c->n_ions] = (ia_fraction){0};
        memcpy(list[c->n_ions++].name, ion->name, sizeof ion->name);
    }
    return IA_OK;
}

static void forget(ia_fraction *row)
{
    row->corrected_counts = row->sigma_corrected_counts = NAN;
    row->corrected_percent = row->sigma_corrected_percent = NAN;
    row->weight_percent = row->sigma_weight_percent = NAN;
    row->error = (ia_error){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

static bool is_part(const ia_row_job *j)
{
    for (size_t k = 0; k < j->n; k++)
        if (j->part[k] > 0)
            return true;
    return false;
}

ia_status ia_composition_solve(ia_ctx *ctx, const ia_deconvolution *solved,
                               const ia_ranges *ranges, const ia_ranger *ranger,
                               const ia_range_counts *counts, ia_composition *composition)
{
    ia_losses losses = {
        .ranges = ranges, .ranger = ranger, .counts = counts, .solved = solved};
    ia_composition *c = composition;
    ia_row_job j;
    ia_losses_find(ctx, &losses);
    ia_status st = job_init(ctx, solved, &losses, &j);

    if (st != IA_OK ||
        (st = ia_nuclide_list_read(ctx, "enriched", ranges ? ranges->enriched : "",
                                   &j.own)) != IA_OK ||
        (st = add_elements(ctx, &j, c)) != IA_OK || (st = add_ions(ctx, &j, c)) != IA_OK)
        goto done;
    j.n_rows = c->n_elements;
    for (size_t i = 0; i < c->n_elements; i++) {
        solve_element(&j, &c->elements[i]);
        if (!is_part(&j))
            forget(&c->elements[i]);
    }
    j.n_rows = c->n_ions;
    for (size_t i = 0; i < c->n_ions; i++) {
        ia_ion kind = ia_ion_of(c->ions[i].name);
        solve_ion(&j, &kind, &c->ions[i]);
        if (!is_part(&j))
            forget(&c->ions[i]);
    }
    c->is_solved = true;
done:
    free(j.room);
    return st;
}
