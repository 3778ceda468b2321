// src/project/range_words.c: what a range is of and where it comes from, in words.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/steps.h"

#include <stdio.h>
#include <string.h>

// "56Fe", "27Al2 16O"; "" where the range holds more than one isotope.
static void name_isotope(const ia_ion *ion, double lo, double hi, char *text, size_t n)
{
    ia_ion one;
    size_t used = 0;

    text[0] = '\0';
    if (!ia_ion_isotope_in(ion, lo, hi, &one))
        return;
    for (size_t i = 0; i < one.n_parts && used < n; i++) {
        const ia_ion_part *p = &one.parts[i];
        char count[8] = "";
        if (p->count > 1)
            snprintf(count, sizeof count, "%u", (unsigned)p->count);
        used += (size_t)snprintf(text + used, n - used, "%s%u%s%s", i ? " " : "",
                                 (unsigned)p->a, ia_element_of(p->z)->symbol, count);
    }
}

// The rule of `autorange`, a file, or a person's edits; of a file that was edited it is
// not kept which.
static const char *rule_of(const ia_state *state, const ia_ion *ion, double lo)
{
    if (strcmp(state->ranges.format, "auto") != 0)
        return state->ranging.edits[0] ? "file or hand" : "file";
    if (!ia_evidence_of(state, ion, lo))
        return "hand";
    return ia_rule_name((ia_rule)state->autorange_params.rule);
}

ia_status ia_add_range_words(ia_ctx *ctx, const ia_state *state, ia_table *table)
{
    char **isotope = ia_table_add(ctx, table, "isotope", IA_TEXT);
    char **rule = isotope ? ia_table_add(ctx, table, "rule", IA_TEXT) : NULL;

    if (!rule)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < table->n_rows; i++) {
        const ia_ion *ion = &state->ranges.ions[state->ranger.ion[i]];
        double lo = state->ranger.lo[i];
        char name[IA_ION_NAME];
        name_isotope(ion, lo, state->ranger.hi[i], name, sizeof name);
        if (!(isotope[i] = ia_text(ctx, name)) ||
            !(rule[i] = ia_text(ctx, rule_of(state, ion, lo))))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}
