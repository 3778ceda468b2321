// tests/unit/test_field.c: a field of a few ions, what is refused, files.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster_case.h"

#include "spatial/logistic.h"

#include <ionatlas/field.h>

static ia_status compute(ia_ctx *ctx, const cluster_case *c, const ia_volume_params *p,
                         ia_volume *out)
{
    const ia_share_input input = {&c->ions, &c->ranges, &c->ranger, NULL};
    return ia_volume_compute(ctx, &input, p, out);
}

static ia_volume_params params_of(int kernel)
{
    ia_volume_params p = ia_volume_defaults();
    strcpy(p.solute, "Cu");
    p.kernel = kernel;
    p.n_shuffles = 0;
    return p;
}

// Molecules are split: CuO is half Cu.
static void plain_counts_by_voxel(void **unused)
{
    (void)unused;
    cluster_case c = case_new(4);
    static const double x[] = {0, 0.1, 2, 2.2};
    for (size_t i = 0; i < 4; i++) {
        c.xyz[3 * i] = (float)x[i];
        c.mass[i] = (float)(i == 0 ? mass_fe : i == 1 ? mass_cu : mass_cuo);
    }
    ia_volume v = {.p = NAN};
    ia_volume_params p = params_of(IA_KERNEL_NONE);
    p.fill = 0;
    CHECK_OK(NULL, compute(NULL, &c, &p, &v));
    assert_int_equal(v.n[0], 7);
    size_t middle = (2 * v.n[1] + 2) * v.n[0];
    assert_true(v.atoms[middle + 2] == 2 && v.atoms[middle + 4] == 4);
    assert_true(isnan(v.value[middle + 3]));
    // Half an atom of the mean composition, 50 at.%, joins each voxel.
    assert_true(fabs((double)v.value[middle + 2] - 50) < 1e-4);
    assert_true(fabs((double)v.value[middle + 4] - 50) < 1e-4);
    assert_true(fabs(v.percent - 50) < 1e-12);
    assert_int_equal(v.n_outside, v.n[0] * v.n[1] * v.n[2] - 2);
    ia_volume_clear(&v);
    case_clear(&c);
}

static void every_kernel_runs_and_is_scored(void **unused)
{
    (void)unused;
    cluster_case c = case_planted(IS_SLOWED ? 8000 : 20000, 1);
    for (int kernel = IA_KERNEL_AUTO; kernel <= IA_KERNEL_MIXTURE; kernel++) {
        ia_volume v = {.p = NAN};
        ia_result result = {0};
        ia_volume_params p = params_of(kernel);
        p.n_shuffles = kernel == IA_KERNEL_FIXED ? 19 : 0;
        CHECK_OK(NULL, compute(NULL, &c, &p, &v));
        assert_true(kernel == IA_KERNEL_AUTO || v.kernel == kernel);
        assert_true(v.n_scores >= 2);
        for (size_t i = 0; i < v.n_scores; i++) {
            assert_true(v.scores[i].gain > -1 && v.scores[i].calibration < 0.5);
            assert_true(fabs(v.scores[i].loss + v.scores[i].gain - v.constant) < 1e-9);
        }
        for (size_t i = 0; i < v.n[0] * v.n[1] * v.n[2]; i++)
            assert_true(isnan(v.value[i]) || (v.value[i] >= 0 && v.value[i] <= 100));
        if (kernel == IA_KERNEL_FIXED)
            assert_true(fabs(v.p - 0.05) < 1e-12);
        else
            assert_true(isnan(v.p));
        CHECK_OK(NULL, ia_volume_tables(NULL, &v, &result));
        ia_result_clear(&result);
        ia_volume_clear(&v);
    }
    case_clear(&c);
}

// Twice as many atoms per nm^3 where there are twice as many.
static void density_counts_solute(void **unused)
{
    (void)unused;
    cluster_case c = case_random(50000, 0.2, 2);
    ia_volume v = {.p = NAN};
    ia_volume_params p = params_of(IA_KERNEL_TWO_PASS);
    p.quantity = IA_QUANTITY_DENSITY;
    CHECK_OK(NULL, compute(NULL, &c, &p, &v));
    double middle =
        (double)v.value[(v.n[2] / 2 * v.n[1] + v.n[1] / 2) * v.n[0] + v.n[0] / 2];
    // 40 atoms per nm^3, a fifth of them Cu; the kernel holds some 180 Cu: 7 %.
    assert_true(fabs(middle - 8) < 4 * 8 * 0.07);
    ia_volume_clear(&v);
    case_clear(&c);
}

