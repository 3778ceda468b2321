// tests/unit/test_orientation.c: lists of poles read, indexed and told.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "detector/lattices.h"

static const double length = 90; // mm

// The poles of fcc seen along [001], turned about the axis, without error.
static size_t look_along(double turn, double icf, ia_pole *out)
{
    static const int hkl[][3] = {{0, 0, 2},   {1, 1, 3}, {-1, 1, 3}, {1, -1, 3},
                                 {-1, -1, 3}, {0, 2, 4}, {2, 0, 4},  {0, -2, 4}};
    ia_projection p = {IA_PROJECTION_EQUIDISTANT, length, icf, {0, 0}};
    size_t n = sizeof hkl / sizeof hkl[0];
    for (size_t i = 0; i < n; i++) {
        double h = hkl[i][0], k = hkl[i][1], l = hkl[i][2], hit[2];
        const double at[3] = {cos(turn) * h - sin(turn) * k,
                              sin(turn) * h + cos(turn) * k, l};
        assert_true(ia_projection_hit(&p, at, hit));
        out[i] = (ia_pole){hit[0], hit[1], NAN};
    }
    return n;
}

static ia_orientation_params asked(const char *crystal)
{
    ia_orientation_params params = ia_orientation_defaults();
    snprintf(params.crystal, sizeof params.crystal, "%s", crystal);
    params.projection_length = length;
    params.n_random = 99;
    params.level = 0.01;
    return params;
}

static void check_exact(ia_ctx *ctx, double turn)
{
    ia_pole poles[16];
    ia_orientation_params params = asked("fcc");
    ia_pole_list list = {
        .poles = poles, .n = look_along(turn, 1.55, poles), .radius = 36};
    ia_orientation o;
    CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, &o));
    ia_crystal fcc;
    CHECK_OK(ctx, ia_crystal_parse(ctx, "fcc", &fcc));
    const double truth[3][3] = {
        {cos(turn), -sin(turn), 0}, {sin(turn), cos(turn), 0}, {0, 0, 1}};
    const ia_grain *g = &o.grains[0];
    assert_true(g->indexed && o.n_grains == 1 && g->n_named == list.n);
    assert_true(ia_misorientation(&fcc, (const double(*)[3])g->rotation, truth) < 1e-3);
    assert_true(fabs(g->icf - 1.55) < 0.01 && g->sigma_icf > 0 && g->sigma_icf < 0.1);
    assert_true(g->p_value < 0.0101 && g->misindex_probability < 0.02);
    for (size_t i = 0; i < list.n; i++) {
        int sum = 0;
        for (size_t k = 0; k < 3; k++)
            sum += o.names[i].hkl[k] * o.names[i].hkl[k];
        assert_int_equal(sum, i == 0 ? 4 : i < 5 ? 11 : 20);
        assert_true(o.names[i].residual < 0.1);
    }
    ia_orientation_clear(&o);
}

// Exact poles give the exact orientation, image compression factor and names, however the
// detector is turned.
static void exact_poles_are_indexed_exactly(void **state)
{
    (void)state;
    static const double turns[] = {0.3, 1, -2.3};
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++)
        check_exact(ctx, turns[i]);
    ia_ctx_free(ctx);
}

// Any number of threads, and poles in any order, give the same.
static void threads_and_order_do_not_matter(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_pole poles[16], other[16];
    ia_orientation_params params = asked("fcc");
    params.n_random = 39;
    ia_pole_list list = {.poles = poles, .n = look_along(0.7, 1.7, poles), .radius = 38};
    ia_orientation one, many;
    for (size_t i = 0; i < list.n; i++) {
        poles[i].significance = 20 - (double)i;
        other[list.n - 1 - i] = poles[i];
    }
    ia_ctx_set_threads(ctx, 1);
    CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, &one));
    ia_ctx_set_threads(ctx, 3);
    list.poles = other;
    CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, &many));
    const ia_grain *a = &one.grains[0], *b = &many.grains[0];
    assert_memory_equal(a->rotation, b->rotation, sizeof a->rotation);
    assert_true(a->icf == b->icf && a->sigma_icf == b->sigma_icf);
    assert_true(a->sigma_deg == b->sigma_deg && a->p_value == b->p_value);
    assert_true(a->misindex_probability == b->misindex_probability);
    ia_orientation_clear(&one);
    ia_orientation_clear(&many);
    ia_ctx_free(ctx);
}

