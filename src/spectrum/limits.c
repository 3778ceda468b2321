// src/spectrum/limits.c: critical level, detection limit and upper limit of each element.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/limits_internal.h"

#include "core/charge_split.h"
#include "core/kind_list.h"

#include <ionatlas/charge_states.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_BOOL, ia_limits_params, limits, "", 0, 0, 1,
             "print the detection limit of every element, too"),
    IA_FIELD_TEXT(
        ia_limits_params, limits_for, "",
        "of these elements and nuclides only: \"Ti,D\"; empty: all natural elements, "
        "and what is enriched"),
    IA_FIELD(IA_SIZE, ia_limits_params, limits_charge, "", 3, 1, 4,
             "largest charge of an atomic ion looked for"),
    IA_FIELD(IA_F64, ia_limits_params, false_claims, "", 0.05, 1e-9, 0.5,
             "chance that an element that is absent is claimed"),
    IA_FIELD(IA_F64, ia_limits_params, confidence, "", 0.95, 0.5, 0.999999,
             "of the upper limit of an element that is absent"),
};
const ia_method ia_limits_method =
    IA_METHOD("limits", "Detection limits of the elements", ia_limits_params, fields);

ia_limits_params ia_limits_defaults(void)
{
    ia_limits_params params;
    ia_method_defaults(&ia_limits_method, &params);
    return params;
}

// Of ions told with 0.95 to 0.99 a few in a hundred are others.
const double ia_limit_sure = 0.99;

static const double ABUNDANCE_LEAST = 0.01, SPLIT_LEAST = 0.02;

// Half-windows in widths left and right of a line that are tried.
static const double trial_left[] = {0.7, 1, 1.4}, trial_right[] = {0.8, 1.4, 3};
enum { TRIALS = 3 };

typedef struct {
    const ia_limits_input *input;
    const ia_limits_params *params;
    ia_beside beside;
    ia_counts counts;
    ia_nuclide_list own; // nuclides told apart
    bool can_tell;       // there are atoms, and the background is known
} looking;

static void expect_background(const looking *job, ia_place *p)
{
    const ia_background *b = job->input->background;

    p->background = fmax(0, ia_background_counts(b, p->lo, p->hi));
    p->background_sigma = ia_background_sigma(b, p->lo, p->hi);
}

// A line of which the fit leaves less than this part is no use.
static const double GAIN_LEAST = 0.1;

// About the least signal that is seen in places taken together (Currie 1968), over the
// share of atoms there that the fit leaves.
static double merit(const looking *job, const ia_places *places)
{
    ia_pooled p = ia_places_pool(&job->beside, places);
    if (p.gain < GAIN_LEAST * p.share || p.gain <= 0)
        return INFINITY;
    return (2.71 + 3.29 * sqrt(p.expected + p.sigma * p.sigma)) / p.gain;
}

// The window of a line that shows least of it.
static ia_place best_window(const looking *job, const ia_sought_line *line)
{
    const ia_peak_shape *shape = job->input->shape;
    double width = ia_peak_width(&shape->widths, line->mass);
    ia_place p = {.line = *line}, best = p, whole = p;

    best.merit = INFINITY;
    whole.lo = line->mass - trial_left[TRIALS - 1] * width;
    whole.hi = line->mass + trial_right[TRIALS - 1] * width;
    expect_background(job, &whole);
    for (size_t t = 0; t < TRIALS * TRIALS; t++) {
        p.lo = line->mass - trial_left[t / TRIALS] * width;
        p.hi = line->mass + trial_right[t % TRIALS] * width;
        p.share = line->share * ia_peak_shape_share(shape, line->mass, p.lo, p.hi);
        double part = (p.hi - p.lo) / (whole.hi - whole.lo);
        p.background = part * whole.background;
        p.background_sigma = part * whole.background_sigma;
        ia_beside_expect(&job->beside, &p);
        const ia_places one = {.list = {p}, .n = 1};
        p.merit = merit(job, &one);
        if (p.merit < best.merit)
            best = p;
    }
    if (best.merit < INFINITY)
        expect_background(job, &best);
    return best;
}

