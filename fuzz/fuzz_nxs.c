// fuzz/fuzz_nxs.c: projects: ions, history and hashes of whatever claims to be HDF5.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>

#include <sys/mman.h>
#include <unistd.h>

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

// HDF5 loses memory when it meets a damaged header; that is not ours to free.
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

static void read_ions(const uint8_t *bytes, size_t n)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_status st = ia_ions_parse(ctx, ia_format_find("nxs"), bytes, n, &ions);
    if (st != IA_OK && !*ia_ctx_message(ctx))
        __builtin_trap();
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void read_project(const uint8_t *bytes, size_t n)
{
    char path[64];
    bool sound;
    ia_result result = {0};
    int fd = memfd_create("project", 0);
    if (fd < 0)
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, bytes, n) == (ssize_t)n) {
        if (ia_project_history(NULL, path, &result) == IA_OK)
            ia_result_clear(&result);
        if (ia_project_verify(NULL, path, &result, &sound) == IA_OK)
            ia_result_clear(&result);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    read_ions(bytes, n);
    read_project(bytes, n);
    return 0;
}
