// tests/physics/test_peak_shape.c: is the shape of peaks found that were drawn from a
// known one?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"
#include "spectrum_case.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { BINS = 40000, LINES = 6 }; // of 0.0025 Da: to 100 Da
static const double BIN = 0.0025;

// A Gaussian onset, an exponential behind it and a slow one of few ions far behind: what
// a cooling tip makes. Lengths at 28 Da; they grow with sqrt(m), as a spread in time
// does.
typedef struct {
    double sigma, fast, slow; // Da
    double part;              // of the ions in the slow tail
} truth;

typedef struct {
    double mass, ions;
} line;

// Far from each other, of three charges' masses; the last is weak.
static const line lines[LINES] = {{9.0, 0.1},  {14.0, 0.2},  {28.0, 0.4},
                                  {40.0, 0.1}, {56.0, 0.19}, {80.0, 0.01}};

// Share below x of a Gaussian convolved with an exponential.
static double emg_below(double x, double sigma, double tau)
{
    double z = x / sigma, k = sigma / tau;
    if (x / tau > 700 + 0.5 * k * k)
        return 1;
    return gsl_cdf_ugaussian_P(z) -
           exp(0.5 * k * k - x / tau) * gsl_cdf_ugaussian_P(z - k);
}

static double true_below(const truth *t, double mass, double m)
{
    double scale = sqrt(mass / 28);
    return (1 - t->part) * emg_below(m - mass, t->sigma * scale, t->fast * scale) +
           t->part * emg_below(m - mass, t->sigma * scale, t->slow * scale);
}

static void put(uint64_t *counts, double m)
{
    if (m >= 0 && m < BINS * BIN)
        counts[(size_t)(m / BIN)]++;
}

static void draw(const truth *t, unsigned n, double level, gsl_rng *rng, uint64_t *counts)
{
    memset(counts, 0, BINS * sizeof *counts);
    for (size_t i = 0; i < LINES; i++) {
        double scale = sqrt(lines[i].mass / 28);
        unsigned ions = gsl_ran_poisson(rng, n * lines[i].ions);
        for (unsigned k = 0; k < ions; k++) {
            double tau = gsl_rng_uniform(rng) < t->part ? t->slow : t->fast;
            put(counts, lines[i].mass + gsl_ran_gaussian(rng, t->sigma * scale) +
                            gsl_ran_exponential(rng, tau * scale));
        }
    }
    unsigned noise = gsl_ran_poisson(rng, 2 * level * sqrt(BINS * BIN));
    for (unsigned k = 0; k < noise; k++)
        put(counts, pow(gsl_ran_flat(rng, 0, sqrt(BINS * BIN)), 2));
}

// Half the sum of differences between found and true shares of a line's ions in steps of
// a fifth of a width, within the reach. The maximum's place is what the peak found says.
static double distance(const ia_peak_shape *shape, const truth *t, double mass,
                       double found)
{
    double width = ia_peak_width(&shape->widths, found), off = 0;
    double lo = found + shape->u[0] * width, hi = found + shape->u[shape->n] * width;
    double all = true_below(t, mass, hi) - true_below(t, mass, lo);

    for (double m = lo; m < hi; m += 0.2 * width) {
        double end = fmin(hi, m + 0.2 * width);
        double expected = (true_below(t, mass, end) - true_below(t, mass, m)) / all;
        off += 0.5 * fabs(ia_peak_shape_share(shape, found, m, end) - expected);
    }
    return off;
}

// What a histogram of n ions in those steps would be off by, place and width of the peak
// known: the mean distance of a count from its mean is sqrt(2 mean / pi).
static double counting_distance(const truth *t, double width, double n)
{
    double off = 0;

    for (double m = 28 - 8 * width; m < 28 + 40 * width; m += 0.2 * width) {
        double share = true_below(t, 28, m + 0.2 * width) - true_below(t, 28, m);
        off += 0.5 * sqrt(2 * fmax(0, share) / (3.14159265 * n));
    }
    return off;
}

typedef struct {
    double distance;  // mean over the stronger lines
    double by_chance; // of a histogram of as many ions
    double tail, due; // shares behind 10 widths at 28 Da: found and true
    double scatter;
    size_t n_lines;
} verdict;

static void look_at_line(const ia_peak_shape *shape, const ia_peak *peak, const truth *t,
                         const line *l, verdict *v)
{
    double lo = peak->mass + 10 * peak->width;
    double hi = peak->mass + shape->u[shape->n] * peak->width;

    v->distance += distance(shape, t, l->mass, peak->mass);
    v->n_lines++;
    if (l->mass != 28)
        return;
    v->tail = ia_peak_shape_share(shape, peak->mass, lo, hi);
    v->due = true_below(t, 28, hi) - true_below(t, 28, lo);
}

