// tests/background_case.h: a background with all that the program knows, for tests.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_BACKGROUND_CASE_H
#define TESTS_BACKGROUND_CASE_H

#include "check.h"

#include <ionatlas/background.h>
#include <ionatlas/shape.h>

// A background as the program fits it: peaks and their shape learnt from the spectrum.
// `ions` may be NULL.
static inline ia_background fit_background(const ia_spectrum *s, const ia_ranger *ranger,
                                           const ia_ions *ions)
{
    ia_background blind = {0}, b = {0};
    ia_peaks peaks = {0};
    ia_peak_shape shape = {0};

    assert_int_equal(ia_background_compute(NULL, s, NULL, NULL, &blind), IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, s, &blind, NULL, &peaks), IA_OK);
    assert_int_equal(ia_peak_shape_compute(NULL, s, &blind, &peaks, NULL, &shape), IA_OK);
    const ia_background_input in = {s, ranger, ions, &peaks, &shape};
    assert_int_equal(ia_background_fit(NULL, &in, NULL, &b), IA_OK);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&peaks);
    ia_background_clear(&blind);
    return b;
}

#endif
