// tests/physics/test_surface_null.c: are the objects of random labels told from real
// ones, and is the blur of a kernel put right?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include <ionatlas/surface.h>

static ia_surface surface_of(const cluster_case *c, const ia_volume_params *vp,
                             const ia_surface_params *sp)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_volume v = {.p = NAN};
    ia_surface s = {.n_objects = 0};
    CHECK_OK(NULL, ia_volume_compute(NULL, &input, vp, &v));
    CHECK_OK(NULL, ia_surface_compute(NULL, &input, &v, sp, &s));
    ia_volume_clear(&v);
    return s;
}

static ia_volume_params smoothed(double sigma, double voxel)
{
    ia_volume_params p = ia_volume_defaults();
    strcpy(p.solute, "Cu");
    p.kernel = IA_KERNEL_FIXED;
    p.sigma = sigma;
    p.voxel = voxel;
    p.n_shuffles = 0;
    return p;
}

// Labels at random, the threshold found in the data: the largest object is as unusual as
// 19 shuffles can say, p = 0.05, in 0 to 10 of 60 clouds for 999 of 1,000 correct
// programs; so is the number of objects.
static void random_labels_make_no_objects(void **unused)
{
    (void)unused;
    int n_largest = 0, n_number = 0;
    ia_surface_params sp = ia_surface_defaults();
    sp.least_ions = 2;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        cluster_case c = case_random(4000, 0.1, seed);
        ia_volume_params vp = smoothed(0.7, 0.5);
        vp.seed = seed;
        ia_surface s = surface_of(&c, &vp, &sp);
        n_largest += s.n_objects > 0 && s.objects[0].p <= 0.05;
        n_number += s.p <= 0.05;
        ia_surface_clear(&s);
        case_clear(&c);
    }
    assert_in_range(n_largest, 0, 10);
    assert_in_range(n_number, 0, 10);
}

// A ball of pure Cu in iron, R = 3 nm, 40 ions per nm^3, smoothed by 0.6 nm: the radius
// at the midpoint is too small by the blur and right once that is taken off. The volume
// of 4,500 ions is known within 1.5 %, the radius within 0.5 %; the level that a tenth of
// the atoms exceed is below that of the ball by some per cent.
static void the_blur_is_put_right(void **unused)
{
    (void)unused;
    double sum[2] = {0, 0};
    enum { CLOUDS = 4 };
    for (uint64_t seed = 1; seed <= CLOUDS; seed++) {
        cluster_case c = case_random(80000, 0, seed);
        double middle = cbrt(80000.0 / 40) / 2;
        for (size_t i = 0; i < c.ions.n; i++) {
            double r2 = 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)c.xyz[3 * i + k] - middle, 2);
            if (r2 < 9)
                c.mass[i] = (float)mass_cu;
        }
        ia_volume_params vp = smoothed(0.6, 0.25);
        ia_surface_params sp = ia_surface_defaults();
        sp.threshold_rule = IA_LEVEL_MIDPOINT;
        sp.n_null = 0;
        ia_surface s = surface_of(&c, &vp, &sp);
        assert_int_equal(s.n_objects, 1);
        sum[0] += s.objects[0].radius / CLOUDS;
        sum[1] += s.objects[0].true_radius / CLOUDS;
        ia_surface_clear(&s);
        case_clear(&c);
    }
    double expected = 3 * ia_blurred_radius(0.6 / 3, 0.5);
    assert_true(fabs(sum[0] / expected - 1) < 0.015);
    assert_true(fabs(sum[1] / 3 - 1) < 0.015);
}

