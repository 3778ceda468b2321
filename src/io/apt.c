// src/io/apt.c: APT of AP Suite 6, a header and sections that hold one quantity each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/apt.h"
#include "io/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A section's header as it stands in the file.
typedef struct {
    char name[IA_APT_SECTION_NAME + 1];
    char unit[IA_APT_UNIT + 1];
    uint32_t relation, record_kind, type, bits, record;
    uint64_t n, n_bytes;
    size_t at;   // byte of its header
    size_t data; // byte of its first record
} section;

// Sections that become columns. Where several give the same one, the first of this list
// is taken.
typedef enum {
    POSITION,
    MASS,
    TOF,
    TOF_LONG,
    TOF_EPOS,
    V_DC,
    V_DC_LONG,
    V_PULSE,
    V_PULSE_LONG,
    HITS,
    HITS_X,
    HITS_Y,
    SINCE,
    PULSE,
    PULSE_OFFSET,
    PULSE_OFFSET_LONG,
    MULTIPLICITY,
    LASER,
    FREQUENCY,
    TEMPERATURE,
    ELAPSED,
    N_KNOWN
} known_id;

typedef struct {
    const char *name;
    ia_column_id column; // the first of them for pulse numbers
    size_t width;
} known_section;

static const known_section known[N_KNOWN] = {
    [POSITION] = {"Position", IA_XYZ, 3},
    [MASS] = {"Mass", IA_MASS, 1},
    [TOF] = {"tof", IA_TOF, 1},
    [TOF_LONG] = {"Time of Flight", IA_TOF, 1},
    [TOF_EPOS] = {"Epos ToF", IA_TOF, 1},
    [V_DC] = {"Voltage", IA_V_DC, 1},
    [V_DC_LONG] = {"Vap", IA_V_DC, 1},
    [V_PULSE] = {"Pulse Voltage", IA_V_PULSE, 1},
    [V_PULSE_LONG] = {"Vp", IA_V_PULSE, 1},
    [HITS] = {"Detector Coordinates", IA_DET_XY, 2},
    [HITS_X] = {"XDet_mm", IA_DET_XY, 1},
    [HITS_Y] = {"YDet_mm", IA_DET_XY, 1},
    [SINCE] = {"Delta Pulse", IA_PULSES_SINCE, 1},
    [PULSE] = {"pulse", IA_PULSES_SINCE, 1},
    [PULSE_OFFSET] = {"pulseDelta", IA_PULSES_SINCE, 1},
    [PULSE_OFFSET_LONG] = {"Pulse Delta", IA_PULSES_SINCE, 1},
    [MULTIPLICITY] = {"Multiplicity", IA_MULTIPLICITY, 1},
    [LASER] = {"laserpower", IA_LASER_ENERGY, 1},
    [FREQUENCY] = {"freq", IA_PULSE_FREQUENCY, 1},
    [TEMPERATURE] = {"Temp", IA_TEMPERATURE, 1},
    [ELAPSED] = {"tElapsed", IA_ELAPSED_TIME, 1},
};

// What one house unit is called in files, and how many of it one of the others is.
static const struct {
    const char *house, *unit;
    double factor;
} units[] = {
    {"nm", "nm", 1},   {"nm", "A", 0.1},   {"Da", "Da", 1},   {"Da", "da", 1},
    {"Da", "amu", 1},  {"Da", "u", 1},     {"Da", "in/c", 1}, {"ns", "ns", 1},
    {"ns", "us", 1e3}, {"ns", "ps", 1e-3}, {"V", "V", 1},     {"V", "kV", 1e3},
    {"mm", "mm", 1},   {"mm", "cm", 10},   {"kHz", "kHz", 1}, {"kHz", "Hz", 1e-3},
    {"K", "K", 1},     {"s", "s", 1},      {"s", "ms", 1e-3}, {"pJ", "pJ", 1},
    {"pJ", "nJ", 1e3},
};

// What is gathered while the sections are gone through.
typedef struct {
    const ia_source *source;
    uint64_t n; // ions by the file's header
    section found[N_KNOWN];
    bool has[N_KNOWN];
    char left[640]; // names of sections that are not kept
    size_t n_left;
} walk;

