// src/crystal/crystal.c: lattices by name or cell, with the symmetry of their group.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/crystal.h>

#include "io/text.h"

#include <math.h>
#include <spglib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double same_place = 1e-4; // fractions of the cell
enum { HALL_NUMBERS = 530, ATOMS_ASKED = 16 };

// Lattices with a name: group, cell in units of a, one atom.
typedef struct {
    const char *name;
    int space_group;
    double c_to_a, gamma, atom[3], a;
} named;

static const named names[] = {
    {"fcc", 225, 1, 90, {0, 0, 0}, 0.405},
    {"bcc", 229, 1, 90, {0, 0, 0}, 0.316},
    {"diamond", 227, 1, 90, {0, 0, 0}, 0.543},
    {"hcp", 194, 1.632993161855452, 120, {1.0 / 3, 2.0 / 3, 0.25}, 0.3},
};

// Numbers separated by commas; how many were read, and where they stopped.
static size_t read_numbers(const char *text, double *out, size_t most, const char **end)
{
    const char *stop = text + strlen(text), *after;
    size_t n = 0;
    double value;
    for (*end = text; n < most && text <= stop; text = after + 1) {
        if (!(after = ia_text_f64(text, stop, false, &value)) || !isfinite(value))
            break;
        out[n++] = value;
        *end = after;
        if (*after != ',')
            break;
    }
    return n;
}

static ia_status lay_cell(ia_ctx *ctx, ia_crystal *c)
{
    double cosines[3];
    bool valid = true;
    for (size_t k = 0; k < 3; k++) {
        cosines[k] = cos(c->cell[3 + k] * pi / 180);
        if (c->cell[3 + k] == 90)
            cosines[k] = 0;
        valid &= c->cell[k] > 1e-3 && c->cell[k] < 1e3 && c->cell[3 + k] > 5 &&
                 c->cell[3 + k] < 175;
    }
    double sine = sqrt(1 - cosines[2] * cosines[2]);
    double tilt = (cosines[0] - cosines[1] * cosines[2]) / sine;
    double height = 1 - cosines[1] * cosines[1] - tilt * tilt;
    if (!valid || !(height > 1e-6))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "crystal '%s': lengths (nm) and angles (degrees) make no cell",
                       c->name);
    const double rows[3][3] = {
        {1, 0, 0}, {cosines[2], sine, 0}, {cosines[1], tilt, sqrt(height)}};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            c->direct[i][k] = c->cell[i] * rows[i][k];
    double(*d)[3] = c->direct;
    double volume = d[0][0] * d[1][1] * d[2][2];
    for (size_t i = 0; i < 3; i++) {
        const double *p = d[(i + 1) % 3], *q = d[(i + 2) % 3];
        for (size_t k = 0; k < 3; k++) {
            size_t l = (k + 1) % 3, m = (k + 2) % 3;
            c->reciprocal[i][k] = (p[l] * q[m] - p[m] * q[l]) / volume;
        }
    }
    return IA_OK;
}

bool ia_crystal_has_size(const char *text)
{
    return strchr(text, ':') != NULL;
}

double ia_crystal_atomic_volume(const ia_crystal *crystal)
{
    const double(*d)[3] = crystal->direct; // lower triangle
    double volume = d[0][0] * d[1][1] * d[2][2];
    return crystal->n_atoms > 0 ? volume / (double)crystal->n_atoms : 0;
}

// Rhombohedral groups are listed with hexagonal axes first and their own next.
static int find_hall(const ia_crystal *c)
{
    bool hexagonal = c->cell[5] == 120;
    int first = 0;
    for (int hall = 1; hall <= HALL_NUMBERS; hall++) {
        SpglibSpacegroupType type = spg_get_spacegroup_type(hall);
        if (type.number != c->space_group)
            continue;
        if (strcmp(type.choice, "R") == 0 && !hexagonal)
            return hall;
        first = first ? first : hall;
    }
    return first;
}

// A turn of the cell as a Cartesian matrix of determinant 1; false where it is no
// rotation: the cell lacks that symmetry.
static bool turn_to_rotation(const ia_crystal *c, int turn[3][3], double out[3][3])
{
    double sign = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            out[i][k] = 0;
            for (size_t p = 0; p < 3; p++)
                for (size_t q = 0; q < 3; q++)
                    out[i][k] += c->direct[p][i] * turn[p][q] * c->reciprocal[q][k];
        }
    for (size_t k = 0; k < 3; k++) {
        size_t l = (k + 1) % 3, m = (k + 2) % 3;
        sign += out[0][k] * (out[1][l] * out[2][m] - out[1][m] * out[2][l]);
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            double dot = 0;
            for (size_t p = 0; p < 3; p++)
                dot += out[i][p] * out[k][p];
            if (fabs(dot - (i == k)) > 1e-3)
                return false;
        }
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++)
            out[i][k] *= sign < 0 ? -1 : 1;
    return true;
}

static void add_rotation(ia_crystal *c, double rotation[3][3])
{
    for (size_t r = 0; r < c->n_rotations; r++) {
        double off = 0;
        for (size_t i = 0; i < 9; i++)
            off += fabs(c->rotations[r][i / 3][i % 3] - rotation[i / 3][i % 3]);
        if (off < 1e-2)
            return;
    }
    if (c->n_rotations < IA_PROPER_MOST)
        memcpy(c->rotations[c->n_rotations++], rotation, sizeof c->rotations[0]);
}

