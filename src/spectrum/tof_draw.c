// src/spectrum/tof_draw.c: specimens drawn at random as lists of peaks, to train on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_draw.h"

#include "spectrum/counts.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ia_ctx *ctx;
    const ia_ion_prior *prior;
    ia_random random;
    ia_tof_specimen *s;
    unsigned elements[16]; // of the specimen, gases included
    double contents[16];
    size_t n_elements;
    double n_ions, background, dead, offset, slope, light;
} drawing;

static double uniform(drawing *d, double lo, double hi)
{
    return lo + (hi - lo) * ia_random_uniform(&d->random);
}

static double log_uniform(drawing *d, double lo, double hi)
{
    return exp(uniform(d, log(lo), log(hi)));
}

static bool chance(drawing *d, double p)
{
    return ia_random_uniform(&d->random) < p;
}

static double poisson(drawing *d, double mean)
{
    const double many = 40;
    double n = 0;

    if (mean > many)
        return fmax(0, round(mean + sqrt(mean) * ia_random_normal(&d->random)));
    for (double sum = ia_random_exponential(&d->random); sum < mean; n++)
        sum += ia_random_exponential(&d->random);
    return n;
}

static void draw_instrument(drawing *d)
{
    ia_tof_specimen *s = d->s;

    d->n_ions = log_uniform(d, 3e3, 3e6);
    d->background = log_uniform(d, 0.003, 0.2);
    d->dead = chance(d, 0.5) ? uniform(d, 0, 0.3) : 0;
    s->noise = chance(d, 0.5) ? log_uniform(d, 0.02, 0.5) : 0.02;
    s->peaks.m_lo = 0;
    s->peaks.m_hi = uniform(d, 70, 260);
    s->peaks.widths = (ia_peak_widths){
        .width = log_uniform(d, 0.008, 0.06), .power = 0.5, .bin = 0.001};
    s->peaks.scale = log_uniform(d, 0.002, 0.02);
    d->offset = s->peaks.scale * ia_random_normal(&d->random) * 0.7;
    d->slope = s->peaks.scale / 28 * ia_random_normal(&d->random) * 0.5;
    s->peaks.flat =
        d->background * d->n_ions / (2 * sqrt(s->peaks.m_hi)); // 2 a sqrt(m_hi) ions
}

// Square root of the odds: what is rare is drawn more often than it is met.
static double commonness(const ia_ion_prior *prior, unsigned z)
{
    return exp(0.5 * ia_prior_element(prior, z));
}

static unsigned draw_element(drawing *d)
{
    bool alike = chance(d, 0.5);
    double sum = 0;

    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        sum += alike ? commonness(d->prior, z) > 0 : commonness(d->prior, z);
    double at = uniform(d, 0, sum);
    unsigned last = 1;
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        double weight = alike ? commonness(d->prior, z) > 0 : commonness(d->prior, z);
        if (weight > 0)
            last = z;
        if ((at -= weight) < 0)
            break;
    }
    return last;
}

double ia_tof_element_weight(const ia_ion_prior *prior, unsigned z)
{
    double sum = 0, n = 0;

    for (unsigned k = 1; k <= IA_Z_MAX; k++) {
        sum += commonness(prior, k);
        n += commonness(prior, k) > 0;
    }
    double by_habit = commonness(prior, z) / sum;
    return by_habit / (0.5 * by_habit + 0.5 / n);
}

static void add_element(drawing *d, unsigned z, double content)
{
    for (size_t i = 0; i < d->n_elements; i++)
        if (d->elements[i] == z)
            return;
    if (d->n_elements == sizeof d->elements / sizeof *d->elements)
        return;
    d->elements[d->n_elements] = z;
    d->contents[d->n_elements++] = content;
}

static void draw_elements(drawing *d)
{
    static const struct {
        unsigned z;
        double chance, lo, hi;
    } usual[] = {{1, 0.8, 5e-4, 0.05},
                 {31, 0.4, 1e-4, 0.02},
                 {6, 0.3, 1e-4, 0.1},
                 {8, 0.35, 1e-4, 0.5},
                 {7, 0.2, 1e-4, 0.3}};
    size_t n = 1 + ia_random_below(&d->random, 8);

    for (size_t i = 0; i < n; i++)
        add_element(d, draw_element(d), i ? log_uniform(d, 1e-4, 1) : 1);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (chance(d, usual[i].chance))
            add_element(d, usual[i].z, log_uniform(d, usual[i].lo, usual[i].hi));
}

