// tests/physics/test_deuterium_space.c: deuterium in one half of a specimen and hydrogen
// in the other, every ion counted: does each method of space tell them apart?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"
#include "space_case.h"

#include <ionatlas/composition.h>
#include <ionatlas/field.h>
#include <ionatlas/knn.h>
#include <ionatlas/profile.h>
#include <ionatlas/proxigram.h>
#include <ionatlas/rdf.h>

// Ions of a half, at random in 10 x 10 x 10 nm: deuterium below, hydrogen above.
enum { IRON = 8000, DEUTERIUM = 1000, MIXED = 200, HYDROGEN = 1000 };
enum { BELOW = IRON + DEUTERIUM + MIXED, ABOVE = IRON + HYDROGEN, N = BELOW + ABOVE };
// Atoms of all, of deuterium and of hydrogen without it.
enum { ATOMS = N + MIXED, ATOMS_D = DEUTERIUM + MIXED, ATOMS_H = HYDROGEN + MIXED };
static const double edge = 10;

// As range files write it, without a word on what the specimen was charged with.
static const char rrng[] = "[Ions]\nNumber=3\nIon1=H\nIon2=D\nIon3=Fe\n[Ranges]\n"
                           "Number=4\nRange1=0.9 1.1 H:1\nRange2=1.95 2.1 D:1\n"
                           "Range3=2.95 3.1 H:1 D:1\nRange4=55.5 56.5 Fe:1\n";

static double mass_of(size_t i)
{
    if (i < IRON)
        return 56;
    if (i < IRON + DEUTERIUM)
        return 2.014;
    if (i < BELOW)
        return 3.022;
    return i < BELOW + HYDROGEN ? 1.008 : 56;
}

static void make(cloud *h)
{
    ia_random random = ia_random_new(1, 5);
    *h = (cloud){0};
    CHECK_OK(NULL, ia_ions_new(NULL, N, 1u << IA_XYZ | 1u << IA_MASS, &h->ions));
    float *xyz = ia_ions_values(&h->ions, IA_XYZ),
          *mass = ia_ions_values(&h->ions, IA_MASS);
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(edge * ia_random_uniform(&random));
        xyz[3 * i + 2] += (float)(i < BELOW ? 0 : edge);
        mass[i] = (float)mass_of(i);
    }
    range_cloud(h, rrng);
}

// Counts are exact; shares of exact counts, to the rounding of a double.
static void check_share(double percent, double of, double all)
{
    assert_true(fabs(percent - 100 * of / all) < 1e-9);
}

static void composition_has_a_row_of_each(void **unused)
{
    (void)unused;
    cloud h;
    make(&h);
    const ia_composition *c = &h.composition;
    double sum = 0;
    size_t n_seen = 0;
    for (size_t i = 0; i < c->n_elements; i++) {
        bool is_d = strcmp(c->elements[i].name, "2H") == 0;
        bool is_h = strcmp(c->elements[i].name, "H") == 0;
        if (is_d || is_h)
            check_share(c->elements[i].percent, is_d ? ATOMS_D : ATOMS_H, ATOMS);
        n_seen += is_d || is_h;
        sum += c->elements[i].percent;
    }
    assert_int_equal(n_seen, 2);
    assert_true(fabs(sum - 100) < 1e-9);
    free_cloud(&h);
}

static ia_axis_profile profile_of(const cloud *h, const char *solute)
{
    const ia_share_input input = {&h->ions, &h->ranges, &h->ranger, NULL};
    ia_axis_profile_params params = ia_axis_profile_defaults();
    ia_axis_profile p = {0};
    strcpy(params.solute, solute);
    strcpy(params.axis, "z");
    strcpy(params.origin, "5,5,10");
    params.profile_bin = 10;
    params.n_shuffles = 39;
    params.divisions = 0;
    CHECK_OK(NULL, ia_axis_profile_compute(NULL, &input, &params, &p));
    return p;
}

