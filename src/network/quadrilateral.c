// src/network/quadrilateral.c: which four spots, and which poles they are, as published.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/quadrilateral.h>

#include "network/network.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(ia_quadrilateral_params, network, "",
                  "file of the trained network (ionatlas train); empty: nearest mean"),
    IA_FIELD(IA_F64, ia_quadrilateral_params, least_confidence, "", 0.999, 0, 1,
             "a class is told above this"),
    IA_FIELD(IA_SIZE, ia_quadrilateral_params, erosions, "pixel", 4, 0, 50,
             "dark places grow by so much,"),
    IA_FIELD(IA_SIZE, ia_quadrilateral_params, dilations, "pixel", 7, 0, 50,
             "then shrink by so much"),
    IA_FIELD(IA_SIZE, ia_quadrilateral_params, most_spots, "", 6, 4, IA_SPOTS_MOST,
             "the darkest, which are combined by fours"),
};
const ia_method ia_quadrilateral_method =
    IA_METHOD("quadrilateral", "Poles of fcc named by the published network, to compare",
              ia_quadrilateral_params, fields);

ia_quadrilateral_params ia_quadrilateral_defaults(void)
{
    ia_quadrilateral_params params;
    ia_method_defaults(&ia_quadrilateral_method, &params);
    return params;
}

enum { FOUR = IA_QUAD_ANGLES };
// Of the four, as published: degrees; shortest over longest side; longest over the map.
static const double most_angle = 160, least_angle = 15, least_sum = 358, wide = 115;
static const double least_ratio = 0.455, most_size = 0.75;
static const double trained_scatter = 2; // degrees, of the rows of the class means

typedef struct {
    size_t at[FOUR]; // spots, by rising angle
    double angles[FOUR];
    double sides; // sum of the lengths of sides and diagonals, mm
} four;

static double subtended(const ia_spot *at, const ia_spot *a, const ia_spot *b)
{
    double p[2] = {a->x - at->x, a->y - at->y}, q[2] = {b->x - at->x, b->y - at->y};
    double cosine = (p[0] * q[0] + p[1] * q[1]) / (hypot(p[0], p[1]) * hypot(q[0], q[1]));
    return acos(fmax(-1, fmin(1, cosine))) * 180 / acos(-1.0);
}

static void set_angles(const ia_spot *spots, four *f)
{
    for (size_t i = 0; i < FOUR; i++) {
        f->angles[i] = 0;
        for (size_t j = 0; j < FOUR; j++)
            for (size_t k = j + 1; k < FOUR; k++)
                if (j != i && k != i)
                    f->angles[i] =
                        fmax(f->angles[i], subtended(&spots[f->at[i]], &spots[f->at[j]],
                                                     &spots[f->at[k]]));
    }
    for (size_t i = 1; i < FOUR; i++) // sorted, the spots with them
        for (size_t k = i; k > 0 && f->angles[k - 1] > f->angles[k]; k--) {
            double angle = f->angles[k];
            size_t at = f->at[k];
            f->angles[k] = f->angles[k - 1];
            f->at[k] = f->at[k - 1];
            f->angles[k - 1] = angle;
            f->at[k - 1] = at;
        }
}

static bool of_form(const ia_spot *spots, double width, four *f)
{
    double sum = 0, least = HUGE_VAL, most = 0;
    f->sides = 0;
    for (size_t i = 0; i < FOUR; i++) {
        sum += f->angles[i];
        for (size_t k = i + 1; k < FOUR; k++) {
            const ia_spot *a = &spots[f->at[i]], *b = &spots[f->at[k]];
            double side = hypot(a->x - b->x, a->y - b->y);
            least = fmin(least, side);
            most = fmax(most, side);
            f->sides += side;
        }
    }
    return f->angles[FOUR - 1] <= most_angle && f->angles[FOUR - 2] < wide &&
           f->angles[0] >= least_angle && sum > least_sum && least / most > least_ratio &&
           most / width < most_size;
}

// Chances of the classes (n, IA_QUAD_CLASSES) by the network.
static ia_status ask_network(ia_ctx *ctx, const char *path, const four *fours, size_t n,
                             float *out)
{
    ia_network network = {0};
    float *rows = ia_array(ctx, n * FOUR, sizeof *rows);
    ia_status st =
        rows ? ia_network_open(ctx, path, "quadrilaterals", &network) : IA_ERR_MEMORY;
    if (st == IA_OK) {
        for (size_t i = 0; i < n; i++)
            ia_quad_row(fours[i].angles, rows + FOUR * i);
        st = ia_network_predict(ctx, &network, rows, n, out);
    }
    ia_network_clear(&network);
    free(rows);
    return st;
}

static ia_status classify(ia_ctx *ctx, const char *path, const four *fours, size_t n,
                          float *out)
{
    if (path[0])
        return ask_network(ctx, path, fours, n, out);
    for (size_t i = 0; i < n; i++) {
        double chances[IA_QUAD_CLASSES];
        ia_quad_chances(fours[i].angles, trained_scatter, chances);
        for (size_t c = 0; c < IA_QUAD_CLASSES; c++)
            out[IA_QUAD_CLASSES * i + c] = (float)chances[c];
    }
    return IA_OK;
}

static size_t list_fours(const ia_spots *spots, double width, four *out)
{
    size_t n = 0;
    for (unsigned set = 0; set < 1U << spots->n; set++) {
        four f = {0};
        size_t k = 0;
        for (size_t i = 0; i < spots->n; i++)
            if (set >> i & 1) {
                if (k < FOUR)
                    f.at[k] = i;
                k++;
            }
        if (k != FOUR)
            continue;
        set_angles(spots->spots, &f);
        if (of_form(spots->spots, width, &f))
            out[n++] = f;
    }
    return n;
}

