// src/io/h5read.c: read HDF5 files that nobody vouches for.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <ionatlas/hash.h>

#include <stdlib.h>
#include <string.h>

// Deflate packs at most 1032 to 1; anything that claims more is not in the file.
enum { TEXT_MOST = 1 << 26, PACK_MOST = 1032, ROWS_AT_ONCE = 65536 };

static ia_status missing(ia_h5 *h5, const char *name)
{
    return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: has no %s", h5->path, name);
}

ia_status ia_h5_unexpected(ia_h5 *h5, const char *name, const char *expected)
{
    return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s is not %s", h5->path, name, expected);
}

static bool has_sound_attrs(const ia_h5 *h5, hid_t place, const char *part)
{
    H5O_info_t info;
    return !h5->bytes ||
           (H5Oget_info_by_name2(place, part, &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 &&
            ia_h5_has_attr_values(h5, info.addr));
}

bool ia_h5_has_attr(ia_h5 *h5, const char *name, const char *attr)
{
    if (!ia_h5_has(h5, name))
        return false;
    const char *part;
    hid_t place = ia_h5_place(h5, name, &part);
    if (!has_sound_attrs(h5, place, part)) {
        h5->damaged = true;
        return false;
    }
    htri_t exists = H5Aexists_by_name(place, part, attr, H5P_DEFAULT);
    h5->damaged |= exists < 0;
    return exists > 0;
}

ia_status ia_h5_no_attr(ia_h5 *h5, const char *name, const char *attr)
{
    if (h5->damaged)
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: attributes of %s are damaged",
                       h5->path, name);
    return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s has no attribute %s", h5->path, name,
                   attr);
}

void ia_h5_close_set(ia_h5_set *d)
{
    if (d->create > 0)
        H5Pclose(d->create);
    if (d->space > 0)
        H5Sclose(d->space);
    if (d->type > 0)
        H5Tclose(d->type);
    if (d->set > 0)
        H5Dclose(d->set);
    *d = (ia_h5_set){0};
}

// Only values that lie in this file, by filters that every HDF5 has.
static bool is_self_contained(const ia_h5_set *d)
{
    if (H5Pget_layout(d->create) == H5D_VIRTUAL || H5Pget_external_count(d->create) != 0)
        return false;
    int n = H5Pget_nfilters(d->create);
    for (int i = 0; i < n; i++) {
        unsigned flags;
        size_t n_values = 0;
        H5Z_filter_t id = H5Pget_filter2(d->create, (unsigned)i, &flags, &n_values, NULL,
                                         0, NULL, NULL);
        if (id != H5Z_FILTER_DEFLATE && id != H5Z_FILTER_SHUFFLE &&
            id != H5Z_FILTER_FLETCHER32)
            return false;
    }
    return n >= 0;
}

// HDF5 unpacks whole chunks: one is small or not much larger than what it is for.
static bool has_sound_chunks(const ia_h5_set *d)
{
    enum { CHUNK_MOST = 1 << 26, WASTE_MOST = 16 };
    hsize_t dims[3] = {1, 1, 1}, chunk = d->size, values = d->size;
    if (H5Pget_layout(d->create) != H5D_CHUNKED)
        return true;
    if (H5Pget_chunk(d->create, 3, dims) < 0)
        return false;
    for (int i = 0; i < d->rank; i++)
        if (__builtin_mul_overflow(chunk, dims[i], &chunk) ||
            __builtin_mul_overflow(values, d->dims[i], &values))
            return false;
    return chunk <= CHUNK_MOST || chunk / WASTE_MOST <= values;
}

// HDF5 1.10 takes what lies behind the file, or behind the header, for values.
static bool lies_in_file(const ia_h5 *h5, const ia_h5_set *d, hsize_t n, hsize_t stored)
{
    H5D_layout_t layout = H5Pget_layout(d->create);
    if (layout == H5D_CHUNKED || n == 0)
        return true;
    if (n > stored)
        return false;
    haddr_t at = layout == H5D_CONTIGUOUS ? H5Dget_offset(d->set) : 0;
    return at <= h5->n && n <= h5->n - at;
}

// The values cannot be more than the file's bytes unpack to.
static bool fits(const ia_h5 *h5, const ia_h5_set *d)
{
    hsize_t n = d->size;
    if (!h5->bytes)
        return true; // being written by us
    for (int i = 0; i < d->rank; i++)
        if (__builtin_mul_overflow(n, d->dims[i], &n))
            return false;
    hsize_t stored = H5Dget_storage_size(d->set);
    if (stored > h5->n || !lies_in_file(h5, d, n, stored))
        return false;
    return n <= TEXT_MOST ? n == 0 || stored > 0 : n / PACK_MOST <= stored;
}

