// tests/unit/test_optics.c: the order of density against the textbook's loop, valleys
// that are known.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "points.h"

#include <ionatlas/neighbours.h>
#include <ionatlas/optics.h>
#include <ionatlas/random.h>

enum { N = 500, THREADS = 5 };

static float core_of(const float *xyz, size_t n, size_t i, size_t min_points, float reach)
{
    float core = core_distance(xyz, n, i, min_points - 1);
    return core <= reach ? core : INFINITY;
}

// The definition: at each step the smallest of all, the first of equal ones.
static void plain_order(const float *xyz, size_t n, size_t min_points, float reach,
                        uint32_t *order, float *reachability)
{
    float best[N];
    bool taken[N] = {false};
    for (size_t i = 0; i < n; i++)
        best[i] = INFINITY;
    for (size_t m = 0; m < n; m++) {
        size_t next = n;
        for (size_t i = 0; i < n; i++)
            if (!taken[i] && (next == n || best[i] < best[next]))
                next = i;
        taken[next] = true;
        order[m] = (uint32_t)next;
        reachability[m] = best[next];
        float core = core_of(xyz, n, next, min_points, reach);
        for (size_t i = 0; i < n && isfinite(core); i++) {
            float d = distance(xyz, next, i);
            if (!taken[i] && d <= reach)
                best[i] = fminf(best[i], fmaxf(core, d));
        }
    }
}

// Even, blobs of three densities, a lattice with many equal distances, a plane.
static void draw(float *xyz, size_t n, int shape, ia_random *random)
{
    static const double widths[] = {0.1, 0.4, 1.5};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 3; k++) {
            double u = ia_random_uniform(random), g = ia_random_normal(random);
            double values[] = {5 * u, 15.0 * (double)(i % 3) + widths[i % 3] * g,
                               floor(6 * u), k == 2 ? 1 : 8 * u};
            xyz[3 * i + k] = (float)values[shape];
        }
}

static void the_order_is_the_textbooks(void **state)
{
    static const double reaches[] = {0.6, 1.5, 50};
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(21, 0);
    float xyz[3 * N], reachability[N];
    uint32_t order[N];
    for (int shape = 0; shape < 4; shape++) {
        draw(xyz, N, shape, &random);
        for (size_t r = 0; r < 3; r++) {
            ia_optics_params params = ia_optics_defaults();
            ia_points points = {xyz, N};
            ia_optics o;
            params.min_points = 2 + 4 * r;
            params.reach = reaches[r];
            plain_order(xyz, N, params.min_points, (float)params.reach, order,
                        reachability);
            CHECK_OK(ctx, ia_optics_compute(ctx, &points, &params, &o));
            assert_memory_equal(o.order, order, sizeof order);
            assert_memory_equal(o.reachability, reachability, sizeof reachability);
            for (size_t i = 0; i < N; i++)
                assert_int_equal(o.before[i] == UINT32_MAX, isinf(o.reachability[i]));
            ia_optics_clear(&o);
        }
    }
    ia_ctx_free(ctx);
}

enum { BLOB = 300, LOOSE = 900, ALL = 3 * BLOB + LOOSE };

// Blobs of densities 1 : 10 : 100 in loose points; the two denser ones are nearer to each
// other than points of the loosest are.
static void draw_blobs(float *xyz, ia_random *random)
{
    for (size_t i = 0; i < ALL; i++) {
        size_t blob = i / BLOB;
        static const double middles[] = {15, 40, 43};
        double width = blob < 3 ? 1.2 * pow(10, -(double)blob / 3) : 0;
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(blob < 3 ? (k == 0 ? middles[blob] : 15) +
                                                    width * ia_random_normal(random)
                                              : 80 * ia_random_uniform(random));
    }
}

// The share of a blob in the cluster that most of it is in, and of that in the blob.
static double worst_share(const int32_t *label, size_t n_labels)
{
    double worst = 1;
    for (size_t blob = 0; blob < 3; blob++) {
        size_t most = 0, whole = 0, counts[64] = {0};
        int32_t main = 0;
        assert_true(n_labels <= 64);
        for (size_t i = blob * BLOB; i < (blob + 1) * BLOB; i++)
            if (label[i] >= 0 && ++counts[label[i]] > most) {
                most = counts[label[i]];
                main = label[i];
            }
        for (size_t i = 0; i < ALL; i++)
            whole += label[i] == main;
        worst = fmin(worst, fmin((double)most / BLOB, (double)most / (double)whole));
    }
    return worst;
}

// No single distance finds all three whole: see how far DBSCAN's reading of the order
// comes.
static double worst_share_of_cut(const ia_optics *o, float cut, int32_t *label)
{
    int32_t n = -1;
    for (size_t i = 0; i < o->n; i++) {
        bool starts = o->reachability[i] > cut;
        bool is_core = o->core[o->order[i]] <= cut;
        n += starts && is_core;
        label[o->order[i]] = starts && !is_core ? -1 : n;
    }
    return n < 64 ? worst_share(label, 64) : 0;
}

