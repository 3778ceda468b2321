// tests/unit/test_proxigram.c: distances to a mesh against plain loops, the step that is
// fitted, excess by hand, refusals.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "proxigram_case.h"

#include "spatial/marching.h"
#include "spatial/mesh_distance.h"
#include "spatial/step_fit.h"

// A box that is no ball: corners and sides matter. Values rise inwards.
static ia_mesh make_mesh(size_t n, double edge, bool ball)
{
    ia_voxels v = {.edge = edge, .n = {n, n, n}};
    float *values = malloc(n * n * n * sizeof *values);
    ia_mesh m = {.n_vertices = 0};
    for (size_t k = 0; k < 3; k++)
        v.origin[k] = -edge * (double)(n - 1) / 2;
    for (size_t i = 0; i < n * n * n; i++) {
        size_t at[3] = {i % n, i / n % n, i / n / n};
        double r2 = 0, most = 0;
        for (size_t k = 0; k < 3; k++) {
            double r = v.origin[k] + edge * (double)at[k];
            r2 += r * r;
            most = fmax(most, fabs(r) / (k == 2 ? 0.7 : 1));
        }
        values[i] = (float)(ball ? 3 - sqrt(r2) : 2 - most);
    }
    CHECK_OK(NULL, ia_marching_cubes(NULL, &v, values, 0, NULL, &m));
    free(values);
    return m;
}

// The plain way: every triangle, its plane, its sides, its corners.
static double plain_distance(const ia_mesh *m, const float *xyz)
{
    double best = INFINITY;
    for (size_t t = 0; t < m->n_triangles; t++) {
        double p[3][3], q[3], n[3], length = 0;
        for (size_t k = 0; k < 3; k++)
            q[k] = (double)xyz[k];
        for (size_t c = 0; c < 3; c++)
            for (size_t k = 0; k < 3; k++)
                p[c][k] = (double)m->xyz[3 * (size_t)m->triangles[3 * t + c] + k];
        for (int k = 0; k < 3; k++) {
            int a = (k + 1) % 3, b = (k + 2) % 3;
            n[k] = (p[1][a] - p[0][a]) * (p[2][b] - p[0][b]) -
                   (p[1][b] - p[0][b]) * (p[2][a] - p[0][a]);
            length += n[k] * n[k];
        }
        length = sqrt(length);
        double height = 0;
        for (int k = 0; k < 3; k++)
            height += (q[k] - p[0][k]) * n[k] / length;
        bool over = length > 0;
        for (int c = 0; c < 3; c++) { // sides, and which side of them the foot is on
            double u[3], w[3], uu = 0, uw = 0, d2 = 0, turn = 0;
            for (int k = 0; k < 3; k++) {
                u[k] = p[(c + 1) % 3][k] - p[c][k];
                w[k] = q[k] - p[c][k];
                uu += u[k] * u[k];
                uw += u[k] * w[k];
            }
            double at = uu > 0 ? fmax(0, fmin(1, uw / uu)) : 0;
            for (int k = 0; k < 3; k++) {
                int a = (k + 1) % 3, b = (k + 2) % 3;
                d2 += pow(w[k] - at * u[k], 2);
                turn += n[k] * (u[a] * w[b] - u[b] * w[a]);
            }
            over &= turn >= 0;
            best = fmin(best, sqrt(d2));
        }
        if (over)
            best = fmin(best, fabs(height));
    }
    return best;
}

