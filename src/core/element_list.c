// src/core/element_list.c: elements as a person lists them: "Cu,Mn".
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/element_list.h"

#include <string.h>

static const char blanks[] = " \t", marks[] = ",;", ends[] = " \t,;";

static void add(ia_element_list *list, unsigned z)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->z[i] == z)
            return;
    list->z[list->n++] = z;
}

// A comma, blanks aside, stands in front.
static bool is_wanted(const char *list, const char *at)
{
    while (at > list && strchr(blanks, at[-1]))
        at--;
    return at > list && strchr(marks, at[-1]);
}

ia_status ia_list_next(ia_ctx *ctx, const char *what, const char *list, const char **at,
                       size_t *n)
{
    *at += *n;
    *at += strspn(*at, blanks);
    *at += *n > 0 && **at && strchr(marks, **at);
    *at += strspn(*at, blanks);
    *n = strcspn(*at, ends);
    if (*n == 0 && (**at || is_wanted(list, *at)))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%s: an element is missing beside a comma of \"%s\"", what, list);
    return IA_OK;
}

ia_status ia_element_list_read(ia_ctx *ctx, const char *what, const char *list,
                               ia_element_list *out)
{
    ia_element_list found = {0};
    const char *at = list;
    size_t n = 0;
    ia_status st;
    while ((st = ia_list_next(ctx, what, list, &at, &n)) == IA_OK && n > 0) {
        unsigned z = ia_element_find(at, n);
        if (z == 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s: \"%.*s\" is no element; write \"Fe,C,Mn\"", what, (int)n,
                           at);
        add(&found, z);
    }
    if (st == IA_OK)
        *out = found;
    return st;
}
