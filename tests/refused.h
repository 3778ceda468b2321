// tests/refused.h: malformed files, each with the sentence that refuses it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_REFUSED_H
#define IONATLAS_TESTS_REFUSED_H

#include "check.h"

typedef struct {
    const char *file; // in tests/formats
    ia_status status;
    const char *sentence;
} malformed;

static inline const char *format_path(const char *file, char path[1024])
{
    const char *source = getenv("IONATLAS_SOURCE");
    snprintf(path, 1024, "%s/tests/formats/%s", source ? source : ".", file);
    return path;
}

// Every file is refused with its path and its exact sentence; the output, of `size`
// bytes, stays what it was.
static inline void assert_each_refused(const malformed *list, size_t n, size_t size,
                                       ia_status (*read)(ia_ctx *ctx, const char *path,
                                                         void *out))
{
    size_t n_wrong = 0;
    char path[1024], sentence[2048];
    unsigned char *out = malloc(size), *before = malloc(size);
    memset(before, 0x5A, size);
    for (size_t i = 0; i < n; i++) {
        ia_ctx *ctx = ia_ctx_new();
        memcpy(out, before, size);
        format_path(list[i].file, path);
        snprintf(sentence, sizeof sentence, "%s: %s", path, list[i].sentence);
        ia_status st = read(ctx, path, out);
        if (st != list[i].status || strcmp(ia_ctx_message(ctx), sentence) != 0 ||
            memcmp(out, before, size) != 0) {
            print_error("{\"%s\", %s,\n \"%s\"},\n", list[i].file, ia_status_name(st),
                        ia_ctx_message(ctx));
            n_wrong++;
        }
        ia_ctx_free(ctx);
    }
    free(out);
    free(before);
    assert_int_equal(n_wrong, 0);
}

#endif
