// src/io/ops.c: OPS, hits of the Oxford position-sensitive atom probe as text.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/records.h"
#include "io/text.h"

#include <ionatlas/hash.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HITS_MAX = 256 }; // in one pulse

// Columns of a hit.
typedef struct {
    float *tof, *v_dc, *v_pulse, *xy;
    uint32_t *since, *multiplicity;
} columns;

// A walk over the lines: what holds at this line, and where hits go.
typedef struct {
    ia_lines lines;
    ia_span line;
    const columns *to; // NULL: only count
    size_t n;          // hits so far
    bool has_v, has_constants, reflectron;
    double v_dc, v_pulse, flight_path, t0;
    uint64_t since; // pulses since the last event
    bool open;      // a line of times waits for its places
    size_t n_times;
    double times[HITS_MAX];
    size_t n_left_out; // pulses with fewer places than times
    size_t n_untimed;  // hits without a time
    size_t n_clipped;  // pulses after more empty ones than 32 bits count
} walk;

typedef enum {
    NONE,
    CONSTANTS,
    RADIUS,
    CHANNELS,
    TEMPERATURE,
    VOLTAGE,
    TIMES,
    PLACES
} kind;

static kind kind_of(ia_span word)
{
    static const struct {
        const char *word;
        kind kind;
    } words[] = {{"C", CONSTANTS}, {"I", RADIUS},      {"IR", RADIUS},
                 {"P", CHANNELS},  {"T", TEMPERATURE}, {"V", VOLTAGE}};
    ia_span number = {word.at + 1, word.n - 1};
    uint64_t n;
    if (word.n > 1 && word.at[0] == '-' && ia_span_u64(number, &n))
        return TIMES;
    if (word.n > 1 && word.at[0] == 'S' && ia_span_u64(number, &n))
        return PLACES;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (word.n == strlen(words[i].word) &&
            memcmp(word.at, words[i].word, word.n) == 0)
            return words[i].kind;
    return NONE;
}

// The next line that is neither blank nor a remark.
static bool next_line(walk *w)
{
    while (ia_lines_next_filled(&w->lines, &w->line)) {
        w->line = ia_span_trim(w->line);
        if (w->line.at[0] != '*')
            return true;
    }
    return false;
}

int ia_ops_sniff(const unsigned char *bytes, size_t n)
{
    enum { LOOK_AT = 65536, LINES = 32 };
    walk w = {.lines = ia_lines_of(bytes, n < LOOK_AT ? n : LOOK_AT)};
    size_t n_lines = 0, n_voltages = 0;
    if (!ia_looks_like_text(bytes, n))
        return 0;
    while (n_lines < LINES && next_line(&w)) {
        ia_span rest = w.line, word = {w.line.at, 0};
        ia_span_word(&rest, &word);
        kind k = kind_of(word);
        if (k == NONE)
            return 0;
        n_voltages += k == VOLTAGE || k == CONSTANTS;
        n_lines++;
    }
    return n_lines > 1 && n_voltages > 0 ? 85 : 0;
}

static ia_status fail_line(ia_ctx *ctx, const walk *w, const char *expected)
{
    return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: '%s': expected %s", w->lines.number,
                   ia_span_quote(w->line).text, expected);
}

// The numbers of a line after its first word, at most n_max; false when one is none.
static bool read_numbers(const walk *w, double *numbers, size_t n_max, size_t *n)
{
    ia_span rest = w->line, word;
    ia_span_word(&rest, &word);
    for (*n = 0; ia_span_word(&rest, &word); ++*n)
        if (*n == n_max || !ia_span_f64(word, true, &numbers[*n]) ||
            !isfinite(numbers[*n]))
            return false;
    return true;
}

