// src/spatial/gaps.h: empty room between parts of a specimen that lie far apart.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_GAPS_H
#define IONATLAS_SRC_GAPS_H

#include "spatial/ranged.h"

// Where parts lie so far apart along an axis that no grid can be laid over all, move them
// nearer, with a warning: to three times `reach` (nm) and a dozen cubes of the extent, so
// that nothing which looks no farther than `reach` sees one part from another, and the
// volume is that of the parts. Positions elsewhere stay as they are. O(n) time; 12 B per
// ion where there is such a gap.
ia_status ia_gaps_close(ia_ctx *ctx, ia_ranged *ranged, double reach);

#endif
