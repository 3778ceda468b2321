// src/spectrum/composition_doubts.c: what a row of the composition would be if an ion
// that is told were not there, or one that is not told were.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/composition_row.h"

#include <math.h>

// Atoms or mass of an ion that count for a row, and for its whole.
typedef struct {
    double part, whole;
} portion;

// What the row's share of the whole would be without ion k, less what it is.
static double change_without(const ia_row_job *j, const double *whole, size_t k,
                             double share)
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
static portion portion_of(const ia_row_job *j, const ia_ion *ion)
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
static double change_with(const ia_row_job *j, const double *whole, size_t omitted,
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
static double change_instead(const ia_row_job *j, const double *whole, size_t which,
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
static void doubt_ion(const ia_row_job *j, const double *whole, size_t k, double sure,
                      ia_row_estimate *e)
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
static void doubt_untold(const ia_row_job *j, const double *whole, const double *ions,
                         size_t n, double sure, ia_row_estimate *e)
{
    double all = ia_row_sum(j, whole), each = all / ia_row_sum(j, j->ions),
           part = e->value * all;
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
static double open_slope(const ia_row_job *j, const ia_shared_pair *pair)
{
    size_t one = pair->ions[0], other = pair->ions[1];
    return j->slope[one] * j->factor[one] - j->slope[other] * j->factor[other];
}

double ia_row_open_variance(const ia_row_job *j)
{
    double variance = 0;

    for (size_t p = 0; p < j->d->n_shared; p++)
        variance += pow(open_slope(j, &j->d->shared[p]) * j->d->shared[p].open, 2);
    return variance;
}

// Whose the ions of pairs are is doubted outcome by outcome, and no part of it.
static double sure_variance(const ia_row_job *j, const ia_row_estimate *e)
{
    double variance = -ia_row_open_variance(j);

    for (int part = 0; part < IA_ERROR_PARTS; part++)
        variance += e->variance[part];
    return fmax(0, variance);
}

// With so much of what a pair has for its first ion; `there` 0: nothing is the pair's.
static ia_doubt share_otherwise(ia_row_job *j, const double *whole,
                                const ia_shared_pair *pair, const ia_share_part *part,
                                double there)
{
    size_t one = pair->ions[0], other = pair->ions[1];
    double was[2] = {j->counts[one], j->counts[other]}, both = there * (was[0] + was[1]);
    ia_row_estimate e = {.value = 0};

    j->counts[one] = part->share * both;
    j->counts[other] = (1 - part->share) * both;
    double total = ia_row_sum(j, whole);
    e.value = total > 0 ? ia_row_sum(j, j->part) / total : 0;
    for (size_t k = 0; k < j->n; k++)
        j->slope[k] = total > 0 ? (j->part[k] - e.value * whole[k]) / total : 0;
    double within = part->sigma * both * (j->slope[one] - j->slope[other]);
    double mean = part->share * j->slope[one] + (1 - part->share) * j->slope[other];
    j->slope[one] = j->slope[other] = there * mean; // of the two together
    ia_row_variances(j, &e);
    j->counts[one] = was[0];
    j->counts[other] = was[1];
    return (ia_doubt){part->probability, e.value, sure_variance(j, &e) + within * within};
}

// What is a pair's is one's, the other's or both's, or is not theirs at all.
static void doubt_pair(ia_row_job *j, const double *whole, const ia_shared_pair *pair,
                       double sure, ia_row_estimate *e)
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

// The rival of a pair's ion that identification told is doubted with the pair.
static bool is_of_pair(const ia_row_job *j, const ia_ion *ion)
{
    for (size_t k = 0; k < j->n; k++)
        if (j->d->ions[k].is_shared && ia_ion_is_equal(&j->d->ions[k].ion, ion))
            return true;
    return false;
}

// Where both ions of a pair are there, they must be parted.
static double parting_of(const ia_row_job *j, const ia_shared_pair *pair)
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

void ia_row_doubts(ia_row_job *j, const double *whole, double sure, ia_row_estimate *e)
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
        if (is_of_pair(j, &ion->ion))
            continue;
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
