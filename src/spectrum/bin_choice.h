// src/spectrum/bin_choice.h: bins as narrow as the peaks of a list of ions need.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_BIN_CHOICE_H
#define IONATLAS_SRC_BIN_CHOICE_H

#include <ionatlas/ions.h>

extern const double ia_bin_usual; // Da

// The usual bin, or where the strongest peaks are narrower than half of it, measured in
// 200,000 ions at most, a round number of which a peak has four. Peaks of less than 100
// ions and m/n rounded to few values tell nothing. O(sample log sample).
ia_status ia_bin_choose(ia_ctx *ctx, const ia_ions *ions, double *bin);

#endif
