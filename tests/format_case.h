// tests/format_case.h: malformed files, each with the sentence that refuses it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_FORMAT_CASE_H
#define IONATLAS_TESTS_FORMAT_CASE_H

#include "range_case.h"

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

// Every file is refused with its path and its exact sentence, and the output stays what
// it was.
static inline void assert_all_refused(const malformed *list, size_t n)
{
    size_t n_wrong = 0;
    char path[1024], sentence[2048];

    for (size_t i = 0; i < n; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ranges ranges, before;
        memset(&ranges, 0x5A, sizeof ranges);
        before = ranges;
        format_path(list[i].file, path);
        snprintf(sentence, sizeof sentence, "%s: %s", path, list[i].sentence);
        ia_status st = ia_ranges_read(ctx, path, &ranges);
        if (st != list[i].status || strcmp(ia_ctx_message(ctx), sentence) != 0 ||
            memcmp(&ranges, &before, sizeof ranges) != 0) {
            print_error("{\"%s\", %s,\n \"%s\"},\n", list[i].file, ia_status_name(st),
                        ia_ctx_message(ctx));
            n_wrong++;
        }
        ia_ctx_free(ctx);
    }
    assert_int_equal(n_wrong, 0);
}

#endif
