// tests/physics/test_index_laws.c: poles seen by another projection than the one told, or
// with the axis elsewhere: is either said, and not the one for the other?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

static const double degree = 0.017453292519943295, rim = 38, length = 90; // mm
enum { POLES = 10, LISTS = IS_SLOWED ? 1 : 6, NULLS = 19 };
static const char *const crystals[] = {"fcc", "bcc", "hcp", "diamond"};
enum { CRYSTALS = sizeof crystals / sizeof crystals[0] };

// What was said of lists, and what is so.
typedef struct {
    size_t n, axis, may_be, right, wrong; // axis elsewhere; projection
} said;

// The widest spaced poles of a random orientation, scattered by 0.3 degrees, by a
// projection with the angles of the stereographic one at the rim; the axis `off` mm from
// the middle.
static void draw(const char *name, int kind, double off, uint64_t seed, ia_pole *poles)
{
    ia_random random = ia_random_new(seed, 0);
    double rotation[3][3], turn = 2 * M_PI * ia_random_uniform(&random);
    ia_projection p = {IA_PROJECTION_STEREOGRAPHIC,
                       length,
                       1.45 + 0.35 * ia_random_uniform(&random),
                       {0, 0}};
    ia_crystal crystal;
    ia_pole_catalogue c;
    size_t n = 0;
    p = ia_projection_alike(&p, kind, rim);
    p.centre[0] = off * cos(turn);
    p.centre[1] = off * sin(turn);
    CHECK_OK(NULL, ia_crystal_parse(NULL, name, &crystal));
    CHECK_OK(NULL, ia_pole_catalogue_build(NULL, &crystal, 20, &c));
    ia_random_rotation(&random, rotation);
    for (size_t k = 0; k < c.n && n < POLES; k++) {
        double at[3], hit[2];
        for (size_t i = 0; i < 3; i++) {
            at[i] = 0.3 * degree * ia_random_normal(&random);
            for (size_t l = 0; l < 3; l++)
                at[i] += rotation[i][l] * c.kinds[k].normal[l];
        }
        if (at[2] > 0 && ia_projection_hit(&p, at, hit) && hypot(hit[0], hit[1]) < rim)
            poles[n++] = (ia_pole){hit[0], hit[1], NAN};
    }
    assert_int_equal(n, POLES);
    ia_pole_catalogue_clear(&c);
}

static void listen(const ia_ctx *ctx, int kind, said *s)
{
    s->n++;
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++) {
        const char *words = ia_ctx_warning(ctx, i);
        s->axis += strstr(words, "fit better with the axis at (") != NULL;
        s->may_be += strstr(words, "the axis is taken to be at (") != NULL;
        for (int k = 0; k < IA_N_PROJECTIONS; k++) {
            char law[64];
            snprintf(law, sizeof law, "the poles fit the %s projection better",
                     ia_projection_name(k));
            s->right += strstr(words, law) && k == kind;
            s->wrong += strstr(words, law) && k != kind;
        }
    }
}

// Lists on a map with each projection as it is and as it is told: 0 of `out` told
// rightly, 1 wrongly.
static void ask(double off, said out[2])
{
    static const double no_null[NULLS]; // is it a crystal? not asked here
    for (size_t c = 0; c < CRYSTALS; c++)
        for (int kind = 0; kind < IA_N_PROJECTIONS; kind++)
            for (uint64_t i = 0; i < LISTS; i++) {
                ia_pole poles[POLES];
                draw(crystals[c], kind, off, 100 * c + i, poles);
                for (int told = 0; told < IA_N_PROJECTIONS; told++) {
                    ia_orientation_params params = ia_orientation_defaults();
                    ia_pole_list list = {
                        .poles = poles, .n = POLES, .radius = rim, .on_map = true};
                    ia_orientation o;
                    ia_ctx *ctx = ia_ctx_new();
                    snprintf(params.crystal, sizeof params.crystal, "%s", crystals[c]);
                    params.projection = told;
                    params.projection_length = length;
                    params.n_random = NULLS;
                    params.level = 1;
                    CHECK_OK(ctx, ia_orientation_compute_with(ctx, &list, &params,
                                                              no_null, &o));
                    listen(ctx, kind, &out[told != kind]);
                    ia_orientation_clear(&o);
                    ia_ctx_free(ctx);
                }
            }
}

static void show(const said s[2])
{
    for (size_t k = 0; k < 2; k++)
        print_message("%s projection told, of %zu: axis elsewhere %zu, may be %zu; "
                      "another projection %zu rightly, %zu wrongly\n",
                      k ? "wrong" : "right", s[k].n, s[k].axis, s[k].may_be, s[k].right,
                      s[k].wrong);
}

// A wrong projection bends a map, which a shift of the axis partly makes up for. At odds
// of 20 to 1 the axis is said to be elsewhere in fewer than one list in 21 where it is in
// the middle, whichever projection is told, and another projection where the right one is
// told likewise. Of the maps with a wrong one, whose rim is up to 2.4 degrees off if ICF
// is not free (0.5 to 1 if it is), most tell.
static void a_wrong_projection_is_no_shift(void **state)
{
    (void)state;
    said s[2] = {{0}};
    ask(0, s);
    show(s);
    assert_true(21 * s[0].axis <= s[0].n && 21 * s[1].axis <= s[1].n);
    assert_true(21 * s[0].wrong <= s[0].n);
    if (IS_SLOWED)
        return;
    assert_true(2 * s[1].right > s[1].n && 10 * s[1].wrong < s[1].right);
}

// 6 mm off: said as often with a wrong projection as with the right one, within three
// standard deviations.
static void a_shift_is_seen_with_any_projection(void **state)
{
    (void)state;
    said s[2] = {{0}};
    ask(6, s);
    show(s);
    if (IS_SLOWED)
        return;
    double n[2], p[2];
    for (size_t k = 0; k < 2; k++) {
        n[k] = (double)s[k].n;
        p[k] = (double)(s[k].axis + s[k].may_be) / n[k];
    }
    double mean = (n[0] * p[0] + n[1] * p[1]) / (n[0] + n[1]);
    assert_true(mean > 0.5);
    assert_true(fabs(p[0] - p[1]) < 3 * sqrt(mean * (1 - mean) * (1 / n[0] + 1 / n[1])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_projection_is_no_shift),
        cmocka_unit_test(a_shift_is_seen_with_any_projection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
