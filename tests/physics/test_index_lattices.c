// tests/physics/test_index_lattices.c: lattices whose poles are alike: is that said?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "detector/lattices.h"
#include "detector/orientation_internal.h"

static const double degree = 0.017453292519943295, rim = 38, length = 90; // mm
enum { POLES = 10, NULLS = 19 };

// What an evaporated tip of silicon shows whose [001] is 7 degrees from the axis: {200},
// {311}, {420} and {531}, of falling steps of its translations, which are those of fcc;
// each drawn aside by some 0.5 mm, as on maps.
static void draw(ia_pole *poles)
{
    static const int hkl[POLES][3] = {{0, 0, 2},  {1, 1, 3}, {-1, 1, 3}, {1, -1, 3},
                                      {0, 2, 4},  {2, 0, 4}, {0, -2, 4}, {1, 3, 5},
                                      {-1, 3, 5}, {3, 1, 5}};
    const ia_projection p = {IA_PROJECTION_STEREOGRAPHIC, length, 1.75, {0, 0}};
    double c = cos(7 * degree), s = sin(7 * degree), d = cos(0.4), t = sin(0.4);
    for (size_t i = 0; i < POLES; i++) {
        double x = d * hkl[i][0] - t * hkl[i][1], y = t * hkl[i][0] + d * hkl[i][1];
        const double at[3] = {x, c * y - s * hkl[i][2], s * y + c * hkl[i][2]};
        double hit[2];
        assert_true(ia_projection_hit(&p, at, hit));
        poles[i] = (ia_pole){hit[0] + (i % 2 ? 0.5 : -0.5), hit[1] + (i % 3 ? 0.2 : -0.4),
                             30 - 2 * (double)i};
    }
}

static void ask(ia_ctx *ctx, const char *crystal, ia_orientation *out)
{
    ia_pole poles[POLES];
    ia_orientation_params params = ia_orientation_defaults();
    ia_pole_list list = {.poles = poles, .n = POLES, .radius = rim, .on_map = true};
    draw(poles);
    snprintf(params.crystal, sizeof params.crystal, "%s", crystal);
    params.projection = IA_PROJECTION_STEREOGRAPHIC;
    params.projection_length = length;
    params.axis_doubt = 0;
    params.n_random = NULLS;
    params.level = 1;
    params.least_strength = 0;
    CHECK_OK(ctx, ia_orientation_compute(ctx, &list, &params, out));
}

static const ia_lattice_evidence *lattice(const ia_orientation *o, const char *name)
{
    for (size_t i = 0; i < o->n_lattices; i++)
        if (strcmp(o->lattices[i].crystal, name) == 0)
            return &o->lattices[i];
    fail_msg("no %s", name);
    return NULL;
}

// Every pole gets its name as one of diamond: {420} is split to {840} and {531} of half
// its strength, so that neither spacing nor strength has both among the first families.
static void diamond_has_all_its_names(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_orientation o;
    ask(ctx, "diamond", &o);
    assert_true(o.grains[0].indexed);
    assert_int_equal(o.grains[0].n_named, POLES);
    assert_true(fabs(o.grains[0].icf - 1.75) < 0.05); // 0.5 mm of 20 at most
    ia_orientation_clear(&o);
    ia_ctx_free(ctx);
}

// The angles of fcc are those of diamond: as likely but for what was told, under the same
// orientation, which is no doubt of it. Bcc is fcc pressed together along [001] by
// 1/sqrt(2) (Bain), and a free image compression presses so: all poles get names of it.
static void lattices_that_are_alike_are_told(void **state)
{
    (void)state;
    ia_orientation o;
    ask(NULL, "diamond", &o);
    const ia_lattice_evidence *told = lattice(&o, "diamond"), *fcc = lattice(&o, "fcc");
    const ia_lattice_evidence *bcc = lattice(&o, "bcc");
    print_message("diamond %.2f (%.3f), fcc %.2f (%.3f), bcc %.2f (%.3f)\n", told->score,
                  told->icf, fcc->score, fcc->icf, bcc->score, bcc->icf);
    assert_true(fabs(told->score - fcc->score) < 0.1 && fcc->is_same);
    assert_true(fabs(told->icf - fcc->icf) < 0.01);
    assert_true(!bcc->is_same && fabs(bcc->icf / told->icf - 0.74) < 0.03);
    assert_int_equal(bcc->n_named, POLES);
    assert_true(o.grains[0].misindex_probability < 0.1); // 0.05 of as few lists
    ia_orientation_clear(&o);
}

// Where the odds for another lattice are undone by the image compression it would need,
// neither is silently chosen: 20 e^-0.04 to e^(4.4 - 2.1) is 0.65 to 0.32, rest fcc.
static void shares_are_told(void **state)
{
    (void)state;
    const ia_orientation o = {.n_lattices = 3,
                              .lattices = {
                                  {"diamond", 23.9, 1.676, 10, false},
                                  {"fcc", 23.9, 1.676, 10, true},
                                  {"bcc", 28.3, 1.238, 10, false},
                              }};
    ia_ctx *ctx = ia_ctx_new();
    orient_tell_lattices(ctx, &o);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "poles alone hardly tell"));
    assert_non_null(
        strstr(ia_ctx_warning(ctx, 0), "diamond 0.65 (image compression 1.68"));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "bcc 0.32 (image compression 1.24"));
    assert_true(fabs(orient_other_lattices(&o) - ia_orientation_lattice(&o, 2)) < 1e-9);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diamond_has_all_its_names),
        cmocka_unit_test(lattices_that_are_alike_are_told),
        cmocka_unit_test(shares_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
