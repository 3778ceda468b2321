// tests/unit/test_lattice.c: the sites of each lattice: number, neighbours, order,
// rotation.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"
#include "synth/parts.h"

typedef struct {
    const char *name;
    size_t per_cell; // sites in a cube of the lattice parameter
    size_t n_shells;
    struct {
        double distance; // lattice parameters
        size_t sites;
    } shells[3];
} lattice_facts;

// International Tables and any textbook of crystallography.
static const lattice_facts facts[] = {
    {"lattice=sc", 1, 3, {{1, 6}, {1.4142136, 12}, {1.7320508, 8}}},
    {"lattice=fcc", 4, 3, {{0.7071068, 12}, {1, 6}, {1.2247449, 24}}},
    {"lattice=bcc", 2, 3, {{0.8660254, 8}, {1, 6}, {1.4142136, 12}}},
    {"lattice=diamond", 8, 3, {{0.4330127, 4}, {0.7071068, 12}, {0.8291562, 12}}},
    {"lattice=b2", 2, 3, {{0.8660254, 8}, {1, 6}, {1.4142136, 12}}},
    {"lattice=l12", 4, 3, {{0.7071068, 12}, {1, 6}, {1.2247449, 24}}},
    {"lattice=l10", 4, 3, {{0.7071068, 12}, {1, 6}, {1.2247449, 24}}},
    {"lattice=d03", 2, 3, {{0.8660254, 8}, {1, 6}, {1.4142136, 12}}},
};
enum { N_FACTS = sizeof facts / sizeof facts[0] };

static const double size = 2.4, spacing = 0.4; // nm: 6 cells along each edge

static ia_sites sites_of(const ia_simulate_params *params)
{
    ia_sites sites = {0};

    assert_int_equal(ia_sites_compute(NULL, params, &sites), IA_OK);
    return sites;
}

static ia_simulate_params cube(const char *lattice)
{
    return PARAMS(lattice, "lattice_parameter=0.4", "size_x=2.4", "size_y=2.4",
                  "size_z=2.4", "composition=Ni:0.5 Al:0.5");
}

// Distance of two sites, in a box that repeats when `repeats`.
static double distance(const float *a, const float *b, bool repeats)
{
    double square = 0;

    for (int c = 0; c < 3; c++) {
        double d = (double)a[c] - (double)b[c];
        if (repeats)
            d -= size * floor(d / size + 0.5);
        square += d * d;
    }
    return sqrt(square);
}

// Neighbours at a distance; those of one sublattice, or of all for sublattice 2.
static size_t count_at(const ia_sites *sites, size_t i, double at, int sublattice,
                       bool repeats)
{
    size_t n = 0;

    for (size_t j = 0; j < sites->n; j++)
        if (j != i && (sublattice == 2 || sites->sublattice[j] == sublattice) &&
            fabs(distance(&sites->xyz[3 * i], &sites->xyz[3 * j], repeats) - at) < 1e-4)
            n++;
    return n;
}

static void test_number_of_sites_is_exact(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FACTS; f++) {
        ia_simulate_params params = cube(facts[f].name);
        ia_sites sites = sites_of(&params);
        assert_int_equal(sites.n, 216 * facts[f].per_cell);
        assert_near(ia_lattice_density(&params),
                    (double)facts[f].per_cell / (spacing * spacing * spacing), 1e-9);
        ia_sites_clear(&sites);
    }
}

// Whole cells of awkward size: no plane of sites may fall on a face and be counted twice
// or never.
static void test_number_does_not_hang_on_rounding(void **state)
{
    static const double edges[] = {0.2866, 0.3615, 0.40495, 0.31652};
    (void)state;
    for (size_t f = 0; f < N_FACTS; f++)
        for (size_t cells = 2; cells <= 24; cells += 2) {
            ia_simulate_params params = cube(facts[f].name);
            params.lattice_parameter = edges[f % 4];
            params.size_x = params.size_y = params.size_z = (double)cells * edges[f % 4];
            ia_sites sites = sites_of(&params);
            assert_int_equal(sites.n, cells * cells * cells * facts[f].per_cell);
            ia_sites_clear(&sites);
        }
}

static void test_sites_lie_inside_the_box(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FACTS; f++) {
        ia_simulate_params params = cube(facts[f].name);
        set_params(&params, (const char *const[]){"rotate_x_deg=17", "rotate_y_deg=-33",
                                                  "rotate_z_deg=71", NULL});
        ia_sites sites = sites_of(&params);
        for (size_t i = 0; i < 3 * sites.n; i++) {
            double low = i % 3 == 2 ? 0 : -size / 2;
            assert_true((double)sites.xyz[i] >= low - 1e-6);
            assert_true((double)sites.xyz[i] <= low + size + 1e-6);
        }
        ia_sites_clear(&sites);
    }
}

