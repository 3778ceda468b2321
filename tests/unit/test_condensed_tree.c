// tests/unit/test_condensed_tree.c: the condensed tree that users get against one made by
// its definition: Prim's tree of all pairs, cut link by link from the longest on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"
#include "points.h"

#include <ionatlas/table.h>

enum { N = 400, SAMPLES = 4, SIZE = 7 };

// Three blobs of different widths in an even background.
static cluster_case case_blobs(uint64_t seed)
{
    static const double widths[] = {0.1, 0.4, 0.4, 3};
    static const double x[] = {0, 2, 4, 0};
    cluster_case c = case_new(N);
    ia_random random = ia_random_new(seed, 0);
    for (size_t i = 0; i < N; i++) {
        c.mass[i] = (float)mass_cu;
        for (size_t k = 0; k < 3; k++)
            c.xyz[3 * i + k] = (float)((k == 0 ? x[i % 4] : 0) +
                                       widths[i % 4] * ia_random_normal(&random));
    }
    return c;
}

typedef struct {
    double reach, distance;
    size_t a, b;
} edge;

// Ties by distance, lower number, higher number.
static int compare(const void *left, const void *right)
{
    const edge *l = left, *r = right;
    if (l->reach != r->reach)
        return l->reach < r->reach ? -1 : 1;
    if (l->distance != r->distance)
        return l->distance < r->distance ? -1 : 1;
    if (l->a != r->a)
        return l->a < r->a ? -1 : 1;
    return (l->b > r->b) - (l->b < r->b);
}

static edge edge_of(const float *xyz, const float *core, size_t i, size_t j)
{
    double d = (double)distance(xyz, i, j);
    double reach = fmax(d, (double)fmaxf(core[i], core[j]));
    return (edge){reach, d, i < j ? i : j, i < j ? j : i};
}

// Prim's: the nearest point that is not in the tree yet, again and again.
static void span(const float *xyz, edge out[N - 1])
{
    float core[N];
    edge nearest[N];
    bool is_in[N] = {true};
    for (size_t i = 0; i < N; i++)
        core[i] = core_distance(xyz, N, i, SAMPLES);
    for (size_t i = 1; i < N; i++)
        nearest[i] = edge_of(xyz, core, 0, i);
    for (size_t n = 0; n + 1 < N; n++) {
        size_t next = 0;
        for (size_t i = 1; i < N; i++)
            if (!is_in[i] && (next == 0 || compare(&nearest[i], &nearest[next]) < 0))
                next = i;
        out[n] = nearest[next];
        is_in[next] = true;
        for (size_t i = 1; i < N; i++) {
            edge e = edge_of(xyz, core, next, i);
            if (!is_in[i] && compare(&e, &nearest[i]) < 0)
                nearest[i] = e;
        }
    }
    qsort(out, N - 1, sizeof *out, compare);
}

// Branches are told by their least point and their birth: parent's, then own.
typedef struct {
    size_t parent_least, least, size;
    double parent_birth, birth;
} branch;

typedef struct {
    branch branches[2 * N];
    size_t n;
    size_t least[N];              // of the branch that each point falls out of
    double birth[N], fall_out[N]; // birth of it, 1/nm at which it falls out
} plain_tree;

static size_t least_of(const bool part[N])
{
    size_t i = 0;
    while (!part[i])
        i++;
    return i;
}

// The points of a part that links before number n leave connected with `from`.
static size_t reach(const edge *edges, size_t n, size_t from, const bool part[N],
                    bool out[N])
{
    size_t size = 1;
    memset(out, 0, N * sizeof *out);
    out[from] = true;
    for (bool grows = true; grows;) {
        grows = false;
        for (size_t e = 0; e < n; e++)
            if (part[edges[e].a] && part[edges[e].b] &&
                out[edges[e].a] != out[edges[e].b]) {
                out[edges[e].a] = out[edges[e].b] = grows = true;
                size++;
            }
    }
    return size;
}

