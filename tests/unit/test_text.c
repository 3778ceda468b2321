// tests/unit/test_text.c: lines, words and numbers come out the same in any locale.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/text.h"

static void assert_utf8(const char *text, size_t size, const char *expected)
{
    char out[16];

    assert_true(size <= sizeof out);
    memset(out, 'x', sizeof out);
    assert_int_equal(ia_span_utf8(ia_span_of(text), out, size), strlen(expected));
    assert_string_equal(out, expected);
}

static void texts_become_utf8_and_keep_whole_characters(void **state)
{
    char out[4];

    (void)state;
    assert_utf8("Fe", 16, "Fe");
    assert_utf8("\xc3\xa4\xe2\x82\xac", 16, "\xc3\xa4\xe2\x82\xac");
    for (size_t size = 3; size < 6; size++)
        assert_utf8("\xc3\xa4\xe2\x82\xac", size, "\xc3\xa4");
    assert_utf8("\xf0\x9d\x84\x9e", 4, "");
    assert_utf8("a\xe4", 16, "a\xc3\xa4"); // Latin-1
    assert_utf8("a\xe4", 3, "a");
    assert_utf8("a\xe4z", 4, "a\xc3\xa4");
    assert_utf8("\xa4\xa4", 16, "\xc2\xa4\xc2\xa4");
    ia_span_copy(ia_span_of("ab\xc3\xa4"), out, sizeof out);
    assert_string_equal(out, "ab");
    ia_span_copy(ia_span_of("abcd"), out, sizeof out);
    assert_string_equal(out, "abc");
    assert_int_equal(ia_text_whole("\xa4\xa4\xa4\xa4", 4), 4); // of no character
}

static void assert_line(ia_lines *lines, size_t number, const char *text)
{
    ia_span line;

    assert_true(ia_lines_next(lines, &line));
    assert_int_equal(lines->number, number);
    assert_int_equal(line.n, strlen(text));
    assert_memory_equal(line.at, text, line.n);
}

static void lines_end_with_lf_crlf_cr_or_the_text(void **state)
{
    const char *text = "a\nb\r\nc\rd\r\r\n\ne";
    ia_lines lines = ia_lines_of(text, strlen(text));
    ia_span line;

    (void)state;
    assert_line(&lines, 1, "a");
    assert_line(&lines, 2, "b");
    assert_line(&lines, 3, "c");
    assert_line(&lines, 4, "d");
    assert_line(&lines, 5, "");
    assert_line(&lines, 6, "");
    assert_line(&lines, 7, "e");
    assert_false(ia_lines_next(&lines, &line));
}

// Lengths around the pieces in which line ends are searched.
static void long_lines_are_found_whole(void **state)
{
    static char text[5000];

    (void)state;
    for (size_t n = 200; n < 2000; n++) {
        memset(text, 'x', sizeof text);
        text[n] = n % 2 ? '\r' : '\n';
        text[2 * n + 1] = '\r';
        text[2 * n + 2] = '\n';
        ia_lines lines = ia_lines_of(text, sizeof text);
        ia_span line;
        for (size_t k = 0; k < 2; k++) {
            assert_true(ia_lines_next(&lines, &line));
            assert_int_equal(line.n, n);
        }
        assert_true(ia_lines_next(&lines, &line));
        assert_int_equal(line.n, sizeof text - 2 * n - 3);
        assert_false(ia_lines_next(&lines, &line));
    }
}

static void last_line_end_begins_no_line(void **state)
{
    ia_lines lines = ia_lines_of("a\r\n", 3);
    ia_span line;

    (void)state;
    assert_line(&lines, 1, "a");
    assert_false(ia_lines_next(&lines, &line));
}