// Measured from a corner: the same crystal, as many poles expected in view, and the axis
// in the frame of the poles. Whole mm are exact in binary, but sums of others are not:
// 1e-6.
static void a_detector_may_be_elsewhere(void **state)
{
    (void)state;
    const double corner[2] = {41, -39};
    ia_pole poles[16], moved[16];
    ia_orientation_params params = asked("fcc");
    ia_pole_list list = {.poles = poles, .n = look_along(0.4, 1.6, poles), .radius = 38},
                 there = {.poles = moved, .n = list.n, .radius = 38};
    ia_orientation a, b;
    for (size_t i = 0; i < list.n; i++)
        moved[i] = (ia_pole){poles[i].x + corner[0], poles[i].y + corner[1],
                             poles[i].significance};
    memcpy(there.centre, corner, sizeof corner);
    CHECK_OK(NULL, ia_orientation_compute(NULL, &list, &params, &a));
    CHECK_OK(NULL, ia_orientation_compute(NULL, &there, &params, &b));
    const ia_grain *g = &a.grains[0], *h = &b.grains[0];
    assert_true(g->indexed && h->indexed && g->n_expected == h->n_expected);
    for (size_t i = 0; i < 9; i++)
        assert_true(fabs(g->rotation[i / 3][i % 3] - h->rotation[i / 3][i % 3]) < 1e-6);
    for (size_t k = 0; k < 2; k++)
        assert_true(fabs(g->axis[k] + corner[k] - h->axis[k]) < 1e-6);
    ia_orientation_clear(&a);
    ia_orientation_clear(&b);
}

static void two_grains_are_parted(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_pole poles[32];
    ia_orientation_params params = asked("fcc");
    params.n_grains = 3;
    size_t n = look_along(0, 1.5, poles);
    n += look_along(0.5, 1.5, poles + n);
    poles[8].x += 0.4; // the poles on the axis fall together
    ia_pole_list list = {.poles = poles, .n = n, .radius = 36};
    ia_orientation o;
    CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, &o));
    assert_int_equal(o.n_grains, 2);
    assert_true(fabs(o.grains[0].icf - 1.5) < 0.02 && fabs(o.grains[1].icf - 1.5) < 0.05);
    for (size_t i = 2; i < 8; i++)
        assert_int_equal(o.names[i].grain, o.names[1].grain);
    for (size_t i = 10; i < 16; i++)
        assert_int_equal(o.names[i].grain, 1 - o.names[1].grain);
    ia_orientation_clear(&o);
    ia_ctx_free(ctx);
}

// Of an orientation that is none no number is told but that chance does as well.
static void assert_blank(const ia_table *index)
{
    static const char *const names[] = {
        "rotation",         "covariance_rad2",      "sigma_deg", "icf",
        "sigma_icf",        "deg_per_mm",           "axis_x_mm", "axis_y_mm",
        "sigma_axis_mm",    "axis_off_probability", "noise_deg", "score",
        "rival_probability"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!isnan(((const double *)ia_table_find(index, names[i])->data)[0]))
            fail_msg("%s is told", names[i]);
    assert_true(((const double *)ia_table_find(index, "p_value")->data)[0] == 1);
}

static void few_poles_are_not_indexed(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_pole poles[16];
    ia_orientation_params params = asked("bcc");
    params.n_random = 39;
    params.level = 0.03;
    for (size_t n = 0; n < 3; n++) {
        ia_orientation o;
        look_along(0, 1.5, poles);
        ia_pole_list list = {.poles = poles, .n = n};
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, &o));
        assert_true(!o.grains[0].indexed && o.n_grains == 0);
        assert_true(o.grains[0].misindex_probability == 1);
        assert_true(isnan(o.grains[0].icf) && isnan(o.grains[0].sigma_deg));
        ia_result result = {0};
        CHECK_OK(ctx, ia_orientation_tables(ctx, &o, &result));
        assert_blank(ia_result_find(&result, "index"));
        ia_result_clear(&result);
        assert_int_equal(ia_ctx_n_warnings(ctx), 1);
        ia_orientation_clear(&o);
    }
    ia_ctx_free(ctx);
}

