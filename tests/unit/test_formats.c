// tests/unit/test_formats.c: round trips, recognition by content, refusals with place and
// sentence.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ions_case.h"

#include <sys/stat.h>

static void round_trip(const char *name, unsigned columns)
{
    ia_ctx *ctx = ia_ctx_new();
    // More than a block of rows, so that blocks meet.
    ia_ions ions = make_ions(IA_COLUMN_BLOCK + 77, columns), back = {0};
    const char *path = scratch(name);
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
    CHECK_OK(ctx, ia_ions_read(ctx, path, &back));
    check_same_ions(&ions, &back, columns);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    unlink(path);
    ia_ions_clear(&back);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void pos_round_trip(void **unused)
{
    (void)unused;
    round_trip("a.pos", POS_COLUMNS);
}

static void epos_round_trip(void **unused)
{
    (void)unused;
    round_trip("a.epos", EPOS_COLUMNS);
}

static void csv_round_trip(void **unused)
{
    (void)unused;
    round_trip("a.csv", EVERY_COLUMN);
    round_trip("b.csv", POS_COLUMNS);
}

static void tsv_round_trip(void **unused)
{
    (void)unused;
    round_trip("a.tsv", EVERY_COLUMN);
}

static ia_ions parse(ia_ctx *ctx, const char *text)
{
    ia_ions ions = {0};
    CHECK_OK(ctx, ia_ions_parse(ctx, NULL, text, strlen(text), &ions));
    return ions;
}

static void check_ion(const ia_ions *ions, size_t i, float x, float mass)
{
    float row[3];
    const float *xyz = ia_column_rows(&ions->columns[IA_XYZ], i, 1, row);
    assert_true(xyz[0] == x);
    const float *m = ia_column_rows(&ions->columns[IA_MASS], i, 1, row);
    assert_true(*m == mass);
}

static void csv_dialects(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    static const char *const texts[] = {
        "1.5,2,3,27\n-1,0,0,28\n",
        "1.5\t2\t3\t27\r\n-1\t0\t0\t28\r\n",
        "1,5;2;3;27\n-1;0;0;28",
        "  1.5   2 3 27 \n\n-1 0 0 28\n",
        "# a remark\nx (nm),y (nm),z (nm),m/n (Da)\n1.5,2,3,27\n-1,0,0,28\n",
        "\xef\xbb\xbfX,Y,Z,Mass\n1.5,2,3,27\n-1,0,0,28\n",
        "Da;z;y;x\n27;3;2;1,5\n28;0;0;-1\n",
        "x,y,z,m\n1.5,2,3,27\n-1,0,0,28\n",
        "x,y,z,what,mass\n1.5,2,3,red,27\n-1,0,0,blue,28\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ia_ions ions = parse(ctx, texts[i]);
        assert_int_equal(ions.n, 2);
        check_ion(&ions, 0, 1.5f, 27);
        check_ion(&ions, 1, -1, 28);
        ia_ions_clear(&ions);
    }
    assert_int_equal(ia_ctx_n_warnings(ctx), 1); // the column 'what'
    ia_ctx_free(ctx);
}

static ia_status read_text(ia_ctx *ctx, const char *text)
{
    ia_ions ions = {0};
    ia_status st = ia_ions_parse(ctx, ia_format_find("csv"), text, strlen(text), &ions);
    ia_ions_clear(&ions);
    return st;
}

static void bad_text_names_the_line(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_FAILS(ctx, read_text(ctx, "1,2,3,4\n1,2,3\n"), IA_ERR_FORMAT,
                "line 2 has 3 values, 4 were expected");
    CHECK_FAILS(ctx, read_text(ctx, "1,2,3,4\n1,2,x,4\n"), IA_ERR_FORMAT,
                "line 2: 'x' is no number");
    CHECK_FAILS(ctx, read_text(ctx, "1,2,3\n"), IA_ERR_FORMAT, "line 1 holds 3 numbers");
    CHECK_FAILS(ctx, read_text(ctx, "a,b,c\n1,2,3\n"), IA_ERR_FORMAT, "names no column");
    CHECK_FAILS(ctx, read_text(ctx, "x,y,mass\n1,2,3\n"), IA_ERR_FORMAT,
                "position needs 3 columns");
    CHECK_FAILS(ctx, read_text(ctx, "x,x,y,z\n1,2,3,4\n"), IA_ERR_FORMAT,
                "names x_nm twice");
    CHECK_FAILS(ctx, read_text(ctx, "x,y,z,mass\n"), IA_ERR_EMPTY, "holds no ions");
    CHECK_FAILS(ctx, read_text(ctx, "# only a remark\n"), IA_ERR_EMPTY,
                "no line of numbers");
    CHECK_FAILS(ctx, read_text(ctx, "mass,multiplicity\n1,2.5\n"), IA_ERR_FORMAT,
                "2.5 is no count");
    ia_ctx_free(ctx);
}

static ia_status read_file(ia_ctx *ctx, const char *path, char format[16])
{
    ia_ions ions = {0};
    ia_status st = ia_ions_read(ctx, path, &ions);
    if (format)
        memcpy(format, ions.format, 16);
    ia_ions_clear(&ions);
    return st;
}

static void content_decides_before_the_name(void **unused)
{
    (void)unused;
    static const char *const formats[] = {"pos", "epos", "csv"};
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(1000, EPOS_COLUMNS);
    for (size_t f = 0; f < 3; f++) {
        char format[16];
        const char *path = scratch(f == 0 ? "x.epos" : "x.pos");
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, ia_ions_write(ctx, &ions, ia_format_find(formats[f]), NULL, path));
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, read_file(ctx, path, format));
        assert_string_equal(format, formats[f]);
        assert_int_equal(ia_ctx_n_warnings(ctx), 1);
        assert_non_null(strstr(ia_ctx_warning(ctx, 0), "named like"));
        unlink(path);
    }
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// An EPOS of a multiple of 4 ions is as long as a POS; both lengths fit both formats.
static void lengths_that_fit_both_are_told_apart(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    char format[16];
    for (size_t n = 4; n <= 400; n *= 10) {
        ia_ions ions = make_ions(n * 11, EPOS_COLUMNS);
        const char *path = scratch("fit");
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, ia_ions_write(ctx, &ions, ia_format_find("pos"), NULL, path));
        CHECK_OK(ctx, read_file(ctx, path, format));
        assert_string_equal(format, "pos");
        CHECK_OK(ctx, ia_ions_write(ctx, &ions, ia_format_find("epos"), NULL, path));
        CHECK_OK(ctx, read_file(ctx, path, format));
        assert_string_equal(format, "epos");
        unlink(path);
        ia_ions_clear(&ions);
    }
    ia_ctx_free(ctx);
}

