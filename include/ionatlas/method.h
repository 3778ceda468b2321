// include/ionatlas/method.h: one description per method; options, help and pages follow.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_METHOD_H
#define IONATLAS_METHOD_H

#include <ionatlas/context.h>

IA_BEGIN

// One parameter. The table of fields is the only place where a default or a bound is
// written.
typedef struct {
    const char *name;        // as in the struct; options are spelled --like-this
    const char *unit;        // "nm", "Da", ...; "" for none
    const char *help;        // one line
    const char *text_preset; // default of IA_TEXT and IA_CHOICE
    const char *choices;     // words of an IA_CHOICE separated by '|'
    ia_type type;            // IA_F64, IA_SIZE, IA_U64, IA_BOOL, IA_TEXT or IA_CHOICE
    size_t offset;
    size_t size; // bytes in the struct
    double preset, least, most;
} ia_field;

typedef struct {
    const char *name;  // the word used by --set, the record and the pages
    const char *title; // what it does, in one line
    const ia_field *fields;
    size_t n_fields;
    size_t size; // bytes of the parameter struct
} ia_method;

#define IA_FIELD(type_, struct_, name_, unit_, preset_, least_, most_, help_)            \
    {                                                                                    \
        .name = #name_, .unit = unit_, .help = help_, .type = type_,                     \
        .offset = offsetof(struct_, name_), .size = sizeof(((struct_ *)0)->name_),       \
        .preset = preset_, .least = least_, .most = most_                                \
    }
#define IA_FIELD_TEXT(struct_, name_, preset_, help_)                                    \
    {                                                                                    \
        .name = #name_, .unit = "", .help = help_, .text_preset = preset_,               \
        .type = IA_TEXT, .offset = offsetof(struct_, name_),                             \
        .size = sizeof(((struct_ *)0)->name_)                                            \
    }
#define IA_FIELD_CHOICE(struct_, name_, preset_, choices_, help_)                        \
    {                                                                                    \
        .name = #name_, .unit = "", .help = help_, .text_preset = preset_,               \
        .choices = choices_, .type = IA_CHOICE, .offset = offsetof(struct_, name_),      \
        .size = sizeof(((struct_ *)0)->name_)                                            \
    }
#define IA_METHOD(name_, title_, struct_, fields_)                                       \
    {                                                                                    \
        .name = name_, .title = title_, .fields = fields_,                               \
        .n_fields = sizeof(fields_) / sizeof(fields_[0]), .size = sizeof(struct_)        \
    }

// Fill a parameter struct with the defaults.
IA_API void ia_method_defaults(const ia_method *method, void *params);

// Every field within its bounds and finite, else IA_ERR_PARAM with the field's name,
// value and unit. Called once by each method before any work.
IA_API ia_status ia_method_check(ia_ctx *ctx, const ia_method *method,
                                 const void *params);

// The field of that name ('-' and '_' are alike), or NULL.
IA_API const ia_field *ia_method_find(const ia_method *method, const char *name);

// Read a value from text ("0.5", "true", a choice). IA_ERR_PARAM when it cannot be read
// or is out of bounds; the struct is then untouched.
IA_API ia_status ia_field_read(ia_ctx *ctx, const ia_field *field, const char *text,
                               void *params);

// The value as text that ia_field_read takes back exactly; at most n bytes, always ended.
IA_API void ia_field_write(const ia_field *field, const void *params, char *text,
                           size_t n);
enum { IA_FIELD_TEXT_MAX = 4096 };

IA_END
#endif
