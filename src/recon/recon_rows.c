// src/recon/recon_rows.c: small tables of numbers given as text.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include "io/text.h"
#include <math.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

// The next word of a row, words parted by blanks or commas.
static bool next_word(ia_span *rest, ia_span *word)
{
    while (rest->n > 0 && is_blank(*rest->at)) {
        rest->at++;
        rest->n--;
    }
    size_t n = 0;
    while (n < rest->n && !is_blank(rest->at[n]))
        n++;
    *word = (ia_span){rest->at, n};
    rest->at += n;
    rest->n -= n;
    return n > 0;
}

// The next row that is neither blank nor a remark.
static bool next_row(ia_span *rest, ia_span *row)
{
    while (rest->n > 0) {
        size_t n = 0;
        while (n < rest->n && rest->at[n] != ';' && rest->at[n] != '\n')
            n++;
        *row = ia_span_trim((ia_span){rest->at, n});
        rest->at += n + (n < rest->n);
        rest->n -= n + (n < rest->n);
        if (row->n > 0 && row->at[0] != '#' && row->at[0] != '\r')
            return true;
    }
    return false;
}

static ia_status read_names(ia_ctx *ctx, const char *what, ia_span row,
                            ia_recon_rows *rows)
{
    ia_span word;

    while (next_word(&row, &word)) {
        if (rows->n_columns == IA_RECON_COLUMNS)
            return ia_fail(ctx, IA_ERR_PARAM, "%s: more than %d columns", what,
                           IA_RECON_COLUMNS);
        ia_span_copy(word, rows->names[rows->n_columns++], sizeof rows->names[0]);
    }
    return IA_OK;
}

static ia_status read_numbers(ia_ctx *ctx, const char *what, ia_span row,
                              ia_recon_rows *rows)
{
    double *values = rows->values[rows->n];
    size_t n = 0;
    ia_span word;

    if (rows->n == IA_RECON_ROWS)
        return ia_fail(ctx, IA_ERR_PARAM, "%s: more than %d rows", what, IA_RECON_ROWS);
    while (next_word(&row, &word)) {
        bool is_word = n < rows->n_columns && ia_recon_is_word(rows->names[n]);
        if (is_word && !ia_recon_word_read(rows->names[n], word, &values[n]))
            return ia_fail(ctx, IA_ERR_PARAM, "%s, row %zu: '%s' is no %s", what,
                           rows->n + 1, ia_span_quote(word).text, rows->names[n]);
        if (!is_word && (n == IA_RECON_COLUMNS || !ia_span_f64(word, false, &values[n]) ||
                         !isfinite(values[n])))
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s, row %zu: '%s' where a number was expected", what,
                           rows->n + 1, ia_span_quote(word).text);
        n++;
    }
    if (rows->n_columns == 0)
        rows->n_columns = n;
    if (n != rows->n_columns)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%s, row %zu: %zu numbers where %zu were expected", what,
                       rows->n + 1, n, rows->n_columns);
    if (rows->n > 0 && !(values[0] > rows->values[rows->n - 1][0]))
        return ia_fail(ctx, IA_ERR_PARAM, "%s, row %zu: %g does not rise from %g", what,
                       rows->n + 1, values[0], rows->values[rows->n - 1][0]);
    rows->n++;
    return IA_OK;
}

// Whether a row is one of names.
static bool has_names(ia_span row)
{
    ia_span word;
    double number;

    return next_word(&row, &word) && !ia_span_f64(word, false, &number);
}

ia_status ia_recon_rows_names(ia_ctx *ctx, const char *what, const char *text,
                              ia_recon_rows *rows)
{
    ia_span rest = ia_span_of(text), row;

    *rows = (ia_recon_rows){0};
    return next_row(&rest, &row) && has_names(row) ? read_names(ctx, what, row, rows)
                                                   : IA_OK;
}

ia_status ia_recon_rows_read(ia_ctx *ctx, const char *what, const char *text,
                             ia_recon_rows *rows)
{
    ia_span rest = ia_span_of(text), row;
    ia_status st = IA_OK;

    *rows = (ia_recon_rows){0};
    while (st == IA_OK && next_row(&rest, &row)) {
        if (has_names(row) && rows->n == 0 && rows->n_columns == 0)
            st = read_names(ctx, what, row, rows);
        else
            st = read_numbers(ctx, what, row, rows);
    }
    if (st == IA_OK && rows->n == 0)
        st = ia_fail(ctx, IA_ERR_PARAM, "%s: no row of numbers", what);
    return st;
}

double ia_recon_rows_at(const ia_recon_rows *rows, size_t c, double x)
{
    size_t k = 0;

    if (x <= rows->values[0][0])
        return rows->values[0][c];
    if (x >= rows->values[rows->n - 1][0])
        return rows->values[rows->n - 1][c];
    while (x > rows->values[k + 1][0])
        k++;
    const double *a = rows->values[k], *b = rows->values[k + 1];
    return a[c] + (b[c] - a[c]) * (x - a[0]) / (b[0] - a[0]);
}
