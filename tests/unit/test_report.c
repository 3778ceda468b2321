// tests/unit/test_report.c: the page is whole, its data is right and nothing can break
// out.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "report/report_internal.h"

enum { N_IONS = 40000 };

// Ranges of the case: a doubly charged metal, carbon as atom and as dimer, and a label.
static const char range_text[] = "[Ions]\nNumber=3\nIon1=Fe\nIon2=C\nIon3=Blob\n"
                                 "[Ranges]\nNumber=4\n"
                                 "Range1=27.5 28.5 Fe:1 Color:FF0000\n"
                                 "Range2=11.9 12.1 C:1 Color:00FF00\n"
                                 "Range3=23.9 24.1 C:2 Color:00FF00\n"
                                 "Range4=50.0 51.0 Name:Blob Color:0000FF\n";

typedef struct {
    ia_ctx *ctx;
    ia_state state;
    ia_chain chain;
} report_case;

// Masses of the case by turns, and how often each comes in 100 ions.
static const struct {
    float mass;
    size_t share;
} masses[] = {{28.0f, 80}, {12.0f, 6}, {24.0f, 4}, {50.5f, 2}, {33.3f, 8}};

static float mass_of(size_t i)
{
    size_t turn = i % 100, kind = 0;
    for (size_t sum = masses[0].share; turn >= sum; sum += masses[kind].share)
        kind++;
    return masses[kind].mass;
}

// Positions keep clear of round numbers, so that no ion lies on the edge of a cell.
static void fill_ions(ia_ions *ions, unsigned columns)
{
    assert_int_equal(ia_ions_new(NULL, N_IONS, columns, ions), IA_OK);
    float *xyz = ia_ions_values(ions, IA_XYZ), *mass = ia_ions_values(ions, IA_MASS);
    float *hits = ia_ions_values(ions, IA_DET_XY);
    for (size_t i = 0; i < N_IONS; i++) {
        mass[i] = mass_of(i);
        for (size_t axis = 0; xyz && axis < 3; axis++)
            xyz[3 * i + axis] =
                (float)((i * (7 + 4 * axis)) % (1000 * (axis + 1))) / 40 + 0.0131f;
        for (size_t axis = 0; hits && axis < 2; axis++)
            hits[2 * i + axis] = (float)((i * (11 + 2 * axis)) % 700) / 10 - 35;
    }
}

static const unsigned all_columns = 1u << IA_XYZ | 1u << IA_MASS | 1u << IA_DET_XY;

static void set_case(report_case *c, unsigned columns, const char *ranges)
{
    static const char *const steps[] = {"read", "spectrum", "range", "background",
                                        "composition"};
    *c = (report_case){.ctx = ia_ctx_new()};
    fill_ions(&c->state.ions, columns);
    c->state.ions.path = ia_text(c->ctx, "/some/folder/specimen.pos");
    if (ranges)
        c->state.ranges_file = ia_source_of(ranges, strlen(ranges));
    for (size_t i = 0; i < (ranges ? 5u : 2u); i++)
        CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, steps[i], NULL));
}

static void clear_case(report_case *c)
{
    ia_chain_clear(&c->chain);
    ia_state_clear(&c->state);
    ia_ctx_free(c->ctx);
}

static char *write_page(report_case *c, const char *name)
{
    const char *path = scratch(name);
    size_t n;
    CHECK_OK(c->ctx, ia_report_write(c->ctx, path, &c->state, &c->chain, NULL));
    char *page = (char *)read_bytes(path, &n);
    page[n] = 0;
    unlink(path);
    return page;
}

// The text of the page's data element; it ends at the first "</script".
static char *data_text(const char *page)
{
    static const char start[] = "<script type=\"application/json\" id=\"data\">";
    const char *from = strstr(page, start);
    assert_non_null(from);
    from += strlen(start);
    const char *to = strstr(from, "</script");
    assert_non_null(to);
    return strndup(from, (size_t)(to - from));
}

static json_t *page_data(report_case *c)
{
    char *page = write_page(c, "data.html"), *text = data_text(page);
    json_error_t error;
    json_t *data = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!data)
        fail_msg("%s at %d", error.text, error.position);
    free(text);
    free(page);
    return data;
}

static json_t *at(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("no %s", key);
    return value;
}

static json_int_t count_at(json_t *object, const char *key)
{
    assert_true(json_is_integer(at(object, key)));
    return json_integer_value(at(object, key));
}

// Sum of a packed text, and how many numbers it stands for.
static uint64_t unpacked(json_t *text, size_t *n)
{
    uint64_t sum = 0;
    *n = 0;
    const char *from = json_string_value(text);
    for (char *to; *from; from = to) {
        long long value = strtoll(from, &to, 10);
        assert_true(to > from);
        *n += value < 0 ? (size_t)-value : 1;
        sum += value < 0 ? 0 : (uint64_t)value;
    }
    return sum;
}

