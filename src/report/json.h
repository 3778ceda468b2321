// src/report/json.h: results as jansson objects, for the report and the command line.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_JSON_H
#define IONATLAS_SRC_JSON_H

#include <ionatlas/report.h>
#include <jansson.h>

// Add the tables of a result to an object. Parts of the same name share one object; a
// member that is there already is replaced.
ia_status ia_json_merge(ia_ctx *ctx, json_t *object, const ia_result *result);

// One row as an object; a table as an object of arrays. NULL when memory is short.
json_t *ia_json_row(const ia_table *table, size_t row);
json_t *ia_json_arrays(const ia_table *table);

#endif
