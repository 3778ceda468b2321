// src/project/meta.c: read what a data file does not know from YAML, strictly.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <ionatlas/hash.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { BYTES_MOST = 1 << 20, KEY_MOST = 128, USERS_MOST = 99, ENTRIES_MOST = 4096 };

typedef struct {
    ia_ctx *ctx;
    const char *path;
    yaml_parser_t yaml;
    yaml_event_t event; // the last one
    ia_meta meta;
} reader;

static size_t line_of(const reader *r)
{
    return r->event.start_mark.line + 1;
}

static ia_status next(reader *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->yaml, &r->event))
        return IA_OK;
    memset(&r->event, 0, sizeof r->event);
    if (r->yaml.error == YAML_MEMORY_ERROR)
        return ia_fail(r->ctx, IA_ERR_MEMORY, "%s: memory ran out", r->path);
    return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s", r->path,
                   r->yaml.problem_mark.line + 1,
                   r->yaml.problem ? r->yaml.problem : "is no YAML");
}

// "user2.name" is a "user.name".
static const ia_meta_key *find_key(const char *name)
{
    char plain[KEY_MOST];
    size_t n_keys;
    const ia_meta_key *keys = ia_meta_keys(&n_keys);
    snprintf(plain, sizeof plain, "%s", name);
    if (strncmp(name, "user", 4) == 0 && isdigit((unsigned char)name[4])) {
        size_t n_digits = strspn(name + 4, "0123456789");
        snprintf(plain, sizeof plain, "user%s", name + 4 + n_digits);
    }
    for (size_t i = 0; i < n_keys; i++)
        if (strcmp(keys[i].key, plain) == 0)
            return &keys[i];
    return NULL;
}

static bool is_section(const char *name)
{
    size_t n_keys, n = strlen(name);
    const ia_meta_key *keys = ia_meta_keys(&n_keys);
    for (size_t i = 0; i < n_keys; i++)
        if (strncmp(keys[i].key, name, n) == 0 && keys[i].key[n] == '.')
            return true;
    return false;
}

static bool matches(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++)
        if (*pattern == '0' ? !isdigit((unsigned char)*text) : *text != *pattern)
            return false;
    return true;
}

// 2021-03-01, or 2021-03-01T12:30:00, with .5 and Z or +01:00 behind it.
static bool is_date(const char *text)
{
    if (!matches(text, "0000-00-00"))
        return false;
    int month = atoi(text + 5), day = atoi(text + 8);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    text += 10;
    if (!*text)
        return true;
    if (*text == ' ' ? !matches(text, " 00:00:00") : !matches(text, "T00:00:00"))
        return false;
    if (atoi(text + 1) > 23 || atoi(text + 4) > 59 || atoi(text + 7) > 60)
        return false;
    text += 9;
    if (*text == '.')
        text += 1 + strspn(text + 1, "0123456789");
    if (matches(text, "+00:00") || matches(text, "-00:00"))
        text += 6;
    else if (*text == 'Z')
        text++;
    return !*text;
}

static bool is_number(const char *text)
{
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    return end != text && !*end && isfinite(v) && !isspace((unsigned char)*text);
}

static bool is_count(const char *text)
{
    size_t n = strspn(text, "0123456789");
    return n > 0 && n < 20 && !text[n];
}

static bool is_date_key(const char *key)
{
    const char *end = key + strlen(key) - 5;
    return strcmp(end, "_time") == 0 || strcmp(end, "_date") == 0;
}

// What the value should have been, NULL when it is.
static const char *expected(const ia_meta_key *key, const char *value)
{
    switch (key->type) {
    case IA_F64:
        return is_number(value) ? NULL : "a number";
    case IA_U64:
        return is_count(value) ? NULL : "a whole number";
    case IA_BOOL:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0
                   ? NULL
                   : "true or false";
    default:
        if (is_date_key(key->key))
            return is_date(value) ? NULL : "a date such as 2021-03-01T12:30:00+01:00";
        return project_word_of(key->key, value) == PROJECT_NO_WORD ? key->help : NULL;
    }
}

