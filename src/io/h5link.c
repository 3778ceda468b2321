// src/io/h5link.c: the links that lead to an object of an HDF5 file, inside that file
// only.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <stdio.h>
#include <string.h>

enum { LINKS_MOST = 16 }; // soft ones on the way to an object, as many as HDF5 follows

// The same sentence is told once. The name ends at n.
static void warn_of_link(ia_h5 *h5, char *name, size_t n, const char *what)
{
    char text[IA_H5_NAME_MAX + 64];
    name[n] = '\0';
    snprintf(text, sizeof text, "%s is a link %s", name, what);
    for (size_t i = 0; i < ia_ctx_n_warnings(h5->ctx); i++)
        if (strstr(ia_ctx_warning(h5->ctx, i), text))
            return;
    ia_warn(h5->ctx, "%s", text);
}

// Put what a soft link says in place of name[0..n), the rest of the name behind it. The
// length of what is in place, 0 when there is no room.
static size_t replace(ia_h5 *h5, char name[IA_H5_NAME_MAX], size_t n,
                      const H5L_info_t *info)
{
    char link[IA_H5_NAME_MAX] = "", whole[2 * IA_H5_NAME_MAX + 1];
    char part[IA_H5_NAME_MAX];
    memcpy(part, name, n);
    part[n] = '\0';
    if (info->u.val_size >= sizeof link ||
        H5Lget_val(h5->file, part, link, sizeof link, H5P_DEFAULT) < 0 || !link[0])
        return 0;
    size_t n_parent = link[0] == '/' ? 0 : (size_t)(strrchr(part, '/') + 1 - part);
    int length =
        snprintf(whole, sizeof whole, "%.*s%s%s", (int)n_parent, part, link, name + n);
    if (length < 1 || length >= IA_H5_NAME_MAX)
        return 0;
    memcpy(name, whole, (size_t)length + 1);
    return n_parent + strlen(link);
}

// How much of the name is known to be led to by plain links: they are asked for once.
static size_t known_length(const ia_h5 *h5, const char *name)
{
    const char *known = h5->known;
    size_t i = 0, n = 0;
    for (; name[i] && name[i] == known[i]; i++)
        if (name[i] == '/')
            n = i;
    bool ends = !name[i] || name[i] == '/', known_ends = !known[i] || known[i] == '/';
    return ends && known_ends ? i : n;
}

static void note_known(ia_h5 *h5, const char *name, size_t n)
{
    memcpy(h5->known, name, n);
    h5->known[n] = '\0';
}

hid_t ia_h5_place(ia_h5 *h5, const char *name, const char **part)
{
    const char *slash = strrchr(name, '/');
    size_t n = slash ? (size_t)(slash - name) : 0;
    *part = name;
    if (n == 0 || n >= IA_H5_NAME_MAX || !slash[1])
        return h5->file;
    if (h5->group <= 0 || strlen(h5->group_name) != n ||
        memcmp(h5->group_name, name, n) != 0) {
        if (known_length(h5, name) < n)
            return h5->file;
        if (h5->group > 0)
            H5Gclose(h5->group);
        memcpy(h5->group_name, name, n);
        h5->group_name[n] = '\0';
        h5->group = H5Gopen2(h5->file, h5->group_name, H5P_DEFAULT);
        if (h5->group < 0)
            return h5->file;
    }
    *part = slash + 1;
    return h5->group;
}

void ia_h5_let_go(ia_h5 *h5)
{
    for (size_t i = 0; i < IA_H5_SETS; i++)
        ia_h5_close_set(&h5->sets[i]);
    if (h5->group > 0)
        H5Gclose(h5->group);
    h5->group = 0;
}

// What is known of name[0..n).
static bool get_link(ia_h5 *h5, const char *name, size_t n, H5L_info_t *info)
{
    char part[IA_H5_NAME_MAX];
    memcpy(part, name, n);
    part[n] = '\0';
    const char *last;
    hid_t place = ia_h5_place(h5, part, &last);
    htri_t exists = H5Lexists(place, last, H5P_DEFAULT);
    h5->damaged |= exists < 0;
    return exists > 0 && H5Lget_info(place, last, info, H5P_DEFAULT) >= 0;
}

// Whether name[from..n) is a step: HDF5 skips what is empty or a point.
static bool is_step(const char *name, size_t from, size_t n)
{
    return n > from + 1 || (n == from + 1 && name[from] != '.');
}

// Each step is a plain link; a soft one is replaced by where it leads, and all begins
// anew.
bool ia_h5_has(ia_h5 *h5, const char *name)
{
    char at[IA_H5_NAME_MAX], asked[IA_H5_NAME_MAX];
    size_t n_links = 0, n_linked = 0, n = strlen(name);
    H5L_info_t info;
    if (n >= sizeof at || name[0] != '/')
        return false;
    memcpy(at, name, n + 1);
    memcpy(asked, name, n + 1);
    for (size_t from = known_length(h5, at) + 1, end; from <= strlen(at);
         from = end + 1) {
        end = from + strcspn(at + from, "/");
        if (!is_step(at, from, end))
            continue;
        if (!get_link(h5, at, end, &info)) {
            note_known(h5, at, from - 1);
            if (end <= n_linked)
                warn_of_link(h5, asked, n, "that leads nowhere");
            return false;
        }
        if (info.type == H5L_TYPE_HARD)
            continue;
        if (info.type != H5L_TYPE_SOFT) {
            warn_of_link(h5, at, end, "to another file, which is not followed");
            return false;
        }
        if (n_links == 0)
            n = end;
        if (++n_links > LINKS_MOST || !(n_linked = replace(h5, at, end, &info))) {
            warn_of_link(h5, asked, n, "that cannot be followed");
            return false;
        }
        end = known_length(h5, at);
    }
    note_known(h5, at, strlen(at));
    return true;
}

bool ia_h5_has_group(ia_h5 *h5, const char *name)
{
    H5O_info_t info;
    const char *part;
    if (!ia_h5_has(h5, name))
        return false;
    hid_t place = ia_h5_place(h5, name, &part);
    return H5Oget_info_by_name2(place, part, &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 &&
           info.type == H5O_TYPE_GROUP;
}
