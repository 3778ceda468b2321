// tests/unit/test_specimen.c: whole synthetic specimens: soundness, same bits, refusals,
// memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"
#include "synth/parts.h"

#include <unistd.h>

static ia_specimen specimen_of(const ia_simulate_params *params, size_t threads)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};

    ia_ctx_set_threads(ctx, threads);
    assert_int_equal(ia_specimen_compute(ctx, params, &specimen), IA_OK);
    ia_ctx_free(ctx);
    return specimen;
}

static void test_default_is_the_demonstration(void **state)
{
    (void)state;
    ia_simulate_params params = ia_simulate_defaults();
    ia_specimen specimen = specimen_of(NULL, 2);

    assert_int_equal(params.specimen, IA_SPECIMEN_CLUSTERS);
    assert_true(specimen.ions.n > 200000 && specimen.ions.n < 300000);
    assert_int_equal(specimen.n_objects, 18);
    assert_memory_equal(&specimen.params, &params, sizeof params);
    for (int c = 0; c <= IA_MULTIPLICITY; c++)
        assert_true(ia_ions_has(&specimen.ions, (ia_column_id)c));
    assert_false(ia_ions_has(&specimen.ions, IA_LASER_ENERGY));
    // Every kind of ion planned can be ranged.
    assert_int_equal(specimen.ranges.n_ions, specimen.n_species);
    ia_specimen_clear(&specimen);
    ia_specimen_clear(&specimen);
}

static void test_ions_evaporate_by_depth(void **state)
{
    (void)state;
    ia_specimen specimen = specimen_of(NULL, 1);
    const float *xyz = floats_of(&specimen, IA_XYZ);

    for (size_t i = 1; i < specimen.ions.n; i++)
        assert_true(xyz[3 * i + 2] >= xyz[3 * i - 1]);
    ia_specimen_clear(&specimen);
}

// Without noise a whole layer has one depth; its ions must not come row by row.
static void test_order_within_a_layer_is_random(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("lattice=sc", "lattice_parameter=0.25",
                                       "size_x=20", "size_y=20", "size_z=2");
    ia_specimen specimen = specimen_of(&params, 1);
    const float *xyz = floats_of(&specimen, IA_XYZ);
    double product = 0, square = 0, n = (double)specimen.ions.n - 1;

    for (size_t i = 1; i < specimen.ions.n; i++) {
        product += (double)xyz[3 * i] * (double)xyz[3 * i - 3];
        square += (double)xyz[3 * i] * (double)xyz[3 * i];
    }
    assert_near(product / square, 0, once_in_1000 / sqrt(n)); // serial correlation of x
    ia_specimen_clear(&specimen);
}

static void assert_same(const ia_specimen *a, const ia_specimen *b)
{
    assert_int_equal(a->ions.n, b->ions.n);
    for (size_t c = 0; c < IA_N_COLUMNS; c++) {
        const ia_column *x = &a->ions.columns[c], *y = &b->ions.columns[c];
        assert_int_equal(x->width, y->width);
        if (x->width > 0)
            assert_memory_equal(x->data, y->data,
                                x->n * x->width * ia_type_size(x->type));
    }
    assert_memory_equal(a->object, b->object, a->ions.n * sizeof *a->object);
    assert_memory_equal(a->species, b->species, a->ions.n * sizeof *a->species);
    if (a->true_xyz)
        assert_memory_equal(a->true_xyz, b->true_xyz,
                            a->ions.n * 3 * sizeof *a->true_xyz);
    assert_int_equal(a->n_objects, b->n_objects);
    if (a->n_objects > 0)
        assert_memory_equal(a->objects, b->objects, a->n_objects * sizeof *a->objects);
    assert_int_equal(a->ranges.n_ranges, b->ranges.n_ranges);
    assert_memory_equal(a->ranges.ranges, b->ranges.ranges,
                        a->ranges.n_ranges * sizeof *a->ranges.ranges);
}