// Type, extent and layout of an open dataset.
static ia_status look_at_set(ia_h5 *h5, const char *name, int rank_most, ia_h5_set *d)
{
    d->type = H5Dget_type(d->set);
    d->space = H5Dget_space(d->set);
    d->create = H5Dget_create_plist(d->set);
    if (d->type < 0 || d->space < 0 || d->create < 0)
        return ia_h5_fail(h5, name);
    if (H5Sget_simple_extent_type(d->space) == H5S_NULL ||
        (d->rank = H5Sget_simple_extent_ndims(d->space)) < 0 || d->rank > rank_most)
        return ia_h5_unexpected(h5, name, "a value, a list or a table");
    if (H5Sget_simple_extent_dims(d->space, d->dims, NULL) < 0)
        return ia_h5_fail(h5, name);
    if (!is_self_contained(d))
        return ia_h5_unexpected(h5, name, "stored in this file by its usual filters");
    if ((d->size = H5Tget_size(d->type)) == 0)
        return ia_h5_fail(h5, name);
    if (!fits(h5, d))
        return ia_fail(h5->ctx, IA_ERR_FORMAT,
                       "%s: %s claims %llu x %llu values, more than the file can hold",
                       h5->path, name, (unsigned long long)d->dims[0],
                       (unsigned long long)d->dims[1]);
    if (h5->bytes && !has_sound_chunks(d))
        return ia_fail(h5->ctx, IA_ERR_FORMAT,
                       "%s: %s is stored in chunks far larger than its values", h5->path,
                       name);
    return IA_OK;
}

