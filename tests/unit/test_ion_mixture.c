// tests/unit/test_ion_mixture.c: mixtures of ions in spectra without noise, their
// chances, and the odd cases.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "mixture_case.h"

#include <ionatlas/ions.h>

static const double overlap[2] = {3000, 20000};

// Sum of what lies in the windows that a component reaches.
static double counted(const mixture_case *c, const ia_ion_mixture *m, size_t component)
{
    double sum = 0;
    for (size_t b = 0; b < m->n_bins; b++)
        for (uint32_t i = m->first[b]; i < m->first[b + 1]; i++)
            if (m->component[i] == component)
                sum += (double)c->counts[b];
    return sum;
}

static double whole_of(const ia_ion_mixture *m, size_t component)
{
    double sum = 0;
    for (uint32_t i = 0; i < m->first[m->n_bins]; i++)
        sum += m->component[i] == component ? (double)m->density[i] : 0;
    return sum;
}

// Peaks that nothing overlaps: amounts are those counted.
static void peaks_apart_are_counted(void **state)
{
    (void)state;
    static mixture_case c;
    const double truth[2] = {5000, 20000};
    set_mixture_case(&c, "Al+ Mn++", truth, 0);
    ia_ion_mixture m = mix(&c);

    for (size_t k = 0; k < 2; k++) {
        double here = counted(&c, &m, k) / whole_of(&m, k);
        assert_near(m.counts[k] / here, 1, 1e-6);
        assert_near(m.estimate[k] / here, 1, 1e-6);
        assert_near(m.sigma[k] / sqrt(here), 1, 1e-3);
    }
    ia_ion_mixture_clear(&m);
    clear_mixture_case(&c);
}

static void likelihood_never_falls(void **state)
{
    (void)state;
    static mixture_case c;
    set_mixture_case(&c, "N+ Si++", overlap, 5);
    ia_ion_mixture m = mix(&c);

    assert_true(m.n_rounds > 1);
    for (size_t i = 1; i <= m.n_rounds; i++)
        if (m.history[i] < m.history[i - 1] - 1e-9 * fabs(m.history[i]))
            fail_msg("round %zu: %.12g after %.12g", i, m.history[i], m.history[i - 1]);
    assert_near(m.counts[0], overlap[0], 0.2 * m.sigma[0]);
    assert_near(m.counts[1], overlap[1], 0.2 * m.sigma[1]);
    ia_ion_mixture_clear(&m);
    clear_mixture_case(&c);
}

// Wherever one begins: the likelihood has one maximum. Three significant figures and
// more.
static void any_beginning_ends_the_same(void **state)
{
    (void)state;
    static mixture_case c;
    set_mixture_case(&c, "Si+ Fe++", overlap, 5);
    ia_ion_mixture a = mix(&c);
    c.solved.ions[0].counts *= 10;
    c.solved.ions[1].counts *= 0.03;
    ia_ion_mixture b = mix(&c);

    for (size_t k = 0; k < 2; k++)
        assert_near(a.counts[k] / b.counts[k], 1, 1e-5);
    ia_ion_mixture_clear(&a);
    ia_ion_mixture_clear(&b);
    clear_mixture_case(&c);
}

// Lines off by a hundredth of a width leave three figures of an ion with a line of its
// own: less than 5 in 10,000.
static void peaks_a_little_off_leave_three_figures(void **state)
{
    (void)state;
    static mixture_case c;
    set_mixture_case(&c, "N+ Si++", overlap, 5);
    ia_ion_mixture a = mix(&c);
    for (size_t i = 0; i < c.solved.n_lines; i++)
        c.solved.lines[i].mass +=
            0.01 * ia_peak_width(&c.shape.widths, c.solved.lines[i].mass);
    ia_ion_mixture b = mix(&c);

    print_message("off: N+ %g, Si++ %g\n", b.counts[0] / a.counts[0] - 1,
                  b.counts[1] / a.counts[1] - 1);
    assert_near(b.counts[1] / a.counts[1], 1, 5e-4);
    assert_near((b.counts[0] + b.counts[1]) / (a.counts[0] + a.counts[1]), 1, 5e-4);
    ia_ion_mixture_clear(&a);
    ia_ion_mixture_clear(&b);
    clear_mixture_case(&c);
}

