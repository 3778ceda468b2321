// src/synth/tip.h: what the files of the specimen "tip" share; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SYNTH_TIP_H
#define IA_SYNTH_TIP_H

#include "synth/parts.h"

#include <ionatlas/projection.h>

// tip_shape.c: the smooth surface, a sphere that touches a cone from inside. While it
// recedes, its apex goes from depth 0 to `depth` and its radius grows with the cone.
typedef struct {
    double radius; // of the cap at the start, nm
    double sine;   // of the half shank angle
    double depth;  // of the apex at the end, nm
    double cosine; // of the cap angle up to which atoms are followed
} ia_tip_shape;
ia_tip_shape ia_tip_shape_of(const ia_simulate_params *params);
// When a share of the depth is gone.
ia_projection ia_tip_projection(const ia_simulate_params *params, double gone);
// The furthest that the axis is from the detector's middle, mm, and a projection with the
// largest image compression, about (0, 0).
double ia_tip_reach(const ia_simulate_params *params, ia_projection *projection);
double ia_tip_radius(const ia_tip_shape *shape, double apex);
// Depth of the apex when the surface passes a place; NAN for places outside the cone.
// *cosine is that of the cap angle at which it does.
double ia_tip_passes(const ia_tip_shape *shape, const double place[3], double *cosine);
// Atoms per nm of depth of the apex that the followed part of the cap loses, about.
double ia_tip_volume(const ia_tip_shape *shape);

// tip_grain.c: sites of one crystal on a grid of its cells.
enum { IA_TIP_WIDE_MOST = 96, IA_TIP_BASIS = 16 };
typedef struct {
    ptrdiff_t step;  // to its number
    double apart[3]; // nm
} ia_tip_neighbour;
typedef struct {
    const ia_tip_shape *shape;
    ia_cell cell;
    double plane[3], centre[3]; // of the boundary between two grains, nm
    int side;                   // 1 or -1: of the plane; 0: everywhere
    long first[3];
    size_t n_cells[3];
    uint8_t *state; // (cells, n_sites) present neighbours, or one of the marks below
    size_t n_near;  // neighbours that bind, the first ones of the lists below
    size_t n_odd;   // the first of them, which lie in no row and make no normal
    size_t n_wide[IA_TIP_BASIS]; // all in the lists: behind n_odd, those that make it
    ia_tip_neighbour wide[IA_TIP_BASIS][IA_TIP_WIDE_MOST];
    double bond; // distance of the nearest, nm
    size_t n;    // atoms that are followed
} ia_tip_grain;
enum {
    IA_TIP_GONE = 0xfe,   // evaporated
    IA_TIP_BEYOND = 0xff, // not followed: there until the smooth surface passes it
    IA_TIP_BORDER = 0x40, // bit beside a count: some neighbour is not followed
    IA_TIP_COUNT = 0x3f
};
ia_status ia_tip_grain_new(ia_ctx *ctx, const ia_simulate_params *params,
                           const ia_tip_shape *shape, int side, ia_tip_grain *out);
void ia_tip_grain_clear(ia_tip_grain *grain);
void ia_tip_grain_place(const ia_tip_grain *grain, size_t site, double place[3]);
// Whether an atom is there while the smooth surface's apex is at depth `apex`.
bool ia_tip_grain_has(const ia_tip_grain *grain, size_t site, double apex);
// Neighbours that bind it, counted anew.
unsigned ia_tip_grain_count(const ia_tip_grain *grain, size_t site, double apex);
// Sum of the ways to missing neighbours: away from the crystal, nm.
void ia_tip_grain_outward(const ia_tip_grain *grain, size_t site, double apex,
                          double outward[3]);
// Orientation of a grain: v_specimen = rotation * v_crystal.
void ia_tip_rotation(const ia_simulate_params *params, int grain, double rotation[3][3]);

// tip_queue.c: atoms by how strongly the field pulls at them.
typedef struct {
    double key;   // nm
    uint32_t tie; // drawn from seed, grain and site
    uint8_t grain, count;
    uint64_t site;
} ia_tip_entry;
typedef struct {
    ia_tip_entry *entries;
    size_t n, room;
} ia_tip_queue;
ia_status ia_tip_queue_push(ia_ctx *ctx, ia_tip_queue *queue, ia_tip_entry entry);
// The entry with the least key; the queue must not be empty.
ia_tip_entry ia_tip_queue_pop(ia_tip_queue *queue);
void ia_tip_queue_clear(ia_tip_queue *queue);

// tip_evaporate.c: atoms in the order in which they left.
typedef struct {
    ia_sites sites;   // (n) places and sublattices
    float *direction; // (n, 3) unit vectors in (x, y, -z)
    float *apex;      // (n) depth of the surface's apex when it left, nm
    uint8_t *grain;   // (n)
} ia_tip_flight;
ia_status ia_tip_evaporate(ia_ctx *ctx, const ia_simulate_params *params,
                           const ia_tip_shape *shape, ia_tip_flight *out);
void ia_tip_flight_clear(ia_tip_flight *flight);

// tip_amorphous.c: lattice random. Atoms that are followed, and all of them in the order
// in which the smooth surface passes them, along its normal; `out` has room for them.
size_t ia_tip_amorphous_count(const ia_simulate_params *params,
                              const ia_tip_shape *shape);
ia_status ia_tip_amorphous_fill(ia_ctx *ctx, const ia_simulate_params *params,
                                const ia_tip_shape *shape, ia_tip_flight *out);

// tip_record.c: what a detector records of it, in that order.
typedef struct {
    float *hit;     // (n, 2) mm
    float *apex;    // (n) depth of the surface's apex, nm
    int32_t *grain; // (n) -1 for ions added
    ia_object *objects;
    size_t n_objects;
} ia_tip_hits;
ia_status ia_tip_record(ia_ctx *ctx, const ia_simulate_params *params, const ia_mix *mix,
                        double extra_share, ia_tip_hits *hits, ia_recorded *out);
// Hits and voltages as columns of the table.
void ia_tip_hits_fill(const ia_simulate_params *params, const ia_tip_hits *hits,
                      ia_ions *ions);
void ia_tip_hits_clear(ia_tip_hits *hits);

#endif
