// src/spectrum/tof_match.c: molecules made of the elements found, matched with peaks that
// these leave unexplained.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_match.h"

#include "spectrum/element_prior.h"
#include "spectrum/lines.h"

#include <math.h>
#include <stdlib.h>

static const double LEAST_ABUNDANCE = 0.02, LEAST_SHARE = 1e-3;
static const double STRONG = 0.3; // of the strongest line
enum { KEPT = 120 };

ia_status ia_tof_members(ia_ctx *ctx, const ia_ion_prior *prior,
                         const bool found[IA_Z_MAX + 1], ia_members *out)
{
    size_t room = 0;

    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        room += ia_element_of(z)->n_nuclides;
    ia_members members = {.list = ia_array(ctx, room, sizeof *members.list)};
    if (!members.list)
        return IA_ERR_MEMORY;
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        const ia_element *e = ia_element_of(z);
        if (!found[z] && !ia_element_is_gas_former(z))
            continue;
        for (size_t i = 0; i < e->n_nuclides; i++)
            if (e->nuclides[i].abundance > 0)
                members.list[members.n++] =
                    (ia_member){.nuclide = &e->nuclides[i],
                                .mass = e->nuclides[i].mass,
                                .log_abundance = log(e->nuclides[i].abundance),
                                .cost = found[z] ? 0 : -ia_prior_bound(prior, z)};
    }
    ia_status st = ia_members_finish(ctx, &members);
    if (st == IA_OK)
        *out = members;
    else
        ia_members_clear(&members);
    return st;
}

bool ia_tof_is_open(const ia_tof_scene *scene, size_t peak)
{
    const double part = 0.3, sigmas = 4;
    const ia_tof_peak *p = &scene->peaks->list[peak];
    return scene->left[peak] > part * p->net &&
           scene->left[peak] > sigmas * sqrt(p->net + p->b);
}

// Lines that are due if the anchor holds what is left of its peak.
typedef struct {
    size_t n;       // above the limit of detection
    double due, in; // ions in these, and of them found
    double missing; // squared deviations of those too weak
    double worst;   // least share of what is due
    double excess;  // mean logarithm of found over due
    double seen;    // peaks there
} companions;

static companions weigh_lines(const ia_tof_scene *scene, const ia_tof_match *m)
{
    companions c = {.worst = INFINITY};
    const ia_tof_peaks *peaks = scene->peaks;

    for (size_t i = 0; i < m->n_lines; i++) {
        double mass = m->lines[i].mass, due = m->counts * m->lines[i].share;
        double limit = ia_tof_limit(peaks, mass);
        double reach =
            ia_peak_width(&peaks->widths, mass) + 2 * ia_tof_sigma(peaks, mass);
        if (i == m->anchor || due < limit || mass < peaks->m_lo || mass > peaks->m_hi)
            continue;
        int32_t p = ia_tof_find(peaks, mass, reach);
        double left = p >= 0 ? fmax(0, scene->left[p]) : 0;
        double noise = sqrt(due + (p >= 0 ? peaks->list[p].net : limit)) + 0.1 * due;
        double t = fmax(0, (due - left) / noise);
        c.n++;
        c.due += due;
        c.in += fmin(left, due);
        c.missing += t * t;
        c.worst = fmin(c.worst, left / due);
        c.excess += log((left + 1) / (due + 1));
        c.seen += p >= 0 && left > 0.3 * due;
    }
    if (c.n)
        c.excess /= (double)c.n;
    return c;
}

// Its elements as single atoms: the scarcest and the most frequent, log10 of their ions.
static void relate(const ia_tof_scene *scene, const ia_tof_match *m, double *scarcest,
                   double *most, double *unseen)
{
    *scarcest = INFINITY;
    *most = -INFINITY;
    *unseen = 0;
    for (size_t i = 0; i < m->ion.n_parts; i++) {
        unsigned z = m->ion.parts[i].z;
        double n = log10(fmax(1, scene->atoms[z]));
        *scarcest = fmin(*scarcest, n);
        *most = fmax(*most, n);
        if (!scene->found[z] && scene->listed && !ia_element_is_gas_former(z))
            *unseen += fmax(0, -ia_prior_element(scene->prior, z));
        if (!scene->found[z] && ia_ion_atoms(&m->ion) > 1)
            *unseen -= ia_prior_bound(scene->prior, z);
    }
}