// Balls of 50 % in 5 % under the two-pass kernel of 3, 3 and 1.5 nm on voxels of 1 nm,
// whose second moments are 1.25, 1.25 and 0.5 nm^2: its Gaussian, sampled so coarsely
// along z, has 2 % less. The values fall off anew in each cloud: their mean over four
// is known to 3 % for 1.5 nm, to 2 and 1 % for 2 and 3 nm, and at 1.5 s a kernel that is
// flat along z makes it 5 % too small.
static void the_published_kernel_is_put_right(void **unused)
{
    (void)unused;
    static const double radius[] = {1.5, 2, 3}, off[] = {0.13, 0.07, 0.035};
    enum { CLOUDS = 4 };
    for (size_t b = 0; b < 3; b++) {
        double sum = 0, edge = 4 * radius[b] + 6;
        for (uint64_t seed = 1; seed <= CLOUDS; seed++) {
            cluster_case c =
                case_random((size_t)(40 * pow(edge, 3)), 0.05, 10 * b + seed);
            ia_random random = ia_random_new(seed, 80);
            double at[3];
            for (size_t k = 0; k < 3; k++)
                at[k] = edge / 2 + ia_random_uniform(&random);
            for (size_t i = 0; i < c.ions.n; i++) {
                double r2 = 0;
                for (size_t k = 0; k < 3; k++)
                    r2 += pow((double)c.xyz[3 * i + k] - at[k], 2);
                if (r2 < radius[b] * radius[b])
                    c.mass[i] =
                        (float)(ia_random_uniform(&random) < 0.5 ? mass_cu : mass_fe);
            }
            ia_volume_params vp = smoothed(0, 1);
            ia_surface_params sp = ia_surface_defaults();
            vp.kernel = IA_KERNEL_TWO_PASS;
            sp.n_null = 0;
            ia_surface s = surface_of(&c, &vp, &sp);
            assert_true(fabs(s.sigma - 1) < 0.02);
            sum += s.objects[0].true_radius / CLOUDS;
            ia_surface_clear(&s);
            case_clear(&c);
        }
        print_message("%g nm: %.3f\n", radius[b], sum);
        assert_true(fabs(sum / radius[b] - 1) < off[b]);
    }
}

// Balls of 60 at.% in 2, R 3 nm, at 25 at.%: volume, area and both radii scatter over
// sixteen clouds as stated, within 0.6 to 1.6 (chi of 15 degrees, p 0.002 either way).
static void objects_scatter_as_stated(void **unused)
{
    (void)unused;
    enum { CLOUDS = 16, N = 40000, VALUES = 4 };
    const double side = cbrt(N / 40.0);
    double sum[VALUES] = {0}, squares[VALUES] = {0}, stated[VALUES] = {0};
    for (uint64_t seed = 1; seed <= CLOUDS; seed++) {
        cluster_case c = case_random(N, 0.02, seed);
        ia_random random = ia_random_new(seed, 81);
        ia_volume_params vp = smoothed(0.6, 0.5);
        ia_surface_params sp = ia_surface_defaults();
        for (size_t i = 0; i < N; i++) {
            double r2 = 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)c.xyz[3 * i + k] - side / 2, 2);
            if (r2 < 9)
                c.mass[i] = (float)(ia_random_uniform(&random) < 0.6 ? mass_cu : mass_fe);
        }
        sp.threshold = 25;
        sp.n_null = 1;
        ia_surface s = surface_of(&c, &vp, &sp);
        const ia_surface_object *o = &s.objects[0];
        const double values[VALUES] = {o->volume, o->area, o->radius, o->true_radius};
        const double sigmas[VALUES] = {o->sigma_volume, o->sigma_area, o->sigma_radius,
                                       o->sigma_true_radius};
        for (size_t v = 0; v < VALUES; v++) {
            sum[v] += values[v];
            squares[v] += values[v] * values[v];
            stated[v] += sigmas[v] * sigmas[v] / CLOUDS;
        }
        ia_surface_clear(&s);
        case_clear(&c);
    }
    for (size_t v = 0; v < VALUES; v++) {
        double scatter = sqrt((squares[v] - sum[v] * sum[v] / CLOUDS) / (CLOUDS - 1));
        print_message("scatter over stated %.2f\n", scatter / sqrt(stated[v]));
        assert_true(scatter > 0.6 * sqrt(stated[v]) && scatter < 1.6 * sqrt(stated[v]));
    }
}

// By a rule, the threshold scatters more than leaving ions out at one shows: no error is
// told but that of the unblurred radius, which hangs on it little.
static void a_chosen_threshold_has_no_errors(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(20000, 4);
    ia_volume_params vp = smoothed(0.6, 0.5);
    ia_surface_params sp = ia_surface_defaults();
    sp.n_null = 1;
    ia_surface s = surface_of(&c, &vp, &sp);
    assert_true(s.n_objects > 0);
    const ia_surface_object *o = &s.objects[0];
    assert_true(isnan(o->sigma_volume) && isnan(o->sigma_area));
    assert_true(isnan(o->sigma_radius));
    ia_surface_clear(&s);
    case_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_labels_make_no_objects),
        cmocka_unit_test(the_blur_is_put_right),
        cmocka_unit_test(the_published_kernel_is_put_right),
        cmocka_unit_test(objects_scatter_as_stated),
        cmocka_unit_test(a_chosen_threshold_has_no_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