static void distances_against_every_triangle(void **unused)
{
    (void)unused;
    enum { N = 1500 };
    ia_random random = ia_random_new(1, 2);
    float *xyz = malloc(3 * N * sizeof *xyz), *d = malloc(N * sizeof *d);
    for (size_t i = 0; i < 3 * N; i++)
        xyz[i] = (float)(8 * ia_random_uniform(&random) - 4);
    for (int ball = 0; ball < 2; ball++) {
        ia_mesh m = make_mesh(16, 0.5, ball);
        ia_mesh_index *index = NULL;
        CHECK_OK(NULL, ia_mesh_index_build(NULL, &m, 1.5, &index));
        CHECK_OK(NULL, ia_mesh_distances(NULL, index, xyz, N, d));
        size_t n_near = 0;
        for (size_t i = 0; i < N; i++) {
            double expected = plain_distance(&m, xyz + 3 * i);
            assert_true(isnan(d[i]) == !(expected <= 1.5));
            if (isnan(d[i]))
                continue;
            n_near++;
            assert_true(fabs(fabs((double)d[i]) - expected) < 1e-6);
            double r2 = 0, most = 0;
            for (size_t k = 0; k < 3; k++) {
                r2 += pow((double)xyz[3 * i + k], 2);
                most = fmax(most, fabs((double)xyz[3 * i + k]) / (k == 2 ? 0.7 : 1));
            }
            double inside = ball ? 3 - sqrt(r2) : 2 - most;
            if (fabs(inside) > 0.15) // beyond what corners of voxels cut off
                assert_true((d[i] > 0) == (inside > 0));
        }
        assert_true(n_near > N / 5);
        ia_mesh_index_free(index);
        ia_mesh_clear(&m);
    }
    free(xyz);
    free(d);
}

// One triangle ends on all sides: only what lies over its face has a distance.
static void nothing_beyond_the_end_of_a_surface(void **unused)
{
    (void)unused;
    float corners[] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
    uint32_t triangle[] = {0, 1, 2};
    int32_t label[] = {0};
    const ia_mesh m = {3, 1, corners, triangle, label};
    const float xyz[] = {0.2f, 0.2f, 0.5f, 0.2f, 0.2f, -0.5f, -0.5f, -0.5f, 0.1f};
    float d[3];
    ia_mesh_index *index = NULL;
    CHECK_OK(NULL, ia_mesh_index_build(NULL, &m, 2, &index));
    CHECK_OK(NULL, ia_mesh_distances(NULL, index, xyz, 3, d));
    assert_true(fabsf(d[0] + 0.5f) < 1e-6f && fabsf(d[1] - 0.5f) < 1e-6f && isnan(d[2]));
    ia_mesh_index_free(index);
    const ia_mesh none = {0, 0, NULL, NULL, NULL};
    CHECK_OK(NULL, ia_mesh_index_build(NULL, &none, 2, &index));
    CHECK_OK(NULL, ia_mesh_distances(NULL, index, xyz, 3, d));
    assert_true(isnan(d[0]));
    ia_mesh_index_free(index);
}

static void an_exact_step_is_found(void **unused)
{
    (void)unused;
    enum { N = 60 };
    double x[N], y[N], w[N];
    ia_step_fit fit;
    for (size_t i = 0; i < N; i++) {
        x[i] = -3 + 0.1 * ((double)i + 0.5);
        y[i] = 5 + 20 * 0.5 * (1 + erf((x[i] - 0.2) / (sqrt(2) * 0.4)));
        w[i] = 4;
    }
    const ia_step_points points = {N, x, y, w}, few = {4, x, y, w};
    assert_true(ia_step_fit_find(&points, 3, &fit));
    assert_true(fabs(fit.middle - 0.2) < 1e-3 && fabs(fit.sd - 0.4) < 1e-3);
    assert_true(fabs(fit.low - 5) < 0.02 && fabs(fit.high - 25) < 0.02);
    // Fisher: d y / d middle is a Gaussian of area 20; sum over bins of 0.1 nm.
    double information = 4 * 400 / (0.1 * 2 * sqrt(M_PI) * 0.4);
    assert_true(fabs(fit.sigma_middle * sqrt(information) - 1) < 0.2);
    assert_false(ia_step_fit_find(&few, 3, &fit));
    for (size_t i = 0; i < N; i++)
        y[i] = 5;
    assert_false(ia_step_fit_find(&points, 3, &fit));
}

