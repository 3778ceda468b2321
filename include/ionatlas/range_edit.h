// include/ionatlas/range_edit.h: ranges changed by hand, one recorded edit after another.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_RANGE_EDIT_H
#define IONATLAS_RANGE_EDIT_H

#include <ionatlas/ranges.h>

IA_BEGIN

/*
   Edits are a text, each ended by a semicolon or the end of a line, done one after
   another: add ION LO HI       a new range; where it touches or overlaps one of the same
   ion the two become one remove WHERE        a range; with ION in place of WHERE, every
   range of that ion split WHERE         a range cut in two there; "split WHERE LEFT
   RIGHT" names both rename WHERE ION    another ion for a range move WHERE LO HI    other
   bounds for a range WHERE is a mass in Da inside the range, or ION@MASS, which also says
   which ion is expected there: "remove Fe++@28". An ion without + takes the charge that
   its mass and the bounds allow.
*/

// Do the edits. IA_ERR_PARAM with the number and the text of the first that cannot be
// done: no such word, ion or range, another ion than expected, or a range that would
// overlap one of a different ion; `ranges` is then untouched. After the first edit ranges
// stand by rising mass, those of one ion that overlap merged. Appends table "edits":
// edit, effect; `result` may be NULL. O(edits x ranges).
IA_API ia_status ia_ranges_edit(ia_ctx *ctx, const char *edits, ia_ranges *ranges,
                                ia_result *result);

// "ranges": ion, elements, charge, lo_da, hi_da; as they stand, without counts.
IA_API ia_status ia_ranges_tables(ia_ctx *ctx, const ia_ranges *ranges,
                                  ia_result *result);

IA_END
#endif
