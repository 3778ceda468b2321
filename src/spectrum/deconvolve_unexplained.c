// src/spectrum/deconvolve_unexplained.c: peaks of which no ion solved for is an account.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/deconvolve_internal.h"

#include <math.h>

// Does a line of the ions solved for lie there, and may it have made the peak? It has
// where it is known to have lost ions.
static bool is_solved_for(const ia_deconvolution *d, double lossy, double mass)
{
    for (size_t w = 0; w < d->n_windows; w++) {
        const ia_solved_window *v = &d->windows[w];
        bool is_lossy = lossy >= v->core.lo && lossy < v->core.hi;
        if (mass >= v->core.lo && mass <= v->core.hi)
            return is_lossy || !v->foreign;
    }
    return false;
}

// What stands above the background, or above the tail that it lies on, with what of it is
// outside the window.
static double ions_of(const ia_deconvolve_input *input, const ia_peak *peak)
{
    const double surely = 2, most = 0.5; // standard deviations; hardly less is inside
    double net = peak->counts - peak->background;
    double inside = ia_peak_shape_share(input->shape, peak->mass, peak->lo, peak->hi);

    return net > surely * sqrt(fmax(peak->counts, 1)) ? net / fmax(most, inside) : 0;
}

ia_status ia_deconvolve_unexplained(ia_ctx *ctx, const ia_deconvolve_input *input,
                                    ia_deconvolution *d)
{
    const ia_peaks *peaks = input->peaks;

    if (!(d->unexplained = ia_array(ctx, peaks->n, sizeof *d->unexplained)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < peaks->n; i++) {
        double ions = ions_of(input, &peaks->list[i]);
        if (ions > 0 && !is_solved_for(d, input->lossy, peaks->list[i].mass))
            d->unexplained[d->n_unexplained++] = ions;
    }
    return IA_OK;
}
