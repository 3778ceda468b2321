// src/recon/named_poles.c: a table of poles with their planes, read from text, or named
// by the indexing (crystal): places of a text, or dark spots of the hit map (detector).
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_fit.h>

#include "io/text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 16 };

// Where the three columns stand in a row; COLUMNS for one that is not there.
typedef struct {
    size_t hkl, x, y;
} columns;

static columns find_columns(ia_span row)
{
    columns found = {COLUMNS, COLUMNS, COLUMNS};
    ia_span word;

    for (size_t c = 0; c < COLUMNS && ia_span_word(&row, &word); c++) {
        if (ia_span_is(word, "hkl"))
            found.hkl = c;
        if (ia_span_is(word, "x_mm"))
            found.x = c;
        if (ia_span_is(word, "y_mm"))
            found.y = c;
    }
    return found;
}

// "1,1,-3"
static bool read_hkl(ia_span word, int hkl[3])
{
    bool any = false;

    for (int c = 0; c < 3; c++) {
        double value;
        ia_span part = c < 2 ? ia_span_cut(&word, ',') : word;
        if (!ia_span_f64(part, false, &value) || value != floor(value) ||
            fabs(value) > 99)
            return false;
        hkl[c] = (int)value;
        any |= hkl[c] != 0;
    }
    return any;
}

static bool read_row(ia_span row, columns at, ia_named_pole *pole)
{
    size_t n_read = 0;
    ia_span word;

    for (size_t c = 0; c < COLUMNS && ia_span_word(&row, &word); c++) {
        if (c == at.hkl)
            n_read += read_hkl(word, pole->hkl);
        if (c == at.x)
            n_read += ia_span_f64(word, false, &pole->x) && isfinite(pole->x);
        if (c == at.y)
            n_read += ia_span_f64(word, false, &pole->y) && isfinite(pole->y);
    }
    return n_read == 3;
}

ia_status ia_named_poles_parse(ia_ctx *ctx, const char *text, size_t n_bytes,
                               ia_named_poles *out)
{
    ia_lines lines = ia_lines_of(text, n_bytes);
    columns at = {COLUMNS, COLUMNS, COLUMNS};
    size_t room = 0, count = 0;
    ia_named_pole *poles;
    ia_span line;

    while (ia_lines_next(&lines, &line))
        room++;
    if (!(poles = ia_array(ctx, room, sizeof *poles)))
        return IA_ERR_MEMORY;
    lines = ia_lines_of(text, n_bytes);
    while (ia_lines_next_filled(&lines, &line)) {
        if (line.at[0] == '#')
            continue;
        if (at.hkl == COLUMNS) {
            at = find_columns(line);
            if (at.hkl < COLUMNS && at.x < COLUMNS && at.y < COLUMNS)
                continue;
            free(poles);
            return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                           "line %zu: columns hkl, x_mm and y_mm were expected",
                           lines.number);
        }
        if (!read_row(line, at, &poles[count])) {
            free(poles);
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "line %zu: '%s' is no pole such as 1,1,-3 with its x_mm and "
                           "y_mm",
                           lines.number, ia_span_quote(line).text);
        }
        count++;
    }
    *out = (ia_named_poles){.poles = poles, .n = count};
    return IA_OK;
}

bool ia_named_poles_has(const char *text, size_t n_bytes)
{
    ia_lines lines = ia_lines_of(text, n_bytes);
    ia_span line;

    while (ia_lines_next_filled(&lines, &line))
        if (line.at[0] != '#')
            return find_columns(line).hkl < COLUMNS;
    return false;
}

static ia_status take_names(ia_ctx *ctx, const ia_orientation *orientation, size_t grain,
                            ia_named_poles *out)
{
    ia_named_pole *poles = ia_array(ctx, orientation->n_poles, sizeof *poles);
    size_t count = 0;

    if (!poles)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < orientation->n_poles; i++) {
        if (orientation->names[i].grain != (int32_t)grain)
            continue;
        poles[count].x = orientation->poles[i].x;
        poles[count].y = orientation->poles[i].y;
        memcpy(poles[count++].hkl, orientation->names[i].hkl, sizeof poles->hkl);
    }
    *out = (ia_named_poles){.poles = poles, .n = count};
    out->n_lattices = orientation->n_lattices;
    memcpy(out->lattices, orientation->lattices, sizeof out->lattices);
    const ia_lattice_evidence *better = ia_orientation_better(orientation);
    if (better) {
        out->told = orientation->lattices[0];
        out->better = *better;
    }
    return IA_OK;
}

