// tests/unit/test_network.c: a network learns, is saved, and says the same again; no
// plugin and files that are none are told in a sentence.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "network/network.h"

enum { N = 512, EDGE = 8 };

static const ia_learn_net dense = {.maps = 2,
                                   .height = 1,
                                   .width = 1,
                                   .n_layers = 2,
                                   .classes = true,
                                   .layers = {{IA_LEARN_DENSE, 32}, {IA_LEARN_DENSE, 2}}};
static const ia_learn_net convolved = {
    .maps = 1,
    .height = EDGE,
    .width = EDGE,
    .n_layers = 2,
    .layers = {{IA_LEARN_CONVOLVE, 4}, {IA_LEARN_DENSE, 1}}};

static void need_plugin(void)
{
    const ia_learn_plugin *plugin = NULL;
    if (ia_network_plugin(NULL, NULL, &plugin) != IA_OK)
        skip();
}

// Class 1 where both numbers have one sign: no straight line parts the two.
static ia_learn_lesson lesson_of_signs(void)
{
    static float rows[2 * N], wanted[2 * N];
    ia_random random = ia_random_new(1, 0);
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < 2; k++)
            rows[2 * i + k] = (float)ia_random_normal(&random);
        bool same = rows[2 * i] * rows[2 * i + 1] > 0;
        wanted[2 * i] = same ? 0 : 1;
        wanted[2 * i + 1] = same ? 1 : 0;
    }
    return (ia_learn_lesson){.rows = rows,
                             .wanted = wanted,
                             .n = N,
                             .seed = 7,
                             .epochs = 60,
                             .batch = 32,
                             .rate = 0.01,
                             .cools = true};
}

static void signs_are_learnt(void **state)
{
    (void)state;
    need_plugin();
    ia_learn_lesson lesson = lesson_of_signs();
    ia_network network = {0};
    float p[2 * N];
    size_t right = 0;
    CHECK_OK(NULL, ia_network_train(NULL, &dense, lesson, &network));
    CHECK_OK(NULL, ia_network_predict(NULL, &network, lesson.rows, N, p));
    for (size_t i = 0; i < N; i++) {
        assert_true(fabs((double)(p[2 * i] + p[2 * i + 1]) - 1) < 1e-5);
        right += (p[2 * i] > 0.5F) == (lesson.wanted[2 * i] > 0.5F);
    }
    assert_true(100 * right > 95 * N);
    ia_network_clear(&network);
}

// Where the bright cell is: a number.
static void places_are_learnt(void **state)
{
    (void)state;
    need_plugin();
    static float rows[N * EDGE * EDGE], wanted[N], told[N];
    ia_random random = ia_random_new(2, 0);
    ia_network network = {0};
    double squares = 0;
    memset(rows, 0, sizeof rows);
    for (size_t i = 0; i < N; i++) {
        size_t cell = ia_random_below(&random, EDGE * EDGE);
        rows[i * EDGE * EDGE + cell] = 1;
        wanted[i] = (float)(cell % EDGE) / EDGE;
    }
    ia_learn_lesson lesson = {.rows = rows,
                              .wanted = wanted,
                              .n = N,
                              .epochs = 40,
                              .batch = 16,
                              .rate = 0.01,
                              .cools = true};
    CHECK_OK(NULL, ia_network_train(NULL, &convolved, lesson, &network));
    CHECK_OK(NULL, ia_network_predict(NULL, &network, rows, N, told));
    for (size_t i = 0; i < N; i++)
        squares += (double)((told[i] - wanted[i]) * (told[i] - wanted[i]));
    assert_true(sqrt(squares / N) < 0.1); // 0.29 for one who knows nothing
    ia_network_clear(&network);
}

static void same_seed_same_bits(void **state)
{
    (void)state;
    need_plugin();
    ia_learn_lesson lesson = lesson_of_signs();
    ia_network one = {0}, two = {0}, other = {0};
    lesson.epochs = 3;
    lesson.dropout = 0.5;
    CHECK_OK(NULL, ia_network_train(NULL, &dense, lesson, &one));
    CHECK_OK(NULL, ia_network_train(NULL, &dense, lesson, &two));
    lesson.seed = 8;
    CHECK_OK(NULL, ia_network_train(NULL, &dense, lesson, &other));
    size_t n = one.n_weights * sizeof *one.weights;
    assert_memory_equal(one.weights, two.weights, n);
    assert_memory_not_equal(one.weights, other.weights, n);
    ia_network_clear(&one);
    ia_network_clear(&two);
    ia_network_clear(&other);
}

static void no_plugin_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    const ia_learn_plugin *plugin = NULL;
    CHECK_FAILS(ctx, ia_network_plugin(ctx, "/nowhere/libionatlas-learn.so", &plugin),
                IA_ERR_UNSUPPORTED, "neural networks need the plugin");
    CHECK_FAILS(ctx, ia_network_plugin(ctx, "libz.so.1", &plugin), IA_ERR_UNSUPPORTED,
                "another version");
    assert_null(plugin);
    ia_ctx_free(ctx);
}

static void networks_that_cannot_be_have_no_weights(void **state)
{
    (void)state;
    assert_int_equal(ia_network_count(&dense), 2 * 32 + 32 + 32 * 2 + 2);
    assert_int_equal(ia_network_count(&convolved), 9 * 4 + 4 + 4 * 16 + 1);
    ia_learn_net net = dense;
    net.n_layers = 0;
    assert_int_equal(ia_network_count(&net), 0);
    net = dense;
    net.layers[1].kind = IA_LEARN_CONVOLVE; // after a dense one
    assert_int_equal(ia_network_count(&net), 0);
    net = convolved;
    net.n_layers = 1; // nothing dense
    assert_int_equal(ia_network_count(&net), 0);
    net = dense;
    net.layers[0].outputs = net.layers[1].outputs = 65536; // too many
    assert_int_equal(ia_network_count(&net), 0);
}

