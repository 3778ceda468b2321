// tests/unit/test_nxs_any.c: ions in NeXus NXapm of other programs, and older projects.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

static const malformed refused[] = {
    {"nxs/no_ions.h5", IA_ERR_FORMAT,
     "has no ions of NXapm: no entry with reconstruction/reconstructed_positions or "
     "mass_to_charge_conversion/mass_to_charge"},
    {"nxs/unknown_unit.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/reconstruction/reconstructed_positions is in \"furlong\", which "
     "is no unit like nm"},
    {"nxs/unit_of_another_quantity.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/reconstruction/reconstructed_positions is in \"volt\", which is "
     "no unit like nm"},
    {"nxs/positions_in_metres.h5", IA_ERR_FORMAT,
     "the largest value of /entry1/atom_probe/reconstruction/reconstructed_positions is "
     "7e-09, which cannot be nm, and no unit of it can be read"},
    {"nxs/masses_in_kilograms.h5", IA_ERR_FORMAT,
     "the largest value of /entry1/atom_probe/mass_to_charge_conversion/mass_to_charge "
     "is 9.296e-26, which cannot be Da, and no unit of it can be read"},
    {"nxs/rows_differ.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/mass_to_charge_conversion/mass_to_charge has 4 x 1 values, 5 x "
     "1 were expected"},
    {"nxs/two_coordinates.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/reconstruction/reconstructed_positions has 5 x 2 values, 5 x 3 "
     "were expected"},
    {"nxs/positions_are_texts.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/reconstruction/reconstructed_positions is not a number, a list "
     "or a table of numbers"},
    {"nxs/count_is_a_fraction.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/hit_finding/hit_multiplicity: 1.5 is no count"},
    {"nxs/count_is_negative.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/hit_finding/hit_multiplicity: -1 is no count"},
    {"nxs/positions_are_a_group.h5", IA_ERR_FORMAT,
     "/entry1/atom_probe/reconstruction/reconstructed_positions is not a list of values"},
    {"nxs/cut_off.h5", IA_ERR_FORMAT,
     "is no sound HDF5 file: truncated file: eof = 2000, sblock->base_addr = 0, "
     "stored_eof = 8029"},
};

static void malformed_files_are_refused_with_their_sentence(void **state)
{
    (void)state;
    assert_ions_refused(refused, sizeof refused / sizeof refused[0]);
}

static const float xyz[15] = {0, 0.5f, 1, 1.5f, 2, 2.5f, 3, 3.5f,
                              4, 4.5f, 5, 5.5f, 6, 6.5f, 7};
