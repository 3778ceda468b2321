// src/spatial/profile.c: composition along an axis with errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/profile_internal.h"

#include "core/region.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(
        ia_axis_profile_params, solute, "",
        "elements or nuclides to profile, \"Cu,D\"; H is without D; empty: every one"),
    IA_FIELD_TEXT(ia_axis_profile_params, axis, "",
                  "x, y, z or ux,uy,uz; empty: the axis of the region, else z"),
    IA_FIELD_TEXT(ia_axis_profile_params, origin, "",
                  "x,y,z (nm) at which the distance is 0; empty: middle of the region"),
    IA_FIELD(IA_F64, ia_axis_profile_params, profile_bin, "nm", 0.1, 1e-4, 1e6,
             "width of a bin along the axis"),
    IA_FIELD(IA_SIZE, ia_axis_profile_params, ions_per_bin, "", 0, 0, 1e12,
             "bins of so many ranged ions instead; 0: of equal width"),
    IA_FIELD_CHOICE(ia_axis_profile_params, map, "none", "none|xy|xz|yz|along|across",
                    "a map too: of these axes, along the profile's axis, or across it"),
    IA_FIELD(IA_F64, ia_axis_profile_params, map_bin, "nm", 1, 1e-3, 1e6,
             "edge of the squares of the map"),
    IA_FIELD(
        IA_SIZE, ia_axis_profile_params, n_shuffles, "", 199, 19, 1e6,
        "label shuffles that flatness is judged by; more where so few decide nothing"),
    IA_FIELD(IA_SIZE, ia_axis_profile_params, divisions, "", 5, 0, 1000,
             "random halves and thinnings that tell how steady a profile is; 0: none"),
    IA_FIELD(IA_U64, ia_axis_profile_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of the shuffles"),
};
const ia_method ia_axis_profile_method =
    IA_METHOD("profile", "Composition along an axis, cumulative counts and maps",
              ia_axis_profile_params, fields);

ia_axis_profile_params ia_axis_profile_defaults(void)
{
    ia_axis_profile_params params;
    ia_method_defaults(&ia_axis_profile_method, &params);
    return params;
}

static bool read_three(const char *text, double v[3])
{
    for (int k = 0; k < 3; k++) {
        char *end;
        v[k] = strtod(text, &end);
        if (end == text || !isfinite(v[k]) || *end != (k < 2 ? ',' : '\0'))
            return false;
        text = end + 1;
    }
    return true;
}

static bool read_axis(const char *text, double u[3])
{
    if (strlen(text) <= 1) {
        char letter = *text ? *text : 'z';
        for (int k = 0; k < 3; k++)
            u[k] = letter == "xyz"[k];
        return strchr("xyz", letter) != NULL;
    }
    if (!read_three(text, u))
        return false;
    double length = hypot(hypot(u[0], u[1]), u[2]);
    for (int k = 0; k < 3; k++)
        u[k] /= length;
    return length > 0 && isfinite(length);
}

ia_status ia_axis_profile_settle(ia_ctx *ctx, const ia_read_params *read,
                                 ia_axis_profile_params *params)
{
    ia_region region;
    double centre[3], direction[3];
    ia_status st = ia_region_read(ctx, read->region, &region);
    if (st != IA_OK || !ia_region_frame(&region, centre, direction))
        return st;
    if (read->flip_x) { // the region is of positions as they are in the file
        centre[0] = -centre[0];
        direction[0] = -direction[0];
    }
    if (!*params->axis)
        snprintf(params->axis, sizeof params->axis, "%.12g,%.12g,%.12g", direction[0],
                 direction[1], direction[2]);
    if (!*params->origin)
        snprintf(params->origin, sizeof params->origin, "%.12g,%.12g,%.12g", centre[0],
                 centre[1], centre[2]);
    return IA_OK;
}

static ia_status set_frame(ia_ctx *ctx, const ia_axis_profile_params *p,
                           ia_axis_profile *out)
{
    if (!read_axis(p->axis, out->direction))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "axis '%s': x, y, z or three numbers ux,uy,uz were expected",
                       p->axis);
    if (*p->origin && !read_three(p->origin, out->origin))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "origin '%s': three numbers x,y,z (nm) were expected", p->origin);
    return IA_OK;
}

