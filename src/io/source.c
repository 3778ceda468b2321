// src/io/source.c: a file as bytes, mapped where the system can.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/formats_internal.h"
#include "io/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static ia_status map(ia_ctx *ctx, int fd, size_t n, ia_source *source)
{
    void *bytes = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return ia_fail(ctx, IA_ERR_IO, "%s: cannot be mapped: %s", source->path,
                       strerror(errno));
    madvise(bytes, n, MADV_SEQUENTIAL);
    source->bytes = bytes;
    source->n = n;
    source->mapped = true;
    return IA_OK;
}

static ia_status take_bytes(ia_ctx *ctx, int fd, ia_source *source)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return ia_fail(ctx, IA_ERR_IO, "%s: %s", source->path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return ia_fail(ctx, IA_ERR_IO, "%s: is a folder, a file was expected",
                       source->path);
    ia_status st = IA_OK;
    if (!S_ISREG(info.st_mode))
        st = ia_stream_read(ctx, fd, &info, source);
    else if (info.st_size > 0)
        st = map(ctx, fd, (size_t)info.st_size, source);
    return st;
}

static bool was_read(ia_ctx *ctx, const char *path, bool is_stdin, ia_source *source)
{
    struct stat info;
    int failed = is_stdin ? fstat(STDIN_FILENO, &info) : stat(path, &info);
    return failed == 0 && ia_stream_find(ctx, &info, source);
}

static ia_status open_bytes(ia_ctx *ctx, const char *path, bool is_stdin,
                            ia_source *source)
{
    // Of a named pipe the writer may not be there yet: that is waited for where a stop
    // can be asked for.
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return ia_fail(ctx, IA_ERR_IO, "%s: cannot be opened: %s",
                       path[0] ? path : "a file without a name", strerror(errno));
    ia_status st = take_bytes(ctx, fd, source);
    if (!is_stdin)
        close(fd);
    return st;
}

ia_status ia_source_open(ia_ctx *ctx, const char *path, ia_source *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    ia_source source = {.path = ia_text(ctx, is_stdin ? "(standard input)" : path)};
    if (!source.path)
        return IA_ERR_MEMORY;
    ia_status st = IA_OK;
    if (!was_read(ctx, path, is_stdin, &source))
        st = open_bytes(ctx, path, is_stdin, &source);
    if (st == IA_OK && source.n == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY, "%s: has 0 bytes", source.path);
    if (st != IA_OK) {
        ia_source_clear(&source);
        return st;
    }
    *out = source;
    return IA_OK;
}

ia_source ia_source_of(const void *bytes, size_t n)
{
    return (ia_source){.bytes = bytes, .n = n, .lent = true};
}

void ia_source_clear(ia_source *source)
{
    if (source->mapped)
        munmap((void *)(uintptr_t)source->bytes, source->n);
    else if (source->stream)
        ia_stream_release(source->stream);
    else if (!source->lent)
        free((void *)(uintptr_t)source->bytes);
    free(source->path);
    *source = (ia_source){0};
}

static void release_source(void *keep)
{
    ia_source_clear(keep);
    free(keep);
}

ia_status ia_ions_adopt(ia_ctx *ctx, ia_source *source, ia_ions *ions)
{
    ia_source *keep = ia_array(ctx, 1, sizeof *keep);
    char *path = source->path ? ia_text(ctx, source->path) : NULL;
    if (!keep || (source->path && !path)) {
        free(keep);
        free(path);
        return IA_ERR_MEMORY;
    }
    *keep = *source;
    *source = (ia_source){0};
    ions->keep = keep;
    ions->release = release_source;
    ions->path = path;
    return IA_OK;
}
