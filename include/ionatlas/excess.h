// include/ionatlas/excess.h: ions above an expected background: chance, interval, limits.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_EXCESS_H
#define IONATLAS_EXCESS_H

#include <ionatlas/base.h>

IA_BEGIN

// A background of b ions is expected where n are counted; b is known to a standard
// deviation sigma. Counts are Poisson's about an expectation that is itself uncertain:
// their variance is b + sigma^2. All O(1), a few microseconds.

// Chance that background alone makes so many ions or more, half of the chance of exactly
// n taken (mid-p): over many windows it is below alpha in a share alpha of them, which
// whole numbers alone would not reach.
IA_API double ia_excess_chance(double n, double b, double sigma);

// Signal behind n counts: the central interval of that coverage (0.95, say) by the same
// chance, not below 0. Half of what is left out lies at either end.
IA_API void ia_excess_interval(double n, double b, double sigma, double coverage,
                               double out[2]);

// Upper limit of the signal at that confidence: what makes n counts or fewer 1 -
// confidence times as likely as background alone does. It stays above 0 where fewer ions
// than expected were counted (Read 2002, doi:10.1088/0954-3899/28/10/313), and covers
// more often than it says where the background is large against the signal.
IA_API double ia_excess_upper(double n, double b, double sigma, double confidence);

// Critical level: more signal than this is a detection; background alone exceeds it with
// chance alpha. Currie's (1968) 1.645 sqrt(b + sigma^2) for alpha = 0.05 where b is
// large, doi:10.1021/ac60259a007; the Poisson tail where it is small.
IA_API double ia_critical_counts(double b, double sigma, double alpha);
// Detection limit: the least signal that exceeds the critical level but for a chance
// beta. 2.71 + 3.29 sqrt(b + sigma^2) for 0.05 each where b is large.
IA_API double ia_detectable_counts(double b, double sigma, double alpha, double beta);

IA_END
#endif