static void the_page_holds_the_numbers_of_the_state(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    json_t *data = page_data(&c), *composition = at(data, "composition");
    assert_int_equal(count_at(at(data, "input"), "ions"), N_IONS);
    assert_string_equal(json_string_value(at(at(data, "input"), "name")), "specimen.pos");
    assert_int_equal(count_at(composition, "ranged"), N_IONS * 92 / 100);
    assert_int_equal(count_at(composition, "unranged"), N_IONS * 8 / 100);
    assert_int_equal(count_at(composition, "labels"), N_IONS * 2 / 100);
    json_t *iron = json_array_get(at(composition, "elements"), 0);
    assert_string_equal(json_string_value(at(iron, "name")), "Fe");
    assert_true(json_number_value(at(iron, "counts")) == N_IONS * 80 / 100);
    json_t *carbon = json_array_get(at(composition, "elements"), 1);
    assert_true(json_number_value(at(carbon, "counts")) == N_IONS * (6 + 2 * 4) / 100);
    assert_int_equal(json_array_size(at(data, "ranges")), 4);
    json_t *first = json_array_get(at(data, "ranges"), 0);
    assert_int_equal(count_at(first, "counts"), N_IONS * 6 / 100);
    assert_int_equal(json_array_size(at(data, "steps")), 5);
    json_decref(data);
    clear_case(&c);
}

static void kinds_of_ion_come_in_parts(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    json_t *data = page_data(&c), *kind, *dimer = NULL, *label = NULL;
    size_t i;
    json_array_foreach(at(data, "kinds"), i, kind)
    {
        json_t *part = json_array_get(at(kind, "parts"), 0);
        if (!part)
            label = kind;
        else if (count_at(part, "count") == 2)
            dimer = json_array_get(at(kind, "parts"), 0);
    }
    assert_non_null(dimer);
    assert_string_equal(json_string_value(at(dimer, "symbol")), "C");
    assert_non_null(label);
    assert_string_equal(json_string_value(at(label, "name")), "Blob");
    json_decref(data);
    clear_case(&c);
}

static void the_spectrum_keeps_every_ion(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    json_t *data = page_data(&c), *spectrum = at(data, "spectrum");
    size_t n;
    assert_int_equal(unpacked(at(spectrum, "counts"), &n), N_IONS);
    assert_int_equal(n, count_at(spectrum, "n_bins"));
    // The empty tail is left out: the last ions lie at 50.5 Da.
    assert_true(fabs((double)n * 0.01 - 50.5) < 0.02);
    json_decref(data);
    clear_case(&c);
}

static void maps_count_every_ion_and_atom_once(void **state)
{
    (void)state;
    static const char *const planes[] = {"xy", "xz", "yz"};
    static const size_t axes[][2] = {{0, 1}, {0, 2}, {1, 2}};
    // All ions; Fe; C with two atoms in each dimer.
    static const uint64_t atoms[] = {N_IONS, N_IONS * 80 / 100, N_IONS * 14 / 100};
    report_case c;
    set_case(&c, all_columns, range_text);
    json_t *data = page_data(&c), *maps = at(data, "projections");
    assert_int_equal(json_array_size(at(maps, "layers")), 3);
    for (size_t layer = 0; layer < 3; layer++) {
        json_t *row = json_array_get(at(maps, "layers"), layer);
        for (size_t plane = 0; plane < 3; plane++) {
            size_t n, cells = 1;
            assert_int_equal(unpacked(at(row, planes[plane]), &n), atoms[layer]);
            for (size_t k = 0; k < 2; k++)
                cells *= (size_t)json_integer_value(
                    json_array_get(at(maps, "cells"), axes[plane][k]));
            assert_int_equal(n, cells);
            assert_in_range(cells, 1, 200 * 200);
        }
    }
    size_t n;
    json_t *hits = json_array_get(at(at(data, "hits"), "layers"), 0);
    assert_int_equal(unpacked(at(hits, "xy"), &n), N_IONS);
    json_decref(data);
    clear_case(&c);
}

// Packed counts as an array of n, freed with free().
static uint64_t *unpack(json_t *text, size_t n)
{
    uint64_t *counts = calloc(n, sizeof *counts);
    assert_non_null(counts);
    size_t place = 0;
    const char *from = json_string_value(text);
    for (char *to; *from && place < n; from = to) {
        long long value = strtoll(from, &to, 10);
        if (value < 0)
            place += (size_t)-value;
        else
            counts[place++] = (uint64_t)value;
    }
    assert_int_equal(place, n);
    return counts;
}

