// src/core/nuclide_list.h: nuclides as a person lists them: "D,57Fe".
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_NUCLIDE_LIST_H
#define IA_CORE_NUCLIDE_LIST_H

#include <ionatlas/ion.h>

enum { IA_NUCLIDES_MOST = 8 };

// Nuclides in the order of a list, each once; static. Commas, semicolons or blanks stand
// between them; n = 0 for a list without any, or "none". IA_ERR_PARAM for what is no
// nuclide and for more than IA_NUCLIDES_MOST, in a sentence that begins with `what`;
// `out` is then untouched.
typedef struct {
    size_t n;
    const ia_nuclide *list[IA_NUCLIDES_MOST];
} ia_nuclide_list;
ia_status ia_nuclide_list_read(ia_ctx *ctx, const char *what, const char *text,
                               ia_nuclide_list *out);
bool ia_nuclide_list_has(const ia_nuclide_list *list, unsigned z, unsigned a);

#endif