// 100 atoms of 10,000 on either side within, 1 % beyond: 50 more are 50 too many.
static void excess_by_hand(void **unused)
{
    (void)unused;
    const ia_interface_counts c = {
        {125, 125}, {10000, 10000}, {200, 200}, {20000, 20000}, 25};
    double sigma, excess = ia_interface_excess(&c, &sigma);
    assert_true(fabs(excess - 2) < 1e-12);
    double variance = 250 * (1 - 250.0 / 20000) + 2 * 1e8 * 0.01 * 0.99 / 20000;
    assert_true(fabs(sigma - sqrt(variance) / 25) < 1e-12);
}

static ia_status compute(ia_ctx *ctx, const cluster_case *c,
                         const ia_proxigram_params *pp, ia_proxigram *out)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_volume_params vp = ia_volume_defaults();
    ia_surface_params sp = ia_surface_defaults();
    ia_volume v = {.p = NAN};
    ia_surface s = {.n_objects = 0};
    strcpy(vp.solute, "Cu");
    vp.kernel = IA_KERNEL_FIXED;
    vp.sigma = 0.4;
    vp.voxel = 0.4;
    vp.n_shuffles = 0;
    sp.threshold = 25;
    sp.n_null = 0;
    ia_status st = ia_volume_compute(ctx, &input, &vp, &v);
    if (st == IA_OK && (st = ia_surface_compute(ctx, &input, &v, &sp, &s)) == IA_OK)
        st = ia_proxigram_compute(ctx, &input, &v, &s, pp, out);
    ia_surface_clear(&s);
    ia_volume_clear(&v);
    return st;
}

// The solid angle that closed surfaces fill seen from a point, over 4 pi: 1 inside, 0
// outside (van Oosterom and Strackee 1983, doi:10.1109/TBME.1983.325207).
static double winding(const ia_mesh *m, const float *xyz)
{
    double sum = 0;
    for (size_t t = 0; t < m->n_triangles; t++) {
        double p[3][3], length[3], volume = 0, dots[3];
        for (size_t c = 0; c < 3; c++) {
            length[c] = 0;
            for (size_t k = 0; k < 3; k++) {
                p[c][k] = (double)m->xyz[3 * (size_t)m->triangles[3 * t + c] + k] -
                          (double)xyz[k];
                length[c] += p[c][k] * p[c][k];
            }
            length[c] = sqrt(length[c]);
        }
        for (size_t c = 0; c < 3; c++) {
            const double *a = p[c], *b = p[(c + 1) % 3];
            dots[c] = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            size_t i = (c + 1) % 3, j = (c + 2) % 3;
            volume += p[0][c] * (p[1][i] * p[2][j] - p[1][j] * p[2][i]);
        }
        sum += 2 * atan2(volume, length[0] * length[1] * length[2] + dots[0] * length[2] +
                                     dots[1] * length[0] + dots[2] * length[1]);
    }
    return sum / (4 * M_PI);
}

// Counts by distance, every triangle asked; ions within 1e-5 nm of a limit apart.
typedef struct {
    double ions[40], copper[40], doubtful;
} plain_profile;

static plain_profile profile_by_loops(const cluster_case *c, const ia_mesh *m,
                                      const ia_proxigram *p)
{
    plain_profile out = {.doubtful = 0};
    double bin = p->edge[1] - p->edge[0];
    assert_true(p->n_bins <= 40);
    for (size_t i = 0; i < c->ions.n; i++) {
        const float *at = c->xyz + 3 * i;
        double inside = winding(m, at);
        assert_true(fabs(inside - round(inside)) < 1e-6);
        double d = plain_distance(m, at) * (inside > 0.5 ? 1 : -1);
        double place = (d - p->edge[0]) / bin;
        if (!(place > -1 && place < (double)p->n_bins + 1))
            continue;
        if (fabs(place - round(place)) * bin < 1e-5)
            out.doubtful++;
        if (place < 0 || place >= (double)p->n_bins)
            continue;
        out.ions[(size_t)place]++;
        out.copper[(size_t)place] += c->mass[i] == (float)mass_cu;
    }
    return out;
}

