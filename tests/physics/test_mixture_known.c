// tests/physics/test_mixture_known.c: are amounts in overlapping peaks as sure as they
// can be, and right on average?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mixture_case.h"

static const double once_in_1000 = 3.2905; // two-sided, standard normal

// Of the first ion, in units of the bound: bias and root mean square error of the
// estimate, root mean square error of the amount of greatest likelihood.
typedef struct {
    double bias, rms, rms_likeliest;
} score;

static score try_mixture(mixture_case *c, size_t repeats)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double bound[MIX_IONS];
    score s = {0};

    mix_bound(c, bound);
    for (size_t seed = 1; seed <= repeats; seed++) {
        gsl_rng_set(rng, seed);
        draw_poisson(c, rng);
        ia_ion_mixture m = mix(c);
        double off = (m.estimate[0] - c->truth[0]) / bound[0];
        double likeliest = (m.counts[0] - c->truth[0]) / bound[0];
        s.bias += off / (double)repeats;
        s.rms += off * off / (double)repeats;
        s.rms_likeliest += likeliest * likeliest / (double)repeats;
        ia_ion_mixture_clear(&m);
    }
    s.rms = sqrt(s.rms);
    s.rms_likeliest = sqrt(s.rms_likeliest);
    gsl_rng_free(rng);
    return s;
}

// The first ion makes up 10 and 1 % of 10^3, and 10, 1 and 0.1 % of 10^5 ions: the bound
// on a single ion would rest on cells that hold it once in 20 spectra. The amount of
// greatest likelihood is within 10 % of the bound or, where zero cuts it off, better; the
// estimate is right on average, which 50 draws know to 0.14 of its own error, plus 0.1
// for the whole counts of which there are few. 50 draws know a root mean square to 10 %.
static void try_shares(const char *names)
{
    enum { REPEATS = 50 };
    static mixture_case c;
    double bound[MIX_IONS];

    for (double all = 1e3; all < 2e5; all *= 100)
        for (double share = 0.1; share * all > 5 && share > 5e-4; share /= 10) {
            const double truth[2] = {share * all, (1 - share) * all};
            set_mixture_case(&c, names, truth, 0.02 * all / 20);
            score s = try_mixture(&c, REPEATS);
            mix_bound(&c, bound);
            print_message("%s: %g of %g ions, bound %.3g: likeliest %.3f, estimate %.3f, "
                          "bias %.3f of it\n",
                          names, truth[0], all, bound[0], s.rms_likeliest, s.rms, s.bias);
            assert_true(s.rms_likeliest < 1.1 + once_in_1000 * 0.1);
            assert_near(s.bias, 0, once_in_1000 * 0.14 * fmax(1, s.rms) + 0.1);
            if (truth[0] > 5 * bound[0])
                assert_near(s.rms, 1, 0.1 + once_in_1000 * 0.1);
            clear_mixture_case(&c);
        }
}

static void nitrogen_beside_silicon(void **state)
{
    (void)state;
    try_shares("N+ Si++");
}

static void chromium_beneath_iron(void **state)
{
    (void)state;
    try_shares("Cr++ Fe++");
}

static void silicon_beneath_iron(void **state)
{
    (void)state;
    try_shares("Si+ Fe++");
}

static void oxygen_pairs_beneath_oxygen(void **state)
{
    (void)state;
    try_shares("O2++ O+");
}

// Half and half on one another, told apart by 37Cl alone: the variance is the inverse
// information within 10 %, which 200 draws know to 10 %.
static void variance_is_the_inverse_information(void **state)
{
    (void)state;
    enum { REPEATS = 200 };
    static mixture_case c;
    const double truth[2] = {5000, 5000};

    set_mixture_case(&c, "Cl+ 35Cl+", truth, 10);
    score s = try_mixture(&c, REPEATS);
    double variance = s.rms * s.rms - s.bias * s.bias;
    print_message("variance over the bound's: %.3f\n", variance);
    assert_near(variance, 1, 0.1 + once_in_1000 * 0.1);
    clear_mixture_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variance_is_the_inverse_information),
        cmocka_unit_test(nitrogen_beside_silicon),
        cmocka_unit_test(chromium_beneath_iron),
        cmocka_unit_test(silicon_beneath_iron),
        cmocka_unit_test(oxygen_pairs_beneath_oxygen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
