// tests/unit/test_multihit.c: pairs of one pulse against slow loops and sums by hand.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "hits_case.h"

#include "detector/hits.h"

static hits_case c;

static ia_multihit ask(const ia_multiples *m, const ranging_case *r,
                       const ia_multihit_params *params)
{
    ia_multihit out = {0};
    ia_multihit_input input = {m, &r->ranges, &r->ranger, NULL};
    assert_int_equal(ia_multihit_compute(NULL, &input, params, &out), IA_OK);
    return out;
}

static const ia_pair_kind *pair_of(const ia_multihit *m, const ranging_case *r,
                                   const char *a, const char *b)
{
    for (size_t i = 0; i < m->n_kinds; i++) {
        const char *x = r->ions[m->kinds[i].kind[0]].name,
                   *y = r->ions[m->kinds[i].kind[1]].name;
        if ((strcmp(x, a) == 0 && strcmp(y, b) == 0) ||
            (strcmp(x, b) == 0 && strcmp(y, a) == 0))
            return &m->kinds[i];
    }
    fail_msg("no pair %s and %s", a, b);
    return NULL;
}

// Every order of the labels 0, 1, 2 on the places of pulses of 3, 2 and 2 ions.
typedef struct {
    int label[7];
    double n, sum[2], squares[2]; // of pairs 0-1 and of pairs 0-0
} deal;

static void count_deal(deal *d)
{
    static const size_t begin[] = {0, 3, 5, 7};
    double n[2] = {0};
    for (size_t e = 0; e < 3; e++)
        for (size_t a = begin[e]; a < begin[e + 1]; a++)
            for (size_t b = a + 1; b < begin[e + 1]; b++) {
                n[0] += d->label[a] + d->label[b] == 1;
                n[1] += d->label[a] == 0 && d->label[b] == 0;
            }
    d->n++;
    for (size_t k = 0; k < 2; k++) {
        d->sum[k] += n[k];
        d->squares[k] += n[k] * n[k];
    }
}

static void deal_all(deal *d, size_t k)
{
    if (k == 7) {
        count_deal(d);
        return;
    }
    for (size_t i = k; i < 7; i++) {
        int kept = d->label[k];
        d->label[k] = d->label[i];
        d->label[i] = kept;
        deal_all(d, k + 1);
        kept = d->label[k];
        d->label[k] = d->label[i];
        d->label[i] = kept;
    }
}

static void chance_is_that_of_all_ways_to_deal(void **state)
{
    (void)state;
    deal d = {.label = {0, 0, 0, 1, 1, 2, 2}};
    const ia_hits_group group = {.ions = 7, .pairs = 5, .chains = 6};
    deal_all(&d, 0);
    for (size_t k = 0; k < 2; k++) {
        hits_chance chance = {0};
        double mean = d.sum[k] / d.n;
        hits_chance_add(&group, 3, 2, k == 1, &chance);
        assert_near(chance.mean, mean, 1e-12);
        assert_near(chance.variance, d.squares[k] / d.n - mean * mean, 1e-12);
    }
}

// Tails against sums of their probabilities.
static void tails_add_up(void **state)
{
    (void)state;
    static const hits_chance all[] = {{4, 4}, {4, 2.4}, {4, 6}, {0.03, 0.03}};
    for (size_t i = 0; i < 4; i++)
        for (double n = 0; n < 9; n++) { // the binomial ends at 10
            double more = hits_chance_of_more(n + 1, &all[i]);
            double fewer = hits_chance_of_fewer(n, &all[i]);
            assert_near(more + fewer, 1, 1e-12);
            assert_true(hits_chance_of(n, &all[i]) <= 1);
        }
    // Poisson of mean 4: P(N >= 8) = 0.0511336; binomial of 10 and 0.4: P(N >= 8) =
    // 0.0122946; negative binomial of size 8 and 2/3: P(N >= 8) = 0.0882 by its series.
    assert_near(hits_chance_of_more(8, &all[0]), 0.0511336, 1e-7);
    assert_near(hits_chance_of_more(8, &all[1]), 0.0122946, 1e-7);
    double sum = 0, term = pow(2 / 3.0, 8);
    for (int k = 0; k < 8; k++) {
        sum += term;
        term *= (8 + k) / (k + 1.0) / 3;
    }
    assert_near(hits_chance_of_more(8, &all[2]), 1 - sum, 1e-12);
    const hits_chance none = {0};
    assert_true(hits_chance_of_more(1, &none) == 0 &&
                hits_chance_of_fewer(1, &none) == 1);
}

