// tests/unit/test_reconstruct.c: constants, refusals, evolutions and tables of the
// reconstruction.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon_case.h"

static smooth_tip small_tip(void)
{
    return (smooth_tip){.r0 = 40,
                        .shank_deg = 8,
                        .depth = 12,
                        .density = 4,
                        .projection = {IA_PROJECTION_EQUIDISTANT, 100, 1.6, {0, 0}},
                        .detector_radius = 40,
                        .kf = 3,
                        .field = 20};
}

static ia_reconstruction compute(const ia_ions *ions, const ia_reconstruct_params *p)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruction r = {0};
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, ions, p, &r));
    ia_ctx_free(ctx);
    return r;
}

static const ia_cap *last_cap(const ia_reconstruction *r)
{
    return &r->caps[r->n_caps - 1];
}

// At so many turns about the middle, and mm from it.
static void set_hit(double turns, double r, float hit[2])
{
    double angle = 2 * acos(-1.0) * fmod(turns, 1);
    hit[0] = (float)(r * cos(angle));
    hit[1] = (float)(r * sin(angle));
}

// By hand: 1,000,000 ions of 0.02 nm^3 at an efficiency of 0.5 are 40,000 nm^3; a cap of
// 50 nm seen to theta = 1.6 x 40 / 100 = 0.64 has an area of pi (50 sin 0.64)^2 = 2801
// nm^2.
static void a_fixed_cap_by_hand(void **unused)
{
    (void)unused;
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, 1000000, 1u << IA_DET_XY, &ions), IA_OK);
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < ions.n; i++)
        set_hit(i + 1 < ions.n ? 0.41421356237 * (double)i : 0,
                40 * sqrt(fmod(0.6180339887 * (double)i, 1)), &hits[2 * i]);
    ia_reconstruct_params p = ia_reconstruct_defaults();
    p.projection = IA_PROJECTION_EQUIDISTANT;
    p.evolution = IA_RADIUS_FIXED;
    p.radius = 50;
    p.icf = 1.6;
    p.flight_path = 100;
    p.efficiency = 0.5;
    p.atomic_volume = 0.02;
    p.evaporation_field = 20;
    p.detector_radius = 40;
    double area = acos(-1.0) * pow(50 * sin(0.64), 2);
    ia_reconstruction r = compute(&ions, &p);
    assert_true(fabs(last_cap(&r)->apex - 40000 / area) < 1e-9);
    assert_true(fabs(r.view - 0.64) < 1e-12);
    float *xyz = all_places(&r);
    double theta = 1.6 * (double)hits[2 * 999999] / 100;
    assert_true(fabs((double)xyz[3 * 999999] - 50 * sin(theta)) < 1e-4);
    assert_true(fabs((double)xyz[3 * 999999 + 2] - 40000 / area - 50 * (1 - cos(theta))) <
                1e-4);
    assert_true(fabs((double)xyz[2] - 0.5 * 0.04 / area) < 1e-9);
    free(xyz);
    ia_reconstruction_clear(&r);
    // The common rule: Omega L^2 / (eta A ICF^2 R^2) for each ion.
    p.increment = IA_INCREMENT_COMMON;
    r = compute(&ions, &p);
    double each = 0.02 * 100 * 100 / (0.5 * acos(-1.0) * 40 * 40 * 1.6 * 1.6 * 50 * 50);
    assert_true(fabs(last_cap(&r)->apex - 1e6 * each) < 1e-9);
    ia_reconstruction_clear(&r);
    // Found in the hits: the 0.999 quantile over its root, 40 mm within 0.1 %.
    p.detector_radius = 0;
    r = compute(&ions, &p);
    assert_true(fabs(r.params.detector_radius / 40 - 1) < 1e-3);
    ia_reconstruction_clear(&r);
    // Of an even disc of 40 mm three quarters lie beyond 20 mm.
    p.detector_radius = 20;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0),
                           "75 % of the hits lie outside the detector's radius of 20 "));
    ia_reconstruction_clear(&r);
    ia_ctx_free(ctx);
    ia_ions_clear(&ions);
}

