// src/spectrum/label_rank.c: ranks the ions that could be at one m/n by what is known of
// elements and by what the spectrum shows.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/label_internal.h"
#include "spectrum/label_text.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>

// Costs where commonness does not count: of each atom and each charge beyond the first.
static const double ATOM_COST = 1.5, CHARGE_COST = 2;
static const double RARITY_MOST = 12; // of an element, in the prior
static const double LEAST_SHARE = 1e-3;
static const double NONE = -12; // rank of an ion that was not thought of

typedef struct {
    const ia_labelling_job *job;
    const ia_label_question *question;
    double counts, sigma_mass; // of the peak asked about, above its background
    double corrected;          // m/n asked about, on the true scale
    ia_ion kind;               // of the label at hand, without isotopes
    ia_ion_line *lines;        // of the kind
    size_t n_lines;
} ranking;

static double element_cost(const ia_labelling_job *job, unsigned z)
{
    return job->params->commonness ? fmin(-ia_prior_element(&job->prior, z), RARITY_MOST)
                                   : 0;
}

// What an element costs as a part of a molecule.
static double part_cost(const ia_labelling_job *job, unsigned z)
{
    return job->params->commonness
               ? fmax(-ia_prior_bound(&job->prior, z), element_cost(job, z))
               : 0;
}

static double prior_of(const ia_labelling_job *job, const ia_ion *kind,
                       double log_abundance)
{
    unsigned atoms = ia_ion_atoms(kind);
    double cost = 0;

    if (!job->params->commonness)
        return log_abundance - ATOM_COST * (atoms - 1) - CHARGE_COST * (kind->charge - 1);
    if (atoms == 1)
        return log_abundance - element_cost(job, kind->parts[0].z) +
               ia_prior_charge(&job->prior, kind->parts[0].z, kind->charge);
    for (size_t i = 0; i < kind->n_parts; i++)
        cost += part_cost(job, kind->parts[i].z);
    return log_abundance - cost + ia_prior_molecule(&job->prior, kind);
}

static double place_of(const ranking *r, double offset)
{
    const ia_labelling_job *job = r->job;
    const double hydrogen = 4, extra = 0.03; // Da; see assign_model.c
    double mass = r->question->mass;
    double window =
        fmax(job->params->tolerance, 1e-6 * job->params->tolerance_ppm * mass);
    double sigma = window / 2;

    if (job->scale.n_lines)
        sigma = hypot(job->scale.sigma * sqrt(fmax(mass, 1) / 28),
                      0.1 * ia_peak_width(&job->evidence->peaks->widths, mass));
    if (job->evidence)
        sigma = hypot(sigma, r->sigma_mass);
    if (job->scale.n_lines && mass < hydrogen)
        sigma = hypot(sigma, extra);
    return -0.5 * offset * offset / (sigma * sigma);
}

// What the other lines of the ion say if the whole peak is this ion.
static void weigh_line(const ranking *r, const ia_ion_line *line, double anchor_share,
                       ia_label *label, ia_label_text *text)
{
    const double full = 3.5, loose = 1.3, worst = 8;
    const ia_labelling_job *job = r->job;
    ia_line_sight s = ia_label_look(job, line->mass);
    double due = r->counts * line->share / anchor_share, net = s.n - s.b;
    double noise = sqrt(due + s.b + s.sigma * s.sigma), sigma = noise + 0.1 * due;

    if (s.mass < job->evidence->spectrum->m_min || s.mass > ia_counts_end(&job->counts) ||
        (s.peak >= 0 && s.peak == r->question->peak))
        return;
    label->share_most = fmin(label->share_most, (fmax(0, net) + 2 * sqrt(s.n + 1)) / due);
    if (due < 2.71 + 3.29 * sqrt(s.b))
        return;
    label->n_companions++;
    if (net < due - 2 * sigma) {
        double t = (due - net) / sigma;
        label->companions -= fmin(worst, t * t / 2);
        ia_label_text_line(text, false, s.mass, net, due);
    } else if (s.peak >= 0) {
        label->n_seen++;
        label->companions +=
            fmin(full, -log(job->chance)) * fmin(1, loose * due / fmax(net, 1));
        ia_label_text_line(text, true, s.mass, net, due);
    }
}

