// src/spectrum/candidates.c: lists the ions that a spectrum might hold.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/identify.h>
#include <ionatlas/random.h>

#include "core/element_list.h"
#include "core/nuclide_list.h"
#include "spectrum/element_prior.h"
#include "spectrum/ion_prior.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Molecules that are less likely than this are no explanation of anything.
static const double LOG_ODDS_LEAST = -8;
const double ia_intensity_cost = 3;
// Of a line: a hundred ions of a hundred million.
static const double LEAST_SHARE = 1e-6;
enum { COPIES_MOST = 32, PAIRS_MOST = 3 };

typedef struct {
    ia_ctx *ctx;
    const ia_candidate_rules *rules;
    unsigned members[IA_Z_MAX]; // elements that may form molecules, as they are written
    size_t n_members;
    unsigned atoms_least; // of the molecules that are listed by their form
    ia_candidates all;
    size_t room;
    ia_random random[2];        // for atoms of nature, and for those with others: what is
                                // listed of the first does not hang on the second
    double shifts[COPIES_MOST]; // of the atoms at hand, Da
    const ia_ion_prior *prior;
    ia_nuclide_list enriched;
} listing;

// Elements of the hint, with H and Ga, which the instrument and the preparation bring;
// all when there is none.
static ia_status read_hint(listing *job)
{
    ia_element_list elements = {0};
    bool *hinted = job->all.hinted;
    ia_status st = ia_element_list_read(job->ctx, "elements",
                                        job->rules->params->elements, &elements);

    job->all.is_hinted = elements.n > 0;
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        hinted[z] = elements.n == 0;
    for (size_t i = 0; i < elements.n; i++)
        hinted[elements.z[i]] = true;
    for (size_t i = 0; i < job->enriched.n; i++)
        hinted[job->enriched.list[i]->z] = true;
    hinted[ia_element_find("H", 1)] = true;
    hinted[ia_element_find("Ga", 2)] = true;
    return st;
}

// Does the hint leave out what the ion is made of? Residual gas is in every chamber.
static bool is_left_out(const listing *job, const ia_ion *ion)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (!job->all.hinted[ion->parts[i].z])
            return !ia_ion_is_residual_gas(ion);
    return false;
}

// Who hints at elements knows that they may be there, and doubts the others but for those
// that residual gas brings.
static void set_odds(listing *job)
{
    const double doubt = 3;

    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        double *odds = &job->all.element[z];
        *odds = ia_prior_element(job->prior, z);
        job->all.bound[z] = ia_prior_bound(job->prior, z);
        if (job->all.is_hinted && job->all.hinted[z])
            *odds = fmax(*odds, 0);
        else if (job->all.is_hinted && !ia_element_is_gas_former(z))
            *odds -= doubt;
    }
    for (size_t i = 0; i < job->enriched.n; i++) {
        double *odds = &job->all.element[job->enriched.list[i]->z];
        *odds = fmax(*odds, 0);
    }
}

// A molecule may be made of what was found and of what residual gas is made of, which is
// written last.
static void choose_members(listing *job)
{
    static const unsigned gas[] = {6, 7, 8, 1};
    bool is_gas[IA_Z_MAX + 1] = {false};

    for (size_t i = 0; i < sizeof gas / sizeof *gas; i++)
        is_gas[gas[i]] = true;
    for (unsigned z = IA_Z_MAX; z > 0; z--)
        if (!is_gas[z] && job->rules->found && job->rules->found[z])
            job->members[job->n_members++] = z;
    for (size_t i = 0; i < sizeof gas / sizeof *gas; i++)
        job->members[job->n_members++] = gas[i];
}

static bool is_in_view(const listing *job, const ia_candidate *candidate)
{
    for (size_t i = 0; i < candidate->n_lines; i++)
        if (candidate->lines[i].share > 0.05 &&
            candidate->lines[i].mass >= job->rules->m_lo &&
            candidate->lines[i].mass < job->rules->m_hi)
            return true;
    return false;
}

// Takes over the candidate's lines, or frees them.
static ia_status keep(listing *job, ia_candidate candidate)
{
    if (!is_in_view(job, &candidate)) {
        free(candidate.lines);
        return IA_OK;
    }
    if (job->all.n == job->room) {
        size_t room = job->room ? 2 * job->room : 256;
        ia_candidate *list = ia_array(job->ctx, room, sizeof *list);
        if (!list) {
            free(candidate.lines);
            return IA_ERR_MEMORY;
        }
        if (job->all.n)
            memcpy(list, job->all.list, job->all.n * sizeof *list);
        free(job->all.list);
        job->all.list = list;
        job->room = room;
    }
    job->all.list[job->all.n++] = candidate;
    return IA_OK;
}

