// tests/unit/test_hydrogen.c: light peaks, pairs, hydrides and the checklist, small.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hydrogen_case.h"

#include "project/hydrogen_checklist.h"

static const ia_table_column *column_of(const ia_result *result, const char *table,
                                        const char *column)
{
    const ia_table *t = ia_result_find(result, table);
    if (!t)
        fail_msg("no table %s", table);
    const ia_table_column *c = ia_table_find(t, column);
    if (!c)
        fail_msg("no column %s in %s", column, table);
    return c;
}

static void defaults_are_those_documented(void **state)
{
    (void)state;
    ia_hydrogen_params p = ia_hydrogen_defaults();
    assert_true(p.scale_error == 0.001 && p.main_share == 0.01);
    assert_true(p.reference_h < 0 && p.reference_m2 < 0 && p.reference_m3 < 0);
    assert_int_equal(p.windows, 20);
    assert_int_equal(p.rings, 5);
}

static void peaks_are_counted_above_what_lies_beside_them(void **state)
{
    (void)state;
    static light_case c;
    ia_hydrogen h = {.n_hydrides = 0};
    set_light(&c, 400, 1);
    add_line(&c, H1, 20000);
    add_line(&c, H2, 400);
    add_level(&c, 3000);
    assert_int_equal(ia_hydrogen_compute(NULL, &c.input, NULL, &h), IA_OK);
    static const double planted[] = {20000, 400, 0, 0};
    for (unsigned k = 0; k < IA_LIGHT_PEAKS; k++) {
        const ia_light_peak *p = &h.peaks[k];
        assert_int_equal(p->nominal, k + 1);
        // The window leaves a per cent of the peak out; 3.3 sigma by chance.
        assert_true(fabs(p->counts - planted[k]) < 3.3 * p->sigma + 0.02 * planted[k]);
        assert_int_equal(p->is_detected, planted[k] > 0);
        assert_true(p->detectable > p->critical && p->critical > 0);
    }
    assert_true(isnan(h.peaks[0].per_h));
    assert_true(fabs(h.peaks[1].per_h - 0.02) < 0.004);
    assert_true(fabs(h.h_shift) < 0.0005 && fabs(h.width_ratio - 1) < 0.1);
    ia_hydrogen_clear(&h);
    clear_light(&c);
}

// A hydrogen peak that lies 8 mDa too high leads the others there.
static void a_shifted_scale_is_followed(void **state)
{
    (void)state;
    static light_case c;
    ia_hydrogen h = {.n_hydrides = 0};
    set_light(&c, 400, 1);
    c.assignment.scale = (ia_mass_scale){.offset = 0.008, .n_lines = 9};
    add_line(&c, H1 + 0.008, 20000);
    add_line(&c, H2 + 0.008, 1000);
    add_level(&c, 1000);
    assert_int_equal(ia_hydrogen_compute(NULL, &c.input, NULL, &h), IA_OK);
    assert_true(fabs(h.h_shift - 0.008) < 0.0005);
    assert_true(fabs(h.pairs[0].shift - 0.008) < 0.003);
    assert_true(fabs(h.peaks[1].counts - 1000) < 150);
    ia_hydrogen_clear(&h);
    clear_light(&c);
}

// One line 60 % wider at 2 Da than at 1 Da, as lines are whose width grows as between the
// root of the mass and the mass, in bins of which four are as wide as the two lines are
// apart: all of it may be deuterium or none. 3,000 ions leave out the truth where a
// mixture of the two may stand for the width, or where places are tried too far apart.
static void a_single_line_is_not_parted(void **state)
{
    (void)state;
    static light_case c;
    enum { SEEDS = IS_SLOWED ? 1 : 2 };
    static const double powers[] = {200, 400, 800};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (size_t k = 0; k < 3; k++)
            for (int d = 0; d < 2; d++) {
                ia_hydrogen h = {.n_hydrides = 0};
                set_light(&c, powers[k], seed);
                add_line(&c, H1, 5000);
                double narrow = c.shape.widths.width;
                c.shape.widths.width *= 1.2; // for 2 Da alone
                add_line(&c, d ? D1 : H2, 3000);
                c.shape.widths.width = narrow;
                add_level(&c, 300);
                CHECK_OK(NULL, ia_hydrogen_compute(NULL, &c.input, NULL, &h));
                const double *interval = h.pairs[0].interval[0];
                // 55 ions are one standard deviation of 3,000.
                if (!(d ? interval[1] > 3000 - 165 : interval[0] == 0))
                    fail_msg("m/dm %g: %g to %g D+", powers[k], interval[0], interval[1]);
                ia_hydrogen_clear(&h);
                clear_light(&c);
            }
}

