// tests/unit/test_histogram.c: counting a column in bins.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

#include "core/histogram.h"
#include <ionatlas/random.h>

enum { N = 100000, BINS = 64, STRIDE = 16, OFFSET = 12 };

// N big-endian floats in records of 16 bytes, as POS has them, between -2 and 12.
static unsigned char *make_records(void)
{
    unsigned char *bytes = calloc(N, STRIDE);
    ia_random random = ia_random_new(1, 0);

    assert_non_null(bytes);
    for (size_t i = 0; i < N; i++) {
        float value = (float)(14 * ia_random_uniform(&random) - 2);
        uint32_t word;
        memcpy(&word, &value, 4);
        for (size_t k = 0; k < 4; k++)
            bytes[i * STRIDE + OFFSET + k] = (unsigned char)(word >> (24 - 8 * k));
    }
    return bytes;
}

static ia_column column_of(const unsigned char *records)
{
    return (ia_column){.type = IA_F32,
                       .width = 1,
                       .n = N,
                       .data = records + OFFSET,
                       .stride = STRIDE,
                       .swapped = true};
}

// The definition, one value at a time: which bin has its edges around the value?
static void count_slowly(const unsigned char *records, ia_histogram *h)
{
    for (size_t i = 0; i < N; i++) {
        const unsigned char *p = records + i * STRIDE + OFFSET;
        uint32_t word = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
                        (uint32_t)p[2] << 8 | (uint32_t)p[3];
        float value;
        memcpy(&value, &word, 4);
        bool found = false;
        for (size_t b = 0; b < h->n_bins && !found; b++) {
            if (value >= h->lo + (double)b * h->bin &&
                value < h->lo + (double)(b + 1) * h->bin) {
                h->counts[b]++;
                found = true;
            }
        }
        if (!found && value < h->lo)
            h->below++;
        else if (!found)
            h->above++;
    }
}

static void counts_what_a_slow_loop_counts(void **state)
{
    (void)state;
    unsigned char *records = make_records();
    ia_column column = column_of(records);
    uint64_t fast[BINS] = {0}, slow[BINS] = {0};
    ia_histogram a = {.lo = 0.25, .bin = 0.125, .n_bins = BINS, .counts = fast};
    ia_histogram b = a;
    b.counts = slow;

    assert_int_equal(ia_histogram_fill(NULL, NULL, &column, &a), IA_OK);
    count_slowly(records, &b);
    assert_memory_equal(fast, slow, sizeof fast);
    assert_int_equal(a.below, b.below);
    assert_int_equal(a.above, b.above);
    assert_true(a.below > 0 && a.above > 0);
    free(records);
}

static void gives_the_same_on_any_threads(void **state)
{
    (void)state;
    unsigned char *records = make_records();
    ia_column column = column_of(records);
    uint64_t counts[3][BINS] = {{0}};

    for (size_t threads = 1; threads <= 3; threads++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, threads);
        ia_histogram h = {
            .lo = 0, .bin = 0.1, .n_bins = BINS, .counts = counts[threads - 1]};
        assert_int_equal(ia_histogram_fill(ctx, NULL, &column, &h), IA_OK);
        ia_ctx_free(ctx);
    }
    assert_memory_equal(counts[0], counts[1], sizeof counts[0]);
    assert_memory_equal(counts[0], counts[2], sizeof counts[0]);
    free(records);
}

static void puts_an_edge_into_the_bin_above(void **state)
{
    (void)state;
    const float values[] = {0, 0.5F, 1, 1.5F, 2};
    ia_column column = ia_column_of(IA_F32, 1, 5, values);
    uint64_t counts[4] = {0};
    ia_histogram h = {.lo = 0, .bin = 0.5, .n_bins = 4, .counts = counts};

    assert_int_equal(ia_histogram_fill(NULL, NULL, &column, &h), IA_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(counts[i], 1);
    assert_int_equal(h.above, 1);
    assert_int_equal(h.below, 0);
}

static void keeps_what_is_no_number_out_of_the_bins(void **state)
{
    (void)state;
    const float values[] = {NAN, INFINITY, -INFINITY, 1e30F, -1e30F, -0.0F};
    ia_column column = ia_column_of(IA_F32, 1, 6, values);
    uint64_t counts[2] = {0};
    ia_histogram h = {.lo = 0, .bin = 1, .n_bins = 2, .counts = counts};

    assert_int_equal(ia_histogram_fill(NULL, NULL, &column, &h), IA_OK);
    assert_int_equal(counts[0], 1); // minus zero
    assert_int_equal(counts[1], 0);
    assert_int_equal(h.below, 3);
    assert_int_equal(h.above, 2);
}

static void adds_to_what_is_there(void **state)
{
    (void)state;
    const float value = 0.5F;
    ia_column column = ia_column_of(IA_F32, 1, 1, &value);
    uint64_t counts[1] = {41};
    ia_histogram h = {.lo = 0, .bin = 1, .n_bins = 1, .counts = counts, .below = 7};

    assert_int_equal(ia_histogram_fill(NULL, NULL, &column, &h), IA_OK);
    assert_int_equal(counts[0], 42);
    assert_int_equal(h.below, 7);
}

static void leaves_the_counts_alone_when_memory_is_short(void **state)
{
    (void)state;
    unsigned char *records = make_records();
    ia_column column = column_of(records);
    uint64_t counts[BINS] = {0};
    ia_histogram h = {.lo = 0, .bin = 0.1, .n_bins = BINS, .counts = counts};
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;
    size_t k = 1;

    for (; st == IA_ERR_MEMORY; k++) {
        assert_int_equal(counts[5] + h.below + h.above, 0);
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_histogram_fill(ctx, NULL, &column, &h);
    }
    assert_int_equal(st, IA_OK);
    assert_true(k > 2);
    assert_true(counts[5] > 0);
    ia_ctx_free(ctx);
    free(records);
}

static bool stop(void *user, const char *stage, double done)
{
    (void)user;
    (void)stage;
    (void)done;
    return false;
}

static void leaves_the_counts_alone_when_stopped(void **state)
{
    (void)state;
    unsigned char *records = make_records();
    ia_column column = column_of(records);
    uint64_t counts[BINS] = {0};
    ia_histogram h = {.lo = 0, .bin = 0.1, .n_bins = BINS, .counts = counts};
    ia_ctx *ctx = ia_ctx_new();

    ia_ctx_set_progress(ctx, stop, NULL);
    assert_int_equal(ia_histogram_fill(ctx, "counting", &column, &h), IA_CANCELLED);
    for (size_t i = 0; i < BINS; i++)
        assert_int_equal(counts[i], 0);
    ia_ctx_free(ctx);
    free(records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_a_slow_loop_counts),
        cmocka_unit_test(gives_the_same_on_any_threads),
        cmocka_unit_test(puts_an_edge_into_the_bin_above),
        cmocka_unit_test(keeps_what_is_no_number_out_of_the_bins),
        cmocka_unit_test(adds_to_what_is_there),
        cmocka_unit_test(leaves_the_counts_alone_when_memory_is_short),
        cmocka_unit_test(leaves_the_counts_alone_when_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
