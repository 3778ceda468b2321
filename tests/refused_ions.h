// tests/refused_ions.h: malformed files of ions, and columns of sound ones.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_REFUSED_IONS_H
#define TESTS_REFUSED_IONS_H

#include "refused.h"

static inline ia_status read_ions_to(ia_ctx *ctx, const char *path, void *out)
{
    return ia_ions_read(ctx, path, out);
}

static inline void assert_ions_refused(const malformed *list, size_t n)
{
    assert_each_refused(list, n, sizeof(ia_ions), read_ions_to);
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