// Depth of the common rule grows as kf^2, 1/ICF^2 and, at all voltages doubled, 1/4.
static void the_common_rule_scales(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 1, &places);
    ia_reconstruct_params p = told(&tip), other;
    p.increment = IA_INCREMENT_COMMON;
    ia_reconstruction r = compute(&ions, &p);
    double depth = last_cap(&r)->apex;
    ia_reconstruction_clear(&r);
    other = p;
    other.kf *= 1.1;
    r = compute(&ions, &other);
    assert_true(fabs(last_cap(&r)->apex / depth - 1.21) < 1e-9);
    ia_reconstruction_clear(&r);
    other = p;
    other.icf *= 1.1;
    r = compute(&ions, &other);
    assert_true(fabs(last_cap(&r)->apex / depth - 1 / 1.21) < 1e-9);
    ia_reconstruction_clear(&r);
    float *v = ia_ions_values(&ions, IA_V_DC);
    for (size_t i = 0; i < ions.n; i++)
        v[i] *= 2;
    r = compute(&ions, &p);
    assert_true(fabs(last_cap(&r)->apex / depth - 0.25) < 1e-6);
    ia_reconstruction_clear(&r);
    free(places);
    ia_ions_clear(&ions);
}

// The cone's own profile as a micrograph gives what the cone gives, and so does the
// voltage.
static void evolutions_agree_on_a_cone(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 2, &places);
    ia_reconstruct_params p = told(&tip);
    p.evolution = IA_RADIUS_SHANK;
    p.radius = 40;
    p.shank_deg = 8;
    ia_reconstruction cone = compute(&ions, &p);
    p.evolution = IA_RADIUS_PROFILE;
    snprintf(p.profile, sizeof p.profile, "# depth radius\n0, 40\n12 %.10g; 30 %.10g",
             smooth_radius(&tip, 12), smooth_radius(&tip, 30));
    ia_reconstruction profile = compute(&ions, &p);
    p = told(&tip);
    ia_reconstruction voltage = compute(&ions, &p);
    assert_true(fabs(last_cap(&cone)->apex - last_cap(&profile)->apex) < 1e-6);
    assert_true(fabs(last_cap(&cone)->radius - last_cap(&profile)->radius) < 1e-6);
    assert_true(fabs(last_cap(&cone)->apex - last_cap(&voltage)->apex) < 0.02);
    // Cap by cap, the cone is that of its angle.
    assert_true(fabs(last_cap(&cone)->radius -
                     smooth_radius(&tip, last_cap(&cone)->apex)) < 1e-6);
    assert_true(isnan(cone.shank) && fabs(voltage.shank * 180 / acos(-1.0) - 8) < 0.3);
    ia_reconstruction_clear(&cone);
    ia_reconstruction_clear(&profile);
    ia_reconstruction_clear(&voltage);
    free(places);
    ia_ions_clear(&ions);
}

// Any rows in any order; a second file goes on where the first stopped; threads.
static void rows_come_in_any_order(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 3, &places);
    ia_reconstruct_params p = told(&tip);
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruction r = compute(&ions, &p), again = {0};
    ia_ctx_set_threads(ctx, 3);
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &again));
    assert_int_equal(r.n_caps, again.n_caps);
    assert_memory_equal(r.caps, again.caps, r.n_caps * sizeof *r.caps);
    float *xyz = all_places(&r), part[3 * 2000];
    ia_column column = ia_reconstruction_xyz(&r);
    for (size_t at = ions.n - 2000; at > 5000; at -= 4321) {
        column.fill(&column, at, 2000, part);
        assert_memory_equal(part, xyz + 3 * at, sizeof part);
    }
    ia_reconstruction_clear(&r);
    p.depth_start = 100;
    r = compute(&ions, &p);
    float *deeper = all_places(&r);
    assert_true(fabsf(deeper[3 * 777 + 2] - xyz[3 * 777 + 2] - 100) < 1e-4f);
    free(deeper);
    free(xyz);
    ia_reconstruction_clear(&r);
    ia_reconstruction_clear(&again);
    ia_ctx_free(ctx);
    free(places);
    ia_ions_clear(&ions);
}

