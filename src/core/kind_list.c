// src/core/kind_list.c: elements and nuclides as a person lists them: "Cu,D".
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kind_list.h"

#include "core/element_list.h"

static bool is_listed(const ia_kind_list *list, ia_atom_kind kind)
{
    for (size_t i = 0; i < list->n; i++)
        if (ia_atom_kind_is_same(list->kind[i], kind))
            return true;
    return false;
}

ia_nuclide_list ia_ranges_own(const ia_ranges *ranges)
{
    ia_nuclide_list own = {.n = 0};
    ia_nuclide_list_read(NULL, "enriched", ranges->enriched, &own);
    return own;
}

ia_status ia_kind_list_read(ia_ctx *ctx, const char *what, const char *list,
                            const ia_ranges *ranges, ia_kind_list *out)
{
    ia_kind_list found = {.own = ia_ranges_own(ranges)};
    const char *at = list;
    size_t n = 0;
    ia_status st;
    while ((st = ia_list_next(ctx, what, list, &at, &n)) == IA_OK && n > 0) {
        ia_atom_kind kind = ia_atom_kind_of(at, n);
        if (kind.z == 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s: \"%.*s\" is no element and no nuclide; write "
                           "\"Fe,C,Mn\" or \"D,57Fe\"",
                           what, (int)n, at);
        if (is_listed(&found, kind))
            continue;
        if (found.n == IA_ATOM_KINDS_MOST)
            return ia_fail(ctx, IA_ERR_PARAM, "%s: more than %d elements and nuclides",
                           what, (int)IA_ATOM_KINDS_MOST);
        found.kind[found.n++] = kind;
    }
    if (st == IA_OK)
        *out = found;
    return st;
}

static bool is_held(const ia_kind_list *list, size_t i, const ia_ranges *ranges)
{
    for (size_t k = 0; k < ranges->n_ions; k++)
        if (ia_kind_list_count(list, i, &ranges->ions[k]) > 0)
            return true;
    return false;
}

ia_kind_list ia_kind_list_all(const ia_ranges *ranges)
{
    ia_kind_list all = {.own = ia_ranges_own(ranges)}, held = {.own = all.own};
    all.n = ia_atom_kinds(&all.own, all.kind);
    for (size_t i = 0; i < all.n; i++)
        if (is_held(&all, i, ranges))
            held.kind[held.n++] = all.kind[i];
    return held;
}

unsigned ia_kind_list_count(const ia_kind_list *list, size_t i, const ia_ion *ion)
{
    return ia_atom_kind_count(&list->own, ion, list->kind[i]);
}

// Is it in its element, which is listed, already?
static bool is_within_another(const ia_kind_list *list, size_t i)
{
    ia_atom_kind kind = list->kind[i];
    return kind.a > 0 && !ia_atom_kind_is_own(&list->own, kind) &&
           is_listed(list, (ia_atom_kind){kind.z, 0});
}

unsigned ia_kind_list_sum(const ia_kind_list *list, const ia_ion *ion)
{
    unsigned n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += is_within_another(list, i) ? 0 : ia_kind_list_count(list, i, ion);
    return n;
}

ia_status ia_kind_list_check(ia_ctx *ctx, const char *what, const ia_kind_list *list,
                             const ia_ranges *ranges)
{
    for (size_t i = 0; list->n > 1 && i < list->n; i++) {
        char name[IA_ION_NAME];
        if (is_held(list, i, ranges))
            continue;
        ia_atom_kind_name(list->kind[i], name);
        return ia_fail(ctx, IA_ERR_PARAM, "%s: no range holds the %s %s", what,
                       ia_atom_kind_word(list->kind[i]), name);
    }
    return IA_OK;
}
