// tests/unit/test_tip.c: the synthetic tip: surface, order, directions, layers, grains.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"
#include "synth/tip.h"

#include <string.h>

// Gold-like fcc, small and quick.
#define TIP(...)                                                                         \
    PARAMS("specimen=tip", "lattice=fcc", "lattice_parameter=0.4", "tip_radius=15",      \
           "size_z=4", __VA_ARGS__)

static ia_specimen specimen_of(const ia_simulate_params *params, size_t threads)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_specimen specimen = {0};

    ia_ctx_set_threads(ctx, threads);
    if (ia_specimen_compute(ctx, params, &specimen) != IA_OK)
        fail_msg("%s", ia_ctx_message(ctx));
    ia_ctx_free(ctx);
    return specimen;
}

// The sphere of each apex touches the cone: its place at cap angle theta is passed then.
static void test_surface_passes_its_own_places(void **state)
{
    (void)state;
    ia_simulate_params params = TIP("shank_deg=10");
    ia_tip_shape shape = ia_tip_shape_of(&params);

    for (double apex = 0; apex < 4; apex += 0.5)
        for (double theta = 0; theta < 0.9; theta += 0.1) {
            double r =
                15 + apex * sin(10 * acos(-1.0) / 180) / (1 - sin(10 * acos(-1.0) / 180));
            double place[3] = {r * sin(theta), 0, apex + r * (1 - cos(theta))};
            double cosine;
            assert_near(ia_tip_radius(&shape, apex), r, 1e-12);
            assert_near(ia_tip_passes(&shape, place, &cosine), apex, 1e-9);
            assert_near(cosine, cos(theta), 1e-9);
        }
    // A cone of 10 degrees with such a cap inside has its point 15/sin(10) - 15 above.
    assert_true(isnan(ia_tip_passes(&shape, (double[3]){100, 0, 3}, &(double){0})));
}

static void test_queue_sorts(void **state)
{
    (void)state;
    ia_tip_queue queue = {0};
    ia_random random = ia_random_new(1, 1);
    double last = -1;

    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(
            ia_tip_queue_push(NULL, &queue,
                              (ia_tip_entry){.key = (double)ia_random_below(&random, 500),
                                             .tie = (uint32_t)ia_random_below(&random, 9),
                                             .site = i}),
            IA_OK);
    for (size_t i = 0; i < 10000; i++) {
        ia_tip_entry entry = ia_tip_queue_pop(&queue);
        double order = entry.key * 16 + entry.tie;
        assert_true(order >= last);
        last = order;
    }
    assert_int_equal(queue.n, 0);
    ia_tip_queue_clear(&queue);
}

// Neighbours at their known numbers: near ones bind, those in rows cancel around each
// atom of a full crystal. Rows of diamond are those of fcc.
static void test_neighbours_are_those_of_the_lattice(void **state)
{
    static const struct {
        const char *lattice;
        size_t near, odd, rows;
    } expected[] = {{"lattice=fcc", 12, 0, 54},
                    {"lattice=bcc", 14, 0, 58},
                    {"lattice=diamond", 4, 4, 54},
                    {"lattice=sc", 6, 0, 32}};
    (void)state;
    for (size_t l = 0; l < 4; l++) {
        ia_simulate_params params = TIP(expected[l].lattice, "rotate_x_deg=20");
        ia_tip_shape shape = ia_tip_shape_of(&params);
        ia_tip_grain grain = {0};
        assert_int_equal(ia_tip_grain_new(NULL, &params, &shape, 0, &grain), IA_OK);
        assert_int_equal(grain.n_near, expected[l].near);
        assert_int_equal(grain.n_odd, expected[l].odd);
        for (size_t s = 0; s < grain.cell.n_sites; s++) {
            double sum[3] = {0};
            assert_int_equal(grain.n_wide[s], expected[l].odd + expected[l].rows);
            for (size_t k = grain.n_odd; k < grain.n_wide[s]; k++)
                for (int c = 0; c < 3; c++)
                    sum[c] += grain.wide[s][k].apart[c];
            for (int c = 0; c < 3; c++)
                assert_near(sum[c], 0, 1e-9);
        }
        ia_tip_grain_clear(&grain);
    }
}

