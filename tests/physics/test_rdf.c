// tests/physics/test_rdf.c: are radial distributions those of clouds that are known?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "space_case.h"

static ia_status run(ia_ctx *ctx, const cloud *c, const ia_rdf_params *params,
                     ia_rdfs *out)
{
    ia_knn_input input = cloud_input(c);
    return ia_rdfs_compute(ctx, &input, params, out);
}

static ia_rdf_params asked(const char *from, size_t n_shuffles)
{
    ia_rdf_params params = ia_rdf_defaults();
    snprintf(params.from, sizeof params.from, "%s", from);
    params.n_shuffles = n_shuffles;
    return params;
}

static bool in_box(const double p[3])
{
    return fabs(p[0]) < 8 && fabs(p[1]) < 8 && fabs(p[2]) < 16;
}

static bool in_ball(const double p[3])
{
    return p[0] * p[0] + p[1] * p[1] + p[2] * p[2] < 11 * 11;
}

// A tip: radius 5 to 10 nm over 36 nm.
static bool in_cone(const double p[3])
{
    double r = 7.5 + 5 * p[2] / 36;
    return fabs(p[2]) < 18 && p[0] * p[0] + p[1] * p[1] < r * r;
}

// Ions at random: g = 1 and L = 0 wherever the surface runs. 40,000 copper ions of
// 400,000: from 0.5 nm on a bin holds some thousand pairs or more; five standard errors
// of counting, and 2 % for the surface, whose cubes are known to half a per cent of the
// volume per nm.
static void random_ions_have_g_of_one(void **unused)
{
    (void)unused;
    bool (*const shapes[])(const double p[3]) = {in_box, in_ball, in_cone};
    for (uint64_t s = 0; s < 3; s++) {
        cloud c;
        ia_rdfs rdfs = {0};
        ia_rdf_params params = asked("Cu", 19);
        make_cloud(&c, 400000, 0.1, 0, s + 1);
        move_into(&c, shapes[s], 20, s + 1);
        CHECK_OK(NULL, run(NULL, &c, &params, &rdfs));
        const ia_rdf *rdf = &rdfs.pairs[0];
        double g[60], k[60];
        assert_int_equal(rdf->n_bins, 60);
        ia_rdf_normalise(rdf, g, k);
        for (size_t i = 2; i < 60; i++) {
            double chance = 5 / sqrt((double)rdf->pairs[i]);
            if (!(fabs(g[i] - 1) < 0.02 + chance))
                fail_msg("shape %d, bin %zu: g = %g", (int)s, i, g[i]);
            if (!(fabs((double)rdf->pairs[i] / rdf->null_mean[i] - 1) < 1.3 * chance))
                fail_msg("shape %d, bin %zu: over shuffles", (int)s, i);
        }
        // K = 4 pi r^3 / 3, within the same 2 %.
        double exact = 4 * 3.14159265358979 / 3 * 27;
        assert_true(fabs(k[59] / exact - 1) < 0.02);
        ia_rdfs_clear(&rdfs);
        free_cloud(&c);
    }
}

// P(p <= 0.05) = 0.05 with 39 shuffles: 2 to 21 of 200 clouds, 999 times in 1,000.
static void chance_is_reported_as_chance(void **unused)
{
    (void)unused;
    int n_reported = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        cloud c;
        ia_rdfs rdfs = {0};
        ia_rdf_params params = asked("Cu", 39);
        params.r_max = 1.5;
        make_cloud(&c, 4000, 0.05, 0, seed);
        CHECK_OK(NULL, run(NULL, &c, &params, &rdfs));
        n_reported += rdfs.pairs[0].p <= 0.05;
        ia_rdfs_clear(&rdfs);
        free_cloud(&c);
    }
    assert_in_range(n_reported, 2, 21);
}

