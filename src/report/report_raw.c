// src/report/report_raw.c: what an input tells before it has m/n: times of flight and
// ions per pulse.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report_internal.h"

ia_status report_detector(ia_ctx *ctx, const ia_state *state, ia_detector *room,
                          const ia_detector **out)
{
    *room = (ia_detector){0};
    *out = state->detector.is_known ? &state->detector : room;
    return state->detector.is_known ? IA_OK
                                    : ia_detector_compute(ctx, &state->ions, NULL, room);
}

static json_t *flight_json(ia_ctx *ctx, const ia_detector *d)
{
    if (d->n_bins == 0)
        return json_null();
    json_t *o = json_object();
    bool ok = report_put(o, "bin_ns", report_number(d->tof_bin)) &&
              report_put(o, "first_ns", report_number(0)) &&
              report_put(o, "n_bins", report_count(d->n_bins)) &&
              report_put(o, "below", report_count(d->tof_below)) &&
              report_put(o, "above", report_count(d->tof_above)) &&
              report_put(o, "counts", report_packed(ctx, d->tof, d->n_bins));
    return report_keep(o, ok);
}

// Rows {multiplicity, pulses, ions}; `or_more` on the last counter.
static json_t *multiples_json(const ia_detector *d)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t k = 1; k < IA_MULTIPLES && ok; k++) {
        bool last = k == IA_MULTIPLES - 1;
        if (d->pulses[k] == 0)
            continue;
        json_t *o = json_object();
        bool filled =
            report_put(o, "multiplicity", report_count(k)) &&
            report_put(o, "or_more", json_boolean(last)) &&
            report_put(o, "pulses", report_count(d->pulses[k])) &&
            report_put(o, "ions", report_count(last ? d->many : d->pulses[k] * k));
        ok = report_push(array, report_keep(o, filled));
    }
    return report_keep(array, ok);
}

ia_status report_flight(ia_ctx *ctx, const report_input *in, json_t **out)
{
    ia_detector room;
    const ia_detector *detector;
    ia_status st = report_detector(ctx, in->state, &room, &detector);
    if (st == IA_OK && !(*out = flight_json(ctx, detector)))
        st = ia_fail(ctx, IA_ERR_MEMORY, "no memory for the times of flight");
    ia_detector_clear(&room);
    return st;
}

ia_status report_multiples(ia_ctx *ctx, const report_input *in, json_t **out)
{
    const ia_column *column = &in->state->ions.columns[IA_MULTIPLICITY];
    ia_detector room;
    const ia_detector *detector;
    *out = NULL;
    if (!ia_column_is_present(column) || column->n == 0) {
        *out = json_null();
        return IA_OK;
    }
    ia_status st = report_detector(ctx, in->state, &room, &detector);
    if (st == IA_OK && !(*out = multiples_json(detector)))
        st = ia_fail(ctx, IA_ERR_MEMORY, "no memory for the ions per pulse");
    ia_detector_clear(&room);
    return st;
}