// A box of whole cells repeats without a seam: every site has all its neighbours.
static void test_shells_are_full_across_faces(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FACTS; f++) {
        ia_simulate_params params = cube(facts[f].name);
        ia_sites sites = sites_of(&params);
        for (size_t i = 0; i < sites.n; i += 7)
            for (size_t s = 0; s < facts[f].n_shells; s++)
                assert_int_equal(
                    count_at(&sites, i, facts[f].shells[s].distance * spacing, 2, true),
                    facts[f].shells[s].sites);
        ia_sites_clear(&sites);
    }
}

static bool is_deep(const ia_sites *sites, size_t i, double margin)
{
    const float *p = &sites->xyz[3 * i];

    return fabs((double)p[0]) < size / 2 - margin &&
           fabs((double)p[1]) < size / 2 - margin &&
           fabs((double)p[2] - size / 2) < size / 2 - margin;
}

static void test_rotation_keeps_the_shells(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_FACTS; f++) {
        ia_simulate_params params = cube(facts[f].name);
        set_params(&params, (const char *const[]){"rotate_x_deg=17", "rotate_y_deg=-33",
                                                  "rotate_z_deg=71", NULL});
        ia_sites sites = sites_of(&params);
        size_t seen = 0;
        for (size_t i = 0; i < sites.n; i++) {
            if (!is_deep(&sites, i, 2 * spacing))
                continue;
            seen++;
            for (size_t s = 0; s < facts[f].n_shells; s++)
                assert_int_equal(
                    count_at(&sites, i, facts[f].shells[s].distance * spacing, 2, false),
                    facts[f].shells[s].sites);
        }
        assert_true(seen >= 5);
        ia_sites_clear(&sites);
    }
}

// A turned crystal fills the box as densely as an upright one: in 10 nm cubes the number
// of sites differs from density x volume by those of the surface, far less than 1 %.
static void test_rotated_box_is_filled(void **state)
{
    (void)state;
    for (int turn = 1; turn <= 8; turn++) {
        ia_simulate_params params = PARAMS("lattice=fcc", "lattice_parameter=0.4",
                                           "size_x=10", "size_y=9", "size_z=11");
        params.rotate_x_deg = 45.0 * turn;
        params.rotate_y_deg = 13.0 * turn;
        params.rotate_z_deg = -29.0 * turn;
        ia_sites sites = sites_of(&params);
        double expected = ia_lattice_density(&params) * 990;
        assert_true(fabs((double)sites.n - expected) < 0.005 * expected);
        ia_sites_clear(&sites);
    }
}

static void test_hcp_has_twelve_neighbours(void **state)
{
    (void)state;
    ia_simulate_params params = cube("lattice=hcp");
    ia_sites sites = sites_of(&params);
    size_t seen = 0;

    for (size_t i = 0; i < sites.n; i++) {
        if (!is_deep(&sites, i, 0.65))
            continue;
        seen++;
        assert_int_equal(count_at(&sites, i, spacing, 2, false), 12);
        assert_int_equal(count_at(&sites, i, sqrt(2.0) * spacing, 2, false), 6);
        assert_int_equal(count_at(&sites, i, sqrt(8.0 / 3) * spacing, 2, false), 2);
    }
    assert_true(seen >= 20);
    assert_near(ia_lattice_density(&params), sqrt(2.0) / pow(spacing, 3), 1e-6);
    ia_sites_clear(&sites);
}

static void test_axis_ratio_stretches_c(void **state)
{
    (void)state;
    ia_simulate_params params = cube("lattice=l10");

    params.c_over_a = 0.9;
    assert_near(ia_lattice_density(&params), 4 / (0.9 * pow(spacing, 3)), 1e-9);
    ia_sites sites = sites_of(&params);
    size_t i = 0;
    while (!is_deep(&sites, i, 0.9))
        i++;
    assert_int_equal(count_at(&sites, i, 0.9 * spacing, 2, false), 2);
    ia_sites_clear(&sites);
}

