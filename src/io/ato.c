// src/io/ato.c: ATO of the Rouen group, versions 3 and 5.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/records.h"
#include "io/view.h"

#include <string.h>

// How the two versions are laid out, and which of their bytes hold what nobody keeps.
typedef struct {
    unsigned version;
    size_t header, record;
    size_t z, mass;
    const char *left; // what is not kept
    size_t left_from;
} layout;

static const layout layouts[] = {
    {3, 8, 56, 8, 12, "virtual voltage and Fourier components", 44},
    {5, 5000, 40, 4, 8, "bytes 12 to 39 of an ion, of unknown meaning,", 12},
};

// Where columns of float32 stand in version 3, and how many house units one of them is.
static const struct {
    ia_column_id id;
    size_t offset;
    double scale;
} places[] = {
    {IA_XYZ, 0, 0.1},  {IA_MASS, 12, 0},      {IA_V_DC, 24, 1e3},
    {IA_TOF, 28, 1e3}, {IA_DET_XY, 32, 10.0}, {IA_V_PULSE, 40, 1e3},
};
enum { CLUSTER = 16, PULSE = 20 };

// The version stands in byte 5 of a little-endian header, in byte 8 of another.
static unsigned version_of(const unsigned char *bytes, size_t n)
{
    if (n < 8 || (bytes[5] | bytes[6]) != 0)
        return 0;
    return bytes[7] == 0 ? bytes[4] : bytes[4] == 0 ? bytes[7] : 0;
}

static const layout *layout_of(const unsigned char *bytes, size_t n)
{
    unsigned version = version_of(bytes, n);
    for (size_t i = 0; i < 2; i++)
        if (layouts[i].version == version && n >= layouts[i].header)
            return &layouts[i];
    return NULL;
}

static bool is_position(float v)
{
    return ia_is_plausible_f32(v) && !(v > 1e5f) && !(v < -1e5f);
}

// Share of up to 512 ions whose z and m/n, in this byte order, are an instrument's.
static double share_plausible(const layout *l, const unsigned char *bytes, size_t n,
                              bool swapped)
{
    enum { SAMPLE = 512 };
    size_t n_ions = (n - l->header) / l->record;
    size_t n_sample = n_ions < SAMPLE ? n_ions : SAMPLE, n_liked = 0;
    for (size_t i = 0; i < n_sample; i++) {
        const unsigned char *at = bytes + l->header + n_ions / n_sample * i * l->record;
        ia_view z = {at + l->z, l->record, IA_VIEW_F32, swapped, 0, 0};
        ia_view mass = {at + l->mass, l->record, IA_VIEW_F32, swapped, 0, 0};
        float m = (float)ia_view_value(&mass, 0);
        n_liked += is_position((float)ia_view_value(&z, 0)) && is_position(m) && !(m < 0);
    }
    return n_sample > 0 ? (double)n_liked / (double)n_sample : 0;
}

int ia_ato_sniff(const unsigned char *bytes, size_t n)
{
    const layout *l = layout_of(bytes, n);
    if (!l || ia_looks_like_text(bytes, n))
        return 0;
    double little = share_plausible(l, bytes, n, false);
    double big = share_plausible(l, bytes, n, true);
    if (little < 0.9 && big < 0.9)
        return 0;
    return (n - l->header) % l->record == 0 ? 90 : 55;
}

static ia_status check(ia_ctx *ctx, const ia_source *source, const layout *l)
{
    size_t n = source->n, extra;
    if (!l && n >= 8 && version_of(source->bytes, n) > 0 &&
        version_of(source->bytes, n) < 10 && version_of(source->bytes, n) != 5)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "is ATO of version %u; versions 3 and 5 are read",
                       version_of(source->bytes, n));
    if (!l)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "a header of ATO, version 3 (8 bytes) or 5 (5000 bytes), was "
                       "expected");
    if ((extra = (n - l->header) % l->record) > 0)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "ATO ion %zu at byte %zu is cut short: %zu of %zu bytes",
                       (n - l->header) / l->record + 1, n - extra, extra, l->record);
    return IA_OK;
}