static ia_status add_lines(drawing *d, const ia_ion *ion, double counts,
                           double share_lost)
{
    ia_tof_specimen *s = d->s;
    ia_isotopologue *pattern = NULL;
    size_t n = 0, main = 0;

    if (s->n_ions == IA_TOF_IONS_MOST)
        return IA_OK;
    ia_status st = ia_ion_pattern(d->ctx, ion, 1e-4, &pattern, &n);
    if (st != IA_OK)
        return st;
    for (size_t i = 1; i < n; i++)
        if (pattern[i].probability > pattern[main].probability)
            main = i;
    for (size_t i = 0; i < n && s->n_lines < IA_TOF_LINES_MOST; i++) {
        double mass = ia_mass_charged(pattern[i].mass, ion->charge);
        double share = pattern[i].probability;
        double mean = counts * share * (1 - share_lost * share);
        if (mass >= s->peaks.m_hi)
            continue;
        mean *= exp(s->noise * ia_random_normal(&d->random));
        double light = mass < 4 ? d->light : 0;
        s->lines[s->n_lines++] = (ia_tof_line){
            .mass = mass + d->offset + d->slope * mass + light,
            .n = poisson(d, mean),
            .share = share,
            .ion = (uint16_t)s->n_ions,
            .main = i == main,
            .peak = -1,
        };
    }
    s->ions[s->n_ions++] = (ia_tof_ion){*ion, counts};
    free(pattern);
    return IA_OK;
}

// The second ion of an element in one pulse is lost: the more, the more there are.
static ia_status draw_atoms(drawing *d)
{
    double sum = 0;
    ia_status st = IA_OK;

    for (size_t i = 0; i < d->n_elements; i++)
        sum += d->contents[i];
    for (size_t i = 0; st == IA_OK && i < d->n_elements; i++) {
        double weights[5] = {0}, all = 0;
        unsigned z = d->elements[i];
        for (unsigned c = 1; c <= 4 && c <= z; c++) {
            double habit = ia_prior_charge(d->prior, z, c) * uniform(d, 0.5, 2);
            weights[c] = exp(habit + 1.2 * ia_random_normal(&d->random));
            all += weights[c];
        }
        for (unsigned c = 1; st == IA_OK && c <= 4; c++) {
            ia_ion ion = {.charge = (uint8_t)c};
            double part = d->contents[i] / sum * weights[c] / all;
            if (part * d->n_ions < 3)
                continue;
            ia_ion_add(&ion, z, 0, 1);
            st = add_lines(d, &ion, part * d->n_ions, d->dead * part);
        }
    }
    d->s->n_atoms = d->s->n_ions;
    return st;
}

static bool has_ion(const drawing *d, const ia_ion *ion)
{
    for (size_t i = 0; i < d->s->n_ions; i++)
        if (ia_ion_is_equal(&d->s->ions[i].ion, ion))
            return true;
    return false;
}

// Of the elements there and, now and then, of residual gas.
static ia_ion draw_molecule(drawing *d)
{
    static const unsigned gas[] = {1, 8, 6, 7};
    ia_ion ion = {.charge = 1};
    unsigned atoms = 2;

    while (atoms < 5 && chance(d, 0.35))
        atoms++;
    while (ion.charge < 3 && chance(d, 0.3))
        ion.charge++;
    for (unsigned k = 0; k < atoms; k++) {
        size_t i = ia_random_below(&d->random, d->n_elements);
        bool residual = chance(d, k ? 0.5 : 0.15);
        ia_ion_add(&ion, residual ? gas[ia_random_below(&d->random, 4)] : d->elements[i],
                   0, 1);
    }
    return ion;
}

