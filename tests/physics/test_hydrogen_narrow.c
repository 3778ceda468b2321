// tests/physics/test_hydrogen_narrow.c: is H+ found wherever it lies and however narrow
// it is?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hydrogen_case.h"

#include "spectrum/hydrogen_internal.h"

// H+ of this m/dm at half height, `off` Da from its place, where the law of widths and
// the mass scale say something else.
typedef struct {
    double power, off, law, scale; // law: width it leads to over the true one; scale: Da
    double ions, level;            // level: ions per Da
} h_case;

typedef struct {
    ia_light_peak peak;
    double shift, width_ratio;
} h_seen;

static h_seen look_at(const h_case *k, uint64_t seed)
{
    static light_case c;

    set_light(&c, M_SQRT2 * k->power, seed); // which is m/dm at 2 Da
    if (k->ions > 0)
        add_line(&c, H1 + k->off, k->ions);
    if (k->level > 0)
        add_level(&c, k->level);
    c.shape.widths.width *= k->law;
    ia_light_lines lines = {.shape = &c.shape, .scale_error = 0.001};
    const ia_mass_scale scale = {.offset = k->scale, .n_lines = 9};
    CHECK_OK(NULL, ia_counts_build(NULL, &c.spectrum, NULL, &lines.counts));
    ia_light_learn(&lines, &scale);
    h_seen seen = {ia_light_peak_at(&lines, 1), lines.h_shift, lines.width_ratio};
    ia_counts_clear(&lines.counts);
    clear_light(&c);
    return seen;
}

// The window may leave out two per cent, far tails of the shape; by chance 3.5 sigma. The
// place of a line is known to a tenth of its width, which is 0.6 of the full width at
// half maximum, and to a tenth of a bin.
static void check(const h_case *k, uint64_t seed)
{
    h_seen h = look_at(k, seed);
    const ia_light_peak *p = &h.peak;
    double off = h.shift - k->off, fwhm = H1 / k->power;

    if (!p->is_detected || fabs(p->counts - k->ions) > 3.5 * p->sigma + 0.02 * k->ions)
        fail_msg("m/dm %g, %g Da off, seed %d: %g +- %g H+ of %g", k->power, k->off,
                 (int)seed, p->counts, p->sigma, k->ions);
    if (fabs(off) > 0.06 * fwhm + 5e-5 + 2 * fwhm / sqrt(k->ions))
        fail_msg("m/dm %g, %g Da off, seed %d: shift wrong by %g Da", k->power, k->off,
                 (int)seed, off);
}

static void narrow_hydrogen_is_found_wherever_it_lies(void **state)
{
    (void)state;
    static const double powers[] = {500, 1000, 2000},
                        offs[] = {0, -0.02, 0.03, -0.05, 0.05};
    static const double laws[] = {1, 2, 4};
    enum { SEEDS = IS_SLOWED ? 1 : 3 };

    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 5; j++)
            for (uint64_t seed = 1; seed <= SEEDS; seed++)
                check(&(h_case){.power = powers[i],
                                .off = offs[j],
                                .law = laws[(i + j + seed) % 3],
                                .ions = 2000},
                      seed);
}

// A flat level of 2 % of the ions within 1 Da, and one of ten times the ions.
static void a_level_hides_none(void **state)
{
    (void)state;
    static const double levels[] = {300, 20000};

    for (size_t i = 0; i < 2; i++)
        for (uint64_t seed = 1; seed <= 4; seed++)
            check(&(h_case){.power = 2000,
                            .off = seed % 2 ? 0.04 : 0,
                            .law = 2,
                            .ions = 2000,
                            .level = levels[i]},
                  seed);
}

// The mass scale leads to where H+ is, or away from it.
static void the_scale_may_be_wrong_at_hydrogen(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        check(&(h_case){.power = 1000, .off = 0.05, .law = 2, .scale = 0.05, .ions = 900},
              seed);
        check(&(h_case){.power = 1000, .off = 0, .law = 2, .scale = 0.05, .ions = 900},
              seed);
        check(&(h_case){.power = 1000, .off = 0.1, .law = 2, .scale = 0.08, .ions = 900},
              seed);
    }
}

// Too few to tell a width are enough to tell where to count.
static void a_few_are_counted_where_they_lie(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        check(&(h_case){.power = 1000, .off = 0.02, .law = 1, .ions = 40}, seed);
}

// Of a level alone no more than 5 % are taken for H+ (0 to 4 of 20, 99.7 times in 100),
// and where it clumps by chance is no place of H+.
static void a_level_is_not_taken_for_hydrogen(void **state)
{
    (void)state;
    static const double levels[] = {50, 2000, 50000};
    enum { SEEDS = 20 };

    for (size_t i = 0; i < 3; i++) {
        size_t n_detected = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            h_seen h =
                look_at(&(h_case){.power = 1000, .law = 2, .level = levels[i]}, seed);
            assert_true(h.shift == 0 && h.width_ratio == 1);
            n_detected += h.peak.is_detected;
        }
        assert_true(n_detected <= 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_hydrogen_is_found_wherever_it_lies),
        cmocka_unit_test(a_level_hides_none),
        cmocka_unit_test(the_scale_may_be_wrong_at_hydrogen),
        cmocka_unit_test(a_few_are_counted_where_they_lie),
        cmocka_unit_test(a_level_is_not_taken_for_hydrogen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
