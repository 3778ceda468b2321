// src/io/range_text.h: what the text formats of ranges have in common.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_RANGE_TEXT_H
#define IONATLAS_IO_RANGE_TEXT_H

#include <ionatlas/ranges.h>

#include "io/text.h"

// Different names that an ion is put together from: so many do not fit in a label.
enum { IA_RECIPE_NAMES = IA_ION_NAME + 1 };

// An ion put together from names and counts. All-zero is empty.
typedef struct {
    ia_ion ion;
    bool is_label;  // a name was no formula, or there are too many atoms
    size_t n_added; // names and counts, whether equal or not
    struct {
        char text[IA_ION_NAME];
        unsigned count;
    } names[IA_RECIPE_NAMES]; // (n_names) each once, as they came
    size_t n_names;
} ia_recipe;

void ia_recipe_add(ia_recipe *recipe, const ia_ion *what, unsigned count);
// The ion: a formula, else the label `name` (of n characters), else the names and counts.
ia_ion ia_recipe_ion(const ia_recipe *recipe, ia_span name);
ia_ion ia_span_ion(ia_span formula);
// A label that does not read as a formula: "Co", of C:1 and o:1, becomes "Co?".
ia_ion ia_span_label(ia_span name);

// More kinds of ion than any measurement has.
enum { IA_KINDS_MAX = 10000 };

// Add an ion, or an ion and a range of it. IA_ERR_MEMORY, or IA_ERR_FORMAT naming the
// line when there are more than IA_KINDS_MAX.
ia_status ia_ranges_list(ia_ctx *ctx, ia_ranges *ranges, const ia_ion *ion, size_t line,
                         uint32_t *index);
ia_status ia_ranges_take(ia_ctx *ctx, ia_ranges *ranges, const ia_ion *ion,
                         const ia_range *range);

// Check what was read and hand it over: `ranges` is cleared or moved to `out`.
ia_status ia_ranges_finish(ia_ctx *ctx, ia_status st, const char *format,
                           ia_ranges *ranges, ia_ranges *out);

// A whole number of atoms, "2" or "2.000".
bool ia_span_atoms(ia_span text, unsigned *count);

// What a format can hold of a range beside its bounds and its elements.
enum {
    IA_HOLDS_CHARGE = 1u << 0,
    IA_HOLDS_ISOTOPES = 1u << 1,
    IA_HOLDS_VOLUME = 1u << 2,
    IA_HOLDS_COLOUR = 1u << 3,
    IA_HOLDS_DEUTERIUM = 1u << 4, // of isotopes, no other
};

// Warn of what a format does not hold, once for each: charges and isotopes that reading
// the file again will not bring back, atomic volumes, colours.
void ia_ranges_warn_lost(ia_ctx *ctx, const ia_ranges *ranges, const char *format,
                         unsigned holds);
// Ions whose names have the character.
size_t ia_ranges_names_with(const ia_ranges *ranges, char character);

// IA_ERR_IO when the stream (a FILE *) has failed.
ia_status ia_stream_check(ia_ctx *ctx, void *stream);

#endif