// Two balls of 1.3 nm, the surface from the same ions: the profile is what loops over all
// ions and all triangles count.
static void profile_from_every_triangle(void **unused)
{
    (void)unused;
    enum { N = 12000 };
    cluster_case c = case_random(N, 0.02, 4);
    ia_random random = ia_random_new(4, 6);
    proxigram_case t = proxigram_new(0.4, 0.4, 30);
    for (size_t i = 0; i < N; i++)
        for (int ball = 0; ball < 2; ball++) {
            double middle = ball ? 4.7 : 2, r2 = 0;
            for (size_t k = 0; k < 3; k++)
                r2 += pow((double)c.xyz[3 * i + k] - middle, 2);
            if (r2 < 1.3 * 1.3 && ia_random_uniform(&random) < 0.8)
                c.mass[i] = (float)mass_cu;
        }
    strcpy(t.vp.solute, "Cu");
    t.sp.least_ions = 5;
    t.pp.same = true;
    t.pp.distance_max = 1.5;
    t.pp.divisions = 0;
    strcpy(t.pp.species, "Cu");
    proxigram_compute(&t, &c);
    const ia_proxigram *p = &t.p;
    const ia_surface *s = &t.s;
    assert_int_equal(s->n_objects, 2);
    assert_true(s->objects[0].is_closed && s->objects[1].is_closed && p->n_objects == 2);
    plain_profile plain = profile_by_loops(&c, &s->mesh, p);
    double n = 0, off = 0;
    for (size_t b = 0; b < p->n_bins; b++) {
        n += plain.ions[b];
        off += fabs(plain.ions[b] - (double)p->ions[b]);
        off += fabs(plain.copper[b] - p->elements[0].shares[b].counts);
    }
    assert_true(n > N / 3);
    if (off > 4 * plain.doubtful) // two bins, ions and copper
        fail_msg("%g counts differ, %g ions may", off, plain.doubtful);
    proxigram_clear(&t);
    case_clear(&c);
}

// A ball of triangles: each side of an icosahedron halved n times, corners pushed out to
// the radius; vertices once for each triangle, as STL has them.
typedef struct {
    float corners[5120][9];
    size_t n;
    double middle, radius;
} icosphere;

static void push_out(const icosphere *s, const double at[3], float out[3])
{
    double length = sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]);
    for (size_t k = 0; k < 3; k++)
        out[k] = (float)(s->middle + s->radius * at[k] / length);
}

static void halve(icosphere *s, double p[3][3], int n)
{
    double middle[3][3];
    if (n == 0) {
        for (size_t c = 0; c < 3; c++)
            push_out(s, p[c], s->corners[s->n] + 3 * c);
        s->n++;
        return;
    }
    for (size_t c = 0; c < 3; c++)
        for (size_t k = 0; k < 3; k++)
            middle[c][k] = (p[c][k] + p[(c + 1) % 3][k]) / 2;
    for (size_t c = 0; c < 3; c++) {
        double part[3][3];
        memcpy(part[0], p[c], sizeof part[0]);
        memcpy(part[1], middle[c], sizeof part[1]);
        memcpy(part[2], middle[(c + 2) % 3], sizeof part[2]);
        halve(s, part, n - 1);
    }
    halve(s, middle, n - 1);
}

