// include/ionatlas/orientation.h: how a crystal stands in the specimen, from the poles on
// its hit map.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_ORIENTATION_H
#define IONATLAS_ORIENTATION_H

#include <ionatlas/crystal.h>
#include <ionatlas/method.h>
#include <ionatlas/projection.h>
#include <ionatlas/table.h>

IA_BEGIN

typedef struct {
    char crystal[IA_CRYSTAL_NAME]; // as ia_crystal_parse has it
    int projection;                // ia_projection_kind
    double projection_length;      // specimen to detector along the axis, mm; 0: unknown
    double axis_x, axis_y;         // where the axis meets the detector, mm
    double axis_doubt;             // standard deviation of that, mm; -1: by its source
    double icf_least, icf_most;    // the image compression factor is sought between
    double detector_radius;        // of the field of view, mm; 0: to the outermost pole
    size_t n_families;             // of planes that may show poles
    double least_strength;         // of a pole, share of the strongest's significance
    size_t n_grains;               // sought, one after the other
    size_t n_random;               // lists of poles at random to compare with
    double level;                  // indexed when no more random lists score as high
    double most_rival;             // and when other orientations are no likelier
    uint64_t seed;
} ia_orientation_params;
IA_API extern const ia_method ia_orientation_method;
IA_API ia_orientation_params ia_orientation_defaults(void);

// Whether the crystal is one and the parameters can be, which needs no pole: before a map
// is made. IA_ERR_PARAM.
IA_API ia_status ia_orientation_check(ia_ctx *ctx, const ia_orientation_params *params);

// The part of a detector beyond a straight line: where normal . (x - centre) >= offset.
typedef struct {
    bool is_cut;              // false: all of it
    double normal[2], offset; // unit; mm
} ia_half;

static inline bool ia_half_has(const ia_half *half, double x, double y)
{
    return !half->is_cut || half->normal[0] * x + half->normal[1] * y >= half->offset;
}

// A pole seen on the detector.
typedef struct {
    double x, y;         // mm
    double significance; // standard deviations above chance; NAN: not known
} ia_pole;

// A straight line, or a great circle as an equidistant map has it.
typedef struct {
    double distance, angle; // of its foot from the map's centre, mm; of the foot, radian
    double foot[2];         // mm
    double ends[2][2];      // where it leaves the map, mm
    double bend;   // angle on the cap that the rim stands for, radian; 0: straight
    double radius; // of the map, mm
    bool bright;
    double significance, p_value;
} ia_zone_line;

// A place on a line, from the map's centre, mm: `at` goes from 0 at one end to 1.
IA_API void ia_zone_line_point(const ia_zone_line *line, double at, double out[2]);

enum { IA_LINES_MOST = 16 };

// Poles and the circle in which they were looked for.
typedef struct {
    const ia_pole *poles; // (n) borrowed
    size_t n;
    double centre[2];          // of the detector, from which the axis is measured, mm
    double radius;             // mm; 0: as the parameters have it
    bool on_map;               // seen on a detector, whose middle need not be on the axis
    ia_half half;              // in which poles were looked for
    const ia_zone_line *lines; // (n_lines) seen beside the poles, borrowed
    size_t n_lines;
    // Where else than by poles the axis is seen, mm, and its standard deviation; 0: not.
    // Each ia_projection_kind makes something else of hits.
    double axis[IA_N_PROJECTIONS][2], axis_seen[IA_N_PROJECTIONS];
} ia_pole_list;

enum { IA_POLES_MOST = 64, IA_GRAINS_MOST = 8 };
enum { IA_CANDIDATES_MOST = 8, IA_POLE_CANDIDATES_MOST = 24 };

typedef struct {
    int32_t grain;   // -1: no pole of any grain
    int hkl[3];      // planes
    double residual; // from where the crystal has it, degrees
    double chance;   // of being that pole and no stray, given the orientation
} ia_pole_name;

// The zone axis of a line: it is perpendicular to all planes whose poles lie on the line.
typedef struct {
    int uvw[3];      // all 0: no name
    double residual; // from where the crystal has it, degrees
    double chance;   // of being that zone and no stray, given the orientation
} ia_line_name;

// One of the orientations that few poles and their lines leave.
typedef struct {
    double probability;        // given that there is a crystal
    int hkl[3];                // planes of the pole of widest spacing; all 0: none
    int uvw[IA_LINES_MOST][3]; // zones of the lines; all 0: no name
    double rotation[3][3];
    double icf;
    double score; // ln of the odds against poles and lines at random
} ia_orientation_candidate;

// What a pole may be, over all orientations that are left.
typedef struct {
    double x, y;        // mm
    int hkl[3];         // one of its family
    double probability; // given that there is a crystal
} ia_pole_candidate;

// What a lattice makes of all poles, the orientation that fits it best.
typedef struct {
    char crystal[IA_CRYSTAL_NAME];
    double score; // ln of the odds against poles at random
    double icf;   // NAN where the projection length is not known
    uint64_t n_named;
    bool is_same; // it turns the cell, cubic as the one told, alike: another name for it
} ia_lattice_evidence;
enum { IA_LATTICES_MOST = 5 };

// What a projection makes of all poles, with the image compression factor, the axis and,
// of the likeliest few, the orientation that fit it best.
typedef struct {
    int projection;  // ia_projection_kind
    double score;    // ln of the odds against poles at random
    double icf;      // NAN where the projection length is not known
    double axis_off; // probability, given the projection, that the axis is elsewhere
    double
        probability; // of the projection, the one told as likely as the others together
} ia_projection_odds;

