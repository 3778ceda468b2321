// tests/unit/test_level_tree.c: the tree of components over all levels against a search
// at each level alone.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "cluster/level_tree.h"
#include "cluster/scan.h"

enum { N = 3000, SOLUTE = 300 };

// Ions in a box of 5 nm; the first SOLUTE are the solute, some of them in a ball.
static void fill(float *xyz, size_t in_ball)
{
    ia_random random = ia_random_new(3, 1);
    for (size_t i = 0; i < 3 * N; i++)
        xyz[i] = (float)(5 * ia_random_uniform(&random));
    for (size_t i = 0; i < 3 * in_ball; i++)
        xyz[i] = (float)(2 + ia_random_uniform(&random));
}

typedef struct {
    float xyz[3 * N];
    ia_level_grid grid;
    float *counts;
} one_case;

// A level of a field that is looked at alone: what is seen, solute ions and ions in it.
typedef struct {
    const float *value;
    float level;
    bool *seen;
    double k, n;
} search;

// Spread the mark from a voxel to what is as high and touches by faces; count its ions.
static void flood(const one_case *c, size_t at, search *s)
{
    const size_t *n = c->grid.voxels.n, step[3] = {1, n[0], n[0] * n[1]};
    if (s->seen[at] || s->value[at] < s->level)
        return;
    s->seen[at] = true;
    s->k += (double)c->counts[at];
    s->n += (double)c->grid.ions[at];
    for (size_t k = 0; k < 3; k++) {
        flood(c, at - step[k], s);
        flood(c, at + step[k], s);
    }
}

static void begin(one_case *c, size_t in_ball)
{
    fill(c->xyz, in_ball);
    assert_int_equal(ia_level_grid_build(NULL, &(ia_points){c->xyz, N}, NULL, &c->grid),
                     IA_OK);
    c->counts = calloc(ia_voxels_count(&c->grid.voxels), sizeof *c->counts);
    for (size_t i = 0; i < SOLUTE; i++)
        c->counts[ia_level_voxel(&c->grid.voxels, c->xyz + 3 * i)]++;
}

static void end(one_case *c)
{
    ia_level_grid_clear(&c->grid);
    free(c->counts);
}

static void every_level_alone_says_the_same(void **unused)
{
    (void)unused;
    static one_case c;
    begin(&c, 60);
    ia_level_objects o = {.peak = 0};
    ia_level_task task = {&c.grid, 1, c.xyz, SOLUTE, NULL, 0};
    size_t n = ia_voxels_count(&c.grid.voxels);
    double largest = 0;
    bool *seen = malloc(n);
    assert_int_equal(ia_level_tree_cut(NULL, &task, &o), IA_OK);
    for (size_t v = 0; v < n; v++) {
        search s = {o.value, o.value[v], seen, 0, 0};
        if (!(o.value[v] > (float)SOLUTE / N))
            continue;
        memset(seen, 0, n);
        flood(&c, v, &s);
        if (s.k >= 3)
            largest = fmax(largest, ia_scan_ratio(s.k, s.n, SOLUTE, N));
    }
    assert_true(largest > 50); // 60 of some 80 ions in the ball, 10 % elsewhere
    assert_true(fabs(largest - o.largest[LEVEL_CLASSES - 1]) < 1e-6 * largest);
    free(seen);
    ia_level_objects_clear(&o);
    end(&c);
}

// With chance at 0 everything counts: objects are disjoint, connected, at their level,
// and hold what they say.
static void objects_hold_what_they_say(void **unused)
{
    (void)unused;
    static one_case c;
    begin(&c, 60);
    ia_level_chance chance;
    for (size_t k = 0; k < LEVEL_CLASSES; k++) {
        chance.place[k] = 6;
        chance.width[k] = 1;
    }
    ia_level_objects o = {.peak = 0};
    ia_level_task task = {&c.grid, 1, c.xyz, SOLUTE, &chance, 1};
    size_t n = ia_voxels_count(&c.grid.voxels);
    bool *seen = calloc(n, 1);
    assert_int_equal(ia_level_tree_cut(NULL, &task, &o), IA_OK);
    assert_true(o.n > 0);
    for (size_t v = 0; v < n; v++) {
        if (o.label[v] < 0 || seen[v])
            continue;
        const ia_level_object *object = &o.objects[o.label[v]];
        search s = {o.value, (float)object->level, seen, 0, 0};
        flood(&c, v, &s);
        assert_true(s.k == object->k && s.n == object->n);
        assert_true(fabs(ia_scan_ratio(s.k, s.n, SOLUTE, N) - object->ratio) < 1e-9);
        assert_true(object->score >= 1 && object->score <= o.peak);
    }
    for (size_t v = 0; v < n; v++)
        assert_int_equal(seen[v], o.label[v] >= 0);
    float middle[3] = {2.5f, 2.5f, 2.5f}, corner[3] = {0.1f, 0.1f, 0.1f};
    int32_t ball = ia_level_object_at(&c.grid, &o, middle);
    assert_true(ball >= 0 && o.objects[ball].k > 40);
    assert_true(ia_level_object_at(&c.grid, &o, corner) != ball);
    free(seen);
    ia_level_objects_clear(&o);
    end(&c);
}

static void nothing_to_enclose(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_level_grid grid = {.n = 0};
    assert_int_equal(ia_level_grid_build(ctx, &(ia_points){NULL, 0}, NULL, &grid),
                     IA_ERR_EMPTY);
    assert_non_null(strstr(ia_ctx_message(ctx), "no ions"));
    ia_ctx_free(ctx);
}

static void memory_may_run_out(void **unused)
{
    (void)unused;
    static one_case c;
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;
    fill(c.xyz, 60);
    for (size_t k = 1; st != IA_OK; k++) {
        ia_level_grid grid = {.n = 0};
        ia_level_objects o = {.peak = 0};
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        ia_level_task task = {&grid, 1, c.xyz, SOLUTE, NULL, 0};
        if ((st = ia_level_grid_build(ctx, &(ia_points){c.xyz, N}, NULL, &grid)) == IA_OK)
            st = ia_level_tree_cut(ctx, &task, &o);
        assert_true(st == IA_OK || st == IA_ERR_MEMORY);
        assert_true(st == IA_OK || !o.value);
        ia_level_objects_clear(&o);
        ia_level_grid_clear(&grid);
    }
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_alone_says_the_same),
        cmocka_unit_test(objects_hold_what_they_say),
        cmocka_unit_test(nothing_to_enclose),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
