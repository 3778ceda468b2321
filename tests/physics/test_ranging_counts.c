// tests/physics/test_ranging_counts.c: do measured files give the counts found by other
// means?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

/*
   The numbers were counted with separate code from the same files: an ion belongs to a
   range if lo <= m/n <= hi as stored. They are exact, and no ion of these files lies on
   an upper bound, so that [lo, hi) gives the same.
*/
typedef struct {
    const char *name;
    uint64_t counts;
} expected;

typedef struct {
    ia_ions ions;
    ia_ranges ranges;
    ia_ranger ranger;
    ia_range_counts counts;
} ranging;

static void range_files(ranging *r, const char *ions, const char *ranges)
{
    char path[1024];

    *r = (ranging){0};
    assert_int_equal(ia_ions_read(NULL, data_path(ions, path), &r->ions), IA_OK);
    assert_int_equal(ia_ranges_read(NULL, data_path(ranges, path), &r->ranges), IA_OK);
    assert_int_equal(ia_ranger_build(NULL, &r->ranges, &r->ranger), IA_OK);
    assert_int_equal(ia_range_counts_compute(NULL, &r->ions, &r->ranger, &r->counts),
                     IA_OK);
}

static void clear(ranging *r)
{
    ia_range_counts_clear(&r->counts);
    ia_ranger_clear(&r->ranger);
    ia_ranges_clear(&r->ranges);
    ia_ions_clear(&r->ions);
}

static void tungsten_isotopes_have_their_counts(void **state)
{
    static const uint64_t counts[] = {17642, 9409, 20227, 18767};
    ranging r;

    (void)state;
    range_files(&r, "real/w_tap_stuttgart/w_tap_derived.epos",
                "real/w_tap_stuttgart/w_tap_derived.rrng");
    assert_int_equal(r.counts.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(r.counts.counts[i], counts[i]);
        assert_string_equal(r.ranges.ions[r.ranger.ion[i]].name, "W+++");
    }
    clear(&r);
}

static void steel_ions_have_their_counts(void **state)
{
    static const expected list[] = {
        {"1H+", 224},      {"12C++", 707},   {"12C+", 400},      {"28Si++", 2037},
        {"54Fe++", 21028}, {"55Mn++", 1647}, {"56Fe++", 280149}, {"57Fe++", 8034},
        {"58Fe++", 1161},  {"69Ga++", 293}};
    ranging r;

    (void)state;
    range_files(&r, "real/ck10_steel_felfer/ck10_R56_01769_part_a.pos",
                "real/ck10_steel_felfer/R56_01769.rng.fig.txt");
    assert_int_equal(r.counts.ranged, 317399);
    assert_int_equal(r.counts.ranged + r.counts.unranged, 332667);
    for (size_t k = 0; k < sizeof list / sizeof list[0]; k++) {
        uint64_t found = 0;
        for (size_t i = 0; i < r.counts.n; i++)
            if (strcmp(r.ranges.ions[r.ranger.ion[i]].name, list[k].name) == 0)
                found += r.counts.counts[i];
        assert_int_equal(found, list[k].counts);
    }
    clear(&r);
}

static void labels_agree_with_counts(void **state)
{
    ranging r;
    uint64_t by_ion[64] = {0};
    int32_t labels[1000];

    (void)state;
    range_files(&r, "real/ck10_steel_felfer/ck10_R56_01769_part_a.pos",
                "real/ck10_steel_felfer/R56_01769.rng.fig.txt");
    ia_label_source source = {&r.ions, &r.ranger};
    ia_column column = ia_label_column(&source);
    for (size_t begin = 0; begin < column.n; begin += 1000) {
        size_t n = column.n - begin < 1000 ? column.n - begin : 1000;
        const int32_t *rows = ia_column_rows(&column, begin, n, labels);
        for (size_t i = 0; i < n; i++)
            by_ion[rows[i] + 1]++;
    }
    assert_int_equal(by_ion[0], r.counts.unranged);
    for (size_t i = 0; i < r.counts.n; i++)
        by_ion[r.ranger.ion[i] + 1] -= r.counts.counts[i];
    for (size_t k = 1; k < 64; k++)
        assert_int_equal(by_ion[k], 0);
    clear(&r);
}

// Atoms of each element in the file's own background-corrected column (the third), each
// bin as a whole in the range that holds its middle.
static double count_corrected(const ranging *r, const char *path, double *atoms)
{
    FILE *file = fopen(path, "r");
    char line[256];
    double all = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        double mass, plain, corrected;
        if (sscanf(line, "%lf , %lf , %lf", &mass, &plain, &corrected) != 3)
            continue;
        int32_t range = ia_ranger_find(&r->ranger, mass + 0.005);
        for (unsigned z = 1; range >= 0 && z <= IA_Z_MAX; z++) {
            unsigned n = ia_ion_count(&r->ranges.ions[r->ranger.ion[range]], z);
            atoms[z] += n * corrected;
            all += n * corrected;
        }
    }
    fclose(file);
    return all;
}

// M6C in a superalloy: two people counted the same column with the same ranges and
// resolved overlapping ranges differently. Each per cent lies between theirs, give or
// take 0.3 for bins that a bound divides.
static void a_carbide_lies_between_two_counts(void **state)
{
    static const struct {
        unsigned z;
        double lo, hi;
    } counts[] = {{42, 25.1, 26.5}, {6, 19.2, 21.6}, {24, 18.8, 20.2}, {28, 18.4, 19.9},
                  {27, 7.7, 8.3},   {22, 4.6, 5.0},  {13, 1.3, 1.4}};
    static const char spectrum[] =
        "real/superalloy_m6c_unsw/MassSpectrum_M6C-100pJ-R18_61180.csv";
    double atoms[IA_Z_MAX + 1] = {0};
    char path[1024];
    ranging r;

    (void)state;
    range_files(&r, spectrum, "real/superalloy_m6c_unsw/Rangefile.RRNG");
    double all = count_corrected(&r, data_path(spectrum, path), atoms);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        double percent = 100 * atoms[counts[i].z] / all;
        print_message("Z %u: %.2f at.%%\n", counts[i].z, percent);
        assert_true(percent > counts[i].lo - 0.05 && percent < counts[i].hi + 0.05);
    }
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tungsten_isotopes_have_their_counts),
        cmocka_unit_test(steel_ions_have_their_counts),
        cmocka_unit_test(labels_agree_with_counts),
        cmocka_unit_test(a_carbide_lies_between_two_counts),
    };

    if (!getenv("IONATLAS_TEST_DATA")) {
        fprintf(stderr, "skipped: IONATLAS_TEST_DATA is not set\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
