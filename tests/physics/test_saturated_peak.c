// tests/physics/test_saturated_peak.c: is an alloy told as it is when a saturated
// detector has lost 40 or 60 % of its largest peak?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "range_case.h"

#include <gsl/gsl_rng.h>

// Every ion of the peak is lost with the same probability. The others have no places.
static ia_ions lose(const ia_ions *all, const float peak[2], double part, uint64_t seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    ia_ions ions = {0};
    size_t kept = 0;

    gsl_rng_set(rng, seed);
    assert_int_equal(ia_ions_new(NULL, all->n, 1u << IA_MASS, &ions), IA_OK);
    float *mass = ia_ions_values(&ions, IA_MASS), one;
    for (size_t i = 0; i < all->n; i++) {
        const float *m = ia_column_rows(&all->columns[IA_MASS], i, 1, &one);
        if (!(*m > peak[0] && *m < peak[1]) || gsl_rng_uniform(rng) >= part)
            mass[kept++] = *m;
    }
    ions.n = kept;
    gsl_rng_free(rng);
    return ions;
}

static ia_composition composition_of(ia_simulate_params p, const float peak[2],
                                     double lost)
{
    ia_specimen specimen = {0};
    ia_state state = {0};
    ia_chain chain = {0};
    ia_ctx *ctx = ia_ctx_new();

    CHECK_OK(ctx, ia_specimen_compute(ctx, &p, &specimen));
    state.ions = lose(&specimen.ions, peak, lost, p.seed);
    run_blind(ctx, &chain, &state);
    ia_composition out = state.composition;
    state.composition = (ia_composition){0}; // the caller's now
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_specimen_clear(&specimen);
    ia_ctx_free(ctx);
    return out;
}

// Without what the others of iron tell, chromium would be 13.3 at.%, and 54Fe++ and
// 57Fe++ aluminium and a hydride. The share of lines is known to 0.02 and the loss to a
// twentieth: chromium to 0.9 at.%.
static void what_is_lost_is_no_other_element(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        ia_simulate_params p =
            alloy_params("Fe Cr:0.1 Mn:0.02 Ni:0.02", "H+:0.01", 150000, seed);
        snprintf(p.ions, sizeof p.ions, "Fe++:0.95 Fe+:0.05 Cr++:1 Mn++:1 Ni++:1");
        ia_composition c = composition_of(p, (const float[2]){27.8f, 28.3f}, 0.4);
        for (size_t i = 0; i < c.n_elements; i++) {
            const ia_fraction *f = &c.elements[i];
            static const char *const there[] = {"Fe", "Cr", "Mn", "Ni", "H"};
            size_t known = 0;
            for (size_t k = 0; k < sizeof there / sizeof *there; k++)
                known += strcmp(f->name, there[k]) == 0;
            if (!known)
                fail_msg("%s %.2f at.%%", f->name, f->corrected_percent);
            if (strcmp(f->name, "Cr") == 0)
                assert_true(fabs(f->corrected_percent - 10) < 0.9);
        }
        ia_composition_clear(&c);
    }
}

// Nickel that keeps 40 % of 58Ni++: its other isotopes are no C5++, Nb+++ and O2+, which
// made up 15 at.% together when each of them was believed for the excess of the next.
static void more_than_half_lost_is_nothing_else(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        ia_simulate_params p = alloy_params("Ni", "", 50000, seed);
        snprintf(p.ions, sizeof p.ions, "Ni++:0.9 Ni+:0.1");
        ia_composition c = composition_of(p, (const float[2]){28.8f, 29.2f}, 0.6);
        assert_true(c.n_elements > 0);
        for (size_t i = 0; i < c.n_elements; i++)
            if (strcmp(c.elements[i].name, "Ni") != 0)
                fail_msg("%s %.2f at.%%", c.elements[i].name,
                         c.elements[i].corrected_percent);
        ia_composition_clear(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lost_is_no_other_element),
        cmocka_unit_test(more_than_half_lost_is_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
