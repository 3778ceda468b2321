// tests/unit/test_deconvolve.c: counts of overlapping ions in spectra without noise, and
// the odd cases.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "solve_case.h"

// Peaks that nothing overlaps hold what was put in: the windows are wide, what they leave
// out is told by the shape. 1 %: the shape is learnt from four peaks.
static void peaks_apart_are_counted(void **state)
{
    (void)state;
    const double amounts[] = {5000, 20000, 1000};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Al+,Mn++,Co+", amounts, 20), "Al+,Mn++,Co+");
    ia_deconvolution d = solve(&c);

    for (size_t k = 0; k < 3; k++) {
        assert_near(d.ions[k].counts, amounts[k], 0.01 * amounts[k]);
        assert_int_equal(d.ions[k].group, -1);
        // Hardly anything to part: the error is that of the ions and the background.
        assert_near(d.ions[k].sigma[IA_ERROR_COUNTING] / sqrt(amounts[k]), 1, 0.05);
        assert_true(d.ions[k].sigma[IA_ERROR_OVERLAP] < 0.5 * sqrt(amounts[k]));
        assert_true(d.ions[k].lo < amounts[k] && d.ions[k].hi > amounts[k]);
    }
    assert_int_equal(d.n_groups, 0);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// 1H+ 0.03 Da before its place on a scale that all other lines keep to, three times the
// width of its peak: what was told for H+ lies there, and all of it counts.
static void hydrogen_off_the_scale_is_counted(void **state)
{
    (void)state;
    enum { OFF = 3 }; // bins
    const double amounts[] = {10000, 5000, 20000, 1000};
    const char *ions = "H+,Al+,Mn++,Co+";
    solve_case c;
    ia_spectrum s = exact_spectrum(ions, amounts, 20);
    memmove(&s.counts[60], &s.counts[60 + OFF], 80 * sizeof *s.counts);
    set_solve_case(&c, s, ions);
    ia_deconvolution d = solve(&c);

    for (size_t k = 0; k < 4; k++)
        assert_near(d.ions[k].counts, amounts[k], 0.02 * amounts[k]);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// 28Si++ and 14N+, 54Cr++ and 54Fe++, 28Si+ and 56Fe++, 58Ni+ and 58Fe+, 16O+ and O2++:
// isotopes and charge states tell them. 4 standard deviations of what is stated: the
// spectrum itself has no noise, but its counts are whole.
static void isotopes_part_overlaps(void **state)
{
    (void)state;
    static const struct {
        const char *ions;
        double amounts[4];
        size_t n;
    } cases[] = {
        {"N+,Si++,Al+,Si+", {3000, 20000, 30000, 4000}, 4},
        {"Cr++,Fe++,Al+", {8000, 90000, 5000}, 3},
        {"Fe++,Si+,Fe+,Al+", {50000, 5000, 3000, 8000}, 4},
        {"Ni+,Fe+,Mn+", {40000, 20000, 5000}, 3},
        {"O+,O2++,O2+,Al+", {9000, 5000, 4000, 9000}, 4},
    };

    for (size_t i = 0; i + 1 < sizeof cases / sizeof *cases; i++) {
        solve_case c;
        set_solve_case(&c, exact_spectrum(cases[i].ions, cases[i].amounts, 10),
                       cases[i].ions);
        ia_deconvolution d = solve(&c);
        for (size_t k = 0; k < cases[i].n; k++) {
            double off = d.ions[k].counts - cases[i].amounts[k];
            double most = fmax(0.01 * cases[i].amounts[k], d.ions[k].sigma_all);
            if (fabs(off) > most)
                fail_msg("%s: %s is %g, not %g +- %g", cases[i].ions, d.ions[k].ion.name,
                         d.ions[k].counts, cases[i].amounts[k], most);
        }
        ia_deconvolution_clear(&d);
        clear_solve_case(&c);
    }
}

// As2++ lies on As+ and neither has another isotope.
static void ions_without_a_difference_are_told_as_a_sum(void **state)
{
    (void)state;
    const double amounts[] = {6000, 0, 9000};
    solve_case c;
    set_solve_case(&c, exact_spectrum("As+,As2++,Al+", amounts, 5), "As+,As2++,Al+");
    ia_deconvolution d = solve(&c);
    char names[64];

    assert_int_equal(d.n_groups, 1);
    assert_int_equal(d.ions[0].group, 0);
    assert_int_equal(d.ions[1].group, 0);
    assert_int_equal(d.ions[2].group, -1);
    assert_int_equal(d.groups[0].n, 2);
    assert_near(d.groups[0].counts, 6000, 100);
    assert_near(d.groups[0].sigma, sqrt(6000), 0.2 * sqrt(6000));
    assert_true(d.ions[0].sigma_all > 1000 && d.ions[1].sigma_all > 1000);
    assert_true(d.ions[1].lo == 0 && d.ions[1].hi > 1000);
    ia_deconvolution_group_names(&d, 0, " ", names, sizeof names);
    assert_string_equal(names, "As+ As2++");
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

static void who_is_absent_has_none(void **state)
{
    (void)state;
    const double amounts[] = {20000};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Fe++", amounts, 30), "Fe++,Ni++,Zr+");
    ia_deconvolution d = solve(&c);

    for (size_t k = 1; k < 3; k++) {
        assert_near(d.ions[k].counts, 0, 3 * d.ions[k].sigma_all + 1);
        assert_true(d.ions[k].lo == 0);
        assert_true(d.ions[k].sigma_all > 0.5);
    }
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// 52Cr++, which nobody lists, lies on 26Mg+ and asks for more magnesium, 24Mg+ does not;
// C2+, which lies on 24Mg+, must not make up for that with hundreds of ions below
// nothing.
static void who_is_a_difference_is_not_below_zero(void **state)
{
    (void)state;
    const double amounts[] = {20000, 300, 5000};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Mg+,Cr++,Al+", amounts, 3), "Mg+,C2+,Al+");
    ia_deconvolution d = solve(&c);

    assert_true(d.ions[1].counts == 0);
    assert_true(d.ions[1].lo == 0 && d.ions[1].hi > 100);
    assert_near(d.ions[0].counts, 20000, 300);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// 100 Da is the end of the spectrum.
static void who_has_no_line_is_not_counted(void **state)
{
    (void)state;
    const double amounts[] = {20000};
    ia_ctx *ctx = ia_ctx_new();
    ia_deconvolution d = {0};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Fe++", amounts, 3), "Fe++,Pb+");
    ia_deconvolve_input input = input_of(&c);

    CHECK_OK(ctx, ia_deconvolve_compute(ctx, &input, NULL, &d));
    assert_true(isnan(d.ions[1].counts) && isnan(d.ions[1].hi));
    assert_near(d.ions[0].counts, 20000, 200);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "Pb+ has no line in the spectrum"));
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
    ia_ctx_free(ctx);
}

// Of magnesium there are no more ions than its main peak holds, of iron as many as 56Fe
// allows; lead has no line here.
static void no_more_ions_than_lie_there(void **state)
{
    (void)state;
    const double amounts[] = {20000, 5000};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Fe++,Mg+", amounts, 3), "Fe++,Mg+,Pb+");
    ia_deconvolution d = solve(&c);
    for (size_t k = 0; k < 2; k++) {
        assert_true(ia_deconvolution_most(&d, k) > amounts[k]);
        assert_true(ia_deconvolution_most(&d, k) < 1.1 * amounts[k]);
    }
    assert_true(isinf(ia_deconvolution_most(&d, 2)));
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// C2H3+ has its main line at 27.02 Da and one in 46 at 28.03 Da, by its 13C, where 45,000
// ions of nitrogen lie that nobody told: they are no ions of C2H3+, and the account that
// leaves them is said not to fit. Nitrogen told takes them.
static void a_peak_of_another_ion_drives_none(void **state)
{
    (void)state;
    const double amounts[] = {3500, 20000, 45000};
    static const char *const told[] = {"C2H3+,Al++", "C2H3+,Al++,N2+"};
    for (int all = 0; all < 2; all++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_deconvolution d = {0};
        solve_case c;
        set_solve_case(&c, exact_spectrum("C2H3+,Al++,N2+", amounts, 3), told[all]);
        ia_deconvolve_input input = input_of(&c);
        CHECK_OK(ctx, ia_deconvolve_compute(ctx, &input, NULL, &d));
        const ia_solved *ion = solved_of(&d, "C2H3+");
        assert_near(ion->counts, amounts[0], 0.03 * amounts[0]);
        assert_true(ion->lo < amounts[0] && amounts[0] < ion->hi);
        if (all)
            assert_near(solved_of(&d, "N2+")->counts, amounts[2], 0.02 * amounts[2]);
        assert_int_equal(ia_ctx_n_warnings(ctx) > 0, !all);
        ia_deconvolution_clear(&d);
        clear_solve_case(&c);
        ia_ctx_free(ctx);
    }
}

// Copper without its 65Cu is no copper: 3 in 10 ions are not where they must be. Of
// labels in the place of m/n that says nothing.
static void what_the_ions_cannot_have_made_is_warned_of(void **state)
{
    (void)state;
    const double amounts[] = {20000, 5000};
    for (int spoilt = 0; spoilt < 3; spoilt++) {
        bool labelled = spoilt == 2;
        ia_ctx *ctx = ia_ctx_new();
        ia_deconvolution d = {0};
        solve_case c;
        ia_spectrum s = exact_spectrum("Cu+,Al+", amounts, 3);
        for (size_t i = 6400; spoilt && i < 6600; i++)
            s.counts[i] = 3;
        for (size_t i = 0; labelled && i < s.n_bins; i++)
            s.spiked += s.counts[i];
        set_solve_case(&c, s, "Cu+,Al+");
        ia_deconvolve_input input = input_of(&c);

        CHECK_OK(ctx, ia_deconvolve_compute(ctx, &input, NULL, &d));
        assert_int_equal(ia_ctx_n_warnings(ctx), spoilt && !labelled);
        if (spoilt && !labelled)
            assert_non_null(strstr(ia_ctx_warning(ctx, 0), "do not account for"));
        ia_deconvolution_clear(&d);
        clear_solve_case(&c);
        ia_ctx_free(ctx);
    }
}

static void a_scale_that_is_off_is_found(void **state)
{
    (void)state;
    const double amounts[] = {9000, 20000, 4000, 3000};
    const char *ions = "Al+,Fe++,Cr++,Cu+";
    solve_case c;
    ia_spectrum s = exact_spectrum(ions, amounts, 10);
    s.m_min += 0.03; // every mass 0.03 Da too high
    set_solve_case(&c, s, ions);
    ia_deconvolution d = solve(&c);

    assert_near(d.scale.offset + 28 * d.scale.slope, 0.03, 0.003);
    for (size_t k = 0; k < 4; k++)
        assert_near(d.ions[k].counts, amounts[k], 0.015 * amounts[k]);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

// Without Cr++ its peaks have no account and 54Fe++ takes what is at 27 Da.
static void leaving_an_ion_out_changes_the_others(void **state)
{
    (void)state;
    const double amounts[] = {20000, 9000};
    const double chances[] = {1, 0.9};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Fe++,Cr++", amounts, 10), "Fe++,Cr++");
    ia_deconvolve_input input = input_of(&c);
    ia_deconvolution d = {0};

    input.probability = chances;
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &d), IA_OK);
    assert_true(d.ions[1].probability == 0.9);
    assert_near(d.change[2 + 1], -9000, 200); // row of Cr++, itself
    assert_true(d.change[2] > 50);            // and iron
    assert_true(d.change[0] == 0 && d.change[1] == 0);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

static void the_same_bits_again(void **state)
{
    (void)state;
    const double amounts[] = {20000, 9000, 3000};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Fe++,Cr++,Si+", amounts, 10), "Fe++,Cr++,Si+");
    ia_deconvolution a = solve(&c), b = solve(&c);

    for (size_t k = 0; k < 3; k++) {
        assert_memory_equal(&a.ions[k].counts, &b.ions[k].counts, sizeof(double));
        assert_memory_equal(&a.ions[k].sigma_all, &b.ions[k].sigma_all, sizeof(double));
    }
    ia_deconvolution_clear(&a);
    ia_deconvolution_clear(&b);
    clear_solve_case(&c);
}

static void no_ion_is_no_error(void **state)
{
    (void)state;
    const double amounts[] = {500};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Al+", amounts, 3), "Al+");
    ia_deconvolve_input input = input_of(&c);
    ia_deconvolution d = {0};

    input.n_ions = 0;
    assert_int_equal(ia_deconvolve_compute(NULL, &input, NULL, &d), IA_OK);
    assert_int_equal(d.n_ions, 0);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

static void names_and_parameters_are_checked(void **state)
{
    (void)state;
    const double amounts[] = {500};
    ia_ctx *ctx = ia_ctx_new();
    ia_ion *ions = NULL, bare = ia_ion_of("Al");
    size_t n = 0;
    ia_deconvolution d = {0};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Al+", amounts, 3), "Al+");
    ia_deconvolve_input input = input_of(&c);
    ia_deconvolve_params params = ia_deconvolve_defaults();

    CHECK_FAILS(ctx, ia_deconvolve_named(ctx, "Fe++, Xy+", &ions, &n), IA_ERR_PARAM,
                "'Xy+' is no ion with its charge");
    CHECK_FAILS(ctx, ia_deconvolve_named(ctx, "Fe", &ions, &n), IA_ERR_PARAM,
                "'Fe' is no ion with its charge");
    CHECK_OK(ctx, ia_deconvolve_named(ctx, " Fe++,Cr+ Fe++ ", &ions, &n));
    assert_int_equal(n, 2);
    free(ions);
    input.ions = &bare;
    CHECK_FAILS(ctx, ia_deconvolve_compute(ctx, &input, NULL, &d), IA_ERR_PARAM,
                "Al has no charge");
    params.parted = 1;
    CHECK_FAILS(ctx, ia_deconvolve_compute(ctx, &input, &params, &d), IA_ERR_PARAM,
                "parted");
    assert_true(d.ions == NULL);
    clear_solve_case(&c);
    ia_ctx_free(ctx);
}

static void ranges_name_ions_with_isotopes_opened(void **state)
{
    (void)state;
    ranging_case c;
    ia_ion *ions = NULL;
    size_t n = 0;
    SET_CASE(&c, {"54Fe++", 26.9, 27.1, 10}, {"56Fe++", 27.9, 28.1, 90},
             {"56Fe16O+", 71.9, 72.1, 3}, {"noise", 80, 81, 3}, {"Mn", 90, 91, 2},
             {"2H+", 2.0, 2.1, 5});

    assert_int_equal(ia_deconvolve_ions(NULL, &c.ranges, &ions, &n), IA_OK);
    assert_int_equal(n, 3);
    assert_string_equal(ions[0].name, "Fe++");
    assert_string_equal(ions[1].name, "FeO+");
    assert_string_equal(ions[2].name, "2H+"); // nobody names that of natural hydrogen
    free(ions);
    strcpy(c.ranges.enriched, "56Fe");
    assert_int_equal(ia_deconvolve_ions(NULL, &c.ranges, &ions, &n), IA_OK);
    assert_int_equal(n, 4);
    assert_string_equal(ions[0].name, "Fe++");
    assert_string_equal(ions[1].name, "56Fe++");
    assert_string_equal(ions[2].name, "56FeO+");
    free(ions);
}

static void tables_tell_all(void **state)
{
    (void)state;
    const double amounts[] = {6000, 0, 20000};
    ia_result result = {0};
    solve_case c;
    set_solve_case(&c, exact_spectrum("As+,As2++,Fe++", amounts, 5), "As+,As2++,Fe++");
    ia_deconvolution d = solve(&c);

    assert_int_equal(ia_deconvolution_tables(NULL, &d, &result), IA_OK);
    const ia_table *solved = ia_result_find(&result, "solved_ions");
    assert_int_equal(solved->n_rows, 3);
    assert_string_equal(((char **)ia_table_find(solved, "ion")->data)[2], "Fe++");
    const ia_table *sums = ia_result_find(&result, "unparted_ions");
    assert_int_equal(sums->n_rows, 1);
    assert_string_equal(*(char **)ia_table_find(sums, "ions")->data, "As+ As2++");
    const ia_table *ratios = ia_result_find(&result, "isotope_ratios");
    assert_true(ratios->n_rows >= 3); // 54, 56, 57 of iron; arsenic has one isotope
    const double *off = ia_table_find(ratios, "deviation")->data;
    for (size_t i = 0; i < ratios->n_rows; i++)
        assert_true(fabs(off[i]) < 3);
    assert_int_equal(ia_result_find(&result, "residuals")->n_rows, d.n_windows);
    assert_non_null(ia_table_find(ia_result_find(&result, "fit"), "p_value"));
    ia_result_clear(&result);
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    const double amounts[] = {20000, 9000};
    ia_ctx *ctx = ia_ctx_new();
    ia_deconvolution d = {0};
    ia_result result = {0};
    solve_case c;
    set_solve_case(&c, exact_spectrum("Fe++,Cr++", amounts, 10), "Fe++,Cr++");
    ia_deconvolve_input input = input_of(&c);

    CHECK_STARVED(ctx, ia_deconvolve_compute(ctx, &input, NULL, &d), (void)0);
    CHECK_STARVED(ctx,
                  (ia_result_clear(&result), ia_deconvolution_tables(ctx, &d, &result)),
                  ia_result_clear(&result));
    ia_deconvolution_clear(&d);
    clear_solve_case(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_apart_are_counted),
        cmocka_unit_test(hydrogen_off_the_scale_is_counted),
        cmocka_unit_test(isotopes_part_overlaps),
        cmocka_unit_test(ions_without_a_difference_are_told_as_a_sum),
        cmocka_unit_test(who_is_absent_has_none),
        cmocka_unit_test(who_is_a_difference_is_not_below_zero),
        cmocka_unit_test(who_has_no_line_is_not_counted),
        cmocka_unit_test(no_more_ions_than_lie_there),
        cmocka_unit_test(a_peak_of_another_ion_drives_none),
        cmocka_unit_test(what_the_ions_cannot_have_made_is_warned_of),
        cmocka_unit_test(a_scale_that_is_off_is_found),
        cmocka_unit_test(leaving_an_ion_out_changes_the_others),
        cmocka_unit_test(the_same_bits_again),
        cmocka_unit_test(no_ion_is_no_error),
        cmocka_unit_test(names_and_parameters_are_checked),
        cmocka_unit_test(ranges_name_ions_with_isotopes_opened),
        cmocka_unit_test(tables_tell_all),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
