// bench/index_maps.c: names of poles on whole hit maps of tips of aluminium: ours, the
// published network behind its published image chain, and its nearest class mean.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "index_tips.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// hkl of fcc planes that may show poles: all odd or all even, no factor left.
enum { REACH = 6 };
static int factor(int a, int b)
{
    return b ? factor(b, a % b) : abs(a);
}

// The sorted plane nearest to a direction of the crystal, "311"; "" for none within
// `within` degrees. Planes of smaller numbers win by 1 degree for each of their squares.
static void name_of(const double direction[3], double within, char *name)
{
    double best = within;
    name[0] = 0;
    for (int h = -REACH; h <= REACH; h++)
        for (int k = -REACH; k <= REACH; k++)
            for (int l = -REACH; l <= REACH; l++) {
                if ((h | k | l) == 0 || factor(factor(h, k), l) != 1 ||
                    h * h + k * k + l * l > 35)
                    continue;
                double length = sqrt(h * h + k * k + l * l);
                double cosine =
                    (direction[0] * h + direction[1] * k + direction[2] * l) / length;
                double off = acos(fmin(1, cosine)) * 180 / acos(-1.0);
                if (off < best) {
                    int n[3] = {abs(h), abs(k), abs(l)};
                    for (int i = 0; i < 2; i++)
                        for (int j = 0; j < 2; j++)
                            if (n[j] > n[j + 1]) {
                                int other = n[j];
                                n[j] = n[j + 1];
                                n[j + 1] = other;
                            }
                    best = off;
                    snprintf(name, 16, "%d%d%d", n[0], n[1], n[2]);
                }
            }
}

// "204" and "402" as "012": sorted, without a common factor.
static void reduce(const char *plane, char *name)
{
    int n[3] = {plane[0] - '0', plane[1] - '0', plane[2] - '0'};
    double direction[3] = {n[0], n[1], n[2]}, length = 0;
    for (int c = 0; c < 3; c++)
        length += direction[c] * direction[c];
    for (int c = 0; c < 3; c++)
        direction[c] /= sqrt(length);
    name_of(direction, 0.01, name);
}

// The true name of what lies at a place.
static void true_name(const tip *t, double x, double y, char *name)
{
    const ia_simulate_params *p = &t->params;
    const ia_projection projection = {
        p->projection, p->flight_path, p->icf, {p->centre_x, p->centre_y}};
    const double within = 4; // degrees
    double seen[3], inside[3], hit[2] = {x, y};
    ia_projection_direction(&projection, hit, seen);
    for (int c = 0; c < 3; c++) {
        inside[c] = 0;
        for (int r = 0; r < 3; r++)
            inside[c] += t->rotation[r][c] * seen[r];
    }
    name_of(inside, within, name);
}

typedef struct {
    size_t maps, told, right; // right: all names that it tells
    double names, right_names;
} score;

static void add(score *s, bool told, size_t names, size_t right)
{
    s->maps++;
    s->told += told;
    s->right += told && names == right;
    s->names += told ? (double)names : 0;
    s->right_names += told ? (double)right : 0;
}

static void score_four(const tip *t, const char *network, score *s)
{
    ia_quadrilateral_params p = ia_quadrilateral_defaults();
    ia_quadrilateral q = {0};
    size_t right = 0;
    snprintf(p.network, sizeof p.network, "%s", network);
    ia_ctx *ctx = ia_ctx_new();
    if (ia_quadrilateral_compute(ctx, &t->map, &p, &q) != IA_OK) {
        fprintf(stderr, "index_maps: %s\n", ia_ctx_message(ctx));
        exit(1);
    }
    for (size_t k = 0; k < IA_QUAD_ANGLES && q.told; k++) {
        const ia_spot *spot = &q.spots.spots[q.chosen[k]];
        char truth[16], told[16];
        true_name(t, spot->x, spot->y, truth);
        reduce(ia_quad_plane(q.class_number, k), told);
        right += strcmp(truth, told) == 0;
    }
    add(s, q.told, IA_QUAD_ANGLES, right);
    ia_ctx_free(ctx);
}

static void score_ours(const tip *t, score *s)
{
    ia_orientation_params p = ia_orientation_defaults();
    ia_found_poles found = {0};
    ia_orientation o = {0};
    snprintf(p.crystal, sizeof p.crystal, "fcc:%g", t->params.lattice_parameter);
    p.projection_length = t->params.flight_path;
    if (ia_poles_find(NULL, &t->map, NULL, &found) != IA_OK)
        exit(1);
    ia_pole poles[IA_POLES_MOST];
    size_t n = found.n < IA_POLES_MOST ? found.n : IA_POLES_MOST, names = 0, right = 0;
    for (size_t i = 0; i < n; i++)
        poles[i] = found.poles[i].at;
    ia_pole_list list = {.poles = poles, .n = n, .radius = t->map.radius, .on_map = true};
    if (ia_orientation_compute(NULL, &list, &p, &o) != IA_OK)
        exit(1);
    bool told = o.n_grains > 0 && o.grains[0].indexed;
    for (size_t i = 0; i < o.n_poles && told; i++) {
        const int *hkl = o.names[i].hkl;
        char truth[16], name[16];
        if (o.names[i].grain != 0)
            continue;
        double length = sqrt(hkl[0] * hkl[0] + hkl[1] * hkl[1] + hkl[2] * hkl[2]);
        const double direction[3] = {hkl[0] / length, hkl[1] / length, hkl[2] / length};
        true_name(t, o.poles[i].x, o.poles[i].y, truth);
        name_of(direction, 0.01, name);
        names++;
        right += strcmp(truth, name) == 0;
    }
    add(s, told, names, right);
    ia_orientation_clear(&o);
    ia_found_poles_clear(&found);
}

// Any orientation of aluminium, some 0.2 million ions.
static void evaporate_any(uint64_t seed, tip *t)
{
    ia_simulate_params p = tip_params(seed, 25, 10);
    ia_random random = ia_random_new(seed, 0);
    p.rotate_x_deg = 45 * (2 * ia_random_uniform(&random) - 1);
    p.rotate_y_deg = 45 * (2 * ia_random_uniform(&random) - 1);
    p.icf = 1.4 + 0.4 * ia_random_uniform(&random);
    evaporate(&p, t);
}

static void row(const char *name, const score *s)
{
    double share = (double)s->right / (double)s->maps;
    printf("| %s | %zu | %.1f | %.1f ± %.1f | %.1f |\n", name, s->maps,
           100 * (double)s->told / (double)s->maps, 100 * share,
           100 * sqrt(share * (1 - share) / (double)s->maps),
           s->names > 0 ? 100 * s->right_names / s->names : 0);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: index_maps SEED MAPS NETWORK\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[1], NULL, 10);
    size_t n = strtoul(argv[2], NULL, 10);
    score scores[3] = {{0}};
    for (size_t i = 0; i < n; i++) {
        tip t = {0};
        evaporate_any(seed + i, &t);
        score_ours(&t, &scores[0]);
        score_four(&t, argv[3], &scores[1]);
        score_four(&t, "", &scores[2]);
        ia_hitmap_clear(&t.map);
    }
    printf("| way | maps | told (%%) | all names right (%% of maps) | names right (%% of "
           "those told) |\n|---|---|---|---|---|\n");
    row("`ionatlas index`", &scores[0]);
    row("`ionatlas quadrilateral --network`", &scores[1]);
    row("`ionatlas quadrilateral` (nearest mean)", &scores[2]);
    return 0;
}
