// src/io/h5file.c: HDF5 files in memory or on a stream, through our driver.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <H5FDpublic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// HDF5 keeps a file open for good when a write fails while it closes. This driver
// therefore notes the first error and lets the rest go nowhere; ia_h5_close reports it.
typedef struct {
    H5FD_t base;
    ia_h5 *h5;
    haddr_t end; // of the address space in use
} ia_driver_file;

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t fapl, haddr_t most)
{
    (void)name;
    (void)flags;
    (void)most;
    ia_h5 *const *info = H5Pget_driver_info(fapl);
    ia_driver_file *f = info ? calloc(1, sizeof *f) : NULL;
    if (!f)
        return NULL;
    f->h5 = *info;
    return &f->base;
}

static herr_t driver_close(H5FD_t *file)
{
    free(file);
    return 0;
}

static int driver_cmp(const H5FD_t *a, const H5FD_t *b)
{
    uintptr_t left = (uintptr_t)((const ia_driver_file *)(const void *)a)->h5;
    uintptr_t right = (uintptr_t)((const ia_driver_file *)(const void *)b)->h5;
    return (left > right) - (left < right);
}

// What is read is not gathered first, so that driver_read sees where each block begins.
// HDF5 also asks about a driver as such, with no file.
static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
    const ia_driver_file *f = (const void *)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    if (!f || !f->h5->bytes)
        *flags |= H5FD_FEAT_ACCUMULATE_METADATA;
    return 0;
}

static haddr_t driver_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const ia_driver_file *)(const void *)file)->end;
}

static herr_t driver_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    ((ia_driver_file *)(void *)file)->end = end;
    return 0;
}

static haddr_t driver_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const ia_driver_file *)(const void *)file)->h5->n;
}

// What was never written reads as zeros, as in a sparse file.
static herr_t read_back(const ia_h5 *h5, haddr_t at, size_t n, unsigned char *out)
{
    while (n > 0) {
        ssize_t got = pread(h5->fd, out, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0) {
            memset(out, 0, n);
            break;
        }
        n -= (size_t)got;
        at += (haddr_t)got;
        out += got;
    }
    return 0;
}

static herr_t driver_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at,
                          size_t n, void *out)
{
    (void)transfer;
    const ia_h5 *h5 = ((const ia_driver_file *)(void *)file)->h5;
    if (!h5->bytes)
        return read_back(h5, at, n, out);
    if (at > h5->n || n > h5->n - at ||
        (type != H5FD_MEM_DRAW && !ia_h5_has_heap_size(h5, h5->bytes + at, n)))
        return -1;
    memcpy(out, h5->bytes + at, n);
    return 0;
}

static herr_t driver_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at,
                           size_t n, const void *bytes)
{
    (void)type;
    (void)transfer;
    ia_h5 *h5 = ((ia_driver_file *)(void *)file)->h5;
    const unsigned char *from = bytes;
    if (h5->bytes)
        return -1;
    if (at + n > h5->n)
        h5->n = at + n;
    while (n > 0 && !h5->error) {
        ssize_t done = pwrite(h5->fd, from, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            h5->error = done < 0 ? errno : EIO;
            break;
        }
        n -= (size_t)done;
        at += (haddr_t)done;
        from += done;
    }
    return 0;
}

static herr_t driver_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    ia_driver_file *f = (ia_driver_file *)(void *)file;
    ia_h5 *h5 = f->h5;
    if (h5->bytes || h5->n == f->end)
        return 0;
    if (!h5->error && ftruncate(h5->fd, (off_t)f->end) != 0)
        h5->error = errno;
    h5->n = f->end;
    return 0;
}

static const H5FD_class_t driver = {
    .name = "ionatlas",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(ia_h5 *),
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_cmp,
    .query = driver_query,
    .get_eoa = driver_get_eoa,
    .set_eoa = driver_set_eoa,
    .get_eof = driver_get_eof,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

// An access list with our driver and the newest layout of HDF5 1.10, whose metadata carry
// checksums.
static hid_t access_list(ia_h5 *h5)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    h5->driver = H5FDregister(&driver);
    if (access < 0 || h5->driver < 0 ||
        H5Pset_driver(access, h5->driver, (const void *)&h5) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) < 0) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}

// HDF5 clears a buffer of a MiB whenever values change their type, unless told otherwise.
static hid_t transfer_list(void)
{
    enum { BUFFER = 65536 };
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    if (transfer >= 0 && H5Pset_buffer(transfer, BUFFER, NULL, NULL) >= 0)
        return transfer;
    H5Pclose(transfer);
    return H5I_INVALID_HID;
}

