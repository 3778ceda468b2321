// src/recon/recon_caps.c: how radius and apex of the cap change as ions leave.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Constants at one place of the run; those of `sections` change with it.
typedef struct {
    double icf, kf, field, efficiency, volume, centre[2], shank_deg;
    ia_recon_view view;
} constants;

// Each has the limits of the field of its name.
static const struct {
    const char *name;
    size_t offset;
    const char *sigma; // field of its standard deviation, NULL for none
} changing[] = {{"icf", offsetof(constants, icf), "sigma_icf"},
                {"kf", offsetof(constants, kf), "sigma_kf"},
                {"evaporation_field", offsetof(constants, field), NULL},
                {"efficiency", offsetof(constants, efficiency), NULL},
                {"atomic_volume", offsetof(constants, volume), NULL},
                {"centre_x", offsetof(constants, centre[0]), "sigma_centre"},
                {"centre_y", offsetof(constants, centre[1]), "sigma_centre"},
                {"shank_deg", offsetof(constants, shank_deg), NULL}};
enum { N_CHANGING = sizeof changing / sizeof changing[0] };

typedef struct {
    const ia_recon_scan *scan;
    ia_reconstruction *r;
    ia_recon_rows *sections, *profile; // NULL for none
    bool by_voltage;                   // the first column of sections
    size_t offsets[IA_RECON_COLUMNS];  // of what their other columns are
    size_t evolution;                  // their column of that; 0: none
    constants now, before;
} growth;

static double ion_at(const growth *g, size_t j)
{
    size_t n = g->r->n, window = g->scan->window, last = g->scan->n_windows + 1;

    if (j == 0 || j == last)
        return j == 0 ? 0 : (double)n;
    double begin = (double)((j - 1) * window);
    return (begin + fmin(begin + (double)window, (double)n)) / 2;
}

// Voltages stand in the middle of their windows; the first and the last go on straight.
static double volts_at(const growth *g, size_t j)
{
    const double *v = g->scan->volts;
    size_t n = g->scan->n_windows;

    if (!v)
        return NAN;
    if (j >= 1 && j <= n)
        return v[j - 1];
    if (n < 2)
        return v[0];
    size_t a = j == 0 ? 0 : n - 1, b = j == 0 ? 1 : n - 2;
    double step = ion_at(g, b + 1) - ion_at(g, a + 1);
    return v[a] + (v[a] - v[b]) * (ion_at(g, a + 1) - ion_at(g, j)) / step;
}

static ia_projection projection_of(const growth *g, const constants *now)
{
    return (ia_projection){g->r->params.projection,
                           g->r->params.flight_path,
                           now->icf,
                           {now->centre[0], now->centre[1]}};
}

static void set_constants(growth *g, size_t j)
{
    const ia_reconstruct_params *p = &g->r->params;
    constants was = g->now;

    g->before = was;
    g->now = (constants){p->icf,
                         p->kf,
                         p->evaporation_field,
                         p->efficiency,
                         p->atomic_volume,
                         {p->centre_x, p->centre_y},
                         p->shank_deg,
                         was.view};
    for (size_t c = 1; g->sections && c < g->sections->n_columns; c++) {
        if (c == g->evolution)
            continue;
        double at = g->by_voltage ? volts_at(g, j) : ion_at(g, j);
        double value = ia_recon_rows_at(g->sections, c, at);
        memcpy((char *)&g->now + g->offsets[c], &value, sizeof value);
    }
    if (j == 0 || g->now.icf != was.icf || g->now.centre[0] != was.centre[0] ||
        g->now.centre[1] != was.centre[1]) {
        ia_projection projection = projection_of(g, &g->now);
        g->now.view = ia_recon_view_of(&projection, &g->scan->cover, p->cap_aspect);
    }
    if (j == 0)
        g->before = g->now;
}

