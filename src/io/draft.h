// src/io/draft.h: drafts that another process goes on with, by a mark beside them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_DRAFT_H
#define IONATLAS_IO_DRAFT_H

#include <ionatlas/formats.h>

// The draft of this file that a process left which is gone, if it has a mark: now ours,
// open at its first byte. *out stays NULL where there is none.
ia_status ia_draft_take_over(ia_ctx *ctx, const char *path, ia_draft **out);
// The file that says how far the draft is whole, if somebody wrote it; it goes with the
// draft.
const char *ia_draft_mark(const ia_draft *draft);
// Close and free, and leave draft and mark where they are.
void ia_draft_leave(ia_draft *draft);

#endif
