// src/report/plot_calibrate.c: a calibration: the largest peak before and after, and the
// corrections over detector, voltage and run.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <math.h>
#include <stdlib.h>

static const ia_calibration *calibration_of(const report_input *in)
{
    return &in->state->calibration;
}

ia_status plot_check_calibration(ia_ctx *ctx, const report_input *in)
{
    const ia_calibration *c = calibration_of(in);
    if (c->verdict != IA_CALIBRATED)
        return ia_fail(ctx, IA_ERR_EMPTY, "%s: nothing to draw", c->reason);
    if (c->after.n_bins == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "the input was not calibrated: nothing to draw");
    return IA_OK;
}

// Counts per bin of `factor` bins between two masses.
static void put_counts(FILE *stream, const char *name, const ia_spectrum *s,
                       const double range[2], size_t factor)
{
    size_t first = (size_t)fmax(0, range[0] / s->bin);
    size_t last = (size_t)fmax(0, range[1] / s->bin);
    fprintf(stream, "$%s << END\n", name);
    for (size_t i = first; i < last && i + factor <= s->n_bins; i += factor) {
        uint64_t sum = 0;
        for (size_t k = 0; k < factor; k++)
            sum += s->counts[i + k];
        fprintf(stream, "%.6g %g\n", s->bin * ((double)i + 0.5 * (double)factor),
                sum > 0 ? (double)sum : 0.1); // below the axis: 0 has no logarithm
    }
    fprintf(stream, "END\n");
}

static void put_peak(FILE *stream, const ia_calibration *c)
{
    enum { COLUMNS = 400 };
    const ia_calibrated_peak *peak = ia_calibration_largest(c);
    double mass = peak ? peak->mass : 28, range[2] = {0.955 * mass, 1.045 * mass};
    size_t factor = (size_t)ceil((range[1] - range[0]) / c->after.bin / COLUMNS);
    put_counts(stream, "before", &c->before, range, factor);
    put_counts(stream, "after", &c->after, range, factor);
    fprintf(stream,
            "unset title\nset xlabel 'm/n (Da)'\nset ylabel 'ions per %g Da'\n"
            "set xrange [%.6g:%.6g]\nset logscale y\nset format y '10^{%%L}'\n"
            "set yrange [0.7:*]\nset key top left reverse Left samplen 1\n"
            "plot $before using 1:2 with steps lw 1.2 lc rgb '#d55e00' title "
            "'%s', $after using 1:2 with steps lw 1.2 lc rgb '#0072b2' title "
            "'calibrated'\n"
            "unset logscale y\nset format y\nunset key\nset xrange [*:*]\n"
            "set yrange [*:*]\n",
            c->after.bin * (double)factor, range[0], range[1],
            c->from_times ? "raw" : "as in the file");
}

// ln psi over the detector in per cent of m/n.
static void put_bowl(FILE *stream, const ia_bowl *b)
{
    double most = 0;
    fprintf(stream, "$bowl << END\n");
    for (size_t y = 0; y < b->cells[1]; y++)
        for (size_t x = 0; x < b->cells[0]; x++) {
            double psi = b->psi[y * b->cells[0] + x];
            double percent = 100 * (psi - 1);
            if (isfinite(psi))
                most = fmax(most, fabs(percent));
            fprintf(stream, "%.6g %.6g ", b->origin[0] + ((double)x + 0.5) * b->step,
                    b->origin[1] + ((double)y + 0.5) * b->step);
            fprintf(stream, isfinite(psi) ? "%.5g\n" : "NaN\n", percent);
        }
    fprintf(stream,
            "END\nset xlabel 'detector x (mm)'\nset ylabel 'detector y (mm)'\n"
            "set size ratio -1\nset cblabel '{/Symbol y} - 1 (%%)'\n"
            "set palette defined (0 '#2166ac', 0.5 '#f7f7f7', 1 '#b2182b')\n"
            "set cbrange [%.3g:%.3g]\nplot $bowl using 1:2:3 with image\n"
            "set size noratio\n",
            -fmax(most, 1e-3), fmax(most, 1e-3));
}

// A factor on m/n in per cent with a band of two standard deviations.
static void put_curve(FILE *stream, const char *name, const ia_curve *c,
                      const char *label)
{
    fprintf(stream, "$%s << END\n", name);
    for (size_t i = 0; i < c->n; i++) {
        double lo = c->factor[i] - 2 * c->sigma[i], hi = c->factor[i] + 2 * c->sigma[i];
        fprintf(stream, "%.8g %.6g %.6g %.6g\n", c->at[i], 100 * (c->factor[i] - 1),
                100 * (lo - 1), 100 * (hi - 1));
    }
    fprintf(stream,
            "END\nset xlabel '%s'\nset ylabel 'm/n too large by (%%)'\nset xtics %g\n"
            "plot $%s using 1:3:4 with filledcurves lc rgb '#a6cee3', "
            "$%s using 1:2 with lines lw 1.5 lc rgb '#0072b2'\n",
            label, plot_tick_step(fabs(c->at[c->n - 1] - c->at[0]), 4, 1e-3), name, name);
}

ia_status plot_put_calibration(plot_job *job)
{
    const ia_calibration *c = calibration_of(job->in);
    bool bowl = c->bowl.psi && c->n_coefficients > 0;
    size_t n = 1 + (size_t)bowl + (c->voltage.n > 0) + (c->drift.n > 0);
    FILE *stream = job->stream;
    fprintf(stream, "%sset multiplot layout %d,%d\nset lmargin 11\nset bmargin 4\n",
            plot_axes, n > 2 ? 2 : 1, n > 1 ? 2 : 1);
    put_peak(stream, c);
    if (bowl)
        put_bowl(stream, &c->bowl);
    if (c->voltage.n > 0)
        put_curve(stream, "voltage", &c->voltage, "voltage (V)");
    if (c->drift.n > 0)
        put_curve(stream, "drift", &c->drift, "place in the run");
    fprintf(stream, "unset multiplot\n");
    return IA_OK;
}
