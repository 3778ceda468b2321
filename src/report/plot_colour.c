// src/report/plot_colour.c: colours and names of ions for the static figures, as in the
// report.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kind_list.h"
#include "report/plot_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// Those of web/src/colour.ts.
static const uint32_t hues[] = {0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00,
                                0x56B4E9, 0x00466E, 0x8A3D00, 0x00634A, 0x8F4A70,
                                0x946600, 0x2F7FB0, 0x7AA6D6, 0xF0A36E, 0x6CC5A6,
                                0xE6B8D2, 0xC9B458, 0xA9A9C8};
enum { N_HUES = sizeof hues / sizeof hues[0] };

typedef struct {
    char matter[IA_FIELD_TEXT_MAX]; // "Fe:1 O:1", or the name of a label
    uint64_t ions;
    size_t kind;
} entry;

static int by_falling_ions(const void *a, const void *b)
{
    const entry *left = a, *right = b;
    if (left->ions != right->ions)
        return left->ions < right->ions ? 1 : -1;
    return (left->kind > right->kind) - (left->kind < right->kind);
}

static void fill_entry(const ia_state *state, size_t kind, entry *out)
{
    const ia_ion *ion = &state->ranges.ions[kind];
    *out = (entry){.kind = kind};
    const ia_nuclide_list own = ia_ranges_own(&state->ranges);
    ia_atom_kind_tally(&own, ion, out->matter, sizeof out->matter);
    if (ion->n_parts == 0)
        memcpy(out->matter, ion->name, sizeof ion->name);
    for (size_t i = 0; i < state->ranger.n && i < state->counts.n; i++)
        if ((size_t)state->ranger.ion[i] == kind)
            out->ions += state->counts.counts[i];
}

ia_status plot_colours(ia_ctx *ctx, const ia_state *state, uint32_t **out)
{
    size_t n = state->ranges.n_ions, n_matters = 0;
    entry *entries = ia_array(ctx, n, sizeof *entries);
    uint32_t *colours = ia_array(ctx, n, sizeof *colours);
    if (!entries || !colours) {
        free(colours);
        free(entries);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        fill_entry(state, i, &entries[i]);
    qsort(entries, n, sizeof *entries, by_falling_ions);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < i && strcmp(entries[k].matter, entries[i].matter) != 0)
            k++;
        colours[entries[i].kind] =
            k < i ? colours[entries[k].kind] : hues[n_matters++ % N_HUES];
    }
    free(entries);
    *out = colours;
    return IA_OK;
}

uint32_t plot_colour_named(const ia_state *state, const uint32_t *colours,
                           const char *name)
{
    size_t n_chars = strcspn(name, "-+");
    ia_atom_kind kind = ia_atom_kind_of(name, n_chars);
    const ia_nuclide_list own = ia_ranges_own(&state->ranges);
    for (size_t i = 0; i < state->ranges.n_ions; i++) {
        const ia_ion *ion = &state->ranges.ions[i];
        if (strcmp(ion->name, name) == 0 || (kind.z > 0 && ia_ion_atoms(ion) == 1 &&
                                             ia_atom_kind_count(&own, ion, kind) == 1))
            return colours[i];
    }
    return hues[0];
}

// Letters, digits and a few signs; anything else could be taken for markup.
static void put_letters(FILE *stream, const char *text)
{
    for (; *text; text++)
        fputc(isalnum((unsigned char)*text) || strchr("+-.,:() ", *text) ? *text : ' ',
              stream);
}

void plot_put_plain(FILE *stream, const char *text)
{
    fputc('\'', stream);
    put_letters(stream, text);
    fputc('\'', stream);
}

void plot_put_ion(FILE *stream, const ia_ion *ion)
{
    if (ion->n_parts == 0)
        put_letters(stream, ion->name);
    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_ion_part *part = &ion->parts[i];
        const ia_element *element = ia_element_of(part->z);
        if (part->a > 0)
            fprintf(stream, "^{%u}", part->a);
        fputs(element ? element->symbol : "?", stream);
        if (part->count > 1)
            fprintf(stream, "_{%u}", part->count);
    }
    if (ion->n_parts > 0 && ion->charge == 1)
        fputs("^{+}", stream);
    else if (ion->n_parts > 0 && ion->charge > 1)
        fprintf(stream, "^{%u+}", ion->charge);
}
