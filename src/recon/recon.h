// src/recon/recon.h: what the files of the reconstruction share; private (detector).
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_RECON_RECON_H
#define IA_RECON_RECON_H

#include "detector/hit_cover.h"
#include <ionatlas/hitmap.h>
#include <ionatlas/projection_drift.h>
#include <ionatlas/projection_fit.h>
#include <ionatlas/reconstruct.h>
#include <ionatlas/sdm.h>

#include "detector/hit_doubts.h"
#include "io/text.h"

#include <math.h>

// reconstruct.c: whether the radius, or its beginning, is taken from voltages.
bool ia_recon_needs_voltage(const ia_reconstruct_params *params);

// recon_evolution.c: whether a section takes the radius from that, or, where sections do
// not say, the run.
bool ia_recon_uses(const ia_reconstruct_params *params, int evolution);
// Whether sections have a column of that name.
bool ia_recon_is_told(const ia_reconstruct_params *params, const char *name);
// A column of words, and the number of one; false where there is none.
bool ia_recon_is_word(const char *name);
bool ia_recon_word_read(const char *name, ia_span word, double *value);
void ia_recon_word_write(int evolution, char *word, size_t n);

// How far a place is from the middle of the detector, mm.
static inline double ia_recon_off_middle(const ia_reconstruction *r, double x, double y)
{
    return hypot(x - r->params.detector_x, y - r->params.detector_y);
}

// recon_settle.c: fill in what presets, elements and custom say; note what was assumed.
ia_status ia_recon_settle(ia_ctx *ctx, ia_reconstruction *r);

// recon_rows.c: numbers of a text, in rows parted by ';' or ends of lines.
enum { IA_RECON_COLUMNS = 12, IA_RECON_ROWS = 512 };
typedef struct {
    char names[IA_RECON_COLUMNS][24]; // of the first row, where it is words
    size_t n_columns, n;
    double values[IA_RECON_ROWS][IA_RECON_COLUMNS];
} ia_recon_rows;
// `what` names the text in sentences. The first column must rise. IA_ERR_PARAM.
// The names alone, where the first row is words: what is wrong with them is said first.
ia_status ia_recon_rows_names(ia_ctx *ctx, const char *what, const char *text,
                              ia_recon_rows *rows);
ia_status ia_recon_rows_read(ia_ctx *ctx, const char *what, const char *text,
                             ia_recon_rows *rows);
// Column c at x of the first column, linearly between rows, constant beyond them.
double ia_recon_rows_at(const ia_recon_rows *rows, size_t c, double x);

// hit_excess.c: hits of a map against those of a smooth cap that goes back evenly.
typedef struct {
    const ia_hitmap *map;
    bool *inside;   // (cells, cells) wholly within the map, and not blind
    double *excess; // (cells, cells) share of the hits expected; 0 outside
} ia_recon_excess;
ia_status ia_recon_excess_new(ia_ctx *ctx, const ia_hitmap *map, ia_recon_excess *out);
void ia_recon_excess_set(const ia_projection *projection, ia_recon_excess *excess);
void ia_recon_excess_clear(ia_recon_excess *excess);
// Middle of a cell, mm from the middle of the map.
void ia_recon_excess_place(const ia_hitmap *map, size_t cell, double at[2]);

// pole_spot.c: ions about a pole.
enum { IA_SPOT_MOST = 200000, IA_SPOT_FEWEST = 2000 };
typedef struct {
    const ia_ions *ions;
    const ia_named_pole *pole;
    double reach;    // mm
    size_t fewest;   // ions wanted; 0: IA_SPOT_FEWEST
    size_t from, to; // ions of the run to take; to = 0: all after the first fifth, since
                     // there the surface has found its form
    size_t n;        // ions near the pole
    uint64_t *which; // (n) their places in the file
    float *xyz;      // (n, 3) nm
} ia_pole_spot;
// Poles are poor in ions: where there are too few within reach, further out. scale: mm of
// the hits' unit.
ia_status ia_pole_spot_find(ia_ctx *ctx, double scale, ia_pole_spot *spot);
void ia_pole_spot_place(const ia_reconstruction *r, ia_pole_spot *spot);
// Distances along the normal of the pole's planes; without a word where it shows none.
ia_status ia_pole_spot_planes(const ia_pole_spot *spot, const double normal[3],
                              ia_sdm *out);
void ia_pole_spot_clear(ia_pole_spot *spot);

// Where planes point in the specimen; their spacing, nm.
double ia_pole_normal(const ia_crystal *crystal, const int hkl[3],
                      const ia_projection_fit *fit, double out[3]);