static void constants_may_change_on_the_way(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 4, &places);
    ia_reconstruct_params p = told(&tip);
    snprintf(p.sections, sizeof p.sections, "ion icf kf\n0 1.6 3.0\n%zu 1.4 3.3", ions.n);
    ia_reconstruction r = compute(&ions, &p);
    const ia_cap *first = &r.caps[0], *last = last_cap(&r);
    assert_true(fabs(first->icf - 1.6) < 1e-12 && fabs(last->icf - 1.4) < 1e-12);
    assert_true(fabs(first->radius - 40) < 0.05);
    assert_true(fabs(last->radius - smooth_radius(&tip, 12) / 1.1) < 0.05);
    ia_reconstruction_clear(&r);
    // Over a constant that was found with its error: said.
    ia_ctx *ctx = ia_ctx_new();
    p.sigma_icf = 0.02;
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "sections replace icf = 1.6,"));
    ia_reconstruction_clear(&r);
    p.sigma_icf = 0;
    ia_ctx_free(ctx);
    // By voltage the same constants as without: nothing changes.
    p.sections[0] = 0;
    ia_reconstruction plain = compute(&ions, &p);
    strcpy(p.sections, "voltage efficiency; 1000 0.5; 9000 0.5");
    r = compute(&ions, &p);
    assert_true(fabs(last_cap(&r)->apex - last_cap(&plain)->apex) < 1e-9);
    ia_reconstruction_clear(&r);
    ia_reconstruction_clear(&plain);
    free(places);
    ia_ions_clear(&ions);
}

// The tip's own cone takes over from its voltages half-way: the same caps as by voltage
// throughout, to the 0.05 nm that voltages of windows leave; then a cap that stays. A kf
// that is a tenth off jumps where the cone ends, which is said.
static void evolution_may_change_on_the_way(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 4, &places);
    ia_reconstruct_params p = told(&tip);
    ia_reconstruction plain = compute(&ions, &p);
    double shank = plain.shank * 180 / M_PI;
    size_t half = ions.n / 2;
    snprintf(p.sections, sizeof p.sections,
             "ion evolution shank_deg; 0 voltage %.10g; %zu shank %.10g", shank, half,
             shank);
    ia_reconstruction r = compute(&ions, &p);
    assert_int_equal(r.n_caps, plain.n_caps);
    for (size_t j = 0; j < r.n_caps; j++)
        if (!(fabs(r.caps[j].radius - plain.caps[j].radius) < 0.05 &&
              fabs(r.caps[j].apex - plain.caps[j].apex) < 0.05))
            fail_msg("cap %zu: %g at %g nm, %g at %g by voltage", j, r.caps[j].radius,
                     r.caps[j].apex, plain.caps[j].radius, plain.caps[j].apex);
    ia_reconstruction_clear(&r);
    snprintf(p.sections, sizeof p.sections, "ion evolution; 0 voltage; %zu fixed", half);
    r = compute(&ions, &p);
    size_t first = 0;
    while (r.caps[first].ion < (double)half)
        first++;
    assert_true(r.caps[first].radius == r.caps[first - 1].radius);
    assert_true(last_cap(&r)->radius == r.caps[first].radius);
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    CHECK_OK(ctx, ia_reconstruction_tables(ctx, &r, &result));
    const ia_table *t = ia_result_find(&result, "sections");
    assert_string_equal(((char **)t->columns[1].data)[0], "voltage");
    assert_string_equal(((char **)t->columns[1].data)[1], "fixed");
    ia_result_clear(&result);
    ia_reconstruction_clear(&r);
    snprintf(p.sections, sizeof p.sections,
             "ion evolution kf; 0 fixed %.10g; %zu voltage %.10g", 1.1 * p.kf, half,
             1.1 * p.kf);
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "the radius jumps from"));
    ia_ctx_free(ctx);
    ia_reconstruction_clear(&r);
    ia_reconstruction_clear(&plain);
    free(places);
    ia_ions_clear(&ions);
}

