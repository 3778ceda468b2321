// tests/unit/test_agreement.c: how compositions by other settings and other people are
// put side by side.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "range_case.h"

typedef struct {
    ia_ctx *ctx;
    ia_spectrum spectrum;
    ia_ranges people[2];
    ia_agreement_input input;
    ia_agreement_params params;
    ia_agreement agreement;
} agreeing;

static int begin(void **state)
{
    agreeing *a = calloc(1, sizeof *a);
    a->ctx = ia_ctx_new();
    a->spectrum = alloy_spectrum("Al Cu:0.05", "H+:0.01", 50000, 1);
    add_range(&a->people[0], "Al+", 26.8, 27.3);
    add_range(&a->people[0], "Cu+", 62.8, 63.3);
    add_range(&a->people[1], "Al+", 26.8, 27.3); // does not know copper
    a->input = (ia_agreement_input){
        .spectrum = &a->spectrum, .people = a->people, .n_people = 2};
    a->params = ia_agreement_defaults();
    a->params.draws = 6;
    *state = a;
    return 0;
}

static int end(void **state)
{
    agreeing *a = *state;
    ia_agreement_clear(&a->agreement);
    ia_ranges_clear(&a->people[0]);
    ia_ranges_clear(&a->people[1]);
    ia_spectrum_clear(&a->spectrum);
    ia_ctx_free(a->ctx);
    free(a);
    return 0;
}

static const ia_agreement_element *find(const ia_agreement *a, const char *name)
{
    for (size_t i = 0; i < a->n_elements; i++)
        if (strcmp(a->elements[i].name, name) == 0)
            return &a->elements[i];
    fail_msg("no row %s", name);
    return NULL;
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_agreement_params p = ia_agreement_defaults();
    assert_true(p.draws == 40 && p.thin == 0.7 && p.seed == 1);
}

static void every_draw_is_an_analysis(void **state)
{
    agreeing *a = *state;
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement));
    assert_int_equal(a->agreement.n_draws, 6);
    const ia_agreement_element *al = find(&a->agreement, "Al");
    assert_string_equal(a->agreement.elements[0].name, "Al"); // the most comes first
    assert_int_equal(al->settings.n_found, 6);
    assert_int_equal(al->thinned.n_found, 6);
    assert_true(fabs(al->percent - 94) < 1 && al->sigma > 0);
    assert_true(al->settings.least <= al->settings.mean &&
                al->settings.mean <= al->settings.most);
    for (size_t i = 0; i < 6; i++) {
        const ia_agreement_draw *d = &a->agreement.draws[i];
        assert_true(d->bin >= 0.0099 && d->bin <= 0.0501);
        assert_true(d->phase >= 0 && d->phase < d->bin);
        assert_true(d->tolerance >= 0.0149 && d->tolerance <= 0.0601); // 0.03, factor 2
        assert_int_not_equal(d->rule, IA_RULE_FWHM);
        assert_true(d->n_elements > 0);
    }
}

// One person has 100 at.% of aluminium, the other less.
static void people_are_counted_by_their_own_ranges(void **state)
{
    agreeing *a = *state;
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement));
    const ia_agreement_element *al = find(&a->agreement, "Al");
    const ia_agreement_element *cu = find(&a->agreement, "Cu");
    assert_int_equal(a->agreement.n_people, 2);
    assert_int_equal(al->people.n_found, 2);
    assert_int_equal(cu->people.n_found, 1);
    assert_true(al->people.most == 100);
    assert_true(cu->people.least == 0); // who does not know it has none of it
    double x = al->people.least;
    assert_true(fabs(al->people.sd - (100 - x) / sqrt(2)) < 1e-9);
    assert_true(fabs(cu->people.mean - (100 - x) / 2) < 1e-9);
}

// So few ions that some draws tell nothing: these say nothing of iron's share, which
// is all of the specimen in each that tells it.
static void a_draw_that_tells_nothing_is_left_out(void **state)
{
    agreeing *a = *state;
    ia_spectrum_clear(&a->spectrum);
    a->spectrum = alloy_spectrum("Fe", "", 300, 1);
    a->input.n_people = 0;
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement));
    const ia_agreement_element *fe = find(&a->agreement, "Fe");
    size_t told = fe->settings.n_found + fe->thinned.n_found;
    printf("%zu of 12 analyses told iron\n", told);
    assert_true(told > 0 && told < 12);
    if (fe->thinned.n_found > 1)
        assert_true(fe->thinned.sd < 1e-9);
    if (fe->settings.n_found > 1)
        assert_true(fe->settings.least > 100 - 1e-9);
}

