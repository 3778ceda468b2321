// bench/index.c: lists of poles with known orientation, indexed: how often right, how
// near, how true the error, and how often poles at random are taken for a crystal.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "index_lists.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Solve a (4, 4) system by elimination.
static void solve(double m[4][5])
{
    for (int i = 0; i < 4; i++) {
        int pivot = i;
        for (int k = i + 1; k < 4; k++)
            if (fabs(m[k][i]) > fabs(m[pivot][i]))
                pivot = k;
        for (int q = 0; q < 5; q++) {
            double keep = m[i][q];
            m[i][q] = m[pivot][q];
            m[pivot][q] = keep;
        }
        for (int k = 0; k < 4; k++)
            for (int q = 4; k != i && q >= i; q--)
                m[k][q] -= m[i][q] * m[k][i] / m[i][i];
    }
    for (int i = 0; i < 4; i++)
        m[i][4] /= m[i][i];
}

// Least squares of orientation and image compression factor with every true pole known.
static double known_error(const setting *s, const ia_crystal *crystal,
                          const ia_pole_catalogue *c, const drawn *d)
{
    double r[3][3], icf = d->icf;
    memcpy(r, d->rotation, sizeof r);
    for (int round = 0; round < 20; round++) {
        double m[4][5] = {{0}}, turned[3][3];
        for (size_t i = 0; i < d->n_true; i++) {
            ia_projection p = {s->projection, length, icf, {0, 0}};
            double u[3], up[3], v[3], hit[2] = {d->poles[i].x, d->poles[i].y};
            ia_projection_direction(&p, hit, u);
            p.icf *= 1.001;
            ia_projection_direction(&p, hit, up);
            turn((const double(*)[3])r, c->kinds[d->kind[i]].normal, v);
            for (int k = 0; k < 3; k++) {
                int a = (k + 1) % 3, b = (k + 2) % 3;
                double row[4] = {0};
                row[a] = -v[b];
                row[b] = v[a];
                row[3] = (up[k] - u[k]) / log(1.001);
                for (int x = 0; x < 4; x++) {
                    m[x][4] -= row[x] * (u[k] - v[k]);
                    for (int y = 0; y < 4; y++)
                        m[x][y] += row[x] * row[y];
                }
            }
        }
        solve(m);
        double by[3] = {m[0][4], m[1][4], m[2][4]};
        for (int col = 0; col < 3; col++)
            for (int k = 0; k < 3; k++) {
                int a = (k + 1) % 3, b = (k + 2) % 3;
                turned[k][col] = r[k][col] + by[a] * r[b][col] - by[b] * r[a][col];
            }
        for (int k = 0; k < 3; k++) { // orthogonal again: rows by Gram and Schmidt
            for (int q = 0; q < k; q++) {
                double dot = 0;
                for (int z = 0; z < 3; z++)
                    dot += turned[k][z] * turned[q][z];
                for (int z = 0; z < 3; z++)
                    turned[k][z] -= dot * turned[q][z];
            }
            double n = sqrt(turned[k][0] * turned[k][0] + turned[k][1] * turned[k][1] +
                            turned[k][2] * turned[k][2]);
            for (int z = 0; z < 3; z++)
                r[k][z] = turned[k][z] / n;
        }
        icf *= exp(fmax(-0.1, fmin(0.1, m[3][4])));
    }
    return ia_misorientation(crystal, (const double(*)[3])r,
                             (const double(*)[3])d->rotation) /
           degree;
}

// Named true poles whose hkl is that of the truth, under the symmetry that brings the
// orientations together.
static size_t count_right(const ia_crystal *crystal, const ia_pole_catalogue *c,
                          const drawn *d, const ia_orientation *o)
{
    size_t best = 0;
    for (size_t s = 0; s < crystal->n_rotations; s++) {
        size_t right = 0;
        for (size_t i = 0; i < d->n_true; i++) {
            double named[3], moved[3], dot = 0;
            if (o->names[i].grain != 0)
                continue;
            ia_crystal_normal(crystal, o->names[i].hkl, named);
            turn((const double(*)[3])crystal->rotations[s], c->kinds[d->kind[i]].normal,
                 moved);
            for (int k = 0; k < 3; k++)
                dot += named[k] * moved[k];
            right += dot > 0.999999;
        }
        best = right > best ? right : best;
    }
    return best;
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
    return n > 0 ? values[n / 2] : NAN;
}

static double rms(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i] * values[i];
    return sqrt(sum / (double)n);
}