static uint32_t le_u32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint64_t le_u64(const unsigned char *p)
{
    return (uint64_t)le_u32(p + 4) << 32 | le_u32(p);
}

// UTF-16 up to its end or a zero; what is not printable ASCII becomes '?'.
static void read_utf16(const unsigned char *p, size_t n, char *out)
{
    size_t i = 0;
    for (; i < n && (p[2 * i] | p[2 * i + 1]) != 0; i++)
        out[i] = p[2 * i + 1] == 0 && p[2 * i] >= ' ' && p[2 * i] <= '~' ? (char)p[2 * i]
                                                                         : '?';
    out[i] = '\0';
}

int ia_apt_sniff(const unsigned char *bytes, size_t n)
{
    return n >= 4 && memcmp(bytes, "APT\0", 4) == 0 ? 100 : 0;
}

static ia_status read_file_header(ia_ctx *ctx, walk *w, size_t *end)
{
    const unsigned char *bytes = w->source->bytes;
    size_t n = w->source->n;
    if (n < 4 || memcmp(bytes, "APT\0", 4) != 0)
        return ia_fail(ctx, IA_ERR_FORMAT, "'APT' was expected at byte 0");
    if (n < IA_APT_HEADER)
        return ia_fail(ctx, IA_ERR_FORMAT, "the header is cut short: %zu of %d bytes", n,
                       IA_APT_HEADER);
    uint32_t size = le_u32(bytes + 4), version = le_u32(bytes + 8);
    if (size < IA_APT_HEADER || size > n)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "the header has %u bytes, %d to %zu were expected", size,
                       IA_APT_HEADER, n);
    if (version != 2)
        ia_warn(ctx, "is APT of version %u and read as version 2", version);
    w->n = le_u64(bytes + 532);
    if (w->n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "holds 0 ions by its header");
    *end = size;
    return IA_OK;
}

// The header of the section at `at`; `end` is where the next begins.
static ia_status read_section(ia_ctx *ctx, const ia_source *source, size_t at,
                              section *out, size_t *end)
{
    const unsigned char *p = source->bytes + at;
    size_t rest = source->n - at;
    if (rest < 4 || memcmp(p, "SEC\0", 4) != 0)
        return ia_fail(ctx, IA_ERR_FORMAT, "'SEC' was expected at byte %zu", at);
    if (rest < IA_APT_SECTION)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "the section header at byte %zu is cut short: %zu of %d bytes", at,
                       rest, IA_APT_SECTION);
    section s = {.at = at,
                 .relation = le_u32(p + 80),
                 .record_kind = le_u32(p + 84),
                 .type = le_u32(p + 88),
                 .bits = le_u32(p + 92),
                 .record = le_u32(p + 96),
                 .n = le_u64(p + 132),
                 .n_bytes = le_u64(p + 140)};
    read_utf16(p + 12, IA_APT_SECTION_NAME, s.name);
    read_utf16(p + 100, IA_APT_UNIT, s.unit);
    uint32_t size = le_u32(p + 4);
    if (size < IA_APT_SECTION || size > rest)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "section '%s' at byte %zu: its header has %u bytes, %d to %zu "
                       "were expected",
                       s.name, at, size, IA_APT_SECTION, rest);
    if (s.n_bytes > rest - size)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "section '%s' at byte %zu is cut short: %zu of %llu bytes", s.name,
                       at, rest - size, (unsigned long long)s.n_bytes);
    s.data = at + size;
    *end = s.data + (size_t)s.n_bytes;
    *out = s;
    return IA_OK;
}

static void leave(walk *w, const char *name)
{
    size_t n = strlen(w->left);
    if (n + strlen(name) + 3 < sizeof w->left)
        snprintf(w->left + n, sizeof w->left - n, "%s%s", n > 0 ? ", " : "",
                 *name ? name : "(no name)");
    w->n_left++;
}