// Where two crystals meet on the map: the constants are those of the one with more poles.
static ia_status name_side(ia_ctx *ctx, const ia_hitmap *map, const ia_pole_list *list,
                           const ia_orientation_params *params, ia_named_poles *out)
{
    ia_orientation_params p = *params;
    ia_orientation found = {0};

    p.n_grains = 2;
    ia_status st = ia_orientation_map(NULL, map, NULL, list, &p, &found);
    if (st == IA_OK && found.boundary.seen) {
        size_t most = found.grains[1].indexed &&
                      (!found.grains[0].indexed ||
                       found.grains[1].n_named > found.grains[0].n_named);
        const ia_grain *grain = &found.grains[most];
        if (grain->indexed && grain->n_named >= IA_POLES_TO_FIT &&
            (st = take_names(ctx, &found, most, out)) == IA_OK)
            ia_warn(
                ctx,
                "two crystals meet on the detector: the constants are those of the %zu "
                "poles of the one with more of them",
                grain->n_named);
    }
    ia_orientation_clear(&found);
    return st;
}

// Two crystals are thought of where some of the poles, but not enough, are those of one.
static ia_status refuse_names(ia_ctx *ctx, const ia_pole_list *list, const char *crystal,
                              const ia_orientation *found)
{
    enum { FEWEST = 4, NAMED = 3 };
    bool in_part = list->n >= FEWEST && found->grains[0].n_named >= NAMED;

    if (list->n == 0)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "no pole is seen: nothing tells the constants by %s", crystal);
    return ia_fail(ctx, IA_ERR_UNSUPPORTED, "%zu pole%s cannot be named as %s of %s%s",
                   list->n, list->n == 1 ? "" : "s", list->n == 1 ? "one" : "those",
                   crystal,
                   in_part ? "; where two crystals meet on the detector, `index "
                             "--n-grains 2` tells them apart"
                           : "");
}

// Poles of a list become those of the crystal, or none do. Where they are too few to be
// named alone, with the lines of the list; then, where there is a map, by its halves.
static ia_status name_list(ia_ctx *ctx, const ia_hitmap *map, const ia_pole_list *list,
                           const ia_reconstruct_params *params,
                           const ia_projection_fit_params *fit_params,
                           ia_named_poles *out)
{
    ia_pole_list alone = *list;
    ia_orientation_params p = ia_orientation_defaults();
    ia_orientation orientation = {0};

    snprintf(p.crystal, sizeof p.crystal, "%s", fit_params->crystal);
    p.projection = params->projection;
    p.projection_length = params->flight_path;
    alone.n_lines = 0;
    bool by_lines = list->n_lines > 0 && list->n < IA_POLES_TO_FIT;
    ia_status st = ia_orientation_compute_with(ctx, by_lines ? list : &alone, &p, NULL,
                                               &orientation);
    if (st == IA_OK && !by_lines && list->n_lines > 0 && !orientation.grains[0].indexed) {
        ia_orientation_clear(&orientation);
        st = ia_orientation_compute_with(ctx, list, &p, NULL, &orientation);
    }
    if (st == IA_OK)
        st = ia_orientation_compare(ctx, list, &p, &orientation);
    if (st == IA_OK && orientation.grains[0].indexed)
        st = take_names(ctx, &orientation, 0, out);
    else if (st == IA_OK && map)
        st = name_side(ctx, map, list, &p, out);
    if (st == IA_OK && out->n == 0)
        st = refuse_names(ctx, list, fit_params->crystal, &orientation);
    ia_orientation_clear(&orientation);
    return st;
}

ia_status ia_named_poles_index(ia_ctx *ctx, const char *text, size_t n_bytes,
                               const ia_reconstruct_params *params,
                               const ia_projection_fit_params *fit_params,
                               ia_named_poles *out)
{
    ia_pole *places = NULL;
    ia_pole_list list = {.centre = {params->centre_x, params->centre_y}};
    ia_status st = ia_poles_parse(ctx, text, n_bytes, &places, &list.n);

    if (st != IA_OK)
        return st;
    list.poles = places;
    *out = (ia_named_poles){0};
    st = name_list(ctx, NULL, &list, params, fit_params, out);
    free(places);
    return st;
}

// The place of a found pole, without its shift.
static void move_back(const ia_found_poles *found, const ia_pole *places,
                      const double (*shifts)[2], ia_named_poles *named)
{
    double square = 0;

    for (size_t k = 0; k < named->n; k++)
        for (size_t i = 0; i < found->n; i++)
            if (places[i].x == named->poles[k].x && places[i].y == named->poles[k].y) {
                named->poles[k].x = found->poles[i].at.x - shifts[i][0];
                named->poles[k].y = found->poles[i].at.y - shifts[i][1];
                square += shifts[i][0] * shifts[i][0] + shifts[i][1] * shifts[i][1];
                break;
            }
    named->shift = named->n > 0 ? sqrt(square / (double)named->n) : 0;
}

