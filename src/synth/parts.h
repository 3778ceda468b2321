// src/synth/parts.h: what the files of the synthetic specimen share; private.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_SYNTH_PARTS_H
#define IA_SYNTH_PARTS_H

#include "core/charge_split.h"
#include <ionatlas/synth.h>
#include <ionatlas/random.h>

// The words of the choices, in the order of the method table.
enum {
    IA_SPECIMEN_CRYSTAL,
    IA_SPECIMEN_CLUSTERS,
    IA_SPECIMEN_BOUNDARY,
    IA_SPECIMEN_SPECTRUM,
    IA_SPECIMEN_TIP
};
typedef enum {
    IA_LATTICE_RANDOM,
    IA_LATTICE_SC,
    IA_LATTICE_FCC,
    IA_LATTICE_BCC,
    IA_LATTICE_HCP,
    IA_LATTICE_DIAMOND,
    IA_LATTICE_B2,
    IA_LATTICE_L12,
    IA_LATTICE_L10,
    IA_LATTICE_D03
} ia_lattice_kind;

// Every stage of a specimen draws from streams of its own, one for each block of work.
typedef enum {
    IA_DRAW_SITES = 1,
    IA_DRAW_CLUSTERS,
    IA_DRAW_SPECIES,
    IA_DRAW_THINNING,
    IA_DRAW_NOISE,
    IA_DRAW_EXTRAS,
    IA_DRAW_ORDER,
    IA_DRAW_MASS,
    IA_DRAW_PULSES,
    IA_DRAW_TIES
} ia_draw_stage;

enum { IA_SYNTH_BLOCK = 16384 }; // atoms or ions per block of parallel work

static inline ia_random ia_draw_new(uint64_t seed, ia_draw_stage stage, size_t block)
{
    return ia_random_new(seed, ((uint64_t)stage << 48) + block);
}

// lists.c: texts like "Fe:0.98 Cu:0.02".
typedef struct {
    char name[IA_ION_NAME];
    double value; // NAN when none was written
} ia_entry;

enum { IA_ENTRIES_MAX = 64 };
// Read at most IA_ENTRIES_MAX entries. `what` names the text in the sentence.
// IA_ERR_PARAM.
ia_status ia_entries_read(ia_ctx *ctx, const char *what, const char *text,
                          ia_entry *entries, size_t *n);

// params.c: the composition of the matrix.
enum { IA_MIX_MAX = 24, IA_MIX_EXTRA = 255 };
typedef struct {
    size_t n;
    unsigned z[IA_MIX_MAX];
    double fraction[IA_MIX_MAX]; // atomic; they sum to 1
    size_t solvent;              // index of the most abundant
    size_t solute;               // index of the solute of clusters and boundary
} ia_mix;
// Check every parameter and read the composition. IA_ERR_PARAM.
ia_status ia_simulate_check(ia_ctx *ctx, const ia_simulate_params *params, ia_mix *mix);

// lattice.c: sites that fill the box.
typedef struct {
    float *xyz;          // (n, 3) nm; box centred on x = y = 0, z from 0 to size_z
    uint8_t *sublattice; // (n) 1 on the minority sublattice of an ordered lattice, else 0
    size_t n;
} ia_sites;
// Atoms per nm^3, and the share of sublattice 1 among the sites (0 without order).
double ia_lattice_density(const ia_simulate_params *params);
double ia_lattice_share(const ia_simulate_params *params);
// v_specimen = rotation * v_crystal, in the right-handed frame (x, y, -z) of a position.
void ia_lattice_rotation(const ia_simulate_params *params, double rotation[3][3]);
// R_z R_y R_x of angles about x, y and z, degrees.
void ia_rotation_of(const double angle_deg[3], double rotation[3][3]);
// The cell of the lattice, not for lattice random.
typedef struct {
    size_t n_sites, n_minority; // the last n_minority sites are sublattice 1
    const double (*sites)[3];   // (n_sites) fractions of the edges; static
    double axis[3][3];          // axis[i] is edge i in the frame of positions, nm
} ia_cell;
ia_cell ia_lattice_cell(const ia_simulate_params *params, double rotation[3][3]);
ia_status ia_sites_compute(ia_ctx *ctx, const ia_simulate_params *params, ia_sites *out);
void ia_sites_clear(ia_sites *sites);

// clusters.c: spheres that do not overlap.
typedef struct {
    ia_object *objects; // (n) centre and radius
    size_t n;
    double width;    // standard deviation of the erf edge, nm
    double low[3];   // corner of the lookup grid, nm
    double cell;     // its cell, nm
    size_t cells[3]; // along each axis
    size_t *begin;   // (cells + 1) first entry of each cell in `near`
    uint32_t *near;  // clusters that reach into each cell
} ia_clusters;
ia_status ia_clusters_compute(ia_ctx *ctx, const ia_simulate_params *params,
                              ia_clusters *out);
