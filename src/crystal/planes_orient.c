// src/crystal/planes_orient.c: regions to grains by the orientations of crystals that
// planes of all regions together tell.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal/planes_internal.h"

#include <stdlib.h>
#include <string.h>

enum { TURNS_MOST = 60, REGIONS_LEAST = 3, SETS_MOST = 160 };

// A crystal as it may stand, and how well each set of planes fits it.
typedef struct {
    double rotation[3][3];
    size_t lattice, grain;
    double *gain; // (n_sets)
} turned;

typedef struct {
    const ia_regions *regions;
    const ia_planes_params *params;
    ia_planes *planes;
    ia_plane_sets sets;
    size_t *set_of; // (n_planes)
    ia_planes_fit fits[IA_PLANES_CRYSTALS];
    bool *known;  // (n_sets) one of the turned crystals has it
    double *room; // (n_sets)
    turned turns[TURNS_MOST];
    size_t n_turns, n_grains;
} search;

// Sets closer together than grains are apart.
static ia_status prepare(ia_ctx *ctx, const ia_planes_lattice *lattices, search *s)
{
    ia_status st = ia_plane_sets_build(ctx, s->planes, -1, s->params,
                                       s->params->grain_deg / 2, &s->sets);
    for (size_t l = 0; st == IA_OK && l < s->planes->n_crystals; l++)
        st = ia_planes_fit_build(ctx, &lattices[l], s->params, &s->sets, &s->fits[l]);
    if (st != IA_OK)
        return st;
    if (!(s->set_of = ia_array(ctx, s->planes->n_planes, sizeof *s->set_of)) ||
        !(s->known = ia_array(ctx, s->sets.n, sizeof *s->known)) ||
        !(s->room = ia_array(ctx, s->sets.n, sizeof *s->room)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->sets.n_list; i++)
        s->set_of[s->sets.list[i] - s->planes->planes] = s->sets.set_of[i];
    return IA_OK;
}

static void clear(search *s)
{
    for (size_t l = 0; l < IA_PLANES_CRYSTALS; l++)
        ia_planes_fit_clear(&s->fits[l]);
    for (size_t t = 0; t < s->n_turns; t++)
        free(s->turns[t].gain);
    ia_plane_sets_clear(&s->sets);
    free(s->set_of);
    free(s->known);
    free(s->room);
}

static bool has_kind(const search *s, size_t set)
{
    bool has = false;
    for (size_t l = 0; l < s->planes->n_crystals; l++)
        has |= s->fits[l].first[set] < s->fits[l].first[set + 1];
    return has;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

// Where there are very many, those of most weight alone are looked at.
static void thin(search *s, double *weights)
{
    if (s->sets.n <= SETS_MOST)
        return;
    memcpy(s->room, weights, s->sets.n * sizeof *weights);
    qsort(s->room, s->sets.n, sizeof *s->room, by_size);
    for (size_t i = 0; i < s->sets.n; i++)
        if (weights[i] < s->room[SETS_MOST])
            weights[i] = 0;
}

// A set weighs as many regions as show it, of those that show one of no crystal so far:
// what a crystal has already counts less.
static void weigh(search *s)
{
    const double already = 0.5;
    double *weights = s->fits[0].weights;
    memset(weights, 0, s->sets.n * sizeof *weights);
    for (size_t r = 0; r < s->planes->n_regions; r++) {
        const ia_plane_region *region = &s->planes->regions[r];
        const size_t *sets = s->set_of + region->first;
        bool open = false;
        for (size_t i = 0; i < region->n; i++)
            open |= !s->known[sets[i]] && has_kind(s, sets[i]);
        for (size_t i = 0; open && i < region->n; i++)
            weights[sets[i]] += s->known[sets[i]] ? already : 1;
    }
    thin(s, weights);
    for (size_t l = 1; l < s->planes->n_crystals; l++)
        memcpy(s->fits[l].weights, weights, s->sets.n * sizeof *weights);
}

// The crystal that most planes fit which none has so far; false: too few do.
static bool find_best(const search *s, turned *out)
{
    double best = 0, fresh = 0;
    size_t least =
        s->planes->n_regions < REGIONS_LEAST ? s->planes->n_regions : REGIONS_LEAST;
    for (size_t l = 0; l < s->planes->n_crystals; l++) {
        double rotation[3][3];
        double score = ia_planes_fit_search(&s->fits[l], rotation);
        if (score <= best)
            continue;
        best = score;
        out->lattice = l;
        memcpy(out->rotation, rotation, sizeof rotation);
    }
    for (size_t i = 0; best > 0 && i < s->sets.n; i++)
        if (!s->known[i] &&
            ia_planes_fit_gain(&s->fits[out->lattice], (const double(*)[3])out->rotation,
                               i, 1) > 0)
            fresh += s->fits[0].weights[i];
    return fresh >= (double)least;
}

// Its grain: that of a crystal which is turned by less than grains are, or a new one.
static void number(search *s, turned *t)
{
    t->grain = s->n_grains;
    for (size_t i = 0; i < s->n_turns && t->grain == s->n_grains; i++)
        if (s->turns[i].lattice == t->lattice &&
            ia_misorientation(&s->planes->crystals[t->lattice],
                              (const double(*)[3])t->rotation,
                              (const double(*)[3])s->turns[i].rotation) *
                    57.29577951308232 <
                s->params->grain_deg)
            t->grain = s->turns[i].grain;
    s->n_grains += t->grain == s->n_grains;
}

// One crystal after the other, each that of most planes which are not understood yet.
// What lies just outside the tolerance of one is no evidence of another.
static ia_status find_turns(ia_ctx *ctx, search *s)
{
    const double slack = 1.5;
    while (s->n_turns < TURNS_MOST) {
        turned *t = &s->turns[s->n_turns];
        weigh(s);
        if (!find_best(s, t))
            break;
        if (!(t->gain = ia_array(ctx, s->sets.n, sizeof *t->gain)))
            return IA_ERR_MEMORY;
        const ia_planes_fit *fit = &s->fits[t->lattice];
        for (size_t i = 0; i < s->sets.n; i++) {
            const double(*rotation)[3] = (const double(*)[3])t->rotation;
            t->gain[i] = ia_planes_fit_gain(fit, rotation, i, 1);
            s->known[i] |= ia_planes_fit_gain(fit, rotation, i, slack) > 0;
        }
        number(s, t);
        s->n_turns++;
    }
    return IA_OK;
}

// How much of a region's planes a crystal has.
static double value_of(const search *s, const ia_plane_region *region, const turned *t)
{
    double value = 0;
    for (size_t i = 0; i < region->n; i++)
        value += t->gain[s->set_of[region->first + i]];
    return value;
}

// The grain that has most of a region's planes and at least half of them; -1 where none
// has, -2 where another has as many: a plane that both share.
static int32_t grain_of(const search *s, const ia_plane_region *region)
{
    const double clear_by = 0.2;
    double best = 0, next = 0;
    const turned *of = NULL;
    size_t n = 0;
    for (size_t t = 0; t < s->n_turns; t++) {
        double value = value_of(s, region, &s->turns[t]);
        if (value > best) {
            best = value;
            of = &s->turns[t];
        }
    }
    for (size_t t = 0; of && t < s->n_turns; t++)
        if (s->turns[t].grain != of->grain)
            next = fmax(next, value_of(s, region, &s->turns[t]));
    for (size_t i = 0; of && i < region->n; i++)
        n += of->gain[s->set_of[region->first + i]] > 0;
    if (2 * n < region->n || n == 0)
        return -1;
    return best - next < clear_by ? -2 : (int32_t)of->grain;
}

// A region that two grains share goes with most of its neighbours, of those that both
// have one of; with none of them, it waits for the next round.
static int32_t vote(const search *s, size_t region, size_t *votes)
{
    const ia_planes *p = s->planes;
    size_t best = s->n_grains;
    memset(votes, 0, s->n_grains * sizeof *votes);
    for (size_t r = 0; r < p->n_regions; r++)
        if (p->regions[r].grain >= 0 && ia_planes_neighbours(s->regions, region, r))
            votes[p->regions[r].grain]++;
    for (size_t t = 0; t < s->n_turns; t++) {
        size_t grain = s->turns[t].grain;
        if (votes[grain] > 0 && value_of(s, &p->regions[region], &s->turns[t]) > 0 &&
            (best == s->n_grains || votes[grain] > votes[best]))
            best = grain;
    }
    return best < s->n_grains ? (int32_t)best : -2;
}

static ia_status assign(ia_ctx *ctx, const search *s)
{
    ia_planes *p = s->planes;
    size_t *votes = ia_array(ctx, s->n_grains, sizeof *votes), left = 0, before;
    int32_t *next = ia_array(ctx, p->n_regions, sizeof *next);
    ia_status st = votes && next ? IA_OK : IA_ERR_MEMORY;
    for (size_t r = 0; st == IA_OK && r < p->n_regions; r++) {
        p->regions[r].grain = grain_of(s, &p->regions[r]);
        left += p->regions[r].grain == -2;
    }
    for (before = left + 1; st == IA_OK && left > 0 && left < before;) {
        before = left;
        for (size_t r = 0; r < p->n_regions; r++)
            next[r] = p->regions[r].grain == -2 ? vote(s, r, votes) : p->regions[r].grain;
        left = 0;
        for (size_t r = 0; r < p->n_regions; r++) {
            p->regions[r].grain = next[r];
            left += next[r] == -2;
        }
    }
    for (size_t r = 0; st == IA_OK && r < p->n_regions; r++)
        if (p->regions[r].grain == -2)
            p->regions[r].grain = -1;
    free(votes);
    free(next);
    return st;
}

// The first crystal of each grain is that of most planes.
static ia_status put_grains(ia_ctx *ctx, const search *s)
{
    ia_planes *p = s->planes;
    if (!(p->grains = ia_array(ctx, s->n_grains, sizeof *p->grains)))
        return IA_ERR_MEMORY;
    p->n_grains = s->n_grains;
    for (size_t t = s->n_turns; t-- > 0;) {
        ia_plane_grain *g = &p->grains[s->turns[t].grain];
        g->oriented = true;
        g->crystal = s->turns[t].lattice;
        memcpy(g->rotation, s->turns[t].rotation, sizeof g->rotation);
    }
    return IA_OK;
}

ia_status ia_planes_orient(ia_ctx *ctx, const ia_regions *regions,
                           const ia_planes_lattice *lattices,
                           const ia_planes_params *params, ia_planes *planes)
{
    search s = {.regions = regions, .params = params, .planes = planes};
    ia_status st;
    if ((st = prepare(ctx, lattices, &s)) == IA_OK &&
        (st = find_turns(ctx, &s)) == IA_OK && (st = assign(ctx, &s)) == IA_OK)
        st = put_grains(ctx, &s);
    clear(&s);
    return st;
}
