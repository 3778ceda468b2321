// src/synth/mass_plan.c: which ions a specimen gives, how often, and where their peaks
// lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What the two texts of the parameters ask for.
typedef struct {
    ia_entry entries[IA_ENTRIES_MAX];
    ia_ion ions[IA_ENTRIES_MAX];
    size_t n;
} ion_list;

typedef struct {
    const ia_simulate_params *params;
    const ia_mix *mix;
    ion_list states, molecules;
    size_t room; // species there is room for
    ia_mass_plan plan;
} planning;

static ia_status read_ions(ia_ctx *ctx, const char *what, const char *text,
                           ion_list *list)
{
    ia_status st = ia_entries_read(ctx, what, text, list->entries, &list->n);

    for (size_t i = 0; st == IA_OK && i < list->n; i++) {
        const char *name = list->entries[i].name;
        list->ions[i] = ia_ion_of(name);
        if (list->ions[i].n_parts == 0)
            return ia_fail(ctx, IA_ERR_PARAM, "%s: '%s' is no ion", what, name);
        if (list->ions[i].charge == 0)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "%s: '%s' has no charge; write a + for each", what, name);
        if (isnan(list->entries[i].value))
            return ia_fail(ctx, IA_ERR_PARAM, "%s: '%s' has no share; write %s:0.01",
                           what, name, name);
        for (size_t j = 0; j < i; j++)
            if (ia_ion_is_equal(&list->ions[i], &list->ions[j]))
                return ia_fail(ctx, IA_ERR_PARAM, "%s: %s is listed twice", what, name);
    }
    return st;
}

// Charge states are of single atoms, and those of one element make up all of it.
static ia_status check_states(ia_ctx *ctx, const ion_list *list)
{
    double sum[IA_Z_MAX + 1] = {0};
    bool named[IA_Z_MAX + 1] = {0};

    for (size_t i = 0; i < list->n; i++) {
        const ia_ion_part *part = &list->ions[i].parts[0];
        if (ia_ion_atoms(&list->ions[i]) != 1 || part->a != 0)
            return ia_fail(
                ctx, IA_ERR_PARAM,
                "ions: '%s' is not one atom of an element; list it under molecules",
                list->entries[i].name);
        sum[part->z] += list->entries[i].value;
        named[part->z] = true;
    }
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        if (named[z] && fabs(sum[z] - 1) > 1e-6)
            return ia_fail(ctx, IA_ERR_PARAM,
                           "ions: the charge states of %s sum to %.9g, not 1",
                           ia_element_of(z)->symbol, sum[z]);
    return IA_OK;
}

static ia_status set_extra_share(ia_ctx *ctx, planning *job)
{
    double molecules = 0;

    for (size_t i = 0; i < job->molecules.n; i++)
        molecules += job->molecules.entries[i].value;
    job->plan.extra_share = molecules + job->params->background;
    if (job->plan.extra_share > 0.99)
        return ia_fail(
            ctx, IA_ERR_PARAM,
            "molecules (%.6g) and background (%.6g) leave less than 0.01 of the "
            "ions to the composition",
            molecules, job->params->background);
    return IA_OK;
}

static bool is_mixed(const ia_mix *mix, unsigned z)
{
    for (size_t e = 0; e < mix->n; e++)
        if (mix->z[e] == z)
            return true;
    return false;
}

// An element of the ion that does not come into any specimen, as residual gas, carbon and
// the ion beam do, and is not of this one; 0 for none.
static unsigned stranger_in(const ia_mix *mix, const ia_ion *ion)
{
    static const unsigned common[] = {1, 6, 7, 8, 31}; // H, C, N, O, Ga

    for (size_t k = 0; k < ion->n_parts; k++) {
        unsigned z = ion->parts[k].z;
        bool expected = is_mixed(mix, z);
        for (size_t c = 0; c < sizeof common / sizeof *common; c++)
            expected = expected || z == common[c];
        if (!expected)
            return z;
    }
    return 0;
}

