// fuzz/h5_tree.h: a stand-in for HDF5: what is in a file, as a tree in memory.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef FUZZ_H5_TREE_H
#define FUZZ_H5_TREE_H

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

// HDF5 spends 0.2 to 2 ms on a file of a few kilobytes. The stand-in knows only the
// little of the format that fuzz_hdf5.h writes and offers only the calls that the readers
// make, and so tries their code a hundred times as often. h5_tree.c finds the objects of
// a file, h5_values.c has types, extents and values, h5_links.c and h5_calls.c the calls
// on links and objects, h5_open.c those on handles and files. That it answers like HDF5
// is checked by `scripts/fuzz` on each seed and on what was kept of each campaign.

enum { TREE_RANK_MOST = 3, TREE_MOST = 512, TREE_NAMES_MOST = 1 << 16 };

typedef struct {
    H5T_class_t class;
    size_t size;
    bool big, is_signed, is_variable;
    uint64_t detail; // 0 as in the types that every HDF5 has; FALSE and TRUE have theirs
} tree_type;

typedef struct {
    int rank;
    hsize_t dims[TREE_RANK_MOST]; // 1 beyond the rank
} tree_space;

// Values as they lie in the file, n of `stored` bytes at `bytes`, in a block that is as
// large as `block` says.
typedef struct {
    tree_type type;
    tree_space space;
    const uint8_t *bytes; // NULL where they are not in the file
    size_t n_bytes, stored;
    uint64_t address; // of values outside the header
    hsize_t block[TREE_RANK_MOST];
} tree_values;

typedef struct {
    const char *name;
    tree_values values;
    int next; // -1 for none, as below
} tree_attr;

typedef struct {
    const char *name, *to; // `to` of soft links
    H5L_type_t type;
    int64_t order;
    int object; // of hard links, -1 where there is none that can be read
    int next;
} tree_link;

typedef struct {
    uint64_t address;
    H5O_type_t type; // H5O_TYPE_UNKNOWN: its header cannot be read
    tree_values values;
    H5D_layout_t layout;
    int n_filters;
    H5Z_filter_t filter;
    int links, n_links, last_link, attrs;
} tree_object;

typedef struct {
    bool is_open;
    const H5FD_class_t *class;
    H5FD_t *file;
    uint8_t *bytes;
    size_t n, room;
    int n_objects, n_links, n_attrs; // object 0 is the root
    size_t n_names;
    tree_object objects[TREE_MOST];
    tree_link links[TREE_MOST];
    tree_attr attrs[TREE_MOST];
    char names[TREE_NAMES_MOST];
} tree;

// Find the objects in a file's bytes; false where there is no root.
bool tree_load(tree *t);
int tree_find_link(const tree *t, int group, const char *name, size_t n);
int tree_find_attr(const tree *t, int object, const char *name);
// The object a name leads to, by soft links too, -1 for none.
int tree_find(const tree *t, int from, const char *name);

// Where to read and what of it.
typedef struct {
    hsize_t start[TREE_RANK_MOST], count[TREE_RANK_MOST];
} tree_part;

size_t tree_count(const tree_space *space);
// A sum over what makes an enumeration.
uint64_t tree_mix(uint64_t sum, uint64_t value);
bool tree_same_type(const tree_type *a, const tree_type *b);
const tree_type *tree_standard_type(hid_t id); // NULL for none
bool tree_read(const tree_values *v, const tree_part *part, const tree_type *memory,
               void *out);

typedef enum {
    NO_HANDLE,
    A_LIST,
    A_DRIVER,
    A_FILE,
    AN_OBJECT,
    AN_ATTR,
    A_TYPE,
    A_SPACE
} handle_kind;

typedef struct {
    handle_kind kind;
    tree *tree;
    int at;           // of its objects or attributes
    const void *info; // of lists and drivers
    hid_t driver;
    tree_type type;
    tree_space space;
    bool is_part;
    tree_part part;
} handle;

// A new handle's identifier, H5I_INVALID_HID for none.
hid_t handle_new(handle h);
// NULL unless it is one of that kind.
handle *handle_of(hid_t id, handle_kind kind);
herr_t handle_close(hid_t id, handle_kind kind);
// The tree and the object at a file, a group or a dataset; false for others.
bool handle_place(hid_t id, tree **t, int *object);
// The object a name leads to from there; false when there is none, or none that can be
// read.
bool handle_find(hid_t place, const char *name, tree **t, int *at);
// Whether this call is the one that has to fail.
bool call_fails(void);

#endif
