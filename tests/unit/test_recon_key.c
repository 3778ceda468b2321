// tests/unit/test_recon_key.c: what makes positions others, and so their hash.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon_case.h"

static const smooth_tip tip = {
    .r0 = 30,
    .shank_deg = 8,
    .depth = 5,
    .density = 5,
    .projection = {IA_PROJECTION_STEREOGRAPHIC, 90, 1.6, {0, 0}},
    .detector_radius = 38,
    .kf = 3.3,
    .field = 33};

typedef struct {
    ia_ions ions;
    ia_read_params read;
    ia_reconstruct_params params;
    size_t threads;
} question;

static void find_key(const question *q, char hex[65])
{
    ia_ctx *ctx = ia_ctx_new();
    ia_reconstruction r = {0};
    ia_ctx_set_threads(ctx, q->threads);
    CHECK_OK(ctx, ia_reconstruct_compute(ctx, &q->ions, &q->params, &r));
    CHECK_OK(ctx, ia_reconstruction_sha256(ctx, &q->ions, &q->read, &r, hex));
    ia_reconstruction_clear(&r);
    ia_ctx_free(ctx);
}

static void check_is_other(const question *q, const char *key)
{
    char hex[65];
    find_key(q, hex);
    assert_string_not_equal(hex, key);
}

static void whatever_positions_depend_on_changes_it(void **unused)
{
    (void)unused;
    double *places;
    char key[65], again[65];
    question first = {smooth_ions(&tip, 1, &places), ia_read_defaults(), told(&tip), 1};
    memset(first.ions.sha256, 'a', 64);
    find_key(&first, key);
    assert_int_equal(strlen(key), 64);
    question q = first;
    q.threads = 4;
    find_key(&q, again);
    assert_string_equal(key, again);
    q.params.icf += 1e-9;
    check_is_other(&q, key);
    q = first;
    snprintf(q.params.sections, sizeof q.params.sections, "ion kf; 0 3.3; 1000 3.4");
    check_is_other(&q, key);
    q = first;
    q.read.flip_x = true;
    check_is_other(&q, key);
    q = first;
    q.ions.sha256[63] = 'b'; // another file
    check_is_other(&q, key);
    q = first;
    float *volts = ia_ions_values(&first.ions, IA_V_DC);
    volts[0] *= 2; // though the hash of the file were the same
    check_is_other(&q, key);
    q.ions.sha256[0] = '\0';
    find_key(&q, again);
    assert_string_equal(again, "");
    free(places);
    ia_ions_clear(&first.ions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_positions_depend_on_changes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
