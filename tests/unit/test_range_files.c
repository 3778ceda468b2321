// tests/unit/test_range_files.c: range files of many origins read with their known
// counts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

// What the number of ions in the table counts.
typedef enum {
    LISTED, // in the list that the file begins with
    KINDS,  // listed or made up by ranges, whatever the charge
    RANGED, // with a range
    ANY     // not stated
} counted;

typedef struct {
    const char *path, *format;
    counted what;
    size_t n_ions, n_ranges;
} file;

#define RANGE_FILES "real/range_files/"
#define CUBIC       "synthetic/cubic_small/"

static const file files[] = {
    {"real/w_tap_stuttgart/w_tap_derived.rrng", "rrng", LISTED, 1, 4},
    {"real/ck10_steel_felfer/R56_01769.rng.fig.txt", "fig", ANY, 0, 31},
    {"real/al2o3_nist_spectrum/R20_28295.RRNG", "rrng", LISTED, 2, 12},
    {"real/superalloy_m6c_unsw/Rangefile.RRNG", "rrng", LISTED, 0, 86},
    {RANGE_FILES "ifes_87D_1.rng", "rng", LISTED, 14, 92},
    {RANGE_FILES "ifes_R18_53705-v03.rng", "rng", LISTED, 1, 2},
    {RANGE_FILES "ifes_R18_59377.rng", "rng", LISTED, 11, 39},
    {RANGE_FILES "ifes_R18_60310-v02.rng", "rng", LISTED, 1, 3},
    {RANGE_FILES "ifes_SeHoKim_R5076_44076_v02.rng", "rng", LISTED, 14, 138},
    {RANGE_FILES "ifes_all02.rng", "rng", LISTED, 1, 1},
    {RANGE_FILES "ifes_VAlN_film_plan-view_700C.rrng", "rrng", LISTED, 6, 1440},
    {RANGE_FILES "ifes_Ranges_R45_2434-v01.rrng", "rrng", LISTED, 2, 13},
    {RANGE_FILES "ifes_Mo_range.rrng", "rrng", LISTED, 8, 46},
    {RANGE_FILES "ifes_R31_06365-v02.rrng", "rrng", LISTED, 17, 72},
    {RANGE_FILES "ifes_02763-v01.RRNG.fig.txt", "fig", ANY, 0, 46},
    {RANGE_FILES "ifes_R04_11350-v01.rng.fig.txt", "fig", ANY, 0, 30},
    {RANGE_FILES "ifes_R04_15208-v04-clip-2_rng.fig.txt", "fig", ANY, 0, 31},
    {RANGE_FILES "ifes_ErMnO.env", "env", LISTED, 12, 26},
    {RANGE_FILES "3depict_test1.env", "env", LISTED, 1, 1},
    {RANGE_FILES "ifes_ZX21-T4.analysisset", "analysisset", LISTED, 9, 39},
    {RANGE_FILES "rangefinder_MoHf_leitner_R21_08680.rrng", "rrng", LISTED, 14, 85},
    {RANGE_FILES "compositionspace_Si.RRNG", "rrng", LISTED, 5, 25},
    {RANGE_FILES "pyccapt_rangefile.rrng", "rrng", LISTED, 10, 32},
    {RANGE_FILES "apttools_rangefile.rrng", "rrng", LISTED, 10, 32},
    {RANGE_FILES "rapt_example-rrng.rrng", "rrng", LISTED, 8, 13},
    {RANGE_FILES "pyapt_adiff-0.rrng", "rrng", LISTED, 30, 137},
    {RANGE_FILES "paraprobe_Paper14.RangingTest.rrng", "rrng", LISTED, 4, 4},
    {RANGE_FILES "atomblend_R04.rng", "rng", LISTED, 4, 8},
    {RANGE_FILES "atomblend_all.rng", "rng", LISTED, 1, 1},
    {RANGE_FILES "atomblend_test.rng", "rng", LISTED, 4, 8},
    {RANGE_FILES "tutorials.rng", "rng", LISTED, 2, 2},
    {RANGE_FILES "sampled_ranges.rng", "rng", LISTED, 2, 2},
    {RANGE_FILES "3depict_test1.rng", "rng", KINDS, 10, 6},
    {RANGE_FILES "3depict_test2.rng", "rng", KINDS, 7, 9},
    {RANGE_FILES "3depict_test4.rng", "rng", KINDS, 1, 4},
    {RANGE_FILES "3depict_test5.rng", "rng", KINDS, 4, 2},
    {RANGE_FILES "3depict_test7.rng", "rng", KINDS, 2, 2},
    {RANGE_FILES "3depict_test8.rng", "rng", KINDS, 2, 2},
    {RANGE_FILES "3depict_test9.rng", "rng", KINDS, 3, 3},
    {RANGE_FILES "3depict_test10.rng", "rng", KINDS, 3, 3},
    {RANGE_FILES "3depict_test11.rng", "rng", KINDS, 5, 10},
    {RANGE_FILES "3depict_test1.rrng", "rrng", KINDS, 1, 1},
    {RANGE_FILES "3depict_test2.rrng", "rrng", KINDS, 3, 6},
    {RANGE_FILES "3depict_test4.rrng", "rrng", RANGED, 14, 15},
    {RANGE_FILES "3depict_test5.rrng", "rrng", KINDS, 1, 1},
    {"synthetic/grain_boundaries_mpie/AB.rng", "rng", ANY, 0, 2},
    {"synthetic/grain_boundaries_mpie/AB.RRNG", "rrng", ANY, 0, 2},
    {CUBIC "AB.rng", "rng", LISTED, 2, 2},
    {CUBIC "AB2.rng", "rng", LISTED, 2, 2},
    {CUBIC "AB3.rng", "rng", LISTED, 3, 5},
    {CUBIC "Solvent-7solute.rng", "rng", LISTED, 8, 8},
    {CUBIC "son_of_2574.rng", "rng", LISTED, 1, 2},
    {"synthetic/optics_apt_pnnl/test_simple_syn.rrng", "rrng", LISTED, 6, 6},
};
enum { N_FILES = sizeof files / sizeof files[0] };