// Way of the apex while `volume` nm^3 leave and the radius goes from a to b.
static double way_of(const growth *g, double volume, double a, double b)
{
    const ia_reconstruct_params *p = &g->r->params;
    double flat = (g->before.view.flat + g->now.view.flat) / 2;
    double solid = (g->before.view.solid + g->now.view.solid) / 2;

    if (p->increment == IA_INCREMENT_COMMON) {
        double icf = (g->before.icf + g->now.icf) / 2;
        double seen = acos(-1.0) * p->detector_radius * p->detector_radius *
                      (1 - g->scan->cover.blind);
        return volume * p->flight_path * p->flight_path / (seen * icf * icf * a * b);
    }
    // The centre goes on by c, the surface by c cos(theta) - (b - a) along its normal.
    double mean_square = (a * a + a * b + b * b) / 3;
    double centre = (volume + solid * (b * b * b - a * a * a) / 3) / (flat * mean_square);
    return centre - p->cap_aspect * (b - a);
}

// Radius over depth while the cap touches a cone of that half angle all along: with
// t = tan(shank), slope^2 = t^2 (1 + 2 aspect slope).
static double slope_of(double shank, double aspect)
{
    double t = tan(shank);
    return t * (sqrt(1 + aspect * aspect * t * t) + aspect * t);
}

// What the radius is taken from at a cap: as the last row that the run has come to says.
static int evolution_at(const growth *g, size_t j)
{
    const ia_recon_rows *rows = g->sections;
    size_t row = 0;

    if (g->evolution == 0)
        return g->r->params.evolution;
    double at = g->by_voltage ? volts_at(g, j) : ion_at(g, j);
    while (row + 1 < rows->n && at >= rows->values[row + 1][0])
        row++;
    return (int)rows->values[row][g->evolution];
}

static double radius_at(const growth *g, int evolution, const ia_cap *from, double way)
{
    if (evolution == IA_RADIUS_PROFILE)
        return ia_recon_rows_at(g->profile, 1, from->apex + way);
    double shank_deg = (g->before.shank_deg + g->now.shank_deg) / 2;
    double slope = slope_of(shank_deg * acos(-1.0) / 180, g->r->params.cap_aspect);
    return from->radius + slope * way;
}

// Where the radius follows from the depth: both at once, by iteration.
static void grow(const growth *g, int evolution, double volume, const ia_cap *from,
                 ia_cap *to)
{
    enum { ROUNDS = 6 };
    double way = 0;

    to->radius = from->radius;
    for (int i = 0; i < ROUNDS; i++) {
        way = way_of(g, volume, from->radius, to->radius);
        to->radius = radius_at(g, evolution, from, way);
    }
    to->apex = from->apex + way;
}

static bool follows_depth(int evolution)
{
    return evolution == IA_RADIUS_SHANK || evolution == IA_RADIUS_PROFILE;
}

static ia_status check_cap(ia_ctx *ctx, const ia_cap *cap, const ia_cap *before)
{
    if (cap->radius > 0 && isfinite(cap->apex) && isfinite(cap->radius))
        return IA_OK;
    return ia_fail(ctx, IA_ERR_PARAM,
                   "no cap after %.0f ions: its radius went from %.4g to %.4g nm and its "
                   "depth from %.4g to %.4g nm",
                   cap->ion, before->radius, cap->radius, before->apex, cap->apex);
}

// Where the radius is taken from something else and does not go on as it was.
static void tell_jump(ia_ctx *ctx, const int evolution[2], const ia_cap *before,
                      const ia_cap *cap)
{
    static const char *const words[] = {"voltage", "shank", "taper", "fixed", "profile"};
    const double most = 0.02; // of the radius

    if (evolution[0] == evolution[1] ||
        !(fabs(cap->radius - before->radius) > most * before->radius))
        return;
    ia_warn(
        ctx,
        "the radius jumps from %.4g to %.4g nm after %.0f ions, where sections change "
        "from evolution %s to %s: choose their constants so that the two meet",
        before->radius, cap->radius, cap->ion, words[evolution[0]], words[evolution[1]]);
}

