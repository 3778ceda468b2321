// include/ionatlas/projection_drift.h: whether image compression, centre and field factor
// of a run change on the way, from the planes of its poles part by part.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PROJECTION_DRIFT_H
#define IONATLAS_PROJECTION_DRIFT_H

#include <ionatlas/projection_fit.h>

IA_BEGIN

enum { IA_FIT_PARTS_MOST = 32 };

// Errors are of the part alone; what is wrong with all parts alike is in those of the
// run.
typedef struct {
    size_t first, last; // ions; `last` is the first of the next part
    double depth[2];    // of the apex there with the run's constants, nm
    size_t n_poles;     // whose planes are seen
    bool is_fitted;     // else too few: its constants are NAN
    double icf, sigma_icf, kf, sigma_kf;
    double centre[2], sigma_centre[2]; // mm
} ia_fit_part;

// That a constant is one for all parts. Chi-squared over its degrees, whose scale is that
// found among the poles, has an F distribution.
typedef struct {
    double chi2, degrees, p; // NAN: not tested
    bool drifts;             // p < 0.01
} ia_drift_test;

typedef struct {
    ia_fit_part parts[IA_FIT_PARTS_MOST];
    size_t n, n_fitted;
    ia_drift_test icf, kf, centre;
} ia_projection_drift;

// A run, and what `fit` was found from.
typedef struct {
    const ia_ions *ions;
    const ia_reconstruct_params *params; // constants of the run: those of the fit
    const ia_projection_fit_params *fit_params;
    double centre[2]; // as it was known before the fit, to fit_params->centre_doubt; mm
} ia_drift_input;

/*
   Parts of equally many ions, as many as fit_params->fit_parts says, with the orientation
   of `fit`, since the crystal does not turn. Of each pole of eight families in view, the
   strongest wave through its ions of a part says where its planes face the detector and
   how far apart they are. How far a pole is aside, or its spacing off, in all parts alike
   is one unknown more of each and tells nothing of a drift. Parts with fewer than four
   poles are left out; with fewer than two parts nothing is tested. kf is held where the
   radius does not follow the voltage. Where something drifts, poles of a run taken as one
   are smeared: then `fit` becomes that of their places with the drift taken out, and of
   the mean of the parts' kf. A reconstruction and some 20 ms per pole and part; twice
   that again, and a reconstruction for each part, where something drifts.
*/
IA_API ia_status ia_projection_drift_compute(ia_ctx *ctx, const ia_drift_input *input,
                                             ia_projection_fit *fit,
                                             ia_projection_drift *out);
// Whether something drifts; its constants then are rows of params->sections, by the ion
// in the middle of each part, and have no one sigma.
IA_API bool ia_projection_drift_use(const ia_projection_drift *drift,
                                    ia_reconstruct_params *params);
// A sentence each: what drifts, and parts that were left out.
IA_API void ia_projection_drift_tell(ia_ctx *ctx, const ia_projection_drift *drift);
// "fit_drift": chi-squared, degrees, p and drifts of each constant; "fit_parts": a row
// for each part.
IA_API ia_status ia_projection_drift_tables(ia_ctx *ctx, const ia_projection_drift *drift,
                                            ia_result *result);

IA_END
#endif
