// tests/unit/test_report_plot.c: static figures hold the numbers, and say what is
// missing.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot_case.h"

static void the_spectrum_names_its_ions(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *text = drawn(&c, "spectrum", "gp");
    check_holds(text, "'Fe^{2+}'");
    check_holds(text, "'C^{+}'");
    check_holds(text, "rect from 27.5, graph 0 to 28.5, graph 1 fc rgb '#0072b2'");
    check_holds(text, "rect from 11.9, graph 0 to 12.1, graph 1 fc rgb '#d55e00'");
    char peak[64], other[64];
    snprintf(peak, sizeof peak, "%.10g %d %u\n", 28.01, N_IONS * 8 / 10, 0x0072B2u);
    snprintf(other, sizeof other, "\n%.10g %g\n", 19.5, 1.6 * N_IONS / 10);
    check_holds(text, peak);
    check_holds(text, other); // the mark of the unexplained peak
    free(text);
    clear_case(&c);
}

// The doubly charged ions of CoCrNi to scale: cobalt between two isotopes of nickel, all
// within the width of a name.
static void the_highest_peak_of_each_ion_is_named(void **unused)
{
    (void)unused;
    static const char ranges[] = "[Ions]\nNumber=2\nIon1=Ni\nIon2=Co\n"
                                 "[Ranges]\nNumber=4\n"
                                 "Range1=28.9 29.1 Ni:1 Color:FF0000\n"
                                 "Range2=29.4 29.6 Co:1 Color:00FF00\n"
                                 "Range3=29.9 30.1 Ni:1 Color:FF0000\n"
                                 "Range4=61.9 62.1 Ni:1 Color:FF0000\n";
    static const float places[] = {28.97f, 29.47f, 29.97f, 62};
    static const size_t ends[] = {650, 1680, 1960, 2000};
    plot_case c = {.ctx = ia_ctx_new()};
    CHECK_OK(c.ctx, ia_ions_new(NULL, 2000, 1u << IA_MASS, &c.state.ions));
    float *mass = ia_ions_values(&c.state.ions, IA_MASS);
    for (size_t i = 0, k = 0; i < 2000; i++) {
        k += i >= ends[k];
        mass[i] = places[k];
    }
    c.state.ranges_file = ia_source_of(ranges, strlen(ranges));
    CHECK_OK(c.ctx, ia_chain_run(c.ctx, &c.chain, &c.state, "read", NULL));
    CHECK_OK(c.ctx, ia_chain_run(c.ctx, &c.chain, &c.state, "spectrum", NULL));
    CHECK_OK(c.ctx, ia_chain_run(c.ctx, &c.chain, &c.state, "range", NULL));
    char *text = drawn(&c, "spectrum", "gp");
    check_holds(text, "set label 'Co^{2+}' at 29.");
    check_holds(text, "set label 'Ni^{2+}' at 28.");
    free(text);
    clear_case(&c);
}

// Sum of the whole numbers of a block of data.
static double block_sum(const char *text, const char *name)
{
    const char *from = strstr(text, name);
    assert_non_null(from);
    from += strlen(name);
    double sum = 0;
    for (char *end; strncmp(from, "END", 3) != 0; from = end + 1) {
        sum += strtod(from, &end);
        assert_true(end > from);
    }
    return sum;
}

static void maps_hold_every_ion(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *planes = drawn(&c, "projections", "gp"), *hits = drawn(&c, "hitmap", "gp");
    assert_true(block_sum(planes, "$xy << END\n") == N_IONS);
    assert_true(block_sum(planes, "$xz << END\n") == N_IONS);
    assert_true(block_sum(planes, "$yz << END\n") == N_IONS);
    assert_true(block_sum(hits, "$xy << END\n") == N_IONS);
    free(hits);
    free(planes);
    clear_case(&c);
}

static void curves_and_sizes_are_drawn(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *curves = drawn(&c, "knn", "gp"), *sizes = drawn(&c, "clusters", "gp");
    check_holds(curves, "0.25 0.25 0.25 0.25 0.25\n0.5 0.5");
    check_holds(curves, "set title 'C    x  '");    // nothing that gnuplot would act on
    check_holds(sizes, "30.5 1 1 1\n31.5 1 1 2\n"); // Fe, and C on it
    check_holds(sizes, "set ytics 1\n");
    check_holds(sizes, "using 1:4:2 with boxes lc rgb '#d55e00' title 'C'");
    check_holds(sizes, "using 1:3:2 with boxes lc rgb '#0072b2' title 'Fe'");
    free(sizes);
    free(curves);
    clear_case(&c);
}

