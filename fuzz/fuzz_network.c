// fuzz/fuzz_network.c: any bytes as the file of a trained network: no crash, a sentence
// for what is refused, and weights as many as the layers have.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "network/network.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void read_as(const char *task, const uint8_t *bytes, size_t n)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_network network = {0};
    ia_status st = ia_network_parse(ctx, bytes, n, task, &network);
    if (st != IA_OK && ia_ctx_message(ctx)[0] == '\0')
        abort();
    if (st == IA_OK && network.n_weights != ia_network_count(&network.net))
        abort();
    ia_network_clear(&network);
    ia_ctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    read_as("quadrilaterals", bytes, n);
    read_as("angles", bytes, n);
    return 0;
}
