// tests/unit/test_table.c: tables, their JSON and TSV, their hashes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include <jansson.h>

static ia_status fill(ia_ctx *ctx, ia_result *result)
{
    static const char *const names[] = {"Fe", "Cu"};
    static const char *const tallies[] = {"Fe:1", "Cu:2 O:1"};
    static const double values[] = {1.5, NAN};
    const char *words = "xyz mass";
    ia_status st;
    ia_table *table = ia_result_add(ctx, result, "scalars", IA_SCALARS, 1);
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_u64(ctx, table, "ions", 7)) != IA_OK ||
        (st = ia_table_add_copy(ctx, table, "columns", IA_WORDS, &words)) != IA_OK)
        return st;
    double *bounds = ia_table_add_cells(ctx, table, "bounds_nm", IA_F64, 3, 2);
    if (!bounds)
        return IA_ERR_MEMORY;
    for (int i = 0; i < 6; i++)
        bounds[i] = i;
    if (!(table = ia_result_add(ctx, result, "composition", IA_KEYED, 2)))
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_copy(ctx, table, "element", IA_TEXT, names)) != IA_OK ||
        (st = ia_table_add_copy(ctx, table, "elements", IA_TALLY, tallies)) != IA_OK)
        return st;
    return ia_table_add_copy(ctx, table, "at_percent", IA_F64, values);
}

static ia_status make_and_free(ia_ctx *ctx)
{
    ia_result result = {0};
    ia_status st = fill(ctx, &result);
    ia_result_clear(&result);
    return st;
}

static void json_has_the_shapes(void **unused)
{
    (void)unused;
    ia_result result = {0};
    char *text = NULL;
    assert_int_equal(fill(NULL, &result), IA_OK);
    assert_int_equal(ia_json_write(NULL, &(ia_json_part){NULL, &result}, 1, &text),
                     IA_OK);
    json_t *whole = json_loads(text, 0, NULL);
    assert_non_null(whole);
    assert_int_equal(json_integer_value(json_object_get(whole, "ions")), 7);
    json_t *columns = json_object_get(whole, "columns");
    assert_string_equal(json_string_value(json_array_get(columns, 1)), "mass");
    json_t *z = json_array_get(json_object_get(whole, "bounds_nm"), 2);
    assert_true(json_real_value(json_array_get(z, 1)) == 5);
    json_t *cu = json_object_get(json_object_get(whole, "composition"), "Cu");
    assert_true(json_is_null(json_object_get(cu, "at_percent")));
    json_t *tally = json_object_get(cu, "elements");
    assert_int_equal(json_integer_value(json_object_get(tally, "Cu")), 2);
    assert_int_equal(json_integer_value(json_object_get(tally, "O")), 1);
    json_decref(whole);
    free(text);
    ia_result_clear(&result);
}

static void columns_come_from_members(void **unused)
{
    (void)unused;
    struct row {
        double x;
        char name[8];
        uint64_t n;
    } rows[] = {{1.5, "Fe", 3}, {-2, "Cr", 1ull << 60}};
    const ia_table_member members[] = {{"x_nm", IA_F64, offsetof(struct row, x)},
                                       {"name", IA_TEXT, offsetof(struct row, name)},
                                       {"n", IA_U64, offsetof(struct row, n)}};
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;

    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_result result = {0};
        ia_ctx_fail_alloc(ctx, k);
        ia_table *table = ia_result_add(ctx, &result, "rows", IA_ROWS, 2);
        st = table ? ia_table_add_members(ctx, table, rows, sizeof *rows, members, 3)
                   : IA_ERR_MEMORY;
        if (st == IA_OK) {
            assert_true(((double *)ia_table_find(table, "x_nm")->data)[1] == -2);
            assert_string_equal(((char **)ia_table_find(table, "name")->data)[1], "Cr");
            assert_true(((uint64_t *)ia_table_find(table, "n")->data)[1] == 1ull << 60);
        }
        ia_result_clear(&result);
    }
    assert_int_equal(st, IA_OK);
    ia_ctx_free(ctx);
}

static void tsv_has_a_header_with_units(void **unused)
{
    (void)unused;
    ia_result result = {0};
    const char *path = scratch("table.tsv");
    assert_int_equal(fill(NULL, &result), IA_OK);
    FILE *file = fopen(path, "w");
    assert_int_equal(ia_tsv_write(NULL, &result, file), IA_OK);
    fclose(file);
    size_t n;
    char *text = (char *)read_bytes(path, &n);
    text[n] = '\0';
    assert_string_equal(text, "name\tvalue\nions\t7\ncolumns\txyz mass\n"
                              "bounds_nm\t0,1;2,3;4,5\n\n# composition\n"
                              "element\telements\tat_percent\nFe\tFe:1\t1.5\n"
                              "Cu\tCu:2 O:1\t\n");
    free(text);
    unlink(path);
    ia_result_clear(&result);
}

static void hashes_tell_values_apart(void **unused)
{
    (void)unused;
    ia_result result = {0};
    char a[65], b[65];
    assert_int_equal(fill(NULL, &result), IA_OK);
    ia_table *table = &result.tables[1];
    assert_int_equal(ia_table_column_hash(NULL, table, 0, a), IA_OK);
    // sha256sum of the bytes "Fe", 0, "Cu", 0
    assert_string_equal(
        a, "77b69c368e8f4fed637403d561af365678a729403d835e61659bb94f3a3cf231");
    free(((char **)table->columns[0].data)[1]);
    ((char **)table->columns[0].data)[1] = ia_text(NULL, "C");
    assert_int_equal(ia_table_column_hash(NULL, table, 0, b), IA_OK);
    assert_string_not_equal(a, b);
    ia_result_clear(&result);
}

static void survives_without_memory(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_STARVED(ctx, make_and_free(ctx), (void)0);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_the_shapes),
        cmocka_unit_test(columns_come_from_members),
        cmocka_unit_test(tsv_has_a_header_with_units),
        cmocka_unit_test(hashes_tell_values_apart),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
