// include/ionatlas/context.h: message, log, progress, cancel, threads and allocation of
// one job.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CONTEXT_H
#define IONATLAS_CONTEXT_H

#include <ionatlas/base.h>

IA_BEGIN

// A job's context: the first argument of whatever can fail or take long. One per job and
// used from one thread at a time; NULL is silent, single-threaded and cannot be
// cancelled.
typedef struct ia_ctx ia_ctx;

typedef enum {
    IA_LOG_ERROR, // the task failed
    IA_LOG_WARN,  // the answer may not be what you think
    IA_LOG_INFO,  // one line a stage
    IA_LOG_DEBUG
} ia_log_level;

typedef void (*ia_log_fn)(void *user, ia_log_level level, const char *text);

// Called from the thread that called the library, by blocks of work; `done` is in [0, 1].
// Returning false stops the work: the call returns IA_CANCELLED with everything freed.
typedef bool (*ia_progress_fn)(void *user, const char *stage, double done);

IA_API ia_ctx *ia_ctx_new(void);
IA_API void ia_ctx_free(ia_ctx *ctx);

// Receive every log line up to and including `level`.
IA_API void ia_ctx_set_log(ia_ctx *ctx, ia_log_level level, ia_log_fn log, void *user);
IA_API void ia_ctx_set_progress(ia_ctx *ctx, ia_progress_fn progress, void *user);

// Threads used by parallel loops; 0 asks for one per online processor (the default).
IA_API void ia_ctx_set_threads(ia_ctx *ctx, size_t n);
IA_API size_t ia_ctx_threads(const ia_ctx *ctx);

// The sentence of the first failure since the last reset; "" when there was none.
IA_API const char *ia_ctx_message(const ia_ctx *ctx);
IA_API void ia_ctx_reset(ia_ctx *ctx);

// Warnings so far: a result shows them beside its numbers. Borrowed; valid until reset.
IA_API size_t ia_ctx_n_warnings(const ia_ctx *ctx);
IA_API const char *ia_ctx_warning(const ia_ctx *ctx, size_t i);

// For tests: let the k-th allocation from now (1 is the next) fail, once; 0 never.
IA_API void ia_ctx_fail_alloc(ia_ctx *ctx, size_t k);

// The calls below are for the library's own modules and for plugins.

// Keep the sentence (unless one is already kept) and return `status`. One line in the
// field's words: what was found, where, what was expected.
IA_API ia_status ia_fail(ia_ctx *ctx, ia_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Put "subject: " before every sentence and warning from now on that does not begin with
// it, such as the file being read; NULL ends that. Borrowed. Returns the subject before.
IA_API const char *ia_ctx_set_subject(ia_ctx *ctx, const char *subject);
IA_API void ia_log(ia_ctx *ctx, ia_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Log at IA_LOG_WARN and keep the line for ia_ctx_warning.
IA_API void ia_warn(ia_ctx *ctx, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Hold the log lines of warnings back from now on; no longer holding logs those kept.
IA_API void ia_ctx_hold_warnings(ia_ctx *ctx, bool hold);
// Those from number `first` on are no longer kept, and not logged where they were held.
IA_API void ia_ctx_forget_warnings(ia_ctx *ctx, size_t first);

// Put "task: " before every stage that is reported from now on, such as one method of
// several; NULL ends that. Copied.
IA_API void ia_ctx_set_task(ia_ctx *ctx, const char *task);
// Report progress; IA_CANCELLED (with its sentence) when the callback says stop.
IA_API ia_status ia_step(ia_ctx *ctx, const char *stage, double done);

// Zeroed room for n values of `size` bytes, freed with free(). The product is checked;
// when memory is short the sentence is written and NULL returned. n = 0 gives a valid
// pointer.
IA_API void *ia_array(ia_ctx *ctx, size_t n, size_t size);
// A copy of a text, freed with free().
IA_API char *ia_text(ia_ctx *ctx, const char *text);
// A text as printf makes it, freed with free().
IA_API char *ia_textf(ia_ctx *ctx, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

IA_END
#endif
