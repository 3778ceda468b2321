// src/io/h5any.h: numbers in the HDF5 files of other programs, whatever their type.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_IO_H5ANY_H
#define IONATLAS_SRC_IO_H5ANY_H

#include "io/h5.h"

// Numbers are integers of 1 to 8 bytes or floats of 4 or 8, in either byte order, and
// come out as double. IA_ERR_FORMAT for anything else.

// Rows and values in a row of a table, a list (width 1) or a single number (1 row).
typedef struct {
    size_t n, width;
    bool is_integer;
} ia_h5_shape;
ia_status ia_h5_any_shape(ia_h5 *h5, const char *name, ia_h5_shape *out);

// Rows [begin, begin + n) of numbers of that shape.
ia_status ia_h5_any_rows(ia_h5 *h5, const char *name, const ia_h5_shape *shape,
                         size_t begin, size_t n, double *out);

// One column of a table: numbers of that shape.
typedef struct {
    const char *name;
    ia_h5_shape shape;
    size_t column;
} ia_h5_column;
ia_status ia_h5_any_column(ia_h5 *h5, const ia_h5_column *column, size_t begin, size_t n,
                           double *out);

// All numbers of a small dataset, row by row: `most` at most.
ia_status ia_h5_any_values(ia_h5 *h5, const char *name, size_t most, double *out,
                           ia_h5_shape *shape);

// All numbers of an attribute: `most` at most, *n of them.
ia_status ia_h5_any_attr(ia_h5 *h5, const char *name, const char *attr, size_t most,
                         double *out, size_t *n);

// Whether bytes begin like an HDF5 file.
bool ia_h5_begins(const unsigned char *bytes, size_t n);
// Whether bytes are an HDF5 file in which all of these are, NULL behind the last.
bool ia_h5_is(const unsigned char *bytes, size_t n, const char *const *names);

// A path inside the file, IA_ERR_FORMAT when it is longer than any of ours.
ia_status ia_h5_join(ia_h5 *h5, const char *group, const char *member,
                     char out[IA_H5_NAME_MAX]);

#endif