static void reachability_shows_clusters(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *text = drawn(&c, "reachability", "gp");
    check_holds(text, "0.25 0.25 0\n0.5 0.5 1\n0.75 0.75 1\n");
    check_holds(text, "title 'in clusters'");
    free(text);
    clear_case(&c);
}

static void parameters_have_a_panel_each(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *text = drawn(&c, "sensitivity", "gp");
    check_holds(text, "multiplot layout 1,2");
    check_holds(text, "0.25 0.5 0.5 0.5\n0.5 1 1 1\n"); // over those with the value used
    check_holds(text, "0.75 1 1 1\n");
    check_holds(text, "set xlabel 'n min'");
    free(text);
    clear_case(&c);
}

static void ratios_have_their_errors(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *text = drawn(&c, "knn-k", "gp");
    check_holds(text, "1 0.5 0.1 1 1\n2 0.5 0.05 1 1\n");
    check_holds(text, "yerrorbars");
    check_holds(text, "title 'C'");
    free(text);
    clear_case(&c);
}

// Sum of the second column of a block of data.
static double second_sum(const char *text, const char *name)
{
    const char *from = strstr(text, name);
    assert_non_null(from);
    double sum = 0, x, y;
    for (from = strchr(from, '\n') + 1; sscanf(from, "%lf %lf", &x, &y) == 2;
         from = strchr(from, '\n') + 1)
        sum += y > 0.5 ? y : 0;
    return sum;
}

static void raw_inputs_have_their_figures(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *times = drawn(&c, "tof", "gp"), *multiples = drawn(&c, "multiplicity", "gp");
    assert_true(second_sum(times, "$times") == N_IONS);
    check_holds(multiples, "1 50 \"1\"\n2 50 \"2\"\n");
    free(multiples);
    free(times);
    clear_case(&c);
}

static void pairs_of_one_pulse_are_drawn(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *text = drawn(&c, "saxey", "gp"), *line = strstr(text, "$pairs << END\n");
    double x, y, n, pairs = 0;
    assert_non_null(line);
    for (line = strchr(line, '\n') + 1; strncmp(line, "END", 3) != 0;
         line = strchr(line, '\n') + 1)
        if (sscanf(line, "%lf %lf %lf", &x, &y, &n) == 3 && x <= y && n > 0)
            pairs += n;
    assert_true(pairs == N_IONS / 4);
    check_holds(text, "against chance");
    free(text);
    clear_case(&c);
}

// Lines of the blocks of ions.
static size_t count_points(const char *text)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, "$ions")) && strstr(at, "<< END\n");) {
        at = strstr(at, "<< END\n");
        for (at = strchr(at, '\n') + 1; strncmp(at, "END", 3) != 0; n++)
            at = strchr(at, '\n') + 1;
    }
    return n;
}

static void the_cloud_shows_named_ions(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *all = drawn(&c, "cloud", "gp"), *carbon = drawn(&c, "cloud:C", "gp");
    assert_int_equal(count_points(all), N_IONS * 9 / 10);
    assert_int_equal(count_points(carbon), N_IONS / 10);
    check_holds(all, "'Fe^{2+}'");
    assert_null(strstr(carbon, "'Fe^{2+}'"));
    free(carbon);
    free(all);
    clear_case(&c);
}

static void a_calibration_is_drawn(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *text = drawn(&c, "calibration", "gp");
    assert_true(strstr(text, "$after << END") && strstr(text, "28.005 700\n"));
    check_holds(text, "-2 -2 NaN\n"); // no ion hit there
    check_holds(text, "0 -2 -0.8\n");
    check_holds(text, "4500 -0.1 -0.12 -0.08\n");
    assert_null(strstr(text, "$drift")); // there is none
    free(text);
    clear_case(&c);
}