static bool is_in_reach(const looking *job, double mass)
{
    const ia_background *b = job->input->background;
    double width = ia_peak_width(&job->input->shape->widths, mass);
    double begin = fmax(job->counts.spectrum->m_min, b->m_lo > 0 ? 0.5 * b->m_lo : 0);

    return mass - 3 * width > begin && mass + 3 * width < ia_counts_end(&job->counts);
}

// As the field has it, averaged over what the field may be; false where that is unknown.
static bool split_by_field(const ia_limits_input *in, unsigned z,
                           double split[IA_CHARGE_MAX])
{
    static const double at[] = {-1.5, -0.75, 0, 0.75, 1.5}; // standard deviations
    static const double weight[] = {0.1, 0.24, 0.32, 0.24, 0.1};
    double share[IA_CHARGES];

    if (!(in->field > 0) || !(in->sigma_field >= 0))
        return false;
    for (size_t c = 0; c < IA_CHARGE_MAX; c++)
        split[c] = 0;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        double field = fmax(1, in->field + at[i] * in->sigma_field);
        if (!ia_charge_shares(z, NULL, field, share))
            return false;
        for (size_t c = 0; c < IA_CHARGE_MAX; c++)
            split[c] += weight[i] * share[c];
    }
    return true;
}

// Shares of the element's atoms, whatever the isotope, by the charge of their ions: as is
// seen, else as the field has it, else as usual.
static void split_atoms(const looking *job, unsigned z, double split[IA_CHARGE_MAX])
{
    const ia_deconvolution *d = job->input->solved;
    double seen[IA_CHARGE_MAX] = {0}, sum = 0;

    for (size_t k = 0; k < d->n_ions; k++) {
        const ia_ion *ion = &d->ions[k].ion;
        if (ia_ion_atoms(ion) == 1 && ia_ion_count(ion, z) == 1 && ion->charge >= 1 &&
            ion->charge <= IA_CHARGE_MAX && d->ions[k].counts > 0) {
            seen[ion->charge - 1] += d->ions[k].counts;
            sum += d->ions[k].counts;
        }
    }
    if (sum <= 0 && !split_by_field(job->input, z, split))
        ia_charge_split(z, split);
    for (size_t c = 0; c < IA_CHARGE_MAX && sum > 0; c++)
        split[c] = seen[c] / sum;
}

static bool overlaps(const ia_places *places, const ia_place *p)
{
    for (size_t i = 0; i < places->n; i++)
        if (p->lo < places->list[i].hi && places->list[i].lo < p->hi)
            return true;
    return false;
}

static int by_merit(const void *a, const void *b)
{
    double x = ((const ia_place *)a)->merit, y = ((const ia_place *)b)->merit;
    return (x > y) - (x < y);
}

// The lines of atomic ions of a kind of atom: of a nuclide its own.
static size_t find_lines(const looking *job, ia_atom_kind kind, ia_sought_line *list)
{
    const ia_element *element = ia_element_of(kind.z);
    const ia_mass_scale *scale = &job->input->solved->scale;
    double split[IA_CHARGE_MAX];
    size_t n = 0;

    split_atoms(job, kind.z, split);
    for (unsigned charge = 1; charge <= job->params->limits_charge; charge++)
        for (size_t i = 0; i < element->n_nuclides; i++) {
            const ia_nuclide *nuclide = &element->nuclides[i];
            double abundance = kind.a == 0 ? nuclide->abundance : nuclide->a == kind.a;
            double share = split[charge - 1] * abundance;
            if (abundance < ABUNDANCE_LEAST || split[charge - 1] < SPLIT_LEAST ||
                n == IA_PLACES_MOST)
                continue;
            double mass = (nuclide->mass - charge * ia_electron_mass) / charge;
            mass += scale->offset + scale->slope * mass;
            if (is_in_reach(job, mass))
                list[n++] = (ia_sought_line){mass, share, charge};
        }
    return n;
}

// The best window of each line, the best first.
static size_t find_places(looking *job, ia_atom_kind kind, ia_place *list)
{
    ia_sought_line lines[IA_PLACES_MOST];
    size_t n_lines = find_lines(job, kind, lines), n = 0;

    ia_beside_set(&job->beside, kind, lines, n_lines);
    for (size_t i = 0; i < n_lines; i++) {
        list[n] = best_window(job, &lines[i]);
        n += list[n].merit < INFINITY;
    }
    if (n > 0)
        qsort(list, n, sizeof *list, by_merit);
    return n;
}