static void blobs_of_three_densities_are_found(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(22, 0);
    float *xyz = malloc(3 * ALL * sizeof *xyz);
    int32_t *label = malloc(ALL * sizeof *label);
    ia_points points = {xyz, ALL};
    ia_optics_params params = {
        .min_points = 20, .reach = 20, .xi = 0.05, .min_size = 100};
    ia_optics o;
    assert_true(xyz && label);
    draw_blobs(xyz, &random);
    CHECK_OK(ctx, ia_optics_compute(ctx, &points, &params, &o));
    assert_int_equal(o.n_labels, 3);
    double share = worst_share(o.label, o.n_labels);
    assert_true(share > 0.8);
    for (float cut = 0.05F; cut < 10; cut *= 1.1F)
        assert_true(worst_share_of_cut(&o, cut, label) < share - 0.1);
    ia_optics_clear(&o);
    free(xyz);
    free(label);
    ia_ctx_free(ctx);
}

static void clusters_are_nested(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(23, 0);
    float xyz[3 * N];
    ia_points points = {xyz, N};
    ia_optics_params params = {.min_points = 5, .reach = 40, .xi = 0.05};
    ia_optics o;
    draw(xyz, N, 1, &random);
    CHECK_OK(ctx, ia_optics_compute(ctx, &points, &params, &o));
    assert_true(o.n_labels >= 3);
    for (size_t a = 0; a < o.n_clusters; a++) {
        assert_true(o.clusters[a].end - o.clusters[a].begin >= 5);
        assert_true(o.clusters[a].end <= N);
        for (size_t i = o.clusters[a].begin; i < o.clusters[a].end; i++)
            if (o.clusters[a].label >= 0)
                assert_int_equal(o.label[o.order[i]], o.clusters[a].label);
    }
    ia_optics_clear(&o);
    ia_ctx_free(ctx);
}

// Two rows of points: all that a reader can work out.
static void a_row_is_as_computed_by_hand(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[] = {0, 0, 0, 1, 0, 0, 2, 0, 0, 9, 0, 0, 10, 0, 0, 11, 0, 0};
    static const float expected[] = {INFINITY, 1, 1, 7, 1, 1};
    ia_points points = {xyz, 6};
    ia_optics_params params = {.min_points = 2, .reach = 20, .xi = 0.5};
    ia_optics o;
    CHECK_OK(ctx, ia_optics_compute(ctx, &points, &params, &o));
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(o.order[i], i);
        assert_true(o.reachability[i] == expected[i]);
    }
    assert_int_equal(o.n_labels, 2);
    assert_int_equal(o.label[0], o.label[2]);
    assert_int_equal(o.label[3], o.label[5]);
    assert_int_not_equal(o.label[0], o.label[3]);
    ia_optics_clear(&o);
    params.reach = 3; // the gap is not crossed
    CHECK_OK(ctx, ia_optics_compute(ctx, &points, &params, &o));
    assert_true(isinf(o.reachability[3]));
    ia_optics_clear(&o);
    ia_ctx_free(ctx);
}

static void any_number_of_threads_gives_the_same(void **state)
{
    enum { MANY = 20000 };
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(24, 0);
    float *xyz = malloc(3 * MANY * sizeof *xyz);
    ia_points points = {xyz, MANY};
    ia_optics one, many;
    assert_non_null(xyz);
    draw(xyz, MANY, 0, &random);
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_optics_compute(ctx, &points, NULL, &one));
    ia_ctx_set_threads(ctx, THREADS);
    CHECK_OK(ctx, ia_optics_compute(ctx, &points, NULL, &many));
    assert_memory_equal(one.order, many.order, MANY * sizeof *one.order);
    assert_memory_equal(one.label, many.label, MANY * sizeof *one.label);
    ia_optics_clear(&one);
    ia_optics_clear(&many);
    free(xyz);
    ia_ctx_free(ctx);
}

static void bad_input_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const float xyz[30] = {0}, hole[3] = {0, INFINITY, 0};
    ia_optics o = {0};
    for (size_t n = 0; n <= 10; n++) { // all at one place
        ia_points few = {xyz, n};
        CHECK_OK(ctx, ia_optics_compute(ctx, &few, NULL, &o));
        for (size_t i = 0; i < n; i++)
            assert_int_equal(o.order[i], i);
        ia_optics_clear(&o);
    }
    ia_points points = {hole, 1};
    ia_optics_params params = ia_optics_defaults();
    CHECK_FAILS(ctx, ia_optics_compute(ctx, &points, NULL, &o), IA_ERR_PARAM, "point 0");
    params.xi = 2;
    CHECK_FAILS(ctx, ia_optics_compute(ctx, &points, &params, &o), IA_ERR_PARAM, "xi");
    ia_ctx_free(ctx);
}

static void survives_without_memory(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_random random = ia_random_new(25, 0);
    float xyz[3 * N];
    ia_points points = {xyz, N};
    ia_optics o = {0};
    draw(xyz, N, 1, &random);
    CHECK_STARVED(ctx, ia_optics_compute(ctx, &points, NULL, &o), ia_optics_clear(&o));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_is_the_textbooks),
        cmocka_unit_test(blobs_of_three_densities_are_found),
        cmocka_unit_test(clusters_are_nested),
        cmocka_unit_test(a_row_is_as_computed_by_hand),
        cmocka_unit_test(any_number_of_threads_gives_the_same),
        cmocka_unit_test(bad_input_is_told),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