// The same atoms with another charge, or a hydrogen less, among what was told.
static double told_like(const ia_tof_scene *scene, const ia_tof_match *m)
{
    double best = NAN;
    for (size_t i = 0; i < scene->n_told; i++) {
        ia_ion other = scene->told[i];
        other.charge = m->ion.charge;
        if (ia_ion_is_equal(&other, &m->ion) && scene->told[i].charge != m->ion.charge)
            best = log10(fmax(1, scene->counts[i]) / fmax(1, m->counts));
    }
    return best;
}

static float hydrogen_less(const ia_tof_scene *scene, size_t peak, unsigned charge)
{
    const ia_tof_peaks *peaks = scene->peaks;
    const ia_tof_peak *p = &peaks->list[peak];
    double mass = p->mass - 1.00783 / charge;
    double reach = ia_peak_width(&peaks->widths, mass) + ia_tof_sigma(peaks, mass);
    int32_t at = ia_tof_find(peaks, mass, reach);

    return at < 0 ? NAN : (float)log10(fmax(1, peaks->list[at].net) / fmax(1, p->net));
}

// Molecules given their elements; atoms, which only other instruments leave to this
// stage, by their charge.
static double cost_of(const ia_ion_prior *prior, const ia_ion *ion)
{
    if (ia_ion_atoms(ion) > 1)
        return -ia_prior_molecule(prior, ion);
    return fmax(0, -ia_prior_charge(prior, ion->parts[0].z, ion->charge));
}

static void describe(const ia_tof_scene *scene, size_t peak, ia_tof_match *m)
{
    const ia_tof_peaks *peaks = scene->peaks;
    const ia_tof_peak *p = &peaks->list[peak];
    unsigned h = ia_ion_count(&m->ion, 1), atoms = ia_ion_atoms(&m->ion),
             z = m->ion.charge;
    unsigned light =
        ia_ion_count(&m->ion, 6) + ia_ion_count(&m->ion, 7) + ia_ion_count(&m->ion, 8);
    double most_share = 0, scarcest, most, unseen;
    double offset = p->mass - m->lines[m->anchor].mass;
    double sigma = hypot(ia_tof_sigma(peaks, p->mass), p->sigma);
    double cost = cost_of(scene->prior, &m->ion), share = m->lines[m->anchor].share;
    companions c = weigh_lines(scene, m);
    float *f = m->features;

    for (size_t i = 0; i < m->n_lines; i++)
        most_share = fmax(most_share, m->lines[i].share);
    relate(scene, m, &scarcest, &most, &unseen);
    m->score = -cost - unseen + log(share) -
               0.5 * fmin(25, offset * offset / sigma / sigma) -
               0.5 * fmin(20, c.missing) + 2 * c.seen;
    const double values[] = {
        log10(fmax(1, scene->left[peak])),
        scene->left[peak] / p->net,
        log10((p->b + 1) / fmax(1, scene->left[peak])),
        offset / sigma,
        offset * z,
        ia_peak_width(&peaks->widths, p->mass) * z,
        z,
        atoms,
        h,
        light,
        atoms - h - light,
        m->ion.n_parts,
        cost,
        unseen,
        share / most_share,
        share,
        (double)c.n,
        c.n ? c.in / c.due : NAN,
        c.missing,
        c.n ? c.worst : NAN,
        c.n ? c.excess : NAN,
        log10(fmax(1, m->counts)) - scarcest,
        log10(fmax(1, m->counts)) - most,
        told_like(scene, m),
        hydrogen_less(scene, peak, z),
        m->score,
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        f[i] = (float)values[i];
}

// Takes the ion when one of its strong lines is what the peak would be.
static ia_status consider(ia_ctx *ctx, const ia_tof_scene *scene, size_t peak,
                          const ia_ion *kind, double mass, ia_tof_matches *out)
{
    ia_tof_match m = {.ion = *kind};
    double most = 0;

    if (out->n == IA_TOF_MATCHES_MOST)
        return IA_OK;
    for (size_t i = 0; i < out->n; i++)
        if (ia_ion_is_equal(&out->list[i].ion, kind))
            return IA_OK;
    ia_status st =
        ia_ion_lines(ctx, kind, &scene->peaks->widths, LEAST_SHARE, &m.lines, &m.n_lines);
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < m.n_lines; i++) {
        most = fmax(most, m.lines[i].share);
        if (fabs(m.lines[i].mass - mass) < fabs(m.lines[m.anchor].mass - mass))
            m.anchor = i;
    }
    if (m.n_lines == 0 || m.lines[m.anchor].share < STRONG * most) {
        free(m.lines);
        return IA_OK;
    }
    m.counts = scene->left[peak] / m.lines[m.anchor].share;
    describe(scene, peak, &m);
    out->list[out->n++] = m;
    return IA_OK;
}

