// src/core/prepare.c: what happens to ions on the way in: refused, dropped, mirrored or
// cut out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/region.h"
#include <ionatlas/ions.h>
#include <ionatlas/parallel.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_BOOL, ia_read_params, drop_invalid, "", 0, 0, 1,
             "leave out ions with a position, a hit or an m/n that is not finite, or a "
             "negative m/n"),
    IA_FIELD(IA_BOOL, ia_read_params, flip_x, "", 0, 0, 1,
             "mirror x (some detectors are stored mirrored)"),
    IA_FIELD_TEXT(ia_read_params, region, "",
                  "keep only box:x0,x1,y0,y1,z0,z1 | sphere:x,y,z,r | "
                  "cylinder:x,y,z,ux,uy,uz,r,h | slab:x,y,z,ux,uy,uz,t | "
                  "turned:x,y,z,ux,uy,uz,vx,vy,vz,a,b,c (nm)"),
};
const ia_method ia_read_method =
    IA_METHOD("read", "Read ions and check them", ia_read_params, fields);

ia_read_params ia_read_defaults(void)
{
    ia_read_params params;
    ia_method_defaults(&ia_read_method, &params);
    return params;
}

static ia_status fail_invalid(ia_ctx *ctx, const ia_ions *ions, const ia_survey *survey)
{
    const ia_column *column = &ions->columns[survey->invalid_column];
    const ia_column_kind *kind = ia_column_kind_of(survey->invalid_column);
    float values[3] = {0};
    memcpy(values, ia_column_rows(column, survey->first_invalid, 1, values),
           column->width * sizeof(float));
    size_t k = 0;
    while (k + 1 < column->width && isfinite(values[k]))
        k++;
    char where[48] = "";
    if (ions->bytes && column->data) {
        const unsigned char *at = column->data;
        size_t byte = (size_t)(at - ions->bytes) + survey->first_invalid * column->stride;
        snprintf(where, sizeof where, " (byte %zu)", byte);
    } else if (ions->first_bad_line > 0) {
        snprintf(where, sizeof where, " (line %zu)", ions->first_bad_line);
    }
    return ia_fail(ctx, IA_ERR_FORMAT,
                   "%s: ion %zu%s has %s %g, a finite%s number of %s was expected; "
                   "--drop-invalid leaves such ions out (%llu)",
                   ions->path ? ions->path : "input", survey->first_invalid + 1, where,
                   kind->title, (double)values[k],
                   column->width == 1 ? " non-negative" : "", kind->unit,
                   (unsigned long long)survey->n_invalid);
}

// Which ions stay, told block by block.
typedef struct {
    const ia_ions *ions;
    ia_region region;
    bool drop_hits; // ions with a hit that is not finite
    float xyz[3 * IA_COLUMN_BLOCK];
    float mass[IA_COLUMN_BLOCK];
    float hits[2 * IA_COLUMN_BLOCK];
    unsigned char keep[IA_COLUMN_BLOCK];
    uint64_t n_dropped, n_outside;
    uint64_t *kept; // bits of all rows
} sieve;

static bool is_valid(const float *xyz, const float *mass, const float *hit)
{
    bool valid = !mass || (mass[0] >= 0 && isfinite(mass[0]));
    for (int k = 0; xyz && k < 3; k++)
        valid &= (bool)isfinite(xyz[k]);
    for (int k = 0; hit && k < 2; k++)
        valid &= (bool)isfinite(hit[k]);
    return valid;
}

