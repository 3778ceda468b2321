// src/spectrum/ranging.c: which range an ion falls into, and how many ions each range
// holds.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/parallel.h>
#include <ionatlas/ranges.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_BINS = 16384 };

/*
   m/n is stored as float, so that bounds are too: a float m is >= lo exactly when it is
   >= the smallest float >= lo. Masses in [base, limit) are looked up by bins of equal
   width. Bins come from one rising function of m, so that a bin without a bound in it
   lies in one range or in none: its code is that range or -1. In a bin with bounds the
   search begins at the first range that does not end in an earlier bin; its code is -2 -
   range.
*/
typedef struct ia_range_index {
    float *lo, *hi; // (n + 1); the last is infinity
    int32_t *code;  // (N_BINS)
    float base, limit, bins_per_da;
} range_index;

// The smallest float not below x.
static float float_at_least(double x)
{
    float f = (float)x;

    return (double)f < x ? nextafterf(f, INFINITY) : f;
}

// Bin of a mass in [base, limit).
static inline size_t bin_of(const range_index *index, float mass)
{
    float bin = (mass - index->base) * index->bins_per_da;

    return bin < N_BINS - 1 ? (size_t)bin : N_BINS - 1;
}

static size_t bin_of_bound(const range_index *index, float bound)
{
    return bound < index->limit ? bin_of(index, bound) : N_BINS;
}

static void index_free(range_index *index)
{
    if (!index)
        return;
    free(index->lo);
    free(index->hi);
    free(index->code);
    free(index);
}

static void fill_codes(range_index *index, size_t n)
{
    size_t r = 0;

    for (size_t b = 0; b < N_BINS; b++) {
        while (r < n && bin_of_bound(index, index->hi[r]) < b)
            r++;
        size_t begin = r < n ? bin_of_bound(index, index->lo[r]) : N_BINS;
        size_t end = r < n ? bin_of_bound(index, index->hi[r]) : N_BINS;
        if (begin == b || end == b)
            index->code[b] = -2 - (int32_t)r;
        else
            index->code[b] = begin < b ? (int32_t)r : -1;
    }
}

static ia_status index_build(ia_ctx *ctx, const ia_ranger *ranger, range_index **out)
{
    const float longest = 1000; // Da covered by bins; beyond them ranges are searched
    size_t n = ranger->n;
    range_index *index = ia_array(ctx, 1, sizeof *index);

    if (!index || !(index->lo = ia_array(ctx, n + 1, sizeof(float))) ||
        !(index->hi = ia_array(ctx, n + 1, sizeof(float))) ||
        !(index->code = ia_array(ctx, N_BINS, sizeof *index->code))) {
        index_free(index);
        return IA_ERR_MEMORY;
    }
    for (size_t r = 0; r < n; r++) {
        index->lo[r] = float_at_least(ranger->lo[r]);
        index->hi[r] = float_at_least(ranger->hi[r]);
    }
    index->lo[n] = index->hi[n] = INFINITY;
    if (n > 0 && isfinite(index->lo[0])) {
        index->base = index->lo[0];
        index->limit = fminf(index->hi[n - 1], index->base + longest);
        index->bins_per_da = N_BINS / (index->limit - index->base);
    }
    if (!isfinite(index->bins_per_da))
        index->limit = index->base; // every mass is searched
    fill_codes(index, n);
    *out = index;
    return IA_OK;
}

static inline int32_t find(const ia_ranger *ranger, float mass)
{
    const range_index *index = ranger->index;

    if (!index || !(mass >= index->base && mass < index->limit))
        return ia_ranger_find(ranger, (double)mass);
    int32_t code = index->code[bin_of(index, mass)];
    if (code >= -1)
        return code;
    size_t r = (size_t)(-2 - code);
    while (mass >= index->hi[r])
        r++;
    return mass >= index->lo[r] ? (int32_t)r : -1;
}

static int by_lo(const void *a, const void *b)
{
    const ia_range *x = *(const ia_range *const *)a, *y = *(const ia_range *const *)b;

    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    return (x > y) - (x < y);
}

// Append a range to the merged ones, or widen the last of them; false when it overlaps
// another ion.
static bool merge(const ia_ranges *ranges, const ia_range *range, ia_ranger *ranger)
{
    size_t last = ranger->n - 1;

    if (ranger->n > 0 && range->lo < ranger->hi[last]) {
        const ia_ion *before = &ranges->ions[ranger->ion[last]];
        ranger->hi[last] = fmax(ranger->hi[last], range->hi);
        ranger->inside[last] = 0;
        return ia_ion_is_same_matter(before, &ranges->ions[range->ion]);
    }
    ranger->lo[ranger->n] = range->lo;
    ranger->hi[ranger->n] = range->hi;
    ranger->ion[ranger->n] = (int32_t)range->ion;
    ranger->inside[ranger->n] = range->inside;
    ranger->n++;
    return true;
}

static ia_status merge_all(ia_ctx *ctx, const ia_ranges *ranges, const ia_range **order,
                           ia_ranger *ranger)
{
    for (size_t i = 0; i < ranges->n_ranges; i++)
        order[i] = &ranges->ranges[i];
    if (ranges->n_ranges)
        qsort(order, ranges->n_ranges, sizeof(const ia_range *), by_lo);
    for (size_t i = 0; i < ranges->n_ranges; i++)
        if (!merge(ranges, order[i], ranger))
            return ia_fail(
                ctx, IA_ERR_PARAM,
                "ranges of different ions overlap at %.10g Da: check the ranges "
                "before ranging with them",
                order[i]->lo);
    return IA_OK;
}