// Half of the copper pulled to 20 centres with a standard deviation of 0.5 nm: pairs of
// one centre lie as a normal distribution of 0.5 sqrt(2) nm per axis. Of m copper ions,
// (m/2)^2/20/2 pairs are of one centre; those at distance r are spread as r^2 exp(-r^2 /
// (4 s^2)). Five clouds of 2,000 copper ions: some 25,000 such pairs each; numbers per
// centre scatter by 14 %, the sum of squares by 5 %. 15 % is three times that.
static void planted_clusters_have_their_g(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        cloud c;
        ia_rdfs rdfs = {0};
        ia_rdf_params params = asked("Cu", 39);
        make_cloud(&c, 100000, 0.02, 0.5, seed);
        CHECK_OK(NULL, run(NULL, &c, &params, &rdfs));
        const ia_rdf *rdf = &rdfs.pairs[0];
        double near = 0, s = 0.5, expected = 0;
        double m = (double)rdf->n_from, volume = 2000;
        for (size_t i = 0; i < 20; i++) { // to 1 nm
            double r = 0.05 * ((double)i + 0.5);
            near += (double)rdf->pairs[i];
            expected += (m / 2) * (m / 2) / 20 / 2 * 4 * 3.14159265 * r * r * 0.05 *
                        exp(-r * r / (4 * s * s)) / pow(4 * 3.14159265 * s * s, 1.5);
            expected += 0.75 * m * m / 2 / volume * 4 * 3.14159265 * r * r * 0.05;
        }
        if (!(fabs(near / expected - 1) < 0.15))
            fail_msg("seed %d: %g pairs, %g expected", (int)seed, near, expected);
        assert_true(rdf->p <= 1.0 / 40 + 1e-12);
        assert_true(rdf->ratio > 1.5 && rdf->r_strongest > 0.3 && rdf->r_strongest < 2.5);
        // Thinning leaves g as it is: within four times its own scatter over five draws.
        assert_true(fabs(rdf->thinned_ratio / rdf->ratio - 1) <
                    0.02 + 4 * rdf->thinned_sd / rdf->ratio);
        ia_rdfs_clear(&rdfs);
        free_cloud(&c);
    }
}

// The error stated for one cloud is the scatter from cloud to cloud: known within 9 % of
// 60 clouds at random, 30 % is three times that. 20 clusters leave the error itself
// uncertain by a quarter: 50 %.
static void errors_are_the_scatter(void **unused)
{
    (void)unused;
    static const double pulls[] = {0, 0.5}, bands[] = {0.3, 0.5};
    enum { CLOUDS = 60, BIN = 5 };
    for (size_t p = 0; p < 2; p++) {
        double sum = 0, squares = 0, sigma = 0;
        for (uint64_t seed = 1; seed <= CLOUDS; seed++) {
            cloud c;
            ia_rdfs rdfs = {0};
            ia_rdf_params params = asked("Cu", 19);
            double g[12], k[12];
            params.bin = 0.1;
            params.r_max = 1.2;
            make_cloud(&c, 20000, 0.05, pulls[p], seed);
            CHECK_OK(NULL, run(NULL, &c, &params, &rdfs));
            ia_rdf_normalise(&rdfs.pairs[0], g, k);
            sum += g[BIN];
            squares += g[BIN] * g[BIN];
            sigma += g[BIN] * rdfs.pairs[0].sigma[BIN] / CLOUDS;
            ia_rdfs_clear(&rdfs);
            free_cloud(&c);
        }
        double scatter = sqrt((squares - sum * sum / CLOUDS) / (CLOUDS - 1));
        if (!(fabs(sigma / scatter - 1) < bands[p]))
            fail_msg("pull %g: error %g, scatter %g", pulls[p], sigma, scatter);
    }
}

