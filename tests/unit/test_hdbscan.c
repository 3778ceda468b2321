// tests/unit/test_hdbscan.c: the spanning tree against all pairs, the branches against
// cuts of it, clusters that are known.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "points.h"

#include <ionatlas/hdbscan.h>
#include <ionatlas/random.h>

enum { N = 400, THREADS = 5 };

// Shapes of clouds.
typedef void (*fill)(float *xyz, size_t n, ia_random *random);

static void fill_even(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)(5 * ia_random_uniform(random));
}

static void fill_blobs(float *xyz, size_t n, ia_random *random)
{
    static const double widths[] = {0.05, 0.3, 2};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(20.0 * (double)(i % 3) +
                                     widths[i % 3] * ia_random_normal(random));
}

static void fill_line(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = i % 3 ? 1 : (float)ia_random_uniform(random);
}

static void fill_far(float *xyz, size_t n, ia_random *random)
{
    fill_even(xyz, n, random);
    xyz[0] = 1e5F;
}

// Many at the same place, and many distances that are equal.
static void fill_lattice(float *xyz, size_t n, ia_random *random)
{
    for (size_t i = 0; i < 3 * n; i++)
        xyz[i] = (float)ia_random_below(random, 4);
}

static const fill fills[] = {fill_even, fill_blobs, fill_line, fill_far, fill_lattice};
enum { N_FILLS = sizeof fills / sizeof *fills };

static void find_cores(const float *xyz, size_t n, size_t samples, float *core)
{
    for (size_t i = 0; i < n; i++)
        core[i] = core_distance(xyz, n, i, samples);
}

typedef struct {
    float reach, distance;
    uint32_t a, b;
} pair;

static int by_order(const void *left, const void *right)
{
    const pair *l = left, *r = right;
    if (l->reach != r->reach)
        return l->reach < r->reach ? -1 : 1;
    if (l->distance != r->distance)
        return l->distance < r->distance ? -1 : 1;
    if (l->a != r->a)
        return l->a < r->a ? -1 : 1;
    return (l->b > r->b) - (l->b < r->b);
}

static size_t root_of(size_t *up, size_t i)
{
    while (up[i] != i)
        i = up[i];
    return i;
}

// All pairs in order, those that join two parts (Kruskal).
static void plain_tree(const float *xyz, size_t n, size_t samples, ia_hdbscan_span *out)
{
    float core[N];
    size_t up[N], n_pairs = 0, n_out = 0;
    pair *pairs = malloc(n * n / 2 * sizeof *pairs);
    assert_non_null(pairs);
    find_cores(xyz, n, samples, core);
    for (size_t i = 0; i < n; i++) {
        up[i] = i;
        for (size_t j = i + 1; j < n; j++) {
            float d = distance(xyz, i, j);
            float reach = fmaxf(d, fmaxf(core[i], core[j]));
            pairs[n_pairs++] = (pair){reach, d, (uint32_t)i, (uint32_t)j};
        }
    }
    qsort(pairs, n_pairs, sizeof *pairs, by_order);
    for (size_t i = 0; i < n_pairs; i++) {
        size_t a = root_of(up, pairs[i].a), b = root_of(up, pairs[i].b);
        if (a == b)
            continue;
        up[a] = b;
        out[n_out++] = (ia_hdbscan_span){pairs[i].a, pairs[i].b, pairs[i].reach};
    }
    assert_int_equal(n_out, n - 1);
    free(pairs);
}

static void the_tree_is_that_of_all_pairs(void **state)
{
    static const size_t samples[] = {1, 2, 7, 40};
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(11, 0);
    float xyz[3 * N];
    ia_hdbscan_span plain[N];
    for (size_t f = 0; f < N_FILLS; f++) {
        fills[f](xyz, N, &random);
        for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
            ia_hdbscan_params params = {.min_size = 5, .min_samples = samples[k]};
            ia_points points = {xyz, N};
            ia_hdbscan h;
            plain_tree(xyz, N, samples[k], plain);
            CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, &params, &h));
            for (size_t i = 0; i + 1 < N; i++) {
                assert_int_equal(h.spans[i].a, plain[i].a);
                assert_int_equal(h.spans[i].b, plain[i].b);
                // A tree of points rounds distances once more.
                assert_true(fabsf(h.spans[i].distance / plain[i].distance - 1) < 2e-7F ||
                            h.spans[i].distance == plain[i].distance);
            }
            ia_hdbscan_clear(&h);
        }
    }
    ia_ctx_free(ctx);
}