// The radius that does not follow from the depth: by the voltage, or what it was.
static double free_radius(const growth *g, int evolution, size_t j, const ia_cap *before)
{
    if (evolution == IA_RADIUS_VOLTAGE)
        return volts_at(g, j) / (g->now.kf * g->now.field);
    if (j == 0 && evolution == IA_RADIUS_PROFILE)
        return ia_recon_rows_at(g->profile, 1, g->r->params.depth_start);
    return j > 0 ? before->radius : g->r->params.radius;
}

static ia_status add_caps(ia_ctx *ctx, growth *g)
{
    ia_reconstruction *r = g->r;
    const ia_reconstruct_params *p = &r->params;
    ia_status st = IA_OK;
    int evolution[2] = {evolution_at(g, 0), evolution_at(g, 0)};

    r->volume = 0;
    for (size_t j = 0; j < r->n_caps && st == IA_OK; j++) {
        set_constants(g, j);
        ia_cap *cap = &r->caps[j], *before = j > 0 ? cap - 1 : cap;
        double v = 0;
        evolution[0] = evolution[1];
        evolution[1] = evolution_at(g, j);
        *cap = (ia_cap){.ion = ion_at(g, j),
                        .apex = p->depth_start,
                        .radius = free_radius(g, evolution[1], j, before),
                        .icf = g->now.icf,
                        .centre = {g->now.centre[0], g->now.centre[1]}};
        if (j > 0)
            v = (cap->ion - before->ion) * (g->before.volume + g->now.volume) /
                (g->before.efficiency + g->now.efficiency);
        if (j > 0 && follows_depth(evolution[1]))
            grow(g, evolution[1], v, before, cap);
        else if (j > 0)
            cap->apex = before->apex + way_of(g, v, before->radius, cap->radius);
        r->volume += v;
        tell_jump(ctx, evolution, before, cap);
        st = check_cap(ctx, cap, before);
    }
    return st;
}

// The cone that fits radius against depth: a line through the means of equal parts of the
// run, its error from how they scatter about it.
static void fit_cone(ia_reconstruction *r, double *first_radius)
{
    enum { PARTS = 16 };
    double x[PARTS] = {0}, y[PARTS] = {0}, n[PARTS] = {0}, sx = 0, sy = 0, sxx = 0,
           sxy = 0, misfit = 0;

    r->shank = r->sigma_shank = NAN;
    if (r->n_caps < 2 * PARTS)
        return;
    for (size_t j = 0; j < r->n_caps; j++) {
        size_t part = j * PARTS / r->n_caps;
        x[part] += r->caps[j].apex;
        y[part] += r->caps[j].radius;
        n[part]++;
    }
    for (int k = 0; k < PARTS; k++) {
        x[k] /= n[k];
        y[k] /= n[k];
        sx += x[k] / PARTS;
        sy += y[k] / PARTS;
    }
    for (int k = 0; k < PARTS; k++) {
        sxx += (x[k] - sx) * (x[k] - sx);
        sxy += (x[k] - sx) * (y[k] - sy);
    }
    if (!(sxx > 0))
        return;
    double slope = sxy / sxx, aspect = r->params.cap_aspect;
    for (int k = 0; k < PARTS; k++)
        misfit += pow(y[k] - sy - slope * (x[k] - sx), 2);
    double sigma = sqrt(misfit / (PARTS - 2) / sxx);
    *first_radius = sy + slope * (r->caps[0].apex - sx);
    double root = sqrt(1 + 2 * aspect * slope), t = slope / root; // NAN: no cone
    if (!isfinite(t))
        return;
    r->shank = atan(t);
    r->sigma_shank = sigma * (1 + aspect * slope) / (root * root * root) / (1 + t * t);
}

static double number_of(const ia_reconstruct_params *p, const ia_field *field)
{
    return *(const double *)((const char *)p + field->offset);
}

