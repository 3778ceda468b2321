// report_history.c: how the results came about: inputs, steps, metadata and warnings, as
// JSON.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static json_t *input(ia_ctx *ctx, const char *role, const char *path, const char *sha256)
{
    json_t *o = json_object();
    bool ok = report_put(o, "role", json_string(role)) &&
              report_put(o, "name", report_file_name(ctx, path)) &&
              report_put(o, "sha256", report_text(ctx, sha256));
    return report_keep(o, ok);
}

json_t *report_inputs(ia_ctx *ctx, const report_input *in)
{
    const ia_state *state = in->state;
    json_t *array = json_array();
    bool ok =
        report_push(array, input(ctx, "ions", state->ions.path, state->ions.sha256));
    if (ok && state->ranges.n_ranges > 0)
        ok = report_push(array,
                         input(ctx, "ranges", state->ranges.path, state->ranges.sha256));
    if (ok && in->meta && in->meta->n > 0)
        ok = report_push(array, input(ctx, "metadata", NULL, in->meta->sha256));
    return report_keep(array, ok);
}

static json_t *parameter(ia_ctx *ctx, const ia_field *field, const void *params,
                         const void *defaults)
{
    char value[IA_FIELD_TEXT_MAX], preset[IA_FIELD_TEXT_MAX];
    ia_field_write(field, params, value, sizeof value);
    ia_field_write(field, defaults, preset, sizeof preset);
    json_t *o = json_object();
    bool ok = report_put(o, "name", json_string(field->name)) &&
              report_put(o, "value", report_text(ctx, value)) &&
              report_put(o, "unit", report_text(ctx, field->unit)) &&
              report_put(o, "help", report_text(ctx, field->help)) &&
              report_put(o, "default", json_boolean(strcmp(value, preset) == 0));
    return report_keep(o, ok);
}

static json_t *parameters(ia_ctx *ctx, const ia_step_record *step)
{
    const ia_method *method = step->kind->method;
    size_t n = step->params ? method->n_fields : 0;
    void *defaults = ia_array(ctx, 1, method->size);
    json_t *array = json_array();
    bool ok = defaults && array;
    if (ok)
        ia_method_defaults(method, defaults);
    for (size_t i = 0; i < n && ok; i++)
        ok = report_push(array,
                         parameter(ctx, &method->fields[i], step->params, defaults));
    free(defaults);
    return report_keep(array, ok);
}

static json_t *step_warnings(ia_ctx *ctx, const ia_step_record *step)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < step->n_warnings && ok; i++)
        ok = report_push(array, report_text(ctx, step->warnings[i]));
    return report_keep(array, ok);
}

// Seconds since 1970 as "2026-01-31T12:00:00Z"; null when unknown.
static json_t *time_text(int64_t seconds)
{
    time_t moment = (time_t)seconds;
    struct tm utc;
    char text[64];
    if (seconds <= 0 || !gmtime_r(&moment, &utc) ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return json_null();
    return json_string(text);
}

static json_t *step(ia_ctx *ctx, const ia_step_record *record)
{
    const ia_method *method = record->kind->method;
    json_t *o = json_object();
    bool ok = report_put(o, "method", json_string(method->name)) &&
              report_put(o, "title", report_text(ctx, method->title)) &&
              report_put(o, "version", json_string(ia_version())) &&
              report_put(o, "started", time_text(record->started)) &&
              report_put(o, "seconds", report_number(record->seconds)) &&
              report_put(o, "parameters", parameters(ctx, record)) &&
              report_put(o, "warnings", step_warnings(ctx, record));
    return report_keep(o, ok);
}

json_t *report_steps(ia_ctx *ctx, const report_input *in)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; in->chain && i < in->chain->n && ok; i++)
        ok = report_push(array, step(ctx, &in->chain->steps[i]));
    return report_keep(array, ok);
}

static json_t *metadatum(ia_ctx *ctx, const ia_meta_key *key, const char *value)
{
    json_t *o = json_object();
    bool ok = report_put(o, "key", report_text(ctx, key->key)) &&
              report_put(o, "help", report_text(ctx, key->help)) &&
              report_put(o, "required", json_boolean(key->required)) &&
              report_put(o, "value", report_text(ctx, value));
    return report_keep(o, ok);
}

json_t *report_metadata(ia_ctx *ctx, const report_input *in)
{
    size_t n = 0;
    const ia_meta_key *keys = ia_meta_keys(&n);
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < n && ok; i++) {
        const char *value = in->meta ? ia_meta_find(in->meta, keys[i].key) : NULL;
        ok = report_push(array, metadatum(ctx, &keys[i], value));
    }
    return report_keep(array, ok);
}

// Warnings of the job that no step has recorded as its own.
static bool is_recorded(const ia_chain *chain, const char *warning)
{
    for (size_t i = 0; chain && i < chain->n; i++) {
        const ia_step_record *record = &chain->steps[i];
        for (size_t k = 0; k < record->n_warnings; k++) {
            if (strcmp(record->warnings[k], warning) == 0)
                return true;
        }
    }
    return false;
}

json_t *report_warnings(ia_ctx *ctx, const report_input *in)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx) && ok; i++) {
        const char *warning = ia_ctx_warning(ctx, i);
        if (!is_recorded(in->chain, warning))
            ok = report_push(array, report_text(ctx, warning));
    }
    return report_keep(array, ok);
}
