// fuzz/fuzz_meta.c: metadata in YAML.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_meta meta = {0};
    ia_status st = ia_meta_parse(ctx, bytes, n, &meta);
    // A refusal always has its sentence.
    if (st != IA_OK && !*ia_ctx_message(ctx))
        __builtin_trap();
    ia_meta_clear(&meta);
    ia_ctx_free(ctx);
    return 0;
}
