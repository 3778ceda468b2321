// src/io/nxs_ranges.c: the ranges in NeXus NXapm files, ours and those of other programs.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/formats_internal.h"
#include "io/h5any.h"
#include "io/h5formats.h"
#include "io/range_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUNDS "mass_to_charge_range"
enum { ANY_ISOTOPE = 255, HASHES_MOST = 1024, CHARGE_MOST = 8, DEPTH_MOST = 32 };
enum { RANGES_MOST = 1000000 };

// What a walk through a file finds: the groups of ions, and whether there are columns.
typedef struct {
    ia_ctx *ctx;
    ia_h5 *h5;
    char **groups; // (n) of `room`, absolute
    size_t n, room;
    bool has_columns;
    ia_status st;
} finds;

static ia_status add_group(finds *f, const char *name, size_t length)
{
    if (f->n == IA_KINDS_MAX)
        return ia_fail(f->ctx, IA_ERR_FORMAT, "more than %d kinds of ion", IA_KINDS_MAX);
    if (f->n == f->room) {
        size_t room = 2 * f->room + 16;
        char **bigger = ia_array(f->ctx, room, sizeof *bigger);
        if (!bigger)
            return IA_ERR_MEMORY;
        if (f->n > 0)
            memcpy(bigger, f->groups, f->n * sizeof *bigger);
        free(f->groups);
        f->groups = bigger;
        f->room = room;
    }
    char *group = ia_textf(f->ctx, "/%.*s", (int)length, name);
    if (!group)
        return IA_ERR_MEMORY;
    f->groups[f->n++] = group;
    return IA_OK;
}

static bool ends_with(const char *name, size_t n, const char *end)
{
    size_t n_end = strlen(end);
    return n >= n_end && memcmp(name + n - n_end, end, n_end) == 0;
}

// Called for each object once; 0 to go on. The ranges that a charge state was inferred
// from repeat those of the ion and lie in a group of settings.
static herr_t look_at(hid_t file, const char *name, const H5O_info_t *info, void *user)
{
    finds *f = user;
    size_t n = strlen(name), depth = 0;
    (void)file;
    for (size_t i = 0; i < n; i++)
        depth += name[i] == '/';
    if (depth >= DEPTH_MOST)
        return -1;
    if (info->type != H5O_TYPE_DATASET)
        return 0;
    if (ends_with(name, n, "/mass_to_charge") ||
        ends_with(name, n, "/reconstructed_positions"))
        f->has_columns = true;
    if (!ends_with(name, n, "/" BOUNDS) || ends_with(name, n, "/config/" BOUNDS))
        return 0;
    f->st = add_group(f, name, n - sizeof BOUNDS);
    return f->st == IA_OK ? 0 : -1;
}

// Called for each link: the visit of objects follows none but plain ones. A link to
// bounds, or to a group with bounds, is as good as what it leads to.
static herr_t look_along(hid_t file, const char *name, const H5L_info_t *info, void *user)
{
    finds *f = user;
    char path[IA_H5_NAME_MAX];
    size_t n = strlen(name);
    (void)file;
    if (info->type == H5L_TYPE_HARD || n + sizeof "//" BOUNDS > sizeof path)
        return 0;
    bool is_bounds = ends_with(name, n, "/" BOUNDS);
    snprintf(path, sizeof path, "/%s", name);
    if (ends_with(name, n, "/config/" BOUNDS) ||
        (!is_bounds && !ia_h5_has_group(f->h5, path)))
        return 0;
    if (!is_bounds)
        strcat(path, "/" BOUNDS);
    if (ia_h5_has(f->h5, path))
        f->st = add_group(f, path + 1, strlen(path) - sizeof BOUNDS - 1);
    return f->st == IA_OK ? 0 : -1;
}

static ia_status find_groups(ia_h5 *h5, finds *f)
{
    f->h5 = h5;
    herr_t code =
        H5Ovisit2(h5->file, H5_INDEX_NAME, H5_ITER_NATIVE, look_at, f, H5O_INFO_BASIC);
    if (code >= 0)
        code = H5Lvisit(h5->file, H5_INDEX_NAME, H5_ITER_NATIVE, look_along, f);
    if (f->st != IA_OK)
        return f->st;
    return code < 0 ? ia_h5_fail(h5, "/") : IA_OK;
}

int ia_nxs_ranges_sniff(const unsigned char *bytes, size_t n)
{
    finds f = {0};
    ia_h5 h5;
    if (!ia_h5_begins(bytes, n) || ia_h5_open(NULL, "memory", bytes, n, &h5) != IA_OK)
        return 0;
    ia_status st = find_groups(&h5, &f);
    ia_h5_close(&h5);
    ia_h5_free_texts(f.groups, f.n);
    if (st != IA_OK || f.n == 0)
        return 0;
    return f.has_columns ? 80 : 97; // a file of ions is one, with ranges beside them
}

static size_t parent_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) : 0;
}

