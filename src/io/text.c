// src/io/text.c: lines, words and numbers in text files, whatever the locale.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

ia_lines ia_lines_of(const void *bytes, size_t n)
{
    ia_lines lines = {{bytes, n}, 0};

    if (n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        lines.rest.at += 3;
        lines.rest.n -= 3;
    }
    return lines;
}

// Bytes before the first CR or LF. Searched in pieces that double: a text that has only
// one of them must not be searched to its end for the other at each line.
static size_t line_length(ia_span text)
{
    size_t begin = 0, size = 256;

    for (; begin < text.n; begin += size, size *= 2) {
        if (size > text.n - begin)
            size = text.n - begin;
        const char *lf = memchr(text.at + begin, '\n', size);
        size_t n = lf ? (size_t)(lf - text.at) - begin : size;
        const char *cr = memchr(text.at + begin, '\r', n);
        if (cr || lf)
            return (size_t)((cr ? cr : lf) - text.at);
    }
    return text.n;
}

bool ia_lines_next(ia_lines *lines, ia_span *line)
{
    ia_span *rest = &lines->rest;

    if (rest->n == 0)
        return false;
    line->at = rest->at;
    line->n = line_length(*rest);
    size_t used = line->n;
    if (used < rest->n) {
        bool crlf =
            rest->at[used] == '\r' && used + 1 < rest->n && rest->at[used + 1] == '\n';
        used += crlf ? 2 : 1;
    }
    rest->at += used;
    rest->n -= used;
    lines->number++;
    return true;
}

bool ia_lines_next_filled(ia_lines *lines, ia_span *line)
{
    while (ia_lines_next(lines, line))
        if (ia_span_trim(*line).n > 0)
            return true;
    return false;
}

ia_span ia_span_of(const char *text)
{
    return (ia_span){text, strlen(text)};
}

ia_span ia_span_trim(ia_span span)
{
    while (span.n > 0 && is_blank(span.at[0])) {
        span.at++;
        span.n--;
    }
    while (span.n > 0 && is_blank(span.at[span.n - 1]))
        span.n--;
    return span;
}

bool ia_span_word(ia_span *rest, ia_span *word)
{
    size_t begin = 0;

    while (begin < rest->n && is_blank(rest->at[begin]))
        begin++;
    size_t end = begin;
    while (end < rest->n && !is_blank(rest->at[end]))
        end++;
    *word = (ia_span){rest->at + begin, end - begin};
    *rest = (ia_span){rest->at + end, rest->n - end};
    return word->n > 0;
}

ia_span ia_span_cut(ia_span *rest, char mark)
{
    const char *found = rest->n ? memchr(rest->at, mark, rest->n) : NULL;
    ia_span front = {rest->at, found ? (size_t)(found - rest->at) : rest->n};
    size_t used = found ? front.n + 1 : front.n;

    rest->at += used;
    rest->n -= used;
    return front;
}

bool ia_span_has(ia_span span, char c)
{
    return span.n > 0 && memchr(span.at, c, span.n) != NULL;
}

bool ia_span_begins(ia_span span, const char *text)
{
    for (size_t i = 0; text[i]; i++)
        if (i >= span.n || lower(span.at[i]) != lower(text[i]))
            return false;
    return true;
}

bool ia_span_is(ia_span span, const char *text)
{
    return span.n == strlen(text) && ia_span_begins(span, text);
}

// Bytes that follow a first one of UTF-8; 4 for what begins no character.
static size_t n_follow(unsigned char c)
{
    if (c < 0x80)
        return 0;
    if (c >= 0xC2 && c < 0xE0)
        return 1;
    if (c >= 0xE0 && c < 0xF0)
        return 2;
    return c >= 0xF0 && c < 0xF5 ? 3 : 4;
}

static bool follows(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static bool is_utf8(ia_span span)
{
    for (size_t i = 0; i < span.n; i++)
        for (size_t n = n_follow((unsigned char)span.at[i]); n > 0; n--)
            if (n == 4 || ++i == span.n || !follows(span.at[i]))
                return false;
    return true;
}

size_t ia_text_whole(const char *text, size_t n)
{
    size_t first = n;

    while (first > 0 && n - first < 3 && follows(text[first - 1]))
        first--;
    if (first == 0)
        return n;
    size_t wanted = n_follow((unsigned char)text[first - 1]);
    return wanted < 4 && wanted > n - first ? first - 1 : n;
}

void ia_span_copy(ia_span span, char *out, size_t size)
{
    size_t n = span.n < size ? span.n : ia_text_whole(span.at, size - 1);

    memcpy(out, span.at, n);
    out[n] = '\0';
}

size_t ia_span_utf8(ia_span span, char *out, size_t size)
{
    size_t n = 0;

    if (is_utf8(span)) {
        ia_span_copy(span, out, size);
        return span.n < size ? span.n : ia_text_whole(span.at, size - 1);
    }
    for (size_t i = 0; i < span.n; i++) {
        unsigned char c = (unsigned char)span.at[i];
        if (n + (c < 0x80 ? 1 : 2) >= size)
            break;
        if (c >= 0x80)
            out[n++] = (char)(0xC0 | c >> 6);
        out[n++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3F));
    }
    out[n] = '\0';
    return n;
}

