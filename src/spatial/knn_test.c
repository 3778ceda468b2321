// src/spatial/knn_test.c: nearest-neighbour distances against the label-shuffled null.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/every.h"
#include "spatial/gaps.h"
#include "spatial/knn_every.h"
#include "spatial/ranged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FARTHEST = 100; // nm: no neighbour that is asked for is farther

static const ia_field fields[] = {
    IA_FIELD(IA_SIZE, ia_knn_params, k, "", 10, 1, 1000, "neighbours looked at"),
    IA_FIELD(IA_SIZE, ia_knn_params, fit_k, "", 5, 1, 1000,
             "neighbour to whose distances two populations are fitted; at "
             "most k, which is used where k is less"),
    IA_FIELD_TEXT(ia_knn_params, from, "",
                  "elements, nuclides or ions at the centres, \"Cu,D,FeO+\"; H is "
                  "without D; empty: every solute, all: every "
                  "ion, ranged or not"),
    IA_FIELD_TEXT(ia_knn_params, to, "",
                  "element, nuclide or ion of the neighbours; empty: the centre's own"),
    IA_FIELD(IA_BOOL, ia_knn_params, pairs, "", 0, 0, 1,
             "ask each of the species about each other one, too"),
    IA_FIELD(IA_SIZE, ia_knn_params, n_shuffles, "", 199, 19, 100000,
             "label shuffles to compare with; more where so few decide nothing"),
    IA_FIELD(IA_SIZE, ia_knn_params, n_most, "", 30000, 100, 1e9,
             "centres used; of more ions, so many at random"),
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
                             knn_lh_base *base, ia_knn_test *test)
{
    size_t k = d->k;
    double **arrays[] = {&test->mean, &test->null_mean, &test->null_lo, &test->null_hi};
    const double *from[] = {null->observed, null->mean, null->lo, null->hi};
    double *curves[] = {test->observed, test->curve_mean, test->curve_lo, test->curve_hi};
    double *kth[] = {test->kth_observed, test->kth_mean, test->kth_lo, test->kth_hi};
    for (size_t a = 0; a < 4; a++) {
        if (!(*arrays[a] = ia_array(ctx, k, sizeof(double))))
            return IA_ERR_MEMORY;
        memcpy(*arrays[a], from[a], k * sizeof(double));
        memcpy(curves[a], from[a] + k, IA_KNN_BINS * sizeof(double));
        memcpy(kth[a], from[a] + k + IA_KNN_BINS + 1, IA_KNN_BINS * sizeof(double));
    }
    test->n_from = d->n_centres;
    test->n_to = d->set.n_to;
    test->k = k;
    test->r_max = d->r_max;
    test->r_kth = d->r_kth;
    test->n_shuffles = null->n_shuffles;
    test->likelier = null->observed[k + IA_KNN_BINS];
    test->null_likelier = null->mean[k + IA_KNN_BINS];
    test->p_two = null->p[k + IA_KNN_BINS];
    ia_knn_lh_compute(null, k, d->r_max, base, &test->lh);
    return compare_means(ctx, null, k, &test->p);
}

