// src/io/draft.c: files written beside their place and renamed into it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct ia_draft {
    char *path;  // final place
    char *draft; // ".<name>.<pid>.draft" in the same folder
    char *mark;  // ".<name>.<pid>.draft.mark" beside it
    FILE *stream;
};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char is_draft[] = ".draft", is_mark[] = ".draft.mark";

// Whether nobody holds a draft that has our own number: numbers come again, in containers
// soon.
static bool is_free(int folder, const char *entry)
{
    char draft[NAME_MAX + 1];
    snprintf(draft, sizeof draft, "%s", entry);
    char *mark = strstr(draft, is_mark);
    if (mark)
        mark[strlen(is_draft)] = '\0';
    int fd = openat(folder, draft, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT;
    bool is_locked = flock(fd, LOCK_EX | LOCK_NB) != 0;
    close(fd);
    return !is_locked;
}

// Whether an entry of a folder is a draft of this file, or its mark, left by a process
// that is gone.
static bool is_left(int folder, const char *entry, const char *name, const char *ending)
{
    size_t n = strlen(name);
    char *end;
    if (entry[0] != '.' || strncmp(entry + 1, name, n) != 0 || entry[n + 1] != '.')
        return false;
    long pid = strtol(entry + n + 2, &end, 10);
    if (pid <= 0 || strcmp(end, ending) != 0)
        return false;
    return pid == (long)getpid() ? is_free(folder, entry)
                                 : kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

static void remove_left(const char *folder, const char *name)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (is_left(dirfd(dir), entry->d_name, name, is_draft) ||
            is_left(dirfd(dir), entry->d_name, name, is_mark))
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
}

// The newest mark of this file that a process left which is gone; freed with free().
static char *find_mark(ia_ctx *ctx, const char *folder, const char *name)
{
    DIR *dir = opendir(folder);
    char *found = NULL;
    time_t newest = 0;
    if (!dir)
        return NULL;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat info;
        if (!is_left(dirfd(dir), entry->d_name, name, is_mark) ||
            fstatat(dirfd(dir), entry->d_name, &info, 0) != 0 ||
            (found && info.st_mtime <= newest))
            continue;
        free(found);
        found = ia_textf(ctx, "%s/%s", folder, entry->d_name);
        newest = info.st_mtime;
    }
    closedir(dir);
    return found;
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
    free(draft->mark);
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
    flock(fd, LOCK_EX | LOCK_NB); // for is_free; where there are no locks none is taken
    return IA_OK;
}

// A draft with its names, not open.
static ia_status name_draft(ia_ctx *ctx, const char *path, ia_draft **out)
{
    ia_draft *draft = ia_array(ctx, 1, sizeof *draft);
    if (!draft)
        return IA_ERR_MEMORY;
    if ((draft->path = resolve(ctx, path))) {
        const char *name = file_name(draft->path);
        int n_folder = (int)(name - draft->path);
        if ((draft->draft = ia_textf(ctx, "%.*s.%s.%ld%s", n_folder, draft->path, name,
                                     (long)getpid(), is_draft)))
            draft->mark = ia_textf(ctx, "%.*s.%s.%ld%s", n_folder, draft->path, name,
                                   (long)getpid(), is_mark);
    }
    if (!draft->mark) {
        free_draft(draft);
        return IA_ERR_MEMORY;
    }
    *out = draft;
    return IA_OK;
}

static char *folder_of(ia_ctx *ctx, const char *path)
{
    int n = (int)(file_name(path) - path);
    return n > 0 ? ia_textf(ctx, "%.*s", n, path) : ia_text(ctx, ".");
}

ia_status ia_draft_new(ia_ctx *ctx, const char *path, ia_draft **out)
{
    ia_draft *draft = NULL;
    ia_status st = name_draft(ctx, path, &draft);
    if (st != IA_OK)
        return st;
    char *folder = folder_of(ctx, draft->path);
    if (folder)
        remove_left(folder, file_name(draft->path));
    st = folder ? open_stream(ctx, draft) : IA_ERR_MEMORY;
    free(folder);
    if (st != IA_OK) {
        free_draft(draft);
        return st;
    }
    *out = draft;
    return IA_OK;
}

// Under our own number nobody takes them for left.
static bool take_over(ia_draft *draft, const char *mark)
{
    char *old = strdup(mark);
    int fd = -1;
    if (old) {
        old[strlen(old) - strlen(is_mark) + strlen(is_draft)] = '\0';
        if (rename(old, draft->draft) == 0 && rename(mark, draft->mark) == 0)
            fd = open(draft->draft, O_RDWR | O_CLOEXEC);
    }
    free(old);
    if (fd >= 0)
        flock(fd, LOCK_EX | LOCK_NB);
    if (fd >= 0 && !(draft->stream = fdopen(fd, "r+")))
        close(fd);
    return draft->stream != NULL;
}

ia_status ia_draft_take_over(ia_ctx *ctx, const char *path, ia_draft **out)
{
    ia_draft *draft = NULL;
    ia_status st = name_draft(ctx, path, &draft);
    if (st != IA_OK)
        return st;
    char *folder = folder_of(ctx, draft->path);
    char *mark = folder ? find_mark(ctx, folder, file_name(draft->path)) : NULL;
    if (mark && take_over(draft, mark)) {
        *out = draft;
        draft = NULL;
    }
    free(mark);
    free(folder);
    if (draft)
        free_draft(draft);
    return IA_OK;
}

const char *ia_draft_mark(const ia_draft *draft)
{
    return draft->mark;
}

void ia_draft_leave(ia_draft *draft)
{
    fclose(draft->stream);
    free_draft(draft);
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
        unlink(draft->mark);
        sync_folder(draft->path);
    } else {
        unlink(draft->draft);
        unlink(draft->mark);
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
    unlink(draft->mark);
    free_draft(draft);
}