static const double least_seen = 0.01; // mm, as centre_doubt is bounded

void ia_named_poles_lead(const ia_named_poles *poles, ia_projection *start,
                         ia_projection_fit_params *params)
{
    double told = params->centre_doubt, seen = poles->axis_seen;

    if (!(seen > 0) || !isfinite(seen))
        return;
    double share = told * told / (told * told + seen * seen);
    for (size_t c = 0; c < 2; c++)
        start->centre[c] += share * (poles->axis[c] - start->centre[c]);
    params->centre_doubt = fmax(seen * sqrt(share), least_seen);
}

// Where hits alone show the axis, with the image compression that fits the poles.
static ia_status see_axis(ia_ctx *ctx, const ia_hitmap *map, const ia_projection *start,
                          const ia_projection_fit_params *params, ia_named_poles *named)
{
    ia_projection projection = *start;
    ia_projection_fit fit;

    if (ia_projection_fit_poles(NULL, start, named->poles, named->n, params, &fit) !=
        IA_OK)
        return IA_OK;
    projection.icf = fit.icf;
    return ia_hit_axis(ctx, map, &projection, named->axis, &named->axis_seen);
}

// Shifts need the projection, and this the places: two turns. Where the projection cannot
// be fitted, as with too few poles, they stay.
static ia_status unbend(ia_ctx *ctx, const ia_hitmap *map, const ia_found_poles *found,
                        const ia_reconstruct_params *params,
                        const ia_projection_fit_params *fit_params, ia_named_poles *named)
{
    enum { TURNS = 2 };
    ia_projection start = {params->projection,
                           params->flight_path,
                           params->icf,
                           {params->centre_x, params->centre_y}};
    ia_projection_fit_params led = *fit_params;
    double(*shifts)[2] = ia_array(ctx, found->n, sizeof *shifts);
    ia_pole *places = ia_array(ctx, found->n, sizeof *places);
    ia_status st = shifts && places ? IA_OK : IA_ERR_MEMORY;

    for (size_t i = 0; st == IA_OK && i < found->n; i++)
        places[i] = found->poles[i].at;
    if (st == IA_OK)
        st = see_axis(ctx, map, &start, fit_params, named);
    ia_named_poles_lead(named, &start, &led);
    for (int turn = 0; turn < TURNS && st == IA_OK; turn++) {
        ia_projection_fit fit;
        if (ia_projection_fit_poles(NULL, &start, named->poles, named->n, &led, &fit) !=
            IA_OK)
            break;
        // The centre that fits has an error that would bend the map in its turn; that by
        // hits leaves it no slope.
        ia_projection projection = start;
        projection.icf = fit.icf;
        if ((st = ia_pole_shifts(ctx, map, &projection, found, shifts)) != IA_OK)
            break;
        move_back(found, places, (const double(*)[2])shifts, named);
        for (size_t i = 0; i < found->n; i++) {
            places[i].x = found->poles[i].at.x - shifts[i][0];
            places[i].y = found->poles[i].at.y - shifts[i][1];
        }
    }
    free(places);
    free(shifts);
    return st;
}

ia_status ia_named_poles_find(ia_ctx *ctx, const ia_ions *ions,
                              const ia_reconstruct_params *params,
                              const ia_projection_fit_params *fit_params,
                              ia_named_poles *out)
{
    ia_hitmap_params maps = ia_hitmap_defaults();
    ia_hitmap map = {0};
    ia_found_poles found = {0};
    ia_named_poles named = {0};
    ia_pole *places = NULL;
    ia_pole_list list = {.centre = {params->centre_x, params->centre_y}};
    ia_status st;

    maps.hit_unit = params->hit_unit;
    if ((st = ia_hitmap_compute(ctx, &(ia_hitmap_input){.ions = ions}, &maps, &map)) !=
            IA_OK ||
        (st = ia_poles_find(ctx, &map, NULL, &found)) != IA_OK)
        goto done;
    if (!(places = ia_array(ctx, found.n, sizeof *places))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < found.n; i++)
        places[i] = found.poles[i].at;
    list.poles = places;
    list.n = found.n;
    list.radius = map.radius;
    list.lines = found.lines;
    list.n_lines = found.n_lines;
    if ((st = name_list(ctx, &map, &list, params, fit_params, &named)) != IA_OK ||
        (st = unbend(ctx, &map, &found, params, fit_params, &named)) != IA_OK)
        goto done;
    named.hit_unit = map.hit_unit;
    *out = named;
    named = (ia_named_poles){0};
done:
    free(named.poles);
    free(places);
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&map);
    return st;
}
