// fuzz/fuzz_hdf5.h: sound HDF5 files built after a plan, changed as the input says.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef FUZZ_HDF5_H
#define FUZZ_HDF5_H

#include "fuzz_hdf5_bytes.h"

#include <stdlib.h>

// Bytes that begin like HDF5 are taken as they are. Others are read as changes to a file
// that the format's plan describes, so that what is behind the HDF5 library is reached. A
// change is a row of the plan, what is done to it, the number of bytes that follow and
// these. It holds for that row only, so that bytes put in or taken out elsewhere leave it
// as it is.

// HDF5 loses memory when it meets a damaged header; that is not ours to free.
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

#ifndef STAND_IN
// HDF5 1.10 does not survive all damage to its own structures, and what it reads beyond
// its blocks is not ours to mend. So bytes that begin like HDF5 are read as they are, and
// changed only where FUZZ_DAMAGED is set, to find what our driver should refuse.
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t n_max);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t n_max, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t n_max, unsigned seed)
{
    (void)seed;
    bool keep = !getenv("FUZZ_DAMAGED");
    if (keep && n > 0 && bytes[0] == 0x89)
        n = 0;
    n = LLVMFuzzerMutate(bytes, n, n_max);
    if (keep && n > 0 && bytes[0] == 0x89)
        bytes[0] = 0x88;
    return n;
}
#endif

typedef struct {
    const uint8_t *at;
    size_t n;
} feed;

static inline uint8_t take(feed *f)
{
    if (f->n == 0)
        return 0;
    f->n--;
    return *f->at++;
}

// A dataset of the plan, or an attribute where `attr` is set: `n` rows of `width` values
// or, where `texts` is set, that many texts. n = 0 is a single value.
typedef struct {
    const char *path, *attr;
    size_t n, width;
    const double *values;
    const char *const *texts;
    kind kind;
} planned;

enum {
    OTHER_TYPE = 1,
    OTHER_SHAPE = 2,
    OTHER_VALUES = 4,
    LEFT_OUT = 8,
    LINK_ELSEWHERE = 16,
    OTHER_CLASS = 32, // texts for numbers and the other way round
    LINK_WITHIN = 64,
    OTHER_LAYOUT = 128,
};

typedef struct {
    uint8_t how;
    feed feed;
} change;

// Groups and datasets below one another, children behind their parents.
typedef struct {
    const char *name;
    size_t n_name;
    int parent, first, last, next; // nodes, -1 for none
    int row, attr;                 // of the plan: itself and its attributes, -1 for none
    uint64_t address;
} node;

enum { MESSAGE_MOST = 60000 };
enum { ROWS_MOST = 160, NODES_MOST = 320, VALUES_MOST = 2048, TEXT_MOST = 80 };

static const planned *plan_rows;
static size_t n_rows;
static change changes[ROWS_MOST];
static node nodes[NODES_MOST];
static int n_nodes, next_attr[ROWS_MOST];

static inline double other_value(feed *f)
{
    static const double odd[] = {
        0,   1,     -1,    2,    0.5, 27.9, 28.1, 55.8, 56.1,  255, 256, 65306, 8,     26,
        200, 1e300, 1e-30, 1e10, 2e9, 5e9,  -300, 1470, 60000, 3,   4.9, 5.1,   0x1p53};
    uint8_t which = take(f);
    if (which == 255)
        return NAN;
    if (which == 254)
        return INFINITY;
    return which < 200 ? odd[which % (sizeof odd / sizeof odd[0])]
                       : which + take(f) / 256.0;
}

// The tree
// -------------------------------------------------------------------------------------

static inline int add_node(int parent, const char *name, size_t n_name)
{
    if (n_nodes == NODES_MOST)
        abort();
    node *new = &nodes[n_nodes];
    *new = (node){name, n_name, parent, -1, -1, -1, -1, -1, 0};
    if (parent >= 0) {
        node *p = &nodes[parent];
        if (p->last >= 0)
            nodes[p->last].next = n_nodes;
        else
            p->first = n_nodes;
        p->last = n_nodes;
    }
    return n_nodes++;
}

