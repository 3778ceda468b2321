// tests/ions_case.h: a small table of ions with every column, for tests of readers and
// writers.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_IONS_CASE_H
#define TESTS_IONS_CASE_H

#include "check.h"

// Values that a float holds in few digits and in many, different in every cell.
static inline ia_ions make_ions(size_t n, unsigned columns)
{
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, n, columns, &ions), IA_OK);
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        void *values = ia_ions_values(&ions, id);
        size_t width = ions.columns[id].width;
        for (size_t i = 0; values && i < n * width; i++) {
            if (ions.columns[id].type == IA_U32)
                ((uint32_t *)values)[i] = (uint32_t)(i % 5 + 3 * id);
            else
                ((float *)values)[i] = (float)(id + 1) * 10 + (float)i / 7;
        }
    }
    return ions;
}

// Every column that both have holds the same bits; `columns` are those that both must
// have.
static inline void check_same_ions(const ia_ions *a, const ia_ions *b, unsigned columns)
{
    assert_int_equal(a->n, b->n);
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        if (!(columns & 1u << id))
            continue;
        const ia_column *ca = &a->columns[id], *cb = &b->columns[id];
        assert_true(ia_column_is_present(ca) && ia_column_is_present(cb));
        assert_int_equal(ca->type, cb->type);
        size_t row = ca->width * ia_type_size(ca->type);
        void *ra = malloc(a->n * row), *rb = malloc(a->n * row);
        assert_true(ra && rb);
        assert_memory_equal(ia_column_rows(ca, 0, a->n, ra),
                            ia_column_rows(cb, 0, a->n, rb), a->n * row);
        free(ra);
        free(rb);
    }
}

enum {
    POS_COLUMNS = 1u << IA_XYZ | 1u << IA_MASS,
    EPOS_COLUMNS = POS_COLUMNS | 1u << IA_TOF | 1u << IA_V_DC | 1u << IA_V_PULSE |
                   1u << IA_DET_XY | 1u << IA_PULSES_SINCE | 1u << IA_MULTIPLICITY,
    EVERY_COLUMN = (1u << IA_N_COLUMNS) - 1
};

#endif
