// fuzz/fuzz_hdf5_bytes.h: HDF5 files put together byte by byte, ten times as fast as by
// the library.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef FUZZ_HDF5_BYTES_H
#define FUZZ_HDF5_BYTES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// After the HDF5 File Format Specification Version 3.0: superblock version 2, object
// headers version 2 with their checksums, groups whose links lie in the header.

enum { IMAGE_MOST = 1 << 18, SUPERBLOCK = 48, RANK_MOST = 3 };
static uint8_t image[IMAGE_MOST];
static size_t image_n;

// What does not fit is lost: the file is then cut off, which is an input like any other.
static inline void put_bytes(const void *bytes, size_t n)
{
    if (n <= IMAGE_MOST - image_n) {
        memcpy(image + image_n, bytes, n);
        image_n += n;
    }
}

static inline void put_uint(uint64_t value, size_t n)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    put_bytes(bytes, n);
}

static inline void set_uint(size_t at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n && at + i < image_n; i++)
        image[at + i] = (uint8_t)(value >> 8 * i);
}

static inline uint32_t turn(uint32_t x, int k)
{
    return x << k | x >> (32 - k);
}

// Bob Jenkins' lookup3 of bytes, little-endian, as HDF5 checks its metadata with.
static inline uint32_t checksum(const uint8_t *p, size_t n)
{
    uint32_t v[3], a, b, c;
    a = b = c = 0xdeadbeef + (uint32_t)n;
    for (; n > 12; n -= 12, p += 12) {
        memcpy(v, p, 12);
        a += v[0], b += v[1], c += v[2];
        a -= c, a ^= turn(c, 4), c += b;
        b -= a, b ^= turn(a, 6), a += c;
        c -= b, c ^= turn(b, 8), b += a;
        a -= c, a ^= turn(c, 16), c += b;
        b -= a, b ^= turn(a, 19), a += c;
        c -= b, c ^= turn(b, 4), b += a;
    }
    if (n == 0)
        return c;
    memset(v, 0, sizeof v);
    memcpy(v, p, n);
    a += v[0], b += v[1], c += v[2];
    c ^= b, c -= turn(b, 14);
    a ^= c, a -= turn(c, 11);
    b ^= a, b -= turn(a, 25);
    c ^= b, c -= turn(b, 16);
    a ^= c, a -= turn(c, 4);
    b ^= a, b -= turn(a, 14);
    c ^= b, c -= turn(b, 24);
    return c;
}

// Types of numbers
// -----------------------------------------------------------------------------------

typedef enum {
    F64,
    F32,
    I32,
    U8,
    U16,
    I8,
    U64,
    I64_BE,
    F64_BE,
    LONG_DOUBLE,
    U32,
    BOOL,
    BITS,
    I64,
    N_KINDS
} kind;

static const struct {
    uint8_t size, class; // 0 whole number, 1 float, 4 bits, 8 enumeration
    bool big, is_signed;
} kinds[N_KINDS] = {
    [F64] = {8, 1, false, true},   [F32] = {4, 1, false, true},
    [I32] = {4, 0, false, true},   [U8] = {1, 0, false, false},
    [U16] = {2, 0, false, false},  [I8] = {1, 0, false, true},
    [U64] = {8, 0, false, false},  [I64_BE] = {8, 0, true, true},
    [F64_BE] = {8, 1, true, true}, [LONG_DOUBLE] = {16, 1, false, true},
    [U32] = {4, 0, false, false},  [BOOL] = {1, 8, false, true},
    [BITS] = {1, 4, false, false}, [I64] = {8, 0, false, true},
};

// Class and version, three bytes of flags, size.
static inline void put_type_head(uint8_t class, uint32_t flags, size_t size)
{
    put_uint(0x10 | class, 1);
    put_uint(flags, 3);
    put_uint(size, 4);
}

static inline void put_float_type(kind k)
{
    static const struct {
        uint8_t sign, precision, exponent_at, exponent, mantissa;
        uint16_t bias;
    } floats[] = {{31, 32, 23, 8, 23, 127},
                  {63, 64, 52, 11, 52, 1023},
                  {79, 80, 64, 15, 64, 16383}};
    size_t i = kinds[k].size / 8;
    uint32_t implied = i < 2 ? 0x20 : 0, sign = floats[i].sign;
    put_type_head(1, sign << 8 | implied | kinds[k].big, kinds[k].size);
    put_uint(0, 2);
    put_uint(floats[i].precision, 2);
    put_uint(floats[i].exponent_at, 1);
    put_uint(floats[i].exponent, 1);
    put_uint(0, 1);
    put_uint(floats[i].mantissa, 1);
    put_uint(floats[i].bias, 4);
}

