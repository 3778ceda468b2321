// tests/physics/test_measured_files.c: do measured files give the counts that others
// counted?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

enum { NO_DATA = 77 }; // ctest counts this as skipped

// Ions, ranges and what follows from them, as the chain of steps makes it.
typedef struct {
    ia_ctx *ctx;
    ia_ions ions;
    ia_ranges ranges;
    ia_ranger ranger;
    ia_range_counts counts;
    ia_spectrum spectrum;
    ia_background background;
    ia_composition composition;
} measured;

static void ok(const measured *m, ia_status st)
{
    if (st != IA_OK)
        fail_msg("%s", ia_ctx_message(m->ctx));
}

static const char *path_of(char path[1024], const char *name)
{
    snprintf(path, 1024, "%s/real/%s", getenv("IONATLAS_TEST_DATA"), name);
    return path;
}

static void measure_by(measured *m, const char *ions, const char *ranges, size_t threads,
                       int model)
{
    ia_background_params params = ia_background_defaults();
    ia_background_input input = {.spectrum = &m->spectrum, .ranger = &m->ranger};
    char path[1024];

    memset(m, 0, sizeof *m);
    m->ctx = ia_ctx_new();
    ia_ctx_set_threads(m->ctx, threads);
    ok(m, ia_ions_read(m->ctx, path_of(path, ions), &m->ions));
    ok(m, ia_ranges_read(m->ctx, path_of(path, ranges), &m->ranges));
    ok(m, ia_ranger_build(m->ctx, &m->ranges, &m->ranger));
    ok(m, ia_range_counts_compute(m->ctx, &m->ions, &m->ranger, &m->counts));
    ok(m, ia_spectrum_compute(m->ctx, &m->ions, NULL, &m->spectrum));
    params.model = model;
    if (model == IA_BACKGROUND_FILE)
        input.ions = &m->ions;
    ok(m, ia_background_fit(m->ctx, &input, &params, &m->background));
    ok(m, ia_composition_compute(m->ctx, &m->ranges, &m->ranger, &m->counts,
                                 &m->background, &m->composition));
}

static void measure(measured *m, const char *ions, const char *ranges, size_t threads)
{
    measure_by(m, ions, ranges, threads, IA_BACKGROUND_AUTO);
}

static void finish(measured *m)
{
    ia_composition_clear(&m->composition);
    ia_background_clear(&m->background);
    ia_spectrum_clear(&m->spectrum);
    ia_range_counts_clear(&m->counts);
    ia_ranger_clear(&m->ranger);
    ia_ranges_clear(&m->ranges);
    ia_ions_clear(&m->ions);
    ia_ctx_free(m->ctx);
}

static const char steel_ions[] = "ck10_steel_felfer/ck10_R56_01769_part_a.pos";
static const char steel_ranges[] = "ck10_steel_felfer/R56_01769.rng.fig.txt";
static const char tungsten_ions[] = "w_tap_stuttgart/w_tap_derived.epos";
static const char tungsten_ranges[] = "w_tap_stuttgart/w_tap_derived.rrng";

// Counted with other code from the file of the Ck10 steel (Felfer's group, Erlangen).
static void the_steel_has_its_atoms(void **state)
{
    (void)state;
    const struct {
        const char *symbol;
        double atoms;
    } elements[] = {{"Fe", 310400}, {"Si", 2231}, {"C", 1752}, {"Mn", 1647},
                    {"Ga", 566},    {"H", 550},   {"O", 253},  {"Al", 204},
                    {"Cu", 171},    {"Cr", 166},  {"P", 92}};
    const struct {
        const char *symbol;
        double percent; // printed with three digits
    } shares[] = {
        {"Fe", 97.600}, {"Si", 0.702}, {"C", 0.551}, {"Mn", 0.518}, {"Ga", 0.178}};
    measured m;

    measure(&m, steel_ions, steel_ranges, 2);
    assert_int_equal(m.ions.n, 332667);
    assert_int_equal(m.composition.ranged, 317399);
    assert_int_equal(m.composition.unranged, 332667 - 317399);
    assert_int_equal(m.composition.labels, 0);
    assert_int_equal(m.composition.n_ranges, 31);
    assert_int_equal(m.composition.n_elements, 11);
    for (size_t i = 0; i < 11; i++) {
        assert_string_equal(m.composition.elements[i].name, elements[i].symbol);
        assert_true(m.composition.elements[i].counts == elements[i].atoms);
    }
    for (size_t i = 0; i < 5; i++)
        assert_near(element_of(&m.composition, shares[i].symbol)->percent,
                    shares[i].percent, 0.0005);
    finish(&m);
}

static void the_steel_has_its_ions(void **state)
{
    (void)state;
    const struct {
        const char *ion;
        double counts;
    } ions[] = {{"1H+", 224},      {"12C++", 707},   {"12C+", 400},      {"28Si++", 2037},
                {"54Fe++", 21028}, {"55Mn++", 1647}, {"56Fe++", 280149}, {"57Fe++", 8034},
                {"58Fe++", 1161},  {"69Ga++", 293}};
    measured m;

    measure(&m, steel_ions, steel_ranges, 1);
    for (size_t i = 0; i < sizeof ions / sizeof *ions; i++)
        assert_true(kind_of(&m.composition, ions[i].ion)->counts == ions[i].counts);
    finish(&m);
}

