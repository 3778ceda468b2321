// tests/unit/test_ranging.c: ions are counted and labelled as a plain search says.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

static void add(ia_ranges *ranges, const char *formula, double lo, double hi)
{
    ia_ion ion = ia_ion_of(formula);
    ia_range range = {.lo = lo, .hi = hi};

    assert_int_equal(ia_ranges_add_ion(NULL, ranges, &ion, &range.ion), IA_OK);
    assert_int_equal(ia_ranges_add(NULL, ranges, &range), IA_OK);
}

static ia_ions ions_of(const float *mass, size_t n)
{
    ia_ions ions = {.n = n};

    ions.columns[IA_MASS] = ia_column_of(IA_F32, 1, n, mass);
    return ions;
}

// The definition: the ion of any range with lo <= m < hi.
static int32_t label_of(const ia_ranges *ranges, double mass)
{
    for (size_t i = 0; i < ranges->n_ranges; i++)
        if (mass >= ranges->ranges[i].lo && mass < ranges->ranges[i].hi)
            return (int32_t)ranges->ranges[i].ion;
    return -1;
}

// Counts and labels of these masses agree with the definition.
static void assert_ranged(const ia_ranges *ranges, const float *mass, size_t n)
{
    ia_ions ions = ions_of(mass, n);
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};
    uint64_t total = 0;

    assert_int_equal(ia_ranger_build(NULL, ranges, &ranger), IA_OK);
    assert_int_equal(ia_range_counts_compute(NULL, &ions, &ranger, &counts), IA_OK);
    ia_label_source source = {&ions, &ranger};
    ia_column column = ia_label_column(&source);
    int32_t *labels = calloc(n, sizeof *labels);
    uint64_t *expected = calloc(ranges->n_ions + 1, sizeof *expected);
    assert_ptr_equal(ia_column_rows(&column, 0, n, labels), labels);
    for (size_t i = 0; i < n; i++) {
        int32_t label = label_of(ranges, (double)mass[i]);
        if (labels[i] != label)
            fail_msg("%.9g Da is labelled %d, not %d", (double)mass[i], labels[i], label);
        expected[label + 1]++;
    }
    for (size_t r = 0; r < counts.n; r++) {
        expected[ranger.ion[r] + 1] -= counts.counts[r];
        total += counts.counts[r];
    }
    for (size_t k = 1; k <= ranges->n_ions; k++)
        assert_int_equal(expected[k], 0);
    assert_int_equal(counts.unranged, expected[0]);
    assert_int_equal(counts.ranged, total);
    assert_int_equal(counts.ranged + counts.unranged, n);
    free(expected);
    free(labels);
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&ranger);
}

static void ranges_are_sorted_and_merged(void **state)
{
    ia_ranges r = {0};
    ia_ranger ranger = {0};

    (void)state;
    add(&r, "Fe+", 55, 56);
    add(&r, "Cr+", 51, 53);
    add(&r, "Fe+", 55.5, 57);
    add(&r, "Fe+", 55, 56);
    add(&r, "Fe+", 57, 58); // touches: stays apart
    assert_int_equal(ia_ranger_build(NULL, &r, &ranger), IA_OK);
    assert_int_equal(ranger.n, 3);
    assert_true(ranger.lo[0] == 51 && ranger.hi[0] == 53 && ranger.ion[0] == 1);
    assert_true(ranger.lo[1] == 55 && ranger.hi[1] == 57 && ranger.ion[1] == 0);
    assert_true(ranger.lo[2] == 57 && ranger.hi[2] == 58);
    ia_ranger_clear(&ranger);
    assert_null(ranger.lo);
    ia_ranges_clear(&r);
}