static inline void put_number_type(kind k)
{
    if (kinds[k].class == 1) {
        put_float_type(k);
        return;
    }
    if (kinds[k].class == 8) {
        put_type_head(0x20 | 8, 2, 1); // version 3: names are not padded
        put_number_type(I8);
        put_bytes("FALSE\0TRUE\0\0\1", 13);
        return;
    }
    put_type_head(kinds[k].class, kinds[k].big | (uint32_t)kinds[k].is_signed << 3,
                  kinds[k].size);
    put_uint(0, 2);
    put_uint(8u * kinds[k].size, 2);
}

// Texts of fixed length end with a zero (0), are filled with zeros (1) or blanks (2);
// those of variable length (3) lie elsewhere.
static inline void put_text_type(size_t size, uint8_t padding)
{
    if (padding < 3) {
        put_type_head(3, padding | 0x10, size);
        return;
    }
    put_type_head(9, 1, 16);
    put_type_head(3, 0, 1);
}

static inline void put_number(kind k, double value)
{
    uint8_t bytes[16] = {0}, back[16];
    float single = (float)value;
    long double extended = value;
    size_t size = kinds[k].size;
    double whole = fmin(fmax(isnan(value) ? 0 : value, -0x1p63), 0x1.fffffffffffffp63);
    uint64_t bits = whole < 0 ? (uint64_t)(int64_t)whole : (uint64_t)whole;
    if (k == LONG_DOUBLE)
        memcpy(bytes, &extended, 10);
    else if (kinds[k].class == 1 && size == 4)
        memcpy(bytes, &single, 4);
    else if (kinds[k].class == 1)
        memcpy(bytes, &value, 8);
    else
        memcpy(bytes, &bits, size);
    for (size_t i = 0; kinds[k].big && i < size; i++)
        back[i] = bytes[size - 1 - i];
    put_bytes(kinds[k].big ? back : bytes, size);
}

// Messages of an object's header
// -----------------------------------------------------------------------

// Begin a message; its place for end_message.
static inline size_t begin_message(uint8_t type)
{
    put_uint(type, 1);
    put_uint(0, 2);
    put_uint(0, 1);
    return image_n;
}

static inline void end_message(size_t begin)
{
    set_uint(begin - 3, image_n - begin, 2);
}

static inline size_t begin_header(void)
{
    put_bytes("OHDR\2\2\0\0\0\0", 10);
    return image_n;
}

static inline void end_header(size_t begin)
{
    set_uint(begin - 4, image_n - begin, 4);
    put_uint(checksum(image + begin - 10, image_n - begin + 10), 4);
}

typedef struct {
    int rank;
    uint64_t dims[RANK_MOST]; // 1 beyond the rank
} extent;

static inline size_t count_values(const extent *e)
{
    return (size_t)(e->dims[0] * e->dims[1] * e->dims[2]);
}

static inline void put_extent(const extent *e)
{
    put_uint(2, 1);
    put_uint((uint64_t)e->rank, 1);
    put_uint(0, 1);
    put_uint(e->rank > 0, 1);
    for (int i = 0; i < e->rank; i++)
        put_uint(e->dims[i], 8);
}

// A group's link information: no heap, links counted in the order they were made.
static inline void put_link_info(size_t n_links)
{
    size_t at = begin_message(0x02);
    put_bytes("\0\1", 2);
    put_uint(n_links, 8);
    put_uint(UINT64_MAX, 8);
    put_uint(UINT64_MAX, 8);
    end_message(at);
    at = begin_message(0x0a);
    put_bytes("\0\0", 2);
    end_message(at);
}

typedef enum { HARD = 0, SOFT = 1, ELSEWHERE = 64 } link_type;

// To an address, or to the name `to`.
static inline void put_link(link_type type, size_t order, const char *name, size_t n_name,
                            uint64_t address, const char *to)
{
    size_t at = begin_message(0x06), n_to = to ? strlen(to) : 0;
    put_uint(1, 1);
    put_uint(type == HARD ? 0x04 : 0x0c, 1);
    if (type != HARD)
        put_uint(type, 1);
    put_uint(order, 8);
    put_uint(n_name, 1);
    put_bytes(name, n_name);
    if (type == HARD)
        put_uint(address, 8);
    else
        put_uint(type == SOFT ? n_to : n_to + 15, 2);
    if (type == ELSEWHERE)
        put_bytes("\0elsewhere.h5\0", 14);
    if (type != HARD)
        put_bytes(to, type == SOFT ? n_to : n_to + 1);
    end_message(at);
}

// The file: a superblock that leads to the root, whose header begins there.
static inline void put_superblock(uint64_t root)
{
    size_t n = image_n;
    image_n = 0;
    put_bytes("\x89HDF\r\n\x1a\n\2\x08\x08\0", 12);
    put_uint(0, 8);
    put_uint(UINT64_MAX, 8);
    put_uint(n, 8);
    put_uint(root, 8);
    put_uint(checksum(image, 44), 4);
    image_n = n;
}

#endif