static inline int node_at(const char *path)
{
    int at = 0;
    for (const char *end; *path; path = end) {
        path += *path == '/';
        size_t n = strcspn(path, "/");
        end = path + n;
        if (n == 0)
            continue;
        int child = nodes[at].first;
        while (child >= 0 &&
               (nodes[child].n_name != n || memcmp(nodes[child].name, path, n) != 0))
            child = nodes[child].next;
        at = child >= 0 ? child : add_node(at, path, n);
    }
    return at;
}

// Once for a plan: what is left out of a file is left out when the file is written.
static inline void make_tree(const planned *plan, size_t n_plan)
{
    if (n_plan > ROWS_MOST)
        abort();
    plan_rows = plan;
    n_rows = n_plan;
    n_nodes = 0;
    add_node(-1, "", 0);
    for (size_t i = 0; i < n_rows; i++) {
        node *at = &nodes[node_at(plan[i].path)];
        if (!plan[i].attr) {
            at->row = (int)i;
            continue;
        }
        next_attr[i] = at->attr;
        at->attr = (int)i;
    }
}

// Values
// ---------------------------------------------------------------------------------------

static inline extent extent_of(const planned *p, change *c)
{
    extent e = {p->n == 0 ? 0 : p->width > 1 ? 2 : 1, {p->n, p->width, 1}};
    if (c->how & OTHER_SHAPE) {
        e.rank = take(&c->feed) % 4;
        for (int i = 0; i < RANK_MOST; i++)
            e.dims[i] = take(&c->feed) % 12;
    }
    for (int i = e.rank; i < RANK_MOST; i++)
        e.dims[i] = 1;
    return e;
}

// What a dataset or an attribute holds, ready to be put into the file.
typedef struct {
    bool is_text;
    kind kind;
    size_t text_size;
    uint8_t padding;
    extent extent;
    size_t n; // values
    double numbers[VALUES_MOST];
    char texts[VALUES_MOST][TEXT_MOST];
} content;

static inline void fill_texts(const planned *p, change *c, content *v)
{
    size_t n_given = p->n > 0 ? p->n : 1;
    v->text_size = 1;
    for (size_t i = 0; i < v->n; i++) {
        const char *text = p->texts[i % n_given];
        size_t n = strnlen(text, TEXT_MOST);
        memset(v->texts[i], 0, TEXT_MOST);
        memcpy(v->texts[i], text, n);
        v->text_size = n > v->text_size ? n : v->text_size;
    }
    v->padding = 1;
    if (c->how & OTHER_TYPE) {
        v->padding = take(&c->feed) % 4;
        v->text_size = 1 + take(&c->feed) % TEXT_MOST;
    }
    while (c->how & OTHER_VALUES && c->feed.n > 2 && v->n > 0) {
        char *text = v->texts[take(&c->feed) % v->n];
        uint8_t at = take(&c->feed) % TEXT_MOST;
        text[at] = (char)take(&c->feed);
    }
}

static inline void fill_numbers(const planned *p, change *c, content *v)
{
    size_t n_given = (p->n > 0 ? p->n : 1) * (p->width > 0 ? p->width : 1);
    for (size_t i = 0; i < v->n; i++)
        v->numbers[i] = p->values ? p->values[i % n_given] : 0;
    v->kind = c->how & OTHER_TYPE ? (kind)(take(&c->feed) % N_KINDS) : p->kind;
    while (c->how & OTHER_VALUES && c->feed.n > 1 && v->n > 0) {
        size_t at = take(&c->feed) % v->n;
        v->numbers[at] = other_value(&c->feed);
    }
}

