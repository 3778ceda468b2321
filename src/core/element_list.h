// src/core/element_list.h: elements as a person lists them: "Cu,Mn".
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_ELEMENT_LIST_H
#define IA_CORE_ELEMENT_LIST_H

#include <ionatlas/ion.h>

// Atomic numbers of elements in the order of a list, each once. Commas, semicolons or
// blanks stand between the symbols; n = 0 for a list without any. IA_ERR_PARAM for what
// is no symbol and for a comma without one, in a sentence that begins with `what`; `out`
// is then untouched.
typedef struct {
    size_t n;
    unsigned z[IA_Z_MAX];
} ia_element_list;
ia_status ia_element_list_read(ia_ctx *ctx, const char *what, const char *list,
                               ia_element_list *out);

// The next word of such a list: begin with *at = list, *n = 0; *n is 0 again behind the
// last one. IA_ERR_PARAM for a comma without a word.
ia_status ia_list_next(ia_ctx *ctx, const char *what, const char *list, const char **at,
                       size_t *n);

#endif