static ia_status read_constants(ia_ctx *ctx, walk *w)
{
    double numbers[4];
    size_t n;
    if (!read_numbers(w, numbers, 4, &n) || n != 4)
        return fail_line(ctx, w, "flight path (mm), alpha, beta and t0 (ns)");
    if (w->has_constants)
        return fail_line(ctx, w, "the constants (C) only once");
    w->has_constants = true;
    w->flight_path = numbers[0];
    w->t0 = numbers[3];
    return IA_OK;
}

static ia_status read_voltage(ia_ctx *ctx, walk *w)
{
    double numbers[3];
    size_t n;
    if (!read_numbers(w, numbers, 3, &n) || n < 2)
        return fail_line(ctx, w, "standing voltage, pulse voltage (V) and perhaps beta");
    w->v_dc = numbers[0];
    w->v_pulse = numbers[1];
    w->has_v = true;
    return IA_OK;
}

// "-12 845.2 913.7": twelve pulses without an ion, then one with these times.
static ia_status read_times(ia_ctx *ctx, walk *w, ia_span word)
{
    uint64_t n_empty = 0;
    ia_span_u64((ia_span){word.at + 1, word.n - 1}, &n_empty);
    if (w->open)
        return fail_line(ctx, w, "the places (S) that go with the times before");
    if (!read_numbers(w, w->times, HITS_MAX, &w->n_times) || w->n_times == 0)
        return fail_line(ctx, w, "times of flight (ns), 256 at most");
    w->since += n_empty < UINT32_MAX ? n_empty + 1 : (uint64_t)UINT32_MAX + 1;
    w->open = true;
    return IA_OK;
}

static void put_hits(walk *w, const double *places, size_t n_hits)
{
    const columns *to = w->to;
    for (size_t k = 0; k < n_hits; k++) {
        double which = places[2 * n_hits + k];
        size_t i = w->n++;
        w->n_untimed += which == 0;
        if (!to)
            continue;
        to->tof[i] = which > 0 ? (float)w->times[(size_t)which - 1] : 0;
        to->xy[2 * i] = (float)places[2 * k];
        to->xy[2 * i + 1] = (float)places[2 * k + 1];
        to->v_dc[i] = (float)w->v_dc;
        to->v_pulse[i] = (float)w->v_pulse;
        if (k > 0)
            continue; // both are 0 on the others of a pulse
        w->n_clipped += w->since > UINT32_MAX;
        to->since[i] = w->since < UINT32_MAX ? (uint32_t)w->since : UINT32_MAX;
        to->multiplicity[i] = (uint32_t)n_hits;
    }
}

// "S2 1.5 -2 3 4.5 1 2": x and y of two hits, then which of the times is whose, 0 none.
static ia_status read_places(ia_ctx *ctx, walk *w, ia_span word)
{
    double places[3 * HITS_MAX];
    uint64_t n_hits = 0;
    size_t n;
    ia_span_u64((ia_span){word.at + 1, word.n - 1}, &n_hits);
    if (!w->open)
        return fail_line(ctx, w, "the times (-) that go with these places first");
    if (!w->has_v)
        return fail_line(ctx, w, "a voltage (V) before the first hit");
    if (!read_numbers(w, places, 3 * HITS_MAX, &n) || n_hits == 0 || n_hits > HITS_MAX ||
        n != 3 * n_hits)
        return fail_line(ctx, w,
                         "x and y of each hit, then the number of each one's time");
    w->open = false;
    if (n_hits < w->n_times) {
        w->n_left_out++;
        return IA_OK;
    }
    for (size_t k = 2 * n_hits; k < n; k++)
        if (!(places[k] >= 0 && places[k] <= (double)w->n_times) ||
            places[k] != floor(places[k]))
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "line %zu: time number %g, expected 0 to %zu", w->lines.number,
                           places[k], w->n_times);
    put_hits(w, places, (size_t)n_hits);
    w->since = 0;
    return IA_OK;
}

