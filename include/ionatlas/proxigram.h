// include/ionatlas/proxigram.h: composition against the distance to an iso-surface.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PROXIGRAM_H
#define IONATLAS_PROXIGRAM_H

#include <ionatlas/honest.h>
#include <ionatlas/surface.h>

IA_BEGIN

enum { IA_EDGE_AUTO, IA_EDGE_EXCLUDE, IA_EDGE_INCLUDE };

typedef struct {
    double distance_bin; // nm
    double distance_max; // to either side, nm
    char species[128];   // "Cu,D"; "": every one
    bool same;           // surface and profile from the same ions, not from halves
    int edge_objects;  // those cut off by the specimen's edge; auto: only where no other
                       // is
    double efficiency; // share of ions that are detected; 0: not known
    size_t n_draws;    // label shuffles that flatness is judged by
    size_t divisions;  // random halves and thinnings; 0: none
    uint64_t seed;     // of parts and shuffles where a mesh is given; else the field's
} ia_proxigram_params;
IA_API extern const ia_method ia_proxigram_method;
IA_API ia_proxigram_params ia_proxigram_defaults(void);

// Excess of an element at an interface: atoms of it and of all between the sides, and on
// either side; area in nm^2.
typedef struct {
    double of[2], all[2];           // within, on either side of the dividing surface
    double side_of[2], side_all[2]; // beyond
    double area;
} ia_interface_counts;
// Atoms per nm^2 that the sides do not account for, detected ones, and its sigma: c_k of
// each side times what lies on that side within. NAN without sides.
IA_API double ia_interface_excess(const ia_interface_counts *counts, double *sigma);

// What is asked of parts of the ions: plateaus in at.%, 10-90 % width in nm, detected
// excess per nm^2 as all ions have it.
enum {
    IA_INTERFACE_OUTSIDE,
    IA_INTERFACE_INSIDE,
    IA_INTERFACE_WIDTH,
    IA_INTERFACE_EXCESS,
    IA_INTERFACE_VALUES
};

// Of one element: shares by distance, and a step of the form erf fitted to them.
typedef struct {
    unsigned z, a;               // a 0: the element
    char name[8];                // "Cu", "2H"
    ia_share *shares;            // (n_bins)
    double chi2, p;              // flatness against label shuffles, as in a profile
    ia_share outside, inside;    // plateaus: beyond two sd of the step
    double middle, sigma_middle; // of the step, nm; NAN where there is none
    double width, sigma_width;   // 10-90 %, nm, as measured
    double true_width;           // without the scatter of the surface, nm
    double fit_chi2, fit_p;      // of the step: per degree of freedom, and p; NAN
    double excess, sigma_excess; // detected atoms per nm^2; NAN
    // Of a mesh alone, else NAN: with the mesh itself as the dividing surface, against
    // plateaus beyond half of distance_max, whatever was fitted.
    double surface_excess, sigma_surface_excess;
    ia_steadiness steady[IA_INTERFACE_VALUES]; // of the above, in parts of the ions
} ia_proxigram_element;

typedef struct {
    size_t n_bins, n_elements;
    double *edge;                   // (n_bins + 1) nm; positive inside
    uint64_t *ions;                 // (n_bins) ranged ions
    ia_proxigram_element *elements; // (n_elements)
    double n_objects;               // mean of both halves
    double n_excluded;              // objects cut off, left out; mean of both halves
    double area;                    // of the surfaces, nm^2; mean of both halves
    double sigma_surface;           // scatter of a half's surface, nm; NAN without
                                    // halves, 0 with a mesh
    double threshold, efficiency;   // threshold: NAN with a mesh
    bool is_given;                  // the surface is a mesh made elsewhere
    bool split, edge_included, is_divided; // the last: parts of the ions were asked
    size_t n_draws;
} ia_proxigram;

// From a field and the threshold of its surface. Unless `same` is asked for the ions are
// divided at random; the surface of either half tells the distance of the other's ions,
// so that a profile shows nothing that the surface's own noise put there. O(ions) for
// those near the surface; 4 B per ion beside the field. Each division adds
// two to three times what the profile itself takes. IA_ERR_EMPTY where there is no
// object.
IA_API ia_status ia_proxigram_compute(ia_ctx *ctx, const ia_share_input *input,
                                      const ia_volume *volume, const ia_surface *surface,
                                      const ia_proxigram_params *params,
                                      ia_proxigram *out);
// From a mesh made elsewhere: one surface for all ions, which are not divided. Positive
// where its triangles run clockwise. Pieces are objects, those that end as
// those cut off. IA_ERR_EMPTY where no ion is near or no piece is used. 180 B per
// triangle, 4 B per ion.
IA_API ia_status ia_mesh_proxigram_compute(ia_ctx *ctx, const ia_share_input *input,
                                           const ia_mesh *mesh,
                                           const ia_proxigram_params *params,
                                           ia_proxigram *out);
IA_API void ia_proxigram_clear(ia_proxigram *proxigram);
// "proxigram", "interfaces" by element, "interface_parts" by element and quantity, one
// "proxigram_<element>" each.
IA_API ia_status ia_proxigram_tables(ia_ctx *ctx, const ia_proxigram *proxigram,
                                     ia_result *result);

IA_END
#endif