// pole_planes.c: where the planes of a pole face, and how far apart they are, as the
// strongest wave through its ions has it, near what is foretold.
typedef struct {
    double normal[3], doubt;       // unit; radian across it, NAN: no planes
    double power;                  // of the wave, 1 for ions at random
    double spacing, sigma_spacing; // nm
} ia_pole_facing;
ia_status ia_pole_planes(ia_ctx *ctx, const ia_pole_spot *spot, const double normal[3],
                         double spacing, ia_pole_facing *out);

// pole_pull.c: how the symmetry of the crystal lets ions of a pole be drawn aside.
enum { IA_PULL_NONE, IA_PULL_FAMILY, IA_PULL_ANY };
typedef struct {
    int kind;         // not at all; within a mirror, all of a family alike; any way
    int family;       // counted from 0; -1: none
    double normal[3]; // unit, crystal frame
    double aside[3];  // unit, across it: the way of its family
} ia_pole_pull;
// How many families there are.
size_t ia_pole_pulls(const ia_crystal *crystal, const ia_named_pole *poles, size_t n,
                     ia_pole_pull *out);

// projection_fit.c: as ia_projection_fit_poles; poles of each family that symmetry lets
// be drawn aside are so alike, by an angle of that standard deviation, radian; 0: none.
enum { IA_PULLS_MOST = 12 }; // families
ia_status ia_recon_fit_drawn(ia_ctx *ctx, const ia_projection *start,
                             const ia_named_poles *poles,
                             const ia_projection_fit_params *params, double pull,
                             ia_projection_fit *out);

// plane_fit.c: where planes of a pole are looked for, and what is believed of them.
enum { IA_FACING_FAMILIES = 8 };          // of the widest spacing
extern const double ia_facing_reach;      // mm about a pole, or further for enough ions
extern const size_t ia_facing_wanted;     // ions
extern const double ia_facing_clear;      // power of a wave that chance does not reach
extern const double ia_facing_rim;        // mm from it, where a pole is half cut off
extern const double ia_facing_most_doubt; // mm, of a place

// plane_fit.c: the fit of places where planes face the detector; false where they are too
// few, or too few that symmetry holds.
bool ia_recon_fit_places(const ia_projection *start,
                         const ia_projection_fit_params *params,
                         const ia_named_poles *poles, size_t n_held,
                         ia_projection_fit *out);

// drift_solve.c: numbers of poles in parts of the run: value = slope . constants of the
// part + what the pole is off in all parts alike.
enum { IA_DRIFT_POLES_MOST = 64 };
typedef struct {
    size_t pole, part, row; // row: of the numbers of one pole in one part
    double value, sigma, slope[3];
    bool used;
} ia_drift_datum;
typedef struct {
    size_t n_parts, n_kinds, n_rows, n_constants; // poles; numbers of each; at most 3
    size_t least_poles;                           // that a part needs
    ia_drift_datum *data;                         // (n)
    size_t n;
    double common[IA_FIT_PARTS_MOST]; // variance beside, of all constants of a part
    // And what one error of the run makes of all parts: it counts in each as often as its
    // lever says. Its covariance.
    double levers[IA_FIT_PARTS_MOST], shared[3][3];
    // What comes out: from the mean of the parts used. Poles of each part, 0: left out.
    double *values, *covariance, *offsets; // (parts, constants), that squared, (kinds,
                                           // rows)
    size_t n_poles[IA_FIT_PARTS_MOST];
    double degrees; // of the scatter
} ia_drift_problem;
ia_status ia_drift_solve(ia_ctx *ctx, ia_drift_problem *problem);
// That n constants from the first on are the same in all parts.
ia_drift_test ia_drift_test_of(const ia_drift_problem *problem, size_t first, size_t n);

// drift_look.c: what planes of the poles in view say in one part of a run.
typedef struct {
    ia_named_pole pole; // where it is foretold
    double normal[3], spacing;
    int pull; // IA_PULL_...
} ia_drift_kind;
typedef struct {
    ia_drift_kind kinds[IA_DRIFT_POLES_MOST];
    size_t n;
} ia_drift_kinds;
typedef struct {
    const ia_ions *ions;
    const ia_crystal *crystal;
    const ia_projection_fit *fit; // its orientation
    const ia_reconstruction *r;
    ia_projection projection; // that of r
    size_t from, to;          // ions of the part
} ia_drift_view;
typedef struct {
    bool seen;
    double way[2], doubt;      // from where it is foretold, mm
    double ratio, sigma_ratio; // ln(spacing of the crystal / found)
} ia_drift_seen;
ia_status ia_drift_kinds_find(ia_ctx *ctx, const ia_drift_view *view,
                              ia_drift_kinds *out);
