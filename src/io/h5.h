// src/io/h5.h: the little of HDF5 that projects need, with our statuses and sentences.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_IO_H5_H
#define IONATLAS_SRC_IO_H5_H

#include <ionatlas/column.h>
#include <ionatlas/parallel.h>

#include <hdf5.h>

enum { IA_H5_CHUNK_ROWS = 65536, IA_H5_NAME_MAX = 512, IA_H5_SETS = 8 };

// A dataset as we found it: its values lie in this file, its filters are known and the
// file is large enough for it.
typedef struct {
    hid_t set, type, space, create;
    int rank; // 0 to 2; 3 for a grid
    hsize_t dims[3];
    size_t size; // bytes of one value
    char name[IA_H5_NAME_MAX];
} ia_h5_set;

// An open HDF5 file. The library reads it from memory or writes it to a stream through a
// driver of ours (h5file.c), so it opens no file by name and a failed write leaves it
// able to close. Names inside the file are absolute: "/entry1/definition". Not to be
// moved while open.
typedef struct {
    ia_ctx *ctx;
    const char *path; // for sentences, borrowed
    hid_t driver;
    hid_t file, transfer;       // the latter for H5Dread
    const unsigned char *bytes; // read from here, borrowed; NULL when writing
    uint64_t n;                 // bytes in the file
    int fd;                     // written to, borrowed
    int error;                  // errno of the first write that failed
    bool damaged;               // it could not be told whether something is there
    H5E_auto2_t print;          // HDF5's own messages, restored by close
    void *print_user;
    char known[IA_H5_NAME_MAX]; // plain links lead to this name; "" for none
    ia_h5_set sets[IA_H5_SETS]; // that were opened last, in turn
    size_t n_opened;
    char group_name[IA_H5_NAME_MAX];
    hid_t group; // that objects are looked for in
} ia_h5;

// Open bytes for reading: IA_ERR_FORMAT for what is no sound HDF5.
ia_status ia_h5_open(ia_ctx *ctx, const char *path, const void *bytes, size_t n,
                     ia_h5 *out);
// Start a new file in an empty stream (FILE *), which stays open.
ia_status ia_h5_create(ia_ctx *ctx, const char *path, void *stream, ia_h5 *out);
// Write what is left and close; IA_ERR_IO with the system's reason when any write failed.
// An all-zero struct is accepted.
ia_status ia_h5_close(ia_h5 *h5);

// The sentence and status for a call of HDF5 that failed at `name`.
ia_status ia_h5_fail(ia_h5 *h5, const char *name);

// Writing
// ---------------------------------------------------------------------------------

ia_status ia_h5_put_group(ia_h5 *h5, const char *name, const char *nx_class);
ia_status ia_h5_put_text(ia_h5 *h5, const char *name, const char *text);
ia_status ia_h5_put_texts(ia_h5 *h5, const char *name, const char *const *texts,
                          size_t n);
ia_status ia_h5_put_f64(ia_h5 *h5, const char *name, double value, const char *units);
ia_status ia_h5_put_u64(ia_h5 *h5, const char *name, uint64_t value);
ia_status ia_h5_put_i32(ia_h5 *h5, const char *name, int32_t value);
ia_status ia_h5_put_bool(ia_h5 *h5, const char *name, bool value);

// Values (n, width) of IA_F32, IA_F64, IA_I32, IA_U8, IA_U32, IA_U64 or IA_BOOL; width 0
// for a plain list. Long ones are compressed.
typedef struct {
    ia_type type;
    size_t n, width;
    const void *data;
    const char *units; // NULL or "" for none
} ia_h5_array;
ia_status ia_h5_put_array(ia_h5 *h5, const char *name, const ia_h5_array *array);

// What we read back: a text of fixed length, or a number.
ia_status ia_h5_attr_text(ia_h5 *h5, const char *name, const char *attr,
                          const char *text);
ia_status ia_h5_attr_u64(ia_h5 *h5, const char *name, const char *attr, uint64_t value);
ia_status ia_h5_attr_bool(ia_h5 *h5, const char *name, const char *attr, bool value);
// What NeXus defines for finding one's way, one text or a list: texts of variable length,
// as some readers know no other. We read none: no checksum covers them.
ia_status ia_h5_attr_nexus(ia_h5 *h5, const char *name, const char *attr,
                           const char *text);
ia_status ia_h5_attr_names(ia_h5 *h5, const char *name, const char *attr,
                           const char *const *texts, size_t n);

// Counts or values by place, (n[0], n[1], n[2]) with the last index running fastest;
// stored with their SHA-256 like a column.
typedef struct {
    size_t n[3];
    const uint32_t *counts; // either these
    const float *values;    // or these
} ia_h5_grid;
ia_status ia_h5_put_grid(ia_h5 *h5, const char *name, const ia_h5_grid *grid);

