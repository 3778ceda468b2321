// src/spectrum/identify_saturation.c: is the largest peak too small for its isotopes?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/identify_saturation.h"

#include <math.h>

// The isotope that has most of the largest peak.
static const ia_isotope_evidence *largest(const ia_assignment *a, const ia_peaks *peaks)
{
    const ia_isotope_evidence *best = NULL;

    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *e = &a->isotopes[i];
        if (e->peak < 0 || e->share < 0.5)
            continue;
        if (!best || peaks->list[e->peak].counts > peaks->list[best->peak].counts)
            best = e;
    }
    return best;
}

bool ia_is_saturated(const ia_assignment *a, const ia_peaks *peaks, ia_saturation *out)
{
    const double missing = 1.33, alike = 1.4, sure = 5; // factors; standard deviations
    const ia_isotope_evidence *main = largest(a, peaks);
    double least = INFINITY, most = 0;
    size_t n = 0;

    if (!main || !(main->observed > 0))
        return false;
    double per_share = main->observed / main->abundance;
    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *e = &a->isotopes[i];
        double due = e->abundance * per_share;
        if (e->ion != main->ion || e == main || due < 25)
            continue;
        double factor = e->observed / due;
        if (e->peak < 0 || factor < missing || e->observed < due + sure * e->sigma)
            return false;
        least = fmin(least, factor);
        most = fmax(most, factor);
        n++;
    }
    if (n < 2 || most > alike * least)
        return false;
    *out =
        (ia_saturation){&a->ions[main->ion].ion, peaks->list[main->peak].mass, 1 / least};
    return true;
}

bool ia_is_capped(const ia_spectrum *spectrum, ia_capped *out)
{
    const uint64_t least = 1000;
    ia_capped c = {.counts = 0};

    for (size_t i = 0; i < spectrum->n_bins; i++) {
        uint64_t n = spectrum->counts[i];
        double mass = spectrum->m_min + (double)i * spectrum->bin;
        if (n < c.counts)
            continue;
        if (n > c.counts)
            c = (ia_capped){.counts = n, .lo = mass};
        c.n++;
        c.hi = mass + spectrum->bin;
    }
    *out = c;
    return c.n >= 3 && c.counts >= least;
}
