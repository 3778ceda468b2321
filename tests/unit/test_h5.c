// tests/unit/test_h5.c: values survive HDF5; hostile files are refused in words.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <ionatlas/ionatlas.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

// A file's bytes, written by `fill` through our driver.
typedef ia_status (*filler)(ia_h5 *h5);
typedef struct {
    unsigned char *bytes;
    size_t n;
} image;

static image make(ia_ctx *ctx, filler fill)
{
    FILE *stream = tmpfile();
    ia_h5 h5;
    assert_int_equal(ia_h5_create(ctx, "test", stream, &h5), IA_OK);
    assert_int_equal(fill(&h5), IA_OK);
    assert_int_equal(ia_h5_close(&h5), IA_OK);
    fseek(stream, 0, SEEK_END);
    image out = {.n = (size_t)ftell(stream)};
    out.bytes = malloc(out.n);
    rewind(stream);
    assert_int_equal(fread(out.bytes, 1, out.n, stream), out.n);
    fclose(stream);
    return out;
}

enum { N = 3 * 65536 + 17 };

static ia_status fill_values(ia_h5 *h5)
{
    static const char *const texts[] = {"Fe++", "", "\xc3\xa4"};
    static const double numbers[6] = {1, 2, 3, 4, 5, 6};
    ia_h5_array table = {IA_F64, 3, 2, numbers, "nm"};
    ia_status st = ia_h5_put_group(h5, "/g", "NXcollection");
    st = st ? st : ia_h5_put_text(h5, "/g/text", "words");
    st = st ? st : ia_h5_put_text(h5, "/g/empty", "");
    st = st ? st : ia_h5_put_texts(h5, "/g/texts", texts, 3);
    st = st ? st : ia_h5_put_f64(h5, "/g/pi", 3.25, "Da");
    st = st ? st : ia_h5_put_u64(h5, "/g/count", UINT64_MAX);
    st = st ? st : ia_h5_put_bool(h5, "/g/yes", true);
    st = st ? st : ia_h5_put_array(h5, "/g/table", &table);
    st = st ? st : ia_h5_put_i32(h5, "/g/charge", -2);
    st = st ? st : ia_h5_link(h5, "/g/pi", "/g/also");
    st = st ? st : ia_h5_attr_text(h5, "/g", "word", "of ours");
    st = st ? st : ia_h5_attr_names(h5, "/g", "names", texts, 3);
    st = st ? st : ia_h5_attr_bool(h5, "/g", "custom", true);
    return st ? st : ia_h5_attr_u64(h5, "/g", "n", 42);
}

static float noise[3 * N];

static ia_status fill_column(ia_h5 *h5)
{
    for (size_t i = 0; i < 3 * N; i++)
        noise[i] = (float)i * 0.37f;
    ia_column column = ia_column_of(IA_F32, 3, N, noise);
    char hex[65];
    return ia_h5_put_column(h5, "/xyz", &column, "nm", hex);
}

static uint32_t counts[3 * 70 * 5];

static ia_status fill_grid(ia_h5 *h5)
{
    for (size_t i = 0; i < 3 * 70 * 5; i++)
        counts[i] = (uint32_t)(i % 7);
    ia_h5_grid grid = {.n = {3, 70, 5}, .counts = counts};
    ia_status st = ia_h5_put_grid(h5, "/grid", &grid);
    return st ? st : ia_h5_put_u64(h5, "/number", 1);
}

static void open_image(ia_ctx *ctx, const image *file, ia_h5 *h5)
{
    assert_int_equal(ia_h5_open(ctx, "test", file->bytes, file->n, h5), IA_OK);
}

