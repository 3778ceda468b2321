// src/io/draft.c: files written beside their place and renamed into it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/formats.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ia_draft {
    char *path;  // final place
    char *draft; // ".<name>.<pid>.draft" in the same folder
    FILE *stream;
};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// Drafts of this file left by processes that are gone.
static void remove_stale(const char *folder, const char *name)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    size_t n = strlen(name);
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *at = entry->d_name;
        char *end;
        if (at[0] != '.' || strncmp(at + 1, name, n) != 0 || at[n + 1] != '.')
            continue;
        long pid = strtol(at + n + 2, &end, 10);
        if (pid <= 0 || strcmp(end, ".draft") != 0)
            continue;
        if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
            unlinkat(dirfd(dir), at, 0);
    }
    closedir(dir);
}

// A write follows a link to the file it stands for, so that the link survives.
static char *resolve(ia_ctx *ctx, const char *path)
{
    char *real = realpath(path, NULL);
    return real ? real : ia_text(ctx, path);
}

static void free_draft(ia_draft *draft)
{
    free(draft->path);
    free(draft->draft);
    free(draft);
}

// Why the folder of a path takes no files, before one is tried; NULL: it seems to.
static const char *why_no_folder(const char *path)
{
    struct stat info;
    size_t n = (size_t)(file_name(path) - path);
    char *folder = n > 0 ? strndup(path, n) : strdup(".");
    const char *why = NULL;

    if (!folder || stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
        why = "there is no such folder";
    else if (access(folder, W_OK | X_OK) != 0)
        why = strerror(errno);
    free(folder);
    return why;
}

// A folder may be there and take no file: /proc, and what only looks like a folder.
static const char *why_not(const char *path, int error)
{
    if (error != ENOENT)
        return strerror(error);
    const char *why = why_no_folder(path);
    return why ? why : "its folder takes no new files";
}

// Renaming a draft over a device or a pipe would remove it from the system.
ia_status ia_draft_check(ia_ctx *ctx, const char *path)
{
    struct stat info;
    bool is_there = stat(path, &info) == 0;
    if (is_there && !S_ISREG(info.st_mode))
        return ia_fail(ctx, IA_ERR_IO, "%s: is a %s, a file was expected", path,
                       S_ISDIR(info.st_mode) ? "folder" : "device or a pipe");
    const char *why = is_there ? NULL : why_no_folder(path);
    if (why)
        return ia_fail(ctx, IA_ERR_IO, "%s: cannot be written: %s", path, why);
    return IA_OK;
}

static ia_status open_stream(ia_ctx *ctx, ia_draft *draft)
{
    mode_t mode = 0666;
    struct stat info;
    ia_status st = ia_draft_check(ctx, draft->path);
    if (st != IA_OK)
        return st;
    if (stat(draft->path, &info) == 0)
        mode = info.st_mode & 0777;
    int fd = open(draft->draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 || !(draft->stream = fdopen(fd, "w+"))) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return ia_fail(ctx, IA_ERR_IO, "%s: cannot be written: %s", draft->path,
                       why_not(draft->path, error));
    }
    return IA_OK;
}

ia_status ia_draft_new(ia_ctx *ctx, const char *path, ia_draft **out)
{
    ia_draft *draft = ia_array(ctx, 1, sizeof *draft);
    if (!draft)
        return IA_ERR_MEMORY;
    draft->path = resolve(ctx, path);
    if (draft->path) {
        const char *name = file_name(draft->path);
        int n_folder = (int)(name - draft->path);
        char *folder = ia_textf(ctx, "%.*s", n_folder, draft->path);
        if (folder) {
            remove_stale(*folder ? folder : ".", name);
            draft->draft = ia_textf(ctx, "%s.%s.%ld.draft", folder, name, (long)getpid());
        }
        free(folder);
    }
    ia_status st = draft->draft ? open_stream(ctx, draft) : IA_ERR_MEMORY;
    if (st != IA_OK) {
        free_draft(draft);
        return st;
    }
    *out = draft;
    return IA_OK;
}

void *ia_draft_stream(ia_draft *draft)
{
    return draft->stream;
}

const char *ia_draft_path(const ia_draft *draft)
{
    return draft->draft;
}

// The rename itself must reach the disk too.
static void sync_folder(const char *path)
{
    char *folder = strdup(path);
    if (!folder)
        return;
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    int fd =
        open(slash ? (*folder ? folder : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

ia_status ia_draft_commit(ia_ctx *ctx, ia_draft *draft)
{
    bool written = fflush(draft->stream) == 0 && !ferror(draft->stream) &&
                   fsync(fileno(draft->stream)) == 0;
    int error = errno;
    bool closed = fclose(draft->stream) == 0;
    if (written && !closed)
        error = errno;
    bool done = written && closed && rename(draft->draft, draft->path) == 0;
    if (written && closed && !done)
        error = errno;
    ia_status st = IA_OK;
    if (done) {
        sync_folder(draft->path);
    } else {
        unlink(draft->draft);
        st = ia_fail(ctx, IA_ERR_IO, "%s: cannot be written: %s", draft->path,
                     strerror(error));
    }
    free_draft(draft);
    return st;
}

void ia_draft_discard(ia_draft *draft)
{
    if (!draft)
        return;
    fclose(draft->stream);
    unlink(draft->draft);
    free_draft(draft);
}
