// tests/physics/test_cluster_edge.c: are the clusters that the surface cuts told, and
// only those?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

enum { N = IS_SLOWED ? 40000 : 200000, MOST = 40 };
static const double radius = 1.2, apart = 1.5; // nm, between surfaces
// The specimen: a cone as tips are, from 5 to 9 nm wide over its height, with
// 40 ions per nm^3.
static const double narrow = 5, wide = 9; // nm, radii

static double height(void)
{
    return N / 40.0 / (3.14159265358979323846 / 3) /
           (narrow * narrow + narrow * wide + wide * wide);
}

// How deep a place lies; negative outside.
static double depth_of(const double at[3])
{
    double slope = (wide - narrow) / height();
    double side = (narrow + slope * at[2] - hypot(at[0], at[1])) / hypot(1, slope);
    return fmin(side, fmin(at[2], height() - at[2]));
}

// Anywhere in the box of what lies no deeper outside than `most`.
static void draw(double most, ia_random *random, double at[3])
{
    do {
        for (size_t k = 0; k < 2; k++)
            at[k] = (wide + most) * (2 * ia_random_uniform(random) - 1);
        at[2] = (height() + 2 * most) * ia_random_uniform(random) - most;
    } while (depth_of(at) < -most);
}

typedef struct {
    double at[MOST][3];
    size_t n;
} spheres;

// Anywhere in the specimen, and so far outside that it cuts them.
static void place(spheres *s, ia_random *random)
{
    s->n = 0;
    for (size_t tries = 0; tries < 4000 && s->n < MOST; tries++) {
        double *at = s->at[s->n];
        bool is_free = true;
        draw(0.6 * radius, random, at);
        for (size_t i = 0; i < s->n && is_free; i++)
            is_free = hypot(hypot(at[0] - s->at[i][0], at[1] - s->at[i][1]),
                            at[2] - s->at[i][2]) > 2 * radius + apart;
        s->n += is_free;
    }
}

static bool is_in(const spheres *s, const float *xyz)
{
    for (size_t i = 0; i < s->n; i++)
        if (hypot(hypot((double)xyz[0] - s->at[i][0], (double)xyz[1] - s->at[i][1]),
                  (double)xyz[2] - s->at[i][2]) < radius)
            return true;
    return false;
}

// 70 % copper in the spheres, 1 % outside.
static cluster_case case_cut(uint64_t seed, spheres *s)
{
    cluster_case c = case_new(N);
    ia_random random = ia_random_new(seed, 79);
    place(s, &random);
    for (size_t i = 0; i < N; i++) {
        double at[3];
        draw(0, &random, at);
        for (size_t k = 0; k < 3; k++)
            c.xyz[3 * i + k] = (float)at[k];
        double share = is_in(s, c.xyz + 3 * i) ? 0.7 : 0.01;
        c.mass[i] = (float)(ia_random_uniform(&random) < share ? mass_cu : mass_fe);
    }
    return c;
}

static const ia_cluster *find(const ia_clustering *c, const double at[3])
{
    for (size_t i = 0; i < c->n_clusters; i++) {
        const double *own = c->clusters[i].centre;
        if (hypot(hypot(own[0] - at[0], own[1] - at[1]), own[2] - at[2]) < radius)
            return &c->clusters[i];
    }
    return NULL;
}

// 28 copper ions per nm^3 lie 0.33 nm apart: of a sphere that ends within that of the
// surface nobody can tell whether it goes on. Blur of the surface that is found and ions
// of the matrix linked at the rim: 0.6 nm are sure.
static void only_those_cut_are_told(void **unused)
{
    (void)unused;
    static const char *const methods[] = {"msm", "scan"};
    static const double sure = 0.6;
    if (ARE_THREADS_WATCHED)
        skip();
    for (size_t m = 0; m < (IS_SLOWED ? 1 : 2); m++) {
        spheres s;
        size_t n_cut = 0, n_whole = 0, n_told = 0;
        cluster_case c = case_cut(3, &s);
        ia_cluster_params params = quick_copper();
        ia_clustering out = {0};
        ia_ctx *ctx = ia_ctx_new();
        params.divisions = 0;
        use_method(&params, methods[m]);
        CHECK_OK(ctx, case_compute(ctx, &c, &params, &out));
        for (size_t i = 0; i < s.n; i++) {
            const ia_cluster *found = find(&out, s.at[i]);
            double gap = depth_of(s.at[i]) - radius; // negative: cut
            if (!found)                              // a cap of a few ions
                continue;
            n_cut += gap < 0;
            n_whole += gap >= 0;
            n_told += found->at_edge;
            if (gap < 0 && !found->at_edge)
                fail_msg("%s: cut by %g nm and not told", methods[m], -gap);
            if (gap > sure && found->at_edge)
                fail_msg("%s: told, %g nm inside", methods[m], gap);
        }
        print_message("%s: %zu cut, %zu whole, %zu told\n", methods[m], n_cut, n_whole,
                      n_told);
        assert_true(n_cut >= (IS_SLOWED ? 1 : 8) && n_whole >= (IS_SLOWED ? 1 : 8));
        ia_clustering_clear(&out);
        case_clear(&c);
        ia_ctx_free(ctx);
    }
}

// In a plane there is no surface to be cut by, and none is away from it.
static void flat_ions_are_all_at_the_edge(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(4000, 3);
    ia_cluster_params params = ia_cluster_defaults();
    ia_clustering out = {0};
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < c.ions.n; i++)
        c.xyz[3 * i + 2] = 0;
    strcpy(params.solute, "all");
    use_method(&params, "msm");
    params.d_max = 0.05;
    params.n_min = 5;
    CHECK_OK(ctx, case_compute(ctx, &c, &params, &out));
    assert_true(out.n_clusters > 0);
    for (size_t i = 0; i < out.n_clusters; i++)
        assert_true(out.clusters[i].at_edge);
    ia_clustering_clear(&out);
    case_clear(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_those_cut_are_told),
        cmocka_unit_test(flat_ions_are_all_at_the_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
