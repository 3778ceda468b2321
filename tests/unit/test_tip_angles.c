// tests/unit/test_tip_angles.c: hit maps as a network takes them, and how it tells turns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "network/network.h"
#include "network/tip_image.h"
#include <ionatlas/tip_angles.h>

static void images_are_relative(void **unused)
{
    (void)unused;
    static double counts[IA_TIP_PIXELS];
    static float row[IA_TIP_PIXELS];
    assert_false(ia_tip_image(counts, row)); // no hit
    for (size_t i = 0; i < IA_TIP_PIXELS; i++)
        counts[i] = 5;
    assert_true(ia_tip_image(counts, row));
    for (size_t i = 0; i < IA_TIP_PIXELS; i++)
        assert_true(fabs((double)row[i]) < 1e-6);
    size_t middle = IA_TIP_PIXELS / 2 + IA_TIP_EDGE / 2;
    counts[middle] = 0;
    counts[middle + 1] = 500;
    counts[0] = 500; // a corner, outside the circle
    assert_true(ia_tip_image(counts, row));
    assert_true(row[middle] == -1 && row[middle + 1] == 2 && row[0] == 0);
}

// The same hits in the same pixels, whatever the cells and the middle of the map; no hit
// is lost, and an even map is even.
static void maps_fall_into_pixels(void **unused)
{
    (void)unused;
    for (size_t cells = 40; cells <= 160; cells *= 2) {
        ia_hitmap map = {.cells = cells, .radius = 30, .centre = {4, -3}};
        double counts[IA_TIP_PIXELS], sum = 0, x = 0, y = 0;
        const double pixel = 2 * 38.0 / IA_TIP_EDGE;
        map.cell = 2 * map.radius / (double)cells;
        map.counts = calloc(cells * cells, sizeof *map.counts);
        assert_non_null(map.counts);
        size_t column = cells / 3, row = cells / 4;
        map.counts[cells * row + column] = 7;
        ia_tip_counts(&map, counts);
        for (size_t i = 0; i < IA_TIP_PIXELS; i++) {
            sum += counts[i];
            x += counts[i] * (((double)(i % IA_TIP_EDGE) + 0.5) * pixel - 38) / 7;
            y += counts[i] * (((double)(i / IA_TIP_EDGE) + 0.5) * pixel - 38) /
                 7; // NOLINT
        }
        assert_true(fabs(sum - 7) < 1e-9);
        assert_true(fabs(x - (((double)column + 0.5) * map.cell - 26)) < pixel / 2);
        assert_true(fabs(y - (((double)row + 0.5) * map.cell - 33)) < pixel / 2);
        map.centre[0] = map.centre[1] = 0;
        for (size_t i = 0; i < cells * cells; i++)
            map.counts[i] = 1;
        ia_tip_counts(&map, counts);
        double even = pixel * pixel / (map.cell * map.cell);
        size_t middle = IA_TIP_PIXELS / 2 + IA_TIP_EDGE / 2;
        for (size_t k = 0; k < 8; k++)
            assert_true(fabs(counts[middle + k] - even) < 1e-9 * even);
        free(map.counts);
    }
}

// Views of one tip share its angles about x and y and differ about z; the same seed makes
// the same images.
static void views_are_turned(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_tip_images a = {0}, b = {0};
    CHECK_OK(ctx, ia_tip_images_make(ctx, 5, 2, 3, 15, &a));
    CHECK_OK(ctx, ia_tip_images_make(ctx, 6, 1, 3, 15, &b));
    assert_int_equal(a.n, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_true(a.angles[i][0] == a.angles[i / 3 * 3][0]);
        for (size_t k = 0; k < 3; k++)
            assert_true(fabs(a.angles[i][k]) <= 15);
    }
    assert_true(a.angles[0][2] != a.angles[1][2] && a.angles[0][0] != a.angles[3][0]);
    assert_memory_equal(a.rows + 3 * IA_TIP_PIXELS, b.rows,
                        3 * IA_TIP_PIXELS * sizeof *b.rows);
    assert_memory_not_equal(a.rows, a.rows + IA_TIP_PIXELS,
                            IA_TIP_PIXELS * sizeof *a.rows);
    ia_tip_images_clear(&b);
    ia_tip_images_clear(&a);
    ia_ctx_free(ctx);
}

static void need_plugin(void)
{
    const ia_learn_plugin *plugin = NULL;
    if (ia_network_plugin(NULL, NULL, &plugin) != IA_OK)
        skip();
}

// A dozen tips teach little, but the turn about x and y moves all poles: less than the
// 8.7 degrees of one who says 0 to an even spread of 15.
static void some_tips_teach_something(void **unused)
{
    (void)unused;
    need_plugin();
    ia_ctx *ctx = ia_ctx_new();
    ia_tip_angles_params p = ia_tip_angles_defaults();
    ia_tip_angles_training training = {0};
    p.tips = 16;
    p.tip_tests = 8;
    p.views = 8;
    p.tip_epochs = 25;
    CHECK_OK(ctx, ia_tip_angles_train(ctx, &p, &training));
    const ia_tip_angles_score *s = &training.score;
    assert_true(s->rms_deg[0] < 8.7 && s->rms_deg[1] < 8.7);
    assert_true(s->median_deg > 0 && s->percentile95 >= s->median_deg);
    ia_network network = {0};
    CHECK_OK(ctx, ia_network_parse(ctx, training.model, training.n, "angles", &network));
    assert_non_null(json_object_get(network.about, "rms_deg"));
    ia_network_clear(&network);

    char path[] = "test_tip_angles.model";
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(training.model, 1, training.n, file), training.n);
    assert_int_equal(fclose(file), 0);
    ia_hitmap map = {.cells = 64, .cell = 76.0 / 64, .radius = 38};
    map.counts = calloc((size_t)64 * 64, sizeof *map.counts);
    assert_non_null(map.counts);
    ia_learned_turn_params turn_params = {.network = "test_tip_angles.model"};
    ia_learned_turn turn = {0};
    CHECK_FAILS(ctx, ia_learned_turn_compute(ctx, &map, &turn_params, &turn),
                IA_ERR_EMPTY, "no hit");
    for (size_t i = 0; i < (size_t)64 * 64; i++)
        map.counts[i] = 3;
    CHECK_OK(ctx, ia_learned_turn_compute(ctx, &map, &turn_params, &turn));
    assert_true(turn.most_turn == 15 && turn.sigma[0] == s->rms_deg[0]);
    ia_result result = {0};
    CHECK_OK(ctx, ia_learned_turn_tables(ctx, &turn, &result));
    assert_non_null(ia_table_find(ia_result_find(&result, "turn"), "rotation"));
    ia_result_clear(&result);
    map.cells = 16;
    CHECK_FAILS(ctx, ia_learned_turn_compute(ctx, &map, &turn_params, &turn),
                IA_ERR_PARAM, "16 cells");
    map.cells = 64;
    turn_params.network[0] = 0;
    CHECK_FAILS(ctx, ia_learned_turn_compute(ctx, &map, &turn_params, &turn),
                IA_ERR_PARAM, "--network");
    remove(path);
    free(map.counts);
    ia_tip_angles_training_clear(&training);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_relative),
        cmocka_unit_test(maps_fall_into_pixels),
        cmocka_unit_test(views_are_turned),
        cmocka_unit_test(some_tips_teach_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
