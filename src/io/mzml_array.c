// src/io/mzml_array.c: arrays of numbers of mzML: base64, zlib, integers and floats.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/mzml.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { INFLATED_MOST = 1 << 30 };

static size_t width_of(const ia_mzml_array *array)
{
    return array->type == MZML_F64 || array->type == MZML_I64 ? 8 : 4;
}

static double value_at(const ia_mzml_array *array, const unsigned char *p)
{
    uint64_t bits = 0;
    for (size_t k = width_of(array); k-- > 0;)
        bits = bits << 8 | p[k];
    uint32_t low = (uint32_t)bits;
    double wide;
    float narrow;
    switch (array->type) {
    case MZML_F64:
        memcpy(&wide, &bits, sizeof wide);
        return wide;
    case MZML_F32:
        memcpy(&narrow, &low, sizeof narrow);
        return narrow;
    case MZML_I32:
        return (double)(int32_t)low;
    default:
        return (double)(int64_t)bits;
    }
}

static ia_status take_values(ia_ctx *ctx, size_t line, const unsigned char *bytes,
                             size_t n, ia_mzml_array *array)
{
    size_t width = width_of(array);
    if (n % width != 0)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "line %zu: %zu bytes are no whole number of values of %zu bytes",
                       line, n, width);
    free(array->values);
    array->n = n / width;
    if (!(array->values = ia_array(ctx, array->n, sizeof *array->values)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < array->n; i++)
        array->values[i] = value_at(array, bytes + i * width);
    return IA_OK;
}

// Inflate into memory that grows as it is filled.
static ia_status inflate_all(ia_ctx *ctx, size_t line, const unsigned char *bytes,
                             size_t n, ia_mzml_array *array)
{
    size_t room = 4 * n + 1024, used = 0;
    unsigned char *out = NULL;
    int status = Z_OK;
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (uInt)n};
    if (n > INFLATED_MOST || inflateInit(&z) != Z_OK)
        return ia_fail(ctx, IA_ERR_FORMAT, "line %zu: cannot be inflated", line);
    while (status == Z_OK) {
        unsigned char *more = room <= INFLATED_MOST ? realloc(out, room) : NULL;
        if (!more)
            break;
        out = more;
        z.next_out = out + used;
        z.avail_out = (uInt)(room - used);
        status = inflate(&z, Z_NO_FLUSH);
        used = room - z.avail_out;
        room *= 2;
        if (status == Z_BUF_ERROR || (status == Z_OK && z.avail_out > 0))
            break; // the data end before the stream does
    }
    inflateEnd(&z);
    ia_status st =
        status == Z_STREAM_END
            ? take_values(ctx, line, out, used, array)
            : ia_fail(ctx, IA_ERR_FORMAT,
                      "line %zu: its zlib data are damaged or end early", line);
    free(out);
    return st;
}

ia_status ia_mzml_unpack(ia_ctx *ctx, size_t line, const unsigned char *bytes, size_t n,
                         ia_mzml_array *array)
{
    if (array->numpress)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "line %zu: numbers packed by numpress are not read", line);
    if (!array->has_type)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "line %zu: whether its numbers have 32 or 64 bits is not told",
                       line);
    return array->zlib ? inflate_all(ctx, line, bytes, n, array)
                       : take_values(ctx, line, bytes, n, array);
}

// Without blanks, which some programs break lines with; NULL when memory ran out.
static unsigned char *without_blanks(ia_ctx *ctx, ia_span text, size_t *n)
{
    unsigned char *out = ia_array(ctx, text.n + 4, 1);
    *n = 0;
    for (size_t i = 0; out && i < text.n; i++)
        if (!strchr(" \t\r\n", text.at[i]))
            out[(*n)++] = (unsigned char)text.at[i];
    return out;
}

ia_status ia_mzml_decode(ia_ctx *ctx, size_t line, ia_span text, ia_mzml_array *array)
{
    size_t n_text;
    unsigned char *packed = without_blanks(ctx, text, &n_text), *bytes = NULL;
    ia_status st = IA_ERR_MEMORY;
    if (!packed || !(bytes = ia_array(ctx, n_text / 4 * 3 + 4, 1)))
        goto done;
    int n = n_text < INFLATED_MOST && n_text % 4 == 0
                ? EVP_DecodeBlock(bytes, packed, (int)n_text)
                : -1;
    if (n < 0) {
        st = ia_fail(ctx, IA_ERR_FORMAT, "line %zu: its data are no base64", line);
        goto done;
    }
    for (size_t k = n_text; k-- > 0 && packed[k] == '=' && n > 0;)
        n--;
    st = ia_mzml_unpack(ctx, line, bytes, (size_t)n, array);
done:
    free(bytes);
    free(packed);
    return st;
}