static void values_come_back(void **state)
{
    (void)state;
    image file = make(NULL, fill_values);
    ia_h5 h5;
    open_image(NULL, &file, &h5);
    char *text;
    assert_int_equal(ia_h5_get_text(&h5, "/g/text", &text), IA_OK);
    assert_string_equal(text, "words");
    free(text);
    assert_int_equal(ia_h5_get_text(&h5, "/g/empty", &text), IA_OK);
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(ia_h5_get_attr_text(&h5, "/g", "word", &text), IA_OK);
    assert_string_equal(text, "of ours");
    free(text);
    // What NeXus defines is of variable length, which we never read.
    assert_true(ia_h5_has_attr(&h5, "/g", "NX_class"));
    assert_int_equal(ia_h5_get_attr_text(&h5, "/g", "NX_class", &text), IA_ERR_FORMAT);
    assert_int_equal(ia_h5_get_attr_text(&h5, "/g", "names", &text), IA_ERR_FORMAT);
    assert_true(ia_h5_has_attr(&h5, "/g", "custom"));
    char **texts;
    size_t n;
    assert_int_equal(ia_h5_get_texts(&h5, "/g/texts", &n, &texts), IA_OK);
    assert_int_equal(n, 3);
    assert_string_equal(texts[0], "Fe++");
    assert_string_equal(texts[2], "\xc3\xa4");
    ia_h5_free_texts(texts, n);
    double pi;
    uint64_t count;
    assert_int_equal(ia_h5_get_f64(&h5, "/g/pi", &pi), IA_OK);
    assert_true(pi == 3.25);
    assert_int_equal(ia_h5_get_f64(&h5, "/g/also", &pi), IA_OK);
    assert_true(pi == 3.25);
    assert_int_equal(ia_h5_get_u64(&h5, "/g/count", &count), IA_OK);
    assert_true(count == UINT64_MAX);
    assert_int_equal(ia_h5_get_attr_u64(&h5, "/g", "n", &count), IA_OK);
    assert_int_equal(count, 42);
    assert_int_equal(ia_h5_list(&h5, "/g", &n, &texts), IA_OK);
    assert_int_equal(n, 9);
    assert_string_equal(texts[0], "text"); // as they were made, not by name
    ia_h5_free_texts(texts, n);
    assert_int_equal(ia_h5_close(&h5), IA_OK);
    free(file.bytes);
}

enum { MANY = 10000 };

