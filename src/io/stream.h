// src/io/stream.h: pipes and devices, which can be read only once.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_STREAM_H
#define IONATLAS_IO_STREAM_H

#include <ionatlas/formats.h>

#include <sys/stat.h>

// The bytes of a stream that this context has read before; false when there are none.
bool ia_stream_find(ia_ctx *ctx, const struct stat *info, ia_source *source);
// Read a stream to its end and keep its bytes with the context. IA_CANCELLED when the
// progress callback says stop meanwhile.
ia_status ia_stream_read(ia_ctx *ctx, int fd, const struct stat *info, ia_source *source);
// One user less; the last one frees the bytes.
void ia_stream_release(struct ia_stream *stream);

#endif