static size_t sift(sieve *s, size_t begin, size_t n)
{
    const ia_ions *ions = s->ions;
    const float *xyz = NULL, *mass = NULL, *hits = NULL;
    if (ia_ions_has(ions, IA_XYZ))
        xyz = ia_column_rows(&ions->columns[IA_XYZ], begin, n, s->xyz);
    if (ia_ions_has(ions, IA_MASS))
        mass = ia_column_rows(&ions->columns[IA_MASS], begin, n, s->mass);
    if (s->drop_hits)
        hits = ia_column_rows(&ions->columns[IA_DET_XY], begin, n, s->hits);
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool valid = is_valid(xyz ? xyz + 3 * i : NULL, mass ? mass + i : NULL,
                              hits ? hits + 2 * i : NULL);
        bool inside = !valid || !xyz || ia_region_contains(&s->region, xyz + 3 * i);
        s->n_dropped += !valid;
        s->n_outside += !inside;
        s->keep[i] = valid && inside;
        s->kept[(begin + i) / 64] |= (uint64_t)s->keep[i] << ((begin + i) % 64);
        n_kept += s->keep[i];
    }
    return n_kept;
}

// Rows of one column that stay, appended to `to`.
static void copy_kept(const ia_column *column, const sieve *s, size_t begin, size_t n,
                      char *to)
{
    size_t row_bytes = column->width * ia_type_size(column->type);
    char row[32];
    for (size_t i = 0; i < n; i++) {
        if (!s->keep[i])
            continue;
        memcpy(to, ia_column_rows(column, begin + i, 1, row), row_bytes);
        to += row_bytes;
    }
}

static size_t count_kept(sieve *s)
{
    size_t n = s->ions->n, n_kept = 0, begin, end;
    for (size_t b = 0; b < ia_block_count(n, IA_COLUMN_BLOCK); b++) {
        ia_block(n, IA_COLUMN_BLOCK, b, &begin, &end);
        n_kept += sift(s, begin, end - begin);
    }
    return n_kept;
}

static ia_status fill_kept(ia_ctx *ctx, sieve *s, ia_ions *out)
{
    size_t n = s->ions->n, done = 0, begin, end;
    size_t n_blocks = ia_block_count(n, IA_COLUMN_BLOCK);
    for (size_t b = 0; b < n_blocks; b++) {
        ia_block(n, IA_COLUMN_BLOCK, b, &begin, &end);
        size_t n_kept = sift(s, begin, end - begin);
        for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
            const ia_column *column = &s->ions->columns[id];
            size_t row_bytes = column->width * ia_type_size(column->type);
            if (row_bytes > 0)
                copy_kept(column, s, begin, end - begin,
                          (char *)ia_ions_values(out, id) + done * row_bytes);
        }
        done += n_kept;
        ia_status st = ia_step(ctx, "selecting", (double)(b + 1) / (double)n_blocks);
        if (st != IA_OK)
            return st;
    }
    return IA_OK;
}

static void mirror(ia_ions *ions)
{
    float *xyz = ia_ions_values(ions, IA_XYZ);
    float *hits = ia_ions_values(ions, IA_DET_XY);
    for (size_t i = 0; i < ions->n; i++) {
        if (xyz)
            xyz[3 * i] = -xyz[3 * i];
        if (hits)
            hits[2 * i] = -hits[2 * i];
    }
}

static unsigned present_columns(const ia_ions *ions)
{
    unsigned columns = 0;
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        if (ia_ions_has(ions, id))
            columns |= 1u << id;
    return columns;
}

// Move what stays into arrays of its own and let the source go.
static ia_status take_selection(ia_ctx *ctx, const ia_region *region, bool drop_hits,
                                ia_ions *ions)
{
    ia_ions kept = {0};
    sieve *s = ia_array(ctx, 1, sizeof *s);
    ia_status st = s ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK)
        return st;
    if (!(s->kept = ia_array(ctx, ions->n / 64 + 1, sizeof *s->kept))) {
        free(s);
        return IA_ERR_MEMORY;
    }
    s->ions = ions;
    s->region = *region;
    s->drop_hits = drop_hits;
    size_t n_kept = count_kept(s);
    uint64_t n_dropped = s->n_dropped, n_outside = s->n_outside;
    if (n_kept == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY,
                     "no ion is left of %zu (%llu invalid, %llu outside)", ions->n,
                     (unsigned long long)n_dropped, (unsigned long long)n_outside);
    if (st != IA_OK ||
        (st = ia_ions_new(ctx, n_kept, present_columns(ions), &kept)) != IA_OK ||
        (st = fill_kept(ctx, s, &kept)) != IA_OK)
        goto done;
    memcpy(kept.format, ions->format, sizeof kept.format);
    memcpy(kept.sha256, ions->sha256, sizeof kept.sha256);
    kept.mass_bin = ions->mass_bin;
    kept.mass_edge = ions->mass_edge;
    kept.background = ions->background;
    ions->background = (ia_stated_background){0};
    kept.path = ions->path;
    ions->path = NULL;
    kept.n_dropped = n_dropped;
    kept.n_outside = n_outside;
    kept.kept = s->kept;
    s->kept = NULL;
    ia_ions_clear(ions);
    *ions = kept;
    kept = (ia_ions){0};
