// tests/unit/test_background_models.c: the models of a background: choice, table, errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ramp_case.h"

typedef struct {
    ramp_case ramp;
    ia_spectrum spectrum;
    ia_background blind;
    ia_peaks peaks;
} scene;

static void set_scene(scene *s, size_t n)
{
    const ia_spectrum_params bins = {.bin = 0.01, .m_max = 130};

    memset(s, 0, sizeof *s);
    ramp_draw(&s->ramp, n, 1);
    assert_int_equal(ia_spectrum_compute(NULL, &s->ramp.ions, &bins, &s->spectrum),
                     IA_OK);
    assert_int_equal(ia_background_compute(NULL, &s->spectrum, NULL, NULL, &s->blind),
                     IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, &s->spectrum, &s->blind, NULL, &s->peaks),
                     IA_OK);
}

static void clear_scene(scene *s)
{
    ia_peaks_clear(&s->peaks);
    ia_background_clear(&s->blind);
    ia_spectrum_clear(&s->spectrum);
    ia_ions_clear(&s->ramp.ions);
}

static ia_background_input input_of(const scene *s)
{
    return (ia_background_input){.spectrum = &s->spectrum,
                                 .ranger = &s->ramp.ranger,
                                 .ions = &s->ramp.ions,
                                 .peaks = &s->peaks};
}

static void no_background_is_nothing_and_sure(void **state)
{
    (void)state;
    static scene s;
    ia_background_params p = ia_background_defaults();
    ia_background b = {.a = 42};

    set_scene(&s, 20000);
    ia_background_input in = input_of(&s);
    p.model = IA_BACKGROUND_NONE;
    assert_int_equal(ia_background_fit(NULL, &in, &p, &b), IA_OK);
    assert_true(ia_background_counts(&b, 1, 100) == 0);
    assert_true(ia_background_sigma(&b, 1, 100) == 0);
    assert_true(ia_background_tails(&b, 1, 100) == 0);
    ia_background_clear(&b);
    clear_scene(&s);
}

// Asked for alone, the flat law without tails is what ia_background_compute fits.
static void the_flat_law_is_as_before(void **state)
{
    (void)state;
    static scene s;
    ia_background_params p = ia_background_defaults();
    ia_background b = {.a = 42}, plain = {.a = 42};

    set_scene(&s, 20000);
    ia_background_input in = input_of(&s);
    p.model = IA_BACKGROUND_FLAT;
    p.tails = false;
    assert_int_equal(ia_background_fit(NULL, &in, &p, &b), IA_OK);
    assert_int_equal(
        ia_background_compute(NULL, &s.spectrum, &s.ramp.ranger, NULL, &plain), IA_OK);
    assert_true(b.a == plain.a && b.sigma_a == plain.sigma_a && !b.parts);
    assert_near(ia_background_sigma(&b, 25, 36), 2 * b.sigma_a, 1e-9 * b.sigma_a);
    clear_scene(&s);
}

// A tenth of the ions is background, and every model that is told to must find about as
// much in its ranges: between 10 and 30 Da all slices are open, so that the level is that
// of the draw.
static void each_model_finds_the_level_where_all_are_open(void **state)
{
    (void)state;
    static scene s;
    double levels[4];

    set_scene(&s, 200000);
    ia_background_input in = input_of(&s);
    for (int model = IA_BACKGROUND_AUTO; model <= IA_BACKGROUND_SIDEBAND; model++) {
        ia_background_params p = ia_background_defaults();
        ia_background b = {.a = 42};
        p.model = model;
        assert_int_equal(ia_background_fit(NULL, &in, &p, &b), IA_OK);
        assert_int_equal(b.model, model ? model : IA_BACKGROUND_SLICED);
        levels[model] = ia_background_counts(&b, 14, 20) / (2 * (sqrt(20) - sqrt(14)));
        assert_true(ia_background_sigma(&b, 14, 20) > 0);
        ia_background_clear(&b);
    }
    // 9,350 background ions in all, each worth flight(V)/2/863 ns of level.
    double due = 0;
    for (size_t i = 0; i < 200000; i++) {
        double v = 3000 + 6000 * (double)i / 200000;
        due += 0.5 / sqrt(ramp_mass(v, 1)) / 863;
    }
    double signal = 0, share = 0;
    for (size_t r = 0; r < s.ramp.ranger.n; r++)
        signal += s.ramp.signal[r];
    for (size_t i = 0; i < RAMP_STRONG; i++)
        share += ramp_share[i];
    due *= 1 - share - signal / 200000;
    // Sliced: counting; the sideband sees the band beside alone; the flat law is low by
    // what is closed at high m.
    assert_near(levels[IA_BACKGROUND_SLICED], due, 0.04 * due);
    assert_true(levels[IA_BACKGROUND_AUTO] == levels[IA_BACKGROUND_SLICED]);
    assert_near(levels[IA_BACKGROUND_SIDEBAND], due, 0.2 * due);
    assert_near(levels[IA_BACKGROUND_FLAT], due, 0.5 * due);
    clear_scene(&s);
}