// The quietest stretches, counted by hand between lines: 11.0-11.7 Da, 1.5-1.9 Da, 3-5.9
// Da and 80-140 Da have 363, 436, 366 and 385 to 422 counts per Da^1/2. The level must
// lie among them; it did so for every margin from 0 to 0.5 Da and p_limit from 1e-6 to
// 0.05 (420 to 427).
static void the_steel_has_its_background(void **state)
{
    (void)state;
    measured m;

    measure(&m, steel_ions, steel_ranges, 2);
    assert_true(m.background.a > 363 && m.background.a < 436);
    // The levels of those stretches scatter by some 30: no error below that is honest.
    assert_true(m.background.sigma_a > 20 && m.background.sigma_a < 60);
    // The ions clipped to 300 Da are none of it.
    assert_true(m.background.m_hi < 143);
    for (size_t i = 0; i < m.composition.n_elements; i++) {
        const ia_fraction *e = &m.composition.elements[i];
        assert_true(e->corrected_counts < e->counts);
        assert_true(e->sigma_corrected_counts > sqrt(e->corrected_counts));
    }
    finish(&m);
}

// The corrected column of the file, counted twice by others with the same ranges; the
// counts differ by up to 2.4 at.% for what they do with ranges that overlap.
static void the_carbide_is_as_its_file_corrects_it(void **state)
{
    (void)state;
    const struct {
        const char *symbol;
        double lo, hi; // at.%, printed with one digit
    } people[] = {{"Mo", 25.1, 26.5}, {"C", 19.2, 21.6}, {"Cr", 18.8, 20.2},
                  {"Ni", 18.4, 19.9}, {"Co", 7.7, 8.3},  {"Ti", 4.6, 5.0},
                  {"Al", 1.3, 1.4}};
    measured m;

    measure_by(&m, "superalloy_m6c_unsw/MassSpectrum_M6C-100pJ-R18_61180.csv",
               "superalloy_m6c_unsw/Rangefile.RRNG", 2, IA_BACKGROUND_FILE);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        const ia_fraction *e = element_of(&m.composition, people[i].symbol);
        assert_true(e->corrected_percent > people[i].lo - 0.05);
        assert_true(e->corrected_percent < people[i].hi + 0.05);
    }
    finish(&m);
}

static void the_tungsten_has_its_isotopes(void **state)
{
    (void)state;
    const uint64_t expected[] = {17642, 9409, 20227, 18767};
    measured m;

    measure(&m, tungsten_ions, tungsten_ranges, 2);
    assert_int_equal(m.ions.n, 100000);
    assert_int_equal(m.ranges.n_ranges, 4);
    for (size_t r = 0; r < 4; r++) { // as written: ranges that touch may be merged
        uint64_t n = 0;
        float buffer[1024];
        for (size_t begin = 0; begin < m.ions.n; begin += 1024) {
            size_t rows = m.ions.n - begin < 1024 ? m.ions.n - begin : 1024;
            const float *mass =
                ia_column_rows(&m.ions.columns[IA_MASS], begin, rows, buffer);
            for (size_t i = 0; i < rows; i++)
                n += mass[i] >= m.ranges.ranges[r].lo && mass[i] < m.ranges.ranges[r].hi;
        }
        assert_int_equal(n, expected[r]);
    }
    assert_int_equal(m.composition.ranged, 17642 + 9409 + 20227 + 18767);
    assert_true(element_of(&m.composition, "W")->percent == 100);
    finish(&m);
}

// Its background is ten times higher behind the lines than before them: that has to be
// said.
static void the_tungsten_background_is_not_flat(void **state)
{
    (void)state;
    measured m;
    bool told = false;

    measure(&m, tungsten_ions, tungsten_ranges, 2);
    for (size_t i = 0; i < ia_ctx_n_warnings(m.ctx); i++)
        told = told || strstr(ia_ctx_warning(m.ctx, i), "not flat");
    assert_true(told);
    assert_true(m.background.drift > 0.25 * m.background.a);
    assert_true(m.background.sigma_a >= m.background.drift);
    finish(&m);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    measured a, b;

    measure(&a, steel_ions, steel_ranges, 1);
    measure(&b, steel_ions, steel_ranges, 2);
    assert_int_equal(a.spectrum.n_bins, b.spectrum.n_bins);
    assert_memory_equal(a.spectrum.counts, b.spectrum.counts,
                        a.spectrum.n_bins * sizeof *a.spectrum.counts);
    assert_memory_equal(&a.background.a, &b.background.a, sizeof(double));
    assert_memory_equal(&a.background.sigma_a, &b.background.sigma_a, sizeof(double));
    for (size_t i = 0; i < a.composition.n_elements; i++)
        assert_memory_equal(&a.composition.elements[i].sigma_corrected_percent,
                            &b.composition.elements[i].sigma_corrected_percent,
                            sizeof(double));
    finish(&a);
    finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_steel_has_its_atoms),
        cmocka_unit_test(the_steel_has_its_ions),
        cmocka_unit_test(the_steel_has_its_background),
        cmocka_unit_test(the_carbide_is_as_its_file_corrects_it),
        cmocka_unit_test(the_tungsten_has_its_isotopes),
        cmocka_unit_test(the_tungsten_background_is_not_flat),
        cmocka_unit_test(threads_do_not_change_a_bit),
    };
    if (!getenv("IONATLAS_TEST_DATA")) {
        fprintf(stderr, "skipped: IONATLAS_TEST_DATA is not set\n");
        return NO_DATA;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
