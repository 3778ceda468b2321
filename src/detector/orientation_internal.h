// src/detector/orientation_internal.h: what the parts of indexing share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_DETECTOR_ORIENTATION_INTERNAL_H
#define IA_DETECTOR_ORIENTATION_INTERNAL_H

#include <ionatlas/poles.h>
#include <ionatlas/projection.h>

#include <math.h>

enum {
    ORIENT_SCALES_MOST = 24, // image compression factors tried
    ORIENT_NOISES = 9,
    ORIENT_SPREADS = 64,  // scatters that the spread is made of
    ORIENT_GAMMAS = 4096, // scatters of the poles tried
    ORIENT_FAMILIES_MOST = 40,
    ORIENT_PAIRED = 12, // poles of which pairs are taken, the most significant
    ORIENT_SEEDS = 4096,
    ORIENT_REFINED = 48,   // seeds that least squares sees
    ORIENT_RANKINGS = 3,   // of the families: by spacing, by strength, by step
    ORIENT_AXIS_TRIED = 4, // orientations that the axis is sought for
    ORIENT_TURN = 4,       // unknowns: a turn about x, y, z; ln icf
    ORIENT_ALL = 6         // and where the axis meets the detector, x and y in mm
};

extern const double orient_noises[ORIENT_NOISES]; // radian
// Probability from which the axis is taken to be elsewhere: two to one. A shift for
// nothing costs 3.5 degrees, one that is followed gains 2.6 (drawn lists).
#define ORIENT_LEAST_OFF (2.0 / 3)
// The i-th of ORIENT_SPREADS scatters in equal steps of their logarithm, from 0.1 to 7.5
// degrees, radian.
static inline double orient_spread(size_t i)
{
    return 0.0017453292519943296 * pow(75, ((double)i + 0.5) / ORIENT_SPREADS);
}

// A direction of the catalogue next to one that stands for its family.
typedef struct {
    double angle; // between them, radian
    uint32_t kind;
} orient_neighbour;

// What is known of the axis before the poles.
typedef struct {
    double doubt;   // standard deviation of where it is, mm; 0: known
    double mean[2]; // where it is likely, from where it was told, mm
    double held;    // probability that it is where it was told
} orient_axis;

// What all lists share; read-only in parallel loops.
typedef struct orient_search {
    struct orient_search *other; // with another ranking of the families; NULL: none
    const ia_crystal *crystal;
    ia_pole_catalogue catalogue;
    ia_projection projection; // its icf varies
    bool has_length;          // its flight path was told
    double radius;            // of the field of view, mm
    double middle[2];         // of the field of view, from the axis as told, mm
    bool on_map;              // poles of evaporated tips
    ia_half half;             // of the field of view, from its middle
    double share;             // of the field of view that it is
    double ln_prior;          // of this ranking of the families
    orient_axis axis[IA_N_PROJECTIONS];
    double icf_least, icf_most;
    double prior_icf;          // spread of ln icf about the middle of these
    size_t n_used, n_expected; // families and directions in view; 0: as the poles have it
    size_t n_scales;
    double scales[ORIENT_SCALES_MOST];
    double *ln_gamma;             // (ORIENT_GAMMAS) of halves: [i] is ln Gamma(i / 2)
    float *gain;                  // of a pole seen in a direction: a map on a cube
    orient_neighbour *neighbours; // (n_families, n) by angle
    size_t first[ORIENT_FAMILIES_MOST + 1]; // kind of each family
} orient_search;

// Hits as the search sees them.
typedef struct {
    size_t n;
    double xy[IA_POLES_MOST][2]; // mm, the most significant first
} orient_list;

typedef struct {
    double rotation[3][3];
    double icf, gain;
} orient_seed;

// The same orientation with the axis where it was told, or where it fits best: whichever
// of the two is less likely.
typedef struct {
    double share; // its probability; 0: not tried
    double rotation[3][3], axis[2];
    size_t n_unknowns;
    double information[ORIENT_ALL * ORIENT_ALL], scatter[ORIENT_ALL * ORIENT_ALL];
    double noise_share[ORIENT_SPREADS];
} orient_other;

// An orientation refined.
typedef struct {
    const orient_search *by; // whose catalogue has the kinds
    double rotation[3][3];
    double icf;
    double axis[2];    // from where it was told, mm
    size_t n_unknowns; // ORIENT_TURN or ORIENT_ALL
    orient_other other;
    size_t n_families;                           // in use
    size_t n_expected;                           // directions within the field of view
    int32_t kind[IA_POLES_MOST];                 // of the catalogue; -1: none
    double distance[IA_POLES_MOST];              // from it, radian
    double chance[IA_POLES_MOST];                // of being it
    double information[ORIENT_ALL * ORIENT_ALL]; // (n_unknowns, n_unknowns)
    double scatter[ORIENT_ALL * ORIENT_ALL];     // likewise, of its slope
    double noise_share[ORIENT_SPREADS];          // probability of each scatter
    double noise;                                // radian, of them
    double score;                                // ln of evidence against poles at random
} orient_fit;

// Room of one worker.
typedef struct {
    orient_seed seeds[ORIENT_SEEDS];
    size_t n_seeds;
    orient_fit fits[ORIENT_RANKINGS * ORIENT_REFINED];
    size_t n_fits;
    double directions[ORIENT_SCALES_MOST][IA_POLES_MOST][3];
} orient_room;

