// include/ionatlas/correlation.h: size, amount and composition of precipitates from how
// composition is correlated, without a threshold.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CORRELATION_H
#define IONATLAS_CORRELATION_H

#include <ionatlas/honest.h>
#include <ionatlas/knn.h>

IA_BEGIN

typedef struct {
    char from[64]; // elements or ions, "" for every solute
    double r_max;  // largest distance, nm; 0: a third of the specimen's width, 1 to 10
    double resolution; // standard deviation of positions, nm; 0: fitted
    size_t n_shuffles; // label shuffles to compare with
    size_t n_most;     // ions used; of more, so many at random
    uint64_t seed;
} ia_correlation_params;
IA_API extern const ia_method ia_correlation_method;
IA_API ia_correlation_params ia_correlation_defaults(void);

// What the correlation function looks like.
typedef enum {
    IA_NO_SIGNAL, // as under shuffled labels
    IA_PARTICLES, // spheres in a matrix
    IA_WAVES,     // interconnected unmixing with a wavelength
} ia_correlation_kind;

// A value with its standard error and the interval that holds it 95 times in 100, by
// block bootstrap, wider by what cutting particles into blocks takes away; NAN where it
// is not known. The upper end of a radius is INFINITY where larger ones than half of
// r_max would have to be looked for.
typedef struct {
    double value, sigma, lo, hi;
} ia_bounded;

enum { IA_CORRELATION_POINTS = 26, IA_CORRELATION_Q = 60 };

// Of one species. Compositions are shares of the ranged ions, 0 to 1.
typedef struct {
    char species[IA_ION_NAME];
    size_t n_ions, n_shuffles;
    ia_correlation_kind kind;
    double share;         // of the species in the specimen
    double p, p_holm;     // of such a curve under shuffled labels
    ia_bounded amplitude; // of the correlation function at r = 0, free of counting noise
    // Particles: mean radius of a log-normal distribution, nm; its standard deviation
    // over the mean; resolution, nm; volume fraction; composition of particles and of the
    // matrix; particles per nm^3.
    ia_bounded radius, spread, blur, fraction, particle_share, matrix_share, density;
    // Waves: wavelength, nm; coherence length, nm; half the swing of the composition.
    ia_bounded wavelength, coherence, swing;
    double chi_particles, chi_waves;             // of the fits
    ia_steadiness steady_amplitude, steady_size; // of `radius` or `wavelength`, nm
    double r[IA_CORRELATION_POINTS];             // nm
    double gamma[IA_CORRELATION_POINTS], sigma[IA_CORRELATION_POINTS];
    double null_lo[IA_CORRELATION_POINTS], null_hi[IA_CORRELATION_POINTS]; // 95 % band
    double fit[IA_CORRELATION_POINTS]; // of the kind that fits better; NAN: no signal
    double q[IA_CORRELATION_Q], intensity[IA_CORRELATION_Q],
        intensity_fit[IA_CORRELATION_Q]; // nm^-1, nm^3: transform of gamma and of fit
} ia_correlation;

typedef struct {
    ia_correlation *list; // (n)
    size_t n;
} ia_correlations;

// Too few ions of a species, or ions that fill no volume: left out with a sentence as a
// warning. Cost: n_shuffles + 27 counts of the pairs among n_most ions and 120 fits of a
// few ms. Same bits on any number of threads. After Zhao et al. 2018, Acta Materialia
// 154, 106.
IA_API ia_status ia_correlations_compute(ia_ctx *ctx, const ia_knn_input *input,
                                         const ia_correlation_params *params,
                                         ia_correlations *out);
IA_API void ia_correlations_clear(ia_correlations *correlations);
// "correlation": one row per species; "gamma_<species>": r_nm, gamma, sigma_gamma,
// null_lo, null_hi, fit; "correlation_parts": one row per species, height and size in
// halves and 70 % of the ions; "scattering_<species>": q_per_nm, intensity_nm3, fit_nm3.
IA_API ia_status ia_correlations_tables(ia_ctx *ctx, const ia_correlations *correlations,
                                        ia_result *result);

IA_END
#endif