double ia_axis_profile_place(const double origin[3], const double direction[3],
                             const float *xyz)
{
    return ((double)xyz[0] - origin[0]) * direction[0] +
           ((double)xyz[1] - origin[1]) * direction[1] +
           ((double)xyz[2] - origin[2]) * direction[2];
}

void ia_axis_profile_range(const ia_ranged *ranged, const double origin[3],
                           const double direction[3], double range[2])
{
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (size_t i = 0; i < ranged->n; i++) {
        double s = ia_axis_profile_place(origin, direction, ranged->xyz + 3 * i);
        range[0] = fmin(range[0], s);
        range[1] = fmax(range[1], s);
    }
}

// Equal bins whose edges are multiples of their width.
static ia_status set_equal_bins(ia_ctx *ctx, const ia_ranged *ranged, double bin,
                                ia_axis_profile *out)
{
    const double most = 1e6;
    double range[2];
    ia_axis_profile_range(ranged, out->origin, out->direction, range);
    double first = floor(range[0] / bin), n = floor(range[1] / bin) - first + 1;
    if (!(n <= most))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "bins of %g nm over %g nm are %.4g bins: at most %g were "
                       "expected, a width of %.3g nm or more",
                       bin, range[1] - range[0], n, most, (range[1] - range[0]) / most);
    out->n_bins = (size_t)n;
    if (!(out->edge = ia_array(ctx, out->n_bins + 1, sizeof *out->edge)))
        return IA_ERR_MEMORY;
    for (size_t b = 0; b <= out->n_bins; b++)
        out->edge[b] = (first + (double)b) * bin;
    return IA_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Edges half-way between ions; where ions lie at one place a bin gets all of them.
static ia_status set_filled_bins(ia_ctx *ctx, const ia_ranged *ranged, size_t per_bin,
                                 ia_axis_profile *out)
{
    size_t n = ranged->n, n_bins = n / per_bin > 0 ? n / per_bin : 1;
    double *sorted = ia_array(ctx, n, sizeof *sorted);
    ia_status st = IA_ERR_MEMORY;
    if (!sorted || !(out->edge = ia_array(ctx, n_bins + 1, sizeof *out->edge)))
        goto done;
    for (size_t i = 0; i < n; i++)
        sorted[i] =
            ia_axis_profile_place(out->origin, out->direction, ranged->xyz + 3 * i);
    qsort(sorted, n, sizeof *sorted, compare);
    out->edge[0] = sorted[0];
    for (size_t b = 1; b < n_bins; b++) {
        double edge = (sorted[b * per_bin - 1] + sorted[b * per_bin]) / 2;
        if (edge > out->edge[out->n_bins])
            out->edge[++out->n_bins] = edge;
    }
    out->n_bins++;
    out->edge[out->n_bins] = nextafter(sorted[n - 1], INFINITY);
    st = IA_OK;
done:
    free(sorted);
    return st;
}

