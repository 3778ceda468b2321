// tests/unit/test_ato.c: ATO of versions 3 and 5 in house units.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

#define SEEDS "../../fuzz/corpus/ato/"

static ia_ions read_seed(ia_ctx *ctx, const char *name)
{
    ia_ions ions = {0};
    char path[1024];
    CHECK_OK(ctx, ia_ions_read(ctx, format_path(name, path), &ions));
    assert_string_equal(ions.format, "ato");
    return ions;
}

// Angstrom, kV, us and cm become nm, V, ns and mm; in either byte order.
static void version_3_in_house_units(void **unused)
{
    (void)unused;
    static const char *const files[] = {SEEDS "three.ato", SEEDS "big_endian.ato"};
    ia_ctx *ctx = ia_ctx_new();
    for (size_t f = 0; f < 2; f++) {
        ia_ctx_reset(ctx);
        ia_ions ions = read_seed(ctx, files[f]);
        assert_int_equal(ions.n, 3);
        assert_f32(&ions, IA_XYZ,
                   (float[]){1, -2, 3, 1.1f, -2.1f, 3.1f, 1.2f, -2.2f, 3.2f});
        assert_f32(&ions, IA_MASS, (float[]){27, 13.5f, 26.98f});
        assert_f32(&ions, IA_V_DC, (float[]){5250, 5250, 5500});
        assert_f32(&ions, IA_V_PULSE, (float[]){1050, 1050, 1100});
        assert_f32(&ions, IA_TOF, (float[]){650, 450, 660});
        assert_f32(&ions, IA_DET_XY, (float[]){15, -25, 10, 20, 5, 2.5f});
        assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){0, 0, 4});
        assert_u32(&ions, IA_MULTIPLICITY, (uint32_t[]){2, 0, 1});
        assert_int_equal(ia_ctx_n_warnings(ctx), 1);
        assert_non_null(strstr(ia_ctx_warning(ctx, 0), "cluster numbers are not kept"));
        ia_ions_clear(&ions);
    }
    ia_ctx_free(ctx);
}

static void version_5_in_house_units(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = read_seed(ctx, SEEDS "five.ato");
    assert_int_equal(ions.n, 2);
    assert_f32(&ions, IA_XYZ, (float[]){1, -20, 3, -327.68f, 327.67f, -0.5f});
    assert_f32(&ions, IA_MASS, (float[]){27, 13.5f});
    assert_false(ia_ions_has(&ions, IA_TOF));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0); // nothing but zeros is left out
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// The ions borrow from these bytes until the next call.
static ia_ions parse_pulses(ia_ctx *ctx, const float *pulses, size_t n)
{
    static unsigned char bytes[8 + 56 * 8] = {0, 0, 0, 0, 3};
    ia_ions ions = {0};
    for (size_t i = 0; i < n; i++) {
        float record[14] = {1, 2, 3, 27, 0, pulses[i], 5, 0.5f};
        memcpy(bytes + 8 + 56 * i, record, 56);
    }
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, bytes, 8 + 56 * n, &ions));
    return ions;
}

// float32 holds whole numbers up to 2^24; there the counter begins anew. Where no pulses
// were counted there are no such columns, rather than one pulse with every ion.
static void pulse_numbers_wrap_or_are_absent(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = parse_pulses(ctx, (float[]){16777210, 16777214, 3, 3, 1}, 5);
    assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){0, 4, 5, 0, 1});
    assert_u32(&ions, IA_MULTIPLICITY, (uint32_t[]){1, 1, 2, 0, 1});
    ia_ions_clear(&ions);
    ions = parse_pulses(ctx, (float[]){0, 0, 0}, 3);
    assert_false(ia_ions_has(&ions, IA_PULSES_SINCE));
    assert_false(ia_ions_has(&ions, IA_MULTIPLICITY));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void broken_files_are_refused(void **unused)
{
    (void)unused;
    static const malformed list[] = {
        {"ato/cut_short.ato", IA_ERR_FORMAT,
         "ATO ion 3 at byte 120 is cut short: 49 of 56 bytes"},
        {"ato/five_cut_short.ato", IA_ERR_FORMAT,
         "ATO ion 2 at byte 5040 is cut short: 39 of 40 bytes"},
        {"ato/five_without_its_header.ato", IA_ERR_FORMAT,
         "a header of ATO, version 3 (8 bytes) or 5 (5000 bytes), was expected"},
        {"ato/no_header.ato", IA_ERR_FORMAT,
         "a header of ATO, version 3 (8 bytes) or 5 (5000 bytes), was expected"},
        {"ato/no_ions.ato", IA_ERR_EMPTY, "holds no ions"},
        {"ato/version_4.ato", IA_ERR_UNSUPPORTED,
         "is ATO of version 4; versions 3 and 5 are read"},
        {"ato/version_6.ato", IA_ERR_UNSUPPORTED,
         "is ATO of version 6; versions 3 and 5 are read"},
        {"ato/records_without_a_header.ato", IA_ERR_FORMAT,
         "a header of ATO, version 3 (8 bytes) or 5 (5000 bytes), was expected"},
    };
    assert_ions_refused(list, sizeof list / sizeof list[0]);
}

static ia_status read_and_free(ia_ctx *ctx, const char *path)
{
    ia_ions ions = {0};
    ia_status st = ia_ions_read(ctx, path, &ions);
    ia_ions_clear(&ions);
    return st;
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    char path[1024];
    CHECK_STARVED(ctx, read_and_free(ctx, format_path(SEEDS "three.ato", path)), (void)0);
    CHECK_STARVED(ctx, read_and_free(ctx, format_path(SEEDS "five.ato", path)), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_3_in_house_units),
        cmocka_unit_test(version_5_in_house_units),
        cmocka_unit_test(pulse_numbers_wrap_or_are_absent),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
