// src/spatial/correlation_model.c: correlation functions of spheres in a matrix and of
// waves.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/correlation_internal.h"

#include <math.h>

static const double pi = 3.14159265358979323846;
enum { SIZES = 11, STEPS = 120 };

// Overlap of a sphere of radius 1 with itself, shifted by x.
static double sphere(double x)
{
    return x < 2 ? 1 - 0.75 * x + x * x * x / 16 : 0;
}

// Sizes of a log-normal distribution and their weights; mean radius `radius`.
typedef struct {
    double radius[SIZES], weight[SIZES];
} sizes;

static sizes list_sizes(const correlation_shape *shape)
{
    sizes s;
    double width = sqrt(log(1 + shape->spread * shape->spread)), sum = 0;
    double middle = log(shape->radius) - width * width / 2;
    for (size_t i = 0; i < SIZES; i++) {
        // Spheres count by their volume: that shifts a log-normal by 3 width^2.
        double z = 6.0 * ((double)i + 0.5) / SIZES - 3;
        s.radius[i] = exp(middle + 3 * width * width + width * z);
        s.weight[i] = exp(-z * z / 2);
        sum += s.weight[i];
    }
    for (size_t i = 0; i < SIZES; i++)
        s.weight[i] /= sum;
    return s;
}

static double mean_sphere(const sizes *s, double r)
{
    double sum = 0;
    for (size_t i = 0; i < SIZES; i++)
        sum += s->weight[i] * sphere(r / s->radius[i]);
    return sum;
}

// A function of distance blurred by noise of both ends: convolved with a Gaussian of
// variance 2 blur^2 along each axis.
static double blurred(const double *value, double step, double blur, double r)
{
    double width = sqrt(2.0) * fmax(blur, step / 2), sum = 0;
    r = fmax(r, 1e-3 * width);
    for (size_t i = 0; i < STEPS; i++) {
        double t = step * ((double)i + 0.5), near = (r - t) / width;
        double far = (r + t) / width;
        if (near * near > 60)
            continue;
        sum += value[i] * t * (exp(-near * near / 2) - exp(-far * far / 2));
    }
    return sum * step / (r * width * sqrt(2 * pi));
}

// Integral of u sphere(u) from 0 to x.
static double moment(double x)
{
    x = fmin(x, 2);
    return x * x / 2 - x * x * x / 4 + x * x * x * x * x / 80;
}

// What is missing about a sphere of radius 1 since no other overlaps with it: centres
// nearer than 2. 1 at r = 0, 0 from 4 on.
static double hole(double r)
{
    enum { RINGS = 40 };
    double sum = 0, step = 2.0 / RINGS;
    r = fmax(r, 1e-3);
    if (r >= 4)
        return 0;
    for (size_t i = 0; i < RINGS; i++) {
        double d = step * ((double)i + 0.5);
        sum += d * (moment(r + d) - moment(fabs(r - d)));
    }
    return 2 * pi * sum * step / (r * 4 * pi / 3);
}

double ia_correlation_sphere_volume(const correlation_shape *shape)
{
    double factor = 1 + shape->spread * shape->spread;
    return 4 * pi / 3 * pow(shape->radius * factor, 3);
}

void ia_correlation_hole(const correlation_shape *shape, const double *r, size_t n,
                         double *out)
{
    sizes s = list_sizes(shape);
    for (size_t i = 0; i < n; i++)
        out[i] = hole(r[i] / s.radius[SIZES / 2]);
}

void ia_correlation_spheres(const correlation_shape *shape, double volume,
                            const double *r, size_t n, double *out)
{
    sizes s = list_sizes(shape);
    double value[STEPS], most = 2 * s.radius[SIZES - 1], step = most / STEPS;
    double all = 0;
    for (size_t i = 0; i < STEPS; i++) {
        double t = step * ((double)i + 0.5);
        value[i] = mean_sphere(&s, t);
        all += 4 * pi * t * t * step * value[i];
    }
    // The mean over a specimen of finite volume takes its own correlation along.
    double offset = volume > 0 ? all / volume : 0;
    for (size_t i = 0; i < n; i++)
        out[i] = blurred(value, step, shape->blur, r[i]) - offset;
}

void ia_correlation_waves(double wavelength, double coherence, const double *r, size_t n,
                          double *out)
{
    for (size_t i = 0; i < n; i++) {
        double phase = 2 * pi * r[i] / wavelength;
        out[i] = exp(-r[i] / coherence) * (phase > 0 ? sin(phase) / phase : 1);
    }
}
