// bench/index_sigma.c: is an orientation from a hit map as far off as sigma_deg says?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "index_tips.h"

#include <math.h>

static const double degree = 0.017453292519943295;
static const double wrong = 8;   // degrees: another orientation
static const double weakest = 5; // score: below, as lists at random have it
enum { MAPS_MOST = 1000 };

// Any orientation of aluminium, some 0.1 million ions.
static void draw(uint64_t seed)
{
    ia_simulate_params p = tip_params(seed, 20, 8);
    ia_random random = ia_random_new(seed, 0);
    ia_found_poles found = {0};
    tip t = {0};
    p.rotate_x_deg = 45 * (2 * ia_random_uniform(&random) - 1);
    p.rotate_y_deg = 45 * (2 * ia_random_uniform(&random) - 1);
    p.icf = 1.4 + 0.4 * ia_random_uniform(&random);
    evaporate(&p, &t);
    if (ia_poles_find(NULL, &t.map, NULL, &found) != IA_OK)
        exit(1);
    printf("map %llu %.17g %.17g %.17g %.17g %.17g %zu", (unsigned long long)seed,
           t.params.icf, t.params.flight_path, t.map.radius, t.map.centre[0],
           t.map.centre[1], found.n);
    for (size_t i = 0; i < 9; i++)
        printf(" %.17g", t.rotation[i / 3][i % 3]);
    printf("\n");
    for (size_t i = 0; i < found.n; i++)
        printf("%.17g %.17g %.17g\n", found.poles[i].at.x, found.poles[i].at.y,
               found.poles[i].at.significance);
    fflush(stdout);
    ia_found_poles_clear(&found);
    ia_hitmap_clear(&t.map);
}

typedef struct {
    double icf, length, radius, centre[2], rotation[3][3];
    ia_pole poles[IA_POLES_MOST];
    size_t n;
} drawn;

static bool read_map(FILE *f, drawn *d)
{
    unsigned long long seed;
    size_t n;
    if (fscanf(f, " map %llu %lf %lf %lf %lf %lf %zu", &seed, &d->icf, &d->length,
               &d->radius, &d->centre[0], &d->centre[1], &n) != 7)
        return false;
    for (size_t i = 0; i < 9; i++)
        if (fscanf(f, "%lf", &d->rotation[i / 3][i % 3]) != 1)
            return false;
    d->n = 0;
    for (size_t i = 0; i < n; i++) {
        ia_pole p;
        if (fscanf(f, "%lf %lf %lf", &p.x, &p.y, &p.significance) != 3)
            return false;
        if (d->n < IA_POLES_MOST)
            d->poles[d->n++] = p;
    }
    return true;
}

static void turn_between(const double a[3][3], const double b[3][3], double out[3])
{
    double m[3][3] = {{0}};
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 3; c++)
            for (size_t k = 0; k < 3; k++)
                m[r][c] += b[r][k] * a[c][k];
    for (size_t k = 0; k < 3; k++)
        out[k] = 0.5 * (m[(k + 2) % 3][(k + 1) % 3] - m[(k + 1) % 3][(k + 2) % 3]);
}

// v' C^-1 v.
static double in_units(const double c[3][3], const double v[3])
{
    double inverse[3][3], det = 0, sum = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            size_t a = (i + 1) % 3, b = (i + 2) % 3, p = (j + 1) % 3, q = (j + 2) % 3;
            inverse[j][i] = c[a][p] * c[b][q] - c[a][q] * c[b][p];
        }
    for (size_t k = 0; k < 3; k++)
        det += c[0][k] * inverse[k][0];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            sum += v[i] * inverse[i][j] * v[j] / det;
    return sum;
}

// The turn to the truth from the rotation told, of those that symmetry has the nearest;
// radian.
static double nearest(const ia_crystal *crystal, const double told[3][3],
                      const double truth[3][3], double turn[3])
{
    double best = INFINITY;
    for (size_t s = 0; s < crystal->n_rotations; s++) {
        double m[3][3] = {{0}}, trace = 0;
        for (size_t r = 0; r < 3; r++)
            for (size_t c = 0; c < 3; c++) {
                for (size_t k = 0; k < 3; k++)
                    m[r][c] += told[r][k] * crystal->rotations[s][k][c];
                trace += m[r][c] * truth[r][c];
            }
        double angle = acos(fmax(-1, fmin(1, (trace - 1) / 2)));
        if (angle >= best)
            continue;
        best = angle;
        turn_between((const double(*)[3])m, truth, turn);
    }
    return best;
}