// Take away the longest link of a part, and see what is left of it.
static void cut(plain_tree *t, const edge *edges, size_t n, const bool part[N],
                branch own)
{
    while (n > 0 && !(part[edges[n - 1].a] && part[edges[n - 1].b]))
        n--;
    if (n == 0)
        return;
    bool parts[2][N];
    double density = 1 / edges[--n].reach;
    size_t sizes[2] = {reach(edges, n, edges[n].a, part, parts[0]),
                       reach(edges, n, edges[n].b, part, parts[1])};
    bool splits = sizes[0] >= SIZE && sizes[1] >= SIZE;
    for (size_t p = 0; p < 2; p++) {
        branch child = own;
        if (splits) {
            child = (branch){own.least, least_of(parts[p]), sizes[p], own.birth, density};
            t->branches[t->n++] = child;
        }
        if (sizes[p] >= SIZE)
            cut(t, edges, n, parts[p], child);
        for (size_t i = 0; sizes[p] < SIZE && i < N; i++)
            if (parts[p][i]) {
                t->least[i] = own.least;
                t->birth[i] = own.birth;
                t->fall_out[i] = density;
            }
    }
}

static plain_tree *make_plain(const float *xyz)
{
    edge edges[N - 1];
    bool all[N];
    plain_tree *t = calloc(1, sizeof *t);
    assert_non_null(t);
    span(xyz, edges);
    memset(all, true, sizeof all);
    t->branches[t->n++] = (branch){0, 0, N, 0, 0};
    cut(t, edges, N - 1, all, t->branches[0]);
    return t;
}

static const void *column(const ia_table *table, const char *name)
{
    const ia_table_column *c = ia_table_find(table, name);
    assert_non_null(c);
    return c->data;
}

static const branch *find(const plain_tree *t, size_t least, double birth)
{
    // Positions are 32-bit: distances are rounded to 6e-8 of them.
    for (size_t b = 0; b < t->n; b++)
        if (t->branches[b].least == least &&
            fabs(t->branches[b].birth - birth) <= 1e-6 * birth)
            return &t->branches[b];
    return NULL;
}

// Least point of each branch, from the table: ions know theirs, branches their parents.
static void find_least(const ia_table *table, size_t least[2 * N], double birth[2 * N])
{
    const uint64_t *parent = column(table, "parent"), *child = column(table, "child");
    const double *density = column(table, "lambda_per_nm");
    for (size_t b = 0; b < 2 * N; b++) {
        least[b] = N;
        birth[b] = 0;
    }
    for (size_t i = table->n_rows; i-- > 0;) { // children have higher numbers
        size_t own = child[i] < N ? child[i] : least[child[i] - N];
        size_t *above = &least[parent[i] - N];
        *above = own < *above ? own : *above;
        if (child[i] >= N)
            birth[child[i] - N] = density[i];
    }
}

static void expect_same(const ia_table *table, const plain_tree *t)
{
    const uint64_t *parent = column(table, "parent"), *child = column(table, "child");
    const uint64_t *size = column(table, "child_size");
    const double *density = column(table, "lambda_per_nm");
    size_t least[2 * N], n_branches = 1;
    double birth[2 * N];
    find_least(table, least, birth);
    for (size_t i = 0; i < table->n_rows; i++) {
        size_t above = parent[i] - N;
        if (child[i] < N) {
            assert_int_equal(least[above], t->least[child[i]]);
            assert_true(fabs(birth[above] - t->birth[child[i]]) <= 1e-6 * birth[above]);
            assert_true(fabs(density[i] / t->fall_out[child[i]] - 1) < 1e-6);
            assert_int_equal(size[i], 1);
            continue;
        }
        const branch *b = find(t, least[child[i] - N], density[i]);
        assert_non_null(b);
        assert_int_equal(b->size, size[i]);
        assert_int_equal(b->parent_least, least[above]);
        assert_true(fabs(b->parent_birth - birth[above]) <= 1e-6 * birth[above]);
        n_branches++;
    }
    assert_int_equal(n_branches, t->n);
    assert_true(t->n > 6); // it comes apart more than once
}

