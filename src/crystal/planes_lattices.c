// src/crystal/planes_lattices.c: what other common lattices make of the same planes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;
static const double ratio_told = 20; // of odds, from which another lattice is told
enum { FAMILIES = 14, SETS_MOST = 40, TURNS_MOST = 12, ORDERS = 3 };

// Lattices of free size: with edge 1, atoms so far apart.
typedef struct {
    const char *name;
    double nearest;
} common_lattice;
static const common_lattice common[] = {
    {"fcc", 0.7071067811865476},
    {"bcc", 0.8660254037844386},
    {"hcp", 1},
    {"diamond", 0.4330127018922193},
};
enum { N_COMMON = sizeof common / sizeof common[0] };
// How far a reconstruction may be out of scale, and the crystal told still be the one.
static const double out_of_scale = 0.15;
static const double atoms_least = 0.15, atoms_most = 0.45; // apart, nm

// Sets of planes that more than chance regions show, and what a set is worth.
typedef struct {
    ia_ctx *ctx;
    const ia_planes_params *params;
    ia_plane_sets sets;
    double sd, sd_ratio; // of a normal, radian, and of a spacing, relative
    double low, high;    // wave numbers within which sets were found, nm^-1
    bool known[SETS_MOST];
} question;

static ia_status ask(ia_ctx *ctx, const ia_planes *p, const ia_planes_params *params,
                     question *q)
{
    const size_t least = p->n_regions < 3 ? p->n_regions : 3;
    *q = (question){.ctx = ctx, .params = params, .low = params->k_least};
    ia_status st =
        ia_plane_sets_build(ctx, p, -1, params, params->tolerance_deg, &q->sets);
    size_t n = 0;
    for (size_t i = 0; st == IA_OK && i < q->sets.n && n < SETS_MOST; i++)
        if (q->sets.sets[i].n_regions >= least) {
            q->sets.sets[n] = q->sets.sets[i];
            q->high = fmax(q->high, 1.1 / q->sets.sets[n++].spacing);
        }
    q->sets.n = st == IA_OK ? n : 0;
    q->sd = params->tolerance_deg * pi / 180 / 2;
    q->sd_ratio = params->tolerance / 2;
    return st;
}

// Reflections of a lattice where sets were found, one of either sign.
static double count_reflections(const question *q, const ia_planes_lattice *lattice)
{
    double n = 0;
    for (size_t i = 0; i < lattice->catalogue.n; i++)
        for (int m = 1; m <= ORDERS; m++) {
            const ia_pole_kind *kind = &lattice->catalogue.kinds[i];
            const int hkl[3] = {m * kind->hkl[0], m * kind->hkl[1], m * kind->hkl[2]};
            double k = m / kind->spacing;
            n += k >= q->low && k <= q->high && ia_crystal_reflects(lattice->crystal, hkl)
                     ? 0.5
                     : 0;
        }
    return fmax(n, 1);
}

// Logarithm of how much likelier a set is as one of these reflections, each blurred by
// the tolerances, than anywhere among the wave numbers.
static double worth(const question *q, double reflections, const ia_grain_planes *set,
                    double scale)
{
    double k = 1 / set->spacing, across = k * q->sd, along = k * q->sd_ratio;
    double room = 2 * pi / 3 * (pow(q->high, 3) - pow(q->low, 3));
    double off = set->off_deg * pi / 180 / q->sd;
    double misfit = (set->ratio / scale - 1) / q->sd_ratio;
    return log(room / (pow(2 * pi, 1.5) * across * across * along * reflections)) -
           (off * off + misfit * misfit) / 2;
}

// Of a turn: the sets that it names anew, their worth less that of turns at random.
static double weigh_turn(const question *q, const ia_planes_fit *fit,
                         const double rotation[3][3], bool named[SETS_MOST],
                         double *scale)
{
    const ia_crystal *crystal = fit->lattice->crystal;
    double turns =
        8 * pi * pi / (double)crystal->n_rotations / (pow(2 * pi, 1.5) * pow(q->sd, 3));
    double reflections = count_reflections(q, fit->lattice), sum = -log(turns), n = 0;
    ia_grain_planes sets[SETS_MOST];
    *scale = 0;
    for (size_t i = 0; i < fit->n; i++) {
        sets[i] = fit->sets[i];
        ia_planes_fit_name(fit, rotation, i, &sets[i]);
        named[i] = sets[i].named && !q->known[i];
        *scale += named[i] ? sets[i].ratio : 0;
        n += named[i];
    }
    *scale = n > 0 ? *scale / n : 1;
    for (size_t i = 0; i < fit->n; i++) {
        double value = named[i] ? worth(q, reflections, &sets[i], *scale) : 0;
        named[i] &= value > 0;
        sum += fmax(0, value);
    }
    return sum;
}