static void pairs_are_counted_by_kind(void **state)
{
    (void)state;
    ranging_case r;
    SET_CASE(&r, {"O+", 15, 17, 1}, {"Si++", 27, 29, 1}, {"Fe+", 55, 57, 1});
    c.n = 0;
    ADD_EVENT(&c, 16, 28);
    ADD_EVENT(&c, 28, 16);
    ADD_EVENT(&c, 16, 16, 56);
    ADD_EVENT(&c, 40, 56);
    ia_multiples m = gather(&c);
    ia_multihit_params p = ia_multihit_defaults();
    p.histogram = true;
    ia_multihit out = ask(&m, &r, &p);

    assert_int_equal(out.n_pairs, 6);
    assert_int_equal(out.unranged, 1);
    assert_int_equal(out.same, 1);
    assert_int_equal(pair_of(&out, &r, "O+", "Si++")->counts, 2);
    assert_int_equal(pair_of(&out, &r, "O+", "O+")->counts, 1);
    assert_int_equal(pair_of(&out, &r, "O+", "Fe+")->counts, 2);
    assert_int_equal(pair_of(&out, &r, "Si++", "Fe+")->counts, 0);
    // Doubles deal {16, 28, 28, 16, 40, 56} to 3 pairs: 3 x 2 x 2 x 2 / 30 pairs O-Si.
    assert_near(pair_of(&out, &r, "O+", "Si++")->expected, 0.8, 1e-12);
    // The triple alone: every deal has the same 3 pairs.
    assert_near(pair_of(&out, &r, "O+", "O+")->expected, 3 * 2 / 30.0 + 1, 1e-12);
    assert_near(out.bin, 0.1, 1e-12);
    assert_int_equal(out.n_cells, 4);
    assert_int_equal(out.outside, 0);

    ia_result result = {0};
    assert_int_equal(ia_multihit_tables(NULL, &out, &r.ranges, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "histogram");
    const uint64_t *counts = ia_table_find(table, "counts")->data;
    uint64_t sum = 0;
    for (size_t i = 0; i < table->n_rows; i++)
        sum += counts[i];
    assert_int_equal(sum, 6);
    ia_result_clear(&result);
    ia_multihit_clear(&out);
    ia_multiples_clear(&m);
}

static void the_map_holds_every_pair_and_all_of_chance(void **state)
{
    (void)state;
    static const hits_peak peaks[] = {{16, 0.05, 0.1, 0.4}, {28, 0.05, 0.1, 0.3}};
    ranging_case r;
    ia_random random = ia_random_new(1, 0);
    SET_CASE(&r, {"O+", 15, 17, 1}, {"Si+", 27, 29, 1});
    c.n = 0;
    for (size_t e = 0; e < 3000; e++) {
        double mass[3];
        for (size_t i = 0; i < 3; i++)
            mass[i] = draw_ion(&random, peaks, 2, 40);
        add_event(&c, mass, 2 + e % 2);
    }
    ia_multiples m = gather(&c);
    ia_multihit_params p = ia_multihit_defaults();
    ia_pair_map map = {0};
    p.pair_most = 50;
    ia_multihit out = ask(&m, &r, &p);

    assert_int_equal(out.n_pairs, 1500 + 3 * 1500);
    assert_int_equal(ia_pair_map_compute(NULL, &out, 7, &map), IA_OK);
    assert_int_equal(map.n, 72);
    double counts = 0, expected = 0;
    for (size_t a = 0; a < map.n; a++)
        for (size_t b = a; b < map.n; b++) {
            assert_true(map.counts[a * map.n + b] == map.counts[b * map.n + a]);
            counts += map.counts[a * map.n + b];
            expected += map.expected[a * map.n + b];
        }
    assert_true(counts == 6000);
    assert_near(expected, 6000, 1e-6);
    ia_pair_map_clear(&map);
    ia_multihit_clear(&out);
    ia_multiples_clear(&m);
}

static void pulses_of_independent_ions_are_poisson(void **state)
{
    (void)state;
    ranging_case r;
    // 100,000 pulses with 0.1 ions each: 90,484 are empty.
    static const size_t pulses[] = {90484, 9048, 453, 15};
    SET_CASE(&r, {"O+", 15, 17, 1});
    c.n = 0;
    for (size_t k = 1; k < 4; k++)
        for (size_t i = 0; i < pulses[k]; i++)
            add_event(&c, (const double[]){16, 16, 16}, k);
    c.since[0] = 90485;
    ia_multiples m = gather(&c);
    ia_multihit out = ask(&m, &r, NULL);
    assert_int_equal(out.fired, 100000);
    assert_near(out.rate, 0.09999, 1e-9);
    assert_near(out.expected[2], 100000 * exp(-0.09999) * 0.09999 * 0.09999 / 2, 1e-6);
    assert_true(out.p_rate > 0.5);
    ia_multihit_clear(&out);
    // Nobody counted the empty ones: their number follows from the others.
    m.fired = 0;
    out = ask(&m, &r, NULL);
    double rate = out.rate;
    assert_near(rate / (1 - exp(-rate)), 9999 / 9516.0, 1e-9);
    assert_true(out.p_rate > 0.1);
    // Three ions in a pulse far too often.
    m.pulses[3] = 200;
    ia_multihit_clear(&out);
    out = ask(&m, &r, NULL);
    assert_true(out.p_rate < 1e-6);
    ia_multihit_clear(&out);
    ia_multiples_clear(&m);
}

// The formula of Saxey: a fragment of m1 from a parent of m_p that broke after the share
// x of the voltage seems to have m1 / (1 - x (1 - m1 / m_p)).
static void tracks_run_from_the_fragments_to_the_parent(void **state)
{
    (void)state;
    const ia_track t = {.m_parent = 30, .m = {20, 40}};
    for (size_t k = 0; k < 2; k++) {
        assert_near(ia_track_at(&t, k, 0), t.m[k], 1e-12);
        assert_near(ia_track_at(&t, k, 1), 30, 1e-12);
    }
    assert_near(ia_track_at(&t, 0, 0.5), 24, 1e-12);
    assert_near(ia_track_at(&t, 1, 0.5), 40 / (1 + 0.5 / 3), 1e-12);
    const ia_track neutral = {.m_parent = 30, .m = {20, INFINITY}};
    assert_near(ia_track_at(&neutral, 1, 1), 30, 1e-12);
    assert_near(ia_track_at(&neutral, 1, 0.25), 120, 1e-12);
}

static void nothing_in_pulses_is_no_failure(void **state)
{
    (void)state;
    ranging_case r;
    SET_CASE(&r, {"O+", 15, 17, 1});
    c.n = 0;
    ADD_EVENT(&c, 16);
    ia_multiples m = gather(&c);
    ia_multihit out = ask(&m, &r, NULL);
    ia_result result = {0};
    assert_int_equal(out.n_pairs + out.n_kinds + out.n_cells + out.n_tracks, 0);
    assert_true(isnan(out.rate) && isnan(out.p_rate));
    assert_int_equal(ia_multihit_tables(NULL, &out, &r.ranges, &result), IA_OK);
    ia_result_clear(&result);
    ia_multihit_clear(&out);
    ia_multiples_clear(&m);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ranging_case r;
    SET_CASE(&r, {"O+", 15, 17, 1});
    c.n = 0;
    ADD_EVENT(&c, 16, 16);
    ia_multiples m = gather(&c);
    ia_multihit_input input = {&m, &r.ranges, &r.ranger, NULL};
    ia_multihit_params p = ia_multihit_defaults();
    ia_multihit out = {.n_pairs = 7};
    p.level = 0;
    CHECK_FAILS(ctx, ia_multihit_compute(ctx, &input, &p, &out), IA_ERR_PARAM, "level");
    p = ia_multihit_defaults();
    p.pair_most = 1000;
    p.pair_bin = 0.01;
    CHECK_FAILS(ctx, ia_multihit_compute(ctx, &input, &p, &out), IA_ERR_PARAM, "bins");
    assert_int_equal(out.n_pairs, 7);
    ia_multiples_clear(&m);
    ia_ctx_free(ctx);
}

static void make_molecules(ranging_case *r)
{
    SET_CASE(r, {"O+", 15.8, 16.4, 1}, {"Si++", 13.8, 15, 1}, {"Si+", 27.8, 29, 1},
             {"SiO++", 21.8, 22.4, 1});
    c.n = 0;
    for (size_t e = 0; e < 200; e++)
        ADD_EVENT(&c, 16, e % 2 ? 14 : 28, 16 + 0.02 * (double)e, 22);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ranging_case r;
    make_molecules(&r);
    ia_multiples m = gather(&c);
    ia_multihit_input input = {&m, &r.ranges, &r.ranger, NULL};
    ia_multihit_params p = ia_multihit_defaults();
    ia_multihit out = {0};
    ia_result result = {0};
    ia_pair_map map = {0};
    p.histogram = true;
    p.pair_most = 100;
    CHECK_STARVED(ctx, ia_multihit_compute(ctx, &input, &p, &out), (void)0);
    CHECK_STARVED(
        ctx,
        (ia_result_clear(&result), ia_multihit_tables(ctx, &out, &r.ranges, &result)),
        ia_result_clear(&result));
    CHECK_STARVED(ctx, ia_pair_map_compute(ctx, &out, 2, &map), ia_pair_map_clear(&map));
    ia_multihit_clear(&out);
    ia_multiples_clear(&m);
    ia_ctx_free(ctx);
}

static void threads_give_the_same_bits(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ranging_case r;
    make_molecules(&r);
    ia_multiples m = gather(&c);
    ia_multihit_input input = {&m, &r.ranges, &r.ranger, NULL};
    ia_multihit_params p = ia_multihit_defaults();
    ia_multihit first = {0}, out = {0};
    p.pair_most = 100;
    for (size_t threads = 1; threads <= 3; threads++) {
        ia_ctx_set_threads(ctx, threads);
        CHECK_OK(ctx, ia_multihit_compute(ctx, &input, &p, threads == 1 ? &first : &out));
        if (threads == 1)
            continue;
        assert_int_equal(out.n_tracks, first.n_tracks);
        assert_int_equal(out.n_hot, first.n_hot);
        for (size_t i = 0; i < out.n_tracks; i++)
            assert_true(out.tracks[i].p == first.tracks[i].p &&
                        out.tracks[i].counts == first.tracks[i].counts);
        assert_memory_equal(out.kinds, first.kinds, out.n_kinds * sizeof *out.kinds);
        ia_multihit_clear(&out);
    }
    assert_true(first.n_tracks > 3);
    ia_multihit_clear(&first);
    ia_multiples_clear(&m);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_is_that_of_all_ways_to_deal),
        cmocka_unit_test(tails_add_up),
        cmocka_unit_test(pairs_are_counted_by_kind),
        cmocka_unit_test(the_map_holds_every_pair_and_all_of_chance),
        cmocka_unit_test(pulses_of_independent_ions_are_poisson),
        cmocka_unit_test(tracks_run_from_the_fragments_to_the_parent),
        cmocka_unit_test(nothing_in_pulses_is_no_failure),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(short_memory_leaks_nothing),
        cmocka_unit_test(threads_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
