// src/io/rng_write.c: writing RNG range files, with a polyatomic part for molecular ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/formats_internal.h"
#include "io/range_text.h"

// The columns of a table: kinds of ion, and the colour of each.
typedef struct {
    ia_ranges kinds; // its ions alone
    uint32_t *colours;
} table;

static void table_clear(table *t)
{
    ia_ranges_clear(&t->kinds);
    free(t->colours);
}

// Ions of several atoms have a column of the polyatomic part, if their name is one word.
static bool is_molecule(const ia_ion *ion)
{
    return ia_ion_atoms(ion) > 1 && !strchr(ion->name, ' ');
}

// A part of an ion standing alone: one atom of an element or nuclide.
static ia_ion atom_of(const ia_ion_part *part)
{
    ia_ion atom = {0};

    ia_ion_add(&atom, part->z, part->a, 1);
    ia_ion_rename(&atom);
    return atom;
}

static ia_ion without_charge(const ia_ion *ion)
{
    ia_ion bare = *ion;

    bare.charge = 0;
    ia_ion_rename(&bare);
    return bare;
}

// Columns of the first table: labels, and single atoms that the other ions are made of.
static ia_status list_atoms(ia_ctx *ctx, const ia_ranges *ranges, table *t)
{
    ia_status st = IA_OK;
    uint32_t index;

    for (size_t i = 0; i < ranges->n_ions && st == IA_OK; i++) {
        const ia_ion *ion = &ranges->ions[i];
        if (ion->n_parts == 0)
            st = ia_ranges_add_ion(ctx, &t->kinds, ion, &index);
        for (size_t k = 0; k < ion->n_parts && st == IA_OK; k++) {
            ia_ion atom = atom_of(&ion->parts[k]);
            st = ia_ranges_add_ion(ctx, &t->kinds, &atom, &index);
        }
    }
    return st;
}

static ia_status list_molecules(ia_ctx *ctx, const ia_ranges *ranges, table *t)
{
    ia_status st = IA_OK;
    uint32_t index;

    for (size_t i = 0; i < ranges->n_ranges && st == IA_OK; i++) {
        const ia_ion *ion = &ranges->ions[ranges->ranges[i].ion];
        if (is_molecule(ion)) {
            ia_ion bare = without_charge(ion);
            st = ia_ranges_add_ion(ctx, &t->kinds, &bare, &index);
        }
    }
    return st;
}

// Give each column the colour of the first range that is of this ion and no other.
static ia_status colour(ia_ctx *ctx, const ia_ranges *ranges, table *t)
{
    const ia_ranges *kinds = &t->kinds;

    if (!(t->colours = ia_array(ctx, kinds->n_ions, sizeof *t->colours)))
        return IA_ERR_MEMORY;
    for (size_t i = ranges->n_ranges; i-- > 0;) {
        const ia_range *range = &ranges->ranges[i];
        for (size_t k = 0; k < kinds->n_ions; k++)
            if (ia_ion_is_same_matter(&kinds->ions[k], &ranges->ions[range->ion]))
                t->colours[k] = range->colour;
    }
    return IA_OK;
}

// A name as one word that is no row of dashes.
static void write_name(FILE *out, const char *name)
{
    for (; *name; name++)
        fputc((unsigned char)*name <= ' ' ? '_' : *name, out);
}

static void write_list(FILE *out, const table *t, size_t n_rows)
{
    fprintf(out, "%zu %zu\n", t->kinds.n_ions, n_rows);
    for (size_t k = 0; k < t->kinds.n_ions; k++) {
        const char *name = t->kinds.ions[k].name;
        write_name(out, name);
        fputc('\n', out);
        write_name(out, name);
        for (int shift = 16; shift >= 0; shift -= 8) {
            char part[IA_F64_TEXT];
            double level = (double)(t->colours[k] >> shift & 0xFF) / 255;
            ia_f64_text((double)(long)(level * 1e4 + 0.5) / 1e4, part);
            fprintf(out, " %s", part);
        }
        fputc('\n', out);
    }
    fputs("-------------------", out);
    for (size_t k = 0; k < t->kinds.n_ions; k++) {
        fputc(' ', out);
        write_name(out, t->kinds.ions[k].name);
    }
    fputc('\n', out);
}