// The best turn for sets that none has so far.
static double try_turn(const question *q, ia_planes_fit *fit, bool named[SETS_MOST],
                       double *scale)
{
    double rotation[3][3];
    for (size_t i = 0; i < fit->n; i++)
        fit->weights[i] = q->known[i] ? 0 : 1;
    *scale = 1;
    if (!(ia_planes_fit_search(fit, rotation) > 0))
        return 0;
    return weigh_turn(q, fit, (const double(*)[3])rotation, named, scale);
}

// Turn after turn, as long as one names more than chance would.
static ia_status explain(question *q, const ia_planes_lattice *lattices, size_t n,
                         size_t n_turns, ia_planes_evidence *out)
{
    ia_planes_fit fits[IA_PLANES_CRYSTALS];
    ia_status st = IA_OK;
    memset(fits, 0, sizeof fits);
    memset(q->known, 0, sizeof q->known);
    out->score = 0;
    out->n_named = out->n_turns = 0;
    out->scale = 1;
    for (size_t l = 0; st == IA_OK && l < n; l++)
        st = ia_planes_fit_build(q->ctx, &lattices[l], q->params, &q->sets, &fits[l]);
    while (st == IA_OK && out->n_turns < n_turns) {
        double best = 0, best_scale = 1;
        bool named[SETS_MOST], tried[SETS_MOST];
        for (size_t l = 0; l < n; l++) {
            double scale, score = try_turn(q, &fits[l], tried, &scale);
            if (score > best) {
                best = score;
                best_scale = scale;
                memcpy(named, tried, sizeof named);
            }
        }
        if (!(best > 0))
            break;
        for (size_t i = 0; i < q->sets.n; i++) {
            q->known[i] |= named[i];
            out->n_named += named[i];
        }
        out->scale = out->n_turns == 0 ? best_scale : out->scale;
        out->score += best;
        out->n_turns++;
    }
    for (size_t l = 0; l < n; l++)
        ia_planes_fit_clear(&fits[l]);
    return st;
}

// A lattice of edge 1 with room for one of another size.
typedef struct {
    ia_crystal crystal;
    ia_pole_catalogue unit;
    ia_planes_lattice sized;
    const common_lattice *kind;
} free_lattice;

static void resize(free_lattice *f, double edge)
{
    for (size_t i = 0; i < f->unit.n; i++)
        f->sized.catalogue.kinds[i].spacing = edge * f->unit.kinds[i].spacing;
}

static ia_status free_lattice_build(ia_ctx *ctx, const common_lattice *kind,
                                    free_lattice *out)
{
    char name[32];
    *out = (free_lattice){.kind = kind};
    snprintf(name, sizeof name, "%s:1", kind->name);
    ia_status st = ia_crystal_parse(ctx, name, &out->crystal);
    if (st == IA_OK)
        st = ia_pole_catalogue_build(ctx, &out->crystal, FAMILIES, &out->unit);
    if (st != IA_OK)
        return st;
    out->sized.crystal = &out->crystal;
    out->sized.catalogue = out->unit;
    out->sized.catalogue.kinds = ia_array(ctx, out->unit.n, sizeof *out->unit.kinds);
    if (!out->sized.catalogue.kinds)
        return IA_ERR_MEMORY;
    memcpy(out->sized.catalogue.kinds, out->unit.kinds,
           out->unit.n * sizeof *out->unit.kinds);
    return IA_OK;
}

static void free_lattice_clear(free_lattice *f)
{
    free(f->sized.catalogue.kinds);
    ia_pole_catalogue_clear(&f->unit);
}