// Scores of lists of as many poles at random, at least 3 mm apart; kept by number.
static const double *null_of(ia_ctx *ctx, const ia_pole_list *list,
                             const ia_orientation_params *params)
{
    static double kept[MOST + 1][NULLS];
    static char crystal[MOST + 1][IA_CRYSTAL_NAME];
    ia_pole poles[MOST];
    ia_pole_list apart = *list;
    memcpy(poles, list->poles, list->n * sizeof *poles);
    apart.poles = poles;
    poles[1] = poles[0];
    poles[1].x += poles[0].x > 0 ? -3 : 3;
    if (strcmp(crystal[list->n], params->crystal) != 0) {
        snprintf(crystal[list->n], IA_CRYSTAL_NAME, "%s", params->crystal);
        if (ia_orientation_null(ctx, &apart, params, kept[list->n]) != IA_OK)
            exit(1);
    }
    return kept[list->n];
}

typedef struct {
    size_t n, top, indexed, poles, named, right, list_right, solved, covered,
        covered_right;
    double told;
    double ours[100000], known[100000];
} tally;

static void run(ia_ctx *ctx, const setting *s, uint64_t seed, size_t n, tally *t)
{
    ia_crystal crystal;
    ia_pole_catalogue c;
    ia_orientation_params params = ia_orientation_defaults();
    snprintf(params.crystal, sizeof params.crystal, "%s", s->crystal);
    params.projection_length = length;
    params.n_random = NULLS;
    params.projection = s->projection;
    if (ia_crystal_parse(ctx, s->crystal, &crystal) != IA_OK ||
        ia_pole_catalogue_build(ctx, &crystal, 14, &c) != IA_OK)
        exit(1);
    for (size_t i = 0; i < n; i++) {
        ia_random random = ia_random_new(seed, i);
        drawn d;
        ia_orientation o;
        draw(s, &c, &random, &d);
        ia_pole_list list = {.poles = d.poles, .n = d.n, .radius = radius};
        if (ia_orientation_compute_with(ctx, &list, &params, null_of(ctx, &list, &params),
                                        &o) != IA_OK) {
            fprintf(stderr, "%s\n", ia_ctx_message(ctx));
            exit(1);
        }
        const ia_grain *g = &o.grains[0];
        t->n++;
        double off = ia_misorientation(&crystal, (const double(*)[3])g->rotation,
                                       (const double(*)[3])d.rotation) /
                     degree;
        size_t right = count_right(&crystal, &c, &d, &o), named = 0;
        t->top += off <= 4 * s->noise; // the scatter that four poles leave, and more
        if (g->indexed) {
            for (size_t k = 0; k < d.n_true; k++)
                named += o.names[k].grain == 0;
            t->indexed++;
            t->told += fmin(1, g->misindex_probability);
            t->poles += d.n_true;
            t->named += named;
            t->right += right;
            t->list_right += right == named;
            bool solved = 2 * right >= named;
            t->covered += off <= 1.96 * g->sigma_deg;
            if (solved) {
                t->covered_right += off <= 1.96 * g->sigma_deg;
                t->ours[t->solved] = off;
                t->known[t->solved++] = known_error(s, &crystal, &c, &d);
            }
        }
        ia_orientation_clear(&o);
    }
    ia_pole_catalogue_clear(&c);
}

static void tell(const char *name, tally *t)
{
    double n = (double)t->indexed, m = (double)t->solved;
    double ratio = rms(t->ours, t->solved) / rms(t->known, t->solved);
    double ours = median(t->ours, t->solved), known = median(t->known, t->solved);
    printf("%s\t%zu\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f\t%.2f\t%.3f\t%.3f\t%.1f\t%.1f\t%."
           "1f\n",
           name, t->n, 100 * (double)t->top / (double)t->n, 100 * n / (double)t->n,
           100 * m / n, 100 * (double)t->list_right / n,
           100 * (double)t->right / (double)t->named, ours, known, ours / known, ratio,
           100 * (double)t->covered / n, 100 * (double)t->covered_right / m,
           100 * t->told / n);
    fflush(stdout);
}

static void add(const tally *t, tally *sum)
{
    for (size_t i = 0; i < t->solved; i++) {
        sum->ours[sum->solved + i] = t->ours[i];
        sum->known[sum->solved + i] = t->known[i];
    }
    sum->n += t->n;
    sum->top += t->top;
    sum->indexed += t->indexed;
    sum->poles += t->poles;
    sum->named += t->named;
    sum->right += t->right;
    sum->list_right += t->list_right;
    sum->solved += t->solved;
    sum->told += t->told;
    sum->covered += t->covered;
    sum->covered_right += t->covered_right;
}

