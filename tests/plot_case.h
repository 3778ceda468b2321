// tests/plot_case.h: a specimen with what the steps would have found, for tests of
// figures.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_PLOT_CASE_H
#define IONATLAS_TESTS_PLOT_CASE_H

#include "check.h"

// Iron and carbon in a box with a detector, with what the steps would have found.
typedef struct {
    ia_ctx *ctx;
    ia_state state;
    ia_chain chain;
} plot_case;

enum { N_IONS = 2000 };

static const char range_text[] = "[Ions]\nNumber=2\nIon1=Fe\nIon2=C\n"
                                 "[Ranges]\nNumber=2\n"
                                 "Range1=27.5 28.5 Fe:1 Color:FF0000\n"
                                 "Range2=11.9 12.1 C:1 Color:00FF00\n";

static const ia_method proxigram_method = {.name = "proxigram", .title = "distances"};
static const ia_method knn_method = {.name = "knn", .title = "neighbours"};
static const ia_method cluster_method = {.name = "cluster", .title = "clusters"};
static const ia_step_kind knn_kind = {&knn_method, NULL, NULL};
static const ia_step_kind proxigram_kind = {&proxigram_method, NULL, NULL};
static const ia_step_kind cluster_kind = {&cluster_method, NULL, NULL};

static ia_result *add_step(plot_case *c, const ia_step_kind *kind)
{
    c->chain.steps = realloc(c->chain.steps, (c->chain.n + 1) * sizeof *c->chain.steps);
    assert_non_null(c->chain.steps);
    c->chain.steps[c->chain.n] = (ia_step_record){.kind = kind};
    return &c->chain.steps[c->chain.n++].result;
}

static void add(ia_table *table, const char *name, ia_type type, const void *values)
{
    assert_int_equal(ia_table_add_copy(NULL, table, name, type, values), IA_OK);
}

static void add_results(plot_case *c)
{
    static const char *const columns[] = {"distance_nm", "observed", "null_mean",
                                          "null_lo", "null_hi"};
    static const double values[] = {0.25, 0.5, 0.75};
    static const uint64_t sizes[] = {30, 31, 31}, ks[] = {1, 2};
    static const char *const solutes[] = {"Fe", "C", "Fe"}, *const species[] = {"C", "C"};
    static const double means[] = {0.5, 1}, nulls[] = {1, 2}, sigmas[] = {0.1, 0.1};
    static const double masses[] = {19.5};
    ia_result *result = add_step(c, &knn_kind);
    ia_table *curve = ia_result_add(NULL, result, "curve_C'_{`x`}", IA_ARRAYS, 3);
    for (size_t i = 0; i < 5; i++)
        add(curve, columns[i], IA_F64, values);
    ia_table *kth = ia_result_add(NULL, result, "kth_C", IA_ARRAYS, 3);
    for (size_t i = 0; i < 5; i++)
        add(kth, columns[i], IA_F64, values);
    ia_table *peaks = ia_result_add(NULL, result, "unexplained_peaks", IA_ROWS, 1);
    add(peaks, "mass_da", IA_F64, masses);
    ia_table *tests = ia_result_add(NULL, result, "knn_tests", IA_ROWS, 2);
    add(tests, "species", IA_TEXT, species);
    add(tests, "k", IA_U64, ks);
    add(tests, "mean_distance_nm", IA_F64, means);
    add(tests, "sigma_mean_distance_nm", IA_F64, sigmas);
    add(tests, "null_mean_distance_nm", IA_F64, nulls);
    result = add_step(c, &proxigram_kind);
    ia_table *distances = ia_result_add(NULL, result, "proxigram_C", IA_ARRAYS, 3);
    add(distances, "distance_nm", IA_F64, values);
    add(distances, "at_percent", IA_F64, values);
    ia_table_add_cells(NULL, distances, "at_percent_interval95", IA_F64, 0, 2);
    result = add_step(c, &cluster_kind);
    ia_table *clusters = ia_result_add(NULL, result, "clusters", IA_ROWS, 3);
    add(clusters, "ions", IA_U64, sizes);
    add(clusters, "solute", IA_TEXT, solutes);
    static const char *const reached[] = {"place", "least_nm", "most_nm"};
    static const double in_cluster[] = {-1, 0, 0};
    static const ia_method varied = {.name = "sensitivity", .title = "settings"};
    static const ia_step_kind kind = {&varied, NULL, NULL};
    static const char *const parameters[] = {"d_max", "d_max", "n_min"};
    static const char *const numbers[] = {"value", "number_density_per_m3",
                                          "mean_radius_nm", "mean_solute_at_percent"};
    static const double used[] = {0.5, 0.5, 0.75};
    ia_table *order = ia_result_add(NULL, result, "reachability", IA_ARRAYS, 3);
    for (size_t i = 0; i < 3; i++)
        add(order, reached[i], IA_F64, values);
    add(order, "cluster", IA_F64, in_cluster);
    ia_table *rows = ia_result_add(NULL, add_step(c, &kind), "sensitivity", IA_ROWS, 3);
    add(rows, "parameter", IA_TEXT, parameters);
    add(rows, "used", IA_F64, used);
    for (size_t i = 0; i < 4; i++)
        add(rows, numbers[i], IA_F64, values);
}

// Curves against distance or counts, as the steps of this name leave them.
static void add_curves(plot_case *c, const ia_step_kind *kind, const char *name,
                       const char *const columns[5])
{
    static const double values[] = {0.25, 0.5, 0.75};
    ia_table *table = ia_result_add(NULL, add_step(c, kind), name, IA_ARRAYS, 3);
    for (size_t i = 0; i < 5; i++)
        add(table, columns[i], IA_F64, values);
}

