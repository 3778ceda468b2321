// src/crystal/turns.h: sine and cosine of whole turns, for loops that a vector unit runs.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_TURNS_H
#define IONATLAS_SRC_TURNS_H

// Nearest whole number of |t| < 2^51, by the rounding of additions: any machine alike.
static inline double ia_turns_round(double t)
{
    const double big = 6755399441055744.0; // 1.5 x 2^52
    return (t + big) - big;
}

// Sine and cosine of 2 pi t, within 1e-10.
static inline void ia_turns(double t, double *sine, double *cosine)
{
    double half = ia_turns_round(2 * t);
    double odd = half - 2 * ia_turns_round(0.5 * half); // -1, 0 or 1
    double sign = 1 - 2 * odd * odd;
    double x = 6.283185307179586 * (t - 0.5 * half), y = x * x; // |x| <= pi / 2
    double s =
        1 + y * (-1.0 / 6 +
                 y * (1.0 / 120 +
                      y * (-1.0 / 5040 +
                           y * (1.0 / 362880 +
                                y * (-1.0 / 39916800 +
                                     y * (1.0 / 6227020800.0 - y / 1307674368000.0))))));
    double c =
        1 + y * (-0.5 + y * (1.0 / 24 +
                             y * (-1.0 / 720 +
                                  y * (1.0 / 40320 +
                                       y * (-1.0 / 3628800 +
                                            y * (1.0 / 479001600.0 - y / 87178291200.0 +
                                                 y * y / 20922789888000.0))))));
    *sine = sign * x * s;
    *cosine = sign * c;
}

#endif
