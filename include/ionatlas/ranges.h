// include/ionatlas/ranges.h: mass ranges, the ions they stand for, and ranging.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_RANGES_H
#define IONATLAS_RANGES_H

#include <ionatlas/ion.h>
#include <ionatlas/ions.h>
#include <ionatlas/table.h>

IA_BEGIN

typedef struct {
    double lo, hi;   // [lo, hi), Da
    uint32_t ion;    // index into the ions
    uint32_t line;   // line of the file, 0 for none
    double volume;   // atomic volume as the file says, nm^3; 0 for none
    double inside;   // share of its peak's ions that lie in it; 0 where nobody knows
    uint32_t colour; // 0xRRGGBB
} ia_range;

// Ranges as a file gives them. `written` ranges are in file order and unmerged. The two
// lists grow by ia_ranges_add_ion and ia_ranges_add alone.
typedef struct {
    ia_ion *ions; // (n_ions) each kind once: elements as listed, then those of ranges
    size_t n_ions;
    ia_range *ranges; // (n_ranges)
    size_t n_ranges;
    size_t n_ions_written, n_ranges_written; // as the file counts them
    char format[16];
    char sha256[65];
    char *path;        // owned; NULL for none
    char enriched[64]; // "57Fe": nuclides that are told as a kind of atom of their own
                       // where an ion names them; those of hydrogen always are
} ia_ranges;

IA_API void ia_ranges_clear(ia_ranges *ranges);

// Append an ion unless an equal one is there; its index. Append a range. Both
// IA_ERR_MEMORY only.
IA_API ia_status ia_ranges_add_ion(ia_ctx *ctx, ia_ranges *ranges, const ia_ion *ion,
                                   uint32_t *index);
IA_API ia_status ia_ranges_add(ia_ctx *ctx, ia_ranges *ranges, const ia_range *range);

// Check what a reader collected: reversed, empty or non-finite ranges and overlaps
// between different ions are IA_ERR_FORMAT with the lines; duplicates and overlaps of one
// ion, names that are no elements, and ranges narrower than 1/2000 Da are warned about.
// Charges that the file does not give are inferred. O(n log n).
IA_API ia_status ia_ranges_check(ia_ctx *ctx, ia_ranges *ranges);

// Ranges ready to label ions: sorted, merged, each with the ion it stands for.
typedef struct {
    double *lo, *hi; // (n) Da, ascending, disjoint
    int32_t *ion;    // (n) index into ia_ranges.ions
    double *inside;  // (n) as in ia_range; 0 where ranges were merged. NULL: all 0
    size_t n;
    struct ia_range_index *index; // private: speeds up ranging
} ia_ranger;

IA_API ia_status ia_ranger_build(ia_ctx *ctx, const ia_ranges *ranges, ia_ranger *out);
IA_API void ia_ranger_clear(ia_ranger *ranger);
// Merged range of a mass, -1 for none. O(log n).
IA_API int32_t ia_ranger_find(const ia_ranger *ranger, double mass);

// Counts of one pass over m/n.
typedef struct {
    uint64_t *counts; // (n_merged) ions in each merged range
    size_t n;
    uint64_t ranged, unranged;
    // (n_merged) ions that the detector lost while it was dead, with standard deviations;
    // NULL: none are known of. Both NULL or neither.
    double *lost, *sigma_lost;
} ia_range_counts;
IA_API ia_status ia_range_counts_compute(ia_ctx *ctx, const ia_ions *ions,
                                         const ia_ranger *ranger, ia_range_counts *out);
IA_API void ia_range_counts_clear(ia_range_counts *counts);

// Labels as a computed column: int32, index of the ion in ia_ranges.ions, -1 for none.
// Borrows both and computes rows when they are read, so that a billion ions need no
// array.
typedef struct {
    const ia_ions *ions;
    const ia_ranger *ranger;
} ia_label_source;
IA_API ia_column ia_label_column(const ia_label_source *source);

IA_END
#endif
