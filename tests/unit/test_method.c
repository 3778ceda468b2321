// tests/unit/test_method.c: parameters read, written, checked by their fields.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

typedef struct {
    double r_max;
    size_t n_bins;
    uint64_t seed;
    bool fast;
    int mode;
    char name[8];
} params;

static const ia_field fields[] = {
    IA_FIELD(IA_F64, params, r_max, "nm", 3, 1e-3, 1e3, "largest distance"),
    IA_FIELD(IA_SIZE, params, n_bins, "", 60, 1, 1e6, "bins"),
    IA_FIELD(IA_U64, params, seed, "", 1, 0, 1.8446744073709552e19, "seed"),
    IA_FIELD(IA_BOOL, params, fast, "", 0, 0, 1, "quick"),
    IA_FIELD_CHOICE(params, mode, "two", "one|two|three", "mode"),
    IA_FIELD_TEXT(params, name, "abc", "name"),
};
static const ia_method method = IA_METHOD("test", "Test", params, fields);

static void defaults_come_from_the_table(void **unused)
{
    (void)unused;
    params p;
    ia_method_defaults(&method, &p);
    assert_true(p.r_max == 3 && p.n_bins == 60 && p.seed == 1 && !p.fast && p.mode == 1);
    assert_string_equal(p.name, "abc");
    assert_int_equal(ia_method_check(NULL, &method, &p), IA_OK);
}

static ia_status set(ia_ctx *ctx, params *p, const char *name, const char *text)
{
    const ia_field *field = ia_method_find(&method, name);
    assert_non_null(field);
    return ia_field_read(ctx, field, text, p);
}

static void values_are_read_from_text(void **unused)
{
    (void)unused;
    params p;
    ia_method_defaults(&method, &p);
    assert_int_equal(set(NULL, &p, "r-max", "0.25"), IA_OK);
    assert_int_equal(set(NULL, &p, "n_bins", "1e3"), IA_OK);
    assert_int_equal(set(NULL, &p, "seed", "18446744073709551615"), IA_OK);
    assert_int_equal(set(NULL, &p, "fast", "true"), IA_OK);
    assert_int_equal(set(NULL, &p, "mode", "three"), IA_OK);
    assert_int_equal(set(NULL, &p, "name", "Fe"), IA_OK);
    assert_true(p.r_max == 0.25 && p.n_bins == 1000 && p.seed == UINT64_MAX && p.fast &&
                p.mode == 2);
    assert_string_equal(p.name, "Fe");
    assert_null(ia_method_find(&method, "r_maxx"));
    assert_null(ia_method_find(&method, "r"));
}

static void bad_values_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    params p, before;
    ia_method_defaults(&method, &p);
    before = p;
    CHECK_FAILS(ctx, set(ctx, &p, "r_max", "0"), IA_ERR_PARAM, "r_max = 0 nm is outside");
    CHECK_FAILS(ctx, set(ctx, &p, "r_max", "nan"), IA_ERR_PARAM, "outside");
    CHECK_FAILS(ctx, set(ctx, &p, "r_max", "3x"), IA_ERR_PARAM, "is not a number");
    CHECK_FAILS(ctx, set(ctx, &p, "r_max", ""), IA_ERR_PARAM, "is not a number");
    CHECK_FAILS(ctx, set(ctx, &p, "n_bins", "2.5"), IA_ERR_PARAM, "whole number");
    CHECK_FAILS(ctx, set(ctx, &p, "n_bins", "-1"), IA_ERR_PARAM, "outside");
    CHECK_FAILS(ctx, set(ctx, &p, "n_bins", "inf"), IA_ERR_PARAM, "outside");
    CHECK_FAILS(ctx, set(ctx, &p, "fast", "maybe"), IA_ERR_PARAM,
                "neither true nor false");
    CHECK_FAILS(ctx, set(ctx, &p, "mode", "four"), IA_ERR_PARAM, "one|two|three");
    CHECK_FAILS(ctx, set(ctx, &p, "mode", "tw"), IA_ERR_PARAM, "not one of");
    CHECK_FAILS(ctx, set(ctx, &p, "name", "12345678"), IA_ERR_PARAM, "longer than 7");
    assert_memory_equal(&p, &before, sizeof p);
    ia_ctx_free(ctx);
}

