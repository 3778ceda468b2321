// tests/physics/test_reconstruct_tip.c: does a tip come back with its sizes, its flat
// layers and its volume?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon_case.h"

static const char *const names[] = {"stereographic", "equidistant", "point"};

static smooth_tip wide_tip(int kind)
{
    return (smooth_tip){.r0 = 90,
                        .shank_deg = 14,
                        .depth = 30,
                        .density = 1.5,
                        .projection = {kind, 90, 1.5, {0, 0}},
                        .detector_radius = 38,
                        .kf = 3.3,
                        .field = 33};
}

// A layer is the ions within 0.5 nm of a depth; its height is how far they come back from
// where they were: root mean square about their mean, and how the mean is off.
typedef struct {
    double rms, mean, lateral;
} layer;

static layer layer_of(const ia_reconstruction *r, const double *places, double depth)
{
    float *xyz = all_places(r);
    double n = 0, sum = 0, square = 0, lateral = 0;
    for (size_t i = 0; i < r->n; i++) {
        const double *at = &places[3 * i];
        if (fabs(at[2] - depth) > 0.5)
            continue;
        double off = (double)xyz[3 * i + 2] - at[2];
        n++;
        sum += off;
        square += off * off;
        lateral +=
            pow((double)xyz[3 * i] - at[0], 2) + pow((double)xyz[3 * i + 1] - at[1], 2);
    }
    free(xyz);
    assert_true(n > 1000);
    return (layer){sqrt(square / n - sum * sum / n / n), sum / n, sqrt(lateral / n)};
}

static layer reconstruct(const ia_ions *ions, const ia_reconstruct_params *params,
                         const double *places, double depth)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruction r = {0};
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, ions, params, &r));
    layer found = layer_of(&r, places, depth);
    ia_reconstruction_clear(&r);
    ia_ctx_free(ctx);
    return found;
}

// A cap of 90 nm on 14 degrees, told all constants: the layer at 25 nm comes back flat.
// Ions are counted: of the 300,000 above the layer the root is 0.2 %, 0.05 nm of 25; the
// radius that the detector is found to have adds 0.1 %. The common increment forgets that
// the cap widens and that the cap seen is not flat: its depth is off by tenths.
static void flat_layers_come_back_flat(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < 3; kind++) {
        smooth_tip tip = wide_tip(kind);
        double *places;
        ia_ions ions = smooth_ions(&tip, 1 + (uint64_t)kind, &places);
        ia_reconstruct_params p = told(&tip);
        layer exact = reconstruct(&ions, &p, places, 25);
        p.increment = IA_INCREMENT_COMMON;
        layer common = reconstruct(&ions, &p, places, 25);
        p.increment = IA_INCREMENT_EXACT;
        p.evolution = IA_RADIUS_SHANK;
        p.shank_deg = 14;
        layer cone = reconstruct(&ions, &p, places, 25);
        p.evolution = IA_RADIUS_TAPER;
        layer taper = reconstruct(&ions, &p, places, 25);
        printf("%s, %zu ions: layer at 25 nm, rms / mean / lateral nm: exact %.3f %.3f "
               "%.3f, cone %.3f %.3f %.3f, taper %.3f %.3f %.3f, common %.3f %.3f %.3f\n",
               names[kind], ions.n, exact.rms, exact.mean, exact.lateral, cone.rms,
               cone.mean, cone.lateral, taper.rms, taper.mean, taper.lateral, common.rms,
               common.mean, common.lateral);
        assert_true(exact.rms < 0.1 && fabs(exact.mean) < 0.15 && exact.lateral < 0.1);
        assert_true(cone.rms < 0.1 && fabs(cone.mean) < 0.15 && cone.lateral < 0.15);
        assert_true(taper.rms < 0.1 && fabs(taper.mean) < 0.15 && taper.lateral < 0.15);
        assert_true(common.rms > 2 * exact.rms);
        free(places);
        ia_ions_clear(&ions);
    }
}