ia_status ia_ranger_build(ia_ctx *ctx, const ia_ranges *ranges, ia_ranger *out)
{
    size_t n = ranges->n_ranges;
    const ia_range **order = ia_array(ctx, n, sizeof *order);
    ia_ranger ranger = {0};
    ia_status st = IA_ERR_MEMORY;

    if (!order || !(ranger.lo = ia_array(ctx, n, sizeof *ranger.lo)) ||
        !(ranger.hi = ia_array(ctx, n, sizeof *ranger.hi)) ||
        !(ranger.ion = ia_array(ctx, n, sizeof *ranger.ion)) ||
        !(ranger.inside = ia_array(ctx, n, sizeof *ranger.inside)))
        goto done;
    if ((st = merge_all(ctx, ranges, order, &ranger)) != IA_OK ||
        (st = index_build(ctx, &ranger, &ranger.index)) != IA_OK)
        goto done;
    *out = ranger;
    ranger = (ia_ranger){0};
done:
    free(order);
    ia_ranger_clear(&ranger);
    return st;
}

void ia_ranger_clear(ia_ranger *ranger)
{
    free(ranger->lo);
    free(ranger->hi);
    free(ranger->ion);
    free(ranger->inside);
    index_free(ranger->index);
    *ranger = (ia_ranger){0};
}

int32_t ia_ranger_find(const ia_ranger *ranger, double mass)
{
    size_t begin = 0, end = ranger->n;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (ranger->hi[middle] > mass)
            end = middle;
        else
            begin = middle + 1;
    }
    return begin < ranger->n && mass >= ranger->lo[begin] ? (int32_t)begin : -1;
}

// Counters stand four deep so that a run of ions of one range does not wait for its own
// sums.
enum { DEPTH = 4 };

typedef struct {
    const ia_column *mass;
    const ia_ranger *ranger;
    uint64_t *counters; // (workers, DEPTH, ranger->n + 1); the first one: in no range
    float *rows;        // (workers, IA_COLUMN_BLOCK)
} tally;

static void count_block(void *user, size_t block, size_t worker)
{
    const tally *t = user;
    size_t n = t->ranger->n, begin, end, i = 0;
    uint64_t *c[DEPTH];

    ia_block(t->mass->n, IA_COLUMN_BLOCK, block, &begin, &end);
    const float *m =
        ia_column_rows(t->mass, begin, end - begin, t->rows + worker * IA_COLUMN_BLOCK);
    for (size_t k = 0; k < DEPTH; k++)
        c[k] = t->counters + (worker * DEPTH + k) * (n + 1) + 1;
    for (; i + DEPTH <= end - begin; i += DEPTH)
        for (size_t k = 0; k < DEPTH; k++)
            c[k][find(t->ranger, m[i + k])]++;
    for (; i < end - begin; i++)
        c[0][find(t->ranger, m[i])]++;
}

static void add_counters(const tally *t, size_t n_copies, ia_range_counts *counts)
{
    size_t n = counts->n;

    for (size_t k = 0; k < n_copies; k++) {
        const uint64_t *copy = t->counters + k * (n + 1);
        counts->unranged += copy[0];
        for (size_t r = 0; r < n; r++) {
            counts->counts[r] += copy[1 + r];
            counts->ranged += copy[1 + r];
        }
    }
}

ia_status ia_range_counts_compute(ia_ctx *ctx, const ia_ions *ions,
                                  const ia_ranger *ranger, ia_range_counts *out)
{
    size_t n_blocks = ia_block_count(ions->n, IA_COLUMN_BLOCK);
    size_t workers = ia_for_workers(ctx, n_blocks);
    tally t = {.mass = &ions->columns[IA_MASS], .ranger = ranger};
    ia_range_counts counts = {.n = ranger->n};
    ia_status st;

    if ((st = ia_ions_need(ctx, ions, IA_MASS)) != IA_OK)
        return st;
    st = IA_ERR_MEMORY;
    if (!(t.counters =
              ia_array(ctx, workers * DEPTH, (ranger->n + 1) * sizeof *t.counters)) ||
        !(t.rows = ia_array(ctx, workers, IA_COLUMN_BLOCK * sizeof *t.rows)) ||
        !(counts.counts = ia_array(ctx, ranger->n, sizeof *counts.counts)))
        goto done;
    if ((st = ia_for(ctx, "range", n_blocks, count_block, &t)) != IA_OK)
        goto done;
    add_counters(&t, workers * DEPTH, &counts);
    *out = counts;
    counts = (ia_range_counts){0};
done:
    free(t.counters);
    free(t.rows);
    ia_range_counts_clear(&counts);
    return st;
}

void ia_range_counts_clear(ia_range_counts *counts)
{
    free(counts->counts);
    free(counts->lost);
    free(counts->sigma_lost);
    *counts = (ia_range_counts){0};
}

static void fill_labels(const ia_column *column, size_t begin, size_t n, void *out)
{
    enum { CHUNK = 2048 };
    const ia_label_source *source = column->user;
    const ia_column *mass = &source->ions->columns[IA_MASS];
    const ia_ranger *ranger = source->ranger;
    int32_t *labels = out;
    float buffer[CHUNK];

    for (size_t done = 0; done < n; done += CHUNK) {
        size_t rows = n - done < CHUNK ? n - done : CHUNK;
        const float *m = ia_column_rows(mass, begin + done, rows, buffer);
        for (size_t i = 0; i < rows; i++) {
            int32_t r = find(ranger, m[i]);
            labels[done + i] = r < 0 ? -1 : ranger->ion[r];
        }
    }
}

ia_column ia_label_column(const ia_label_source *source)
{
    return (ia_column){.type = IA_I32,
                       .width = 1,
                       .n = source->ions->n,
                       .stride = sizeof(int32_t),
                       .fill = fill_labels,
                       .user = source};
}