static void add_distributions(plot_case *c)
{
    static const ia_method rdf = {.name = "rdf", .title = "pairs"};
    static const ia_method frequency = {.name = "frequency", .title = "blocks"};
    static const ia_method correlation = {.name = "correlation", .title = "gamma"};
    static const ia_step_kind kinds[] = {
        {&rdf, NULL, NULL}, {&frequency, NULL, NULL}, {&correlation, NULL, NULL}};
    add_curves(c, &kinds[0], "rdf_C",
               (const char *const[]){"r_nm", "g_over_null", "sigma_g_over_null",
                                     "null_lo", "null_hi"});
    add_curves(
        c, &kinds[2], "gamma_C",
        (const char *const[]){"r_nm", "gamma", "sigma_gamma", "null_lo", "null_hi"});
    add_curves(c, &kinds[1], "counts_C_50",
               (const char *const[]){"solute_ions", "observed", "binomial", "null_lo",
                                     "null_hi"});
}

static double *numbers(size_t n, double first, double step)
{
    double *values = calloc(n, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = first + step * (double)i;
    return values;
}

// A peak at 28 Da, a bowl of three by three cells, a curve of four voltages.
static void add_calibration(ia_calibration *c)
{
    enum { BINS = 4000, CELLS = 3, VOLTS = 4 };
    c->after = (ia_spectrum){.bin = 0.01, .n_bins = BINS};
    c->before = c->after;
    c->after.counts = calloc(BINS, sizeof(uint64_t));
    c->before.counts = calloc(BINS, sizeof(uint64_t));
    c->after.counts[2800] = 700;
    c->before.counts[2790] = c->before.counts[2810] = 350;
    c->peaks = calloc(1, sizeof *c->peaks);
    c->peaks[0] = (ia_calibrated_peak){.mass = 28, .counts = 700};
    c->n_peaks = 1;
    c->from_times = true;
    c->bowl = (ia_bowl){.cells = {CELLS, CELLS}, .origin = {-3, -3}, .step = 2};
    c->bowl.psi = numbers(CELLS * CELLS, 0.99, 0.002);
    c->bowl.psi[0] = NAN;
    c->n_coefficients = 2;
    c->voltage.n = VOLTS;
    c->voltage.at = numbers(VOLTS, 4000, 500);
    c->voltage.factor = numbers(VOLTS, 0.998, 0.001);
    c->voltage.sigma = numbers(VOLTS, 1e-4, 0);
}

static void set_case(plot_case *c)
{
    static const char *const steps[] = {"read", "spectrum", "range", "multihit"};
    *c = (plot_case){.ctx = ia_ctx_new()};
    unsigned columns = 1u << IA_XYZ | 1u << IA_MASS | 1u << IA_DET_XY | 1u << IA_TOF |
                       1u << IA_MULTIPLICITY;
    CHECK_OK(c->ctx, ia_ions_new(NULL, N_IONS, columns, &c->state.ions));
    float *xyz = ia_ions_values(&c->state.ions, IA_XYZ);
    float *mass = ia_ions_values(&c->state.ions, IA_MASS);
    float *hits = ia_ions_values(&c->state.ions, IA_DET_XY);
    float *times = ia_ions_values(&c->state.ions, IA_TOF);
    uint32_t *multiples = ia_ions_values(&c->state.ions, IA_MULTIPLICITY);
    for (size_t i = 0; i < N_IONS; i++) {
        times[i] = i % 4 == 0 ? 100.0f : 200.0f;
        multiples[i] = i % 4 == 0 ? 2 : i % 4 == 1 ? 0 : 1; // half of the ions in pairs
        mass[i] = i % 10 == 0 ? 12.0f : i % 10 == 1 ? 19.5f : 28.0f;
        for (size_t axis = 0; axis < 3; axis++)
            xyz[3 * i + axis] = (float)(i * (7 + axis) % 100);
        for (size_t axis = 0; axis < 2; axis++)
            hits[2 * i + axis] = (float)(i * (3 + axis) % 60);
    }
    c->state.ranges_file = ia_source_of(range_text, strlen(range_text));
    for (size_t i = 0; i < 4; i++)
        CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, steps[i], NULL));
    ia_axis_profile_params profile = ia_axis_profile_defaults();
    profile.profile_bin = 20;
    profile.map = IA_MAP_XZ;
    profile.map_bin = 50;
    CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, "profile", &profile));
    ia_volume_params field = ia_volume_defaults();
    field.kernel = IA_KERNEL_TWO_PASS;
    field.voxel = 20;
    CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, "field", &field));
    ia_surface_params surface = ia_surface_defaults();
    surface.threshold = 1;
    surface.sensitivity = true;
    surface.n_null = 0;
    CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, "isosurface", &surface));
    add_results(c);
    add_distributions(c);
    add_calibration(&c->state.calibration);
}

static void clear_case(plot_case *c)
{
    ia_chain_clear(&c->chain);
    ia_state_clear(&c->state);
    ia_ctx_free(c->ctx);
}

// The figure's file as a text, freed with free().
static char *drawn(plot_case *c, const char *figure, const char *ending)
{
    char path[300];
    size_t n;
    snprintf(path, sizeof path, "%s.%s", scratch(figure), ending);
    CHECK_OK(c->ctx, ia_plot(c->ctx, &c->state, &c->chain, figure, path));
    char *text = (char *)read_bytes(path, &n);
    text[n] = 0;
    unlink(path);
    return text;
}

static void check_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in %.2000s", part, text);
}

#endif