// Each atom leaves once, none that a smooth surface would have passed 0.4 nm ago stays.
// The surface is rough by less than a bond; what the rim loses by its own border is kept
// out.
static void test_atoms_leave_in_order(void **state)
{
    (void)state;
    ia_simulate_params params = TIP("shank_deg=8", "aberration=0");
    ia_tip_shape shape = ia_tip_shape_of(&params);
    ia_tip_flight flight = {0};

    assert_int_equal(ia_tip_evaporate(NULL, &params, &shape, &flight), IA_OK);
    double most = 0, sum = 0, pi = acos(-1.0);
    for (size_t i = 0; i < flight.sites.n; i++) {
        const float *at = &flight.sites.xyz[3 * i];
        double cosine, place[3] = {at[0], at[1], at[2]};
        double apex = ia_tip_passes(&shape, place, &cosine);
        if (i > 0)
            assert_true(flight.apex[i] >= flight.apex[i - 1]);
        most = fmax(most, fabs(apex - (double)flight.apex[i]));
        sum += apex - (double)flight.apex[i];
        // Without aberration ions leave along the smooth surface's normal.
        assert_near((double)flight.direction[3 * i + 2], cosine, 1e-6);
    }
    assert_true(most < 0.8);
    assert_near(sum / (double)flight.sites.n, 0, 0.1);
    // Volume between two surfaces times density; roughness of both: 0.1 nm of 4.
    double c = shape.cosine, r = ia_tip_radius(&shape, 2), d = 4 / (1 - shape.sine);
    double volume = pi * r * r * (d * (1 - c * c) - 2 * (1 - c) * (d - 4));
    assert_near((double)flight.sites.n / (volume * 62.5), 1, 0.025);
    ia_tip_flight_clear(&flight);
}

// An amorphous tip: as many atoms as its volume holds, each gone when the surface passes
// it, anywhere on the cap alike: of half of the swept volume half of the atoms.
static void test_amorphous_atoms_fill_the_volume(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        ia_simulate_params params =
            TIP("lattice=random", "density=62.5", k == 0 ? "shank_deg=0" : "shank_deg=8");
        ia_tip_shape shape = ia_tip_shape_of(&params);
        ia_tip_flight flight = {0};
        size_t early = 0, inner = 0;

        assert_int_equal(ia_tip_evaporate(NULL, &params, &shape, &flight), IA_OK);
        double n = (double)flight.sites.n, pi = acos(-1.0), s = shape.sine;
        double c = shape.cosine,
               half = s + sqrt(((1 - s) * (1 - s) + (c - s) * (c - s)) / 2);
        for (size_t i = 0; i < flight.sites.n; i++) {
            const float *at = &flight.sites.xyz[3 * i];
            double cosine, place[3] = {at[0], at[1], at[2]};
            double apex = ia_tip_passes(&shape, place, &cosine);
            assert_true(i == 0 || flight.apex[i] >= flight.apex[i - 1]);
            assert_near(apex, (double)flight.apex[i], 1e-4);
            assert_near((double)flight.direction[3 * i + 2], cosine, 1e-5);
            assert_true(apex <= shape.depth + 1e-4 && cosine >= c - 1e-5);
            early += apex < shape.depth / 2;
            inner += cosine > half;
        }
        // Volumes by the middle of each half: Simpson's rule is exact for r^2.
        double r[5], sum[2];
        for (int i = 0; i < 5; i++)
            r[i] = ia_tip_radius(&shape, i * shape.depth / 4);
        for (int h = 0; h < 2; h++)
            sum[h] = (r[2 * h] * r[2 * h] + 4 * r[2 * h + 1] * r[2 * h + 1] +
                      r[2 * h + 2] * r[2 * h + 2]) /
                     6 * shape.depth / 2 / (1 - s);
        double cap = pi * ((1 - c * c) - 2 * s * (1 - c));
        assert_near(n, 62.5 * cap * (sum[0] + sum[1]), 1);
        double share = sum[0] / (sum[0] + sum[1]);
        assert_near((double)early / n, share, 4 * sqrt(0.25 / n)); // four standard errors
        assert_near((double)inner / n, 0.5, 4 * sqrt(0.25 / n));
        ia_tip_flight_clear(&flight);
    }
}

// Without noise or aberration a hit and a voltage lead back to the place of the atom.
static void test_hits_lead_back(void **state)
{
    static const char *const projections[] = {
        "projection=stereographic", "projection=equidistant", "projection=point"};
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        ia_simulate_params params =
            TIP("aberration=0", "centre_x=2", "centre_y=-3", projections[kind]);
        ia_specimen specimen = specimen_of(&params, 2);
        ia_projection p = {kind, 90, 1.65, {2, -3}};
        const float *hit = floats_of(&specimen, IA_DET_XY);
        const float *v = floats_of(&specimen, IA_V_DC),
                    *vp = floats_of(&specimen, IA_V_PULSE);
        for (size_t i = 0; i < specimen.ions.n; i++) {
            const float *at = &specimen.true_xyz[3 * i];
            double to[3], r = ((double)v[i] + (double)vp[i]) / (3.3 * 33);
            assert_true(
                ia_projection_direction(&p, (double[2]){hit[2 * i], hit[2 * i + 1]}, to));
            // The surface is rough: the atom's own sphere is a bond larger or smaller.
            assert_near(at[0], r * to[0], 0.8 * fabs(to[0]) / to[2] + 1e-5);
            assert_near(at[1], r * to[1], 0.8 * fabs(to[1]) / to[2] + 1e-5);
            assert_near((double)at[0] * to[1], (double)at[1] * to[0], 1e-4);
            assert_true(hypot((double)hit[2 * i], (double)hit[2 * i + 1]) < 38.001);
        }
        assert_near((double)(v[0] + vp[0]), 3.3 * 33 * 15, 1);
        ia_specimen_clear(&specimen);
    }
}

