// tests/unit/test_composition_tables.c: a composition as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum_case.h"

static void set_rows(ia_fraction rows[2])
{
    memset(rows, 0, 2 * sizeof *rows);
    rows[0] = (ia_fraction){.name = "Fe",
                            .z = 26,
                            .counts = 90,
                            .percent = 1,
                            .sigma_percent = 2,
                            .corrected_counts = 3,
                            .sigma_corrected_counts = 4,
                            .corrected_percent = 5,
                            .sigma_corrected_percent = 6,
                            .weight_percent = 7,
                            .sigma_weight_percent = 8};
    rows[1] = (ia_fraction){.name = "C", .z = 6, .counts = 10, .percent = 10};
}

static ia_composition composition_of(ia_fraction elements[2], ia_fraction ions[2])
{
    set_rows(elements);
    set_rows(ions);
    strcpy(ions[0].name, "Fe++");
    return (ia_composition){.elements = elements,
                            .n_elements = 2,
                            .ions = ions,
                            .n_ions = 2,
                            .ranged = 100,
                            .unranged = 11,
                            .labels = 12,
                            .n_ranges = 13};
}

static void check_column(const ia_table *table, const char *name, double first)
{
    const ia_table_column *column = ia_table_find(table, name);
    if (!column)
        fail_msg("no column %s", name);
    assert_int_equal(column->type, IA_F64);
    assert_true(((double *)column->data)[0] == first);
}

static void elements_have_the_promised_columns(void **state)
{
    (void)state;
    ia_fraction elements[2], ions[2];
    ia_composition composition = composition_of(elements, ions);
    ia_result result = {0};

    assert_int_equal(ia_composition_tables(NULL, &composition, NULL, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "composition");
    assert_non_null(table);
    assert_int_equal(table->shape, IA_KEYED);
    assert_int_equal(table->n_rows, 2);
    assert_string_equal(table->columns[0].name, "element");
    assert_string_equal(((char **)table->columns[0].data)[0], "Fe");
    assert_string_equal(((char **)table->columns[0].data)[1], "C");
    assert_int_equal(((uint64_t *)ia_table_find(table, "counts")->data)[1], 10);
    check_column(table, "at_percent", 1);
    check_column(table, "sigma_at_percent", 2);
    check_column(table, "corrected_counts", 3);
    check_column(table, "sigma_corrected_counts", 4);
    check_column(table, "corrected_at_percent", 5);
    check_column(table, "sigma_corrected_at_percent", 6);
    assert_null(ia_table_find(table, "weight_percent"));
    assert_null(ia_result_find(&result, "ions"));
    ia_result_clear(&result);
}

static void ions_and_weights_come_when_asked_for(void **state)
{
    (void)state;
    ia_fraction elements[2], ions[2];
    ia_composition composition = composition_of(elements, ions);
    const ia_composition_params params = {.ionic = true, .weight = true};
    ia_result result = {0};

    assert_int_equal(ia_composition_tables(NULL, &composition, &params, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "composition");
    check_column(table, "weight_percent", 7);
    check_column(table, "sigma_weight_percent", 8);
    table = ia_result_find(&result, "ions");
    assert_non_null(table);
    assert_int_equal(table->shape, IA_KEYED);
    assert_string_equal(table->columns[0].name, "ion");
    assert_string_equal(((char **)table->columns[0].data)[0], "Fe++");
    check_column(table, "ionic_percent", 1);
    check_column(table, "sigma_ionic_percent", 2);
    check_column(table, "corrected_counts", 3);
    check_column(table, "corrected_ionic_percent", 5);
    check_column(table, "sigma_corrected_ionic_percent", 6);
    check_column(table, "weight_percent", 7);
    ia_result_clear(&result);
}

static void totals_are_scalars(void **state)
{
    (void)state;
    ia_fraction elements[2], ions[2];
    ia_composition composition = composition_of(elements, ions);
    const char *const names[] = {"n_ranges", "ranged", "unranged", "labels"};
    const uint64_t values[] = {13, 100, 11, 12};
    ia_result result = {0};

    assert_int_equal(ia_composition_tables(NULL, &composition, NULL, &result), IA_OK);
    const ia_table *table = ia_result_find(&result, "ranging");
    assert_non_null(table);
    assert_int_equal(table->shape, IA_SCALARS);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(*(uint64_t *)ia_table_find(table, names[i])->data, values[i]);
    assert_string_equal(*(char **)ia_table_find(table, "range_bounds")->data, "[lo, hi)");
    ia_result_clear(&result);
}

static void an_element_without_mean_mass_is_told(void **state)
{
    (void)state;
    ranging_case c;
    const ia_composition_params params = {.weight = true};
    ia_composition composition = {0};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();

    SET_CASE(&c, {"Mo+", 95, 98, 5}, {"Tc+", 98.5, 99.5, 5});
    assert_int_equal(
        ia_composition_compute(ctx, &c.ranges, &c.ranger, &c.counts, NULL, &composition),
        IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    assert_int_equal(ia_composition_tables(ctx, &composition, &params, &result), IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "Tc"));
    assert_true(isnan(element_of(&composition, "Mo")->weight_percent));
    assert_true(element_of(&composition, "Mo")->percent == 50);
    ia_result_clear(&result);
    ia_composition_clear(&composition);
    ia_ctx_free(ctx);
}

// Chance may leave less than nothing: it says so, and how much may be there.
static void a_negative_share_has_a_word(void **state)
{
    (void)state;
    ia_fraction elements[2], ions[2];
    ia_composition composition = composition_of(elements, ions);
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();

    assert_int_equal(ia_composition_tables(ctx, &composition, NULL, &result), IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 0);
    ia_result_clear(&result);
    elements[1].corrected_percent = -0.03;
    elements[1].error.hi = 0.19;
    assert_int_equal(ia_composition_tables(ctx, &composition, NULL, &result), IA_OK);
    assert_int_equal(ia_ctx_n_warnings(ctx), 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "C (0 to 0.19 at.%)"));
    ia_result_clear(&result);
    ia_ctx_free(ctx);
}

static void memory_running_short_is_survived(void **state)
{
    (void)state;
    ia_fraction elements[2], ions[2];
    ia_composition composition = composition_of(elements, ions);
    const ia_composition_params params = {.ionic = true, .weight = true};
    ia_result result = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;
    size_t k = 1;

    for (; st == IA_ERR_MEMORY; k++) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        ia_result_clear(&result);
        st = ia_composition_tables(ctx, &composition, &params, &result);
    }
    assert_int_equal(st, IA_OK);
    assert_true(k > 30);
    ia_result_clear(&result);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_have_the_promised_columns),
        cmocka_unit_test(ions_and_weights_come_when_asked_for),
        cmocka_unit_test(totals_are_scalars),
        cmocka_unit_test(an_element_without_mean_mass_is_told),
        cmocka_unit_test(a_negative_share_has_a_word),
        cmocka_unit_test(memory_running_short_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
