// src/synth/mass.c: draws the mass-to-charge ratio of ions: kind, isotope and peak shape.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <ionatlas/parallel.h>

#include <math.h>

// Full width at half maximum of p(x) = exp(-x) (erf(x sqrt(pi)/2) + 1)/2, whose maximum
// is at 0.
const double ia_peak_fwhm = 2.4456269305908664;

// p(x) is a Gaussian of mean -2/pi and variance 2/pi convolved with an exponential of
// mean 1.
double ia_peak_draw(ia_random *random)
{
    static const double mean = -0.63661977236758134, sd = 0.79788456080286536;

    return mean + sd * ia_random_normal(random) + ia_random_exponential(random);
}

// A constant spread in time makes peaks widen with sqrt(m).
double ia_peak_scale(const ia_simulate_params *params, double mass)
{
    const double reference = 28; // Da

    return sqrt(reference * mass) / (params->resolving_power * ia_peak_fwhm);
}

typedef struct {
    const ia_mass_plan *plan;
    uint64_t seed;
    const uint8_t *element; // NULL: the whole spectrum
    ia_masses *masses;
} drawing;

static const ia_lines *lines_for(const drawing *job, size_t ion)
{
    if (!job->element)
        return &job->plan->of_all;
    if (job->element[ion] == IA_MIX_EXTRA)
        return &job->plan->of_extras;
    return &job->plan->of_element[job->element[ion]];
}

static const ia_line *draw_line(const ia_lines *lines, ia_random *random)
{
    double u = ia_random_uniform(random);
    const ia_line *line = lines->lines;

    while (u >= line->up_to)
        line++;
    return line;
}

static double draw_mass(const ia_line *line, ia_random *random)
{
    if (line->species < 0) { // flat in time, so in sqrt(m)
        double u = ia_random_uniform(random);
        return line->mass * u * u;
    }
    return fmax(0, line->mass + line->scale * ia_peak_draw(random));
}

static void draw_block(void *user, size_t block, size_t worker)
{
    drawing *job = user;
    ia_random random = ia_draw_new(job->seed, IA_DRAW_MASS, block);
    size_t begin, end;

    (void)worker;
    ia_block(job->masses->n, IA_SYNTH_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const ia_line *line = draw_line(lines_for(job, i), &random);
        job->masses->mass[i] = (float)draw_mass(line, &random);
        job->masses->species[i] = line->species;
    }
}

ia_status ia_mass_draw(ia_ctx *ctx, const ia_mass_plan *plan, uint64_t seed,
                       const uint8_t *element, ia_masses *masses)
{
    drawing job = {plan, seed, element, masses};

    return ia_for(ctx, "masses", ia_block_count(masses->n, IA_SYNTH_BLOCK), draw_block,
                  &job);
}
