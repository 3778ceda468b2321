// fuzz/h5_tree.c: find groups, datasets and attributes in the bytes of an HDF5 file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "h5_tree.h"

#include <string.h>

// Superblocks of version 2, headers of version 2 in one piece, links and attributes in
// them: HDF5 File Format Specification Version 3.0. Checksums are not compared.

enum { SPACE = 0x01, LINK_INFO = 0x02, TYPE = 0x03, LINK = 0x06, LAYOUT = 0x08 };
enum { FILTERS = 0x0b, ATTRIBUTE = 0x0c, DEPTH_MOST = 64, LINKS_MOST = 16 };

typedef struct {
    const uint8_t *at, *end;
    bool is_cut; // more was asked for than there is
} cursor;

static const uint8_t *skip(cursor *c, size_t n)
{
    const uint8_t *at = c->at;
    if (n > (size_t)(c->end - c->at)) {
        c->is_cut = true;
        return NULL;
    }
    c->at += n;
    return at;
}

// The next n bytes on their own.
static bool part_of(cursor *c, size_t n, cursor *part)
{
    const uint8_t *at = skip(c, n);
    if (at)
        *part = (cursor){at, at + n, false};
    return at != NULL;
}

static uint64_t number(cursor *c, size_t n)
{
    const uint8_t *at = skip(c, n);
    uint64_t v = 0;
    for (size_t i = at ? n : 0; i-- > 0;)
        v = v << 8 | at[i];
    return v;
}

// A name of n bytes, ended; "" where there is no room.
static const char *keep_name(tree *t, cursor *c, size_t n)
{
    const uint8_t *at = skip(c, n);
    if (!at || n + 1 > TREE_NAMES_MOST - t->n_names)
        return "";
    char *name = t->names + t->n_names;
    memcpy(name, at, n);
    name[n] = '\0';
    t->n_names += n + 1;
    return name;
}

// The parts of an object
// -------------------------------------------------------------------------------

static bool read_space(cursor *c, tree_space *space)
{
    *space = (tree_space){0, {1, 1, 1}};
    uint64_t version = number(c, 1);
    space->rank = (int)number(c, 1);
    uint64_t flags = number(c, 1);
    number(c, 1);
    if (version != 2 || space->rank > TREE_RANK_MOST || flags > 1)
        return false;
    for (int i = 0; i < space->rank; i++)
        space->dims[i] = number(c, 8);
    skip(c, flags ? 8 * (size_t)space->rank : 0); // the largest it may become
    return !c->is_cut;
}

uint64_t tree_mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * 0x100000001b3u + 1;
}

// Bits of whole numbers and fields of floats other than usual are a type of their own.
static void read_number_type(cursor *c, uint64_t flags, tree_type *type)
{
    static const uint8_t single[12] = {0, 0, 32, 0, 23, 8, 0, 23, 127};
    static const uint8_t twice[12] = {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3};
    bool is_float = type->class == H5T_FLOAT;
    type->big = flags & 1;
    type->is_signed = is_float || (type->class == H5T_INTEGER && flags & 8);
    const uint8_t *fields = skip(c, is_float ? 12 : 4);
    if (!fields)
        return;
    if (is_float) {
        bool usual = type->size == 4 ? !memcmp(fields, single, 12)
                                     : type->size == 8 && !memcmp(fields, twice, 12);
        type->detail = !usual || (flags >> 8 & 0xff) != 8 * type->size - 1;
    } else {
        type->detail =
            fields[0] || fields[1] || fields[2] + 256u * fields[3] != 8 * type->size;
    }
}

static bool read_type(cursor *c, int depth, tree_type *type);

// Names of an enumeration, then its values.
static bool read_names(cursor *c, size_t n, int depth, tree_type *type)
{
    tree_type base;
    if (!read_type(c, depth + 1, &base))
        return false;
    type->detail = tree_mix((uint64_t)base.class, base.size);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *end = memchr(c->at, 0, (size_t)(c->end - c->at));
        if (!end)
            return false;
        for (; c->at <= end; c->at++)
            type->detail = tree_mix(type->detail, *c->at);
    }
    const uint8_t *values = skip(c, n * base.size);
    for (size_t i = 0; values && i < n * base.size; i++)
        type->detail = tree_mix(type->detail, values[i]);
    type->is_signed = base.is_signed;
    return values != NULL;
}

