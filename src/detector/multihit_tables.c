// src/detector/multihit_tables.c: multiple hits as tables, and their map.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/multihit.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A column made from rows of any struct.
typedef struct {
    const char *name;
    ia_type type;
    size_t offset;
} column;

typedef struct {
    const char *rows; // first wanted row
    size_t n, size;
} rows;

static ia_status add_columns(ia_ctx *ctx, ia_table *table, const column *columns,
                             size_t n_columns, const rows *r)
{
    for (size_t c = 0; c < n_columns; c++) {
        size_t size = ia_type_size(columns[c].type);
        char *values = ia_table_add(ctx, table, columns[c].name, columns[c].type);
        if (!values)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < r->n; i++)
            memcpy(values + i * size, r->rows + i * r->size + columns[c].offset, size);
    }
    return IA_OK;
}

static ia_status add_summary(ia_ctx *ctx, const ia_multihit *m, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "multihit", IA_SCALARS, 1);
    uint64_t pulses = 0;
    for (size_t k = 1; k < IA_MULTIPLES; k++)
        pulses += m->pulses[k];
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"ions", m->n_ions},
                  {"pulses", pulses},
                  {"ions_in_multiples", m->multiple_ions},
                  {"ions_without_pulse", m->orphans},
                  {"pairs", m->n_pairs},
                  {"pairs_beside_tracks", m->n_pairs - m->on_tracks},
                  {"pairs_unranged", m->unranged},
                  {"pairs_of_one_kind", m->same}};
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"share_in_multiples",
                    m->n_ions > 0 ? (double)m->multiple_ions / (double)m->n_ions : NAN},
                   {"mean_hits",
                    pulses > 0 ? (double)(m->n_ions - m->orphans) / (double)pulses : NAN},
                   {"pulses_fired", m->fired > 0 ? (double)m->fired : NAN},
                   {"ions_per_pulse_fired", m->rate},
                   {"poisson_p_value", m->p_rate},
                   {"expected_pairs_of_one_kind", m->same_expected},
                   {"sigma_expected_pairs_of_one_kind", m->same_sigma},
                   {"pairs_of_one_kind_p_value", m->same_p},
                   {"histogram_bin_da", m->bin},
                   {"histogram_end_da", m->bin * (double)m->n_bins}};
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && st == IA_OK; i++)
        st = ia_table_add_u64(ctx, table, counts[i].name, counts[i].value);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, numbers[i].name, numbers[i].value);
    return st;
}

typedef struct {
    uint64_t hits, pulses, ions;
    bool or_more;
    double expected;
} pulse_row;

static ia_status add_pulses(ia_ctx *ctx, const ia_multihit *m, ia_result *result)
{
    static const column columns[] = {
        {"hits", IA_U64, offsetof(pulse_row, hits)},
        {"or_more", IA_BOOL, offsetof(pulse_row, or_more)},
        {"pulses", IA_U64, offsetof(pulse_row, pulses)},
        {"ions", IA_U64, offsetof(pulse_row, ions)},
        {"expected_pulses", IA_F64, offsetof(pulse_row, expected)}};
    pulse_row list[IA_MULTIPLES];
    rows r = {.rows = (const char *)list, .size = sizeof list[0]};
    for (size_t k = 1; k < IA_MULTIPLES; k++) {
        bool last = k == IA_MULTIPLES - 1;
        if (m->pulses[k] > 0)
            list[r.n++] = (pulse_row){.hits = k,
                                      .pulses = m->pulses[k],
                                      .ions = last ? m->many : k * m->pulses[k],
                                      .or_more = last,
                                      .expected = m->expected[k]};
    }
    ia_table *table = ia_result_add(ctx, result, "multiplicity", IA_ROWS, r.n);
    return table
               ? add_columns(ctx, table, columns, sizeof columns / sizeof columns[0], &r)
               : IA_ERR_MEMORY;
}

// Pairs of which one was seen or was to be.
static bool is_worth_telling(const ia_pair_kind *pair)
{
    return pair->counts > 0 || pair->expected >= 1;
}

