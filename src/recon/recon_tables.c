// src/recon/recon_tables.c: what a reconstruction was made with, as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ia_status add_word(ia_ctx *ctx, ia_table *table, const ia_reconstruction *r,
                          const char *name)
{
    char word[32];

    ia_field_write(ia_method_find(&ia_reconstruct_method, name), &r->params, word,
                   sizeof word);
    return ia_table_add_text(ctx, table, name, word);
}

// Whether sections give this constant, so that one number is not what was used.
static bool is_changed(const ia_recon_rows *sections, const char *name)
{
    for (size_t c = 1; sections && c < sections->n_columns; c++)
        if (strcmp(sections->names[c], name) == 0)
            return true;
    return false;
}

static ia_status add_words(ia_ctx *ctx, ia_table *table, const ia_recon_rows *sections,
                           size_t c)
{
    char **words = ia_table_add(ctx, table, sections->names[c], IA_TEXT);

    for (size_t i = 0; words && i < sections->n; i++) {
        char word[32];
        ia_recon_word_write((int)sections->values[i][c], word, sizeof word);
        if (!(words[i] = ia_text(ctx, word)))
            return IA_ERR_MEMORY;
    }
    return words ? IA_OK : IA_ERR_MEMORY;
}

// The rows between which constants changed, as they were used.
static ia_status add_sections(ia_ctx *ctx, const ia_recon_rows *sections,
                              ia_result *result)
{
    ia_table *table =
        sections ? ia_result_add(ctx, result, "sections", IA_ROWS, sections->n) : NULL;

    for (size_t c = 0; table && c < sections->n_columns; c++) {
        if (ia_recon_is_word(sections->names[c])) {
            ia_status st = add_words(ctx, table, sections, c);
            if (st != IA_OK)
                return st;
            continue;
        }
        double *values = ia_table_add(ctx, table, sections->names[c], IA_F64);
        if (!values)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < sections->n; i++)
            values[i] = sections->values[i][c];
    }
    return table || !sections ? IA_OK : IA_ERR_MEMORY;
}

// Given, not found: no error.
static double known(double sigma)
{
    return sigma > 0 ? sigma : NAN;
}

static ia_status add_numbers(ia_ctx *ctx, ia_table *table, const ia_reconstruction *r,
                             const ia_recon_rows *sections)
{
    const double degree = 180 / acos(-1.0);
    const ia_reconstruct_params *p = &r->params;
    const ia_cap *first = &r->caps[0], *last = &r->caps[r->n_caps - 1];
    const struct {
        const char *name;
        double value;
        const char *by; // constant of sections
    } cells[] = {
        {"icf", p->icf, "icf"},
        {"sigma_icf", known(p->sigma_icf), "icf"},
        {"kf", p->kf, "kf"},
        {"sigma_kf", known(p->sigma_kf), "kf"},
        {"evaporation_field_v_per_nm", p->evaporation_field, "evaporation_field"},
        {"flight_path_mm", p->flight_path, ""},
        {"efficiency", p->efficiency, "efficiency"},
        {"atomic_volume_nm3", p->atomic_volume, "atomic_volume"},
        {"detector_radius_mm", p->detector_radius, ""},
        {"blind_share", r->blind_share, ""},
        {"view_half_angle_deg", r->view * degree, ""},
        {"voltage_first_v", r->volts[0], ""},
        {"voltage_last_v", r->volts[1], ""},
        {"radius_first_nm", first->radius, ""},
        {"radius_last_nm", last->radius, ""},
        {"apex_first_nm", first->apex, ""},
        {"apex_last_nm", last->apex, ""},
        {"volume_nm3", r->volume, ""},
        {"shank_deg", r->shank * degree, ""},
        {"sigma_shank_deg", r->sigma_shank * degree, ""}};
    ia_status st = IA_OK;

    for (size_t i = 0; i < sizeof cells / sizeof cells[0] && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, cells[i].name,
                              is_changed(sections, cells[i].by) ? NAN : cells[i].value);
    return st;
}

// Cap and depth along the run, at most so many rows.
static ia_status add_evolution(ia_ctx *ctx, const ia_reconstruction *r, ia_result *result)
{
    enum { ROWS = 201 };
    size_t n = r->n_caps < ROWS ? r->n_caps : ROWS;
    ia_table *table = ia_result_add(ctx, result, "caps", IA_ARRAYS, n);
    double *ion = table ? ia_table_add(ctx, table, "ion", IA_F64) : NULL;
    double *radius = ion ? ia_table_add(ctx, table, "radius_nm", IA_F64) : NULL;
    double *apex = radius ? ia_table_add(ctx, table, "apex_nm", IA_F64) : NULL;
    double *icf = apex ? ia_table_add(ctx, table, "icf", IA_F64) : NULL;

    if (!icf)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n; k++) {
        const ia_cap *cap = &r->caps[k * (r->n_caps - 1) / (n - 1)];
        ion[k] = cap->ion;
        radius[k] = cap->radius;
        apex[k] = cap->apex;
        icf[k] = cap->icf;
    }
    return IA_OK;
}

static ia_status add_all(ia_ctx *ctx, const ia_reconstruction *r,
                         const ia_recon_rows *sections, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "reconstruction", IA_SCALARS, 1);
    ia_status st;

    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_u64(ctx, table, "ions", r->n)) != IA_OK ||
        (st = add_word(ctx, table, r, "projection")) != IA_OK ||
        (st = is_changed(sections, "evolution")
                  ? ia_table_add_text(ctx, table, "evolution", "sections")
                  : add_word(ctx, table, r, "evolution")) != IA_OK ||
        (st = add_word(ctx, table, r, "increment")) != IA_OK ||
        (st = add_numbers(ctx, table, r, sections)) != IA_OK)
        return st;
    double *centre = ia_table_add_cells(ctx, table, "centre_mm", IA_F64, 0, 2);
    double *sigma =
        centre ? ia_table_add_cells(ctx, table, "sigma_centre_mm", IA_F64, 0, 2) : NULL;
    char **assumed = sigma ? ia_table_add(ctx, table, "assumed", IA_WORDS) : NULL;
    if (!assumed || !(assumed[0] = ia_text(ctx, r->assumed)))
        return IA_ERR_MEMORY;
    centre[0] = is_changed(sections, "centre_x") ? NAN : r->params.centre_x;
    centre[1] = is_changed(sections, "centre_y") ? NAN : r->params.centre_y;
    sigma[0] = sigma[1] = known(r->params.sigma_centre);
    if ((st = add_sections(ctx, sections, result)) != IA_OK)
        return st;
    return add_evolution(ctx, r, result);
}

ia_status ia_reconstruction_tables(ia_ctx *ctx, const ia_reconstruction *r,
                                   ia_result *result)
{
    ia_recon_rows *sections =
        r->params.sections[0] ? ia_array(ctx, 1, sizeof *sections) : NULL;
    ia_status st = sections || !r->params.sections[0] ? IA_OK : IA_ERR_MEMORY;

    if (st == IA_OK && sections)
        st = ia_recon_rows_read(ctx, "sections", r->params.sections, sections);
    if (st == IA_OK)
        st = add_all(ctx, r, sections, result);
    free(sections);
    return st;
}