// Values of a column of sections within the limits that the constant has elsewhere.
static ia_status check_section(ia_ctx *ctx, const growth *g, size_t k, size_t c)
{
    const ia_reconstruct_params *p = &g->r->params;
    const ia_field *field = ia_method_find(&ia_reconstruct_method, changing[k].name);

    for (size_t i = 0; i < g->sections->n; i++) {
        double value = g->sections->values[i][c];
        if (k < 5 && !(value > 0))
            return ia_fail(ctx, IA_ERR_PARAM, "sections, row %zu: %s = %g is not above 0",
                           i + 1, field->name, value);
        if (!(value >= field->least && value <= field->most))
            return ia_fail(ctx, IA_ERR_PARAM,
                           "sections, row %zu: %s = %g is not within %g and %g", i + 1,
                           field->name, value, field->least, field->most);
    }
    if (!changing[k].sigma)
        return IA_OK;
    double sigma =
        number_of(p, ia_method_find(&ia_reconstruct_method, changing[k].sigma));
    if (sigma > 0)
        ia_warn(ctx,
                "sections replace %s = %.5g, which was found or told with an error of "
                "%.2g: it is not used",
                field->name, number_of(p, field), sigma);
    return IA_OK;
}

// What the columns of sections are.
static ia_status take_columns(ia_ctx *ctx, growth *g, size_t kinds[IA_RECON_COLUMNS])
{
    const char *first = g->sections->names[0];

    g->by_voltage = strcmp(first, "voltage") == 0;
    if (!g->by_voltage && strcmp(first, "ion") != 0)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "sections: the first column is '%s' where ion or voltage was "
                       "expected",
                       first);
    if (g->by_voltage && !g->scan->volts)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "sections: this input has no voltage; use a column ion");
    for (size_t c = 1; c < g->sections->n_columns; c++) {
        size_t k = 0;
        if (ia_recon_is_word(g->sections->names[c])) {
            g->evolution = c;
            continue;
        }
        while (k < N_CHANGING && strcmp(changing[k].name, g->sections->names[c]) != 0)
            k++;
        if (k == N_CHANGING)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "sections: '%s' is none of icf, kf, evaporation_field, "
                           "efficiency, atomic_volume, centre_x, centre_y, shank_deg, "
                           "evolution",
                           g->sections->names[c]);
        g->offsets[c] = changing[k].offset;
        kinds[c] = k;
    }
    return IA_OK;
}

// Rows of which the run meets none: one set of constants is used, and no change.
static void tell_unmet(ia_ctx *ctx, const growth *g)
{
    const ia_recon_rows *rows = g->sections;
    double run[2] = {0, (double)g->r->n}, first = rows->values[0][0],
           last = rows->values[rows->n - 1][0];

    if (g->by_voltage) {
        run[0] = HUGE_VAL;
        run[1] = 0;
        for (size_t w = 0; w < g->scan->n_windows; w++) {
            run[0] = fmin(run[0], g->scan->volts[w]);
            run[1] = fmax(run[1], g->scan->volts[w]);
        }
    }
    if (rows->n > 1 && (first > run[1] || last < run[0]))
        ia_warn(ctx,
                "sections go from %s %g to %g, the run from %.6g to %.6g: the constants "
                "of the %s row are used throughout",
                g->by_voltage ? "voltage" : "ion", first, last, run[0], run[1],
                first > run[1] ? "first" : "last");
}

static ia_status read_sections(ia_ctx *ctx, growth *g)
{
    const char *text = g->r->params.sections;
    size_t kinds[IA_RECON_COLUMNS];
    ia_status st = ia_recon_rows_names(ctx, "sections", text, g->sections);

    if (st != IA_OK ||
        (g->sections->n_columns > 0 && (st = take_columns(ctx, g, kinds)) != IA_OK) ||
        (st = ia_recon_rows_read(ctx, "sections", text, g->sections)) != IA_OK ||
        (st = take_columns(ctx, g, kinds)) != IA_OK)
        return st;
    for (size_t c = 1; c < g->sections->n_columns; c++)
        if (c != g->evolution && (st = check_section(ctx, g, kinds[c], c)) != IA_OK)
            return st;
    tell_unmet(ctx, g);
    return IA_OK;
}