// The parts of a decimal number: value = digits * 10^exponent.
typedef struct {
    const char *end;
    uint64_t digits; // the first 19 significant ones
    size_t n_digits; // all significant ones
    long exponent;   // of the digits kept
    bool negative;
    const char *mark; // the decimal mark, NULL for none
} decimal;

static const char *scan_digits(const char *at, const char *end, bool fraction, decimal *d)
{
    for (; at < end && is_digit(*at); at++) {
        if (d->n_digits < 19) {
            d->digits = 10 * d->digits + (uint64_t)(*at - '0');
            d->exponent -= fraction;
        } else {
            d->exponent += !fraction;
        }
        d->n_digits += d->n_digits > 0 || *at != '0';
    }
    return at;
}

// The exponent part, if there is one; a lone 'e' is none.
static const char *scan_exponent(const char *at, const char *end, decimal *d)
{
    const char *begin = at;
    bool negative;
    long exponent = 0;

    if (at == end || lower(*at) != 'e')
        return begin;
    at++;
    negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !is_digit(*at))
        return begin;
    for (; at < end && is_digit(*at); at++)
        if (exponent < 100000)
            exponent = 10 * exponent + (*at - '0');
    d->exponent += negative ? -exponent : exponent;
    return at;
}

static bool scan_decimal(const char *at, const char *end, bool comma, decimal *d)
{
    *d = (decimal){0};
    d->negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *whole = at;
    at = scan_digits(at, end, false, d);
    size_t n = (size_t)(at - whole);
    if (at < end && (*at == '.' || (comma && *at == ','))) {
        const char *fraction = at + 1;
        const char *after = scan_digits(fraction, end, true, d);
        n += (size_t)(after - fraction);
        d->mark = at;
        at = after;
    }
    if (n == 0)
        return false;
    d->end = scan_exponent(at, end, d);
    return true;
}

// The C library's conversion in the C locale, which is static and costs nothing to ask
// for.
static double convert_slowly(const char *at, const decimal *d)
{
    char text[512];
    size_t n = (size_t)(d->end - at);
    double value = NAN;

    if (n >= sizeof text)
        return (d->negative ? -1.0 : 1.0) * (double)d->digits *
               pow(10, (double)d->exponent);
    memcpy(text, at, n);
    text[n] = '\0';
    if (d->mark)
        text[d->mark - at] = '.';
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain) {
        value = strtod_l(text, NULL, plain);
        freelocale(plain);
    }
    return value;
}

// Both factors are exact below 2^53 and 10^22, so that one rounding gives the nearest
// value.
static double convert(const char *at, const decimal *d)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    long power = d->exponent;

    if (d->n_digits > 19 || d->digits > (UINT64_C(1) << 53) || power < -22 || power > 22)
        return convert_slowly(at, d);
    double value = (double)d->digits;
    value = power < 0 ? value / tens[-power] : value * tens[power];
    return d->negative ? -value : value;
}

// "inf", "infinity" or "nan" with a sign; the end of it or NULL.
static const char *scan_word(const char *at, const char *end, double *value)
{
    static const struct {
        const char *text;
        double value;
    } words[] = {{"infinity", INFINITY}, {"inf", INFINITY}, {"nan", NAN}};
    bool negative = at < end && *at == '-';

    if (at < end && (*at == '-' || *at == '+'))
        at++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (ia_span_begins((ia_span){at, (size_t)(end - at)}, words[i].text)) {
            *value = negative ? -words[i].value : words[i].value;
            return at + strlen(words[i].text);
        }
    }
    return NULL;
}

const char *ia_text_f64(const char *at, const char *end, bool comma, double *value)
{
    decimal d;

    if (!scan_decimal(at, end, comma, &d))
        return scan_word(at, end, value);
    *value = convert(at, &d);
    return d.end;
}

bool ia_span_f64(ia_span span, bool comma, double *value)
{
    double v;

    if (span.n == 0 ||
        ia_text_f64(span.at, span.at + span.n, comma, &v) != span.at + span.n)
        return false;
    *value = v;
    return true;
}

static int digit_of(char c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool read_unsigned(ia_span span, unsigned base, uint64_t *value)
{
    uint64_t v = 0;

    for (size_t i = 0; i < span.n; i++) {
        unsigned digit = (unsigned)digit_of(span.at[i]);
        if (digit >= base || v > (UINT64_MAX - digit) / base)
            return false;
        v = v * base + digit;
    }
    if (span.n == 0)
        return false;
    *value = v;
    return true;
}

bool ia_span_u64(ia_span span, uint64_t *value)
{
    return read_unsigned(span, 10, value);
}

bool ia_span_hex(ia_span span, uint64_t *value)
{
    return read_unsigned(span, 16, value);
}

void ia_f64_text(double value, char out[IA_F64_TEXT])
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = plain ? uselocale(plain) : (locale_t)0;

    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, IA_F64_TEXT, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    if (before)
        uselocale(before);
    if (plain)
        freelocale(plain);
}

ia_quote ia_span_quote(ia_span span)
{
    enum { SHOWN = 40 };
    ia_quote quote = {0};
    size_t n = span.n < SHOWN ? span.n : SHOWN;

    for (size_t i = 0; i < n; i++)
        quote.text[i] = span.at[i] >= ' ' && span.at[i] <= '~' ? span.at[i] : '?';
    if (span.n > SHOWN)
        memcpy(quote.text + SHOWN, "...", 3);
    return quote;
}
