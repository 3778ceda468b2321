// src/spectrum/charge_states.c: the field that the charges of each element speak of, and
// whether the elements agree.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/charge_states.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_F64, ia_charge_states_params, work_function, "eV", 4.5, 1, 10,
             "work function of the specimen"),
    IA_FIELD(IA_F64, ia_charge_states_params, tip_radius, "nm", 50, 5, 1000,
             "radius of the specimen's end, over which the field falls off"),
    IA_FIELD(IA_F64, ia_charge_states_params, model_error, "", 0.25, 0.01, 1,
             "scatter of computed fields from element to element, relative"),
};
const ia_method ia_charge_states_method =
    IA_METHOD("charge_states", "Field at the surface from charge states",
              ia_charge_states_params, fields);

ia_charge_states_params ia_charge_states_defaults(void)
{
    ia_charge_states_params params;
    ia_method_defaults(&ia_charge_states_method, &params);
    return params;
}

// A charge counts as seen where its ions stand so far above the background.
static const double surely = 3;

// Ions of single atoms by element and charge.
static void count_ions(const ia_charge_states_input *in, ia_charge_state *all)
{
    for (size_t i = 0; i < in->ranger->n; i++) {
        const ia_ion *ion = &in->ranges->ions[in->ranger->ion[i]];
        if (ia_ion_atoms(ion) != 1 || ion->charge < 1 || ion->charge > IA_CHARGES)
            continue;
        double b = in->background
                       ? ia_background_counts(in->background, in->ranger->lo[i],
                                              in->ranger->hi[i])
                       : 0;
        ia_charge_state *e = &all[ion->parts[0].z];
        double n = (double)in->counts->counts[i];
        e->z = ion->parts[0].z;
        e->counts[ion->charge - 1] += n - (isfinite(b) ? b : 0);
        e->variance[ion->charge - 1] += fmax(n, isfinite(b) ? b : 0);
    }
}

static bool is_seen(const ia_charge_state *e, unsigned charge)
{
    return e->counts[charge - 1] > surely * sqrt(e->variance[charge - 1]);
}

static unsigned count_seen(const ia_charge_state *e)
{
    unsigned n = 0;
    for (unsigned charge = 1; charge <= IA_CHARGES; charge++)
        n += is_seen(e, charge);
    return n;
}

// Logarithm of the likelihood of the charges seen, given that they are these. Far from
// where they are, their shares are too small for anything but logarithms.
static double likelihood_at(const ia_charge_curve *c, const ia_charge_state *e,
                            double field, double *expected)
{
    double shares[IA_CHARGES], most = -INFINITY, sum = 0, total = 0, log_likelihood = 0;
    for (unsigned k = 1; k <= IA_CHARGES; k++) {
        shares[k - 1] = is_seen(e, k) ? ia_charge_log_share(c, k, field) : -INFINITY;
        most = fmax(most, shares[k - 1]);
    }
    for (unsigned k = 1; k <= IA_CHARGES; k++) {
        sum += exp(shares[k - 1] - most);
        total += is_seen(e, k) ? e->counts[k - 1] : 0;
    }
    for (unsigned k = 1; k <= IA_CHARGES; k++) {
        double share = shares[k - 1] - most - log(sum);
        if (expected)
            expected[k - 1] = total * exp(share);
        if (is_seen(e, k))
            log_likelihood += e->counts[k - 1] * share;
    }
    return log_likelihood;
}

// Where the likelihood falls by `drop` from its maximum, towards `end`.
static double fall_to(const ia_charge_curve *c, const ia_charge_state *e, double best,
                      double end)
{
    enum { STEPS = 60 };
    const double drop = 1.9207; // half of 3.841: 95 %
    double most = likelihood_at(c, e, best, NULL), near = best, far = end;
    for (size_t i = 0; i < STEPS; i++) {
        double middle = 0.5 * (near + far);
        if (likelihood_at(c, e, middle, NULL) > most - drop)
            near = middle;
        else
            far = middle;
    }
    return near;
}

static double find_best(const ia_charge_curve *c, const ia_charge_state *e)
{
    enum { STEPS = 80 };
    const double golden = 0.6180339887498949;
    double best = c->first, most = -INFINITY;
    for (size_t i = 0; i < c->n; i++) {
        double field = c->first + c->step * (double)i;
        double own = likelihood_at(c, e, field, NULL);
        if (own > most) {
            most = own;
            best = field;
        }
    }
    double end = c->first + c->step * (double)(c->n - 1);
    if (best <= c->first || best >= end)
        return NAN;
    double lo = best - c->step, hi = best + c->step;
    for (size_t i = 0; i < STEPS; i++) {
        double a = hi - golden * (hi - lo), b = lo + golden * (hi - lo);
        if (likelihood_at(c, e, a, NULL) < likelihood_at(c, e, b, NULL))
            lo = a;
        else
            hi = b;
    }
    return 0.5 * (lo + hi);
}

