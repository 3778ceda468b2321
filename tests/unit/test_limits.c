// tests/unit/test_limits.c: limits of elements in a spectrum made by hand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

enum { BINS = 10000 }; // of 0.01 Da: to 100 Da

typedef struct {
    uint64_t counts[BINS];
    ia_spectrum spectrum;
    ia_background background;
    ia_peaks peaks;
    ia_peak_shape shape;
    ia_deconvolution solved;
    ia_limits_input input;
} scene;

// A triangle of five bins about a mass.
static void add_peak(scene *s, double mass, double n)
{
    static const double part[] = {1, 2, 3, 2, 1};
    size_t middle = (size_t)(mass * 100);
    for (size_t k = 0; k < 5; k++)
        s->counts[middle + k - 2] += (uint64_t)round(n * part[k] / 9);
}

// Flat background of level 500 with the isotopes of Fe++ and some C++ on it.
static void set_scene(scene *s, ia_ctx *ctx)
{
    ia_ion ions[] = {ia_ion_of("Fe++"), ia_ion_of("C++")};
    memset(s, 0, sizeof *s);
    double sum = 0, given = 0;
    for (size_t i = 0; i < BINS; i++) {
        sum += 2 * 500 * (sqrt(0.01 * (double)(i + 1)) - sqrt(0.01 * (double)i));
        s->counts[i] = (uint64_t)(sum - given);
        given += (double)s->counts[i];
    }
    const ia_element *fe = ia_element_of(26);
    for (size_t i = 0; i < fe->n_nuclides; i++)
        if (fe->nuclides[i].abundance > 0)
            add_peak(s, fe->nuclides[i].mass / 2, 1e5 * fe->nuclides[i].abundance);
    add_peak(s, 6, 2000);
    s->spectrum = (ia_spectrum){.bin = 0.01, .n_bins = BINS, .counts = s->counts};
    CHECK_OK(ctx, ia_background_compute(ctx, &s->spectrum, NULL, NULL, &s->background));
    CHECK_OK(ctx, ia_peaks_compute(ctx, &s->spectrum, &s->background, NULL, &s->peaks));
    CHECK_OK(ctx, ia_peak_shape_compute(ctx, &s->spectrum, &s->background, &s->peaks,
                                        NULL, &s->shape));
    const ia_deconvolve_input in = {.spectrum = &s->spectrum,
                                    .background = &s->background,
                                    .peaks = &s->peaks,
                                    .shape = &s->shape,
                                    .ions = ions,
                                    .n_ions = 2};
    CHECK_OK(ctx, ia_deconvolve_compute(ctx, &in, NULL, &s->solved));
    s->input = (ia_limits_input){.spectrum = &s->spectrum,
                                 .background = &s->background,
                                 .peaks = &s->peaks,
                                 .shape = &s->shape,
                                 .solved = &s->solved,
                                 .atoms = 1e5};
}

static void clear_scene(scene *s)
{
    ia_deconvolution_clear(&s->solved);
    ia_peak_shape_clear(&s->shape);
    ia_peaks_clear(&s->peaks);
    ia_background_clear(&s->background);
}

static const ia_limit *limit_of(const ia_limits *limits, const char *symbol)
{
    unsigned z = ia_element_find(symbol, strlen(symbol));
    for (size_t i = 0; i < limits->n; i++)
        if (limits->list[i].z == z)
            return &limits->list[i];
    fail_msg("no row %s", symbol);
    return NULL;
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_limits_params p = ia_limits_defaults();
    assert_true(!p.limits && !p.limits_for[0] && p.limits_charge == 3);
    assert_true(p.false_claims == 0.05 && p.confidence == 0.95);
}