// By the group around, then ion2 before ion10.
static int by_place(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    size_t n_left = parent_length(left), n_right = parent_length(right);
    size_t n = n_left < n_right ? n_left : n_right;
    int order = memcmp(left, right, n);
    if (order != 0)
        return order;
    if (n_left != n_right)
        return n_left < n_right ? -1 : 1;
    size_t l = strlen(left), r = strlen(right);
    if (l != r)
        return l < r ? -1 : 1;
    return strcmp(left, right);
}

// An optional member of a group of an ion.
static bool has_member(ia_h5 *h5, const char *group, const char *member,
                       char name[IA_H5_NAME_MAX])
{
    return ia_h5_join(h5, group, member, name) == IA_OK && ia_h5_has(h5, name);
}

// One charge state, or one for each candidate that the writer could not tell apart.
static ia_status get_charge(ia_h5 *h5, const char *group, uint8_t *charge)
{
    char name[IA_H5_NAME_MAX];
    double values[HASHES_MOST];
    ia_h5_shape shape;
    *charge = 0;
    if (!has_member(h5, group, "charge_state", name))
        return IA_OK;
    ia_status st = ia_h5_any_values(h5, name, HASHES_MOST, values, &shape);
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < shape.n * shape.width; i++) {
        if (!(values[i] >= 0 && values[i] <= CHARGE_MOST) ||
            values[i] != floor(values[i]))
            return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s: %g is no charge state",
                           h5->path, name, values[i]);
        if (values[i] != values[0])
            return IA_OK; // they differ: unknown
    }
    *charge = shape.n > 0 ? (uint8_t)values[0] : 0;
    return IA_OK;
}

// False when there is no room or no such element: the ion becomes a label.
static ia_status add_atom(ia_h5 *h5, const char *name, double z, double a, ia_ion *ion,
                          bool *fits)
{
    if (!(z >= 1 && z <= 118 && a >= 0 && a <= 400) || z != floor(z) || a != floor(a) ||
        (a > 0 && z <= IA_Z_MAX && !ia_nuclide_of((unsigned)z, (unsigned)a)))
        return ia_fail(h5->ctx, IA_ERR_FORMAT,
                       "%s: %s: Z = %g with %g nucleons is no nuclide", h5->path, name, z,
                       a);
    *fits = *fits && z <= IA_Z_MAX && ia_ion_add(ion, (unsigned)z, (unsigned)a, 1);
    return IA_OK;
}

// Rows of nucleons (0: any isotope) and protons, zeros behind the last.
static ia_status get_list(ia_h5 *h5, const char *group, ia_ion *ion, bool *fits)
{
    char name[IA_H5_NAME_MAX];
    double values[2 * HASHES_MOST];
    ia_h5_shape shape = {0};
    ia_status st = IA_OK;
    if (!has_member(h5, group, "nuclide_list", name))
        return IA_OK;
    st = ia_h5_any_values(h5, name, 2 * HASHES_MOST, values, &shape);
    if (st == IA_OK && shape.width != 2)
        return IA_OK;
    for (size_t i = 0; i < shape.n && st == IA_OK; i++)
        if (values[2 * i] != 0 || values[2 * i + 1] != 0)
            st = add_atom(h5, name, values[2 * i + 1], values[2 * i], ion, fits);
    return st;
}

// Z + 256 N of each atom, N = 255 for any isotope (0 in older files), zeros behind the
// last; one row for each candidate. Candidates differ by isotopes: then these are open.
static ia_status get_hash(ia_h5 *h5, const char *group, ia_ion *ion, bool *fits)
{
    char name[IA_H5_NAME_MAX];
    double hashes[HASHES_MOST];
    ia_h5_shape shape = {0};
    ia_status st = IA_OK;
    if (!has_member(h5, group, "nuclide_hash", name))
        return IA_OK;
    st = ia_h5_any_values(h5, name, HASHES_MOST, hashes, &shape);
    bool is_table = shape.width > 1 && shape.n > 0;
    size_t n = is_table ? shape.width : shape.n;
    bool is_open = is_table && shape.n > 1;
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        if (hashes[i] == 0)
            continue;
        double neutrons = floor(hashes[i] / 256), z = hashes[i] - 256 * neutrons;
        bool any = is_open || neutrons == ANY_ISOTOPE || neutrons == 0;
        st = add_atom(h5, name, z, any ? 0 : z + neutrons, ion, fits);
    }
    return st;
}

// An ion of no atoms keeps its name; that of its group where it has none we can read.
static void name_label(ia_h5 *h5, const char *group, ia_ion *ion)
{
    char name[IA_H5_NAME_MAX], *text = NULL;
    ia_ctx *ctx = h5->ctx;
    h5->ctx = NULL; // a name of another kind is no failure
    ia_ion label = {0};
    if (has_member(h5, group, "name", name) && ia_h5_get_text(h5, name, &text) == IA_OK)
        label = ia_span_ion(ia_span_of(text));
    h5->ctx = ctx;
    if (!text || label.n_parts > 0 || label.name[0] == '\0') {
        label = ia_span_label(ia_span_of(strrchr(group, '/') + 1));
    }
    *ion = label;
    free(text);
}