static void test_threads_do_not_change_a_bit(void **state)
{
    static const char *const kinds[] = {"specimen=crystal", "specimen=clusters",
                                        "specimen=boundary", "specimen=spectrum"};
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        ia_simulate_params params = ia_simulate_defaults();
        set_params(&params, (const char *const[]){kinds[k], "n_ions=100000", NULL});
        ia_specimen one = specimen_of(&params, 1);
        ia_specimen two = specimen_of(&params, 2);
        ia_specimen five = specimen_of(&params, 5);
        assert_same(&one, &two);
        assert_same(&one, &five);
        ia_specimen_clear(&one);
        ia_specimen_clear(&two);
        ia_specimen_clear(&five);
    }
}

static void test_seeds_differ(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("specimen=spectrum", "n_ions=1000", "seed=1");
    ia_specimen one = specimen_of(&params, 1);
    params.seed = 2;
    ia_specimen two = specimen_of(&params, 1);
    const float *a = floats_of(&one, IA_MASS), *b = floats_of(&two, IA_MASS);
    size_t equal = 0;

    for (size_t i = 0; i < 1000; i++)
        equal += a[i] == b[i];
    assert_true(equal < 10);
    ia_specimen_clear(&one);
    ia_specimen_clear(&two);
}

static void test_spectrum_has_masses_only(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("specimen=spectrum", "n_ions=5000");
    ia_specimen specimen = specimen_of(&params, 1);

    assert_int_equal(specimen.ions.n, 5000);
    for (int c = 0; c < IA_N_COLUMNS; c++)
        assert_int_equal(ia_ions_has(&specimen.ions, (ia_column_id)c), c == IA_MASS);
    assert_null(specimen.true_xyz);
    assert_int_equal(specimen.object[4999], -1);
    ia_specimen_clear(&specimen);
}

static void test_objects_count_their_ions(void **state)
{
    (void)state;
    ia_specimen specimen = specimen_of(NULL, 2);
    size_t *atoms = ia_array(NULL, specimen.n_objects, sizeof *atoms);
    size_t *solutes = ia_array(NULL, specimen.n_objects, sizeof *solutes);

    for (size_t i = 0; i < specimen.ions.n; i++) {
        if (specimen.object[i] < 0)
            continue;
        assert_true(specimen.species[i] >= 0);
        atoms[specimen.object[i]]++;
        solutes[specimen.object[i]] +=
            ia_ion_count(&specimen.ions_of[specimen.species[i]], 29) > 0;
    }
    for (size_t k = 0; k < specimen.n_objects; k++) {
        assert_int_equal(specimen.objects[k].atoms, atoms[k]);
        assert_int_equal(specimen.objects[k].solutes, solutes[k]);
        assert_true(solutes[k] > 0 && solutes[k] < atoms[k]);
    }
    free(solutes);
    free(atoms);
    ia_specimen_clear(&specimen);
}

// m = 2 e V (t - t0)^2 / L^2 with the constants that the method's page states; CODATA
// 2018.
static void test_flight_agrees_with_mass(void **state)
{
    (void)state;
    ia_specimen specimen = specimen_of(NULL, 2);
    const float *mass = floats_of(&specimen, IA_MASS),
                *tof = floats_of(&specimen, IA_TOF);
    const float *v_dc = floats_of(&specimen, IA_V_DC),
                *hit = floats_of(&specimen, IA_DET_XY);
    const float *v_pulse = floats_of(&specimen, IA_V_PULSE);
    const double e = 1.602176634e-19, u = 1.66053906660e-27;

    for (size_t i = 0; i < specimen.ions.n; i++) {
        double x = 1e-3 * (double)hit[2 * i], y = 1e-3 * (double)hit[2 * i + 1];
        double t = 1e-9 * ((double)tof[i] - 50), v = (double)v_dc[i] + (double)v_pulse[i];
        double m = 2 * e * v * t * t / (0.1 * 0.1 + x * x + y * y) / u;
        // float32 times of up to 2,000 ns: 1.2e-4 ns of t, so 2 m dt/t
        assert_near(m, (double)mass[i], 2 * m * 1.3e-4 / (1e9 * t) + 1e-6 * m + 1e-6);
        assert_true(hypot(x, y) < 0.05);
    }
    assert_near((double)v_dc[0], 3000, 0);
    assert_near((double)v_dc[specimen.ions.n - 1], 9000, 0);
    ia_specimen_clear(&specimen);
}

