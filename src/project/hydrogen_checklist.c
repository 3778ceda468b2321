// src/project/hydrogen_checklist.c: what ought to be told with hydrogen measured by atom
// probe, filled from data and metadata, or marked as not given.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/hydrogen_checklist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NOT_GIVEN[] = "not given";
enum { ROWS_MOST = 48 };

typedef struct {
    ia_ctx *ctx;
    const ia_state *state;
    const ia_hydrogen_params *params;
    const ia_hydrogen *h;
    size_t n;
    const char *items[ROWS_MOST], *sources[ROWS_MOST]; // static
    char *values[ROWS_MOST];                           // owned
    bool failed;                                       // memory ran out
} checklist;

// Takes over the value; an empty one or none is not given.
static void put(checklist *c, const char *item, char *value, const char *source)
{
    bool given = value && *value;

    if (!given) {
        free(value);
        value = ia_text(c->ctx, NOT_GIVEN);
    }
    c->failed |= !value;
    c->items[c->n] = item;
    c->sources[c->n] = given ? source : "";
    c->values[c->n++] = value;
}

static const char *told(const checklist *c, const char *key)
{
    return c->state->meta ? ia_meta_find(c->state->meta, key) : NULL;
}

// The mean of a column; NAN without one.
static double mean_of(const checklist *c, ia_column_id id)
{
    const ia_ions *ions = &c->state->ions;
    float room[IA_COLUMN_BLOCK];
    double sum = 0;

    if (!ia_ions_has(ions, id) || ions->n == 0)
        return NAN;
    for (size_t at = 0; at < ions->n; at += IA_COLUMN_BLOCK) {
        size_t n = ions->n - at < IA_COLUMN_BLOCK ? ions->n - at : IA_COLUMN_BLOCK;
        const float *x = ia_column_rows(&ions->columns[id], at, n, room);
        for (size_t i = 0; i < n; i++)
            sum += (double)x[i];
    }
    return sum / (double)ions->n;
}

// Told by somebody, else the mean of a column, else not given.
static void put_told(checklist *c, const char *item, const char *key, ia_column_id id,
                     const char *unit)
{
    const char *text = told(c, key);
    double mean = id < IA_N_COLUMNS && !text ? mean_of(c, id) : NAN;
    const char *space = *unit ? " " : "";

    if (text)
        put(c, item, ia_textf(c->ctx, "%s%s%s", text, space, unit), "metadata");
    else if (mean > 0)
        put(c, item, ia_textf(c->ctx, "%.4g%s%s", mean, space, unit), "data");
    else
        put(c, item, NULL, "");
}

static void put_text(checklist *c, const char *item, const char *text)
{
    put(c, item, *text ? ia_text(c->ctx, text) : NULL, "given");
}

static void put_instrument(checklist *c)
{
    bool laser = ia_ions_has(&c->state->ions, IA_LASER_ENERGY);
    const char *mode = told(c, "pulse.mode");
    double fraction = mean_of(c, IA_V_PULSE) / mean_of(c, IA_V_DC);

    put_told(c, "instrument", "instrument.type", IA_N_COLUMNS, "");
    put_told(c, "flight path", "instrument.flight_path_mm", IA_N_COLUMNS, "mm");
    if (mode || !(laser || fraction > 0))
        put_told(c, "pulsing mode", "pulse.mode", IA_N_COLUMNS, "");
    else
        put(c, "pulsing mode", ia_text(c->ctx, laser ? "laser" : "voltage"), "data");
    put_told(c, "pulse frequency", "pulse.frequency_khz", IA_PULSE_FREQUENCY, "kHz");
    if (!told(c, "pulse.fraction") && fraction > 0)
        put(c, "pulse fraction", ia_textf(c->ctx, "%.3g", fraction), "data");
    else
        put_told(c, "pulse fraction", "pulse.fraction", IA_N_COLUMNS, "");
    put_told(c, "laser pulse energy", "laser.pulse_energy_pj", IA_LASER_ENERGY, "pJ");
    put_told(c, "base temperature", "stage.temperature", IA_TEMPERATURE, "K");
    put_told(c, "chamber pressure", "chamber.pressure_pa", IA_N_COLUMNS, "Pa");
}

static void put_run(checklist *c)
{
    const ia_hydrogen *h = c->h;
    double ions = 0, pulses = 0, least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < h->n_windows; i++) {
        ions += h->windows[i].ions;
        pulses += h->windows[i].pulses;
        least = fmin(least, h->windows[i].voltage);
        most = fmax(most, h->windows[i].voltage);
    }
    if (!told(c, "control.target_detection_rate") && pulses > 0)
        put(c, "detection rate", ia_textf(c->ctx, "%.3g ions per pulse", ions / pulses),
            "data");
    else
        put_told(c, "detection rate", "control.target_detection_rate", IA_N_COLUMNS,
                 "ions per pulse");
    put(c, "voltage",
        isfinite(most) ? ia_textf(c->ctx, "%.0f to %.0f V", least, most) : NULL, "data");
    put(c, "ions", ia_textf(c->ctx, "%zu", c->state->ions.n), "data");
    put_text(c, "specimen preparation", c->params->preparation);
    put_text(c, "charging method", c->params->charging);
    put_text(c, "transfer and time to analysis", c->params->transfer);
    put_text(c, "uncharged control specimen", c->params->reference);
}

