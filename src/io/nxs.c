// src/io/nxs.c: where ions lie in NeXus NXapm files (.nxs), reading them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/formats_internal.h"
#include "io/h5formats.h"
#include "io/nxs.h"
#include "io/nxs_any.h"

#include <ionatlas/hash.h>
#include <stdlib.h>
#include <string.h>

#define PROBE  "/entry1/atom_probe1"
#define EVENT  "/entry1/measurement/event1"
#define PULSER EVENT "/instrument/pulser"

static const char *const columns[IA_N_COLUMNS] = {
    [IA_XYZ] = PROBE "/reconstruction/reconstructed_positions",
    [IA_MASS] = PROBE "/mass_to_charge_conversion/mass_to_charge",
    [IA_TOF] = PROBE "/voltage_and_bowl/raw_tof",
    [IA_V_DC] = PULSER "/standing_voltage",
    [IA_V_PULSE] = PULSER "/pulse_voltage",
    [IA_DET_XY] = PROBE "/hit_finding/hit_positions",
    [IA_PULSES_SINCE] = PROBE "/hit_finding/pulses_since_last_event",
    [IA_MULTIPLICITY] = PROBE "/hit_finding/hit_multiplicity",
    [IA_LASER_ENERGY] = PULSER "/source1/pulse_energy",
    [IA_PULSE_FREQUENCY] = PULSER "/pulse_frequency",
    [IA_TEMPERATURE] = EVENT "/instrument/stage/temperature_sensor/value",
    [IA_ELAPSED_TIME] = EVENT "/delta_time",
};

const char *ia_nxs_column_name(ia_column_id id)
{
    return columns[id];
}

// Class of a group by the last part of its name, a number behind it left out.
static const char *class_of(const char *part, size_t n)
{
    static const struct {
        const char *part, *nx_class;
    } classes[] = {
        {"entry", "NXentry"},
        {"specimen", "NXsample"},
        {"sample", "NXsample"},
        {"user", "NXuser"},
        {"cite", "NXcite"},
        {"measurement", "NXapm_measurement"},
        {"event", "NXapm_event_data"},
        {"instrument", "NXapm_instrument"},
        {"fabrication", "NXfabrication"},
        {"reflectron", "NXcomponent"},
        {"local_electrode", "NXelectromagnetic_lens"},
        {"pulser", "NXcomponent"},
        {"source", "NXsource"},
        {"stage", "NXmanipulator"},
        {"temperature_sensor", "NXsensor"},
        {"analysis_chamber", "NXcomponent"},
        {"pressure_sensor", "NXsensor"},
        {"control", "NXparameters"},
        {"atom_probe", "NXroi_process"},
        {"reconstruction", "NXapm_reconstruction"},
        {"ranging", "NXapm_ranging"},
        {"hit_finding", "NXprocess"},
        {"mass_to_charge_conversion", "NXprocess"},
        {"voltage_and_bowl", "NXprocess"},
        {"peak_identification", "NXprocess"},
        {"mass_to_charge_distribution", "NXprocess"},
        {"config", "NXparameters"},
        {"program", "NXprogram"},
    };
    while (n > 0 && part[n - 1] >= '0' && part[n - 1] <= '9')
        n--;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strlen(classes[i].part) == n && memcmp(classes[i].part, part, n) == 0)
            return classes[i].nx_class;
    return "NXcollection";
}

ia_status ia_nxs_put_parents(ia_h5 *h5, const char *name)
{
    char group[IA_H5_NAME_MAX];
    ia_status st = IA_OK;
    size_t part = 1;
    for (size_t i = 1; name[i] && i < sizeof group && st == IA_OK; i++) {
        if (name[i] != '/')
            continue;
        memcpy(group, name, i);
        group[i] = '\0';
        if (!ia_h5_has(h5, group))
            st = ia_h5_put_group(h5, group, class_of(name + part, i - part));
        part = i + 1;
    }
    return st;
}