static void too_few_ions_are_not_judged(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_new(1);
    c.mass[0] = (float)mass_cu;
    c.xyz[0] = c.xyz[1] = c.xyz[2] = 1;
    for (int kernel = IA_KERNEL_AUTO; kernel <= IA_KERNEL_MIXTURE; kernel++) {
        ia_volume v = {.p = NAN};
        ia_volume_params p = params_of(kernel);
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, compute(ctx, &c, &p, &v));
        assert_int_equal(v.n_scores, 0);
        assert_true(ia_ctx_n_warnings(ctx) > 0);
        ia_volume_clear(&v);
    }
    case_clear(&c);
    // Coincident, in a plane, on a line, all of one kind.
    for (int shape = 0; shape < 4; shape++) {
        c = case_random(3000, shape == 3 ? 1 : 0.2, 1);
        for (size_t i = 0; i < 3000 && shape < 3; i++)
            for (size_t k = (size_t)shape; k < 3; k++)
                c.xyz[3 * i + k] = 2;
        for (int kernel = IA_KERNEL_AUTO; kernel <= IA_KERNEL_MIXTURE; kernel++) {
            ia_volume v = {.p = NAN};
            ia_volume_params p = params_of(kernel);
            CHECK_OK(ctx, compute(ctx, &c, &p, &v));
            ia_volume_clear(&v);
        }
        case_clear(&c);
    }
    ia_ctx_free(ctx);
}

// Every atom of ranged ions: voxels add up to all of them, and 40 per nm^3 scatter by
// what is told. Some 100 whole voxels know that within 7 %: 0.25 is more than three times
// that.
static void density_of_all_counts_every_atom(void **unused)
{
    (void)unused;
    cluster_case c = case_random(20000, 0.05, 1);
    ia_volume v = {.p = NAN};
    ia_ctx *ctx = ia_ctx_new();
    ia_volume_params p = params_of(IA_KERNEL_NONE);
    strcpy(p.solute, "all");
    p.voxel = 1;
    p.fill = 0;
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_PARAM, "quantity = density");
    p.quantity = IA_QUANTITY_DENSITY;
    p.kernel = IA_KERNEL_ADAPTIVE;
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_PARAM, "no composition to choose");
    p.kernel = IA_KERNEL_NONE;
    CHECK_OK(ctx, compute(ctx, &c, &p, &v));
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    assert_string_equal(v.solute, "all");
    assert_true(isnan(v.p) && v.n_scores == 0);
    double sum = 0, squares = 0, n = 0;
    for (size_t i = 0; i < v.n[0] * v.n[1] * v.n[2]; i++) {
        size_t at[3] = {i % v.n[0], i / v.n[0] % v.n[1], i / (v.n[0] * v.n[1])};
        bool whole = true;
        sum += isnan(v.value[i]) ? 0 : (double)v.value[i];
        for (size_t k = 0; k < 3; k++) {
            double middle = v.origin[k] + (double)at[k];
            whole = whole && middle > 0.5 && middle < cbrt(500) - 0.5;
        }
        if (whole) {
            squares += pow(((double)v.value[i] - 40) / (double)v.error[i], 2);
            n++;
        }
    }
    assert_true(fabs(sum / 20000 - 1) < 1e-3);
    assert_true(n > 100 && fabs(sqrt(squares / n) - 1) < 0.25);
    ia_volume_clear(&v);
    case_clear(&c);
    ia_ctx_free(ctx);
}

// Ions spread wide get wide voxels, and a few far off do not make the grid large; ions as
// dense as in a specimen have the voxels that they always had.
static void voxels_follow_density(void **unused)
{
    (void)unused;
    enum { N = 4000 };
    for (int kernel = IA_KERNEL_NONE; kernel <= IA_KERNEL_FIXED; kernel++) {
        bool published = kernel != IA_KERNEL_FIXED;
        for (int shape = 0; shape < 3; shape++) { // dense, 1 per 1000 nm^3, scattered
            cluster_case c = case_random(N, 0.2, 3);
            for (size_t i = 0; i < 3 * N; i++)
                c.xyz[i] *= shape == 1 || (shape == 2 && i % 60 < 3) ? 34.2F : 1;
            ia_volume v = {.p = NAN};
            ia_volume_params p = params_of(kernel);
            p.trust = kernel == IA_KERNEL_TRUNCATED;
            CHECK_OK(NULL, compute(NULL, &c, &p, &v));
            // 8 Cu per nm^3 where dense: 0.225 nm, in steps of 0.05 nm; else 1 atom in
            // 1000 nm^3, within the tenth by which the measured volume may err.
            double wanted = published ? 1 : 0.25;
            if (shape == 1)
                wanted = published ? 10 : 0.45 * cbrt(5000);
            if (shape < 2)
                assert_true(fabs(v.voxel - wanted) < (shape ? 0.1 * wanted : 0.051));
            assert_true(v.n[0] * v.n[1] * v.n[2] < 30000 + 10 * N);
            ia_volume_clear(&v);
            case_clear(&c);
        }
    }
}

