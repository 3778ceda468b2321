// tests/physics/test_late_ions.c: is what lies in the tail of late ions behind a strong
// peak counted for what it is?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "spectrum_case.h"

#include <ionatlas/workflow.h>

enum { SEEDS = 4, N = 100000 };

// One ion in twenty starts late by an exponential time, in sqrt(m/n); half of the
// aluminium stands half a dalton before silicon.
static ia_ions late_ions(uint64_t seed)
{
    ia_simulate_params p =
        alloy_params("Al Mg:0.01 Si:0.005 Cu:0.006", "H+:0.02", N, seed);
    ia_specimen specimen = {0};
    ia_random random = ia_random_new(seed, 17);
    ia_ions out = {0};
    float room[IA_COLUMN_BLOCK];
    p.resolving_power = 700;
    assert_int_equal(ia_specimen_compute(NULL, &p, &specimen), IA_OK);
    assert_int_equal(ia_ions_new(NULL, N, 1u << IA_MASS, &out), IA_OK);
    float *mass = ia_ions_values(&out, IA_MASS);
    for (size_t at = 0; at < N; at += IA_COLUMN_BLOCK) {
        size_t n = N - at < IA_COLUMN_BLOCK ? N - at : IA_COLUMN_BLOCK;
        const float *m = ia_column_rows(&specimen.ions.columns[IA_MASS], at, n, room);
        for (size_t i = 0; i < n; i++) {
            bool late = ia_random_uniform(&random) < 0.05;
            double delay = late ? -0.05 * log(1 - ia_random_uniform(&random)) : 0;
            mass[at + i] = (float)pow(sqrt(fmax(0, (double)m[i])) + delay, 2);
        }
    }
    ia_specimen_clear(&specimen);
    return out;
}

// Counted by the shape of the aluminium's peak and as background, too, the tail took a
// quarter of the silicon away. The mean over the seeds has an error of 0.02 at.%, with as
// much for the shape of a tail; the planned share is 0.5 of 102 atoms.
static void a_tail_is_counted_once(void **unused)
{
    const double truth = 0.5 / 1.02;
    double sum = 0, variance = 0;
    (void)unused;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_state state = {.ions = late_ions(seed)};
        ia_chain chain = {0};
        CHECK_OK(ctx,
                 ia_chain_analyze(ctx, &chain, &state, IA_TO_COMPOSITION, NULL, NULL));
        const ia_fraction *si = element_of(&state.composition, "Si");
        print_message("Si %.3f +- %.3f, %.3f planned\n", si->corrected_percent,
                      si->sigma_corrected_percent, truth);
        sum += si->corrected_percent / SEEDS;
        variance += pow(si->sigma_corrected_percent / SEEDS, 2);
        ia_chain_clear(&chain);
        ia_state_clear(&state);
        ia_ctx_free(ctx);
    }
    assert_true(fabs(sum - truth) < 2.5 * sqrt(variance));
    assert_true(sqrt(variance) < 0.04);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tail_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
