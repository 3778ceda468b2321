// fuzz/fuzz_mzml.c: any bytes as mzML; what stands behind the document is the file of
// numbers beside an imzML.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ions.h"

#include "io/mzml.h"

#include <string.h>

static void add_up(const uint8_t *bytes, size_t n, size_t n_document)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_source document = ia_source_of(bytes, n_document);
    ia_source binary = ia_source_of(bytes + n_document, n - n_document);
    ia_mass_sum sum = {0};
    int polarity;
    ia_status st = ia_mzml_sum(ctx, &document, &binary, &sum, &polarity);
    if (st != IA_OK && ia_ctx_message(ctx)[0] == '\0')
        abort();
    ia_mass_sum_clear(&sum);
    ia_ctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char end[] = "</mzML>";
    const uint8_t *found = memmem(bytes, n, end, strlen(end));
    if (!found)
        return fuzz_ions("mzml", bytes, n);
    size_t n_document = (size_t)(found - bytes) + strlen(end);
    if (n_document + 1 < n)
        add_up(bytes, n, n_document);
    return fuzz_ions("mzml", bytes, n_document);
}
