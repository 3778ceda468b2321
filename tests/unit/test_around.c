// tests/unit/test_around.c: neighbours in a cylinder and in a slab against plain loops.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "points_case.h"

#include <ionatlas/neighbours.h>

enum { N = 1200 };

static const ia_around_request shapes[] = {
    {IA_AROUND_CYLINDER, {0, 0, 1}, 0.6, 2, NULL, true},
    {IA_AROUND_CYLINDER, {1, 0, 0}, 3, 0.05, NULL, true},
    {IA_AROUND_CYLINDER, {-2, 3, 0.5}, 0.4, 6, NULL, false},
    {IA_AROUND_CYLINDER, {1, 1, 1}, 800, 800, NULL, true},
    {IA_AROUND_SLAB, {0, -1, 0}, 2, 0.3, NULL, true},
    {IA_AROUND_SLAB, {3, 1, -2}, 1.5, 40, NULL, false},
    {IA_AROUND_SLAB, {0.1, 0, 5}, 30, 0.02, NULL, true},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// What was found of each query: enough to tell any difference.
typedef struct {
    uint64_t n, numbers; // sum of (number + 1)^2
    double u, v, w;      // sums of absolute values, nm
    bool has_itself;
} summary;

static void add_up(void *user, size_t worker, size_t query, const ia_around *around)
{
    summary *s = (summary *)user + query;
    (void)worker;
    *s = (summary){.n = around->n};
    for (size_t i = 0; i < around->n; i++) {
        uint64_t number = around->points[i] + 1;
        s->numbers += number * number;
        s->u += fabs((double)around->u[i]);
        s->v += fabs((double)around->v[i]);
        s->w += fabs((double)around->w[i]);
        s->has_itself |= around->points[i] == query;
    }
}

// The definition, in the precision that the header tells.
static summary plain(const ia_points *points, const float *query, size_t own,
                     const ia_around_request *r)
{
    double exact[3][3];
    float f[3][3], r2 = (float)(r->radius * r->radius), half = (float)r->half_height;
    summary s = {0};
    assert_true(ia_around_frame(r->axis, exact));
    for (size_t k = 0; k < 9; k++)
        f[k / 3][k % 3] = (float)exact[k / 3][k % 3];
    for (size_t i = 0; i < points->n; i++) {
        const float *p = points->xyz + 3 * i;
        float d[3] = {p[0] - query[0], p[1] - query[1], p[2] - query[2]}, at[3];
        for (size_t k = 0; k < 3; k++)
            at[k] = d[0] * f[k][0] + d[1] * f[k][1] + d[2] * f[k][2];
        float d2 = at[0] * at[0] + at[1] * at[1];
        if (r->shape == IA_AROUND_SLAB)
            d2 += at[2] * at[2];
        if (!(d2 < r2) || !(fabsf(at[2]) < half) || (r->take && !r->take[i]) ||
            (r->same && i == own))
            continue;
        s.n++;
        s.numbers += (uint64_t)(i + 1) * (i + 1);
        s.u += fabs((double)at[0]);
        s.v += fabs((double)at[1]);
        s.w += fabs((double)at[2]);
    }
    return s;
}

static void check(const summary *got, const summary *wanted)
{
    assert_int_equal(got->n, wanted->n);
    assert_true(got->numbers == wanted->numbers);
    // The same numbers added in another order.
    assert_true(fabs(got->u - wanted->u) <= 1e-9 * wanted->u &&
                fabs(got->v - wanted->v) <= 1e-9 * wanted->v &&
                fabs(got->w - wanted->w) <= 1e-9 * wanted->w);
}

static void shapes_against_the_definition(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float *xyz = malloc(3 * N * sizeof *xyz);
    summary *found = malloc(N * sizeof *found);
    uint8_t take[N];
    for (size_t f = 0; f < N_FILLS; f++) {
        ia_random random = ia_random_new(f, 2);
        fills[f](xyz, N, &random);
        ia_points points = {xyz, N};
        ia_index *index = NULL;
        for (size_t i = 0; i < N; i++)
            take[i] = ia_random_below(&random, 3) == 0;
        CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
        for (size_t s = 0; s < 2 * N_SHAPES; s++) {
            ia_around_request request = shapes[s / 2];
            request.take = s % 2 ? take : NULL;
            CHECK_OK(ctx,
                     ia_index_each_around(ctx, index, &points, &request, add_up, found));
            for (size_t i = 0; i < N; i += 41) {
                summary wanted = plain(&points, xyz + 3 * i, i, &request);
                check(&found[i], &wanted);
                if (request.same)
                    assert_false(found[i].has_itself);
            }
        }
        ia_index_free(index);
    }
    free(found);
    free(xyz);
    ia_ctx_free(ctx);
}

// A long cylinder reaches back to points that a query far outside is nowhere near.
static void queries_outside(void **unused)
{
    (void)unused;
    static const float queries[] = {99,  99,  99,  99.9f,  102,  102, 110,
                                    102, 102, 102, 90,     102,  115, 115,
                                    115, 95,  95,  102.5f, 1e5f, 0,   0};
    enum { N_QUERIES = sizeof queries / sizeof *queries / 3 };
    float *xyz = malloc(3 * N * sizeof *xyz);
    ia_random random = ia_random_new(5, 2);
    fill_even(xyz, N, &random);
    ia_points points = {xyz, N}, asked = {queries, N_QUERIES};
    ia_index *index = NULL;
    summary found[N_QUERIES];
    uint64_t n = 0;
    CHECK_OK(NULL, ia_index_build(NULL, &points, NULL, &index));
    static const ia_around_request requests[] = {
        {IA_AROUND_CYLINDER, {1, 1, 1}, 1, 30, NULL, false},
        {IA_AROUND_CYLINDER, {1, 0, 0}, 0.7, 12, NULL, false},
        {IA_AROUND_SLAB, {1, 1, 0}, 20, 0.5, NULL, false}};
    for (size_t r = 0; r < 3; r++) {
        CHECK_OK(NULL,
                 ia_index_each_around(NULL, index, &asked, &requests[r], add_up, found));
        for (size_t i = 0; i < N_QUERIES; i++) {
            summary wanted = plain(&points, queries + 3 * i, SIZE_MAX, &requests[r]);
            check(&found[i], &wanted);
            n += found[i].n;
        }
    }
    assert_true(n > 100);
    ia_index_free(index);
    free(xyz);
}

// Points on a line along the axis, and a ring about it.
static void offsets_are_of_the_frame(void **unused)
{
    (void)unused;
    static const double axis[3] = {2, -1, 2};
    double f[3][3];
    float xyz[30];
    assert_true(ia_around_frame(axis, f));
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            double dot = f[i][0] * f[j][0] + f[i][1] * f[j][1] + f[i][2] * f[j][2];
            assert_true(fabs(dot - (i == j)) < 1e-15);
        }
    double turn = f[0][0] * (f[1][1] * f[2][2] - f[1][2] * f[2][1]) -
                  f[0][1] * (f[1][0] * f[2][2] - f[1][2] * f[2][0]) +
                  f[0][2] * (f[1][0] * f[2][1] - f[1][1] * f[2][0]);
    assert_true(fabs(turn - 1) < 1e-15 && fabs(f[2][0] - 2.0 / 3) < 1e-15);
    // Point i: i along the axis, i/10 along u, -i/20 along v.
    for (size_t i = 0; i < 10; i++)
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] =
                (float)((double)i * (f[2][k] + 0.1 * f[0][k] - 0.05 * f[1][k]));
    ia_points points = {xyz, 10}, first = {xyz, 1};
    ia_around_request request = {IA_AROUND_CYLINDER, {2, -1, 2}, 5, 3.5, NULL, true};
    ia_index *index = NULL;
    summary found;
    CHECK_OK(NULL, ia_index_build(NULL, &points, NULL, &index));
    CHECK_OK(NULL, ia_index_each_around(NULL, index, &first, &request, add_up, &found));
    assert_int_equal(found.n, 3); // 1, 2 and 3 along the axis
    assert_true(fabs(found.w - 6) < 1e-5 && fabs(found.u - 0.6) < 1e-5 &&
                fabs(found.v - 0.3) < 1e-5);
    ia_index_free(index);
}