// The field is that of the most abundant element, as reconstructions take it.
static void test_field_of_the_main_element(void **state)
{
    static const struct {
        const char *composition;
        double field; // V/nm, as usually quoted
    } cases[] = {{"composition=Al:0.3 W:0.7", 57}, {"composition=Cr:1", 33}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ia_simulate_params params = TIP("size_z=1", cases[k].composition);
        ia_specimen specimen = specimen_of(&params, 2);
        double v = (double)floats_of(&specimen, IA_V_DC)[0] +
                   (double)floats_of(&specimen, IA_V_PULSE)[0];
        assert_near(v, 3.3 * cases[k].field * 15, 3);
        ia_specimen_clear(&specimen);
    }
}

static void test_layers_are_rich_and_flat(void **state)
{
    (void)state;
    ia_simulate_params params =
        TIP("composition=Al Cu:0.01", "solute=Cu", "layers=2", "layer_depth=2",
            "layer_thickness=1", "layer_spacing=2", "layer_fraction=0.6");
    ia_specimen specimen = specimen_of(&params, 2);
    double counts[2][2] = {{0}};

    assert_int_equal(specimen.n_objects, 2);
    assert_near(specimen.objects[1].centre[2], 4.5, 1e-12);
    for (size_t i = 0; i < specimen.ions.n; i++) {
        double z = (double)specimen.true_xyz[3 * i + 2];
        int layer = z >= 2 && z < 3 ? 0 : z >= 4 && z < 5 ? 1 : -1;
        bool solute = strncmp(specimen.ions_of[specimen.species[i]].name, "Cu", 2) == 0;
        assert_int_equal(specimen.object[i], layer);
        counts[layer >= 0][solute]++;
    }
    assert_binomial(counts[1][1], counts[1][0] + counts[1][1], 0.6);
    assert_binomial(counts[0][1], counts[0][0] + counts[0][1], 0.01);
    ia_specimen_clear(&specimen);
}

// 4 nm are evaporated: of layers from 1 nm on, 1 nm apart, the third begins within them
// and the hundredth does not.
static void test_layers_beyond_the_tip_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *layers;
        size_t n_warnings;
    } cases[] = {{"layers=3", 0}, {"layers=100", 1}};
    for (size_t i = 0; i < 2; i++) {
        ia_simulate_params params =
            TIP("composition=Al Cu:0.01", "solute=Cu", "layer_depth=1",
                "layer_thickness=0.5", "layer_spacing=1", cases[i].layers);
        ia_ctx *ctx = ia_ctx_new();
        ia_specimen specimen = {0};
        assert_int_equal(ia_specimen_compute(ctx, &params, &specimen), IA_OK);
        assert_int_equal(ia_ctx_n_warnings(ctx), cases[i].n_warnings);
        if (cases[i].n_warnings > 0)
            assert_non_null(strstr(ia_ctx_warning(ctx, 0), "of 100 layers begin within"));
        ia_specimen_clear(&specimen);
        ia_ctx_free(ctx);
    }
}

static void test_grains_part_at_the_plane(void **state)
{
    (void)state;
    ia_simulate_params params =
        TIP("bicrystal=true", "boundary_tilt_deg=90", "second_z_deg=30");
    ia_specimen specimen = specimen_of(&params, 2);
    size_t n[2] = {0};

    for (size_t i = 0; i < specimen.ions.n; i++) {
        float x = specimen.true_xyz[3 * i];
        int grain = x >= 0;
        if (fabsf(x) < 1e-3f) // in the plane
            continue;
        assert_int_equal(specimen.grain[i], grain);
        n[grain]++;
    }
    assert_near((double)n[0] / (double)n[1], 1, 0.02);
    ia_result result = {0};
    assert_int_equal(ia_specimen_tables(NULL, &specimen, &result), IA_OK);
    const double *second =
        ia_table_find(ia_result_find(&result, "tip"), "second_rotation")->data;
    assert_near(second[0], sqrt(0.75), 1e-12);
    assert_near(second[3], 0.5, 1e-12); // R_z(30) x = (cos, sin, 0)
    ia_result_clear(&result);
    ia_specimen_clear(&specimen);
}

