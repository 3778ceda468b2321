// tests/unit/test_place.c: species on sites: composition, order, clusters and boundary
// excess.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth_case.h"
#include "synth/parts.h"

typedef struct {
    ia_simulate_params params;
    ia_mix mix;
    ia_sites sites;
    ia_placed placed;
} solid;

static solid solid_of(ia_simulate_params params)
{
    solid s = {.params = params};

    assert_int_equal(ia_simulate_check(NULL, &s.params, &s.mix), IA_OK);
    assert_int_equal(ia_sites_compute(NULL, &s.params, &s.sites), IA_OK);
    assert_int_equal(ia_place(NULL, &s.params, &s.mix, &s.sites, &s.placed), IA_OK);
    return s;
}

static void solid_clear(solid *s)
{
    ia_placed_clear(&s->placed);
    ia_sites_clear(&s->sites);
}

static size_t count_element(const solid *s, size_t element, int sublattice)
{
    size_t n = 0;

    for (size_t i = 0; i < s->sites.n; i++)
        n += s->placed.element[i] == element &&
             (sublattice == 2 || s->sites.sublattice[i] == sublattice);
    return n;
}

static void test_composition_is_binomial(void **state)
{
    (void)state;
    solid s = solid_of(PARAMS("composition=Fe:0.9 Cr:0.0995 C:0.0005", "size_x=20",
                              "size_y=20", "size_z=20"));
    const double c[3] = {0.9, 0.0995, 0.0005};

    for (size_t e = 0; e < 3; e++)
        assert_binomial((double)count_element(&s, e, 2), (double)s.sites.n, c[e]);
    for (size_t i = 0; i < s.sites.n; i++)
        assert_int_equal(s.placed.object[i], -1);
    solid_clear(&s);
}

static void test_shares_keep_the_composition(void **state)
{
    static const char *const lattices[] = {"lattice=b2", "lattice=l12", "lattice=l10",
                                           "lattice=d03", "lattice=fcc"};
    (void)state;
    for (size_t l = 0; l < 5; l++)
        for (int s = 0; s <= 4; s++)
            for (int b = 1; b <= 8; b++) {
                ia_simulate_params params = PARAMS(lattices[l]);
                ia_mix mix = {.n = 3, .z = {28, 13, 22}};
                double shares[2][IA_MIX_MAX];
                params.order = 0.25 * s;
                mix.fraction[1] = 0.1 * b;
                mix.fraction[2] = 0.05;
                mix.fraction[0] = 1 - mix.fraction[1] - mix.fraction[2];
                ia_order_shares(&params, &mix, shares);
                double part = ia_lattice_share(&params);
                for (size_t e = 0; e < 3; e++) {
                    assert_true(shares[0][e] >= -1e-15 && shares[1][e] >= -1e-15);
                    assert_near((1 - part) * shares[0][e] + part * shares[1][e],
                                mix.fraction[e], 1e-12);
                }
            }
}

static void test_full_order_is_perfect(void **state)
{
    (void)state;
    solid s = solid_of(PARAMS("lattice=l12", "lattice_parameter=0.36", "size_x=7.2",
                              "size_y=7.2", "size_z=7.2", "composition=Ni:0.75 Al:0.25"));

    assert_int_equal(count_element(&s, 1, 1), 8000);
    assert_int_equal(count_element(&s, 1, 0), 0);
    solid_clear(&s);
}

// S = 0.5 in A3B: B sits on its own sublattice with 0.25 + 0.5 x 0.75 = 0.625.
static void test_partial_order(void **state)
{
    (void)state;
    solid s = solid_of(PARAMS("lattice=l12", "lattice_parameter=0.36", "size_x=14.4",
                              "size_y=14.4", "size_z=14.4", "composition=Ni:0.75 Al:0.25",
                              "order=0.5"));
    double cells = 64000;

    assert_int_equal(s.sites.n, 256000);
    assert_binomial((double)count_element(&s, 1, 1), cells, 0.625);
    assert_binomial((double)count_element(&s, 1, 0), 3 * cells, 0.125);
    solid_clear(&s);
}

// Atoms and solutes of cluster 0's shell between two radii; others are left out.
static void count_shell(const solid *s, double from, double to, double *atoms,
                        double *solutes)
{
    for (size_t i = 0; i < s->sites.n; i++)
        for (size_t k = 0; k < s->placed.n_objects; k++) {
            const ia_object *object = &s->placed.objects[k];
            double square = 0;
            for (int c = 0; c < 3; c++)
                square +=
                    pow((double)s->sites.xyz[3 * i + (size_t)c] - object->centre[c], 2);
            double beyond = sqrt(square) - object->radius;
            if (beyond < from || beyond >= to)
                continue;
            *atoms += 1;
            *solutes += s->placed.element[i] == s->mix.solute;
        }
}

