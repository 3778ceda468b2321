// src/detector/orientation_tables.c: lists of poles read, orientations told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/orientation.h>

#include "detector/lattices.h"
#include "io/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 64, SIGNIFICANCE = 2 };

// The next field of a line: up to a tab or a comma, or else up to a blank.
static bool next_field(ia_span *rest, ia_span *field)
{
    char mark = ia_span_has(*rest, '\t') ? '\t' : ',';
    if (!ia_span_has(*rest, mark))
        return ia_span_word(rest, field);
    *field = ia_span_trim(ia_span_cut(rest, mark));
    return true;
}

// Which column holds what, from the line of names; -1 where there is none.
static void read_names(ia_span line, int column[3])
{
    static const char *const names[] = {"x_mm", "y_mm", "significance"};
    ia_span field;
    for (int c = 0; c < COLUMNS_MOST && line.n > 0 && next_field(&line, &field); c++)
        for (int k = 0; k < 3; k++)
            if (column[k] < 0 && ia_span_is(field, names[k]))
                column[k] = c;
}

// The numbers of a line; false where one that is needed is none. A significance that
// cannot be one is not known, and counted.
static bool read_pole(ia_span line, const int column[3], ia_pole *out, size_t *n_odd)
{
    double values[3] = {NAN, NAN, NAN};
    bool given = false;
    ia_span field;
    for (int c = 0; c < COLUMNS_MOST && line.n > 0 && next_field(&line, &field); c++)
        for (int k = 0; k < 3; k++) {
            given |= column[k] == c && k == SIGNIFICANCE && field.n > 0;
            if (column[k] == c && !ia_span_f64(field, false, &values[k]) && k < 2)
                return false;
        }
    if (given && !(values[SIGNIFICANCE] >= 0 && isfinite(values[SIGNIFICANCE]))) {
        values[SIGNIFICANCE] = NAN;
        ++*n_odd;
    }
    *out = (ia_pole){values[0], values[1], values[2]};
    return isfinite(out->x) && isfinite(out->y);
}

static bool is_listed(const ia_pole *poles, size_t n, const ia_pole *pole)
{
    for (size_t i = 0; i < n && i <= IA_POLES_MOST; i++) // more are refused
        if (poles[i].x == pole->x && poles[i].y == pole->y)
            return true;
    return false;
}

// Each place once: a pole that counts twice would be two that agree. How many are left.
static size_t drop_repeated(ia_ctx *ctx, ia_pole *poles, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_listed(poles, kept, &poles[i]))
            poles[kept++] = poles[i];
    if (kept < n)
        ia_warn(ctx, "%zu of %zu poles repeat the place of another: they are taken once",
                n - kept, n);
    return kept;
}

// Poles that no detector in mm has so near to each other, or so far apart.
static void doubt_unit(ia_ctx *ctx, const ia_pole *poles, size_t n)
{
    const double least = 1, most = 200; // mm
    double low[2] = {HUGE_VAL, HUGE_VAL}, high[2] = {-HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < n; i++) {
        low[0] = fmin(low[0], poles[i].x);
        low[1] = fmin(low[1], poles[i].y);
        high[0] = fmax(high[0], poles[i].x);
        high[1] = fmax(high[1], poles[i].y);
    }
    double span = fmax(high[0] - low[0], high[1] - low[1]);
    if (n > 1 && (span < least || span > most))
        ia_warn(ctx,
                "the poles span %.3g mm, %g to %g mm were expected: x_mm and y_mm may be "
                "in another unit",
                span, least, most);
}

ia_status ia_poles_parse(ia_ctx *ctx, const char *text, size_t n_bytes, ia_pole **poles,
                         size_t *n)
{
    ia_lines lines = ia_lines_of(text, n_bytes);
    ia_span line;
    int column[3] = {-1, -1, -1};
    size_t found = 0, room = 0, n_odd = 0;
    while (ia_lines_next_filled(&lines, &line))
        room++;
    ia_pole *made = ia_array(ctx, room, sizeof *made);
    if (!made)
        return IA_ERR_MEMORY;
    lines = ia_lines_of(text, n_bytes);
    while (ia_lines_next_filled(&lines, &line)) {
        if (ia_span_begins(ia_span_trim(line), "#"))
            continue;
        if (column[0] < 0) {
            read_names(ia_span_trim(line), column);
            if (column[0] >= 0 && column[1] >= 0)
                continue;
            free(made);
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "line %zu: the names of columns x_mm and y_mm were expected",
                           lines.number);
        }
        if (!read_pole(ia_span_trim(line), column, &made[found++], &n_odd)) {
            free(made);
            return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: x_mm and y_mm are no numbers",
                           lines.number);
        }
    }
    *poles = made;
    if (n_odd > 0)
        ia_warn(ctx,
                "%zu of %zu poles have a significance that is no number from 0 up: "
                "taken as not known",
                n_odd, found);
    *n = drop_repeated(ctx, made, found);
    doubt_unit(ctx, made, *n);
    return IA_OK;
}