static size_t count_ranged(const ia_ranges *ranges)
{
    size_t n = 0;

    for (size_t k = 0; k < ranges->n_ions; k++) {
        bool found = false;
        for (size_t i = 0; i < ranges->n_ranges; i++)
            found = found || ranges->ranges[i].ion == k;
        n += found;
    }
    return n;
}

// Kinds of ion when the charge is left out.
static size_t count_kinds(const ia_ranges *ranges)
{
    size_t n = 0;

    for (size_t k = 0; k < ranges->n_ions; k++) {
        ia_ion bare = ranges->ions[k];
        bool known = false;
        bare.charge = 0;
        for (size_t i = 0; i < k; i++)
            known = known || ia_ion_is_same_matter(&ranges->ions[i], &bare);
        n += !known;
    }
    return n;
}

static size_t count(const ia_ranges *ranges, counted what)
{
    if (what == LISTED)
        return ranges->n_ions_written;
    return what == KINDS ? count_kinds(ranges) : count_ranged(ranges);
}

static void every_good_file_is_read_with_its_counts(void **state)
{
    size_t n_wrong = 0;
    char path[1024];

    (void)state;
    for (size_t i = 0; i < N_FILES; i++) {
        const file *f = &files[i];
        ia_ctx *ctx = ia_ctx_new();
        ia_ranges ranges = {0};
        ia_status st = ia_ranges_read(ctx, data_path(f->path, path), &ranges);
        size_t n_ions = f->what == ANY ? f->n_ions : count(&ranges, f->what);
        if (st != IA_OK || strcmp(ranges.format, f->format) != 0 || n_ions != f->n_ions ||
            ranges.n_ranges != f->n_ranges || ranges.n_ranges_written != f->n_ranges) {
            print_error("%s: %s \"%s\", %s, %zu ions, %zu ranges\n", f->path,
                        ia_status_name(st), ia_ctx_message(ctx), ranges.format, n_ions,
                        ranges.n_ranges);
            n_wrong++;
        }
        ia_ranges_clear(&ranges);
        ia_ctx_free(ctx);
    }
    assert_int_equal(n_wrong, 0);
}

static void every_good_file_survives_writing_and_reading(void **state)
{
    char path[1024];

    (void)state;
    for (size_t i = 0; i < N_FILES; i++) {
        const file *f = &files[i];
        ia_ranges ranges = {0};
        int keeps = strcmp(f->format, "rrng") == 0 ? KEEPS_COLOUR | KEEPS_VOLUME : 0;
        assert_int_equal(ia_ranges_read(NULL, data_path(f->path, path), &ranges), IA_OK);
        // What we only read is written as the format that keeps isotopes and charges.
        bool writes = ia_format_find(f->format)->write_ranges != NULL;
        assert_round_trip(writes ? f->format : "fig", &ranges, keeps);
        ia_ranges_clear(&ranges);
    }
}

static void assert_file_refused(const char *name, const char *sentence)
{
    char path[1024];
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges ranges = {0};

    assert_int_equal(ia_ranges_read(ctx, data_path(name, path), &ranges), IA_ERR_FORMAT);
    if (!strstr(ia_ctx_message(ctx), sentence))
        fail_msg("%s", ia_ctx_message(ctx));
    assert_null(ranges.ions);
    ia_ctx_free(ctx);
}

