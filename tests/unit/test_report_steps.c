// tests/unit/test_report_steps.c: what steps found, the ions of the view and ions per
// pulse reach the report.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "report/report_internal.h"

#include <openssl/evp.h>

// A chain whose steps were not run but filled by hand.
typedef struct {
    ia_ctx *ctx;
    ia_state state;
    ia_chain chain;
} step_case;

typedef struct {
    double distance;
} fake_params;
static const ia_field fake_fields[] = {
    IA_FIELD(IA_F64, fake_params, distance, "nm", 1, 0, 10, "some distance")};
static const ia_method fake_knn =
    IA_METHOD("knn", "neighbours", fake_params, fake_fields);
static const ia_method fake_cluster =
    IA_METHOD("cluster", "clusters", fake_params, fake_fields);
static const ia_method fake_quality =
    IA_METHOD("quality", "marks", fake_params, fake_fields);

static int32_t labels[400000];

static ia_column fake_labels(const ia_state *state, const char **name)
{
    *name = "labels";
    return ia_column_of(IA_I32, 1, state->ions.n, labels);
}

static const ia_step_kind knn_kind = {&fake_knn, NULL, NULL};
static const ia_step_kind cluster_kind = {&fake_cluster, NULL, fake_labels};
static const ia_step_kind quality_kind = {&fake_quality, NULL, NULL};

static ia_result *add_step(step_case *c, const ia_step_kind *kind)
{
    c->chain.steps = realloc(c->chain.steps, (c->chain.n + 1) * sizeof *c->chain.steps);
    assert_non_null(c->chain.steps);
    c->chain.steps[c->chain.n] = (ia_step_record){.kind = kind};
    return &c->chain.steps[c->chain.n++].result;
}

static void clear_case(step_case *c)
{
    ia_chain_clear(&c->chain);
    ia_state_clear(&c->state);
    ia_ctx_free(c->ctx);
}

static json_t *at(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("no %s", key);
    return value;
}

static json_int_t count_at(const json_t *object, const char *key)
{
    assert_true(json_is_integer(at(object, key)));
    return json_integer_value(at(object, key));
}

static json_t *data_of(step_case *c)
{
    report_input in = {.state = &c->state, .chain = &c->chain};
    json_t *data = NULL;
    CHECK_OK(c->ctx, report_data(c->ctx, &in, &data));
    return data;
}

static void add_column(ia_table *table, const char *name, ia_type type,
                       const void *values)
{
    assert_int_equal(ia_table_add_copy(NULL, table, name, type, values), IA_OK);
}

static void neighbours_come_with_their_curves(void **unused)
{
    (void)unused;
    step_case c = {.ctx = ia_ctx_new()};
    ia_result *result = add_step(&c, &knn_kind);
    ia_table *tests = ia_result_add(c.ctx, result, "knn_tests", IA_ROWS, 2);
    add_column(tests, "species", IA_TEXT, (const char *const[]){"Cu", "Mn"});
    add_column(tests, "p_value", IA_F64, (const double[]){0.01, NAN});
    ia_table *curve = ia_result_add(c.ctx, result, "curve_Cu", IA_ARRAYS, 3);
    add_column(curve, "observed", IA_F64, (const double[]){1, 2, 4});
    json_t *data = data_of(&c), *n = at(data, "neighbours");
    assert_int_equal(json_array_size(at(n, "tests")), 2);
    assert_true(json_is_null(at(json_array_get(at(n, "tests"), 1), "p_value")));
    json_t *first = json_array_get(at(n, "curves"), 0);
    assert_string_equal(json_string_value(at(first, "species")), "Cu");
    assert_true(json_number_value(json_array_get(at(first, "observed"), 2)) == 4);
    json_decref(data);
    clear_case(&c);
}

