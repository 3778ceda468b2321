// src/io/csv.h: which columns of text stand for which columns of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CSV_H
#define IONATLAS_SRC_CSV_H

#include "io/text.h"

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

// The target that a column of that name stands for, NULL for none.
const ia_csv_target *ia_csv_target_of(ia_span name);
// What stands between the values of a line: tab, ';', ',' or ' ' for blanks.
char ia_csv_mark(ia_span line);
// Take the next value, without blanks around it, off the front; false at the end.
bool ia_csv_field(ia_span *rest, char mark, ia_span *field);
// The next line that is neither blank nor a comment.
bool ia_csv_line(ia_lines *lines, ia_span *line);

#endif