static ia_status read_line(ia_ctx *ctx, walk *w)
{
    ia_span rest = w->line, word = {w->line.at, 0};
    ia_span_word(&rest, &word);
    switch (kind_of(word)) {
    case CONSTANTS:
        return read_constants(ctx, w);
    case VOLTAGE:
        return read_voltage(ctx, w);
    case TIMES:
        return read_times(ctx, w, word);
    case PLACES:
        return read_places(ctx, w, word);
    case RADIUS:
        w->reflectron |= word.n == 2;
        return IA_OK;
    case CHANNELS:
    case TEMPERATURE:
        return IA_OK;
    case NONE:
        break;
    }
    return fail_line(ctx, w, "a line of C, I, IR, P, T, V, - or S");
}

static ia_status walk_over(ia_ctx *ctx, const ia_source *source, walk *w)
{
    ia_status st = IA_OK;
    size_t n_lines = 0;
    w->lines = ia_lines_of(source->bytes, source->n);
    while (st == IA_OK && next_line(w)) {
        st = read_line(ctx, w);
        if (st == IA_OK && ++n_lines % (1 << 16) == 0)
            st = ia_step(ctx, "reading", 1 - (double)w->lines.rest.n / (double)source->n);
    }
    if (st == IA_OK && w->open)
        st = ia_fail(ctx, IA_ERR_FORMAT,
                     "is cut short: the last times have no places (S)");
    return st;
}

static void tell(ia_ctx *ctx, const walk *w)
{
    if (w->has_constants)
        ia_log(ctx, IA_LOG_INFO,
               "tells a flight path of %g mm and t0 of %g ns: --flight-path, --t0",
               w->flight_path, w->t0);
    if (w->reflectron)
        ia_warn(ctx, "is of a reflectron; m/n from times of flight holds for straight "
                     "paths only");
    if (w->n_left_out > 0)
        ia_warn(ctx, "%zu pulses with fewer places than times are left out",
                w->n_left_out);
    if (w->n_untimed > 0)
        ia_warn(ctx, "%zu hits have no time of flight and get 0", w->n_untimed);
    if (w->n_clipped > 0)
        ia_warn(ctx, "%zu counts of pulses do not fit 32 bits; %lu is taken for them",
                w->n_clipped, (unsigned long)UINT32_MAX);
    ia_warn(ctx, "the unit of its places is nowhere told; read as mm");
}

static columns columns_of(ia_ions *ions)
{
    return (columns){.tof = ia_ions_values(ions, IA_TOF),
                     .v_dc = ia_ions_values(ions, IA_V_DC),
                     .v_pulse = ia_ions_values(ions, IA_V_PULSE),
                     .xy = ia_ions_values(ions, IA_DET_XY),
                     .since = ia_ions_values(ions, IA_PULSES_SINCE),
                     .multiplicity = ia_ions_values(ions, IA_MULTIPLICITY)};
}

ia_status ia_ops_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    static const unsigned held = 1u << IA_TOF | 1u << IA_V_DC | 1u << IA_V_PULSE |
                                 1u << IA_DET_XY | 1u << IA_PULSES_SINCE |
                                 1u << IA_MULTIPLICITY;
    walk count = {0}, fill = {0};
    ia_ions ions = {0};
    ia_status st = walk_over(ctx, source, &count);
    if (st != IA_OK)
        return st;
    if (count.n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "holds no hits");
    if ((st = ia_ions_new(ctx, count.n, held, &ions)) != IA_OK)
        return st;
    columns to = columns_of(&ions);
    fill.to = &to;
    if ((st = walk_over(ctx, source, &fill)) != IA_OK ||
        (st = ia_sha256(ctx, source->bytes, source->n, ions.sha256)) != IA_OK)
        goto done;
    if (source->path && !(ions.path = ia_text(ctx, source->path))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    tell(ctx, &fill);
    ia_source_clear(source);
    *out = ions;
    ions = (ia_ions){0};
done:
    ia_ions_clear(&ions);
    return st;
}