static void test_pulses_and_multiplicity_agree(void **state)
{
    (void)state;
    ia_specimen specimen = specimen_of(NULL, 2);
    const uint32_t *since = specimen.ions.columns[IA_PULSES_SINCE].data;
    const uint32_t *multiplicity = specimen.ions.columns[IA_MULTIPLICITY].data;
    double events = 0, waited = 0, sizes[5] = {0};

    for (size_t i = 0; i < specimen.ions.n; i += multiplicity[i]) {
        assert_true(multiplicity[i] >= 1 && multiplicity[i] <= 4 && since[i] >= 1);
        for (size_t j = i + 1; j < i + multiplicity[i]; j++)
            assert_true(multiplicity[j] == 0 && since[j] == 0);
        events++;
        sizes[multiplicity[i]]++;
        waited += since[i];
    }
    assert_binomial(sizes[1], events, 0.85);
    assert_binomial(sizes[2], events, 0.11);
    // One detection in a hundred pulses; a geometric number's sd is its mean.
    assert_near(waited / events, 100, once_in_1000 * 100 / sqrt(events));
    ia_specimen_clear(&specimen);
}

static void test_ranges_do_not_overlap(void **state)
{
    (void)state;
    ia_simulate_params params = ia_simulate_defaults();
    set_params(&params, (const char *const[]){"ions=Si+:0.5 Si++:0.5",
                                              "molecules=FeO++:0.01 C3+:0.01", NULL});
    ia_specimen specimen = specimen_of(&params, 2);

    for (size_t r = 0; r < specimen.ranges.n_ranges; r++) {
        assert_true(specimen.ranges.ranges[r].lo < specimen.ranges.ranges[r].hi);
        if (r > 0)
            assert_true(specimen.ranges.ranges[r].lo >= specimen.ranges.ranges[r - 1].hi);
    }
    // 28Si+ at 27.98 Da is lost under 56Fe++: of Si+ only 29 and 30 could be left.
    for (size_t r = 0; r < specimen.ranges.n_ranges; r++) {
        const ia_range *range = &specimen.ranges.ranges[r];
        if (range->lo < 27.97 && range->hi > 27.97)
            assert_string_equal(specimen.ranges.ions[range->ion].name, "Fe++");
    }
    ia_specimen_clear(&specimen);
}

// A solute that only the clusters hold has no planned share in the matrix, but its
// ranges.
static void test_solute_of_clusters_alone_is_ranged(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("specimen=clusters", "composition=Fe:1", "solute=Cu");
    ia_specimen specimen = specimen_of(&params, 1);
    size_t copper = 0;

    for (size_t i = 0; i < specimen.ranges.n_ions; i++)
        copper += ia_ion_count(&specimen.ranges.ions[i], 29);
    assert_int_equal(copper, 2); // Cu+ and Cu++
    ia_specimen_clear(&specimen);
}

// 54Cr++ lies 0.0004 Da from 54Fe++: in a steel the less frequent gives way, wholly.
static void test_hidden_peaks_get_no_range(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("composition=Fe:0.9 Cr:0.1", "ions=Fe++:1 Cr++:1", "specimen=spectrum");
    ia_specimen specimen = specimen_of(&params, 1);
    size_t chromium = 0;

    for (size_t r = 0; r < specimen.ranges.n_ranges; r++) {
        const ia_range *range = &specimen.ranges.ranges[r];
        bool is_chromium = ia_ion_count(&specimen.ranges.ions[range->ion], 24) > 0;
        chromium += is_chromium;
        assert_true(!is_chromium || range->hi < 26.9);
    }
    assert_int_equal(chromium, 3); // 50, 52, 53
    ia_specimen_clear(&specimen);
}

static const ia_table_column *column_of(const ia_result *result, const char *table,
                                        const char *column)
{
    const ia_table *found = ia_result_find(result, table);

    assert_non_null(found);
    assert_non_null(ia_table_find(found, column));
    return ia_table_find(found, column);
}