static double number_in(json_t *maps, const char *key, size_t i)
{
    return json_number_value(json_array_get(at(maps, key), i));
}

// The xz plane against a search for the cell of every ion.
static void a_cell_holds_the_ions_that_lie_in_it(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    json_t *data = page_data(&c), *maps = at(data, "projections");
    double step = json_number_value(at(maps, "step"));
    double x0 = number_in(maps, "origin", 0), z0 = number_in(maps, "origin", 2);
    size_t nx = (size_t)number_in(maps, "cells", 0),
           nz = (size_t)number_in(maps, "cells", 2);
    json_t *all = json_array_get(at(maps, "layers"), 0);
    uint64_t *found = unpack(at(all, "xz"), nx * nz);
    const float *xyz = ia_ions_values(&c.state.ions, IA_XYZ);
    for (size_t i = 0; i < N_IONS; i++) {
        size_t x = 0, z = 0;
        while (x0 + step * (double)(x + 1) <= (double)xyz[3 * i])
            x++;
        while (z0 + step * (double)(z + 1) <= (double)xyz[3 * i + 2])
            z++;
        assert_true(x < nx && z < nz);
        assert_true(found[z * nx + x]-- > 0);
    }
    for (size_t cell = 0; cell < nx * nz; cell++)
        assert_int_equal(found[cell], 0);
    free(found);
    json_decref(data);
    clear_case(&c);
}

static void absent_parts_are_null(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, 1u << IA_MASS, NULL);
    json_t *data = page_data(&c);
    assert_true(json_is_null(at(data, "projections")));
    assert_true(json_is_null(at(data, "hits")));
    assert_true(json_is_null(at(data, "range_file")));
    assert_true(json_is_null(at(data, "background")));
    assert_true(json_is_null(at(data, "composition")));
    assert_int_equal(json_array_size(at(data, "ranges")), 0);
    json_decref(data);
    clear_case(&c);
}

static void an_empty_state_makes_a_page_too(void **state)
{
    (void)state;
    report_case c = {.ctx = ia_ctx_new()};
    json_t *data = page_data(&c);
    assert_true(json_is_null(at(data, "spectrum")));
    assert_true(json_is_null(at(at(data, "input"), "name")));
    assert_int_equal(json_array_size(at(data, "steps")), 0);
    json_decref(data);
    clear_case(&c);
}

static void names_cannot_end_the_data(void **state)
{
    (void)state;
    static const char nasty[] = "</script><!--<script>alert(\"1\")&\\'</SCRIPT >";
    report_case c;
    set_case(&c, all_columns, range_text);
    free(c.state.ions.path);
    c.state.ions.path = ia_text(c.ctx, "</b><!--\n.pos");
    snprintf(c.state.ranges.ions[0].name, IA_ION_NAME, "%s", nasty);
    ia_warn(c.ctx, "%s", nasty);
    char *page = write_page(&c, "nasty.html"), *text = data_text(page);
    assert_null(strchr(text, '<'));
    json_t *data = json_loads(text, 0, NULL);
    assert_non_null(data);
    assert_string_equal(json_string_value(at(at(data, "input"), "name")), "b><!--\n.pos");
    json_t *kind = json_array_get(at(data, "kinds"), 0);
    assert_string_equal(json_string_value(at(kind, "name")), nasty);
    json_t *warnings = at(data, "warnings");
    json_t *last = json_array_get(warnings, json_array_size(warnings) - 1);
    assert_string_equal(json_string_value(last), nasty);
    json_decref(data);
    free(text);
    free(page);
    clear_case(&c);
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
    (void)state;
    json_t *good = report_text(NULL, "\xC3\xA9"), *bad = report_text(NULL, "a\xE9"
                                                                           "b");
    assert_string_equal(json_string_value(good), "\xC3\xA9");
    assert_string_equal(json_string_value(bad), "a\xEF\xBF\xBD"
                                                "b");
    json_decref(bad);
    json_decref(good);
}

static void packing_loses_nothing(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 0, 7, 0, UINT64_MAX, 1, 0, 0, 0};
    json_t *text = report_packed(NULL, counts, 9), *none = report_packed(NULL, counts, 0);
    assert_string_equal(json_string_value(text), "-2 7 0 18446744073709551615 1 -3");
    assert_int_equal(report_packed_length(counts, 9), 6);
    assert_string_equal(json_string_value(none), "");
    json_decref(none);
    json_decref(text);
}

