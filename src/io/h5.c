// src/io/h5.c: write groups, values, texts, arrays and attributes into an HDF5 file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <stdlib.h>
#include <string.h>

enum { COMPACT_MOST = 4096, PLAIN_MOST = 65536, DEFLATE_LEVEL = 1 };

// The one HDF5 boolean that other programs know: an enumeration of int8.
static hid_t bool_type(void)
{
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    signed char no = 0, yes = 1;
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    return type;
}

hid_t ia_h5_type(ia_type type, bool in_file)
{
    switch (type) {
    case IA_F32:
        return H5Tcopy(in_file ? H5T_IEEE_F32LE : H5T_NATIVE_FLOAT);
    case IA_F64:
        return H5Tcopy(in_file ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE);
    case IA_I32:
        return H5Tcopy(in_file ? H5T_STD_I32LE : H5T_NATIVE_INT32);
    case IA_U8:
        return H5Tcopy(in_file ? H5T_STD_U8LE : H5T_NATIVE_UINT8);
    case IA_U32:
        return H5Tcopy(in_file ? H5T_STD_U32LE : H5T_NATIVE_UINT32);
    case IA_U64:
        return H5Tcopy(in_file ? H5T_STD_U64LE : H5T_NATIVE_UINT64);
    case IA_BOOL:
        return bool_type();
    default:
        return H5I_INVALID_HID;
    }
}

// A fixed-length UTF-8 text, padded with zeros: no heap, so that headers' checksums cover
// it.
hid_t ia_h5_text_type(size_t n)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (H5Tset_size(type, n > 0 ? n : 1) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
        H5Tset_strpad(type, H5T_STR_NULLPAD) < 0) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

ia_status ia_h5_put_group(ia_h5 *h5, const char *name, const char *nx_class)
{
    hid_t create = H5Pcreate(H5P_GROUP_CREATE);
    hid_t group = H5I_INVALID_HID;
    unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    if (H5Pset_link_creation_order(create, order) >= 0 &&
        H5Pset_obj_track_times(create, false) >= 0)
        group = H5Gcreate2(h5->file, name, H5P_DEFAULT, create, H5P_DEFAULT);
    ia_status st = group >= 0 ? IA_OK : ia_h5_fail(h5, name);
    H5Gclose(group);
    H5Pclose(create);
    return st == IA_OK ? ia_h5_attr_nexus(h5, name, "NX_class", nx_class) : st;
}

// Short values lie in the object's header, long ones are compressed.
static herr_t set_layout(hid_t create, int rank, const hsize_t *dims, size_t size)
{
    hsize_t n = size;
    for (int i = 0; i < rank; i++)
        n *= dims[i];
    if (H5Pset_obj_track_times(create, false) < 0)
        return -1;
    if (n <= COMPACT_MOST && n > 0)
        return H5Pset_layout(create, H5D_COMPACT);
    if (n <= PLAIN_MOST)
        return 0;
    hsize_t chunk[2] = {PLAIN_MOST / size, rank > 1 ? dims[1] : 1};
    chunk[0] = chunk[0] / chunk[1] > 0 ? chunk[0] / chunk[1] : 1;
    chunk[0] = chunk[0] < dims[0] ? chunk[0] : dims[0];
    if (H5Pset_chunk(create, rank, chunk) < 0 || H5Pset_shuffle(create) < 0)
        return -1;
    return H5Pset_deflate(create, DEFLATE_LEVEL);
}

typedef struct {
    hid_t file_type, memory_type;
    int rank;
    hsize_t dims[2];
    const void *data;
} values;

