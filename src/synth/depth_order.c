// src/synth/depth_order.c: sorts ions by depth in linear time.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <ionatlas/parallel.h>

#include <stdlib.h>
#include <string.h>

enum { DIGIT_BITS = 11, N_DIGITS = 6, N_VALUES = 1 << DIGIT_BITS };

typedef struct {
    uint64_t key; // depth in the upper half, a random number in the lower
    uint32_t ion;
} sort_item;

typedef struct {
    const float *xyz;
    sort_item *items;
    size_t n;
    uint64_t seed;
} keying;

// Bits that order like the number itself, also below zero.
static uint32_t ordered_bits(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static void key_block(void *user, size_t block, size_t worker)
{
    keying *job = user;
    ia_random random = ia_draw_new(job->seed, IA_DRAW_ORDER, block);
    size_t begin, end;

    (void)worker;
    ia_block(job->n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        uint64_t depth = ordered_bits(job->xyz[3 * i + 2]);
        job->items[i] = (sort_item){.key = depth << 32 | ia_random_u64(&random) >> 32,
                                    .ion = (uint32_t)i};
    }
}

static size_t digit_of(const sort_item *item, int digit)
{
    return (size_t)(item->key >> (DIGIT_BITS * digit)) & (N_VALUES - 1);
}

// One pass of a least-significant-digit radix sort.
static void sort_by_digit(const sort_item *from, sort_item *to, size_t n, int digit)
{
    size_t count[N_VALUES] = {0}, at = 0;

    for (size_t i = 0; i < n; i++)
        count[digit_of(&from[i], digit)]++;
    for (size_t v = 0; v < N_VALUES; v++) {
        size_t here = count[v];
        count[v] = at;
        at += here;
    }
    for (size_t i = 0; i < n; i++)
        to[count[digit_of(&from[i], digit)]++] = from[i];
}

ia_status ia_depth_order(ia_ctx *ctx, const float *xyz, size_t n, uint64_t seed,
                         uint32_t *out)
{
    sort_item *items = ia_array(ctx, n, sizeof *items);
    sort_item *other = ia_array(ctx, n, sizeof *other);
    keying job = {.xyz = xyz, .items = items, .n = n, .seed = seed};
    ia_status st = IA_ERR_MEMORY;

    if (!items || !other)
        goto done;
    st = ia_for(ctx, "evaporation order", ia_block_count(n, IA_SYNTH_BLOCK), key_block,
                &job);
    if (st != IA_OK)
        goto done;
    for (int digit = 0; digit < N_DIGITS; digit += 2) {
        if ((st = ia_step(ctx, "evaporation order", (double)digit / N_DIGITS)) != IA_OK)
            goto done;
        sort_by_digit(items, other, n, digit);
        sort_by_digit(other, items, n, digit + 1);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = items[i].ion;
done:
    free(other);
    free(items);
    return st;
}