static ia_status invent(listing *job, const ia_candidate *model, size_t copy)
{
    ia_candidate candidate = *model;

    candidate.lines = ia_array(job->ctx, model->n_lines, sizeof *candidate.lines);
    if (!candidate.lines)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < model->n_lines; i++) {
        candidate.lines[i] = model->lines[i];
        candidate.lines[i].mass += job->shifts[copy] / model->ion.charge;
    }
    candidate.matter += copy + 1;
    candidate.invented = true;
    return keep(job, candidate);
}

// Atoms of a nuclide that the specimen was charged with or is enriched in.
static unsigned count_enriched(const ia_ion *ion)
{
    unsigned n = 0;

    for (size_t i = 0; i < ion->n_parts; i++)
        n += ion->parts[i].a > 0 ? ion->parts[i].count : 0;
    return n;
}

static ia_status append(listing *job, const ia_ion *ion, double log_odds)
{
    ia_candidate candidate = {
        .ion = *ion,
        .log_prior = log_odds - ia_intensity_cost,
        .log_odds = log_odds,
        .matter = job->all.n_matters,
        .is_gas = ia_ion_is_of_chamber(ion) && count_enriched(ion) == 0,
        .left_out = is_left_out(job, ion),
    };
    ia_status st = ia_ion_lines(job->ctx, ion, job->rules->widths, LEAST_SHARE,
                                &candidate.lines, &candidate.n_lines);

    for (size_t copy = 0; st == IA_OK && copy < job->rules->copies; copy++)
        st = invent(job, &candidate, copy);
    if (st == IA_OK)
        return keep(job, candidate);
    free(candidate.lines);
    return st;
}

// Other atoms from now on, moved by one or two Da and a broken part, so that no charge
// brings a line of the copy to where the like of it may be.
static void begin_matter(listing *job, bool enriched)
{
    ia_random *random = &job->random[enriched];

    job->all.n_matters += 1 + job->rules->copies;
    for (size_t copy = 0; copy < job->rules->copies; copy++) {
        double sign = ia_random_below(random, 2) ? 1 : -1;
        double whole = (double)ia_random_below(random, 2);
        job->shifts[copy] = sign * (whole + 0.3 + 0.4 * ia_random_uniform(random));
    }
}

static bool is_negative(const listing *job)
{
    return job->rules->params->polarity == IA_POLARITY_NEGATIVE;
}

// Only the field at a tip takes a second electron.
static size_t most_charge(const listing *job)
{
    bool tip = job->rules->params->technique == IA_TECHNIQUE_APT;

    return tip ? job->rules->params->charge_max : 1;
}

static ia_status list_atom(listing *job, unsigned z, unsigned a)
{
    ia_status st = IA_OK;

    begin_matter(job, a > 0);
    for (unsigned c = 1; st == IA_OK && c <= most_charge(job) && c <= z; c++) {
        ia_ion ion = {.charge = (uint8_t)c, .negative = is_negative(job)};
        ia_ion_add(&ion, z, a, 1);
        ia_ion_rename(&ion);
        st = append(job, &ion, ia_prior_charge(job->prior, z, c));
    }
    return st;
}

static ia_status list_atoms(listing *job)
{
    ia_status st = IA_OK;

    for (unsigned z = 1; st == IA_OK && z <= IA_Z_MAX; z++)
        if (ia_prior_element(job->prior, z) > -INFINITY)
            st = list_atom(job, z, 0);
    for (size_t i = 0; st == IA_OK && i < job->enriched.n; i++)
        st = list_atom(job, job->enriched.list[i]->z, job->enriched.list[i]->a);
    return st;
}

static ia_status list_all_charges(listing *job, ia_ion ion)
{
    const double exchanged = 0.6931471805599453; // one of two atoms is, at a guess
    double doubt = exchanged * count_enriched(&ion);
    ia_status st = IA_OK;
    unsigned electrons = 0;

    for (size_t i = 0; i < ion.n_parts; i++)
        electrons += ion.parts[i].z * ion.parts[i].count;

    begin_matter(job, count_enriched(&ion) > 0);
    for (unsigned c = 1; st == IA_OK && c <= most_charge(job); c++) {
        ion.charge = (uint8_t)c;
        ion.negative = is_negative(job);
        double log_odds = ia_prior_molecule(job->prior, &ion) - doubt;
        if (log_odds < LOG_ODDS_LEAST || (!ion.negative && c >= electrons))
            continue;
        ia_ion_rename(&ion);
        st = append(job, &ion, log_odds);
    }
    return st;
}

