// fuzz/fuzz_hdf5.h: sound HDF5 files built after a plan, changed as the input says.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef FUZZ_HDF5_H
#define FUZZ_HDF5_H

#include <hdf5.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Bytes that begin like HDF5 are taken as they are. Others are read as changes to a file
// that the format's plan describes, so that what is behind the HDF5 library is reached:
// each dataset and attribute may be left out, or have another type, shape or values.

// HDF5 loses memory when it meets a damaged header; that is not ours to free.
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

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
} planned;

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

static inline hid_t number_type(uint8_t which)
{
    const hid_t types[] = {H5T_IEEE_F64LE,    H5T_IEEE_F32LE, H5T_STD_I32LE,
                           H5T_STD_U8LE,      H5T_STD_U16LE,  H5T_STD_I8LE,
                           H5T_STD_U64LE,     H5T_STD_I64BE,  H5T_IEEE_F64BE,
                           H5T_NATIVE_LDOUBLE};
    return types[which % (sizeof types / sizeof types[0])];
}

enum { VALUES_MOST = 2048, TEXT_SIZE = 24 };

static inline hid_t shape_of(feed *f, const planned *p, bool changed, hsize_t dims[3])
{
    int rank = p->n == 0 ? 0 : p->width > 1 ? 2 : 1;
    dims[0] = p->n;
    dims[1] = p->width;
    dims[2] = 1;
    if (changed) {
        rank = take(f) % 4;
        for (int i = 0; i < 3; i++)
            dims[i] = take(f) % 12;
    }
    if (rank == 0) {
        dims[0] = dims[1] = dims[2] = 1;
        return H5Screate(H5S_SCALAR);
    }
    for (int i = rank; i < 3; i++)
        dims[i] = 1;
    return H5Screate_simple(rank, dims, NULL);
}

static inline void write_node(hid_t node, bool is_attr, hid_t type, const void *data)
{
    if (is_attr)
        H5Awrite(node, type, data);
    else
        H5Dwrite(node, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
}

static inline hid_t create_node(hid_t file, feed *f, const planned *p, hid_t type,
                                hid_t space)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE), create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t node = H5I_INVALID_HID;
    H5Pset_create_intermediate_group(links, 1);
    if (p->attr) {
        if (H5Lexists(file, p->path, H5P_DEFAULT) <= 0)
            H5Gclose(H5Gcreate2(file, p->path, links, H5P_DEFAULT, H5P_DEFAULT));
        node = H5Acreate_by_name(file, p->path, p->attr, type, space, H5P_DEFAULT,
                                 H5P_DEFAULT, H5P_DEFAULT);
    } else {
        uint8_t layout = take(f);
        hsize_t chunk[3] = {2, 2, 2};
        if (layout % 4 == 1 && H5Sget_simple_extent_ndims(space) > 0) {
            H5Pset_chunk(create, H5Sget_simple_extent_ndims(space), chunk);
            H5Pset_deflate(create, 1);
        }
        node = H5Dcreate2(file, p->path, type, space, links, create, H5P_DEFAULT);
    }
    H5Pclose(create);
    H5Pclose(links);
    return node;
}

static inline void put_numbers(hid_t file, feed *f, const planned *p, uint8_t how)
{
    static double values[VALUES_MOST];
    hsize_t dims[3];
    hid_t type = number_type(how & 1 ? take(f) : 0);
    hid_t space = shape_of(f, p, how & 2, dims);
    size_t n = (size_t)(dims[0] * dims[1] * dims[2]);
    size_t n_given = (p->n > 0 ? p->n : 1) * (p->width > 0 ? p->width : 1);
    for (size_t i = 0; i < n && i < VALUES_MOST; i++) {
        values[i] = p->values ? p->values[i % n_given] : 0;
        if (how & 4 && take(f) & 1)
            values[i] = other_value(f);
    }
    hid_t node = create_node(file, f, p, type, space);
    write_node(node, p->attr != NULL, H5T_NATIVE_DOUBLE, values);
    p->attr ? H5Aclose(node) : H5Dclose(node);
    H5Sclose(space);
}

static inline void put_texts(hid_t file, feed *f, const planned *p, uint8_t how)
{
    static char cells[VALUES_MOST][TEXT_SIZE];
    hsize_t dims[3];
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = shape_of(f, p, how & 2, dims);
    size_t n = (size_t)(dims[0] * dims[1] * dims[2]), n_given = p->n > 0 ? p->n : 1;
    H5Tset_size(type, TEXT_SIZE);
    for (size_t i = 0; i < n && i < VALUES_MOST; i++) {
        memset(cells[i], 0, TEXT_SIZE);
        strncpy(cells[i], p->texts[i % n_given], TEXT_SIZE - 1);
        for (size_t k = 0; how & 4 && k < TEXT_SIZE && take(f) & 1; k++)
            cells[i][k] = (char)take(f);
    }
    hid_t node = create_node(file, f, p, type, space);
    write_node(node, p->attr != NULL, type, cells);
    p->attr ? H5Aclose(node) : H5Dclose(node);
    H5Sclose(space);
    H5Tclose(type);
}

static inline void put_planned(hid_t file, feed *f, const planned *p)
{
    uint8_t how = take(f);
    bool texts = p->texts != NULL;
    if (how & 8 && take(f) & 1)
        return; // left out
    if (how & 16 && !p->attr && take(f) & 1) {
        H5Lcreate_external("elsewhere.h5", "/x", file, p->path, H5P_DEFAULT, H5P_DEFAULT);
        return;
    }
    if (how & 32 && take(f) & 1) { // texts for numbers and the other way round
        static const char *const some[] = {"56Fe ++"};
        planned other = *p;
        other.values = NULL;
        other.texts = texts ? NULL : some;
        other.n = other.n > 1 && !texts ? 1 : other.n;
        texts ? put_numbers(file, f, &other, how) : put_texts(file, f, &other, how);
        return;
    }
    texts ? put_texts(file, f, p, how) : put_numbers(file, f, p, how);
}

static inline uint8_t *build(const planned *plan, size_t n_plan, feed f, size_t *n)
{
    uint8_t *bytes = NULL;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Pset_fapl_core(access, 4096, 0);
    if (take(&f) & 1)
        H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
    hid_t file = H5Fcreate("built", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    for (size_t i = 0; i < n_plan; i++)
        put_planned(file, &f, &plan[i]);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    ssize_t size = H5Fget_file_image(file, NULL, 0);
    if (size > 0 && (bytes = malloc((size_t)size)))
        *n = (size_t)H5Fget_file_image(file, bytes, (size_t)size);
    H5Fclose(file);
    H5Pclose(access);
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