static void chances_add_up(void **state)
{
    (void)state;
    static mixture_case c;
    set_mixture_case(&c, "N+ Si++", overlap, 5);
    ia_ion_mixture m = mix(&c);
    double all = 0;

    for (size_t b = 0; b < m.n_bins; b++) {
        double sum = 0, mass = m.m_min + ((double)b + 0.5) * m.bin;
        for (size_t k = 0; k <= m.n_ions; k++)
            sum += ia_ion_mixture_weight(&m, mass, k);
        if (m.first[b + 1] > m.first[b])
            assert_near(sum, 1, 1e-5);
        else
            assert_true(sum == 0);
        all += ia_ion_mixture_weight(&m, mass, 0) * (double)c.counts[b];
    }
    assert_near(all, m.counts[0] * whole_of(&m, 0), 1e-3 * m.counts[0]);
    assert_near(ia_ion_mixture_atoms(&m, 14.488, 14), 1, 0.01); // 29Si++
    assert_true(ia_ion_mixture_atoms(&m, 14.488, 7) < 0.01);
    assert_true(ia_ion_mixture_weight(&m, -5, 0) == 0);
    assert_true(ia_ion_mixture_weight(&m, 1e9, 0) == 0);
    ia_ion_mixture_clear(&m);
    clear_mixture_case(&c);
}

// Ions in a cube of 8 nm: below x = 4 mostly nitrogen, beyond mostly silicon.
enum { PLANTED = 60000 };

static ia_ions plant(const mixture_case *c, unsigned long seed, size_t *nitrogen)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    ia_ions ions = {0};
    gsl_ran_discrete_t *draw[2];

    gsl_rng_set(rng, seed);
    for (size_t k = 0; k < 2; k++)
        draw[k] = gsl_ran_discrete_preproc(MIX_BINS, c->density + k * MIX_BINS);
    assert_int_equal(ia_ions_new(NULL, PLANTED, 1u << IA_XYZ | 1u << IA_MASS, &ions),
                     IA_OK);
    float *xyz = ia_ions_values(&ions, IA_XYZ), *mass = ia_ions_values(&ions, IA_MASS);
    *nitrogen = 0;
    for (size_t i = 0; i < PLANTED; i++) {
        for (size_t k = 0; k < 3; k++)
            xyz[3 * i + k] = (float)(8 * gsl_rng_uniform(rng));
        bool left = xyz[3 * i] < 4;
        size_t kind = gsl_rng_uniform(rng) < (left ? 0.02 : 0.3) ? left : !left;
        *nitrogen += left && kind == 0;
        mass[i] = (float)(((double)gsl_ran_discrete(rng, draw[kind]) + 0.5) * mix_bin);
    }
    gsl_ran_discrete_free(draw[0]);
    gsl_ran_discrete_free(draw[1]);
    gsl_rng_free(rng);
    return ions;
}

// Sum of the chances of nitrogen among ions with x < 4.
static double nitrogen_at_left(const ia_ions *ions, const ia_ion_mixture *m)
{
    const ia_ion_mixture_source source = {ions, m};
    ia_column column = ia_ion_mixture_column(&source);
    float *rows = calloc(ions->n * column.width, sizeof *rows), *room = calloc(3, 4);
    double sum = 0;

    assert_ptr_equal(ia_column_rows(&column, 0, ions->n, rows), rows);
    for (size_t i = 0; i < ions->n; i++)
        if (((const float *)ia_column_rows(&ions->columns[IA_XYZ], i, 1, room))[0] < 4)
            sum += (double)rows[i * column.width];
    free(rows);
    free(room);
    return sum;
}

// The whole specimen's chances give half of it to the wrong side; those of boxes find it:
// within the error of so many ions by shape and isotopes, and what the prior draws in.
static void boxes_tell_regions_apart(void **state)
{
    (void)state;
    static mixture_case c;
    const double truth[2] = {PLANTED / 2., PLANTED / 2.};
    ia_ion_mixture_params p = ia_ion_mixture_defaults();
    size_t nitrogen;

    set_mixture_case(&c, "N+ Si++", truth, 0);
    ia_ions ions = plant(&c, 1, &nitrogen);
    ia_ion_mixture m = mix(&c);
    double global = nitrogen_at_left(&ions, &m), planted = (double)nitrogen;
    p.local = 4;
    assert_int_equal(ia_ion_mixture_localize(NULL, &ions, &p, &m), IA_OK);
    assert_int_equal(m.boxes.n_occupied, 8);
    double local = nitrogen_at_left(&ions, &m);
    print_message("nitrogen planted %g, by all %g, by boxes %g\n", planted, global,
                  local);
    assert_near(local, planted, 0.03 * planted + 4 * sqrt(planted));
    assert_true(fabs(global - planted) > 10 * fabs(local - planted));
    ia_ion_mixture_clear(&m);
    ia_ions_clear(&ions);
    clear_mixture_case(&c);
}