static ia_status add_entry(reader *r, const char *name, const char *value)
{
    ia_meta *meta = &r->meta;
    if (meta->n == ENTRIES_MOST)
        return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: more than %d entries",
                       r->path, line_of(r), ENTRIES_MOST);
    ia_meta_entry entry = {ia_text(r->ctx, name), ia_text(r->ctx, value)};
    ia_meta_entry *entries =
        entry.key && entry.value ? ia_array(r->ctx, meta->n + 1, sizeof entry) : NULL;
    if (!entries) {
        free(entry.key);
        free(entry.value);
        return IA_ERR_MEMORY;
    }
    if (meta->n > 0)
        memcpy(entries, meta->entries, meta->n * sizeof entry);
    entries[meta->n++] = entry;
    free(meta->entries);
    meta->entries = entries;
    return IA_OK;
}

// A value left empty, or null, is one that nobody gave.
static bool is_left_out(const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*value || strcmp(value, "~") == 0 || strcmp(value, "null") == 0);
}

static ia_status take_scalar(reader *r, const char *name)
{
    const char *value = (const char *)r->event.data.scalar.value;
    const ia_meta_key *key = find_key(name);
    if (!key)
        return ia_fail(
            r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s is no key that is known%s", r->path,
            line_of(r), name,
            is_section(name) ? ", but a section: keys are expected below it" : "");
    if (ia_meta_find(&r->meta, name))
        return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s is given twice", r->path,
                       line_of(r), name);
    if (is_left_out(&r->event))
        return IA_OK;
    if (strlen(value) != r->event.data.scalar.length)
        return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s has a zero byte in it",
                       r->path, line_of(r), name);
    const char *wanted = expected(key, value);
    if (wanted)
        return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s is \"%.60s\", not %s",
                       r->path, line_of(r), name, value, wanted);
    return add_entry(r, name, value);
}

static ia_status take_value(reader *r, const char *name, int depth);

static ia_status join(reader *r, const char *name, char out[KEY_MOST])
{
    const char *part = (const char *)r->event.data.scalar.value;
    int n = snprintf(out, KEY_MOST, "%s%s%s", name, *name ? "." : "", part);
    if (n < KEY_MOST)
        return IA_OK;
    return ia_fail(r->ctx, IA_ERR_FORMAT,
                   "%s: line %zu: %.40s... is no key that is known", r->path, line_of(r),
                   out);
}

static ia_status take_mapping(reader *r, const char *name, int depth)
{
    char below[KEY_MOST];
    for (;;) {
        ia_status st = next(r);
        if (st != IA_OK || r->event.type == YAML_MAPPING_END_EVENT)
            return st;
        if (r->event.type != YAML_SCALAR_EVENT)
            return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: a key was expected",
                           r->path, line_of(r));
        if ((st = join(r, name, below)) != IA_OK || (st = next(r)) != IA_OK ||
            (st = take_value(r, below, depth + 1)) != IA_OK)
            return st;
    }
}

// Several people: user, user2, user3, ...
static ia_status take_users(reader *r, int depth)
{
    char name[KEY_MOST] = "user";
    for (int i = 1;; i++) {
        ia_status st = next(r);
        if (st != IA_OK || r->event.type == YAML_SEQUENCE_END_EVENT)
            return st;
        if (i > USERS_MOST || r->event.type != YAML_MAPPING_START_EVENT)
            return ia_fail(r->ctx, IA_ERR_FORMAT,
                           "%s: line %zu: user is a list of at most %d people, each with "
                           "name, email, ...",
                           r->path, line_of(r), USERS_MOST);
        if (i > 1)
            snprintf(name, sizeof name, "user%d", i);
        if ((st = take_mapping(r, name, depth + 1)) != IA_OK)
            return st;
    }
}