static void add_clusters(step_case *c, size_t n)
{
    ia_result *result = add_step(c, &cluster_kind);
    ia_table *facts = ia_result_add(c->ctx, result, "clustering", IA_SCALARS, 1);
    assert_int_equal(ia_table_add_text(c->ctx, facts, "method", "by hand"), IA_OK);
    ia_table *null = ia_result_add(c->ctx, result, "null", IA_OBJECT, 1);
    assert_int_equal(ia_table_add_f64(c->ctx, null, "p_value", 0.02), IA_OK);
    ia_table *tests = ia_result_add(c->ctx, result, "tests", IA_ROWS, 1);
    add_column(tests, "element", IA_TEXT, (const char *const[]){"Cu"});
    add_column(tests, "significant", IA_BOOL, (const bool[]){true});
    ia_table *clusters = ia_result_add(c->ctx, result, "clusters", IA_ROWS, n);
    uint64_t *ions = ia_table_add(c->ctx, clusters, "ions", IA_U64);
    double *centre = ia_table_add_cells(c->ctx, clusters, "centre_nm", IA_F64, 0, 3);
    assert_true(ions && centre);
    for (size_t i = 0; i < n; i++) {
        ions[i] = 1000 - i;
        centre[3 * i + 2] = (double)i;
    }
}

static void the_first_clusters_and_the_count_of_all(void **unused)
{
    (void)unused;
    step_case c = {.ctx = ia_ctx_new()};
    add_clusters(&c, 250);
    json_t *data = data_of(&c), *clusters = at(data, "clusters"), *count;
    assert_int_equal(count_at(clusters, "n_clusters"), 250);
    assert_int_equal(json_array_size(at(clusters, "clusters")), 200);
    json_t *last = json_array_get(at(clusters, "clusters"), 199);
    assert_int_equal(count_at(last, "number"), 200);
    assert_int_equal(count_at(last, "ions"), 801);
    assert_true(json_number_value(json_array_get(at(last, "centre_nm"), 2)) == 199);
    assert_string_equal(json_string_value(at(clusters, "method")), "by hand");
    assert_true(json_number_value(at(at(clusters, "null"), "p_value")) == 0.02);
    json_int_t sum = 0;
    size_t i;
    json_array_foreach(at(at(clusters, "sizes"), "clusters"), i, count) sum +=
        json_integer_value(count);
    assert_int_equal(sum, 250);
    json_decref(data);
    clear_case(&c);
}

// Sizes that the bins must hold, and the width that fits them best.
static void check_sizes(const uint64_t *ions, size_t n, uint64_t width)
{
    ia_result result = {0};
    ia_table *table = ia_result_add(NULL, &result, "clusters", IA_ROWS, n);
    add_column(table, "ions", IA_U64, ions);
    report_sizes sizes = report_sizes_of(table);
    assert_in_range(sizes.n, 1, REPORT_SIZES_MAX);
    for (size_t b = 0; b < sizes.n; b++) {
        uint64_t inside = 0;
        assert_int_equal(sizes.edges[b + 1] - sizes.edges[b], width);
        for (size_t i = 0; i < n; i++)
            inside += ions[i] >= sizes.edges[b] && ions[i] < sizes.edges[b + 1];
        assert_int_equal(sizes.clusters[b], inside);
    }
    assert_true(sizes.edges[0] <= ions[0] && sizes.edges[sizes.n] > ions[n - 1]);
    ia_result_clear(&result);
}

static void sizes_of_clusters_fall_into_round_bins(void **unused)
{
    (void)unused;
    check_sizes((const uint64_t[]){7}, 1, 1);
    check_sizes((const uint64_t[]){5, 5, 6, 43}, 4, 1);
    check_sizes((const uint64_t[]){5, 6, 45}, 3, 2); // 41 whole numbers: one too many
    check_sizes((const uint64_t[]){199, 399}, 2, 10);
    check_sizes((const uint64_t[]){12, 1000000}, 2, 50000);
    check_sizes((const uint64_t[]){0, UINT64_C(800000000000000000)}, 2,
                UINT64_C(50000000000000000));
}

static void sizes_are_told_by_solute(void **unused)
{
    (void)unused;
    enum { N = 12 };
    static const uint64_t ions[N] = {1, 1, 2, 3, 3, 3, 4, 5, 5, 5, 6, 7};
    static const char *const solutes[N] = {"Cu", "Si", "Cu", "a", "b", "c",
                                           "d",  "e",  "f",  "g", "h", "Cu"};
    ia_result result = {0};
    ia_table *table = ia_result_add(NULL, &result, "clusters", IA_ROWS, N);
    add_column(table, "solute", IA_TEXT, solutes);
    add_column(table, "ions", IA_U64, ions);
    report_sizes sizes = report_sizes_of(table);
    assert_int_equal(sizes.n_parts, REPORT_SOLUTES_MAX);
    assert_string_equal(sizes.parts[0].solute, "Cu");
    assert_string_equal(sizes.parts[1].solute, "Si");
    assert_string_equal(sizes.parts[REPORT_SOLUTES_MAX - 1].solute, "others");
    assert_int_equal(sizes.parts[0].clusters[0], 1);
    assert_int_equal(sizes.parts[0].clusters[6], 1);
    for (size_t b = 0; b < sizes.n; b++) {
        uint64_t sum = 0;
        for (size_t p = 0; p < sizes.n_parts; p++)
            sum += sizes.parts[p].clusters[b];
        assert_int_equal(sum, sizes.clusters[b]);
    }
    ia_result_clear(&result);
}

