// src/spectrum/ion_prior.c: how likely elements, charges and molecules are before a
// spectrum is seen.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/ion_prior.h"

#include <ionatlas/formats.h>

#include "io/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// data/ion_prior.csv
static const unsigned char compiled_in[] = {
#include "ion_prior.inc"
};

// data/ion_prior_sims.csv
static const unsigned char sputtered[] = {
#include "ion_prior_sims.inc"
};

// So many files weigh what is believed of a row without any.
static const double ELEMENT_WEIGHT = 20, CHARGE_WEIGHT = 4, FORM_WEIGHT = 30;
static const double LEAST = 1e-6, MOST = 0.98;

const double ia_prior_known = 2.5, ia_prior_bursts = 2, ia_prior_atom_like = 4;

// A row of the table: `present` of so many cases, and the belief.
typedef struct {
    ia_span what, name;
    size_t charge;
    double present, of, belief; // NAN where left out
} row;

static double number_of(ia_span cell)
{
    double value;
    return ia_span_f64(ia_span_trim(cell), false, &value) ? value : NAN;
}

static bool split(ia_span line, row *out)
{
    ia_span charge;
    uint64_t value = 0;

    out->what = ia_span_trim(ia_span_cut(&line, ','));
    out->name = ia_span_trim(ia_span_cut(&line, ','));
    charge = ia_span_trim(ia_span_cut(&line, ','));
    if (charge.n > 0 && !ia_span_u64(charge, &value))
        return false;
    out->charge = (size_t)value;
    out->present = number_of(ia_span_cut(&line, ','));
    out->of = number_of(ia_span_cut(&line, ','));
    out->belief = number_of(ia_span_cut(&line, ','));
    return out->charge <= IA_PRIOR_CHARGES &&
           (isnan(out->belief) || (out->belief >= 0 && out->belief <= 1)) &&
           (isnan(out->of) || (out->present >= 0 && out->present <= out->of));
}

// Mean of the Beta distribution that follows from belief and cases. Where a row leaves
// one of them out, that alone counts which it has.
static double probability_of(const row *r, double weight)
{
    bool counted = r->of > 0;
    double p = r->belief;

    if (counted && isnan(p))
        p = (r->present + 0.5) / (r->of + 1);
    else if (counted)
        p = (r->present + weight * p) / (r->of + weight);
    return fmin(MOST, fmax(LEAST, p));
}

static ia_prior_form *form_of(const ia_ion_prior *prior, const char *text)
{
    for (size_t i = 0; i < prior->n_forms; i++)
        if (prior->forms[i].text[0] == text[0] && strcmp(prior->forms[i].text, text) == 0)
            return &prior->forms[i];
    return NULL;
}

static ia_status set_form(ia_ctx *ctx, ia_ion_prior *prior, const char *text,
                          const row *r)
{
    ia_prior_form *form = form_of(prior, text);

    if (!form && prior->n_forms == prior->room) {
        size_t room = prior->room ? 2 * prior->room : 256;
        ia_prior_form *forms = ia_array(ctx, room, sizeof *forms);
        if (!forms)
            return IA_ERR_MEMORY;
        if (prior->n_forms)
            memcpy(forms, prior->forms, prior->n_forms * sizeof *forms);
        free(prior->forms);
        prior->forms = forms;
        prior->room = room;
    }
    if (!form) {
        form = &prior->forms[prior->n_forms++];
        for (size_t c = 0; c <= IA_PRIOR_CHARGES; c++)
            form->probability[c] = NAN;
        snprintf(form->text, sizeof form->text, "%s", text);
    }
    form->probability[r->charge] = probability_of(r, FORM_WEIGHT);
    return IA_OK;
}

// A molecule by its own elements, whatever the order in which they are written.
static void name_own(const ia_ion *ion, char text[IA_FORM_TEXT])
{
    size_t used = 1;

    text[0] = '=';
    text[1] = 0;
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        unsigned n = ia_ion_count(ion, z);
        if (n > 0 && used < IA_FORM_TEXT)
            used += (size_t)snprintf(text + used, IA_FORM_TEXT - used, "%s%u",
                                     ia_element_of(z)->symbol, n);
    }
}

static ia_status take(ia_ctx *ctx, const row *r, ia_ion_prior *prior, bool *known)
{
    char name[IA_FORM_TEXT], own[IA_FORM_TEXT];
    unsigned z = ia_element_find(r->name.at, r->name.n);

    *known = r->of > 0 || !isnan(r->belief);
    ia_span_copy(r->name, name, sizeof name);
    if (ia_span_is(r->what, "element") && z > 0) {
        prior->element[z] = probability_of(r, ELEMENT_WEIGHT);
    } else if (ia_span_is(r->what, "charge") && z > 0 && r->charge > 0) {
        prior->charge[z][r->charge] = probability_of(r, CHARGE_WEIGHT);
    } else if (ia_span_is(r->what, "molecule") && r->charge > 0 && r->name.n > 0) {
        return set_form(ctx, prior, name, r);
    } else if (ia_span_is(r->what, "ion") && r->charge > 0) {
        ia_ion ion = ia_ion_of(name);
        *known = *known && ia_ion_atoms(&ion) > 1;
        name_own(&ion, own);
        return *known ? set_form(ctx, prior, own, r) : IA_OK;
    } else {
        *known = false;
    }
    return IA_OK;
}