// What a wrong ICF or centre does to the layer, each projection reconstructed as itself.
static void wrong_constants_bend_the_layer(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < 3; kind++) {
        smooth_tip tip = wide_tip(kind);
        double *places;
        ia_ions ions = smooth_ions(&tip, 11, &places);
        ia_reconstruct_params p = told(&tip), wrong;
        layer right = reconstruct(&ions, &p, places, 25);
        for (int tenth = 1; tenth <= 2; tenth++) {
            wrong = p;
            wrong.icf *= 1 + 0.05 * tenth;
            layer icf = reconstruct(&ions, &wrong, places, 25);
            wrong = p;
            wrong.centre_x += 0.05 * tenth * 38;
            layer centre = reconstruct(&ions, &wrong, places, 25);
            printf("%s: %d %% off: icf rms %.2f lateral %.2f, centre rms %.2f lateral "
                   "%.2f nm\n",
                   names[kind], 5 * tenth, icf.rms, icf.lateral, centre.rms,
                   centre.lateral);
            assert_true(icf.lateral > 5 * right.lateral);
            assert_true(centre.lateral > 5 * right.lateral);
        }
        free(places);
        ia_ions_clear(&ions);
    }
}

// The volume between the first cap and the last, added up from the caps alone: that of
// the ions within 0.1 %.
static void volume_is_conserved(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const double pi = acos(-1.0);
    for (int kind = 0; kind < 3; kind++) {
        smooth_tip tip = wide_tip(kind);
        tip.depth = 20;
        tip.density = 0.5;
        double *places;
        ia_ions ions = smooth_ions(&tip, 21, &places);
        ia_reconstruct_params p = told(&tip);
        p.detector_radius = 38;
        ia_reconstruction r = {0};
        CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
        // What lies within the view: slices of the cap's way, each from its own sphere.
        double sum = 0, theta = ia_projection_angle(&tip.projection, 38);
        for (size_t j = 1; j < r.n_caps; j++)
            for (int k = 0; k < 100; k++) {
                double radius =
                    r.caps[j - 1].radius +
                    (r.caps[j].radius - r.caps[j - 1].radius) * (k + 0.5) / 100;
                double down = (r.caps[j].apex + r.caps[j].radius - r.caps[j - 1].apex -
                               r.caps[j - 1].radius) /
                              100;
                double wider = (r.caps[j].radius - r.caps[j - 1].radius) / 100;
                sum += pi * radius * radius * pow(sin(theta), 2) * down -
                       2 * pi * radius * radius * (1 - cos(theta)) * wider;
            }
        double expected = (double)ions.n * p.atomic_volume / p.efficiency;
        printf("%s: %.1f of %.1f nm^3\n", names[kind], sum, expected);
        assert_true(fabs(sum / expected - 1) < 1e-3);
        assert_true(fabs(r.volume / expected - 1) < 1e-9);
        // And the last apex: within three roots of the ions, 0.5 %.
        assert_true(fabs(r.caps[r.n_caps - 1].apex / tip.depth - 1) < 0.005);
        // The cone, from the voltages.
        assert_true(fabs(r.shank * 180 / pi - 14) < 0.1);
        ia_reconstruction_clear(&r);
        free(places);
        ia_ions_clear(&ions);
    }
    ia_ctx_free(ctx);
}

// A specimen that stands beside the middle of the detector: the view is no circle about
// the axis, its volume is still counted.
static void a_detector_off_the_axis_is_counted(void **unused)
{
    (void)unused;
    smooth_tip tip = wide_tip(IA_PROJECTION_EQUIDISTANT);
    tip.projection.centre[0] = 6;
    tip.projection.centre[1] = -4;
    double *places;
    ia_ions ions = smooth_ions(&tip, 31, &places);
    ia_reconstruct_params p = told(&tip);
    p.detector_radius = 38;
    layer found = reconstruct(&ions, &p, places, 25);
    printf("off the axis: rms %.3f mean %.3f lateral %.3f nm\n", found.rms, found.mean,
           found.lateral);
    assert_true(found.rms < 0.1 && fabs(found.mean) < 0.15);
    free(places);
    ia_ions_clear(&ions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_layers_come_back_flat),
        cmocka_unit_test(wrong_constants_bend_the_layer),
        cmocka_unit_test(volume_is_conserved),
        cmocka_unit_test(a_detector_off_the_axis_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