static void byte_order_mark_and_zeros_are_handled(void **state)
{
    const char text[] = "\xEF\xBB\xBF"
                        "a\0b\nc";
    ia_lines lines = ia_lines_of(text, sizeof text - 1);
    ia_span line;

    (void)state;
    assert_true(ia_lines_next(&lines, &line));
    assert_int_equal(line.n, 3);
    assert_memory_equal(line.at, "a\0b", 3);
    assert_line(&lines, 2, "c");
}

static void blank_lines_are_skipped_and_counted(void **state)
{
    const char *text = " \n\t\n\nx\n";
    ia_lines lines = ia_lines_of(text, strlen(text));
    ia_span line;

    (void)state;
    assert_true(ia_lines_next_filled(&lines, &line));
    assert_int_equal(lines.number, 4);
    assert_false(ia_lines_next_filled(&lines, &line));
}

static void words_and_parts_are_cut(void **state)
{
    ia_span rest = ia_span_of("  one\ttwo "), word;
    ia_span pair = ia_span_of("key=a=b");

    (void)state;
    assert_true(ia_span_word(&rest, &word) && ia_span_is(word, "ONE"));
    assert_true(ia_span_word(&rest, &word) && ia_span_is(word, "two"));
    assert_false(ia_span_word(&rest, &word));
    assert_true(ia_span_is(ia_span_cut(&pair, '='), "key"));
    assert_true(ia_span_is(pair, "a=b"));
    assert_true(ia_span_is(ia_span_cut(&pair, ';'), "a=b"));
    assert_int_equal(pair.n, 0);
    assert_true(ia_span_begins(ia_span_of("Range12"), "range"));
    assert_false(ia_span_begins(ia_span_of("Rang"), "range"));
    assert_false(ia_span_is(ia_span_of("Ranges"), "range"));
}

static void copies_are_cut_and_ended(void **state)
{
    char out[4];

    (void)state;
    ia_span_copy(ia_span_of("abcdef"), out, sizeof out);
    assert_string_equal(out, "abc");
    ia_span_copy(ia_span_of("ab"), out, sizeof out);
    assert_string_equal(out, "ab");
}

static double number(const char *text)
{
    double value = -1;

    assert_true(ia_span_f64(ia_span_of(text), false, &value));
    return value;
}

