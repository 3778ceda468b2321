// src/io/pyccapt.c: events of pyccapt (Oxcart), as measured or as a frame of pandas.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/formats_internal.h"
#include "io/h5formats.h"
#include "io/pyccapt.h"

#include <ionatlas/hash.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What our columns are called there, the best first, NULL behind the last. Calibrated m/n
// is "mc_c" in older versions, where "mc" is not; newer ones have "mc" and "mc_uc".
typedef struct {
    ia_column_id id;
    size_t component;
    bool optional; // all zeros where it was not measured or not computed
    const char *names[7];
} source_of;

static const source_of sources[] = {
    {IA_XYZ, 0, false, {"x (nm)"}},
    {IA_XYZ, 1, false, {"y (nm)"}},
    {IA_XYZ, 2, true, {"z (nm)"}},
    {IA_MASS, 0, true, {"mc_c (Da)", "mc (Da)", "mc_uc (Da)"}},
    {IA_TOF, 0, false, {"t (ns)", "dld/t"}},
    {IA_V_DC, 0, false, {"high_voltage (V)", "high-voltage (V)", "dld/high_voltage"}},
    {IA_V_PULSE,
     0,
     false,
     {"pulse_v (V)", "pulse (V)", "pulse", "dld/voltage_pulse", "dld/pulse_voltage",
      "dld/pulse"}},
    {IA_DET_XY, 0, false, {"x_det (cm)", "x_det (mm)", "dld/x"}},
    {IA_DET_XY, 1, false, {"y_det (cm)", "y_det (mm)", "dld/y"}},
    {IA_LASER_ENERGY,
     0,
     true,
     {"pulse_l (pJ)", "dld/laser_pulse", "dld/laser_intensity"}},
};
enum { N_SOURCES = sizeof sources / sizeof sources[0], FIRST_HIT = 7 };

static const char *const counters[] = {"start_counter", "dld/start_counter", NULL};
// Where there is no counter: what was computed from one, or taken over from EPOS.
static const char *const since_names[] = {"delta_p", "pulse_pi", NULL};
static const char *const multiplicity_names[] = {"multi", "ion_pp", NULL};

// Bins of the detector's electronics (Surface Concept, as pyccapt itself converts them):
// 27.432/4 ps and, across 78 mm, 2450 bins of which number 1225 is the centre.
static const double ns_per_bin = 27.432 / 4000, mm_per_bin = 78.0 / 2450;
static const double centre_bin = 1225;

// Detectors are some 80 mm wide: half of that in cm is less than this, in mm more.
static const double cm_most = 5;

// How a value of theirs becomes one of ours: (value - zero) * scale.
typedef struct {
    const ia_pyccapt_field *field; // NULL: not there
    double zero, scale;
} plan;

typedef struct {
    ia_h5 *h5;
    const ia_pyccapt_fields *fields;
    plan plans[N_SOURCES];
    unsigned found; // columns
    double *block;  // (IA_H5_CHUNK_ROWS or the longest field)
} reader;

static size_t block_rows(const ia_pyccapt_field *field, size_t begin)
{
    size_t left = field->shape.n - begin;
    return left < IA_H5_CHUNK_ROWS ? left : IA_H5_CHUNK_ROWS;
}

static ia_status get_block(reader *in, const ia_pyccapt_field *field, size_t begin)
{
    ia_h5_column column = {field->set, field->shape, field->column};
    return ia_h5_any_column(in->h5, &column, begin, block_rows(field, begin), in->block);
}

// The largest absolute value; with `any`, of the values up to the first that is not zero.
static ia_status find_largest(reader *in, const ia_pyccapt_field *field, bool any,
                              double *largest)
{
    ia_status st = IA_OK;
    *largest = 0;
    for (size_t begin = 0; begin < field->shape.n && st == IA_OK;
         begin += IA_H5_CHUNK_ROWS) {
        if (any && *largest > 0)
            break;
        if ((st = get_block(in, field, begin)) != IA_OK)
            break;
        size_t n = block_rows(field, begin);
        for (size_t i = 0; i < n; i++)
            if (isfinite(in->block[i]))
                *largest = fmax(*largest, fabs(in->block[i]));
    }
    return st;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), n_end = strlen(end);
    return n >= n_end && strcmp(name + n - n_end, end) == 0;
}

