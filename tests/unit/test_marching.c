// tests/unit/test_marching.c: surfaces are closed, right in volume and area, and the same
// on any number of threads.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spatial/cubes.h"
#include "spatial/marching.h"

static ia_voxels voxels_of(size_t n, double edge)
{
    ia_voxels v = {.edge = edge, .n = {n, n, n}};
    for (size_t k = 0; k < 3; k++)
        v.origin[k] = -edge * (double)(n - 1) / 2;
    return v;
}

typedef double (*shape)(const double r[3]);

static double ball(const double r[3])
{
    return 5 - sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
}

static float *fill(const ia_voxels *v, shape f)
{
    float *values = malloc(ia_voxels_count(v) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < ia_voxels_count(v); i++) {
        size_t row = i / v->n[0];
        const size_t at[3] = {i % v->n[0], row % v->n[1], row / v->n[1]};
        double r[3];
        for (size_t k = 0; k < 3; k++)
            r[k] = v->origin[k] + v->edge * (double)at[k];
        values[i] = (float)f(r);
    }
    return values;
}

static void measure(const ia_mesh *m, double *volume, double *area)
{
    *volume = *area = 0;
    for (size_t t = 0; t < m->n_triangles; t++) {
        double p[3][3], n[3], size = 0, height = 0;
        for (size_t c = 0; c < 3; c++)
            for (size_t k = 0; k < 3; k++)
                p[c][k] = (double)m->xyz[3 * (size_t)m->triangles[3 * t + c] + k];
        for (int k = 0; k < 3; k++) {
            int a = (k + 1) % 3, b = (k + 2) % 3;
            n[k] = (p[1][a] - p[0][a]) * (p[2][b] - p[0][b]) -
                   (p[1][b] - p[0][b]) * (p[2][a] - p[0][a]);
            size += n[k] * n[k];
            height += n[k] * p[0][k];
        }
        *area += sqrt(size) / 2;
        *volume += height / 6;
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Edges that two triangles share run once either way; the number of others.
static size_t count_open(const ia_mesh *m)
{
    size_t n = 3 * m->n_triangles, n_open = 0;
    uint64_t *edges = malloc((n + 1) * sizeof *edges);
    for (size_t i = 0; i < n; i++) {
        uint64_t a = m->triangles[i], b = m->triangles[i / 3 * 3 + (i + 1) % 3];
        edges[i] = a << 32 | b;
    }
    qsort(edges, n, sizeof *edges, compare);
    for (size_t i = 0; i < n; i++) {
        uint64_t back = edges[i] << 32 | edges[i] >> 32;
        assert_true(i == 0 || edges[i] != edges[i - 1]); // no edge twice the same way
        n_open += bsearch(&back, edges, n, sizeof *edges, compare) == NULL;
    }
    free(edges);
    return n_open;
}

// R = 5 nm. At 0.5 nm the volume is right within 0.8 %, the area within 0.5 %; both
// errors are of the second order, so a quarter at half the voxel (here between 3 and 5).
static void a_ball_has_its_volume_and_area(void **unused)
{
    (void)unused;
    double error[2][2];
    for (size_t s = 0; s < 2; s++) {
        double edge = s == 0 ? 0.5 : 0.25, volume, area;
        ia_voxels v = voxels_of(s == 0 ? 26 : 52, edge);
        float *values = fill(&v, ball);
        ia_mesh m = {.n_vertices = 0};
        CHECK_OK(NULL, ia_marching_cubes(NULL, &v, values, 0, NULL, &m));
        measure(&m, &volume, &area);
        assert_int_equal(count_open(&m), 0);
        // Euler: a ball's surface has V - E + F = 2.
        assert_int_equal(
            (long)m.n_vertices - (long)(3 * m.n_triangles / 2) + (long)m.n_triangles, 2);
        error[s][0] = fabs(volume / (4 * M_PI / 3 * 125) - 1);
        error[s][1] = fabs(area / (4 * M_PI * 25) - 1);
        ia_mesh_clear(&m);
        free(values);
    }
    assert_true(error[0][0] < 0.008 && error[0][1] < 0.005);
    for (size_t k = 0; k < 2; k++)
        assert_true(error[0][k] / error[1][k] > 3 && error[0][k] / error[1][k] < 5);
}

// Random values are the hardest case: every configuration, every ambiguous face.
static void random_values_make_closed_surfaces(void **unused)
{
    (void)unused;
    enum { N = 24 };
    ia_voxels v = voxels_of(N, 1);
    ia_random random = ia_random_new(1, 0);
    float *values = malloc(N * N * N * sizeof *values);
    int32_t *labels = malloc(N * N * N * sizeof *labels);
    ia_mesh m[2] = {{.n_vertices = 0}, {.n_vertices = 0}};
    size_t n_labels;
    for (size_t i = 0; i < N * N * N; i++) {
        size_t x = i % N, y = i / N % N, z = i / N / N;
        bool rim = x == 0 || y == 0 || z == 0 || x == N - 1 || y == N - 1 || z == N - 1;
        values[i] = rim ? 0 : (float)ia_random_uniform(&random);
    }
    CHECK_OK(NULL, ia_voxels_label(NULL, &v, values, 0.7, labels, &n_labels));
    for (size_t k = 0; k < 2; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_ctx_set_threads(ctx, 1 + 3 * k);
        CHECK_OK(ctx, ia_marching_cubes(ctx, &v, values, 0.7, labels, &m[k]));
        ia_ctx_free(ctx);
    }
    assert_int_equal(count_open(&m[0]), 0);
    assert_int_equal(m[0].n_vertices, m[1].n_vertices);
    assert_memory_equal(m[0].xyz, m[1].xyz, 3 * m[0].n_vertices * sizeof(float));
    assert_memory_equal(m[0].triangles, m[1].triangles, 12 * m[0].n_triangles);
    // Each object's own surface is closed: so its triangles have the label of one object.
    int32_t *of = malloc(m[0].n_vertices * sizeof *of);
    for (size_t i = 0; i < m[0].n_vertices; i++)
        of[i] = -1;
    for (size_t i = 0; i < 3 * m[0].n_triangles; i++) {
        uint32_t vertex = m[0].triangles[i];
        assert_true(of[vertex] < 0 || of[vertex] == m[0].labels[i / 3]);
        of[vertex] = m[0].labels[i / 3];
    }
    free(of);
    ia_mesh_clear(&m[0]);
    ia_mesh_clear(&m[1]);
    free(labels);
    free(values);
}

// A cube with an unknown corner has no triangles: the surface is open there.
static void unknown_values_leave_it_open(void **unused)
{
    (void)unused;
    ia_voxels v = voxels_of(26, 0.5);
    float *values = fill(&v, ball);
    ia_mesh m = {.n_vertices = 0};
    for (size_t i = 0; i < 13 * 26 * 26; i++)
        values[i] = NAN; // the lower half
    CHECK_OK(NULL, ia_marching_cubes(NULL, &v, values, 0, NULL, &m));
    double volume, area, lowest = INFINITY;
    measure(&m, &volume, &area);
    assert_true(count_open(&m) > 0);
    for (size_t i = 0; i < 3 * m.n_triangles; i++)
        lowest = fmin(lowest, (double)m.xyz[3 * (size_t)m.triangles[i] + 2]);
    assert_true(lowest > 0.24);
    assert_true(fabs(area / (2 * M_PI * 25) - 0.95) < 0.02); // a band of 0.25 nm is gone
    ia_mesh_clear(&m);
    free(values);
}

static void labels_hang_together_by_faces(void **unused)
{
    (void)unused;
    const ia_voxels v = {.edge = 1, .n = {3, 3, 1}};
    const float values[9] = {1, 0, 1, 1, 0, 0, 0, 1, 1};
    int32_t labels[9];
    size_t n;
    CHECK_OK(NULL, ia_voxels_label(NULL, &v, values, 0.5, labels, &n));
    assert_int_equal(n, 3);
    static const int32_t expected[9] = {0, -1, 1, 0, -1, -1, -1, 2, 2};
    assert_memory_equal(labels, expected, sizeof expected);
}

static void starve(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_voxels v = voxels_of(12, 1);
    float *values = fill(&v, ball);
    int32_t *labels = malloc(12 * 12 * 12 * sizeof *labels);
    ia_mesh m = {.n_vertices = 0};
    size_t n;
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, ia_marching_cubes(ctx, &v, values, 0, NULL, &m),
                  ia_mesh_clear(&m));
    CHECK_STARVED(ctx, ia_voxels_label(ctx, &v, values, 0, labels, &n), (void)0);
    free(labels);
    free(values);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ball_has_its_volume_and_area),
        cmocka_unit_test(random_values_make_closed_surfaces),
        cmocka_unit_test(unknown_values_leave_it_open),
        cmocka_unit_test(labels_hang_together_by_faces),
        cmocka_unit_test(starve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