static void an_element_may_be_projected_alone(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    char *carbon = drawn(&c, "projections:C", "gp");
    assert_true(block_sum(carbon, "$xy << END\n") == N_IONS / 10);
    check_holds(carbon, "'C per nm^2'");
    free(carbon);
    static const char *const wrong[] = {"projections:W", "projections:'", "cloud:W",
                                        "cloud:"};
    for (size_t i = 0; i < 4; i++)
        CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, wrong[i], scratch("a.gp")),
                    IA_ERR_EMPTY, "no ranged ion");
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "knn:C", scratch("a.gp")),
                IA_ERR_PARAM, "of all elements");
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "kn", scratch("a.gp")),
                IA_ERR_PARAM, "'kn'");
    clear_case(&c);
}

// Figures of steps that the case has not: test_report_crystal.c has them.
// A map of 8 by 8 cells and two poles, of which one shows planes 1 % too wide.
static void add_evidence(ia_state *state)
{
    enum { CELLS = 8, BINS = 20 };
    ia_hitmap *map = &state->hitmap;
    ia_projection_evidence *e = &state->evidence;
    *map = (ia_hitmap){.cells = CELLS, .cell = 8, .radius = 32};
    map->counts = calloc((size_t)CELLS * CELLS, sizeof(double));
    map->values[IA_MAP_DENSITY] = calloc((size_t)CELLS * CELLS, sizeof(double));
    for (size_t i = 0; i < (size_t)CELLS * CELLS; i++)
        map->values[IA_MAP_DENSITY][i] = (double)(i % 5);
    strcpy(e->crystal, "fcc:0.405");
    e->poles = calloc(2, sizeof *e->poles);
    e->n = 2;
    e->poles[0] = (ia_pole_evidence){.hkl = {0, 2, 4},
                                     .seen = {20, 0},
                                     .foretold = {20.4, 0.3},
                                     .off_axis = 26.6,
                                     .spacing = NAN,
                                     .sigma_spacing = NAN,
                                     .expected = 0.0906};
    e->poles[1] = (ia_pole_evidence){.hkl = {1, 1, -3},
                                     .seen = {0, 5},
                                     .foretold = {0, 4.7},
                                     .off_axis = 6,
                                     .spacing = 0.12333,
                                     .sigma_spacing = 0.0002,
                                     .expected = 0.12211,
                                     .n_bins = BINS,
                                     .reach = 1.5};
    double *values = calloc(3 * BINS, sizeof *values);
    e->poles[1].pairs = values;
    e->poles[1].random = values + BINS;
    e->poles[1].fit = values + 2 * BINS;
    for (size_t b = 0; b < 3 * BINS; b++)
        values[b] = 100 + (double)(b % 2);
}

// Drawn where gnuplot is there, it has these words.
static void check_picture(plot_case *c, const char *figure, const char *words)
{
    if (system("gnuplot --version >/dev/null 2>&1") != 0)
        return;
    char *text = drawn(c, figure, "svg");
    check_holds(text, words);
    free(text);
}

static void poles_are_evidence(void **unused)
{
    (void)unused;
    plot_case c = {.ctx = ia_ctx_new()};
    add_evidence(&c.state);
    char *text = drawn(&c, "evidence", "gp");
    check_holds(text, "poles: 0.41 mm (rms) from where fcc:0.405 has them");
    check_holds(text, "20 0 20.4 0.3\n0 5 0 4.7\n");
    check_holds(text, "6 1.00999 0.00164 \"113\xcc\x85\"");
    check_holds(text, "title 'foretold'");
    free(text);
    check_picture(&c, "evidence", "found over expected spacing");
    CHECK_STARVED(c.ctx,
                  ia_plot(c.ctx, &c.state, &c.chain, "evidence", scratch("starved.gp")),
                  unlink(scratch("starved.gp")));
    clear_case(&c);
}

// Four parts, of which one is left out.
static void parts_have_their_constants(void **unused)
{
    (void)unused;
    plot_case c = {.ctx = ia_ctx_new()};
    ia_projection_drift *d = &c.state.fit_drift;
    *d = (ia_projection_drift){.n = 4, .n_fitted = 3};
    for (size_t k = 0; k < d->n; k++)
        d->parts[k] = (ia_fit_part){.depth = {2 * (double)k, 2 * (double)k + 2},
                                    .is_fitted = k != 1,
                                    .icf = 1.6 + 0.01 * (double)k,
                                    .sigma_icf = 0.002,
                                    .kf = 3.25,
                                    .sigma_kf = 0.005,
                                    .centre = {0.5, -0.25},
                                    .sigma_centre = {0.05, 0.06}};
    d->icf = (ia_drift_test){40, 2, 0.0001, true};
    d->kf = (ia_drift_test){1, 2, 0.6, false};
    d->centre = (ia_drift_test){NAN, NAN, NAN, false};
    char *text = drawn(&c, "constants", "gp");
    check_holds(text, "1 1.6 0.002 3.25 0.005 0.5 0.05 -0.25 0.06\n5 1.62 0.002");
    check_holds(text, "changes: p = 0.0001");
    check_holds(text, "no change is seen: p = 0.6");
    check_holds(text, "not tested");
    free(text);
    check_picture(&c, "constants", "depth (nm)");
    clear_case(&c);
}

