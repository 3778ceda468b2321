// src/spatial/knn_test.c: nearest-neighbour distances against the label-shuffled null.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/knn_draw.h"
#include "spatial/ranged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_knn_params, k, "", 10, 1, 1000, "neighbours looked at"),
    IA_FIELD_TEXT(ia_knn_params, from, "",
                  "elements at the centres, \"Cu,Mn\"; empty: every solute"),
    IA_FIELD_TEXT(ia_knn_params, to, "",
                  "element of the neighbours; empty: the centre's own"),
    IA_FIELD(IA_SIZE, ia_knn_params, n_shuffles, "", 199, 19, 100000,
             "label shuffles to compare with"),
    IA_FIELD(IA_SIZE, ia_knn_params, n_most, "", 30000, 100, 1e9,
             "ions per species used; of more, so many at random"),
    IA_FIELD(IA_U64, ia_knn_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of the shuffles"),
};
const ia_method ia_knn_method =
    IA_METHOD("knn", "Nearest-neighbour distances", ia_knn_params, fields);

ia_knn_params ia_knn_defaults(void)
{
    ia_knn_params params;
    ia_method_defaults(&ia_knn_method, &params);
    return params;
}

// Fewer ions tell nothing about how they lie.
enum { FEWEST = 20 };

typedef struct {
    ia_ctx *ctx;
    const ia_ranged *ranged;
    const ia_ranges *ranges;
    const ia_knn_params *params;
} job;

static void free_drawing(knn_drawing *d, size_t n_workers)
{
    for (size_t w = 0; d->rooms && w < n_workers; w++) {
        free(d->rooms[w].from);
        free(d->rooms[w].to);
        free(d->rooms[w].bits);
        free(d->rooms[w].split);
    }
    free(d->rooms);
    free(d->list_from);
    if (!d->same)
        free(d->list_to);
}

// Places of the ions that hold `z` and, for a pair, not the other element.
static ia_status list_species(const job *j, unsigned z, unsigned other, uint32_t **out,
                              size_t *n)
{
    uint32_t *list = ia_array(j->ctx, j->ranged->n, sizeof *list);
    if (!list)
        return IA_ERR_MEMORY;
    *n = 0;
    for (size_t i = 0; i < j->ranged->n; i++) {
        const ia_ion *ion = &j->ranges->ions[j->ranged->kind[i]];
        if (ia_ion_count(ion, z) > 0 && (z == other || ia_ion_count(ion, other) == 0))
            list[(*n)++] = (uint32_t)i;
    }
    *out = list;
    return IA_OK;
}

