// include/ionatlas/parallel.h: the one parallel loop; blocks do not depend on the thread
// count.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PARALLEL_H
#define IONATLAS_PARALLEL_H

#include <ionatlas/context.h>

IA_BEGIN

// Work on block `block`. `worker` in [0, ia_for_workers) picks a workspace. A body must
// write only to what belongs to its block or its worker, and must not call ia_fail or
// ia_step.
typedef void (*ia_body)(void *user, size_t block, size_t worker);

// Run body(user, 0..n_blocks-1). Results are the same on any number of threads if sums
// over blocks are added in block order by the caller, or are integers. `stage` names the
// progress line. Returns IA_OK or IA_CANCELLED; blocks not begun are then skipped.
IA_API ia_status ia_for(ia_ctx *ctx, const char *stage, size_t n_blocks, ia_body body,
                        void *user);

// Workers that ia_for will use for so many blocks: at least 1.
IA_API size_t ia_for_workers(const ia_ctx *ctx, size_t n_blocks);

// Block i of n values cut into blocks of `size`: [*begin, *end).
static inline void ia_block(size_t n, size_t size, size_t i, size_t *begin, size_t *end)
{
    *begin = i * size;
    *end = *begin + size < n ? *begin + size : n;
}

static inline size_t ia_block_count(size_t n, size_t size)
{
    return n / size + (n % size != 0);
}

IA_END
#endif