static ia_status read_rows(ia_ctx *ctx, const ia_source *source, ia_ion_prior *prior)
{
    ia_lines lines = ia_lines_of(source->bytes, source->n);
    ia_span line;

    for (bool first = true; ia_lines_next_filled(&lines, &line); first = false) {
        row r;
        bool known = split(line, &r);
        if (line.at[0] == '#' || (first && ia_span_is(r.what, "what")))
            continue;
        ia_status st = known ? take(ctx, &r, prior, &known) : IA_OK;
        if (st != IA_OK)
            return st;
        if (!known)
            return ia_fail(ctx, IA_ERR_FORMAT,
                           "%s, line %zu: %s is no prior; element, charge, molecule or "
                           "ion, a name, a charge, present, of and belief (0 to 1) were "
                           "expected",
                           source->path ? source->path : "prior", lines.number,
                           ia_span_quote(line).text);
    }
    return IA_OK;
}

ia_status ia_ion_prior_read(ia_ctx *ctx, const char *path, ia_ion_prior *out)
{
    ia_source own = ia_source_of(compiled_in, sizeof compiled_in), file = {0};
    ia_ion_prior prior = {.n_forms = 0};
    ia_status st = read_rows(ctx, &own, &prior);

    if (st == IA_OK && path[0] && (st = ia_source_open(ctx, path, &file)) == IA_OK)
        st = read_rows(ctx, &file, &prior);
    ia_source_clear(&file);
    if (st == IA_OK)
        *out = prior;
    else
        ia_ion_prior_clear(&prior);
    return st;
}

void ia_ion_prior_clear(ia_ion_prior *prior)
{
    free(prior->forms);
    *prior = (ia_ion_prior){0};
}

// Elements whose single atoms hold an electron more.
static bool forms_anions(unsigned z)
{
    static const char *const symbols[] = {"H",  "C",  "O",  "F", "Si", "P",  "S", "Cl",
                                          "As", "Se", "Br", "I", "Te", "Au", "Pt"};
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        if (strcmp(ia_element_of(z)->symbol, symbols[i]) == 0)
            return true;
    return false;
}

// All charges together as the first.
static void gather(double probability[IA_PRIOR_CHARGES + 1], double most)
{
    double none = 1;
    for (unsigned c = 1; c <= IA_PRIOR_CHARGES; c++) {
        none *= 1 - (isnan(probability[c]) ? 0 : probability[c]);
        probability[c] = LEAST;
    }
    probability[1] = fmax(LEAST, fmin(most, 1 - none));
}

ia_status ia_ion_prior_single(ia_ctx *ctx, ia_ion_prior *prior, bool negative)
{
    const double rare = 0.02; // an anion of an element that forms none
    ia_source rows = ia_source_of(sputtered, sizeof sputtered);
    ia_status st = read_rows(ctx, &rows, prior);
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        if (prior->element[z] > 0)
            gather(prior->charge[z], negative && !forms_anions(z) ? rare : MOST);
    for (size_t i = 0; i < prior->n_forms; i++)
        gather(prior->forms[i].probability, MOST);
    return st;
}

static double log_odds(double p)
{
    return log(p / (1 - p));
}

double ia_prior_element(const ia_ion_prior *prior, unsigned z)
{
    return prior->element[z] > 0 ? log_odds(prior->element[z]) : -INFINITY;
}

double ia_prior_charge(const ia_ion_prior *prior, unsigned z, unsigned charge)
{
    double p = charge <= IA_PRIOR_CHARGES ? prior->charge[z][charge] : 0;
    return log_odds(p > 0 ? p : LEAST);
}

double ia_prior_bound(const ia_ion_prior *prior, unsigned z)
{
    double sum = 0;

    for (unsigned c = 1; c <= IA_PRIOR_CHARGES; c++)
        sum += log1p(-prior->charge[z][c]);
    return sum;
}

unsigned ia_prior_usual_charge(const ia_ion_prior *prior, unsigned z)
{
    unsigned usual = 0;

    for (unsigned c = 1; c <= IA_PRIOR_CHARGES; c++)
        if (prior->charge[z][c] > prior->charge[z][usual])
            usual = c;
    return usual;
}

static bool is_clustering(unsigned z)
{
    static const unsigned list[] = {9, 15, 16, 17, 33, 34, 35, 51, 52, 53};

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (list[i] == z)
            return true;
    return false;
}

static bool is_light(unsigned z)
{
    return z == 1 || z == 6 || z == 7 || z == 8;
}

bool ia_ion_is_light(const ia_ion *ion)
{
    for (size_t i = 0; i < ion->n_parts; i++)
        if (!is_light(ion->parts[i].z))
            return false;
    return ia_ion_atoms(ion) > 1;
}

