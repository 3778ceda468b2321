// fuzz/h5_links.c: links of the stand-in for HDF5, and walks along them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "h5_tree.h"

#include <stdio.h>
#include <string.h>

enum { PATH_MOST = 4096, DEPTH_MOST = 64 };

// Links
// -----------------------------------------------------------------------------------

static H5L_info_t info_of_link(const tree *t, const tree_link *link)
{
    H5L_info_t info = {.type = link->type, .corder_valid = true, .corder = link->order};
    if (link->type != H5L_TYPE_HARD)
        info.u.val_size = strlen(link->to) + 1;
    else if (link->object >= 0)
        info.u.address = t->objects[link->object].address;
    return info;
}

// The link of that name, soft links on the way to it followed. -1 where its group cannot
// be reached.
static int find_link(hid_t place, const char *name, tree **t, const tree_link **link)
{
    char parent[PATH_MOST];
    const char *slash = strrchr(name, '/');
    size_t n = slash ? (size_t)(slash - name) : 0;
    int from;
    *link = NULL;
    if (call_fails() || !handle_place(place, t, &from) || n >= sizeof parent)
        return -1;
    memcpy(parent, name, n);
    parent[n] = '\0';
    if (slash)
        from = n > 0 ? tree_find(*t, from, parent) : 0;
    if (from < 0 || (*t)->objects[from].type != H5O_TYPE_GROUP)
        return -1;
    const char *last = slash ? slash + 1 : name;
    int i = tree_find_link(*t, from, last, strlen(last));
    *link = i >= 0 ? &(*t)->links[i] : NULL;
    return i >= 0;
}

htri_t H5Lexists(hid_t place, const char *name, hid_t list)
{
    tree *t;
    const tree_link *link;
    (void)list;
    return find_link(place, name, &t, &link);
}

herr_t H5Lget_info(hid_t place, const char *name, H5L_info_t *info, hid_t list)
{
    tree *t;
    const tree_link *link;
    (void)list;
    if (find_link(place, name, &t, &link) <= 0)
        return -1;
    *info = info_of_link(t, link);
    return 0;
}

herr_t H5Lget_val(hid_t place, const char *name, void *out, size_t n, hid_t list)
{
    tree *t;
    const tree_link *link;
    (void)list;
    if (find_link(place, name, &t, &link) <= 0 || link->type == H5L_TYPE_HARD)
        return -1;
    strncpy(out, link->to, n);
    return 0;
}

herr_t H5Literate(hid_t group, H5_index_t index, H5_iter_order_t order, hsize_t *from,
                  H5L_iterate_t op, void *user)
{
    tree *t;
    int at;
    herr_t code = 0;
    (void)index; // the stand-in's files have their members in the order they were made
    (void)order;
    if (from || !handle_place(group, &t, &at) || call_fails())
        return -1;
    for (int i = t->objects[at].links; i >= 0 && code == 0; i = t->links[i].next) {
        H5L_info_t info = info_of_link(t, &t->links[i]);
        code = op(group, t->links[i].name, &info, user);
    }
    return code;
}

// Walks
// -----------------------------------------------------------------------------------

typedef struct {
    tree *t;
    hid_t from;
    H5O_iterate_t of_object; // or
    H5L_iterate_t of_link;
    void *user;
    char path[PATH_MOST];
} walk;

static H5O_info_t info_of_object(const tree_object *o)
{
    return (H5O_info_t){.fileno = 1, .addr = o->address, .type = o->type, .rc = 1};
}

static herr_t show(walk *w, const tree_link *link)
{
    if (w->of_link) {
        H5L_info_t info = info_of_link(w->t, link);
        return w->of_link(w->from, w->path, &info, w->user);
    }
    if (link->type != H5L_TYPE_HARD)
        return 0;
    if (link->object < 0 || w->t->objects[link->object].type == H5O_TYPE_UNKNOWN)
        return -1;
    H5O_info_t info = info_of_object(&w->t->objects[link->object]);
    return w->of_object(w->from, w->path, &info, w->user);
}

// What is below a group, each before what is below it; `n` bytes of the path lead there.
static herr_t walk_below(walk *w, int at, size_t n, int depth)
{
    herr_t code = depth < DEPTH_MOST ? 0 : -1;
    for (int i = w->t->objects[at].links; i >= 0 && code == 0; i = w->t->links[i].next) {
        const tree_link *link = &w->t->links[i];
        int more = snprintf(w->path + n, sizeof w->path - n, "%s%s", n > 0 ? "/" : "",
                            link->name);
        if (more < 0 || n + (size_t)more >= sizeof w->path)
            return -1;
        code = show(w, link);
        bool is_hard = link->type == H5L_TYPE_HARD;
        if (code == 0 && is_hard && link->object < 0)
            return -1;
        if (code == 0 && is_hard && w->t->objects[link->object].type == H5O_TYPE_GROUP)
            code = walk_below(w, link->object, n + (size_t)more, depth + 1);
    }
    return code;
}

static herr_t walk_objects(hid_t from, tree *t, int at, H5O_iterate_t op, void *user)
{
    walk w = {.t = t, .from = from, .of_object = op, .user = user};
    H5O_info_t info = info_of_object(&t->objects[at]);
    herr_t code = op(from, ".", &info, user);
    return code == 0 && info.type == H5O_TYPE_GROUP ? walk_below(&w, at, 0, 0) : code;
}

herr_t H5Ovisit2(hid_t from, H5_index_t index, H5_iter_order_t order, H5O_iterate_t op,
                 void *user, unsigned fields)
{
    tree *t;
    int at;
    (void)index;
    (void)order;
    (void)fields;
    if (call_fails() || !handle_place(from, &t, &at))
        return -1;
    return walk_objects(from, t, at, op, user);
}

herr_t H5Ovisit_by_name2(hid_t place, const char *name, H5_index_t index,
                         H5_iter_order_t order, H5O_iterate_t op, void *user,
                         unsigned fields, hid_t list)
{
    tree *t;
    int at;
    (void)index;
    (void)order;
    (void)fields;
    (void)list;
    return handle_find(place, name, &t, &at) ? walk_objects(place, t, at, op, user) : -1;
}

herr_t H5Lvisit(hid_t from, H5_index_t index, H5_iter_order_t order, H5L_iterate_t op,
                void *user)
{
    walk w = {.from = from, .of_link = op, .user = user};
    int at;
    (void)index;
    (void)order;
    return call_fails() || !handle_place(from, &w.t, &at) ? -1 : walk_below(&w, at, 0, 0);
}

herr_t H5Oget_info_by_name2(hid_t place, const char *name, H5O_info_t *info,
                            unsigned fields, hid_t list)
{
    tree *t;
    int at;
    (void)fields;
    (void)list;
    if (!handle_find(place, name, &t, &at))
        return -1;
    *info = info_of_object(&t->objects[at]);
    return 0;
}