// Every pair of a simple cubic lattice of edge 1: 6 neighbours at 1, 12 at sqrt 2, 8 at
// sqrt 3, less those beyond the surface: 3 n^2 (n - 1), 6 n (n - 1)^2, 4 (n - 1)^3 pairs.
static void a_lattice_has_its_shells(void **unused)
{
    (void)unused;
    enum { EDGE = 20 };
    float *xyz = malloc(EDGE * EDGE * EDGE * 3 * sizeof *xyz);
    uint64_t counts[18];
    assert_non_null(xyz);
    for (size_t i = 0; i < EDGE * EDGE * EDGE; i++) {
        xyz[3 * i] = (float)(i % EDGE);
        xyz[3 * i + 1] = (float)(i / EDGE % EDGE);
        xyz[3 * i + 2] = (float)(i / EDGE / EDGE);
    }
    ia_pairs_request r = {.r_max = 1.8, .n_bins = 18};
    ia_points points = {xyz, EDGE * EDGE * EDGE};
    CHECK_OK(NULL, ia_pairs_count(NULL, &points, NULL, &r, counts));
    for (size_t i = 0; i < 18; i++) {
        uint64_t expected = i == 10   ? 3 * EDGE * EDGE * (EDGE - 1)
                            : i == 14 ? 6 * EDGE * (EDGE - 1) * (EDGE - 1)
                            : i == 17 ? 4 * (EDGE - 1) * (EDGE - 1) * (EDGE - 1)
                                      : 0;
        assert_int_equal(counts[i], expected);
    }
    free(xyz);
}

static void pairs_of_two_species_are_counted_once(void **unused)
{
    (void)unused;
    cloud c;
    ia_rdfs rdfs = {0};
    ia_rdf_params params = asked("Cu,Fe+", 19);
    strcpy(params.to, "all");
    params.n_most = 1000;
    make_cloud(&c, 20000, 0.1, 0, 1);
    CHECK_OK(NULL, run(NULL, &c, &params, &rdfs));
    assert_int_equal(rdfs.n, 3); // Cu, Cu-Fe+, Fe+
    assert_string_equal(rdfs.pairs[1].from, "Cu");
    assert_string_equal(rdfs.pairs[1].to, "Fe+");
    assert_int_equal(rdfs.pairs[1].n_to, 1000);
    double pairs = 0, null = 0;
    for (size_t i = 0; i < 60; i++) {
        pairs += (double)rdfs.pairs[1].pairs[i];
        null += rdfs.pairs[1].null_mean[i];
    }
    assert_true(fabs(pairs / null - 1) < 0.02);
    ia_rdfs_clear(&rdfs);
    free_cloud(&c);
}

// Every ion about every other one, some of them of no range: the pairs of a plain loop,
// g of 1, no shuffles.
static void all_ions_are_counted(void **unused)
{
    (void)unused;
    enum { N = 20000, BINS = 30 };
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    uint64_t pairs[BINS] = {0};
    make_cloud(&c, N, 0.1, 0, 21);
    const float *xyz = ia_ions_values(&c.ions, IA_XYZ);
    float *mass = ia_ions_values(&c.ions, IA_MASS);
    for (size_t i = 0; i < N; i += 3)
        mass[i] = (float)i; // up to 6 kDa
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++) {
            double r2 = 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)xyz[3 * i + k] - (double)xyz[3 * j + k], 2);
            if (r2 < 1.5 * 1.5)
                pairs[(size_t)(sqrt(r2) / 0.05)]++;
        }
    ia_rdf_params params = asked("all", 19);
    params.r_max = 1.5;
    for (size_t way = 0; way < 2; way++) {
        ia_rdfs rdfs = {0};
        ia_result result = {0};
        double g[BINS], k[BINS], sum = 0, expected = 0;
        strcpy(params.to, way ? "all" : "");
        CHECK_OK(ctx, run(ctx, &c, &params, &rdfs));
        assert_int_equal(rdfs.n, 1);
        const ia_rdf *rdf = &rdfs.pairs[0];
        assert_int_equal(rdf->n_bins, BINS);
        assert_int_equal(rdf->n_from, N);
        assert_int_equal(rdf->n_shuffles, 0);
        assert_true(isnan(rdf->p) && isnan(rdf->p_holm) && isnan(rdf->null_mean[5]));
        ia_rdf_normalise(rdf, g, k);
        for (size_t i = 0; i < BINS; i++) {
            assert_int_equal(rdf->pairs[i], pairs[i]);
            sum += (double)pairs[i];
            expected += rdf->expected[i];
        }
        // Millions of pairs; the volume of 20,000 ions is known to 2 %.
        assert_true(fabs(sum / expected - 1) < 0.03);
        assert_true(rdf->sigma[20] > 0 && rdf->sigma[20] < 0.1);
        CHECK_OK(ctx, ia_rdfs_tables(ctx, &rdfs, &result));
        assert_non_null(ia_result_find(&result, "rdf_all"));
        const ia_table_column *told =
            ia_table_find(ia_result_find(&result, "answer"), "reference");
        assert_non_null(told);
        assert_non_null(strstr(((char *const *)told->data)[0], "randomness"));
        ia_result_clear(&result);
        ia_rdfs_clear(&rdfs);
    }
    ia_rdfs rdfs = {0};
    strcpy(params.to, "Cu");
    CHECK_FAILS(ctx, run(ctx, &c, &params, &rdfs), IA_ERR_PARAM, "every ion");
    free_cloud(&c);
    ia_ctx_free(ctx);
}