// Three windows of five ions each; depths where the ions have different ones.
static void drift_is_drawn_against_the_run(void **unused)
{
    (void)unused;
    plot_case c = {.ctx = ia_ctx_new()};
    ia_drift *d = &c.state.drift;
    CHECK_OK(c.ctx, ia_ions_new(c.ctx, 15, 1U << IA_XYZ, &c.state.ions));
    float *xyz = ia_ions_values(&c.state.ions, IA_XYZ);
    for (size_t i = 0; i < 15; i++)
        xyz[3 * i + 2] = (float)i; // means 2, 7 and 12
    d->n = 3;
    d->windows = calloc(d->n, sizeof *d->windows);
    for (size_t w = 0; w < d->n; w++)
        d->windows[w] = (ia_drift_window){.from = (double)w / 3,
                                          .to = (double)(w + 1) / 3,
                                          .shift = {0.5 * (double)w, 0.25 * (double)w},
                                          .sigma = 0.125,
                                          .correlation = 0.9};
    char *text = drawn(&c, "drift", "gp");
    check_holds(text, "0.166667 0 0.333333 0 0 0\n"); // itself: no error
    check_holds(text, "0.833333 0.666667 1 1 0.5 0.125\n");
    check_holds(text, "set x2tics ('2' 0.166667, '7' 0.5, '12' 0.833333)");
    free(text);
    check_picture(&c, "drift", "shift from the first window (mm)");
    CHECK_STARVED(c.ctx,
                  ia_plot(c.ctx, &c.state, &c.chain, "drift", scratch("starved.gp")),
                  unlink(scratch("starved.gp")));
    memset(xyz, 0, 45 * sizeof *xyz); // one depth is none
    text = drawn(&c, "drift", "gp");
    assert_null(strstr(text, "x2tics"));
    free(text);
    d->n = 1;
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "drift", scratch("a.gp")),
                IA_ERR_EMPTY, "two windows");
    clear_case(&c);
}

static bool needs_a_lattice(const char *figure)
{
    static const char *const names[] = {"sdm",      "planes",    "regions",
                                        "fourier",  "maps",      "poles",
                                        "evidence", "constants", "drift"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(figure, names[i]) == 0)
            return true;
    return false;
}

static void gnuplot_draws_each_figure(void **unused)
{
    (void)unused;
    if (system("gnuplot --version > /dev/null 2>&1") != 0) {
        print_message("gnuplot is not installed: figures are not drawn\n");
        skip();
    }
    plot_case c;
    set_case(&c);
    for (size_t i = 0; ia_figure_name(i); i++) {
        if (needs_a_lattice(ia_figure_name(i)))
            continue;
        char *svg = drawn(&c, ia_figure_name(i), "svg");
        check_holds(svg, "</svg>");
        free(svg);
        char *pdf = drawn(&c, ia_figure_name(i), "pdf");
        assert_memory_equal(pdf, "%PDF", 4);
        free(pdf);
    }
    clear_case(&c);
}

