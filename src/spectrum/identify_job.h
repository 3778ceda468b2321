// src/spectrum/identify_job.h: what is at hand while a spectrum is identified.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_IDENTIFY_JOB_H
#define IA_SPECTRUM_IDENTIFY_JOB_H

#include "spectrum/lost_lines.h"

enum { NOTES_MAX = 4096 };

typedef struct {
    ia_ctx *ctx;
    const ia_spectrum *spectrum;
    ia_identification out;
    double n_ions;     // in the bins
    size_t n_occupied; // bins
    bool is_made_up;   // told as if a saturated peak held all its ions
    ia_lost_line lost; // that line, or another that was told so; part 0 for none
    double n_broken;   // ions whose m/n is no whole number
    char notes[NOTES_MAX];
} identifying;

// A warning that stays with the result.
void ia_identify_note(identifying *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// The ions of a spectrum by the way asked for.
ia_status ia_identify_tell(const identifying *job, const ia_identify_params *params,
                           const ia_spectrum *spectrum, const ia_peaks *peaks,
                           ia_assignment *out);
// On the scale that was found, with the elements that were: else weak peaks of their
// molecules may be taken for atoms far out, and these draw a scale that begins anew.
ia_status ia_identify_tell_from(const identifying *job, const ia_identify_params *params,
                                const ia_spectrum *spectrum, const ia_peaks *peaks,
                                ia_assignment *out);
// Tells the ions as if a peak held all that others ask for, where that is likelier.
ia_status ia_identify_make_up(identifying *job, const ia_identify_params *params);
// An assignment that explains nothing, in the place of none.
ia_status ia_identify_nothing(identifying *job);
// Of the ions in peaks, those of peaks without an explanation.
double ia_identify_left(const ia_peaks *peaks, const ia_assignment *a, size_t *n_left);
// Begins again where the choice ended early; tells nothing, with a note that says why,
// where the mass scale is another or jumps, or the ions leave most of the peaks.
ia_status ia_identify_doubt(identifying *job, const ia_identify_params *params);
// A note of the ions that were told, but lead no peak and so have no range.
void ia_identify_note_unranged(identifying *job);

#endif