static ia_status open_anew(ia_h5 *h5, const char *name, int rank_most, ia_h5_set *d)
{
    H5O_info_t info;
    const char *part;
    if (!ia_h5_has(h5, name))
        return missing(h5, name);
    hid_t place = ia_h5_place(h5, name, &part);
    if (H5Oget_info_by_name2(place, part, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        return ia_h5_fail(h5, name);
    if (info.type != H5O_TYPE_DATASET)
        return ia_h5_unexpected(h5, name, "a list of values");
    if (!ia_h5_has_chunk_size(h5, info.addr))
        return ia_fail(h5->ctx, IA_ERR_FORMAT, "%s: %s is stored in chunks of no size",
                       h5->path, name);
    *d = (ia_h5_set){.dims = {1, 1, 1}, .set = H5Dopen2(place, part, H5P_DEFAULT)};
    ia_status st =
        d->set < 0 ? ia_h5_fail(h5, name) : look_at_set(h5, name, rank_most, d);
    memcpy(d->name, name, strlen(name) + 1);
    if (st != IA_OK)
        ia_h5_close_set(d);
    return st;
}

ia_status ia_h5_open_rank(ia_h5 *h5, const char *name, int rank_most,
                          const ia_h5_set **out)
{
    for (size_t i = 0; i < IA_H5_SETS; i++)
        if (h5->sets[i].set > 0 && h5->sets[i].rank <= rank_most &&
            strcmp(name, h5->sets[i].name) == 0) {
            *out = &h5->sets[i];
            return IA_OK;
        }
    ia_h5_set *d = &h5->sets[h5->n_opened++ % IA_H5_SETS];
    ia_h5_close_set(d);
    *out = d;
    return open_anew(h5, name, rank_most, d);
}

ia_status ia_h5_open_set(ia_h5 *h5, const char *name, const ia_h5_set **out)
{
    return ia_h5_open_rank(h5, name, 2, out);
}

static bool is_fixed_text(hid_t type)
{
    return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
           H5Tget_size(type) <= TEXT_MOST;
}

static ia_status cut_text(ia_h5 *h5, const char *cell, size_t n, char **out)
{
    *out = ia_textf(h5->ctx, "%.*s", (int)strnlen(cell, n), cell);
    return *out ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_h5_get_text(ia_h5 *h5, const char *name, char **out)
{
    const ia_h5_set *d;
    ia_status st = ia_h5_open_set(h5, name, &d);
    if (st != IA_OK)
        return st;
    char *cell = NULL;
    if (d->rank != 0 || !is_fixed_text(d->type))
        st = ia_h5_unexpected(h5, name, "a text of fixed length");
    else if (!(cell = ia_array(h5->ctx, d->size + 1, 1)))
        st = IA_ERR_MEMORY;
    else if (H5Dread(d->set, d->type, H5S_ALL, H5S_ALL, h5->transfer, cell) < 0)
        st = ia_h5_fail(h5, name);
    else
        st = cut_text(h5, cell, d->size, out);
    free(cell);
    return st;
}

void ia_h5_free_texts(char **texts, size_t n)
{
    for (size_t i = 0; texts && i < n; i++)
        free(texts[i]);
    free(texts);
}

static ia_status cut_texts(ia_h5 *h5, const char *cells, const ia_h5_set *d, char ***out)
{
    size_t n = (size_t)d->dims[0];
    char **texts = ia_array(h5->ctx, n, sizeof *texts);
    ia_status st = texts ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < n && st == IA_OK; i++)
        st = cut_text(h5, cells + i * d->size, d->size, &texts[i]);
    if (st == IA_OK)
        *out = texts;
    else
        ia_h5_free_texts(texts, n);
    return st;
}

ia_status ia_h5_get_texts(ia_h5 *h5, const char *name, size_t *n, char ***out)
{
    const ia_h5_set *d;
    ia_status st = ia_h5_open_set(h5, name, &d);
    if (st != IA_OK)
        return st;
    char *cells = NULL;
    if (d->rank != 1 || !is_fixed_text(d->type))
        st = ia_h5_unexpected(h5, name, "a list of texts of fixed length");
    else if (!(cells = ia_array(h5->ctx, (size_t)d->dims[0], d->size)))
        st = IA_ERR_MEMORY;
    else if (d->dims[0] > 0 &&
             H5Dread(d->set, d->type, H5S_ALL, H5S_ALL, h5->transfer, cells) < 0)
        st = ia_h5_fail(h5, name);
    else if ((st = cut_texts(h5, cells, d, out)) == IA_OK)
        *n = (size_t)d->dims[0];
    free(cells);
    return st;
}

// The type of ours of that class and size, to be compared with it.
static ia_type type_like(hid_t type)
{
    size_t size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        return size == 4 ? IA_F32 : IA_F64;
    case H5T_INTEGER:
        if (size == 4)
            return H5Tget_sign(type) == H5T_SGN_2 ? IA_I32 : IA_U32;
        return size == 1 ? IA_U8 : IA_U64;
    case H5T_ENUM:
        return IA_BOOL;
    default:
        return IA_TEXT;
    }
}

// Ours are stored as one of a few types; IA_TEXT stands for none of them.
static ia_type type_of(hid_t type)
{
    ia_type like = type_like(type);
    hid_t ours = ia_h5_type(like, true);
    bool same = ours >= 0 && H5Tequal(ours, type) > 0;
    if (ours >= 0)
        H5Tclose(ours);
    return same ? like : IA_TEXT;
}

static ia_status get_scalar(ia_h5 *h5, const char *name, ia_type type, void *out)
{
    const ia_h5_set *d;
    ia_status st = ia_h5_open_set(h5, name, &d);
    if (st != IA_OK)
        return st;
    hid_t memory = ia_h5_type(type, false);
    if (d->rank != 0 || type_of(d->type) != type)
        st = ia_h5_unexpected(h5, name, "one number of the type expected");
    else if (H5Dread(d->set, memory, H5S_ALL, H5S_ALL, h5->transfer, out) < 0)
        st = ia_h5_fail(h5, name);
    H5Tclose(memory);
    return st;
}

ia_status ia_h5_get_f64(ia_h5 *h5, const char *name, double *out)
{
    return get_scalar(h5, name, IA_F64, out);
}

ia_status ia_h5_get_u64(ia_h5 *h5, const char *name, uint64_t *out)
{
    return get_scalar(h5, name, IA_U64, out);
}

ia_status ia_h5_get_shape(ia_h5 *h5, const char *name, ia_h5_array *out)
{
    const ia_h5_set *d;
    ia_status st = ia_h5_open_set(h5, name, &d);
    if (st != IA_OK)
        return st;
    ia_type type = type_of(d->type);
    if (d->rank == 0 || type == IA_TEXT)
        st = ia_h5_unexpected(h5, name, "a list of numbers of a known type");
    else
        *out = (ia_h5_array){.type = type,
                             .n = (size_t)d->dims[0],
                             .width = d->rank > 1 ? (size_t)d->dims[1] : 0};
    return st;
}

static ia_status read_slab(ia_h5 *h5, const char *name, const ia_h5_set *d,
                           const hsize_t start[2], const hsize_t count[2], void *out)
{
    hid_t memory = H5Screate_simple(d->rank, count, NULL);
    hid_t type = ia_h5_type(type_of(d->type), false);
    ia_status st = IA_OK;
    if (H5Sselect_hyperslab(d->space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
        H5Dread(d->set, type, memory, d->space, h5->transfer, out) < 0)
        st = ia_h5_fail(h5, name);
    H5Tclose(type);
    H5Sclose(memory);
    return st;
}

static ia_status check_bools(ia_h5 *h5, const char *name, const unsigned char *v,
                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] > 1)
            return ia_h5_unexpected(h5, name, "true or false throughout");
    return IA_OK;
}