// Corners (0, +-1, +-golden) and turned; three of them at a distance of 2 are a face.
static void make_icosphere(double middle, double radius, int n, icosphere *s)
{
    double golden = (1 + sqrt(5)) / 2, at[12][3];
    for (int i = 0; i < 12; i++) {
        at[i][i / 4] = 0;
        at[i][(i / 4 + 1) % 3] = i & 1 ? 1 : -1;
        at[i][(i / 4 + 2) % 3] = i & 2 ? golden : -golden;
    }
    *s = (icosphere){.middle = middle, .radius = radius};
    for (int a = 0; a < 12; a++)
        for (int b = 0; b < 12; b++)
            for (int c = 0; c < 12; c++) {
                double p[3][3], sides = 0, outwards = 0;
                const int corner[3] = {a, b, c};
                for (size_t i = 0; i < 3; i++)
                    memcpy(p[i], at[corner[i]], sizeof p[i]);
                for (size_t i = 0; i < 3; i++)
                    for (size_t k = 0; k < 3; k++) {
                        double d = p[i][k] - p[(i + 1) % 3][k];
                        sides += d * d;
                        outwards += p[0][k] * (p[1][(k + 1) % 3] * p[2][(k + 2) % 3] -
                                               p[1][(k + 2) % 3] * p[2][(k + 1) % 3]);
                    }
                if (a < b && a < c && b != c && fabs(sides - 12) < 1e-9 && outwards > 0)
                    halve(s, p, n);
            }
}

// As bytes of STL, freed with free().
static unsigned char *stl_of(const icosphere *s, size_t *n)
{
    uint32_t count = (uint32_t)s->n;
    unsigned char *bytes = calloc(1, *n = 84 + 50 * s->n);
    memcpy(bytes + 80, &count, sizeof count);
    for (size_t t = 0; t < s->n; t++)
        memcpy(bytes + 84 + 50 * t + 12, s->corners[t], sizeof s->corners[t]);
    return bytes;
}

static ia_mesh read_icosphere(double middle, double radius, int n)
{
    static icosphere s;
    ia_mesh m = {.n_vertices = 0};
    size_t n_bytes;
    make_icosphere(middle, radius, n, &s);
    assert_int_equal(s.n, (size_t)20 << 2 * n);
    unsigned char *bytes = stl_of(&s, &n_bytes);
    ia_source source = ia_source_of(bytes, n_bytes);
    CHECK_OK(NULL, ia_mesh_parse(NULL, &source, &m));
    free(bytes);
    assert_int_equal(m.n_triangles, s.n);
    assert_int_equal(m.n_vertices, s.n / 2 + 2); // Euler
    return m;
}

// A ball of copper and one of triangles about it: counts by distance as loops over all
// ions and triangles have them; no scatter, one object, the area of the ball.
static void a_given_ball_from_every_triangle(void **unused)
{
    (void)unused;
    enum { N = 12000 };
    cluster_case c = case_random(N, 0.02, 8);
    const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_mesh m = read_icosphere(3.3, 1.6, 2);
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_proxigram p = {.n_bins = 0};
    ia_result result = {0};
    pp.distance_max = 1.5;
    pp.n_draws = 19;
    pp.divisions = 1;
    for (size_t i = 0; i < N; i++) {
        double r2 = 0;
        for (size_t k = 0; k < 3; k++)
            r2 += pow((double)c.xyz[3 * i + k] - 3.3, 2);
        if (r2 < 1.6 * 1.6 && i % 4)
            c.mass[i] = (float)mass_cu;
    }
    strcpy(pp.species, "Cu");
    CHECK_OK(NULL, ia_mesh_proxigram_compute(NULL, &input, &m, &pp, &p));
    plain_profile plain = profile_by_loops(&c, &m, &p);
    double n = 0, off = 0;
    for (size_t b = 0; b < p.n_bins; b++) {
        n += plain.ions[b];
        off += fabs(plain.ions[b] - (double)p.ions[b]);
        off += fabs(plain.copper[b] - p.elements[0].shares[b].counts);
    }
    assert_true(n > N / 3);
    if (off > 4 * plain.doubtful) // two bins, ions and copper
        fail_msg("%g counts differ, %g ions may", off, plain.doubtful);
    assert_true(p.is_given && !p.split && p.n_objects == 1 && p.sigma_surface == 0);
    // Corners lie on the ball, faces below it: 320 of them lack 3 % of its area.
    assert_true(fabs(p.area / (4 * M_PI * 1.6 * 1.6) - 0.985) < 0.015);
    assert_true(p.elements[0].true_width == p.elements[0].width);
    assert_true(fabs(p.elements[0].inside.percent - 75) < 4 * p.elements[0].inside.sigma);
    assert_true(fabs(p.elements[0].steady[IA_INTERFACE_INSIDE].half_mean - 75) <
                6 * p.elements[0].inside.sigma);
    CHECK_OK(NULL, ia_proxigram_tables(NULL, &p, &result));
    ia_result_clear(&result);
    ia_proxigram_clear(&p);
    ia_mesh_clear(&m);
    case_clear(&c);
}

