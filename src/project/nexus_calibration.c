// src/project/nexus_calibration.c: what NXapm asks of a calibration of m/n, beside the
// step's own record.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#define PROBE      PROJECT_ENTRY "/atom_probe1"
#define CONVERSION PROBE "/mass_to_charge_conversion"
#define BOWL       PROBE "/voltage_and_bowl"

// m/dm of the largest peak at a half and a tenth of its maximum.
static ia_status put_resolution(ia_h5 *h5, const ia_calibrated_peak *peak)
{
    const double parts[] = {0.5, 0.1};
    const double power[] = {peak->mass / peak->fwhm[2], peak->mass / peak->fwtm[2]};
    char name[IA_H5_NAME_MAX];
    ia_status st;
    if ((st = ia_h5_put_array(h5, CONVERSION "/config/mass_resolution",
                              &(ia_h5_array){IA_F64, 2, 0, power, ""})) != IA_OK ||
        (st = ia_h5_put_array(h5, CONVERSION "/config/mass_resolution_fw",
                              &(ia_h5_array){IA_F64, 2, 0, parts, ""})) != IA_OK)
        return st;
    for (int i = 1; i <= 2 && st == IA_OK; i++) {
        project_name(name, CONVERSION "/config/mass_resolution_ion%d", i);
        if ((st = ia_h5_put_group(h5, name, "NXatom")) == IA_OK) {
            project_name(name, CONVERSION "/config/mass_resolution_ion%d/name", i);
            st = ia_h5_put_text(h5, name, peak->ion[0] ? peak->ion : PROJECT_UNKNOWN);
        }
    }
    return st;
}

static ia_status put_new(ia_h5 *h5, const ia_calibration *c)
{
    const ia_calibrated_peak *peak = ia_calibration_largest(c);
    ia_status st = ia_h5_put_group(h5, CONVERSION "/config", "NXparameters");
    if (st == IA_OK && peak)
        st = put_resolution(h5, peak);
    if (st != IA_OK || !ia_h5_has(h5, BOWL) || !c->from_times)
        return st;
    if (peak)
        st = ia_h5_put_f64(h5, BOWL "/config/correction_peak", peak->mass, "Da");
    return st == IA_OK ? ia_h5_put_f64(h5, BOWL "/tof_zero_estimate", c->t0.value, "ns")
                       : st;
}

// A project that gains steps keeps what an earlier calibration told.
static ia_status put_old(project_job *job)
{
    static const char *const names[] = {
        CONVERSION "/config", BOWL "/config/correction_peak", BOWL "/tof_zero_estimate"};
    ia_status st = IA_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && st == IA_OK; i++)
        if (ia_h5_has(job->old, names[i]) && !ia_h5_has(&job->h5, names[i]))
            st = ia_h5_copy(job->old, &job->h5, names[i]);
    return st;
}

bool project_is_calibrated(const project_job *job)
{
    return job->state->calibration.n_fit > 0 &&
           job->state->calibration.verdict == IA_CALIBRATED;
}

bool project_was_calibrated(const project_job *job)
{
    return job->old && ia_h5_has(job->old, CONVERSION "/config");
}

ia_status project_put_calibration(project_job *job)
{
    if (!ia_h5_has(&job->h5, CONVERSION))
        return IA_OK;
    if (project_is_calibrated(job))
        return put_new(&job->h5, &job->state->calibration);
    return project_was_calibrated(job) ? put_old(job) : IA_OK;
}