// The hexagonal axis goes where the rotation sends (0, 0, 1), seen in the frame (x, y,
// -z).
static void test_rotation_turns_the_c_axis(void **state)
{
    (void)state;
    ia_simulate_params params = cube("lattice=hcp");
    double r[3][3];

    params.rotate_x_deg = 30;
    params.rotate_y_deg = 20;
    ia_lattice_rotation(&params, r);
    ia_sites sites = sites_of(&params);
    double c = sqrt(8.0 / 3) * spacing;
    size_t i = 0, found = 0;
    while (!is_deep(&sites, i, 0.8))
        i++;
    const float *p = &sites.xyz[3 * i];
    const float up[3] = {(float)((double)p[0] + c * r[0][2]),
                         (float)((double)p[1] + c * r[1][2]),
                         (float)((double)p[2] - c * r[2][2])};
    for (size_t j = 0; j < sites.n; j++)
        found += distance(&sites.xyz[3 * j], up, false) < 1e-4;
    assert_int_equal(found, 1);
    ia_sites_clear(&sites);
}

static void test_rotations_follow_in_order(void **state)
{
    (void)state;
    ia_simulate_params params = PARAMS("rotate_x_deg=90", "rotate_z_deg=90");
    const double expected[3][3] = {
        {0, 0, 1}, {1, 0, 0}, {0, 1, 0}}; // y -> z, then x -> y
    double r[3][3];

    ia_lattice_rotation(&params, r);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            assert_near(r[i][j], expected[i][j], 1e-12);
}

// Neighbours of minority sites on the minority sublattice, shell by shell.
static void test_sublattices_alternate(void **state)
{
    static const struct {
        size_t lattice; // row of facts
        double share;
        size_t like[3];
    } orders[] = {{4, 0.5, {0, 6, 12}},
                  {5, 0.25, {0, 6, 0}},
                  {6, 0.5, {4, 6, 8}},
                  {7, 0.25, {0, 0, 12}}};
    (void)state;
    for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
        const lattice_facts *fact = &facts[orders[o].lattice];
        ia_simulate_params params = cube(fact->name);
        ia_sites sites = sites_of(&params);
        size_t minority = 0;
        for (size_t i = 0; i < sites.n; i++) {
            minority += sites.sublattice[i];
            if (!sites.sublattice[i] || i % 5 != 0)
                continue;
            for (size_t s = 0; s < 3; s++)
                assert_int_equal(
                    count_at(&sites, i, fact->shells[s].distance * spacing, 1, true),
                    orders[o].like[s]);
        }
        assert_near((double)minority / (double)sites.n, orders[o].share, 1e-12);
        assert_near(ia_lattice_share(&params), orders[o].share, 1e-12);
        ia_sites_clear(&sites);
    }
}

static void test_random_lattice_has_its_density(void **state)
{
    (void)state;
    ia_simulate_params params = cube("lattice=random");

    params.density = 90;
    ia_sites sites = sites_of(&params);
    assert_int_equal(sites.n, 1244); // 90 x 2.4^3 = 1244.16
    ia_sites_clear(&sites);
}

static void test_threads_do_not_change_sites(void **state)
{
    (void)state;
    for (int lattice = 0; lattice < 2; lattice++) {
        ia_simulate_params params = cube(lattice ? "lattice=diamond" : "lattice=random");
        ia_sites by_threads[2] = {0};
        params.size_x = params.size_y = 12;
        params.density = 300;
        for (size_t t = 0; t < 2; t++) {
            ia_ctx *ctx = ia_ctx_new();
            ia_ctx_set_threads(ctx, t + 1);
            assert_int_equal(ia_sites_compute(ctx, &params, &by_threads[t]), IA_OK);
            ia_ctx_free(ctx);
        }
        assert_true(by_threads[0].n > 2 * (size_t)IA_SYNTH_BLOCK);
        assert_int_equal(by_threads[0].n, by_threads[1].n);
        assert_memory_equal(by_threads[0].xyz, by_threads[1].xyz,
                            by_threads[0].n * 3 * sizeof(float));
        assert_memory_equal(by_threads[0].sublattice, by_threads[1].sublattice,
                            by_threads[0].n);
        ia_sites_clear(&by_threads[0]);
        ia_sites_clear(&by_threads[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number_of_sites_is_exact),
        cmocka_unit_test(test_number_does_not_hang_on_rounding),
        cmocka_unit_test(test_sites_lie_inside_the_box),
        cmocka_unit_test(test_shells_are_full_across_faces),
        cmocka_unit_test(test_rotation_keeps_the_shells),
        cmocka_unit_test(test_rotated_box_is_filled),
        cmocka_unit_test(test_hcp_has_twelve_neighbours),
        cmocka_unit_test(test_axis_ratio_stretches_c),
        cmocka_unit_test(test_rotation_turns_the_c_axis),
        cmocka_unit_test(test_rotations_follow_in_order),
        cmocka_unit_test(test_sublattices_alternate),
        cmocka_unit_test(test_random_lattice_has_its_density),
        cmocka_unit_test(test_threads_do_not_change_sites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
