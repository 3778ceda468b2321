// tests/unit/test_apt.c: APT with every oddity that files are known to have, written and
// read back, and told apart from damaged ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ions_case.h"
#include "refused_ions.h"

enum { INT = 1, UINT = 2, FLOAT = 3 };

// A file under construction.
typedef struct {
    unsigned char bytes[1 << 16];
    size_t n;
} building;

// What a section says of itself.
typedef struct {
    const char *name, *unit;
    uint32_t type, bits, record;
    size_t extra, padding; // bytes before and after the data
} head;

static void put(building *b, const void *bytes, size_t n)
{
    assert_true(b->n + n <= sizeof b->bytes);
    memcpy(b->bytes + b->n, bytes, n);
    b->n += n;
}

static void put_zeros(building *b, size_t n)
{
    static const unsigned char zeros[1024];
    assert_true(n <= sizeof zeros);
    put(b, zeros, n);
}

static void put_u32(building *b, uint32_t v)
{
    put(b, &v, sizeof v);
}

static void put_u64(building *b, uint64_t v)
{
    put(b, &v, sizeof v);
}

static void put_text(building *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t unit = i < strlen(text) ? (uint16_t)text[i] : 0;
        put(b, &unit, sizeof unit);
    }
}

static void begin(building *b, uint64_t n)
{
    b->n = 0;
    put(b, "APT", 4);
    put_u32(b, 540);
    put_u32(b, 2);
    put_text(b, "test", 256);
    put_u64(b, 0);
    put_u64(b, n);
}

static void add(building *b, head h, size_t n, const void *data)
{
    put(b, "SEC", 4);
    put_u32(b, (uint32_t)(148 + h.extra));
    put_u32(b, 2);
    put_text(b, h.name, 32);
    put_u32(b, 1);
    put_u32(b, 1);
    put_u32(b, 1);
    put_u32(b, h.type);
    put_u32(b, h.bits);
    put_u32(b, h.record);
    put_text(b, h.unit ? h.unit : "", 16);
    put_u64(b, n);
    put_u64(b, n * h.record + h.padding);
    put_zeros(b, h.extra);
    put(b, data, n * h.record);
    put_zeros(b, h.padding);
}

static ia_ions parse(ia_ctx *ctx, const building *b)
{
    ia_ions ions = {0};
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, b->bytes, b->n, &ions));
    assert_string_equal(ions.format, "apt");
    return ions;
}

static const float masses[] = {27, 13.5f, 26.98f};
static const head mass_head = {"Mass", "Da", FLOAT, 32, 4, 0, 0};

