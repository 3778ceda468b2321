// report_internal.h: what the parts of the report's data share; each makes one JSON
// value.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_REPORT_INTERNAL_H
#define IONATLAS_REPORT_INTERNAL_H

#include <ionatlas/report.h>
#include <jansson.h>

// What a report is made from, as given to ia_report_write.
typedef struct {
    const ia_state *state;
    const ia_chain *chain; // may be NULL
    const ia_meta *meta;   // may be NULL
} report_input;

// Member `value` of `object`, which takes it over; false when either is missing.
bool report_put(json_t *object, const char *key, json_t *value);
// `value` appended to `array`, which takes it over; false when either is missing.
bool report_push(json_t *array, json_t *value);
// The object when `ok`; else it is released and NULL returned.
json_t *report_keep(json_t *object, bool ok);

json_t *report_number(double value); // null where it is not finite
json_t *report_count(uint64_t value);
// Bytes that are no UTF-8 become U+FFFD; NULL text is JSON null.
json_t *report_text(ia_ctx *ctx, const char *text);
// The part of a path after its last slash.
json_t *report_file_name(ia_ctx *ctx, const char *path);
// Counts as one text, "3 0 17 -5 2": a negative number stands for so many zeros.
json_t *report_packed(ia_ctx *ctx, const uint64_t *counts, size_t n);
// Numbers in that text.
size_t report_packed_length(const uint64_t *counts, size_t n);

// Sections. NULL means that memory ran out. Sections that the state cannot fill are JSON
// null.
json_t *report_program(void);
json_t *report_ions(ia_ctx *ctx, const report_input *in);
json_t *report_kinds(ia_ctx *ctx, const report_input *in);
json_t *report_range_file(ia_ctx *ctx, const report_input *in);
json_t *report_ranges(const report_input *in);
json_t *report_spectrum(ia_ctx *ctx, const report_input *in);
json_t *report_background(const report_input *in);
json_t *report_composition(ia_ctx *ctx, const report_input *in);
json_t *report_inputs(ia_ctx *ctx, const report_input *in);
json_t *report_steps(ia_ctx *ctx, const report_input *in);
json_t *report_metadata(ia_ctx *ctx, const report_input *in);
json_t *report_warnings(ia_ctx *ctx, const report_input *in);

// The last record of a step, NULL when there is none.
const ia_step_record *report_step(const report_input *in, const char *method);
// The last table of that name and with that column, whichever step made it.
const ia_table *report_table(const report_input *in, const char *name,
                             const char *column);
// Values of a column as doubles, NAN where it is absent or the row is not there.
double report_value(const ia_table *table, const char *column, size_t row);

// What steps found, null where they were not run.
json_t *report_peaks(ia_ctx *ctx, const report_input *in);
json_t *report_neighbours(ia_ctx *ctx, const report_input *in);
json_t *report_clusters(ia_ctx *ctx, const report_input *in);
json_t *report_quality(ia_ctx *ctx, const report_input *in);
// Tables that are shown as they are; an empty list where no step made any.
json_t *report_findings(ia_ctx *ctx, const report_input *in);
// Pairs of one pulse, null where none were counted.
ia_status report_saxey(ia_ctx *ctx, const report_input *in, json_t **out);
// Probability of the ion of a merged range, NAN where the step tells none.
double report_probability(const report_input *in, size_t range, double lo, double hi);

// Clusters by their number of ions: bins [edges[i], edges[i + 1]) of whole numbers; all
// of them, and those of each solute in the order of the table. The last solute stands for
// all others where there are more.
enum { REPORT_SIZES_MAX = 40, REPORT_SOLUTES_MAX = 8 };
typedef struct {
    const char *solute; // lent by the table; "" where it does not tell
    uint64_t clusters[REPORT_SIZES_MAX];
} report_sizes_part;
typedef struct {
    size_t n; // bins
    uint64_t edges[REPORT_SIZES_MAX + 1];
    uint64_t clusters[REPORT_SIZES_MAX];
    size_t n_parts;
    report_sizes_part parts[REPORT_SOLUTES_MAX];
} report_sizes;
report_sizes report_sizes_of(const ia_table *clusters);

// What the detector recorded: as the step found it, else counted now into `room`, which
// the caller clears either way.
ia_status report_detector(ia_ctx *ctx, const ia_state *state, ia_detector *room,
                          const ia_detector **out);
ia_status report_flight(ia_ctx *ctx, const report_input *in, json_t **out);
ia_status report_multiples(ia_ctx *ctx, const report_input *in, json_t **out);

// Ions for the interactive view.
ia_status report_cloud(ia_ctx *ctx, const report_input *in, json_t **out);

// Maps need passes over the ions: these can also be cancelled.
ia_status report_projections(ia_ctx *ctx, const report_input *in, json_t **out);
ia_status report_hits(ia_ctx *ctx, const report_input *in, json_t **out);
// All ions and the atoms of one element; IA_ERR_EMPTY where no ranged ion holds it.
ia_status report_projection_of(ia_ctx *ctx, const report_input *in, const char *element,
                               json_t **out);

// All sections as one JSON object.
ia_status report_data(ia_ctx *ctx, const report_input *in, json_t **out);

// True when the state has a fitted background.
bool report_has_background(const ia_state *state);

#endif
