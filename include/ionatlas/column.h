// include/ionatlas/column.h: one column of per-ion values, mapped, in memory or computed.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_COLUMN_H
#define IONATLAS_COLUMN_H

#include <ionatlas/context.h>

IA_BEGIN

typedef struct ia_column ia_column;

// Write rows [begin, begin + n) of the column into `out`, (n, width) values of its type.
typedef void (*ia_column_fill)(const ia_column *column, size_t begin, size_t n,
                               void *out);

// n rows of `width` values each. A column borrows what it reads from: a mapped file, an
// array, or whatever `fill` computes from. An all-zero struct is an absent column.
struct ia_column {
    ia_type type;         // IA_F32, IA_F64, IA_I32, IA_U8, IA_U32 or IA_U64
    size_t width;         // values per row; 0 for an absent column
    size_t n;             // rows
    const void *data;     // first value, borrowed; NULL when computed
    size_t stride;        // bytes from row to row
    bool swapped;         // big-endian 4-byte values on this little-endian machine
    float scale;          // float values are multiplied by this; 0 means 1
    ia_column_fill fill;  // computes rows when `data` is NULL
    const void *user;     // for `fill`
    const float *min_max; // of the values, where known without a look at them; borrowed
};

// A contiguous array in native order as a column.
IA_API ia_column ia_column_of(ia_type type, size_t width, size_t n, const void *data);

static inline bool ia_column_is_present(const ia_column *column)
{
    return column->width > 0;
}

// Rows [begin, begin + n) as (n, width) contiguous native values: either a pointer into
// the column itself or `buffer`, which must have room for them. Safe from many threads at
// once. O(n), no allocation.
IA_API const void *ia_column_rows(const ia_column *column, size_t begin, size_t n,
                                  void *buffer);

// Rows per block for block-wise work over columns: a buffer of positions fits a level-2
// cache.
enum { IA_COLUMN_BLOCK = 16384 };

IA_END
#endif
