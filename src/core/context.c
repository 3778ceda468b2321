// src/core/context.c: message, warnings, log, progress and allocation of one job.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/context_kept.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1024, WARNINGS_MAX = 256 };

struct ia_ctx {
    char message[MESSAGE_MAX];
    char **warnings;
    size_t n_warnings, n_sent; // n_sent: those logged
    bool holds;
    ia_log_level level;
    ia_log_fn log;
    void *log_user;
    ia_progress_fn progress;
    void *progress_user;
    char task[64]; // "": none
    size_t threads;
    size_t fail_at;      // allocations until one fails; 0 never
    const char *subject; // borrowed
    ia_ctx_kept streams;
};

ia_ctx *ia_ctx_new(void)
{
    return calloc(1, sizeof(ia_ctx));
}

void ia_ctx_forget_warnings(ia_ctx *ctx, size_t first)
{
    while (ctx && ctx->n_warnings > first)
        free(ctx->warnings[--ctx->n_warnings]);
    if (ctx && ctx->n_sent > ctx->n_warnings)
        ctx->n_sent = ctx->n_warnings;
}

void ia_ctx_reset(ia_ctx *ctx)
{
    if (!ctx)
        return;
    ia_ctx_forget_warnings(ctx, 0);
    free(ctx->warnings);
    ctx->warnings = NULL;
    ctx->message[0] = '\0';
}

void ia_ctx_free(ia_ctx *ctx)
{
    ia_ctx_reset(ctx);
    if (ctx && ctx->streams.release)
        ctx->streams.release(ctx->streams.thing);
    free(ctx);
}

ia_ctx_kept *ia_ctx_streams(ia_ctx *ctx)
{
    return &ctx->streams;
}

void ia_ctx_set_log(ia_ctx *ctx, ia_log_level level, ia_log_fn log, void *user)
{
    ctx->level = level;
    ctx->log = log;
    ctx->log_user = user;
}

void ia_ctx_set_progress(ia_ctx *ctx, ia_progress_fn progress, void *user)
{
    ctx->progress = progress;
    ctx->progress_user = user;
}

void ia_ctx_set_task(ia_ctx *ctx, const char *task)
{
    if (ctx)
        snprintf(ctx->task, sizeof ctx->task, "%s", task ? task : "");
}

void ia_ctx_set_threads(ia_ctx *ctx, size_t n)
{
    ctx->threads = n;
}

size_t ia_ctx_threads(const ia_ctx *ctx)
{
    if (!ctx)
        return 1;
    if (ctx->threads > 0)
        return ctx->threads;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

const char *ia_ctx_message(const ia_ctx *ctx)
{
    return ctx ? ctx->message : "";
}

size_t ia_ctx_n_warnings(const ia_ctx *ctx)
{
    return ctx ? ctx->n_warnings : 0;
}

const char *ia_ctx_warning(const ia_ctx *ctx, size_t i)
{
    return ctx->warnings[i];
}

void ia_ctx_fail_alloc(ia_ctx *ctx, size_t k)
{
    ctx->fail_at = k;
}

static void send(const ia_ctx *ctx, ia_log_level level, const char *text)
{
    if (ctx->log && level <= ctx->level)
        ctx->log(ctx->log_user, level, text);
}

const char *ia_ctx_set_subject(ia_ctx *ctx, const char *subject)
{
    if (!ctx)
        return NULL;
    const char *before = ctx->subject;
    ctx->subject = subject;
    return before;
}

// One line without control characters, whatever a file is called or holds.
static void keep_to_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = '?';
}

static void put_sentence(const ia_ctx *ctx, char out[MESSAGE_MAX], const char *format,
                         va_list args)
{
    char text[MESSAGE_MAX];
    vsnprintf(text, sizeof text, format, args);
    const char *subject = ctx->subject;
    bool told = !subject || strncmp(text, subject, strlen(subject)) == 0;
    size_t n = 0;
    if (!told)
        n = (size_t)snprintf(out, MESSAGE_MAX, "%.256s: ", subject);
    snprintf(out + n, MESSAGE_MAX - n, "%.*s", (int)(MESSAGE_MAX - n - 1), text);
    keep_to_one_line(out);
}

ia_status ia_fail(ia_ctx *ctx, ia_status status, const char *format, ...)
{
    if (!ctx || ctx->message[0])
        return status;
    va_list args;
    va_start(args, format);
    put_sentence(ctx, ctx->message, format, args);
    va_end(args);
    send(ctx, IA_LOG_ERROR, ctx->message);
    return status;
}

void ia_log(ia_ctx *ctx, ia_log_level level, const char *format, ...)
{
    if (!ctx || !ctx->log || level > ctx->level)
        return;
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    keep_to_one_line(text);
    send(ctx, level, text);
}

static bool keep_warning(ia_ctx *ctx, const char *text)
{
    if (ctx->n_warnings == WARNINGS_MAX)
        return false;
    char **grown = realloc(ctx->warnings, (ctx->n_warnings + 1) * sizeof *grown);
    if (!grown)
        return false;
    ctx->warnings = grown;
    char *copy = strdup(text);
    if (copy)
        ctx->warnings[ctx->n_warnings++] = copy;
    return copy;
}

// Of the first `n`.
static bool is_known_warning(const ia_ctx *ctx, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(ctx->warnings[i], text) == 0)
            return true;
    return false;
}

// Each is said once, and kept by each step.
static void send_warnings(ia_ctx *ctx)
{
    for (; ctx->n_sent < ctx->n_warnings; ctx->n_sent++)
        if (!is_known_warning(ctx, ctx->n_sent, ctx->warnings[ctx->n_sent]))
            send(ctx, IA_LOG_WARN, ctx->warnings[ctx->n_sent]);
}

void ia_ctx_hold_warnings(ia_ctx *ctx, bool hold)
{
    if (!ctx)
        return;
    ctx->holds = hold;
    if (!hold)
        send_warnings(ctx);
}

void ia_warn(ia_ctx *ctx, const char *format, ...)
{
    if (!ctx)
        return;
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    put_sentence(ctx, text, format, args);
    va_end(args);
    if (!keep_warning(ctx, text)) // no room: it is logged at least
        send(ctx, IA_LOG_WARN, text);
    else if (!ctx->holds)
        send_warnings(ctx);
}

ia_status ia_step(ia_ctx *ctx, const char *stage, double done)
{
    char whole[160];
    if (!ctx || !ctx->progress)
        return IA_OK;
    snprintf(whole, sizeof whole, "%s%s%s", ctx->task, *ctx->task ? ": " : "", stage);
    if (ctx->progress(ctx->progress_user, whole, done))
        return IA_OK;
    return ia_fail(ctx, IA_CANCELLED, "stopped during: %s", whole);
}

void *ia_array(ia_ctx *ctx, size_t n, size_t size)
{
    bool fail = ctx && ctx->fail_at > 0 && --ctx->fail_at == 0;
    // calloc checks the product; a zero-sized request still yields a pointer to free.
    void *array = fail ? NULL : calloc(n > 0 ? n : 1, size > 0 ? size : 1);
    if (!array)
        ia_fail(ctx, IA_ERR_MEMORY,
                "memory ran out: %zu values of %zu bytes were asked for", n, size);
    return array;
}

char *ia_text(ia_ctx *ctx, const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = ia_array(ctx, n, 1);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}

char *ia_textf(ia_ctx *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = ia_array(ctx, (size_t)n + 1, 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}
