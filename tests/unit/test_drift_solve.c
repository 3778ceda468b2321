// tests/unit/test_drift_solve.c: constants of parts of a run from numbers of poles:
// values, errors and the test of a drift, on numbers drawn by the definition.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "recon/recon.h"

enum { PARTS = 5, KINDS = 9, ROWS = 2, CONSTANTS = 3, N = PARTS * KINDS * ROWS };

typedef struct {
    ia_drift_problem p;
    ia_drift_datum data[N];
    double values[PARTS * CONSTANTS];
    double covariance[PARTS * CONSTANTS * PARTS * CONSTANTS];
    double offsets[KINDS * ROWS];
} drawn_case;

static const double sigma = 0.05; // mm

// Poles in two rings about the axis, 0.4 mm aside at random; `drift` of the first
// constant from the first part to the last; nothing is seen of pole 8 beyond part 0.
static void draw(drawn_case *c, uint64_t seed, double drift)
{
    ia_random random = ia_random_new(seed, 1);
    *c = (drawn_case){.p = {.n_parts = PARTS,
                            .n_kinds = KINDS,
                            .n_rows = ROWS,
                            .n_constants = CONSTANTS,
                            .least_poles = 4}};
    c->p.data = c->data;
    c->p.values = c->values;
    c->p.covariance = c->covariance;
    c->p.offsets = c->offsets;
    for (size_t i = 0; i < KINDS; i++)
        for (size_t row = 0; row < ROWS; row++) {
            double turn = 2 * acos(-1.0) * (double)i / KINDS;
            double radius = i % 2 ? 25 : 12;
            double slope = -radius * (row ? sin(turn) : cos(turn)) / 1.6;
            double aside = 0.4 * ia_random_normal(&random);
            for (size_t k = 0; k < PARTS; k++) {
                double icf = drift * ((double)k / (PARTS - 1) - 0.5);
                c->data[c->p.n++] = (ia_drift_datum){
                    i,
                    k,
                    row,
                    slope * icf + aside + sigma * ia_random_normal(&random),
                    sigma,
                    {slope, row == 0, row == 1},
                    i < 8 || k == 0};
            }
        }
}

static ia_drift_datum *datum(drawn_case *c, size_t pole, size_t part, size_t row)
{
    for (size_t i = 0; i < N; i++)
        if (c->data[i].pole == pole && c->data[i].part == part && c->data[i].row == row)
            return &c->data[i];
    return NULL;
}

// Of 400 runs that do not drift: p is below 0.05 in 5 % of them, and errors are those
// found, each within 3 standard deviations of such counts.
static void errors_are_as_stated(void **unused)
{
    (void)unused;
    enum { RUNS = 400 };
    ia_ctx *ctx = ia_ctx_new();
    drawn_case c;
    double rare[2] = {0}, squares = 0;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        draw(&c, 3000 + seed, 0);
        CHECK_OK(ctx, ia_drift_solve(ctx, &c.p));
        rare[0] += ia_drift_test_of(&c.p, 0, 1).p < 0.05;
        rare[1] += ia_drift_test_of(&c.p, 1, 2).p < 0.05;
        for (size_t k = 0; k < PARTS; k++)
            squares += pow(c.values[CONSTANTS * k], 2) /
                       c.covariance[CONSTANTS * k * (PARTS * CONSTANTS + 1)];
    }
    print_message("p < 0.05: icf %g, centre %g of %d; squares of errors %g\n", rare[0],
                  rare[1], RUNS, squares / (RUNS * PARTS));
    for (int t = 0; t < 2; t++)
        assert_true(fabs(rare[t] - 0.05 * RUNS) < 3 * sqrt(0.05 * 0.95 * RUNS));
    // 4 free numbers a run; a chi-squared has twice its degrees as variance.
    assert_true(fabs(squares / (RUNS * PARTS) - 1) < 3 * sqrt(2.0 / (RUNS * 4)) + 0.03);
    ia_ctx_free(ctx);
}