static ia_status make_rooms(ia_ctx *ctx, knn_drawing *d, size_t n_workers)
{
    size_t most = d->n_list_from > d->n_list_to ? d->n_list_from : d->n_list_to;
    size_t words = ia_select_words(most > d->n ? most : d->n);
    if (!(d->rooms = ia_array(ctx, n_workers, sizeof *d->rooms)))
        return IA_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++) {
        knn_room *room = &d->rooms[w];
        if (!(room->from = ia_array(ctx, d->n_from, 3 * sizeof(float))) ||
            !(room->to = ia_array(ctx, d->n_to, 3 * sizeof(float))) ||
            !(room->bits = ia_array(ctx, words, sizeof(uint64_t))) ||
            !(room->split =
                  ia_array(ctx, ia_select_words(d->n_from + d->n_to), sizeof(uint64_t))))
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static ia_status prepare(const job *j, unsigned from, unsigned to, knn_drawing *d)
{
    ia_status st;
    d->xyz = j->ranged->xyz;
    d->n = j->ranged->n;
    d->same = from == to;
    if ((st = list_species(j, from, to, &d->list_from, &d->n_list_from)) != IA_OK)
        return st;
    if (d->same) {
        d->list_to = d->list_from;
        d->n_list_to = d->n_list_from;
    } else if ((st = list_species(j, to, from, &d->list_to, &d->n_list_to)) != IA_OK) {
        return st;
    }
    d->n_from = smaller(d->n_list_from, j->params->n_most);
    d->n_to = smaller(d->n_list_to, j->params->n_most);
    d->k = d->n_to > d->same ? smaller(j->params->k, d->n_to - d->same) : 0;
    return IA_OK;
}

// The largest deviation of a curve of k means from their average over all draws, in units
// of their scatter. Observed and shuffled draws are treated alike, so that the ranks are
// exact.
static double largest_deviation(const ia_null *null, size_t k, size_t draw,
                                const double *mean, const double *sd)
{
    double largest = 0;
    for (size_t i = 0; i < k; i++) {
        double v =
            draw == 0 ? null->observed[i] : null->nulls[(draw - 1) * null->n_values + i];
        double z = sd[i] > 0 ? fabs(v - mean[i]) / sd[i] : 0;
        largest = z > largest ? z : largest;
    }
    return largest;
}

static ia_status compare_means(ia_ctx *ctx, const ia_null *null, size_t k, double *p)
{
    size_t n = null->n_shuffles + 1, n_reached = 0;
    double *mean = ia_array(ctx, k, sizeof *mean), *sd = ia_array(ctx, k, sizeof *sd);
    if (!mean || !sd) {
        free(mean);
        free(sd);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < k; i++) {
        double sum = null->observed[i], square = 0;
        for (size_t s = 0; s < null->n_shuffles; s++)
            sum += null->nulls[s * null->n_values + i];
        mean[i] = sum / (double)n;
        square = (null->observed[i] - mean[i]) * (null->observed[i] - mean[i]);
        for (size_t s = 0; s < null->n_shuffles; s++) {
            double d = null->nulls[s * null->n_values + i] - mean[i];
            square += d * d;
        }
        sd[i] = sqrt(square / (double)n);
    }
    double observed = largest_deviation(null, k, 0, mean, sd);
    for (size_t draw = 1; draw < n; draw++)
        n_reached += largest_deviation(null, k, draw, mean, sd) >= observed;
    *p = (1 + (double)n_reached) / (double)n;
    free(mean);
    free(sd);
    return IA_OK;
}

static ia_status keep_result(ia_ctx *ctx, const ia_null *null, const knn_drawing *d,
                             ia_knn_test *test)
{
    size_t k = d->k;
    double **arrays[] = {&test->mean, &test->null_mean, &test->null_lo, &test->null_hi};
    const double *from[] = {null->observed, null->mean, null->lo, null->hi};
    double *curves[] = {test->observed, test->curve_mean, test->curve_lo, test->curve_hi};
    for (size_t a = 0; a < 4; a++) {
        if (!(*arrays[a] = ia_array(ctx, k, sizeof(double))))
            return IA_ERR_MEMORY;
        memcpy(*arrays[a], from[a], k * sizeof(double));
        memcpy(curves[a], from[a] + k, IA_KNN_BINS * sizeof(double));
    }
    test->n_from = d->n_from;
    test->n_to = d->n_to;
    test->k = k;
    test->r_max = d->r_max;
    test->n_shuffles = null->n_shuffles;
    return compare_means(ctx, null, k, &test->p);
}

// The curve reaches three times the mean distance of ions placed by chance.
static bool choose_r_max(knn_drawing *d, uint64_t seed)
{
    double values[1000 + IA_KNN_BINS];
    ia_draw first = {.number = 1, .random = ia_random_new(seed, 1)};
    if (!ia_knn_draw(d, &first, 0, values))
        return false;
    d->r_max = 3 * values[0];
    return true;
}

// test->k stays 0 where positions drawn at random coincide.
static ia_status run_test(const job *j, knn_drawing *d, ia_knn_test *test)
{
    ia_null null = {0};
    ia_null_params params = {
        .n_shuffles = j->params->n_shuffles, .seed = j->params->seed, .band = 0.95};
    ia_question question = {ia_knn_draw, d, d->k + IA_KNN_BINS,
                            "neighbours against chance"};
    size_t n_workers = ia_for_workers(j->ctx, SIZE_MAX);
    ia_status st = make_rooms(j->ctx, d, n_workers);
    if (st == IA_OK && !choose_r_max(d, j->params->seed))
        st = ia_fail(j->ctx, IA_ERR_MEMORY, "memory ran out while searching neighbours");
    if (st != IA_OK || !(d->r_max > 0))
        return st;
    if ((st = ia_null_test(j->ctx, &question, &params, &null)) == IA_OK &&
        (st = keep_result(j->ctx, &null, d, test)) == IA_OK)
        st = ia_knn_steady_compute(j->ctx, d, j->params->seed, test);
    ia_null_clear(&null);
    return st;
}

// Several questions at once: Holm's correction.
static ia_status correct(ia_ctx *ctx, ia_knn_tests *tests)
{
    double *p = ia_array(ctx, tests->n, sizeof *p);
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; p && i < tests->n; i++)
        p[i] = tests->tests[i].p;
    if (st == IA_OK)
        st = ia_holm(ctx, p, tests->n, p);
    for (size_t i = 0; st == IA_OK && i < tests->n; i++)
        tests->tests[i].p_holm = p[i];
    free(p);
    return st;
}

