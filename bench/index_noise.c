// bench/index_noise.c: how often are hits without a crystal indexed?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <ionatlas/ionatlas.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HITS = 60000, WAVES = 12, HOLES = 9 };
static const double radius = 38, length = 90; // mm

// What density the hits are drawn from.
typedef struct {
    const char *word, *name;
    double longest, shortest; // waves of the density, mm; 0: none
    double depth;             // rms of ln density
    size_t n_holes;           // as deep and wide as poles, anywhere
} kind;
static const kind kinds[] = {
    {"even", "even", 0, 0, 0, 0},
    {"long", "waves of 30 to 80 mm, 0.3 deep", 80, 30, 0.3, 0},
    {"short", "waves of 8 to 30 mm, 0.2 deep", 30, 8, 0.2, 0},
    {"holes", "nine holes as of poles, anywhere", 0, 0, 0, HOLES}};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

typedef struct {
    double k[WAVES][2], phase[WAVES], hole[HOLES][3]; // rad/mm; x, y, width in mm
} density;

static density draw_density(const kind *k, ia_random *random)
{
    density d;
    for (size_t w = 0; w < WAVES; w++) {
        double turn = 2 * M_PI * ia_random_uniform(random);
        double wave =
            k->shortest * pow(k->longest / k->shortest, ia_random_uniform(random));
        d.k[w][0] = 2 * M_PI / wave * cos(turn);
        d.k[w][1] = 2 * M_PI / wave * sin(turn);
        d.phase[w] = 2 * M_PI * ia_random_uniform(random);
    }
    for (size_t h = 0; h < HOLES; h++) {
        double r = radius * sqrt(ia_random_uniform(random));
        double turn = 2 * M_PI * ia_random_uniform(random);
        d.hole[h][0] = r * cos(turn);
        d.hole[h][1] = r * sin(turn);
        d.hole[h][2] = 0.8 + 1.2 * ia_random_uniform(random);
    }
    return d;
}

// Of the greatest; at most 1.
static double at(const kind *k, const density *d, double x, double y)
{
    double log_value = 0;
    for (size_t w = 0; k->depth > 0 && w < WAVES; w++)
        log_value += k->depth * sqrt(2.0 / WAVES) *
                     cos(d->k[w][0] * x + d->k[w][1] * y + d->phase[w]);
    double value = exp(log_value - (k->depth > 0 ? 3 * k->depth : 0));
    for (size_t h = 0; h < k->n_holes; h++) {
        double off = hypot(x - d->hole[h][0], y - d->hole[h][1]) / d->hole[h][2];
        value *= 1 - 0.7 * exp(-0.5 * off * off);
    }
    return fmin(value, 1);
}

static void draw_hits(const kind *k, ia_random *random, ia_ions *ions)
{
    density d = draw_density(k, random);
    float *hits = ia_ions_values(ions, IA_DET_XY);
    for (size_t i = 0; i < HITS;) {
        double r = radius * sqrt(ia_random_uniform(random));
        double turn = 2 * M_PI * ia_random_uniform(random);
        double x = r * cos(turn), y = r * sin(turn);
        if (ia_random_uniform(random) > at(k, &d, x, y))
            continue;
        hits[2 * i] = (float)x;
        hits[2 * i++ + 1] = (float)y;
    }
}

typedef struct {
    size_t n, with_marks, poles, indexed;
} tally;

// From hits to the answer, with the parameters that `index` has.
static void add(ia_ctx *ctx, const kind *k, uint64_t seed, const char *crystal, tally *t)
{
    ia_random random = ia_random_new(seed, 0);
    ia_ions ions = {0};
    ia_chain chain = {0};
    ia_state state = {0};
    ia_hitmap_params maps = ia_hitmap_defaults();
    ia_pole_params poles = ia_pole_defaults();
    ia_orientation_params params = ia_orientation_defaults();
    snprintf(params.crystal, sizeof params.crystal, "%s", crystal);
    params.projection_length = length;
    maps.signal_ions = 0;
    bench_check(ctx, ia_ions_new(ctx, HITS, 1u << IA_DET_XY, &ions));
    draw_hits(k, &random, &ions);
    state.ions = ions;
    bench_check(ctx, ia_chain_run(ctx, &chain, &state, "hitmap", &maps));
    bench_check(ctx, ia_chain_run(ctx, &chain, &state, "poles", &poles));
    bench_check(ctx, ia_chain_run(ctx, &chain, &state, "orientation", &params));
    t->n++;
    t->poles += state.found_poles.n;
    t->with_marks += state.found_poles.n + state.found_poles.n_lines >= 3;
    t->indexed += state.orientation.grains[0].indexed;
    ia_chain_clear(&chain);
    ia_state_clear(&state);
}

int main(int argc, char **argv)
{
    static const char *const crystals[] = {"fcc", "bcc", "hcp", "diamond"};
    size_t k = 0;
    while (argc == 4 && k < KINDS && strcmp(argv[1], kinds[k].word) != 0)
        k++;
    if (argc != 4 || k == KINDS) {
        fprintf(stderr, "usage: index_noise even|long|short|holes SEED MAPS\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t seed = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
    tally t = {0};
    for (uint64_t i = 0; i < n; i++)
        add(ctx, &kinds[k], seed + i, crystals[i % 4], &t);
    printf("| %s | %zu | %zu | %.1f | %zu |\n", kinds[k].name, t.n, t.with_marks,
           (double)t.poles / (double)t.n, t.indexed);
    ia_ctx_free(ctx);
    return 0;
}
