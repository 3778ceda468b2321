// src/spectrum/background_parts.h: what a background is made of beyond its flat level.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_BACKGROUND_PARTS_H
#define IA_SPECTRUM_BACKGROUND_PARTS_H

#include <ionatlas/background.h>

#include "spectrum/background_misfit.h"
#include "spectrum/mixture.h"
#include "spectrum/sideband.h"
#include "spectrum/slices.h"
#include "spectrum/tails.h"

struct ia_background_parts {
    ia_slices slices;            // n 0: one window, open everywhere
    ia_tails tails;              // n 0: none
    ia_knots knots;              // n > 0: these alone are the background
    ia_stated_background stated; // likewise
    double stated_doubt;         // its standard deviation, relative
    ia_tails unseen; // fitted without these: none that shows, but they may be there
    ia_reach reach;  // of the level and the weights of decays of either tails
    double scatter;  // of what was found about what was expected, from place to place and
                     // beyond counting; relative
    ia_misfit misfit; // of the same from window to window; n 0: not looked for
};

// The level and its error, from the windows as they are used and expected.
void ia_background_summarise(const ia_windows *windows, ia_background *out);

// Choose the model by how well it foretells windows it was not fitted to, and fit it.
// `out` is a background without a level to begin with; on failure its parts are the
// caller's to clear.
ia_status ia_background_choose_and_fit(ia_ctx *ctx, const ia_background_input *input,
                                       const ia_background_params *params,
                                       ia_background *out);

// What the source of the spectrum states, as it is; `out` likewise.
ia_status ia_background_take_stated(ia_ctx *ctx, const ia_background_input *input,
                                    const ia_background_params *params,
                                    ia_background *out);

#endif