static void what_cannot_be_drawn_is_told(void **unused)
{
    (void)unused;
    plot_case c;
    ia_state empty = {0};
    set_case(&c);
    static const char *const sentences[][2] = {
        {"spectrum", "holds no ions"},
        {"projections", "no positions"},
        {"hitmap", "no detector"},
        {"knn", "no distances"},
        {"knn-kth", "no distances"},
        {"clusters", "not looked for"},
        {"reachability", "OPTICS"},
        {"sensitivity", "--sensitivity"},
        {"knn-k", "no distances"},
        {"tof", "no times of flight"},
        {"multiplicity", "came together"},
        {"calibration", "not calibrated"},
        {"cloud", "no positions"},
        {"saxey", "came together"},
        {"profile", "no profile"},
        {"ladder", "no profile"},
        {"map", "no map"},
        {"rdf", "no pairs"},
        {"correlation", "no correlation"},
        {"frequency", "no frequencies"},
        {"field", "no field"},
        {"surface", "no iso-surface"},
        {"sdm", "no pairs"},
        {"planes", "nothing to draw"},
        {"regions", "nothing to draw"},
        {"fourier", "no structure factor"},
        {"maps", "nothing to draw"},
        {"drift", "nothing to draw"},
        {"poles", "nothing to draw"},
        {"evidence", "without --crystal"},
        {"constants", "--fit-parts"},
        {"proxigram", "no distances"},
    };
    enum { N = sizeof sentences / sizeof sentences[0] };
    for (size_t i = 0; i < N; i++) {
        assert_string_equal(ia_figure_name(i), sentences[i][0]);
        CHECK_FAILS(c.ctx, ia_plot(c.ctx, &empty, NULL, sentences[i][0], scratch("a.gp")),
                    IA_ERR_EMPTY, sentences[i][1]);
    }
    assert_null(ia_figure_name(N));
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "pie", scratch("a.gp")),
                IA_ERR_PARAM, "'pie'");
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "spectrum", scratch("a.bmp")),
                IA_ERR_PARAM, ".svg");
    CHECK_FAILS(c.ctx,
                ia_plot(c.ctx, &c.state, &c.chain, "spectrum", "/nonexistent/a.gp"),
                IA_ERR_IO, "/nonexistent");
    assert_int_equal(access(scratch("a.gp"), F_OK), -1);
    clear_case(&c);
}

static void ions_at_one_place_make_no_map(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    for (size_t axis = 0; axis < 3; axis++)
        c.state.survey.bounds[axis][1] = c.state.survey.bounds[axis][0];
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "projections", scratch("a.gp")),
                IA_ERR_EMPTY, "no extent");
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "cloud", scratch("a.gp")),
                IA_ERR_EMPTY, "no extent");
    clear_case(&c);
}

static void no_significant_clusters_no_figure(void **unused)
{
    (void)unused;
    plot_case c = {.ctx = ia_ctx_new()};
    ia_result_add(NULL, add_step(&c, &cluster_kind), "clusters", IA_ROWS, 0);
    CHECK_FAILS(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "clusters", scratch("a.gp")),
                IA_ERR_EMPTY, "no significant clustering");
    clear_case(&c);
}

static void short_memory_leaves_the_old_figure(void **unused)
{
    (void)unused;
    plot_case c;
    set_case(&c);
    for (size_t i = 0; ia_figure_name(i); i++) {
        if (needs_a_lattice(ia_figure_name(i)))
            continue;
        CHECK_STARVED(
            c.ctx,
            ia_plot(c.ctx, &c.state, &c.chain, ia_figure_name(i), scratch("starved.gp")),
            unlink(scratch("starved.gp")));
    }
    clear_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spectrum_names_its_ions),
        cmocka_unit_test(the_highest_peak_of_each_ion_is_named),
        cmocka_unit_test(poles_are_evidence),
        cmocka_unit_test(parts_have_their_constants),
        cmocka_unit_test(drift_is_drawn_against_the_run),
        cmocka_unit_test(maps_hold_every_ion),
        cmocka_unit_test(curves_and_sizes_are_drawn),
        cmocka_unit_test(reachability_shows_clusters),
        cmocka_unit_test(parameters_have_a_panel_each),
        cmocka_unit_test(ratios_have_their_errors),
        cmocka_unit_test(raw_inputs_have_their_figures),
        cmocka_unit_test(pairs_of_one_pulse_are_drawn),
        cmocka_unit_test(the_cloud_shows_named_ions),
        cmocka_unit_test(a_calibration_is_drawn),
        cmocka_unit_test(an_element_may_be_projected_alone),
        cmocka_unit_test(gnuplot_draws_each_figure),
        cmocka_unit_test(what_cannot_be_drawn_is_told),
        cmocka_unit_test(ions_at_one_place_make_no_map),
        cmocka_unit_test(no_significant_clusters_no_figure),
        cmocka_unit_test(short_memory_leaves_the_old_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
