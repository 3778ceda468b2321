// src/spectrum/spectrum.c: mass spectrum, the histogram of m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/spectrum.h>

#include "core/histogram.h"
#include "spectrum/bin_choice.h"
#include "spectrum/spikes.h"

#include <math.h>
#include <stdlib.h>

enum {
    BINS_MAX = 10000000, // 80 MB a worker
    M_MAX_FREE = 1000    // Da, end of the bins where the caller gives none
};

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_spectrum_params, bin, "Da", 0, 0, 10,
             "width of a bin; 0: 0.01 Da, narrower where the peaks are"),
    IA_FIELD(IA_F64, ia_spectrum_params, m_min, "Da", 0, 0, 1e4,
             "lower edge of the first bin"),
    IA_FIELD(IA_F64, ia_spectrum_params, m_max, "Da", 0, 0, 1e5,
             "upper edge of the last bin; 0: the largest m/n, at most 1000 Da"),
};
const ia_method ia_spectrum_method =
    IA_METHOD("spectrum", "Mass spectrum", ia_spectrum_params, fields);

ia_spectrum_params ia_spectrum_defaults(void)
{
    ia_spectrum_params params;
    ia_method_defaults(&ia_spectrum_method, &params);
    return params;
}

ia_status ia_spectrum_settle(ia_ctx *ctx, const ia_ions *ions, ia_spectrum_params *params)
{
    const double equal = 1.01; // bins of the same width, but for rounding
    double width = ions->mass_bin;
    ia_status st;

    if (params->bin == 0 && (st = ia_bin_choose(ctx, ions, &params->bin)) != IA_OK)
        return st;
    if (!(width > 0))
        return IA_OK;
    if (width > equal * params->bin)
        ia_warn(ctx,
                "the input tells m/n in steps of %g Da: the bins are these, for narrower "
                "ones (%g Da) would tell no more",
                width, params->bin);
    double first = ceil((params->m_min - ions->mass_edge) / width - 1e-6);
    params->m_min = fmax(0, ions->mass_edge + first * width);
    params->bin = width * fmax(1, round(params->bin / width));
    return IA_OK;
}

// Whole bins from m_min up to m_max; a last bin that m_max cuts is kept whole.
static ia_status choose_bins(ia_ctx *ctx, const ia_spectrum_params *p, ia_histogram *out)
{
    const double slack = 1e-6; // of a bin: 1.12 / 0.01 must give 112, not 113
    double m_max = p->m_max > 0 ? p->m_max : M_MAX_FREE;
    double n_bins = ceil((m_max - p->m_min) / p->bin - slack);

    if (n_bins < 1)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "m_max is %g Da but the spectrum begins at m_min = %g Da", m_max,
                       p->m_min);
    if (n_bins > BINS_MAX)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "bin = %g Da makes %.0f bins up to %g Da; at most %d are allowed",
                       p->bin, n_bins, m_max, BINS_MAX);
    out->lo = p->m_min;
    out->bin = p->bin;
    out->n_bins = (size_t)n_bins;
    out->counts = ia_array(ctx, out->n_bins, sizeof *out->counts);
    return out->counts ? IA_OK : IA_ERR_MEMORY;
}

// One past the last bin that holds an ion, at least 1.
static size_t occupied_bins(const ia_histogram *histogram)
{
    size_t n = histogram->n_bins;
    while (n > 1 && histogram->counts[n - 1] == 0)
        n--;
    return n;
}

ia_status ia_spectrum_compute(ia_ctx *ctx, const ia_ions *ions,
                              const ia_spectrum_params *params, ia_spectrum *out)
{
    ia_spectrum_params p = params ? *params : ia_spectrum_defaults();
    ia_histogram histogram = {0};
    ia_spectrum spectrum = {0};
    ia_status st;

    if (ions->n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "there are no ions to make a spectrum of");
    if ((st = ia_method_check(ctx, &ia_spectrum_method, &p)) != IA_OK ||
        (st = ia_ions_need(ctx, ions, IA_MASS)) != IA_OK ||
        (p.bin == 0 && (st = ia_bin_choose(ctx, ions, &p.bin)) != IA_OK) ||
        (st = choose_bins(ctx, &p, &histogram)) != IA_OK ||
        (st = ia_histogram_fill(ctx, "spectrum", &ions->columns[IA_MASS], &histogram)) !=
            IA_OK)
        goto done;
    if (histogram.below + histogram.above == ions->n)
        ia_warn(ctx,
                "none of the %zu ions lies between %g and %g Da: the spectrum is empty",
                ions->n, p.m_min, p.m_min + p.bin * (double)histogram.n_bins);
    spectrum = (ia_spectrum){
        .bin = p.bin,
        .m_min = p.m_min,
        .n_bins = p.m_max > 0 ? histogram.n_bins : occupied_bins(&histogram),
        .counts = histogram.counts,
        .below = histogram.below,
        .above = histogram.above,
    };
    if ((st = ia_spikes_count(ctx, &ions->columns[IA_MASS], &spectrum,
                              &spectrum.spiked)) != IA_OK)
        goto done;
    *out = spectrum;
    histogram.counts = NULL; // the caller's now
done:
    free(histogram.counts);
    return st;
}

void ia_spectrum_clear(ia_spectrum *spectrum)
{
    free(spectrum->counts);
    *spectrum = (ia_spectrum){0};
}

static ia_status add_bins(ia_ctx *ctx, const ia_spectrum *spectrum, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "spectrum", IA_ARRAYS, spectrum->n_bins);
    double *m = table ? ia_table_add(ctx, table, "m_da", IA_F64) : NULL;

    if (!m)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < spectrum->n_bins; i++)
        m[i] = spectrum->m_min + ((double)i + 0.5) * spectrum->bin;
    return ia_table_add_copy(ctx, table, "counts", IA_U64, spectrum->counts);
}

ia_status ia_spectrum_tables(ia_ctx *ctx, const ia_spectrum *spectrum, ia_result *result)
{
    ia_status st = add_bins(ctx, spectrum, result);
    if (st != IA_OK)
        return st;
    ia_table *table = ia_result_add(ctx, result, "bins", IA_SCALARS, 1);
    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_f64(ctx, table, "bin_da", spectrum->bin)) == IA_OK &&
        (st = ia_table_add_f64(ctx, table, "m_min_da", spectrum->m_min)) == IA_OK &&
        (st = ia_table_add_u64(ctx, table, "ions_below", spectrum->below)) == IA_OK)
        st = ia_table_add_u64(ctx, table, "ions_above", spectrum->above);
    return st;
}
