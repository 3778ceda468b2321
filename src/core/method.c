// src/core/method.c: parameters read, written and checked by their table of fields.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/method.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *place(const ia_field *field, void *params)
{
    return (char *)params + field->offset;
}

static const void *place_const(const ia_field *field, const void *params)
{
    return (const char *)params + field->offset;
}

// Index of a word in "a|b|c", -1 when it is not there.
static int choice_index(const char *choices, const char *word)
{
    size_t n = strlen(word);
    int index = 0;
    for (const char *at = choices;; at++, index++) {
        size_t length = strcspn(at, "|");
        if (length == n && memcmp(at, word, n) == 0)
            return index;
        at += length;
        if (!*at)
            return -1;
    }
}

static int choice_count(const char *choices)
{
    int n = 1;
    for (const char *at = choices; *at; at++)
        n += *at == '|';
    return n;
}

static void set_preset(const ia_field *field, void *params)
{
    void *value = place(field, params);
    switch (field->type) {
    case IA_F64:
        *(double *)value = field->preset;
        break;
    case IA_SIZE:
        *(size_t *)value = (size_t)field->preset;
        break;
    case IA_U64:
        *(uint64_t *)value = (uint64_t)field->preset;
        break;
    case IA_BOOL:
        *(bool *)value = field->preset != 0;
        break;
    case IA_CHOICE:
        *(int *)value = choice_index(field->choices, field->text_preset);
        break;
    default:
        snprintf(value, field->size, "%s", field->text_preset);
    }
}

void ia_method_defaults(const ia_method *method, void *params)
{
    memset(params, 0, method->size);
    for (size_t i = 0; i < method->n_fields; i++)
        set_preset(&method->fields[i], params);
}

static bool is_within(const ia_field *field, double value)
{
    return isfinite(value) && value >= field->least && value <= field->most;
}

static ia_status fail_bounds(ia_ctx *ctx, const ia_field *field, const char *text)
{
    const char *space = *field->unit ? " " : "";
    return ia_fail(ctx, IA_ERR_PARAM, "%s = %s%s%s is outside %.10g to %.10g%s%s",
                   field->name, text, space, field->unit, field->least, field->most,
                   space, field->unit);
}

static ia_status check_number(ia_ctx *ctx, const ia_field *field, double value)
{
    char text[32];
    if (is_within(field, value))
        return IA_OK;
    snprintf(text, sizeof text, "%.10g", value);
    return fail_bounds(ctx, field, text);
}

static ia_status check_field(ia_ctx *ctx, const ia_field *field, const void *params)
{
    const void *value = place_const(field, params);
    switch (field->type) {
    case IA_F64:
        return check_number(ctx, field, *(const double *)value);
    case IA_SIZE:
        return check_number(ctx, field, (double)*(const size_t *)value);
    case IA_U64:
        return check_number(ctx, field, (double)*(const uint64_t *)value);
    case IA_CHOICE: {
        int index = *(const int *)value;
        if (index >= 0 && index < choice_count(field->choices))
            return IA_OK;
        return ia_fail(ctx, IA_ERR_PARAM, "%s must be one of %s", field->name,
                       field->choices);
    }
    case IA_TEXT:
        if (memchr(value, 0, field->size))
            return IA_OK;
        return ia_fail(ctx, IA_ERR_PARAM, "%s is longer than %zu characters", field->name,
                       field->size - 1);
    default:
        return IA_OK;
    }
}

ia_status ia_method_check(ia_ctx *ctx, const ia_method *method, const void *params)
{
    ia_status st = IA_OK;
    for (size_t i = 0; i < method->n_fields && st == IA_OK; i++)
        st = check_field(ctx, &method->fields[i], params);
    return st;
}

static bool is_same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    return *a == *b;
}

const ia_field *ia_method_find(const ia_method *method, const char *name)
{
    for (size_t i = 0; i < method->n_fields; i++)
        if (is_same_name(method->fields[i].name, name))
            return &method->fields[i];
    return NULL;
}