// As other programs write groups: without the order in which members were made.
static ia_status fill_groups(ia_h5 *h5)
{
    char name[32];
    hid_t many = H5Gcreate2(h5->file, "/many", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%zu", 10000 + i);
        H5Gclose(H5Gcreate2(many, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    }
    return H5Gclose(many) < 0 ? IA_ERR_IO : IA_OK;
}

// Asked for one by one, names take a time that grows as the square of their number: half
// a minute for these.
static void many_names_are_listed_in_one_walk(void **state)
{
    (void)state;
    image file = make(NULL, fill_groups);
    ia_h5 h5;
    char **names;
    size_t n;
    open_image(NULL, &file, &h5);
    clock_t began = clock();
    assert_int_equal(ia_h5_list(&h5, "/many", &n, &names), IA_OK);
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 2);
    assert_int_equal(n, MANY);
    assert_string_equal(names[0], "10000"); // by name
    assert_string_equal(names[MANY - 1], "19999");
    ia_h5_free_texts(names, n);
    assert_int_equal(ia_h5_close(&h5), IA_OK);
    free(file.bytes);
}

static void a_grid_is_stored_with_its_hash(void **state)
{
    (void)state;
    image file = make(NULL, fill_grid);
    ia_ctx *ctx = ia_ctx_new();
    ia_h5 h5;
    char hex[65], expected[65], *stored;
    open_image(ctx, &file, &h5);
    ia_column flat = ia_column_of(IA_U32, 1, 3 * 70 * 5, counts);
    assert_int_equal(ia_column_sha256(NULL, &flat, expected), IA_OK);
    assert_int_equal(ia_h5_hash_grid(&h5, "/grid", hex), IA_OK);
    assert_string_equal(hex, expected);
    assert_int_equal(ia_h5_get_attr_text(&h5, "/grid", "sha256", &stored), IA_OK);
    assert_string_equal(stored, expected);
    free(stored);
    ia_h5_array shape;
    assert_int_equal(ia_h5_get_shape(&h5, "/grid", &shape), IA_ERR_FORMAT);
    assert_int_equal(ia_h5_hash_grid(&h5, "/number", hex), IA_ERR_FORMAT);
    assert_non_null(strstr(ia_ctx_message(ctx), "value, a list or a table"));
    assert_int_equal(ia_h5_hash_grid(&h5, "/nothing", hex), IA_ERR_FORMAT);
    ia_h5_close(&h5);
    ia_ctx_free(ctx);
    free(file.bytes);
}

static void a_column_comes_back_with_its_hash(void **state)
{
    (void)state;
    image file = make(NULL, fill_column);
    ia_h5 h5;
    ia_h5_array shape;
    char hex[65], *stored;
    float *rows = malloc(sizeof noise);
    open_image(NULL, &file, &h5);
    assert_int_equal(ia_h5_get_shape(&h5, "/xyz", &shape), IA_OK);
    assert_int_equal(shape.type, IA_F32);
    assert_int_equal(shape.n, N);
    assert_int_equal(shape.width, 3);
    assert_int_equal(ia_h5_get_rows(&h5, "/xyz", &shape, 0, N, rows), IA_OK);
    assert_memory_equal(rows, noise, sizeof noise);
    assert_int_equal(ia_h5_get_rows(&h5, "/xyz", &shape, N - 5, 5, rows), IA_OK);
    assert_memory_equal(rows, noise + 3 * (N - 5), 60);
    // The stored hash is that of the plain bytes, by another route.
    assert_int_equal(ia_sha256(NULL, noise, sizeof noise, hex), IA_OK);
    assert_int_equal(ia_h5_get_attr_text(&h5, "/xyz", "sha256", &stored), IA_OK);
    assert_string_equal(stored, hex);
    free(stored);
    assert_int_equal(ia_h5_hash_array(&h5, "/xyz", hex), IA_OK);
    assert_int_equal(ia_h5_get_attr_text(&h5, "/xyz", "sha256", &stored), IA_OK);
    assert_string_equal(stored, hex);
    free(stored);
    ia_h5_close(&h5);
    free(rows);
    free(file.bytes);
}

static void any_number_of_threads_writes_the_same_bytes(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_ctx_set_threads(ctx, 1);
    image one = make(ctx, fill_column);
    ia_ctx_set_threads(ctx, 2);
    image two = make(ctx, fill_column);
    ia_ctx_set_threads(ctx, 7);
    image seven = make(ctx, fill_column);
    assert_int_equal(one.n, two.n);
    assert_memory_equal(one.bytes, two.bytes, one.n);
    assert_int_equal(one.n, seven.n);
    assert_memory_equal(one.bytes, seven.bytes, one.n);
    free(one.bytes);
    free(two.bytes);
    free(seven.bytes);
    ia_ctx_free(ctx);
}

static ia_status fill_short_columns(ia_h5 *h5)
{
    static const uint32_t few[2] = {7, 8};
    char hex[65];
    ia_column none = ia_column_of(IA_U32, 1, 0, few),
              two = ia_column_of(IA_U32, 1, 2, few);
    ia_status st = ia_h5_put_column(h5, "/none", &none, "", hex);
    return st ? st : ia_h5_put_column(h5, "/two", &two, "", hex);
}

static void short_and_empty_columns_work(void **state)
{
    (void)state;
    image file = make(NULL, fill_short_columns);
    ia_h5 h5;
    ia_h5_array shape;
    uint32_t rows[2];
    open_image(NULL, &file, &h5);
    assert_int_equal(ia_h5_get_shape(&h5, "/none", &shape), IA_OK);
    assert_int_equal(shape.n, 0);
    assert_int_equal(ia_h5_get_shape(&h5, "/two", &shape), IA_OK);
    assert_int_equal(ia_h5_get_rows(&h5, "/two", &shape, 0, 2, rows), IA_OK);
    assert_int_equal(rows[1], 8);
    ia_h5_close(&h5);
    free(file.bytes);
}

static void wrong_kinds_are_refused(void **state)
{
    (void)state;
    image file = make(NULL, fill_values);
    ia_ctx *ctx = ia_ctx_new();
    ia_h5 h5;
    open_image(ctx, &file, &h5);
    char *text;
    double number;
    ia_h5_array shape;
    float rows[8];
    assert_int_equal(ia_h5_get_text(&h5, "/g/pi", &text), IA_ERR_FORMAT);
    assert_non_null(strstr(ia_ctx_message(ctx), "/g/pi"));
    assert_int_equal(ia_h5_get_f64(&h5, "/g/text", &number), IA_ERR_FORMAT);
    assert_int_equal(ia_h5_get_f64(&h5, "/g/count", &number), IA_ERR_FORMAT);
    assert_int_equal(ia_h5_get_f64(&h5, "/g", &number), IA_ERR_FORMAT);
    assert_int_equal(ia_h5_get_f64(&h5, "/nothing", &number), IA_ERR_FORMAT);
    assert_int_equal(ia_h5_get_shape(&h5, "/g/texts", &shape), IA_ERR_FORMAT);
    assert_int_equal(ia_h5_get_shape(&h5, "/g/pi", &shape), IA_ERR_FORMAT);
    shape = (ia_h5_array){.type = IA_F32, .n = 3, .width = 2};
    assert_int_equal(ia_h5_get_rows(&h5, "/g/table", &shape, 0, 3, rows), IA_ERR_FORMAT);
    shape.type = IA_F64;
    assert_int_equal(ia_h5_get_rows(&h5, "/g/table", &shape, 2, 2, rows), IA_ERR_FORMAT);
    ia_h5_close(&h5);
    ia_ctx_free(ctx);
    free(file.bytes);
}

// Links that lead out of the file, values that lie outside, sizes that cannot be.
static ia_status fill_hostile(ia_h5 *h5)
{
    hsize_t huge[2] = {(hsize_t)1 << 40, 3}, chunk[2] = {1024, 3}, ten = 10;
    hid_t space = H5Screate_simple(2, huge, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(create, 2, chunk);
    H5Dclose(H5Dcreate2(h5->file, "/huge", H5T_IEEE_F32LE, space, H5P_DEFAULT, create,
                        H5P_DEFAULT));
    H5Pclose(create);
    H5Sclose(space);
    space = H5Screate_simple(1, &ten, NULL);
    create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(create, "/etc/passwd", 0, 40);
    H5Dclose(H5Dcreate2(h5->file, "/outside", H5T_IEEE_F32LE, space, H5P_DEFAULT, create,
                        H5P_DEFAULT));
    H5Pclose(create);
    H5Sclose(space);
    H5Lcreate_external("/tmp/other.h5", "/x", h5->file, "/external", H5P_DEFAULT,
                       H5P_DEFAULT);
    H5Lcreate_soft("/soft", h5->file, "/soft", H5P_DEFAULT, H5P_DEFAULT);
    return IA_OK;
}

static void hostile_files_are_refused(void **state)
{
    (void)state;
    image file = make(NULL, fill_hostile);
    ia_ctx *ctx = ia_ctx_new();
    ia_h5 h5;
    ia_h5_array shape;
    open_image(ctx, &file, &h5);
    assert_int_equal(ia_h5_get_shape(&h5, "/huge", &shape), IA_ERR_FORMAT);
    assert_non_null(strstr(ia_ctx_message(ctx), "more than the file can hold"));
    ia_ctx_reset(ctx);
    assert_int_equal(ia_h5_get_shape(&h5, "/outside", &shape), IA_ERR_FORMAT);
    assert_non_null(strstr(ia_ctx_message(ctx), "stored in this file"));
    assert_false(ia_h5_has(&h5, "/external"));
    assert_false(ia_h5_has(&h5, "/external/x"));
    assert_false(ia_h5_has(&h5, "/soft"));
    ia_h5_close(&h5);
    ia_ctx_free(ctx);
    free(file.bytes);
}

// A file of the oldest layout, whose groups keep the names of what they hold in heaps.
static image make_old(void)
{
    enum { INCREMENT = 4096 };
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, INCREMENT, false);
    hid_t file = H5Fcreate("old", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Gclose(H5Gcreate2(file, "/g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    image out = {.n = (size_t)H5Fget_file_image(file, NULL, 0)};
    out.bytes = malloc(out.n);
    assert_int_equal(H5Fget_file_image(file, out.bytes, out.n), out.n);
    H5Fclose(file);
    H5Pclose(access);
    return out;
}

// HDF5 1.10 adds the size to that of the head and reads past the end when it wraps.
static void heaps_larger_than_the_file_are_refused(void **state)
{
    (void)state;
    enum { SIZE_AT = 8 };
    image file = make_old();
    ia_h5 h5;
    open_image(NULL, &file, &h5);
    assert_true(ia_h5_has_group(&h5, "/g"));
    assert_int_equal(ia_h5_check(&h5), IA_OK);
    ia_h5_close(&h5);
    ia_ctx *ctx = ia_ctx_new();
    size_t n_heaps = 0;
    for (size_t at = 0; at + 4 <= file.n; at++) {
        if (memcmp(file.bytes + at, "HEAP", 4) != 0)
            continue;
        unsigned char *size = file.bytes + at + SIZE_AT, kept[8];
        memcpy(kept, size, sizeof kept);
        memcpy(size, "\xfe\xff\xff\xff\xff\xff\xff\xff", sizeof kept);
        ia_status st = ia_h5_open(ctx, "test", file.bytes, file.n, &h5);
        if (st == IA_OK)
            st = ia_h5_check(&h5);
        assert_int_equal(st, IA_ERR_FORMAT);
        ia_h5_close(&h5);
        memcpy(size, kept, sizeof kept);
        n_heaps++;
    }
    assert_int_equal(n_heaps, 2); // of the root and of the group
    ia_ctx_free(ctx);
    free(file.bytes);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    image file = make(NULL, fill_values);
    for (size_t n = 0; n < file.n; n += n < 512 ? 1 : 97) {
        ia_ctx *ctx = ia_ctx_new();
        ia_h5 h5;
        unsigned char *bytes = malloc(n > 0 ? n : 1);
        memcpy(bytes, file.bytes, n);
        assert_int_equal(ia_h5_open(ctx, "test", bytes, n, &h5), IA_ERR_FORMAT);
        assert_non_null(strstr(ia_ctx_message(ctx), "no sound HDF5"));
        free(bytes);
        ia_ctx_free(ctx);
    }
    free(file.bytes);
}

static void a_full_disk_is_told_and_the_library_lives_on(void **state)
{
    (void)state;
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    image whole = make(NULL, fill_column);
    for (rlim_t most = 0; most < whole.n; most = most * 2 + 1000) {
        ia_ctx *ctx = ia_ctx_new();
        FILE *stream = tmpfile();
        ia_h5 h5;
        limit.rlim_cur = most;
        setrlimit(RLIMIT_FSIZE, &limit);
        ia_status st = ia_h5_create(ctx, "test", stream, &h5);
        if (st == IA_OK) {
            st = fill_column(&h5);
            ia_status closed = ia_h5_close(&h5);
            st = st ? st : closed;
        }
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(st, IA_ERR_IO);
        assert_string_equal(ia_ctx_message(ctx),
                            "test: cannot be written: File too large");
        fclose(stream);
        ia_ctx_free(ctx);
    }
    free(whole.bytes);
    image file = make(NULL, fill_values);
    free(file.bytes);
}

static bool stop_at_once(void *user, const char *stage, double done)
{
    (void)user;
    (void)stage;
    (void)done;
    return false;
}

static void a_write_can_be_stopped(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    FILE *stream = tmpfile();
    ia_h5 h5;
    assert_int_equal(ia_h5_create(ctx, "test", stream, &h5), IA_OK);
    ia_ctx_set_progress(ctx, stop_at_once, NULL);
    assert_int_equal(fill_column(&h5), IA_CANCELLED);
    ia_h5_close(&h5);
    fclose(stream);
    ia_ctx_free(ctx);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    ia_status st = IA_ERR_MEMORY;
    size_t k = 0;
    while (st == IA_ERR_MEMORY) {
        ia_ctx *ctx = ia_ctx_new();
        FILE *stream = tmpfile();
        ia_h5 h5;
        assert_int_equal(ia_h5_create(ctx, "test", stream, &h5), IA_OK);
        ia_ctx_fail_alloc(ctx, ++k);
        st = fill_values(&h5);
        if (st == IA_OK)
            st = fill_short_columns(&h5);
        ia_h5_close(&h5);
        fclose(stream);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
    assert_true(k > 3);
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(many_names_are_listed_in_one_walk),
        cmocka_unit_test(a_grid_is_stored_with_its_hash),
        cmocka_unit_test(a_column_comes_back_with_its_hash),
        cmocka_unit_test(any_number_of_threads_writes_the_same_bytes),
        cmocka_unit_test(short_and_empty_columns_work),
        cmocka_unit_test(wrong_kinds_are_refused),
        cmocka_unit_test(hostile_files_are_refused),
        cmocka_unit_test(heaps_larger_than_the_file_are_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_full_disk_is_told_and_the_library_lives_on),
        cmocka_unit_test(a_write_can_be_stopped),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
