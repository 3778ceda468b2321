// src/spatial/ranged.c: the positions of ranged ions side by side, with what each was
// ranged as.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/ranged.h"

#include <ionatlas/parallel.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const ia_ions *ions;
    ia_column labels;
    size_t *first; // (n_blocks + 1) where a block's ranged ions begin
    ia_ranged *out;
} pass;

static void count_block(void *user, size_t block, size_t worker)
{
    pass *p = user;
    int32_t room[IA_COLUMN_BLOCK];
    size_t begin, end, n = 0;
    (void)worker;
    ia_block(p->ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const int32_t *labels = ia_column_rows(&p->labels, begin, end - begin, room);
    for (size_t i = 0; i < end - begin; i++)
        n += labels[i] >= 0;
    p->first[block + 1] = n;
}

static void fill_block(void *user, size_t block, size_t worker)
{
    pass *p = user;
    int32_t room[IA_COLUMN_BLOCK];
    float xyz_room[3 * IA_COLUMN_BLOCK];
    size_t begin, end, at = p->first[block];
    (void)worker;
    ia_block(p->ions->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const int32_t *labels = ia_column_rows(&p->labels, begin, end - begin, room);
    const float *xyz =
        ia_column_rows(&p->ions->columns[IA_XYZ], begin, end - begin, xyz_room);
    for (size_t i = 0; i < end - begin; i++) {
        if (labels[i] < 0)
            continue;
        memcpy(p->out->xyz + 3 * at, xyz + 3 * i, 3 * sizeof(float));
        p->out->ion[at] = labels[i];
        p->out->number[at++] = (uint32_t)(begin + i);
    }
}

ia_status ia_ranged_build(ia_ctx *ctx, const ia_ions *ions, const ia_ranger *ranger,
                          ia_ranged *out)
{
    ia_label_source source = {ions, ranger};
    ia_ranged ranged = {0};
    pass p = {.ions = ions, .labels = ia_label_column(&source), .out = &ranged};
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    ia_status st;
    if ((st = ia_ions_need(ctx, ions, IA_XYZ)) != IA_OK)
        return st;
    if (ions->n > UINT32_MAX)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%zu ions: neighbour methods take at most 4294967295", ions->n);
    if (!(p.first = ia_array(ctx, n_blocks + 1, sizeof *p.first)))
        return IA_ERR_MEMORY;
    if ((st = ia_for(ctx, NULL, n_blocks, count_block, &p)) != IA_OK)
        goto done;
    for (size_t b = 0; b < n_blocks; b++)
        p.first[b + 1] += p.first[b];
    ranged.n = p.first[n_blocks];
    if (!(ranged.xyz = ia_array(ctx, ranged.n, 3 * sizeof *ranged.xyz)) ||
        !(ranged.ion = ia_array(ctx, ranged.n, sizeof *ranged.ion)) ||
        !(ranged.number = ia_array(ctx, ranged.n, sizeof *ranged.number))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    if ((st = ia_for(ctx, NULL, n_blocks, fill_block, &p)) != IA_OK)
        goto done;
    *out = ranged;
    ranged = (ia_ranged){0};
done:
    ia_ranged_clear(&ranged);
    free(p.first);
    return st;
}

void ia_ranged_clear(ia_ranged *ranged)
{
    free(ranged->xyz);
    free(ranged->ion);
    free(ranged->number);
    *ranged = (ia_ranged){0};
}
