// src/core/nuclide_list.c: nuclides as a person lists them: "D,57Fe".
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nuclide_list.h"

#include <string.h>

bool ia_nuclide_list_has(const ia_nuclide_list *list, unsigned z, unsigned a)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->list[i]->z == z && list->list[i]->a == a)
            return true;
    return false;
}

ia_status ia_nuclide_list_read(ia_ctx *ctx, const char *what, const char *text,
                               ia_nuclide_list *out)
{
    static const char *const between = ",; ";
    ia_nuclide_list found = {.n = 0};

    if (strcmp(text, "none") == 0)
        text = "";
    for (const char *at = text + strspn(text, between); *at; at += strspn(at, between)) {
        size_t n = strcspn(at, between);
        char name[IA_ION_NAME] = "";
        memcpy(name, at, n < sizeof name ? n : sizeof name - 1);
        const ia_ion ion = ia_ion_of(name);
        const ia_ion_part *part = &ion.parts[0];
        if (ion.n_parts != 1 || part->a == 0 || part->count != 1 || ion.charge != 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s: \"%s\" is no nuclide; \"D\" or \"57Fe\" would be", what,
                           name);
        at += n;
        if (ia_nuclide_list_has(&found, part->z, part->a))
            continue;
        if (found.n == IA_NUCLIDES_MOST)
            return ia_fail(ctx, IA_ERR_PARAM, "%s: more than %d nuclides", what,
                           IA_NUCLIDES_MOST);
        found.list[found.n++] = ia_nuclide_of(part->z, part->a);
    }
    *out = found;
    return IA_OK;
}
