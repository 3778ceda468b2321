// src/spectrum/composition_solve.c: composition from counts that were solved for, with
// its errors by part.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/composition.h>

#include "core/atom_kind.h"
#include "spectrum/composition_losses.h"
#include "spectrum/deconvolve_internal.h"
#include "spectrum/doubts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// One value per solved ion in each array.
typedef struct {
    const ia_deconvolution *d;
    size_t n;
    double *room;                // holds all arrays
    double *counts;              // 0 where an ion was not solved for; with those lost
    double *factor;              // counts over those of the spectrum, lost ones added
    double *sigma_lost;          // standard deviation of the lost ones, its own
    double *common_lost;         // and that which it shares with all ions
    double *ions, *atoms, *mass; // of one ion; Da
    double *part;                // what the row in hand has of them
    double *slope;               // of the row's value with the counts
    ia_nuclide_list own;         // nuclides with rows of their own
    ia_atom_kind kind;           // of the row in hand; z 0: a row of ions
    int counted;                 // one of the above
    size_t n_rows;               // of that kind
} job;

typedef struct {
    double value;
    double variance[IA_ERROR_PARTS], identification;
    double parting; // variance by pairs whose ions are both there, for overlap; among the
                    // doubts
    double third;   // cumulant
    ia_doubts doubts;
} estimate;

// Atoms or mass of an ion that count for a row, and for its whole.
typedef struct {
    double part, whole;
} portion;

enum { COUNTS_IONS, COUNTS_ATOMS, COUNTS_MASS };