static void the_same_bits_on_any_number_of_threads(void **state)
{
    (void)state;
    static mixture_case c;
    const double truth[2] = {PLANTED / 2., PLANTED / 2.};
    ia_ion_mixture_params p = ia_ion_mixture_defaults();
    ia_ctx *one = ia_ctx_new(), *many = ia_ctx_new();
    size_t nitrogen;

    set_mixture_case(&c, "N+ Si++", truth, 0);
    ia_ions ions = plant(&c, 2, &nitrogen);
    ia_ion_mixture a = mix(&c), b = mix(&c);
    ia_ctx_set_threads(one, 1);
    ia_ctx_set_threads(many, 3);
    p.local = 0.5;
    assert_int_equal(ia_ion_mixture_localize(one, &ions, &p, &a), IA_OK);
    assert_int_equal(ia_ion_mixture_localize(many, &ions, &p, &b), IA_OK);
    size_t n = a.boxes.n[0] * a.boxes.n[1] * a.boxes.n[2] * (a.n_ions + 1);
    assert_memory_equal(a.counts, b.counts, (a.n_ions + 1) * sizeof(double));
    assert_memory_equal(a.boxes.amount, b.boxes.amount, n * sizeof(float));
    ia_ion_mixture_clear(&a);
    ia_ion_mixture_clear(&b);
    ia_ions_clear(&ions);
    clear_mixture_case(&c);
    ia_ctx_free(one);
    ia_ctx_free(many);
}

static void what_cannot_be_is_said(void **state)
{
    (void)state;
    static mixture_case c;
    const double truth[2] = {PLANTED / 2., PLANTED / 2.};
    ia_ion_mixture_params p = ia_ion_mixture_defaults();
    ia_ctx *ctx = ia_ctx_new();
    size_t nitrogen;

    set_mixture_case(&c, "N+ Si++", truth, 0);
    ia_ions ions = plant(&c, 1, &nitrogen), bare = {.n = 1};
    ia_ion_mixture m = mix(&c), none = {0};
    ia_ion_mixture_input input = {&c.spectrum, &c.background, &c.shape, &c.solved};
    p.local = 1e-3;
    assert_int_equal(ia_ion_mixture_localize(ctx, &ions, &p, &m), IA_ERR_PARAM);
    assert_non_null(strstr(ia_ctx_message(ctx), "boxes of 0.001 nm"));
    ia_ctx_reset(ctx);
    p.local = 1;
    assert_int_equal(ia_ion_mixture_localize(ctx, &bare, &p, &m), IA_ERR_UNSUPPORTED);
    ia_ctx_reset(ctx);
    p.mix_change = -1;
    assert_int_equal(ia_ion_mixture_compute(ctx, &input, &p, &none), IA_ERR_PARAM);
    assert_non_null(strstr(ia_ctx_message(ctx), "mix_change"));
    assert_null(none.counts);
    ia_ion_mixture_clear(&m);
    ia_ions_clear(&ions);
    clear_mixture_case(&c);
    ia_ctx_free(ctx);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    static mixture_case c;
    ia_ion_mixture_params p = ia_ion_mixture_defaults();
    ia_ctx *ctx = ia_ctx_new();
    ia_ion_mixture m = {0};
    ia_result result = {0};
    size_t nitrogen;

    set_mixture_case(&c, "N+ Si++", overlap, 5);
    ia_ions ions = plant(&c, 1, &nitrogen);
    ia_ion_mixture_input input = {&c.spectrum, &c.background, &c.shape, &c.solved};
    p.local = 2;
    p.mix_rounds = 2;
    CHECK_STARVED(ctx, ia_ion_mixture_compute(ctx, &input, &p, &m), (void)0);
    CHECK_STARVED(ctx, ia_ion_mixture_localize(ctx, &ions, &p, &m), (void)0);
    CHECK_STARVED(ctx,
                  (ia_result_clear(&result), ia_ion_mixture_tables(ctx, &m, &result)),
                  (void)0);
    assert_int_equal(ia_result_find(&result, "mixture")->n_rows, 3);
    assert_non_null(ia_table_find(ia_result_find(&result, "mixture_fit"), "boxes"));
    ia_result_clear(&result);
    ia_ion_mixture_clear(&m);
    ia_ions_clear(&ions);
    clear_mixture_case(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_apart_are_counted),
        cmocka_unit_test(likelihood_never_falls),
        cmocka_unit_test(any_beginning_ends_the_same),
        cmocka_unit_test(peaks_a_little_off_leave_three_figures),
        cmocka_unit_test(chances_add_up),
        cmocka_unit_test(boxes_tell_regions_apart),
        cmocka_unit_test(the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