static void tabulate(ia_ctx *ctx, const cluster_case *c, ia_clustering *out,
                     ia_result *result)
{
    ia_cluster_params params = ia_cluster_defaults();
    strcpy(params.solute, "all");
    use_method(&params, "hdbscan");
    params.n_min = SIZE;
    params.min_points = SAMPLES;
    CHECK_OK(ctx, case_compute(ctx, c, &params, out));
    CHECK_OK(ctx, ia_clustering_tables(ctx, out, &c->ranges, result));
}

static void the_tree_is_as_defined(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        cluster_case c = case_blobs(seed);
        ia_ctx *ctx = ia_ctx_new();
        ia_clustering out = {0};
        ia_result result = {0};
        plain_tree *t = make_plain(c.xyz);
        tabulate(ctx, &c, &out, &result);
        const ia_table *table = ia_result_find(&result, "condensed_tree");
        assert_non_null(table);
        assert_int_equal(table->n_rows, N + t->n - 1);
        expect_same(table, t);
        free(t);
        ia_result_clear(&result);
        ia_clustering_clear(&out);
        case_clear(&c);
        ia_ctx_free(ctx);
    }
}

// Each branch that is a cluster holds its ions, and as many as there are clusters.
static void clusters_are_branches(void **unused)
{
    (void)unused;
    cluster_case c = case_blobs(4);
    ia_ctx *ctx = ia_ctx_new();
    ia_clustering out = {0};
    ia_result result = {0};
    tabulate(ctx, &c, &out, &result);
    const ia_condensed_tree *t = &out.condensed_tree;
    size_t n = 0;
    for (size_t b = 0; b < t->n_branches; b++)
        if (t->branches[b].cluster >= 0) {
            n++;
            assert_int_equal(t->branches[b].size,
                             out.clusters[t->branches[b].cluster].ions);
        }
    assert_true(n >= 3);
    assert_int_equal(n, out.n_clusters);
    for (size_t i = 0; i < N; i++) {
        uint32_t b = t->branch[i];
        while (b > 0 && t->branches[b].cluster < 0)
            b = t->branches[b].parent;
        assert_int_equal(out.labels[t->ion[i]], t->branches[b].cluster);
    }
    ia_result_clear(&result);
    ia_clustering_clear(&out);
    case_clear(&c);
    ia_ctx_free(ctx);
}

// The array has the numbers of the file, those of ions left out counted.
static void rows_are_numbered_as_the_file(void **unused)
{
    (void)unused;
    cluster_case c = case_blobs(5);
    ia_ctx *ctx = ia_ctx_new();
    ia_clustering out = {0};
    ia_result result = {0};
    uint64_t kept[N / 64 + 2];
    double *rows = NULL;
    size_t n = 0;
    tabulate(ctx, &c, &out, &result);
    const ia_table *table = ia_result_find(&result, "condensed_tree");
    const uint64_t *parent = column(table, "parent"), *child = column(table, "child");
    memset(kept, 0xff, sizeof kept);
    kept[0] &= ~(uint64_t)(1u << 2 | 1u << 5); // two of the first rows
    ia_ions ions = c.ions;
    ions.n_dropped = 1;
    ions.n_outside = 1;
    ions.kept = kept;
    CHECK_OK(ctx, ia_condensed_tree_rows(ctx, &out.condensed_tree, &ions, &rows, &n));
    assert_int_equal(n, table->n_rows);
    for (size_t i = 0; i < n; i++) {
        size_t own = child[i] < 2 ? 0 : child[i] < 4 ? 1 : 2;
        assert_true(rows[4 * i] == (double)(parent[i] + 2));
        assert_true(rows[4 * i + 1] == (double)(child[i] + own));
    }
    free(rows);
    CHECK_FAILS(ctx,
                ia_condensed_tree_rows(ctx, &(ia_condensed_tree){0}, &ions, &rows, &n),
                IA_ERR_EMPTY, "HDBSCAN");
    ia_result_clear(&result);
    ia_clustering_clear(&out);
    case_clear(&c);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_as_defined),
        cmocka_unit_test(clusters_are_branches),
        cmocka_unit_test(rows_are_numbered_as_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