static int by_score(const void *a, const void *b)
{
    const ia_tof_match *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return ia_ion_atoms(&x->ion) < ia_ion_atoms(&y->ion) ? -1 : 1;
}

// How it stands among the others at the peak.
static void compare(ia_tof_matches *out)
{
    enum { MARGIN = IA_TOF_MATCH_FEATURES - 3, RANK, RIVALS };

    qsort(out->list, out->n, sizeof *out->list, by_score);
    for (size_t i = 0; i < out->n; i++) {
        float *f = out->list[i].features;
        size_t rival = i == 0 ? 1 : 0;
        f[MARGIN] =
            out->n > 1 ? (float)(out->list[i].score - out->list[rival].score) : NAN;
        f[RANK] = (float)i;
        f[RIVALS] = (float)out->n;
    }
}

void ia_tof_match_again(const ia_tof_scene *scene, size_t peak, ia_tof_matches *matches)
{
    for (size_t i = 0; i < matches->n; i++) {
        ia_tof_match *m = &matches->list[i];
        m->counts = scene->left[peak] / m->lines[m->anchor].share;
        describe(scene, peak, m);
    }
    compare(matches);
}

static ia_status match_listed(ia_ctx *ctx, const ia_tof_scene *scene, size_t peak,
                              double reach, ia_tof_matches *out)
{
    double mass = scene->peaks->list[peak].mass;
    ia_status st = IA_OK;

    out->n = 0;
    for (size_t i = 0; st == IA_OK && i < scene->listed->n; i++) {
        const ia_candidate *c = &scene->listed->list[i];
        size_t k = 0;
        while (k < c->n_lines && fabs(c->lines[k].mass - mass) > reach)
            k++;
        if (k < c->n_lines)
            st = consider(ctx, scene, peak, &c->ion, c->lines[k].mass, out);
    }
    if (st == IA_OK)
        compare(out);
    else
        ia_tof_matches_clear(out);
    return st;
}

ia_status ia_tof_match_peak(ia_ctx *ctx, const ia_tof_scene *scene, size_t peak,
                            ia_tof_matches *out)
{
    const ia_tof_peaks *peaks = scene->peaks;
    double mass = peaks->list[peak].mass;
    double reach = fmax(0.9 * ia_peak_width(&peaks->widths, mass),
                        3.5 * hypot(ia_tof_sigma(peaks, mass), peaks->list[peak].sigma));
    if (scene->listed)
        return match_listed(ctx, scene, peak, reach, out);
    const ia_enumeration rules = {
        .members = scene->members,
        .lo = mass - reach,
        .hi = mass + reach,
        .charge_max = scene->charge_max,
        .atoms_max = scene->atoms_max,
        .log_least = log(LEAST_ABUNDANCE),
        .atom_cost = 1.5,
        .charge_cost = 1.5,
        .most = KEPT,
        .only_best = true,
    };
    ia_combination *list = NULL;
    size_t n = 0;
    uint64_t found;
    ia_status st = ia_enumeration_run(ctx, &rules, &list, &n, &found);

    out->n = 0;
    for (size_t i = 0; st == IA_OK && i < n; i++) {
        ia_ion ion, kind;
        if (list[i].n_atoms < 2)
            continue;
        ia_combination_name(scene->members, &list[i], &ion, &kind);
        st = consider(ctx, scene, peak, &kind,
                      ia_mass_charged(list[i].mass, list[i].charge), out);
    }
    free(list);
    if (st == IA_OK)
        compare(out);
    else
        ia_tof_matches_clear(out);
    return st;
}

void ia_tof_matches_clear(ia_tof_matches *matches)
{
    for (size_t i = 0; i < matches->n; i++)
        free(matches->list[i].lines);
    matches->n = 0;
}
