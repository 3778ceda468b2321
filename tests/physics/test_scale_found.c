// tests/physics/test_scale_found.c: does a file whose m/n are off give the composition
// that it gives with m/n as they are?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

#include <ionatlas/workflow.h>

// m/n of a specimen with its own positions, times of flight and the like left out.
static ia_ions moved_ions(const ia_simulate_params *p, double factor, double delay)
{
    ia_specimen specimen = {0};
    ia_ions out = {0};
    float room[IA_COLUMN_BLOCK];

    assert_int_equal(ia_specimen_compute(NULL, p, &specimen), IA_OK);
    const ia_column *masses = &specimen.ions.columns[IA_MASS];
    assert_int_equal(ia_ions_new(NULL, p->n_ions, 1u << IA_MASS, &out), IA_OK);
    float *mass = ia_ions_values(&out, IA_MASS);
    for (size_t at = 0; at < p->n_ions; at += IA_COLUMN_BLOCK) {
        size_t n = p->n_ions - at < IA_COLUMN_BLOCK ? p->n_ions - at : IA_COLUMN_BLOCK;
        const float *m = ia_column_rows(masses, at, n, room);
        for (size_t i = 0; i < n; i++)
            mass[at + i] = (float)(factor * pow(sqrt(fmax(0, (double)m[i])) + delay, 2));
    }
    ia_specimen_clear(&specimen);
    return out;
}

typedef struct {
    double at_percent[IA_Z_MAX + 1]; // corrected
    size_t n_calibrate, n_spectrum;  // steps in the record
    bool says_so;                    // a warning of the calibration's record
    double moved;                    // m/n of the first ion before, less those used
} outcome;

static outcome analyze(ia_ions *ions)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_state state = {.ions = *ions};
    ia_chain chain = {0};
    outcome out = {.n_calibrate = 0};
    float first[2];

    first[0] = ((const float *)ia_ions_values(ions, IA_MASS))[0];
    *ions = (ia_ions){0}; // the state's now
    CHECK_OK(ctx, ia_chain_analyze(ctx, &chain, &state, IA_TO_COMPOSITION, NULL, NULL));
    for (size_t i = 0; i < chain.n; i++) {
        const char *name = chain.steps[i].kind->method->name;
        bool calibrates = strcmp(name, "calibrate") == 0;
        out.n_calibrate += calibrates;
        for (size_t k = 0; calibrates && k < chain.steps[i].n_warnings; k++)
            out.says_so |= strstr(chain.steps[i].warnings[k], "found anew") != NULL;
        out.n_spectrum += strcmp(name, "spectrum") == 0;
    }
    for (size_t i = 0; i < state.composition.n_elements; i++)
        out.at_percent[state.composition.elements[i].z] =
            state.composition.elements[i].corrected_percent;
    out.moved = (double)(first[0] - *(const float *)ia_column_rows(
                                        &state.ions.columns[IA_MASS], 0, 1, first + 1));
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
    return out;
}

// At 1.018 stainless steel was 47 at.% hydrogen, 45 iron and 6 cobalt. The same ions
// counted in ranges that end elsewhere by a small part of a peak: what is
// allowed is some counting error of the background in them.
static void a_wrong_scale_is_found_anew(void **unused)
{
    static const char *const alloys[] = {"Al Zn:0.025 Mg:0.025 Cu:0.006",
                                         "Ti Al:0.1 V:0.04 O:0.01",
                                         "Fe Cr:0.18 Ni:0.1 Mn:0.015", "Ga:0.5 N"};
    static const struct {
        double factor, delay;
    } moves[] = {{0.985, 0}, {1.018, 0}, {1.002, 0.025}};
    const double most = 0.3; // at.%, sum over elements
    (void)unused;
    for (size_t a = 0; a < 4; a++) {
        ia_simulate_params p =
            alloy_params(alloys[a], "H+:0.01 H2+:0.002 Ga+:0.001", 100000, 71 + a);
        ia_ions ions = moved_ions(&p, 1, 0);
        outcome usual = analyze(&ions);
        assert_int_equal(usual.n_calibrate, 0);
        for (size_t k = 0; k < 3; k++) {
            ions = moved_ions(&p, moves[k].factor, moves[k].delay);
            outcome found = analyze(&ions);
            double off = 0;
            for (size_t z = 1; z <= IA_Z_MAX; z++)
                off += fabs(found.at_percent[z] - usual.at_percent[z]);
            print_message("%s, times %g, delay %g: %.3f at.%%\n", alloys[a],
                          moves[k].factor, moves[k].delay, off);
            assert_int_equal(found.n_calibrate, 1);
            assert_int_equal(found.n_spectrum, 1); // the other is forgotten
            assert_true(found.says_so);
            assert_true(off < most);
        }
    }
}

