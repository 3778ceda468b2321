// tests/unit/test_recognition.c: files are known by their bytes, whatever they are
// called.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused_ions.h"

static void check_as(const char *seed, const char *name, const char *format)
{
    char path[1024];
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    size_t n;
    unsigned char *bytes = read_bytes(format_path(seed, path), &n);
    const char *other = scratch(name);
    write_bytes(other, bytes, n);
    CHECK_OK(ctx, ia_ions_read(ctx, other, &ions));
    assert_string_equal(ions.format, format);
    bool told = false;
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        told |= strstr(ia_ctx_warning(ctx, i), "its bytes are") != NULL;
    assert_true(told);
    free(bytes);
    unlink(other);
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
}

static void bytes_decide(void **unused)
{
    (void)unused;
    static const char *const seeds[][2] = {
        {"apt/plain.apt", "apt"},  {"apt/odd.apt", "apt"},
        {"raw/four.raw", "raw"},   {"ato/three.ato", "ato"},
        {"ato/five.ato", "ato"},   {"ato/big_endian.ato", "ato"},
        {"ply/little.ply", "ply"}, {"ply/big.ply", "ply"},
        {"ply/text.ply", "ply"},   {"ops/plain.ops", "ops"},
        {"pos/three.pos", "pos"},  {"epos/three.epos", "epos"},
        {"csv/header.csv", "csv"},
    };
    static const char *const names[] = {"x.pos", "x.epos", "x.raw", "x.csv", "x.ops"};
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++)
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            char seed[128];
            if (strcmp(names[k] + 2, seeds[s][1]) == 0)
                continue;
            snprintf(seed, sizeof seed, "../../fuzz/corpus/%s", seeds[s][0]);
            check_as(seed, names[k], seeds[s][1]);
        }
}

static void check_outside(const char *name, const char *format)
{
    ia_ctx *ctx = ia_ctx_new();
    const char *path = outside(name);
    if (path) {
        ia_ions ions = {0};
        CHECK_OK(ctx, ia_ions_read(ctx, path, &ions));
        assert_string_equal(ions.format, format);
        ia_ions_clear(&ions);
    }
    ia_ctx_free(ctx);
}

// Files that others made are not taken for a newer format.
static void measured_files_keep_their_format(void **unused)
{
    (void)unused;
    if (!outside("README.md"))
        skip();
    check_outside("real/w_tap_stuttgart/w_tap_derived.epos", "epos");
    check_outside("real/ck10_steel_felfer/ck10_R56_01769_part_a.pos", "pos");
    check_outside("real/fourier_mpie_small/AtomProbeDataSmall.pos", "pos");
    check_outside("real/cocrni_sro/cocrni_NiNi_order.csv", "csv");
    check_outside("real/al2o3_nist_spectrum/R20_28299_S9_MS.csv", "spectrum");
    check_outside("synthetic/cu_clusters_umich/Example1.pos", "pos");
    check_outside("synthetic/cubic_small/cubicTestSmall.pos", "pos");
    check_outside("synthetic/optics_apt_pnnl/test_simple_syn.pos", "pos");
    check_outside("synthetic/ifit_small/test.pos", "pos");
    check_outside("synthetic/perfect_lattices/fcc_5nm_a_0.405.txt", "tsv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_decide),
        cmocka_unit_test(measured_files_keep_their_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