// The depth goes with one over the area that is seen: of an even disc of hits without the
// quarter x, y > 0, at a fixed radius, it is that of the whole disc, from three quarters
// of the ions. A hole of 4 mm, as a pole may be, is 1 % of the disc and no blind part; of
// few ions nothing is said.
static void blind_parts_do_not_count(void **unused)
{
    (void)unused;
    enum { N = 400000 };
    const double depth = 0.02 * N / (0.5 * acos(-1.0) * pow(50 * sin(0.64), 2));
    for (int k = 0; k < 3; k++) {
        ia_ions ions = {0};
        size_t kept = 0;
        assert_int_equal(ia_ions_new(NULL, N, 1u << IA_DET_XY, &ions), IA_OK);
        float *hits = ia_ions_values(&ions, IA_DET_XY);
        for (size_t i = 0; i < (k == 2 ? N / 100 : N); i++) {
            float *hit = &hits[2 * kept];
            set_hit(0.41421356237 * (double)i,
                    40 * sqrt(fmod(0.6180339887 * (double)i, 1)), hit);
            bool gone =
                k == 1 ? hypotf(hit[0] - 10, hit[1]) < 4 : hit[0] > 0 && hit[1] > 0;
            kept += !gone;
        }
        ions.n = ions.columns[IA_DET_XY].n = kept;
        ia_reconstruct_params p = ia_reconstruct_defaults();
        p.projection = IA_PROJECTION_EQUIDISTANT;
        p.evolution = IA_RADIUS_FIXED;
        p.radius = 50;
        p.icf = 1.6;
        p.flight_path = 100;
        p.efficiency = 0.5;
        p.atomic_volume = 0.02;
        p.detector_radius = 40;
        ia_reconstruction r = compute(&ions, &p);
        assert_true(k == 0 ? fabs(r.blind_share - 0.25) < 0.003 : r.blind_share == 0);
        if (k == 0)
            assert_true(fabs(last_cap(&r)->apex / depth - 1) < 0.005);
        ia_reconstruction_clear(&r);
        ia_ions_clear(&ions);
    }
}

static void what_was_not_told_is_said(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 5, &places);
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruct_params p = ia_reconstruct_defaults();
    ia_reconstruction r = {0};
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_string_equal(r.assumed,
                        "evaporation_field atomic_volume flight_path efficiency");
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    ia_reconstruction_clear(&r);
    ia_ctx_reset(ctx);
    CHECK_OK(ctx, ia_field_read(ctx, ia_method_find(&ia_reconstruct_method, "preset"),
                                "5000-xs", &p));
    strcpy(p.element, "W");
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_string_equal(r.assumed, "");
    assert_true(r.params.flight_path == 120 && r.params.efficiency == 0.8);
    assert_true(r.params.evaporation_field == 57 && r.params.atomic_volume == 0.01583);
    ia_result result = {0};
    CHECK_OK(ctx, ia_reconstruction_tables(ctx, &r, &result));
    const ia_table *table = ia_result_find(&result, "reconstruction");
    assert_true(*(double *)ia_table_find(table, "icf")->data == 1.65);
    assert_true(isnan(*(double *)ia_table_find(table, "sigma_icf")->data));
    assert_int_equal(ia_table_find(table, "centre_mm")->dims[1], 2);
    assert_true(ia_result_find(&result, "caps")->n_rows > 10);
    ia_result_clear(&result);
    ia_reconstruction_clear(&r);
    ia_ctx_free(ctx);
    free(places);
    ia_ions_clear(&ions);
}

static void refuse(ia_ctx *ctx, const ia_ions *ions, const ia_reconstruct_params *p,
                   ia_status status, const char *text)
{
    ia_reconstruction r = {0}, untouched = {0};
    CHECK_FAILS(ctx, ia_reconstruct_compute(ctx, ions, p, &r), status, text);
    assert_memory_equal(&r, &untouched, sizeof r);
}