static void broken_files_name_the_byte(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(100, EPOS_COLUMNS);
    const char *path = scratch("cut.pos");
    size_t n;
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, ia_format_find("pos"), NULL, path));
    unsigned char *bytes = read_bytes(path, &n);
    assert_int_equal(n, 1600);
    write_bytes(path, bytes, n - 3);
    CHECK_FAILS(ctx, read_file(ctx, path, NULL), IA_ERR_FORMAT,
                "POS ion 100 at byte 1584 is cut short: 13 of 16 bytes");
    write_bytes(path, bytes, 5);
    CHECK_FAILS(ctx, read_file(ctx, path, NULL), IA_ERR_FORMAT, "5 of 16 bytes");
    write_bytes(path, bytes, 0);
    CHECK_FAILS(ctx, read_file(ctx, path, NULL), IA_ERR_EMPTY, "has 0 bytes");
    free(bytes);
    path = scratch("cut.epos");
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
    bytes = read_bytes(path, &n);
    write_bytes(path, bytes, n - 1);
    CHECK_FAILS(ctx, read_file(ctx, path, NULL), IA_ERR_FORMAT,
                "EPOS ion 100 at byte 4356 is cut short");
    free(bytes);
    unlink(path);
    unlink(scratch("cut.pos"));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

// Even with a wrong byte in its definition, and with a range file stored within.
static void a_project_is_no_range_file(void **unused)
{
    (void)unused;
    static const char head[] = "\x89HDF\r\n\x1a\nNXbpm";
    static const char text[] = "\n[Ranges]\nNumber=1\nRange1=27 28 Vol:0 Fe:1\n";
    static char bytes[2000];
    memcpy(bytes, head, sizeof head);
    memcpy(bytes + 1000, text, sizeof text);
    ia_source source = ia_source_of(bytes, sizeof bytes);
    assert_false(ia_source_is_ranges(&source));
}

