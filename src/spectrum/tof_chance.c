// src/spectrum/tof_chance.c: what chance would tell, from peaks moved to where no ion is.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_told.h"

#include <math.h>

// Away from where isotopes of any charge are.
const double ia_tof_shifts[IA_TOF_SHIFTS] = {-0.59, -0.41, -0.29, -0.18,
                                             0.18,  0.29,  0.41,  0.59};

// Of the ions of a stage told with this probability and more, the share that chance would
// tell.
static double share_from(const ia_tof_job *job, bool molecules, double least,
                         const double *decoys, size_t n)
{
    double told = 0, by_chance = 0;

    for (size_t k = 0; k < job->n_told; k++)
        told +=
            job->told[k].is_molecule == molecules && job->told[k].probability >= least;
    for (size_t k = 0; k < n; k++)
        by_chance += decoys[k] >= least;
    return by_chance / IA_TOF_SHIFTS / told;
}

// Ions of a stage are told from the probability on above which hardly any is there by
// chance; how many are withheld.
size_t ia_tof_withhold(ia_tof_job *job, bool molecules, const double *decoys, size_t n)
{
    const double most = 0.15; // of those told
    double least = INFINITY;
    size_t before = job->n_told;

    for (size_t k = 0; k < job->n_told; k++) {
        double limit = job->told[k].probability;
        if (job->told[k].is_molecule != molecules)
            continue;
        if (share_from(job, molecules, limit, decoys, n) <= most)
            least = fmin(least, limit);
    }
    for (size_t k = job->n_told; k > 0; k--)
        if (job->told[k - 1].is_molecule == molecules &&
            job->told[k - 1].probability < least)
            ia_tof_forget(job, k - 1);
    job->out.n_withheld += before - job->n_told;
    return before - job->n_told;
}