// Rhodium has one isotope, 102.9055 Da: nine in ten as Rh++ at 51.452 Da, by the table of
// usual charges.
static void an_absent_element_is_limited_by_the_background(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limits limits = {0};
    set_scene(&s, ctx);
    CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, NULL, &limits));
    const ia_limit *l = limit_of(&limits, "Rh");

    assert_int_equal(l->verdict, IA_LIMIT_ABSENT);
    assert_string_equal(l->ion.name, "Rh++");
    assert_near(l->mass, 0.5 * 102.905498 - 0.00054858, 0.02);
    assert_true(l->lo < l->mass && l->mass < l->hi && l->blocked_by[0] == 0);
    double b = ia_background_counts(&s.background, l->lo, l->hi);
    assert_near(l->expected, b, 0.01 * b + 0.05);
    assert_near(l->counts, b, 3);
    assert_true(l->share > 0.3 && l->share < 0.9);
    double unit = 1e6 / (1e5 * l->share);
    assert_near(l->critical, unit * ia_critical_counts(l->expected, l->sigma, 0.05),
                1e-6 * l->critical);
    assert_near(l->detectable,
                unit * ia_detectable_counts(l->expected, l->sigma, 0.05, 0.05),
                1e-6 * l->detectable);
    assert_near(l->upper, unit * ia_excess_upper(l->counts, l->expected, l->sigma, 0.95),
                1e-6 * l->upper);
    assert_true(l->critical < l->detectable);
    ia_limits_clear(&limits);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

static void what_is_there_is_present_and_has_no_upper_limit(void **state)
{
    (void)state;
    static scene s;
    ia_limits limits = {0};
    ia_ctx *ctx = ia_ctx_new();
    set_scene(&s, ctx);
    CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, NULL, &limits));
    const ia_limit *l = limit_of(&limits, "Fe");
    assert_int_equal(l->verdict, IA_LIMIT_PRESENT);
    assert_true(isnan(l->upper) && l->counts > 1000 * l->expected);
    assert_true(l->blocked_by[0] == 0);
    assert_string_equal(l->ion.name, "Fe++"); // all of its ions here have charge 2
    char text[256];
    ia_limit_sentence(&limits, (size_t)(l - limits.list), text, sizeof text);
    assert_non_null(strstr(text, "Fe is seen from"));
    ia_limits_clear(&limits);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

static void limit_sentence(scene *s, double probability, ia_limit_verdict verdict,
                           char text[256])
{
    ia_limits limits = {0};
    s->solved.ions[1].probability = probability; // C++
    CHECK_OK(NULL, ia_limits_compute(NULL, &s->input, NULL, &limits));
    const ia_limit *l = limit_of(&limits, "C");
    assert_int_equal(l->verdict, verdict);
    assert_string_equal(l->told_by, "C++");
    assert_true(l->probability == probability && isnan(l->upper) && l->detectable > 0);
    ia_limit_sentence(&limits, (size_t)(l - limits.list), text, 256);
    ia_limits_clear(&limits);
}

// An element is no surer than the surest of its ions.
static void an_element_is_as_sure_as_its_ions(void **state)
{
    (void)state;
    static scene s;
    char text[256];
    ia_ctx *ctx = ia_ctx_new();
    set_scene(&s, ctx);
    limit_sentence(&s, 1, IA_LIMIT_PRESENT, text);
    assert_non_null(strstr(text, "C is seen from"));
    assert_null(strstr(text, "p "));
    limit_sentence(&s, 0.995, IA_LIMIT_PRESENT, text);
    assert_non_null(strstr(text, "C is seen from"));
    assert_non_null(strstr(text, "(by C++, p 0.995)"));
    limit_sentence(&s, 0.83, IA_LIMIT_MAY_BE, text);
    assert_null(strstr(text, "is seen"));
    assert_non_null(
        strstr(text, "C may be there (by C++, p 0.83); it would be seen from"));
    clear_scene(&s);
    ia_ctx_free(ctx);
}

// Si+ lies on 56Fe++ (27.976 on 27.967 Da): with charge 1 alone its strongest line is
// lost, and 29Si+, 30Si+ have 8 % of it.
static void an_overlap_blocks(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limits all = {0}, one = {0};
    ia_limits_params p = ia_limits_defaults();
    set_scene(&s, ctx);
    strcpy(p.limits_for, "Si,Al");
    CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, &p, &all));
    p.limits_charge = 1;
    CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, &p, &one));
    assert_int_equal(one.n, 2);
    assert_string_equal(limit_of(&all, "Si")->ion.name, "Si++");
    assert_true(limit_of(&one, "Si")->detectable > 50 * limit_of(&all, "Si")->detectable);
    assert_true(limit_of(&one, "Si")->share < 0.01);
    ia_limits_clear(&all);
    ia_limits_clear(&one);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

