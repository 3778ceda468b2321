// report_data.c: what the report says of ions, ranges, spectrum and composition, as JSON.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *report_program(void)
{
    json_t *o = json_object();
    bool ok = report_put(o, "name", json_string("ionatlas")) &&
              report_put(o, "version", json_string(ia_version())) &&
              report_put(o, "build", json_string(ia_build()));
    return report_keep(o, ok);
}

static json_t *pair(const double values[2])
{
    json_t *array = json_array();
    bool ok = report_push(array, report_number(values[0])) &&
              report_push(array, report_number(values[1]));
    return report_keep(array, ok);
}

// [[xmin, xmax], [ymin, ymax], [zmin, zmax]]
static json_t *bounds(const ia_survey *survey)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t axis = 0; axis < 3 && ok; axis++)
        ok = report_push(array, pair(survey->bounds[axis]));
    return report_keep(array, ok);
}

// Titles and units of the columns that the file had.
static json_t *columns(const ia_ions *ions)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (int id = 0; id < IA_N_COLUMNS && ok; id++) {
        if (!ia_ions_has(ions, (ia_column_id)id))
            continue;
        const ia_column_kind *kind = ia_column_kind_of((ia_column_id)id);
        json_t *o = json_object();
        bool filled = report_put(o, "name", json_string(kind->name)) &&
                      report_put(o, "title", json_string(kind->title)) &&
                      report_put(o, "unit", json_string(kind->unit));
        ok = report_push(array, report_keep(o, filled));
    }
    return report_keep(array, ok);
}

json_t *report_ions(ia_ctx *ctx, const report_input *in)
{
    const ia_ions *ions = &in->state->ions;
    json_t *o = json_object();
    bool ok = report_put(o, "name", report_file_name(ctx, ions->path)) &&
              report_put(o, "format", report_text(ctx, ions->format)) &&
              report_put(o, "sha256", report_text(ctx, ions->sha256)) &&
              report_put(o, "ions", report_count(ions->n)) &&
              report_put(o, "dropped", report_count(ions->n_dropped)) &&
              report_put(o, "outside", report_count(ions->n_outside)) &&
              report_put(o, "columns", columns(ions)) &&
              report_put(o, "bounds_nm", bounds(&in->state->survey)) &&
              report_put(o, "mass_range_da", pair(in->state->survey.mass_range));
    return report_keep(o, ok);
}

// One kind of ion: its name, and its parts so that nobody has to parse the name.
static json_t *kind_of_ion(ia_ctx *ctx, const ia_ion *ion)
{
    json_t *parts = json_array();
    bool ok = parts != NULL;
    for (size_t i = 0; i < ion->n_parts && ok; i++) {
        const ia_element *element = ia_element_of(ion->parts[i].z);
        json_t *o = json_object();
        bool filled =
            report_put(o, "symbol", json_string(element ? element->symbol : "?")) &&
            report_put(o, "a", report_count(ion->parts[i].a)) &&
            report_put(o, "count", report_count(ion->parts[i].count));
        ok = report_push(parts, report_keep(o, filled));
    }
    parts = report_keep(parts, ok);
    json_t *o = json_object();
    ok = report_put(o, "name", report_text(ctx, ion->name)) &&
         report_put(o, "charge", report_count(ion->charge)) &&
         (!ion->negative || report_put(o, "negative", json_true()));
    if (!ok)
        json_decref(parts);
    return report_keep(o, ok && report_put(o, "parts", parts));
}

json_t *report_kinds(ia_ctx *ctx, const report_input *in)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < in->state->ranges.n_ions && ok; i++)
        ok = report_push(array, kind_of_ion(ctx, &in->state->ranges.ions[i]));
    return report_keep(array, ok);
}

json_t *report_range_file(ia_ctx *ctx, const report_input *in)
{
    const ia_ranges *ranges = &in->state->ranges;
    if (ranges->n_ranges == 0)
        return json_null();
    json_t *o = json_object();
    bool ok = report_put(o, "name", report_file_name(ctx, ranges->path)) &&
              report_put(o, "format", report_text(ctx, ranges->format)) &&
              report_put(o, "sha256", report_text(ctx, ranges->sha256)) &&
              report_put(o, "ions_written", report_count(ranges->n_ions_written)) &&
              report_put(o, "ranges_written", report_count(ranges->n_ranges_written));
    return report_keep(o, ok);
}

bool report_has_background(const ia_state *state)
{
    return state->background.n_used > 0 && isfinite(state->background.a);
}