// By ions placed by chance.
static ia_status choose_reach(ia_ctx *ctx, knn_drawing *d, uint64_t seed)
{
    double values[1000 + KNN_VALUES];
    ia_draw first = {.number = 1, .random = ia_random_new(seed, 1)};
    ia_status st = ia_knn_draw(ctx, d, &first, 0, values);
    if (st == IA_OK)
        ia_knn_draw_reach(d, values);
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

// The chances of LH* and of two populations are those of the null that doubts most.
static void raise(ia_knn_test *test, const ia_knn_test *other)
{
    test->p_two = fmax(test->p_two, other->p_two);
    test->lh.p = fmax(test->lh.p, other->lh.p);
    test->lh.p_nearer = fmax(test->lh.p_nearer, other->lh.p_nearer);
    test->lh.p_farther = fmax(test->lh.p_farther, other->lh.p_farther);
}

static void replace(ia_knn_test *test, ia_knn_test *fresh)
{
    ia_knn_test old = *test;
    if (old.k > 0)
        raise(fresh, &old);
    memcpy(fresh->from, old.from, sizeof fresh->from);
    memcpy(fresh->to, old.to, sizeof fresh->to);
    *test = *fresh;
    *fresh = old;
}

// test->k stays 0 where positions drawn at random coincide.
static ia_status run_test(ia_ctx *ctx, const ia_knn_params *params, knn_drawing *d,
                          ia_knn_test *test)
{
    ia_null null = {0};
    knn_steadying steadying = {.seed = params->seed};
    ia_null_params how = {
        .n_shuffles = params->n_shuffles, .seed = params->seed, .band = 0.95};
    ia_question question = {ia_knn_draw, d, d->k + KNN_VALUES,
                            "neighbours against chance"};
    ia_status st = ia_drawing_prepare(ctx, &d->set);
    if (st == IA_OK && d->set.is_every)
        return ia_knn_every_compute(ctx, d, &(ia_points){d->set.xyz, d->set.n},
                                    params->seed, test);
    if (st == IA_OK)
        st = choose_reach(ctx, d, params->seed);
    if (st != IA_OK || !(d->r_max > 0))
        return st;
    // The null that the data are most like: p is valid if any of them is true.
    for (int way = 0; way < (d->set.same ? 1 : IA_STAYS_WAYS) && st == IA_OK; way++) {
        ia_knn_test fresh = {0};
        knn_lh_base base;
        d->set.stays = way;
        if ((st = ia_null_test(ctx, &question, &how, &null)) == IA_OK)
            st = keep_result(ctx, &null, d, &base, &fresh);
        if (st == IA_OK && (way == 0 || fresh.p > test->p)) {
            steadying.base = base;
            replace(test, &fresh);
        } else if (st == IA_OK) {
            raise(test, &fresh);
        }
        clear_test(&fresh);
        ia_null_clear(&null);
    }
    d->set.stays = IA_STAYS_NONE;
    return st == IA_OK ? ia_knn_steady_compute(ctx, d, &steadying, test) : st;
}

// Several questions at once: Holm's correction of each kind of p.
static ia_status correct(ia_ctx *ctx, ia_knn_tests *tests)
{
    static const struct {
        size_t from, to;
    } kinds[] = {
        {offsetof(ia_knn_test, p), offsetof(ia_knn_test, p_holm)},
        {offsetof(ia_knn_test, p_two), offsetof(ia_knn_test, p_two_holm)},
        {offsetof(ia_knn_test, lh.p), offsetof(ia_knn_test, lh.p_holm)},
        {offsetof(ia_knn_test, lh.p_nearer), offsetof(ia_knn_test, lh.p_nearer_holm)},
        {offsetof(ia_knn_test, lh.p_farther), offsetof(ia_knn_test, lh.p_farther_holm)},
    };
    double *p = ia_array(ctx, tests->n, sizeof *p);
    ia_status st = p ? IA_OK : IA_ERR_MEMORY;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && st == IA_OK; k++) {
        for (size_t i = 0; i < tests->n; i++)
            memcpy(&p[i], (char *)&tests->tests[i] + kinds[k].from, sizeof *p);
        if ((st = ia_holm(ctx, p, tests->n, p)) != IA_OK)
            break;
        for (size_t i = 0; i < tests->n; i++)
            memcpy((char *)&tests->tests[i] + kinds[k].to, &p[i], sizeof *p);
    }
    free(p);
    return st;
}

// Neighbours that the species has at most.
static size_t choose_k(const ia_drawing *set, size_t wanted)
{
    size_t most = set->n_to - 1; // but for the centre, or an ion drawn at its place
    return wanted < most ? wanted : most;
}

static ia_status test_pair(ia_ctx *ctx, const ia_drawing_ions *ions,
                           const ia_species pair[2], const ia_knn_params *params,
                           ia_knn_tests *tests)
{
    knn_drawing d = {0};
    ia_knn_test test = {0};
    memcpy(test.from, pair[0].name, sizeof test.from);
    memcpy(test.to, pair[1].name, sizeof test.to);
    ia_status st = ia_drawing_new(ctx, ions, pair, SIZE_MAX, &d.set);
    d.set.is_every = ia_every_is_asked(params->from);
    if (st == IA_OK && ia_drawing_is_enough(ctx, &d.set, pair)) {
        d.n_centres = d.set.n_from < params->n_most ? d.set.n_from : params->n_most;
        d.k = choose_k(&d.set, params->k);
        if (d.k < params->k)
            ia_warn(ctx,
                    "k = %zu: an ion of %s has %zu others of %s about it, so many "
                    "neighbours are told",
                    params->k, pair[0].name, d.k, pair[1].name);
        d.fit_k = params->fit_k < d.k ? params->fit_k : d.k;
        st = run_test(ctx, params, &d, &test);
        if (st == IA_OK && test.k > 0) {
            tests->tests[tests->n++] = test;
            test = (ia_knn_test){0};
        } else if (st == IA_OK) {
            ia_warn(ctx,
                    "too many ions lie at the same place to ask how %s lies about %s",
                    pair[1].name, pair[0].name);
        }
    }
    clear_test(&test);
    ia_drawing_clear(&d.set);
    return st;
}