static void put_spectrum(checklist *c)
{
    const ia_hydrogen *h = c->h;
    const ia_element *main_element = ia_element_of(h->main_z);
    const ia_light_peak *p = h->peaks;

    put(c, "field: charge-state ratio",
        main_element
            ? ia_textf(c->ctx, "%s%u+/%s%u+ = %.4g +- %.2g", main_element->symbol,
                       h->main_charge + 1, main_element->symbol, h->main_charge,
                       h->charge_ratio, h->sigma_charge_ratio)
            : NULL,
        "data");
    put(c, "resolving power at 2 Da",
        ia_textf(c->ctx, "%.0f", h->pairs[0].resolving_power), "data");
    put(c, "background at 2 Da",
        ia_textf(c->ctx, "%.4g ions per Da", p[1].background / (p[1].hi - p[1].lo)),
        "data");
    put(c, "windows of 1, 2 and 3 Da",
        ia_textf(c->ctx, "%.3f-%.3f, %.3f-%.3f, %.3f-%.3f Da", p[0].lo, p[0].hi, p[1].lo,
                 p[1].hi, p[2].lo, p[2].hi),
        "data");
    put(c, "H+ for one ion of the specimen",
        ia_textf(c->ctx, "%.4g +- %.2g", h->h_per_ion, h->sigma_h_per_ion), "data");
    for (size_t k = 1; k < 3; k++)
        put(c, k == 1 ? "2 Da over 1 Da" : "3 Da over 1 Da",
            isfinite(p[k].per_h)
                ? ia_textf(c->ctx, "%.4g +- %.2g", p[k].per_h, p[k].sigma_per_h)
                : NULL,
            "data");
}

// One more at the end of a text that may be cut.
static void append(char *text, size_t size, const char *between, const char *more)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? between : "", more);
}

// Those seen, those that identification tells though no number can be given, and those
// that would be seen if nothing else were told there.
static void put_hydrides(checklist *c)
{
    char seen[512] = "", others[1024] = "", one[3 * IA_ION_NAME + 64];

    for (size_t i = 0; i < c->h->n_hydrides; i++) {
        const ia_hydride *h = &c->h->hydrides[i];
        if (h->is_seen)
            append(seen, sizeof seen, ", ", h->name);
        if (h->is_undetermined && h->probability > 0) {
            snprintf(one, sizeof one, "%s told but undetermined, at most %.4g ions",
                     h->name, h->hi);
            append(others, sizeof others, "; ", one);
        }
        if (h->hidden_under.n_parts > 0) {
            snprintf(one, sizeof one, "%s hidden under %s", h->name,
                     h->hidden_under.name);
            append(others, sizeof others, "; ", one);
        }
    }
    put(c, "hydrides",
        ia_textf(c->ctx, "%s%s%s", *seen ? seen : "none seen", *others ? "; " : "",
                 others),
        "data");
}

static void put_deuterium(checklist *c)
{
    const ia_light_pair *d = &c->h->pairs[0];

    put(c, "D+ at 2 Da",
        ia_textf(c->ctx, "%.4g ions, 95 %% interval %.4g to %.4g, upper limit %.4g: %s",
                 d->counts[0], d->interval[0][0], d->interval[0][1], d->upper,
                 d->is_parted ? "parted from H2+" : "not parted from H2+"),
        "data");
}

static void put_origin(checklist *c)
{
    const ia_hydrogen *h = c->h;

    put(c, "distribution along the run",
        isfinite(h->p_windows)
            ? ia_textf(c->ctx, "share of H+ the same in %zu stretches: p = %.2g",
                       h->n_windows, h->p_windows)
            : NULL,
        "data");
    put(c, "distribution over the detector",
        isfinite(h->p_rings)
            ? ia_textf(c->ctx, "share of H+ the same in %zu rings: p = %.2g", h->n_rings,
                       h->p_rings)
            : NULL,
        "data");
    put(c, "residual gas",
        h->gas.is_told ? ia_textf(c->ctx, "%.2f +- %.2f of the H+ comes with the pulses",
                                  h->gas.share, h->gas.sigma_share)
                       : NULL,
        "data");
    put_told(c, "licence of the data", "licence", IA_N_COLUMNS, "");
    put_told(c, "where the data are", "citation.doi", IA_N_COLUMNS, "");
}

ia_status project_hydrogen_checklist(ia_ctx *ctx, const ia_state *state,
                                     const ia_hydrogen_params *params,
                                     const ia_hydrogen *hydrogen, ia_result *result)
{
    checklist c = {.ctx = ctx, .state = state, .params = params, .h = hydrogen};
    ia_status st = IA_ERR_MEMORY;

    put_instrument(&c);
    put_run(&c);
    put_spectrum(&c);
    put_deuterium(&c);
    put_hydrides(&c);
    put_origin(&c);
    ia_table *table =
        c.failed ? NULL : ia_result_add(ctx, result, "hydrogen_checklist", IA_ROWS, c.n);
    if (table && ia_table_add_copy(ctx, table, "item", IA_TEXT, c.items) == IA_OK &&
        ia_table_add_copy(ctx, table, "value", IA_TEXT, c.values) == IA_OK &&
        ia_table_add_copy(ctx, table, "source", IA_TEXT, c.sources) == IA_OK)
        st = IA_OK;
    for (size_t i = 0; i < c.n; i++)
        free(c.values[i]);
    return st;
}