static ia_status draw_molecules(drawing *d)
{
    size_t n = chance(d, 0.2) ? 0 : ia_random_below(&d->random, 14);
    ia_status st = IA_OK;

    for (size_t k = 0, tries = 0; st == IA_OK && k < n && tries < 200; tries++) {
        ia_ion ion = draw_molecule(d);
        if (!chance(d, exp(0.5 * ia_prior_molecule(d->prior, &ion))) || has_ion(d, &ion))
            continue;
        st = add_lines(d, &ion, d->n_ions * log_uniform(d, 1e-4, 0.1), 0);
        k++;
    }
    return st;
}

static void draw_junk(drawing *d)
{
    ia_tof_specimen *s = d->s;
    size_t n = chance(d, 0.7) ? 0 : 1 + ia_random_below(&d->random, 6);

    for (size_t k = 0; k < n && s->n_lines < IA_TOF_LINES_MOST; k++)
        s->lines[s->n_lines++] = (ia_tof_line){
            .mass = uniform(d, 1, s->peaks.m_hi),
            .n = poisson(d, d->n_ions * log_uniform(d, 1e-4, 0.02)),
            .ion = IA_TOF_IONS_MOST,
            .peak = -1,
        };
}

static int by_mass(const void *a, const void *b)
{
    double x = ((const ia_tof_line *)a)->mass, y = ((const ia_tof_line *)b)->mass;
    return (x > y) - (x < y);
}

// Lines become peaks; what does not stand out is lost.
static void gather_peaks(drawing *d)
{
    ia_tof_specimen *s = d->s;
    ia_tof_peaks *peaks = &s->peaks;
    size_t kept = 0;

    peaks->list = s->room;
    peaks->n = 0;
    qsort(s->lines, s->n_lines, sizeof *s->lines, by_mass);
    for (size_t i = 0; i < s->n_lines; i++) {
        ia_tof_line *line = &s->lines[i];
        ia_tof_peak *last = peaks->n ? &peaks->list[peaks->n - 1] : NULL;
        if (line->n <= 0)
            continue;
        const ia_tof_peak next = {.mass = line->mass, .net = line->n};
        if (last && ia_tof_is_one(peaks, last, &next)) {
            last->mass += (line->mass - last->mass) * line->n / (last->net + line->n);
            last->net += line->n;
        } else if (peaks->n < IA_TOF_PEAKS_MOST) {
            peaks->list[peaks->n++] = next;
        }
        line->peak = (int32_t)peaks->n - 1;
    }
    int32_t place[IA_TOF_PEAKS_MOST];
    for (size_t i = 0; i < peaks->n; i++) {
        ia_tof_peak p = peaks->list[i];
        double mean = ia_tof_background(peaks, p.mass);
        p.b = mean;
        double n = p.net + poisson(d, mean);
        double width = ia_peak_width(&peaks->widths, p.mass);
        place[i] = -1;
        if (n - mean < ia_tof_limit(peaks, p.mass))
            continue;
        p.net = n - mean;
        p.sigma = 0.75 * width / sqrt(p.net);
        p.mass += p.sigma * ia_random_normal(&d->random) +
                  0.05 * width * ia_random_normal(&d->random);
        place[i] = (int32_t)kept;
        peaks->list[kept++] = p;
    }
    peaks->n = kept;
    for (size_t i = 0; i < s->n_lines; i++)
        s->lines[i].peak = s->lines[i].peak >= 0 ? place[s->lines[i].peak] : -1;
}

ia_status ia_tof_draw(ia_ctx *ctx, const ia_ion_prior *prior, uint64_t seed,
                      uint64_t index, ia_tof_specimen *out)
{
    drawing d = {
        .ctx = ctx, .prior = prior, .random = ia_random_new(seed, index), .s = out};
    ia_status st;

    out->n_ions = out->n_atoms = out->n_lines = 0;
    draw_instrument(&d);
    d.light = 0.015 * ia_random_normal(&d.random); // hydrogen is off its place most
    draw_elements(&d);
    if ((st = draw_atoms(&d)) != IA_OK || (st = draw_molecules(&d)) != IA_OK)
        return st;
    draw_junk(&d);
    gather_peaks(&d);
    return IA_OK;
}