// What is sought, and where: the field of view and what is known of the axis.
typedef struct {
    const ia_crystal *crystal;
    const ia_orientation_params *params;
    double radius, middle[2]; // as in orient_search
    orient_axis axis[IA_N_PROJECTIONS];
    bool on_map; // of evaporated tips: by strength
    ia_half half;
} orient_question;
ia_status orient_search_build(ia_ctx *ctx, const orient_question *question,
                              orient_search *out);
void orient_search_clear(orient_search *search);

// The orientations worth refining, by falling gain, into room->seeds; n_seeds of them.
void orient_find_seeds(const orient_search *search, const orient_list *list,
                       orient_room *room);
// Refine a seed, with so many unknowns.
void orient_refine(const orient_search *search, const orient_list *list,
                   const orient_seed *seed, size_t n_unknowns, orient_fit *out);
// The axis free as well: the likelier of held and free, with the other.
void orient_free_axis(const orient_list *list, orient_fit *fit);
// Of a fit with the axis held and free: it is elsewhere with that probability, and then
// about `at`; NULL: where it fits.
void orient_settle_axis(const orient_list *list, double off, const orient_axis *at,
                        orient_fit *fit);
// All of it: the fits by falling score, each orientation once. The best score, or
// -INFINITY where there is none.
double orient_solve(const orient_search *search, const orient_list *list,
                    orient_room *room);

// sigma_deg, covariance, sigma_icf, sigma_axis and axis_off of a grain.
void orient_tell_spread(const orient_fit *fit, ia_grain *grain);

// Standard deviation of the axis, one coordinate, of a fit with the axis free, mm; 0
// where nothing holds it.
double orient_axis_spread(const orient_fit *fit);

// Standard deviation of where the axis was told to be, mm.
double orient_axis_doubt(const ia_orientation_params *params, const ia_pole_list *list);
// What is known of the axis before the poles: question->axis.
void orient_axis_set(const ia_orientation_params *params, const ia_pole_list *list,
                     orient_question *question);
// What each projection makes of the poles, and whether the axis is elsewhere over all of
// them: out->projections, and the first fit with it.
void orient_weigh_projections(const orient_search *search, const orient_list *list,
                              orient_room *room, ia_orientation *out);
// The warnings that this is.
void orient_tell_axis(ia_ctx *ctx, const ia_orientation *o);

// Scores of random lists; stops early once `observed` is beaten by many: *n_done.
typedef struct {
    size_t n;          // poles of a list
    double separation; // least distance of two of them, mm
    size_t n_lists;
    uint64_t seed;
    double observed; // INFINITY: do them all
} orient_null;
ia_status orient_null_run(ia_ctx *ctx, const orient_search *search,
                          const orient_null *null, double *scores, size_t *n_done);

// Turn by a small vector.
void orient_turn_by(const double *by, double rotation[3][3]);
// The small turn that takes a to b, radian.
void orient_turn_between(const double a[3][3], const double b[3][3], double out[3]);
// The orientation that lays A and B of the crystal on a and b of the specimen, both off
// by as much.
void orient_lay_pair(const double *a, const double *b, const double *crystal_a,
                     const double *crystal_b, double out[3][3]);

// Poles and zone lines together: the candidates, the names of the lines and, where it is
// more than chance, the grain. Of an orientation that poles have told, the names only.
typedef struct {
    const ia_orientation_params *params;
    const orient_search *search;
    const orient_list *list;
    const ia_pole_list *given;
    const size_t *row; // of the list's poles in what was given
    double icf;        // of the first grain
} orient_zone_question;
ia_status orient_zones(ia_ctx *ctx, const orient_zone_question *question,
                       ia_orientation *out);

// Two crystals on either side of a boundary: makes the first two grains where both are
// more than chance; else leaves all as it is.
typedef struct {
    const ia_orientation_params *params;
    const orient_search *search;
    const ia_pole_list *list;
    const ia_hitmap *map; // on which poles are sought again; NULL: those of the list
    const ia_pole_params *pole_params;
} orient_sides_question;
ia_status orient_sides(ia_ctx *ctx, const orient_sides_question *question,
                       ia_orientation *out);
// orientation_lattices.c: the names of other common lattices, NULL beyond the last; the
// doubt that the crystal is another goes into the misindex probability of all grains.
const char *orient_other_lattice(const char *told, size_t which);
void orient_doubt_lattice(ia_orientation *o);
// Probability of all others that do not stand as the one told does.
double orient_other_lattices(const ia_orientation *o);
// The warning that another lattice fits better, or that poles do not tell which it is.
void orient_tell_lattices(ia_ctx *ctx, const ia_orientation *o);
// Share of a circle that a half is.
double orient_share(const ia_half *half, double radius);

// Directions of a list for a projection; NAN beyond its limit.
void orient_directions(const ia_projection *projection, const orient_list *list,
                       double (*out)[3]);
double orient_misorientation(const orient_search *search, double a[3][3], double b[3][3]);

static inline const orient_axis *orient_axis_of(const orient_search *search)
{
    return &search->axis[search->projection.kind];
}
static inline double orient_dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
static inline void orient_cross(const double *a, const double *b, double *out)
{
    for (int k = 0; k < 3; k++)
        out[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}
static inline void orient_turn(double rotation[3][3], const double *v, double *out)
{
    for (int k = 0; k < 3; k++)
        out[k] = orient_dot(rotation[k], v);
}

#endif
