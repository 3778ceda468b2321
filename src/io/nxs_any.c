// src/io/nxs_any.c: ions in NeXus NXapm files of other programs.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/nxs_any.h"

#include "io/h5any.h"
#include "io/nxs_units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Where a column lies: below the probe (a group of an entry) or below an event.
static const struct {
    ia_column_id id;
    bool in_event;
    const char *name;
} places[] = {
    {IA_XYZ, false, "reconstruction/reconstructed_positions"},
    {IA_MASS, false, "mass_to_charge_conversion/mass_to_charge"},
    {IA_TOF, false, "voltage_and_bowl/raw_tof"},
    {IA_DET_XY, false, "hit_finding/hit_positions"},
    {IA_MULTIPLICITY, false, "hit_finding/hit_multiplicity"},
    {IA_MULTIPLICITY, false, "hit_finding/epos_ions_per_pulse"},
    {IA_PULSES_SINCE, false, "hit_finding/pulses_since_last_event"},
    {IA_PULSES_SINCE, false, "hit_finding/epos_number_of_pulses"},
    {IA_V_DC, true, "instrument/pulser/standing_voltage"},
    {IA_V_PULSE, true, "instrument/pulser/pulse_voltage"},
    {IA_LASER_ENERGY, true, "instrument/pulser/source1/pulse_energy"},
};
enum { N_PLACES = sizeof places / sizeof places[0], N_LEADING = 4 };

// Values that nobody measures are in another unit than ours.
static const double nm_least = 0.01, nm_most = 1e6, da_least = 0.5, da_most = 1e5;
static const double v_most = 1e5;

typedef struct {
    ia_h5 *h5;
    char entry[IA_H5_NAME_MAX], probe[IA_H5_NAME_MAX];
    size_t n_probes; // that have ions
    size_t n;        // ions
    unsigned found;
    char names[IA_N_COLUMNS][IA_H5_NAME_MAX];
    double *block; // (IA_H5_CHUNK_ROWS or n, 3)
} reader;

// What is done with each group below one.
typedef ia_status (*use)(reader *r, const char *group);

static ia_status each_group(reader *r, const char *group, use what)
{
    char **members = NULL, name[IA_H5_NAME_MAX];
    size_t n = 0;
    ia_status st = ia_h5_list(r->h5, *group ? group : "/", &n, &members);
    for (size_t i = 0; i < n && st == IA_OK; i++)
        if ((st = ia_h5_join(r->h5, group, members[i], name)) == IA_OK &&
            ia_h5_has_group(r->h5, name))
            st = what(r, name);
    ia_h5_free_texts(members, n);
    return st;
}

static ia_status has_place(reader *r, const char *group, size_t place, bool *there)
{
    char name[IA_H5_NAME_MAX], part[IA_H5_NAME_MAX];
    ia_status st = ia_h5_join(r->h5, group, places[place].name, name);
    *there = false;
    for (const char *end = name + strlen(group) + 1; st == IA_OK; end++) {
        if (!(end = strchr(end, '/'))) {
            *there = ia_h5_has(r->h5, name);
            break;
        }
        memcpy(part, name, (size_t)(end - name));
        part[end - name] = '\0';
        if (!ia_h5_has_group(r->h5, part))
            break;
    }
    return st;
}

static ia_status look_for_probe(reader *r, const char *group)
{
    bool there = false;
    for (size_t i = 0; i < N_LEADING && !there; i++) {
        ia_status st = has_place(r, group, i, &there);
        if (st != IA_OK)
            return st;
    }
    if (there && r->n_probes++ == 0)
        memcpy(r->probe, group, strlen(group) + 1);
    return IA_OK;
}

static ia_status look_into_entry(reader *r, const char *group)
{
    size_t n_before = r->n_probes;
    ia_status st = each_group(r, group, look_for_probe);
    if (n_before == 0 && r->n_probes > 0)
        memcpy(r->entry, group, strlen(group) + 1);
    return st;
}

// A column is taken when it has a row for each ion; the first one tells how many.
static ia_status take_place(reader *r, size_t place, const char *group)
{
    char name[IA_H5_NAME_MAX];
    const ia_column_kind *kind = ia_column_kind_of(places[place].id);
    ia_h5_shape shape;
    unsigned bit = 1u << places[place].id;
    bool there;
    ia_status st = has_place(r, group, place, &there);
    if (st != IA_OK || r->found & bit || !there)
        return st;
    if ((st = ia_h5_join(r->h5, group, places[place].name, name)) != IA_OK ||
        (st = ia_h5_any_shape(r->h5, name, &shape)) != IA_OK)
        return st;
    bool is_first = r->found == 0;
    if (shape.width != kind->width || (!is_first && shape.n != r->n)) {
        // One voltage for the whole run is no column; positions and m/n must agree.
        if (is_first || places[place].id == IA_MASS)
            return ia_fail(r->h5->ctx, IA_ERR_FORMAT,
                           "%s: %s has %zu x %zu values, %zu x %zu were expected",
                           r->h5->path, name, shape.n, shape.width,
                           is_first ? shape.n : r->n, kind->width);
        if (shape.n > 1)
            ia_warn(r->h5->ctx, "%s is left out: it has %zu rows, there are %zu ions",
                    name, shape.n, r->n);
        return IA_OK;
    }
    r->n = shape.n;
    r->found |= bit;
    memcpy(r->names[places[place].id], name, sizeof name);
    return IA_OK;
}

static ia_status take_event(reader *r, const char *group)
{
    ia_status st = IA_OK;
    for (size_t i = 0; i < N_PLACES && st == IA_OK; i++)
        if (places[i].in_event)
            st = take_place(r, i, group);
    return st;
}