static bool stop(void *user, const char *stage, double done)
{
    (void)user, (void)stage, (void)done;
    return false;
}

static void a_rate_too_large_is_told(void **state)
{
    (void)state;
    need_plugin();
    ia_ctx *ctx = ia_ctx_new();
    ia_learn_lesson lesson = lesson_of_signs();
    ia_network network = {0};
    lesson.rate = 1e25;
    lesson.epochs = 5;
    CHECK_FAILS(ctx, ia_network_train(ctx, &dense, lesson, &network), IA_ERR_PARAM,
                "a smaller one is needed");
    assert_null(network.weights);
    ia_ctx_free(ctx);
}

static void training_can_be_stopped(void **state)
{
    (void)state;
    need_plugin();
    ia_ctx *ctx = ia_ctx_new();
    ia_network network = {0};
    ia_ctx_set_progress(ctx, stop, NULL);
    assert_int_equal(ia_network_train(ctx, &dense, lesson_of_signs(), &network),
                     IA_CANCELLED);
    assert_null(network.weights);
    ia_ctx_free(ctx);
}

// A file by hand: two inputs, one output, weights 1, 2 and offset 3.
#define HEAD                                                                             \
    "{\"what\":\"ionatlas network\",\"task\":\"poles\",\"sha256\":\"%s\","               \
    "\"network\":{\"input\":[2,1,1],\"classes\":false,\"layers\":[[\"%s\",%s]]}}\n"
static const unsigned char numbers[12] = {0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64};

static size_t make_file(const char *kind, const char *outputs, unsigned char *bytes)
{
    char sha256[65];
    CHECK_OK(NULL, ia_sha256(NULL, numbers, sizeof numbers, sha256));
    int n = snprintf((char *)bytes, 1024, HEAD, sha256, kind, outputs);
    memcpy(bytes + n, numbers, sizeof numbers);
    return (size_t)n + sizeof numbers;
}

static void a_file_is_read(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    size_t n = make_file("dense", "1", bytes);
    ia_network network = {0};
    CHECK_OK(NULL, ia_network_parse(NULL, bytes, n, "poles", &network));
    assert_int_equal(network.n_weights, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true((size_t)network.weights[i] == i + 1);
    ia_network_clear(&network);
}

static void files_that_are_none_are_refused(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    ia_ctx *ctx = ia_ctx_new();
    ia_network out = {0};
    size_t n = make_file("dense", "1", bytes);
    CHECK_FAILS(ctx, ia_network_parse(ctx, bytes, n, "map", &out), IA_ERR_FORMAT,
                "another task");
    CHECK_FAILS(ctx, ia_network_parse(ctx, bytes, n - 1, "poles", &out), IA_ERR_FORMAT,
                "11 bytes of weights");
    CHECK_FAILS(ctx, ia_network_parse(ctx, bytes, 40, "poles", &out), IA_ERR_FORMAT,
                "no network");
    CHECK_FAILS(ctx, ia_network_parse(ctx, bytes, 0, "poles", &out), IA_ERR_FORMAT,
                "no network");
    bytes[n - 1] ^= 1;
    CHECK_FAILS(ctx, ia_network_parse(ctx, bytes, n, "poles", &out), IA_ERR_FORMAT,
                "not those that were written");
    static const char *const layers[][2] = {{"dense", "0"},           {"dense", "-1"},
                                            {"dense", "99999999999"}, {"dense", "\"1\""},
                                            {"convolve", "1"},        {"other", "1"}};
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        n = make_file(layers[i][0], layers[i][1], bytes);
        CHECK_FAILS(ctx, ia_network_parse(ctx, bytes, n, "poles", &out), IA_ERR_FORMAT,
                    "make no network");
    }
    CHECK_FAILS(ctx, ia_network_open(ctx, "", "poles", &out), IA_ERR_PARAM, "--network");
    CHECK_FAILS(ctx, ia_network_open(ctx, "/nowhere/x", "poles", &out), IA_ERR_IO, "");
    assert_null(out.weights);
    ia_ctx_free(ctx);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    need_plugin();
    ia_pole_params params = ia_pole_defaults();
    ia_network_task task = {"poles", &ia_pole_method, &params};
    ia_learn_lesson lesson = lesson_of_signs();
    ia_network network = {0}, back = {0};
    unsigned char *bytes = NULL;
    size_t n = 0;
    ia_ctx *ctx = ia_ctx_new();
    lesson.epochs = 1;
    CHECK_OK(ctx, ia_network_train(ctx, &dense, lesson, &network));
    CHECK_STARVED(ctx, ia_network_write(ctx, &network, &task, &bytes, &n), );
    CHECK_STARVED(ctx, ia_network_parse(ctx, bytes, n, "poles", &back), );
    assert_memory_equal(&back.net, &network.net, sizeof back.net);
    assert_memory_equal(back.weights, network.weights,
                        network.n_weights * sizeof *back.weights);
    free(bytes);
    ia_network_clear(&network);
    ia_network_clear(&back);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_are_learnt),
        cmocka_unit_test(places_are_learnt),
        cmocka_unit_test(same_seed_same_bits),
        cmocka_unit_test(no_plugin_is_told),
        cmocka_unit_test(networks_that_cannot_be_have_no_weights),
        cmocka_unit_test(a_rate_too_large_is_told),
        cmocka_unit_test(training_can_be_stopped),
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(files_that_are_none_are_refused),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