static ia_status weigh_companions(ranking *r, ia_label *label, ia_label_text *text)
{
    const double most = 20;
    size_t anchor = 0;
    ia_status st = ia_ion_lines(r->job->ctx, &r->kind, &r->job->evidence->peaks->widths,
                                LEAST_SHARE, &r->lines, &r->n_lines);

    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < r->n_lines; i++)
        if (fabs(r->lines[i].mass - label->mass) <
            fabs(r->lines[anchor].mass - label->mass))
            anchor = i;
    // An enriched or artificial nuclide has no line in the natural pattern.
    bool natural = r->n_lines > 0 &&
                   fabs(r->lines[anchor].mass - label->mass) <
                       ia_peak_width(&r->job->evidence->peaks->widths, label->mass);
    for (size_t i = 0; natural && i < r->n_lines; i++)
        if (i != anchor)
            weigh_line(r, &r->lines[i], fmax(label->abundance, r->lines[anchor].share),
                       label, text);
    free(r->lines);
    r->lines = NULL;
    label->companions = fmax(-most, label->companions);
    return IA_OK;
}

// Does the account tell the element by another ion, atoms by those of another charge?
// Lines alone coincide with those of others.
static bool is_told_elsewhere(const ia_assignment *account, const ia_ion *kind,
                              unsigned z)
{
    bool atom = ia_ion_atoms(kind) == 1;
    for (size_t i = 0; account && i < account->n_ions; i++) {
        const ia_ion *told = &account->ions[i].ion;
        if (ia_ion_count(told, z) > 0 && !ia_ion_is_equal(told, kind) &&
            (!atom || ia_ion_atoms(told) == 1))
            return true;
    }
    return !account;
}

// Its elements elsewhere in the spectrum: other charges of an atom; for a molecule, what
// the elements cost is given back where they are seen.
static void weigh_relatives(const ranking *r, ia_label *label, ia_label_text *text)
{
    const double most = 4, unseen = 2;
    const ia_labelling_job *job = r->job;
    bool common = job->params->commonness;

    for (size_t i = 0; i < r->kind.n_parts; i++) {
        unsigned z = r->kind.parts[i].z;
        bool atom = ia_ion_atoms(&r->kind) == 1;
        double elsewhere = job->seen[z];
        if (atom && r->kind.charge <= IA_LABEL_CHARGES)
            elsewhere -= job->gain[z][r->kind.charge];
        bool seen = elsewhere > 0;
        if (atom && seen)
            label->relatives += fmin(most, elsewhere);
        else if (!atom && seen)
            label->relatives += common ? part_cost(job, z) : unseen;
        else if (!atom && !common)
            label->relatives -= unseen;
        if (!seen || is_told_elsewhere(job->evidence->account, &r->kind, z))
            ia_label_text_element(text, z, seen, atom);
    }
}

static ia_status weigh(ranking *r, ia_label *label)
{
    ia_label_text text = {.pro = ""};
    ia_status st = IA_OK;

    label->share_most = label->share_told = label->probability = NAN;
    label->probability_told = NAN;
    if (r->job->evidence) {
        label->share_most = 1;
        weigh_relatives(r, label, &text);
        st = weigh_companions(r, label, &text);
        const ia_label_told told =
            ia_label_told_at(r->job->evidence->account, r->question->peak, &r->kind);
        label->share_told = told.share;
        label->probability_told = told.probability;
    }
    label->rank = label->prior + label->place + label->companions + label->relatives;
    if (st != IA_OK || !r->job->texts)
        return st;
    if (r->job->evidence)
        ia_label_text_rest(&text, label);
    label->pro = ia_text(r->job->ctx, text.pro);
    label->con = ia_text(r->job->ctx, text.con);
    return label->pro && label->con ? IA_OK : IA_ERR_MEMORY;
}

static double half_life_of(const ia_members *members, const ia_combination *c)
{
    double least = INFINITY;
    for (unsigned i = 0; i < c->n_atoms; i++) {
        double life = members->list[c->member[i]].nuclide->half_life;
        if (!(life >= least)) // unknown stays unknown
            least = life;
    }
    return least;
}

// Better first; at the same rank the order of the enumeration.
static int by_rank(const void *a, const void *b)
{
    const ia_label *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    if (x->mass != y->mass)
        return x->mass < y->mass ? -1 : 1;
    return x->ion.charge - y->ion.charge;
}