static void judge_fit(const ia_charge_curve *c, ia_charge_state *e)
{
    double expected[IA_CHARGES];
    e->misfit = 0;
    e->degrees = (double)count_seen(e) - 2;
    likelihood_at(c, e, e->field, expected);
    for (unsigned k = 1; k <= IA_CHARGES; k++)
        if (is_seen(e, k)) // never below the variance that was counted
            e->misfit += pow(e->counts[k - 1] - expected[k - 1], 2) /
                         fmax(expected[k - 1], e->variance[k - 1]);
    e->p = e->degrees > 0 ? gsl_cdf_chisq_Q(e->misfit, e->degrees) : NAN;
}

// The field of one element; NAN where no field of the curve fits, or none is known.
static ia_status fit(ia_ctx *ctx, const ia_charge_states_params *params,
                     ia_charge_state *e)
{
    ia_charge_curve curve = {0};
    e->field = e->interval[0] = e->interval[1] = NAN;
    e->misfit = e->degrees = e->p = e->deviation = NAN;
    ia_status st = ia_charge_curve_build(NULL, e->z, params, &curve);
    if (st == IA_ERR_UNSUPPORTED)
        return IA_OK;
    if (st != IA_OK)
        return ia_fail(ctx, st, "no memory for the curve of an element");
    bool covered = true;
    for (unsigned k = 1; k <= IA_CHARGES; k++)
        covered = covered && (!is_seen(e, k) || k <= curve.n_charges);
    if (covered)
        e->field = find_best(&curve, e);
    if (isfinite(e->field)) {
        double end = curve.first + curve.step * (double)(curve.n - 1);
        e->interval[0] = fall_to(&curve, e, e->field, curve.first);
        e->interval[1] = fall_to(&curve, e, e->field, end);
        judge_fit(&curve, e);
    }
    ia_charge_curve_clear(&curve);
    return IA_OK;
}

// Ions of these are held by bonds and leave as 2+ at fields that have no 1+ to lose (C++
// of carbides and steels): they are told, and not compared.
static bool is_compared(const ia_charge_state *e)
{
    static const uint8_t bonded[] = {1, 5, 6, 7, 8, 9, 15, 16, 17};
    return isfinite(e->field) && !e->is_other &&
           !memchr(bonded, (int)e->z, sizeof bonded);
}

// Variance of the logarithm of a field, by counting and by the model.
static double variance_of(const ia_charge_state *e, double model_error)
{
    const double normal = 2 * 1.959964; // of a 95 % interval
    double counting = log(e->interval[1] / e->interval[0]) / normal;
    return counting * counting + model_error * model_error;
}

// Weighted mean of the logarithms of all fields but one (SIZE_MAX: of all).
static double mean_without(const ia_charge_states *s, size_t but, double model_error,
                           double *variance)
{
    double weights = 0, sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (i == but || !is_compared(&s->elements[i]))
            continue;
        double weight = 1 / fmax(variance_of(&s->elements[i], model_error), 1e-12);
        weights += weight;
        sum += weight * log(s->elements[i].field);
    }
    *variance = weights > 0 ? 1 / weights : NAN;
    return weights > 0 ? sum / weights : NAN;
}

// Deviations from the others of the elements still compared; the place of the largest.
static size_t measure_deviations(ia_charge_states *s, double model_error)
{
    size_t worst = SIZE_MAX;
    for (size_t i = 0; i < s->n; i++) {
        ia_charge_state *e = &s->elements[i];
        double variance;
        if (!is_compared(e))
            continue;
        double others = mean_without(s, i, model_error, &variance);
        e->deviation =
            (log(e->field) - others) / sqrt(variance + variance_of(e, model_error));
        if (worst == SIZE_MAX || fabs(e->deviation) > fabs(s->elements[worst].deviation))
            worst = i;
    }
    return worst;
}

static size_t count_compared(const ia_charge_states *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += is_compared(&s->elements[i]);
    return n;
}

// The element furthest off is left out as long as it lies three standard deviations from
// the others, and these are two at least.
static void compare(ia_charge_states *s, double model_error)
{
    const double far = 3;
    enum { FEWEST = 3 };
    double variance;
    for (;;) {
        size_t worst = measure_deviations(s, model_error);
        if (worst == SIZE_MAX || count_compared(s) < FEWEST ||
            !(fabs(s->elements[worst].deviation) > far))
            break;
        s->elements[worst].is_other = true;
    }
    double mean = mean_without(s, SIZE_MAX, model_error, &variance);
    s->field = exp(mean);
    s->sigma = s->field * sqrt(variance);
    s->n_used = count_compared(s);
    for (size_t i = 0; i < s->n; i++)
        if (is_compared(&s->elements[i]))
            s->chi2 += pow(log(s->elements[i].field) - mean, 2) /
                       variance_of(&s->elements[i], model_error);
    s->degrees = s->n_used > 0 ? (double)s->n_used - 1 : 0;
    s->p = s->degrees > 0 ? gsl_cdf_chisq_Q(s->chi2, s->degrees) : NAN;
}