static ia_view view_at(const ia_source *source, const layout *l, size_t offset,
                       ia_view_kind kind, bool swapped)
{
    return (ia_view){source->bytes + l->header + offset, l->record, kind, swapped, 0, 0};
}

static bool differs(const ia_view *view, size_t n, double from)
{
    for (size_t i = 0; i < n; i++)
        if (ia_view_value(view, i) != from)
            return true;
    return false;
}

static void add_version_3(const ia_source *source, bool swapped, ia_views *views,
                          ia_ions *ions)
{
    const layout *l = &layouts[0];
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        ia_column_id id = places[i].id;
        for (size_t k = 0; k < ia_column_kind_of(id)->width; k++) {
            views->views[id][k] =
                view_at(source, l, places[i].offset + 4 * k, IA_VIEW_F32, swapped);
            views->views[id][k].scale = places[i].scale;
        }
        ia_views_add(views, ions, id);
    }
    ia_view pulse = view_at(source, l, PULSE, IA_VIEW_F32, swapped);
    if (ions->n > 0 && differs(&pulse, ions->n, ia_view_value(&pulse, 0))) {
        // float32 counts whole numbers up to here, then writers begin anew.
        views->pulses = (ia_pulses){.number = pulse, .wrap = 0x1p24};
        ia_views_add_pulses(views, ions);
    }
}

static void add_version_5(const ia_source *source, bool swapped, ia_views *views,
                          ia_ions *ions)
{
    const layout *l = &layouts[1];
    ia_view *xyz = views->views[IA_XYZ];
    for (size_t k = 0; k < 2; k++) {
        xyz[k] = view_at(source, l, 2 * k, IA_VIEW_I16, swapped);
        xyz[k].scale = 0.01;
    }
    xyz[2] = view_at(source, l, l->z, IA_VIEW_F32, swapped);
    xyz[2].scale = 0.1;
    views->views[IA_MASS][0] = view_at(source, l, l->mass, IA_VIEW_F32, swapped);
    ia_views_add(views, ions, IA_XYZ);
    ia_views_add(views, ions, IA_MASS);
}

// Name what the table has no column for, where the file holds something there.
static void tell_left(ia_ctx *ctx, const ia_source *source, const layout *l, size_t n)
{
    bool clusters = false, left = false;
    for (size_t at = l->left_from; at + 4 <= l->record && !left; at += 4) {
        ia_view rest = view_at(source, l, at, IA_VIEW_U32, false);
        left = differs(&rest, n, 0);
    }
    if (l->version == 3) {
        ia_view cluster = view_at(source, l, CLUSTER, IA_VIEW_U32, false);
        clusters = differs(&cluster, n, 0);
    }
    if (clusters || left)
        ia_warn(ctx, "%s%s%s are not kept", clusters ? "cluster numbers" : "",
                clusters && left ? ", " : "", left ? l->left : "");
}

ia_status ia_ato_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    const layout *l = layout_of(source->bytes, source->n);
    ia_ions ions = {0};
    ia_status st = check(ctx, source, l);
    if (st != IA_OK)
        return st;
    double little = share_plausible(l, source->bytes, source->n, false);
    double big = share_plausible(l, source->bytes, source->n, true);
    bool swapped = big > little;
    ia_views *views = ia_array(ctx, 1, sizeof *views);
    if (!views)
        return IA_ERR_MEMORY;
    ions.n = (source->n - l->header) / l->record;
    if (l->version == 3)
        add_version_3(source, swapped, views, &ions);
    else
        add_version_5(source, swapped, views, &ions);
    ia_source held = *source;
    if ((st = ia_views_adopt(ctx, views, source, &ions)) != IA_OK) {
        ia_views_free(views);
        return st;
    }
    if (swapped)
        ia_log(ctx, IA_LOG_INFO, "is big-endian and read as such");
    tell_left(ctx, &held, l, ions.n);
    *out = ions;
    return IA_OK;
}
