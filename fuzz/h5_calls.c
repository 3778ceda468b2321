// fuzz/h5_calls.c: calls on groups, datasets and attributes of the stand-in for HDF5.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "h5_tree.h"

#include <string.h>

// Groups and datasets
// ---------------------------------------------------------------------

static hid_t open_object(hid_t place, const char *name, H5O_type_t type)
{
    tree *t;
    int at;
    if (!handle_find(place, name, &t, &at) || t->objects[at].type != type)
        return H5I_INVALID_HID;
    return handle_new((handle){.kind = AN_OBJECT, .tree = t, .at = at});
}

hid_t H5Gopen2(hid_t place, const char *name, hid_t list)
{
    (void)list;
    return open_object(place, name, H5O_TYPE_GROUP);
}

herr_t H5Gclose(hid_t id)
{
    return handle_close(id, AN_OBJECT);
}

herr_t H5Gget_info(hid_t id, H5G_info_t *info)
{
    tree *t;
    int at;
    if (call_fails() || !handle_place(id, &t, &at))
        return -1;
    *info = (H5G_info_t){.nlinks = (hsize_t)t->objects[at].n_links};
    return 0;
}

hid_t H5Dopen2(hid_t place, const char *name, hid_t list)
{
    (void)list;
    return open_object(place, name, H5O_TYPE_DATASET);
}

herr_t H5Dclose(hid_t id)
{
    return handle_close(id, AN_OBJECT);
}

static const tree_object *object_of(hid_t id)
{
    tree *t;
    int at;
    return call_fails() || !handle_place(id, &t, &at) ? NULL : &t->objects[at];
}

hid_t H5Dget_type(hid_t id)
{
    const tree_object *o = object_of(id);
    return o ? handle_new((handle){.kind = A_TYPE, .type = o->values.type})
             : H5I_INVALID_HID;
}

hid_t H5Dget_space(hid_t id)
{
    const tree_object *o = object_of(id);
    return o ? handle_new((handle){.kind = A_SPACE, .space = o->values.space})
             : H5I_INVALID_HID;
}

hid_t H5Dget_create_plist(hid_t id)
{
    const tree_object *o = object_of(id);
    return o ? handle_new((handle){.kind = A_LIST, .info = o}) : H5I_INVALID_HID;
}

// Filters are for chunks; a chunk that lacks its packed size, as those made for the
// stand-in do, counts as empty.
static bool is_packed(const tree_object *o)
{
    return o->layout == H5D_CHUNKED && o->n_filters > 0;
}

hsize_t H5Dget_storage_size(hid_t id)
{
    const tree_object *o = object_of(id);
    return o && !is_packed(o) ? o->values.stored : 0;
}

haddr_t H5Dget_offset(hid_t id)
{
    const tree_object *o = object_of(id);
    return o && o->layout == H5D_CONTIGUOUS ? o->values.address : HADDR_UNDEF;
}

static hsize_t count_part(const tree_part *part)
{
    return part->count[0] * part->count[1] * part->count[2];
}

herr_t H5Dread(hid_t id, hid_t type, hid_t to, hid_t from, hid_t list, void *out)
{
    const tree_object *o = object_of(id);
    const handle *memory = handle_of(to, A_SPACE), *file = handle_of(from, A_SPACE);
    const handle *made = handle_of(type, A_TYPE);
    const tree_type *wanted = made ? &made->type : tree_standard_type(type);
    (void)list;
    if (!o || !wanted || (to != H5S_ALL && !memory) || (from != H5S_ALL && !file))
        return -1;
    tree_part part = {{0}, {0}};
    memcpy(part.count, o->values.space.dims, sizeof part.count);
    if (file && file->is_part)
        part = file->part;
    if ((memory && tree_count(&memory->space) != count_part(&part)) || is_packed(o))
        return -1;
    return tree_read(&o->values, &part, wanted, out) ? 0 : -1;
}

// How a dataset was made
// ------------------------------------------------------------------

static const tree_object *made_by(hid_t list)
{
    const handle *h = handle_of(list, A_LIST);
    return call_fails() || !h ? NULL : h->info;
}

H5D_layout_t H5Pget_layout(hid_t list)
{
    const tree_object *o = made_by(list);
    return o ? o->layout : H5D_LAYOUT_ERROR;
}

int H5Pget_external_count(hid_t list)
{
    return made_by(list) ? 0 : -1;
}

int H5Pget_nfilters(hid_t list)
{
    const tree_object *o = made_by(list);
    return o ? o->n_filters : -1;
}

H5Z_filter_t H5Pget_filter2(hid_t list, unsigned i, unsigned *flags, size_t *n,
                            unsigned *values, size_t n_name, char *name, unsigned *config)
{
    const tree_object *o = made_by(list);
    (void)values;
    (void)n_name;
    (void)name;
    (void)config;
    if (!o || (int)i >= o->n_filters)
        return H5Z_FILTER_ERROR;
    *flags = 0;
    *n = 0;
    return o->filter;
}

int H5Pget_chunk(hid_t list, int most, hsize_t *dims)
{
    const tree_object *o = made_by(list);
    if (!o || o->layout != H5D_CHUNKED)
        return -1;
    for (int i = 0; i < most && i < o->values.space.rank; i++)
        dims[i] = o->values.block[i];
    return o->values.space.rank;
}

// Attributes
// ------------------------------------------------------------------------------

htri_t H5Aexists_by_name(hid_t place, const char *name, const char *attr, hid_t list)
{
    tree *t;
    int at;
    (void)list;
    return handle_find(place, name, &t, &at) ? tree_find_attr(t, at, attr) >= 0 : -1;
}

hid_t H5Aopen_by_name(hid_t place, const char *name, const char *attr, hid_t list,
                      hid_t access)
{
    tree *t;
    int at;
    (void)list;
    (void)access;
    if (!handle_find(place, name, &t, &at) || (at = tree_find_attr(t, at, attr)) < 0)
        return H5I_INVALID_HID;
    return handle_new((handle){.kind = AN_ATTR, .tree = t, .at = at});
}

static const tree_values *values_of(hid_t id)
{
    const handle *h = handle_of(id, AN_ATTR);
    return call_fails() || !h ? NULL : &h->tree->attrs[h->at].values;
}

hid_t H5Aget_type(hid_t id)
{
    const tree_values *v = values_of(id);
    return v ? handle_new((handle){.kind = A_TYPE, .type = v->type}) : H5I_INVALID_HID;
}

hid_t H5Aget_space(hid_t id)
{
    const tree_values *v = values_of(id);
    return v ? handle_new((handle){.kind = A_SPACE, .space = v->space}) : H5I_INVALID_HID;
}

herr_t H5Aread(hid_t id, hid_t type, void *out)
{
    const tree_values *v = values_of(id);
    const handle *made = handle_of(type, A_TYPE);
    const tree_type *wanted = made ? &made->type : tree_standard_type(type);
    if (!v || !wanted)
        return -1;
    tree_part part = {{0}, {0}};
    memcpy(part.count, v->space.dims, sizeof part.count);
    return tree_read(v, &part, wanted, out) ? 0 : -1;
}

herr_t H5Aclose(hid_t id)
{
    return handle_close(id, AN_ATTR);
}