// The edge under which one turn names most: each set in turn is each wide family.
static ia_status size_lattice(question *q, free_lattice *f, double *edge, double *score)
{
    enum { SETS = 8, WIDE = 6, MOST = SETS * WIDE };
    double tried[MOST];
    size_t n = 0;
    ia_status st = IA_OK;
    *score = 0;
    for (size_t i = 0; i < q->sets.n && i < SETS; i++)
        for (size_t k = 0; k < f->unit.n && f->unit.kinds[k].family < WIDE; k++) {
            double a = q->sets.sets[i].spacing / f->unit.kinds[k].spacing;
            double apart = a * f->kind->nearest;
            bool known = apart < atoms_least || apart > atoms_most || n == MOST;
            for (size_t t = 0; t < n && !known; t++)
                known = fabs(tried[t] / a - 1) < q->params->tolerance / 4;
            if (known)
                continue;
            ia_planes_evidence found = {.score = 0};
            tried[n++] = a;
            for (size_t step = 0; step < 2; step++, a *= found.scale) {
                resize(f, a);
                if ((st = explain(q, &f->sized, 1, 1, &found)) != IA_OK)
                    return st;
                if (found.score > *score) {
                    *score = found.score;
                    *edge = a;
                }
            }
        }
    return st;
}

// "fcc:0.405" is fcc, and of about that size.
static bool is_told(const ia_crystal *told, const char *name, double edge)
{
    size_t n = strlen(name);
    return strncmp(told->name, name, n) == 0 &&
           (told->name[n] == '\0' || told->name[n] == ':') &&
           fabs(edge / told->cell[0] - 1) < 1.2 * out_of_scale;
}

static ia_status try_lattice(question *q, const common_lattice *kind, ia_planes *p)
{
    // Of the edge: sizes that atoms have over the error of one.
    double sizes = log(atoms_most / atoms_least) / (2.5 * q->sd_ratio);
    double edge = 0, score;
    free_lattice f;
    ia_planes_evidence found = {.score = 0};
    ia_status st = free_lattice_build(q->ctx, kind, &f);
    if (st == IA_OK && (st = size_lattice(q, &f, &edge, &score)) == IA_OK && edge > 0) {
        resize(&f, edge);
        st = explain(q, &f.sized, 1, TURNS_MOST, &found);
    }
    bool told = false;
    for (size_t i = 0; i < p->n_crystals; i++)
        told |= is_told(&p->crystals[i], kind->name, edge);
    if (st == IA_OK && found.n_turns > 0 && !told) {
        found.score -= log(sizes);
        snprintf(found.crystal, sizeof found.crystal, "%s:%.4g", kind->name,
                 edge * found.scale);
        found.scale = 1;
        p->lattices[p->n_lattices++] = found;
    }
    free_lattice_clear(&f);
    return st;
}

// The crystals told, all spacings times `scale`.
static ia_status explain_scaled(question *q, const ia_planes_lattice *lattices, size_t n,
                                double scale, ia_planes_evidence *out)
{
    ia_planes_lattice scaled[IA_PLANES_CRYSTALS];
    ia_status st = IA_OK;
    memset(scaled, 0, sizeof scaled);
    for (size_t l = 0; st == IA_OK && l < n; l++) {
        const ia_pole_catalogue *of = &lattices[l].catalogue;
        scaled[l] = lattices[l];
        if (!(scaled[l].catalogue.kinds = ia_array(q->ctx, of->n, sizeof *of->kinds))) {
            st = IA_ERR_MEMORY;
            continue;
        }
        memcpy(scaled[l].catalogue.kinds, of->kinds, of->n * sizeof *of->kinds);
        for (size_t i = 0; i < of->n; i++)
            scaled[l].catalogue.kinds[i].spacing *= scale;
    }
    if (st == IA_OK)
        st = explain(q, scaled, n, TURNS_MOST, out);
    for (size_t l = 0; l < n; l++)
        free(scaled[l].catalogue.kinds);
    out->scale *= scale;
    return st;
}

// The crystals told, as they are and where the reconstruction is out of scale.
static ia_status explain_told(question *q, const ia_planes_lattice *lattices,
                              ia_planes *p, ia_planes_evidence *out)
{
    enum { SCALES = 7 }; // to either side
    ia_planes_evidence found;
    size_t n = p->n_crystals;
    ia_status st = explain_scaled(q, lattices, n, 1, out);
    p->n_as_told = out->n_named;
    for (int i = -SCALES; st == IA_OK && i <= SCALES; i++) {
        if (i == 0)
            continue;
        st = explain_scaled(q, lattices, n, 1 + i * out_of_scale / SCALES, &found);
        found.score -= log(2.0 * SCALES);
        if (st == IA_OK && found.score > out->score)
            *out = found;
    }
    return st;
}

