// include/ionatlas/report.h: results for people and programs: TSV, JSON and the HTML
// report.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_REPORT_H
#define IONATLAS_REPORT_H

#include <ionatlas/project.h>

IA_BEGIN

// A result under a name; NULL merges its tables into the object around it.
typedef struct {
    const char *name;
    const ia_result *result;
} ia_json_part;

// One JSON object; numbers with 15 digits (the project holds every bit), non-finite as
// null. *out is freed with free().
IA_API ia_status ia_json_write(ia_ctx *ctx, const ia_json_part *parts, size_t n,
                               char **out);

// Each table as TSV with a header row; tables after the first are preceded by an empty
// line and
// "# name". Nothing stands for a number that is not finite. `stream` is a FILE *.
IA_API ia_status ia_tsv_write(ia_ctx *ctx, const ia_result *result, void *stream);

// Mass spectrum as a figure by its ending: .svg, .pdf, .png, or .gp for the gnuplot
// script. IA_ERR_UNSUPPORTED where gnuplot is not installed.
IA_API ia_status ia_spectrum_plot(ia_ctx *ctx, const ia_spectrum *spectrum,
                                  const char *path);

// A figure of the report as a file, likewise: "spectrum" with its ranges, "projections",
// "cloud" (ions in space), "hitmap", "tof" (times of flight), "multiplicity" (ions per
// pulse), "saxey" (pairs of one pulse, as they are and against chance), "knn" (neighbour
// distances with their null band), "knn-k" (means to the k-th neighbour over the null's),
// "frequency" (blocks by their number of solute ions, against chance), "correlation"
// (correlation of composition against distance, with its fit), "rdf" (pairs at a distance
// over the null's) or "clusters" (their sizes); "projections:Cu" and "cloud:Cu" are of
// one element. IA_ERR_PARAM for another name, IA_ERR_EMPTY with the sentence where there
// is nothing to draw. `chain` may be NULL.
IA_API ia_status ia_plot(ia_ctx *ctx, const ia_state *state, const ia_chain *chain,
                         const char *figure, const char *path);
// Whether it could be: IA_ERR_PARAM for another name or ending.
IA_API ia_status ia_plot_check(ia_ctx *ctx, const char *figure, const char *path);
// The names above, i from 0; NULL after the last.
IA_API const char *ia_figure_name(size_t i);

// One self-contained HTML file: no network, opens by double click. Written beside and
// renamed.
IA_API ia_status ia_report_write(ia_ctx *ctx, const char *path, const ia_state *state,
                                 const ia_chain *chain, const ia_meta *meta);
// Whether a file begins as the reports of this program do, whatever its version.
IA_API bool ia_report_is(const char *path);

IA_END
#endif