static bool read_type(cursor *c, int depth, tree_type *type)
{
    uint64_t head = number(c, 1), flags = number(c, 3);
    *type = (tree_type){.class = (H5T_class_t)(head & 15), .size = number(c, 4)};
    if (c->is_cut || depth > 1 || type->size == 0)
        return false;
    switch (type->class) {
    case H5T_INTEGER:
    case H5T_FLOAT:
    case H5T_BITFIELD:
        read_number_type(c, flags, type);
        return !c->is_cut;
    case H5T_STRING:
        return true;
    case H5T_ENUM:
        return read_names(c, flags & 0xffff, depth, type);
    case H5T_VLEN: // of texts: an address in memory
        type->class = H5T_STRING;
        type->is_variable = true;
        type->size = sizeof(char *);
        return (flags & 15) == 1;
    default:
        return false;
    }
}

static void add_attr(tree *t, tree_object *o, cursor *c)
{
    if (t->n_attrs == TREE_MOST)
        return;
    tree_attr *a = &t->attrs[t->n_attrs];
    *a = (tree_attr){.next = -1};
    number(c, 2);
    size_t n_name = number(c, 2), n_type = number(c, 2), n_space = number(c, 2);
    number(c, 1);
    a->name = keep_name(t, c, n_name);
    cursor type, space;
    tree_values *v = &a->values;
    if (!part_of(c, n_type, &type) || !part_of(c, n_space, &space) ||
        !read_type(&type, 0, &v->type) || !read_space(&space, &v->space)) {
        o->type = H5O_TYPE_UNKNOWN;
        return;
    }
    memcpy(v->block, v->space.dims, sizeof v->block);
    v->bytes = c->at;
    v->n_bytes = v->stored = (size_t)(c->end - c->at);
    a->next = o->attrs;
    o->attrs = t->n_attrs++;
}

static void read_layout(const tree *t, tree_object *o, cursor *c)
{
    tree_values *v = &o->values;
    uint64_t version = number(c, 1), class = number(c, 1), address = 0;
    v->stored = 0;
    if (class == 0) {
        o->layout = H5D_COMPACT;
        v->n_bytes = v->stored = number(c, 2);
        v->bytes = skip(c, v->stored);
        return;
    }
    if (class == 1) {
        o->layout = H5D_CONTIGUOUS;
        address = number(c, 8);
        v->stored = number(c, 8);
    } else if (class == 2 && version == 4) {
        o->layout = H5D_CHUNKED;
        number(c, 1);
        int rank = (int)number(c, 1) - 1, width = (int)number(c, 1);
        v->stored = v->type.size;
        for (int i = 0; i < rank && i < TREE_RANK_MOST; i++)
            v->stored *= v->block[i] = number(c, (size_t)width % 9);
        number(c, (size_t)width % 9 + 1);
        address = number(c, 8);
    } else {
        c->is_cut = true;
    }
    v->address = address;
    // Of a block HDF5 takes all or nothing.
    bool is_whole = o->layout != H5D_CHUNKED || v->stored <= t->n - address;
    if (!c->is_cut && address < t->n && is_whole) {
        v->bytes = t->bytes + address;
        v->n_bytes = t->n - address;
    }
}

static void add_link(tree *t, tree_object *o, cursor *c)
{
    if (t->n_links == TREE_MOST)
        return;
    tree_link *link = &t->links[t->n_links];
    uint64_t version = number(c, 1), flags = number(c, 1);
    uint64_t type = flags & 8 ? number(c, 1) : 0;
    *link = (tree_link){.name = "", .to = "", .type = (H5L_type_t)type, .next = -1};
    link->order = flags & 4 ? (int64_t)number(c, 8) : 0;
    number(c, flags & 16 ? 1 : 0);
    link->name = keep_name(t, c, number(c, (size_t)1 << (flags & 3)));
    if (type == H5L_TYPE_HARD)
        link->object = (int)number(c, 8); // its address until all are found
    else
        link->to = keep_name(t, c, number(c, 2));
    if (version != 1 || c->is_cut) {
        o->type = H5O_TYPE_UNKNOWN;
        return;
    }
    if (o->n_links++ > 0)
        t->links[o->last_link].next = t->n_links;
    else
        o->links = t->n_links;
    o->last_link = t->n_links++;
}

static void read_filter(tree_object *o, cursor *c)
{
    number(c, 1);
    o->n_filters = (int)number(c, 1);
    o->filter = (H5Z_filter_t)number(c, 2);
}

// Objects
// ---------------------------------------------------------------------------------

