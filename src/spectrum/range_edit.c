// src/spectrum/range_edit.c: ranges changed by hand: add, remove, split, rename, move.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/range_edit.h>

#include "core/kind_list.h"
#include "io/range_text.h"

#include <ionatlas/method.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EFFECT_MAX = 256 };

typedef struct {
    ia_ctx *ctx;
    ia_ranges ranges; // those given, changed by the edits so far
    size_t number;    // of the edit in hand, from 1
    ia_span text;     // that edit
    char effect[EFFECT_MAX];
} editing;

// IA_ERR_PARAM with the edit in hand before the reason.
static ia_status refuse(editing *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static ia_status refuse(editing *job, const char *format, ...)
{
    char reason[512];
    va_list values;

    va_start(values, format);
    vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    return ia_fail(job->ctx, IA_ERR_PARAM, "edit %zu (%.*s): %s", job->number,
                   (int)job->text.n, job->text.at, reason);
}

static void tell(editing *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void tell(editing *job, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(job->effect, sizeof job->effect, format, values);
    va_end(values);
}

static const ia_ion *ion_of(const editing *job, const ia_range *range)
{
    return &job->ranges.ions[range->ion];
}

static ia_status copy_ranges(ia_ctx *ctx, const ia_ranges *from, ia_ranges *out)
{
    ia_ranges copy = *from;
    ia_status st = IA_OK;
    uint32_t index;

    copy.ions = NULL;
    copy.ranges = NULL;
    copy.path = NULL;
    copy.n_ions = copy.n_ranges = 0;
    if (from->path && !(copy.path = ia_text(ctx, from->path)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; i < from->n_ions && st == IA_OK; i++)
        st = ia_ranges_add_ion(ctx, &copy, &from->ions[i], &index);
    for (size_t i = 0; i < from->n_ranges && st == IA_OK; i++)
        st = ia_ranges_add(ctx, &copy, &from->ranges[i]);
    if (st == IA_OK)
        *out = copy;
    else
        ia_ranges_clear(&copy);
    return st;
}

static int by_lo(const void *a, const void *b)
{
    const ia_range *x = a, *y = b;

    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    return (x->hi > y->hi) - (x->hi < y->hi);
}

// Put in order; ranges of one ion that overlap become one.
static void settle(editing *job)
{
    ia_ranges *r = &job->ranges;
    size_t n = 0;

    if (r->n_ranges > 0)
        qsort(r->ranges, r->n_ranges, sizeof *r->ranges, by_lo);
    for (size_t i = 0; i < r->n_ranges; i++) {
        ia_range *last = n > 0 ? &r->ranges[n - 1] : NULL;
        const ia_range *next = &r->ranges[i];
        if (last && next->lo < last->hi)
            *last = (ia_range){.lo = last->lo,
                               .hi = fmax(last->hi, next->hi),
                               .ion = last->ion,
                               .volume = last->volume,
                               .colour = last->colour};
        else
            r->ranges[n++] = *next;
    }
    r->n_ranges = n;
}

static void drop(editing *job, size_t i)
{
    ia_ranges *r = &job->ranges;

    memmove(&r->ranges[i], &r->ranges[i + 1], (r->n_ranges - i - 1) * sizeof *r->ranges);
    r->n_ranges--;
}

// A word that names an ion, as "Fe++"; a label is none.
static ia_status read_ion(editing *job, ia_span text, ia_ion *out)
{
    *out = ia_span_ion(text);
    if (out->n_parts > 0)
        return IA_OK;
    return refuse(job, "'%s' is no ion, such as Fe++, FeO+ or 2H+",
                  ia_span_quote(text).text);
}

static ia_status read_mass(editing *job, ia_span text, double *out)
{
    if (ia_span_f64(text, false, out) && isfinite(*out))
        return IA_OK;
    return refuse(job, "'%s' is no mass in Da", ia_span_quote(text).text);
}

// A range by what lies in it: "28.0" or "Fe++@28.0".
static ia_status find_range(editing *job, ia_span where, size_t *out)
{
    ia_span mass_text = where, name = ia_span_cut(&mass_text, '@');
    bool named = ia_span_has(where, '@');
    double mass;
    ia_ion ion;
    ia_status st;

    if ((st = read_mass(job, named ? mass_text : where, &mass)) != IA_OK ||
        (named && (st = read_ion(job, name, &ion)) != IA_OK))
        return st;
    for (size_t i = 0; i < job->ranges.n_ranges; i++) {
        const ia_range *r = &job->ranges.ranges[i];
        if (mass < r->lo || mass >= r->hi)
            continue;
        if (named && !ia_ion_is_like(&ion, ion_of(job, r)))
            return refuse(job, "the range at %.10g Da is that of %s, not of %s", mass,
                          ion_of(job, r)->name, ion.name);
        *out = i;
        return IA_OK;
    }
    return refuse(job, "no range holds %.10g Da", mass);
}

static ia_status check_bounds(editing *job, const ia_range *range)
{
    const double most = 1e5; // Da, as far as spectra are made

    if (range->lo < 0 || range->hi > most)
        return refuse(job, "%.10g Da to %.10g Da: m/n lies between 0 and %g Da",
                      range->lo, range->hi, most);
    if (range->lo < range->hi)
        return IA_OK;
    return refuse(job, "%.10g Da to %.10g Da is %s", range->lo, range->hi,
                  range->lo == range->hi ? "empty" : "reversed");
}

// No range but `except` may overlap this one; SIZE_MAX for none.
static ia_status check_room(editing *job, const ia_range *range, size_t except)
{
    for (size_t i = 0; i < job->ranges.n_ranges; i++) {
        const ia_range *r = &job->ranges.ranges[i];
        if (i != except && range->lo < r->hi && r->lo < range->hi)
            return refuse(job,
                          "%s %.10g-%.10g Da is in the way: move or remove that range "
                          "first",
                          ion_of(job, r)->name, r->lo, r->hi);
    }
    return IA_OK;
}

// The ion as one of the list, with the charge that the bounds allow where none is said.
static ia_status take_ion(editing *job, ia_ion ion, ia_range *range)
{
    if (ion.charge == 0)
        ion.charge = (uint8_t)ia_ion_infer_charge(&ion, range->lo, range->hi);
    ia_ion_rename(&ion);
    return ia_ranges_add_ion(job->ctx, &job->ranges, &ion, &range->ion);
}

// Colour and volume of the first range of the same ion.
static void take_looks(editing *job, ia_range *range)
{
    for (size_t i = 0; i < job->ranges.n_ranges; i++) {
        const ia_range *r = &job->ranges.ranges[i];
        if (r->ion == range->ion) {
            range->colour = r->colour;
            range->volume = r->volume;
            return;
        }
    }
}

// Words of an edit; a name of several words is not taken here.
enum { WORDS_MAX = 4 };

static size_t cut_words(ia_span text, ia_span words[WORDS_MAX])
{
    size_t n = 0;
    ia_span word;

    while (ia_span_word(&text, &word)) {
        if (n < WORDS_MAX)
            words[n] = word;
        n++;
    }
    return n;
}

static ia_status add(editing *job, const ia_span *words, size_t n)
{
    ia_range range = {0};
    size_t n_grown = 0;
    ia_ion ion;
    ia_status st;

    (void)n;
    if ((st = read_ion(job, words[0], &ion)) != IA_OK ||
        (st = read_mass(job, words[1], &range.lo)) != IA_OK ||
        (st = read_mass(job, words[2], &range.hi)) != IA_OK ||
        (st = check_bounds(job, &range)) != IA_OK ||
        (st = take_ion(job, ion, &range)) != IA_OK)
        return st;
    take_looks(job, &range);
    for (size_t i = job->ranges.n_ranges; i > 0; i--) {
        ia_range *r = &job->ranges.ranges[i - 1];
        if (r->ion != range.ion || range.lo > r->hi || r->lo > range.hi)
            continue;
        range.lo = fmin(range.lo, r->lo);
        range.hi = fmax(range.hi, r->hi);
        drop(job, i - 1);
        n_grown++;
    }
    if ((st = check_room(job, &range, SIZE_MAX)) != IA_OK)
        return st;
    tell(job, "%s %s %.10g-%.10g Da", n_grown > 0 ? "grown:" : "added",
         job->ranges.ions[range.ion].name, range.lo, range.hi);
    return ia_ranges_add(job->ctx, &job->ranges, &range);
}

static ia_status remove_ion(editing *job, ia_span name)
{
    size_t n = 0;
    ia_ion ion;
    ia_status st = read_ion(job, name, &ion);

    if (st != IA_OK)
        return st;
    for (size_t i = job->ranges.n_ranges; i > 0; i--) {
        if (!ia_ion_is_like(&ion, ion_of(job, &job->ranges.ranges[i - 1])))
            continue;
        drop(job, i - 1);
        n++;
    }
    tell(job, "removed %zu range%s of %s", n, n == 1 ? "" : "s", ion.name);
    return n > 0 ? IA_OK : refuse(job, "there is no range of %s", ion.name);
}

static ia_status remove_range(editing *job, const ia_span *words, size_t n)
{
    double mass;
    size_t i;
    ia_status st;

    (void)n;
    if (!ia_span_has(words[0], '@') && !ia_span_f64(words[0], false, &mass))
        return remove_ion(job, words[0]);
    if ((st = find_range(job, words[0], &i)) != IA_OK)
        return st;
    const ia_range *r = &job->ranges.ranges[i];
    tell(job, "removed %s %.10g-%.10g Da", ion_of(job, r)->name, r->lo, r->hi);
    drop(job, i);
    return IA_OK;
}

static ia_status split(editing *job, const ia_span *words, size_t n)
{
    ia_span mass_text = words[0];
    ia_ion ions[2];
    double mass;
    size_t i;
    ia_status st = find_range(job, words[0], &i);

    if (ia_span_has(words[0], '@'))
        ia_span_cut(&mass_text, '@');
    if (st != IA_OK || (st = read_mass(job, mass_text, &mass)) != IA_OK)
        return st;
    ia_range left = job->ranges.ranges[i], right = left;
    ions[0] = ions[1] = *ion_of(job, &left);
    if (mass == left.lo)
        return refuse(job, "the range begins there: nothing lies to the left");
    left.hi = right.lo = mass;
    left.inside = right.inside = 0;
    for (size_t k = 1; k < n && st == IA_OK; k++)
        st = read_ion(job, words[k], &ions[k - 1]);
    if (st != IA_OK || (n > 1 && (st = take_ion(job, ions[0], &left)) != IA_OK) ||
        (n > 1 && (st = take_ion(job, ions[1], &right)) != IA_OK))
        return st;
    tell(job, "split into %s %.10g-%.10g Da and %s %.10g-%.10g Da",
         ion_of(job, &left)->name, left.lo, left.hi, ion_of(job, &right)->name, right.lo,
         right.hi);
    job->ranges.ranges[i] = left;
    return ia_ranges_add(job->ctx, &job->ranges, &right);
}

static ia_status rename_range(editing *job, const ia_span *words, size_t n)
{
    ia_ion ion;
    size_t i;
    ia_status st;

    (void)n;
    if ((st = find_range(job, words[0], &i)) != IA_OK ||
        (st = read_ion(job, words[1], &ion)) != IA_OK)
        return st;
    ia_range range = job->ranges.ranges[i];
    char before[IA_ION_NAME];
    memcpy(before, ion_of(job, &range)->name, sizeof before);
    if ((st = take_ion(job, ion, &range)) != IA_OK)
        return st;
    tell(job, "%s %.10g-%.10g Da is %s now", before, range.lo, range.hi,
         ion_of(job, &range)->name);
    job->ranges.ranges[i] = range;
    return IA_OK;
}

static ia_status move_range(editing *job, const ia_span *words, size_t n)
{
    size_t i;
    ia_status st = find_range(job, words[0], &i);

    (void)n;
    if (st != IA_OK)
        return st;
    ia_range range = job->ranges.ranges[i];
    range.inside = 0;
    if ((st = read_mass(job, words[1], &range.lo)) != IA_OK ||
        (st = read_mass(job, words[2], &range.hi)) != IA_OK ||
        (st = check_bounds(job, &range)) != IA_OK ||
        (st = check_room(job, &range, i)) != IA_OK)
        return st;
    tell(job, "%s %.10g-%.10g Da is %.10g-%.10g Da now", ion_of(job, &range)->name,
         job->ranges.ranges[i].lo, job->ranges.ranges[i].hi, range.lo, range.hi);
    job->ranges.ranges[i] = range;
    return IA_OK;
}

static const struct {
    const char *word, *arguments;
    size_t n_least, n_most;
    ia_status (*run)(editing *job, const ia_span *words, size_t n);
} kinds[] = {
    {"add", "ION LO HI", 3, 3, add},
    {"remove", "a mass, ION@MASS or ION", 1, 1, remove_range},
    {"split", "a mass or ION@MASS, and no ion or two", 1, 3, split},
    {"rename", "a mass or ION@MASS, and ION", 2, 2, rename_range},
    {"move", "a mass or ION@MASS, and LO HI", 3, 3, move_range},
};

static ia_status edit(editing *job)
{
    ia_span rest = job->text, word, words[WORDS_MAX];

    ia_span_word(&rest, &word);
    size_t n = cut_words(rest, words);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (!ia_span_is(word, kinds[k].word))
            continue;
        bool is_half = kinds[k].run == split && n == 2; // one name for two ranges
        if (n < kinds[k].n_least || n > kinds[k].n_most || is_half)
            return refuse(job, "%s takes %s", kinds[k].word, kinds[k].arguments);
        ia_status st = kinds[k].run(job, words, n);
        if (st == IA_OK)
            qsort(job->ranges.ranges, job->ranges.n_ranges, sizeof *job->ranges.ranges,
                  by_lo);
        return st;
    }
    return refuse(job, "add, remove, split, rename or move was expected");
}

// The next edit of the text, blanks aside; false after the last.
static bool next(ia_span *rest, ia_span *out)
{
    while (rest->n > 0) {
        size_t n = 0;
        while (n < rest->n && rest->at[n] != ';' && rest->at[n] != '\n')
            n++;
        *out = ia_span_trim((ia_span){rest->at, n});
        size_t taken = n < rest->n ? n + 1 : n;
        *rest = (ia_span){rest->at + taken, rest->n - taken};
        if (out->n > 0)
            return true;
    }
    return false;
}

static size_t count(const char *edits)
{
    ia_span rest = ia_span_of(edits), text;
    size_t n = 0;

    while (next(&rest, &text))
        n++;
    return n;
}

// What was asked for and what came of it, to be told in a table.
typedef struct {
    char **texts, **effects; // (n)
    size_t n;
} record;

static ia_status record_init(ia_ctx *ctx, size_t n, record *out)
{
    *out = (record){.n = n};
    if (!(out->texts = ia_array(ctx, n, sizeof *out->texts)) ||
        !(out->effects = ia_array(ctx, n, sizeof *out->effects)))
        return IA_ERR_MEMORY;
    return IA_OK;
}

static void record_clear(record *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->texts)
            free(r->texts[i]);
        if (r->effects)
            free(r->effects[i]);
    }
    free(r->texts);
    free(r->effects);
}