done:
    ia_ions_clear(&kept);
    free(s->kept);
    free(s);
    return st;
}

ia_status ia_ions_prepare(ia_ctx *ctx, const ia_read_params *params, ia_ions *ions,
                          ia_survey *survey)
{
    ia_read_params p = params ? *params : ia_read_defaults();
    ia_region region;
    ia_survey first;
    ia_status st;
    size_t first_hit, n_hits = 0; // that are not finite

    if ((st = ia_method_check(ctx, &ia_read_method, &p)) != IA_OK ||
        (st = ia_region_read(ctx, p.region, &region)) != IA_OK ||
        (region.shape != IA_REGION_ALL &&
         (st = ia_ions_need(ctx, ions, IA_XYZ)) != IA_OK) ||
        (st = ia_ions_survey(ctx, ions, &first)) != IA_OK)
        return st;
    if (first.n_invalid > 0 && !p.drop_invalid)
        return fail_invalid(ctx, ions, &first);
    if (p.drop_invalid &&
        (st = ia_ions_bad_hits(ctx, ions, &n_hits, &first_hit)) != IA_OK)
        return st;
    bool drops = first.n_invalid > 0 || n_hits > 0;
    if (drops || p.flip_x || region.shape != IA_REGION_ALL) {
        if ((st = take_selection(ctx, &region, n_hits > 0, ions)) != IA_OK)
            return st;
        if (drops)
            ia_warn(ctx,
                    "%llu ions with values that are not finite or a negative m/n left "
                    "out",
                    (unsigned long long)ions->n_dropped);
        if (p.flip_x)
            mirror(ions);
        return ia_ions_survey(ctx, ions, survey);
    }
    *survey = first;
    return IA_OK;
}

bool ia_read_is_same(const ia_read_params *a, const ia_read_params *b)
{
    return a->drop_invalid == b->drop_invalid && a->flip_x == b->flip_x &&
           strcmp(a->region, b->region) == 0;
}

ia_status ia_ions_spread_words(ia_ctx *ctx, const ia_ions *ions, const void *values,
                               const void *none, void **out, size_t *n)
{
    enum { WORD = 4 };
    size_t n_rows = ions->n + (size_t)ions->n_dropped + (size_t)ions->n_outside, at = 0;
    n_rows = ions->kept ? n_rows : ions->n;
    char *spread = ia_array(ctx, n_rows, WORD);
    if (!spread)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n_rows; i++) {
        bool stayed = !ions->kept || ions->kept[i / 64] >> (i % 64) & 1;
        const void *from = stayed ? (const char *)values + WORD * at++ : none;
        memcpy(spread + WORD * i, from, WORD);
    }
    *out = spread;
    *n = n_rows;
    return IA_OK;
}

ia_status ia_ions_spread(ia_ctx *ctx, const ia_ions *ions, const int32_t *values,
                         int32_t none, int32_t **out, size_t *n)
{
    void *spread = NULL;
    ia_status st = ia_ions_spread_words(ctx, ions, values, &none, &spread, n);
    if (st == IA_OK)
        *out = spread;
    return st;
}
