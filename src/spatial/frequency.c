// src/spatial/frequency.c: frequency-distribution test of species in blocks of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/frequency_internal.h"
#include "spatial/gaps.h"
#include "spatial/ranged.h"

#include <ionatlas/edge.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(
        ia_frequency_params, from, "",
        "elements, nuclides or ions, \"Cu,D,FeO+\"; H is without D; empty: every solute"),
    IA_FIELD_TEXT(ia_frequency_params, sizes, "50,100,200,400",
                  "ions in a block, one or several sizes"),
    IA_FIELD_CHOICE(ia_frequency_params, blocks, "ions", "ions|cubes",
                    "blocks of equal numbers of ions in columns along z, or cubes that "
                    "hold so many on average"),
    IA_FIELD(IA_SIZE, ia_frequency_params, n_shuffles, "", 999, 19, 100000,
             "label shuffles to compare with; more where so few decide nothing"),
    IA_FIELD(IA_U64, ia_frequency_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of the shuffles"),
};
const ia_method ia_frequency_method = IA_METHOD(
    "frequency", "Frequency distribution in blocks of ions", ia_frequency_params, fields);

ia_frequency_params ia_frequency_defaults(void)
{
    ia_frequency_params params;
    ia_method_defaults(&ia_frequency_method, &params);
    return params;
}

enum { SIZES_MOST = 16, LEAST_SIZE = 2, MOST_SIZE = 100000, LEAST_BLOCKS = 20 };

typedef struct {
    size_t sizes[SIZES_MOST];
    size_t n;
} size_list;

// Each once.
static void add_size(size_list *list, size_t size)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->sizes[i] == size)
            return;
    list->sizes[list->n++] = size;
}

static ia_status read_sizes(ia_ctx *ctx, const char *text, size_list *out)
{
    const char *at = text;
    for (char *end; *at; at = end + (*end == ',')) {
        double size = strtod(at, &end);
        if (end == at || (*end && *end != ',') || size != floor(size) ||
            !(size >= LEAST_SIZE && size <= MOST_SIZE) || out->n == SIZES_MOST)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "sizes = \"%s\": up to %d whole numbers from %d to %d were "
                           "expected, such as 50,100",
                           text, (int)SIZES_MOST, (int)LEAST_SIZE, (int)MOST_SIZE);
        add_size(out, (size_t)size);
    }
    return out->n > 0 ? IA_OK
                      : ia_fail(ctx, IA_ERR_PARAM, "sizes: no size of a block is given");
}

static const double most_edge = 10; // nm, of cubes that may not lie in two parts

typedef struct {
    ia_ctx *ctx;
    const ia_frequency_params *params;
    ia_drawing_ions ions;
    frequency_cloud cloud;
    frequency_blocks blocks[SIZES_MOST];
    size_t n_blocks;
} job;

static ia_status measure_cloud(job *j)
{
    ia_points points = {j->ions.xyz, j->ions.n};
    j->cloud = (frequency_cloud){j->ions.xyz, j->ions.n, NAN};
    return ia_volume_measure(j->ctx, &points, &j->cloud.volume);
}

static ia_status build_blocks(job *j, const size_list *list)
{
    ia_status st = measure_cloud(j);
    if (st == IA_OK && !isfinite(j->cloud.volume) && j->cloud.n > 0)
        ia_warn(j->ctx, "the ranged ions fill no volume that can be measured: no blocks "
                        "are made");
    for (size_t i = 0; st == IA_OK && isfinite(j->cloud.volume) && i < list->n; i++) {
        frequency_blocks *b = &j->blocks[j->n_blocks];
        st = j->params->blocks == IA_BLOCKS_CUBES
                 ? ia_frequency_cubes(j->ctx, &j->cloud, list->sizes[i], b)
                 : ia_frequency_columns(j->ctx, &j->cloud, list->sizes[i], b);
        if (st == IA_OK && b->n < LEAST_BLOCKS) {
            ia_warn(j->ctx, "%zu ranged ions make %zu blocks of %zu: %d are needed",
                    j->cloud.n, b->n, list->sizes[i], (int)LEAST_BLOCKS);
            ia_frequency_blocks_clear(b);
        } else if (st == IA_OK) {
            j->n_blocks++;
        }
    }
    return st;
}