// The ion with n of its atoms of an element exchanged for a nuclide of it.
static ia_ion exchange(const ia_ion *ion, const ia_nuclide *nuclide, unsigned n)
{
    ia_ion out = {.n_parts = 0};

    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_ion_part *part = &ion->parts[i];
        unsigned own = part->z == nuclide->z && part->a == 0 ? n : 0;
        if (part->count > own)
            ia_ion_add(&out, part->z, part->a, part->count - own);
        if (own > 0)
            ia_ion_add(&out, part->z, nuclide->a, own);
    }
    return out;
}

static unsigned count_open(const ia_ion *ion, unsigned z)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (ion->parts[i].z == z && ion->parts[i].a == 0)
            return ion->parts[i].count;
    return 0;
}

// The ion with its natural isotopes, and each with some of its atoms exchanged for the
// nuclides of the list from the k-th on.
static ia_status list_exchanged(listing *job, const ia_ion *ion, size_t k)
{
    if (k == job->enriched.n)
        return list_all_charges(job, *ion);
    const ia_nuclide *nuclide = job->enriched.list[k];
    ia_status st = list_exchanged(job, ion, k + 1);
    for (unsigned n = 1; st == IA_OK && n <= count_open(ion, nuclide->z); n++) {
        ia_ion other = exchange(ion, nuclide, n);
        st = list_exchanged(job, &other, k + 1);
    }
    return st;
}

static ia_status list_charges(listing *job, ia_ion ion)
{
    return list_exchanged(job, &ion, 0);
}

// Every multiset of `left` more members, none before `from`.
static ia_status list_molecules(listing *job, const ia_ion *begun, size_t from,
                                size_t left)
{
    ia_status st = IA_OK;

    for (size_t i = from; st == IA_OK && i < job->n_members; i++) {
        ia_ion ion = *begun;
        ia_ion_add(&ion, job->members[i], 0, 1);
        if (ia_ion_atoms(&ion) > 1)
            st = list_charges(job, ion);
        if (st == IA_OK && left > 1)
            st = list_molecules(job, &ion, i, left - 1);
    }
    return st;
}

// Choices of members for the letters of a form, from the k-th on.
static ia_status list_choices(listing *job, const ia_prior_form *form, const char *at,
                              const ia_ion *begun)
{
    ia_status st = IA_OK;
    char *end;

    if (!*at)
        return ia_ion_atoms(begun) >= job->atoms_least ? list_charges(job, *begun)
                                                       : IA_OK;
    unsigned count = (unsigned)strtoul(at + 1, &end, 10);
    count = count ? count : 1;
    for (size_t i = 0; st == IA_OK && i < job->n_members; i++) {
        unsigned z = job->members[i];
        const ia_ion_part *last =
            begun->n_parts ? &begun->parts[begun->n_parts - 1] : NULL;
        // Two letters of a kind with equal counts are one choice, not two.
        bool again = last && strchr("XYBD", *at) && last->count == count && last->z < z;
        ia_ion ion = *begun;
        if (!ia_form_letter_is(*at, z) || ia_ion_count(begun, z) > 0 || again)
            continue;
        ia_ion_add(&ion, z, 0, count);
        st = list_choices(job, form, end, &ion);
    }
    return st;
}

static unsigned atoms_of_form(const char *text)
{
    unsigned atoms = 0;

    while (*text) {
        char *end;
        unsigned count = (unsigned)strtoul(text + 1, &end, 10);
        atoms += count ? count : 1;
        text = end;
    }
    return atoms;
}

// Hydrocarbons of a sputtered surface are as large as they come: their carbon counts.
static bool is_small_enough(const listing *job, const char *text)
{
    bool bare = text[0] == 'C' && !strpbrk(text, "MXYABDNO") && strchr(text, 'H');
    size_t carbon = text[1] == 'H' ? 1 : (size_t)strtoul(text + 1, NULL, 10);
    bool sputtered = job->rules->params->technique != IA_TECHNIQUE_APT;
    size_t atoms = bare && sputtered ? carbon : atoms_of_form(text);

    return atoms <= job->rules->params->atoms_max;
}