static bool is_told(const ia_orientation *o)
{
    return o->grains[0].n_named > 0 || o->by_lines;
}

// An orientation that names nothing is none.
static ia_status add_numbers(ia_ctx *ctx, const ia_orientation *o, ia_table *table)
{
    const ia_grain *g = &o->grains[0];
    double blank = is_told(o) ? 0 : NAN;
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"sigma_deg", g->sigma_deg + blank},
        {"icf", g->icf + blank},
        {"sigma_icf", g->sigma_icf + blank},
        {"deg_per_mm", g->per_mm + blank},
        {"axis_x_mm", g->axis[0] + blank},
        {"axis_y_mm", g->axis[1] + blank},
        {"sigma_axis_mm", g->sigma_axis + blank},
        {"axis_off_probability", g->axis_off + blank},
        {"noise_deg", g->noise_deg + blank},
        {"score", g->score},
        {"p_value", g->p_value},
        {"rival_probability", g->rival + blank},
        {"misindex_probability", g->misindex_probability},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (ia_table_add_f64(ctx, table, numbers[i].name, numbers[i].value) != IA_OK)
            return IA_ERR_MEMORY;
    if (ia_table_add_u64(ctx, table, "n_poles", o->n_poles) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_named", g->n_named) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_expected", g->n_expected) != IA_OK ||
        ia_table_add_u64(ctx, table, "n_grains", o->n_grains) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

static ia_status add_summary(ia_ctx *ctx, const ia_orientation *o, ia_result *result)
{
    const ia_grain *g = &o->grains[0];
    ia_table *table = ia_result_add(ctx, result, "index", IA_SCALARS, 1);
    bool *indexed = table ? ia_table_add(ctx, table, "indexed", IA_BOOL) : NULL;
    if (!indexed || ia_table_add_text(ctx, table, "crystal", o->crystal) != IA_OK)
        return IA_ERR_MEMORY;
    *indexed = g->indexed;
    double *rotation = ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3);
    double *covariance =
        rotation ? ia_table_add_cells(ctx, table, "covariance_rad2", IA_F64, 3, 3) : NULL;
    if (!covariance)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < 9; i++) {
        rotation[i] = is_told(o) ? g->rotation[i / 3][i % 3] : NAN;
        covariance[i] = is_told(o) ? g->covariance[i / 3][i % 3] : NAN;
    }
    return add_numbers(ctx, o, table);
}

// Poles with a name, or those without.
static ia_status add_poles(ia_ctx *ctx, const ia_orientation *o, bool named,
                           ia_result *result)
{
    size_t n = 0, row = 0;
    for (size_t i = 0; i < o->n_poles; i++)
        n += (o->names[i].grain >= 0) == named;
    ia_table *table =
        ia_result_add(ctx, result, named ? "poles" : "other_poles", IA_ROWS, n);
    int32_t *hkl = NULL;
    double *values[5] = {0};
    uint64_t *grain = NULL;
    static const char *const names[] = {"x_mm", "y_mm", "significance", "residual_deg",
                                        "probability"};
    if (!table || (named && !(hkl = ia_table_add_cells(ctx, table, "hkl", IA_I32, 0, 3))))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < (named ? 5 : 3); k++)
        if (!(values[k] = ia_table_add(ctx, table, names[k], IA_F64)))
            return IA_ERR_MEMORY;
    if (named && !(grain = ia_table_add(ctx, table, "grain", IA_U64)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < o->n_poles; i++) {
        const ia_pole_name *name = &o->names[i];
        if ((name->grain >= 0) != named)
            continue;
        values[0][row] = o->poles[i].x;
        values[1][row] = o->poles[i].y;
        values[2][row] = o->poles[i].significance;
        if (named) {
            for (size_t k = 0; k < 3; k++)
                hkl[3 * row + k] = name->hkl[k];
            values[3][row] = name->residual;
            values[4][row] = name->chance;
            grain[row] = (uint64_t)name->grain + 1;
        }
        row++;
    }
    return IA_OK;
}