static void files_that_are_none(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_FAILS(ctx, read_file(ctx, "/nonexistent/x.pos", NULL), IA_ERR_IO,
                "No such file");
    CHECK_FAILS(ctx, read_file(ctx, "/tmp", NULL), IA_ERR_IO, "is a folder");
    const char *path = scratch("noise.bin");
    unsigned char noise[4096];
    ia_random random = ia_random_new(1, 0);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)ia_random_u64(&random);
    write_bytes(path, noise, sizeof noise);
    CHECK_FAILS(ctx, read_file(ctx, path, NULL), IA_ERR_FORMAT, "neither its bytes nor");
    unlink(path);
    path = scratch("r.rrng");
    const char *ranges = "[Ions]\nNumber=1\nIon1=Al\n[Ranges]\nNumber=1\n"
                         "Range1=26.5 27.5 Vol:0.0166 Al:1 Color:33FFFF\n";
    write_bytes(path, ranges, strlen(ranges));
    CHECK_FAILS(ctx, read_file(ctx, path, NULL), IA_ERR_FORMAT, "--ranges");
    unlink(path);
    ia_ctx_free(ctx);
}

static void missing_columns_are_named(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(10, POS_COLUMNS), back = {0};
    const char *path = scratch("fill.epos");
    ia_write_params params = {.fill_missing = true};
    CHECK_FAILS(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path), IA_ERR_UNSUPPORTED,
                "time of flight (column tof)");
    assert_int_equal(access(path, F_OK), -1);
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, &params, path));
    CHECK_OK(ctx, ia_ions_read(ctx, path, &back));
    check_same_ions(&ions, &back, POS_COLUMNS);
    unlink(path);
    CHECK_FAILS(ctx, ia_ions_write(ctx, &ions, NULL, NULL, "/tmp/x.xyz"), IA_ERR_PARAM,
                "names no format");
    ia_ions_clear(&ions);
    ia_ions_clear(&back);
    ia_ctx_free(ctx);
}

static void lost_columns_are_warned_about(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(10, EPOS_COLUMNS);
    const char *path = scratch("lost.pos");
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
    assert_int_equal(ia_ctx_n_warnings(ctx), 6);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "time of flight"));
    unlink(path);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void kilovolts_become_volts(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(10, EPOS_COLUMNS), back = {0};
    float *v = ia_ions_values(&ions, IA_V_DC), row;
    for (size_t i = 0; i < 10; i++)
        v[i] = 5.25f;
    const char *path = scratch("kv.epos");
    CHECK_OK(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "does not tell V from kV"));
    CHECK_OK(ctx, ia_ions_read(ctx, path, &back));
    assert_int_equal(ia_ctx_n_warnings(ctx), 2);
    assert_non_null(strstr(ia_ctx_warning(ctx, 1), "read as kilovolt"));
    assert_true(*(const float *)ia_column_rows(&back.columns[IA_V_DC], 3, 1, &row) ==
                5250);
    unlink(path);
    ia_ions_clear(&ions);
    ia_ions_clear(&back);
    ia_ctx_free(ctx);
}

static ia_status read_and_free(ia_ctx *ctx, const char *path)
{
    return read_file(ctx, path, NULL);
}