// Of bins below and above the middle of the specimen, whichever they are.
static void sides_of(const ia_axis_profile *p, size_t e, double counts[2],
                     double atoms[2])
{
    for (int side = 0; side < 2; side++)
        counts[side] = atoms[side] = 0;
    for (size_t b = 0; b < p->n_bins; b++) {
        int side = p->edge[b] + p->edge[b + 1] > 0;
        counts[side] += p->shares[e * p->n_bins + b].counts;
        atoms[side] += p->shares[e * p->n_bins + b].atoms;
    }
}

// The middle is an edge of bins: every ion is on its side.
static void a_profile_counts_each_on_its_side(void **unused)
{
    (void)unused;
    static const double wanted[2][2] = {{ATOMS_D, 0}, {MIXED, HYDROGEN}};
    cloud h;
    make(&h);
    ia_axis_profile p = profile_of(&h, "D,H,2H");
    assert_int_equal(p.n_elements, 2); // D and 2H are one
    assert_string_equal(p.tests[0].name, "2H");
    assert_string_equal(p.tests[1].name, "H");
    for (size_t e = 0; e < 2; e++) {
        double counts[2], atoms[2];
        sides_of(&p, e, counts, atoms);
        for (int side = 0; side < 2; side++)
            assert_true(counts[side] == wanted[e][side]);
        assert_true(atoms[0] == BELOW + MIXED && atoms[1] == ABOVE);
        assert_true(p.tests[e].p < 0.06); // the least of 39 shuffles is 0.05
    }
    ia_axis_profile_clear(&p);
    free_cloud(&h);
}

static void shares_of_a_profile_add_up(void **unused)
{
    (void)unused;
    cloud h;
    make(&h);
    ia_axis_profile p = profile_of(&h, "");
    assert_int_equal(p.n_elements, 3);
    for (size_t b = 0; b < p.n_bins; b++) {
        double sum = 0;
        for (size_t e = 0; e < p.n_elements; e++)
            sum += p.shares[e * p.n_bins + b].percent;
        assert_true(isnan(sum) || fabs(sum - 100) < 1e-9);
    }
    ia_axis_profile_clear(&p);
    free_cloud(&h);
}

static double ratio_within(const cloud *h, const char *from, const char *to, double r)
{
    const ia_knn_input input = {&h->ions, &h->ranges, &h->ranger, &h->composition};
    ia_rdf_params params = ia_rdf_defaults();
    ia_rdfs rdfs = {0};
    double pairs = 0, null = 0;
    strcpy(params.from, from);
    strcpy(params.to, to);
    params.r_max = 2;
    params.bin = 0.1;
    params.n_shuffles = 39;
    CHECK_OK(NULL, ia_rdfs_compute(NULL, &input, &params, &rdfs));
    assert_int_equal(rdfs.n, 1);
    for (size_t b = 0; b < (size_t)(r / params.bin + 0.5); b++) {
        pairs += (double)rdfs.pairs[0].pairs[b];
        null += rdfs.pairs[0].null_mean[b];
    }
    ia_rdfs_clear(&rdfs);
    return pairs / null;
}

// All deuterium is in the half that has 9,200 of 18,200 ions: there it is 1.98 times as
// dense as labels at random would be, less 2 % of pairs that would reach across the
// middle. Some 3,000 pairs lie within 1 nm: 2 %. Hydrogen of the other half meets it
// about the middle alone, in 3 r / 16 of 10 nm on either side.
static void pairs_of_deuterium_lie_in_its_half(void **unused)
{
    (void)unused;
    cloud h;
    make(&h);
    double own = ratio_within(&h, "D", "2H", 1), other = ratio_within(&h, "H", "D", 1);
    print_message("D about D %.3f, about H %.3f\n", own, other);
    assert_true(fabs(own - (double)N / BELOW) < 0.1);
    assert_true(other < 0.06);
    free_cloud(&h);
}