// A needle a hundred thousand times as long as wide: as few voxels, and a word of it.
static void long_specimens_are_told(void **unused)
{
    (void)unused;
    enum { N = 4000 };
    cluster_case c = case_random(N, 0.05, 3);
    ia_ctx *ctx = ia_ctx_new();
    ia_volume v = {.p = NAN};
    ia_volume_params p = params_of(IA_KERNEL_FIXED);
    for (size_t i = 0; i < N; i++)
        c.xyz[3 * i + 2] *= 1e5F;
    CHECK_OK(ctx, compute(ctx, &c, &p, &v));
    assert_true(v.n[0] * v.n[1] * v.n[2] < 30000 + 10 * N);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "fill so little of their box"));
    ia_volume_clear(&v);
    ia_ctx_reset(ctx);
    for (size_t i = 0; i < N; i++)
        c.xyz[3 * i + 2] = 1;
    CHECK_OK(ctx, compute(ctx, &c, &p, &v));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "all ranged ions lie in a plane"));
    ia_volume_clear(&v);
    case_clear(&c);
    ia_ctx_free(ctx);
}

// Tilted against all axes and far from the origin: rounding of positions is no volume,
// and a slab a thousandth as thick as wide is one.
static void tilted_planes_are_told(void **unused)
{
    (void)unused;
    enum { N = 4000 };
    static const char *const sentences[] = {"lie in a plane", "lie on a line", ""};
    ia_ctx *ctx = ia_ctx_new();
    for (int shape = 0; shape < 3; shape++) {
        cluster_case c = case_random(N, 0.05, 3);
        ia_volume v = {.p = NAN};
        ia_volume_params p = params_of(IA_KERNEL_FIXED);
        size_t n_told = 0;
        for (size_t i = 0; i < N; i++) {
            double x = (double)c.xyz[3 * i], y = (double)c.xyz[3 * i + 1];
            double z = shape == 2 ? (double)c.xyz[3 * i + 2] / 1000 : 0;
            y = shape == 1 ? 0.3 * x : y;
            c.xyz[3 * i + 1] = (float)(y + 7);
            c.xyz[3 * i + 2] = (float)(0.7 * x - 0.4 * y + z + 3);
        }
        ia_ctx_reset(ctx);
        CHECK_OK(ctx, compute(ctx, &c, &p, &v));
        for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++) {
            const char *at = strstr(ia_ctx_warning(ctx, i), "all ranged ions lie");
            n_told += at != NULL;
            assert_true(!at || (shape < 2 && strstr(at, sentences[shape])));
        }
        assert_int_equal(n_told, shape < 2);
        ia_volume_clear(&v);
        case_clear(&c);
    }
    ia_ctx_free(ctx);
}

// Without structure halves share nothing and differ as errors say; balls of 70 % in 1 %
// are in both. Some 300 kernels fit into the box: rms differences are known within 4 %,
// correlations within 0.06; four of either.
static void halves_agree_on_what_is_there(void **unused)
{
    (void)unused;
    if (ARE_THREADS_WATCHED)
        skip();
    for (int planted = 0; planted < 2; planted++)
        for (int density = 0; density < 2; density++) {
            cluster_case c =
                planted ? case_planted(60000, 1) : case_random(60000, 0.1, 2);
            ia_volume_params p = params_of(IA_KERNEL_FIXED);
            ia_volume v = {.p = NAN};
            p.sigma = 0.5;
            p.voxel = 0.5;
            p.n_shuffles = 1;
            p.quantity = density;
            CHECK_OK(NULL, compute(NULL, &c, &p, &v));
            if (planted)
                assert_true(v.half_correlation > 0.9 && v.half_correlation < 1);
            if (!planted && !density) {
                assert_true(fabs(v.half_correlation) < 0.25);
                assert_true(fabs(v.half_over_sigma - 1) < 0.16);
                assert_true(fabs(v.thinned_over_sigma - 1) < 0.16);
            }
            assert_true(v.half_difference > v.thinned_difference);
            ia_volume_clear(&v);
            case_clear(&c);
        }
}

