// tests/calibrate_case.h: raw runs with known start time, flight path and distortions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_CALIBRATE_CASE_H
#define TESTS_CALIBRATE_CASE_H

#include "check.h"

// An imagined instrument and what it does to ions of known m/n.
typedef struct {
    const char *composition, *molecules;
    const char *ions; // charge states as shares of their element; NULL: the usual ones
    size_t n;
    uint64_t seed;
    double t0, path, radius;     // ns, mm, mm
    double v_first, v_last;      // V, standing voltage over the run
    double pulse, pulse_scatter; // share of the standing voltage; 0: laser
    double pulse_wave;           // of the pulse, a slow wave over the run
    double beta;                 // share of the pulse that ions feel
    double bowl, tilt;           // ln psi at the edge: even and odd part
    double phi;                  // V, missing from every voltage
    double drift;                // of ln m/n, a wave over the run
    double resolving_power;
} raw_run;

static inline raw_run raw_steel(void)
{
    return (raw_run){.composition = "Fe Cr:0.05 Ni:0.04 C:0.01 Si:0.01",
                     .molecules = "H+:0.005 H2+:0.002",
                     .n = 30000,
                     .seed = 1,
                     .t0 = 37,
                     .path = 90,
                     .radius = 36,
                     .v_first = 3000,
                     .v_last = 7000,
                     .bowl = 0.01,
                     .tilt = 0.004,
                     .phi = 12,
                     .resolving_power = 700};
}

// m/n as the ions have it: what a perfect calibration gives.
static inline ia_ions true_masses(const raw_run *run)
{
    ia_simulate_params p = ia_simulate_defaults();
    ia_specimen specimen = {0};
    p.specimen = 3; // spectrum
    p.seed = run->seed;
    p.n_ions = run->n;
    p.m_max = 200;
    snprintf(p.ions, sizeof p.ions, "%s", run->ions ? run->ions : "");
    p.resolving_power = run->resolving_power;
    snprintf(p.composition, sizeof p.composition, "%s", run->composition);
    snprintf(p.molecules, sizeof p.molecules, "%s", run->molecules);
    assert_int_equal(ia_specimen_compute(NULL, &p, &specimen), IA_OK);
    ia_ions ions = specimen.ions;
    specimen.ions = (ia_ions){0};
    ia_specimen_clear(&specimen);
    return ions;
}

static inline double raw_psi(const raw_run *run, double x, double y)
{
    double u = x / run->radius, v = y / run->radius;
    return exp(run->bowl * (u * u + 0.8 * v * v) + run->tilt * (u - 0.5 * v) +
               0.3 * run->bowl * u * v * v);
}

static inline double raw_drift(const raw_run *run, double s)
{
    return run->drift * sin(6.283185307 * 1.5 * s);
}

// Times of flight and hits of ions of these masses.
static inline ia_ions fly(const raw_run *run, const ia_ions *truth)
{
    const double two_e_over_u = 2 * 1.602176634e-19 / 1.66053906660e-27 * 1e-12;
    unsigned columns = 1u << IA_TOF | 1u << IA_V_DC | 1u << IA_V_PULSE | 1u << IA_DET_XY;
    ia_ions ions = {0};
    ia_random random = ia_random_new(run->seed, 99);
    assert_int_equal(ia_ions_new(NULL, truth->n, columns, &ions), IA_OK);
    float *t = ia_ions_values(&ions, IA_TOF), *v = ia_ions_values(&ions, IA_V_DC);
    float *p = ia_ions_values(&ions, IA_V_PULSE), *xy = ia_ions_values(&ions, IA_DET_XY);
    for (size_t i = 0; i < truth->n; i++) {
        float one;
        const float *mass = ia_column_rows(&truth->columns[IA_MASS], i, 1, &one);
        double s = ((double)i + 0.5) / (double)truth->n;
        double r = run->radius * sqrt(ia_random_uniform(&random));
        double angle = 6.283185307 * ia_random_uniform(&random);
        double x = r * cos(angle), y = r * sin(angle);
        v[i] = (float)(run->v_first + (run->v_last - run->v_first) * s);
        p[i] = (float)((double)v[i] * (run->pulse * (1 + run->pulse_wave * sin(9 * s)) +
                                       run->pulse_scatter * ia_random_normal(&random)));
        xy[2 * i] = (float)x;
        xy[2 * i + 1] = (float)y;
        double volts = (double)v[i] - run->phi + run->beta * (double)p[i];
        double l2 = (run->path * run->path + x * x + y * y) * raw_psi(run, x, y) *
                    exp(raw_drift(run, s));
        t[i] = (float)(run->t0 + sqrt((double)*mass * l2 / (two_e_over_u * volts)));
    }
    return ions;
}

// m/n as a file has them whose scale is off by a factor and that drifts: no times.
static inline ia_ions drifting_masses(const raw_run *run, const ia_ions *truth,
                                      double factor)
{
    ia_ions ions = {0};
    assert_int_equal(ia_ions_new(NULL, truth->n, 1u << IA_MASS, &ions), IA_OK);
    float *mass = ia_ions_values(&ions, IA_MASS);
    for (size_t i = 0; i < truth->n; i++) {
        float one;
        const float *m = ia_column_rows(&truth->columns[IA_MASS], i, 1, &one);
        double s = ((double)i + 0.5) / (double)truth->n;
        mass[i] = (float)((double)*m * factor * exp(raw_drift(run, s)));
    }
    return ions;
}

// What is left of the distortions widens a line whose full width at half maximum is 1 / R
// of its m/n by less than 5 % when its standard deviation is below sqrt(1.05^2 - 1) =
// 0.32 of the line's own, 0.425 / R.
static inline double raw_tolerance(const raw_run *run)
{
    return 0.32 * 0.425 / run->resolving_power;
}

// Root of the mean square of ln(m / true m), the worst tenth left out.
static inline double raw_error(const float *mass, const ia_ions *truth)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < truth->n; i++) {
        float one;
        const float *m = ia_column_rows(&truth->columns[IA_MASS], i, 1, &one);
        double off = mass[i] > 0 && *m > 1 ? log((double)mass[i] / (double)*m) : 1;
        if (fabs(off) < 0.02) {
            sum += off * off;
            n++;
        }
    }
    return n > truth->n * 9 / 10 ? sqrt(sum / (double)n) : 1;
}

#endif