static void the_table_names_model_and_slices(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_background_params p = ia_background_defaults();
    ia_background b = {.a = 42};
    ia_result result = {0};

    set_scene(&s, 50000);
    ia_background_input in = input_of(&s);
    p.slices = 5;
    p.model = IA_BACKGROUND_SLICED;
    assert_int_equal(ia_background_fit(ctx, &in, &p, &b), IA_OK);
    CHECK_STARVED(ctx, (ia_result_clear(&result), ia_background_tables(ctx, &b, &result)),
                  (void)0);
    const ia_table *t = ia_result_find(&result, "background");
    assert_string_equal(*(char **)ia_table_find(t, "model")->data, "sliced");
    t = ia_result_find(&result, "slices");
    assert_int_equal(t->n_rows, 5);
    assert_string_equal(*(char **)ia_table_find(t, "by")->data, "voltage");
    ia_result_clear(&result);
    ia_background_clear(&b);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

// What a file states is taken as it is. Its error is how far it is off between the
// ranges: by a fifth, a fifth; and being off by half is told.
static void a_stated_background_is_taken_as_it_is(void **state)
{
    (void)state;
    static scene s;
    enum { EDGES = 131 };
    double edge[EDGES], sum[EDGES];
    ia_ctx *ctx = ia_ctx_new();
    ia_background_params p = ia_background_defaults();
    ia_background fitted = {.a = 42}, b = {.a = 42};

    set_scene(&s, 200000);
    ia_background_input in = input_of(&s);
    p.model = IA_BACKGROUND_FILE;
    CHECK_FAILS(ctx, ia_background_fit(ctx, &in, &p, &b), IA_ERR_UNSUPPORTED,
                "states no background");
    assert_true(b.a == 42);
    assert_int_equal(ia_background_fit(ctx, &in, NULL, &fitted), IA_OK);
    for (int tenths = 10; tenths <= 20; tenths += 2) {
        for (size_t i = 0; i < EDGES; i++) {
            edge[i] = (double)i;
            sum[i] = tenths / 10.0 * ia_background_counts(&fitted, 0, edge[i]);
        }
        s.ramp.ions.background = (ia_stated_background){EDGES, edge, sum};
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, ia_background_fit(ctx, &in, &p, &b));
        assert_int_equal(b.model, IA_BACKGROUND_FILE);
        // Half of a bin, between edges and beyond them.
        double due = sum[20] - (sum[15] + sum[14]) / 2;
        assert_near(ia_background_counts(&b, 14.5, 20), due, 1e-9 * due);
        assert_near(ia_background_counts(&b, -5, 500), sum[EDGES - 1], 1e-6);
        // The true level is 1 - 10 / tenths lower; counting adds a per cent.
        double off = 1 - 10.0 / tenths, sigma = ia_background_sigma(&b, 14.5, 20) / due;
        assert_true(sigma > off - 0.01 && sigma < off + 0.02);
        bool told = ia_ctx_n_warnings(ctx) > 0;
        assert_int_equal(told, off > 0.25);
        ia_background_clear(&b);
    }
    CHECK_STARVED(ctx, ia_background_fit(ctx, &in, &p, &b), ia_background_clear(&b));
    s.ramp.ions.background = (ia_stated_background){0};
    ia_background_clear(&fitted);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();
    ia_background_params p = ia_background_defaults();
    ia_background b = {.a = 42};

    set_scene(&s, 20000);
    ia_background_input in = input_of(&s);
    p.slices = 1000;
    CHECK_FAILS(ctx, ia_background_fit(ctx, &in, &p, &b), IA_ERR_PARAM, "slices");
    p = ia_background_defaults();
    p.model = 17;
    CHECK_FAILS(ctx, ia_background_fit(ctx, &in, &p, &b), IA_ERR_PARAM, "model");
    assert_true(b.a == 42);
    clear_scene(&s);
    ia_ctx_free(ctx);
}