// The bin of a place; the first for what lies before it.
static size_t bin_of(const ia_axis_profile *p, double s, bool equal)
{
    size_t lo = 0, hi = p->n_bins;
    if (equal) {
        double width = p->edge[1] - p->edge[0];
        double at = floor(s / width) - floor(p->edge[0] / width + 0.5);
        return at < 0 ? 0 : at >= (double)hi ? hi - 1 : (size_t)at;
    }
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        if (p->edge[middle] <= s)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

// bin: (ranged->n) of each ion. counts: (n_bins, n_kinds).
static void count(const ia_ranged *ranged, const ia_axis_profile *p, bool equal,
                  size_t n_kinds, uint32_t *bin, uint64_t *counts)
{
    for (size_t i = 0; i < ranged->n; i++) {
        double s = ia_axis_profile_place(p->origin, p->direction, ranged->xyz + 3 * i);
        bin[i] = (uint32_t)bin_of(p, s, equal);
        counts[bin[i] * n_kinds + ranged->kind[i]]++;
    }
}

static ia_status fill(ia_ctx *ctx, const ia_shares *shares, const uint64_t *counts,
                      ia_axis_profile *out)
{
    size_t n_kinds = shares->n_kinds;
    out->n_elements = shares->n_elements;
    if (!(out->ions = ia_array(ctx, out->n_bins, sizeof *out->ions)) ||
        !(out->shares =
              ia_array(ctx, out->n_bins * out->n_elements, sizeof *out->shares)))
        return IA_ERR_MEMORY;
    for (size_t b = 0; b < out->n_bins; b++) {
        for (size_t k = 0; k < n_kinds; k++)
            out->ions[b] += counts[b * n_kinds + k];
        for (size_t e = 0; e < out->n_elements; e++)
            out->shares[e * out->n_bins + b] =
                ia_share_of(shares, e, counts + b * n_kinds);
    }
    return IA_OK;
}

static ia_status fill_bins(ia_ctx *ctx, const ia_ranged *ranged, const ia_shares *shares,
                           const ia_axis_profile_params *p, ia_axis_profile *out)
{
    ia_status st = p->ions_per_bin > 0
                       ? set_filled_bins(ctx, ranged, p->ions_per_bin, out)
                       : set_equal_bins(ctx, ranged, p->profile_bin, out);
    if (st != IA_OK)
        return st;
    uint32_t *bin = ia_array(ctx, ranged->n, sizeof *bin);
    uint64_t *counts =
        bin ? ia_array(ctx, out->n_bins * shares->n_kinds, sizeof *counts) : NULL;
    if (!counts) {
        free(bin);
        return IA_ERR_MEMORY;
    }
    count(ranged, out, p->ions_per_bin == 0, shares->n_kinds, bin, counts);
    const ia_axis_profile_bins bins = {ranged->n, out->n_bins, bin, ranged->kind};
    if ((st = fill(ctx, shares, counts, out)) == IA_OK &&
        (st = ia_axis_profile_add_up(ctx, shares, counts, out)) == IA_OK &&
        (st = ia_axis_profile_judge(ctx, shares, counts, p, out)) == IA_OK)
        st = ia_axis_profile_steady(ctx, shares, &bins, p, out);
    free(bin);
    free(counts);
    return st;
}

ia_status ia_axis_profile_compute(ia_ctx *ctx, const ia_share_input *input,
                                  const ia_axis_profile_params *params,
                                  ia_axis_profile *out)
{
    ia_axis_profile_params p = params ? *params : ia_axis_profile_defaults();
    ia_ranged ranged = {0};
    ia_shares shares = {0};
    ia_axis_profile profile = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_axis_profile_method, &p)) != IA_OK ||
        (st = set_frame(ctx, &p, &profile)) != IA_OK ||
        (st = ia_ions_need(ctx, input->ions, IA_MASS)) != IA_OK ||
        (st = ia_ranged_build(ctx, input->ions, input->ranger, &ranged)) != IA_OK ||
        (st = ia_ranged_sort(ctx, &ranged)) != IA_OK ||
        (st = ia_shares_build(ctx, input, &ranged, p.solute, &shares)) != IA_OK ||
        (st = fill_bins(ctx, &ranged, &shares, &p, &profile)) != IA_OK ||
        (st = ia_axis_profile_map_fill(ctx, &ranged, &shares, &p, &profile)) != IA_OK)
        goto done;
    profile.n_ions = ranged.n;
    *out = profile;
    profile = (ia_axis_profile){0};
done:
    ia_shares_clear(&shares);
    ia_ranged_clear(&ranged);
    ia_axis_profile_clear(&profile);
    return st;
}

void ia_axis_profile_clear(ia_axis_profile *profile)
{
    free(profile->edge);
    free(profile->ions);
    free(profile->shares);
    free(profile->ladders);
    free(profile->tests);
    free(profile->map.ions);
    free(profile->map.shares);
    *profile = (ia_axis_profile){0};
}