static void read_message(tree *t, tree_object *o, uint64_t type, cursor *c)
{
    tree_values *v = &o->values;
    bool sound = true;
    if (type == SPACE && (sound = read_space(c, &v->space)))
        memcpy(v->block, v->space.dims, sizeof v->block);
    else if (type == LINK_INFO)
        o->type = H5O_TYPE_GROUP;
    else if (type == TYPE && (sound = read_type(c, 0, &v->type)))
        o->type = H5O_TYPE_DATASET;
    else if (type == LINK)
        add_link(t, o, c);
    else if (type == LAYOUT)
        read_layout(t, o, c);
    else if (type == FILTERS)
        read_filter(o, c);
    else if (type == ATTRIBUTE)
        add_attr(t, o, c);
    if (!sound || c->is_cut)
        o->type = H5O_TYPE_UNKNOWN;
}

static void read_messages(tree *t, tree_object *o, cursor *c)
{
    enum { HEAD = 4 };
    while (c->end - c->at >= HEAD && !c->is_cut) {
        uint64_t type = number(c, 1);
        size_t n = number(c, 2);
        number(c, 1);
        cursor message;
        if (!part_of(c, n, &message))
            o->type = H5O_TYPE_UNKNOWN;
        else
            read_message(t, o, type, &message);
    }
}

static int add_object(tree *t, uint64_t address, int depth)
{
    if (t->n_objects == TREE_MOST || depth > DEPTH_MOST || address >= t->n)
        return -1;
    int at = t->n_objects++;
    tree_object *o = &t->objects[at];
    *o = (tree_object){.address = address, .type = H5O_TYPE_UNKNOWN, .attrs = -1};
    o->links = -1;
    cursor c = {t->bytes + address, t->bytes + t->n, false};
    const uint8_t *sign = skip(&c, 6);
    if (!sign || memcmp(sign, "OHDR\2\2", 6) != 0)
        return at;
    size_t n = number(&c, 4);
    cursor messages;
    if (!part_of(&c, n, &messages))
        return at;
    read_messages(t, o, &messages);
    for (int i = o->links; i >= 0; i = t->links[i].next)
        if (t->links[i].type == H5L_TYPE_HARD)
            t->links[i].object = add_object(t, (uint64_t)t->links[i].object, depth + 1);
    return at;
}

bool tree_load(tree *t)
{
    enum { END = 28, ROOT = 36, SIZE = 48 };
    t->n_objects = t->n_links = t->n_attrs = 0;
    t->n_names = 0;
    if (t->n < SIZE || memcmp(t->bytes, "\x89HDF\r\n\x1a\n\2\x08\x08", 11) != 0)
        return false;
    cursor end = {t->bytes + END, t->bytes + SIZE, false};
    if (number(&end, 8) > t->n)
        return false;
    return add_object(t, number(&end, 8), 0) == 0 && t->objects[0].type == H5O_TYPE_GROUP;
}

// Names
// -----------------------------------------------------------------------------------

// libFuzzer would follow each strncmp.
static bool is_named(const char *name, const char *wanted, size_t n)
{
    while (n > 0 && *name == *wanted)
        name++, wanted++, n--;
    return n == 0 && *name == '\0';
}

int tree_find_link(const tree *t, int group, const char *name, size_t n)
{
    int i = group >= 0 ? t->objects[group].links : -1;
    while (i >= 0 && !is_named(t->links[i].name, name, n))
        i = t->links[i].next;
    return i;
}

int tree_find_attr(const tree *t, int object, const char *name)
{
    int i = t->objects[object].attrs;
    size_t n = strlen(name);
    while (i >= 0 && !is_named(t->attrs[i].name, name, n))
        i = t->attrs[i].next;
    return i;
}

static int find_from(const tree *t, int at, const char *name, int *links_left)
{
    if (*name == '/')
        at = 0;
    while (at >= 0 && *(name += strspn(name, "/"))) {
        size_t n = strcspn(name, "/");
        const char *step = name;
        name += n;
        if (n == 1 && *step == '.')
            continue;
        int i = tree_find_link(t, at, step, n);
        if (i < 0)
            return -1;
        const tree_link *link = &t->links[i];
        if (link->type == H5L_TYPE_HARD)
            at = link->object;
        else if (link->type == H5L_TYPE_SOFT && (*links_left)-- > 0)
            at = find_from(t, at, link->to, links_left);
        else
            return -1;
    }
    return at;
}

int tree_find(const tree *t, int from, const char *name)
{
    int links_left = LINKS_MOST;
    return find_from(t, from, name, &links_left);
}