unsigned ia_ion_atom_like(const ia_ion *ion)
{
    bool alike = ion->n_parts == 1 && ion->charge > 1;
    return alike && ia_ion_atoms(ion) == ion->charge ? ion->parts[0].z : 0;
}

// Boron and silicon leave a tip of their compounds bound to a metal, other pairs of
// metals hardly do.
static bool binds_to_metal(unsigned z)
{
    return z == 5 || z == 14;
}

bool ia_form_letter_is(char letter, unsigned z)
{
    if (is_light(z))
        return letter == ia_element_of(z)->symbol[0];
    if (letter == 'L')
        return binds_to_metal(z);
    return strchr(is_clustering(z) ? "ABD" : "MXY", letter) != NULL;
}

// Counts of the elements of one class, largest first.
static size_t counts_of(const ia_ion *ion, bool clustering, unsigned counts[IA_ION_PARTS])
{
    size_t n = 0;

    for (size_t i = 0; i < ion->n_parts; i++) {
        unsigned z = ion->parts[i].z, count = ia_ion_count(ion, z);
        bool again = false; // an isotope of one that was counted
        for (size_t k = 0; k < i; k++)
            again = again || ion->parts[k].z == z;
        if (again || is_light(z) || is_clustering(z) != clustering)
            continue;
        size_t at = n++;
        for (; at > 0 && counts[at - 1] < count; at--)
            counts[at] = counts[at - 1];
        counts[at] = count;
    }
    return n;
}

static void add_letter(char *text, size_t *used, char letter, unsigned count)
{
    if (count == 0 || *used + 4 > IA_FORM_TEXT)
        return;
    text[(*used)++] = letter;
    if (count > 1)
        *used += (size_t)snprintf(text + *used, IA_FORM_TEXT - *used, "%u",
                                  count < 100 ? count : 99);
    text[*used] = 0;
}

// Transition metals and lanthanides: borides of aluminium or magnesium do not fly so.
static bool is_transition_metal(unsigned z)
{
    return (z >= 21 && z <= 30) || (z >= 39 && z <= 48) || (z >= 57 && z <= 80);
}

// One such metal with one or two atoms of boron or silicon, and nothing else.
static bool is_boride(const ia_ion *ion, unsigned *count)
{
    unsigned metal = 0, bound = 0;

    for (size_t i = 0; i < ion->n_parts; i++) {
        unsigned z = ion->parts[i].z, *kind = binds_to_metal(z) ? &bound : &metal;
        if (!(binds_to_metal(z) || is_transition_metal(z)) || (*kind && *kind != z))
            return false;
        *kind = z;
    }
    if (!metal || !bound || ia_ion_count(ion, metal) != 1)
        return false;
    *count = ia_ion_count(ion, bound);
    return *count <= 2;
}

void ia_ion_form(const ia_ion *ion, char text[IA_FORM_TEXT])
{
    static const char letters[2][4] = {"MXY", "ABD"};
    static const unsigned light[] = {6, 7, 8, 1};
    size_t used = 0;
    unsigned bound;

    text[0] = 0;
    if (is_boride(ion, &bound)) {
        add_letter(text, &used, 'M', 1);
        add_letter(text, &used, 'L', bound);
        return;
    }
    for (int k = 0; k < 2; k++) {
        unsigned counts[IA_ION_PARTS];
        size_t n = counts_of(ion, k == 1, counts);
        for (size_t i = 0; i < n; i++)
            add_letter(text, &used, i < 3 ? letters[k][i] : 'Z', counts[i]);
    }
    for (size_t i = 0; i < sizeof light / sizeof *light; i++)
        add_letter(text, &used, "CNOH"[i], ia_ion_count(ion, light[i]));
}

// Forms that nobody has counted: rarer the more atoms and charges they have.
static double unknown_form(const ia_ion *ion)
{
    const double pair = 6, atom = 1.5, charge = 1.5;
    return -pair - atom * ((double)ia_ion_atoms(ion) - 2) -
           charge * ((double)ion->charge - 1);
}

// A molecule keeps three charges with a transition metal, a lanthanide or an actinide
// alone (ZrO+++): others burst.
static double burst_cost(const ia_ion *ion)
{
    enum { ACTINIUM = 89 };
    const double rare = 4; // natural units: one in fifty of forms that are counted so

    for (size_t i = 0; i < ion->n_parts; i++)
        if (ion->charge < 3 || is_transition_metal(ion->parts[i].z) ||
            ion->parts[i].z >= ACTINIUM)
            return 0;
    return rare;
}

double ia_prior_molecule(const ia_ion_prior *prior, const ia_ion *ion)
{
    double bursts = burst_cost(ion);
    char text[IA_FORM_TEXT];

    for (int own = 1; own >= 0; own--) {
        if (own)
            name_own(ion, text);
        else
            ia_ion_form(ion, text);
        const ia_prior_form *form = form_of(prior, text);
        if (form && ion->charge <= IA_PRIOR_CHARGES &&
            !isnan(form->probability[ion->charge]))
            return fmin(0, log_odds(form->probability[ion->charge])) - bursts;
    }
    return unknown_form(ion) - bursts;
}
