// src/io/h5grid.c: counts and values by place in HDF5: three dimensions, compressed and
// hashed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <ionatlas/hash.h>

#include <stdlib.h>

enum { CHUNK_VALUES = 65536, DEFLATE_LEVEL = 1 };

// A chunk is a part of one plane.
static hid_t make_set(ia_h5 *h5, const char *name, const hsize_t n[3], hid_t type)
{
    hsize_t rows = CHUNK_VALUES / n[2] > 0 ? CHUNK_VALUES / n[2] : 1;
    hsize_t chunk[3] = {1, rows < n[1] ? rows : n[1], n[2]};
    hid_t space = H5Screate_simple(3, n, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t set = H5I_INVALID_HID;
    if (H5Pset_obj_track_times(create, false) >= 0 &&
        H5Pset_chunk(create, 3, chunk) >= 0 && H5Pset_shuffle(create) >= 0 &&
        H5Pset_deflate(create, DEFLATE_LEVEL) >= 0)
        set = H5Dcreate2(h5->file, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    H5Pclose(create);
    H5Sclose(space);
    return set;
}

ia_status ia_h5_put_grid(ia_h5 *h5, const char *name, const ia_h5_grid *grid)
{
    const hsize_t n[3] = {grid->n[0], grid->n[1], grid->n[2]};
    char hex[65];
    bool real = grid->values;
    hid_t set = make_set(h5, name, n, real ? H5T_IEEE_F32LE : H5T_STD_U32LE);
    const void *values = real ? (const void *)grid->values : grid->counts;
    ia_status st = IA_OK;
    if (set < 0 || H5Dwrite(set, real ? H5T_NATIVE_FLOAT : H5T_NATIVE_UINT32, H5S_ALL,
                            H5S_ALL, H5P_DEFAULT, values) < 0)
        st = ia_h5_fail(h5, name);
    H5Dclose(set);
    if (st == IA_OK && h5->error)
        st = ia_h5_fail(h5, name);
    if (st == IA_OK)
        st = ia_h5_hash_grid(h5, name, hex);
    return st == IA_OK ? ia_h5_attr_text(h5, name, "sha256", hex) : st;
}

static ia_status hash_plane(ia_h5 *h5, const char *name, const ia_h5_set *d,
                            hsize_t plane, uint32_t *values)
{
    hsize_t start[3] = {plane, 0, 0}, count[3] = {1, d->dims[1], d->dims[2]};
    hid_t memory = H5Screate_simple(3, count, NULL);
    ia_status st = IA_OK;
    if (H5Sselect_hyperslab(d->space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
        H5Dread(d->set, d->type, memory, d->space, h5->transfer, values) < 0)
        st = ia_h5_fail(h5, name);
    H5Sclose(memory);
    return st;
}

static ia_status hash_set(ia_h5 *h5, const char *name, const ia_h5_set *d, char hex[65])
{
    size_t n = (size_t)(d->dims[1] * d->dims[2]);
    ia_hash *hash = NULL;
    uint32_t *values = ia_array(h5->ctx, n, sizeof *values);
    ia_status st = values ? ia_hash_new(h5->ctx, &hash) : IA_ERR_MEMORY;
    for (hsize_t plane = 0; plane < d->dims[0] && st == IA_OK; plane++)
        if ((st = hash_plane(h5, name, d, plane, values)) == IA_OK) {
            ia_hash_add(hash, values, n * sizeof *values);
            st = ia_step(h5->ctx, "hashing", (double)plane / (double)d->dims[0]);
        }
    if (st == IA_OK)
        ia_hash_finish(hash, hex);
    ia_hash_free(hash);
    free(values);
    return st;
}

ia_status ia_h5_hash_grid(ia_h5 *h5, const char *name, char hex[65])
{
    const ia_h5_set *d;
    ia_status st = ia_h5_open_rank(h5, name, 3, &d);
    if (st != IA_OK)
        return st;
    if (d->rank != 3 ||
        (H5Tequal(d->type, H5T_STD_U32LE) <= 0 && H5Tequal(d->type, H5T_IEEE_F32LE) <= 0))
        st = ia_h5_unexpected(h5, name, "a grid of counts or values");
    else
        st = hash_set(h5, name, d, hex);
    return st;
}