static void marks_and_probabilities_reach_the_page(void **unused)
{
    (void)unused;
    step_case c = {.ctx = ia_ctx_new()};
    ia_result *result = add_step(&c, &quality_kind);
    ia_table *marks = ia_result_add(c.ctx, result, "quality", IA_KEYED, 1);
    add_column(marks, "mark", IA_TEXT, (const char *const[]){"resolving_power"});
    add_column(marks, "verdict", IA_TEXT, (const char *const[]){"fair"});
    ia_table *ranges = ia_result_add(c.ctx, result, "ranges", IA_ROWS, 2);
    add_column(ranges, "lo_da", IA_F64, (const double[]){11.9, 27.8});
    add_column(ranges, "probability", IA_F64, (const double[]){0.75, 0.99});
    ia_table *peaks = ia_result_add(c.ctx, result, "unexplained_peaks", IA_ROWS, 1);
    add_column(peaks, "mass_da", IA_F64, (const double[]){33.25});
    report_input in = {.state = &c.state, .chain = &c.chain};
    assert_true(report_probability(&in, 0, 27.8, 28.2) == 0.99);
    assert_true(isnan(report_probability(&in, 0, 40, 41)));
    json_t *data = data_of(&c);
    json_t *mark = json_array_get(at(data, "quality"), 0);
    assert_string_equal(json_string_value(at(mark, "mark")), "resolving_power");
    assert_int_equal(count_at(at(data, "peaks"), "n_unexplained"), 1);
    assert_true(json_is_null(at(data, "clusters")));
    assert_true(json_is_null(at(data, "neighbours")));
    json_decref(data);
    clear_case(&c);
}

// Ions whose x and y tell their number: x counts to 1000, then y goes up.
static void tables_are_shown_as_they_are(void **unused)
{
    static const ia_method fake_identify =
        IA_METHOD("identify", "ions", fake_params, fake_fields);
    static const ia_step_kind identify_kind = {&fake_identify, NULL, NULL};
    step_case c = {.ctx = ia_ctx_new()};
    (void)unused;
    ia_result *result = add_step(&c, &identify_kind);
    const char *ions[] = {"Fe++", "C+"};
    double counts[] = {900, NAN};
    ia_table *table = ia_result_add(c.ctx, result, "ions", IA_ROWS, 2);
    add_column(table, "ion", IA_TEXT, ions);
    add_column(table, "counts", IA_F64, counts);
    assert_non_null(ia_result_add(c.ctx, result, "isotopes", IA_ROWS, 0));
    json_t *data = data_of(&c), *findings = at(data, "findings");
    assert_int_equal(json_array_size(findings), 1); // not the one without rows
    json_t *first = json_array_get(findings, 0);
    assert_string_equal(json_string_value(at(first, "section")), "identification");
    assert_int_equal(count_at(first, "n_rows"), 2);
    assert_string_equal(json_string_value(json_array_get(at(first, "columns"), 1)),
                        "counts");
    json_t *row = json_array_get(at(first, "rows"), 0);
    assert_true(json_number_value(at(row, "counts")) == 900);
    assert_true(json_is_null(at(json_array_get(at(first, "rows"), 1), "counts")));
    json_decref(data);
    clear_case(&c);
}

