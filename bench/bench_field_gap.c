// bench/bench_field_gap.c: how much of the gap between a constant composition and the
// truth each kernel closes on unseen atoms of drawn specimens.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A box of 60^3 with one atom per unit of volume at random; spheres at random centres.
enum { EDGE = 60, BINS = 15 };

typedef struct {
    size_t n;
    float *xyz;
    double *truth; // share of the solute where the atom is
    bool *is_solute;
} specimen;

static double between(ia_random *random, double lo, double hi)
{
    return lo + (hi - lo) * ia_random_uniform(random);
}

static specimen draw(uint64_t seed, double efficiency, const double radii[2])
{
    ia_random random = ia_random_new(seed, 5);
    double radius = between(&random, radii[0], radii[1]);
    double fraction = between(&random, 0.1, 0.3), inside = between(&random, 0.3, 0.9);
    double outside = between(&random, 0.01, 0.1);
    size_t n_all = (size_t)EDGE * EDGE * EDGE;
    size_t n_spheres =
        (size_t)(fraction * (double)n_all / (4 * M_PI / 3 * pow(radius, 3))) + 1;
    double *spheres = malloc(n_spheres * 4 * sizeof *spheres);
    specimen s = {.xyz = malloc(3 * n_all * sizeof(float)),
                  .truth = malloc(n_all * sizeof(double)),
                  .is_solute = malloc(n_all)};
    for (size_t i = 0; i < n_spheres; i++) {
        for (size_t k = 0; k < 3; k++)
            spheres[4 * i + k] = between(&random, 0, EDGE);
        spheres[4 * i + 3] = radius * (1 + 0.1 * ia_random_normal(&random));
    }
    for (size_t i = 0; i < n_all; i++) {
        float *at = s.xyz + 3 * s.n;
        for (size_t k = 0; k < 3; k++)
            at[k] = (float)between(&random, 0, EDGE);
        if (ia_random_uniform(&random) >= efficiency)
            continue;
        s.truth[s.n] = outside;
        for (size_t b = 0; b < n_spheres; b++) {
            double d2 = 0;
            for (size_t k = 0; k < 3; k++)
                d2 += pow((double)at[k] - spheres[4 * b + k], 2);
            if (d2 < spheres[4 * b + 3] * spheres[4 * b + 3])
                s.truth[s.n] = inside;
        }
        s.is_solute[s.n] = ia_random_uniform(&random) < s.truth[s.n];
        s.n++;
    }
    free(spheres);
    return s;
}

typedef struct {
    ia_ions ions;
    ia_ranges ranges;
    ia_ranger ranger;
} input;

static void must(ia_ctx *ctx, ia_status st)
{
    if (st == IA_OK)
        return;
    fprintf(stderr, "bench_field_gap: %s\n", ia_ctx_message(ctx));
    exit(1);
}

static void add_kind(ia_ctx *ctx, ia_ranges *ranges, const char *name, double mass)
{
    ia_ion ion = ia_ion_of(name);
    ia_range range = {.lo = mass - 0.5, .hi = mass + 0.5};
    must(ctx, ia_ranges_add_ion(ctx, ranges, &ion, &range.ion));
    must(ctx, ia_ranges_add(ctx, ranges, &range));
}

// The atoms whose mark is `test`, or not.
static input take(ia_ctx *ctx, const specimen *s, const bool *test)
{
    input in = {.ions = {0}};
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += !test[i];
    must(ctx, ia_ions_new(ctx, n, 1u << IA_XYZ | 1u << IA_MASS, &in.ions));
    float *xyz = ia_ions_values(&in.ions, IA_XYZ),
          *mass = ia_ions_values(&in.ions, IA_MASS);
    n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (!test[i]) {
            memcpy(xyz + 3 * n, s->xyz + 3 * i, 3 * sizeof *xyz);
            mass[n++] = s->is_solute[i] ? 63 : 56;
        }
    add_kind(ctx, &in.ranges, "Fe+", 56);
    add_kind(ctx, &in.ranges, "Cu+", 63);
    must(ctx, ia_ranger_build(ctx, &in.ranges, &in.ranger));
    return in;
}

// Linear interpolation between voxels.
static double sample(const ia_volume *v, const float *xyz)
{
    size_t first[3];
    double part[3], sum = 0;
    for (size_t k = 0; k < 3; k++) {
        double at = ((double)xyz[k] - v->origin[k]) / v->voxel;
        first[k] = (size_t)fmin(fmax(at, 0), (double)(v->n[k] - 2));
        part[k] = fmin(fmax(at - (double)first[k], 0), 1);
    }
    for (size_t c = 0; c < 8; c++) {
        size_t x = first[0] + (c & 1), y = first[1] + (c >> 1 & 1),
               z = first[2] + (c >> 2);
        sum += (c & 1 ? part[0] : 1 - part[0]) * (c & 2 ? part[1] : 1 - part[1]) *
               (c & 4 ? part[2] : 1 - part[2]) *
               (double)v->value[(z * v->n[1] + y) * v->n[0] + x];
    }
    return sum;
}