static void files_that_begin_with_a_title_are_refused(void **state)
{
    const char *sentence = "line 1: \"Experiment ID\" is not the number of ions and the "
                           "number of ranges";

    (void)state;
    assert_file_refused(RANGE_FILES "bad_massreproduction_a.rng", sentence);
    assert_file_refused(RANGE_FILES "bad_massreproduction_kk.rng", sentence);
}

static ia_ranges read_data(ia_ctx *ctx, const char *name)
{
    char path[1024];
    ia_ranges ranges = {0};

    assert_int_equal(ia_ranges_read(ctx, data_path(name, path), &ranges), IA_OK);
    return ranges;
}

static void negative_bounds_are_kept(void **state)
{
    (void)state;
    ia_ranges seven = read_data(NULL, RANGE_FILES "3depict_test7.rng");
    ia_ranges eight = read_data(NULL, RANGE_FILES "3depict_test8.rng");

    assert_range(&seven, 0, "M", -0.5, 0.5);
    assert_range(&seven, 1, "N", 1.5, 2.4);
    assert_range(&eight, 0, "M", -0.5, 0.5);
    ia_ranges_clear(&seven);
    ia_ranges_clear(&eight);
}

static void two_atoms_in_a_row_make_a_fifth_ion(void **state)
{
    (void)state;
    ia_ranges ranges = read_data(NULL, RANGE_FILES "3depict_test11.rng");

    assert_string_equal(ion_at(&ranges, 9)->name, "AaAd");
    assert_int_equal(ranges.ranges[9].ion, 4);
    ia_ranges_clear(&ranges);
}

static void overlap_of_one_ion_is_warned_about(void **state)
{
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ranges ranges = read_data(ctx, RANGE_FILES "3depict_test4.rng");
    assert_true(
        is_warned(ctx, "overlap another of the same ion: 1 (first line 7 and line 8)"));
    ia_ranges_clear(&ranges);
    ia_ctx_free(ctx);
}

static void polyatomic_part_renames_and_recolours(void **state)
{
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ranges ranges = read_data(ctx, RANGE_FILES "ifes_87D_1.rng");
    assert_range(&ranges, 27, "SiO+", 45.891,
                 46.117); // 45.98 Da of 28Si 18O and 30Si 16O
    assert_int_equal(ranges.ranges[27].colour, 0x9999FF); // 0.60 0.60 1.00
    assert_false(is_warned(ctx, "not in the first table"));
    ia_ranges_clear(&ranges);
    ia_ctx_free(ctx);
}

static void charges_are_inferred_where_clear(void **state)
{
    (void)state;
    ia_ranges ranges = read_data(NULL, RANGE_FILES "rapt_example-rrng.rrng");

    assert_string_equal(ion_at(&ranges, 0)->name, "C++"); // 5.8962-6.2010 Da
    assert_string_equal(ion_at(&ranges, 1)->name, "C+");
    assert_string_equal(ion_at(&ranges, 2)->name, "Si++");
    assert_string_equal(ion_at(&ranges, 6)->name, "Fe++");
    assert_int_equal(ranges.ions[0].charge, 0); // the list keeps the element
    assert_string_equal(ranges.ions[0].name, "C");
    ia_ranges_clear(&ranges);
}

static void charges_and_isotopes_of_a_fig_file_are_kept(void **state)
{
    (void)state;
    ia_ranges ranges = read_data(NULL, "real/ck10_steel_felfer/R56_01769.rng.fig.txt");

    assert_range(&ranges, 0, "1H+", 1.000011, 1.030011);
    assert_string_equal(ion_at(&ranges, 12)->name, "16O1H2+");
    assert_int_equal(ia_ion_count(ion_at(&ranges, 12), 1), 2);
    assert_string_equal(ion_at(&ranges, 19)->name, "56Fe++");
    ia_ranges_clear(&ranges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_good_file_is_read_with_its_counts),
        cmocka_unit_test(every_good_file_survives_writing_and_reading),
        cmocka_unit_test(files_that_begin_with_a_title_are_refused),
        cmocka_unit_test(negative_bounds_are_kept),
        cmocka_unit_test(two_atoms_in_a_row_make_a_fifth_ion),
        cmocka_unit_test(overlap_of_one_ion_is_warned_about),
        cmocka_unit_test(polyatomic_part_renames_and_recolours),
        cmocka_unit_test(charges_are_inferred_where_clear),
        cmocka_unit_test(charges_and_isotopes_of_a_fig_file_are_kept),
    };

    if (!getenv("IONATLAS_TEST_DATA")) {
        fprintf(stderr, "skipped: IONATLAS_TEST_DATA is not set\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