static void refuse_text(ia_ctx *ctx, const ia_ions *ions, ia_reconstruct_params p,
                        const char *sections, const char *text)
{
    snprintf(p.sections, sizeof p.sections, "%s", sections);
    refuse(ctx, ions, &p, IA_ERR_PARAM, text);
}

static void tables_that_cannot_be_are_refused(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    tip.density = 0.5;
    double *places;
    ia_ions ions = smooth_ions(&tip, 6, &places);
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruct_params p = told(&tip), profile = p;
    refuse_text(ctx, &ions, p, "ion", "no row of numbers");
    refuse_text(ctx, &ions, p, "time icf; 1 1.6", "'time' where ion or voltage");
    refuse_text(ctx, &ions, p, "ion beta; 1 1.6", "'beta' is none of");
    refuse_text(ctx, &ions, p, "ion foo; 10 1.6; 5 1.7", "'foo' is none of");
    refuse_text(ctx, &ions, p, "ion icf; 1 x", "'x' where a number");
    refuse_text(ctx, &ions, p, "ion icf; 1 1.6 1", "3 numbers where 2");
    refuse_text(ctx, &ions, p, "ion icf; 1 1.6; 1 1.5", "1 does not rise from 1");
    refuse_text(ctx, &ions, p, "ion icf; 1 -1.6", "icf = -1.6 is not above 0");
    refuse_text(ctx, &ions, p, "ion icf; 0 1.6; 9 99",
                "sections, row 2: icf = 99 is not within 0.5 and 5");
    refuse_text(ctx, &ions, p, "ion efficiency; 0 5",
                "sections, row 1: efficiency = 5 is not within 0 and 1");
    refuse_text(ctx, &ions, p, "ion centre_x; 0 1e5", "is not within -10000 and 10000");
    refuse_text(ctx, &ions, p, "a b c d e f g h i j k l m", "more than 12 columns");
    refuse_text(ctx, &ions, p, "ion evolution; 0 cone", "row 1: 'cone' is no evolution");
    refuse_text(ctx, &ions, p, "ion evolution; 0 taper", "taper fits one cone");
    refuse_text(ctx, &ions, p, "ion evolution; 0 voltage; 9 shank", "needs --shank-deg");
    refuse_text(ctx, &ions, p, "ion evolution; 0 voltage; 9 profile", "needs --profile");
    refuse_text(ctx, &ions, p, "ion shank_deg; 0 70", "shank_deg = 70 is not within 0");
    profile.evolution = IA_RADIUS_PROFILE;
    refuse(ctx, &ions, &profile, IA_ERR_PARAM, "needs --profile");
    strcpy(profile.profile, "0 40 3");
    refuse(ctx, &ions, &profile, IA_ERR_PARAM, "depth and radius were expected");
    strcpy(profile.profile, "0 40; 5 0");
    refuse(ctx, &ions, &profile, IA_ERR_PARAM, "a radius of 0 nm");
    ia_ctx_free(ctx);
    free(places);
    ia_ions_clear(&ions);
}

// Voltages: constant, none above 0, some missing; then no hit that is a place.
static void refuse_voltages(ia_ctx *ctx, ia_ions *ions, const ia_reconstruct_params *p)
{
    float *hits = ia_ions_values(ions, IA_DET_XY), *v = ia_ions_values(ions, IA_V_DC);
    for (size_t i = 0; i < ions->n; i++)
        v[i] = 5000;
    refuse(ctx, ions, p, IA_ERR_PARAM, "5000 V throughout");
    for (size_t i = 0; i < ions->n; i++)
        v[i] = i < 5000 ? 5000 : 0;
    refuse(ctx, ions, p, IA_ERR_PARAM, "throughout");
    memset(v, 0, ions->n * sizeof *v);
    refuse(ctx, ions, p, IA_ERR_UNSUPPORTED, "no voltage is above 0");
    for (size_t i = 0; i < 2 * ions->n; i++)
        hits[i] = NAN;
    refuse(ctx, ions, p, IA_ERR_EMPTY, "no detector hit is a place");
}