static void test_tables_tell_the_truth(void **state)
{
    (void)state;
    ia_specimen specimen = specimen_of(NULL, 2);
    ia_result result = {0};

    assert_int_equal(ia_specimen_tables(NULL, &specimen, &result), IA_OK);
    const uint64_t *counts = column_of(&result, "species", "counts")->data;
    const uint64_t *background = column_of(&result, "truth", "background_ions")->data;
    uint64_t sum = *background;
    for (size_t s = 0; s < specimen.n_species; s++)
        sum += counts[s];
    assert_int_equal(sum, specimen.ions.n);
    const double *fractions = column_of(&result, "matrix", "atomic_fraction")->data;
    assert_near(fractions[0], 0.963, 1e-12);
    assert_string_equal(((char **)column_of(&result, "matrix", "element")->data)[0],
                        "Fe");
    assert_int_equal(ia_result_find(&result, "planted")->n_rows, 18);
    const bool *cut = column_of(&result, "planted", "cut")->data;
    const double *centre = column_of(&result, "planted", "centre_nm")->data;
    const double *r = column_of(&result, "planted", "radius_nm")->data;
    for (size_t i = 0; i < 18; i++)
        if (centre[3 * i + 2] < r[i])
            assert_true(cut[i]);
    assert_string_equal(((char **)column_of(&result, "parameters", "parameter")->data)[1],
                        "seed");
    assert_string_equal(((char **)column_of(&result, "parameters", "value")->data)[1],
                        "1");
    ia_result_clear(&result);
    ia_specimen_clear(&specimen);
}

static void refuse(const ia_simulate_params *params, ia_status status,
                   const char *sentence)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0}, untouched = {0};

    assert_int_equal(ia_specimen_compute(ctx, params, &specimen), status);
    if (!strstr(ia_ctx_message(ctx), sentence))
        fail_msg("'%s' instead of '%s'", ia_ctx_message(ctx), sentence);
    assert_memory_equal(&specimen, &untouched, sizeof specimen);
    ia_ctx_free(ctx);
}

#define REFUSE(sentence, ...)                                                            \
    do {                                                                                 \
        ia_simulate_params bad = PARAMS(__VA_ARGS__);                                    \
        refuse(&bad, IA_ERR_PARAM, sentence);                                            \
    } while (0)

static void test_bad_compositions_are_refused(void **state)
{
    (void)state;
    REFUSE("composition: 'Xx' is no element", "composition=Xx:1");
    REFUSE("composition: 'FE' is no element", "composition=FE:1");
    REFUSE("composition: Tc has no natural isotopes", "composition=Tc:1");
    REFUSE("composition: the fractions sum to 0.99, not 1", "composition=Fe:0.9 Cu:0.09");
    REFUSE("composition: the fractions sum to 1.2 and leave no rest",
           "composition=Fe Cu:0.6 Mn:0.6");
    REFUSE("composition: 2 elements have no number, at most one may",
           "composition=Fe Cu");
    REFUSE("composition: Fe is listed twice", "composition=Fe:0.5 Fe:0.5");
    REFUSE("composition: it names no element", "composition=");
    REFUSE("'Fe:98' should be a name, a colon and a fraction from 0 to 1",
           "composition=Fe:98 Cu:2");
    REFUSE("'Fe:nan' should be", "composition=Fe:nan");
    REFUSE("'Fe:' should be", "composition=Fe:");
    REFUSE("an ordered lattice needs two elements", "lattice=b2");
    REFUSE("solute: 'Zz' is no element", "specimen=clusters", "solute=Zz");
    REFUSE("solute: Fe is the most abundant element", "specimen=boundary", "solute=Fe");
    REFUSE(
        "excess = 100 nm^-2 is more than the solvent in a layer of boundary_sd = 0.2 nm",
        "specimen=boundary", "excess=100", "boundary_sd=0.2");
}

static void test_boxes_too_large_are_refused(void **state)
{
    (void)state;
    REFUSE("this box holds 8.5e+14 atoms; at most 4.25e+09", "size_x=1e4", "size_y=1e4",
           "size_z=1e5");
    ia_simulate_params spectrum = PARAMS("specimen=spectrum", "n_ions=10000000000");
    if ((double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) < 1.1e11)
        refuse(&spectrum, IA_ERR_MEMORY, "1e+10 atoms need about 112 GiB of memory");
}

static void test_out_of_bounds_is_refused(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("specimen=crystal");

    params.efficiency = 1.5;
    refuse(&params, IA_ERR_PARAM, "efficiency");
    params.efficiency = NAN;
    refuse(&params, IA_ERR_PARAM, "efficiency");
    params.efficiency = 1;
    memset(params.composition, 'F', sizeof params.composition);
    refuse(&params, IA_ERR_PARAM, "composition");
    params = PARAMS("specimen=crystal");
    params.lattice = 10;
    refuse(&params, IA_ERR_PARAM, "lattice");
}

