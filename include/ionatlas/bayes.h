// include/ionatlas/bayes.h: posterior over sets of ions, and over each ion, of groups
// whose patterns overlap.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_BAYES_H
#define IONATLAS_BAYES_H

#include <ionatlas/identify.h>

IA_BEGIN

// The way `bayes`: every candidate that the spectrum does not rule out, in connected
// groups. The same as ia_assign_fn asks for.
IA_API ia_status ia_bayes_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                  const ia_background *background, const ia_peaks *peaks,
                                  const ia_identify_params *params, ia_assignment *out);

// The way `joint`: the same with what trees propose (tof_trees.h) besides.
IA_API ia_status ia_joint_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                                  const ia_background *background, const ia_peaks *peaks,
                                  const ia_identify_params *params, ia_assignment *out);

IA_END
#endif