static ia_status job_init(ia_ctx *ctx, const ia_deconvolution *d, const ia_losses *losses,
                          job *j)
{
    *j = (job){.d = d, .n = d->n_ions};
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

static double sum(const job *j, const double *weight)
{
    double total = 0;
    for (size_t k = 0; k < j->n; k++)
        total += weight[k] * j->counts[k];
    return total;
}

// Variance of something linear in the counts, `slope` its derivatives, by part.
static void set_variances(job *j, estimate *e)
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

// What the row's share of the whole would be without ion k, less what it is.
static double change_without(const job *j, const double *whole, size_t k, double share)
{
    const double *change = j->d->change + k * j->n;
    double part = 0, total = 0;

    for (size_t i = 0; i < j->n; i++) {
        double counts = j->ions[i] > 0 ? j->counts[i] + j->factor[i] * change[i] : 0;
        part += j->part[i] * counts;
        total += whole[i] * counts;
    }
    return total > 0 ? part / total - share : 0;
}

// What an ion that was not solved for counts for.
static portion portion_of(const job *j, const ia_ion *ion)
{
    double atoms = j->kind.z ? ia_atom_kind_count(&j->own, ion, j->kind) : 0;

    switch (j->counted) {
    case COUNTS_ATOMS:
        return (portion){atoms, ia_ion_atoms(ion)};
    case COUNTS_MASS:
        return (portion){atoms > 0 ? ia_atom_kind_mass(&j->own, ion, j->kind) : 0,
                         ia_ion_atoms_mass(ion)};
    default:
        return (portion){0, 1};
    }
}

// What the row's share would be with so many of an ion that was not solved for, less what
// it is.
static double change_with(const job *j, const double *whole, size_t omitted,
                          double amount, double share)
{
    const double *taken = j->d->taken + omitted * j->n;
    portion own = portion_of(j, &j->d->omitted[omitted].ion);
    double part = amount * own.part, total = amount * own.whole;

    for (size_t i = 0; i < j->n; i++) {
        double counts =
            j->ions[i] > 0 ? j->counts[i] + amount * j->factor[i] * taken[i] : 0;
        part += j->part[i] * counts;
        total += whole[i] * counts;
    }
    return total > 0 ? part / total - share : 0;
}

// What the row's share would be with another ion in the place of one that is not there,
// less what it is.
static double change_instead(const job *j, const double *whole, size_t which,
                             double share)
{
    const ia_instead *instead = &j->d->instead[which];
    const double *change = j->d->instead_change + which * j->n;
    double amount = instead->counts * j->factor[instead->told];
    portion own = portion_of(j, &instead->ion);
    double part = amount * own.part, total = amount * own.whole;

    for (size_t i = 0; i < j->n; i++) {
        double counts = j->ions[i] > 0 ? j->counts[i] + j->factor[i] * change[i] : 0;
        part += j->part[i] * counts;
        total += whole[i] * counts;
    }
    return total > 0 ? part / total - share : 0;
}

enum { IN_PLACE_MOST = 6 };

// Ion k is not there: no one takes its place, or one of those that may.
static void doubt_ion(const job *j, const double *whole, size_t k, double sure,
                      estimate *e)
{
    const double least = 0.01;
    double without = 1 - j->d->ions[k].probability, nobody = without;
    ia_doubt doubt[IN_PLACE_MOST + 1];
    size_t n = 1;

    for (size_t i = 0; i < j->d->n_instead && n <= IN_PLACE_MOST; i++) {
        const ia_instead *instead = &j->d->instead[i];
        double p = without * instead->probability;
        if (instead->told != k || instead->probability < least)
            continue;
        nobody -= p;
        doubt[n++] = (ia_doubt){p, change_instead(j, whole, i, e->value), 0};
    }
    doubt[0] = (ia_doubt){fmax(0, nobody), change_without(j, whole, k, e->value), 0};
    ia_doubts_add(&e->doubts, doubt, n, sure);
}

enum { UNTOLD_MOST = 4 };

// So many ions more that are not told, each amount as likely: of an element that is not
// told or, as likely, of one of those told, each as likely as the other. They count for
// as much as those told on average.
static void doubt_untold(const job *j, const double *whole, const double *ions, size_t n,
                         double sure, estimate *e)
{
    double all = sum(j, whole), each = all / sum(j, j->ions), part = e->value * all;
    double own = 0.5 / (double)j->n_rows;
    ia_doubt doubt[2 * UNTOLD_MOST];

    for (size_t i = 0; i < n; i++) {
        double more = ions[i] * each;
        doubt[2 * i] =
            (ia_doubt){(1 - own) / (double)n, part / (all + more) - e->value, 0};
        doubt[2 * i + 1] =
            (ia_doubt){own / (double)n, (part + more) / (all + more) - e->value, 0};
    }
    ia_doubts_add(&e->doubts, doubt, 2 * n, sure);
}

// What one ion of a pair has and the other has not.
static double open_slope(const job *j, const ia_shared_pair *pair)
{
    size_t one = pair->ions[0], other = pair->ions[1];
    return j->slope[one] * j->factor[one] - j->slope[other] * j->factor[other];
}

// Variance without what pairs leave open: whose their ions are is doubted, outcome by
// outcome.
static double sure_variance(const job *j, const estimate *e)
{
    double variance = 0;

    for (int part = 0; part < IA_ERROR_PARTS; part++)
        variance += e->variance[part];
    for (size_t p = 0; p < j->d->n_shared; p++)
        variance -= pow(open_slope(j, &j->d->shared[p]) * j->d->shared[p].open, 2);
    return fmax(0, variance);
}

// With so much of what a pair has for its first ion; `there` 0: nothing is the pair's.
static ia_doubt share_otherwise(job *j, const double *whole, const ia_shared_pair *pair,
                                const ia_share_part *part, double there)
{
    size_t one = pair->ions[0], other = pair->ions[1];
    double was[2] = {j->counts[one], j->counts[other]}, both = there * (was[0] + was[1]);
    estimate e = {.value = 0};

    j->counts[one] = part->share * both;
    j->counts[other] = (1 - part->share) * both;
    double total = sum(j, whole);
    e.value = total > 0 ? sum(j, j->part) / total : 0;
    for (size_t k = 0; k < j->n; k++)
        j->slope[k] = total > 0 ? (j->part[k] - e.value * whole[k]) / total : 0;
    double within = part->sigma * both * (j->slope[one] - j->slope[other]);
    double mean = part->share * j->slope[one] + (1 - part->share) * j->slope[other];
    j->slope[one] = j->slope[other] = there * mean; // of the two together
    set_variances(j, &e);
    j->counts[one] = was[0];
    j->counts[other] = was[1];
    return (ia_doubt){part->probability, e.value, sure_variance(j, &e) + within * within};
}

// What is a pair's is one's, the other's or both's, or is not theirs at all.
static void doubt_pair(job *j, const double *whole, const ia_shared_pair *pair,
                       double sure, estimate *e)
{
    const ia_share_part nothing = {1 - pair->probability, 0, 0};
    ia_doubt doubt[IA_SHARE_PARTS + 1];

    for (size_t i = 0; i < IA_SHARE_PARTS; i++) {
        doubt[i] = share_otherwise(j, whole, pair, &pair->parts[i], 1);
        doubt[i].probability *= pair->probability;
    }
    doubt[IA_SHARE_PARTS] = share_otherwise(j, whole, pair, &nothing, 0);
    for (size_t i = 0; i <= IA_SHARE_PARTS; i++) {
        doubt[i].change -= e->value;
        doubt[i].variance -= sure * sure;
    }
    ia_doubts_add(&e->doubts, doubt, IA_SHARE_PARTS + 1, sure);
}

// Where both ions of a pair are there, they must be parted.
static double parting_of(const job *j, const ia_shared_pair *pair)
{
    double p = 0, first = 0, second = 0;

    for (size_t i = 2; i < IA_SHARE_PARTS; i++) {
        const ia_share_part *part = &pair->parts[i];
        p += part->probability;
        first += part->probability * part->share;
        second +=
            part->probability * (part->share * part->share + part->sigma * part->sigma);
    }
    double both = j->counts[pair->ions[0]] + j->counts[pair->ions[1]];
    double slope = j->slope[pair->ions[0]] - j->slope[pair->ions[1]];
    double spread = p > 0 ? fmax(0, second - first * first / p) : 0;
    return pair->probability * spread * both * both * slope * slope;
}

// Ions of kinds that are too few for a peak, in all; and of a peak without an account
// with its lines that are too weak, over what is seen.
static const double no_peak[UNTOLD_MOST] = {0, 5, 10, 20}, weak = 1.25;

// Each ion is there with its probability, whether or not the others are, those that were
// not solved for with any amount that the cores allow.
static void set_doubts(job *j, const double *whole, double sure, estimate *e)
{
    for (size_t p = 0; p < j->d->n_shared; p++)
        e->parting += parting_of(j, &j->d->shared[p]);
    for (size_t p = 0; p < j->d->n_shared; p++)
        doubt_pair(j, whole, &j->d->shared[p], sure, e);
    for (size_t k = 0; k < j->n; k++) {
        if (j->d->ions[k].probability < 1 && !j->d->ions[k].is_shared && j->ions[k] > 0)
            doubt_ion(j, whole, k, sure, e);
    }
    for (size_t o = 0; o < j->d->n_omitted; o++) {
        // What was weighed and not taken up is not believed more than half.
        const ia_omitted *ion = &j->d->omitted[o];
        double p = fmin(0.5, ion->probability);
        ia_doubt doubt[IA_AMOUNTS];
        for (size_t i = 0; i < IA_AMOUNTS; i++)
            doubt[i] = (ia_doubt){p / IA_AMOUNTS,
                                  change_with(j, whole, o, ion->amount[i], e->value), 0};
        ia_doubts_add(&e->doubts, doubt, IA_AMOUNTS, sure);
    }
    for (size_t p = 0; p < j->d->n_unexplained; p++) {
        double seen = j->d->unexplained[p], ions[] = {seen, weak * seen};
        doubt_untold(j, whole, ions, 2, sure, e);
    }
    if (j->d->unexplained)
        doubt_untold(j, whole, no_peak, UNTOLD_MOST, sure, e);
    e->parting = fmin(e->parting, ia_doubts_square(&e->doubts));
    e->identification = ia_doubts_square(&e->doubts) - e->parting;
}

// The row's share of the whole.
static estimate share_of(job *j, const double *whole)
{
    double total = sum(j, whole), own = 0, largest = 0;
    estimate e = {.value = NAN};

    if (!(total > 0))
        return e;
    e.value = sum(j, j->part) / total;
    for (size_t k = 0; k < j->n; k++) {
        j->slope[k] = (j->part[k] - e.value * whole[k]) / total;
        own = fmax(own, fabs(j->slope[k]));
        largest = fmax(largest, whole[k]);
    }
    set_variances(j, &e);
    if (own * total < 1e-9) { // all that there is: the next ion might be another
        e.variance[IA_ERROR_COUNTING] += largest * largest / (total * total);
        e.third -= pow(largest / total, 3);
    }
    for (size_t p = 0; p < j->d->n_shared; p++)
        e.variance[IA_ERROR_OVERLAP] -=
            pow(open_slope(j, &j->d->shared[p]) * j->d->shared[p].open, 2);
    e.variance[IA_ERROR_OVERLAP] = fmax(0, e.variance[IA_ERROR_OVERLAP]);
    double sure = 0;
    for (int part = 0; part < IA_ERROR_PARTS; part++)
        sure += e.variance[part];
    set_doubts(j, whole, sqrt(sure), &e);
    return e;
}

static double variance_of(const estimate *e)
{
    double variance = e->identification + e->parting;
    for (int part = 0; part < IA_ERROR_PARTS; part++)
        variance += e->variance[part];
    return variance;
}

static ia_error error_in_percent(const estimate *e)
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
static void fill_counts(job *j, const double *whole, ia_fraction *row)
{
    estimate share = share_of(j, whole), amount = {.value = sum(j, j->part)};

    memcpy(j->slope, j->part, j->n * sizeof *j->slope);
    set_variances(j, &amount);
    row->corrected_counts = amount.value;
    row->sigma_corrected_counts = sqrt(variance_of(&amount));
    row->error = error_in_percent(&share);
    row->corrected_percent = 100 * share.value;
    row->sigma_corrected_percent = row->error.all;
}

static void fill_weight(job *j, ia_fraction *row)
{
    estimate share = share_of(j, j->mass);

    row->weight_percent = 100 * share.value;
    row->sigma_weight_percent = 100 * sqrt(variance_of(&share));
}

static unsigned atoms_in(const job *j, size_t k, ia_atom_kind kind)
{
    return ia_atom_kind_count(&j->own, &j->d->ions[k].ion, kind);
}

static void solve_element(job *j, ia_fraction *row)
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

static void solve_ion(job *j, const ia_ion *kind, ia_fraction *row)
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

static bool is_solved(const job *j, ia_atom_kind kind)
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
static ia_status add_elements(ia_ctx *ctx, const job *j, ia_composition *c)
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

static bool has_row(const job *j, const ia_composition *c, const ia_ion *ion)
{
    for (size_t i = 0; i < c->n_ions; i++) {
        ia_ion kind = ia_ion_of(c->ions[i].name);
        if (share_of_kind(&j->own, &kind, ion) > 0)
            return true;
    }
    return false;
}

static ia_status add_ions(ia_ctx *ctx, const job *j, ia_composition *c)
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

static bool is_part(const job *j)
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
    job j;
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
