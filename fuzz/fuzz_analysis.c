// fuzz/fuzz_analysis.c: any bytes as .analysis: what is read can be written.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    fuzz_ranges("analysis", bytes, n);
    return 0;
}