static ia_status read_profile(ia_ctx *ctx, growth *g)
{
    ia_status st = ia_recon_rows_read(ctx, "profile", g->r->params.profile, g->profile);

    if (st != IA_OK)
        return st;
    if (g->profile->n_columns != 2)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "profile: %zu columns where depth and radius were expected",
                       g->profile->n_columns);
    for (size_t i = 0; i < g->profile->n; i++)
        if (!(g->profile->values[i][1] > 0))
            return ia_fail(ctx, IA_ERR_PARAM, "profile, row %zu: a radius of %g nm",
                           i + 1, g->profile->values[i][1]);
    return IA_OK;
}

static ia_status read_tables(ia_ctx *ctx, growth *g)
{
    const ia_reconstruct_params *p = &g->r->params;
    ia_status st;

    if (p->sections[0]) {
        if (!(g->sections = ia_array(ctx, 1, sizeof *g->sections)))
            return IA_ERR_MEMORY;
        if ((st = read_sections(ctx, g)) != IA_OK)
            return st;
    }
    if (!ia_recon_uses(p, IA_RADIUS_PROFILE))
        return IA_OK;
    if (!(g->profile = ia_array(ctx, 1, sizeof *g->profile)))
        return IA_ERR_MEMORY;
    return read_profile(ctx, g);
}

// A cone or a fixed radius that nobody gave begins as the first voltages say.
static void set_first_radius(growth *g)
{
    ia_reconstruct_params *p = &g->r->params;

    set_constants(g, 0);
    if (evolution_at(g, 0) != IA_RADIUS_PROFILE && !(p->radius > 0))
        p->radius = volts_at(g, 0) / (g->now.kf * g->now.field);
}

static ia_status taper(ia_ctx *ctx, growth *g)
{
    ia_reconstruct_params *p = &g->r->params;
    double radius = NAN;

    p->evolution = IA_RADIUS_VOLTAGE;
    ia_status st = add_caps(ctx, g);
    if (st != IA_OK)
        return st;
    fit_cone(g->r, &radius);
    if (isnan(g->r->shank))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "taper: %zu ions are too few to fit a cone to; give --evolution "
                       "shank and --shank-deg",
                       g->r->n);
    p->evolution = IA_RADIUS_SHANK;
    p->shank_deg = fmax(0, g->r->shank * 180 / acos(-1.0));
    p->radius = radius;
    return add_caps(ctx, g);
}

// A profile that the run leaves, or does not reach.
static void tell_short(ia_ctx *ctx, const growth *g)
{
    const double beyond = 1.01; // share of the depth
    const double *begin = g->profile->values[0];
    const double *end = g->profile->values[g->profile->n - 1];
    double depth = g->r->caps[g->r->n_caps - 1].apex;

    if (depth > beyond * end[0])
        ia_warn(ctx,
                "the profile ends at a depth of %g nm, the run goes on to %.4g nm: the "
                "radius stays %g nm there",
                end[0], depth, end[1]);
    if (depth < begin[0])
        ia_warn(ctx,
                "the profile begins at a depth of %g nm, the run ends at %.4g nm: the "
                "radius is %g nm throughout",
                begin[0], depth, begin[1]);
}

ia_status ia_recon_caps(ia_ctx *ctx, const ia_recon_scan *scan, ia_reconstruction *r)
{
    growth g = {.scan = scan, .r = r};
    double radius;
    ia_status st;

    r->n_caps = scan->n_windows + 2;
    r->caps = ia_array(ctx, r->n_caps, sizeof *r->caps);
    if (!r->caps) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((st = read_tables(ctx, &g)) != IA_OK)
        goto done;
    set_first_radius(&g);
    int evolution = r->params.evolution;
    bool is_one = g.evolution == 0;
    st = is_one && evolution == IA_RADIUS_TAPER ? taper(ctx, &g) : add_caps(ctx, &g);
    r->params.evolution = evolution;
    if (st == IA_OK && is_one && evolution == IA_RADIUS_VOLTAGE)
        fit_cone(r, &radius);
    if (st == IA_OK && g.profile)
        tell_short(ctx, &g);
done:
    free(g.sections);
    free(g.profile);
    return st;
}
