// tests/check.h: what every unit test includes: cmocka, the library, checks with
// sentences.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ionatlas/ionatlas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The call ends with this status and its sentence contains this text.
#define CHECK_FAILS(ctx, call, status, text)                                             \
    do {                                                                                 \
        ia_ctx_reset(ctx);                                                               \
        assert_int_equal(call, status);                                                  \
        if (!strstr(ia_ctx_message(ctx), text))                                          \
            fail_msg("'%s' does not contain '%s'", ia_ctx_message(ctx), text);           \
        ia_ctx_reset(ctx);                                                               \
    } while (0)

#define CHECK_OK(ctx, call)                                                              \
    do {                                                                                 \
        if ((call) != IA_OK)                                                             \
            fail_msg("%s: %s", #call, ia_ctx_message(ctx));                              \
    } while (0)

// Which allocation fails after the k-th did. The later they come, the more alike they
// are: sanitizers, which make a program 5 to 30 times slower, skip more of them, and let
// fewer ions, maps and repeats pass through the same lines. With threads watched seconds
// become minutes: tests of size alone, whose lines others walk with two threads as well,
// are skipped.
#if defined(__SANITIZE_THREAD__)
enum { STARVED_ALIKE = 1, IS_SLOWED = 1, ARE_THREADS_WATCHED = 1 };
#elif defined(__SANITIZE_ADDRESS__)
enum { STARVED_ALIKE = 8, IS_SLOWED = 1, ARE_THREADS_WATCHED = 0 };
#else
enum { STARVED_ALIKE = 32, IS_SLOWED = 0, ARE_THREADS_WATCHED = 0 };
#endif

static inline size_t next_starved(size_t k)
{
    return k + 1 + k / STARVED_ALIKE;
}

// Let the 1st, 2nd, ... allocation of `call` fail until it succeeds; `clean` runs after
// success.
#define CHECK_STARVED(ctx, call, clean)                                                  \
    do {                                                                                 \
        ia_status starved = IA_ERR_MEMORY;                                               \
        size_t k = 0;                                                                    \
        while (starved != IA_OK) {                                                       \
            ia_ctx_reset(ctx);                                                           \
            k = next_starved(k);                                                         \
            ia_ctx_fail_alloc(ctx, k);                                                   \
            starved = (call);                                                            \
            if (starved != IA_OK && starved != IA_ERR_MEMORY)                            \
                fail_msg("allocation %zu: %s", k, ia_ctx_message(ctx));                  \
            assert_true(k < 10000);                                                      \
        }                                                                                \
        ia_ctx_fail_alloc(ctx, 0);                                                       \
        assert_true(k > 1);                                                              \
        clean;                                                                           \
    } while (0)

// A file of this test in the system's folder for such; the name is valid until the next
// call.
static inline const char *scratch(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "/tmp/ionatlas-test-%ld-%s", (long)getpid(), name);
    return path;
}

static inline void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

// All bytes of a file, freed with free().
static inline unsigned char *read_bytes(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*n + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    fclose(file);
    return bytes;
}

// A file of the data outside the repository, NULL when it is not there.
static inline const char *outside(const char *name)
{
    static char path[512];
    const char *folder = getenv("IONATLAS_TEST_DATA");
    if (!folder)
        return NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, R_OK) == 0 ? path : NULL;
}

#endif
