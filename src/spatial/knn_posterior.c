// src/spatial/knn_posterior.c: the chance of each ion to be of the denser population.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"
#include "spatial/knn_populations.h"
#include "spatial/ranged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float *gather(ia_ctx *ctx, const float *xyz, const uint32_t *list, size_t n)
{
    float *out = ia_array(ctx, n, 3 * sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        memcpy(out + 3 * i, xyz + 3 * (size_t)list[i], 3 * sizeof *out);
    return out;
}

// Distances of every ion of the species, not of those that were drawn alone.
static ia_status search(ia_ctx *ctx, const ia_drawing *set, size_t k, ia_knn *out)
{
    ia_index *index = NULL;
    ia_knn_request request = {.k = k, .same = set->same};
    float *from = gather(ctx, set->xyz, set->list_from, set->n_list_from);
    float *to =
        set->same || !from ? from : gather(ctx, set->xyz, set->list_to, set->n_list_to);
    ia_points centres = {from, set->n_list_from}, others = {to, set->n_list_to};
    ia_status st = from && to ? IA_OK : IA_ERR_MEMORY;
    if (st == IA_OK)
        st = ia_index_build(ctx, &others, NULL, &index);
    if (st == IA_OK)
        st = ia_knn_compute(ctx, index, &centres, &request, out);
    ia_index_free(index);
    if (to != from)
        free(to);
    free(from);
    return st;
}

static ia_status fill(ia_ctx *ctx, const ia_drawing *set, const ia_knn_test *test,
                      const uint32_t *row, float *out)
{
    ia_populations p = {.share = test->dense.share,
                        .dense = test->dense.density,
                        .sparse = test->sparse.density};
    bool two = test->p_two_holm <= ia_told_level;
    ia_knn knn = {0};
    ia_status st = two ? search(ctx, set, test->fit_k, &knn) : IA_OK;
    for (size_t i = 0; st == IA_OK && i < set->n_list_from; i++) {
        size_t last = (i + 1) * test->fit_k - 1;
        out[row[set->list_from[i]]] =
            two ? (float)ia_populations_chance(&p, test->fit_k,
                                               (double)knn.distance[last])
                : 0;
    }
    ia_knn_clear(&knn);
    return st;
}

static ia_status one_species(ia_ctx *ctx, const ia_knn_input *input, const char *name,
                             ia_species *out)
{
    ia_species *found = NULL;
    size_t n = 0;
    ia_status st = ia_species_find(ctx, input, "species", name, &found, &n);
    if (st == IA_OK && n > 0)
        *out = found[0];
    free(found);
    return st;
}

static ia_status fill_test(ia_ctx *ctx, const ia_knn_input *input,
                           const ia_drawing_ions *ions, const uint32_t *row,
                           const ia_knn_test *test, float *out)
{
    ia_species pair[2] = {{.name = ""}, {.name = ""}};
    ia_drawing set = {0};
    ia_status st;
    if ((st = one_species(ctx, input, test->from, &pair[0])) == IA_OK &&
        (st = one_species(ctx, input, test->to, &pair[1])) == IA_OK &&
        (st = ia_drawing_new(ctx, ions, pair, SIZE_MAX, &set)) == IA_OK)
        st = fill(ctx, &set, test, row, out);
    ia_drawing_clear(&set);
    return st;
}

ia_status ia_knn_posterior(ia_ctx *ctx, const ia_knn_input *input,
                           const ia_knn_tests *tests, float *out)
{
    for (size_t i = 0; i < tests->n; i++)
        if (tests->tests[i].n_shuffles == 0)
            return ia_fail(
                ctx, IA_ERR_PARAM,
                "from = 'all': of all ions no populations are told, and no ion "
                "has a chance to be of one");
    ia_ranged ranged = {0};
    float *chances = ia_array(ctx, input->ions->n, sizeof *chances);
    ia_status st = chances ? ia_ranged_build(ctx, input->ions, input->ranger, &ranged)
                           : IA_ERR_MEMORY;
    ia_drawing_ions ions = {ranged.xyz, ranged.kind, ranged.n, input->ranges};
    for (size_t i = 0; st == IA_OK && i < input->ions->n; i++)
        chances[i] = NAN;
    for (size_t i = 0; st == IA_OK && i < tests->n; i++)
        st = fill_test(ctx, input, &ions, ranged.row, &tests->tests[i], chances);
    if (st == IA_OK)
        memcpy(out, chances, input->ions->n * sizeof *out);
    ia_ranged_clear(&ranged);
    free(chances);
    return st;
}