static ia_status take_value(reader *r, const char *name, int depth)
{
    switch (r->event.type) {
    case YAML_SCALAR_EVENT:
        if (is_left_out(&r->event) && is_section(name))
            return IA_OK;
        return take_scalar(r, name);
    case YAML_MAPPING_START_EVENT:
        if (depth < 4 && (!*name || is_section(name)))
            return take_mapping(r, name, depth);
        break;
    case YAML_SEQUENCE_START_EVENT:
        if (strcmp(name, "user") == 0)
            return take_users(r, depth);
        break;
    case YAML_ALIAS_EVENT:
        return ia_fail(r->ctx, IA_ERR_FORMAT,
                       "%s: line %zu: a value was expected, not a reference (*)", r->path,
                       line_of(r));
    default:
        break;
    }
    if (*name && !find_key(name))
        return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s is no key that is known",
                       r->path, line_of(r), name);
    return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s was expected", r->path,
                   line_of(r), *name ? "one value" : "a list of \"key: value\"");
}

static ia_status expect(reader *r, yaml_event_type_t type, const char *what)
{
    ia_status st = next(r);
    if (st != IA_OK || r->event.type == type)
        return st;
    return ia_fail(r->ctx, IA_ERR_FORMAT, "%s: line %zu: %s was expected", r->path,
                   line_of(r), what);
}

static ia_status take_document(reader *r)
{
    ia_status st = expect(r, YAML_STREAM_START_EVENT, "YAML");
    if (st != IA_OK || (st = next(r)) != IA_OK)
        return st;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return IA_OK; // nothing but comments
    if ((st = next(r)) != IA_OK || (st = take_value(r, "", 0)) != IA_OK ||
        (st = expect(r, YAML_DOCUMENT_END_EVENT, "the end")) != IA_OK)
        return st;
    return expect(r, YAML_STREAM_END_EVENT, "only one document");
}

static ia_status keep_text(reader *r, const void *bytes, size_t n)
{
    if (!(r->meta.text = ia_array(r->ctx, n + 1, 1)))
        return IA_ERR_MEMORY;
    if (n > 0)
        memcpy(r->meta.text, bytes, n);
    return ia_sha256(r->ctx, bytes, n, r->meta.sha256);
}

static ia_status parse(ia_ctx *ctx, const char *path, const void *bytes, size_t n,
                       ia_meta *out)
{
    if (n > BYTES_MOST)
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: has %zu bytes, at most %d were expected",
                       path, n, BYTES_MOST);
    if (n > 0 && memchr(bytes, 0, n))
        return ia_fail(ctx, IA_ERR_FORMAT, "%s: has a zero byte, YAML was expected",
                       path);
    reader r = {.ctx = ctx, .path = path};
    if (!yaml_parser_initialize(&r.yaml))
        return ia_fail(ctx, IA_ERR_MEMORY, "%s: memory ran out", path);
    yaml_parser_set_input_string(&r.yaml, n > 0 ? bytes : (const void *)"", n);
    ia_status st = take_document(&r);
    if (st == IA_OK)
        st = keep_text(&r, bytes, n);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.yaml);
    if (st == IA_OK)
        *out = r.meta;
    else
        ia_meta_clear(&r.meta);
    return st;
}

ia_status ia_meta_parse(ia_ctx *ctx, const void *bytes, size_t n, ia_meta *out)
{
    return parse(ctx, "metadata", bytes, n, out);
}

ia_status ia_meta_read(ia_ctx *ctx, const char *path, ia_meta *out)
{
    ia_source source;
    ia_status st = ia_source_open(ctx, path, &source);
    if (st != IA_OK)
        return st;
    st = parse(ctx, path, source.bytes, source.n, out);
    ia_source_clear(&source);
    return st;
}

const char *ia_meta_find(const ia_meta *meta, const char *key)
{
    for (size_t i = 0; i < meta->n; i++)
        if (strcmp(meta->entries[i].key, key) == 0)
            return meta->entries[i].value;
    return NULL;
}

void ia_meta_clear(ia_meta *meta)
{
    for (size_t i = 0; i < meta->n; i++) {
        free(meta->entries[i].key);
        free(meta->entries[i].value);
    }
    free(meta->entries);
    free(meta->text);
    *meta = (ia_meta){0};
}