static void fill_cloud(step_case *c, size_t n, const char *ranges)
{
    assert_int_equal(ia_ions_new(NULL, n, 1u << IA_XYZ | 1u << IA_MASS, &c->state.ions),
                     IA_OK);
    float *xyz = ia_ions_values(&c->state.ions, IA_XYZ);
    float *mass = ia_ions_values(&c->state.ions, IA_MASS);
    for (size_t i = 0; i < n; i++) {
        xyz[3 * i] = (float)(i % 1000);
        xyz[3 * i + 1] = (float)(i / 1000);
        mass[i] = i % 10 == 3 ? 12.0f : i % 1000 == 5 ? 50.0f : 28.0f;
        labels[i] = i % 100 < 5 ? (int32_t)(i % 3) : -1;
    }
    c->state.ranges_file = ia_source_of(ranges, strlen(ranges));
    CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, "read", NULL));
    CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, "range", NULL));
}

static const char cloud_ranges[] = "[Ions]\nNumber=2\nIon1=Fe\nIon2=C\n"
                                   "[Ranges]\nNumber=2\n"
                                   "Range1=27.5 28.5 Fe:1 Color:FF0000\n"
                                   "Range2=11.9 12.1 C:1 Color:00FF00\n";

// Values of a base64 text of little-endian numbers, freed with free().
static uint16_t *decode(const json_t *text, size_t n)
{
    const char *from = json_string_value(text);
    assert_int_equal(strlen(from), (2 * n + 2) / 3 * 4);
    unsigned char *bytes = malloc(strlen(from) + 1);
    uint16_t *values = malloc((n + 1) * sizeof *values);
    assert_true(bytes && values);
    assert_true(EVP_DecodeBlock(bytes, (const unsigned char *)from, (int)strlen(from)) >=
                (int)(2 * n));
    for (size_t i = 0; i < n; i++)
        values[i] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    free(bytes);
    return values;
}

// Number of the ion at a place of the sample.
static size_t ion_at(const uint16_t *places, size_t i, double height)
{
    double x = (double)places[3 * i] * 999 / 65535;
    double y = (double)places[3 * i + 1] * height / 65535;
    return (size_t)(lround(y) * 1000 + lround(x));
}

static void a_cloud_of_many_ions_is_thinned_kind_by_kind(void **unused)
{
    (void)unused;
    enum { N = 400000, N_FE = 359600, N_C = 40000, N_OTHER = 400, SHOWN = 300000 };
    step_case c = {.ctx = ia_ctx_new()};
    fill_cloud(&c, N, cloud_ranges);
    add_clusters(&c, 3);
    json_t *data = data_of(&c), *cloud = at(data, "cloud"), *list = at(cloud, "species");
    static const char *const names[] = {"C+", "Fe++", NULL};
    static const json_int_t ions[] = {N_C, N_FE, N_OTHER};
    size_t shown[3], first = 0;
    assert_int_equal(json_array_size(list), 3);
    assert_int_equal(count_at(cloud, "shown"), SHOWN);
    uint16_t *places = decode(at(cloud, "positions"), 3 * SHOWN);
    uint16_t *clusters = decode(at(cloud, "clusters"), SHOWN);
    for (size_t k = 0; k < 3; k++) {
        json_t *kind = json_array_get(list, k);
        json_int_t number = count_at(kind, "kind");
        assert_int_equal(number < 0, !names[k]);
        if (names[k])
            assert_string_equal(c.state.ranges.ions[number].name, names[k]);
        assert_int_equal(count_at(kind, "ions"), ions[k]);
        shown[k] = (size_t)count_at(kind, "shown");
        size_t before = 0;
        for (size_t i = 0; i < shown[k]; i++) {
            size_t ion = ion_at(places, first + i, N / 1000 - 1);
            assert_true(i == 0 || ion > before);
            assert_int_equal(clusters[first + i], labels[ion] + 1);
            before = ion;
            // Even: the i-th of the sample lies in the i-th run of all ions. Kinds come
            // by turns here, so that their share of the ions is the same everywhere.
            double expected = ((double)i + 0.5) / (double)shown[k] * N;
            assert_true(fabs((double)ion - expected) < 1005);
        }
        first += shown[k];
    }
    assert_int_equal(shown[0], N_C); // rare kinds whole
    assert_int_equal(shown[2], N_OTHER);
    assert_int_equal(shown[1], SHOWN - N_C - N_OTHER);
    free(clusters);
    free(places);
    json_decref(data);
    clear_case(&c);
}