// What the indexing is told beside the flight path: where the axis is; the projection;
// the image compression factor within 1 %.
typedef struct {
    const char *name;
    bool axis, projection, icf;
} knowledge;

typedef struct {
    size_t n, covered;
    double off, sigma, units; // sums of squares, degrees; of units of the covariance
    double over[MAPS_MOST];   // misorientation over sigma_deg
} outcome;

static void add(const drawn *d, const knowledge *k, outcome *out)
{
    static const double null[299]; // all 0: this asks for sigma_deg alone
    ia_orientation_params p = ia_orientation_defaults();
    ia_orientation o = {0};
    ia_crystal crystal;
    ia_pole_list list = {.poles = d->poles,
                         .n = d->n,
                         .radius = d->radius,
                         .centre = {d->centre[0], d->centre[1]},
                         .on_map = true};
    double turn[3];
    snprintf(p.crystal, sizeof p.crystal, "fcc:0.405");
    p.projection_length = d->length;
    p.axis_doubt = k->axis ? 0 : -1;
    p.projection = k->projection ? IA_PROJECTION_STEREOGRAPHIC : p.projection;
    p.icf_least = k->icf ? 0.99 * d->icf : p.icf_least;
    p.icf_most = k->icf ? 1.01 * d->icf : p.icf_most;
    if (ia_crystal_parse(NULL, p.crystal, &crystal) != IA_OK ||
        ia_orientation_compute_with(NULL, &list, &p, null, &o) != IA_OK)
        exit(1);
    const ia_grain *g = &o.grains[0];
    double off = nearest(&crystal, (const double(*)[3])g->rotation,
                         (const double(*)[3])d->rotation, turn) /
                 degree;
    if (off < wrong && g->score > weakest && out->n < MAPS_MOST) {
        out->off += off * off;
        out->sigma += g->sigma_deg * g->sigma_deg;
        out->units += in_units((const double(*)[3])g->covariance, turn) / 3;
        out->covered += off < 1.96 * g->sigma_deg;
        out->over[out->n++] = off / g->sigma_deg;
    }
    ia_orientation_clear(&o);
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static void row(const knowledge *k, size_t maps, outcome *o)
{
    double n = (double)(o->n > 0 ? o->n : 1);
    qsort(o->over, o->n, sizeof *o->over, compare);
    printf("| %s | %zu | %zu | %.3f | %.3f | %.2f | %.2f | %.1f |\n", k->name, maps, o->n,
           sqrt(o->off / n), sqrt(o->sigma / n), sqrt(o->units / n),
           o->over[(size_t)(0.95 * n)] / 1.96, 100 * (double)o->covered / n);
}

static void score(const char *path)
{
    static const knowledge ways[] = {{"flight path", false, false, false},
                                     {"and axis", true, false, false},
                                     {"and projection", true, true, false},
                                     {"and ICF within 1 %", true, true, true}};
    enum { WAYS = sizeof ways / sizeof ways[0] };
    static outcome outcomes[WAYS];
    FILE *f = fopen(path, "r");
    drawn d;
    size_t maps = 0;
    for (; f && read_map(f, &d); maps++)
        for (size_t w = 0; w < WAYS; w++)
            add(&d, &ways[w], &outcomes[w]);
    if (f)
        fclose(f);
    printf("| told | maps | right | misorientation, rms | sigma_deg, rms | over the "
           "covariance | 95 %% over 1.96 sigma_deg | within (%%) |\n"
           "|---|---|---|---|---|---|---|---|\n");
    for (size_t w = 0; w < WAYS; w++)
        row(&ways[w], maps, &outcomes[w]);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "draw") == 0) {
        uint64_t seed = strtoull(argv[2], NULL, 10), n = strtoull(argv[3], NULL, 10);
        for (uint64_t k = 0; k < n; k++)
            draw(seed + k);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "score") == 0) {
        score(argv[2]);
        return 0;
    }
    fprintf(stderr, "usage: index_sigma draw SEED MAPS >FILE\n"
                    "       index_sigma score FILE\n");
    return 2;
}