static void lists_are_read(void **state)
{
    (void)state;
    static const char text[] =
        "# poles\nid,y_mm,x_mm,significance\n1,2.5,-1,9\n\n2,1,3e1,\n# end\n3,0,0,nan\n";
    ia_ctx *ctx = ia_ctx_new();
    ia_pole *poles = NULL;
    size_t n = 0;
    CHECK_OK(ctx, ia_poles_parse(ctx, text, sizeof text - 1, &poles, &n));
    assert_int_equal(n, 3);
    assert_true(poles[0].x == -1 && poles[0].y == 2.5 && poles[0].significance == 9);
    assert_true(poles[1].x == 30 && isnan(poles[1].significance));
    free(poles);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1); // of the last
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "1 of 3 poles have a significance"));
    ia_ctx_free(ctx);
    ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_poles_parse(ctx, "x_mm y_mm\n1 2\n", 14, &poles, &n));
    assert_true(n == 1 && poles[0].y == 2);
    free(poles);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    static const char twice[] = "x_mm y_mm\n1 2\n3 4\n1 2\n1 2.5\n1.0 2e0\n";
    CHECK_OK(ctx, ia_poles_parse(ctx, twice, sizeof twice - 1, &poles, &n));
    assert_true(n == 3 && poles[1].x == 3 && poles[2].y == 2.5);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0),
                           "2 of 5 poles repeat the place of another: they are taken"));
    free(poles);
    CHECK_FAILS(ctx, ia_poles_parse(ctx, "x y\n1 2\n", 8, &poles, &n), IA_ERR_FORMAT,
                "line 1: the names of columns");
    CHECK_FAILS(ctx, ia_poles_parse(ctx, "x_mm y_mm\n1 b\n", 14, &poles, &n),
                IA_ERR_FORMAT, "line 2: x_mm and y_mm are no numbers");
    CHECK_FAILS(ctx, ia_poles_parse(ctx, "x_mm y_mm\n1\n", 12, &poles, &n), IA_ERR_FORMAT,
                "line 2");
    CHECK_STARVED(ctx, ia_poles_parse(ctx, text, sizeof text - 1, &poles, &n),
                  free(poles));
    ia_ctx_free(ctx);
}

static void odd_lists_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words; // NULL: nothing is said
    } cases[] = {{"x_mm y_mm\n-17 3\n20 5\n", NULL},
                 {"x_mm y_mm\n-0.017 0.003\n0.02 0.005\n", "the poles span 0.037 mm"},
                 {"x_mm y_mm\n-170 3\n200 5\n", "the poles span 370 mm"},
                 {"x_mm y_mm significance\n-17 3 -4\n20 5 9\n",
                  "1 of 2 poles have a significance that is no number from 0 up"}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_pole *poles = NULL;
        size_t n = 0;
        CHECK_OK(ctx,
                 ia_poles_parse(ctx, cases[k].text, strlen(cases[k].text), &poles, &n));
        assert_int_equal(ia_ctx_n_warnings(ctx), cases[k].words ? 1 : 0);
        if (cases[k].words && !strstr(ia_ctx_warning(ctx, 0), cases[k].words))
            fail_msg("'%s' is not '%s'", ia_ctx_warning(ctx, 0), cases[k].words);
        free(poles);
        ia_ctx_free(ctx);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    static ia_pole poles[IA_POLES_MOST + 1];
    ia_orientation_params params = asked("");
    ia_pole_list list = {.poles = poles, .n = 4};
    ia_orientation o;
    CHECK_FAILS(ctx, ia_orientation_compute(ctx, &list, &params, &o), IA_ERR_PARAM,
                "no crystal is named");
    CHECK_FAILS(ctx, ia_orientation_compute(ctx, &list, NULL, &o), IA_ERR_PARAM,
                "no crystal is named");
    params = asked("ice");
    CHECK_FAILS(ctx, ia_orientation_compute(ctx, &list, &params, &o), IA_ERR_PARAM,
                "'ice' is no crystal");
    params = asked("fcc");
    params.icf_least = 3;
    CHECK_FAILS(ctx, ia_orientation_compute(ctx, &list, &params, &o), IA_ERR_PARAM,
                "is above icf_most");
    params = asked("fcc");
    list.n = IA_POLES_MOST + 1;
    CHECK_FAILS(ctx, ia_orientation_compute(ctx, &list, &params, &o), IA_ERR_PARAM,
                "at most 64");
    list.n = 4;
    poles[2].y = INFINITY;
    CHECK_FAILS(ctx, ia_orientation_compute(ctx, &list, &params, &o), IA_ERR_PARAM,
                "pole 3 lies nowhere");
    ia_ctx_free(ctx);
}

static ia_status index_and_tell(ia_ctx *ctx, ia_result *result)
{
    ia_pole poles[16];
    ia_orientation_params params = asked("fcc");
    ia_pole_list list = {.poles = poles, .n = look_along(0.3, 1.55, poles), .radius = 36};
    ia_orientation o = {0};
    params.n_random = 19;
    params.n_families = IS_SLOWED ? 2 : 4;
    ia_status st = ia_orientation_compute(ctx, &list, &params, &o);
    if (st == IA_OK)
        st = ia_orientation_tables(ctx, &o, result);
    ia_orientation_clear(&o);
    if (st != IA_OK)
        ia_result_clear(result);
    return st;
}