static void a_cloud_is_the_same_on_more_threads(void **unused)
{
    (void)unused;
    step_case c = {.ctx = ia_ctx_new()};
    fill_cloud(&c, 350000, cloud_ranges);
    report_input in = {.state = &c.state, .chain = &c.chain};
    json_t *one = NULL, *two = NULL;
    ia_ctx_set_threads(c.ctx, 1);
    CHECK_OK(c.ctx, report_cloud(c.ctx, &in, &one));
    ia_ctx_set_threads(c.ctx, 2);
    CHECK_OK(c.ctx, report_cloud(c.ctx, &in, &two));
    assert_true(json_equal(one, two));
    json_decref(two);
    json_decref(one);
    clear_case(&c);
}

static void too_few_ions_make_no_cloud(void **unused)
{
    (void)unused;
    for (size_t n = 9; n <= 10; n++) {
        step_case c = {.ctx = ia_ctx_new()};
        fill_cloud(&c, n, cloud_ranges);
        json_t *data = data_of(&c);
        assert_int_equal(json_is_null(at(data, "cloud")), n < 10);
        json_decref(data);
        clear_case(&c);
    }
}

static void pulses_are_counted_by_their_ions(void **unused)
{
    (void)unused;
    // Pulses of 1, 1, 3, 15 and 20 ions; follow-up ions have 0.
    static const uint32_t pulses[] = {1, 1, 3, 15, 20};
    step_case c = {.ctx = ia_ctx_new()};
    assert_int_equal(ia_ions_new(NULL, 40, 1u << IA_MULTIPLICITY, &c.state.ions), IA_OK);
    uint32_t *values = ia_ions_values(&c.state.ions, IA_MULTIPLICITY);
    for (size_t i = 0, ion = 0; i < 5; ion += pulses[i++])
        values[ion] = pulses[i];
    json_t *data = data_of(&c), *rows = at(data, "multiples");
    static const json_int_t expected[][3] = {{1, 2, 2}, {3, 1, 3}, {15, 2, 35}};
    assert_int_equal(json_array_size(rows), 3);
    for (size_t i = 0; i < 3; i++) {
        json_t *row = json_array_get(rows, i);
        assert_int_equal(count_at(row, "multiplicity"), expected[i][0]);
        assert_int_equal(count_at(row, "pulses"), expected[i][1]);
        assert_int_equal(count_at(row, "ions"), expected[i][2]);
        assert_int_equal(json_is_true(at(row, "or_more")), i == 2);
    }
    json_decref(data);
    clear_case(&c);
}

static ia_status make_and_drop(step_case *c)
{
    report_input in = {.state = &c->state, .chain = &c->chain};
    json_t *data = NULL;
    ia_status st = report_data(c->ctx, &in, &data);
    assert_int_equal(data != NULL, st == IA_OK);
    json_decref(data);
    return st;
}

static void short_memory_is_told(void **unused)
{
    (void)unused;
    step_case c = {.ctx = ia_ctx_new()};
    ia_result *result = add_step(&c, &knn_kind);
    ia_result_add(c.ctx, result, "curve_Cu", IA_ARRAYS, 0);
    add_clusters(&c, 3);
    unsigned columns = 1u << IA_XYZ | 1u << IA_TOF | 1u << IA_MULTIPLICITY;
    assert_int_equal(ia_ions_new(NULL, 64, columns, &c.state.ions), IA_OK);
    float *tof = ia_ions_values(&c.state.ions, IA_TOF);
    for (size_t i = 0; i < 64; i++)
        tof[i] = (float)i;
    CHECK_OK(c.ctx, ia_ions_survey(c.ctx, &c.state.ions, &c.state.survey));
    CHECK_STARVED(c.ctx, make_and_drop(&c), (void)0);
    clear_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_come_with_their_curves),
        cmocka_unit_test(the_first_clusters_and_the_count_of_all),
        cmocka_unit_test(sizes_of_clusters_fall_into_round_bins),
        cmocka_unit_test(sizes_are_told_by_solute),
        cmocka_unit_test(marks_and_probabilities_reach_the_page),
        cmocka_unit_test(tables_are_shown_as_they_are),
        cmocka_unit_test(a_cloud_of_many_ions_is_thinned_kind_by_kind),
        cmocka_unit_test(a_cloud_is_the_same_on_more_threads),
        cmocka_unit_test(too_few_ions_make_no_cloud),
        cmocka_unit_test(pulses_are_counted_by_their_ions),
        cmocka_unit_test(short_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
