// src/io/csv.h: which columns of text stand for which columns of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CSV_H
#define IONATLAS_SRC_CSV_H

#include <ionatlas/ions.h>

// Where a column of text goes: component k of a column of the table.
typedef struct {
    const char *name;    // as written
    const char *aliases; // letters and digits in lower case, between blanks
    ia_column_id id;
    size_t k;
} ia_csv_target;

enum { IA_CSV_TARGETS = 15 };
extern const ia_csv_target ia_csv_targets[IA_CSV_TARGETS];

#endif