static ia_status add_grains(ia_ctx *ctx, const ia_orientation *o, ia_result *result)
{
    static const ia_table_member members[] = {
        {"indexed", IA_BOOL, offsetof(ia_grain, indexed)},
        {"sigma_deg", IA_F64, offsetof(ia_grain, sigma_deg)},
        {"icf", IA_F64, offsetof(ia_grain, icf)},
        {"p_value", IA_F64, offsetof(ia_grain, p_value)},
        {"misindex_probability", IA_F64, offsetof(ia_grain, misindex_probability)},
    };
    size_t n = o->boundary.seen ? 2 : o->n_grains;
    if (n < 2)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "grains", IA_ROWS, n);
    double *rotation =
        table ? ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3) : NULL;
    if (!rotation)
        return IA_ERR_MEMORY;
    for (size_t g = 0; g < n; g++)
        memcpy(rotation + 9 * g, o->grains[g].rotation, sizeof o->grains[g].rotation);
    return ia_table_add_members(ctx, table, o->grains, sizeof o->grains[0], members,
                                sizeof members / sizeof members[0]);
}

// Where two crystals meet, and how they are turned.
static ia_status add_boundary(ia_ctx *ctx, const ia_orientation *o, ia_result *result)
{
    static const ia_table_member members[] = {
        {"angle_deg", IA_F64, offsetof(ia_boundary, angle_deg)},
        {"offset_mm", IA_F64, offsetof(ia_boundary, offset)},
        {"misorientation_deg", IA_F64, offsetof(ia_boundary, turn_deg)},
        {"misorientation_sigma_deg", IA_F64, offsetof(ia_boundary, sigma_deg)},
    };
    if (!o->boundary.seen)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "boundary", IA_OBJECT, 1);
    double *axis =
        table ? ia_table_add_cells(ctx, table, "misorientation_axis", IA_F64, 0, 3)
              : NULL;
    if (!axis)
        return IA_ERR_MEMORY;
    memcpy(axis, o->boundary.axis, sizeof o->boundary.axis);
    return ia_table_add_members(ctx, table, &o->boundary, sizeof o->boundary, members,
                                sizeof members / sizeof members[0]);
}

static bool has_name(const ia_line_name *name)
{
    return name->uvw[0] != 0 || name->uvw[1] != 0 || name->uvw[2] != 0;
}