static inline content *fill(size_t row, change *c)
{
    static content v;
    static const char *const some[] = {"56Fe ++"};
    planned p = plan_rows[row];
    if (c->how & OTHER_CLASS) {
        p.texts = p.texts ? NULL : some;
        p.values = NULL;
        p.n = p.n > 1 ? 1 : p.n;
        p.width = 1;
    }
    v.is_text = p.texts != NULL;
    v.extent = extent_of(&p, c);
    v.n = count_values(&v.extent);
    v.n = v.n < VALUES_MOST ? v.n : VALUES_MOST;
    if (v.is_text)
        fill_texts(&p, c, &v);
    else
        fill_numbers(&p, c, &v);
    return &v;
}

static inline size_t value_size(const content *v)
{
    if (v->is_text)
        return v->padding == 3 ? 16 : v->text_size;
    return kinds[v->kind].size;
}

static inline void put_type(const content *v)
{
    if (v->is_text)
        put_text_type(v->text_size, v->padding);
    else
        put_number_type(v->kind);
}

static inline void put_values(const content *v)
{
    for (size_t i = 0; i < v->n; i++) {
        if (!v->is_text)
            put_number(v->kind, v->numbers[i]);
        else if (v->padding == 3)
            put_bytes("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        else
            put_bytes(v->texts[i], v->text_size);
    }
}

// Objects
// --------------------------------------------------------------------------------------

// What a message has no room for is left out.
static inline void put_attributes(int at)
{
    for (int i = nodes[at].attr; i >= 0; i = next_attr[i]) {
        const char *name = plan_rows[i].attr;
        if (changes[i].how & LEFT_OUT)
            continue;
        const content *v = fill((size_t)i, &changes[i]);
        if (value_size(v) * v->n > MESSAGE_MOST)
            continue;
        size_t message = begin_message(0x0c), n_name = strlen(name) + 1;
        put_bytes("\3\0", 2);
        put_uint(n_name, 2);
        put_uint(0, 4); // sizes of type and extent, to be set
        put_uint(0, 1);
        put_bytes(name, n_name);
        size_t type = image_n;
        put_type(v);
        size_t space = image_n;
        put_extent(&v->extent);
        set_uint(message + 4, space - type, 2);
        set_uint(message + 6, image_n - space, 2);
        put_values(v);
        end_message(message);
    }
}

static inline void put_compact(const content *v)
{
    size_t at = begin_message(0x08), size = value_size(v) * v->n;
    put_bytes("\3\0", 2);
    put_uint(size, 2);
    put_values(v);
    end_message(at);
}

static inline void put_contiguous(uint64_t address, size_t size)
{
    size_t at = begin_message(0x08);
    put_bytes("\3\1", 2);
    put_uint(address, 8);
    put_uint(size, 8);
    end_message(at);
}

// One chunk that holds all values, of a size that may be another.
static inline void put_chunk(const content *v, uint64_t address, uint8_t larger)
{
    size_t at = begin_message(0x08);
    put_bytes("\4\2\0", 3);
    put_uint((uint64_t)v->extent.rank + 1, 1);
    put_uint(4, 1);
    for (int i = 0; i < v->extent.rank; i++)
        put_uint(v->extent.dims[i] + larger, 4);
    put_uint(value_size(v), 4);
    put_uint(1, 1);
    put_uint(address, 8);
    end_message(at);
}

static inline void put_filter(uint16_t id)
{
    size_t at = begin_message(0x0b);
    put_bytes("\2\1", 2);
    put_uint(id, 2);
    if (id >= 256)
        put_uint(0, 2);
    put_uint(1, 2);
    put_uint(0, 2);
    end_message(at);
}

// Short values lie in the header as ours do, unless the change says otherwise.
static inline void put_layout(const content *v, change *c, uint64_t data)
{
    size_t size = value_size(v) * v->n;
    uint8_t which = c->how & OTHER_LAYOUT ? take(&c->feed) : 0;
    uint8_t more = which ? take(&c->feed) : 0;
    if (which % 4 == 1 || size > 4096)
        put_contiguous(data, size);
    else if (which % 4 == 2) // beyond the file, or more or fewer bytes than there are
        put_contiguous(data + 16u * more, size + which - more);
    else if (which % 4 == 3 && v->extent.rank > 0)
        put_chunk(v, data, more % 8 ? 0 : more / 8);
    else
        put_compact(v);
    if (which >= 128)
        put_filter(which % 8 ? which % 8 : 32000);
}

static inline void put_dataset(int at)
{
    size_t row = (size_t)nodes[at].row;
    change c = changes[row];
    const content *v = fill(row, &c);
    uint64_t data = image_n;
    if (c.how & OTHER_LAYOUT || value_size(v) * v->n > 4096)
        put_values(v);
    nodes[at].address = image_n;
    size_t header = begin_header();
    size_t message = begin_message(0x01);
    put_extent(&v->extent);
    end_message(message);
    message = begin_message(0x03);
    put_type(v);
    end_message(message);
    message = begin_message(0x05);
    put_bytes("\3\x0a", 2);
    end_message(message);
    put_layout(v, &c, data);
    put_attributes(at);
    end_header(header);
}

// A dataset may be left out, or be a group instead.
static inline bool is_group(int at)
{
    if (nodes[at].row < 0)
        return true;
    const change *c = &changes[nodes[at].row];
    return c->how & LEFT_OUT && c->feed.n > 0 && c->feed.at[0] & 1;
}

static inline void put_child(int at, size_t order)
{
    node *child = &nodes[at];
    change c = child->row < 0 ? (change){0} : changes[child->row];
    if (c.how & LEFT_OUT && !is_group(at))
        return;
    if (c.how & LINK_WITHIN) {
        const char *to = plan_rows[take(&c.feed) % n_rows].path;
        put_link(SOFT, order, child->name, child->n_name, 0, to);
    } else if (c.how & LINK_ELSEWHERE) {
        put_link(ELSEWHERE, order, child->name, child->n_name, 0, "/x");
    } else {
        put_link(HARD, order, child->name, child->n_name, child->address, NULL);
    }
}

static inline void put_group(int at)
{
    size_t order = 0;
    nodes[at].address = image_n;
    size_t header = begin_header();
    put_link_info((size_t)n_nodes);
    put_attributes(at);
    for (int child = nodes[at].first; child >= 0; child = nodes[child].next)
        put_child(child, order++);
    end_header(header);
}

// Changes of one row that come later replace those before.
static inline void read_changes(feed f)
{
    memset(changes, 0, sizeof changes);
    while (f.n > 2) {
        change *c = &changes[take(&f) % n_rows];
        c->how = take(&f);
        size_t n = take(&f);
        n = n < f.n ? n : f.n;
        c->feed = (feed){f.at, n};
        f.at += n;
        f.n -= n;
    }
}

// The file after the plan, to be freed.
static inline uint8_t *build(const planned *plan, size_t n_plan, feed f, size_t *n)
{
    if (plan != plan_rows)
        make_tree(plan, n_plan);
    read_changes(f);
    image_n = SUPERBLOCK;
    for (int i = n_nodes - 1; i >= 0; i--)
        if (is_group(i))
            put_group(i);
        else
            put_dataset(i);
    put_superblock(nodes[0].address);
    uint8_t *bytes = malloc(image_n);
    if (!bytes)
        abort();
    memcpy(bytes, image, image_n);
    *n = image_n;
    return bytes;
}

// The file to read: the input itself, or one built after the plan (to be freed).
static inline const uint8_t *built_or_given(const planned *plan, size_t n_plan,
                                            const uint8_t *bytes, size_t *n,
                                            uint8_t **built)
{
    feed f = {bytes, *n};
    *built = NULL;
    if (*n > 0 && bytes[0] == 0x89)
        return bytes;
    *built = build(plan, n_plan, f, n);
    return *built;
}

#endif
