// src/synth/tip_evaporate.c: takes a tip apart atom by atom, each time the one at which
// the field pulls most.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "synth/tip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// How far one that has lost all its neighbours goes before one that has lost none, in
// nearest distances: so much that terraces shrink from their edges.
static const double weight = 4;

typedef struct {
    ia_ctx *ctx;
    const ia_simulate_params *params;
    const ia_tip_shape *shape;
    ia_tip_grain grains[2];
    size_t n_grains;
    ia_tip_queue queue;
    double apex;       // depth of the smooth surface's apex, nm
    ia_tip_flight out; // out.sites.n atoms have left so far
} evaporation;

// Depth of the smooth surface at which the atom goes: where it stands out, earlier by
// what it misses in neighbours.
static double key_of(const evaporation *tip, const ia_tip_grain *grain, size_t site,
                     unsigned count)
{
    double place[3], cosine = 1, s = tip->shape->sine;

    ia_tip_grain_place(grain, site, place);
    double apex = ia_tip_passes(tip->shape, place, &cosine);
    double missing = 1 - (double)count / (double)grain->n_near;
    // Depth at the apex that stands for a distance along the normal here.
    double stretch = (1 - s) / (cosine - s);
    return apex - weight * grain->bond * (missing - 0.5) * stretch;
}

static ia_status push(evaporation *tip, size_t g, size_t site, unsigned count)
{
    ia_random tie = ia_draw_new(tip->params->seed + g, IA_DRAW_TIES, site);
    ia_tip_entry entry = {.key = key_of(tip, &tip->grains[g], site, count),
                          .tie = (uint32_t)(ia_random_u64(&tie) >> 32),
                          .grain = (uint8_t)g,
                          .count = (uint8_t)count,
                          .site = site};

    return ia_tip_queue_push(tip->ctx, &tip->queue, entry);
}

static ia_status push_surface(evaporation *tip, size_t g)
{
    const ia_tip_grain *grain = &tip->grains[g];
    size_t n =
        grain->n_cells[0] * grain->n_cells[1] * grain->n_cells[2] * grain->cell.n_sites;
    ia_status st = IA_OK;

    for (size_t site = 0; site < n && st == IA_OK; site++) {
        unsigned count = grain->state[site];
        // At the border everyone is looked at: whom the rest leaves, nobody tells.
        if (count == IA_TIP_BEYOND || count == grain->n_near)
            continue;
        st = push(tip, g, site, count & IA_TIP_COUNT);
    }
    return st;
}

// Its direction: the smooth surface's normal, drawn towards that of its neighbours.
static void launch(const evaporation *tip, const ia_tip_grain *grain, size_t site,
                   const double place[3], double direction[3])
{
    double cosine = 1, outward[3], s = tip->shape->sine;
    double u = ia_tip_passes(tip->shape, place, &cosine) / (1 - s);
    double r = tip->shape->radius + s * u;
    double normal[3] = {place[0] / r, place[1] / r,
                        (place[2] - tip->shape->radius - u) / r};

    ia_tip_grain_outward(grain, site, tip->apex, outward);
    double length =
        sqrt(outward[0] * outward[0] + outward[1] * outward[1] + outward[2] * outward[2]);
    double pull = length > 1e-6 ? tip->params->aberration / length : 0, along = 0;
    for (int c = 0; c < 3; c++)
        along += normal[c] * outward[c];
    double square = 0;
    for (int c = 0; c < 3; c++) {
        direction[c] = normal[c] + pull * (outward[c] - along * normal[c]);
        square += direction[c] * direction[c];
    }
    for (int c = 0; c < 3; c++)
        direction[c] *= (c == 2 ? -1 : 1) / sqrt(square); // frame (x, y, -z)
}

static void keep(evaporation *tip, size_t g, size_t site)
{
    const ia_tip_grain *grain = &tip->grains[g];
    ia_tip_flight *out = &tip->out;
    size_t at = out->sites.n++, basis = site % grain->cell.n_sites;
    double place[3], direction[3];

    ia_tip_grain_place(grain, site, place);
    launch(tip, grain, site, place, direction);
    for (size_t c = 0; c < 3; c++) {
        out->sites.xyz[3 * at + c] = (float)place[c];
        out->direction[3 * at + c] = (float)direction[c];
    }
    out->sites.sublattice[at] = basis >= grain->cell.n_sites - grain->cell.n_minority;
    out->apex[at] = (float)tip->apex;
    out->grain[at] = (uint8_t)g;
}

