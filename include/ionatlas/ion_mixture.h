// include/ionatlas/ion_mixture.h: a spectrum as a mixture of ions; the chances of each
// recorded ion to be of each kind.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_ION_MIXTURE_H
#define IONATLAS_ION_MIXTURE_H

#include <ionatlas/deconvolve.h>

IA_BEGIN

typedef struct {
    double fine_bin;    // m/n is told apart to this, Da; as the spectrum if that is finer
    size_t mix_rounds;  // of expectation and maximisation, at most
    double mix_change;  // of an amount, in standard deviations, that ends them
    double local;       // edge of the boxes in which chances are local, nm; 0: nowhere
    double local_prior; // ions of the whole specimen's mixture that each box is given
} ia_ion_mixture_params;
IA_API extern const ia_method ia_ion_mixture_method;
IA_API ia_ion_mixture_params ia_ion_mixture_defaults(void);

// What is mixed. All borrowed.
typedef struct {
    const ia_spectrum *spectrum;     // the finer its bins, the more is told
    const ia_background *background; // NULL or without a level: none
    const ia_peak_shape *shape;      // of every peak
    const ia_deconvolution *solved;  // ions, lines, windows, amounts to begin with
} ia_ion_mixture_input;

// Shares of the components in boxes of the specimen.
typedef struct {
    double origin[3], edge; // nm; edge 0: none
    size_t n[3];            // boxes along x, y, z
    float *amount;          // (n[2], n[1], n[0], n_ions + 1) relative, of a box
    size_t n_occupied;      // boxes with an ion in windows
} ia_ion_boxes;

// Components 0..n_ions - 1 are the ions in the order of the deconvolution, component
// n_ions is the background. Only bins inside windows (their wholes) take part.
typedef struct {
    ia_ion *ions; // (n_ions)
    size_t n_ions;
    double *counts;   // (n_ions + 1) of the whole spectrum; the background's: in windows
    double *estimate; // likewise, below zero by chance where `counts` is 0
    double *sigma;    // (n_ions + 1) root of the inverse information
    double shift;     // of all lines, widths: fitted, for places are not known exactly
    bool by_formula;  // the peaks' shape was fitted with the amounts; else as learnt
    double *history;  // (n_rounds + 1) log likelihood; never falls
    size_t n_rounds;
    double m_min, bin; // Da, of the bins
    size_t n_bins;
    uint32_t *first;     // (n_bins + 1) parts of bin b: first[b]..first[b + 1] - 1
    uint16_t *component; // (first[n_bins])
    float *density;      // likewise: share of the component's ions in the bin
    float *weight;       // likewise: chance that an ion of the bin is of it
    ia_ion_boxes boxes;
} ia_ion_mixture;

// `counts` are the amounts of greatest likelihood by expectation and maximisation
// (Vurpillot et al. 2019, Microscopy and Microanalysis 25, 367), begun at the
// deconvolution's and ended with steps of scoring, which are taken only where the
// likelihood rises. `estimate` is least squares, right on average. O(bins in windows x
// parts) a round, some 10 B per bin and part.
IA_API ia_status ia_ion_mixture_compute(ia_ctx *ctx, const ia_ion_mixture_input *input,
                                        const ia_ion_mixture_params *params,
                                        ia_ion_mixture *out);
// The same in each box of `params->local` nm, the densities as they are and the whole
// specimen's mixture worth `local_prior` ions in it: chances from then on are those of
// the box. O(ions x parts x rounds); 4 B per ion while it runs, then 4 B per box and
// component. IA_ERR_UNSUPPORTED without positions, IA_ERR_PARAM for more than 2^28 of
// these.
IA_API ia_status ia_ion_mixture_localize(ia_ctx *ctx, const ia_ions *ions,
                                         const ia_ion_mixture_params *params,
                                         ia_ion_mixture *mixture);
IA_API void ia_ion_mixture_clear(ia_ion_mixture *mixture);

// Parts of the bin of a mass: their number, 0 outside of windows, and the first of them.
IA_API size_t ia_ion_mixture_parts(const ia_ion_mixture *mixture, double mass,
                                   size_t *first);
// Chance that a recorded ion of this mass is of a component.
IA_API double ia_ion_mixture_weight(const ia_ion_mixture *mixture, double mass,
                                    size_t component);
// Atoms of element z expected in a recorded ion of this mass.
IA_API double ia_ion_mixture_atoms(const ia_ion_mixture *mixture, double mass,
                                   unsigned z);

// Chances as a computed column: (n, n_ions + 1) float. Borrows both.
typedef struct {
    const ia_ions *ions;
    const ia_ion_mixture *mixture;
} ia_ion_mixture_source;
IA_API ia_column ia_ion_mixture_column(const ia_ion_mixture_source *source);

// "mixture": component, counts, sigma_counts, estimate_counts, share. "mixture_fit":
// log_likelihood, rounds, bins, ambiguous_bins, shift_widths, peak_form, box_nm, boxes
// (with ions).
IA_API ia_status ia_ion_mixture_tables(ia_ctx *ctx, const ia_ion_mixture *mixture,
                                       ia_result *result);

IA_END
#endif