static verdict recover(const truth *t, unsigned n, double level, unsigned long seed)
{
    static uint64_t counts[BINS];
    const ia_spectrum spectrum = {.bin = BIN, .n_bins = BINS, .counts = counts};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    ia_background background;
    ia_peaks peaks = {0};
    ia_peak_shape shape = {0};
    verdict v = {0};

    gsl_rng_set(rng, seed);
    draw(t, n, level, rng, counts);
    assert_int_equal(ia_background_compute(NULL, &spectrum, NULL, NULL, &background),
                     IA_OK);
    assert_int_equal(ia_peaks_compute(NULL, &spectrum, &background, NULL, &peaks), IA_OK);
    assert_int_equal(
        ia_peak_shape_compute(NULL, &spectrum, &background, &peaks, NULL, &shape), IA_OK);
    assert_true(shape.n_peaks >= LINES - 1);
    for (size_t i = 0; i < LINES; i++)
        for (size_t p = 0; p < peaks.n; p++)
            if (lines[i].ions >= 0.1 &&
                fabs(peaks.list[p].mass - lines[i].mass - 0.5 * peaks.list[p].width) <
                    peaks.list[p].width)
                look_at_line(&shape, &peaks.list[p], t, &lines[i], &v);
    v.distance /= fmax(1, (double)v.n_lines);
    v.by_chance = counting_distance(t, shape.widths.width, n);
    v.scatter = shape.scatter;
    if (getenv("IONATLAS_VERBOSE"))
        print_message("n %u: distance %.4f, by counting %.4f, tail %.5f of %.5f, scatter "
                      "%.4f, width %.4f power %.3f\n",
                      n, v.distance, v.by_chance, v.tail, v.due, v.scatter,
                      shape.widths.width, shape.widths.power);
    ia_peak_shape_clear(&shape);
    ia_peaks_clear(&peaks);
    gsl_rng_free(rng);
    return v;
}

// Width and place of each peak have errors of their own, each about as large as counting
// in the cells; so three times the distance of a histogram is allowed for the mean over
// lines. A shape of the wrong kind is further off: the parametric one by 0.08.
static void check(const truth *t, unsigned n, double level, unsigned long seed)
{
    verdict v = recover(t, n, level, seed);

    assert_int_equal(v.n_lines, LINES - 1);
    assert_true(v.distance < 3 * v.by_chance);
    // The slow tail holds n x due ions on the background between the lines.
    double noise = 2 * level * (sqrt(29) - sqrt(28.25));
    double sigma = sqrt(n * v.due + 3 * noise) / n;
    assert_near(v.tail, v.due, 3.2905 * sigma + 0.1 * v.due);
    assert_true(v.scatter < 0.02);
}

static void shapes_drawn_are_shapes_found(void **state)
{
    (void)state;
    const truth narrow = {0.01, 0.03, 0.5, 0.05}, broad = {0.03, 0.02, 0.3, 0.2};

    for (unsigned long seed = 1; seed <= 3; seed++) {
        check(&narrow, 10000, 50, seed);
        check(&narrow, 100000, 500, seed);
        check(&narrow, 1000000, 2000, seed);
        check(&broad, 10000, 50, seed);
    }
}

// Iron, whose isotopes lie ten to forty widths behind one another: the tail of one is
// under the next. Simulated peaks end after ten widths (exp(-15) of an ion beyond), so
// that a tail there is an error; a thousandth is what 1e6 ions could show.
static void tails_do_not_feed_on_each_other(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        ia_spectrum s = alloy_spectrum("Fe Si:0.01 C:0.005", "", 1000000, seed);
        ia_background background = {0};
        ia_peaks peaks = {0};
        ia_peak_shape shape = {0};
        assert_int_equal(ia_background_compute(NULL, &s, NULL, NULL, &background), IA_OK);
        assert_int_equal(ia_peaks_compute(NULL, &s, &background, NULL, &peaks), IA_OK);
        assert_int_equal(
            ia_peak_shape_compute(NULL, &s, &background, &peaks, NULL, &shape), IA_OK);
        double width = ia_peak_width(&shape.widths, 28);
        assert_true(ia_peak_shape_share(&shape, 28, 28 + 10 * width, 28 + 14 * width) <
                    1e-3);
        ia_peak_shape_clear(&shape);
        ia_peaks_clear(&peaks);
        ia_background_clear(&background);
        ia_spectrum_clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_drawn_are_shapes_found),
        cmocka_unit_test(tails_do_not_feed_on_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
