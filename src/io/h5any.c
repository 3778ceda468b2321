// src/io/h5any.c: numbers in the HDF5 files of other programs, whatever their type.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5any.h"

#include <stdio.h>
#include <string.h>

// Only types that every HDF5 has: no bit fields laid out by the file. Each is compared
// with those of its size.
static bool is_number(hid_t type, bool *is_integer)
{
    const hid_t floats[2][2] = {{H5T_IEEE_F32LE, H5T_IEEE_F32BE},
                                {H5T_IEEE_F64LE, H5T_IEEE_F64BE}};
    const hid_t integers[4][4] = {
        {H5T_STD_U8LE, H5T_STD_I8LE, H5T_STD_U8BE, H5T_STD_I8BE},
        {H5T_STD_U16LE, H5T_STD_I16LE, H5T_STD_U16BE, H5T_STD_I16BE},
        {H5T_STD_U32LE, H5T_STD_I32LE, H5T_STD_U32BE, H5T_STD_I32BE},
        {H5T_STD_U64LE, H5T_STD_I64LE, H5T_STD_U64BE, H5T_STD_I64BE},
    };
    size_t size = H5Tget_size(type), n = 0;
    const hid_t *known = NULL;
    H5T_class_t class = H5Tget_class(type);
    *is_integer = class == H5T_INTEGER;
    if (class == H5T_FLOAT && (size == 4 || size == 8)) {
        known = floats[size / 8];
        n = 2;
    } else if (class == H5T_INTEGER && size > 0 && size <= 8 &&
               (size & (size - 1)) == 0) {
        known = integers[__builtin_ctzll(size)];
        n = 4;
    }
    for (size_t i = 0; i < n; i++)
        if (H5Tequal(type, known[i]) > 0)
            return true;
    return false;
}

static ia_status open_numbers(ia_h5 *h5, const char *name, const ia_h5_set **set,
                              ia_h5_shape *shape)
{
    ia_h5_shape found;
    ia_status st = ia_h5_open_set(h5, name, set);
    if (st != IA_OK)
        return st;
    found = (ia_h5_shape){(size_t)(*set)->dims[0], (size_t)(*set)->dims[1], false};
    if (!is_number((*set)->type, &found.is_integer))
        return ia_h5_unexpected(h5, name, "a number, a list or a table of numbers");
    *shape = found;
    return IA_OK;
}

ia_status ia_h5_any_shape(ia_h5 *h5, const char *name, ia_h5_shape *out)
{
    const ia_h5_set *set;
    return open_numbers(h5, name, &set, out);
}