static ia_status take_symmetry(ia_ctx *ctx, ia_crystal *c)
{
    int hall = find_hall(c);
    int n = hall ? spg_get_symmetry_from_database(c->turns, c->shifts, hall) : 0;
    if (n <= 0)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "crystal '%s': %d is no space group, 1 to 230 was expected",
                       c->name, c->space_group);
    c->n_ops = (size_t)n;
    for (size_t i = 0; i < c->n_ops; i++) {
        double rotation[3][3];
        if (!turn_to_rotation(c, c->turns[i], rotation))
            return ia_fail(ctx, IA_ERR_PARAM,
                           "crystal '%s': the cell lacks the symmetry of space group %d",
                           c->name, c->space_group);
        add_rotation(c, rotation);
    }
    return IA_OK;
}

// Every copy of an atom that the group makes; false when there are too many.
static bool add_atoms(ia_crystal *c, const double *atom)
{
    for (size_t op = 0; op < c->n_ops; op++) {
        double at[3];
        bool known = false;
        for (size_t k = 0; k < 3; k++) {
            at[k] = c->shifts[op][k];
            for (size_t l = 0; l < 3; l++)
                at[k] += c->turns[op][k][l] * atom[l];
            at[k] -= floor(at[k]);
        }
        for (size_t a = 0; a < c->n_atoms && !known; a++) {
            double off = 0;
            for (size_t k = 0; k < 3; k++) {
                double d = at[k] - c->atoms[a][k];
                off = fmax(off, fabs(d - round(d)));
            }
            known = off < same_place;
        }
        if (known)
            continue;
        if (c->n_atoms == IA_SPACE_OPS)
            return false;
        memcpy(c->atoms[c->n_atoms++], at, sizeof at);
    }
    return true;
}

static ia_status take_atoms(ia_ctx *ctx, const char *text, ia_crystal *c)
{
    for (size_t n = 0; *text; n++) {
        double atom[3];
        const char *end;
        if (n == ATOMS_ASKED || read_numbers(text, atom, 3, &end) != 3 ||
            (*end && *end != ';'))
            return ia_fail(ctx, IA_ERR_PARAM,
                           "crystal '%s': '%s' is no list of at most %d atoms x,y,z;...",
                           c->name, text, ATOMS_ASKED);
        if (!add_atoms(c, atom))
            return ia_fail(ctx, IA_ERR_PARAM,
                           "crystal '%s': more than %d atoms in a cell", c->name,
                           IA_SPACE_OPS);
        text = *end ? end + 1 : end;
    }
    return IA_OK;
}

static ia_status parse_cell(ia_ctx *ctx, const char *text, ia_crystal *c)
{
    const char *end;
    char *after = NULL;
    ia_status st;
    if (read_numbers(text, c->cell, 6, &end) == 6 && *end == ':')
        c->space_group = (int)strtol(end + 1, &after, 10);
    if (!after || after == end + 1 || (*after && *after != ':'))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "crystal '%s': cell:a,b,c,alpha,beta,gamma:N was expected, with N "
                       "the number of the space group",
                       c->name);
    if ((st = lay_cell(ctx, c)) != IA_OK || (st = take_symmetry(ctx, c)) != IA_OK)
        return st;
    return take_atoms(ctx, *after ? after + 1 : after, c);
}

static ia_status parse_named(ia_ctx *ctx, const named *kind, const char *text,
                             ia_crystal *c)
{
    double lengths[2] = {kind->a, 0};
    const char *end = text;
    ia_status st;
    size_t most = kind->c_to_a > 1 ? 2 : 1; // c is free where a does not tell it
    size_t n_read = *text ? read_numbers(text + 1, lengths, most, &end) : 0;
    bool no_length = lengths[0] == 0 || (n_read == 2 && lengths[1] == 0);
    if (*text && (n_read == 0 || *end || no_length))
        return ia_fail(ctx, IA_ERR_PARAM, "crystal '%s': %s%s was expected", c->name,
                       kind->name, most == 2 ? ":a,c in nm" : ":a in nm");
    if (lengths[1] == 0)
        lengths[1] = lengths[0] * kind->c_to_a;
    const double cell[6] = {lengths[0], lengths[0], lengths[1], 90, 90, kind->gamma};
    memcpy(c->cell, cell, sizeof cell);
    c->space_group = kind->space_group;
    if ((st = lay_cell(ctx, c)) != IA_OK || (st = take_symmetry(ctx, c)) != IA_OK)
        return st;
    add_atoms(c, kind->atom);
    return IA_OK;
}

ia_status ia_crystal_parse(ia_ctx *ctx, const char *text, ia_crystal *out)
{
    static const char cell[] = "cell:";
    ia_crystal c = {0};
    ia_status st = IA_ERR_PARAM;
    bool known = false;
    snprintf(c.name, sizeof c.name, "%s", text);
    if (strncmp(text, cell, strlen(cell)) == 0) {
        known = true;
        st = parse_cell(ctx, text + strlen(cell), &c);
    }
    for (size_t i = 0; !known && i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i].name);
        known = strncmp(text, names[i].name, n) == 0 && (!text[n] || text[n] == ':');
        if (known)
            st = parse_named(ctx, &names[i], text + n, &c);
    }
    if (!known)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "'%s' is no crystal: fcc, bcc, hcp, diamond or "
                       "cell:a,b,c,alpha,beta,gamma:N was expected",
                       text);
    if (st == IA_OK)
        *out = c;
    return st;
}