// Lines with a name, or those without.
static ia_status add_lines(ia_ctx *ctx, const ia_orientation *o, bool named,
                           ia_result *result)
{
    size_t n = 0, row = 0;
    for (size_t i = 0; i < o->n_lines; i++)
        n += has_name(&o->line_names[i]) == named;
    if (n == 0)
        return IA_OK;
    ia_table *table =
        ia_result_add(ctx, result, named ? "lines" : "other_lines", IA_ROWS, n);
    int32_t *uvw = NULL;
    double *foot, *values[3] = {0};
    static const char *const names[] = {"angle_deg", "residual_deg", "probability"};
    if (!table ||
        (named && !(uvw = ia_table_add_cells(ctx, table, "uvw", IA_I32, 0, 3))) ||
        !(foot = ia_table_add_cells(ctx, table, "foot_mm", IA_F64, 0, 2)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < (named ? 3 : 1); k++)
        if (!(values[k] = ia_table_add(ctx, table, names[k], IA_F64)))
            return IA_ERR_MEMORY;
    for (size_t i = 0; i < o->n_lines; i++) {
        const ia_line_name *name = &o->line_names[i];
        if (has_name(name) != named)
            continue;
        memcpy(foot + 2 * row, o->lines[i].foot, sizeof o->lines[i].foot);
        values[0][row] = o->lines[i].angle * 180 / acos(-1.0);
        if (named) {
            for (size_t k = 0; k < 3; k++)
                uvw[3 * row + k] = name->uvw[k];
            values[1][row] = name->residual;
            values[2][row] = name->chance;
        }
        row++;
    }
    return IA_OK;
}

// The planes of a pole and the zones of all lines, one orientation a row; what each pole
// may be.
static ia_status add_candidates(ia_ctx *ctx, const ia_orientation *o, ia_result *result)
{
    if (o->n_candidates == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "candidates", IA_ROWS, o->n_candidates);
    double *values[3] = {0}, *rotation;
    int32_t *hkl = NULL, *uvw = NULL;
    static const char *const names[] = {"probability", "score", "icf"};
    for (size_t k = 0; k < 3; k++)
        if (!table || !(values[k] = ia_table_add(ctx, table, names[k], IA_F64)))
            return IA_ERR_MEMORY;
    if (!(hkl = ia_table_add_cells(ctx, table, "hkl", IA_I32, 0, 3)) ||
        !(uvw = ia_table_add_cells(ctx, table, "lines_uvw", IA_I32, o->n_lines, 3)) ||
        !(rotation = ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < o->n_candidates; i++) {
        const ia_orientation_candidate *c = &o->candidates[i];
        values[0][i] = c->probability;
        values[1][i] = c->score;
        values[2][i] = c->icf;
        for (size_t k = 0; k < 3; k++)
            hkl[3 * i + k] = c->hkl[k];
        for (size_t k = 0; k < 3 * o->n_lines; k++)
            uvw[3 * o->n_lines * i + k] = c->uvw[k / 3][k % 3];
        memcpy(rotation + 9 * i, c->rotation, sizeof c->rotation);
    }
    static const ia_table_member members[] = {
        {"x_mm", IA_F64, offsetof(ia_pole_candidate, x)},
        {"y_mm", IA_F64, offsetof(ia_pole_candidate, y)},
        {"probability", IA_F64, offsetof(ia_pole_candidate, probability)},
    };
    size_t n = o->n_pole_candidates;
    if (!(table = ia_result_add(ctx, result, "pole_candidates", IA_ROWS, n)) ||
        !(hkl = ia_table_add_cells(ctx, table, "hkl", IA_I32, 0, 3)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < 3 * n; i++)
        hkl[i] = o->pole_candidates[i / 3].hkl[i % 3];
    return ia_table_add_members(ctx, table, o->pole_candidates,
                                sizeof o->pole_candidates[0], members, 3);
}

static ia_status add_lattices(ia_ctx *ctx, const ia_orientation *o, ia_result *result)
{
    static const ia_table_member members[] = {
        {"crystal", IA_TEXT, offsetof(ia_lattice_evidence, crystal)},
        {"score", IA_F64, offsetof(ia_lattice_evidence, score)},
        {"icf", IA_F64, offsetof(ia_lattice_evidence, icf)},
        {"n_named", IA_U64, offsetof(ia_lattice_evidence, n_named)},
    };
    if (o->n_lattices == 0)
        return IA_OK;
    ia_table *table = ia_result_add(ctx, result, "lattices", IA_ROWS, o->n_lattices);
    ia_status st =
        table ? ia_table_add_members(ctx, table, o->lattices, sizeof o->lattices[0],
                                     members, sizeof members / sizeof members[0])
              : IA_ERR_MEMORY;
    double *probability =
        st == IA_OK ? ia_table_add(ctx, table, "probability", IA_F64) : NULL;
    for (size_t i = 0; probability && i < o->n_lattices; i++)
        probability[i] = ia_orientation_lattice(o, i);
    return probability ? IA_OK : IA_ERR_MEMORY;
}

// What each projection makes of the same poles.
static ia_status add_projections(ia_ctx *ctx, const ia_orientation *o, ia_result *result)
{
    static const ia_table_member members[] = {
        {"score", IA_F64, offsetof(ia_projection_odds, score)},
        {"icf", IA_F64, offsetof(ia_projection_odds, icf)},
        {"axis_off_probability", IA_F64, offsetof(ia_projection_odds, axis_off)},
        {"probability", IA_F64, offsetof(ia_projection_odds, probability)},
    };
    char *words[IA_N_PROJECTIONS];
    if (o->n_projections == 0 || o->by_lines || o->grains[0].n_named == 0)
        return IA_OK;
    for (size_t i = 0; i < o->n_projections; i++)
        words[i] = (char *)ia_projection_name(o->projections[i].projection);
    ia_table *table =
        ia_result_add(ctx, result, "projections", IA_ROWS, o->n_projections);
    if (!table || ia_table_add_copy(ctx, table, "projection", IA_TEXT, words) != IA_OK)
        return IA_ERR_MEMORY;
    return ia_table_add_members(ctx, table, o->projections, sizeof o->projections[0],
                                members, sizeof members / sizeof members[0]);
}

ia_status ia_orientation_tables(ia_ctx *ctx, const ia_orientation *orientation,
                                ia_result *result)
{
    ia_status st;
    if ((st = add_summary(ctx, orientation, result)) != IA_OK ||
        (st = add_poles(ctx, orientation, true, result)) != IA_OK ||
        (st = add_poles(ctx, orientation, false, result)) != IA_OK ||
        (st = add_lines(ctx, orientation, true, result)) != IA_OK ||
        (st = add_lines(ctx, orientation, false, result)) != IA_OK ||
        (st = add_candidates(ctx, orientation, result)) != IA_OK ||
        (st = add_lattices(ctx, orientation, result)) != IA_OK ||
        (st = add_projections(ctx, orientation, result)) != IA_OK)
        return st;
    if ((st = add_grains(ctx, orientation, result)) != IA_OK)
        return st;
    return add_boundary(ctx, orientation, result);
}