// Hits carry their unit in the name, are bins, or have neither: then their size tells.
static ia_status plan_hits(reader *in)
{
    double largest[2] = {0};
    plan *hits = &in->plans[FIRST_HIT];
    const char *name = hits[0].field->name;
    bool is_cm = ends_with(name, "(cm)"), is_mm = ends_with(name, "(mm)");
    bool are_bins = hits[0].field->shape.is_integer && hits[1].field->shape.is_integer;
    for (int i = 0; i < 2 && !is_cm && !is_mm && !are_bins; i++) {
        ia_status st = find_largest(in, hits[i].field, false, &largest[i]);
        if (st != IA_OK)
            return st;
    }
    if (!is_cm && !is_mm && !are_bins) {
        is_cm = fmax(largest[0], largest[1]) < cm_most;
        ia_warn(in->h5->ctx, "%s has no unit: taken as %s (largest %g)", name,
                is_cm ? "cm" : "mm", fmax(largest[0], largest[1]));
    } else if (are_bins) {
        ia_warn(in->h5->ctx, "%s is in whole numbers: taken as bins of %g mm around %g",
                name, mm_per_bin, centre_bin);
    }
    for (int i = 0; i < 2; i++) {
        hits[i].zero = are_bins && !is_cm && !is_mm ? centre_bin : 0;
        hits[i].scale = is_cm ? 10 : is_mm || !are_bins ? 1 : mm_per_bin;
    }
    return IA_OK;
}

static ia_status plan_source(reader *in, size_t i)
{
    const source_of *source = &sources[i];
    plan *p = &in->plans[i];
    double largest = 1;
    ia_status st = IA_OK;
    for (size_t k = 0; source->names[k] && !p->field && st == IA_OK; k++) {
        const ia_pyccapt_field *field = ia_pyccapt_find(in->fields, source->names[k]);
        if (field && source->optional)
            st = find_largest(in, field, true, &largest);
        if (field && largest > 0)
            p->field = field;
    }
    p->zero = 0;
    p->scale = 1;
    if (!p->field || st != IA_OK)
        return st;
    if (source->id == IA_TOF && p->field->shape.is_integer) {
        p->scale = ns_per_bin;
        ia_warn(in->h5->ctx, "%s is in whole numbers: taken as bins of %g ps",
                p->field->name, 1000 * ns_per_bin);
    }
    return IA_OK;
}

// A column is there when all of its components are.
static ia_status plan_columns(reader *in)
{
    unsigned lacking = 0;
    ia_status st = IA_OK;
    for (size_t i = 0; i < N_SOURCES && st == IA_OK; i++) {
        st = plan_source(in, i);
        if (in->plans[i].field)
            in->found |= 1u << sources[i].id;
        else
            lacking |= 1u << sources[i].id;
    }
    in->found &= ~lacking;
    if (st == IA_OK && in->found & 1u << IA_DET_XY)
        st = plan_hits(in);
    if (st == IA_OK && in->found == 0)
        st = ia_fail(in->h5->ctx, IA_ERR_FORMAT,
                     "%s: has no column of events that is known, such as t (ns)",
                     in->h5->path);
    return st;
}

// All columns that are used have as many rows.
static ia_status count_rows(const reader *in, size_t *n)
{
    const ia_pyccapt_field *first = NULL;
    for (size_t i = 0; i < N_SOURCES; i++) {
        const ia_pyccapt_field *field = in->plans[i].field;
        if (!(in->found & 1u << sources[i].id))
            continue;
        first = first ? first : field;
        if (field->shape.n != first->shape.n)
            return ia_fail(in->h5->ctx, IA_ERR_FORMAT, "%s: %s has %zu rows, %s has %zu",
                           in->h5->path, field->set, field->shape.n, first->set,
                           first->shape.n);
    }
    *n = first->shape.n;
    return IA_OK;
}