static void no_ions_give_no_hydrogen(void **state)
{
    (void)state;
    static light_case c;
    ia_hydrogen h = {.n_hydrides = 0};
    set_light(&c, 400, 1);
    assert_int_equal(ia_hydrogen_compute(NULL, &c.input, NULL, &h), IA_OK);
    for (unsigned k = 0; k < IA_LIGHT_PEAKS; k++)
        assert_false(h.peaks[k].is_detected);
    assert_true(h.pairs[0].interval[0][0] == 0 && h.pairs[0].upper >= 1);
    ia_hydrogen_clear(&h);
    clear_light(&c);
}

static void a_reference_is_subtracted(void **state)
{
    (void)state;
    static light_case c;
    ia_hydrogen h = {.n_hydrides = 0};
    ia_hydrogen_params p = ia_hydrogen_defaults();
    set_light(&c, 400, 1);
    add_line(&c, H1, 20000);
    add_line(&c, D1, 300);
    p.reference_m2 = 0.002;
    p.reference_m2_sigma = 0.0003;
    assert_int_equal(ia_hydrogen_compute(NULL, &c.input, &p, &h), IA_OK);
    assert_true(h.pairs[0].is_referenced && !h.pairs[2].is_referenced);
    assert_true(fabs(h.excess_m2 - 0.013) < 3.3 * h.sigma_excess_m2);
    assert_true(h.sigma_excess_m2 > 0.0003);
    assert_true(isnan(h.excess_h)); // its share of the ions was not told
    ia_hydrogen_clear(&h);
    clear_light(&c);
}

static void tables_tell_all(void **state)
{
    (void)state;
    static light_case c;
    ia_ctx *ctx = ia_ctx_new();
    ia_hydrogen h = {.n_hydrides = 0};
    ia_result result = {0};
    set_light(&c, 400, 1);
    add_line(&c, H1, 2000);
    CHECK_OK(ctx, ia_hydrogen_compute(ctx, &c.input, NULL, &h));
    CHECK_STARVED(ctx, (ia_result_clear(&result), ia_hydrogen_tables(ctx, &h, &result)),
                  assert_int_equal(result.n, 4));
    column_of(&result, "hydrogen", "detectable_counts");
    column_of(&result, "deuterium", "deuterium_upper95_counts");
    column_of(&result, "hydrides", "counts_interval95");
    column_of(&result, "hydrogen_summary", "charge_ratio_of");
    assert_string_equal(
        ((char **)column_of(&result, "deuterium", "deuterium_ion")->data)[1], "HD+");
    ia_result_clear(&result);
    ia_hydrogen_clear(&h);
    clear_light(&c);
    ia_ctx_free(ctx);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static light_case c;
    ia_ctx *ctx = ia_ctx_new();
    ia_hydrogen h = {.n_hydrides = 7};
    ia_hydrogen_params p = ia_hydrogen_defaults();
    set_light(&c, 400, 1);
    p.windows = 1;
    CHECK_FAILS(ctx, ia_hydrogen_compute(ctx, &c.input, &p, &h), IA_ERR_PARAM, "windows");
    p = ia_hydrogen_defaults();
    p.scale_error = NAN;
    CHECK_FAILS(ctx, ia_hydrogen_compute(ctx, &c.input, &p, &h), IA_ERR_PARAM,
                "scale_error");
    assert_int_equal(h.n_hydrides, 7);
    clear_light(&c);
    ia_ctx_free(ctx);
}

// Steel with iron hydride, as ions in the order of the run.
static ia_specimen steel(void)
{
    ia_simulate_params p = ia_simulate_defaults();
    ia_specimen specimen = {0};
    p.specimen = 3; // spectrum
    p.seed = 1;
    p.n_ions = 60000;
    snprintf(p.composition, sizeof p.composition, "Al Cu:0.02");
    snprintf(p.molecules, sizeof p.molecules, "H+:0.02 AlH+:0.01");
    assert_int_equal(ia_specimen_compute(NULL, &p, &specimen), IA_OK);
    return specimen;
}

static const ia_hydride *hydride_named(const ia_hydrogen *h, const char *name)
{
    for (size_t i = 0; i < h->n_hydrides; i++)
        if (strcmp(h->hydrides[i].name, name) == 0)
            return &h->hydrides[i];
    return NULL;
}

static ia_status run_steps(ia_ctx *ctx, ia_state *state, ia_chain *chain)
{
    static const char *const methods[] = {"read",       "spectrum",    "peaks",
                                          "identify",   "autorange",   "range",
                                          "background", "composition", "hydrogen"};
    ia_status st = IA_OK;
    for (size_t i = 0; i < sizeof methods / sizeof *methods && st == IA_OK; i++)
        st = ia_chain_run(ctx, chain, state, methods[i], NULL);
    return st;
}