// The run of starved allocations is repeated for the two kinds of parts.
static void memory_running_short_is_survived(void **state)
{
    (void)state;
    static scene s;
    ia_ctx *ctx = ia_ctx_new();

    set_scene(&s, 20000);
    ia_background_input in = input_of(&s);
    for (int model = IA_BACKGROUND_SLICED; model <= IA_BACKGROUND_SIDEBAND; model++) {
        ia_background_params p = ia_background_defaults();
        ia_background b = {.a = 42};
        p.model = model;
        CHECK_STARVED(ctx, (assert_true(b.a == 42), ia_background_fit(ctx, &in, &p, &b)),
                      ia_background_clear(&b));
    }
    clear_scene(&s);
    ia_ctx_free(ctx);
}

// Unresolved isotopes: between 70 and 74 Da four ions a bin lie beside two ranges with a
// tenth of that. A line between their bands would put 200 ions into a range that
// holds 20.
static void no_background_is_more_than_is_there(void **state)
{
    (void)state;
    static uint64_t counts[10000];
    const ia_spectrum spectrum = {.bin = 0.01, .n_bins = 10000, .counts = counts};
    double lo[] = {27.9, 71.9, 72.5}, hi[] = {28.2, 72.4, 73};
    int32_t ion[] = {0, 0, 0};
    ia_background b = {0}, blind = {0};
    ia_peaks peaks = {0};

    for (size_t i = 0; i < 10000; i++) {
        double m = ((double)i + 0.5) * spectrum.bin, off = (m - 28) / 0.02;
        bool ranged = (m > lo[1] && m < hi[1]) || (m > lo[2] && m < hi[2]);
        counts[i] = i % 20 == 0;
        counts[i] += (uint64_t)lround(400 * exp(-0.5 * off * off));
        counts[i] += m > 70 && m < 74 ? (ranged ? i % 25 == 0 : 4) : 0;
    }
    const ia_ranger ranger = {.lo = lo, .hi = hi, .ion = ion, .n = 3};
    assert_int_equal(ia_background_compute(NULL, &spectrum, NULL, NULL, &blind), IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, &spectrum, &blind, NULL, &peaks), IA_OK);
    const ia_background_input in = {
        .spectrum = &spectrum, .ranger = &ranger, .peaks = &peaks};
    assert_int_equal(ia_background_fit(NULL, &in, NULL, &b), IA_OK);
    for (size_t r = 1; r < 3; r++)
        assert_true(ia_background_counts(&b, lo[r], hi[r]) < 20);
    ia_background_clear(&b);
    ia_background_clear(&blind);
    ia_peaks_clear(&peaks);
}

static void an_empty_spectrum_has_no_background(void **state)
{
    (void)state;
    static scene s;
    static uint64_t counts[100];
    const ia_spectrum empty = {.bin = 0.01, .n_bins = 100, .counts = counts};
    ia_ctx *ctx = ia_ctx_new();

    set_scene(&s, 20000);
    ia_background_input in = input_of(&s);
    in.spectrum = &empty;
    for (int model = IA_BACKGROUND_AUTO; model <= IA_BACKGROUND_SIDEBAND; model++) {
        ia_background_params p = ia_background_defaults();
        ia_background b = {.a = 42};
        p.model = model;
        assert_int_equal(ia_background_fit(ctx, &in, &p, &b), IA_OK);
        assert_true(isnan(b.a));
        assert_true(ia_ctx_n_warnings(ctx) > 0);
        ia_ctx_reset(ctx);
        ia_background_clear(&b);
    }
    clear_scene(&s);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_background_is_nothing_and_sure),
        cmocka_unit_test(the_flat_law_is_as_before),
        cmocka_unit_test(each_model_finds_the_level_where_all_are_open),
        cmocka_unit_test(the_table_names_model_and_slices),
        cmocka_unit_test(a_stated_background_is_taken_as_it_is),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(memory_running_short_is_survived),
        cmocka_unit_test(no_background_is_more_than_is_there),
        cmocka_unit_test(an_empty_spectrum_has_no_background),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
