// fuzz/fuzz_spectrum.c: any bytes as a mass spectrum; nothing but a status may come of
// it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    float mass[64];
    ia_status st = ia_ions_parse(ctx, ia_format_find("spectrum"), bytes, n, &ions);
    if (st != IA_OK && ia_ctx_message(ctx)[0] == '\0')
        abort();
    // Counts can stand for more ions than anyone can visit: look at both ends.
    if (st == IA_OK) {
        size_t k = ions.n < 64 ? ions.n : 64;
        ia_column_rows(&ions.columns[IA_MASS], 0, k, mass);
        ia_column_rows(&ions.columns[IA_MASS], ions.n - k, k, mass);
    }
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
    return 0;
}