static void what_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(3000, 0.2, 1);
    ia_volume v = {.p = NAN};
    ia_volume_params p = params_of(IA_KERNEL_FIXED);
    strcpy(p.solute, "Ni");
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_EMPTY, "solute 'Ni'");
    strcpy(p.solute, "Cu,Ni");
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_PARAM,
                "solute: no range holds the element Ni");
    p = params_of(IA_KERNEL_FIXED);
    p.voxel = -1;
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_PARAM, "voxel");
    p.voxel = 1e-4;
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_MEMORY, "GB of memory");
    p.voxel = 900;
    CHECK_OK(ctx, compute(ctx, &c, &p, &v));
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "wider than the specimen"));
    ia_volume_clear(&v);
    for (size_t i = 0; i < 3000; i++)
        c.mass[i] = (float)mass_fe;
    p = params_of(IA_KERNEL_FIXED);
    p.solute[0] = 0;
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_EMPTY, "of one element");
    for (size_t i = 0; i < 3000; i++)
        c.mass[i] = 5;
    p = params_of(IA_KERNEL_FIXED);
    CHECK_FAILS(ctx, compute(ctx, &c, &p, &v), IA_ERR_EMPTY, "no ranged ion");
    case_clear(&c);
    ia_ctx_free(ctx);
}

static void check_one_value(const ia_volume *v)
{
    double most = 0, least = INFINITY; // at.%
    for (size_t i = 0; i < v->n[0] * v->n[1] * v->n[2]; i++)
        if (isfinite(v->value[i])) {
            most = fmax(most, (double)v->value[i]);
            least = fmin(least, (double)v->value[i]);
        }
    assert_true(most - least <= 1e-4 * most && least > 15 && most < 25);
}

// Ions are divided by their place and kind: those of one place all to one part or two,
// and a part that kernels are judged by may have none.
static void ions_at_one_place_have_one_value(void **unused)
{
    (void)unused;
    static const int kernels[] = {IA_KERNEL_AUTO, IA_KERNEL_MIXTURE, IA_KERNEL_ADAPTIVE};
    cluster_case c = case_random(3000, 0.2, 1);
    for (size_t i = 0; i < 9000; i++)
        c.xyz[i] = (float)(1 + i % 3);
    for (size_t k = 0; k < 3; k++)
        for (uint64_t seed = 1; seed <= 60; seed++) {
            ia_volume v = {.p = NAN};
            ia_volume_params p = params_of(kernels[k]);
            p.seed = seed;
            CHECK_OK(NULL, compute(NULL, &c, &p, &v));
            check_one_value(&v);
            ia_volume_clear(&v);
        }
    case_clear(&c);
}

static void a_single_solute_ion_is_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(3000, 0, 1);
    ia_volume v = {.p = NAN};
    ia_volume_params p = params_of(IA_KERNEL_FIXED);
    c.mass[7] = (float)mass_cu;
    CHECK_OK(ctx, compute(ctx, &c, &p, &v));
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "1 atom is of Cu in all"));
    ia_volume_clear(&v);
    case_clear(&c);
    ia_ctx_free(ctx);
}

static ia_status compute_and_show(ia_ctx *ctx, const cluster_case *c, int kernel)
{
    ia_volume v = {.p = NAN};
    ia_result result = {0};
    ia_volume_params p = params_of(kernel);
    p.n_shuffles = 1;
    p.voxel = 3;
    ia_status st = compute(ctx, c, &p, &v);
    if (st == IA_OK)
        st = ia_volume_tables(ctx, &v, &result);
    ia_result_clear(&result);
    ia_volume_clear(&v);
    return st;
}

static void memory_runs_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(150, 0.3, 1);
    ia_ctx_set_threads(ctx, 1);
    CHECK_STARVED(ctx, compute_and_show(ctx, &c, IA_KERNEL_AUTO), (void)0);
    case_clear(&c);
    ia_ctx_free(ctx);
}

