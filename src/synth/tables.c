// src/synth/tables.c: the truth about a synthetic specimen as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tip.h"

#include <math.h>
#include <stdlib.h>

static ia_status add_summary(ia_ctx *ctx, const ia_specimen *specimen, ia_result *result)
{
    const ia_simulate_params *p = &specimen->params;
    ia_table *table = ia_result_add(ctx, result, "truth", IA_SCALARS, 1);
    uint64_t background = 0;
    ia_status st;

    for (size_t i = 0; i < specimen->ions.n; i++)
        background += specimen->species[i] < 0;
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_u64(ctx, table, "recorded_ions", specimen->ions.n)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "background_ions", background)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "planted_objects", specimen->n_objects)) !=
            IA_OK)
        return st;
    if (p->specimen == IA_SPECIMEN_SPECTRUM)
        return IA_OK;
    if ((st = ia_table_add_f64(ctx, table, "atoms_per_nm3", ia_lattice_density(p))) !=
            IA_OK ||
        p->lattice == IA_LATTICE_RANDOM)
        return st;
    double(*rotation)[3] = ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3);
    if (!rotation)
        return IA_ERR_MEMORY;
    ia_lattice_rotation(p, rotation);
    return IA_OK;
}

// What a reconstruction needs, and what it should find.
static ia_status add_tip(ia_ctx *ctx, const ia_specimen *specimen, ia_result *result)
{
    const ia_simulate_params *p = &specimen->params;
    ia_tip_shape shape = ia_tip_shape_of(p);
    const struct {
        const char *name;
        double value;
    } cells[] = {{"icf", p->icf},
                 {"kf", p->kf},
                 {"evaporation_field_v_per_nm", p->evaporation_field},
                 {"flight_path_mm", p->flight_path},
                 {"efficiency", p->efficiency},
                 {"shank_deg", p->shank_deg},
                 {"radius_first_nm", p->tip_radius},
                 {"radius_last_nm", ia_tip_radius(&shape, specimen->last_apex)},
                 {"apex_last_nm", specimen->last_apex}};
    char word[32];
    ia_table *table = ia_result_add(ctx, result, "tip", IA_OBJECT, 1);
    ia_status st;

    ia_field_write(ia_method_find(&ia_simulate_method, "projection"), p, word,
                   sizeof word);
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_text(ctx, table, "projection", word)) != IA_OK)
        return st;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        if ((st = ia_table_add_f64(ctx, table, cells[i].name, cells[i].value)) != IA_OK)
            return st;
    double *centre = ia_table_add_cells(ctx, table, "centre_mm", IA_F64, 0, 2);
    double(*second)[3] =
        centre && p->bicrystal
            ? ia_table_add_cells(ctx, table, "second_rotation", IA_F64, 3, 3)
            : NULL;
    if (!centre || (p->bicrystal && !second))
        return IA_ERR_MEMORY;
    centre[0] = p->centre_x;
    centre[1] = p->centre_y;
    if (second)
        ia_tip_rotation(p, 1, second);
    return IA_OK;
}

static ia_status add_composition(ia_ctx *ctx, const ia_specimen *specimen,
                                 ia_result *result)
{
    ia_mix mix = {0};
    const char *symbols[IA_MIX_MAX];
    ia_table *table;
    ia_status st = ia_simulate_check(ctx, &specimen->params, &mix);

    if (st != IA_OK)
        return st;
    for (size_t e = 0; e < mix.n; e++)
        symbols[e] = ia_element_of(mix.z[e])->symbol;
    table = ia_result_add(ctx, result, "matrix", IA_KEYED, mix.n);
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_copy(ctx, table, "element", IA_TEXT, symbols)) != IA_OK)
        return st;
    return ia_table_add_copy(ctx, table, "atomic_fraction", IA_F64, mix.fraction);
}

void ia_species_count(const ia_specimen *specimen, uint64_t *counts)
{
    for (size_t i = 0; i < specimen->ions.n; i++)
        if (specimen->species[i] >= 0)
            counts[specimen->species[i]]++;
}

