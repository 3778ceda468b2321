// tests/unit/test_select.c: choosing ions at random; halves and thinned parts.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <ionatlas/honest.h>

static size_t count_bits(const uint64_t *bits, size_t n)
{
    size_t m = 0;
    for (size_t w = 0; w < ia_select_words(n); w++)
        m += (size_t)__builtin_popcountll(bits[w]);
    return m;
}

static void marks_exactly_so_many(void **unused)
{
    (void)unused;
    static const size_t ns[] = {1, 63, 64, 65, 1000};
    for (size_t k = 0; k < 5; k++) {
        size_t n = ns[k], ms[] = {0, n / 3, n / 2, n - n / 5, n};
        for (size_t j = 0; j < 5; j++) {
            uint64_t bits[16];
            ia_random random = ia_random_new(n, j);
            ia_select(&random, ms[j], n, bits);
            assert_int_equal(count_bits(bits, n), ms[j]);
            for (size_t i = n; i < 64 * ia_select_words(n); i++)
                assert_false(ia_is_selected(bits, i));
        }
    }
}

// 2 of 5 and 3 of 5: ten choices each, all as likely. Chi-squared of 9 degrees of freedom
// stays below 27.88 in 999 of 1000.
static void choices_are_equally_likely(void **unused)
{
    (void)unused;
    enum { N = 20000 };
    for (size_t m = 2; m <= 3; m++) {
        size_t seen[32] = {0};
        ia_random random = ia_random_new(11, m);
        double chi2 = 0;
        for (size_t i = 0; i < N; i++) {
            uint64_t bits;
            ia_select(&random, m, 5, &bits);
            seen[bits]++;
        }
        for (size_t b = 0; b < 32; b++)
            if ((size_t)__builtin_popcountll(b) == m)
                chi2 += pow((double)seen[b] - N / 10.0, 2) / (N / 10.0);
            else
                assert_int_equal(seen[b], 0);
        assert_true(chi2 < 27.88);
    }
}

// Orders of three labels: six, all as likely; 5 degrees of freedom: 20.52.
static void orders_are_equally_likely(void **unused)
{
    (void)unused;
    enum { N = 12000 };
    size_t seen[27] = {0}, n_seen = 0;
    ia_random random = ia_random_new(12, 0);
    double chi2 = 0;
    for (size_t i = 0; i < N; i++) {
        int32_t labels[] = {0, 1, 2};
        ia_labels_shuffle(&random, labels, 3);
        seen[labels[0] * 9 + labels[1] * 3 + labels[2]]++;
    }
    for (size_t b = 0; b < 27; b++)
        if (seen[b] > 0) {
            chi2 += pow((double)seen[b] - N / 6.0, 2) / (N / 6.0);
            n_seen++;
        }
    assert_int_equal(n_seen, 6);
    assert_true(chi2 < 20.52);
}

// The share of marked ions in a part, and how many there are.
typedef struct {
    const uint8_t *mark;
    size_t n;
} marked;

static ia_status share_of(ia_ctx *ctx, void *user, const uint64_t *bits, size_t worker,
                          double *values)
{
    const marked *m = user;
    double n = 0, n_marked = 0;
    (void)ctx;
    (void)worker;
    for (size_t i = 0; i < m->n; i++) {
        n += ia_is_selected(bits, i);
        n_marked += ia_is_selected(bits, i) && m->mark[i];
    }
    values[0] = n_marked / n;
    values[1] = n;
    return IA_OK;
}

enum { N_IONS = 2000 };

static uint8_t marks[N_IONS];
static marked input = {marks, N_IONS};

static int mark_some(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < N_IONS; i++)
        marks[i] = i % 5 == 0;
    return 0;
}

static const ia_part_question question = {share_of, &input, 2, "parts"};

static void halves_agree_as_counting_says(void **unused)
{
    (void)unused;
    ia_part_params params = {0.5, true, 400, 1};
    ia_parts parts = {0};
    assert_int_equal(ia_parts_compute(NULL, &question, N_IONS, &params, &parts), IA_OK);
    assert_int_equal(parts.n_parts, 2);
    for (size_t r = 0; r < 400; r++) {
        const double *values = parts.values + 4 * r;
        assert_true(values[1] == 1000 && values[3] == 1000);
        assert_true(fabs(values[0] + values[2] - 0.4) < 1e-12); // every ion once
    }
    // Hypergeometric: sd of the share in a half is sqrt(c (1 - c)/N), the difference of
    // the halves twice that; 400 repeats know it to 3.5 %, 4 of those are allowed.
    double sd = sqrt(0.2 * 0.8 / (N_IONS - 1));
    assert_true(fabs(parts.rms_difference[0] / (2 * sd) - 1) < 0.15);
    assert_true(fabs(parts.mean[0] - 0.2) < 1e-12);
    ia_parts_clear(&parts);
}

static void thinning_keeps_its_share(void **unused)
{
    (void)unused;
    ia_part_params params = {0.7, false, 50, 1};
    ia_parts parts = {0}, again = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_ctx_set_threads(ctx, 3);
    CHECK_OK(ctx, ia_parts_compute(ctx, &question, N_IONS, &params, &parts));
    assert_int_equal(ia_parts_compute(NULL, &question, N_IONS, &params, &again), IA_OK);
    assert_true(parts.mean[1] == 1400 && parts.sd[1] == 0);
    assert_null(parts.rms_difference);
    assert_true(fabs(parts.mean[0] - 0.2) < 0.005);
    assert_memory_equal(parts.values, again.values, 100 * sizeof(double));
    ia_parts_clear(&parts);
    ia_parts_clear(&again);
    ia_ctx_free(ctx);
}

static void errors_have_sentences(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_parts parts = {0};
    ia_part_params good = {0.5, true, 3, 1}, none = {0.5, true, 0, 1};
    ia_part_params whole = {1, false, 3, 1};
    CHECK_FAILS(ctx, ia_parts_compute(ctx, &question, N_IONS, &none, &parts),
                IA_ERR_PARAM, "at least 1");
    CHECK_FAILS(ctx, ia_parts_compute(ctx, &question, N_IONS, &whole, &parts),
                IA_ERR_PARAM, "share");
    CHECK_STARVED(ctx, ia_parts_compute(ctx, &question, N_IONS, &good, &parts),
                  ia_parts_clear(&parts));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_exactly_so_many),
        cmocka_unit_test(choices_are_equally_likely),
        cmocka_unit_test(orders_are_equally_likely),
        cmocka_unit_test(halves_agree_as_counting_says),
        cmocka_unit_test(thinning_keeps_its_share),
        cmocka_unit_test(errors_have_sentences),
    };
    return cmocka_run_group_tests(tests, mark_some, NULL);
}
