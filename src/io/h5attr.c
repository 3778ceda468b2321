// src/io/h5attr.c: write attributes into an HDF5 file, for ourselves and for NeXus.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <string.h>

typedef struct {
    hid_t file_type, memory_type;
    hsize_t n; // 0 for a single value
    const void *data;
} values;

static ia_status put_attr(ia_h5 *h5, const char *name, const char *attr, const values *v)
{
    hid_t space = v->n > 0 ? H5Screate_simple(1, &v->n, NULL) : H5Screate(H5S_SCALAR);
    hid_t object = H5Oopen(h5->file, name, H5P_DEFAULT);
    hid_t id = object < 0 ? H5I_INVALID_HID
                          : H5Acreate2(object, attr, v->file_type, space, H5P_DEFAULT,
                                       H5P_DEFAULT);
    ia_status st = IA_OK;
    if (id < 0 || H5Awrite(id, v->memory_type, v->data) < 0)
        st = ia_h5_fail(h5, name);
    H5Aclose(id);
    H5Oclose(object);
    H5Sclose(space);
    return st;
}

ia_status ia_h5_attr_text(ia_h5 *h5, const char *name, const char *attr, const char *text)
{
    hid_t type = ia_h5_text_type(strlen(text));
    values v = {type, type, 0, text};
    ia_status st = put_attr(h5, name, attr, &v);
    H5Tclose(type);
    return st;
}

ia_status ia_h5_attr_u64(ia_h5 *h5, const char *name, const char *attr, uint64_t value)
{
    values v = {H5T_STD_U64LE, H5T_NATIVE_UINT64, 0, &value};
    return put_attr(h5, name, attr, &v);
}

ia_status ia_h5_attr_bool(ia_h5 *h5, const char *name, const char *attr, bool value)
{
    unsigned char byte = value;
    hid_t type = ia_h5_type(IA_BOOL, true);
    values v = {type, type, 0, &byte};
    ia_status st = put_attr(h5, name, attr, &v);
    H5Tclose(type);
    return st;
}

// Texts of variable length are UTF-8 too.
static ia_status put_names(ia_h5 *h5, const char *name, const char *attr,
                           const char *const *texts, size_t n)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    ia_status st = IA_OK;
    if (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)
        st = ia_h5_fail(h5, name);
    values v = {type, type, n, texts};
    if (st == IA_OK)
        st = put_attr(h5, name, attr, &v);
    H5Tclose(type);
    return st;
}

ia_status ia_h5_attr_nexus(ia_h5 *h5, const char *name, const char *attr,
                           const char *text)
{
    return put_names(h5, name, attr, &text, 0);
}

ia_status ia_h5_attr_names(ia_h5 *h5, const char *name, const char *attr,
                           const char *const *texts, size_t n)
{
    return put_names(h5, name, attr, texts, n);
}