static ia_status find_species(ia_ctx *ctx, const ia_knn_input *input,
                              const ia_knn_params *params, ia_species **from,
                              size_t *n_from, ia_species *to)
{
    if (ia_every_is_asked(params->from)) {
        *n_from = 1;
        *from = ia_array(ctx, 1, sizeof **from);
        return *from ? IA_OK : IA_ERR_MEMORY;
    }
    ia_species *found = NULL;
    size_t n = 0;
    ia_status st = ia_species_find(ctx, input, "from", params->from, from, n_from);
    if (st != IA_OK || !*params->to)
        return st;
    if (params->pairs)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "to = '%s': all pairs of the species are asked about already",
                       params->to);
    st = ia_species_find(ctx, input, "to", params->to, &found, &n);
    if (st == IA_OK && n != 1)
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "to = '%s': one element, nuclide or ion was expected", params->to);
    if (st == IA_OK)
        *to = found[0];
    free(found);
    return st;
}

// Every ion as one species, where that is asked for.
static ia_status take_every(ia_ctx *ctx, const ia_knn_params *params, ia_every *every,
                            ia_knn_input *input)
{
    if (!ia_every_is_asked(params->from))
        return IA_OK;
    if (params->pairs)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "pairs: from = 'all' is every ion, without another species");
    ia_status st = ia_every_check(ctx, params->to);
    if (st == IA_OK && (st = ia_every_build(ctx, every)) == IA_OK) {
        input->ranges = &every->ranges;
        input->ranger = &every->ranger;
    }
    return st;
}

// The default goes with a smaller k; what was asked for is not passed over in silence.
static void tell_fit(ia_ctx *ctx, const ia_knn_params *p)
{
    if (p->fit_k > p->k && p->fit_k != ia_knn_defaults().fit_k)
        ia_warn(
            ctx,
            "fit_k = %zu is above k = %zu: two populations are fitted to neighbour %zu "
            "(with k = %zu they would be to that one)",
            p->fit_k, p->k, p->k, p->fit_k);
}

ia_status ia_knn_tests_compute(ia_ctx *ctx, const ia_knn_input *input,
                               const ia_knn_params *params, ia_knn_tests *out)
{
    ia_knn_params p = params ? *params : ia_knn_defaults();
    ia_species *from = NULL, to = {0};
    size_t n_from = 0;
    ia_ranged ranged = {0};
    ia_knn_tests tests = {0};
    ia_every every = {0};
    ia_knn_input own_input = *input;
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_knn_method, &p)) != IA_OK ||
        (st = take_every(ctx, &p, &every, &own_input)) != IA_OK ||
        (st = find_species(ctx, input, &p, &from, &n_from, &to)) != IA_OK ||
        (st = ia_ranged_build(ctx, input->ions, own_input.ranger, &ranged)) != IA_OK ||
        (st = ia_ranged_sort(ctx, &ranged)) != IA_OK ||
        (st = ia_ranged_need(ctx, &ranged)) != IA_OK ||
        (st = ia_gaps_close(ctx, &ranged, FARTHEST)) != IA_OK)
        goto done;
    size_t n_to = p.pairs ? n_from : 1;
    tell_fit(ctx, &p);
    if (!(tests.tests = ia_array(ctx, n_from * n_to, sizeof *tests.tests)))
        st = IA_ERR_MEMORY;
    p.n_shuffles = ia_holm_enough(p.n_shuffles, n_from * n_to, ia_told_level);
    ia_drawing_ions ions = {ranged.xyz, ranged.kind, ranged.n, own_input.ranges};
    bool is_every = ia_every_is_asked(p.from);
    if (is_every)
        from[0] = every.species;
    for (size_t i = 0; i < n_from * n_to && st == IA_OK; i++) {
        const ia_species *own = &from[i / n_to];
        const ia_species *other = p.pairs              ? &from[i % n_to]
                                  : *p.to && !is_every ? &to
                                                       : own;
        st = test_pair(ctx, &ions, (ia_species[2]){*own, *other}, &p, &tests);
    }
    if (st == IA_OK && n_from == 0)
        ia_warn(ctx,
                "no neighbour distances are tested: no element but H and Ga has %g to "
                "%g at.%% and %d ions",
                ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
    if (st == IA_OK && !is_every)
        st = correct(ctx, &tests);
    if (st != IA_OK)
        goto done;
    *out = tests;
    tests = (ia_knn_tests){0};
done:
    ia_knn_tests_clear(&tests);
    ia_ranged_clear(&ranged);
    ia_every_clear(&every);
    free(from);
    return st;
}

void ia_knn_tests_clear(ia_knn_tests *tests)
{
    for (size_t i = 0; i < tests->n; i++)
        clear_test(&tests->tests[i]);
    free(tests->tests);
    *tests = (ia_knn_tests){0};
}