static ia_status fill_column(reader *in, size_t source, ia_ions *ions)
{
    const plan *p = &in->plans[source];
    ia_column_id id = sources[source].id;
    size_t width = ia_column_kind_of(id)->width;
    float *to = (float *)ia_ions_values(ions, id) + sources[source].component;
    ia_status st = IA_OK;
    for (size_t begin = 0; begin < ions->n && st == IA_OK; begin += IA_H5_CHUNK_ROWS) {
        double share = (double)begin / (double)ions->n;
        if ((st = ia_step(in->h5->ctx, "reading", share)) != IA_OK ||
            (st = get_block(in, p->field, begin)) != IA_OK)
            break;
        size_t n = block_rows(p->field, begin);
        for (size_t i = 0; i < n; i++)
            to[(begin + i) * width] = (float)((in->block[i] - p->zero) * p->scale);
    }
    return st;
}

static const ia_pyccapt_field *find_any(const reader *in, const char *const *names)
{
    const ia_pyccapt_field *field = NULL;
    for (; *names && !field; names++)
        field = ia_pyccapt_find(in->fields, *names);
    return field;
}

// The counter of pulses, if it is one: whole numbers, not always the same.
static ia_status find_counter(reader *in, size_t n, const ia_pyccapt_field **counter)
{
    const ia_pyccapt_field *field;
    bool changes = false;
    double first = 0;
    ia_status st = IA_OK;
    *counter = NULL;
    field = find_any(in, counters);
    if (!field || field->shape.n != n)
        return IA_OK;
    for (size_t begin = 0; begin < n; begin += IA_H5_CHUNK_ROWS) {
        if ((st = get_block(in, field, begin)) != IA_OK)
            return st;
        first = begin == 0 ? in->block[0] : first;
        for (size_t i = 0; i < block_rows(field, begin); i++) {
            double value = in->block[i];
            if (!(value >= 0 && value < 0x1p53) || value != floor(value)) {
                ia_warn(in->h5->ctx, "%s is no counter of pulses (%g): not used",
                        field->set, value);
                return IA_OK;
            }
            changes = changes || value != first;
        }
    }
    if (changes)
        *counter = field;
    return IA_OK;
}

// Ions of one pulse have the same count. The counter begins anew now and then; pulses
// since the last event are then those since the beginning.
static ia_status fill_pulses(reader *in, const ia_pyccapt_field *counter, ia_ions *ions)
{
    uint32_t *since = ia_ions_values(ions, IA_PULSES_SINCE);
    uint32_t *multiplicity = ia_ions_values(ions, IA_MULTIPLICITY);
    double before = 0;
    size_t first = 0;
    for (size_t begin = 0; begin < ions->n; begin += IA_H5_CHUNK_ROWS) {
        ia_status st = get_block(in, counter, begin);
        if (st != IA_OK)
            return st;
        for (size_t i = begin; i < begin + block_rows(counter, begin); i++) {
            double value = in->block[i - begin];
            if (i == 0 || value != before) {
                double passed = i > 0 && value > before ? value - before : value;
                first = i;
                since[i] = i == 0 ? 0 : (uint32_t)fmin(passed, UINT32_MAX);
            }
            multiplicity[first]++;
            before = value;
        }
    }
    return IA_OK;
}

// Counts as the file gives them; absent where they are all zero.
static ia_status find_counts(reader *in, size_t n, const ia_pyccapt_field *counts[2])
{
    double largest = 0;
    counts[0] = find_any(in, since_names);
    counts[1] = find_any(in, multiplicity_names);
    if (!counts[0] || !counts[1] || counts[0]->shape.n != n || counts[1]->shape.n != n) {
        counts[0] = NULL;
        return IA_OK;
    }
    ia_status st = find_largest(in, counts[1], true, &largest);
    if (largest == 0)
        counts[0] = NULL;
    return st;
}

