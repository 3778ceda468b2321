// tests/physics/test_background_own_tail.c: behind a peak whose own ions leave late there
// is more than before it: is that told as background under the peak?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "background_case.h"
#include "drawn_spectrum.h"

// Zinc oxide of ten million ions, a quarter of which leave late over 0.27 Da^1/2 of
// flight, on noise of 2.4 %.
enum { BINS = 15000, LINES = 12 };
static const double N_IONS = 1e7, NOISE = 0.024;
static const struct {
    double mass, share;
} lines[LINES] = {
    {13.490, 0.0035}, {15.995, 0.405}, {26.981, 0.016}, {31.964, 0.148},
    {32.963, 0.084},  {33.463, 0.012}, {33.962, 0.056}, {63.929, 0.061},
    {65.926, 0.035},  {67.924, 0.023}, {79.924, 0.028}, {81.921, 0.016},
};

static double lowest(size_t i)
{
    return floor(100 * (lines[i].mass - 0.05 * sqrt(lines[i].mass / 28))) / 100 - 0.03;
}

static double highest(size_t i)
{
    return ceil(100 * (lines[i].mass + 0.16 * sqrt(lines[i].mass / 28))) / 100;
}

// The spectrum, and of it line i alone where i is not LINES.
static void plan(drawn *d, size_t i)
{
    drawn_begin(d, BINS);
    d->late = 0.25;
    d->slow = 0.27;
    d->fast = 0.01;
    if (i == LINES)
        drawn_add_noise(d, NOISE);
    for (size_t k = 0; k < LINES; k++)
        if (i == LINES || i == k)
            drawn_add_line(d, lines[k].mass, lines[k].share);
}

static double expected(const drawn *d, size_t i)
{
    double sum = 0;
    for (size_t b = (size_t)round(100 * lowest(i)); b < (size_t)round(100 * highest(i));
         b++)
        sum += N_IONS * d->expected[b];
    return sum;
}

// Twelve pulls a spectrum: their root mean square is 1 +- 0.2, and with a line through
// what lies on either side of a peak it was 30.
static void a_tail_of_its_own_is_no_background(void **unused)
{
    (void)unused;
    case_range list[LINES];
    double other[LINES];
    drawn all;
    ranging_case c;

    plan(&all, LINES);
    for (size_t i = 0; i < LINES; i++) {
        drawn own;
        plan(&own, i);
        other[i] = expected(&all, i) - expected(&own, i);
        list[i] = (case_range){"Zn+", lowest(i), highest(i), 0};
        drawn_end(&own);
    }
    set_case(&c, list, LINES);
    for (unsigned long seed = 1; seed <= 3; seed++) {
        double squares = 0;
        drawn_draw(&all, N_IONS, seed);
        ia_background b = fit_background(&all.spectrum, &c.ranger, NULL);
        for (size_t i = 0; i < LINES; i++) {
            double told = ia_background_counts(&b, lowest(i), highest(i));
            double sigma = ia_background_sigma(&b, lowest(i), highest(i));
            double pull = (told - other[i]) / sqrt(other[i] + sigma * sigma);
            print_message("%.2f: %.0f there, %.0f +- %.0f told, model %d\n",
                          lines[i].mass, other[i], told, sigma, b.model);
            squares += pull * pull / LINES;
            assert_true(told < 1.5 * other[i]);
        }
        assert_true(sqrt(squares) < 1.6);
        ia_background_clear(&b);
    }
    drawn_end(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tail_of_its_own_is_no_background),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