static json_t *range(const report_input *in, size_t i)
{
    const ia_state *state = in->state;
    const ia_ranger *ranger = &state->ranger;
    double expected =
        report_has_background(state)
            ? ia_background_counts(&state->background, ranger->lo[i], ranger->hi[i])
            : NAN;
    json_t *counts =
        i < state->counts.n ? report_count(state->counts.counts[i]) : json_null();
    json_t *o = json_object();
    bool ok = report_put(o, "counts", counts) &&
              report_put(o, "ion", json_integer(ranger->ion[i])) &&
              report_put(o, "lo_da", report_number(ranger->lo[i])) &&
              report_put(o, "hi_da", report_number(ranger->hi[i])) &&
              report_put(o, "background_counts", report_number(expected)) &&
              report_put(
                  o, "probability",
                  report_number(report_probability(in, i, ranger->lo[i], ranger->hi[i])));
    return report_keep(o, ok);
}

json_t *report_ranges(const report_input *in)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < in->state->ranger.n && ok; i++)
        ok = report_push(array, range(in, i));
    return report_keep(array, ok);
}

// Bins up to the last one that is not empty.
static size_t used_bins(const ia_spectrum *spectrum)
{
    size_t n = spectrum->n_bins;
    while (n > 0 && spectrum->counts[n - 1] == 0)
        n--;
    return n;
}

// Sum every `factor` of n counts into `out`; the number of sums.
static size_t merge_bins(const uint64_t *counts, size_t n, size_t factor, uint64_t *out)
{
    size_t n_out = 0;
    for (size_t begin = 0; begin < n; begin += factor, n_out++) {
        size_t end = begin + factor < n ? begin + factor : n;
        out[n_out] = 0;
        for (size_t i = begin; i < end; i++)
            out[n_out] += counts[i];
    }
    return n_out;
}

// The bins as they are where that is short enough, else merged by the least 2, 5, 10, 20,
// ... that makes them so. *n becomes their number, *factor how many were merged.
static void shorten(const ia_spectrum *spectrum, uint64_t *bins, size_t *n,
                    size_t *factor)
{
    enum { MOST = 40000 }; // numbers in the page: about 200 kB
    static const size_t steps[] = {1, 2, 5};
    size_t used = used_bins(spectrum);
    for (size_t decade = 1;; decade *= 10) {
        for (size_t i = 0; i < 3; i++) {
            *factor = decade * steps[i];
            *n = merge_bins(spectrum->counts, used, *factor, bins);
            if (report_packed_length(bins, *n) <= MOST)
                return;
        }
    }
}

json_t *report_spectrum(ia_ctx *ctx, const report_input *in)
{
    const ia_spectrum *spectrum = &in->state->spectrum;
    if (spectrum->n_bins == 0)
        return json_null();
    uint64_t *bins = ia_array(ctx, spectrum->n_bins, sizeof *bins);
    if (!bins)
        return NULL;
    size_t n, factor;
    shorten(spectrum, bins, &n, &factor);
    json_t *o = json_object();
    bool ok = report_put(o, "bin_da", report_number(spectrum->bin * (double)factor)) &&
              report_put(o, "computed_bin_da", report_number(spectrum->bin)) &&
              report_put(o, "m_min_da", report_number(spectrum->m_min)) &&
              report_put(o, "m_max_da",
                         report_number(spectrum->m_min +
                                       spectrum->bin * (double)spectrum->n_bins)) &&
              report_put(o, "n_bins", report_count(n)) &&
              report_put(o, "below", report_count(spectrum->below)) &&
              report_put(o, "above", report_count(spectrum->above)) &&
              report_put(o, "counts", report_packed(ctx, bins, n));
    free(bins);
    return report_keep(o, ok);
}

// The model as it was used, in ions per Da with its standard deviation, at m/n evenly
// spaced in the time of flight. Each is the mean of a tenth of the way to the next.
static json_t *background_curve(const report_input *in)
{
    enum { POINTS = 1200 };
    const ia_background *b = &in->state->background;
    const ia_spectrum *s = &in->state->spectrum;
    double begin = sqrt(fmax(s->m_min, 0.05));
    double end = sqrt(s->m_min + s->bin * (double)s->n_bins);
    double step = (end - begin) / POINTS;
    json_t *o = json_object(), *mass = json_array(), *density = json_array(),
           *sigma = json_array();
    bool ok = o && mass && density && sigma && step > 0;

    for (size_t i = 0; i <= POINTS && ok; i++) {
        double root = begin + step * (double)i;
        double lo = pow(fmax(0, root - 0.05 * step), 2), hi = pow(root + 0.05 * step, 2);
        double n = ia_background_counts(b, lo, hi),
               error = ia_background_sigma(b, lo, hi);
        ok = report_push(mass, report_number(root * root)) &&
             report_push(density, report_number(n / (hi - lo))) &&
             report_push(sigma, report_number(error / (hi - lo)));
    }
    ok = report_put(o, "m_da", report_keep(mass, ok)) &&
         report_put(o, "per_da", report_keep(density, ok)) &&
         report_put(o, "sigma_per_da", report_keep(sigma, ok)) && ok;
    return report_keep(o, ok);
}