static void bounds_are_closed_below_and_open_above(void **state)
{
    ia_ranges r = {0};
    ia_ranger ranger = {0};
    const float mass[] = {0.5F, 1.5F, nextafterf(1.5F, 0), nextafterf(0.5F, 0), 2.5F};

    (void)state;
    add(&r, "H+", 0.5, 1.5);
    add(&r, "D", 1.5, 2.5);
    assert_int_equal(ia_ranger_build(NULL, &r, &ranger), IA_OK);
    assert_int_equal(ia_ranger_find(&ranger, 0.5), 0);
    assert_int_equal(ia_ranger_find(&ranger, 1.5), 1);
    assert_int_equal(ia_ranger_find(&ranger, 2.5), -1);
    assert_int_equal(ia_ranger_find(&ranger, 0.4999), -1);
    assert_int_equal(ia_ranger_find(&ranger, (double)NAN), -1);
    ia_ranger_clear(&ranger);
    assert_ranged(&r, mass, 5);
    ia_ranges_clear(&r);
}

// Bounds that no float hits, with the floats beside them on both sides.
static void bounds_between_floats_are_exact(void **state)
{
    enum { N = 2000 };
    ia_ranges r = {0};
    static float mass[6 * N];
    size_t n = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        double lo = 0.1 * i + 0.0123456789, hi = lo + (i % 3 ? 0.1 : 0.0317);
        add(&r, i % 2 ? "Fe+" : "Cr+", lo, hi);
        float edges[] = {(float)lo, (float)hi};
        for (int k = 0; k < 2; k++) {
            mass[n++] = edges[k];
            mass[n++] = nextafterf(edges[k], -INFINITY);
            mass[n++] = nextafterf(edges[k], INFINITY);
        }
    }
    for (size_t i = 1; i < r.n_ranges; i++) // no overlap by rounding
        if (r.ranges[i - 1].hi > r.ranges[i].lo)
            r.ranges[i - 1].hi = r.ranges[i].lo;
    assert_ranged(&r, mass, n);
    ia_ranges_clear(&r);
}

static void masses_of_any_size_are_ranged(void **state)
{
    enum { N = 40000 }; // more than two blocks
    ia_ranges r = {0};
    float *mass = calloc(N, sizeof *mass);
    uint64_t word = 1;

    (void)state;
    assert_non_null(mass);
    add(&r, "M", -0.5, 0.5);
    add(&r, "Fe", 27.9, 28.1);
    add(&r, "Fe++", 400, 2000);
    add(&r, "All", 1e7, 1e8);
    for (size_t i = 0; i < N;
         i++) { // every kind of bit pattern, NaN and infinity among them
        word = word * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint32_t bits = (uint32_t)(word >> 32);
        if (i % 2)
            mass[i] = (float)(bits % 300000) / 100;
        else
            memcpy(&mass[i], &bits, 4);
    }
    assert_ranged(&r, mass, N);
    free(mass);
    ia_ranges_clear(&r);
}

static void odd_sets_of_ranges_are_indexed(void **state)
{
    static const double bounds[][2] = {{-1e300, 1e300}, {-1e30, -1e29}, {1e300, 1e301},
                                       {1e-40, 2e-40},  {5, 5.0000001}, {-5, 2000},
                                       {3e38, 1e39}};
    const float mass[] = {0,         -1,       5,   1e-40F, 1.5e-40F, 3.2e38F, -5e29F,
                          -INFINITY, INFINITY, NAN, 1999,   999,      1e6F};

    (void)state;
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        ia_ranges r = {0};
        add(&r, "Fe+", bounds[i][0], bounds[i][1]);
        assert_ranged(&r, mass, sizeof mass / sizeof mass[0]);
        ia_ranges_clear(&r);
    }
}

static void no_ranges_range_nothing(void **state)
{
    const float mass[] = {1, 2};
    ia_ranges none = {0};
    ia_ions ions = ions_of(mass, 2);
    ia_ranger empty = {0};
    ia_range_counts counts = {0};

    (void)state;
    assert_ranged(&none, mass, 2);
    assert_int_equal(ia_range_counts_compute(NULL, &ions, &empty, &counts), IA_OK);
    assert_int_equal(counts.unranged, 2);
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&empty);
}

