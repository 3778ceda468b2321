// src/io/write_resume.c: ions written in parts, so that a killed write can be gone on
// with.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/draft.h"
#include "io/formats_internal.h"

#include <ionatlas/hash.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PART = 1 << 20,  // ions
    READ = 1 << 16,  // bytes at a time
    MARK_TEXT = 400, // bytes, more than a mark has
};

// How far a draft is whole: what its mark says, as text.
typedef struct {
    char key[65]; // of what is written
    uint64_t n_ions, n_bytes;
    char sha256[65]; // of these bytes
} draft_mark;

typedef struct {
    ia_ctx *ctx;
    const ia_ions *ions;
    const ia_format *format;
    const ia_resume *resume;
    ia_draft *draft;
    ia_hash *hash; // of the draft's bytes so far
    draft_mark mark;
} writing;

// Two writes with the same key write the same bytes.
static ia_status find_key(ia_ctx *ctx, const ia_ions *ions, const ia_format *format,
                          const ia_resume *resume, char key[65])
{
    char *text = ia_textf(ctx, "%s %s %s %zu %x", ia_version(), format->name,
                          resume->made_of, ions->n, ia_ions_columns(ions));
    ia_status st = text ? ia_sha256(ctx, text, strlen(text), key) : IA_ERR_MEMORY;
    free(text);
    return st;
}

// The text of a mark, which ends with a hash of itself.
static ia_status put_mark(ia_ctx *ctx, const draft_mark *mark, char text[MARK_TEXT])
{
    char check[65];
    int n = snprintf(text, MARK_TEXT,
                     "ionatlas draft 1\nkey %s\nions %020" PRIu64 "\nbytes %020" PRIu64
                     "\nsha256 %s\n",
                     mark->key, mark->n_ions, mark->n_bytes, mark->sha256);
    ia_status st = ia_sha256(ctx, text, (size_t)n, check);
    if (st == IA_OK)
        snprintf(text + n, MARK_TEXT - (size_t)n, "check %s\n", check);
    return st;
}

// False where the text is not that of a mark, to the byte.
static bool take_mark(ia_ctx *ctx, const char *text, draft_mark *out)
{
    draft_mark mark = {0};
    char again[MARK_TEXT];
    if (sscanf(text,
               "ionatlas draft 1 key %64[0-9a-f] ions %" SCNu64 " bytes %" SCNu64
               " sha256 %64[0-9a-f]",
               mark.key, &mark.n_ions, &mark.n_bytes, mark.sha256) != 4 ||
        put_mark(ctx, &mark, again) != IA_OK || strcmp(text, again) != 0)
        return false;
    *out = mark;
    return true;
}

static bool read_mark(writing *w, draft_mark *out)
{
    char text[MARK_TEXT] = "";
    FILE *file = fopen(ia_draft_mark(w->draft), "rb");
    if (!file)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    return strlen(text) == n && take_mark(w->ctx, text, out);
}

