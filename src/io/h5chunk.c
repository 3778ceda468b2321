// src/io/h5chunk.c: chunks of no size, by which HDF5 1.10 divides when it opens a set.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <string.h>

// HDF5 checks the size of chunks in older layouts, not in that of version 4. This reads
// as much of an object's header as is needed to find it, after the HDF5 File Format
// Specification 3.0, IV.A; what it cannot make out is left to HDF5.

enum { LAYOUT = 0x08, CONTINUATION = 0x10, BLOCKS_MOST = 4096 };

typedef struct {
    const unsigned char *bytes;
    uint64_t n, base;           // addresses count from the base
    size_t n_address, n_length; // bytes of these
    size_t n_head;              // bytes before a message's own
    bool is_old;                // a header of version 1
    int blocks_left;
} header;

static uint64_t get(const unsigned char *at, size_t n)
{
    uint64_t v = 0;
    for (size_t i = n; i-- > 0;)
        v = v << 8 | at[i];
    return v;
}

// The superblock lies at 0, 512, 1024, ...
static bool find_superblock(header *h)
{
    enum { LEAST = 16 };
    while (h->base + LEAST <= h->n && memcmp(h->bytes + h->base, "\x89HDF\r\n\x1a\n", 8))
        h->base = h->base ? 2 * h->base : 512;
    if (h->base + LEAST > h->n)
        return false;
    const unsigned char *sizes =
        h->bytes + h->base + (h->bytes[h->base + 8] < 2 ? 13 : 9);
    h->n_address = sizes[0];
    h->n_length = sizes[1];
    return h->n_address <= 8 && h->n_length <= 8;
}

// Version, class, flags, number of dimensions, bytes of each, dimensions.
static bool has_size(const unsigned char *layout, size_t n)
{
    if (n < 5 || layout[0] != 4 || layout[1] != 2)
        return true;
    size_t n_dims = layout[3], width = layout[4];
    for (size_t i = 0; width <= 8 && i < n_dims && 5 + (i + 1) * width <= n; i++)
        if (get(layout + 5 + i * width, width) == 0)
            return false;
    return true;
}

static bool walk(header *h, uint64_t begin, uint64_t n_block);

static bool follow(header *h, const unsigned char *at, size_t n)
{
    if (n < h->n_address + h->n_length)
        return true;
    uint64_t begin = get(at, h->n_address), length = get(at + h->n_address, h->n_length);
    if (begin > UINT64_MAX - h->base)
        return true;
    begin += h->base;
    if (h->is_old)
        return walk(h, begin, length);
    return length < 8 || walk(h, begin + 4, length - 8); // "OCHK" and a checksum
}

// Whether no layout in these messages, or in those they continue with, is without a size.
static bool walk(header *h, uint64_t begin, uint64_t n_block)
{
    if (h->blocks_left-- == 0)
        return false;
    if (begin > h->n || n_block > h->n - begin)
        return true;
    const unsigned char *at = h->bytes + begin, *end = at + n_block;
    while ((size_t)(end - at) >= h->n_head) {
        uint64_t type = h->is_old ? get(at, 2) : at[0];
        size_t n = (size_t)get(at + (h->is_old ? 2 : 1), 2);
        at += h->n_head;
        if (n > (size_t)(end - at))
            return true;
        if ((type == LAYOUT && !has_size(at, n)) ||
            (type == CONTINUATION && !follow(h, at, n)))
            return false;
        at += n;
    }
    return true;
}

static bool walk_new(header *h, uint64_t at)
{
    enum { TIMES = 0x20, PHASES = 0x10, ORDER = 0x04 };
    const unsigned char *p = h->bytes + at;
    unsigned flags = p[5];
    size_t width = (size_t)1 << (flags & 3);
    uint64_t begin = at + 6 + (flags & TIMES ? 16 : 0) + (flags & PHASES ? 4 : 0);
    h->n_head = flags & ORDER ? 6 : 4;
    if (begin > h->n || width > h->n - begin)
        return true;
    return walk(h, begin + width, get(h->bytes + begin, width));
}

bool ia_h5_has_chunk_size(const ia_h5 *h5, haddr_t address)
{
    header h = {.bytes = h5->bytes, .n = h5->n, .blocks_left = BLOCKS_MOST};
    if (!h5->bytes || !find_superblock(&h) || address > h.n || h.base > h.n - address ||
        h.n - address - h.base < 16)
        return true;
    uint64_t at = h.base + address;
    if (memcmp(h.bytes + at, "OHDR", 4) == 0)
        return walk_new(&h, at);
    if (h.bytes[at] != 1)
        return true;
    h.is_old = true;
    h.n_head = 8;
    return walk(&h, at + 16, get(h.bytes + at + 8, 4));
}