// A surface about where deuterium is the more frequent: what lies on either side.
static void a_surface_parts_them(void **unused)
{
    (void)unused;
    cloud h;
    make(&h);
    const ia_share_input input = {&h.ions, &h.ranges, &h.ranger, NULL};
    ia_ctx *ctx = ia_ctx_new();
    ia_volume_params vp = ia_volume_defaults();
    ia_surface_params sp = ia_surface_defaults();
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_volume v = {.p = NAN};
    ia_surface s = {0};
    ia_proxigram p = {0};
    strcpy(vp.solute, "D");
    vp.kernel = IA_KERNEL_FIXED;
    vp.sigma = 1;
    vp.voxel = 0.5;
    vp.n_shuffles = 0;
    sp.threshold = 6.4;
    sp.n_null = 0;
    strcpy(pp.species, "D,H");
    pp.divisions = 0;
    CHECK_OK(NULL, ia_volume_compute(NULL, &input, &vp, &v));
    assert_string_equal(v.solute, "2H");
    CHECK_OK(NULL, ia_surface_compute(NULL, &input, &v, &sp, &s));
    CHECK_OK(ctx, ia_proxigram_compute(ctx, &input, &v, &s, &pp, &p));
    const double inside[2] = {100.0 * ATOMS_D / (BELOW + MIXED),
                              100.0 * MIXED / (BELOW + MIXED)};
    const double outside[2] = {0, 100.0 * HYDROGEN / ABOVE};
    for (size_t e = 0; e < 2; e++) {
        const ia_proxigram_element *own = &p.elements[e];
        print_message("%s: inside %.2f (%.2f), outside %.2f (%.2f)\n", own->name,
                      own->inside.percent, inside[e], own->outside.percent, outside[e]);
        // Four standard deviations of some thousand ions to a side, and what a surface
        // that wanders by half a nm puts on the wrong one.
        assert_true(fabs(own->inside.percent - inside[e]) < 1.2);
        assert_true(fabs(own->outside.percent - outside[e]) < 1.2);
    }
    ia_proxigram_clear(&p);
    ia_surface_clear(&s);
    ia_volume_clear(&v);
    ia_ctx_free(ctx);
    free_cloud(&h);
}

// Balls of 70 % deuterium on a grid, hydrogen anywhere: clusters of the one alone, as
// many as there are balls, of which hydrogen has its share of 1 %.
static void clusters_are_of_deuterium_alone(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(40000, 1); // of copper, 1 % of it anywhere
    ia_cluster_params params = ia_cluster_defaults();
    ia_clustering out = {0};
    size_t n_d = 0, n_found = 0;
    ia_random random = ia_random_new(3, 3);
    ia_ranges_clear(&c.ranges);
    ia_ranger_clear(&c.ranger);
    add_range(&c.ranges, "Fe+", mass_fe);
    add_range(&c.ranges, "D+", mass_cu);
    add_range(&c.ranges, "H+", mass_cuo);
    CHECK_OK(NULL, ia_ranger_build(NULL, &c.ranges, &c.ranger));
    for (size_t i = 0; i < c.ions.n; i++) {
        if ((double)c.mass[i] == mass_fe && ia_random_uniform(&random) < 0.01)
            c.mass[i] = (float)mass_cuo;
        n_d += (double)c.mass[i] == mass_cu;
    }
    params.divisions = 0;
    strcpy(params.solute, "D");
    CHECK_OK(NULL, case_compute(NULL, &c, &params, &out));
    assert_int_equal(out.n_clusters, N_BALLS);
    for (size_t i = 0; i < out.n_clusters; i++) {
        n_found += out.clusters[i].solute_ions;
        assert_true(out.clusters[i].solute_percent > 50);
    }
    assert_true(n_found < n_d);
    ia_clustering_clear(&out);
    strcpy(params.solute, "H");
    CHECK_OK(NULL, case_compute(NULL, &c, &params, &out));
    assert_int_equal(out.n_clusters, 0);
    ia_clustering_clear(&out);
    case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(composition_has_a_row_of_each),
        cmocka_unit_test(a_profile_counts_each_on_its_side),
        cmocka_unit_test(shares_of_a_profile_add_up),
        cmocka_unit_test(pairs_of_deuterium_lie_in_its_half),
        cmocka_unit_test(a_surface_parts_them),
        cmocka_unit_test(clusters_are_of_deuterium_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