static ia_status fill_counts(reader *in, const ia_pyccapt_field *counts, uint32_t *to)
{
    size_t n_odd = 0;
    for (size_t begin = 0; begin < counts->shape.n; begin += IA_H5_CHUNK_ROWS) {
        ia_status st = get_block(in, counts, begin);
        if (st != IA_OK)
            return st;
        for (size_t i = 0; i < block_rows(counts, begin); i++) {
            to[begin + i] = (uint32_t)fmin(fmax(in->block[i], 0), UINT32_MAX);
            n_odd += to[begin + i] != in->block[i];
        }
    }
    if (n_odd > 0)
        ia_warn(in->h5->ctx, "%s: %zu values are no counts; the nearest count is taken",
                counts->name, n_odd);
    return IA_OK;
}

static ia_status fill_both(reader *in, const ia_pyccapt_field *counter,
                           const ia_pyccapt_field *const counts[2], ia_ions *ions)
{
    if (counter)
        return fill_pulses(in, counter, ions);
    if (!counts[0])
        return IA_OK;
    ia_status st = fill_counts(in, counts[0], ia_ions_values(ions, IA_PULSES_SINCE));
    return st == IA_OK ? fill_counts(in, counts[1], ia_ions_values(ions, IA_MULTIPLICITY))
                       : st;
}

static ia_status fill_columns(reader *in, ia_ions *ions)
{
    const ia_pyccapt_field *counter = NULL, *counts[2] = {NULL, NULL};
    size_t n = 0;
    ia_status st;
    if ((st = plan_columns(in)) != IA_OK || (st = count_rows(in, &n)) != IA_OK ||
        (st = find_counter(in, n, &counter)) != IA_OK)
        return st;
    if (!counter && (st = find_counts(in, n, counts)) != IA_OK)
        return st;
    if (counter || counts[0])
        in->found |= 1u << IA_PULSES_SINCE | 1u << IA_MULTIPLICITY;
    st = ia_ions_new(in->h5->ctx, n, in->found, ions);
    for (size_t i = 0; i < N_SOURCES && st == IA_OK; i++)
        if (in->found & 1u << sources[i].id)
            st = fill_column(in, i, ions);
    return st == IA_OK ? fill_both(in, counter, counts, ions) : st;
}

static ia_status new_block(reader *in)
{
    size_t most = 0;
    for (size_t i = 0; i < in->fields->n; i++) {
        size_t n = block_rows(&in->fields->fields[i], 0);
        most = n > most ? n : most;
    }
    in->block = ia_array(in->h5->ctx, most, sizeof *in->block);
    return in->block ? IA_OK : IA_ERR_MEMORY;
}

static ia_status get_ions(ia_h5 *h5, ia_ions *out)
{
    ia_pyccapt_fields fields = {0};
    reader in = {.h5 = h5, .fields = &fields};
    ia_ions ions = {0};
    ia_status st;
    if ((st = ia_pyccapt_list(h5, &fields)) != IA_OK || (st = new_block(&in)) != IA_OK ||
        (st = fill_columns(&in, &ions)) != IA_OK)
        goto done;
    *out = ions;
    ions = (ia_ions){0};
done:
    ia_ions_clear(&ions);
    ia_pyccapt_clear(&fields);
    free(in.block);
    return st;
}

int ia_pyccapt_sniff(const unsigned char *bytes, size_t n)
{
    ia_h5 h5;
    if (!ia_h5_begins(bytes, n) || ia_h5_open(NULL, "memory", bytes, n, &h5) != IA_OK)
        return 0;
    bool is_ours = ia_pyccapt_is(&h5);
    ia_h5_close(&h5);
    return is_ours ? 97 : 0;
}

ia_status ia_pyccapt_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    return ia_h5_read_ions(ctx, source, get_ions, out);
}
