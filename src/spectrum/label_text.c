// src/spectrum/label_text.c: what speaks for and against an ion, in words.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/label_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list values;

    if (used)
        used += (size_t)snprintf(text + used, IA_LABEL_TEXT_MAX - used, "; ");
    if (used >= IA_LABEL_TEXT_MAX)
        return;
    va_start(values, format);
    vsnprintf(text + used, IA_LABEL_TEXT_MAX - used, format, values);
    va_end(values);
}

void ia_label_text_line(ia_label_text *text, bool seen, double mass, double net,
                        double due)
{
    unsigned *n = seen ? &text->n_pro : &text->n_con;

    if ((*n)++ >= IA_LABEL_TEXT_LINES)
        return;
    add(seen ? text->pro : text->con, "%.3f Da holds %.4g ions of %.4g due", mass,
        fmax(0, round(net)), fmax(1, round(due)));
}

void ia_label_text_element(ia_label_text *text, unsigned z, bool seen, bool atom)
{
    const char *symbol = ia_element_of(z)->symbol;

    if (seen)
        add(text->pro, atom ? "%s has other charges too" : "%s is seen elsewhere",
            symbol);
    else if (!atom)
        add(text->con, "%s is not seen elsewhere", symbol);
}

void ia_label_text_rest(ia_label_text *text, const ia_label *label)
{
    const double far = -2, part = 0.9; // two standard deviations; of the peak

    if (label->place < far)
        add(text->con, "%.4f Da off its place, %.1f standard deviations", label->offset,
            sqrt(-2 * label->place));
    if (label->share_most < part)
        add(text->con, "no more than %.2g %% of the peak", 100 * label->share_most);
    if (label->share_told > 0)
        add(text->pro, "the account gives it %.3g %% of the peak",
            100 * label->share_told);
}

ia_label_told ia_label_told_at(const ia_assignment *account, int32_t peak,
                               const ia_ion *kind)
{
    ia_label_told told = {NULL, NAN, NAN};

    if (!account || peak < 0)
        return told;
    told.share = 0;
    for (size_t i = 0; i < account->n_isotopes; i++) {
        const ia_isotope_evidence *e = &account->isotopes[i];
        const ia_identified *x = &account->ions[e->ion];
        if (e->peak == peak && e->share > told.share &&
            (!kind || ia_ion_is_equal(&x->ion, kind)))
            told = (ia_label_told){&x->ion, e->share, x->probability};
    }
    return told;
}