static ia_status get_ion(ia_h5 *h5, const char *group, ia_ion *out)
{
    ia_ion ion = {0};
    bool fits = true;
    ia_status st = get_list(h5, group, &ion, &fits);
    if (st == IA_OK && ion.n_parts == 0 && fits)
        st = get_hash(h5, group, &ion, &fits);
    if (st == IA_OK)
        st = get_charge(h5, group, &ion.charge);
    if (st != IA_OK)
        return st;
    if (fits && ion.n_parts > 0)
        ia_ion_rename(&ion);
    else
        name_label(h5, group, &ion);
    *out = ion;
    return IA_OK;
}

// The type of ion that stands for "unranged" has a range of no width to speak of.
static bool is_unranged(const char *group, const ia_ion *ion)
{
    return ion->n_parts == 0 && ends_with(group, strlen(group), "/ion0");
}

static ia_status take_rows(ia_ctx *ctx, const double *bounds, size_t n, const ia_ion *ion,
                           ia_ranges *ranges)
{
    ia_range range = {0};
    ia_status st = n > 0 ? ia_ranges_list(ctx, ranges, ion, 0, &range.ion) : IA_OK;
    for (size_t i = 0; i < n && st == IA_OK; i++) {
        range.lo = bounds[2 * i];
        range.hi = bounds[2 * i + 1];
        st = ia_ranges_add(ctx, ranges, &range);
    }
    return st;
}

// Block by block: a packed table is unpacked anew for each block that is read.
static ia_status take_ranges(ia_h5 *h5, const char *name, const ia_ion *ion,
                             ia_ranges *ranges)
{
    ia_h5_shape shape;
    ia_status st = ia_h5_any_shape(h5, name, &shape);
    if (st != IA_OK)
        return st;
    bool is_list = shape.width == 1 && shape.n == 2; // one range as a list
    if (!is_list && shape.width != 2)
        return ia_h5_unexpected(h5, name, "a table of two bounds for each range");
    if (shape.n > RANGES_MOST - ranges->n_ranges)
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: has more than %d ranges", h5->path,
                       RANGES_MOST);
    size_t most = shape.n < IA_H5_CHUNK_ROWS ? shape.n : IA_H5_CHUNK_ROWS;
    double *bounds = ia_array(h5->ctx, most, 2 * sizeof *bounds);
    if (!bounds)
        return IA_ERR_MEMORY;
    for (size_t at = 0, n; at < shape.n && st == IA_OK; at += n) {
        n = shape.n - at < most ? shape.n - at : most;
        if ((st = ia_step(h5->ctx, "reading", (double)at / (double)shape.n)) == IA_OK &&
            (st = ia_h5_any_rows(h5, name, &shape, at, n, bounds)) == IA_OK)
            st = take_rows(h5->ctx, bounds, is_list ? 1 : n, ion, ranges);
    }
    free(bounds);
    return st;
}

static ia_status get_group(ia_h5 *h5, const char *group, ia_ranges *ranges)
{
    char name[IA_H5_NAME_MAX];
    ia_ion ion;
    ia_status st = ia_h5_join(h5, group, BOUNDS, name);
    if (st == IA_OK)
        st = get_ion(h5, group, &ion);
    if (st != IA_OK || is_unranged(group, &ion))
        return st;
    ranges->n_ions_written++;
    return take_ranges(h5, name, &ion, ranges);
}

static bool is_beside(const char *group, const char *first)
{
    size_t n = parent_length(first);
    return parent_length(group) == n && memcmp(group, first, n) == 0;
}

static ia_status get_ranges(ia_h5 *h5, ia_ranges *ranges)
{
    finds f = {.ctx = h5->ctx};
    size_t n_read = 0;
    ia_status st = find_groups(h5, &f);
    if (st == IA_OK && f.n == 0)
        st = ia_fail(h5->ctx, IA_ERR_FORMAT,
                     "%s: has no ranges of NXapm: no group with a %s", h5->path, BOUNDS);
    if (f.n > 0)
        qsort(f.groups, f.n, sizeof *f.groups, by_place);
    for (; n_read < f.n && st == IA_OK && is_beside(f.groups[n_read], f.groups[0]);
         n_read++)
        st = get_group(h5, f.groups[n_read], ranges);
    if (st == IA_OK && n_read < f.n)
        ia_warn(h5->ctx, "the ranges in %.*s are taken; those in other groups are not",
                (int)parent_length(f.groups[0]), f.groups[0]);
    ia_h5_free_texts(f.groups, f.n);
    return st;
}

ia_status ia_nxs_ranges_read(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    return ia_h5_read_ranges(ctx, source, get_ranges, "nxapm", out);
}