static void one_thread_equals_many(void **unused)
{
    (void)unused;
    enum { MANY = 30000 };
    float *xyz = malloc(3 * MANY * sizeof *xyz);
    summary *found[2];
    ia_random random = ia_random_new(9, 2);
    fill_needle(xyz, MANY, &random);
    ia_points points = {xyz, MANY};
    for (size_t t = 0; t < 2; t++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_index *index = NULL;
        found[t] = calloc(MANY, sizeof **found);
        ia_ctx_set_threads(ctx, t == 0 ? 1 : 5);
        CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
        CHECK_OK(ctx,
                 ia_index_each_around(ctx, index, &points, &shapes[2], add_up, found[t]));
        ia_index_free(index);
        ia_ctx_free(ctx);
    }
    assert_memory_equal(found[0], found[1], MANY * sizeof **found);
    free(found[0]);
    free(found[1]);
    free(xyz);
}

static ia_status search_once(ia_ctx *ctx, const ia_points *points)
{
    ia_index *index = NULL;
    summary found[100];
    ia_status st = ia_index_build(ctx, points, NULL, &index);
    if (st == IA_OK)
        st = ia_index_each_around(ctx, index, points, &shapes[0], add_up, found);
    ia_index_free(index);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    float xyz[300];
    ia_random random = ia_random_new(1, 2);
    fill_even(xyz, 100, &random);
    CHECK_STARVED(ctx, search_once(ctx, &(ia_points){xyz, 100}), (void)0);
    ia_ctx_free(ctx);
}

static void bad_requests_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[] = {0, 0, 0};
    ia_points points = {xyz, 1};
    ia_index *index = NULL;
    summary found;
    CHECK_OK(ctx, ia_index_build(ctx, &points, NULL, &index));
    const ia_around_request bad[] = {
        {IA_AROUND_CYLINDER, {0, 0, 0}, 1, 1, NULL, false},
        {IA_AROUND_CYLINDER, {NAN, 0, 1}, 1, 1, NULL, false},
        {IA_AROUND_SLAB, {0, 0, 1}, 0, 1, NULL, false},
        {IA_AROUND_SLAB, {0, 0, 1}, 1, INFINITY, NULL, false}};
    static const char *const words[] = {"axis", "axis", "radius", "half_height"};
    for (size_t i = 0; i < 4; i++)
        CHECK_FAILS(ctx,
                    ia_index_each_around(ctx, index, &points, &bad[i], add_up, &found),
                    IA_ERR_PARAM, words[i]);
    ia_index_free(index);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_against_the_definition),
        cmocka_unit_test(queries_outside),
        cmocka_unit_test(offsets_are_of_the_frame),
        cmocka_unit_test(one_thread_equals_many),
        cmocka_unit_test(survives_without_memory),
        cmocka_unit_test(bad_requests_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