ia_status ia_h5_get_rows(ia_h5 *h5, const char *name, const ia_h5_array *shape,
                         size_t begin, size_t n, void *out)
{
    const ia_h5_set *d;
    ia_status st = n > 0 ? ia_h5_open_set(h5, name, &d) : IA_OK;
    if (st != IA_OK || n == 0)
        return st;
    hsize_t start[2] = {begin, 0}, count[2] = {n, d->dims[1]};
    if (type_of(d->type) != shape->type || d->rank != (shape->width > 0 ? 2 : 1) ||
        (shape->width > 0 && d->dims[1] != shape->width) || begin > d->dims[0] ||
        n > d->dims[0] - begin)
        st = ia_h5_unexpected(h5, name, "of the shape expected");
    else
        st = read_slab(h5, name, d, start, count, out);
    if (st == IA_OK && shape->type == IA_BOOL)
        st = check_bools(h5, name, out, n * (shape->width > 0 ? shape->width : 1));
    return st;
}

ia_status ia_h5_hash_array(ia_h5 *h5, const char *name, char hex[65])
{
    ia_h5_array shape;
    ia_hash *hash = NULL;
    unsigned char *rows = NULL;
    ia_status st;
    if ((st = ia_h5_get_shape(h5, name, &shape)) != IA_OK ||
        (st = ia_hash_new(h5->ctx, &hash)) != IA_OK)
        goto done;
    size_t row = ia_type_size(shape.type) * (shape.width > 0 ? shape.width : 1);
    size_t most = shape.n < ROWS_AT_ONCE ? shape.n : ROWS_AT_ONCE;
    if (!(rows = ia_array(h5->ctx, most, row)))
        st = IA_ERR_MEMORY;
    for (size_t begin = 0; begin < shape.n && st == IA_OK; begin += most) {
        size_t n = shape.n - begin < most ? shape.n - begin : most;
        st = ia_h5_get_rows(h5, name, &shape, begin, n, rows);
        if (st == IA_OK)
            ia_hash_add(hash, rows, n * row);
        if (st == IA_OK)
            st = ia_step(h5->ctx, "hashing", (double)begin / (double)shape.n);
    }
    if (st == IA_OK)
        ia_hash_finish(hash, hex);
done:
    free(rows);
    ia_hash_free(hash);
    return st;
}

static ia_status read_attr(ia_h5 *h5, hid_t id, const char *name, char **out)
{
    hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    size_t n = H5Tget_size(type);
    char *cell = NULL;
    ia_status st = IA_OK;
    if (type < 0 || space < 0 || H5Sget_simple_extent_type(space) != H5S_SCALAR ||
        !is_fixed_text(type) || n == 0 || (h5->bytes && n > h5->n))
        st = ia_h5_unexpected(h5, name, "marked with texts of fixed length");
    else if (!(cell = ia_array(h5->ctx, n + 1, 1)))
        st = IA_ERR_MEMORY;
    else if (H5Aread(id, type, cell) < 0)
        st = ia_h5_fail(h5, name);
    else
        st = cut_text(h5, cell, n, out);
    free(cell);
    H5Sclose(space);
    H5Tclose(type);
    return st;
}

ia_status ia_h5_get_attr_text(ia_h5 *h5, const char *name, const char *attr, char **out)
{
    if (!ia_h5_has_attr(h5, name, attr))
        return ia_h5_no_attr(h5, name, attr);
    const char *part;
    hid_t place = ia_h5_place(h5, name, &part);
    hid_t id = H5Aopen_by_name(place, part, attr, H5P_DEFAULT, H5P_DEFAULT);
    ia_status st = id < 0 ? ia_h5_fail(h5, name) : read_attr(h5, id, name, out);
    H5Aclose(id);
    return st;
}

ia_status ia_h5_get_attr_u64(ia_h5 *h5, const char *name, const char *attr, uint64_t *out)
{
    if (!ia_h5_has_attr(h5, name, attr))
        return ia_h5_no_attr(h5, name, attr);
    const char *part;
    hid_t place = ia_h5_place(h5, name, &part);
    hid_t id = H5Aopen_by_name(place, part, attr, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    ia_status st = IA_OK;
    if (id < 0 || type < 0 || H5Sget_simple_extent_type(space) != H5S_SCALAR ||
        type_of(type) != IA_U64)
        st = ia_h5_unexpected(h5, name, "marked with a number");
    else if (H5Aread(id, H5T_NATIVE_UINT64, out) < 0)
        st = ia_h5_fail(h5, name);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(id);
    return st;
}
