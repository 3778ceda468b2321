// fuzz/fuzz_ply.c: any bytes as ply, ions and ranges; nothing but a status may come of
// it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ions.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    ia_ranges ranges = {0};
    ia_ctx *ctx = ia_ctx_new();
    if (ia_ranges_parse(ctx, ia_format_find("ply"), bytes, n, &ranges) != IA_OK &&
        ia_ctx_message(ctx)[0] == '\0')
        abort();
    ia_ranges_clear(&ranges);
    ia_ctx_free(ctx);
    return fuzz_ions("ply", bytes, n);
}