// Points whose core distance is no longer than the cut, linked where they reach each
// other: how many parts have min_size points or more (DBSCAN*).
static size_t count_parts(const ia_hdbscan *h, double cut, size_t min_size)
{
    size_t up[N], sizes[N] = {0}, n = 0;
    for (size_t i = 0; i < h->n; i++)
        up[i] = i;
    for (size_t i = 0; i + 1 < h->n; i++)
        if (h->spans[i].distance <= cut)
            up[root_of(up, h->spans[i].a)] = root_of(up, h->spans[i].b);
    for (size_t i = 0; i < h->n; i++)
        sizes[root_of(up, i)]++;
    for (size_t i = 0; i < h->n; i++)
        n += sizes[i] >= min_size;
    return n;
}

// Branches that were born before the cut and hold points beyond it.
static size_t count_branches(const ia_hdbscan *h, double cut)
{
    size_t n = 0;
    for (size_t b = 0; b < h->n_branches; b++) {
        double last = 0;
        bool comes_apart = false;
        for (size_t i = 0; i < h->n; i++)
            if (h->branch[i] == b)
                last = fmax(last, h->density[i]);
        for (size_t c = 1; c < h->n_branches; c++)
            comes_apart |= h->branches[c].parent == b && h->branches[c].birth * cut <= 1;
        bool goes_on = false;
        for (size_t c = 1; c < h->n_branches; c++)
            goes_on |= h->branches[c].parent == b && h->branches[c].birth * cut > 1;
        n += h->branches[b].birth * cut <= 1 && !comes_apart &&
             (goes_on || last * cut > 1);
    }
    return n;
}

static void branches_are_the_parts_of_every_cut(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(12, 0);
    ia_hdbscan_params params = {.min_size = 8, .min_samples = 4};
    float xyz[3 * N];
    for (size_t f = 0; f < 2; f++) {
        ia_points points = {xyz, N};
        ia_hdbscan h;
        fills[f](xyz, N, &random);
        CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, &params, &h));
        for (size_t i = 3; i + 1 < N; i += 7) {
            // Between two lengths, so that rounding has no part in it.
            double cut = ((double)h.spans[i].distance + h.spans[i - 1].distance) / 2;
            if (h.spans[i].distance > h.spans[i - 1].distance * 1.00001F)
                assert_int_equal(count_branches(&h, cut), count_parts(&h, cut, 8));
        }
        ia_hdbscan_clear(&h);
    }
    ia_ctx_free(ctx);
}

static void sizes_add_up(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(13, 0);
    float xyz[3 * N];
    size_t held[N] = {0};
    ia_points points = {xyz, N};
    ia_hdbscan h;
    fill_blobs(xyz, N, &random);
    CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, NULL, &h));
    for (size_t i = 0; i < N; i++)
        held[h.branch[i]]++;
    for (size_t b = h.n_branches; b-- > 1;)
        held[h.branches[b].parent] += held[b];
    for (size_t b = 0; b < h.n_branches; b++)
        assert_int_equal(held[b], h.branches[b].size);
    assert_int_equal(h.n_clusters, 3);
    for (size_t i = 0; i < N; i++) // blobs are told from each other
        for (size_t j = 0; j < i; j++)
            if (h.label[i] >= 0 && h.label[j] >= 0)
                assert_int_equal(h.label[i] == h.label[j], i % 3 == j % 3);
    ia_hdbscan_clear(&h);
    ia_ctx_free(ctx);
}

// Two groups of three points in a row: what can be worked out by hand.
// Core distances tie spans, so that branches come apart as they are born: no mass, but
// never less than none.
static void no_branch_is_lighter_than_nothing(void **state)
{
    (void)state;
    float xyz[3 * N];
    size_t n_empty = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        ia_random random = ia_random_new(seed, 0);
        ia_hdbscan h = {0};
        ia_hdbscan_params p = {.min_size = 2, .min_samples = 5};
        fill_even(xyz, N, &random);
        assert_int_equal(ia_hdbscan_compute(NULL, &(ia_points){xyz, N}, &p, &h), IA_OK);
        for (size_t b = 0; b < h.n_branches; b++) {
            assert_true(h.branches[b].stability >= 0);
            n_empty += h.branches[b].stability == 0;
        }
        ia_hdbscan_clear(&h);
    }
    assert_true(n_empty > 0);
}

