// src/io/stream.c: pipes and devices, which can be read only once: a context keeps what
// it has read of them, so that the attempts to tell what they hold see the same bytes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/stream.h"

#include "core/context_kept.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ia_stream {
    atomic_size_t n_users; // sources, and the context
    dev_t device;
    ino_t number;
    unsigned char *bytes;
    size_t n;
    struct ia_stream *next; // that the context keeps
};

void ia_stream_release(struct ia_stream *stream)
{
    if (!stream || atomic_fetch_sub(&stream->n_users, 1) > 1)
        return;
    free(stream->bytes);
    free(stream);
}

static void release_all(void *thing)
{
    for (struct ia_stream *stream = thing; stream;) {
        struct ia_stream *next = stream->next;
        ia_stream_release(stream);
        stream = next;
    }
}

static void lend(struct ia_stream *stream, ia_source *source)
{
    atomic_fetch_add(&stream->n_users, 1);
    source->bytes = stream->bytes;
    source->n = stream->n;
    source->stream = stream;
}

bool ia_stream_find(ia_ctx *ctx, const struct stat *info, ia_source *source)
{
    struct ia_stream *stream = ctx ? ia_ctx_streams(ctx)->thing : NULL;
    while (stream && (stream->device != info->st_dev || stream->number != info->st_ino))
        stream = stream->next;
    if (stream)
        lend(stream, source);
    return stream != NULL;
}

static void keep(ia_ctx *ctx, struct ia_stream *stream)
{
    if (!ctx)
        return;
    ia_ctx_kept *kept = ia_ctx_streams(ctx);
    atomic_fetch_add(&stream->n_users, 1);
    stream->next = kept->thing;
    *kept = (ia_ctx_kept){stream, release_all};
}

// A writer may come late, or never.
static ia_status wait_for_bytes(ia_ctx *ctx, int fd)
{
    enum { MILLISECONDS = 100 };
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    ia_status st;
    while ((st = ia_step(ctx, "reading", 0)) == IA_OK) {
        int n = poll(&waiting, 1, MILLISECONDS);
        if (n > 0 || (n < 0 && errno != EINTR))
            break; // whatever is wrong, reading will tell
    }
    return st;
}

static ia_status make_room(ia_ctx *ctx, const ia_source *source, size_t *room,
                           struct ia_stream *stream)
{
    enum { ROOM_FIRST = 1 << 20 };
    if (stream->n < *room)
        return IA_OK;
    size_t larger = *room ? *room * 2 : ROOM_FIRST;
    unsigned char *bytes = realloc(stream->bytes, larger);
    if (!bytes)
        return ia_fail(ctx, IA_ERR_MEMORY, "%s: memory ran out after %zu bytes",
                       source->path, stream->n);
    stream->bytes = bytes;
    *room = larger;
    return IA_OK;
}

static ia_status read_bytes(ia_ctx *ctx, int fd, bool is_device, const ia_source *source,
                            struct ia_stream *stream)
{
    size_t room = 0;
    ia_status st;
    while ((st = make_room(ctx, source, &room, stream)) == IA_OK &&
           (st = wait_for_bytes(ctx, fd)) == IA_OK) {
        ssize_t got = read(fd, stream->bytes + stream->n, room - stream->n);
        if (got == 0)
            break;
        if (got > 0)
            stream->n += (size_t)got;
        else if (errno != EINTR && errno != EAGAIN)
            return ia_fail(ctx, IA_ERR_IO, "%s: cannot be read: %s", source->path,
                           strerror(errno));
        if (is_device && got > 0)
            return ia_fail(ctx, IA_ERR_IO, "%s: is a device, a file was expected",
                           source->path);
    }
    return st;
}

ia_status ia_stream_read(ia_ctx *ctx, int fd, const struct stat *info, ia_source *source)
{
    struct ia_stream *stream = ia_array(ctx, 1, sizeof *stream);
    if (!stream)
        return IA_ERR_MEMORY;
    *stream = (struct ia_stream){.device = info->st_dev, .number = info->st_ino};
    atomic_init(&stream->n_users, 1);
    // Without an end, most of them, but for a terminal: somebody types.
    bool is_device =
        S_ISBLK(info->st_mode) || (S_ISCHR(info->st_mode) && isatty(fd) == 0);
    ia_status st = read_bytes(ctx, fd, is_device, source, stream);
    if (st == IA_OK) {
        keep(ctx, stream);
        lend(stream, source);
    }
    ia_stream_release(stream);
    return st;
}