// strtod of the C library in its C locale is correctly rounded.
static void numbers_are_correctly_rounded(void **state)
{
    static const char *texts[] = {
        "0",
        "-0.5",
        "+.5",
        "5.",
        "1e7",
        "1.0E-7",
        "9007199254740993",
        "1.7976931348623157e308",
        "4.9e-324",
        "0.1",
        "123456789012345678901234567890",
        "0.000000000000000000000000000001234",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "8.5e22",
        "1e-23",
        "2.2250738585072011e-308"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_true(number(texts[i]) == strtod(texts[i], NULL));
}

static void over_and_underflow_give_infinity_and_zero(void **state)
{
    (void)state;
    assert_true(isinf(number("1e400")));
    assert_true(number("-1e999999999999") == -INFINITY);
    assert_true(number("1e-400") == 0);
    assert_true(number("0e999999999999") == 0);
}

static void words_for_no_number_are_read(void **state)
{
    (void)state;
    assert_true(isnan(number("NaN")));
    assert_true(number("-inf") == -INFINITY);
    assert_true(number("Infinity") == INFINITY);
}

static void texts_that_are_no_number_are_refused(void **state)
{
    static const char *texts[] = {"",  "-",     ".",    "e5",  "1,5", "0x10", "1 ",
                                  "a", "1.2.3", "1e5x", "--1", "1e",  "nano", "inf1"};
    double value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(ia_span_f64(ia_span_of(texts[i]), false, &value));
    assert_true(value == 7);
}

static void decimal_comma_is_read_when_asked_for(void **state)
{
    double value = 0;

    (void)state;
    assert_true(ia_span_f64(ia_span_of("22,8615"), true, &value));
    assert_true(value == 22.8615);
    assert_true(ia_span_f64(ia_span_of("22.8615"), true, &value));
    assert_false(ia_span_f64(ia_span_of("1,000.5"), true, &value));
}

static void a_number_ends_where_it_ends(void **state)
{
    const char *pair = "1.5,2", *lone = "2e";
    double value = 0;

    (void)state;
    assert_ptr_equal(ia_text_f64(pair, pair + 5, false, &value), pair + 3);
    assert_true(value == 1.5);
    assert_ptr_equal(ia_text_f64(lone, lone + 2, false, &value), lone + 1);
    assert_null(ia_text_f64(pair + 3, pair + 5, false, &value));
}

static void whole_numbers_are_checked_for_size(void **state)
{
    uint64_t value = 0;

    (void)state;
    assert_true(ia_span_u64(ia_span_of("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(ia_span_u64(ia_span_of("18446744073709551616"), &value));
    assert_false(ia_span_u64(ia_span_of("-1"), &value));
    assert_false(ia_span_u64(ia_span_of(""), &value));
    assert_true(ia_span_hex(ia_span_of("fF00a0"), &value));
    assert_true(value == 0xFF00A0);
    assert_false(ia_span_hex(ia_span_of("FG"), &value));
}

static void written_numbers_are_short_and_read_back(void **state)
{
    static const double values[] = {0.1, 28.5, 1.0 / 3, 5e-324, 1e8, -0.5, 55.93493633};
    char text[IA_F64_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        ia_f64_text(values[i], text);
        assert_true(number(text) == values[i]);
    }
    ia_f64_text(28.5, text);
    assert_string_equal(text, "28.5");
    ia_f64_text(0.1, text);
    assert_string_equal(text, "0.1");
}

// A locale with a decimal comma, when the machine has one, changes nothing.
static void the_locale_changes_nothing(void **state)
{
    static const char *names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8"};
    char text[IA_F64_TEXT];
    bool found = false;

    (void)state;
    for (size_t i = 0; !found && i < sizeof names / sizeof names[0]; i++)
        found = setlocale(LC_ALL, names[i]) != NULL;
    assert_true(number("1.00000000000000000000000000001") == 1);
    assert_true(number("0.3333333333333333333333333333333") > 0.333);
    ia_f64_text(0.5, text);
    setlocale(LC_ALL, "C");
    assert_string_equal(text, "0.5");
    if (!found)
        skip(); // no such locale here: C was tested
}

static void quotes_are_short_and_printable(void **state)
{
    char text[] = "abc\x01\xFFxyz0123456789012345678901234567890123456789";

    (void)state;
    assert_string_equal(ia_span_quote(ia_span_of("Fe 1 2")).text, "Fe 1 2");
    assert_string_equal(ia_span_quote(ia_span_of(text)).text,
                        "abc??xyz01234567890123456789012345678901...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_utf8_and_keep_whole_characters),
        cmocka_unit_test(lines_end_with_lf_crlf_cr_or_the_text),
        cmocka_unit_test(long_lines_are_found_whole),
        cmocka_unit_test(last_line_end_begins_no_line),
        cmocka_unit_test(byte_order_mark_and_zeros_are_handled),
        cmocka_unit_test(blank_lines_are_skipped_and_counted),
        cmocka_unit_test(words_and_parts_are_cut),
        cmocka_unit_test(copies_are_cut_and_ended),
        cmocka_unit_test(numbers_are_correctly_rounded),
        cmocka_unit_test(over_and_underflow_give_infinity_and_zero),
        cmocka_unit_test(words_for_no_number_are_read),
        cmocka_unit_test(texts_that_are_no_number_are_refused),
        cmocka_unit_test(decimal_comma_is_read_when_asked_for),
        cmocka_unit_test(a_number_ends_where_it_ends),
        cmocka_unit_test(whole_numbers_are_checked_for_size),
        cmocka_unit_test(written_numbers_are_short_and_read_back),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(quotes_are_short_and_printable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
