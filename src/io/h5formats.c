// src/io/h5formats.c: what the formats of ions and ranges in HDF5 share.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/h5formats.h"
#include "io/range_text.h"

#include <ionatlas/hash.h>

static ia_status open_source(ia_ctx *ctx, const ia_source *source, ia_h5 *h5)
{
    return ia_h5_open(ctx, source->path ? source->path : "memory", source->bytes,
                      source->n, h5);
}

ia_status ia_h5_read_ions(ia_ctx *ctx, ia_source *source, ia_h5_get_ions get,
                          ia_ions *out)
{
    ia_ions ions = {0};
    ia_h5 h5;
    ia_status st = open_source(ctx, source, &h5);
    if (st != IA_OK)
        return st;
    st = get(&h5, &ions);
    ia_h5_close(&h5);
    if (st == IA_OK)
        st = ia_sha256(ctx, source->bytes, source->n, ions.sha256);
    if (st != IA_OK) {
        ia_ions_clear(&ions);
        return st;
    }
    ions.path = source->path; // taken over
    source->path = NULL;
    ia_source_clear(source);
    *out = ions;
    return IA_OK;
}

ia_status ia_h5_read_ranges(ia_ctx *ctx, const ia_source *source, ia_h5_get_ranges get,
                            const char *format, ia_ranges *out)
{
    ia_ranges ranges = {0};
    ia_h5 h5;
    ia_status st = open_source(ctx, source, &h5);
    if (st != IA_OK)
        return st;
    st = get(&h5, &ranges);
    ia_h5_close(&h5);
    return ia_ranges_finish(ctx, st, format, &ranges, out);
}