// What the file says of its columns: which there are and how many rows they have.
static ia_status find_columns(ia_h5 *h5, unsigned *found, size_t *n)
{
    ia_ctx *ctx = h5->ctx;
    bool first = true;
    *found = 0;
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        const ia_column_kind *kind = ia_column_kind_of(id);
        ia_h5_array shape;
        // A setting that holds for the whole run is no column.
        if (!ia_h5_has(h5, columns[id]) || !ia_h5_has_attr(h5, columns[id], "sha256"))
            continue;
        ia_status st = ia_h5_get_shape(h5, columns[id], &shape);
        if (st != IA_OK)
            return st;
        if (shape.type != kind->type ||
            shape.width != (kind->width > 1 ? kind->width : 0))
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: %s is not the %s of each ion",
                           h5->path, columns[id], kind->title);
        if (!first && shape.n != *n)
            return ia_fail(ctx, IA_ERR_FORMAT, "%s: %s has %zu rows, %zu were expected",
                           h5->path, columns[id], shape.n, *n);
        *n = shape.n;
        *found |= 1u << id;
        first = false;
    }
    if (h5->damaged)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: is damaged: some of its ion columns cannot be found",
                       h5->path);
    if (first)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: has no ion columns of an ionatlas project, such as %s",
                       h5->path, columns[IA_MASS]);
    return IA_OK;
}

static ia_status get_column(ia_h5 *h5, ia_column_id id, ia_ions *ions)
{
    const ia_column_kind *kind = ia_column_kind_of(id);
    ia_h5_array shape = {
        .type = kind->type, .n = ions->n, .width = kind->width > 1 ? kind->width : 0};
    char *values = ia_ions_values(ions, id);
    size_t row = kind->width * ia_type_size(kind->type);
    ia_status st = IA_OK;
    for (size_t begin = 0; begin < ions->n && st == IA_OK; begin += IA_H5_CHUNK_ROWS) {
        size_t left = ions->n - begin;
        size_t n = left < IA_H5_CHUNK_ROWS ? left : IA_H5_CHUNK_ROWS;
        if ((st = ia_step(h5->ctx, "reading", (double)begin / (double)ions->n)) == IA_OK)
            st = ia_h5_get_rows(h5, columns[id], &shape, begin, n, values + begin * row);
    }
    return st;
}

ia_status ia_nxs_get_ions(ia_h5 *h5, ia_ions *out)
{
    ia_ions ions = {0};
    unsigned found;
    size_t n = 0;
    ia_status st = find_columns(h5, &found, &n);
    if (st == IA_OK)
        st = ia_ions_new(h5->ctx, n, found, &ions);
    for (ia_column_id id = 0; id < IA_N_COLUMNS && st == IA_OK; id++)
        if (found & 1u << id)
            st = get_column(h5, id, &ions);
    if (st == IA_OK)
        *out = ions;
    else
        ia_ions_clear(&ions);
    return st;
}

static bool is_hdf5(const unsigned char *bytes, size_t n)
{
    static const unsigned char mark[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    return n >= sizeof mark && memcmp(bytes, mark, sizeof mark) == 0;
}

int ia_nxs_sniff(const unsigned char *bytes, size_t n)
{
    enum { LOOK_AT = 1 << 20 };
    if (!is_hdf5(bytes, n))
        return 0;
    return memmem(bytes, n < LOOK_AT ? n : LOOK_AT, "NXapm", 5) ? 95 : 90;
}

static ia_status is_project(ia_h5 *h5, bool *ours)
{
    char *creator = NULL;
    ia_ctx *ctx = h5->ctx;
    *ours = false;
    if (!ia_h5_has_attr(h5, "/", "creator"))
        return IA_OK;
    h5->ctx = NULL; // any other kind of attribute is somebody else's
    ia_status st = ia_h5_get_attr_text(h5, "/", "creator", &creator);
    h5->ctx = ctx;
    *ours = st == IA_OK && strcmp(creator, "ionatlas") == 0;
    free(creator);
    return st == IA_ERR_MEMORY ? ia_fail(ctx, st, "memory ran out") : IA_OK;
}

static ia_status get_any_ions(ia_h5 *h5, ia_ions *ions)
{
    bool ours;
    ia_status st = is_project(h5, &ours);
    if (st != IA_OK)
        return st;
    return ours ? ia_nxs_get_ions(h5, ions) : ia_nxs_any_ions(h5, ions);
}

ia_status ia_nxs_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    ia_status st = ia_h5_read_ions(ctx, source, get_any_ions, out);
    if (st == IA_OK)
        strcpy(out->format, "nxs");
    return st;
}