// An iso-surface written and read again: the same ions in the same bins as without
// halves, and with halves the shares agree within their errors and the scatter of a
// half's surface.
static void a_surface_read_again_gives_the_same_profile(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(60000, 3);
    const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_mesh m = {.n_vertices = 0};
    ia_source source = {0};
    ia_proxigram given = {.n_bins = 0};
    char path[256];
    snprintf(path, sizeof path, "%s", scratch("surface.ply"));
    for (int same = 0; same < 2; same++) {
        proxigram_case t = proxigram_new(0.4, 0.4, 25);
        strcpy(t.vp.solute, "Cu");
        strcpy(t.pp.species, "Cu");
        t.sp.least_ions = 5;
        t.pp.same = same;
        t.pp.divisions = 0;
        t.pp.n_draws = 19;
        t.pp.distance_max = 1.4;
        proxigram_compute(&t, &c);
        CHECK_OK(NULL, ia_mesh_write(NULL, &t.s.mesh, path));
        CHECK_OK(NULL, ia_source_open(NULL, path, &source));
        CHECK_OK(NULL, ia_mesh_parse(NULL, &source, &m));
        CHECK_OK(NULL, ia_mesh_proxigram_compute(NULL, &input, &m, &t.pp, &given));
        const ia_proxigram_element *a = &t.p.elements[0], *b = &given.elements[0];
        if (same) {
            assert_int_equal(t.s.n_objects, given.n_objects);
            assert_memory_equal(t.p.ions, given.ions, given.n_bins * sizeof *given.ions);
            assert_true(fabs(given.area / t.p.area - 1) < 1e-6);
            assert_true(fabs(a->inside.percent - b->inside.percent) < 1e-9);
        } else {
            double sigma = hypot(a->inside.sigma, b->inside.sigma);
            assert_true(fabs(a->inside.percent - b->inside.percent) < 4 * sigma + 1);
            sigma = hypot(a->outside.sigma, b->outside.sigma);
            assert_true(fabs(a->outside.percent - b->outside.percent) < 4 * sigma + 0.3);
            assert_true(fabs(a->middle - b->middle) < 2 * t.p.sigma_surface + 0.05);
        }
        ia_proxigram_clear(&given);
        ia_mesh_clear(&m);
        ia_source_clear(&source);
        proxigram_clear(&t);
    }
    remove(path);
    case_clear(&c);
}

