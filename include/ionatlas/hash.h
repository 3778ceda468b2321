// include/ionatlas/hash.h: SHA-256 of bytes, in one go or piece by piece.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_HASH_H
#define IONATLAS_HASH_H

#include <ionatlas/context.h>

IA_BEGIN

typedef struct ia_hash ia_hash;

IA_API ia_status ia_hash_new(ia_ctx *ctx, ia_hash **out);
IA_API void ia_hash_add(ia_hash *hash, const void *bytes, size_t n);
// 64 hex digits and a zero. The hash takes no more bytes after this.
IA_API void ia_hash_finish(ia_hash *hash, char hex[65]);
// The same of the bytes so far; the hash goes on.
IA_API ia_status ia_hash_peek(ia_ctx *ctx, const ia_hash *hash, char hex[65]);
IA_API void ia_hash_free(ia_hash *hash);

IA_API ia_status ia_sha256(ia_ctx *ctx, const void *bytes, size_t n, char hex[65]);

IA_END
#endif