// Nobody knows the mean of a drift, and the composition does not depend on it.
static void a_drift_that_spoils_is_taken_off(void **unused)
{
    static const char *const alloys[] = {"Al Zn:0.025 Mg:0.025 Cu:0.006",
                                         "Fe Cr:0.18 Ni:0.1 Mn:0.015"};
    const double most = 0.3; // at.%, sum over elements
    (void)unused;
    for (size_t a = 0; a < 2; a++) {
        ia_simulate_params p = alloy_params(alloys[a], "H+:0.01", 60000, 91 + a);
        ia_ions ions = moved_ions(&p, 1, 0);
        outcome usual = analyze(&ions);
        ions = moved_ions(&p, 1, 0);
        float *mass = ia_ions_values(&ions, IA_MASS);
        for (size_t i = 0; i < ions.n; i++)
            mass[i] *= (float)(1 + 0.02 * (double)i / (double)ions.n);
        outcome found = analyze(&ions);
        double off = 0;
        for (size_t z = 1; z <= IA_Z_MAX; z++)
            off += fabs(found.at_percent[z] - usual.at_percent[z]);
        print_message("%s, drifting: %.3f at.%%\n", alloys[a], off);
        assert_int_equal(usual.n_calibrate, 0);
        assert_int_equal(found.n_calibrate, 1);
        assert_int_equal(found.n_spectrum, 1);
        assert_true(found.says_so);
        assert_true(off < most);
    }
}

// m/n were made with more than times and a voltage tell: they are corrected, and times of
// flight that give no sharp peak do not hinder that.
static void times_of_flight_do_not_hinder(void **unused)
{
    (void)unused;
    ia_simulate_params p =
        alloy_params("Al Zn:0.025 Mg:0.025 Cu:0.006", "H+:0.01", 60000, 81);
    ia_ions plain = moved_ions(&p, 1.015, 0), ions = {0};
    ia_random random = ia_random_new(1, 9);
    assert_int_equal(
        ia_ions_new(NULL, p.n_ions, 1u << IA_MASS | 1u << IA_TOF | 1u << IA_V_DC, &ions),
        IA_OK);
    memcpy(ia_ions_values(&ions, IA_MASS), ia_ions_values(&plain, IA_MASS),
           p.n_ions * sizeof(float));
    for (size_t i = 0; i < p.n_ions; i++) {
        ((float *)ia_ions_values(&ions, IA_TOF))[i] =
            (float)(300 + 700 * ia_random_uniform(&random));
        ((float *)ia_ions_values(&ions, IA_V_DC))[i] = 5000;
    }
    outcome found = analyze(&ions);
    assert_int_equal(found.n_calibrate, 1);
    assert_true(found.at_percent[13] > 90);
    ia_ions_clear(&plain);
}

// Peaks at places where no ions are stay without a name on any scale, and where they are.
static void no_scale_makes_ions_of_junk(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        ia_random random = ia_random_new(seed, 5);
        ia_ions ions = {0};
        const size_t n_peaks = 10 * seed, n = 1000 * n_peaks + 20000;
        double at[40];
        assert_int_equal(ia_ions_new(NULL, n, 1u << IA_MASS, &ions), IA_OK);
        float *mass = ia_ions_values(&ions, IA_MASS);
        for (size_t k = 0; k < n_peaks; k++)
            at[k] = 1 + 150 * ia_random_uniform(&random);
        for (size_t i = 0; i < n; i++) {
            double m = at[ia_random_below(&random, n_peaks)];
            m += 0.017 * sqrt(m / 28) * ia_random_normal(&random);
            mass[i] = (float)(i < 20000 ? 200 * ia_random_uniform(&random) : m);
        }
        outcome found = analyze(&ions);
        for (size_t z = 1; z <= IA_Z_MAX; z++)
            assert_true(found.at_percent[z] == 0);
        assert_int_equal(found.n_calibrate, 1);
        assert_true(found.moved == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_scale_is_found_anew),
        cmocka_unit_test(a_drift_that_spoils_is_taken_off),
        cmocka_unit_test(times_of_flight_do_not_hinder),
        cmocka_unit_test(no_scale_makes_ions_of_junk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
