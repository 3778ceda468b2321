// src/spectrum/ion_mixture_weights.c: chances of recorded ions, and the mixture as
// tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_mixture_internal.h"

#include <math.h>
#include <string.h>

size_t ia_ion_mixture_parts(const ia_ion_mixture *mixture, double mass, size_t *first)
{
    double x = floor((mass - mixture->m_min) / mixture->bin);

    *first = 0;
    if (!(x >= 0 && x < (double)mixture->n_bins))
        return 0;
    size_t bin = (size_t)x;
    *first = mixture->first[bin];
    return mixture->first[bin + 1] - mixture->first[bin];
}

double ia_ion_mixture_weight(const ia_ion_mixture *mixture, double mass, size_t component)
{
    size_t first, n = ia_ion_mixture_parts(mixture, mass, &first);

    for (size_t i = first; i < first + n; i++)
        if (mixture->component[i] == component)
            return (double)mixture->weight[i];
    return 0;
}

double ia_ion_mixture_atoms(const ia_ion_mixture *mixture, double mass, unsigned z)
{
    size_t first, n = ia_ion_mixture_parts(mixture, mass, &first);
    double atoms = 0;

    for (size_t i = first; i < first + n; i++)
        if (mixture->component[i] < mixture->n_ions)
            atoms += (double)mixture->weight[i] *
                     ia_ion_count(&mixture->ions[mixture->component[i]], z);
    return atoms;
}

// Chances of an ion by the amounts in its box.
static void weigh_in_box(const ia_ion_mixture *mix, const float *amount, size_t first,
                         size_t parts, float *row)
{
    float sum = 0;

    for (size_t k = first; k < first + parts; k++)
        sum += row[mix->component[k]] = amount[mix->component[k]] * mix->density[k];
    for (size_t k = first; sum > 0 && k < first + parts; k++)
        row[mix->component[k]] /= sum;
}

static void fill_weights(const ia_column *column, size_t begin, size_t n, void *out)
{
    enum { CHUNK = 1024 };
    const ia_ion_mixture_source *source = column->user;
    const ia_ion_mixture *mix = source->mixture;
    const ia_column *mass = &source->ions->columns[IA_MASS];
    const ia_column *places = &source->ions->columns[IA_XYZ];
    bool local = mix->boxes.edge > 0;
    float *rows = out, buffer[CHUNK], room[3 * CHUNK];

    memset(rows, 0, n * column->width * sizeof *rows);
    for (size_t done = 0; done < n; done += CHUNK) {
        size_t part = n - done < CHUNK ? n - done : CHUNK;
        const float *m = ia_column_rows(mass, begin + done, part, buffer);
        const float *xyz =
            local ? ia_column_rows(places, begin + done, part, room) : NULL;
        for (size_t i = 0; i < part; i++) {
            size_t first, parts = ia_ion_mixture_parts(mix, (double)m[i], &first);
            float *row = rows + (done + i) * column->width;
            if (local && parts > 0)
                weigh_in_box(mix, ia_ion_box(mix, xyz + 3 * i), first, parts, row);
            for (size_t k = first; !local && k < first + parts; k++)
                row[mix->component[k]] = mix->weight[k];
        }
    }
}

ia_column ia_ion_mixture_column(const ia_ion_mixture_source *source)
{
    size_t width = source->mixture->n_ions + 1;

    return (ia_column){.type = IA_F32,
                       .width = width,
                       .n = source->ions->n,
                       .stride = width * sizeof(float),
                       .fill = fill_weights,
                       .user = source};
}

static ia_status add_components(ia_ctx *ctx, const ia_ion_mixture *mix, ia_result *result)
{
    size_t n = mix->n_ions + 1;
    double all = 0;
    ia_table *table = ia_result_add(ctx, result, "mixture", IA_ROWS, n);
    char **names = table ? ia_table_add(ctx, table, "component", IA_TEXT) : NULL;
    double *counts = names ? ia_table_add(ctx, table, "counts", IA_F64) : NULL;
    double *sigma = counts ? ia_table_add(ctx, table, "sigma_counts", IA_F64) : NULL;
    double *estimate = sigma ? ia_table_add(ctx, table, "estimate_counts", IA_F64) : NULL;
    double *share = estimate ? ia_table_add(ctx, table, "share", IA_F64) : NULL;

    if (!share)
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n; k++)
        all += isnan(mix->counts[k]) ? 0 : mix->counts[k];
    for (size_t k = 0; k < n; k++) {
        const char *name = k < mix->n_ions ? mix->ions[k].name : "background";
        if (!(names[k] = ia_text(ctx, name)))
            return IA_ERR_MEMORY;
        counts[k] = mix->counts[k];
        sigma[k] = mix->sigma[k];
        estimate[k] = mix->estimate[k];
        share[k] = mix->counts[k] / all;
    }
    return IA_OK;
}

// A bin is ambiguous where no component has nearly all of it.
static uint64_t count_ambiguous(const ia_ion_mixture *mix)
{
    const float nearly_all = 0.99F;
    uint64_t n = 0;

    for (size_t b = 0; b < mix->n_bins; b++) {
        float most = 1;
        for (uint32_t i = mix->first[b]; i < mix->first[b + 1]; i++)
            most = i == mix->first[b] || mix->weight[i] > most ? mix->weight[i] : most;
        n += most < nearly_all;
    }
    return n;
}

static uint64_t count_bins(const ia_ion_mixture *mix)
{
    uint64_t n = 0;

    for (size_t b = 0; b < mix->n_bins; b++)
        n += mix->first[b + 1] > mix->first[b];
    return n;
}

ia_status ia_ion_mixture_tables(ia_ctx *ctx, const ia_ion_mixture *mixture,
                                ia_result *result)
{
    ia_status st = add_components(ctx, mixture, result);
    ia_table *table =
        st == IA_OK ? ia_result_add(ctx, result, "mixture_fit", IA_OBJECT, 1) : NULL;

    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_f64(ctx, table, "log_likelihood",
                               mixture->history[mixture->n_rounds])) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "rounds", mixture->n_rounds)) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "bins", count_bins(mixture))) == IA_OK)
        st = ia_table_add_u64(ctx, table, "ambiguous_bins", count_ambiguous(mixture));
    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "shift_widths", mixture->shift);
    if (st == IA_OK)
        st = ia_table_add_text(ctx, table, "peak_form",
                               mixture->by_formula ? "fitted" : "learnt");
    if (st == IA_OK)
        st = ia_table_add_f64(ctx, table, "box_nm", mixture->boxes.edge);
    return st == IA_OK ? ia_table_add_u64(ctx, table, "boxes", mixture->boxes.n_occupied)
                       : st;
}
