// src/io/stuttgart.c: raw hits of the Stuttgart atom probe, little-endian records of 32
// bytes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/records.h"
#include "io/view.h"

#include <math.h>
#include <string.h>

enum { RECORD = 32, EPOCH = 24, PULSE = 28 };

// Where each float32 column stands in a record; the reflectron's voltage at 8 has none.
static const struct {
    ia_column_id id;
    size_t offset;
} places[] = {{IA_V_DC, 0}, {IA_V_PULSE, 4}, {IA_DET_XY, 12}, {IA_TOF, 20}};

static float le_f32(const unsigned char *p)
{
    uint32_t word = __builtin_bswap32(ia_be_u32(p));
    float v;
    memcpy(&v, &word, 4);
    return v;
}

// Voltages of an atom probe, a hit on a detector, a time of flight after the pulse.
static bool is_plausible(const unsigned char *record)
{
    float v_dc = le_f32(record), v_pulse = le_f32(record + 4),
          v_mirror = le_f32(record + 8);
    float x = le_f32(record + 12), y = le_f32(record + 16), tof = le_f32(record + 20);
    return v_dc >= 50 && v_dc < 5e4f && v_pulse >= 0 && v_pulse < 5e4f &&
           fabsf(v_mirror) < 5e4f && fabsf(x) < 1e3f && fabsf(y) < 1e3f && tof >= 0 &&
           tof < 1e7f && ia_is_plausible_f32(v_pulse) && ia_is_plausible_f32(v_mirror) &&
           ia_is_plausible_f32(x) && ia_is_plausible_f32(y) && ia_is_plausible_f32(tof);
}

int ia_stuttgart_sniff(const unsigned char *bytes, size_t n)
{
    if (ia_looks_like_text(bytes, n) ||
        ia_records_plausible(bytes, n, RECORD, is_plausible) < 0.9)
        return 0;
    return n % RECORD == 0 ? 85 : 50;
}

static bool has_reflectron(const ia_source *source)
{
    ia_view v = {source->bytes + 8, RECORD, IA_VIEW_F32, false, 0, 0};
    for (size_t i = 0; i < source->n / RECORD; i++)
        if (ia_view_value(&v, i) != 0)
            return true;
    return false;
}

static void add_columns(const ia_source *source, ia_views *views, ia_ions *ions)
{
    const unsigned char *bytes = source->bytes;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        ia_column_id id = places[i].id;
        for (size_t k = 0; k < ia_column_kind_of(id)->width; k++)
            views->views[id][k] = (ia_view){.at = bytes + places[i].offset + 4 * k,
                                            .stride = RECORD,
                                            .kind = IA_VIEW_F32};
        ia_views_add(views, ions, id);
    }
    ia_view epoch = {.at = bytes + EPOCH, .stride = RECORD, .kind = IA_VIEW_I32};
    epoch.minus = ia_view_value(&epoch, 0);
    views->views[IA_ELAPSED_TIME][0] = epoch;
    ia_views_add(views, ions, IA_ELAPSED_TIME);
    views->pulses = (ia_pulses){
        .number = {.at = bytes + PULSE, .stride = RECORD, .kind = IA_VIEW_U32},
        .wrap = 0x1p32};
    ia_views_add_pulses(views, ions);
}

ia_status ia_stuttgart_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    ia_ions ions = {.n = source->n / RECORD};
    ia_status st = ia_records_check(ctx, source, RECORD, "raw");
    if (st != IA_OK)
        return st;
    double share = ia_records_plausible(source->bytes, source->n, RECORD, is_plausible);
    if (share < 0.5)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%.0f %% of the hits looked at hold voltages, places and times as "
                       "a detector gives them; it is no file of raw hits",
                       100 * share);
    ia_views *views = ia_array(ctx, 1, sizeof *views);
    if (!views)
        return IA_ERR_MEMORY;
    add_columns(source, views, &ions);
    bool reflectron = has_reflectron(source);
    if ((st = ia_views_adopt(ctx, views, source, &ions)) != IA_OK) {
        ia_views_free(views);
        return st;
    }
    if (reflectron)
        ia_warn(ctx, "the reflectron's voltage is not kept; m/n from times of flight "
                     "holds for straight paths only");
    *out = ions;
    return IA_OK;
}