static ia_status put_values(ia_h5 *h5, const char *name, const values *v)
{
    hid_t space =
        v->rank > 0 ? H5Screate_simple(v->rank, v->dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t set = H5I_INVALID_HID;
    hsize_t n = 1;
    for (int i = 0; i < v->rank; i++)
        n *= v->dims[i];
    if (set_layout(create, v->rank, v->dims, H5Tget_size(v->file_type)) >= 0)
        set = H5Dcreate2(h5->file, name, v->file_type, space, H5P_DEFAULT, create,
                         H5P_DEFAULT);
    ia_status st = IA_OK;
    if (set < 0 || (n > 0 && H5Dwrite(set, v->memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                      v->data) < 0))
        st = ia_h5_fail(h5, name);
    H5Dclose(set);
    H5Pclose(create);
    H5Sclose(space);
    return st != IA_OK || !h5->error ? st : ia_h5_fail(h5, name);
}

ia_status ia_h5_put_text(ia_h5 *h5, const char *name, const char *text)
{
    hid_t type = ia_h5_text_type(strlen(text));
    values v = {.file_type = type, .memory_type = type, .data = text};
    ia_status st = put_values(h5, name, &v);
    H5Tclose(type);
    return st;
}

ia_status ia_h5_put_texts(ia_h5 *h5, const char *name, const char *const *texts, size_t n)
{
    size_t longest = 1;
    for (size_t i = 0; i < n; i++) {
        size_t length = texts[i] ? strlen(texts[i]) : 0;
        longest = length > longest ? length : longest;
    }
    char *cells = ia_array(h5->ctx, n, longest);
    if (!cells)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (texts[i])
            memcpy(cells + i * longest, texts[i], strlen(texts[i]));
    hid_t type = ia_h5_text_type(longest);
    values v = {type, type, 1, {n, 1}, cells};
    ia_status st = put_values(h5, name, &v);
    H5Tclose(type);
    free(cells);
    return st;
}

ia_status ia_h5_put_array(ia_h5 *h5, const char *name, const ia_h5_array *array)
{
    values v = {ia_h5_type(array->type, true),
                ia_h5_type(array->type, false),
                array->width > 0 ? 2 : 1,
                {array->n, array->width},
                array->data};
    ia_status st = put_values(h5, name, &v);
    H5Tclose(v.file_type);
    H5Tclose(v.memory_type);
    if (st == IA_OK && array->units && *array->units)
        st = ia_h5_attr_text(h5, name, "units", array->units);
    return st;
}

static ia_status put_scalar(ia_h5 *h5, const char *name, ia_type type, const void *value)
{
    values v = {.file_type = ia_h5_type(type, true),
                .memory_type = ia_h5_type(type, false),
                .data = value};
    ia_status st = put_values(h5, name, &v);
    H5Tclose(v.file_type);
    H5Tclose(v.memory_type);
    return st;
}

ia_status ia_h5_put_f64(ia_h5 *h5, const char *name, double value, const char *units)
{
    ia_status st = put_scalar(h5, name, IA_F64, &value);
    if (st == IA_OK && units && *units)
        st = ia_h5_attr_text(h5, name, "units", units);
    return st;
}

ia_status ia_h5_put_u64(ia_h5 *h5, const char *name, uint64_t value)
{
    return put_scalar(h5, name, IA_U64, &value);
}

ia_status ia_h5_put_i32(ia_h5 *h5, const char *name, int32_t value)
{
    return put_scalar(h5, name, IA_I32, &value);
}

ia_status ia_h5_put_bool(ia_h5 *h5, const char *name, bool value)
{
    unsigned char byte = value;
    return put_scalar(h5, name, IA_BOOL, &byte);
}

ia_status ia_h5_copy(ia_h5 *from, ia_h5 *to, const char *name)
{
    ia_status st = ia_h5_check_below(from, name);
    if (st != IA_OK)
        return st;
    if (H5Ocopy(from->file, name, to->file, name, H5P_DEFAULT, H5P_DEFAULT) < 0)
        return ia_h5_fail(from, name);
    return to->error ? ia_h5_fail(to, name) : IA_OK;
}

ia_status ia_h5_link(ia_h5 *h5, const char *name, const char *also)
{
    if (H5Lcreate_hard(h5->file, name, h5->file, also, H5P_DEFAULT, H5P_DEFAULT) < 0)
        return ia_h5_fail(h5, also);
    return IA_OK;
}
