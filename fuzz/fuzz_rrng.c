// fuzz/fuzz_rrng.c: any bytes as RRNG: no crash, and what is read is written and read
// again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    fuzz_ranges("rrng", bytes, n);
    return 0;
}