static void check_names_the_field(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    params p;
    ia_method_defaults(&method, &p);
    p.r_max = NAN;
    CHECK_FAILS(ctx, ia_method_check(ctx, &method, &p), IA_ERR_PARAM, "r_max");
    p.r_max = 3;
    p.mode = 3;
    CHECK_FAILS(ctx, ia_method_check(ctx, &method, &p), IA_ERR_PARAM, "mode");
    p.mode = 0;
    memset(p.name, 'x', sizeof p.name);
    CHECK_FAILS(ctx, ia_method_check(ctx, &method, &p), IA_ERR_PARAM, "name");
    ia_ctx_free(ctx);
}

static void written_values_read_back_exactly(void **unused)
{
    (void)unused;
    params p = {
        .n_bins = 999999, .seed = UINT64_MAX - 1, .fast = true, .mode = 2, .name = "q"};
    for (double v = 0.001; v < 999; v *= 1.37) {
        params q = {0};
        p.r_max = v / 3;
        if (p.r_max < 1e-3)
            continue;
        for (size_t f = 0; f < method.n_fields; f++) {
            char text[IA_FIELD_TEXT_MAX];
            ia_field_write(&fields[f], &p, text, sizeof text);
            assert_int_equal(ia_field_read(NULL, &fields[f], text, &q), IA_OK);
        }
        assert_true(p.r_max == q.r_max && p.n_bins == q.n_bins && p.seed == q.seed &&
                    p.fast == q.fast && p.mode == q.mode);
        assert_string_equal(p.name, q.name);
    }
}

// Whatever the library offers, its defaults are within its own bounds.
static void every_method_accepts_its_defaults(void **unused)
{
    (void)unused;
    size_t n;
    const ia_method *const *methods = ia_methods(&n);
    assert_true(n > 0);
    for (size_t m = 0; m < n; m++) {
        void *p = calloc(1, methods[m]->size);
        assert_non_null(p);
        ia_method_defaults(methods[m], p);
        assert_int_equal(ia_method_check(NULL, methods[m], p), IA_OK);
        for (size_t f = 0; f < methods[m]->n_fields; f++)
            assert_true(strlen(methods[m]->fields[f].help) > 3);
        assert_ptr_equal(ia_method_named(methods[m]->name), methods[m]);
        free(p);
    }
}

// NeXus gives endings of a name a meaning of their own: a parameter that has one would
// be taken for something about another field of the project.
static void no_name_ends_as_nexus_reserves(void **unused)
{
    static const char *const endings[] = {"_end",     "_increment_set",  "_errors",
                                          "_indices", "_mask",           "_set",
                                          "_weights", "_scaling_factor", "_offset"};
    size_t n;
    const ia_method *const *all = ia_methods(&n);
    (void)unused;
    for (size_t m = 0; m < n; m++)
        for (size_t i = 0; i < all[m]->n_fields; i++)
            for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
                const char *name = all[m]->fields[i].name;
                size_t length = strlen(name), rest = strlen(endings[e]);
                if (length >= rest && strcmp(name + length - rest, endings[e]) == 0)
                    fail_msg("%s.%s ends as NeXus reserves", all[m]->name, name);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(values_are_read_from_text),
        cmocka_unit_test(bad_values_are_told),
        cmocka_unit_test(check_names_the_field),
        cmocka_unit_test(written_values_read_back_exactly),
        cmocka_unit_test(every_method_accepts_its_defaults),
        cmocka_unit_test(no_name_ends_as_nexus_reserves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