// Confident before not, then short sides.
static void choose(const four *fours, size_t n, const float *chances, double least,
                   ia_quadrilateral *out)
{
    double shortest = HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        const float *p = chances + IA_QUAD_CLASSES * i;
        size_t best = 0;
        for (size_t c = 1; c < IA_QUAD_CLASSES; c++)
            best = p[c] > p[best] ? c : best;
        bool sure = (double)p[best] > least;
        if ((out->told && !sure) || (out->told == sure && !(fours[i].sides < shortest)))
            continue;
        shortest = fours[i].sides;
        out->told = sure;
        out->class_number = best;
        out->confidence = (double)p[best];
        for (size_t k = 0; k < FOUR; k++) {
            out->chosen[k] = fours[i].at[k];
            out->angles[k] = fours[i].angles[k];
        }
    }
}

ia_status ia_quadrilateral_choose(ia_ctx *ctx, const ia_spots *spots, double width,
                                  const ia_quadrilateral_params *params,
                                  ia_quadrilateral *out)
{
    enum { MOST = 1820 }; // fours of IA_SPOTS_MOST
    ia_quadrilateral_params p = params ? *params : ia_quadrilateral_defaults();
    ia_quadrilateral found = {.spots = *spots};
    four *fours = NULL;
    float *chances = NULL;
    ia_status st = ia_method_check(ctx, &ia_quadrilateral_method, &p);
    if (st != IA_OK)
        return st;
    if (!(fours = ia_array(ctx, MOST, sizeof *fours)) ||
        !(chances = ia_array(ctx, MOST * IA_QUAD_CLASSES, sizeof *chances))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    found.fours = list_fours(spots, width, fours);
    if (found.fours > 0 &&
        (st = classify(ctx, p.network, fours, found.fours, chances)) != IA_OK)
        goto done;
    choose(fours, found.fours, chances, p.least_confidence, &found);
    *out = found;
done:
    free(chances);
    free(fours);
    return st;
}

ia_status ia_quadrilateral_compute(ia_ctx *ctx, const ia_hitmap *map,
                                   const ia_quadrilateral_params *params,
                                   ia_quadrilateral *out)
{
    ia_spots spots = {0};
    ia_status st = ia_spots_find(ctx, map, params, &spots);
    if (st != IA_OK || (st = ia_quadrilateral_choose(ctx, &spots, 2 * map->radius, params,
                                                     out)) != IA_OK)
        return st;
    if (out->told)
        ia_warn(ctx, "any map is named after one of six quadrilaterals of fcc, that of "
                     "another crystal as well; index says whether it is one");
    return IA_OK;
}

// One row for each corner of the four that were chosen.
typedef struct {
    double x, y, angle;
    char plane[8];
} corner;

static ia_status add_corners(ia_ctx *ctx, const ia_quadrilateral *q, ia_result *result)
{
    static const ia_table_member members[] = {
        {"x_mm", IA_F64, offsetof(corner, x)},
        {"y_mm", IA_F64, offsetof(corner, y)},
        {"angle_deg", IA_F64, offsetof(corner, angle)},
        {"plane", IA_TEXT, offsetof(corner, plane)},
    };
    size_t n = q->fours > 0 ? FOUR : 0;
    corner corners[FOUR] = {{0}};
    ia_table *table = ia_result_add(ctx, result, "corners", IA_ROWS, n);
    for (size_t i = 0; i < n; i++) {
        const ia_spot *s = &q->spots.spots[q->chosen[i]];
        corners[i] = (corner){.x = s->x, .y = s->y, .angle = q->angles[i]};
        snprintf(corners[i].plane, sizeof corners[i].plane, "%s",
                 ia_quad_plane(q->class_number, i));
    }
    return table ? ia_table_add_members(ctx, table, corners, sizeof corners[0], members,
                                        sizeof members / sizeof members[0])
                 : IA_ERR_MEMORY;
}

static ia_status add_spots(ia_ctx *ctx, const ia_quadrilateral *q, ia_result *result)
{
    static const ia_table_member members[] = {
        {"x_mm", IA_F64, offsetof(ia_spot, x)},
        {"y_mm", IA_F64, offsetof(ia_spot, y)},
        {"radius_mm", IA_F64, offsetof(ia_spot, size)},
    };
    ia_table *table = ia_result_add(ctx, result, "spots", IA_ROWS, q->spots.n);
    return table ? ia_table_add_members(ctx, table, q->spots.spots, sizeof(ia_spot),
                                        members, sizeof members / sizeof members[0])
                 : IA_ERR_MEMORY;
}

ia_status ia_quadrilateral_tables(ia_ctx *ctx, const ia_quadrilateral *found,
                                  ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "quadrilateral", IA_OBJECT, 1);
    bool *told = table ? ia_table_add(ctx, table, "told", IA_BOOL) : NULL;
    if (!told)
        return IA_ERR_MEMORY;
    *told = found->told;
    const char *planes = found->fours > 0 ? ia_quad_planes(found->class_number) : "";
    ia_status st = ia_table_add_text(ctx, table, "planes", planes);
    if (st != IA_OK ||
        (st = ia_table_add_f64(ctx, table, "confidence", found->confidence)) != IA_OK ||
        (st = ia_table_add_u64(ctx, table, "fours_of_form", found->fours)) != IA_OK ||
        (st = add_corners(ctx, found, result)) != IA_OK)
        return st;
    return add_spots(ctx, found, result);
}