// Write a per-ion column block by block: compressed on all threads, stored with its
// SHA-256 (of the little-endian values) as attribute `sha256`, which is also returned. n
// x width time, a few blocks per thread of memory, the same bytes on any number of
// threads.
ia_status ia_h5_put_column(ia_h5 *h5, const char *name, const ia_column *column,
                           const char *units, char hex[65]);

// Another name for an object of the same file.
ia_status ia_h5_link(ia_h5 *h5, const char *name, const char *also);

// Copy an object with all below it from another file.
ia_status ia_h5_copy(ia_h5 *from, ia_h5 *to, const char *name);

// Reading: everything is checked against type, rank and the size of the file
// -----------------

// Whether the object is there, by links inside the file: those to other files are not
// followed, with a warning. What cannot be told is false and marks the file as damaged.
bool ia_h5_has(ia_h5 *h5, const char *name);
bool ia_h5_has_group(ia_h5 *h5, const char *name);
bool ia_h5_has_attr(ia_h5 *h5, const char *name, const char *attr);
// IA_ERR_FORMAT unless the headers of all objects in the file can be read.
ia_status ia_h5_check(ia_h5 *h5);
ia_status ia_h5_check_below(ia_h5 *h5, const char *name);

ia_status ia_h5_get_text(ia_h5 *h5, const char *name, char **out);
ia_status ia_h5_get_texts(ia_h5 *h5, const char *name, size_t *n, char ***out);
ia_status ia_h5_get_f64(ia_h5 *h5, const char *name, double *out);
ia_status ia_h5_get_u64(ia_h5 *h5, const char *name, uint64_t *out);
ia_status ia_h5_get_attr_text(ia_h5 *h5, const char *name, const char *attr, char **out);
ia_status ia_h5_get_attr_u64(ia_h5 *h5, const char *name, const char *attr,
                             uint64_t *out);

// Type, rows and width (0 for a plain list) of an array; `data` and `units` stay NULL.
ia_status ia_h5_get_shape(ia_h5 *h5, const char *name, ia_h5_array *out);
// Rows [begin, begin + n) of an array of that shape into `out`.
ia_status ia_h5_get_rows(ia_h5 *h5, const char *name, const ia_h5_array *shape,
                         size_t begin, size_t n, void *out);
// SHA-256 of an array's little-endian values, read block by block.
ia_status ia_h5_hash_array(ia_h5 *h5, const char *name, char hex[65]);

// Likewise of a grid's, read plane by plane.
ia_status ia_h5_hash_grid(ia_h5 *h5, const char *name, char hex[65]);

// SHA-256 of a column's little-endian values.
ia_status ia_column_sha256(ia_ctx *ctx, const ia_column *column, char hex[65]);

// Names of a group's members in the order in which they were made; freed with
// ia_h5_free_texts.
ia_status ia_h5_list(ia_h5 *h5, const char *name, size_t *n, char ***out);
void ia_h5_free_texts(char **texts, size_t n);

// Shared by the files behind this header.

// Where HDF5 is to look for an object, and under which name: in its group where plain
// links lead to it, so that HDF5 need not walk there from the root each time.
hid_t ia_h5_place(ia_h5 *h5, const char *name, const char **part);
// Close the sets and the group that were opened last.
void ia_h5_let_go(ia_h5 *h5);
// Open a dataset; the set is borrowed and stays open while the next is opened.
ia_status ia_h5_open_set(ia_h5 *h5, const char *name, const ia_h5_set **out);
ia_status ia_h5_open_rank(ia_h5 *h5, const char *name, int rank_most,
                          const ia_h5_set **out);
void ia_h5_close_set(ia_h5_set *set); // an all-zero set is accepted
// Whether HDF5 can open the object at that address without dividing by a chunk's size of
// zero.
bool ia_h5_has_chunk_size(const ia_h5 *h5, haddr_t address);
// Likewise its attributes without reading beyond them; those kept outside its header are
// not looked at.
bool ia_h5_has_attr_values(const ia_h5 *h5, haddr_t address);
// Whether what HDF5 reads as the head of a heap, if it is one, tells a size that the file
// has.
bool ia_h5_has_heap_size(const ia_h5 *h5, const unsigned char *block, size_t n);
// IA_ERR_FORMAT: "PATH: NAME has no attribute ATTR", or its attributes are damaged.
ia_status ia_h5_no_attr(ia_h5 *h5, const char *name, const char *attr);
// IA_ERR_FORMAT: "PATH: NAME is not EXPECTED".
ia_status ia_h5_unexpected(ia_h5 *h5, const char *name, const char *expected);

hid_t ia_h5_type(ia_type type, bool in_file); // to be closed with H5Tclose
hid_t ia_h5_text_type(size_t n);              // likewise

#endif
