// tests/physics/test_hydrogen_measured.c: hydrogen of a measured steel from a study with
// deuterium, against the sums of the bins that anyone can add up.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

// Counts of the file in bins that begin in [lo, hi).
static double sum_bins(const char *path, double lo, double hi)
{
    FILE *file = fopen(path, "r");
    char line[256];
    double sum = 0, m, n;
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%lf,%lf", &m, &n) == 2 && m >= lo - 1e-6 && m < hi - 1e-6)
            sum += n;
    fclose(file);
    return sum;
}

// A measured file and what is told of its hydrogen; skipped where the file is absent.
typedef struct {
    const char *path;
    ia_ctx *ctx;
    ia_state state;
    ia_chain chain;
} measured;

static void look_at(const char *file, measured *m)
{
    static const char *const methods[] = {"read", "spectrum", "peaks", "identify",
                                          "hydrogen"};
    *m = (measured){.path = outside(file)};
    if (!m->path) {
        fprintf(stderr, "skipped: IONATLAS_TEST_DATA is not set\n");
        skip();
    }
    m->ctx = ia_ctx_new();
    CHECK_OK(m->ctx, ia_ions_read(m->ctx, m->path, &m->state.ions));
    for (size_t i = 0; i < 5; i++)
        CHECK_OK(m->ctx, ia_chain_run(m->ctx, &m->chain, &m->state, methods[i], NULL));
}

static void clear(measured *m)
{
    ia_chain_clear(&m->chain);
    ia_state_clear(&m->state);
    ia_ctx_free(m->ctx);
}

// At 59 Da lie 26 ions of a CoCrNi alloy; a single isotope beside the ions of 59Co++ that
// make more than a quarter of the file. Identification tells Co+, so that the nickel
// hydride there, whose other line at 61 Da is not seen apart from 61Ni+, is not counted.
static void a_hydride_under_another_ion_is_not_seen(void **unused)
{
    (void)unused;
    measured m;
    look_at("real/cocrni_sro/cocrni_NiNi_order.csv", &m);
    const ia_hydrogen *h = &m.state.hydrogen;
    bool found = false;
    for (size_t i = 0; i < h->n_hydrides; i++) {
        const ia_hydride *x = &h->hydrides[i];
        assert_false(x->is_seen); // identification tells none
        if (strcmp(x->name, "NiH+") == 0)
            found = strcmp(x->hidden_under.name, "Co+") == 0 && isnan(x->counts) &&
                    x->lo == 0 && x->hi > 26;
    }
    assert_true(found);
    clear(&m);
}

static void hydrogen_is_counted_and_deuterium_bounded(void **unused)
{
    (void)unused;
    measured m;
    look_at("real/fe_deuterium_spectra/R31_18094-v02_massspec_bin1E-2.csv", &m);
    const ia_hydrogen *h = &m.state.hydrogen;
    // By hand: the peak less twice as many bins beside it.
    double h1 = sum_bins(m.path, 0.99, 1.09) -
                (sum_bins(m.path, 0.85, 0.95) + sum_bins(m.path, 1.2, 1.3)) / 2;
    double m2 = sum_bins(m.path, 2.01, 2.04) -
                3.0 / 40 * (sum_bins(m.path, 1.75, 1.95) + sum_bins(m.path, 2.1, 2.3));
    assert_true(fabs(h->peaks[0].counts / h1 - 1) < 0.03);
    assert_true(fabs(h->peaks[1].counts - m2) < 2 * h->peaks[1].sigma);
    assert_true(h->peaks[1].is_detected);
    assert_false(h->peaks[2].is_detected || h->peaks[3].is_detected);
    // Bins of 0.01 Da do not part lines 0.0015 Da apart.
    assert_false(h->pairs[0].is_parted);
    assert_true(h->pairs[0].interval[0][0] == 0);
    assert_true(h->pairs[0].upper > 0.7 * m2 &&
                h->pairs[0].upper < m2 + 3 * h->peaks[1].sigma);
    // FeD++ lies below 58Ni++, of which there are more than 150,000 ions (four fifths of
    // them in the peak's core), beside 56Fe++ that lost ions: no number, and no less than
    // all that lies there as the limit.
    bool found = false, is_told = false;
    for (size_t i = 0; i < h->n_hydrides; i++) {
        const ia_hydride *x = &h->hydrides[i];
        // Fe+ is a few thousand of 2.6 million ions; FeH+ is told beside it, and isotopes
        // do not part it from what lies below.
        is_told |=
            strcmp(x->name, "FeH+") == 0 && x->is_undetermined && x->probability > 0.5;
        assert_false(x->is_seen && x->is_undetermined);
        assert_true(!x->is_seen || (isfinite(x->counts) && x->hi > 0));
        assert_true(x->is_undetermined == isnan(x->counts) && isfinite(x->hi));
        if (strcmp(x->name, "FeD++") == 0)
            found = x->is_undetermined && x->lo == 0 && x->hi < 1.25 * 170000;
    }
    assert_true(found && is_told);
    assert_int_equal(h->n_windows, 0); // a spectrum has no order of ions
    clear(&m);
}

// H+ of a superalloy in a laser: the peak stands at 1.03 Da, 0.1 Da wide, and lost a
// third of its ions to a window about 1.007 Da.
static void hydrogen_off_its_place_is_counted_whole(void **unused)
{
    (void)unused;
    measured m;
    look_at("real/superalloy_m6c_unsw/MassSpectrum_M6C-100pJ-R18_61180.csv", &m);
    const ia_light_peak *p = &m.state.hydrogen.peaks[0];
    // By hand: 15 bins less half of as many on either side.
    double h1 = sum_bins(m.path, 0.98, 1.13) -
                (sum_bins(m.path, 0.8, 0.95) + sum_bins(m.path, 1.2, 1.35)) / 2;
    assert_true(p->is_detected && fabs(p->counts - h1) < 2 * p->sigma);
    assert_true(fabs(m.state.hydrogen.h_shift - 0.026) < 0.01); // maximum: 1.03 to 1.04
    clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hydride_under_another_ion_is_not_seen),
        cmocka_unit_test(hydrogen_off_its_place_is_counted_whole),
        cmocka_unit_test(hydrogen_is_counted_and_deuterium_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
