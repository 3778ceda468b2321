// fuzz/fuzz_fig.c: any bytes as fig.txt: no crash, and what is read is written and read
// again.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    fuzz_ranges("fig", bytes, n);
    return 0;
}
