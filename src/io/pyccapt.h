// src/io/pyccapt.h: where pyccapt keeps the columns of events.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_IO_PYCCAPT_H
#define IONATLAS_SRC_IO_PYCCAPT_H

#include "io/h5any.h"

// A column of a dataset, by the name it has in the file: "dld/x", "x_det (cm)".
typedef struct {
    char name[64];
    char set[IA_H5_NAME_MAX];
    size_t column;
    ia_h5_shape shape; // of the dataset
} ia_pyccapt_field;

typedef struct {
    ia_pyccapt_field *fields; // (n)
    size_t n;
} ia_pyccapt_fields;

// Whether a file has the group of measured events or a frame of pandas.
bool ia_pyccapt_is(ia_h5 *h5);

// The columns of either. IA_ERR_UNSUPPORTED for a frame in pandas' table format.
ia_status ia_pyccapt_list(ia_h5 *h5, ia_pyccapt_fields *out);
void ia_pyccapt_clear(ia_pyccapt_fields *fields);

// The column of that name, NULL when there is none.
const ia_pyccapt_field *ia_pyccapt_find(const ia_pyccapt_fields *fields,
                                        const char *name);

#endif
