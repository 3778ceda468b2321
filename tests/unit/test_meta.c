// tests/unit/test_meta.c: YAML metadata are taken strictly, errors with their line.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/ionatlas.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char good[] = "# a comment\n"
                           "start_time: 2021-03-01T12:30:00+01:00\n"
                           "operation_mode: apt\n"
                           "run_number: 4711\n"
                           "specimen:\n"
                           "  alias: \"W tip: 3\"\n"
                           "  is_simulation: false\n"
                           "  initial_radius: 2.5e1\n"
                           "  description:\n"
                           "instrument.flight_path_mm: 90\n"
                           "user:\n"
                           "  - name: Ada\n"
                           "    orcid: 0000-0002-1825-0097\n"
                           "  - name: Erwin\n";

static ia_status parse(ia_ctx *ctx, const char *text, ia_meta *meta)
{
    return ia_meta_parse(ctx, text, strlen(text), meta);
}

static void values_come_back(void **state)
{
    (void)state;
    ia_meta meta = {0};
    assert_int_equal(parse(NULL, good, &meta), IA_OK);
    assert_string_equal(ia_meta_find(&meta, "start_time"), "2021-03-01T12:30:00+01:00");
    assert_string_equal(ia_meta_find(&meta, "run_number"), "4711");
    assert_string_equal(ia_meta_find(&meta, "specimen.alias"), "W tip: 3");
    assert_string_equal(ia_meta_find(&meta, "specimen.is_simulation"), "false");
    assert_string_equal(ia_meta_find(&meta, "instrument.flight_path_mm"), "90");
    assert_string_equal(ia_meta_find(&meta, "user.name"), "Ada");
    assert_string_equal(ia_meta_find(&meta, "user2.name"), "Erwin");
    assert_null(ia_meta_find(&meta, "specimen.description")); // left empty: unknown
    assert_string_equal(meta.text, good);
    char hex[65];
    assert_int_equal(ia_sha256(NULL, good, strlen(good), hex), IA_OK);
    assert_string_equal(meta.sha256, hex);
    ia_meta_clear(&meta);
}

static void nothing_is_allowed(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "# only a comment\n", "specimen:\n",
                                        "---\n{}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ia_meta meta = {0};
        assert_int_equal(parse(NULL, texts[i], &meta), IA_OK);
        assert_int_equal(meta.n, 0);
        ia_meta_clear(&meta);
    }
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"a: 1\n", "line 1: a is no key that is known"},
        {"specimen:\n  colour: red\n", "line 2: specimen.colour is no key"},
        {"run_number: 1\nrun_number: 2\n", "line 2: run_number is given twice"},
        {"specimen.alias: a\nspecimen:\n  alias: b\n", "line 3: specimen.alias is given"},
        {"run_number: -1\n", "line 1: run_number is \"-1\", not a whole number"},
        {"run_number: many\n", "not a whole number"},
        {"instrument:\n  flight_path_mm: 9 cm\n", "line 2"},
        {"instrument:\n  flight_path_mm: .inf\n", "not a number"},
        {"instrument:\n  flight_path_mm: nan\n", "not a number"},
        {"specimen:\n  is_simulation: yes\n", "not true or false"},
        {"start_time: yesterday\n", "not a date"},
        {"measurement:\n  status: good\n", "is \"good\", not success or aborted"},
        {"start_time: 2021-13-01\n", "not a date"},
        {"start_time: 2021-01-01T25:00:00\n", "not a date"},
        {"start_time: 2021-01-01T\n", "not a date"},
        {"specimen: tungsten\n", "a section"},
        {"operation_mode: [apt]\n", "line 1: one value was expected"},
        {"operation_mode: {a: 1}\n", "one value was expected"},
        {"[1, 2]\n", "a list of \"key: value\" was expected"},
        {"just words\n", "is no key that is known"},
        {"specimen: &x {alias: a}\nsample: *x\n", "not a reference"},
        {"? [a]\n: b\n", "a key was expected"},
        {"user:\n  - Ada\n", "a list of at most"},
        {"user:\n  name: a: b\n", "line 2"},
        {"operation_mode: \"apt\n", "line"},
        {"run_number: 1\n---\nrun_number: 2\n", "only one document was expected"},
        {"\x80\x81\n", "line 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_meta meta = {0};
        ia_status st = parse(ctx, cases[i].text, &meta);
        if (st != IA_ERR_FORMAT || !strstr(ia_ctx_message(ctx), cases[i].said))
            fail_msg("case %zu: %s: \"%s\" does not say \"%s\"", i, ia_status_name(st),
                     ia_ctx_message(ctx), cases[i].said);
        assert_null(meta.entries);
        ia_ctx_free(ctx);
    }
}

static void zero_bytes_and_huge_files_are_refused(void **state)
{
    (void)state;
    ia_meta meta = {0};
    assert_int_equal(ia_meta_parse(NULL, "run_number: 1\0\n", 15, &meta), IA_ERR_FORMAT);
    size_t n = (1 << 20) + 1;
    char *text = malloc(n);
    memset(text, '\n', n);
    assert_int_equal(ia_meta_parse(NULL, text, n, &meta), IA_ERR_FORMAT);
    free(text);
    assert_int_equal(ia_meta_read(NULL, "/nowhere/at/all", &meta), IA_ERR_IO);
}

static void keys_are_unique_and_complete(void **state)
{
    (void)state;
    size_t n, n_required = 0;
    const ia_meta_key *keys = ia_meta_keys(&n);
    for (size_t i = 0; i < n; i++) {
        assert_true(strlen(keys[i].key) > 5 && *keys[i].help && *keys[i].nexus);
        n_required += keys[i].required;
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(keys[i].key, keys[k].key);
            assert_string_not_equal(keys[i].nexus, keys[k].nexus);
        }
    }
    assert_int_equal(n_required, 3); // what NXapm always wants and no column tells
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    ia_status st = IA_ERR_MEMORY;
    size_t k = 0;
    while (st == IA_ERR_MEMORY) {
        ia_ctx *ctx = ia_ctx_new();
        ia_meta meta = {0};
        ia_ctx_fail_alloc(ctx, ++k);
        st = parse(ctx, good, &meta);
        if (st != IA_OK)
            assert_null(meta.entries);
        ia_meta_clear(&meta);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
    assert_true(k > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(nothing_is_allowed),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(zero_bytes_and_huge_files_are_refused),
        cmocka_unit_test(keys_are_unique_and_complete),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