static void test_sharp_clusters_have_their_composition(void **state)
{
    (void)state;
    solid s = solid_of(PARAMS("specimen=clusters", "composition=Fe:0.98 Cu:0.02",
                              "cluster_density=1e24", "cluster_radius=2",
                              "cluster_fraction=0.6", "interface_width=0", "size_x=24",
                              "size_y=24", "size_z=24"));
    double atoms = 0, solutes = 0, labelled = 0, rest = 0, rest_solutes = 0;

    count_shell(&s, -100, 0, &atoms, &solutes);
    assert_binomial(solutes, atoms, 0.6);
    for (size_t i = 0; i < s.sites.n; i++) {
        labelled += s.placed.object[i] >= 0;
        rest += s.placed.object[i] < 0;
        rest_solutes += s.placed.object[i] < 0 && s.placed.element[i] == s.mix.solute;
    }
    assert_near(labelled, atoms, 0);
    assert_binomial(rest_solutes, rest, 0.02);
    solid_clear(&s);
}

// A matrix richer than its clusters: the solute goes down to the planned fraction.
static void test_clusters_can_be_poor(void **state)
{
    (void)state;
    solid s = solid_of(PARAMS("specimen=clusters", "composition=Fe:0.6 Cu:0.4",
                              "cluster_density=1e24", "cluster_radius=2",
                              "cluster_fraction=0.1", "interface_width=0", "size_x=20",
                              "size_y=20", "size_z=20"));
    double atoms = 0, solutes = 0;

    count_shell(&s, -100, 0, &atoms, &solutes);
    assert_binomial(solutes, atoms, 0.1);
    solid_clear(&s);
}

// Across the edge the fraction follows the error function; shells of 0.1 nm, widths 0.4
// nm.
static void test_edge_is_an_error_function(void **state)
{
    (void)state;
    solid s = solid_of(
        PARAMS("specimen=clusters", "composition=Fe Cu:0.02", "cluster_density=2e23",
               "cluster_radius=4", "cluster_radius_sd=0", "cluster_fraction=0.8",
               "interface_width=0.4", "size_x=30", "size_y=30", "size_z=30"));

    for (int shell = -8; shell < 8; shell++) {
        double from = 0.1 * shell, atoms = 0, solutes = 0;
        count_shell(&s, from, from + 0.1, &atoms, &solutes);
        double level = 0.5 * erfc((from + 0.05) / (sqrt(2.0) * 0.4));
        double c = 0.02 + 0.78 * level;
        // 0.004: the fraction's change of slope and the sites' spread across a shell
        assert_near(solutes / atoms, c, 0.004 + 3.6 * sqrt(c * (1 - c) / atoms));
    }
    solid_clear(&s);
}

// The solvent in the layer gives way to the solute; other species stay.
static void test_boundary_relabels_solvent_only(void **state)
{
    (void)state;
    const char *const settings[] = {"composition=Fe:0.94 Cu:0.01 Mn:0.05",
                                    "size_x=20",
                                    "size_y=20",
                                    "size_z=12",
                                    "excess=8",
                                    NULL};
    ia_simulate_params params = params_of(settings);
    solid plain = solid_of(params);
    double changed = 0;

    set_params(&params, (const char *const[]){"specimen=boundary", NULL});
    solid s = solid_of(params);
    assert_int_equal(s.placed.n_objects, 1);
    for (size_t i = 0; i < s.sites.n; i++) {
        double z = (double)s.sites.xyz[3 * i + 2] - 6;
        assert_int_equal(s.placed.object[i], fabs(z) <= 1.5 ? 0 : -1);
        changed += (double)(s.placed.element[i] == 1);
    }
    for (size_t i = 0; i < plain.sites.n; i++)
        changed -= (double)(plain.placed.element[i] == 1);
    // 8 nm^-2 x 400 nm^2 = 3200, and the noise of two binomial counts
    assert_near(changed, 3200, once_in_1000 * sqrt(3200 + 2 * 0.01 * (double)s.sites.n));
    assert_binomial((double)count_element(&s, 2, 2), (double)s.sites.n, 0.05);
    solid_clear(&s);
    solid_clear(&plain);
}

static void test_tilt_turns_the_normal_towards_x(void **state)
{
    (void)state;
    solid s = solid_of(PARAMS("specimen=boundary", "solute=C", "boundary_tilt_deg=30"));

    assert_near(s.placed.objects[0].normal[0], 0.5, 1e-12);
    assert_near(s.placed.objects[0].normal[1], 0, 0);
    assert_near(s.placed.objects[0].normal[2], sqrt(0.75), 1e-12);
    assert_near(s.placed.objects[0].centre[2], 12, 1e-12);
    solid_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_composition_is_binomial),
        cmocka_unit_test(test_shares_keep_the_composition),
        cmocka_unit_test(test_full_order_is_perfect),
        cmocka_unit_test(test_partial_order),
        cmocka_unit_test(test_sharp_clusters_have_their_composition),
        cmocka_unit_test(test_clusters_can_be_poor),
        cmocka_unit_test(test_edge_is_an_error_function),
        cmocka_unit_test(test_boundary_relabels_solvent_only),
        cmocka_unit_test(test_tilt_turns_the_normal_towards_x),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