// More sets or the same in fewer turns: a lattice whose planes are some of another's
// is no rival for being told more closely. Nor is one that leaves most sets unexplained.
// A crystal told that explains them only at another size may be a multiple of the true
// one: for as many sets in as few turns the rival then needs better odds, of each set.
static bool is_better(const ia_planes_evidence *e, const ia_planes_evidence *told,
                      const ia_planes *p)
{
    const double of_each = 0.8;
    double ahead = e->score - told->score;
    if (!(ahead > log(ratio_told)) || 2 * e->n_named < p->n_sets ||
        e->n_named < told->n_named)
        return false;
    return e->n_named > told->n_named || e->n_turns < told->n_turns ||
           (p->n_as_told < told->n_named && ahead > of_each * (double)e->n_named);
}

const ia_planes_evidence *ia_planes_better(const ia_planes *p)
{
    const ia_planes_evidence *best = NULL;
    for (size_t i = 1; i < p->n_lattices; i++)
        if (is_better(&p->lattices[i], &p->lattices[0], p) &&
            (!best || p->lattices[i].score > best->score))
            best = &p->lattices[i];
    return best;
}

static void tell(ia_ctx *ctx, const question *q, const ia_planes *p)
{
    const ia_planes_evidence *told = &p->lattices[0], *better = ia_planes_better(p);
    if (better)
        ia_warn(ctx,
                "the planes fit %s better than %s, with odds of e^%.1f to 1: it explains "
                "%zu of %zu sets (grains: %zu), against %zu (%zu); check --crystal and "
                "the scale of the reconstruction",
                better->crystal, told->crystal, better->score - told->score,
                better->n_named, q->sets.n, better->n_turns, told->n_named,
                told->n_turns);
    else if (told->n_turns > 0 && told->n_named > p->n_as_told)
        ia_warn(ctx,
                "the planes are %.3f times as far apart as those of %s, and only %zu of "
                "%zu sets have a name: check the scale of the reconstruction and "
                "--crystal, or widen --tolerance",
                told->scale, told->crystal, p->n_as_told, q->sets.n);
    else if (!p->indexed)
        ia_warn(ctx,
                "no orientation of %s explains two of the %zu sets of planes: check "
                "--crystal and the scale of the reconstruction",
                told->crystal, q->sets.n);
}

// Sets across each other, of which one turn would have two.
static size_t count_across(const question *q)
{
    const double least_deg = 5;
    size_t n = 0;
    for (size_t i = 0; i < q->sets.n; i++) {
        bool apart = true;
        for (size_t j = 0; j < i; j++)
            apart &= ia_plane_angle(q->sets.sets[i].k, q->sets.sets[j].k) > least_deg;
        n += apart;
    }
    return n;
}

ia_status ia_planes_compare(ia_ctx *ctx, const ia_planes_lattice *lattices,
                            const ia_planes_params *params, ia_planes *planes)
{
    const size_t enough = 3;
    question q;
    ia_planes_evidence told = {.score = 0};
    ia_status st = ask(ctx, planes, params, &q);
    planes->n_sets = q.sets.n;
    if (st == IA_OK && planes->n_crystals > 0)
        st = explain_told(&q, lattices, planes, &told);
    snprintf(told.crystal, sizeof told.crystal, "%s%s%s", planes->crystals[0].name,
             planes->n_crystals > 1 ? " and " : "", planes->crystals[1].name);
    if (planes->n_crystals > 0 && q.sets.n > 0)
        planes->lattices[planes->n_lattices++] = told;
    for (size_t i = 0; st == IA_OK && planes->n_lattices > 0 && i < N_COMMON; i++)
        st = try_lattice(&q, &common[i], planes);
    if (st == IA_OK) {
        bool oriented = planes->n_grains > 0 && planes->grains[0].oriented;
        planes->indexed = oriented && !ia_planes_better(planes);
        if (planes->n_lattices > 0 && (oriented || count_across(&q) >= enough))
            tell(ctx, &q, planes);
    }
    ia_plane_sets_clear(&q.sets);
    return st;
}
