// tests/unit/test_proxigram_mesh.c: profiles about a mesh made elsewhere.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plain_profile.h"

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
    check_profile(&c, &m, &p);
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
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_given_ball_from_every_triangle),
        cmocka_unit_test(a_surface_read_again_gives_the_same_profile),
        cmocka_unit_test(what_is_told_of_a_given_mesh),
        cmocka_unit_test(memory_runs_out_at_a_given_mesh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