static void inputs_that_cannot_do_are_refused(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    tip.density = 0.5;
    double *places;
    ia_ions ions = smooth_ions(&tip, 7, &places), empty = {0}, poor = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruct_params p = told(&tip);
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    refuse(ctx, &empty, &p, IA_ERR_EMPTY, "no ions");
    CHECK_OK(ctx, ia_ions_new(ctx, 5, 1u << IA_MASS, &poor));
    refuse(ctx, &poor, &p, IA_ERR_UNSUPPORTED, "no detector hits");
    ia_ions_clear(&poor);
    CHECK_OK(ctx, ia_ions_new(ctx, 5, 1u << IA_DET_XY, &poor));
    refuse(ctx, &poor, &p, IA_ERR_UNSUPPORTED, "no voltage (column v_dc)");
    p.evolution = IA_RADIUS_FIXED;
    p.radius = 30;
    refuse(ctx, &poor, &p, IA_ERR_PARAM, "at (0, 0)");
    ia_ions_clear(&poor);
    p = told(&tip);
    p.evolution = IA_RADIUS_SHANK;
    refuse(ctx, &ions, &p, IA_ERR_PARAM, "needs --shank-deg");
    p = told(&tip);
    p.evaporation_field = 0;
    strcpy(p.element, "Xx");
    refuse(ctx, &ions, &p, IA_ERR_PARAM, "element = 'Xx'");
    // Hits in centimetres and metres; then told that they are.
    p = told(&tip);
    ia_reconstruction right = compute(&ions, &p);
    for (size_t i = 0; i < 2 * ions.n; i++)
        hits[i] /= 10;
    for (int told_unit = 0; told_unit < 2; told_unit++) {
        p.hit_unit = told_unit ? IA_HITS_CM : IA_HITS_AUTO;
        ia_reconstruction same = {0};
        CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &same));
        assert_true(same.params.hit_unit == IA_HITS_CM && same.scale == 10);
        assert_true(fabs(last_cap(&same)->apex / last_cap(&right)->apex - 1) < 1e-6);
        ia_reconstruction_clear(&same);
    }
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(
        strstr(ia_ctx_warning(ctx, 0), "taken for cm; if they are not, give"));
    ia_reconstruction_clear(&right);
    p.hit_unit = IA_HITS_AUTO;
    for (size_t i = 0; i < 2 * ions.n; i++)
        hits[i] /= 10;
    refuse(ctx, &ions, &p, IA_ERR_PARAM, "in mm, cm or m: give --hit-unit");
    for (size_t i = 0; i < 2 * ions.n; i++)
        hits[i] /= 10;
    for (size_t i = 0; i < 2 * ions.n; i++)
        hits[i] *= 1e6f;
    refuse(ctx, &ions, &p, IA_ERR_PARAM, "no radius of a detector");
    for (size_t i = 0; i < 2 * ions.n; i++)
        hits[i] /= 1000;
    refuse_voltages(ctx, &ions, &p);
    ia_ctx_free(ctx);
    free(places);
    ia_ions_clear(&ions);
}

static void gaps_in_voltages_are_mended(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 8, &places);
    ia_reconstruct_params p = told(&tip);
    ia_reconstruction whole = compute(&ions, &p), mended = {0};
    float *v = ia_ions_values(&ions, IA_V_DC);
    for (size_t i = 10000; i < 14000; i++)
        v[i] = i % 2 ? 0 : NAN;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &mended));
    assert_int_equal(mended.n_no_voltage, 4);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_true(fabs(last_cap(&mended)->apex - last_cap(&whole)->apex) < 0.01);
    ia_reconstruction_clear(&mended);
    ia_reconstruction_clear(&whole);
    ia_ctx_free(ctx);
    free(places);
    ia_ions_clear(&ions);
}

