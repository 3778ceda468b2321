// tests/refused_ions.h: malformed files of ions, each with the sentence that refuses it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_REFUSED_IONS_H
#define TESTS_REFUSED_IONS_H

#include "check.h"

typedef struct {
    const char *file; // in tests/formats
    ia_status status;
    const char *sentence;
} refused_ions;

static inline const char *ions_file(const char *file, char path[1024])
{
    const char *source = getenv("IONATLAS_SOURCE");
    snprintf(path, 1024, "%s/tests/formats/%s", source ? source : ".", file);
    return path;
}

// Every file is refused with its path and its exact sentence; the output stays what it
// was.
static inline void assert_ions_refused(const refused_ions *list, size_t n)
{
    size_t n_wrong = 0;
    char path[1024], sentence[2048];
    for (size_t i = 0; i < n; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ions ions, before;
        memset(&ions, 0x5A, sizeof ions);
        before = ions;
        ions_file(list[i].file, path);
        snprintf(sentence, sizeof sentence, "%s: %s", path, list[i].sentence);
        ia_status st = ia_ions_read(ctx, path, &ions);
        if (st != list[i].status || strcmp(ia_ctx_message(ctx), sentence) != 0 ||
            memcmp(&ions, &before, sizeof ions) != 0) {
            print_error("{\"%s\", %s,\n \"%s\"},\n", list[i].file, ia_status_name(st),
                        ia_ctx_message(ctx));
            n_wrong++;
        }
        ia_ctx_free(ctx);
    }
    assert_int_equal(n_wrong, 0);
}

// Values of one column, all rows, freed with free(); the column is of float32.
static inline float *f32_of(const ia_ions *ions, ia_column_id id)
{
    const ia_column *column = &ions->columns[id];
    assert_true(ia_column_is_present(column) && column->type == IA_F32);
    float *values = malloc(ions->n * column->width * sizeof *values);
    assert_non_null(values);
    const void *rows = ia_column_rows(column, 0, ions->n, values);
    if (rows != values)
        memcpy(values, rows, ions->n * column->width * sizeof *values);
    return values;
}

static inline uint32_t *u32_of(const ia_ions *ions, ia_column_id id)
{
    const ia_column *column = &ions->columns[id];
    assert_true(ia_column_is_present(column) && column->type == IA_U32);
    uint32_t *values = malloc(ions->n * sizeof *values);
    assert_non_null(values);
    const void *rows = ia_column_rows(column, 0, ions->n, values);
    if (rows != values)
        memcpy(values, rows, ions->n * sizeof *values);
    return values;
}

static inline void assert_f32(const ia_ions *ions, ia_column_id id, const float *expected)
{
    float *values = f32_of(ions, id), room[3];
    size_t width = ions->columns[id].width;
    assert_memory_equal(values, expected, ions->n * width * sizeof *values);
    for (size_t i = 0; i < ions->n; i++) // any row alone is the same
        assert_memory_equal(ia_column_rows(&ions->columns[id], i, 1, room),
                            expected + i * width, width * sizeof *values);
    free(values);
}

static inline void assert_u32(const ia_ions *ions, ia_column_id id,
                              const uint32_t *expected)
{
    uint32_t *values = u32_of(ions, id), room;
    assert_memory_equal(values, expected, ions->n * sizeof *values);
    for (size_t i = 0; i < ions->n; i++)
        assert_memory_equal(ia_column_rows(&ions->columns[id], i, 1, &room), expected + i,
                            sizeof room);
    free(values);
}

#endif