// Four atoms and more are too many to list: only forms that somebody has counted.
static ia_status list_larger(listing *job)
{
    const ia_ion_prior *prior = job->prior;
    const ia_ion none = {.n_parts = 0};
    ia_status st = IA_OK;

    for (size_t i = 0; st == IA_OK && i < prior->n_forms; i++) {
        const ia_prior_form *form = &prior->forms[i];
        unsigned atoms = form->text[0] == '=' ? 0 : atoms_of_form(form->text);
        if (atoms >= job->atoms_least && is_small_enough(job, form->text))
            st = list_choices(job, form, form->text, &none);
    }
    return st;
}

static bool is_member(const listing *job, unsigned z)
{
    for (size_t i = 0; i < job->n_members; i++)
        if (job->members[i] == z)
            return true;
    return false;
}

static bool is_tip(const listing *job)
{
    return job->rules->params->technique == IA_TECHNIQUE_APT && !is_negative(job);
}

// One atom other than H, C, N and O, with oxygen, and perhaps hydrogen where the field of
// a tip does not take it away?
static bool is_oxide_form(const listing *job, const char *text)
{
    return strchr("MA", text[0]) && text[1] == 'O' &&
           !strpbrk(text, is_tip(job) ? "XYBDCNH" : "XYBDCN");
}

static ia_status list_oxides_of(listing *job, unsigned z)
{
    const ia_ion_prior *prior = job->prior;
    ia_ion metal = {.n_parts = 0};
    ia_status st = IA_OK;

    ia_ion_add(&metal, z, 0, 1);
    for (size_t i = 0; st == IA_OK && i < prior->n_forms; i++) {
        const char *text = prior->forms[i].text;
        if (is_oxide_form(job, text) && ia_form_letter_is(text[0], z) &&
            atoms_of_form(text) <= job->rules->params->atoms_max)
            st = list_choices(job, &prior->forms[i], text + 1, &metal);
    }
    return st;
}

// Sputtering and lasers give oxides and hydroxides of elements whose bare atoms take up
// or lose no electron: these are looked for though the bare atom has not been found. A
// tip that holds oxygen may give an element as oxides alone, such as TiO+ and TiO++ of
// BaTiO3.
static ia_status list_oxides(listing *job)
{
    const unsigned oxygen = 8;
    ia_status st = IA_OK;

    if (is_tip(job) && !(job->rules->found && job->rules->found[oxygen]))
        return IA_OK;
    job->atoms_least = 2;
    for (unsigned z = 1; st == IA_OK && z <= IA_Z_MAX; z++)
        if (!is_member(job, z) && ia_prior_element(job->prior, z) > -INFINITY)
            st = list_oxides_of(job, z);
    return st;
}

ia_status ia_candidates_build(ia_ctx *ctx, const ia_candidate_rules *rules,
                              ia_candidates *out)
{
    listing job = {
        .ctx = ctx, .rules = rules, .random = {ia_random_new(1, 0), ia_random_new(1, 1)}};
    ia_ion none = {.n_parts = 0};
    ia_ion_prior own = {.n_forms = 0};
    ia_status st;

    if (!rules->prior && (st = ia_ion_prior_read(ctx, "", &own)) != IA_OK)
        return st;
    job.prior = rules->prior ? rules->prior : &own;
    if ((st = ia_nuclide_list_read(ctx, "enriched", rules->params->enriched,
                                   &job.enriched)) != IA_OK ||
        (st = read_hint(&job)) != IA_OK)
        goto done;
    set_odds(&job);
    choose_members(&job);
    if ((st = list_atoms(&job)) != IA_OK)
        goto done;
    size_t small = rules->params->atoms_max < PAIRS_MOST ? rules->params->atoms_max
                                                         : (size_t)PAIRS_MOST;
    if (small > 1)
        st = list_molecules(&job, &none, 0, small);
    job.atoms_least = PAIRS_MOST + 1;
    if (st == IA_OK)
        st = list_larger(&job);
    if (st == IA_OK)
        st = list_oxides(&job);
    if (st != IA_OK)
        goto done;
    job.all.n_matters += 1 + rules->copies;
    *out = job.all;
    job.all = (ia_candidates){0};
done:
    ia_candidates_clear(&job.all);
    ia_ion_prior_clear(&own);
    return st;
}

void ia_candidates_clear(ia_candidates *candidates)
{
    for (size_t i = 0; i < candidates->n; i++)
        free(candidates->list[i].lines);
    free(candidates->list);
    *candidates = (ia_candidates){0};
}