// With positions whose header holds bounds, whose header holds none, and without any.
static void with_and_without_a_reconstruction(void **unused)
{
    (void)unused;
    static const float xyz[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    for (int with = 0; with < 4; with++) {
        head position = {"Position", "nm", FLOAT, 32, 12, with == 1 ? 24 : 0, 0};
        begin(&b, 3);
        add(&b, mass_head, 3, masses);
        if (with > 0)
            add(&b, position, with == 3 ? 0 : 3, xyz);
        ia_ions ions = parse(ctx, &b);
        assert_int_equal(ions.n, 3);
        assert_f32(&ions, IA_MASS, masses);
        assert_int_equal(ia_ions_has(&ions, IA_XYZ), with == 1 || with == 2);
        if (ia_ions_has(&ions, IA_XYZ))
            assert_f32(&ions, IA_XYZ, xyz);
        ia_ions_clear(&ions);
    }
    assert_int_equal(ia_ctx_n_warnings(ctx), 1); // the empty section
    ia_ctx_free(ctx);
}

// An odd section before the others moves them off the machine's alignment; extra header
// bytes and padding stand where the byte count says.
static void sections_are_found_by_their_bytes(void **unused)
{
    (void)unused;
    static const unsigned char kinds[] = {1, 2, 255};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    begin(&b, 3);
    add(&b, (head){"Ion Type", "", UINT, 8, 1, 7, 2}, 3, kinds);
    add(&b, (head){"Something new", "", 5, 24, 3, 0, 0}, 3, "abcdefghi");
    add(&b, mass_head, 3, masses);
    ia_ions ions = parse(ctx, &b);
    assert_f32(&ions, IA_MASS, masses);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_string_equal(ia_ctx_warning(ctx, 0),
                        "sections not kept (2): Ion Type, Something new");
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void units_and_types_vary(void **unused)
{
    (void)unused;
    static const double tof[] = {0.655, 1.5, 2};
    static const float kilovolts[] = {5.25f, 5.5f, 6}, hits[] = {1, 2, 3, 4, 5, 6};
    static const float freq[] = {200000, 250000, 500};
    static const int16_t temperatures[] = {50, 51, -1};
    static const unsigned char multiplicities[] = {2, 0, 1};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    begin(&b, 3);
    add(&b, (head){"Time of Flight", "us", FLOAT, 64, 8, 0, 0}, 3, tof);
    add(&b, (head){"Vap", "kV", FLOAT, 32, 4, 0, 0}, 3, kilovolts);
    add(&b, (head){"Vp", "V", FLOAT, 32, 4, 0, 0}, 3, kilovolts);
    add(&b, (head){"freq", "Hz", FLOAT, 32, 4, 0, 0}, 3, freq);
    add(&b, (head){"Detector Coordinates", "mm", FLOAT, 32, 8, 0, 0}, 3, hits);
    add(&b, (head){"Temp", "K", INT, 16, 2, 0, 0}, 3, temperatures);
    add(&b, (head){"Multiplicity", "", UINT, 8, 1, 0, 0}, 3, multiplicities);
    add(&b, (head){"Mass", "furlong", FLOAT, 32, 4, 0, 0}, 3, masses);
    ia_ions ions = parse(ctx, &b);
    assert_f32(&ions, IA_TOF, (float[]){655, 1500, 2000});
    assert_f32(&ions, IA_V_DC, (float[]){5250, 5500, 6000});
    assert_f32(&ions, IA_V_PULSE, kilovolts);
    assert_f32(&ions, IA_PULSE_FREQUENCY, (float[]){200, 250, 0.5f});
    assert_f32(&ions, IA_DET_XY, hits);
    assert_f32(&ions, IA_TEMPERATURE, (float[]){50, 51, -1});
    assert_u32(&ions, IA_MULTIPLICITY, (uint32_t[]){2, 0, 1});
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_string_equal(
        ia_ctx_warning(ctx, 0),
        "section 'Mass' is in 'furlong', an unknown unit, and read as Da");
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void odd_counts_are_told(void **unused)
{
    (void)unused;
    static const float multiplicities[] = {1.5f, -2, 3};
    static const float steps[] = {5e9f, NAN, 7};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    begin(&b, 3);
    add(&b, mass_head, 3, masses);
    add(&b, (head){"Delta Pulse", "", FLOAT, 32, 4, 0, 0}, 3, steps);
    add(&b, (head){"Multiplicity", "", FLOAT, 32, 4, 0, 0}, 3, multiplicities);
    ia_ions ions = parse(ctx, &b);
    assert_u32(&ions, IA_MULTIPLICITY, (uint32_t[]){1, 0, 3});
    assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){UINT32_MAX, 0, 7});
    assert_int_equal(ia_ctx_n_warnings(ctx), 2);
    assert_string_equal(ia_ctx_warning(ctx, 0),
                        "section 'Delta Pulse': 2 values are no counts; the nearest "
                        "count is taken");
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "'Multiplicity': 2 values are no"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// x and y of a hit in sections of their own; one alone is no hit.
static void hits_may_stand_apart(void **unused)
{
    (void)unused;
    static const float x[] = {1, 3, 5}, y[] = {2, 4, 6};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    begin(&b, 3);
    add(&b, mass_head, 3, masses);
    add(&b, (head){"YDet_mm", "mm", FLOAT, 32, 4, 0, 0}, 3, y);
    ia_ions ions = parse(ctx, &b);
    assert_false(ia_ions_has(&ions, IA_DET_XY));
    assert_string_equal(ia_ctx_warning(ctx, 0), "sections not kept (1): YDet_mm");
    ia_ions_clear(&ions);
    add(&b, (head){"XDet_mm", "mm", FLOAT, 32, 4, 0, 0}, 3, x);
    ions = parse(ctx, &b);
    assert_f32(&ions, IA_DET_XY, (float[]){1, 2, 3, 4, 5, 6});
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// float32 holds no pulse number above 2^24 exactly; pulseDelta adds what is lost.
static void pulse_numbers_are_exact(void **unused)
{
    (void)unused;
    static const float pulse[] = {50000000, 50000000, 50000004, 50000004, 50000008};
    static const int16_t delta[] = {1, 1, -2, 2, 0};
    static const float five[] = {1, 1, 1, 1, 1};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    begin(&b, 5);
    add(&b, (head){"Pulse Delta", "", INT, 16, 2, 0, 0}, 5, delta);
    add(&b, (head){"pulse", "", FLOAT, 32, 4, 0, 0}, 5, pulse);
    add(&b, mass_head, 5, five);
    ia_ions ions = parse(ctx, &b);
    // Numbers 50000001, 1, 2, 6, 8: the first two ions came from one pulse.
    assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){0, 0, 1, 4, 2});
    assert_u32(&ions, IA_MULTIPLICITY, (uint32_t[]){2, 0, 1, 1, 1});
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// Others write the step from pulse to pulse; it must not be added twice.
static void a_step_is_no_offset(void **unused)
{
    (void)unused;
    static const float pulse[] = {10, 12, 12, 17, 18};
    static const int16_t delta[] = {3, 2, 0, 5, 1};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    begin(&b, 5);
    add(&b, (head){"pulse", "", FLOAT, 32, 4, 0, 0}, 5, pulse);
    add(&b, (head){"pulseDelta", "", INT, 16, 2, 0, 0}, 5, delta);
    ia_ions ions = parse(ctx, &b);
    assert_u32(&ions, IA_PULSES_SINCE, (uint32_t[]){0, 2, 0, 5, 1});
    assert_u32(&ions, IA_MULTIPLICITY, (uint32_t[]){1, 2, 0, 1, 1});
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void a_second_section_is_told(void **unused)
{
    (void)unused;
    static const float other[] = {1, 2, 3};
    static building b;
    ia_ctx *ctx = ia_ctx_new();
    begin(&b, 3);
    add(&b, mass_head, 3, masses);
    add(&b, mass_head, 3, other);
    ia_ions ions = parse(ctx, &b);
    assert_f32(&ions, IA_MASS, masses);
    assert_string_equal(ia_ctx_warning(ctx, 0),
                        "section 'Mass' at byte 700 comes a second time and is not read");
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void every_column_comes_back(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const char *path = scratch("a.apt");
    // More than a block of rows, so that blocks meet; odd, so that nothing is aligned by
    // chance.
    ia_ions ions = make_ions(IA_COLUMN_BLOCK + 77, EVERY_COLUMN), back = {0};
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
    CHECK_OK(ctx, ia_ions_read(ctx, path, &back));
    check_same_ions(&ions, &back, EVERY_COLUMN & ~(1u << IA_PULSE_FREQUENCY));
    // The file holds Hz: two roundings of float32, half a unit of the last place each.
    float *before = f32_of(&ions, IA_PULSE_FREQUENCY);
    float *after = f32_of(&back, IA_PULSE_FREQUENCY);
    for (size_t i = 0; i < ions.n; i++)
        assert_true(fabsf(before[i] - after[i]) <= 1.2e-7f * before[i]);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    unlink(path);
    free(before);
    free(after);
    ia_ions_clear(&back);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// Bounds stand in the extra bytes of the header of the positions, min and max of x first.
static void bounds_are_written(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const char *path = scratch("b.apt");
    ia_ions ions = {0};
    size_t n;
    float bounds[6];
    CHECK_OK(ctx, ia_ions_new(ctx, 2, 1u << IA_XYZ, &ions));
    memcpy(ia_ions_values(&ions, IA_XYZ), (float[]){1, -2, 3, -4, 5, 6}, 24);
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
    unsigned char *bytes = read_bytes(path, &n);
    assert_int_equal(n, 540 + 148 + 24 + 24);
    memcpy(bounds, bytes + 540 + 148, sizeof bounds);
    assert_memory_equal(bounds, ((float[]){-4, 1, -2, 5, 3, 6}), sizeof bounds);
    free(bytes);
    unlink(path);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void a_count_that_does_not_fit_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    const char *path = scratch("c.apt");
    ia_ions ions = make_ions(3, 1u << IA_PULSES_SINCE);
    ((uint32_t *)ia_ions_values(&ions, IA_PULSES_SINCE))[1] = 3000000000;
    CHECK_FAILS(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path), IA_ERR_UNSUPPORTED,
                "ion 2 has 3000000000 for pulses since the last event, APT holds at most "
                "2147483647");
    assert_int_equal(access(path, F_OK), -1);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void broken_files_are_refused(void **unused)
{
    (void)unused;
    static const malformed list[] = {
        {"apt/data_cut_off.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540 is cut short: 7 of 12 bytes"},
        {"apt/fewer_records_than_ions.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540 holds 2 records, 3 ions were expected"},
        {"apt/header_beyond_the_end.apt", IA_ERR_FORMAT,
         "the header has 2147483647 bytes, 540 to 700 were expected"},
        {"apt/header_cut_off.apt", IA_ERR_FORMAT,
         "the header is cut short: 100 of 540 bytes"},
        {"apt/header_too_small.apt", IA_ERR_FORMAT,
         "the header has 12 bytes, 540 to 700 were expected"},
        {"apt/huge_byte_count.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540 is cut short: 12 of 18446744073709551615 bytes"},
        {"apt/huge_number_of_ions.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540: 1152921504606846976 records of 4 bytes do not fit "
         "its 12 bytes"},
        {"apt/no_ions.apt", IA_ERR_EMPTY, "holds 0 ions by its header"},
        {"apt/no_record_size.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540 has records of 0 bytes, 4 were expected"},
        {"apt/no_sections.apt", IA_ERR_EMPTY,
         "none of its sections holds a column of ions"},
        {"apt/no_signature.apt", IA_ERR_FORMAT, "'SEC' was expected at byte 700"},
        {"apt/odd_number_of_bits.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540: data type 3 of 24 bits is none that holds numbers"},
        {"apt/position_of_two.apt", IA_ERR_FORMAT,
         "section 'Position' at byte 540 has records of 8 bytes, 12 were expected"},
        {"apt/records_do_not_fit.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540: 3 records of 4 bytes do not fit its 8 bytes"},
        {"apt/section_header_beyond_the_end.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540: its header has 2147483647 bytes, 148 to 160 were "
         "expected"},
        {"apt/section_header_cut_off.apt", IA_ERR_FORMAT,
         "the section header at byte 700 is cut short: 60 of 148 bytes"},
        {"apt/section_header_too_small.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540: its header has 100 bytes, 148 to 160 were "
         "expected"},
        {"apt/text_for_mass.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540: data type 4 of 32 bits is none that holds numbers"},
        {"apt/unknown_data_cut_off.apt", IA_ERR_FORMAT,
         "section 'Colour' at byte 700 is cut short: 2 of 3 bytes"},
        {"apt/unknown_sections_only.apt", IA_ERR_EMPTY,
         "none of its sections holds a column of ions: Colour"},
        {"apt/wrong_record_size.apt", IA_ERR_FORMAT,
         "section 'Mass' at byte 540 has records of 8 bytes, 4 were expected"},
    };
    assert_ions_refused(list, sizeof list / sizeof list[0]);
}

// Blocks are read by several threads at once; the file ends within one.
static void threads_do_not_matter(void **unused)
{
    (void)unused;
    const char *path = scratch("t.apt");
    ia_ions ions = make_ions(3 * IA_COLUMN_BLOCK + 5, EVERY_COLUMN);
    ia_survey surveys[2];
    char hashes[2][65];
    assert_int_equal(ia_ions_write(NULL, &ions, NULL, NULL, path), IA_OK);
    for (size_t t = 0; t < 2; t++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ions back = {0};
        ia_ctx_set_threads(ctx, t + 1);
        CHECK_OK(ctx, ia_ions_read(ctx, path, &back));
        CHECK_OK(ctx, ia_ions_survey(ctx, &back, &surveys[t]));
        memcpy(hashes[t], back.sha256, sizeof hashes[t]);
        ia_ions_clear(&back);
        ia_ctx_free(ctx);
    }
    assert_string_equal(hashes[0], hashes[1]);
    assert_memory_equal(surveys[0].bounds, surveys[1].bounds, sizeof surveys[0].bounds);
    assert_memory_equal(surveys[0].mass_range, surveys[1].mass_range,
                        sizeof surveys[0].mass_range);
    unlink(path);
    ia_ions_clear(&ions);
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
    const char *path = scratch("s.apt");
    ia_ions ions = make_ions(100, EVERY_COLUMN);
    CHECK_STARVED(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path), (void)0);
    CHECK_STARVED(ctx, read_and_free(ctx, path), (void)0);
    unlink(path);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_and_without_a_reconstruction),
        cmocka_unit_test(sections_are_found_by_their_bytes),
        cmocka_unit_test(units_and_types_vary),
        cmocka_unit_test(odd_counts_are_told),
        cmocka_unit_test(hits_may_stand_apart),
        cmocka_unit_test(pulse_numbers_are_exact),
        cmocka_unit_test(a_step_is_no_offset),
        cmocka_unit_test(a_second_section_is_told),
        cmocka_unit_test(every_column_comes_back),
        cmocka_unit_test(bounds_are_written),
        cmocka_unit_test(a_count_that_does_not_fit_is_refused),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