static void a_small_tree_is_as_computed_by_hand(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[] = {0, 0, 0, 1, 0, 0, 3, 0, 0, 10, 0, 0, 12, 0, 0, 13, 0, 0};
    ia_hdbscan_params params = {.min_size = 2, .min_samples = 1};
    ia_points points = {xyz, 6};
    ia_hdbscan h;
    CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, &params, &h));
    static const float lengths[] = {1, 1, 2, 2, 7};
    for (size_t i = 0; i < 5; i++)
        assert_true(h.spans[i].distance == lengths[i]);
    assert_int_equal(h.n_branches, 3);
    for (size_t b = 1; b < 3; b++) {
        assert_int_equal(h.branches[b].size, 3);
        assert_true(fabs(h.branches[b].birth - 1 / 7.0) < 1e-12);
        // One falls out at 1/2, two at 1.
        assert_true(fabs(h.branches[b].stability - (0.5 + 2 - 3 / 7.0)) < 1e-6);
    }
    assert_int_equal(h.n_clusters, 2);
    assert_int_equal(h.label[0], h.label[2]);
    assert_int_not_equal(h.label[0], h.label[3]);
    assert_true(fabsf(h.strength[2] - 0.5F) < 1e-6F && h.strength[0] == 1);
    ia_hdbscan_clear(&h);
    params.allow_single = true; // the root has 6/7, both branches have more
    CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, &params, &h));
    assert_int_equal(h.n_clusters, 2);
    ia_hdbscan_clear(&h);
    ia_ctx_free(ctx);
}

static void any_number_of_threads_gives_the_same(void **state)
{
    enum { MANY = 20000 };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(14, 0);
    float *xyz = malloc(3 * MANY * sizeof *xyz);
    ia_points points = {xyz, MANY};
    ia_hdbscan one, many;
    assert_non_null(xyz);
    fill_even(xyz, MANY, &random);
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, NULL, &one));
    ia_ctx_set_threads(ctx, THREADS);
    CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, NULL, &many));
    assert_memory_equal(one.label, many.label, MANY * sizeof *one.label);
    assert_memory_equal(one.density, many.density, MANY * sizeof *one.density);
    assert_memory_equal(one.spans, many.spans, (MANY - 1) * sizeof *one.spans);
    ia_hdbscan_clear(&one);
    ia_hdbscan_clear(&many);
    free(xyz);
    ia_ctx_free(ctx);
}

static void few_points_are_no_cluster(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[30] = {0};
    for (size_t n = 0; n <= 10; n++) {
        ia_points points = {xyz, n};
        ia_hdbscan h;
        CHECK_OK(ctx, ia_hdbscan_compute(ctx, &points, NULL, &h));
        assert_int_equal(h.n_clusters, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(h.label[i], -1);
        ia_hdbscan_clear(&h);
    }
    ia_ctx_free(ctx);
}

static void wrong_input_is_refused(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[6] = {0, 0, 0, 0, NAN, 0};
    ia_points points = {xyz, 2};
    ia_hdbscan_params params = {.min_size = 1};
    ia_hdbscan h = {0};
    CHECK_FAILS(ctx, ia_hdbscan_compute(ctx, &points, &params, &h), IA_ERR_PARAM,
                "min_size");
    CHECK_FAILS(ctx, ia_hdbscan_compute(ctx, &points, NULL, &h), IA_ERR_PARAM, "point 1");
    assert_null(h.label);
    ia_ctx_free(ctx);
}

static void survives_without_memory(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(15, 0);
    float xyz[3 * N];
    ia_points points = {xyz, N};
    ia_hdbscan h = {0};
    fill_blobs(xyz, N, &random);
    CHECK_STARVED(ctx, ia_hdbscan_compute(ctx, &points, NULL, &h), ia_hdbscan_clear(&h));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_that_of_all_pairs),
        cmocka_unit_test(branches_are_the_parts_of_every_cut),
        cmocka_unit_test(sizes_add_up),
        cmocka_unit_test(no_branch_is_lighter_than_nothing),
        cmocka_unit_test(a_small_tree_is_as_computed_by_hand),
        cmocka_unit_test(any_number_of_threads_gives_the_same),
        cmocka_unit_test(few_points_are_no_cluster),
        cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