static void a_peak_without_ion_blocks_too(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limits limits = {0};
    ia_limits_params p = ia_limits_defaults();
    set_scene(&s, ctx);
    add_peak(&s, 0.5 * 58.933195, 1000);
    ia_peaks_clear(&s.peaks);
    CHECK_OK(ctx, ia_peaks_compute(ctx, &s.spectrum, &s.background, NULL, &s.peaks));
    strcpy(p.limits_for, "Co");
    p.limits_charge = 2;
    CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, &p, &limits));
    // One in ten of its ions has charge 1 and is free; the peak at Co++ is believed to a
    // tenth only, so that this is looked at first.
    assert_string_equal(limits.list[0].ion.name, "Co+");
    ia_limits_clear(&limits);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

// Yttrium has one isotope: where the field is weak its ions keep a charge of 1, where it
// is strong they have 3.
static void the_field_tells_the_charge(void **state)
{
    (void)state;
    static const struct {
        double field;
        const char *ion;
    } cases[] = {{8, "Y+"}, {60, "Y+++"}};
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limits_params p = ia_limits_defaults();
    set_scene(&s, ctx);
    strcpy(p.limits_for, "Y");
    for (size_t i = 0; i < 2; i++) {
        ia_limits limits = {0};
        s.input.field = cases[i].field;
        s.input.sigma_field = 0.05 * cases[i].field;
        CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, &p, &limits));
        assert_string_equal(limits.list[0].ion.name, cases[i].ion);
        ia_limits_clear(&limits);
    }
    clear_scene(&s);
    ia_ctx_free(ctx);
}

static void nothing_can_be_said_without_background_or_atoms(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limits limits = {0};
    char text[256];
    set_scene(&s, ctx);
    s.input.atoms = 0;
    CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, NULL, &limits));
    assert_true(isnan(limit_of(&limits, "Rh")->critical));
    ia_limit_sentence(&limits, 0, text, sizeof text);
    assert_non_null(strstr(text, "cannot be said"));
    ia_limits_clear(&limits);
    s.input.atoms = 1e5;
    s.background.a = NAN;
    CHECK_OK(ctx, ia_limits_compute(ctx, &s.input, NULL, &limits));
    assert_true(isnan(limit_of(&limits, "Rh")->upper));
    ia_limits_clear(&limits);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limits limits = {.n = 7};
    ia_limits_params p = ia_limits_defaults();
    set_scene(&s, ctx);
    p.false_claims = 0;
    CHECK_FAILS(ctx, ia_limits_compute(ctx, &s.input, &p, &limits), IA_ERR_PARAM,
                "false_claims");
    p = ia_limits_defaults();
    strcpy(p.limits_for, "Ti,Xx");
    CHECK_FAILS(ctx, ia_limits_compute(ctx, &s.input, &p, &limits), IA_ERR_PARAM, "Xx");
    assert_int_equal(limits.n, 7);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_limits limits = {0};
    ia_limits_params p = ia_limits_defaults();
    ia_result result = {0};
    set_scene(&s, ctx);
    strcpy(p.limits_for, "Ti,V");
    CHECK_STARVED(ctx, ia_limits_compute(ctx, &s.input, &p, &limits),
                  assert_int_equal(limits.n, 2));
    CHECK_STARVED(ctx,
                  (ia_result_clear(&result), ia_limits_tables(ctx, &limits, &result)),
                  (void)0);
    const ia_table *t = ia_result_find(&result, "detection_limits");
    assert_int_equal(t->n_rows, 2);
    assert_string_equal(*(char **)ia_table_find(t, "element")->data, "Ti");
    assert_non_null(strstr(*(char **)ia_table_find(t, "sentence")->data, "at 95 %"));
    ia_result_clear(&result);
    ia_limits_clear(&limits);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(an_absent_element_is_limited_by_the_background),
        cmocka_unit_test(what_is_there_is_present_and_has_no_upper_limit),
        cmocka_unit_test(an_element_is_as_sure_as_its_ions),
        cmocka_unit_test(an_overlap_blocks),
        cmocka_unit_test(a_peak_without_ion_blocks_too),
        cmocka_unit_test(the_field_tells_the_charge),
        cmocka_unit_test(nothing_can_be_said_without_background_or_atoms),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