static void test_extras_hit_anywhere(void **state)
{
    (void)state;
    ia_simulate_params params = TIP("background=0.3", "efficiency=0.5");
    ia_specimen specimen = specimen_of(&params, 2);
    const float *hit = floats_of(&specimen, IA_DET_XY);
    double n = 0, inner = 0;

    for (size_t i = 0; i < specimen.ions.n; i++) {
        if (specimen.grain[i] >= 0)
            continue;
        n++;
        inner += hypot((double)hit[2 * i], (double)hit[2 * i + 1]) < 19;
    }
    assert_near(n / (double)specimen.ions.n, 0.3, 1e-4); // a planned number
    assert_binomial(inner, n, 0.25);
    ia_specimen_clear(&specimen);
}

static void test_threads_do_not_change_a_bit(void **state)
{
    (void)state;
    ia_simulate_params params =
        TIP("efficiency=0.6", "sigma_xy=0.2", "background=0.1", "tip_radius=20");
    ia_specimen one = specimen_of(&params, 1), three = specimen_of(&params, 3);

    assert_int_equal(one.ions.n, three.ions.n);
    assert_true(one.ions.n > 3 * IA_SYNTH_BLOCK);
    for (ia_column_id id = 0; id < IA_LASER_ENERGY; id++)
        assert_memory_equal(one.ions.columns[id].data, three.ions.columns[id].data,
                            4 * one.ions.columns[id].width * one.ions.n);
    assert_memory_equal(one.grain, three.grain, 4 * one.ions.n);
    assert_memory_equal(one.true_xyz, three.true_xyz, 12 * one.ions.n);
    ia_specimen_clear(&one);
    ia_specimen_clear(&three);
}

static ia_status compute_and_clear(ia_ctx *ctx, const ia_simulate_params *params)
{
    ia_specimen specimen = {0}, untouched = {0};
    ia_status st = ia_specimen_compute(ctx, params, &specimen);

    if (st != IA_OK)
        assert_memory_equal(&specimen, &untouched, sizeof specimen);
    ia_specimen_clear(&specimen);
    return st;
}

static void test_what_fails_leaves_nothing(void **state)
{
    static const struct {
        const char *setting, *sentence;
    } bad[] = {{"centre_x=70", "no ion reaches 108 mm"},
               {"detector_radius=900", ""},
               {"centre_x=80", "no ion reaches 118 mm"}};
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < 3; i++) {
        ia_simulate_params params = TIP("projection=point", bad[i].setting);
        assert_int_equal(compute_and_clear(ctx, &params), IA_ERR_PARAM);
        assert_non_null(strstr(ia_ctx_message(ctx), bad[i].sentence));
        ia_ctx_reset(ctx);
    }
    ia_simulate_params grains = TIP("lattice=random", "bicrystal=true");
    assert_int_equal(compute_and_clear(ctx, &grains), IA_ERR_PARAM);
    ia_simulate_params nothing =
        TIP("efficiency=0.001", "size_z=1", "tip_radius=3", "detector_radius=1");
    assert_int_equal(compute_and_clear(ctx, &nothing), IA_ERR_EMPTY);
    ia_simulate_params small = TIP("tip_radius=4", "size_z=1", "layers=1",
                                   "composition=Al Cu:0.1", "bicrystal=true");
    ia_status st = IA_ERR_MEMORY;
    size_t k = 0;
    while (st != IA_OK) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, ++k);
        st = compute_and_clear(ctx, &small);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
    }
    assert_true(k > 20);
    ia_ctx_free(ctx);
}

static bool stop(void *user, const char *stage, double done)
{
    (void)user;
    return strcmp(stage, "evaporation") != 0 || done < 0;
}

static void test_it_can_be_stopped(void **state)
{
    (void)state;
    ia_simulate_params params = TIP("tip_radius=10");
    ia_ctx *ctx = ia_ctx_new();

    ia_ctx_set_progress(ctx, stop, NULL);
    assert_int_equal(compute_and_clear(ctx, &params), IA_CANCELLED);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_surface_passes_its_own_places),
        cmocka_unit_test(test_queue_sorts),
        cmocka_unit_test(test_neighbours_are_those_of_the_lattice),
        cmocka_unit_test(test_atoms_leave_in_order),
        cmocka_unit_test(test_amorphous_atoms_fill_the_volume),
        cmocka_unit_test(test_hits_lead_back),
        cmocka_unit_test(test_field_of_the_main_element),
        cmocka_unit_test(test_layers_are_rich_and_flat),
        cmocka_unit_test(test_layers_beyond_the_tip_are_told),
        cmocka_unit_test(test_grains_part_at_the_plane),
        cmocka_unit_test(test_extras_hit_anywhere),
        cmocka_unit_test(test_threads_do_not_change_a_bit),
        cmocka_unit_test(test_what_fails_leaves_nothing),
        cmocka_unit_test(test_it_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
