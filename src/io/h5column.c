// src/io/h5column.c: per-ion columns into HDF5, hashed and compressed on all threads.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <ionatlas/hash.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { DEFLATE_LEVEL = 1, CHUNKS_PER_WORKER = 2 };

// A batch of chunks: filled, then hashed by one block of work while others compress.
typedef struct {
    const ia_column *column;
    size_t chunk_rows;
    size_t first, n_chunks; // of this batch
    size_t row, value;      // bytes
    unsigned char *rows;    // (batch) raw chunks, the last one padded with zeros
    unsigned char *planes;  // (batch) shuffled chunks
    unsigned char *packed;  // (batch, packed_most)
    uLongf *n_packed;       // (batch) 0 where it failed
    size_t packed_most;
    ia_hash *hash;
} batch;

// HDF5 wants chunks no longer than the column.
static size_t chunk_rows(size_t n)
{
    if (n == 0)
        return 1;
    return n < IA_H5_CHUNK_ROWS ? n : IA_H5_CHUNK_ROWS;
}

static size_t chunk_bytes(const batch *b)
{
    return b->chunk_rows * b->row;
}

static size_t rows_in_chunk(const batch *b, size_t chunk)
{
    size_t begin, end;
    ia_block(b->column->n, b->chunk_rows, b->first + chunk, &begin, &end);
    return end - begin;
}

static void to_little_endian(unsigned char *values, size_t n, size_t size)
{
    const uint16_t one = 1;
    if (*(const unsigned char *)&one == 1)
        return;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < size / 2; k++) {
            unsigned char byte = values[i * size + k];
            values[i * size + k] = values[i * size + size - 1 - k];
            values[i * size + size - 1 - k] = byte;
        }
}

// ia_column_rows works by blocks of at most IA_COLUMN_BLOCK rows.
static void copy_rows(const ia_column *column, size_t begin, size_t n, size_t row,
                      unsigned char *out)
{
    for (size_t done = 0; done < n; done += IA_COLUMN_BLOCK) {
        size_t part = n - done < IA_COLUMN_BLOCK ? n - done : IA_COLUMN_BLOCK;
        unsigned char *to = out + done * row;
        const void *from = ia_column_rows(column, begin + done, part, to);
        if (from != to)
            memcpy(to, from, part * row);
    }
    to_little_endian(out, n * column->width, ia_type_size(column->type));
}

static void fill_chunk(void *user, size_t chunk, size_t worker)
{
    (void)worker;
    batch *b = user;
    size_t n = rows_in_chunk(b, chunk);
    unsigned char *rows = b->rows + chunk * chunk_bytes(b);
    copy_rows(b->column, (b->first + chunk) * b->chunk_rows, n, b->row, rows);
    memset(rows + n * b->row, 0, chunk_bytes(b) - n * b->row);
}

// HDF5's shuffle: first bytes of all values, then second bytes, ...
static void shuffle(const unsigned char *values, size_t n, size_t size,
                    unsigned char *out)
{
    for (size_t k = 0; k < size; k++)
        for (size_t i = 0; i < n; i++)
            out[k * n + i] = values[i * size + k];
}

static void pack_chunk(batch *b, size_t chunk)
{
    const unsigned char *rows = b->rows + chunk * chunk_bytes(b);
    unsigned char *planes = b->planes + chunk * chunk_bytes(b);
    uLongf n = b->packed_most;
    shuffle(rows, chunk_bytes(b) / b->value, b->value, planes);
    int code = compress2(b->packed + chunk * b->packed_most, &n, planes, chunk_bytes(b),
                         DEFLATE_LEVEL);
    b->n_packed[chunk] = code == Z_OK ? n : 0;
}

static void hash_or_pack(void *user, size_t block, size_t worker)
{
    (void)worker;
    batch *b = user;
    if (block > 0) {
        pack_chunk(b, block - 1);
        return;
    }
    for (size_t i = 0; i < b->n_chunks; i++)
        ia_hash_add(b->hash, b->rows + i * chunk_bytes(b), rows_in_chunk(b, i) * b->row);
}