// The best place, and others as long as they lower what is seen.
static ia_places gather(looking *job, ia_atom_kind kind)
{
    ia_place list[IA_PLACES_MOST];
    ia_places places = {.n = 0};
    size_t n = find_places(job, kind, list);
    double least = INFINITY;

    for (size_t i = 0; i < n; i++) {
        if (overlaps(&places, &list[i]))
            continue;
        places.list[places.n++] = list[i];
        double found = merit(job, &places);
        if (found < least)
            least = found;
        else
            places.n--;
    }
    return places;
}

// Of the ions told with atoms of a kind; NULL: none.
static const ia_solved *surest_of(const looking *job, ia_atom_kind kind)
{
    const ia_deconvolution *d = job->input->solved;
    const ia_solved *surest = NULL;

    for (size_t k = 0; k < d->n_ions; k++)
        if (ia_atom_kind_count(&job->own, &d->ions[k].ion, kind) > 0 &&
            (!surest || d->ions[k].probability > surest->probability))
            surest = &d->ions[k];
    return surest;
}

static void set_told(const ia_solved *surest, ia_limit *out)
{
    out->verdict = IA_LIMIT_ABSENT;
    out->probability = NAN;
    if (!surest)
        return;
    out->probability = surest->probability;
    out->verdict =
        surest->probability >= ia_limit_sure ? IA_LIMIT_PRESENT : IA_LIMIT_MAY_BE;
    memcpy(out->told_by, surest->ion.name, sizeof out->told_by);
}

// A peak rules a place where it gives more than all else there.
static void name_blocker(const looking *job, const ia_place *best, ia_limit *out)
{
    if (best->blocked_by < 0)
        return;
    const ia_known_line *l = &job->beside.known->list[best->blocked_by];
    if (best->overlap <= best->background || best->overlap < 3)
        return;
    if (l->ion >= 0)
        memcpy(out->blocked_by, job->input->solved->ions[l->ion].ion.name,
               sizeof out->blocked_by);
    else
        strcpy(out->blocked_by, "unexplained peak");
}

static void judge(looking *job, ia_atom_kind kind, ia_limit *out)
{
    const ia_limits_params *p = job->params;
    ia_places places = {.n = 0};
    double unit = 1e6 / job->input->atoms;

    *out = (ia_limit){
        .z = kind.z, .a = kind.a, .critical = NAN, .detectable = NAN, .upper = NAN};
    ia_atom_kind_name_short(kind, out->name);
    out->mass = out->lo = out->hi = out->chance = NAN;
    set_told(surest_of(job, kind), out);
    if (job->can_tell)
        places = gather(job, kind);
    if (places.n == 0) {
        out->verdict = out->verdict == IA_LIMIT_ABSENT ? IA_LIMIT_UNKNOWN : out->verdict;
        return;
    }
    const ia_place *best = &places.list[0];
    ia_pooled pooled = ia_places_pool(&job->beside, &places);
    ia_ion_add(&out->ion, kind.z, kind.a, 1);
    out->ion.charge = (uint8_t)best->line.charge;
    ia_ion_rename(&out->ion);
    out->mass = best->line.mass;
    out->lo = best->lo;
    out->hi = best->hi;
    out->n = places.n;
    out->share = pooled.gain;
    out->expected = pooled.expected;
    out->sigma = pooled.sigma;
    out->overlap = pooled.overlap;
    for (size_t i = 0; i < places.n; i++)
        out->counts +=
            ia_counts_between(&job->counts, places.list[i].lo, places.list[i].hi);
    out->chance = ia_excess_chance(out->counts, out->expected, out->sigma);
    unit /= pooled.gain;
    out->critical = unit * ia_critical_counts(out->expected, out->sigma, p->false_claims);
    out->detectable =
        unit * ia_detectable_counts(out->expected, out->sigma, p->false_claims, 0.05);
    name_blocker(job, best, out);
    if (out->verdict != IA_LIMIT_ABSENT)
        return;
    // A peak that nothing explains may be this element's.
    out->upper = unit * ia_excess_upper(out->counts, pooled.known, pooled.sigma_known,
                                        p->confidence);
    if (out->chance < p->false_claims)
        out->verdict = IA_LIMIT_ABOVE;
}

