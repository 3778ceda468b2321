// src/core/radix.h: many numbers put in order, digit by digit.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_RADIX_H
#define IONATLAS_SRC_RADIX_H

#include <ionatlas/context.h>

// Where n keys below 2^n_bits come from when they are in rising order: `order` is filled
// with numbers 0 to n - 1, those of equal keys rising. The keys are sorted, too. O(n)
// time, 12 B per key.
ia_status ia_radix_sort(ia_ctx *ctx, uint64_t *keys, size_t n, int n_bits,
                        uint32_t *order);

#endif
