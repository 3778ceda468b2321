// fuzz/fuzz_ops.c: any bytes as ops; nothing but a status may come of it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ions.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    return fuzz_ions("ops", bytes, n);
}
