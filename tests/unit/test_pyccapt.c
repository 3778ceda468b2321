// tests/unit/test_pyccapt.c: events of pyccapt, measured and in frames of pandas.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

#include "io/formats_internal.h"

static const malformed refused[] = {
    {"pyccapt/chunks_of_no_size.h5", IA_ERR_FORMAT,
     "/dld/t is stored in chunks of no size"},
    {"pyccapt/columns_of_objects.h5", IA_ERR_FORMAT,
     "has no column of events that is known, such as t (ns)"},
    {"pyccapt/cut_off.h5", IA_ERR_FORMAT,
     "is no sound HDF5 file: truncated file: eof = 1500, sblock->base_addr = 0, "
     "stored_eof = 2662"},
    {"pyccapt/more_columns_than_names.h5", IA_ERR_FORMAT,
     "/df/block0_values has 2 columns, /df/block0_items names 1"},
    {"pyccapt/names_are_numbers.h5", IA_ERR_FORMAT,
     "/df/block0_items is not a list of texts of fixed length"},
    {"pyccapt/no_events.h5", IA_ERR_EMPTY, "holds no ions"},
    {"pyccapt/no_known_column.h5", IA_ERR_FORMAT,
     "has no column of events that is known, such as t (ns)"},
    {"pyccapt/packed_by_others.h5", IA_ERR_FORMAT,
     "/dld/y is not stored in this file by its usual filters"},
    {"pyccapt/rows_differ.h5", IA_ERR_FORMAT,
     "/dld/high_voltage has 5 rows, /dld/t has 4"},
    {"pyccapt/table_format.h5", IA_ERR_UNSUPPORTED,
     "/df is in pandas' table format; the fixed format was expected"},
    {"pyccapt/three_dimensions.h5", IA_ERR_FORMAT,
     "/dld/t is not a value, a list or a table"},
    {"pyccapt/times_are_texts.h5", IA_ERR_FORMAT,
     "/dld/t is not a number, a list or a table of numbers"},
    {"pyccapt/times_in_another_file.h5", IA_ERR_FORMAT, "has no /dld/t"},
    {"pyccapt/two_numbers_an_event.h5", IA_ERR_FORMAT,
     "/dld/t is not one number for each event"},
    {"pyccapt/values_beyond_the_file.h5", IA_ERR_FORMAT,
     "/dld/t claims 5 x 1 values, more than the file can hold"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_ions_refused(refused, sizeof refused / sizeof refused[0]);
}

static ia_ions read_good(ia_ctx *ctx, const char *file)
{
    char path[1024];
    ia_ions ions = {0};

    if (ia_ions_read(ctx, format_path(file, path), &ions) != IA_OK)
        fail_msg("%s", ia_ctx_message(ctx));
    assert_string_equal(ions.format, "pyccapt");
    return ions;
}

static bool is_warned(const ia_ctx *ctx, const char *text)
{
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        if (strstr(ia_ctx_warning(ctx, i), text))
            return true;
    return false;
}

static void frames_are_read(void **state)
{
    static const float xyz[] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, mass[] = {27, 13.5, 9};
    static const float hits[] = {15, -25, 5, 0, -10, 10}, tof[] = {30.5, 31, 32};
    static const uint32_t since[] = {0, 0, 12}, multiplicity[] = {2, 0, 1};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ions ions = read_good(ctx, "pyccapt/plain.h5");
    assert_int_equal(ions.n, 3);
    assert_f32(&ions, IA_XYZ, xyz);
    assert_f32(&ions, IA_MASS, mass); // mc_c is empty, mc is there
    assert_f32(&ions, IA_DET_XY, hits);
    assert_f32(&ions, IA_TOF, tof);
    assert_u32(&ions, IA_PULSES_SINCE, since); // the counter stands still
    assert_u32(&ions, IA_MULTIPLICITY, multiplicity);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void odd_counts_are_told(void **state)
{
    static const uint32_t since[] = {1, 0, UINT32_MAX, 7}, multiplicity[] = {1, 2, 0, 1};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ions ions = read_good(ctx, "pyccapt/counts_are_odd.h5");
    assert_u32(&ions, IA_PULSES_SINCE, since);
    assert_u32(&ions, IA_MULTIPLICITY, multiplicity);
    assert_true(is_warned(ctx, "delta_p: 3 values are no counts; the nearest count is "
                               "taken"));
    assert_true(is_warned(ctx, "multi: 1 values are no counts"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void measured_events_are_read(void **state)
{
    static const float hits[] = {-30, 0, -15, 0, 0, 0, 15, 0, 30, 0};
    static const float tof[] = {1, 2, 3, 4, 5}, volts[] = {500, 500, 500, 500, 500};
    static const uint32_t since[] = {0, 0, 2, 3, 0}, multiplicity[] = {2, 0, 1, 2, 0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ions ions = read_good(ctx, "pyccapt/raw_in_cm.h5");
    assert_f32(&ions, IA_DET_XY, hits);
    assert_f32(&ions, IA_TOF, tof);
    assert_f32(&ions, IA_V_DC, volts);
    assert_u32(&ions, IA_PULSES_SINCE, since); // 7 7 9 3 3: begun anew before 3
    assert_u32(&ions, IA_MULTIPLICITY, multiplicity);
    assert_false(ia_ions_has(&ions, IA_XYZ) || ia_ions_has(&ions, IA_MASS));
    assert_false(ia_ions_has(&ions, IA_LASER_ENERGY)); // zeros: pulsed by voltage
    assert_true(is_warned(ctx, "dld/x has no unit: taken as cm (largest 3)"));
    ia_ions_clear(&ions);
    ia_ctx_reset(ctx);

    ions = read_good(ctx, "pyccapt/raw_in_mm.h5");
    assert_f32(&ions, IA_DET_XY, hits);
    assert_false(ia_ions_has(&ions, IA_MULTIPLICITY));
    assert_true(is_warned(ctx, "dld/x has no unit: taken as mm (largest 30)"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// 245 bins of 78 mm / 2450 are 7.8 mm; 4000 bins of 6.858 ps are 27.432 ns.
static void bins_become_times_and_places(void **state)
{
    static const float hits[] = {7.8f, 0, 7.8f, 0, 7.8f, 0, 7.8f, 0, 7.8f, 0};
    static const float tof[] = {0, 27.432f, 54.864f, 82.296f, 109.728f};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    ia_ions ions = read_good(ctx, "pyccapt/raw_in_bins.h5");
    assert_f32(&ions, IA_DET_XY, hits);
    assert_f32(&ions, IA_TOF, tof);
    assert_true(is_warned(ctx, "dld/t is in whole numbers: taken as bins of 6.858 ps"));
    assert_true(is_warned(ctx, "dld/x is in whole numbers: taken as bins of 0.0318367 mm "
                               "around 1225"));
    assert_true(is_warned(ctx, "start_counter is no counter of pulses (500.5)"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// The two files that pyccapt's own tests read; the first values as h5py gives them.
static void the_measured_files_are_read(void **state)
{
    ia_ions ions = {0};

    (void)state;
    const char *path = outside("real/al_oxcart_pyccapt/AL_data_b_cropped.h5");
    if (!path)
        skip();
    assert_int_equal(ia_ions_read(NULL, path, &ions), IA_OK);
    assert_int_equal(ions.n, 1001);
    float *tof = f32_of(&ions, IA_TOF), *hits = f32_of(&ions, IA_DET_XY);
    float *volts = f32_of(&ions, IA_V_DC);
    assert_true(tof[0] == 717.538824f && tof[1] == 747.364266f);
    assert_true(hits[0] == -11.0791837f && hits[1] == -8.11836735f);
    assert_true(volts[0] == 3723.23242f);
    free(tof);
    free(hits);
    free(volts);
    ia_ions_clear(&ions);
    assert_int_equal(
        ia_ions_read(NULL, outside("real/al_oxcart_pyccapt/AL_data_b.h5"), &ions), IA_OK);
    assert_int_equal(ions.n, 1000);
    tof = f32_of(&ions, IA_TOF);
    assert_true(tof[0] == (float)(130522 * 27.432 / 4000));
    free(tof);
    ia_ions_clear(&ions);
}

static void other_files_are_not_taken_for_it(void **state)
{
    char path[1024];
    ia_source source = {0};

    (void)state;
    assert_int_equal(ia_pyccapt_sniff((const unsigned char *)"\x89HDF\r\n\x1a\n", 8), 0);
    assert_int_equal(
        ia_source_open(NULL, format_path("erlangen/plain.h5", path), &source), IA_OK);
    assert_int_equal(ia_pyccapt_sniff(source.bytes, source.n), 0);
    ia_source_clear(&source);
}

static void memory_may_run_out(void **state)
{
    static const char *files[] = {"pyccapt/plain.h5", "pyccapt/raw_in_cm.h5"};
    char path[1024];
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ia_ions ions = {0};
        format_path(files[i], path);
        CHECK_STARVED(ctx, ia_ions_read(ctx, path, &ions), ia_ions_clear(&ions));
    }
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(frames_are_read),
        cmocka_unit_test(odd_counts_are_told),
        cmocka_unit_test(measured_events_are_read),
        cmocka_unit_test(bins_become_times_and_places),
        cmocka_unit_test(the_measured_files_are_read),
        cmocka_unit_test(other_files_are_not_taken_for_it),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
