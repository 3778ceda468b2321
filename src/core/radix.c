// src/core/radix.c: many numbers put in order, digit by digit.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/radix.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 12, N_VALUES = 1 << DIGIT_BITS };

typedef struct {
    uint64_t *keys;
    uint32_t *order;
} list;

static uint32_t digit(uint64_t key, int shift)
{
    return (uint32_t)(key >> shift) & (N_VALUES - 1);
}

// False when all keys have the same digit there: nothing has to move.
static bool deal(const list *from, const list *to, size_t n, int shift)
{
    size_t start[N_VALUES + 1] = {0};
    for (size_t i = 0; i < n; i++)
        start[digit(from->keys[i], shift) + 1]++;
    if (start[digit(from->keys[0], shift) + 1] == n)
        return false;
    for (size_t d = 0; d < N_VALUES; d++)
        start[d + 1] += start[d];
    for (size_t i = 0; i < n; i++) {
        size_t at = start[digit(from->keys[i], shift)]++;
        to->keys[at] = from->keys[i];
        to->order[at] = from->order[i];
    }
    return true;
}

ia_status ia_radix_sort(ia_ctx *ctx, uint64_t *keys, size_t n, int n_bits,
                        uint32_t *order)
{
    list own = {ia_array(ctx, n, sizeof *keys), NULL}, given = {keys, order};
    own.order = own.keys ? ia_array(ctx, n, sizeof *order) : NULL;
    list from = given, to = own;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (int shift = 0; own.order && n > 0 && shift < n_bits; shift += DIGIT_BITS)
        if (deal(&from, &to, n, shift)) {
            list swap = from;
            from = to;
            to = swap;
        }
    if (own.order && from.keys != keys) {
        memcpy(keys, from.keys, n * sizeof *keys);
        memcpy(order, from.order, n * sizeof *order);
    }
    ia_status st = own.order ? IA_OK : IA_ERR_MEMORY;
    free(own.keys);
    free(own.order);
    return st;
}