static void test_nothing_detected_is_empty(void **state)
{
    (void)state;
    ia_simulate_params params =
        PARAMS("size_x=1", "size_y=1", "size_z=1", "efficiency=0.001");

    refuse(&params, IA_ERR_EMPTY, "none of the ");
    params.lattice_parameter = 5;
    refuse(&params, IA_ERR_EMPTY, "none of the ");
}

// Let the k-th allocation fail for every k: the same answer in the end, nothing kept
// before.
static void survive_short_memory(const ia_simulate_params *params)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0}, untouched = {0};
    ia_result result = {0};
    ia_status st = IA_ERR_MEMORY;
    size_t k = 0;

    while (st != IA_OK) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, ++k);
        st = ia_specimen_compute(ctx, params, &specimen);
        if (st != IA_OK) {
            assert_int_equal(st, IA_ERR_MEMORY);
            assert_memory_equal(&specimen, &untouched, sizeof specimen);
            assert_string_not_equal(ia_ctx_message(ctx), "");
        }
    }
    assert_true(k > 10);
    for (k = 1, st = IA_ERR_MEMORY; st != IA_OK; k++) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        ia_result_clear(&result);
        st = ia_specimen_tables(ctx, &specimen, &result);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
    }
    assert_true(k > 20);
    ia_result_clear(&result);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
}

static void test_short_memory_is_survived(void **state)
{
    static const char *const kinds[] = {"specimen=crystal", "specimen=clusters",
                                        "specimen=boundary", "specimen=spectrum"};
    (void)state;
    for (size_t k = 0; k < 4; k++) {
        ia_simulate_params params = ia_simulate_defaults();
        set_params(&params, (const char *const[]){kinds[k], "n_ions=2000", "size_x=5",
                                                  "size_y=5", "size_z=5", NULL});
        survive_short_memory(&params);
        set_params(&params, (const char *const[]){"lattice=random", NULL});
        survive_short_memory(&params);
    }
}

static bool stop_later(void *user, const char *stage, double done)
{
    (void)stage;
    (void)done;
    return --*(int *)user > 0;
}

static void test_cancelling_leaves_nothing(void **state)
{
    (void)state;
    ia_simulate_params params = ia_simulate_defaults();
    ia_status st = IA_CANCELLED;

    params.size_x = params.size_y = 8;
    for (int calls = 1; st != IA_OK; calls++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_specimen specimen = {0}, untouched = {0};
        int left = calls;
        ia_ctx_set_progress(ctx, stop_later, &left);
        st = ia_specimen_compute(ctx, &params, &specimen);
        if (st != IA_OK) {
            assert_int_equal(st, IA_CANCELLED);
            assert_memory_equal(&specimen, &untouched, sizeof specimen);
        }
        assert_true(st != IA_OK || calls > 3);
        ia_specimen_clear(&specimen);
        ia_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_is_the_demonstration),
        cmocka_unit_test(test_ions_evaporate_by_depth),
        cmocka_unit_test(test_order_within_a_layer_is_random),
        cmocka_unit_test(test_threads_do_not_change_a_bit),
        cmocka_unit_test(test_seeds_differ),
        cmocka_unit_test(test_spectrum_has_masses_only),
        cmocka_unit_test(test_objects_count_their_ions),
        cmocka_unit_test(test_flight_agrees_with_mass),
        cmocka_unit_test(test_pulses_and_multiplicity_agree),
        cmocka_unit_test(test_ranges_do_not_overlap),
        cmocka_unit_test(test_solute_of_clusters_alone_is_ranged),
        cmocka_unit_test(test_hidden_peaks_get_no_range),
        cmocka_unit_test(test_tables_tell_the_truth),
        cmocka_unit_test(test_bad_compositions_are_refused),
        cmocka_unit_test(test_boxes_too_large_are_refused),
        cmocka_unit_test(test_out_of_bounds_is_refused),
        cmocka_unit_test(test_nothing_detected_is_empty),
        cmocka_unit_test(test_short_memory_is_survived),
        cmocka_unit_test(test_cancelling_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