// HDF5 loses some memory when it meets a damaged header, and would print about it at
// exit.
static void silence(ia_h5 *h5)
{
    H5dont_atexit();
    H5Eget_auto2(H5E_DEFAULT, &h5->print, &h5->print_user);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void restore(ia_h5 *h5)
{
    H5Eclear2(H5E_DEFAULT);
    H5Eset_auto2(H5E_DEFAULT, h5->print, h5->print_user);
}

static ia_status release(ia_h5 *h5, ia_status st)
{
    ia_h5_let_go(h5);
    if (h5->file > 0 && H5Fclose(h5->file) < 0 && st == IA_OK)
        st = ia_h5_fail(h5, "/");
    if (h5->transfer > 0)
        H5Pclose(h5->transfer);
    if (h5->driver > 0)
        H5FDunregister(h5->driver);
    restore(h5);
    *h5 = (ia_h5){0};
    return st;
}

ia_status ia_h5_open(ia_ctx *ctx, const char *path, const void *bytes, size_t n,
                     ia_h5 *out)
{
    *out = (ia_h5){.ctx = ctx, .path = path, .bytes = bytes, .n = n};
    silence(out);
    hid_t access = access_list(out);
    out->transfer = transfer_list();
    if (access >= 0 && out->transfer >= 0)
        out->file = H5Fopen("project", H5F_ACC_RDONLY, access);
    ia_status st = IA_OK;
    if (access < 0 || out->transfer < 0)
        st = ia_fail(ctx, IA_ERR_MEMORY, "%s: HDF5 cannot be set up", path);
    else if (out->file < 0)
        st = ia_h5_fail(out, "/");
    H5Pclose(access);
    return st == IA_OK ? st : release(out, st);
}

ia_status ia_h5_create(ia_ctx *ctx, const char *path, void *stream, ia_h5 *out)
{
    *out = (ia_h5){.ctx = ctx, .path = path, .fd = fileno((FILE *)stream)};
    silence(out);
    hid_t access = access_list(out);
    out->transfer = transfer_list();
    hid_t create = H5Pcreate(H5P_FILE_CREATE);
    unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    if (access >= 0 && out->transfer >= 0 &&
        H5Pset_link_creation_order(create, order) >= 0 &&
        H5Pset_obj_track_times(create, false) >= 0)
        out->file = H5Fcreate("project", H5F_ACC_TRUNC, create, access);
    ia_status st = IA_OK;
    if (out->file <= 0)
        st = ia_h5_fail(out, "/");
    H5Pclose(create);
    H5Pclose(access);
    return st == IA_OK ? st : release(out, st);
}

ia_status ia_h5_close(ia_h5 *h5)
{
    if (!h5->path)
        return IA_OK;
    ia_status st = IA_OK;
    ia_ctx *ctx = h5->ctx;
    const char *path = h5->path;
    ia_h5_let_go(h5);
    if (!h5->bytes && H5Fflush(h5->file, H5F_SCOPE_GLOBAL) < 0)
        st = ia_h5_fail(h5, "/");
    if (H5Fclose(h5->file) < 0 && st == IA_OK)
        st = ia_h5_fail(h5, "/");
    h5->file = 0;
    if (h5->error && st == IA_OK)
        st = ia_fail(ctx, IA_ERR_IO, "%s: cannot be written: %s", path,
                     strerror(h5->error));
    return release(h5, st);
}

// The innermost message is the cause.
static herr_t keep_innermost(unsigned n, const H5E_error2_t *error, void *user)
{
    if (n == 0 && error->desc)
        snprintf(user, 160, "%s", error->desc);
    return 0;
}

ia_status ia_h5_fail(ia_h5 *h5, const char *name)
{
    char cause[160] = "unknown cause";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, cause);
    H5Eclear2(H5E_DEFAULT);
    if (h5->error)
        return ia_fail(h5->ctx, IA_ERR_IO, "%s: cannot be written: %s", h5->path,
                       strerror(h5->error));
    if (!h5->bytes)
        return ia_fail(h5->ctx, IA_ERR_IO, "%s: %s cannot be written: %s", h5->path, name,
                       cause);
    if (strcmp(name, "/") == 0)
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: is no sound HDF5 file: %s", h5->path,
                       cause);
    return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s cannot be read: %s", h5->path, name,
                   cause);
}