static void clear_test(ia_knn_test *test)
{
    free(test->mean);
    free(test->null_mean);
    free(test->null_lo);
    free(test->null_hi);
    free(test->sigma_mean);
    *test = (ia_knn_test){0};
}

static ia_status test_pair(const job *j, unsigned from, unsigned to, ia_knn_tests *tests)
{
    knn_drawing d = {0};
    ia_knn_test test = {.from = from, .to = to};
    ia_status st = prepare(j, from, to, &d);
    size_t needed = d.same ? d.n_from : d.n_from + d.n_to;
    if (st == IA_OK && (d.n_from < FEWEST || d.n_to < FEWEST || d.k == 0)) {
        ia_warn(j->ctx,
                "too few ions to ask how %s lies about %s: %zu and %zu, %d are needed",
                ia_element_of(to)->symbol, ia_element_of(from)->symbol, d.n_to, d.n_from,
                (int)FEWEST);
    } else if (st == IA_OK && needed == j->ranged->n && d.same) {
        ia_warn(j->ctx, "every ranged ion holds %s: shuffled labels change nothing",
                ia_element_of(from)->symbol);
    } else if (st == IA_OK && (st = run_test(j, &d, &test)) == IA_OK) {
        if (test.k > 0)
            tests->tests[tests->n++] = test;
        else
            ia_warn(j->ctx,
                    "too many ions lie at the same place to ask how %s lies about %s",
                    ia_element_of(to)->symbol, ia_element_of(from)->symbol);
        test = test.k > 0 ? (ia_knn_test){0} : test;
    }
    clear_test(&test);
    free_drawing(&d, ia_for_workers(j->ctx, SIZE_MAX));
    return st;
}

ia_status ia_knn_tests_compute(ia_ctx *ctx, const ia_knn_input *input,
                               const ia_knn_params *params, ia_knn_tests *out)
{
    ia_knn_params p = params ? *params : ia_knn_defaults();
    ia_solute *from = NULL, *to = NULL;
    size_t n_from = 0, n_to = 0;
    ia_ranged ranged = {0};
    ia_knn_tests tests = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_knn_method, &p)) != IA_OK ||
        (st = ia_solutes_find(ctx, input->composition, p.from, &from, &n_from)) !=
            IA_OK ||
        (*p.to &&
         (st = ia_solutes_find(ctx, input->composition, p.to, &to, &n_to)) != IA_OK))
        goto done;
    if (n_to > 1) {
        st = ia_fail(ctx, IA_ERR_PARAM, "to = '%s': one element was expected", p.to);
        goto done;
    }
    if ((st = ia_ranged_build(ctx, input->ions, input->ranger, &ranged)) != IA_OK)
        goto done;
    if (!(tests.tests = ia_array(ctx, n_from, sizeof *tests.tests)))
        st = IA_ERR_MEMORY;
    job j = {ctx, &ranged, input->ranges, &p};
    for (size_t i = 0; i < n_from && st == IA_OK; i++)
        st = test_pair(&j, from[i].z, n_to ? to[0].z : from[i].z, &tests);
    if (st == IA_OK && n_from == 0)
        ia_warn(ctx,
                "no neighbour distances are tested: no element but H and Ga has %g to "
                "%g at.%% and %d ions",
                ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
    if (st == IA_OK)
        st = correct(ctx, &tests);
    if (st != IA_OK)
        goto done;
    *out = tests;
    tests = (ia_knn_tests){0};
done:
    ia_knn_tests_clear(&tests);
    ia_ranged_clear(&ranged);
    free(from);
    free(to);
    return st;
}

void ia_knn_tests_clear(ia_knn_tests *tests)
{
    for (size_t i = 0; i < tests->n; i++)
        clear_test(&tests->tests[i]);
    free(tests->tests);
    *tests = (ia_knn_tests){0};
}