// A ball that lies elsewhere, one turned inside out, one with a hole, alone and beside a
// whole one.
static void what_is_told_of_a_given_mesh(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(12000, 0.1, 9);
    const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_proxigram p = {.n_bins = 0}, q = {.n_bins = 0};
    pp.divisions = 0;
    pp.n_draws = 19;
    pp.distance_max = 1;
    ia_mesh far = read_icosphere(-40, 1, 1), m = read_icosphere(3.3, 1.5, 2);
    CHECK_FAILS(ctx, ia_mesh_proxigram_compute(ctx, &input, &far, &pp, &p), IA_ERR_EMPTY,
                "no ion has a distance to the mesh, which lies from (-41");
    CHECK_OK(ctx, ia_mesh_proxigram_compute(ctx, &input, &m, &pp, &p));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    for (size_t t = 0; t < m.n_triangles; t++) {
        uint32_t corner = m.triangles[3 * t];
        m.triangles[3 * t] = m.triangles[3 * t + 1];
        m.triangles[3 * t + 1] = corner;
    }
    CHECK_OK(ctx, ia_mesh_proxigram_compute(ctx, &input, &m, &pp, &q));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "run clockwise seen from outside"));
    for (size_t b = 0; b < p.n_bins; b++)
        assert_int_equal(p.ions[b], q.ions[p.n_bins - 1 - b]);
    ia_proxigram_clear(&q);
    ia_ctx_reset(ctx);
    m.n_triangles--;
    CHECK_OK(ctx, ia_mesh_proxigram_compute(ctx, &input, &m, &pp, &q));
    assert_non_null(
        strstr(ia_ctx_warning(ctx, 0), "3 sides of the mesh are those of on"));
    assert_true(q.edge_included && q.n_objects == 1 && q.n_excluded == 0);
    ia_proxigram_clear(&q);
    pp.edge_objects = IA_EDGE_EXCLUDE;
    CHECK_FAILS(ctx, ia_mesh_proxigram_compute(ctx, &input, &m, &pp, &q), IA_ERR_EMPTY,
                "no piece of the mesh is closed");
    m.n_triangles = 0;
    CHECK_FAILS(ctx, ia_mesh_proxigram_compute(ctx, &input, &m, &pp, &q), IA_ERR_EMPTY,
                "the mesh has no triangles");
    ia_proxigram_clear(&p);
    ia_mesh_clear(&far);
    ia_mesh_clear(&m);
    case_clear(&c);
    ia_ctx_free(ctx);
}

static ia_status measure_given(ia_ctx *ctx, const cluster_case *c, const ia_mesh *m)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_proxigram p = {.n_bins = 0};
    pp.n_draws = 19;
    pp.divisions = 1;
    pp.distance_max = 1;
    pp.distance_bin = 0.2;
    ia_status st = ia_mesh_proxigram_compute(ctx, &input, m, &pp, &p);
    ia_proxigram_clear(&p);
    return st;
}

static void memory_runs_out_at_a_given_mesh(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_planted(4000, 1);
    ia_mesh m = read_icosphere(2.3, 1.2, 1);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, measure_given(ctx, &c, &m), (void)0);
    ia_mesh_clear(&m);
    case_clear(&c);
    ia_ctx_free(ctx);
}

static void planted_balls_have_their_plateaus(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(60000, 2);
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_proxigram p = {.n_bins = 0};
    ia_result result = {0};
    pp.distance_max = 1.5;
    strcpy(pp.species, "Cu");
    CHECK_OK(NULL, compute(NULL, &c, &pp, &p));
    assert_int_equal(p.n_bins, 30);
    assert_true(p.n_objects == N_BALLS);
    // Their area: rough surfaces are larger than that of balls of 1.5 nm.
    assert_true(p.area > 0.8 * N_BALLS * 4 * M_PI * 2.25 &&
                p.area < 1.4 * N_BALLS * 4 * M_PI * 2.25);
    const ia_proxigram_element *cu = &p.elements[0];
    assert_true(cu->chi2 > 20 && cu->p <= 0.005 + 1e-12);
    assert_true(fabs(cu->inside.percent - 70) < 4 * cu->inside.sigma + 2);
    assert_true(fabs(cu->outside.percent - 1) < 4 * cu->outside.sigma + 0.3);
    // A sharp step: what is left is the surface's own roughness.
    assert_true(cu->width < 1.2 && cu->true_width < cu->width);
    CHECK_OK(NULL, ia_proxigram_tables(NULL, &p, &result));
    assert_non_null(ia_result_find(&result, "proxigram_Cu"));
    // 70 % of the ions and halves of them show the same balls.
    const ia_steadiness *in = &cu->steady[IA_INTERFACE_INSIDE];
    const ia_steadiness *out = &cu->steady[IA_INTERFACE_OUTSIDE];
    assert_true(fabs(in->thinned_mean - 70) < 4 && fabs(in->half_mean - 70) < 6);
    // Surfaces of halves are rougher, and leave copper outside.
    assert_true(fabs(out->thinned_mean - 1) < 0.5 && fabs(out->half_mean - 1) < 0.8);
    assert_true(in->thinned_sd > 0 && in->half_difference > 0);
    assert_int_equal(ia_result_find(&result, "interface_parts")->n_rows,
                     IA_INTERFACE_VALUES);
    ia_result_clear(&result);
    ia_proxigram_clear(&p);
    case_clear(&c);
}

