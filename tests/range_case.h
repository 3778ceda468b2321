// tests/range_case.h: what the tests of range files share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_RANGE_CASE_H
#define IONATLAS_TESTS_RANGE_CASE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ionatlas/ionatlas.h>

static inline ia_status parse_text(ia_ctx *ctx, const char *format, const char *text,
                                   ia_ranges *out)
{
    return ia_ranges_parse(ctx, ia_format_find(format), text, strlen(text), out);
}

static inline void add_range(ia_ranges *ranges, const char *ion, double lo, double hi)
{
    ia_ion kind = ia_ion_of(ion);
    ia_range range = {.lo = lo, .hi = hi};
    assert_int_equal(ia_ranges_add_ion(NULL, ranges, &kind, &range.ion), IA_OK);
    assert_int_equal(ia_ranges_add(NULL, ranges, &range), IA_OK);
}

static inline const ia_ion *ion_at(const ia_ranges *ranges, size_t i)
{
    assert_true(i < ranges->n_ranges);
    assert_true(ranges->ranges[i].ion < ranges->n_ions);
    return &ranges->ions[ranges->ranges[i].ion];
}

static inline void assert_range(const ia_ranges *ranges, size_t i, const char *name,
                                double lo, double hi)
{
    assert_string_equal(ion_at(ranges, i)->name, name);
    assert_true(ranges->ranges[i].lo == lo);
    assert_true(ranges->ranges[i].hi == hi);
}

// The text is refused with this status and sentence, and `out` keeps what it was.
static inline void assert_refused(const char *format, const char *text, ia_status status,
                                  const char *sentence)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges ranges, before;

    memset(&ranges, 0x5A, sizeof ranges);
    before = ranges;
    ia_status st = parse_text(ctx, format, text, &ranges);
    if (st != status || strcmp(ia_ctx_message(ctx), sentence) != 0)
        fail_msg("%s: \"%s\"\ninstead of\n%s: \"%s\"", ia_status_name(st),
                 ia_ctx_message(ctx), ia_status_name(status), sentence);
    assert_memory_equal(&ranges, &before, sizeof ranges);
    ia_ctx_free(ctx);
}

// Some warning of the context contains the text.
static inline bool is_warned(const ia_ctx *ctx, const char *text)
{
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        if (strstr(ia_ctx_warning(ctx, i), text))
            return true;
    return false;
}

// Bytes that a writer makes of the ranges, as a zero-terminated text to be freed.
static inline char *written(ia_ctx *ctx, const char *format, const ia_ranges *ranges)
{
    char *text = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);

    assert_non_null(stream);
    assert_int_equal(ia_format_find(format)->write_ranges(ctx, ranges, stream), IA_OK);
    assert_int_equal(fclose(stream), 0);
    return text;
}

// What writing and reading again must keep.
enum { KEEPS_COLOUR = 1, KEEPS_VOLUME = 2 };

static inline void assert_round_trip(const char *format, const ia_ranges *ranges,
                                     int keeps)
{
    ia_ranges back = {0};
    char *text = written(NULL, format, ranges);

    if (parse_text(NULL, format, text, &back) != IA_OK)
        fail_msg("what was written is not read:\n%s", text);
    assert_int_equal(back.n_ranges, ranges->n_ranges);
    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_range *a = &ranges->ranges[i], *b = &back.ranges[i];
        if (!ia_ion_is_equal(ion_at(ranges, i), ion_at(&back, i)))
            fail_msg("range %zu: %s comes back as %s", i, ion_at(ranges, i)->name,
                     ion_at(&back, i)->name);
        assert_true(a->lo == b->lo && a->hi == b->hi);
        if (keeps & KEEPS_COLOUR)
            assert_int_equal(a->colour, b->colour);
        if (keeps & KEEPS_VOLUME)
            assert_true(a->volume == b->volume);
    }
    free(text);
    ia_ranges_clear(&back);
}

// Reading survives when any one allocation fails, leaves nothing behind and `out` alone.
static inline void assert_survives_short_memory(const char *format, const char *text)
{
    ia_status st = IA_ERR_MEMORY;

    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ranges ranges = {0};
        ia_ctx_fail_alloc(ctx, k);
        st = parse_text(ctx, format, text, &ranges);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
        assert_true(st == IA_OK || ranges.ions == NULL);
        assert_true(st == IA_OK || ia_ctx_message(ctx)[0] != '\0');
        assert_true(st == IA_ERR_MEMORY || k > 3);
        ia_ranges_clear(&ranges);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
}

// So does writing; what memory cannot stop is the same text.
static inline void assert_writing_survives_short_memory(const char *format,
                                                        const ia_ranges *ranges)
{
    char *whole = written(NULL, format, ranges);
    ia_status st = IA_ERR_MEMORY;

    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_ctx *ctx = ia_ctx_new();
        char *text = NULL;
        size_t n = 0;
        FILE *stream = open_memstream(&text, &n);
        assert_non_null(stream);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_format_find(format)->write_ranges(ctx, ranges, stream);
        fclose(stream);
        assert_true(st == IA_OK ? strcmp(text, whole) == 0 : st == IA_ERR_MEMORY);
        free(text);
        ia_ctx_free(ctx);
    }
    free(whole);
}

// A stream that takes nothing is IA_ERR_IO.
static inline void assert_full_disk_is_noticed(const char *format,
                                               const ia_ranges *ranges)
{
    ia_ctx *ctx = ia_ctx_new();
    FILE *stream = fopen("/dev/full", "w");

    assert_non_null(stream);
    setvbuf(stream, NULL, _IONBF, 0);
    assert_int_equal(ia_format_find(format)->write_ranges(ctx, ranges, stream),
                     IA_ERR_IO);
    assert_non_null(strstr(ia_ctx_message(ctx), "could not be written"));
    fclose(stream);
    ia_ctx_free(ctx);
}

// A path inside the outside test data, or a skipped test that says so.
static inline const char *data_path(const char *name, char path[1024])
{
    const char *folder = getenv("IONATLAS_TEST_DATA");

    if (!folder) {
        fprintf(stderr, "skipped: IONATLAS_TEST_DATA is not set\n");
        skip();
    }
    snprintf(path, 1024, "%s/%s", folder, name);
    return path;
}

#endif