static int by_falling_ions(const void *a, const void *b)
{
    const ia_charge_state *x = a, *y = b;
    double n[2] = {0};
    for (size_t k = 0; k < IA_CHARGES; k++) {
        n[0] += x->counts[k];
        n[1] += y->counts[k];
    }
    if (n[0] != n[1])
        return n[0] < n[1] ? 1 : -1;
    return (x->z > y->z) - (x->z < y->z);
}

static void tell(ia_ctx *ctx, const ia_charge_states *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->elements[i].is_other)
            ia_warn(ctx,
                    "the charges of %s speak of a field of %.3g V/nm, those of the other "
                    "elements of another: are its ranges another ion's?",
                    ia_element_of(s->elements[i].z)->symbol, s->elements[i].field);
}

ia_status ia_charge_states_compute(ia_ctx *ctx, const ia_charge_states_input *input,
                                   const ia_charge_states_params *params,
                                   ia_charge_states *out)
{
    ia_charge_states_params p = params ? *params : ia_charge_states_defaults();
    ia_charge_states states = {.field = NAN, .sigma = NAN, .p = NAN};
    ia_charge_state *all = NULL;
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_charge_states_method, &p)) != IA_OK)
        return st;
    all = ia_array(ctx, IA_Z_MAX + 1, sizeof *all);
    states.elements = ia_array(ctx, IA_Z_MAX + 1, sizeof *states.elements);
    st = all && states.elements ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK)
        goto done;
    count_ions(input, all);
    for (unsigned z = 1; z <= IA_Z_MAX && st == IA_OK; z++) {
        if (count_seen(&all[z]) < 2)
            continue;
        if ((st = fit(ctx, &p, &all[z])) == IA_OK)
            states.elements[states.n++] = all[z];
    }
    if (st != IA_OK)
        goto done;
    qsort(states.elements, states.n, sizeof *states.elements, by_falling_ions);
    compare(&states, p.model_error);
    tell(ctx, &states);
    *out = states;
    states = (ia_charge_states){0}; // the caller's now
done:
    free(all);
    ia_charge_states_clear(&states);
    return st;
}

void ia_charge_states_clear(ia_charge_states *states)
{
    free(states->elements);
    *states = (ia_charge_states){0};
}

static ia_status add_field(ia_ctx *ctx, const ia_charge_states *s, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "charge_field", IA_OBJECT, 1);
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"field_v_per_nm", s->field},
                   {"sigma_field_v_per_nm", s->sigma},
                   {"chi2", s->degrees > 0 ? s->chi2 : NAN},
                   {"degrees", s->degrees},
                   {"p_value", s->p}};
    ia_status st =
        table ? ia_table_add_u64(ctx, table, "elements", s->n_used) : IA_ERR_MEMORY;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && st == IA_OK; i++)
        st = ia_table_add_f64(ctx, table, numbers[i].name, numbers[i].value);
    return st;
}

static ia_status add_counts(ia_ctx *ctx, const ia_charge_states *s, ia_table *table)
{
    for (unsigned k = 1; k <= IA_CHARGES; k++) {
        char name[16];
        snprintf(name, sizeof name, "counts_%u", k);
        double *counts = ia_table_add(ctx, table, name, IA_F64);
        if (!counts)
            return IA_ERR_MEMORY;
        for (size_t i = 0; i < s->n; i++)
            counts[i] = is_seen(&s->elements[i], k) ? s->elements[i].counts[k - 1] : NAN;
    }
    return IA_OK;
}

static ia_status add_elements(ia_ctx *ctx, const ia_charge_states *s, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "charge_states", IA_KEYED, s->n);
    char **names = table ? ia_table_add(ctx, table, "element", IA_TEXT) : NULL;
    if (!names || add_counts(ctx, s, table) != IA_OK)
        return IA_ERR_MEMORY;
    double *field = ia_table_add(ctx, table, "field_v_per_nm", IA_F64);
    double *interval =
        field ? ia_table_add_cells(ctx, table, "field_interval95_v_per_nm", IA_F64, 0, 2)
              : NULL;
    double *misfit = interval ? ia_table_add(ctx, table, "misfit_chi2", IA_F64) : NULL;
    double *p = misfit ? ia_table_add(ctx, table, "misfit_p_value", IA_F64) : NULL;
    double *deviation = p ? ia_table_add(ctx, table, "deviation", IA_F64) : NULL;
    bool *other = deviation ? ia_table_add(ctx, table, "other_field", IA_BOOL) : NULL;
    for (size_t i = 0; i < s->n && other; i++) {
        const ia_charge_state *e = &s->elements[i];
        if (!(names[i] = ia_text(ctx, ia_element_of(e->z)->symbol)))
            return IA_ERR_MEMORY;
        field[i] = e->field;
        memcpy(interval + 2 * i, e->interval, sizeof e->interval);
        misfit[i] = e->degrees > 0 ? e->misfit : NAN;
        p[i] = e->p;
        deviation[i] = e->deviation;
        other[i] = e->is_other;
    }
    return other ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_charge_states_tables(ia_ctx *ctx, const ia_charge_states *states,
                                  ia_result *result)
{
    ia_status st = add_field(ctx, states, result);
    return st == IA_OK ? add_elements(ctx, states, result) : st;
}