// Half of a box squeezed to twice the density: half the ions have half of it, and their
// surface lies at the same place.
static void a_density_is_halved_with_the_ions(void **unused)
{
    (void)unused;
    cluster_case c = case_random(30000, 0.1, 1);
    const float edge = cbrtf(30000.0f / 40);
    for (size_t i = 0; i < c.ions.n; i++)
        if (c.xyz[3 * i] < edge / 2)
            c.xyz[3 * i] = c.xyz[3 * i] / 2 + edge / 4;
    proxigram_case t = proxigram_new(0.6, 0.6, 6); // of the solute, a tenth
    t.vp.quantity = IA_QUANTITY_DENSITY;
    t.pp.edge_objects = IA_EDGE_INCLUDE;
    t.pp.divisions = 1;
    t.pp.distance_max = 1.5;
    proxigram_compute(&t, &c);
    double area = 0; // rougher with fewer ions, but as large
    for (size_t i = 0; i < t.s.n_objects; i++)
        area += t.s.objects[i].area;
    assert_true(t.p.n_objects >= 1 && fabs(t.p.area / area - 1) < 0.25);
    proxigram_clear(&t);
    case_clear(&c);
}

static void what_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(5000, 0.01, 2);
    const ia_share_input input = {&c.ions, &c.ranges, &c.ranger, NULL};
    ia_proxigram_params pp = ia_proxigram_defaults();
    ia_proxigram p = {.n_bins = 0};
    const ia_volume v = {.p = NAN};
    const ia_surface s = {.n_objects = 0};
    CHECK_FAILS(ctx, ia_proxigram_compute(ctx, &input, &v, &s, &pp, &p), IA_ERR_PARAM,
                "no iso-surface");
    CHECK_FAILS(ctx, compute(ctx, &c, &pp, &p), IA_ERR_EMPTY, "no object lies within 25");
    pp.distance_bin = 1e-3;
    pp.distance_max = 1000;
    CHECK_FAILS(ctx, compute(ctx, &c, &pp, &p), IA_ERR_PARAM, "bins of 0.001 nm");
    case_clear(&c);
    ia_ctx_free(ctx);
}

static ia_status compute_and_show(ia_ctx *ctx, const cluster_case *c)
{
    ia_proxigram p = {.n_bins = 0};
    ia_result result = {0};
    ia_proxigram_params pp = ia_proxigram_defaults();
    pp.n_draws = 19;
    pp.divisions = 1;
    pp.distance_max = 1;
    pp.distance_bin = 0.2;
    ia_status st = compute(ctx, c, &pp, &p);
    if (st == IA_OK)
        st = ia_proxigram_tables(ctx, &p, &result);
    ia_result_clear(&result);
    ia_proxigram_clear(&p);
    return st;
}

static void memory_runs_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_planted(4000, 1);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, compute_and_show(ctx, &c), (void)0);
    case_clear(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_against_every_triangle),
        cmocka_unit_test(nothing_beyond_the_end_of_a_surface),
        cmocka_unit_test(an_exact_step_is_found),
        cmocka_unit_test(excess_by_hand),
        cmocka_unit_test(profile_from_every_triangle),
        cmocka_unit_test(a_given_ball_from_every_triangle),
        cmocka_unit_test(a_surface_read_again_gives_the_same_profile),
        cmocka_unit_test(what_is_told_of_a_given_mesh),
        cmocka_unit_test(memory_runs_out_at_a_given_mesh),
        cmocka_unit_test(planted_balls_have_their_plateaus),
        cmocka_unit_test(a_density_is_halved_with_the_ions),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