// Take one atom away; its neighbours hold less firmly.
static ia_status remove_atom(evaporation *tip, size_t g, size_t site)
{
    ia_tip_grain *grain = &tip->grains[g];
    const ia_tip_neighbour *neighbour = grain->wide[site % grain->cell.n_sites];
    ia_status st = IA_OK;

    keep(tip, g, site);
    grain->state[site] = IA_TIP_GONE;
    for (size_t k = 0; k < grain->n_near && st == IA_OK; k++) {
        size_t other = (size_t)((ptrdiff_t)site + neighbour[k].step);
        if (grain->state[other] >= IA_TIP_GONE)
            continue;
        unsigned count = --grain->state[other];
        st = push(tip, g, other, count & IA_TIP_COUNT);
    }
    return st;
}

// The entry's atom, if the entry still says what is.
static ia_status take(evaporation *tip, const ia_tip_entry *entry)
{
    ia_tip_grain *grain = &tip->grains[entry->grain];
    uint8_t *state = &grain->state[entry->site];

    if (*state >= IA_TIP_GONE || (*state & IA_TIP_COUNT) != entry->count)
        return IA_OK;
    if (entry->key > tip->apex)
        tip->apex = entry->key;
    if (*state & IA_TIP_BORDER) { // those that are not followed went unnoticed
        unsigned count = ia_tip_grain_count(grain, entry->site, tip->apex);
        if (count != entry->count) {
            *state = (uint8_t)(count | IA_TIP_BORDER);
            return push(tip, entry->grain, entry->site, count);
        }
    }
    return remove_atom(tip, entry->grain, entry->site);
}

static ia_status evaporate(evaporation *tip)
{
    enum { BETWEEN_STEPS = 65536 };
    ia_status st = IA_OK;

    for (size_t turn = 0; tip->queue.n > 0 && st == IA_OK; turn++) {
        ia_tip_entry entry = ia_tip_queue_pop(&tip->queue);
        if (entry.key > tip->shape->depth)
            break;
        st = take(tip, &entry);
        if (st == IA_OK && turn % BETWEEN_STEPS == 0)
            st = ia_step(tip->ctx, "evaporation", tip->apex / tip->shape->depth);
    }
    return st;
}

static ia_status make_room(ia_ctx *ctx, size_t n, ia_tip_flight *out)
{
    out->sites.xyz = ia_array(ctx, n, 3 * sizeof(float));
    out->sites.sublattice = ia_array(ctx, n, 1);
    out->direction = ia_array(ctx, n, 3 * sizeof(float));
    out->apex = ia_array(ctx, n, sizeof(float));
    out->grain = ia_array(ctx, n, 1);
    return out->sites.xyz && out->sites.sublattice && out->direction && out->apex &&
                   out->grain
               ? IA_OK
               : IA_ERR_MEMORY;
}

static ia_status evaporate_amorphous(ia_ctx *ctx, const ia_simulate_params *params,
                                     const ia_tip_shape *shape, ia_tip_flight *out)
{
    ia_tip_flight flight = {0};
    size_t n = ia_tip_amorphous_count(params, shape);
    ia_status st = make_room(ctx, n, &flight);

    flight.sites.n = n;
    if (st == IA_OK &&
        (st = ia_tip_amorphous_fill(ctx, params, shape, &flight)) == IA_OK) {
        *out = flight;
        return IA_OK;
    }
    ia_tip_flight_clear(&flight);
    return st;
}

ia_status ia_tip_evaporate(ia_ctx *ctx, const ia_simulate_params *params,
                           const ia_tip_shape *shape, ia_tip_flight *out)
{
    if (params->lattice == IA_LATTICE_RANDOM)
        return evaporate_amorphous(ctx, params, shape, out);
    evaporation tip = {.ctx = ctx,
                       .params = params,
                       .shape = shape,
                       .n_grains = params->bicrystal ? 2 : 1};
    size_t n = 0;
    ia_status st = IA_OK;

    for (size_t g = 0; g < tip.n_grains && st == IA_OK; g++) {
        int side = tip.n_grains == 1 ? 0 : g == 0 ? -1 : 1;
        st = ia_tip_grain_new(ctx, params, shape, side, &tip.grains[g]);
        n += tip.grains[g].n;
    }
    if (st == IA_OK)
        st = make_room(ctx, n, &tip.out);
    for (size_t g = 0; g < tip.n_grains && st == IA_OK; g++)
        st = push_surface(&tip, g);
    if (st == IA_OK && (st = evaporate(&tip)) == IA_OK) {
        *out = tip.out;
        tip.out = (ia_tip_flight){0};
    }
    ia_tip_flight_clear(&tip.out);
    ia_tip_queue_clear(&tip.queue);
    for (size_t g = 0; g < 2; g++)
        ia_tip_grain_clear(&tip.grains[g]);
    return st;
}

void ia_tip_flight_clear(ia_tip_flight *flight)
{
    ia_sites_clear(&flight->sites);
    free(flight->direction);
    free(flight->apex);
    free(flight->grain);
    *flight = (ia_tip_flight){0};
}
