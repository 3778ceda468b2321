// src/io/h5chunk.c: what HDF5 1.10 believes: chunks of no size, by which it divides,
// attributes beyond their message, heaps beyond the file.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5.h"

#include <string.h>

// HDF5 checks the size of chunks in older layouts, not in that of version 4, and copies
// an attribute's values from behind its message where that is too short. This reads as
// much of an object's header as is needed to find them, after the HDF5 File Format
// Specification 3.0, IV.A; what it cannot make out is left to HDF5.

enum { LAYOUT = 0x08, ATTRIBUTE = 0x0c, CONTINUATION = 0x10, BLOCKS_MOST = 4096 };

typedef struct header header;
struct header {
    // Whether a message of that type can be read.
    uint64_t type;
    bool (*is_sound)(const header *h, const unsigned char *message, size_t n);
    const unsigned char *bytes;
    uint64_t n, base;           // addresses count from the base
    size_t n_address, n_length; // bytes of these
    size_t n_head;              // bytes before a message's own
    bool is_old;                // a header of version 1
    int blocks_left;
};

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
static bool has_size(const header *h, const unsigned char *layout, size_t n)
{
    (void)h;
    if (n < 5 || layout[0] != 4 || layout[1] != 2)
        return true;
    size_t n_dims = layout[3], width = layout[4];
    for (size_t i = 0; width <= 8 && i < n_dims && 5 + (i + 1) * width <= n; i++)
        if (get(layout + 5 + i * width, width) == 0)
            return false;
    return true;
}

// How many values an extent of n bytes at most has, UINT64_MAX where it is none.
static uint64_t count_values(const header *h, const unsigned char *space, size_t n)
{
    enum { OLD_HEAD = 8, HEAD = 4, NONE = 2 };
    size_t head = n > 0 && space[0] == 1 ? OLD_HEAD : HEAD;
    if (n < head || (n - head) / (h->n_length ? h->n_length : 1) < space[1])
        return UINT64_MAX;
    uint64_t values = head == HEAD && space[3] == NONE ? 0 : 1;
    for (size_t i = 0; i < space[1]; i++)
        if (__builtin_mul_overflow(
                values, get(space + head + i * h->n_length, h->n_length), &values))
            return UINT64_MAX;
    return values;
}

// Version, flags, bytes of name, type and extent, these, which version 1 pads, values. A
// type that lies elsewhere counts as one byte.
static bool has_values(const header *h, const unsigned char *attr, size_t n)
{
    enum { HEAD = 8, NEWEST = 3, SHARED_TYPE = 1, SHARED_SPACE = 2, TYPE_LEAST = 8 };
    if (n < HEAD || attr[0] == 0 || attr[0] > NEWEST)
        return n >= HEAD;
    unsigned flags = attr[0] == 1 ? 0 : attr[1];
    size_t sizes[3], at = attr[0] == NEWEST ? HEAD + 1 : HEAD, places[3];
    for (size_t i = 0; i < 3; i++) {
        sizes[i] = (size_t)get(attr + 2 + 2 * i, 2);
        places[i] = at;
        at += attr[0] == 1 ? (sizes[i] + 7) / 8 * 8 : sizes[i];
    }
    if (at > n || (!(flags & SHARED_TYPE) && sizes[1] < TYPE_LEAST))
        return false;
    if (flags & SHARED_SPACE)
        return true;
    uint64_t size = flags & SHARED_TYPE ? 1 : get(attr + places[1] + 4, 4), bytes;
    uint64_t values = count_values(h, attr + places[2], sizes[2]);
    return values < UINT64_MAX && !__builtin_mul_overflow(values, size, &bytes) &&
           bytes <= n - at;
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

// Whether these messages, and those they continue with, are sound. A message that lies
// elsewhere is left to HDF5.
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
        bool is_here = !(at[h->is_old ? 4 : 3] & 2);
        at += h->n_head;
        if (n > (size_t)(end - at))
            return true;
        if ((type == h->type && is_here && !h->is_sound(h, at, n)) ||
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

static bool is_sound(const ia_h5 *h5, haddr_t address, header h)
{
    h.bytes = h5->bytes;
    h.n = h5->n;
    h.blocks_left = BLOCKS_MOST;
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

bool ia_h5_has_chunk_size(const ia_h5 *h5, haddr_t address)
{
    return is_sound(h5, address, (header){.type = LAYOUT, .is_sound = has_size});
}

bool ia_h5_has_attr_values(const ia_h5 *h5, haddr_t address)
{
    return is_sound(h5, address, (header){.type = ATTRIBUTE, .is_sound = has_values});
}

// Signature, version, three bytes of no meaning, bytes of data.
bool ia_h5_has_heap_size(const ia_h5 *h5, const unsigned char *block, size_t n)
{
    enum { HEAD = 8 };
    header h = {.bytes = h5->bytes, .n = h5->n};
    if (n < HEAD || memcmp(block, "HEAP", 4) != 0 || !find_superblock(&h) ||
        n - HEAD < h.n_length)
        return true;
    return get(block + HEAD, h.n_length) <= h5->n;
}