static ia_status add_pairs(ia_ctx *ctx, const ia_multihit *m, const ia_ranges *ranges,
                           ia_result *result)
{
    static const char *const names[] = {"ion_1", "ion_2"};
    static const column columns[] = {
        {"counts", IA_U64, offsetof(ia_pair_kind, counts)},
        {"expected", IA_F64, offsetof(ia_pair_kind, expected)},
        {"sigma_expected", IA_F64, offsetof(ia_pair_kind, sigma)},
        {"p_value", IA_F64, offsetof(ia_pair_kind, p)},
        {"p_holm", IA_F64, offsetof(ia_pair_kind, p_holm)},
        {"significant", IA_BOOL, offsetof(ia_pair_kind, is_significant)}};
    ia_pair_kind *list = ia_array(ctx, m->n_kinds, sizeof *list);
    rows r = {.rows = (const char *)list, .size = sizeof *list};
    ia_status st = IA_ERR_MEMORY;
    if (!list)
        return st;
    for (size_t i = 0; i < m->n_kinds; i++)
        if (is_worth_telling(&m->kinds[i]))
            list[r.n++] = m->kinds[i];
    ia_table *table = ia_result_add(ctx, result, "pairs", IA_ROWS, r.n);
    for (size_t k = 0; k < 2 && table; k++) {
        char **text = ia_table_add(ctx, table, names[k], IA_TEXT);
        for (size_t i = 0; i < r.n; i++)
            if (!text || !(text[i] = ia_text(ctx, ranges->ions[list[i].kind[k]].name)))
                goto done;
    }
    st = table ? add_columns(ctx, table, columns, sizeof columns / sizeof columns[0], &r)
               : IA_ERR_MEMORY;
    double *excess = st == IA_OK ? ia_table_add(ctx, table, "excess", IA_F64) : NULL;
    double *sigmas = excess ? ia_table_add(ctx, table, "excess_in_sigma", IA_F64) : NULL;
    for (size_t i = 0; i < r.n && sigmas; i++) {
        excess[i] = (double)list[i].counts - list[i].expected;
        sigmas[i] = excess[i] / list[i].sigma;
    }
    st = st == IA_OK && !sigmas ? IA_ERR_MEMORY : st;
done:
    free(list);
    return st;
}

static ia_status add_track_names(ia_ctx *ctx, const ia_multihit *m, size_t n,
                                 ia_table *table)
{
    static const char *const names[] = {"parent", "fragment_1", "fragment_2", "same_as"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        char **text = ia_table_add(ctx, table, names[k], IA_TEXT);
        for (size_t i = 0; i < n; i++) {
            const ia_track *t = &m->tracks[i];
            const char *name = k == 0  ? t->parent.name
                               : k < 3 ? t->fragment[k - 1].name
                                       : "";
            if (k == 3 && t->same_as != SIZE_MAX)
                name = m->tracks[t->same_as].parent.name;
            if (!text || !(text[i] = ia_text(ctx, name)))
                return IA_ERR_MEMORY;
        }
    }
    return IA_OK;
}

// Significant tracks, and how many were asked about.
static ia_status add_tracks(ia_ctx *ctx, const ia_multihit *m, ia_result *result)
{
    static const column columns[] = {
        {"mass_parent_da", IA_F64, offsetof(ia_track, m_parent)},
        {"mass_1_da", IA_F64, offsetof(ia_track, m[0])},
        {"mass_2_da", IA_F64, offsetof(ia_track, m[1])},
        {"counts", IA_U64, offsetof(ia_track, counts)},
        {"counts_beside", IA_U64, offsetof(ia_track, beside)},
        {"expected", IA_F64, offsetof(ia_track, expected)},
        {"excess", IA_F64, offsetof(ia_track, excess)},
        {"sigma_excess", IA_F64, offsetof(ia_track, sigma_excess)},
        {"p_value", IA_F64, offsetof(ia_track, p)},
        {"p_holm", IA_F64, offsetof(ia_track, p_holm)}};
    rows r = {.rows = (const char *)m->tracks, .size = sizeof *m->tracks};
    while (r.n < m->n_tracks && m->tracks[r.n].is_significant)
        r.n++;
    ia_table *asked = ia_result_add(ctx, result, "track_search", IA_SCALARS, 1);
    ia_status st = asked ? ia_table_add_u64(ctx, asked, "tracks_tested", m->n_tracks)
                         : IA_ERR_MEMORY;
    if (st != IA_OK)
        return st;
    ia_table *table = ia_result_add(ctx, result, "tracks", IA_ROWS, r.n);
    if (!table || (st = add_track_names(ctx, m, r.n, table)) != IA_OK)
        return IA_ERR_MEMORY;
    return add_columns(ctx, table, columns, sizeof columns / sizeof columns[0], &r);
}

static ia_status add_cells(ia_ctx *ctx, const ia_multihit *m, ia_result *result)
{
    static const column columns[] = {
        {"mass_1_da", IA_F64, offsetof(ia_pair_cell, m[0])},
        {"mass_2_da", IA_F64, offsetof(ia_pair_cell, m[1])},
        {"counts", IA_U64, offsetof(ia_pair_cell, counts)},
        {"expected", IA_F64, offsetof(ia_pair_cell, expected)},
        {"sigma_expected", IA_F64, offsetof(ia_pair_cell, sigma)},
        {"p_value", IA_F64, offsetof(ia_pair_cell, p)},
        {"q_value", IA_F64, offsetof(ia_pair_cell, q)}};
    rows r = {(const char *)m->hot, m->n_hot, sizeof *m->hot};
    ia_table *table = ia_result_add(ctx, result, "cells", IA_ROWS, m->n_hot);
    return table
               ? add_columns(ctx, table, columns, sizeof columns / sizeof columns[0], &r)
               : IA_ERR_MEMORY;
}

