// src/detector/dead_time_tables.c: the dead zone and its losses as tables.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/dead_time.h>

#include <math.h>
#include <stdlib.h>

static ia_status add_summary(ia_ctx *ctx, const ia_dead_time *d, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "dead_time", IA_SCALARS, 1);
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"shortest_ns", isfinite(d->shortest) ? d->shortest : NAN},
                   {"blind_ns", d->is_known ? d->blind : NAN},
                   {"dead_time_ns", d->is_known ? d->time : NAN},
                   {"dead_distance_mm", d->is_known ? d->radius : NAN},
                   {"p_value", d->p},
                   {"lost_ions", d->lost},
                   {"sigma_lost_ions", d->sigma_lost},
                   {"isotopes_chi2_raw", d->degrees > 0 ? d->chi2_raw : NAN},
                   {"isotopes_chi2_corrected", d->degrees > 0 ? d->chi2_corrected : NAN},
                   {"isotopes_degrees", d->degrees > 0 ? d->degrees : NAN},
                   {"pairs_of_one_kind", (double)d->same.pairs},
                   {"expected_pairs_of_one_kind", d->same.expected},
                   {"sigma_expected_pairs_of_one_kind", d->same.sigma},
                   {"pairs_of_one_kind_p_value", d->same.p}};
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, numbers[i].name, numbers[i].value);
    bool *applied = st == IA_OK ? ia_table_add(ctx, table, "applied", IA_BOOL) : NULL;
    if (!applied)
        return IA_ERR_MEMORY;
    *applied = d->is_applied;
    return ia_table_add_text(ctx, table, "reason", d->reason);
}

static ia_status add_slices(ia_ctx *ctx, const char *name, const char *unit,
                            const ia_dead_slice *slices, size_t n, ia_result *result)
{
    char *from = ia_textf(ctx, "from_%s", unit), *to = ia_textf(ctx, "to_%s", unit);
    ia_table *table = from && to ? ia_result_add(ctx, result, name, IA_ARRAYS, n) : NULL;
    double *lo = table ? ia_table_add(ctx, table, from, IA_F64) : NULL;
    double *hi = lo ? ia_table_add(ctx, table, to, IA_F64) : NULL;
    uint64_t *pairs = hi ? ia_table_add(ctx, table, "pairs", IA_U64) : NULL;
    double *expected = pairs ? ia_table_add(ctx, table, "expected", IA_F64) : NULL;
    double *sigma = expected ? ia_table_add(ctx, table, "sigma_expected", IA_F64) : NULL;
    for (size_t i = 0; i < n && sigma; i++) {
        lo[i] = slices[i].from;
        hi[i] = slices[i].to;
        pairs[i] = slices[i].pairs;
        expected[i] = slices[i].expected;
        sigma[i] = slices[i].sigma;
    }
    free(from);
    free(to);
    return sigma ? IA_OK : IA_ERR_MEMORY;
}

// Kinds of which pairs came within the dead time; factor: ions that came for one
// recorded.
static ia_status add_losses(ia_ctx *ctx, const ia_dead_time *d, const ia_ranges *ranges,
                            ia_result *result)
{
    size_t n = 0, row = 0;
    for (size_t k = 0; k < d->n_kinds; k++)
        n += d->kinds[k].near + d->kinds[k].far > 0;
    ia_table *table = ia_result_add(ctx, result, "losses", IA_KEYED, n);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    uint64_t *counts = ion ? ia_table_add(ctx, table, "counts", IA_U64) : NULL;
    uint64_t *near = counts ? ia_table_add(ctx, table, "pairs_in_zone", IA_U64) : NULL;
    uint64_t *far = near ? ia_table_add(ctx, table, "pairs_beside", IA_U64) : NULL;
    double *ratio = far ? ia_table_add(ctx, table, "zone_over_beside", IA_F64) : NULL;
    double *lost = ratio ? ia_table_add(ctx, table, "lost", IA_F64) : NULL;
    double *sigma = lost ? ia_table_add(ctx, table, "sigma_lost", IA_F64) : NULL;
    double *factor = sigma ? ia_table_add(ctx, table, "factor", IA_F64) : NULL;
    double *error = factor ? ia_table_add(ctx, table, "sigma_factor", IA_F64) : NULL;
    for (size_t k = 0; k < d->n_kinds && error; k++) {
        const ia_dead_loss *loss = &d->kinds[k];
        if (loss->near + loss->far == 0)
            continue;
        if (!(ion[row] = ia_text(ctx, ranges->ions[k].name)))
            return IA_ERR_MEMORY;
        counts[row] = loss->counts;
        near[row] = loss->near;
        far[row] = loss->far;
        ratio[row] = loss->ratio;
        lost[row] = loss->lost;
        sigma[row] = loss->sigma_lost;
        factor[row] = 1 + loss->lost / (double)loss->counts;
        error[row++] = loss->sigma_lost / (double)loss->counts;
    }
    return error ? IA_OK : IA_ERR_MEMORY;
}

static ia_status add_isotopes(ia_ctx *ctx, const ia_dead_time *d, const ia_ranges *ranges,
                              ia_result *result)
{
    size_t n = d->n_isotopes;
    ia_table *table = ia_result_add(ctx, result, "isotopes", IA_ROWS, n);
    char **ion = table ? ia_table_add(ctx, table, "ion", IA_TEXT) : NULL;
    double *mass = ion ? ia_table_add(ctx, table, "mass_da", IA_F64) : NULL;
    double *natural = mass ? ia_table_add(ctx, table, "natural_percent", IA_F64) : NULL;
    double *raw = natural ? ia_table_add(ctx, table, "recorded_percent", IA_F64) : NULL;
    double *corrected =
        raw ? ia_table_add(ctx, table, "corrected_percent", IA_F64) : NULL;
    double *sigma =
        corrected ? ia_table_add(ctx, table, "sigma_corrected_percent", IA_F64) : NULL;
    for (size_t i = 0; i < n && sigma; i++) {
        const ia_isotope_share *s = &d->isotopes[i];
        if (!(ion[i] = ia_text(ctx, ranges->ions[s->kind].name)))
            return IA_ERR_MEMORY;
        mass[i] = s->mass;
        natural[i] = 100 * s->natural;
        raw[i] = 100 * s->raw;
        corrected[i] = 100 * s->corrected;
        sigma[i] = 100 * s->sigma;
    }
    return sigma ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_dead_time_tables(ia_ctx *ctx, const ia_dead_time *dead,
                              const ia_ranges *ranges, ia_result *result)
{
    ia_status st = add_summary(ctx, dead, result);
    if (st != IA_OK || !dead->is_known)
        return st;
    if ((st = add_slices(ctx, "dead_zone_times", "ns", dead->times, IA_DEAD_TIMES,
                         result)) != IA_OK ||
        (st = add_slices(ctx, "dead_zone_distances", "mm", dead->radii, IA_DEAD_RADII,
                         result)) != IA_OK ||
        !dead->is_significant)
        return st;
    st = add_losses(ctx, dead, ranges, result);
    return st == IA_OK ? add_isotopes(ctx, dead, ranges, result) : st;
}