static double loss_of(double q, bool solute)
{
    q = fmin(fmax(q, 1e-4), 1 - 1e-4);
    return -log(solute ? q : 1 - q);
}

// Foretold, true and seen shares by bin of the foretold, of all specimens.
typedef struct {
    double n[BINS], foretold[BINS], seen[BINS], truth[BINS];
} calibration;

static double error_of(const calibration *c, const double *against)
{
    double sum = 0, n = 0;
    for (size_t b = 0; b < BINS; b++) {
        sum += fabs(c->foretold[b] - against[b]);
        n += c->n[b];
    }
    return sum / n;
}

// Share of the gap that a kernel closes on the test atoms.
static double close_gap(ia_ctx *ctx, const specimen *s, const bool *test, int kernel,
                        calibration *c)
{
    input in = take(ctx, s, test);
    const ia_share_input share = {&in.ions, &in.ranges, &in.ranger, NULL};
    ia_volume_params p = ia_volume_defaults();
    ia_volume v = {.p = NAN};
    double loss = 0, constant = 0, oracle = 0;
    strcpy(p.solute, "Cu");
    p.kernel = kernel;
    p.n_shuffles = 0;
    p.fill = 0;
    p.voxel = 0.75;
    must(ctx, ia_volume_compute(ctx, &share, &p, &v));
    for (size_t i = 0; i < s->n; i++) {
        if (!test[i])
            continue;
        double q = sample(&v, s->xyz + 3 * i) / 100;
        q = isfinite(q) ? q : v.percent / 100;
        size_t b = q < 0 ? 0 : q >= 1 ? BINS - 1 : (size_t)(q * BINS);
        c->n[b]++;
        c->foretold[b] += q;
        c->seen[b] += s->is_solute[i];
        c->truth[b] += s->truth[i];
        loss += loss_of(q, s->is_solute[i]);
        constant += loss_of(v.percent / 100, s->is_solute[i]);
        oracle += loss_of(s->truth[i], s->is_solute[i]);
    }
    ia_volume_clear(&v);
    ia_ions_clear(&in.ions);
    ia_ranger_clear(&in.ranger);
    ia_ranges_clear(&in.ranges);
    return (constant - loss) / (constant - oracle);
}

int main(int argc, char **argv)
{
    static const int kernels[] = {IA_KERNEL_FIXED, IA_KERNEL_ADAPTIVE, IA_KERNEL_MIXTURE};
    static const double efficiencies[] = {0.1, 0.37, 0.8};
    size_t n_seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 20;
    const double radii[2] = {argc > 2 ? atof(argv[2]) : 3, argc > 3 ? atof(argv[3]) : 6};
    ia_ctx *ctx = ia_ctx_new();
    printf(
        "| mean radius | efficiency | seeds | fixed | adaptive | mixture | mixture over "
        "adaptive | calibration error: fixed | adaptive | mixture |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t e = 0; e < 3; e++) {
        double sum[3] = {0}, over = 0, squares = 0;
        calibration c[3] = {{.n = {0}}};
        for (uint64_t seed = 1; seed <= n_seeds; seed++) {
            specimen s = draw(seed, efficiencies[e], radii);
            ia_random random = ia_random_new(seed, 6);
            bool *test = malloc(s.n);
            double closed[3];
            for (size_t i = 0; i < s.n; i++)
                test[i] = ia_random_uniform(&random) < 0.2;
            for (size_t k = 0; k < 3; k++)
                sum[k] += closed[k] = close_gap(ctx, &s, test, kernels[k], &c[k]);
            over += closed[2] - closed[1];
            squares += pow(closed[2] - closed[1], 2);
            free(test);
            free(s.xyz);
            free(s.truth);
            free(s.is_solute);
        }
        double n = (double)n_seeds, mean = over / n;
        printf("| %g-%g | %g | %zu | %.3f | %.3f | %.3f | %+.3f +- %.3f |", radii[0],
               radii[1], efficiencies[e], n_seeds, sum[0] / n, sum[1] / n, sum[2] / n,
               mean, sqrt(fmax(0, squares / n - mean * mean) / n));
        for (size_t k = 0; k < 3; k++)
            printf(" %.3f (%.3f) |", error_of(&c[k], c[k].seen),
                   error_of(&c[k], c[k].truth));
        printf("\n");
        fflush(stdout);
    }
    ia_ctx_free(ctx);
    return 0;
}