static void a_long_spectrum_is_merged(void **state)
{
    (void)state;
    enum { BINS = 90000 };
    report_case c = {.ctx = ia_ctx_new()};
    ia_spectrum *s = &c.state.spectrum;
    *s = (ia_spectrum){.bin = 0.01, .n_bins = BINS};
    s->counts = ia_array(c.ctx, BINS, sizeof *s->counts);
    for (size_t i = 0; i < BINS; i++)
        s->counts[i] = 1 + i % 3;
    json_t *data = page_data(&c), *spectrum = at(data, "spectrum");
    size_t n;
    assert_int_equal(unpacked(at(spectrum, "counts"), &n), 2 * BINS);
    assert_int_equal(n, BINS / 5); // 40000 numbers at most: 2 would not do
    assert_true(fabs(json_number_value(at(spectrum, "bin_da")) - 0.05) < 1e-12);
    assert_true(fabs(json_number_value(at(spectrum, "computed_bin_da")) - 0.01) < 1e-12);
    json_decref(data);
    clear_case(&c);
}

static void threads_do_not_change_a_byte(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    ia_ctx_set_threads(c.ctx, 1);
    char *one = write_page(&c, "threads.html");
    ia_ctx_set_threads(c.ctx, 2);
    char *two = write_page(&c, "threads.html");
    assert_string_equal(one, two);
    free(two);
    free(one);
    clear_case(&c);
}

static ia_status write_old(report_case *c, const char *path)
{
    static const char old[] = "the old page";
    write_bytes(path, old, strlen(old));
    ia_status st = ia_report_write(c->ctx, path, &c->state, &c->chain, NULL);
    size_t n;
    unsigned char *now = read_bytes(path, &n);
    if (st != IA_OK) {
        assert_int_equal(n, strlen(old));
        assert_memory_equal(now, old, n);
    }
    free(now);
    return st;
}

static void short_memory_leaves_the_old_page(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    free(c.state.ions.path);
    c.state.ions.path = ia_text(c.ctx, "caf\xE9.pos"); // takes the way of replaced bytes
    CHECK_STARVED(c.ctx, write_old(&c, scratch("starved.html")),
                  unlink(scratch("starved.html")));
    clear_case(&c);
}

static bool refuse(void *user, const char *stage, double done)
{
    (void)stage;
    (void)done;
    return --*(int *)user > 0;
}

static void a_cancel_leaves_the_old_page(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    int calls = 1;
    ia_ctx_set_progress(c.ctx, refuse, &calls);
    assert_int_equal(write_old(&c, scratch("cancel.html")), IA_CANCELLED);
    unlink(scratch("cancel.html"));
    clear_case(&c);
}

static void a_place_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    report_case c;
    set_case(&c, all_columns, range_text);
    CHECK_FAILS(c.ctx,
                ia_report_write(c.ctx, "/nonexistent/a.html", &c.state, &c.chain, NULL),
                IA_ERR_IO, "/nonexistent/a.html");
    clear_case(&c);
}

static void what_was_told_and_what_is_unknown(void **state)
{
    (void)state;
    static const char yaml[] = "specimen:\n  alias: needle 7\n";
    report_case c = {.ctx = ia_ctx_new()};
    ia_meta meta = {0};
    json_t *data = NULL, *row;
    report_input in = {.state = &c.state, .chain = &c.chain, .meta = &meta};
    CHECK_OK(c.ctx, ia_meta_parse(c.ctx, yaml, strlen(yaml), &meta));
    CHECK_OK(c.ctx, report_data(c.ctx, &in, &data));
    size_t i, n_keys, n_known = 0;
    ia_meta_keys(&n_keys);
    assert_int_equal(json_array_size(at(data, "metadata")), n_keys);
    json_array_foreach(at(data, "metadata"), i, row)
    {
        if (json_is_null(at(row, "value")))
            continue;
        n_known++;
        assert_string_equal(json_string_value(at(row, "key")), "specimen.alias");
        assert_string_equal(json_string_value(at(row, "value")), "needle 7");
    }
    assert_int_equal(n_known, 1);
    json_decref(data);
    ia_meta_clear(&meta);
    clear_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_holds_the_numbers_of_the_state),
        cmocka_unit_test(kinds_of_ion_come_in_parts),
        cmocka_unit_test(the_spectrum_keeps_every_ion),
        cmocka_unit_test(maps_count_every_ion_and_atom_once),
        cmocka_unit_test(a_cell_holds_the_ions_that_lie_in_it),
        cmocka_unit_test(absent_parts_are_null),
        cmocka_unit_test(an_empty_state_makes_a_page_too),
        cmocka_unit_test(names_cannot_end_the_data),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(packing_loses_nothing),
        cmocka_unit_test(a_long_spectrum_is_merged),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(short_memory_leaves_the_old_page),
        cmocka_unit_test(a_cancel_leaves_the_old_page),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named),
        cmocka_unit_test(what_was_told_and_what_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
