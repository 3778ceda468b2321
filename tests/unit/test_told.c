// tests/unit/test_told.c: files with the oddities that real files have and files that are
// broken: what is read of each and what is said, as tests/formats/told.tsv has it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "refused.h"

enum { TEXT = 1024 };

static void append(char text[TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(char text[TEXT], const char *format, ...)
{
    size_t used = strlen(text);
    va_list values;
    va_start(values, format);
    vsnprintf(text + used, TEXT - used, format, values);
    va_end(values);
}

static void describe_ranges(const ia_ranges *ranges, char text[TEXT])
{
    for (size_t i = 0; i < ranges->n_ranges; i++)
        append(text, "%s%s %.10g %.10g", i ? ", " : "",
               ranges->ions[ranges->ranges[i].ion].name, ranges->ranges[i].lo,
               ranges->ranges[i].hi);
}

static void describe_ions(const ia_ions *ions, char text[TEXT])
{
    append(text, "%zu ions:", ions->n);
    for (int id = 0; id < IA_N_COLUMNS; id++)
        if (ia_ions_has(ions, (ia_column_id)id))
            append(text, " %s", ia_column_kind_of((ia_column_id)id)->name);
}

static ia_status read_either(ia_ctx *ctx, const char *path, char text[TEXT])
{
    ia_source source = {0};
    ia_ranges ranges = {0};
    ia_ions ions = {0};
    ia_survey survey;
    ia_status st = ia_source_open(ctx, path, &source);
    bool is_ranges = st == IA_OK && ia_source_is_ranges(&source);
    ia_source_clear(&source);
    if (is_ranges)
        st = ia_ranges_read(ctx, path, &ranges);
    else if (st == IA_OK && (st = ia_ions_read(ctx, path, &ions)) == IA_OK)
        st = ia_ions_prepare(ctx, NULL, &ions, &survey);
    if (st == IA_OK)
        is_ranges ? describe_ranges(&ranges, text) : describe_ions(&ions, text);
    ia_ranges_clear(&ranges);
    ia_ions_clear(&ions);
    return st;
}

static void collect_warnings(const ia_ctx *ctx, const char *path, char text[TEXT])
{
    size_t n_path = strlen(path);
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++) {
        const char *said = ia_ctx_warning(ctx, i);
        bool named = strncmp(said, path, n_path) == 0 && said[n_path] == ':';
        append(text, "%s%s", i ? " | " : "", named ? said + n_path + 2 : said);
    }
}

// One row: the file, what is read of it ("Fe+ 55.8 56.1, ...", "3 ions: xyz mass" or
// "refused: ...") and the warnings, without the path.
static bool is_as_told(const char *file, const char *read_as, const char *said_of)
{
    char path[1024], read[TEXT] = "", said[TEXT] = "";
    ia_ctx *ctx = ia_ctx_new();
    format_path(file, path);
    if (read_either(ctx, path, read) != IA_OK) {
        const char *sentence = ia_ctx_message(ctx);
        size_t n = strlen(path);
        read[0] = '\0';
        append(read, "refused: %s",
               strncmp(sentence, path, n) == 0 ? sentence + n + 2 : sentence);
    }
    collect_warnings(ctx, path, said);
    bool equal = strcmp(read, read_as) == 0 && strcmp(said, said_of) == 0;
    if (!equal)
        print_error("%s\t%s\t%s\n", file, read, said);
    ia_ctx_free(ctx);
    return equal;
}

static void every_oddity_is_read_and_told(void **state)
{
    char path[1024], line[4 * TEXT];
    size_t n_wrong = 0, n = 0;
    FILE *table = fopen(format_path("told.tsv", path), "r");
    (void)state;
    assert_non_null(table);
    for (; fgets(line, sizeof line, table); n++) {
        char *rest = line;
        line[strcspn(line, "\n")] = '\0';
        char *file = strsep(&rest, "\t"), *read = strsep(&rest, "\t");
        assert_non_null(rest);
        n_wrong += !is_as_told(file, read, rest);
    }
    fclose(table);
    assert_int_equal(n_wrong, 0);
    assert_true(n > 50);
}

// NXapm and PLY bring their own ranges; other files of ions have none.
static void ranges_beside_ions_are_found(void **state)
{
    static const struct {
        const char *file;
        size_t n_ranges;
    } files[] = {{"tolerated/comments_list_species.ply", 1},
                 {"tolerated/plain.apt", 0},
                 {"tolerated/volt.epos", 0},
                 {"nxs/plain.h5", 0}};
    char path[1024];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ia_source source = {0};
        ia_ranges ranges = {0};
        assert_int_equal(
            ia_ranges_beside(NULL, format_path(files[i].file, path), &source), IA_OK);
        assert_int_equal(source.n > 0, files[i].n_ranges > 0);
        if (source.n > 0)
            assert_int_equal(ia_ranges_parse_source(NULL, &source, &ranges), IA_OK);
        assert_int_equal(ranges.n_ranges, files[i].n_ranges);
        ia_ranges_clear(&ranges);
        ia_source_clear(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_oddity_is_read_and_told),
        cmocka_unit_test(ranges_beside_ions_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
