// src/spectrum/doubts.h: what a value would change by if something doubted were so.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_DOUBTS_H
#define IA_SPECTRUM_DOUBTS_H

#include <stddef.h>

// So much to add to a value, with its probability, and to its variance then.
typedef struct {
    double probability, change, variance;
} ia_doubt;

enum { IA_DOUBTS_MOST = 24 };

// The sum of independent changes: a few values of it, with their probabilities, that have
// its mean and nearly its spread. All zero: no doubt.
typedef struct {
    ia_doubt list[IA_DOUBTS_MOST]; // (n) by rising change
    size_t n;
    double lost; // variance by changes too small to be followed one by one
} ia_doubts;

// Add an independent change: one of `outcomes`, (n <= 16) exclusive, or none. Changes
// that are small against `sure`, the standard deviation of what is not doubted, go to
// `lost`.
void ia_doubts_add(ia_doubts *doubts, const ia_doubt *outcomes, size_t n, double sure);
// Mean of the square of the sum, and of what is added to the variance.
double ia_doubts_square(const ia_doubts *doubts);
// As ia_count_interval, for an estimate to which the doubts add: the shortest interval
// that holds 95 % of both together.
void ia_doubtful_interval(double value, double variance, double third,
                          const double limits[2], const ia_doubts *doubts,
                          double interval[2]);

#endif