json_t *report_background(const report_input *in)
{
    const ia_background *b = &in->state->background;
    if (!report_has_background(in->state))
        return json_null();
    json_t *o = json_object();
    bool ok = report_put(o, "model", json_string(ia_background_model_name(b))) &&
              report_put(o, "tail_share", report_number(ia_background_tail_share(b))) &&
              report_put(o, "curve", background_curve(in)) &&
              report_put(o, "a", report_number(b->a)) &&
              report_put(o, "sigma_a", report_number(b->sigma_a)) &&
              report_put(o, "windows", report_count(b->n_windows)) &&
              report_put(o, "windows_used", report_count(b->n_used)) &&
              report_put(o, "m_lo_da", report_number(b->m_lo)) &&
              report_put(o, "m_hi_da", report_number(b->m_hi)) &&
              report_put(o, "dispersion", report_number(b->dispersion));
    return report_keep(o, ok);
}

static json_t *fraction(ia_ctx *ctx, const ia_fraction *f)
{
    json_t *o = json_object();
    bool ok = report_put(o, "name", report_text(ctx, f->name)) &&
              report_put(o, "z", report_count(f->z)) &&
              report_put(o, "counts", report_number(f->counts)) &&
              report_put(o, "percent", report_number(f->percent)) &&
              report_put(o, "sigma_percent", report_number(f->sigma_percent)) &&
              report_put(o, "corrected_counts", report_number(f->corrected_counts)) &&
              report_put(o, "sigma_corrected_counts",
                         report_number(f->sigma_corrected_counts)) &&
              report_put(o, "corrected_percent", report_number(f->corrected_percent)) &&
              report_put(o, "sigma_corrected_percent",
                         report_number(f->sigma_corrected_percent));
    return report_keep(o, ok);
}

static json_t *fractions(ia_ctx *ctx, const ia_fraction *rows, size_t n)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < n && ok; i++)
        ok = report_push(array, fraction(ctx, &rows[i]));
    return report_keep(array, ok);
}

json_t *report_composition(ia_ctx *ctx, const report_input *in)
{
    const ia_composition *c = &in->state->composition;
    if (c->n_ranges == 0)
        return json_null();
    json_t *o = json_object();
    bool ok = report_put(o, "elements", fractions(ctx, c->elements, c->n_elements)) &&
              report_put(o, "ions", fractions(ctx, c->ions, c->n_ions)) &&
              report_put(o, "ranged", report_count(c->ranged)) &&
              report_put(o, "unranged", report_count(c->unranged)) &&
              report_put(o, "labels", report_count(c->labels)) &&
              report_put(o, "n_ranges", report_count(c->n_ranges));
    return report_keep(o, ok);
}

// Everything that needs no pass over the ions.
static bool put_tables(ia_ctx *ctx, const report_input *in, json_t *o)
{
    return report_put(o, "schema", json_integer(2)) &&
           report_put(o, "program", report_program()) &&
           report_put(o, "input", report_ions(ctx, in)) &&
           report_put(o, "range_file", report_range_file(ctx, in)) &&
           report_put(o, "kinds", report_kinds(ctx, in)) &&
           report_put(o, "ranges", report_ranges(in)) &&
           report_put(o, "spectrum", report_spectrum(ctx, in)) &&
           report_put(o, "background", report_background(in)) &&
           report_put(o, "composition", report_composition(ctx, in)) &&
           report_put(o, "peaks", report_peaks(ctx, in)) &&
           report_put(o, "neighbours", report_neighbours(ctx, in)) &&
           report_put(o, "clusters", report_clusters(ctx, in)) &&
           report_put(o, "quality", report_quality(ctx, in)) &&
           report_put(o, "findings", report_findings(ctx, in)) &&
           report_put(o, "inputs", report_inputs(ctx, in)) &&
           report_put(o, "steps", report_steps(ctx, in)) &&
           report_put(o, "metadata", report_metadata(ctx, in)) &&
           report_put(o, "warnings", report_warnings(ctx, in));
}

// Sections that need passes over the ions.
static const struct {
    const char *name;
    ia_status (*compute)(ia_ctx *ctx, const report_input *in, json_t **out);
} passes[] = {
    {"projections", report_projections},
    {"cloud", report_cloud},
    {"hits", report_hits},
    {"flight", report_flight},
    {"multiples", report_multiples},
    {"saxey", report_saxey},
};

ia_status report_data(ia_ctx *ctx, const report_input *in, json_t **out)
{
    json_t *data = json_object();
    ia_status st = IA_OK;
    bool ok = put_tables(ctx, in, data);
    for (size_t i = 0; i < sizeof passes / sizeof passes[0] && ok; i++) {
        json_t *section = NULL;
        if ((st = passes[i].compute(ctx, in, &section)) != IA_OK)
            goto done;
        ok = report_put(data, passes[i].name, section);
    }
    if (!ok) {
        st = ia_fail(ctx, IA_ERR_MEMORY, "no memory for the data of the report");
        goto done;
    }
    *out = data;
    data = NULL; // the caller's now
done:
    json_decref(data);
    return st;
}