static bool is_natural(unsigned z)
{
    const ia_element *element = ia_element_of(z);

    for (size_t i = 0; i < element->n_nuclides; i++)
        if (element->nuclides[i].abundance >= ABUNDANCE_LEAST)
            return true;
    return false;
}

static bool is_told(const looking *job, ia_atom_kind kind)
{
    const ia_deconvolution *d = job->input->solved;
    for (size_t k = 0; k < d->n_ions; k++)
        if (ia_atom_kind_count(&job->own, &d->ions[k].ion, kind) > 0)
            return true;
    return false;
}

// All natural elements, with the nuclides that are enriched or, of hydrogen, told.
static void list_natural(const looking *job, ia_kind_list *out)
{
    ia_atom_kind all[IA_ATOM_KINDS_MOST];
    size_t n = ia_atom_kinds(&job->own, all);
    for (size_t i = 0; i < n; i++)
        if (all[i].a == 0 ? is_natural(all[i].z)
                          : ia_nuclide_list_has(&job->own, all[i].z, all[i].a) ||
                                is_told(job, all[i]))
            out->kind[out->n++] = all[i];
}

static bool is_before(ia_atom_kind a, ia_atom_kind b)
{
    return a.z != b.z ? a.z < b.z : a.a < b.a;
}

// By atomic number.
static void sort_kinds(ia_kind_list *list)
{
    for (size_t i = 1; i < list->n; i++)
        for (size_t k = i; k > 0 && is_before(list->kind[k], list->kind[k - 1]); k--) {
            ia_atom_kind other = list->kind[k];
            list->kind[k] = list->kind[k - 1];
            list->kind[k - 1] = other;
        }
}

// What is asked for, else all natural elements and what is enriched.
static ia_status choose_kinds(ia_ctx *ctx, looking *job, ia_kind_list *out)
{
    const char *enriched = job->input->enriched ? job->input->enriched : "";
    const ia_ranges none = {.n_ions = 0};
    ia_status st = ia_nuclide_list_read(ctx, "enriched", enriched, &job->own);
    if (st == IA_OK)
        st = ia_kind_list_read(ctx, "limits_for", job->params->limits_for, &none, out);
    if (st == IA_OK && out->n == 0)
        list_natural(job, out);
    if (st == IA_OK)
        sort_kinds(out);
    return st;
}

ia_status ia_limits_compute(ia_ctx *ctx, const ia_limits_input *input,
                            const ia_limits_params *params, ia_limits *out)
{
    ia_limits_params p = params ? *params : ia_limits_defaults();
    ia_limits limits = {.alpha = p.false_claims, .confidence = p.confidence};
    ia_known_lines known = {.n = 0};
    looking job = {
        .input = input, .params = &p, .beside = {.input = input, .known = &known}};
    ia_kind_list kinds = {.n = 0};
    ia_status st;

    job.beside.own = &job.own;
    if ((st = ia_method_check(ctx, &ia_limits_method, &p)) != IA_OK ||
        (st = choose_kinds(ctx, &job, &kinds)) != IA_OK ||
        (st = ia_counts_build(ctx, input->spectrum, NULL, &job.counts)) != IA_OK ||
        (st = ia_known_lines_build(ctx, input, &job.counts, &known)) != IA_OK)
        goto done;
    job.beside.absorbed =
        ia_array(ctx, input->solved->n_ions, sizeof *job.beside.absorbed);
    limits.list = ia_array(ctx, IA_ATOM_KINDS_MOST, sizeof *limits.list);
    if (!limits.list || !job.beside.absorbed) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    job.can_tell =
        input->atoms > 0 && isfinite(ia_background_counts(input->background, 1, 100));
    for (size_t i = 0; i < kinds.n; i++)
        judge(&job, kinds.kind[i], &limits.list[limits.n++]);
    *out = limits;
    limits.list = NULL; // the caller's now
done:
    free(limits.list);
    free(job.beside.absorbed);
    ia_known_lines_clear(&known);
    ia_counts_clear(&job.counts);
    return st;
}

void ia_limits_clear(ia_limits *limits)
{
    free(limits->list);
    *limits = (ia_limits){0};
}