static void one_thread_equals_two(void **unused)
{
    (void)unused;
    cloud c;
    ia_rdfs results[2] = {{0}};
    ia_rdf_params params = asked("Cu", 19);
    make_cloud(&c, 20000, 0.05, 0.3, 3);
    for (size_t t = 0; t < 2; t++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, t + 1);
        CHECK_OK(ctx, run(ctx, &c, &params, &results[t]));
        ia_ctx_free(ctx);
    }
    const ia_rdf *a = &results[0].pairs[0], *b = &results[1].pairs[0];
    assert_memory_equal(a->pairs, b->pairs, 60 * sizeof(uint64_t));
    assert_memory_equal(a->null_mean, b->null_mean, 60 * sizeof(double));
    assert_memory_equal(a->sigma, b->sigma, 60 * sizeof(double));
    assert_memory_equal(a->expected, b->expected, 60 * sizeof(double));
    assert_true(a->p == b->p && a->ratio == b->ratio &&
                a->thinned_ratio == b->thinned_ratio);
    ia_rdfs_clear(&results[0]);
    ia_rdfs_clear(&results[1]);
    free_cloud(&c);
}

static void flat_and_coinciding_ions_are_told(void **unused)
{
    (void)unused;
    cloud c;
    ia_ctx *ctx = ia_ctx_new();
    ia_rdfs rdfs = {0};
    ia_rdf_params params = asked("Cu", 19);
    make_cloud(&c, 4000, 0.05, 0, 1);
    float *xyz = ia_ions_values(&c.ions, IA_XYZ);
    for (size_t i = 0; i < c.ions.n; i++)
        xyz[3 * i + 2] = 1; // a plane: the null is told, g is not
    CHECK_OK(ctx, run(ctx, &c, &params, &rdfs));
    assert_int_equal(rdfs.n, 1);
    assert_true(isnan(rdfs.volume) && isnan(rdfs.pairs[0].expected[3]));
    assert_true(rdfs.pairs[0].p > 0 && rdfs.pairs[0].p <= 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "in a plane"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "no volume"));
    ia_rdfs_clear(&rdfs);
    memset(xyz, 0, 3 * c.ions.n * sizeof(float));
    CHECK_OK(ctx, run(ctx, &c, &params, &rdfs));
    assert_int_equal(rdfs.n, 0);
    assert_non_null(
        strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1), "same place"));
    ia_rdfs_clear(&rdfs);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

static void a_radius_beyond_the_specimen_is_no_crash(void **unused)
{
    (void)unused;
    cloud c;
    ia_rdfs rdfs = {0};
    ia_rdf_params params = asked("Cu", 19);
    params.r_max = 500;
    params.bin = 1;
    make_cloud(&c, 4000, 0.05, 0, 1);
    CHECK_OK(NULL, run(NULL, &c, &params, &rdfs));
    const ia_rdf *rdf = &rdfs.pairs[0];
    uint64_t pairs = 0;
    for (size_t i = 0; i < rdf->n_bins; i++)
        pairs += rdf->pairs[i];
    assert_int_equal(pairs, rdf->n_from * (rdf->n_from - 1) / 2);
    assert_true(isnan(rdf->expected[400]));
    ia_rdfs_clear(&rdfs);
    free_cloud(&c);
}