// FeO+ beside no iron is told as another ion by everyone who looks for one. Where nobody
// asked for it, it is not drawn.
static void meet_strangers(ia_ctx *ctx, planning *job)
{
    ion_list *list = &job->molecules;
    bool is_asked = strcmp(job->params->molecules, ia_simulate_defaults().molecules) != 0;
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++) {
        unsigned z = stranger_in(job->mix, &list->ions[i]);
        if (z && !is_asked)
            continue;
        if (z)
            ia_warn(ctx, "molecules: %s has %s, which composition has not",
                    list->ions[i].name, ia_element_of(z)->symbol);
        list->entries[n] = list->entries[i];
        list->ions[n++] = list->ions[i];
    }
    list->n = n;
}

static size_t add_species(planning *job, const ia_ion *ion, double share)
{
    ia_mass_plan *plan = &job->plan;
    size_t s = 0;

    while (s < plan->n_species && !ia_ion_is_equal(&plan->ions[s], ion))
        s++;
    if (s == plan->n_species) {
        plan->ions[s] = *ion;
        plan->n_species++;
    }
    plan->probability[s] += share;
    return s;
}

// Append `n` lines; their shares are multiplied by `factor`.
static ia_status append_lines(ia_ctx *ctx, const ia_line *add, size_t n, double factor,
                              ia_lines *lines)
{
    ia_line *longer = ia_array(ctx, lines->n + n, sizeof *longer);

    if (!longer)
        return IA_ERR_MEMORY;
    if (lines->n > 0)
        memcpy(longer, lines->lines, lines->n * sizeof *longer);
    for (size_t i = 0; i < n; i++) {
        longer[lines->n + i] = add[i];
        longer[lines->n + i].share *= factor;
    }
    free(lines->lines);
    lines->lines = longer;
    lines->n += n;
    return IA_OK;
}

// One line for each isotopologue of an ion, of `share` together.
static ia_status append_ion(ia_ctx *ctx, planning *job, const ia_ion *ion, size_t species,
                            double share, ia_lines *lines)
{
    ia_isotopologue *pattern = NULL;
    ia_line *add = NULL;
    size_t n = 0;
    double sum = 0;
    ia_status st = ia_ion_pattern(ctx, ion, 1e-6, &pattern, &n);

    if (st != IA_OK)
        return st;
    add = ia_array(ctx, n, sizeof *add);
    if (!add) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        sum += pattern[i].probability;
    for (size_t i = 0; i < n; i++) {
        double mass = ia_ion_mass_to_charge(ion, pattern[i].mass);
        if (mass > job->params->m_max) {
            st = ia_fail(ctx, IA_ERR_PARAM, "m_max = %g Da cuts off %s at %.2f Da",
                         job->params->m_max, ion->name, mass);
            goto done;
        }
        add[i] = (ia_line){.mass = mass,
                           .scale = ia_peak_scale(job->params, mass),
                           .share = share * pattern[i].probability / sum,
                           .species = (int32_t)species};
    }
    st = append_lines(ctx, add, n, 1, lines);
done:
    free(add);
    free(pattern);
    return st;
}

static ia_status plan_state(ia_ctx *ctx, planning *job, size_t e, const ia_ion *ion,
                            double share)
{
    double of_all = (1 - job->plan.extra_share) * job->mix->fraction[e] * share;
    size_t species = add_species(job, ion, of_all);

    return append_ion(ctx, job, ion, species, share, &job->plan.of_element[e]);
}

static ia_status plan_element(ia_ctx *ctx, planning *job, size_t e)
{
    unsigned z = job->mix->z[e];
    bool listed = false;
    double split[IA_CHARGE_MAX];
    ia_status st = IA_OK;

    for (size_t i = 0; st == IA_OK && i < job->states.n; i++) {
        if (job->states.ions[i].parts[0].z != z)
            continue;
        listed = true;
        if (job->states.entries[i].value > 0)
            st = plan_state(ctx, job, e, &job->states.ions[i],
                            job->states.entries[i].value);
    }
    if (listed)
        return st;
    ia_charge_split(z, split);
    for (unsigned charge = 1; st == IA_OK && charge <= IA_CHARGE_MAX; charge++) {
        ia_ion ion = {.charge = (uint8_t)charge};
        if (split[charge - 1] <= 0)
            continue;
        ia_ion_add(&ion, z, 0, 1);
        ia_ion_rename(&ion);
        st = plan_state(ctx, job, e, &ion, split[charge - 1]);
    }
    return st;
}