static ia_status read_rows(ia_h5 *h5, const char *name, const ia_h5_set *set,
                           const hsize_t start[2], const hsize_t count[2], double *out)
{
    hid_t memory =
        set->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(set->rank, count, NULL);
    ia_status st = IA_OK;
    if ((set->rank > 0 &&
         H5Sselect_hyperslab(set->space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) ||
        H5Dread(set->set, H5T_NATIVE_DOUBLE, memory, set->space, h5->transfer, out) < 0)
        st = ia_h5_fail(h5, name);
    H5Sclose(memory);
    return st;
}

// A block of a table: rows and columns from `start`, `count` of each.
static ia_status get_block(ia_h5 *h5, const char *name, const ia_h5_shape *shape,
                           const hsize_t start[2], const hsize_t count[2], double *out)
{
    const ia_h5_set *set;
    ia_h5_shape found = {0};
    ia_status st = open_numbers(h5, name, &set, &found);
    if (st != IA_OK)
        return st;
    if (found.width != shape->width || start[0] > found.n ||
        count[0] > found.n - start[0] || start[1] + count[1] > found.width)
        st = ia_h5_unexpected(h5, name, "of the shape expected");
    else
        st = read_rows(h5, name, set, start, count, out);
    return st;
}

ia_status ia_h5_any_rows(ia_h5 *h5, const char *name, const ia_h5_shape *shape,
                         size_t begin, size_t n, double *out)
{
    hsize_t start[2] = {begin, 0}, count[2] = {n, shape->width};
    if (n == 0 || shape->width == 0)
        return IA_OK;
    return get_block(h5, name, shape, start, count, out);
}

ia_status ia_h5_any_column(ia_h5 *h5, const ia_h5_column *column, size_t begin, size_t n,
                           double *out)
{
    hsize_t start[2] = {begin, column->column}, count[2] = {n, 1};
    if (n == 0)
        return IA_OK;
    return get_block(h5, column->name, &column->shape, start, count, out);
}

ia_status ia_h5_any_values(ia_h5 *h5, const char *name, size_t most, double *out,
                           ia_h5_shape *shape)
{
    size_t n;
    ia_h5_shape found;
    ia_status st = ia_h5_any_shape(h5, name, &found);
    if (st != IA_OK)
        return st;
    if (__builtin_mul_overflow(found.n, found.width, &n) || n > most)
        return ia_fail(h5->ctx, IA_ERR_FORMAT,
                       "%s: %s has %zu x %zu values, %zu were expected at most", h5->path,
                       name, found.n, found.width, most);
    if (n == 0)
        found.n = 0; // rows of no values
    if ((st = ia_h5_any_rows(h5, name, &found, 0, found.n, out)) == IA_OK)
        *shape = found;
    return st;
}

static ia_status read_attr(hid_t id, size_t most, double *out, size_t *n)
{
    hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    hssize_t found = -1;
    bool is_integer;
    ia_status st = IA_ERR_FORMAT;
    if (type >= 0 && space >= 0 && is_number(type, &is_integer) &&
        H5Sget_simple_extent_type(space) != H5S_NULL &&
        (found = H5Sget_simple_extent_npoints(space)) >= 1 && (size_t)found <= most &&
        H5Aread(id, H5T_NATIVE_DOUBLE, out) >= 0) {
        *n = (size_t)found;
        st = IA_OK;
    }
    H5Sclose(space);
    H5Tclose(type);
    return st;
}

ia_status ia_h5_any_attr(ia_h5 *h5, const char *name, const char *attr, size_t most,
                         double *out, size_t *n)
{
    if (!ia_h5_has_attr(h5, name, attr))
        return ia_h5_no_attr(h5, name, attr);
    const char *part;
    hid_t place = ia_h5_place(h5, name, &part);
    hid_t id = H5Aopen_by_name(place, part, attr, H5P_DEFAULT, H5P_DEFAULT);
    ia_status st = id < 0 ? ia_h5_fail(h5, name) : read_attr(id, most, out, n);
    H5Aclose(id);
    if (st != IA_OK)
        return ia_fail(h5->ctx, st, "%s: attribute %s of %s is not %s", h5->path, attr,
                       name, most > 1 ? "a list of numbers" : "a number");
    return IA_OK;
}

ia_status ia_h5_join(ia_h5 *h5, const char *group, const char *member,
                     char out[IA_H5_NAME_MAX])
{
    int n = snprintf(out, IA_H5_NAME_MAX, "%s/%s", group, member);
    if (n < 0 || n >= IA_H5_NAME_MAX)
        return ia_fail(h5->ctx, IA_ERR_FORMAT,
                       "%s: a name in %s is longer than %d characters", h5->path, group,
                       IA_H5_NAME_MAX - 1);
    return IA_OK;
}

bool ia_h5_begins(const unsigned char *bytes, size_t n)
{
    return n >= 8 && memcmp(bytes, "\x89HDF\r\n\x1a\n", 8) == 0;
}

bool ia_h5_is(const unsigned char *bytes, size_t n, const char *const *names)
{
    ia_h5 h5;
    bool all = true;
    if (!ia_h5_begins(bytes, n) || ia_h5_open(NULL, "memory", bytes, n, &h5) != IA_OK)
        return false;
    for (; *names && all; names++)
        all = ia_h5_has(&h5, *names);
    ia_h5_close(&h5);
    return all;
}