static ia_status edit_all(editing *job, const char *edits, record *r)
{
    ia_span rest = ia_span_of(edits);
    ia_status st;

    settle(job);
    while (next(&rest, &job->text)) {
        size_t row = job->number++;
        if ((st = edit(job)) != IA_OK)
            return st;
        r->texts[row] = ia_textf(job->ctx, "%.*s", (int)job->text.n, job->text.at);
        r->effects[row] = ia_text(job->ctx, job->effect);
        if (!r->texts[row] || !r->effects[row])
            return IA_ERR_MEMORY;
    }
    return IA_OK;
}

static ia_status tell_all(ia_ctx *ctx, const record *r, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "edits", IA_ROWS, r->n);

    if (!table || ia_table_add_copy(ctx, table, "edit", IA_TEXT, r->texts) != IA_OK ||
        ia_table_add_copy(ctx, table, "effect", IA_TEXT, r->effects) != IA_OK)
        return IA_ERR_MEMORY;
    return IA_OK;
}

ia_status ia_ranges_edit(ia_ctx *ctx, const char *edits, ia_ranges *ranges,
                         ia_result *result)
{
    editing job = {.ctx = ctx};
    record r = {0};
    size_t n = count(edits);
    ia_status st = IA_OK;

    if (n == 0)
        return IA_OK;
    if ((st = record_init(ctx, n, &r)) != IA_OK ||
        (st = copy_ranges(ctx, ranges, &job.ranges)) != IA_OK ||
        (st = edit_all(&job, edits, &r)) != IA_OK ||
        (result && (st = tell_all(ctx, &r, result)) != IA_OK))
        goto done;
    if (ranges->n_ranges > 0 && job.ranges.n_ranges == 0)
        ia_warn(ctx, "the edits leave no range at all");
    ia_ranges before = *ranges;
    *ranges = job.ranges;
    job.ranges = before;
done:
    ia_ranges_clear(&job.ranges);
    record_clear(&r);
    return st;
}