static const float mass[5] = {1, 28, 27.5f, 56, 12};
static const float tof[5] = {100, 500, 495, 700, 300};
static const float hits[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
static const float v_dc[5] = {4000, 4000, 4000, 4000, 4000};
static const uint32_t of_pulse[5] = {1, 3, 0, 0, 1}; // 0 behind the first of a pulse

typedef struct {
    char text[4096];
} heard;

static void hear(void *user, ia_log_level level, const char *text)
{
    heard *h = user;
    if (level == IA_LOG_WARN)
        snprintf(h->text + strlen(h->text), sizeof h->text - strlen(h->text), "%s\n",
                 text);
}

static size_t n_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static ia_ions read_case(const char *file, heard *h)
{
    char path[1024];
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_ctx_set_log(ctx, IA_LOG_WARN, hear, h);
    CHECK_OK(ctx, ia_ions_read(ctx, format_path(file, path), &ions));
    assert_string_equal(ions.format, "nxs");
    assert_int_equal(strlen(ions.sha256), 64);
    ia_ctx_free(ctx);
    return ions;
}

static void assert_near_all(const ia_ions *ions, ia_column_id id, const float *expected)
{
    size_t n = ions->n * ions->columns[id].width;
    float *values = f32_of(ions, id);
    for (size_t i = 0; i < n; i++) // a float32 has 24 bits
        assert_true(fabsf(values[i] - expected[i]) <= 1.2e-7f * fabsf(expected[i]));
    free(values);
}

static void every_column_is_read_whatever_its_type_and_unit(void **state)
{
    (void)state;
    static const char *const files[] = {"nxs/plain.h5", "nxs/other_units.h5",
                                        "nxs/no_units.h5"};
    static const size_t n_not_read[] = {6, 0, 4};
    for (size_t i = 0; i < 3; i++) {
        heard h = {""};
        ia_ions ions = read_case(files[i], &h);
        assert_int_equal(ions.n, 5);
        assert_near_all(&ions, IA_XYZ, xyz);
        assert_near_all(&ions, IA_MASS, mass);
        assert_near_all(&ions, IA_TOF, tof);
        assert_near_all(&ions, IA_DET_XY, hits);
        assert_near_all(&ions, IA_V_DC, v_dc);
        uint32_t *counts = u32_of(&ions, IA_MULTIPLICITY);
        assert_memory_equal(counts, of_pulse, sizeof of_pulse);
        free(counts);
        assert_false(ia_ions_has(&ions, IA_PULSES_SINCE));
        // A unit of variable length is not read.
        assert_int_equal(n_lines(h.text), n_not_read[i]);
        assert_true(i == 1 ||
                    strstr(h.text, "raw_tof has a unit that is not read (a text "
                                   "of variable length); taken as ns\n"));
        ia_ions_clear(&ions);
    }
}

static void counts_taken_over_from_epos_are_known(void **state)
{
    (void)state;
    static const uint32_t since[5] = {7, 2, 0, 0, 5};
    heard h = {""};
    ia_ions ions = read_case("nxs/counts_as_epos.h5", &h);
    uint32_t *counts = u32_of(&ions, IA_MULTIPLICITY);
    assert_memory_equal(counts, of_pulse, sizeof of_pulse);
    free(counts);
    counts = u32_of(&ions, IA_PULSES_SINCE);
    assert_memory_equal(counts, since, sizeof since);
    free(counts);
    ia_ions_clear(&ions);
}

static void what_is_there_is_enough(void **state)
{
    (void)state;
    heard h = {""};
    ia_ions ions = read_case("nxs/masses_only.h5", &h);
    assert_near_all(&ions, IA_MASS, mass);
    assert_false(ia_ions_has(&ions, IA_XYZ));
    ia_ions_clear(&ions);
    // What a link to another file leads to is not there.
    ions = read_case("nxs/positions_in_another_file.h5", &h);
    assert_near_all(&ions, IA_MASS, mass);
    assert_false(ia_ions_has(&ions, IA_XYZ));
    ia_ions_clear(&ions);
}

// Inside the file links are followed, through other links too, but not round and round.
static void soft_links_are_followed(void **state)
{
    (void)state;
    heard h = {""};
    ia_ions ions = read_case("nxs/soft_links.h5", &h);
    assert_near_all(&ions, IA_XYZ, xyz);
    assert_false(ia_ions_has(&ions, IA_MASS));
    assert_false(ia_ions_has(&ions, IA_DET_XY));
    assert_non_null(strstr(h.text, "/entry1/atom_probe/mass_to_charge_conversion is a "
                                   "link that leads nowhere\n"));
    assert_non_null(strstr(h.text, "/entry1/atom_probe/hit_finding/hit_positions is a "
                                   "link that cannot be followed\n"));
    ia_ions_clear(&ions);
}

static void links_to_other_files_are_told(void **state)
{
    (void)state;
    heard h = {""};
    ia_ions ions = read_case("nxs/positions_in_another_file.h5", &h);
    const char *told = strstr(
        h.text, "/entry1/atom_probe/reconstruction/reconstructed_positions is a link to "
                "another file, which is not followed\n");
    assert_non_null(told);
    assert_null(strstr(strchr(told, '\n'), "is a link")); // once
    ia_ions_clear(&ions);
    h.text[0] = '\0';
    ions = read_case("nxs/soft_link_to_another_file.h5", &h);
    assert_false(ia_ions_has(&ions, IA_XYZ));
    assert_non_null(strstr(h.text, "/away is a link to another file, which is not "
                                   "followed\n"));
    ia_ions_clear(&ions);
}

static void what_is_left_out_is_told(void **state)
{
    (void)state;
    heard h = {""};
    ia_ions ions = read_case("nxs/more_hits_than_ions.h5", &h);
    assert_false(ia_ions_has(&ions, IA_DET_XY));
    assert_non_null(strstr(h.text, "hit_positions is left out: it has 9 rows, there are "
                                   "5 ions"));
    ia_ions_clear(&ions);
    h.text[0] = '\0';
    ions = read_case("nxs/two_entries.h5", &h);
    assert_int_equal(ions.n, 5);
    assert_true(ia_ions_has(&ions, IA_MASS));
    assert_non_null(strstr(h.text, "those in 1 other group"));
    ia_ions_clear(&ions);
}

// A project written before voxels, with texts of fixed length throughout.
static void older_projects_open_and_grow(void **state)
{
    (void)state;
    char from[1024];
    const char *to = scratch("old.nxs");
    size_t n;
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    bool good = false;
    unsigned char *bytes =
        read_bytes(format_path("nxs/project_of_layout_1.h5", from), &n);
    write_bytes(to, bytes, n);
    free(bytes);
    assert_true(ia_project_is(to));
    CHECK_OK(ctx, ia_project_verify(ctx, to, &result, &good));
    assert_true(good);
    ia_result_clear(&result);
    CHECK_OK(ctx, ia_project_rerun(ctx, to, &result, &good));
    assert_true(good);
    ia_result_clear(&result);
    ia_state s = {0};
    ia_chain chain = {0};
    CHECK_OK(ctx, ia_project_load(ctx, to, &s));
    assert_int_equal(s.ions.n, 60);
    CHECK_OK(ctx, ia_chain_run(ctx, &chain, &s, "read", NULL));
    CHECK_OK(ctx, ia_chain_run(ctx, &chain, &s, "spectrum", NULL));
    CHECK_OK(ctx, ia_project_write(ctx, to, &s, &chain, NULL, false));
    CHECK_OK(ctx, ia_project_verify(ctx, to, &result, &good));
    assert_true(good);
    ia_result_clear(&result);
    ia_chain_clear(&chain);
    ia_state_clear(&s);
    unlink(to);
    ia_ctx_free(ctx);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    char path[1024];
    format_path("nxs/other_units.h5", path);
    ia_status st = IA_ERR_MEMORY;
    size_t k = 0;
    while (st == IA_ERR_MEMORY) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ions ions = {0};
        ia_ctx_fail_alloc(ctx, ++k);
        st = ia_ions_read(ctx, path, &ions);
        if (st != IA_OK) {
            assert_int_equal(st, IA_ERR_MEMORY);
            assert_int_equal(ions.n, 0);
        }
        ia_ions_clear(&ions);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
    assert_true(k > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_sentence),
        cmocka_unit_test(every_column_is_read_whatever_its_type_and_unit),
        cmocka_unit_test(counts_taken_over_from_epos_are_known),
        cmocka_unit_test(what_is_there_is_enough),
        cmocka_unit_test(soft_links_are_followed),
        cmocka_unit_test(links_to_other_files_are_told),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(older_projects_open_and_grow),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
