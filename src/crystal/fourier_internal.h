// src/crystal/fourier_internal.h: what the parts of the structure factor share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_FOURIER_INTERNAL_H
#define IONATLAS_SRC_FOURIER_INTERNAL_H

#include "crystal/nufft.h"
#include "crystal/regions.h"

#include <ionatlas/fourier.h>
#include <ionatlas/parallel.h>

// Whether ions reach less far along an axis than the finest waves there are long: these
// are no places in space, and every one of their sums is as large as can be. Warned of.
bool ia_fourier_is_flat(ia_ctx *ctx, const ia_points *points, double k_lateral,
                        double k_depth);

// Hann weight of an ion at `offset` from the middle of a cube of this edge.
double ia_fourier_weight(const double offset[3], double edge);

// Spread the ions of a cube over the grid under the Hann window; their squared weights.
double ia_fourier_spread(const ia_regions *regions, const ia_nufft *nufft, size_t cube,
                         ia_nufft_room *room);

// Regions that would tell as much if they did not overlap: neighbours under Hann windows
// that overlap by half share (1/6)^2 of their noise.
static inline double ia_fourier_regions(size_t n)
{
    return fmax(1, (double)n / 1.18);
}

// Local maxima above chance, strongest first, without their errors. `floor` is the mean
// intensity of noise in each shell of wave numbers.
enum { IA_FOURIER_SHELLS = 64 };
typedef struct {
    double step; // of |k|, nm^-1
    double level[IA_FOURIER_SHELLS];
} ia_fourier_floor;
ia_status ia_fourier_find(ia_ctx *ctx, const ia_fourier_params *params, ia_fourier *f,
                          ia_fourier_floor *floor);

// Maxima of a band above `least`, the strongest, without those in the shadow of others:
// at most `room`, their number. Allocates nothing.
size_t ia_fourier_tops(const ia_fourier *f, double k_least, double least,
                       ia_reflection *out, size_t room);
// Whether a wave vector is in a band: wave numbers least, highest across the axis (x and
// y each) and along it.
bool ia_fourier_is_within(const double k[3], const double wave_numbers[3]);
// That no maximum of a whole band stands out, a sentence, where its p is above `chance`.
void ia_fourier_doubt(ia_ctx *ctx, double p, double chance);
// Wave vectors looked at in a band.
size_t ia_fourier_tested(const ia_fourier *f, double k_least);

// The strongest first: a grid sees those between its points too low.
void ia_fourier_sort(ia_reflection *reflections, size_t n);

// Climb in one cube alone; errors as those of a wave in Poisson noise.
void ia_fourier_climb(const ia_regions *regions, size_t cube, ia_reflection *r);

// Climb to the maximum of each reflection on the ions themselves; errors from how groups
// of regions differ.
ia_status ia_fourier_refine(ia_ctx *ctx, const ia_regions *regions, ia_fourier *f);

// Blur from how the intensity falls with k.
void ia_fourier_blur(ia_fourier *f);

#endif
