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

// Is this the most abundant line of its ion? Only such a line may have been told for the
// excess of another ion's isotope.
static bool is_main_line(const ia_assignment *a, const ia_isotope_evidence *line)
{
    for (size_t i = 0; i < a->n_isotopes; i++)
        if (a->isotopes[i].ion == line->ion && a->isotopes[i].abundance > line->abundance)
            return false;
    return true;
}

// Is the most abundant line of an ion in a peak that holds one of another's?
static bool rests_on(const ia_assignment *a, uint32_t ion, uint32_t of)
{
    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *line = &a->isotopes[i];
        if (line->ion != ion || line->peak < 0 || !is_main_line(a, line))
            continue;
        for (size_t k = 0; k < a->n_isotopes; k++)
            if (a->isotopes[k].ion == of && a->isotopes[k].peak == line->peak)
                return true;
    }
    return false;
}

// Ions in the peak of a line, less those of other ions whose number a line tells that is
// in no peak of this one.
static double left_for(const ia_assignment *a, const ia_isotope_evidence *line)
{
    double left = line->observed;

    for (size_t i = 0; i < a->n_isotopes; i++) {
        const ia_isotope_evidence *other = &a->isotopes[i];
        if (other->peak == line->peak && other->ion != line->ion &&
            !rests_on(a, other->ion, line->ion))
            left -= other->expected;
    }
    return left;
}

// By how much an isotope exceeds what the main line asks for; 0 where it does not surely,
// NAN where it is too few to tell.
static double excess_of(const ia_assignment *a, const ia_isotope_evidence *main,
                        const ia_isotope_evidence *e)
{
    const double least_ions = 25, missing = 1.33,
                 sure = 5; // missing: factor; sure: sigma
    double due = e->abundance * main->observed / main->abundance;

    if (e->ion != main->ion || e == main || due < least_ions)
        return NAN;
    double left = e->peak < 0 ? 0 : left_for(a, e);
    return left < missing * due || left < due + sure * e->sigma ? 0 : left / due;
}

bool ia_is_saturated(const ia_assignment *a, const ia_peaks *peaks, ia_saturation *out)
{
    const double alike = 1.15; // more: another ion is there as well
    const ia_isotope_evidence *main = largest(a, peaks);
    double least = INFINITY, sum = 0;
    size_t n = 0;

    if (!main || !(main->observed > 0))
        return false;
    for (size_t i = 0; i < a->n_isotopes; i++)
        least = fmin(least, excess_of(a, main, &a->isotopes[i]));
    if (!isfinite(least) || !(least > 0))
        return false;
    for (size_t i = 0; i < a->n_isotopes; i++) {
        double factor = excess_of(a, main, &a->isotopes[i]);
        if (factor <= alike * least) {
            sum += factor;
            n++;
        }
    }
    if (n < 2)
        return false;
    *out = (ia_saturation){&a->ions[main->ion].ion, main->peak,
                           peaks->list[main->peak].mass, (double)n / sum};
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
