// tests/format_case.h: malformed files of ranges, each with the sentence that refuses it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TESTS_FORMAT_CASE_H
#define IONATLAS_TESTS_FORMAT_CASE_H

#include "range_case.h"
#include "refused.h"

static inline ia_status read_ranges_to(ia_ctx *ctx, const char *path, void *out)
{
    return ia_ranges_read(ctx, path, out);
}

static inline void assert_all_refused(const malformed *list, size_t n)
{
    assert_each_refused(list, n, sizeof(ia_ranges), read_ranges_to);
}

#endif