static void readers_survive_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = make_ions(100, EPOS_COLUMNS);
    static const char *const names[] = {"s.pos", "s.epos", "s.csv"};
    for (size_t f = 0; f < 3; f++) {
        const char *path = scratch(names[f]);
        CHECK_STARVED(ctx, ia_ions_write(ctx, &ions, NULL, NULL, path), (void)0);
        CHECK_STARVED(ctx, read_and_free(ctx, path), (void)0);
        unlink(path);
    }
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void npy_has_numpys_layout(void **unused)
{
    (void)unused;
    static const int32_t values[] = {1, -1, 70000};
    ia_column column = ia_column_of(IA_I32, 1, 3, values);
    const char *path = scratch("l.npy");
    size_t n;
    assert_int_equal(ia_npy_write(NULL, &column, path), IA_OK);
    unsigned char *bytes = read_bytes(path, &n);
    assert_int_equal(n, 128 + 12);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
    assert_memory_equal(bytes + 10,
                        "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", 57);
    assert_int_equal(bytes[127], '\n');
    assert_memory_equal(bytes + 128, values, 12);
    free(bytes);
    unlink(path);
}

static void a_failed_write_leaves_the_old_file(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_draft *draft = NULL;
    const char *path = scratch("keep.txt");
    size_t n;
    write_bytes(path, "old", 3);
    CHECK_OK(ctx, ia_draft_new(ctx, path, &draft));
    fputs("new and longer", ia_draft_stream(draft));
    ia_draft_discard(draft);
    unsigned char *bytes = read_bytes(path, &n);
    assert_int_equal(n, 3);
    free(bytes);
    CHECK_OK(ctx, ia_draft_new(ctx, path, &draft));
    fputs("new", ia_draft_stream(draft));
    CHECK_OK(ctx, ia_draft_commit(ctx, draft));
    bytes = read_bytes(path, &n);
    assert_memory_equal(bytes, "new", 3);
    free(bytes);
    unlink(path);
    CHECK_FAILS(ctx, ia_draft_new(ctx, "/nonexistent/x", &draft), IA_ERR_IO,
                "cannot be written");
    CHECK_FAILS(ctx, ia_draft_new(ctx, "/tmp", &draft), IA_ERR_IO, "is a folder");
    CHECK_FAILS(ctx, ia_draft_check(ctx, "/nonexistent/x"), IA_ERR_IO, "no such folder");
    CHECK_OK(ctx, ia_draft_check(ctx, "not-there-yet"));
    struct stat info; // a folder that takes no file of anybody
    if (stat("/proc/self", &info) == 0)
        CHECK_FAILS(ctx, ia_draft_new(ctx, "/proc/x.rrng", &draft), IA_ERR_IO,
                    "its folder takes no new files");
    ia_ctx_free(ctx);
}

static void a_pipe_is_not_replaced_by_a_file(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_draft *draft = NULL;
    const char *path = scratch("pipe");
    struct stat info;
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    CHECK_FAILS(ctx, ia_draft_new(ctx, path, &draft), IA_ERR_IO, "is a device or a pipe");
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    unlink(path);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pos_round_trip),
        cmocka_unit_test(epos_round_trip),
        cmocka_unit_test(csv_round_trip),
        cmocka_unit_test(tsv_round_trip),
        cmocka_unit_test(csv_dialects),
        cmocka_unit_test(bad_text_names_the_line),
        cmocka_unit_test(content_decides_before_the_name),
        cmocka_unit_test(lengths_that_fit_both_are_told_apart),
        cmocka_unit_test(broken_files_name_the_byte),
        cmocka_unit_test(a_project_is_no_range_file),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(missing_columns_are_named),
        cmocka_unit_test(lost_columns_are_warned_about),
        cmocka_unit_test(kilovolts_become_volts),
        cmocka_unit_test(readers_survive_without_memory),
        cmocka_unit_test(npy_has_numpys_layout),
        cmocka_unit_test(a_failed_write_leaves_the_old_file),
        cmocka_unit_test(a_pipe_is_not_replaced_by_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