static ia_status test_species(job *j, const ia_species *species, ia_frequency *out)
{
    ia_species pair[2] = {*species, *species};
    ia_drawing set = {0};
    ia_status st = ia_drawing_new(j->ctx, &j->ions, pair, SIZE_MAX, &set);
    bool enough = st == IA_OK && ia_drawing_is_enough(j->ctx, &set, pair);
    for (size_t i = 0; enough && st == IA_OK && i < j->n_blocks; i++) {
        ia_frequency_test test = {0};
        memcpy(test.species, species->name, sizeof test.species);
        st = ia_frequency_test_run(j->ctx, &j->blocks[i], &set, j->params, &test);
        if (st == IA_OK && test.n_counts > 0) {
            out->tests[out->n++] = test;
            test = (ia_frequency_test){0};
        } else if (st == IA_OK) {
            ia_warn(j->ctx,
                    "%zu blocks of %zu ions hold too few %s for a test: fewer than three "
                    "counts are expected in five blocks or more",
                    test.n_blocks, test.block, species->name);
        }
        ia_frequency_test_clear(&test);
    }
    ia_drawing_clear(&set);
    return st;
}

static ia_status correct(ia_ctx *ctx, ia_frequency *f)
{
    double *p = ia_array(ctx, f->n, sizeof *p);
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; p && i < f->n; i++)
        p[i] = f->tests[i].p;
    if (st == IA_OK)
        st = ia_holm(ctx, p, f->n, p);
    for (size_t i = 0; st == IA_OK && i < f->n; i++)
        f->tests[i].p_holm = p[i];
    free(p);
    return st;
}

static ia_status test_all(job *j, const ia_species *species, size_t n, ia_frequency *out)
{
    ia_status st = IA_OK;
    if (!(out->tests = ia_array(j->ctx, n * j->n_blocks, sizeof *out->tests)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n && st == IA_OK; i++)
        st = test_species(j, &species[i], out);
    if (st == IA_OK && n == 0)
        ia_warn(j->ctx,
                "no frequencies are tested: no element but H and Ga has %g to %g at.%% "
                "and %d ions",
                ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
    return st == IA_OK ? correct(j->ctx, out) : st;
}

ia_status ia_frequency_compute(ia_ctx *ctx, const ia_knn_input *input,
                               const ia_frequency_params *params, ia_frequency *out)
{
    ia_frequency_params p = params ? *params : ia_frequency_defaults();
    job j = {.ctx = ctx, .params = &p};
    size_list sizes = {0};
    ia_ranged ranged = {0};
    ia_species *species = NULL;
    size_t n = 0;
    ia_frequency frequency = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_frequency_method, &p)) != IA_OK ||
        (st = read_sizes(ctx, p.sizes, &sizes)) != IA_OK ||
        (st = ia_species_find(ctx, input, "from", p.from, &species, &n)) != IA_OK ||
        (st = ia_ranged_build(ctx, input->ions, input->ranger, &ranged)) != IA_OK ||
        (st = ia_ranged_sort(ctx, &ranged)) != IA_OK ||
        (st = ia_ranged_need(ctx, &ranged)) != IA_OK ||
        (st = ia_gaps_close(ctx, &ranged, most_edge)) != IA_OK)
        goto done;
    j.ions = (ia_drawing_ions){ranged.xyz, ranged.kind, ranged.n, input->ranges};
    p.n_shuffles = ia_holm_enough(p.n_shuffles, n * sizes.n, ia_told_level);
    if ((st = build_blocks(&j, &sizes)) != IA_OK ||
        (st = test_all(&j, species, n, &frequency)) != IA_OK)
        goto done;
    *out = frequency;
    frequency = (ia_frequency){0};
done:
    ia_frequency_clear(&frequency);
    for (size_t i = 0; i < SIZES_MOST; i++)
        ia_frequency_blocks_clear(&j.blocks[i]);
    ia_ranged_clear(&ranged);
    free(species);
    return st;
}

void ia_frequency_clear(ia_frequency *f)
{
    for (size_t i = 0; i < f->n; i++)
        ia_frequency_test_clear(&f->tests[i]);
    free(f->tests);
    *f = (ia_frequency){0};
}