static ia_view_kind kind_of(const section *s)
{
    static const ia_view_kind ints[] = {IA_VIEW_I8, IA_VIEW_I16, IA_VIEW_I32,
                                        IA_VIEW_I64};
    static const ia_view_kind uints[] = {IA_VIEW_U8, IA_VIEW_U16, IA_VIEW_U32,
                                         IA_VIEW_U64};
    static const ia_view_kind floats[] = {IA_VIEW_NONE, IA_VIEW_NONE, IA_VIEW_F32,
                                          IA_VIEW_F64};
    const ia_view_kind *kinds = s->type == IA_APT_INT     ? ints
                                : s->type == IA_APT_UINT  ? uints
                                : s->type == IA_APT_FLOAT ? floats
                                                          : NULL;
    for (size_t i = 0; kinds && i < 4; i++)
        if (s->bits == 8u << i)
            return kinds[i];
    return IA_VIEW_NONE;
}

// A known section must hold what its name promises.
static ia_status check_section(ia_ctx *ctx, const walk *w, const section *s, size_t width)
{
    ia_view_kind kind = kind_of(s);
    if (kind == IA_VIEW_NONE)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "section '%s' at byte %zu: data type %u of %u bits is none that "
                       "holds numbers",
                       s->name, s->at, s->type, s->bits);
    if (s->record != width * ia_view_size(kind))
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "section '%s' at byte %zu has records of %u bytes, %zu were "
                       "expected",
                       s->name, s->at, s->record, width * ia_view_size(kind));
    if (s->n != w->n)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "section '%s' at byte %zu holds %llu records, %llu ions were "
                       "expected",
                       s->name, s->at, (unsigned long long)s->n,
                       (unsigned long long)w->n);
    if (s->n > s->n_bytes / s->record)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "section '%s' at byte %zu: %llu records of %u bytes do not fit "
                       "its %llu bytes",
                       s->name, s->at, (unsigned long long)s->n, s->record,
                       (unsigned long long)s->n_bytes);
    return IA_OK;
}

static ia_status take_section(ia_ctx *ctx, walk *w, const section *s)
{
    size_t k = 0;
    while (k < N_KNOWN && strcmp(known[k].name, s->name) != 0)
        k++;
    // A run without a reconstruction may hold empty sections.
    bool is_kept = k < N_KNOWN && s->n > 0 && s->relation == IA_APT_ONE_TO_ONE &&
                   s->record_kind == IA_APT_FIXED_SIZE;
    if (!is_kept) {
        leave(w, s->name);
        return IA_OK;
    }
    if (w->has[k]) {
        ia_warn(ctx, "section '%s' at byte %zu comes a second time and is not read",
                s->name, s->at);
        return IA_OK;
    }
    ia_status st = check_section(ctx, w, s, known[k].width);
    if (st != IA_OK)
        return st;
    w->found[k] = *s;
    w->has[k] = true;
    return IA_OK;
}

static double factor_of(ia_ctx *ctx, const section *s, const char *house)
{
    if (!*s->unit)
        return 1;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].house, house) == 0 && strcmp(units[i].unit, s->unit) == 0)
            return units[i].factor;
    ia_warn(ctx, "section '%s' is in '%s', an unknown unit, and read as %s", s->name,
            s->unit, *house ? house : "a count");
    return 1;
}

static ia_view view_of(const walk *w, const section *s, size_t k, double factor)
{
    ia_view_kind kind = kind_of(s);
    return (ia_view){.at = w->source->bytes + s->data + k * ia_view_size(kind),
                     .stride = s->record,
                     .kind = kind,
                     .scale = factor == 1 ? 0 : factor};
}

static void add_column(ia_ctx *ctx, const walk *w, known_id k, ia_views *views,
                       ia_ions *ions)
{
    ia_column_id id = known[k].column;
    double factor = factor_of(ctx, &w->found[k], ia_column_kind_of(id)->unit);
    for (size_t c = 0; c < known[k].width; c++)
        views->views[id][c] = view_of(w, &w->found[k], c, factor);
    ia_views_add(views, ions, id);
    if (ions->columns[id].type != IA_U32)
        return;
    size_t n_odd = ia_view_n_odd(&views->views[id][0], ions->n);
    if (n_odd > 0)
        ia_warn(ctx, "section '%s': %zu values are no counts; the nearest count is taken",
                w->found[k].name, n_odd);
}

static void add_hits(ia_ctx *ctx, const walk *w, ia_views *views, ia_ions *ions)
{
    for (size_t c = 0; c < 2; c++) {
        const section *s = &w->found[HITS_X + c];
        views->views[IA_DET_XY][c] = view_of(w, s, 0, factor_of(ctx, s, "mm"));
    }
    ia_views_add(views, ions, IA_DET_XY);
}

