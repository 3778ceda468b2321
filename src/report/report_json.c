// report_json.c: small steps from C values to JSON values for the report.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool report_put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

bool report_push(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) == 0;
}

json_t *report_keep(json_t *object, bool ok)
{
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

json_t *report_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *report_count(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

// The text with every byte outside ASCII replaced by U+FFFD.
static json_t *replaced_text(ia_ctx *ctx, const char *text)
{
    char *copy = ia_array(ctx, 3 * strlen(text) + 1, 1);
    if (!copy)
        return NULL;
    char *to = copy;
    for (const char *from = text; *from; from++) {
        if ((unsigned char)*from < 0x80)
            *to++ = *from;
        else
            to = stpcpy(to, "\xEF\xBF\xBD");
    }
    json_t *value = json_string(copy);
    free(copy);
    return value;
}

json_t *report_text(ia_ctx *ctx, const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text); // NULL also for bytes that are no UTF-8
    return value ? value : replaced_text(ctx, text);
}

json_t *report_file_name(ia_ctx *ctx, const char *path)
{
    if (!path)
        return json_null();
    const char *slash = strrchr(path, '/');
    return report_text(ctx, slash ? slash + 1 : path);
}

// Zeros from position i on.
static size_t zeros_at(const uint64_t *counts, size_t n, size_t i)
{
    size_t end = i;
    while (end < n && counts[end] == 0)
        end++;
    return end - i;
}

size_t report_packed_length(const uint64_t *counts, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; length++) {
        size_t zeros = zeros_at(counts, n, i);
        i += zeros ? zeros : 1;
    }
    return length;
}

json_t *report_packed(ia_ctx *ctx, const uint64_t *counts, size_t n)
{
    enum { DIGITS = 21 }; // of a uint64_t or a sign and a size_t, with the blank
    char *text = ia_array(ctx, report_packed_length(counts, n) * DIGITS + 1, 1);
    if (!text)
        return NULL;
    char *to = text;
    for (size_t i = 0; i < n;) {
        const char *blank = to == text ? "" : " ";
        size_t zeros = zeros_at(counts, n, i);
        if (zeros > 1)
            to += sprintf(to, "%s-%zu", blank, zeros);
        else
            to += sprintf(to, "%s%" PRIu64, blank, counts[i]);
        i += zeros ? zeros : 1;
    }
    json_t *value = json_string(text);
    free(text);
    return value;
}