static ia_status read_number(ia_ctx *ctx, const ia_field *field, const char *text,
                             double *value)
{
    char *end;
    *value = strtod(text, &end);
    bool whole = field->type == IA_F64 || *value == floor(*value);
    if (end == text || *end || (isfinite(*value) && !whole))
        return ia_fail(ctx, IA_ERR_PARAM, "%s = '%s' is not a%s number", field->name,
                       text, field->type == IA_F64 ? "" : " whole");
    return is_within(field, *value) ? IA_OK : fail_bounds(ctx, field, text);
}

// Whole numbers above 2^53 keep their last digits.
static ia_status read_u64(ia_ctx *ctx, const ia_field *field, const char *text,
                          uint64_t *value)
{
    double approximate;
    ia_status st = read_number(ctx, field, text, &approximate);
    if (st != IA_OK)
        return st;
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (*end || errno) // "1e6" and the like
        *value = approximate < 0x1p64 ? (uint64_t)approximate : UINT64_MAX;
    return IA_OK;
}

static ia_status read_bool(ia_ctx *ctx, const ia_field *field, const char *text,
                           bool *value)
{
    static const char *const yes = "true|yes|on|1";
    static const char *const no = "false|no|off|0";
    if (choice_index(yes, text) < 0 && choice_index(no, text) < 0)
        return ia_fail(ctx, IA_ERR_PARAM, "%s = '%s' is neither true nor false",
                       field->name, text);
    *value = choice_index(yes, text) >= 0;
    return IA_OK;
}

static ia_status read_text(ia_ctx *ctx, const ia_field *field, const char *text,
                           char *value)
{
    if (strlen(text) >= field->size)
        return ia_fail(ctx, IA_ERR_PARAM, "%s is longer than %zu characters", field->name,
                       field->size - 1);
    memset(value, 0, field->size);
    strcpy(value, text);
    return IA_OK;
}

ia_status ia_field_read(ia_ctx *ctx, const ia_field *field, const char *text,
                        void *params)
{
    void *value = place(field, params);
    double number;
    uint64_t whole;
    ia_status st;
    switch (field->type) {
    case IA_F64:
        if ((st = read_number(ctx, field, text, &number)) == IA_OK)
            *(double *)value = number;
        return st;
    case IA_SIZE:
        if ((st = read_u64(ctx, field, text, &whole)) == IA_OK)
            *(size_t *)value = (size_t)whole;
        return st;
    case IA_U64:
        if ((st = read_u64(ctx, field, text, &whole)) == IA_OK)
            *(uint64_t *)value = whole;
        return st;
    case IA_BOOL:
        return read_bool(ctx, field, text, value);
    case IA_CHOICE: {
        int index = choice_index(field->choices, text);
        if (index < 0)
            return ia_fail(ctx, IA_ERR_PARAM, "%s = '%s' is not one of %s", field->name,
                           text, field->choices);
        *(int *)value = index;
        return IA_OK;
    }
    default:
        return read_text(ctx, field, text, value);
    }
}

static void write_choice(const char *choices, int index, char *text, size_t n)
{
    const char *at = choices;
    for (; index > 0 && *at; index--)
        at += strcspn(at, "|") + 1;
    snprintf(text, n, "%.*s", (int)strcspn(at, "|"), at);
}

void ia_field_write(const ia_field *field, const void *params, char *text, size_t n)
{
    const void *value = place_const(field, params);
    switch (field->type) {
    case IA_F64: // enough digits to read back as the same number
        for (int digits = 6; digits <= 17; digits++) {
            snprintf(text, n, "%.*g", digits, *(const double *)value);
            if (strtod(text, NULL) == *(const double *)value)
                return;
        }
        return;
    case IA_SIZE:
        snprintf(text, n, "%zu", *(const size_t *)value);
        return;
    case IA_U64:
        snprintf(text, n, "%llu", (unsigned long long)*(const uint64_t *)value);
        return;
    case IA_BOOL:
        snprintf(text, n, "%s", *(const bool *)value ? "true" : "false");
        return;
    case IA_CHOICE:
        write_choice(field->choices, *(const int *)value, text, n);
        return;
    default:
        snprintf(text, n, "%s", (const char *)value);
    }
}