static void hydrides_are_parted_and_the_checklist_filled(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = steel();
    ia_state s = {.ions = specimen.ions};
    ia_chain chain = {0};
    ia_meta meta = {0};
    static const char told[] = "stage: {temperature: 50}\npulse: {mode: laser}\n";
    specimen.ions = (ia_ions){0}; // the state's now
    CHECK_OK(ctx, ia_meta_parse(ctx, told, strlen(told), &meta));
    s.meta = &meta;
    CHECK_OK(ctx, run_steps(ctx, &s, &chain));
    const ia_hydride *alh = hydride_named(&s.hydrogen, "AlH+");
    assert_non_null(alh);
    assert_true(alh->is_seen && alh->lo < 600 && 600 < alh->hi); // 1 % of the ions
    assert_true(alh->probability > 0.9 && alh->hidden_under.n_parts == 0);
    const ia_result *r = &ia_chain_find(&chain, "hydrogen")->result;
    char **items = column_of(r, "hydrogen_checklist", "item")->data;
    char **values = column_of(r, "hydrogen_checklist", "value")->data;
    char **sources = column_of(r, "hydrogen_checklist", "source")->data;
    size_t n = ia_result_find(r, "hydrogen_checklist")->n_rows, found = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(items[i], "base temperature") == 0) {
            assert_string_equal(values[i], "50 K");
            assert_string_equal(sources[i], "metadata");
            found++;
        }
        if (strcmp(items[i], "charging method") == 0) {
            assert_string_equal(values[i], "not given");
            assert_string_equal(sources[i], "");
            found++;
        }
        if (strcmp(items[i], "pulsing mode") == 0) {
            assert_string_equal(values[i], "laser");
            found++;
        }
    }
    assert_int_equal(found, 3);
    // What identification tells is listed, of however rare an element.
    ia_hydrogen_params p = ia_hydrogen_defaults();
    p.main_share = 1;
    CHECK_OK(ctx, ia_chain_run(ctx, &chain, &s, "hydrogen", &p));
    assert_int_equal(s.hydrogen.n_hydrides, 1);
    assert_non_null(alh = hydride_named(&s.hydrogen, "AlH+"));
    assert_true(alh->is_seen && strcmp(alh->bare.name, "Al+") == 0);
    ia_chain_clear(&chain);
    ia_state_clear(&s);
    ia_meta_clear(&meta);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

// What has no number is told apart from what is seen; what nobody tells is not listed.
static void the_checklist_parts_seen_from_undetermined(void **state)
{
    (void)state;
    ia_hydride hydrides[] = {
        {.name = "NiH+", .counts = 570, .hi = 700, .probability = 0.6, .is_seen = true},
        {.name = "FeH+",
         .counts = NAN,
         .hi = 574,
         .probability = 0.99,
         .is_undetermined = true},
        {.name = "FeD++", .hi = 9, .probability = NAN, .is_undetermined = true},
        {.name = "CrH+",
         .hi = 26,
         .probability = NAN,
         .is_undetermined = true,
         .hidden_under = ia_ion_of("Mn+")},
    };
    const ia_hydrogen h = {.hydrides = hydrides, .n_hydrides = 4};
    const ia_hydrogen_params p = ia_hydrogen_defaults();
    const ia_state s = {.meta = NULL};
    ia_ctx *ctx = ia_ctx_new();
    ia_result r = {0};
    CHECK_OK(ctx, project_hydrogen_checklist(ctx, &s, &p, &h, &r));
    char **items = column_of(&r, "hydrogen_checklist", "item")->data;
    char **values = column_of(&r, "hydrogen_checklist", "value")->data;
    size_t at = 0, n = ia_result_find(&r, "hydrogen_checklist")->n_rows;
    while (at < n && strcmp(items[at], "hydrides") != 0)
        at++;
    assert_true(at < n);
    assert_string_equal(values[at], "NiH+; FeH+ told but undetermined, at most 574 ions; "
                                    "CrH+ hidden under Mn+");
    ia_result_clear(&r);
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    static light_case c;
    static float mass[40];
    ia_ctx *ctx = ia_ctx_new();
    ia_hydrogen h = {.n_hydrides = 0};
    ia_ions ions = {.n = 40};
    ions.columns[IA_MASS] = ia_column_of(IA_F32, 1, 40, mass);
    for (size_t i = 0; i < 40; i++)
        mass[i] = 1.007f;
    set_light(&c, 400, 1);
    add_line(&c, H1, 40);
    c.input.ions = &ions;
    CHECK_STARVED(ctx, ia_hydrogen_compute(ctx, &c.input, NULL, &h),
                  assert_int_equal(h.n_windows, 20));
    ia_hydrogen_clear(&h);
    clear_light(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_documented),
        cmocka_unit_test(peaks_are_counted_above_what_lies_beside_them),
        cmocka_unit_test(a_shifted_scale_is_followed),
        cmocka_unit_test(a_single_line_is_not_parted),
        cmocka_unit_test(no_ions_give_no_hydrogen),
        cmocka_unit_test(a_reference_is_subtracted),
        cmocka_unit_test(tables_tell_all),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(hydrides_are_parted_and_the_checklist_filled),
        cmocka_unit_test(the_checklist_parts_seen_from_undetermined),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