ia_status ia_ranges_tables(ia_ctx *ctx, const ia_ranges *ranges, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "ranges", IA_ROWS, ranges->n_ranges);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    char **elements = ion ? ia_table_add(ctx, table, "elements", IA_TALLY) : NULL;
    int32_t *charge = elements ? ia_table_add(ctx, table, "charge", IA_I32) : NULL;
    double *lo = charge ? ia_table_add(ctx, table, "lo_da", IA_F64) : NULL;
    double *hi = lo ? ia_table_add(ctx, table, "hi_da", IA_F64) : NULL;

    if (!hi)
        return IA_ERR_MEMORY;
    const ia_nuclide_list own = ia_ranges_own(ranges);
    for (size_t i = 0; i < ranges->n_ranges; i++) {
        const ia_ion *kind = &ranges->ions[ranges->ranges[i].ion];
        char tally[IA_FIELD_TEXT_MAX];
        ia_atom_kind_tally(&own, kind, tally, sizeof tally);
        if (!(ion[i] = ia_text(ctx, kind->name)) || !(elements[i] = ia_text(ctx, tally)))
            return IA_ERR_MEMORY;
        charge[i] = kind->charge;
        lo[i] = ranges->ranges[i].lo;
        hi[i] = ranges->ranges[i].hi;
    }
    return IA_OK;
}