static ia_status add_species(ia_ctx *ctx, const ia_specimen *specimen, ia_result *result)
{
    size_t n = specimen->n_species;
    ia_table *table = ia_result_add(ctx, result, "species", IA_KEYED, n);
    const char **names = ia_array(ctx, n, sizeof *names);
    ia_status st = IA_ERR_MEMORY;
    uint64_t *counts;

    if (!table || !names)
        goto done;
    for (size_t s = 0; s < n; s++)
        names[s] = specimen->ions_of[s].name;
    if ((st = ia_table_add_copy(ctx, table, "ion", IA_TEXT, names)) != IA_OK ||
        (st = ia_table_add_copy(ctx, table, "matrix_share", IA_F64,
                                specimen->probability)) != IA_OK)
        goto done;
    counts = ia_table_add(ctx, table, "counts", IA_U64);
    if (!counts) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    ia_species_count(specimen, counts);
done:
    free(names);
    return st;
}

// Does a face of the box cut the sphere?
static bool is_cut(const ia_simulate_params *p, const ia_object *object)
{
    double r = object->radius;

    return fabs(object->centre[0]) + r > p->size_x / 2 ||
           fabs(object->centre[1]) + r > p->size_y / 2 || object->centre[2] < r ||
           object->centre[2] + r > p->size_z;
}

static ia_status add_objects(ia_ctx *ctx, const ia_specimen *specimen, ia_result *result)
{
    size_t n = specimen->n_objects;
    ia_table *table = ia_result_add(ctx, result, "planted", IA_ROWS, n);
    double *centre =
        table ? ia_table_add_cells(ctx, table, "centre_nm", IA_F64, 0, 3) : NULL;
    double *radius = centre ? ia_table_add(ctx, table, "radius_nm", IA_F64) : NULL;
    double *normal =
        radius ? ia_table_add_cells(ctx, table, "normal", IA_F64, 0, 3) : NULL;
    uint64_t *ions = normal ? ia_table_add(ctx, table, "ions", IA_U64) : NULL;
    uint64_t *solutes = ions ? ia_table_add(ctx, table, "solute_ions", IA_U64) : NULL;
    bool *cut = solutes ? ia_table_add(ctx, table, "cut", IA_BOOL) : NULL;

    if (!cut)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const ia_object *object = &specimen->objects[i];
        for (size_t c = 0; c < 3; c++) {
            centre[3 * i + c] = object->centre[c];
            normal[3 * i + c] = c == 2 ? -object->normal[c] : object->normal[c];
        }
        radius[i] = object->radius;
        ions[i] = object->atoms;
        solutes[i] = object->solutes;
        cut[i] = is_cut(&specimen->params, object);
    }
    return IA_OK;
}

static ia_status add_parameters(ia_ctx *ctx, const ia_specimen *specimen,
                                ia_result *result)
{
    const ia_method *method = &ia_simulate_method;
    ia_table *table =
        ia_result_add(ctx, result, "parameters", IA_KEYED, method->n_fields);
    char **names = table ? ia_table_add(ctx, table, "parameter", IA_TEXT) : NULL;
    char **values = names ? ia_table_add(ctx, table, "value", IA_TEXT) : NULL;
    char **units = values ? ia_table_add(ctx, table, "unit", IA_TEXT) : NULL;

    if (!units)
        return IA_ERR_MEMORY;
    for (size_t f = 0; f < method->n_fields; f++) {
        char text[IA_FIELD_TEXT_MAX];
        ia_field_write(&method->fields[f], &specimen->params, text, sizeof text);
        names[f] = ia_text(ctx, method->fields[f].name);
        values[f] = ia_text(ctx, text);
        units[f] = ia_text(ctx, method->fields[f].unit);
        if (!names[f] || !values[f] || !units[f])
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

ia_status ia_specimen_tables(ia_ctx *ctx, const ia_specimen *specimen, ia_result *result)
{
    ia_status st;

    if ((st = add_summary(ctx, specimen, result)) != IA_OK ||
        (specimen->params.specimen == IA_SPECIMEN_TIP &&
         (st = add_tip(ctx, specimen, result)) != IA_OK) ||
        (st = add_composition(ctx, specimen, result)) != IA_OK ||
        (st = add_species(ctx, specimen, result)) != IA_OK ||
        (st = add_objects(ctx, specimen, result)) != IA_OK)
        return st;
    return add_parameters(ctx, specimen, result);
}