// How many of a column's ion are in an ion: 1 for itself, atoms for a part of it.
static unsigned count_in(const ia_ion *ion, const ia_ion *column)
{
    if (ia_ion_is_same_matter(ion, column))
        return 1;
    for (size_t i = 0; column->n_parts == 1 && i < ion->n_parts; i++) {
        const ia_ion_part *part = &ion->parts[i], *of = &column->parts[0];
        if (of->count == 1 && part->z == of->z && part->a == of->a)
            return part->count;
    }
    return 0;
}

static void write_rows(FILE *out, const ia_ranges *ranges, const table *t, bool molecules)
{
    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_range *range = &ranges->ranges[i];
        const ia_ion *ion = &ranges->ions[range->ion];
        char lo[IA_F64_TEXT], hi[IA_F64_TEXT];
        if (molecules && !is_molecule(ion))
            continue;
        ia_f64_text(range->lo, lo);
        ia_f64_text(range->hi, hi);
        fprintf(out, ". %s %s", lo, hi);
        for (size_t k = 0; k < t->kinds.n_ions; k++) {
            bool same = ia_ion_is_same_matter(ion, &t->kinds.ions[k]);
            fprintf(out, " %u", molecules ? same : count_in(ion, &t->kinds.ions[k]));
        }
        fputc('\n', out);
    }
}

static size_t count_molecules(const ia_ranges *ranges)
{
    size_t n = 0;

    for (size_t i = 0; i < ranges->n_ranges; i++)
        n += is_molecule(&ranges->ions[ranges->ranges[i].ion]);
    return n;
}

static size_t count_recoloured(const ia_ranges *ranges, const table *t)
{
    size_t n = 0;

    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_range *range = &ranges->ranges[i];
        for (size_t k = 0; k < t->kinds.n_ions; k++)
            n += ia_ion_is_same_matter(&t->kinds.ions[k], &ranges->ions[range->ion]) &&
                 t->colours[k] != range->colour;
    }
    return n;
}

// A column has one colour, ranges of its ion may have several; and its name is one word.
static void warn_lost(ia_ctx *ctx, const ia_ranges *ranges, const table *atoms,
                      const table *molecules)
{
    size_t n = count_recoloured(ranges, atoms) + count_recoloured(ranges, molecules);
    size_t n_names = ia_ranges_names_with(ranges, ' ');

    ia_ranges_warn_lost(ctx, ranges, "RNG", IA_HOLDS_ISOTOPES | IA_HOLDS_COLOUR);
    if (n > 0)
        ia_warn(ctx, "RNG holds one colour an ion: %zu ranges lose theirs", n);
    if (n_names > 0)
        ia_warn(ctx, "RNG holds names of one word: %zu lose their spaces", n_names);
}

ia_status ia_rng_write(ia_ctx *ctx, const ia_ranges *ranges, void *stream)
{
    table atoms = {0}, molecules = {0};
    size_t n_molecules = count_molecules(ranges);
    ia_status st;

    if ((st = list_atoms(ctx, ranges, &atoms)) != IA_OK ||
        (st = colour(ctx, ranges, &atoms)) != IA_OK ||
        (st = list_molecules(ctx, ranges, &molecules)) != IA_OK ||
        (st = colour(ctx, ranges, &molecules)) != IA_OK)
        goto done;
    warn_lost(ctx, ranges, &atoms, &molecules);
    write_list(stream, &atoms, ranges->n_ranges);
    write_rows(stream, ranges, &atoms, false);
    if (n_molecules > 0) {
        fputs("\n--- polyatomic extension\n", stream);
        write_list(stream, &molecules, n_molecules);
        write_rows(stream, ranges, &molecules, true);
    }
    st = ia_stream_check(ctx, stream);
done:
    table_clear(&molecules);
    table_clear(&atoms);
    return st;
}
