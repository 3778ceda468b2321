// src/core/ions.c: the table of ions: what its columns are, making and freeing one.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ions.h>

#include <stdlib.h>
#include <string.h>

static const ia_column_kind kinds[IA_N_COLUMNS] = {
    [IA_XYZ] = {"xyz", "position", "nm", IA_F32, 3},
    [IA_MASS] = {"mass", "mass-to-charge state ratio", "Da", IA_F32, 1},
    [IA_TOF] = {"tof", "time of flight", "ns", IA_F32, 1},
    [IA_V_DC] = {"v_dc", "standing voltage", "V", IA_F32, 1},
    [IA_V_PULSE] = {"v_pulse", "pulse voltage", "V", IA_F32, 1},
    [IA_DET_XY] = {"det_xy", "detector hit", "mm", IA_F32, 2},
    [IA_PULSES_SINCE] = {"pulses_since", "pulses since the last event", "", IA_U32, 1},
    [IA_MULTIPLICITY] = {"multiplicity", "ions in the pulse", "", IA_U32, 1},
    [IA_LASER_ENERGY] = {"laser_energy", "laser pulse energy", "pJ", IA_F32, 1},
    [IA_PULSE_FREQUENCY] = {"pulse_frequency", "pulse frequency", "kHz", IA_F32, 1},
    [IA_TEMPERATURE] = {"temperature", "specimen temperature", "K", IA_F32, 1},
    [IA_ELAPSED_TIME] = {"elapsed_time", "time since the run began", "s", IA_F32, 1},
};

const ia_column_kind *ia_column_kind_of(ia_column_id id)
{
    return &kinds[id];
}

ia_column_id ia_column_id_of(const char *name)
{
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        if (strcmp(kinds[id].name, name) == 0)
            return id;
    return IA_N_COLUMNS;
}

void ia_ions_clear(ia_ions *ions)
{
    if (ions->release)
        ions->release(ions->keep);
    ia_stated_background_clear(&ions->background);
    free(ions->path);
    free(ions->kept);
    *ions = (ia_ions){0};
}

ia_status ia_ions_need(ia_ctx *ctx, const ia_ions *ions, ia_column_id id)
{
    if (ia_ions_has(ions, id))
        return IA_OK;
    bool computable =
        id == IA_MASS && ia_ions_has(ions, IA_TOF) && ia_ions_has(ions, IA_V_DC);
    return ia_fail(ctx, IA_ERR_UNSUPPORTED, "this input has no %s (column %s)%s",
                   kinds[id].title, kinds[id].name,
                   computable ? "; --flight-path and --t0 give it from times of flight"
                              : "");
}

typedef struct {
    void *values[IA_N_COLUMNS];
} owned_columns;

static void release_owned(void *keep)
{
    owned_columns *owned = keep;
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        free(owned->values[id]);
    free(owned);
}

ia_status ia_ions_new(ia_ctx *ctx, size_t n, unsigned columns, ia_ions *out)
{
    owned_columns *owned = ia_array(ctx, 1, sizeof *owned);
    if (!owned)
        return IA_ERR_MEMORY;
    ia_ions ions = {.n = n, .keep = owned, .release = release_owned};
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        if (!(columns & 1u << id))
            continue;
        const ia_column_kind *kind = &kinds[id];
        void *values = ia_array(ctx, n, kind->width * ia_type_size(kind->type));
        if (!values) {
            ia_ions_clear(&ions);
            return IA_ERR_MEMORY;
        }
        owned->values[id] = values;
        ions.columns[id] = ia_column_of(kind->type, kind->width, n, values);
    }
    *out = ions;
    return IA_OK;
}

void *ia_ions_values(ia_ions *ions, ia_column_id id)
{
    return ions->release == release_owned ? ((owned_columns *)ions->keep)->values[id]
                                          : NULL;
}

ia_status ia_ions_positions(ia_ctx *ctx, const ia_ions *ions, float **out)
{
    ia_status st = ia_ions_need(ctx, ions, IA_XYZ);
    if (st != IA_OK)
        return st;
    if (!(*out = ia_array(ctx, ions->n, 3 * sizeof **out)))
        return IA_ERR_MEMORY;
    for (size_t begin = 0; begin < ions->n; begin += IA_COLUMN_BLOCK) {
        size_t left = ions->n - begin,
               n = left < IA_COLUMN_BLOCK ? left : IA_COLUMN_BLOCK;
        float *to = *out + 3 * begin;
        const float *rows = ia_column_rows(&ions->columns[IA_XYZ], begin, n, to);
        for (size_t i = 0; rows != to && i < 3 * n; i++)
            to[i] = rows[i];
    }
    return IA_OK;
}