static ia_status find_columns(reader *r)
{
    char measurement[IA_H5_NAME_MAX];
    ia_ctx *ctx = r->h5->ctx;
    ia_status st = each_group(r, "", look_into_entry);
    if (st != IA_OK)
        return st;
    if (r->h5->damaged)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: is damaged: some of its groups cannot be found", r->h5->path);
    if (r->n_probes == 0)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: has no ions of NXapm: no entry with %s or %s", r->h5->path,
                       places[0].name, places[1].name);
    if (r->n_probes > 1)
        ia_warn(ctx, "the ions in %s are taken; those in %zu other groups are not",
                r->probe, r->n_probes - 1);
    for (size_t i = 0; i < N_PLACES && st == IA_OK; i++)
        if (!places[i].in_event)
            st = take_place(r, i, r->probe);
    if (st == IA_OK)
        st = ia_h5_join(r->h5, r->entry, "measurement", measurement);
    if (st != IA_OK || !ia_h5_has_group(r->h5, measurement))
        return st;
    return each_group(r, measurement, take_event);
}

// Where no unit was read, positions and m/n are of a size that is measured. Voltages that
// nobody applies were written in another unit than the file says.
static ia_status check_values(reader *r, ia_column_id id, const double range[2],
                              bool told)
{
    double least = id == IA_XYZ ? nm_least : da_least;
    double most = id == IA_XYZ ? nm_most : da_most;
    double largest = fmax(fabs(range[0]), fabs(range[1]));
    if ((id == IA_V_DC || id == IA_V_PULSE) && largest > v_most)
        ia_warn(r->h5->ctx, "%s reaches %g V, more than any atom probe applies",
                r->names[id], largest);
    if (told || (id != IA_XYZ && id != IA_MASS) || r->n == 0 ||
        (largest >= least && largest <= most))
        return IA_OK;
    return ia_fail(
        r->h5->ctx, IA_ERR_FORMAT,
        "%s: the largest value of %s is %g, which cannot be %s, and no unit of "
        "it can be read",
        r->h5->path, r->names[id], largest, ia_column_kind_of(id)->unit);
}

static ia_status keep_counts(reader *r, ia_column_id id, size_t n, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        double v = r->block[i];
        if (!(v >= 0 && v <= UINT32_MAX) || v != floor(v))
            return ia_fail(r->h5->ctx, IA_ERR_FORMAT, "%s: %s: %g is no count",
                           r->h5->path, r->names[id], v);
        out[i] = (uint32_t)v;
    }
    return IA_OK;
}

static void keep_values(const reader *r, double scale, size_t n, float *out,
                        double range[2])
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)(r->block[i] * scale);
        if (isfinite(out[i])) {
            range[0] = fmin(range[0], out[i]);
            range[1] = fmax(range[1], out[i]);
        }
    }
}

static ia_status get_column(reader *r, ia_column_id id, ia_ions *ions)
{
    const ia_column_kind *kind = ia_column_kind_of(id);
    ia_h5_shape shape = {r->n, kind->width, false};
    char *values = ia_ions_values(ions, id);
    size_t row = kind->width * ia_type_size(kind->type);
    double scale = 1, range[2] = {0, 0};
    bool told = true;
    ia_status st = IA_OK;
    if (kind->type == IA_F32)
        st = ia_nxs_scale(r->h5, r->names[id], kind->unit, &scale, &told);
    for (size_t at = 0; at < r->n && st == IA_OK; at += IA_H5_CHUNK_ROWS) {
        size_t n = r->n - at < IA_H5_CHUNK_ROWS ? r->n - at : IA_H5_CHUNK_ROWS;
        void *out = values + at * row;
        if ((st = ia_step(r->h5->ctx, "reading", (double)at / (double)r->n)) != IA_OK ||
            (st = ia_h5_any_rows(r->h5, r->names[id], &shape, at, n, r->block)) != IA_OK)
            break;
        if (kind->type == IA_U32)
            st = keep_counts(r, id, n, out);
        else
            keep_values(r, scale, n * kind->width, out, range);
    }
    return st == IA_OK ? check_values(r, id, range, told) : st;
}

// NXapm gives each ion the number of its pulse; ours has it at the first ion of a pulse
// and 0 at the others.
static void keep_first_of_pulse(ia_ions *ions)
{
    uint32_t *m = ia_ions_values(ions, IA_MULTIPLICITY);
    for (size_t i = 0; m && i < ions->n;) {
        uint32_t n = m[i++];
        for (uint32_t k = 1; k < n && i < ions->n && m[i] == n; k++)
            m[i++] = 0;
    }
}

static ia_status new_block(reader *r)
{
    size_t most = r->n < IA_H5_CHUNK_ROWS ? r->n : IA_H5_CHUNK_ROWS;
    r->block = ia_array(r->h5->ctx, most, 3 * sizeof *r->block);
    return r->block ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_nxs_any_ions(ia_h5 *h5, ia_ions *out)
{
    reader *r = ia_array(h5->ctx, 1, sizeof *r);
    ia_ions ions = {0};
    ia_status st = IA_ERR_MEMORY;
    if (!r)
        goto done;
    r->h5 = h5;
    if ((st = find_columns(r)) != IA_OK || (st = new_block(r)) != IA_OK ||
        (st = ia_ions_new(h5->ctx, r->n, r->found, &ions)) != IA_OK)
        goto done;
    for (ia_column_id id = 0; id < IA_N_COLUMNS && st == IA_OK; id++)
        if (r->found & 1u << id)
            st = get_column(r, id, &ions);
    if (st != IA_OK)
        goto done;
    keep_first_of_pulse(&ions);
    *out = ions;
    ions = (ia_ions){0};
done:
    ia_ions_clear(&ions);
    free(r ? r->block : NULL);
    free(r);
    return st;
}
