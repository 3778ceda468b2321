// fuzz/fuzz_rng.c: any bytes as RNG: no crash, and what is read is written and read
// again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    fuzz_ranges("rng", bytes, n);
    return 0;
}