// The centre of the run is 0.9 mm off, which a turn makes up for but in parts of another
// image compression: of 400 such runs p is below 0.05 in 5 %, and in most without a word
// of it.
static void an_error_of_the_run_is_no_drift(void **unused)
{
    (void)unused;
    enum { RUNS = 400 };
    static const double levers[PARTS] = {0.08, 0.04, 0, -0.04, -0.08}, off = 0.9;
    ia_ctx *ctx = ia_ctx_new();
    drawn_case c;
    double rare = 0, unaware = 0;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        ia_random random = ia_random_new(seed, 2);
        double by[2] = {off * ia_random_normal(&random), off * ia_random_normal(&random)};
        for (int aware = 0; aware < 2; aware++) {
            draw(&c, 4000 + seed, 0);
            for (size_t i = 0; i < c.p.n; i++)
                c.data[i].value += levers[c.data[i].part] * by[c.data[i].row];
            if (aware)
                memcpy(c.p.levers, levers, sizeof levers);
            c.p.shared[1][1] = c.p.shared[2][2] = off * off;
            CHECK_OK(ctx, ia_drift_solve(ctx, &c.p));
            *(aware ? &rare : &unaware) += ia_drift_test_of(&c.p, 1, 2).p < 0.05;
        }
    }
    print_message("p < 0.05: %g of %d, %g where nothing is known\n", rare, RUNS, unaware);
    assert_true(fabs(rare - 0.05 * RUNS) < 3 * sqrt(0.05 * 0.95 * RUNS));
    assert_true(unaware > 0.5 * RUNS);
    ia_ctx_free(ctx);
}

// 0.03 over the run is found within three errors; a pole that is 2 mm off in one part is
// dropped there, one that is seen in one part alone counts in none, and parts without
// poles enough are left out.
static void drift_is_found(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    drawn_case c;
    draw(&c, 17, 0.03);
    datum(&c, 2, 3, 1)->value += 2;
    for (size_t i = 3; i < KINDS; i++)
        for (size_t row = 0; row < ROWS; row++)
            datum(&c, i, 1, row)->used = false;
    CHECK_OK(ctx, ia_drift_solve(ctx, &c.p));
    assert_int_equal(c.p.n_poles[0], 8);
    assert_int_equal(c.p.n_poles[1], 0);
    assert_int_equal(c.p.n_poles[3], 7);
    double found = c.values[CONSTANTS * 4] - c.values[0];
    size_t all = PARTS * CONSTANTS, first = 0, last = CONSTANTS * 4;
    double error =
        sqrt(c.covariance[first * all + first] + c.covariance[last * all + last] -
             2 * c.covariance[first * all + last]);
    print_message("drift %g +- %g\n", found, error);
    assert_true(fabs(found - 0.03) < 3 * error);
    assert_true(error < 0.003);
    assert_true(ia_drift_test_of(&c.p, 0, 1).drifts);
    assert_int_equal(ia_drift_test_of(&c.p, 0, 1).degrees, 3);
    assert_int_equal(ia_drift_test_of(&c.p, 1, 2).degrees, 6);
    assert_false(ia_drift_test_of(&c.p, 1, 2).drifts);
    ia_ctx_free(ctx);
}

// What becomes sections: rows of the parts that were fitted, and of what drifts.
static void drift_becomes_sections(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_projection_drift d = {.n = 3, .n_fitted = 2};
    ia_reconstruct_params p = ia_reconstruct_defaults();
    ia_result result = {0};
    for (size_t k = 0; k < 3; k++)
        d.parts[k] = (ia_fit_part){.first = 100 * k,
                                   .last = 100 * (k + 1),
                                   .is_fitted = k != 1,
                                   .icf = 1.5 + 0.1 * (double)k,
                                   .kf = 3,
                                   .centre = {(double)k, 2}};
    p.sigma_kf = p.sigma_icf = 0.1;
    assert_false(ia_projection_drift_use(&d, &p));
    assert_string_equal(p.sections, "");
    d.icf.drifts = d.centre.drifts = true;
    assert_true(ia_projection_drift_use(&d, &p));
    assert_string_equal(p.sections,
                        "ion icf centre_x centre_y; 50.0 1.5 0 2; 250.0 1.7 2 2");
    assert_true(p.sigma_icf == 0 && p.sigma_kf == 0.1);
    ia_projection_drift_tell(ctx, &d);
    CHECK_OK(ctx, ia_projection_drift_tables(ctx, &d, &result));
    assert_int_equal(result.n, 2);
    assert_int_equal(result.tables[1].n_rows, 3);
    ia_result_clear(&result);
    d.icf.drifts = d.centre.drifts = false;
    d.kf.drifts = true;
    ia_projection_drift_use(&d, &p);
    assert_string_equal(p.sections, "ion kf; 50.0 3; 250.0 3");
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(errors_are_as_stated),
                                       cmocka_unit_test(an_error_of_the_run_is_no_drift),
                                       cmocka_unit_test(drift_is_found),
                                       cmocka_unit_test(drift_becomes_sections)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
