// include/ionatlas/base.h: export mark, status codes and value types shared by every
// header.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_BASE_H
#define IONATLAS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IA_API __attribute__((visibility("default")))

#ifdef __cplusplus
#define IA_BEGIN extern "C" {
#define IA_END   }
#else
#define IA_BEGIN
#define IA_END
#endif

IA_BEGIN

// How a call ended. The sentence for a person is in the context (ia_ctx_message).
typedef enum {
    IA_OK = 0,
    IA_ERR_MEMORY,      // memory ran out
    IA_ERR_PARAM,       // the caller asked for something that is not allowed
    IA_ERR_IO,          // the system refused to read or write
    IA_ERR_FORMAT,      // the bytes are not what their format demands
    IA_ERR_EMPTY,       // nothing to work on
    IA_ERR_UNSUPPORTED, // valid, but outside what this version does
    IA_CANCELLED,       // the progress callback said stop
    IA_STATUS_COUNT
} ia_status;

// One lower-case word for a status, for logs and tests: "ok", "memory", ...
IA_API const char *ia_status_name(ia_status status);

// Program version, "0.1.0", and the version with compiler and build type.
IA_API const char *ia_version(void);
IA_API const char *ia_build(void);

// The type of one stored value: of a column, a table cell or a parameter.
typedef enum {
    IA_F32,
    IA_F64,
    IA_I32,
    IA_U8,
    IA_U32,
    IA_U64,
    IA_SIZE,   // size_t
    IA_BOOL,   // bool
    IA_TEXT,   // parameter: char[n] in the struct; table cell: char *
    IA_CHOICE, // parameter only: int, index into the field's list of words
    IA_WORDS,  // table cell only: text "xyz mass", a list in JSON
    IA_TALLY,  // table cell only: text "Fe:1 O:1", an object in JSON
    IA_ATOMS   // likewise, atoms counted: with at_percent and its sigma in JSON
} ia_type;

// Bytes of one value; 0 for texts in a table, whose cells are pointers.
IA_API size_t ia_type_size(ia_type type);

IA_END
#endif