static ia_status plan_extras(ia_ctx *ctx, planning *job)
{
    ia_lines *lines = &job->plan.of_extras;
    const ia_line background = {
        .mass = job->params->m_max, .share = job->params->background, .species = -1};
    ia_status st = IA_OK;

    for (size_t i = 0; st == IA_OK && i < job->molecules.n; i++) {
        double share = job->molecules.entries[i].value;
        if (share <= 0)
            continue;
        size_t species = add_species(job, &job->molecules.ions[i], share);
        st = append_ion(ctx, job, &job->molecules.ions[i], species, share, lines);
    }
    if (st == IA_OK && background.share > 0)
        st = append_lines(ctx, &background, 1, 1, lines);
    return st;
}

static int by_falling_share(const void *a, const void *b)
{
    const ia_line *x = a, *y = b;

    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    return (x->mass > y->mass) - (x->mass < y->mass);
}

static void add_up(ia_lines *lines)
{
    double sum = 0, running = 0;

    if (lines->n == 0)
        return;
    qsort(lines->lines, lines->n, sizeof *lines->lines, by_falling_share);
    for (size_t i = 0; i < lines->n; i++)
        sum += lines->lines[i].share;
    for (size_t i = 0; i < lines->n; i++) {
        running += lines->lines[i].share;
        lines->lines[i].up_to = sum > 0 ? running / sum : 1;
    }
    lines->lines[lines->n - 1].up_to = 1;
}

static ia_status gather_all(ia_ctx *ctx, planning *job)
{
    ia_mass_plan *plan = &job->plan;
    ia_status st =
        append_lines(ctx, plan->of_extras.lines, plan->of_extras.n, 1, &plan->of_all);

    for (size_t e = 0; st == IA_OK && e < plan->n_elements; e++)
        st = append_lines(ctx, plan->of_element[e].lines, plan->of_element[e].n,
                          (1 - plan->extra_share) * job->mix->fraction[e], &plan->of_all);
    if (st != IA_OK)
        return st;
    add_up(&plan->of_extras);
    add_up(&plan->of_all);
    for (size_t e = 0; e < plan->n_elements; e++)
        add_up(&plan->of_element[e]);
    return IA_OK;
}

static ia_status make_room(ia_ctx *ctx, planning *job)
{
    job->plan.n_elements = job->mix->n;
    job->room = job->states.n + job->molecules.n + IA_CHARGE_MAX * job->mix->n;
    job->plan.ions = ia_array(ctx, job->room, sizeof *job->plan.ions);
    job->plan.probability = ia_array(ctx, job->room, sizeof *job->plan.probability);
    return job->plan.ions && job->plan.probability ? IA_OK : IA_ERR_MEMORY;
}

ia_status ia_mass_plan_compute(ia_ctx *ctx, const ia_simulate_params *params,
                               const ia_mix *mix, ia_mass_plan *out)
{
    planning job = {.params = params, .mix = mix};
    ia_status st;

    if ((st = read_ions(ctx, "ions", params->ions, &job.states)) != IA_OK ||
        (st = check_states(ctx, &job.states)) != IA_OK ||
        (st = read_ions(ctx, "molecules", params->molecules, &job.molecules)) != IA_OK)
        goto done;
    meet_strangers(ctx, &job);
    if ((st = set_extra_share(ctx, &job)) != IA_OK ||
        (st = make_room(ctx, &job)) != IA_OK)
        goto done;
    for (size_t e = 0; e < mix->n; e++)
        if ((st = plan_element(ctx, &job, e)) != IA_OK)
            goto done;
    if ((st = plan_extras(ctx, &job)) != IA_OK || (st = gather_all(ctx, &job)) != IA_OK)
        goto done;
    *out = job.plan;
    job.plan = (ia_mass_plan){0};
done:
    ia_mass_plan_clear(&job.plan);
    return st;
}

void ia_mass_plan_clear(ia_mass_plan *plan)
{
    free(plan->of_all.lines);
    free(plan->of_extras.lines);
    for (size_t e = 0; e < plan->n_elements; e++)
        free(plan->of_element[e].lines);
    free(plan->probability);
    free(plan->ions);
    *plan = (ia_mass_plan){0};
}