static void run_false(ia_ctx *ctx, uint64_t seed, size_t n)
{
    static const char *const crystals[] = {"fcc", "bcc", "hcp", "diamond"};
    size_t indexed = 0, all = 0;
    for (size_t c = 0; c < 4; c++)
        for (size_t i = 0; i < n; i++) {
            ia_random random = ia_random_new(seed, i);
            ia_orientation_params params = ia_orientation_defaults();
            ia_orientation o;
            drawn d = {.n = 0};
            size_t poles = 4 + ia_random_below(&random, 7);
            snprintf(params.crystal, sizeof params.crystal, "%s", crystals[c]);
            params.projection_length = length;
            while (d.n < poles) {
                double r = radius * sqrt(ia_random_uniform(&random));
                double angle = 2 * acos(-1) * ia_random_uniform(&random);
                if (is_apart(&d, r * cos(angle), r * sin(angle), 3))
                    d.poles[d.n++] = (ia_pole){r * cos(angle), r * sin(angle), NAN};
            }
            ia_pole_list list = {.poles = d.poles, .n = d.n, .radius = radius};
            const double *null = null_of(ctx, &list, &params);
            if (ia_orientation_compute_with(ctx, &list, &params, null, &o) != IA_OK)
                exit(1);
            indexed += o.grains[0].indexed;
            all++;
            ia_orientation_clear(&o);
        }
    printf(
        "poles at random, 4 to 10 of them, four crystals: %zu of %zu indexed (%.2f %%)\n",
        indexed, all, 100 * (double)indexed / (double)all);
}

// sigma_deg of what is indexed, by scatter: all crystals, strays and missing poles alike.
static void run_cover(ia_ctx *ctx, uint64_t seed, size_t n)
{
    static const char *const crystals[] = {"fcc", "bcc", "hcp", "diamond"};
    static const double noises[] = {0.25, 0.5, 1, 2};
    enum { NOISES = sizeof noises / sizeof noises[0] };
    static tally all[NOISES + 1];
    for (size_t c = 0; c < 24; c++)
        for (size_t k = 0; k < NOISES; k++) {
            static tally t;
            setting s = {crystals[c / 6], noises[k], 0.25 * (double)(c / 2 % 3),
                         0.3 * (double)(c % 2), IA_PROJECTION_EQUIDISTANT};
            t = (tally){0};
            run(ctx, &s, seed + 100 * k + c, n, &t);
            add(&t, &all[k]);
            add(&t, &all[NOISES]);
        }
    printf("| scatter (degrees) | lists | indexed | right | within 1.96 sigma_deg (%%) | "
           "of right "
           "ones (%%) | told wrong (%%) |\n|---|---|---|---|---|---|---|\n");
    for (size_t k = 0; k <= NOISES; k++) {
        const tally *t = &all[k];
        char name[16] = "all";
        if (k < NOISES)
            snprintf(name, sizeof name, "%g", noises[k]);
        printf("| %s | %zu | %zu | %zu | %.1f | %.1f | %.1f |\n", name, t->n, t->indexed,
               t->solved, 100 * (double)t->covered / (double)t->indexed,
               100 * (double)t->covered_right / (double)t->solved,
               100 * t->told / (double)t->indexed);
    }
}

int main(int argc, char **argv)
{
    static const char *const crystals[] = {"fcc", "bcc", "hcp", "diamond"};
    static const double falses[] = {0, 0.25, 0.5}, missings[] = {0, 0.3};
    if (argc < 4) {
        fprintf(stderr, "usage: index lists|false|cover SEED N [LATTICE]\n");
        return 2;
    }
    ia_ctx *ctx = ia_ctx_new();
    uint64_t seed = strtoull(argv[2], NULL, 10);
    size_t n = strtoul(argv[3], NULL, 10);
    static tally whole[7], t;
    if (strcmp(argv[1], "false") == 0) {
        run_false(ctx, seed, n);
        return 0;
    }
    if (strcmp(argv[1], "cover") == 0) {
        run_cover(ctx, seed, n);
        return 0;
    }
    printf("crystal\tlists\tbest right\tindexed\tright\tall "
           "hkl\thkl\tours\tknown\tratio\trms\t"
           "covered\tof right\ttold wrong\n");
    for (size_t c = 0; c < 4; c++)
        for (int noise = 1; noise <= 6; noise++) {
            char name[64];
            if (argc > 4 && strcmp(argv[4], crystals[c]) != 0)
                continue;
            t = (tally){0};
            for (size_t f = 0; f < 3; f++)
                for (size_t m = 0; m < 2; m++) {
                    setting s = {crystals[c], noise, falses[f], missings[m],
                                 IA_PROJECTION_EQUIDISTANT};
                    run(ctx, &s, seed + 10 * f + m, n, &t);
                }
            snprintf(name, sizeof name, "%s %d deg", crystals[c], noise);
            tell(name, &t);
            add(&t, &whole[noise]);
        }
    for (int noise = 1; noise <= 6 && argc == 4; noise++) {
        char name[64];
        snprintf(name, sizeof name, "all %d deg", noise);
        tell(name, &whole[noise]);
    }
    ia_ctx_free(ctx);
    return 0;
}
