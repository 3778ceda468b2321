// src/core/context_kept.h: what modules keep with a context until it is freed.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CORE_CONTEXT_KEPT_H
#define IONATLAS_CORE_CONTEXT_KEPT_H

#include <ionatlas/context.h>

// One thing, NULL at first, and what frees it; it stays when the context is reset.
typedef struct {
    void *thing;
    void (*release)(void *thing);
} ia_ctx_kept;

// Streams that were read to their end (src/io/stream.c). The context must not be NULL.
ia_ctx_kept *ia_ctx_streams(ia_ctx *ctx);

#endif
