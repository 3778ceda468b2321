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

ia_status ia_element_list_read(ia_ctx *ctx, const char *what, const char *list,
                               ia_element_list *out)
{
    ia_element_list found = {0};
    bool wanted = false; // a comma stands in front
    const char *at = list + strspn(list, blanks);
    while (*at || wanted) {
        size_t n = strcspn(at, ends);
        unsigned z = ia_element_find(at, n);
        if (n == 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s: an element is missing beside a comma of \"%s\"", what,
                           list);
        if (z == 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s: \"%.*s\" is no element; write \"Fe,C,Mn\"", what, (int)n,
                           at);
        add(&found, z);
        at += n + strspn(at + n, blanks);
        wanted = *at && strchr(marks, *at);
        at += wanted;
        at += strspn(at, blanks);
    }
    *out = found;
    return IA_OK;
}