// Bytes of the draft from where the mark is up to `end` into the hash; false where they
// are not there.
static bool hash_bytes(writing *w, uint64_t end)
{
    unsigned char bytes[READ];
    int fd = fileno((FILE *)ia_draft_stream(w->draft));
    uint64_t at = w->mark.n_bytes;
    while (at < end) {
        size_t wanted = end - at < READ ? (size_t)(end - at) : READ;
        ssize_t got = pread(fd, bytes, wanted, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        ia_hash_add(w->hash, bytes, (size_t)got);
        at += (uint64_t)got;
    }
    w->mark.n_bytes = at;
    return true;
}

static ia_status fail_write(writing *w, const char *path)
{
    return ia_fail(w->ctx, IA_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

// One block of the disk, written at once, and only when the bytes it speaks of are there.
static ia_status write_mark(writing *w, const char *path, const char *text)
{
    int fd =
        open(ia_draft_mark(w->draft), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_write(w, path);
    ssize_t n = pwrite(fd, text, strlen(text), 0);
    ia_status st = n == (ssize_t)strlen(text) ? IA_OK : fail_write(w, path);
    close(fd);
    return st;
}

static ia_status set_mark(writing *w, const char *path, size_t n_ions)
{
    char text[MARK_TEXT];
    FILE *stream = ia_draft_stream(w->draft);
    int fd = fileno(stream);
    off_t end;
    ia_status st;
    if (fflush(stream) != 0 || ferror(stream) || fdatasync(fd) != 0 ||
        (end = ftello(stream)) < 0 || !hash_bytes(w, (uint64_t)end))
        return fail_write(w, path);
    w->mark.n_ions = n_ions;
    if ((st = ia_hash_peek(w->ctx, w->hash, w->mark.sha256)) != IA_OK ||
        (st = put_mark(w->ctx, &w->mark, text)) != IA_OK)
        return st;
    return write_mark(w, path, text);
}

// Why a draft that was left is not gone on with; NULL: it is, from its mark on.
static const char *verify(writing *w)
{
    draft_mark mark;
    char sha256[65];
    FILE *stream = ia_draft_stream(w->draft);
    if (!read_mark(w, &mark))
        return "its record is damaged";
    if (strcmp(mark.key, w->mark.key) != 0)
        return "it is of another input, other parameters or another version";
    off_t n_draft = fseeko(stream, 0, SEEK_END) == 0 ? ftello(stream) : -1;
    if (n_draft < 0 || (uint64_t)n_draft < mark.n_bytes)
        return "it is shorter than its record says";
    if (mark.n_ions > w->ions->n || !hash_bytes(w, mark.n_bytes) ||
        ia_hash_peek(w->ctx, w->hash, sha256) != IA_OK ||
        strcmp(sha256, mark.sha256) != 0)
        return "it is damaged";
    if (ftruncate(fileno(stream), (off_t)mark.n_bytes) != 0 ||
        fseeko(stream, (off_t)mark.n_bytes, SEEK_SET) != 0)
        return strerror(errno);
    w->mark = mark;
    return NULL;
}

static ia_status start_hash(writing *w)
{
    ia_hash_free(w->hash);
    w->hash = NULL;
    w->mark.n_bytes = 0;
    return ia_hash_new(w->ctx, &w->hash);
}

// A draft that was left and is whole as far as it says, else a new one.
static ia_status open_draft(writing *w, const char *path)
{
    ia_status st = start_hash(w);
    if (st != IA_OK || !w->resume->go_on)
        return st == IA_OK ? ia_draft_new(w->ctx, path, &w->draft) : st;
    if ((st = ia_draft_take_over(w->ctx, path, &w->draft)) != IA_OK)
        return st;
    if (!w->draft)
        return ia_draft_new(w->ctx, path, &w->draft);
    const char *why = verify(w);
    if (!why) {
        ia_log(w->ctx, IA_LOG_WARN,
               "%s: goes on after %" PRIu64 " of %zu ions, which a run before wrote",
               path, w->mark.n_ions, w->ions->n);
        return IA_OK;
    }
    ia_warn(w->ctx,
            "%s: the draft that a run before left is not gone on with, since %s: "
            "all is written anew",
            path, why);
    ia_draft_discard(w->draft);
    w->draft = NULL;
    return (st = start_hash(w)) == IA_OK ? ia_draft_new(w->ctx, path, &w->draft) : st;
}

static ia_status write_parts(writing *w, const char *path)
{
    size_t n = w->ions->n, size = w->resume->part > 0 ? w->resume->part : PART;
    FILE *stream = ia_draft_stream(w->draft);
    ia_part part = {.end = (size_t)w->mark.n_ions, .is_first = true};
    ia_status st;
    do {
        part.begin = part.end;
        part.end = n - part.begin < size ? n : part.begin + size;
        st = w->format->write_part(w->ctx, w->ions, &part, stream);
        if (st == IA_OK && part.end < n)
            st = set_mark(w, path, part.end);
        part.is_first = false;
    } while (st == IA_OK && part.end < n);
    if (st == IA_OK && (fflush(stream) != 0 || ferror(stream)))
        st = fail_write(w, path);
    return st;
}

static void close_draft(writing *w)
{
    if (w->draft && w->resume->go_on && w->mark.n_ions > 0)
        ia_draft_leave(w->draft);
    else
        ia_draft_discard(w->draft);
    w->draft = NULL;
}

ia_status ia_ions_write_resume(ia_ctx *ctx, const ia_ions *ions,
                               const ia_write_params *params, const ia_resume *resume,
                               const char *path)
{
    const ia_format *format = ia_format_for(path, false);
    bool in_parts =
        format && format->write_part && strcmp(path, "-") != 0 && resume->made_of[0];
    writing w = {.ctx = ctx, .ions = ions, .format = format, .resume = resume};
    unsigned columns = ia_ions_columns(ions);
    if (!in_parts && format && resume->go_on)
        ia_warn(ctx,
                "%s: %s written in parts that a later run could go on with: all is "
                "written anew",
                path,
                resume->made_of[0] ? "is not" : "is of ions without a hash, and not");
    if (!in_parts)
        return ia_ions_write(ctx, ions, NULL, params, path);
    ia_status st = ia_ions_write_check(ctx, columns, format, params, path);
    if (st != IA_OK)
        return st;
    ia_format_tell_lost(ctx, columns, format);
    if ((st = find_key(ctx, ions, format, resume, w.mark.key)) == IA_OK &&
        (st = open_draft(&w, path)) == IA_OK && (st = write_parts(&w, path)) == IA_OK) {
        st = ia_draft_commit(ctx, w.draft);
        w.draft = NULL; // commit frees it either way
    }
    if (w.draft)
        close_draft(&w);
    ia_hash_free(w.hash);
    return st;
}