static void files_hold_the_grid(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    cluster_case c = case_random(3000, 0.2, 1);
    ia_volume v = {.p = NAN};
    ia_volume_params p = params_of(IA_KERNEL_TWO_PASS);
    char name[300], shape[64];
    size_t n_bytes;
    CHECK_OK(ctx, compute(ctx, &c, &p, &v));
    size_t n = v.n[0] * v.n[1] * v.n[2];
    snprintf(name, sizeof name, "%s", scratch("field.npy"));
    CHECK_OK(ctx, ia_volume_write(ctx, &v, name));
    unsigned char *bytes = read_bytes(name, &n_bytes);
    assert_int_equal(n_bytes, 128 + 4 * n);
    assert_memory_equal(bytes, "\x93NUMPY", 6);
    snprintf(shape, sizeof shape, "(%zu, %zu, %zu)", v.n[2], v.n[1], v.n[0]);
    bytes[127] = 0;
    assert_non_null(strstr((char *)bytes + 10, shape));
    assert_memory_equal(bytes + 128, v.value, 4 * n);
    free(bytes);
    unlink(name);
    snprintf(name, sizeof name, "%s", scratch("field.vti"));
    CHECK_OK(ctx, ia_volume_write(ctx, &v, name));
    bytes = read_bytes(name, &n_bytes);
    bytes[n_bytes] = 0;
    const char *data = strstr((char *)bytes, "encoding=\"raw\">\n_");
    assert_non_null(data);
    uint64_t size;
    memcpy(&size, data + 17, sizeof size);
    assert_int_equal(size, 4 * n);
    assert_memory_equal(data + 17 + 8, v.value, 4 * n);
    assert_memory_equal(data + 17 + 16 + 4 * n, v.atoms, 4 * n);
    free(bytes);
    unlink(name);
    snprintf(name, sizeof name, "%s", scratch("field.npy"));
    CHECK_OK(ctx, ia_volume_write_errors(ctx, &v, name));
    bytes = read_bytes(name, &n_bytes);
    assert_int_equal(n_bytes, 128 + 4 * n);
    assert_memory_equal(bytes + 128, v.error, 4 * n);
    free(bytes);
    unlink(name);
    CHECK_FAILS(ctx, ia_volume_write(ctx, &v, "field.txt"), IA_ERR_PARAM, ".npy or .vti");
    CHECK_FAILS(ctx, ia_volume_write(ctx, &v, "/nonexistent/f.npy"), IA_ERR_IO,
                "/nonexistent");
    ia_volume_clear(&v);
    p.skip_sigma = true;
    CHECK_OK(ctx, compute(ctx, &c, &p, &v));
    assert_true(!v.error && isnan(v.median_error));
    CHECK_FAILS(ctx, ia_volume_write_errors(ctx, &v, "f.npy"), IA_ERR_PARAM,
                "without standard errors");
    ia_volume_clear(&v);
    case_clear(&c);
    ia_ctx_free(ctx);
}

// Weights without a pull solve the likelihood equation: sums of rows over what is seen
// and foretold agree.
static void logistic_solves_its_equation(void **unused)
{
    (void)unused;
    enum { N = 5000, W = 3 };
    ia_random random = ia_random_new(1, 0);
    static double rows[N * W];
    static float solute[N], atoms[N];
    for (size_t i = 0; i < N; i++) {
        rows[W * i] = 1;
        rows[W * i + 1] = ia_random_normal(&random);
        rows[W * i + 2] = ia_random_normal(&random);
        double q = 1 / (1 + exp(1 - 0.5 * rows[W * i + 1]));
        atoms[i] = 1 + (float)(i % 2);
        for (int a = 0; a < (int)atoms[i]; a++)
            solute[i] += ia_random_uniform(&random) < q;
    }
    const double pull[W] = {0};
    double w[W] = {0}, sums[W] = {0};
    const ia_logistic fit = {N, W, rows, solute, atoms, pull};
    CHECK_OK(NULL, ia_logistic_fit(NULL, &fit, w));
    for (size_t i = 0; i < N; i++) {
        double z = 0;
        for (size_t c = 0; c < W; c++)
            z += w[c] * rows[W * i + c];
        for (size_t c = 0; c < W; c++)
            sums[c] +=
                rows[W * i + c] * ((double)solute[i] - (double)atoms[i] / (1 + exp(-z)));
    }
    for (size_t c = 0; c < W; c++)
        assert_true(fabs(sums[c]) < 0.05);
    // 7,500 atoms know each weight within 0.03.
    assert_true(fabs(w[0] + 1) < 0.1 && fabs(w[1] - 0.5) < 0.1 && fabs(w[2]) < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_counts_by_voxel),
        cmocka_unit_test(every_kernel_runs_and_is_scored),
        cmocka_unit_test(density_counts_solute),
        cmocka_unit_test(too_few_ions_are_not_judged),
        cmocka_unit_test(density_of_all_counts_every_atom),
        cmocka_unit_test(voxels_follow_density),
        cmocka_unit_test(long_specimens_are_told),
        cmocka_unit_test(tilted_planes_are_told),
        cmocka_unit_test(halves_agree_on_what_is_there),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(ions_at_one_place_have_one_value),
        cmocka_unit_test(a_single_solute_ion_is_told),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(files_hold_the_grid),
        cmocka_unit_test(logistic_solves_its_equation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
