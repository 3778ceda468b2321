// src/spectrum/label_text.h: what speaks for and against an ion, in words.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SPECTRUM_LABEL_TEXT_H
#define IA_SPECTRUM_LABEL_TEXT_H

#include <ionatlas/label.h>

enum { IA_LABEL_TEXT_MAX = 400, IA_LABEL_TEXT_LINES = 4 };

// Sentences parted by "; ".
typedef struct {
    char pro[IA_LABEL_TEXT_MAX], con[IA_LABEL_TEXT_MAX];
    unsigned n_pro, n_con; // lines told so far: no more than IA_LABEL_TEXT_LINES of each
} ia_label_text;

// A line of the ion with `due` ions expected: as strong as that, or missing.
void ia_label_text_line(ia_label_text *text, bool seen, double mass, double net,
                        double due);
// An element of the ion: seen elsewhere or not.
void ia_label_text_element(ia_label_text *text, unsigned z, bool seen, bool atom);
// Distance, the part of the peak that it can be, and what the account has.
void ia_label_text_rest(ia_label_text *text, const ia_label *label);

// What the account gives of a peak to a kind of ion (NULL: to the one with the largest
// share): ion NULL and share 0 for nothing, share NAN without account or peak.
typedef struct {
    const ia_ion *ion;         // borrowed
    double share, probability; // of the peak; of the ion, NAN where it is not told there
} ia_label_told;
ia_label_told ia_label_told_at(const ia_assignment *account, int32_t peak,
                               const ia_ion *kind);

#endif
