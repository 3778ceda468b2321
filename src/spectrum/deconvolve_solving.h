// src/spectrum/deconvolve_solving.h: what the files that solve for counts share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_DECONVOLVE_SOLVING_H
#define IA_SPECTRUM_DECONVOLVE_SOLVING_H

#include "core/symmetric.h"
#include "spectrum/deconvolve_internal.h"

typedef struct {
    ia_ctx *ctx;
    ia_deconvolution *out;
    ia_poisson poisson;         // of the cores
    ia_poisson doubted;         // of the cores by their weights
    double *count, *background; // (n_windows) of a core
    double *mean;               // (n_windows) fitted
    double *weight;             // (n_windows) of a core's likelihood
    double *weighted[3];        // counts, backgrounds and shares times that
    double *counts;             // (n) fitted to the cores, none below zero
    double *amount;             // (n) fitted to the cores, below zero by chance
    double *seen;               // (n) share of an ion's ions in wholes
    double *floor;              // (n) information that bounds what nothing else does
    double *shift;              // (n) of the counts when the level is off by its error
    double *information;        // (n, n) of the cores on the amounts
    double *inverse;            // (n, n)
    double *own;                // (n, n_windows) change of an amount with a core
    double *gather;             // (n, n_windows) change of counts with a whole
    double *part;               // (n_windows) work
    double *plain;              // (n_windows) variance of a core, however far it is off
    double *room;               // holds all of these
    bool *left_out;             // (n) ions not solved for
    ia_symmetric symmetric;     // of `information`
} solving;

// Ions of which the cores tell a sum alone; sets their groups and, for they are not told
// from each other, amounts none of which is below zero.
void ia_deconvolve_group(solving *s, double parted);
// What ions that are not solved for may hold, and what that would take from the others.
ia_status ia_deconvolve_omitted(solving *s, const ia_deconvolve_plan *plan);
// Who takes the place of ions that are told and not there. Room for those whom any of
// `n_rivals` might replace; ask each for the shares that it has of the cores, and what
// its lines elsewhere say of its amount x, x (slope - information x / 2); then odds
// become probabilities.
typedef struct {
    const double *core; // (n_windows)
    double slope, information;
} ia_instead_pattern;
ia_status ia_instead_new(solving *s, size_t n_rivals);
ia_status ia_instead_ask(solving *s, const ia_rival *rival,
                         const ia_instead_pattern *pattern);
void ia_instead_share(ia_deconvolution *deconvolution);
// Sums of the groups, once the counts are known.
void ia_deconvolve_sum_groups(solving *s);

#endif