static void bad_questions_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_rdfs rdfs = {0};
    make_cloud(&c, 2000, 0.004, 0, 1);
    ia_rdf_params params = asked("Xx", 19);
    CHECK_FAILS(ctx, run(ctx, &c, &params, &rdfs), IA_ERR_PARAM, "\"Xx\" is no element");
    params = asked("Cu,,Fe", 19);
    CHECK_FAILS(ctx, run(ctx, &c, &params, &rdfs), IA_ERR_PARAM, "an element is missing");
    params = asked("FeO+", 19);
    CHECK_FAILS(ctx, run(ctx, &c, &params, &rdfs), IA_ERR_PARAM,
                "no range is of the ion FeO+");
    params = asked("Fe", 19);
    strcpy(params.to, "Al");
    CHECK_FAILS(ctx, run(ctx, &c, &params, &rdfs), IA_ERR_PARAM,
                "to: no range holds the element Al");
    params = asked("Cu", 19);
    params.bin = 5;
    CHECK_FAILS(ctx, run(ctx, &c, &params, &rdfs), IA_ERR_PARAM, "bins were expected");
    params = asked("Cu", 19); // about 8 of them
    CHECK_OK(ctx, run(ctx, &c, &params, &rdfs));
    assert_int_equal(rdfs.n, 0);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "too few ions"));
    range_cloud(&c, "[Ranges]\nNumber=2\nRange1=55.5 56.5 Fe:1\nRange2=70 71 Ge:1\n");
    params = asked("Ge", 19); // a range without an ion
    CHECK_FAILS(ctx, run(ctx, &c, &params, &rdfs), IA_ERR_EMPTY,
                "from: no ranged ion holds Ge");
    ia_rdfs_clear(&rdfs);
    free_cloud(&c);
    make_cloud(&c, 2000, 0, 0, 1);
    params = asked("Fe", 19);
    CHECK_OK(ctx, run(ctx, &c, &params, &rdfs));
    assert_int_equal(rdfs.n, 0);
    assert_non_null(strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1),
                           "shuffled labels change nothing"));
    ia_rdfs_clear(&rdfs);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

static ia_status run_and_free(ia_ctx *ctx, const cloud *c, const ia_rdf_params *params)
{
    ia_rdfs rdfs = {0};
    ia_result result = {0};
    ia_status st = run(ctx, c, params, &rdfs);
    if (st == IA_OK)
        st = ia_rdfs_tables(ctx, &rdfs, &result);
    ia_result_clear(&result);
    ia_rdfs_clear(&rdfs);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cloud c;
    ia_rdf_params params = asked("Cu", 19);
    make_cloud(&c, 3000, 0.05, 0, 1);
    strcpy(params.to, "Fe");
    params.n_most = 200;
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, run_and_free(ctx, &c, &params), (void)0);
    strcpy(params.from, "all");
    strcpy(params.to, "");
    CHECK_STARVED(ctx, run_and_free(ctx, &c, &params), (void)0);
    free_cloud(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_ions_have_g_of_one),
        cmocka_unit_test(chance_is_reported_as_chance),
        cmocka_unit_test(planted_clusters_have_their_g),
        cmocka_unit_test(errors_are_the_scatter),
        cmocka_unit_test(a_lattice_has_its_shells),
        cmocka_unit_test(pairs_of_two_species_are_counted_once),
        cmocka_unit_test(all_ions_are_counted),
        cmocka_unit_test(one_thread_equals_two),
        cmocka_unit_test(flat_and_coinciding_ions_are_told),
        cmocka_unit_test(a_radius_beyond_the_specimen_is_no_crash),
        cmocka_unit_test(bad_questions_are_told),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
