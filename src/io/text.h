// src/io/text.h: lines, words and numbers in text files, whatever the locale.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_TEXT_H
#define IONATLAS_IO_TEXT_H

#include <ionatlas/context.h>

// Bytes inside a text, borrowed, without an ending zero.
typedef struct {
    const char *at;
    size_t n;
} ia_span;

// A text taken line by line. A line ends with LF, CR LF, CR or the text; numbers count
// from 1.
typedef struct {
    ia_span rest;
    size_t number; // of the line given last; 0 before the first
} ia_lines;

// The lines of n bytes; a UTF-8 byte-order mark in front is no part of them.
ia_lines ia_lines_of(const void *bytes, size_t n);
// The next line without its end; false when there is none.
bool ia_lines_next(ia_lines *lines, ia_span *line);
// The next line that is not blank.
bool ia_lines_next_filled(ia_lines *lines, ia_span *line);

ia_span ia_span_of(const char *text);
// Without blanks (space, tab, vertical tab, form feed) at both ends.
ia_span ia_span_trim(ia_span span);
// Take the next word, up to a blank, off the front; false when only blanks are left.
bool ia_span_word(ia_span *rest, ia_span *word);
// Take what stands before the first `mark` off the front, with the mark; all of it when
// none.
ia_span ia_span_cut(ia_span *rest, char mark);
bool ia_span_has(ia_span span, char c);
// Equal to a text, beginning with one; letters A-Z and a-z are the same.
bool ia_span_is(ia_span span, const char *text);
bool ia_span_begins(ia_span span, const char *text);
// A zero-terminated copy, cut to size - 1 bytes and to whole characters of UTF-8.
void ia_span_copy(ia_span span, char *out, size_t size);
// Likewise, and what is not UTF-8 is taken for Latin-1, as programs on older machines
// write it. The length of the copy.
size_t ia_span_utf8(ia_span span, char *out, size_t size);
// How many of n bytes are whole characters of UTF-8, where a text was cut off there.
size_t ia_text_whole(const char *text, size_t n);

// Read a decimal number, "-12.5e-3", "inf" or "nan" without leading blanks: correctly
// rounded, in any locale; with `comma` the decimal mark may be a comma too. The end of
// the number, or NULL when none begins at `at`. Over- and underflow give infinity and 0.
const char *ia_text_f64(const char *at, const char *end, bool comma, double *value);
// The span is one number and nothing else.
bool ia_span_f64(ia_span span, bool comma, double *value);
bool ia_span_u64(ia_span span, uint64_t *value);
bool ia_span_hex(ia_span span, uint64_t *value);

enum { IA_F64_TEXT = 32 };
// Fewest digits that read back as the same value, with a point in any locale.
void ia_f64_text(double value, char out[IA_F64_TEXT]);

// A short piece of a text for a sentence: at most 40 bytes, others than printable ASCII
// as '?'.
typedef struct {
    char text[48];
} ia_quote;
ia_quote ia_span_quote(ia_span span);

#endif