static void threads_change_nothing(void **state)
{
    enum { N = 200000 };
    float *mass = calloc(N, sizeof *mass);
    ia_ranges r = {0};
    ia_ranger ranger = {0};
    ia_range_counts one = {0}, two = {0};
    ia_ctx *ctx = ia_ctx_new();

    (void)state;
    assert_non_null(mass);
    for (size_t i = 0; i < N; i++)
        mass[i] = (float)(i * 7919 % 100003) / 1000;
    for (int i = 0; i < 40; i++)
        add(&r, "Fe+", 2 * i, 2 * i + 1);
    ia_ions ions = ions_of(mass, N);
    assert_int_equal(ia_ranger_build(ctx, &r, &ranger), IA_OK);
    ia_ctx_set_threads(ctx, 1);
    assert_int_equal(ia_range_counts_compute(ctx, &ions, &ranger, &one), IA_OK);
    ia_ctx_set_threads(ctx, 2);
    assert_int_equal(ia_range_counts_compute(ctx, &ions, &ranger, &two), IA_OK);
    assert_memory_equal(one.counts, two.counts, one.n * sizeof *one.counts);
    assert_int_equal(one.unranged, two.unranged);
    ia_range_counts_clear(&one);
    ia_range_counts_clear(&two);
    ia_ranger_clear(&ranger);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
    free(mass);
}

static void unchecked_overlaps_are_refused(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges r = {0};
    ia_ranger ranger = {0};

    (void)state;
    add(&r, "Fe+", 55, 57);
    add(&r, "Cr+", 56, 58);
    assert_int_equal(ia_ranger_build(ctx, &r, &ranger), IA_ERR_PARAM);
    assert_string_equal(
        ia_ctx_message(ctx),
        "ranges of different ions overlap at 56 Da: check the ranges before "
        "ranging with them");
    assert_null(ranger.lo);
    ia_ranges_clear(&r);
    ia_ctx_free(ctx);
}

static void ions_without_mass_are_refused(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {.n = 3};
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};

    (void)state;
    assert_int_equal(ia_range_counts_compute(ctx, &ions, &ranger, &counts),
                     IA_ERR_UNSUPPORTED);
    assert_non_null(strstr(ia_ctx_message(ctx), "mass"));
    ia_ctx_free(ctx);
}

static bool stop(void *user, const char *stage, double done)
{
    (void)user, (void)stage, (void)done;
    return false;
}

static void counting_can_be_cancelled(void **state)
{
    enum { N = 100000 };
    ia_ctx *ctx = ia_ctx_new();
    float *mass = calloc(N, sizeof *mass);
    ia_ions ions = ions_of(mass, N);
    ia_ranger ranger = {0};
    ia_range_counts counts = {0};

    (void)state;
    ia_ctx_set_threads(ctx,
                       1); // else another thread may be done before the first is asked
    ia_ctx_set_progress(ctx, stop, NULL);
    assert_int_equal(ia_range_counts_compute(ctx, &ions, &ranger, &counts), IA_CANCELLED);
    assert_null(counts.counts);
    ia_ctx_free(ctx);
    free(mass);
}

static void short_memory_is_survived(void **state)
{
    const float mass[] = {1, 2, 3};
    ia_ions ions = ions_of(mass, 3);
    ia_ranges r = {0};
    ia_status st = IA_ERR_MEMORY;

    (void)state;
    add(&r, "H+", 0.5, 1.5);
    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ranger ranger = {0};
        ia_range_counts counts = {0};
        ia_ctx_fail_alloc(ctx, k);
        if ((st = ia_ranger_build(ctx, &r, &ranger)) == IA_OK)
            st = ia_range_counts_compute(ctx, &ions, &ranger, &counts);
        assert_true(st == IA_ERR_MEMORY ? counts.counts == NULL : k > 8);
        ia_range_counts_clear(&counts);
        ia_ranger_clear(&ranger);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
    ia_ranges_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_sorted_and_merged),
        cmocka_unit_test(bounds_are_closed_below_and_open_above),
        cmocka_unit_test(bounds_between_floats_are_exact),
        cmocka_unit_test(masses_of_any_size_are_ranged),
        cmocka_unit_test(odd_sets_of_ranges_are_indexed),
        cmocka_unit_test(no_ranges_range_nothing),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(unchecked_overlaps_are_refused),
        cmocka_unit_test(ions_without_mass_are_refused),
        cmocka_unit_test(counting_can_be_cancelled),
        cmocka_unit_test(short_memory_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
