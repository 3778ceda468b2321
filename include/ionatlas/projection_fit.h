// include/ionatlas/projection_fit.h: image compression and centre of a run from poles
// whose planes are known, field factor from the spacing of planes.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PROJECTION_FIT_H
#define IONATLAS_PROJECTION_FIT_H

#include <ionatlas/crystal.h>
#include <ionatlas/orientation.h>
#include <ionatlas/poles.h>
#include <ionatlas/reconstruct.h>

IA_BEGIN

typedef struct {
    char crystal[IA_CRYSTAL_NAME]; // as ia_crystal_parse has it
    double centre_doubt;           // of the given centre, standard deviation, mm
    double pole_doubt;             // of the place of a pole, mm; weighs as eight numbers
    double spacing_reach; // ions this near a pole show its planes, mm; 0: kf stays
    size_t fit_parts;     // of the run, whose constants are compared; 0 or 1: none
} ia_projection_fit_params;
IA_API extern const ia_method ia_projection_fit_method;
IA_API ia_projection_fit_params ia_projection_fit_defaults(void);

// Fewer leave image compression and centre open.
enum { IA_POLES_TO_FIT = 3 };

// A pole that somebody, or the indexing, gave a name.
typedef struct {
    int hkl[3];
    double x, y;  // mm
    double doubt; // standard deviation of each, mm; 0: as the parameters have it
} ia_named_pole;

typedef struct {
    ia_named_pole *poles; // (n) freed with free()
    size_t n;
    double shift; // rms way that found poles were moved back, mm; 0 for a table
    double axis[2], axis_seen; // where hits alone show the axis, and the standard
                               // deviation of that, mm; 0 or HUGE_VAL: not known
    int hit_unit; // of the hits in the file, where poles were found on them; else 0
    // Another lattice that fits the same places better, with 20 times the odds, and what
    // the one told makes of them; no name: none does.
    ia_lattice_evidence better, told;
    // What the one told and other common ones make of the places.
    ia_lattice_evidence lattices[IA_LATTICES_MOST];
    size_t n_lattices; // 0: not compared
} ia_named_poles;

typedef struct {
    size_t n_poles;
    double icf, sigma_icf;
    double centre[2], sigma_centre[2]; // mm
    double covariance[3][3];           // of icf and the centre
    double rotation[3][3];             // v_specimen = rotation v_crystal
    double sigma_rotation_deg;         // of a turn about the worst axis of the three
    double residual_mm;                // rms distance of poles from where they should be
    int plane[3];                      // of the spacing below; 0 0 0: none was found
    double spacing, sigma_spacing, spacing_expected; // nm
    double kf, sigma_kf;                             // NAN where no spacing was found
    bool by_planes; // those of four poles, of two families, agree with the crystal
    bool refined;   // ICF and centre are those of planes, not of dark spots
} ia_projection_fit;

// Before anything else: whether settings and ions are such that poles can tell anything.
// IA_ERR_PARAM for a crystal that is none, parts of the run that are too small or given
// beside sections, voltages in two units, and where the specimen with the constants told
// is such as no fit can mend (the sentence of ia_reconstruct_compute is a warning then,
// and also where a fit might mend it, but hardly any tip is so long or wide).
// One reading of the run; a second.
IA_API ia_status ia_projection_fit_check(ia_ctx *ctx, const ia_ions *ions,
                                         const ia_reconstruct_params *params,
                                         const ia_projection_fit_params *fit_params);
// ICF, centre and orientation by least squares of the places of poles on the detector,
// from those of `start`. IA_ERR_PARAM for fewer than three poles, for those of fewer than
// two directions, and where they do not fit.
IA_API ia_status ia_projection_fit_poles(ia_ctx *ctx, const ia_projection *start,
                                         const ia_named_pole *poles, size_t n,
                                         const ia_projection_fit_params *params,
                                         ia_projection_fit *out);
// One pole or two tell neither ICF nor centre: those of `start` are held, and the
// orientation is one that turns the pole (of two, the first, and the other towards its
// place) to where it was seen. Errors of ICF and centre are NAN. IA_ERR_PARAM for none,
// or a place that the projection cannot show.
IA_API ia_status ia_projection_fit_held(ia_ctx *ctx, const ia_projection *start,
                                        const ia_named_pole *poles, size_t n,
                                        const ia_projection_fit_params *params,
                                        ia_projection_fit *out);
// kf: ions about the pole nearest the axis are reconstructed, and the spacing of its
// planes compared with that of the crystal. kf_new = kf sqrt(expected / found). Fills in
// the last members of `fit`; without planes a warning, and kf stays. params->icf and the
// centre are those to use. `poles` need not be those that were fitted, but must be of the
// crystal whose orientation and centre `fit` has. IA_ERR_PARAM for none.
IA_API ia_status ia_projection_fit_spacing(ia_ctx *ctx, const ia_ions *ions,
                                           const ia_reconstruct_params *params,
                                           const ia_named_poles *poles,
                                           const ia_projection_fit_params *fit_params,
                                           ia_projection_fit *fit);
// Once more by planes: through the ions about each pole in view, of eight families, the
// strongest wave near what `fit` foretells says where its planes face the detector, which
// ions that fly aside do not change where symmetry holds the pole; other families are
// drawn aside by an angle each, within a mirror. ICF, centre, orientation and kf of
// `fit`, and `poles`, become those of these places; they stay where fewer than five
// poles, or fewer than two that symmetry holds, show planes, which a warning says, and
// have greater errors then. Centre of `params`, and centre_doubt: what was known before.
// Readings as ia_projection_fit_spacing, and of the hits for each pole; seconds.
IA_API ia_status ia_projection_fit_planes(ia_ctx *ctx, const ia_ions *ions,
                                          const ia_reconstruct_params *params,
                                          const ia_projection_fit_params *fit_params,
                                          ia_named_poles *poles, ia_projection_fit *fit);