static void set_probabilities(ia_label *list, size_t n)
{
    double best = NONE, sum = 0;

    for (size_t i = 0; i < n; i++)
        best = fmax(best, list[i].rank);
    for (size_t i = 0; i < n; i++)
        sum += exp(list[i].rank - best);
    for (size_t i = 0; i < n; i++)
        list[i].probability = exp(list[i].rank - best) / (sum + exp(NONE - best));
}

static ia_status find_all(const ranking *r, ia_labelling *out, ia_combination **list,
                          size_t *n)
{
    const ia_label_params *p = r->job->params;
    double reach = fmax(p->tolerance, 1e-6 * p->tolerance_ppm * r->question->mass);

    out->lo = r->corrected - reach;
    out->hi = r->corrected + reach;
    const ia_enumeration rules = {
        .members = &r->job->members,
        .lo = out->lo,
        .hi = out->hi,
        .charge_max = r->job->single ? 1 : p->charge_max,
        .atoms_max = p->atoms_max,
        .negative = r->job->negative,
        .carbon_max = r->job->single ? p->atoms_max : 0,
        .log_least = p->abundance > 0 ? log(p->abundance) : -INFINITY,
        .atom_cost = ATOM_COST,
        .charge_cost = CHARGE_COST,
        .most = r->question->kept,
        .only_best = !r->job->texts,
    };
    return ia_enumeration_run(r->job->ctx, &rules, list, n, &out->n_found);
}

static ranking begin(const ia_labelling_job *job, const ia_label_question *question,
                     ia_labelling *out)
{
    ranking r = {.job = job, .question = question};
    const ia_mass_scale *scale = &job->scale;

    r.corrected = (question->mass - scale->offset) / (1 + scale->slope);
    *out = (ia_labelling){
        .mass = question->mass, .counts = NAN, .background = NAN, .significance = NAN};
    if (question->peak >= 0) {
        const ia_peak *p = &job->evidence->peaks->list[question->peak];
        r.sigma_mass = p->sigma_mass;
        out->counts = p->counts;
        out->background = p->background;
        out->significance = p->significance;
    } else if (job->evidence) {
        double width = ia_peak_width(&job->evidence->peaks->widths, question->mass);
        ia_site_counts s = ia_counts_at(&job->counts, question->mass, width);
        out->counts = s.n;
        out->background = s.b;
    }
    out->told_share = out->told_probability = NAN;
    if (job->evidence) {
        const ia_label_told told =
            ia_label_told_at(job->evidence->account, question->peak, NULL);
        out->told_share = told.share;
        out->told_probability = told.probability;
        if (told.ion)
            out->told = *told.ion;
    }
    r.counts = job->evidence ? fmax(1, out->counts - out->background) : 0;
    return r;
}

static ia_status label_all(ranking *r, const ia_combination *combinations, size_t n,
                           ia_labelling *out)
{
    const ia_labelling_job *job = r->job;
    ia_status st = IA_OK;

    if (!(out->list = ia_array(job->ctx, n, sizeof *out->list)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < n; i++) {
        const ia_combination *c = &combinations[i];
        ia_label *label = &out->list[out->n++];
        ia_combination_name(&job->members, c, &label->ion, &r->kind);
        label->mass = ia_ion_mass_to_charge(&r->kind, c->mass);
        label->offset = r->corrected - label->mass;
        label->abundance = exp(c->log_abundance);
        label->half_life = half_life_of(&job->members, c);
        label->prior = prior_of(job, &r->kind, c->log_abundance);
        label->place = place_of(r, label->offset);
        st = weigh(r, label);
    }
    return st;
}

ia_status ia_label_rank(ia_labelling_job *job, const ia_label_question *question,
                        ia_labelling *out)
{
    ia_labelling found;
    ranking r = begin(job, question, &found);
    ia_combination *combinations = NULL;
    size_t n = 0;
    ia_status st;

    if ((st = find_all(&r, &found, &combinations, &n)) != IA_OK ||
        (st = label_all(&r, combinations, n, &found)) != IA_OK)
        goto done;
    qsort(found.list, found.n, sizeof *found.list, by_rank);
    if (job->evidence)
        set_probabilities(found.list, found.n);
    for (; found.n > question->most; found.n--) {
        free(found.list[found.n - 1].pro);
        free(found.list[found.n - 1].con);
    }
    *out = found;
    found = (ia_labelling){0};
done:
    free(combinations);
    ia_labelling_clear(&found);
    return st;
}