static double expected_in(const ia_multihit *m, const double *a, const double *b,
                          bool alike)
{
    double sum = 0;
    for (size_t g = 0; g < m->n_groups; g++) {
        const ia_hits_group *group = &m->groups[g];
        if (group->ions < 2)
            continue;
        double ways = alike ? a[g] * (a[g] - 1) : 2 * a[g] * b[g];
        sum += group->pairs * ways / (group->ions * (group->ions - 1));
    }
    return sum;
}

// Every cell that holds pairs, with what chance puts there.
static ia_status add_histogram(ia_ctx *ctx, const ia_multihit *m, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "histogram", IA_ARRAYS, m->n_cells);
    double *x = table ? ia_table_add(ctx, table, "mass_1_da", IA_F64) : NULL;
    double *y = x ? ia_table_add(ctx, table, "mass_2_da", IA_F64) : NULL;
    uint64_t *counts = y ? ia_table_add(ctx, table, "counts", IA_U64) : NULL;
    double *expected = counts ? ia_table_add(ctx, table, "expected", IA_F64) : NULL;
    double *a = expected ? ia_array(ctx, 2 * m->n_groups, sizeof *a) : NULL;
    if (!a)
        return IA_ERR_MEMORY;
    double *b = a + m->n_groups;
    for (size_t i = 0; i < m->n_cells; i++) {
        size_t lo = (size_t)(m->cells[i] / m->n_bins),
               hi = (size_t)(m->cells[i] % m->n_bins);
        for (size_t g = 0; g < m->n_groups; g++) {
            a[g] = m->in_bin[g * m->n_bins + lo];
            b[g] = m->in_bin[g * m->n_bins + hi];
        }
        x[i] = ((double)lo + 0.5) * m->bin;
        y[i] = ((double)hi + 0.5) * m->bin;
        counts[i] = m->in_cell[i];
        expected[i] = expected_in(m, a, b, lo == hi);
    }
    free(a);
    return IA_OK;
}

ia_status ia_multihit_tables(ia_ctx *ctx, const ia_multihit *multihit,
                             const ia_ranges *ranges, ia_result *result)
{
    ia_status st;
    if ((st = add_summary(ctx, multihit, result)) != IA_OK ||
        (st = add_pulses(ctx, multihit, result)) != IA_OK ||
        (st = add_pairs(ctx, multihit, ranges, result)) != IA_OK ||
        (st = add_tracks(ctx, multihit, result)) != IA_OK ||
        (st = add_cells(ctx, multihit, result)) != IA_OK)
        return st;
    return multihit->params.histogram ? add_histogram(ctx, multihit, result) : IA_OK;
}

double ia_pair_deviation(double counts, double expected)
{
    double deviance = expected - counts;
    if (counts > 0 && expected <= 0)
        return INFINITY;
    if (counts > 0)
        deviance += counts * log(counts / expected);
    return copysign(sqrt(2 * fmax(0, deviance)), counts - expected);
}

// Ions of each group in each cell of the map.
static void join_bins(const ia_multihit *m, size_t factor, size_t n, double *ions)
{
    for (size_t i = 0; i < m->n_bins; i++)
        for (size_t g = 0; g < m->n_groups; g++)
            if (i / factor < n)
                ions[i / factor * m->n_groups + g] += m->in_bin[g * m->n_bins + i];
}

ia_status ia_pair_map_compute(ia_ctx *ctx, const ia_multihit *multihit, size_t factor,
                              ia_pair_map *out)
{
    const ia_multihit *m = multihit;
    size_t n = (m->n_bins + factor - 1) / factor;
    ia_pair_map map = {.n = n, .cell = m->bin * (double)factor};
    double *ions = ia_array(ctx, n * m->n_groups, sizeof *ions);
    if (!ions || !(map.counts = ia_array(ctx, n * n, sizeof *map.counts)) ||
        !(map.expected = ia_array(ctx, n * n, sizeof *map.expected))) {
        free(ions);
        ia_pair_map_clear(&map);
        return IA_ERR_MEMORY;
    }
    join_bins(m, factor, n, ions);
    for (size_t i = 0; i < m->n_cells; i++) {
        size_t a = (size_t)(m->cells[i] / m->n_bins) / factor;
        size_t b = (size_t)(m->cells[i] % m->n_bins) / factor;
        map.counts[a * n + b] += m->in_cell[i];
        map.counts[b * n + a] += a != b ? m->in_cell[i] : 0;
    }
    for (size_t a = 0; a < n; a++)
        for (size_t b = a; b < n; b++)
            map.expected[a * n + b] = map.expected[b * n + a] =
                expected_in(m, ions + a * m->n_groups, ions + b * m->n_groups, a == b);
    free(ions);
    *out = map;
    return IA_OK;
}

void ia_pair_map_clear(ia_pair_map *map)
{
    free(map->counts);
    free(map->expected);
    *map = (ia_pair_map){0};
}