static ia_status new_batch(ia_ctx *ctx, const ia_column *column, size_t most, batch *b)
{
    *b = (batch){.column = column,
                 .chunk_rows = chunk_rows(column->n),
                 .value = ia_type_size(column->type)};
    b->row = b->value * column->width;
    b->packed_most = compressBound(chunk_bytes(b));
    if (!(b->rows = ia_array(ctx, most, chunk_bytes(b))) ||
        !(b->planes = ia_array(ctx, most, chunk_bytes(b))) ||
        !(b->packed = ia_array(ctx, most, b->packed_most)) ||
        !(b->n_packed = ia_array(ctx, most, sizeof *b->n_packed)))
        return IA_ERR_MEMORY;
    return ia_hash_new(ctx, &b->hash);
}

static void clear_batch(batch *b)
{
    free(b->rows);
    free(b->planes);
    free(b->packed);
    free(b->n_packed);
    ia_hash_free(b->hash);
}

static ia_status write_chunks(ia_h5 *h5, const char *name, hid_t set, const batch *b)
{
    for (size_t i = 0; i < b->n_chunks; i++) {
        hsize_t offset[2] = {(b->first + i) * b->chunk_rows, 0};
        if (b->n_packed[i] == 0)
            return ia_fail(h5->ctx, IA_ERR_MEMORY, "%s: %s cannot be compressed",
                           h5->path, name);
        if (H5Dwrite_chunk(set, H5P_DEFAULT, 0, offset, b->n_packed[i],
                           b->packed + i * b->packed_most) < 0 ||
            h5->error)
            return ia_h5_fail(h5, name);
    }
    return IA_OK;
}

static hid_t create_set(ia_h5 *h5, const char *name, const ia_column *column)
{
    int rank = column->width > 1 ? 2 : 1;
    hsize_t dims[2] = {column->n, column->width};
    hsize_t chunk[2] = {chunk_rows(column->n), column->width};
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t type = ia_h5_type(column->type, true);
    hid_t set = H5I_INVALID_HID;
    bool packed = column->n == 0 || (H5Pset_chunk(create, rank, chunk) >= 0 &&
                                     H5Pset_shuffle(create) >= 0 &&
                                     H5Pset_deflate(create, DEFLATE_LEVEL) >= 0);
    if (packed && H5Pset_obj_track_times(create, false) >= 0)
        set = H5Dcreate2(h5->file, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    H5Tclose(type);
    H5Pclose(create);
    H5Sclose(space);
    return set;
}

// `set` is negative when only the hash is wanted.
static ia_status run_batches(ia_ctx *ctx, ia_h5 *h5, const char *name, hid_t set,
                             const ia_column *column, char hex[65])
{
    size_t n_chunks = ia_block_count(column->n, chunk_rows(column->n));
    size_t most = CHUNKS_PER_WORKER * ia_for_workers(ctx, n_chunks);
    most = n_chunks < most ? n_chunks : most;
    batch b;
    ia_status st = new_batch(ctx, column, most, &b);
    for (; st == IA_OK && b.first < n_chunks; b.first += most) {
        b.n_chunks = n_chunks - b.first < most ? n_chunks - b.first : most;
        size_t n_packing = set >= 0 ? b.n_chunks : 0;
        double share = (double)b.first / (double)n_chunks;
        if ((st = ia_step(ctx, "storing", share)) == IA_OK &&
            (st = ia_for(ctx, NULL, b.n_chunks, fill_chunk, &b)) == IA_OK &&
            (st = ia_for(ctx, NULL, 1 + n_packing, hash_or_pack, &b)) == IA_OK &&
            set >= 0)
            st = write_chunks(h5, name, set, &b);
    }
    if (st == IA_OK)
        ia_hash_finish(b.hash, hex);
    clear_batch(&b);
    return st;
}

ia_status ia_h5_put_column(ia_h5 *h5, const char *name, const ia_column *column,
                           const char *units, char hex[65])
{
    hid_t set = create_set(h5, name, column);
    ia_status st =
        set < 0 ? ia_h5_fail(h5, name) : run_batches(h5->ctx, h5, name, set, column, hex);
    H5Dclose(set);
    if (st == IA_OK && units && *units)
        st = ia_h5_attr_text(h5, name, "units", units);
    return st == IA_OK ? ia_h5_attr_text(h5, name, "sha256", hex) : st;
}

ia_status ia_column_sha256(ia_ctx *ctx, const ia_column *column, char hex[65])
{
    return run_batches(ctx, NULL, "", H5I_INVALID_HID, column, hex);
}