// How far a place belongs to a cluster, 1 inside to 0 outside, 1/2 at its radius; *inside
// is the cluster whose radius holds it, -1 for none.
double ia_clusters_level(const ia_clusters *clusters, const float *xyz, int32_t *inside);
void ia_clusters_clear(ia_clusters *clusters);

// place.c: species on sites.
typedef struct {
    uint8_t *element;   // (n) index into the mix
    int32_t *object;    // (n) -1 for none
    ia_object *objects; // (n_objects)
    size_t n_objects;
} ia_placed;
ia_status ia_place(ia_ctx *ctx, const ia_simulate_params *params, const ia_mix *mix,
                   const ia_sites *sites, ia_placed *out);
void ia_placed_clear(ia_placed *placed);
// Share of each element on each sublattice at long-range order S.
void ia_order_shares(const ia_simulate_params *params, const ia_mix *mix,
                     double shares[2][IA_MIX_MAX]);

// noise.c: what the instrument records of the atoms.
typedef struct {
    float *xyz;      // (n, 3) with noise, nm
    float *true_xyz; // (n, 3) nm
    uint8_t
        *element; // (n) index into the mix, IA_MIX_EXTRA for ions added at random places
    int32_t *object; // (n)
    size_t n;
} ia_recorded;
// Thin, displace, add `extra_share` of all ions at random places, and sort by depth.
ia_status ia_record(ia_ctx *ctx, const ia_simulate_params *params, const ia_sites *sites,
                    const ia_placed *placed, double extra_share, ia_recorded *out);
ia_status ia_recorded_new(ia_ctx *ctx, size_t n, ia_recorded *out);
void ia_recorded_clear(ia_recorded *recorded);
// Order of n depths, ties in an order drawn from the seed: out[0] is the smallest.
ia_status ia_depth_order(ia_ctx *ctx, const float *xyz, size_t n, uint64_t seed,
                         uint32_t *out);

// mass.c: from species to mass-to-charge ratios.
typedef struct {
    double mass;  // m/n at the maximum of the peak, Da; the window's end for background
    double scale; // Da per unit of the peak shape; 0 for background
    double share; // of the mixture
    double up_to; // running sum of the shares
    int32_t species; // -1 for background
} ia_line;
typedef struct {
    ia_line *lines; // (n) by falling share
    size_t n;
} ia_lines;
typedef struct {
    ia_ion *ions;        // (n_species)
    double *probability; // (n_species) planned share of all recorded ions in the matrix
    size_t n_species;
    double extra_share; // molecules and background among all recorded ions
    size_t n_elements;
    ia_lines of_element[IA_MIX_MAX];
    ia_lines of_extras; // molecules and background
    ia_lines of_all;    // the whole spectrum
} ia_mass_plan;
ia_status ia_mass_plan_compute(ia_ctx *ctx, const ia_simulate_params *params,
                               const ia_mix *mix, ia_mass_plan *out);
void ia_mass_plan_clear(ia_mass_plan *plan);
typedef struct {
    float *mass;      // (n) Da
    int32_t *species; // (n)
    size_t n;
} ia_masses;
// Fill arrays of the caller's; `element` (n) as in ia_recorded, NULL: from the whole
// spectrum.
ia_status ia_mass_draw(ia_ctx *ctx, const ia_mass_plan *plan, uint64_t seed,
                       const uint8_t *element, ia_masses *masses);
// The peak shape: one draw, in units of its scale; its full width at half maximum.
double ia_peak_draw(ia_random *random);
extern const double ia_peak_fwhm;
// Da per unit of the peak shape at m/n `mass`.
double ia_peak_scale(const ia_simulate_params *params, double mass);

// detector.c: time of flight, voltage, hit and pulse of each ion, from its place and m/n;
// of a tip, hits and voltages are there already.
ia_status ia_detector_fill(ia_ctx *ctx, const ia_simulate_params *params, ia_ions *ions);

// truth_ranges.c: ranges that separate the ions of which `counts` (n_species) were
// recorded.
ia_status ia_truth_ranges(ia_ctx *ctx, const ia_simulate_params *params,
                          const ia_mass_plan *plan, const uint64_t *counts, size_t n_ions,
                          ia_ranges *out);
// tables.c: recorded ions of each species; `counts` (n_species) is zeroed.
void ia_species_count(const ia_specimen *specimen, uint64_t *counts);

#endif