// Some writers put into pulseDelta what EPOS holds, pulses since the last event: then it
// is the step from pulse to pulse. AP Suite adds with it what float32 loses of a number.
static bool is_step(const ia_view *pulse, const ia_view *delta, size_t n)
{
    enum { LOOKED_AT = 4096 };
    size_t n_steps = 0, n_agree = 0;
    for (size_t i = 1; i < n && i < LOOKED_AT; i++) {
        double before = ia_view_value(pulse, i - 1), now = ia_view_value(pulse, i);
        if (!(now > before && now < 0x1p24))
            continue;
        n_steps++;
        n_agree += now - before == ia_view_value(delta, i);
    }
    return n_steps > 0 && n_agree * 100 >= n_steps * 99;
}

static void add_pulses(const walk *w, ia_views *views, ia_ions *ions)
{
    ia_view pulse = view_of(w, &w->found[PULSE], 0, 1), delta = {0};
    for (size_t k = PULSE_OFFSET_LONG; k >= PULSE_OFFSET; k--)
        if (w->has[k])
            delta = view_of(w, &w->found[k], 0, 1);
    bool step = delta.at && is_step(&pulse, &delta, ions->n);
    views->pulses.number = pulse;
    if (delta.at && !step)
        views->pulses.offset = delta;
    ia_views_add_pulses(views, ions);
}

static void add_columns(ia_ctx *ctx, walk *w, ia_views *views, ia_ions *ions)
{
    bool used[N_KNOWN] = {false};
    if (w->has[PULSE] && !w->has[SINCE]) {
        add_pulses(w, views, ions);
        used[PULSE] = used[PULSE_OFFSET] = used[PULSE_OFFSET_LONG] = true;
    }
    for (known_id k = 0; k < N_KNOWN; k++) {
        ia_column_id id = known[k].column;
        bool apart = k == HITS_X || k == HITS_Y;
        bool number = k == PULSE || k == PULSE_OFFSET || k == PULSE_OFFSET_LONG;
        bool taken = ia_ions_has(ions, id) && k != MULTIPLICITY;
        if (!w->has[k] || apart || number || taken)
            continue;
        add_column(ctx, w, k, views, ions);
        used[k] = true;
    }
    if (w->has[HITS_X] && w->has[HITS_Y] && !ia_ions_has(ions, IA_DET_XY)) {
        add_hits(ctx, w, views, ions);
        used[HITS_X] = used[HITS_Y] = true;
    }
    for (known_id k = 0; k < N_KNOWN; k++)
        if (w->has[k] && !used[k])
            leave(w, known[k].name);
}

static ia_status read_sections(ia_ctx *ctx, walk *w)
{
    size_t at = 0;
    ia_status st = read_file_header(ctx, w, &at);
    while (st == IA_OK && at < w->source->n) {
        section s;
        if ((st = read_section(ctx, w->source, at, &s, &at)) == IA_OK)
            st = take_section(ctx, w, &s);
    }
    return st;
}

static bool has_column(const ia_ions *ions)
{
    bool has = false;
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        has |= ia_ions_has(ions, id);
    return has;
}

ia_status ia_apt_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    ia_ions ions = {0};
    ia_views *views = NULL;
    ia_status st = IA_ERR_MEMORY;
    walk *w = ia_array(ctx, 1, sizeof *w);
    if (!w)
        goto done;
    w->source = source;
    if ((st = read_sections(ctx, w)) != IA_OK)
        goto done;
    ions.n = (size_t)w->n;
    if (!(views = ia_array(ctx, 1, sizeof *views))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    add_columns(ctx, w, views, &ions);
    if (!has_column(&ions)) {
        st = ia_fail(ctx, IA_ERR_EMPTY, "none of its sections holds a column of ions%s%s",
                     *w->left ? ": " : "", w->left);
        goto done;
    }
    if ((st = ia_views_adopt(ctx, views, source, &ions)) != IA_OK)
        goto done;
    views = NULL; // the table's now
    if (w->n_left > 0)
        ia_warn(ctx, "sections not kept (%zu): %s", w->n_left, w->left);
    *out = ions;
done:
    ia_views_free(views);
    free(w);
    return st;
}