static void memory_that_is_short_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    CHECK_STARVED(ctx, index_and_tell(ctx, &result), ia_result_clear(&result));
    ia_ctx_free(ctx);
}

static void tables_have_the_agreed_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {"indexed", "crystal", "rotation", "sigma_deg",
                                       "misindex_probability"};
    static const char *const of_poles[] = {"hkl", "x_mm", "y_mm", "significance"};
    ia_result result = {0};
    CHECK_OK(NULL, index_and_tell(NULL, &result));
    const ia_table *table = ia_result_find(&result, "index");
    assert_int_equal(table->shape, IA_SCALARS);
    for (size_t i = 0; i < 5; i++)
        assert_non_null(ia_table_find(table, keys[i]));
    assert_int_equal(ia_table_find(table, "rotation")->dims[0], 3);
    table = ia_result_find(&result, "poles");
    assert_int_equal(table->shape, IA_ROWS);
    for (size_t i = 0; i < 4; i++)
        assert_non_null(ia_table_find(table, of_poles[i]));
    ia_result_clear(&result);
}

// Exact poles of fcc told to be hcp: said, with the odds of the likelier lattice; told to
// be fcc, not.
static void other_lattices_are_compared(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_pole poles[16];
    ia_pole_list list = {.poles = poles, .n = look_along(0.3, 1.55, poles), .radius = 36};
    ia_orientation_params params = asked("fcc");
    ia_orientation o;
    params.n_random = 19;
    params.level = 0.05;
    CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, &o));
    assert_int_equal(o.n_lattices, 4);
    assert_string_equal(o.lattices[0].crystal, "fcc");
    assert_true(o.lattices[0].score == o.grains[0].score);
    assert_int_equal(o.lattices[0].n_named, list.n);
    assert_string_equal(o.lattices[2].crystal, "hcp");
    assert_true(o.lattices[0].score > o.lattices[2].score + log(20));
    assert_string_equal(o.lattices[3].crystal, "diamond");
    assert_true(fabs(o.lattices[0].icf - 1.55) < 0.01);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_orientation_clear(&o);
    params = asked("hcp");
    params.n_random = 19;
    CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, &o));
    assert_string_equal(o.lattices[0].crystal, "hcp");
    assert_int_equal(ia_ctx_n_warnings(ctx), 2); // as few lists can index nothing
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "which needs n_random = 99"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "better than hcp, with odds of e^"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "at image compressions of "));
    assert_true(o.grains[0].misindex_probability > 0.5);
    ia_orientation_clear(&o);
    ia_ctx_free(ctx);
}

// With lists enough to index by, those poles are not indexed as hcp, which fcc beats.
static void what_another_lattice_is_likelier_for_is_not_indexed(void **state)
{
    (void)state;
    ia_pole poles[16];
    ia_pole_list list = {.poles = poles, .n = look_along(0.3, 1.55, poles), .radius = 36};
    static const char *const told[] = {"fcc", "hcp"};
    for (size_t i = 0; i < 2; i++) {
        ia_orientation_params params = asked(told[i]);
        ia_orientation o;
        params.n_random = 19;
        params.level = 1; // by chance alone anything is
        params.most_rival = 1;
        assert_int_equal(ia_orientation_compute(NULL, &list, &params, &o), IA_OK);
        assert_int_equal(o.grains[0].indexed, i == 0);
        ia_orientation_clear(&o);
    }
}

// Angles do not know a size: that of the lattice told makes no rival of it.
static void a_lattice_is_no_rival_of_itself(void **state)
{
    (void)state;
    ia_pole poles[16];
    ia_pole_list list = {.poles = poles, .n = look_along(0.3, 1.55, poles), .radius = 36};
    ia_orientation_params params = asked("fcc:0.405");
    ia_orientation o;
    params.n_random = 19;
    assert_int_equal(ia_orientation_compute(NULL, &list, &params, &o), IA_OK);
    assert_int_equal(o.n_lattices, 4);
    assert_string_equal(o.lattices[0].crystal, "fcc:0.405");
    for (size_t i = 1; i < o.n_lattices; i++)
        assert_string_not_equal(o.lattices[i].crystal, "fcc");
    ia_orientation_clear(&o);
}

