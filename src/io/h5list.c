// src/io/h5list.c: walk through the groups of HDF5 files that nobody vouches for.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

enum { LIST_MOST = 1 << 16 };

// Called before the visit descends: files of ours are no deeper than this.
static herr_t look_at(hid_t file, const char *name, const H5O_info_t *info, void *user)
{
    enum { DEPTH_MOST = 32 };
    const ia_h5 *h5 = user;
    int depth = 0;
    (void)file;
    for (; *name; name++)
        depth += *name == '/';
    if (info->type == H5O_TYPE_DATASET && !ia_h5_has_chunk_size(h5, info->addr))
        return -1;
    return depth < DEPTH_MOST ? 0 : -1;
}

ia_status ia_h5_check_below(ia_h5 *h5, const char *name)
{
    if (H5Ovisit_by_name2(h5->file, name, H5_INDEX_NAME, H5_ITER_NATIVE, look_at, h5,
                          H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS, H5P_DEFAULT) < 0)
        return ia_h5_fail(h5, name);
    return IA_OK;
}

ia_status ia_h5_check(ia_h5 *h5)
{
    return ia_h5_check_below(h5, "/");
}

// Names as a walk through a group meets them.
typedef struct {
    ia_ctx *ctx;
    char **names;
    size_t n, most;
    ia_status st;
} names_met;

static herr_t take_name(hid_t group, const char *link, const H5L_info_t *info, void *user)
{
    names_met *met = user;
    (void)group;
    (void)info;
    if (met->n == met->most)
        return -1;
    char *name = ia_textf(met->ctx, "%.*s", IA_H5_NAME_MAX - 1, link);
    met->st = name ? IA_OK : IA_ERR_MEMORY;
    met->names[met->n++] = name;
    return name ? 0 : -1;
}

// In the order in which they were made where the group keeps it, else by name.
static ia_status list_names(ia_h5 *h5, hid_t group, const char *name, char **names,
                            size_t n)
{
    names_met met = {.ctx = h5->ctx, .names = names, .most = n};
    herr_t code =
        H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, NULL, take_name, &met);
    if (code < 0 && met.n == 0)
        code = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, take_name, &met);
    if (met.st != IA_OK)
        return met.st;
    return code < 0 || met.n < n ? ia_h5_fail(h5, name) : IA_OK;
}

ia_status ia_h5_list(ia_h5 *h5, const char *name, size_t *n, char ***out)
{
    H5G_info_t info = {0};
    if (!ia_h5_has(h5, name))
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: has no %s", h5->path, name);
    const char *part;
    hid_t place = ia_h5_place(h5, name, &part);
    hid_t group = H5Gopen2(place, part, H5P_DEFAULT);
    ia_status st = IA_OK;
    char **names = NULL;
    if (group < 0 || H5Gget_info(group, &info) < 0)
        st = ia_h5_fail(h5, name);
    else if (info.nlinks > LIST_MOST)
        st = ia_h5_unexpected(h5, name, "a group of at most 65536 members");
    else if (!(names = ia_array(h5->ctx, (size_t)info.nlinks, sizeof *names)))
        st = IA_ERR_MEMORY;
    else
        st = list_names(h5, group, name, names, (size_t)info.nlinks);
    H5Gclose(group);
    if (st != IA_OK) {
        ia_h5_free_texts(names, (size_t)info.nlinks);
        return st;
    }
    *n = (size_t)info.nlinks;
    *out = names;
    return IA_OK;
}