// What hits say of the axis becomes part of what is known of the centre beforehand: that
// of `start`, and params->centre_doubt.
IA_API void ia_named_poles_lead(const ia_named_poles *poles, ia_projection *start,
                                ia_projection_fit_params *params);
// Half of that way, if it is wrong for all poles alike, is an error of ICF that their
// scatter does not show: added to sigma_icf and the covariance.
IA_API void ia_projection_fit_doubt(const ia_named_poles *poles, ia_projection_fit *fit);
// Where another lattice fits the poles better, and planes do not show that the one told
// is right (by_planes): a warning, and kf of `fit` is NAN, since those planes are no
// known ones. A warning too where the ICF found is below 1.3 or above 2, which hardly any
// tip has, with the lattices that would give a usual one. `params`: of the
// reconstruction, for the sentence.
IA_API void ia_projection_fit_lattice(ia_ctx *ctx, const ia_named_poles *poles,
                                      const ia_reconstruct_params *params,
                                      ia_projection_fit *fit);
// "fit": what was found, with its errors; "fit_poles": the poles it was found from, hkl,
// x_mm, y_mm.
IA_API ia_status ia_projection_fit_tables(ia_ctx *ctx, const ia_projection_fit *fit,
                                          const ia_named_poles *poles, ia_result *result);

// What one pole shows of a fit.
typedef struct {
    int hkl[3];
    double seen[2], foretold[2];             // mm; NAN where the fit cannot show it
    double off_axis;                         // of the normal of its planes, degrees
    double spacing, sigma_spacing, expected; // nm; NAN where no planes stand out
    size_t n_bins;                           // of its z-SDM
    double reach;                            // nm
    double *pairs, *random, *fit; // (n_bins) counted, of ions at random, of planes
} ia_pole_evidence;
typedef struct {
    char crystal[IA_CRYSTAL_NAME];
    ia_pole_evidence *poles; // (n)
    size_t n;
} ia_projection_evidence;
typedef struct {
    const ia_named_poles *poles;
    const ia_projection_fit_params *params;
    const ia_projection_fit *fit;
} ia_projection_fitted;
// For each pole where the fit foretells it, and the planes along its normal in a
// reconstruction with `params`, which are those of the fit. Seconds.
IA_API ia_status ia_projection_evidence_compute(ia_ctx *ctx, const ia_ions *ions,
                                                const ia_reconstruct_params *params,
                                                const ia_projection_fitted *fitted,
                                                ia_projection_evidence *out);
IA_API void ia_projection_evidence_clear(ia_projection_evidence *evidence);

// Text with columns hkl ("1,1,-3"), x_mm and y_mm, as `index` prints them. IA_ERR_FORMAT
// with the line; IA_ERR_UNSUPPORTED where there is no column hkl.
IA_API ia_status ia_named_poles_parse(ia_ctx *ctx, const char *text, size_t n_bytes,
                                      ia_named_poles *out);
// Whether such a text has a column hkl.
IA_API bool ia_named_poles_has(const char *text, size_t n_bytes);
// Places alone (as ia_poles_parse has them), named by ia_orientation_compute with the
// crystal of `fit_params` and projection, flight path and centre of `params`.
// IA_ERR_UNSUPPORTED where they cannot be indexed.
IA_API ia_status ia_named_poles_index(ia_ctx *ctx, const char *text, size_t n_bytes,
                                      const ia_reconstruct_params *params,
                                      const ia_projection_fit_params *fit_params,
                                      ia_named_poles *out);

/*
   How far the ions of each found pole were pulled aside, mm: out is (found->n, 2). Where
   terraces end otherwise on one side of a pole than on the other, the middle of the dark
   place is not the pole. The way of the ions follows from their density: with shifts d
   it is rho (1 - div d), rho that of a smooth cap under `projection`; d is taken as a
   gradient that ends at the rim. O(cells^2) time; 17 B for each cell.
*/
IA_API ia_status ia_pole_shifts(ia_ctx *ctx, const ia_hitmap *map,
                                const ia_projection *projection,
                                const ia_found_poles *found, double (*out)[2]);
/*
   Where the axis meets the detector by the hits alone: about it a smooth cap that goes
   back evenly has its greatest density (projections to a plane from the cap's middle see
   an even one, and tell nothing). The centre, from that of `projection`, that leaves no
   slope of the density beside a paraboloid, and its standard deviation, mm; HUGE_VAL
   where there is none. O(cells^2) time; 9 B for each cell.
*/
IA_API ia_status ia_hit_axis(ia_ctx *ctx, const ia_hitmap *map,
                             const ia_projection *projection, double out[2],
                             double *doubt);
// Poles found on the hit map of the ions, named likewise, with zone lines where poles are
// too few, and where they are not those of one crystal, those of the half of the map that
// has more of them, with a warning (ia_orientation_map); then moved back by their shifts,
// under the projection that fits them, where three or more have names.
IA_API ia_status ia_named_poles_find(ia_ctx *ctx, const ia_ions *ions,
                                     const ia_reconstruct_params *params,
                                     const ia_projection_fit_params *fit_params,
                                     ia_named_poles *out);

IA_END
#endif