// One crystal. `indexed` says whether it is more than chance; the likeliest orientation
// and the names of its poles are told in any case. Where there is none at all, p_value
// and misindex_probability are 1, the other numbers NAN; tables leave blank what names
// nothing.
typedef struct {
    bool indexed;
    ia_half half; // of the field of view in which it lies, where a boundary cuts it
    double rotation[3][3];   // v_specimen = rotation v_crystal, frame (x, y, -z)
    double covariance[3][3]; // of a small turn about the specimen's axes, rad^2
    double sigma_deg;        // 95 % of the misorientation lies within 1.96 of it
    double icf, sigma_icf;   // NAN where the projection length is not known
    double axis[2];          // where the axis meets the detector, mm
    double sigma_axis;       // of each coordinate, mm
    double axis_off;         // probability that it is elsewhere, over all projections
    double per_mm;           // d theta / d r on the axis, degrees per mm
    double noise_deg;        // scatter of the poles, per axis
    size_t n_named;          // poles that have a name
    size_t n_expected;       // poles of the families in use, within the field of view
    double score;            // ln of the odds against poles at random
    double p_value;          // of such a score from poles at random
    double rival;            // probability of the next best orientation and others
    double misindex_probability;
} ia_grain;

// Where two crystals meet: at cos(angle) x + sin(angle) y = offset from the middle of the
// field of view.
typedef struct {
    bool seen;
    double angle_deg, offset;   // degrees; mm
    double turn_deg, sigma_deg; // misorientation of the two; of each axis of the turn
    double axis[3];             // of the turn, in the frame of the first
} ia_boundary;

typedef struct {
    char crystal[IA_CRYSTAL_NAME];
    size_t n_poles, n_grains, n_random;
    ia_boundary boundary;
    // The first also where it is not indexed, and the second where a boundary is seen.
    ia_grain grains[IA_GRAINS_MOST];
    ia_pole_name *names; // (n_poles)
    ia_pole *poles;      // (n_poles) as given
    size_t n_lines, n_candidates, n_pole_candidates;
    bool by_lines; // the first grain is that of poles and zone lines together
    ia_zone_line lines[IA_LINES_MOST];
    ia_line_name line_names[IA_LINES_MOST];
    ia_orientation_candidate candidates[IA_CANDIDATES_MOST];    // by falling probability
    ia_pole_candidate pole_candidates[IA_POLE_CANDIDATES_MOST]; // by pole
    size_t n_lattices;                                // 0 where no pole has a name
    ia_lattice_evidence lattices[IA_LATTICES_MOST];   // the one told first, then others
    size_t n_projections;                             // 0 where no pole has a name
    ia_projection_odds projections[IA_N_PROJECTIONS]; // the one told first, then others
} ia_orientation;

// Index poles: every pair of them against every pair of the catalogue for each image
// compression factor, the best orientations refined by least squares, and scored by the
// odds of the poles seen and missed. The same search on lists of as many poles at random
// says what chance makes of it. Fcc, bcc, hcp and diamond are tried as well: `lattices`,
// and a warning where one has 20 times the odds; so are the other projections, which a
// shift of the axis may make up for. Where that names nothing, poles and zone
// lines together are sought: `candidates`. IA_ERR_PARAM for no crystal. Fewer than three
// poles and lines: not indexed, with a warning. About 10 ms per list and thread. Same
// bits on any number of threads. Wahba's problem: doi:10.1137/1007077.
IA_API ia_status ia_orientation_compute(ia_ctx *ctx, const ia_pole_list *list,
                                        const ia_orientation_params *params,
                                        ia_orientation *out);
IA_API void ia_orientation_clear(ia_orientation *orientation);
// "index": indexed, crystal, rotation, covariance_rad2, sigma_deg, icf, ...; "poles": one
// row for each pole with a name; "other_poles"; "lines" and "other_lines" likewise;
// "grains" where there are several; "lattices", "projections": what others make of the
// same poles.
IA_API ia_status ia_orientation_tables(ia_ctx *ctx, const ia_orientation *orientation,
                                       ia_result *result);

// Scores of n_random lists of n poles at random: worth keeping for many lists of as many
// poles in the same field of view. (n_random) into `out`.
IA_API ia_status ia_orientation_null(ia_ctx *ctx, const ia_pole_list *list,
                                     const ia_orientation_params *params, double *out);
// As ia_orientation_compute for one grain, with such scores instead of new ones.
IA_API ia_status ia_orientation_compute_with(ia_ctx *ctx, const ia_pole_list *list,
                                             const ia_orientation_params *params,
                                             const double *null, ia_orientation *out);

// What fcc, bcc, hcp and diamond make of the same poles: fills `lattices` of a result
// that has poles with names, by poles alone.
IA_API ia_status ia_orientation_compare(ia_ctx *ctx, const ia_pole_list *list,
                                        const ia_orientation_params *params,
                                        ia_orientation *out);
// The projection whose odds are best, where they are 20 times those of the one told, or
// NULL.
IA_API const ia_projection_odds *
ia_orientation_better_projection(const ia_orientation *orientation);
// The one with the best odds, where they are 20 times those of the crystal told, or NULL.
IA_API const ia_lattice_evidence *
ia_orientation_better(const ia_orientation *orientation);
// The warning that this is.
IA_API void ia_lattice_tell(ia_ctx *ctx, const ia_lattice_evidence *better,
                            const ia_lattice_evidence *told);

// A table of poles: text with columns x_mm, y_mm and, if there, significance; separated
// by tabs, blanks or commas; lines that begin with # are left out. Places that repeat are
// taken once, with a warning. *poles is freed with free().
IA_API ia_status ia_poles_parse(ia_ctx *ctx, const char *text, size_t n_bytes,
                                ia_pole **poles, size_t *n);

IA_END
#endif