// Beforehand 20 to 1 for the lattice told; a compression of 1.62 e^-0.26 is two standard
// deviations off, which is worth e^2.
static void lattices_have_probabilities(void **state)
{
    (void)state;
    const ia_orientation o = {
        .n_lattices = 2,
        .lattices = {{"bcc", 10, 1.2491, 8, false}, {"fcc", 9, 1.62, 8, false}}};
    const ia_orientation none = {.n_lattices = 0};
    double odds = 20 * exp(1 - 2);
    assert_true(fabs(ia_orientation_lattice(&o, 0) - odds / (odds + 1)) < 1e-4);
    assert_true(fabs(ia_orientation_lattice(&o, 1) - 1 / (odds + 1)) < 1e-4);
    assert_true(ia_orientation_lattice(&none, 0) == 1);
}

// A line without a name has no zone axis in a table.
static void lines_without_a_name_have_no_zone(void **state)
{
    (void)state;
    ia_orientation *o = calloc(1, sizeof *o);
    ia_result result = {0};
    o->n_lines = 3;
    for (size_t i = 0; i < 3; i++)
        o->lines[i].foot[0] = (double)i;
    o->line_names[1] = (ia_line_name){{1, -1, 0}, 0.5, 0.9};
    CHECK_OK(NULL, ia_orientation_tables(NULL, o, &result));
    const ia_table *lines = ia_result_find(&result, "lines");
    const ia_table *others = ia_result_find(&result, "other_lines");
    assert_int_equal(lines->n_rows, 1);
    assert_int_equal(((int32_t *)ia_table_find(lines, "uvw")->data)[1], -1);
    assert_true(*(double *)ia_table_find(lines, "foot_mm")->data == 1);
    assert_true(*(double *)ia_table_find(lines, "probability")->data == 0.9);
    assert_int_equal(others->n_rows, 2);
    assert_null(ia_table_find(others, "uvw"));
    assert_true(((double *)ia_table_find(others, "foot_mm")->data)[2] == 2);
    ia_result_clear(&result);
    free(o);
}

// A shift of the axis is nearly a tilt, which exact poles alone tell apart; what hits
// show of it counts beside them.
static void hits_say_where_the_axis_is(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_pole poles[16];
    ia_orientation_params params = asked("fcc");
    ia_pole_list list = {
        .poles = poles, .n = look_along(0.3, 1.55, poles), .radius = 36, .on_map = true};
    const double seen[3][2] = {{0, 0}, {0, 0}, {7, 0}}, doubts[3] = {0, 1.5, 1.5};
    ia_grain grains[3];
    for (size_t i = 0; i < list.n; i++) { // as poles on maps are
        poles[i].x += i % 2 ? 0.5 : -0.5;
        poles[i].y += i % 3 ? 0.4 : -0.8;
    }
    for (size_t k = 0; k < 3; k++) {
        ia_orientation o;
        for (size_t p = 0; p < IA_N_PROJECTIONS; p++) {
            memcpy(list.axis[p], seen[k], sizeof seen[k]);
            list.axis_seen[p] = doubts[k];
        }
        CHECK_OK(ctx, ia_orientation_compute_with(ctx, &list, &params, NULL, &o));
        grains[k] = o.grains[0];
        ia_orientation_clear(&o);
        print_message("axis (%.2f, %.2f) +- %.2f mm, moved %.3f\n", grains[k].axis[0],
                      grains[k].axis[1], grains[k].sigma_axis, grains[k].axis_off);
    }
    assert_true(grains[1].axis_off < 0.25 && grains[1].axis_off < grains[0].axis_off);
    assert_true(grains[1].sigma_axis < 0.6 * grains[0].sigma_axis);
    assert_true(grains[1].sigma_deg < 0.6 * grains[0].sigma_deg);
    assert_true(grains[2].axis_off > 0.75 && grains[2].axis[0] > 3.5);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_poles_are_indexed_exactly),
        cmocka_unit_test(threads_and_order_do_not_matter),
        cmocka_unit_test(a_detector_may_be_elsewhere),
        cmocka_unit_test(two_grains_are_parted),
        cmocka_unit_test(few_poles_are_not_indexed),
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(odd_lists_are_told),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(memory_that_is_short_is_told),
        cmocka_unit_test(tables_have_the_agreed_keys),
        cmocka_unit_test(other_lattices_are_compared),
        cmocka_unit_test(what_another_lattice_is_likelier_for_is_not_indexed),
        cmocka_unit_test(a_lattice_is_no_rival_of_itself),
        cmocka_unit_test(lattices_have_probabilities),
        cmocka_unit_test(lines_without_a_name_have_no_zone),
        cmocka_unit_test(hits_say_where_the_axis_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