// As another fit has them.
void ia_drift_kinds_turn(const ia_crystal *crystal, const ia_projection_fit *fit,
                         const ia_projection *projection, ia_drift_kinds *kinds);
// `out`: one for each kind.
ia_status ia_drift_look(ia_ctx *ctx, const ia_drift_view *view,
                        const ia_drift_kinds *kinds, ia_drift_seen *out);

// recon_scan.c: one reading of hits and voltages.
typedef struct {
    size_t window, n_windows;
    double *volts;     // (n_windows) mean of those above 0, V; NAN for none
    double (*loss)[2]; // (n_windows) their variance, V^2; how many are none
    size_t n_no_voltage;
    float *radii; // (n_radii) of hits from the middle, sorted, unit of the file
    size_t n_radii;
    float *hits; // (n_hits, 2) of them and those that are no place
    size_t n_hits;
    ia_hit_cover cover;
} ia_recon_scan;
ia_status ia_recon_scan_read(ia_ctx *ctx, const ia_ions *ions,
                             const ia_reconstruct_params *params, ia_recon_scan *out);
// Radii from another place than (0, 0), in the unit of the file.
void ia_recon_scan_about(ia_recon_scan *scan, double x, double y);
void ia_recon_scan_clear(ia_recon_scan *scan);
// Put in what windows without a voltage lack, from their neighbours.
void ia_recon_scan_mend(ia_recon_scan *scan);

// The same hits, for what is said of them wherever they are read.
static inline ia_hit_sample ia_recon_sample_of(const ia_recon_scan *scan, size_t n_ions,
                                               double mm)
{
    return (ia_hit_sample){scan->hits, scan->n_hits, 0, n_ions, mm};
}

// recon_doubts.c: what of hits, voltages and settings cannot be meant so, in a sentence
// each. Hits alone.
ia_status ia_recon_doubt_hits(ia_ctx *ctx, const ia_recon_scan *scan,
                              const ia_reconstruction *r);
void ia_recon_doubt_input(ia_ctx *ctx, const ia_recon_scan *scan,
                          const ia_reconstruction *r);
void ia_recon_doubt_settings(ia_ctx *ctx, const ia_reconstruct_params *params);
// Planes that the fit leaves further apart, or nearer, than the crystal has them: by more
// than crystals are uneven.
void ia_recon_doubt_spacing(ia_ctx *ctx, const ia_projection_fit *fit, bool radius_told);
// An image compression found that hardly any tip has.
void ia_recon_doubt_icf(ia_ctx *ctx, const ia_named_poles *poles,
                        const ia_projection_fit *fit);

// Where the voltage changes its unit within the file: means of two neighbouring
// sixteenths of the run that differ by more than ten times.
typedef struct {
    double volts[2]; // V
    size_t ions[2];  // about which
} ia_recon_jump;
bool ia_recon_jump_find(const ia_recon_scan *scan, size_t n, ia_recon_jump *out);
void ia_recon_jump_tell(ia_ctx *ctx, const ia_recon_jump *jump);

// recon_odd.c: what no needle can be, a sentence each. Is there any?
bool ia_recon_odd_tell(ia_ctx *ctx, const ia_reconstruction *r);
// The same of the constants told, before a fit looks for better ones.
void ia_recon_odd_foretell(ia_ctx *ctx, const ia_reconstruction *r);
// The cone that fits the voltages, of the constants that are used.
void ia_recon_odd_cone(ia_ctx *ctx, const ia_reconstruction *r);
// And what a fit of ICF and kf cannot mend.
bool ia_recon_odd_is_past(const ia_reconstruction *r);

// recon_view.c: the part of the cap that the detector sees, over the radius squared.
typedef struct {
    double flat;  // area seen along the axis: integral of cos(theta)
    double solid; // solid angle; of an ellipsoid, three times the cone from its centre
} ia_recon_view;
ia_recon_view ia_recon_view_of(const ia_projection *projection, const ia_hit_cover *cover,
                               double aspect);
// Where on an ellipsoid with half axes 1, 1 and `aspect` the normal has a direction; its
// third component is again from 0 at the rim to 1, of the half axis.
static inline void ia_recon_bend(double aspect, double direction[3])
{
    if (aspect == 1)
        return;
    double along = aspect * direction[2];
    double length =
        sqrt(direction[0] * direction[0] + direction[1] * direction[1] + along * along);
    direction[0] /= length;
    direction[1] /= length;
    direction[2] = along / length;
}

// recon_caps.c: radius and apex against the ions that are gone.
ia_status ia_recon_caps(ia_ctx *ctx, const ia_recon_scan *scan, ia_reconstruction *r);

#endif