// Hits beyond what the point projection shows stand at its rim; those that are no place,
// on the axis. Nothing that is not finite goes into a file.
static void hits_beyond_stand_at_the_limit(void **unused)
{
    (void)unused;
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, 100, 1u << IA_DET_XY, &ions), IA_OK);
    float *hits = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < 100; i++)
        hits[2 * i] = (float)i;
    hits[2 * 50] = NAN;
    ia_reconstruct_params p = ia_reconstruct_defaults();
    p.projection = IA_PROJECTION_POINT;
    p.evolution = IA_RADIUS_FIXED;
    p.radius = 20;
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruction r = {0};
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
    assert_non_null(strstr(ia_ctx_warning(ctx, ia_ctx_n_warnings(ctx) - 1),
                           "1 of 100 ions, first ion 51, have a hit"));
    float *xyz = all_places(&r);
    for (size_t i = 0; i < 300; i++)
        assert_true(isfinite(xyz[i]));
    assert_true(fabsf(xyz[3 * 99] - 20) < 1e-4f);
    assert_true(xyz[3 * 50] == 0);
    free(xyz);
    ia_ctx_free(ctx);
    ia_reconstruction_clear(&r);
    ia_ions_clear(&ions);
}

static ia_status starve(ia_ctx *ctx, const ia_ions *ions, const ia_reconstruct_params *p)
{
    ia_reconstruction r = {0};
    ia_result result = {0};
    ia_status st = ia_reconstruct_compute(ctx, ions, p, &r);
    if (st == IA_OK)
        st = ia_reconstruction_tables(ctx, &r, &result);
    ia_result_clear(&result);
    ia_reconstruction_clear(&r);
    return st;
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    smooth_tip tip = small_tip();
    tip.density = 0.5;
    double *places;
    ia_ions ions = smooth_ions(&tip, 9, &places);
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruct_params p = told(&tip);
    p.evolution = IA_RADIUS_PROFILE;
    strcpy(p.profile, "0 40; 10 42");
    strcpy(p.sections, "ion icf; 0 1.6");
    CHECK_STARVED(ctx, starve(ctx, &ions, &p), (void)0);
    ia_ctx_free(ctx);
    free(places);
    ia_ions_clear(&ions);
}

// Settings of which no needle comes are told, and only those.
static void odd_specimens_are_told(void **unused)
{
    (void)unused;
    static const struct {
        double efficiency, flight_path, field;
        const char *words;
    } cases[] = {{0.8, 120, 57, NULL},
                 {1e-9, 120, 57, "nm long"},
                 {0.8, 1e-6, 57, "degrees from the axis"},
                 {0.8, 120, 0.5, "the radius runs from"}};
    smooth_tip tip = small_tip();
    double *places;
    ia_ions ions = smooth_ions(&tip, 5, &places);
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ia_reconstruct_params p = ia_reconstruct_defaults();
        ia_reconstruction r = {0};
        bool told = false;
        ia_ctx_reset(ctx);
        strcpy(p.element, "W");
        p.efficiency = cases[i].efficiency;
        p.flight_path = cases[i].flight_path;
        p.evaporation_field = cases[i].field;
        CHECK_OK(ctx, ia_reconstruct_compute(ctx, &ions, &p, &r));
        for (size_t w = 0; cases[i].words && w < ia_ctx_n_warnings(ctx); w++)
            told |= strstr(ia_ctx_warning(ctx, w), cases[i].words) != NULL;
        assert_true(cases[i].words ? told : ia_ctx_n_warnings(ctx) == 0);
        ia_reconstruction_clear(&r);
    }
    ia_ctx_free(ctx);
    free(places);
    ia_ions_clear(&ions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_cap_by_hand),
        cmocka_unit_test(the_common_rule_scales),
        cmocka_unit_test(evolutions_agree_on_a_cone),
        cmocka_unit_test(rows_come_in_any_order),
        cmocka_unit_test(constants_may_change_on_the_way),
        cmocka_unit_test(evolution_may_change_on_the_way),
        cmocka_unit_test(blind_parts_do_not_count),
        cmocka_unit_test(what_was_not_told_is_said),
        cmocka_unit_test(tables_that_cannot_be_are_refused),
        cmocka_unit_test(inputs_that_cannot_do_are_refused),
        cmocka_unit_test(gaps_in_voltages_are_mended),
        cmocka_unit_test(hits_beyond_stand_at_the_limit),
        cmocka_unit_test(odd_specimens_are_told),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