static void threads_do_not_matter_and_the_seed_does(void **state)
{
    agreeing *a = *state;
    ia_agreement again = {.n_draws = 0}, other = {.n_draws = 0};
    ia_ctx_set_threads(a->ctx, 1);
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement));
    ia_ctx_set_threads(a->ctx, 4);
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &again));
    a->params.seed = 2;
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &other));
    assert_memory_equal(a->agreement.draws, again.draws, 6 * sizeof *again.draws);
    for (size_t i = 0; i < again.n_elements; i++)
        assert_true(a->agreement.elements[i].settings.sd ==
                        again.elements[i].settings.sd &&
                    a->agreement.elements[i].thinned.sd == again.elements[i].thinned.sd);
    assert_true(other.draws[0].tolerance != again.draws[0].tolerance);
    ia_agreement_clear(&again);
    ia_agreement_clear(&other);
}

// Taking a share t of the ions scatters as sqrt((1 - t) / t) of the counting error: the
// standard deviation of 60 draws is known to 1/sqrt(118) = 9 %; 3.3 of these are passed
// once in 1,000.
static void thinning_scatters_as_counting_does(void **state)
{
    agreeing *a = *state;
    a->params.draws = 60;
    a->input.n_people = 0;
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement));
    const ia_agreement_element *cu = find(&a->agreement, "Cu");
    double expected = cu->sigma * sqrt((1 - a->params.thin) / a->params.thin);
    if (getenv("IONATLAS_VERBOSE"))
        print_message("sd %g, expected %g\n", cu->thinned.sd, expected);
    assert_true(fabs(cu->thinned.sd / expected - 1) < 3.3 / sqrt(118));
}

static void tables_tell_all(void **state)
{
    agreeing *a = *state;
    static const char *const names[] = {"a.rrng", "b.rrng"};
    ia_result result = {0};
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement));
    CHECK_STARVED(a->ctx,
                  (ia_result_clear(&result),
                   ia_agreement_tables(a->ctx, &a->agreement, names, &result)),
                  assert_int_equal(result.n, 3));
    const ia_table *t = ia_result_find(&result, "agreement");
    assert_non_null(ia_table_find(t, "sd_people_at_percent"));
    assert_non_null(ia_table_find(t, "figures_settings"));
    assert_int_equal(ia_result_find(&result, "agreement_draws")->n_rows, 6);
    assert_int_equal(ia_result_find(&result, "agreement_people")->n_rows, 3);
    ia_result_clear(&result);
    a->agreement.n_people = 0; // lent to the test that there were none
    CHECK_OK(a->ctx, ia_agreement_tables(a->ctx, &a->agreement, NULL, &result));
    assert_int_equal(result.n, 2);
    assert_null(ia_table_find(ia_result_find(&result, "agreement"), "found_people"));
    ia_result_clear(&result);
    a->agreement.n_people = 2;
}

static void a_spectrum_without_ions_agrees_on_nothing(void **state)
{
    agreeing *a = *state;
    memset(a->spectrum.counts, 0, a->spectrum.n_bins * sizeof *a->spectrum.counts);
    a->input.n_people = 0;
    CHECK_OK(a->ctx, ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement));
    assert_int_equal(a->agreement.n_elements, 0);
}

static void bad_parameters_are_refused(void **state)
{
    agreeing *a = *state;
    ia_identify_params identify = ia_identify_defaults();
    a->params.thin = 1;
    CHECK_FAILS(a->ctx,
                ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement),
                IA_ERR_PARAM, "thin");
    a->params.thin = 0.7;
    identify.tolerance = -1;
    a->input.identify = &identify;
    CHECK_FAILS(a->ctx,
                ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement),
                IA_ERR_PARAM, "tolerance");
}

static bool never(void *user, const char *stage, double done)
{
    (void)user, (void)stage, (void)done;
    return false;
}

static void it_can_be_stopped(void **state)
{
    agreeing *a = *state;
    ia_ctx_set_progress(a->ctx, never, NULL);
    assert_int_equal(ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement),
                     IA_CANCELLED);
    assert_null(a->agreement.elements);
}

static void short_memory_leaks_nothing(void **state)
{
    agreeing *a = *state;
    a->params.draws = 2;
    CHECK_STARVED(a->ctx,
                  ia_agreement_compute(a->ctx, &a->input, &a->params, &a->agreement),
                  assert_int_equal(a->agreement.n_draws, 2));
}

int main(void)
{
#define AGREE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        AGREE_TEST(every_draw_is_an_analysis),
        AGREE_TEST(people_are_counted_by_their_own_ranges),
        AGREE_TEST(a_draw_that_tells_nothing_is_left_out),
        AGREE_TEST(threads_do_not_matter_and_the_seed_does),
        AGREE_TEST(thinning_scatters_as_counting_does),
        AGREE_TEST(tables_tell_all),
        AGREE_TEST(a_spectrum_without_ions_agrees_on_nothing),
        AGREE_TEST(bad_parameters_are_refused),
        AGREE_TEST(it_can_be_stopped),
        AGREE_TEST(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
