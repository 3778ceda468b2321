// include/ionatlas/projection.h: from a hit on the detector to a direction on the
// specimen's cap, and back.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PROJECTION_H
#define IONATLAS_PROJECTION_H

#include <ionatlas/context.h>

IA_BEGIN

/*
   theta_detector = atan(r / L) is the angle of a hit at a distance r from where the axis
   meets the detector; theta is the angle on the cap, from its centre, at which the ion
   left. ICF, the image compression factor, is d theta / d theta_detector on the axis for
   all three. Directions are unit vectors (x, y, -z of a position): the third component
   points from the specimen to the detector.
*/

typedef enum {
    IA_PROJECTION_STEREOGRAPHIC, // theta = t + asin((ICF - 1) sin t), t = theta_detector
    IA_PROJECTION_EQUIDISTANT,   // theta = ICF r / L
    IA_PROJECTION_POINT,         // sin theta = ICF r / L
    IA_N_PROJECTIONS
} ia_projection_kind;
// The words of a parameter that chooses one, for IA_FIELD_CHOICE.
#define IA_PROJECTION_WORDS "stereographic|equidistant|point"
// One of them; NULL for none.
IA_API const char *ia_projection_name(int kind);

typedef struct {
    int kind;           // ia_projection_kind
    double flight_path; // L, specimen to detector along the axis, mm
    double icf;
    double centre[2]; // where the axis meets the detector, mm
} ia_projection;

// IA_ERR_PARAM with a sentence unless all is finite, L > 0 and ICF > 0.
IA_API ia_status ia_projection_check(ia_ctx *ctx, const ia_projection *projection);

// The one of another kind that has the same theta at r mm, or at 80 degrees where that is
// less; r and ICF above 0.
IA_API ia_projection ia_projection_alike(const ia_projection *projection, int kind,
                                         double r);

// Greatest theta that a hit can stand for, radian; r grows with theta up to it. pi/2 for
// point; beyond pi/2 the other two see the cap's underside.
IA_API double ia_projection_limit(const ia_projection *projection);

// theta of a hit at a distance r mm from the centre; NAN beyond the limit.
IA_API double ia_projection_angle(const ia_projection *projection, double r);
// Its inverse: mm from the centre; NAN beyond the limit.
IA_API double ia_projection_radius(const ia_projection *projection, double theta);
// d r / d theta, mm; grows without bound towards the limit of stereographic.
IA_API double ia_projection_magnification(const ia_projection *projection, double theta);

// How far from the axis the rim of a detector sees, radian: 6 to 80 degrees.
#define IA_VIEW_LEAST 0.1
#define IA_VIEW_MOST  1.4
// A warning, and true, where hits at the detector's rim (radius, mm) fly off at `view`
// radian from the axis and that is less or more than these: lengths in another
// unit than mm.
IA_API bool ia_projection_doubt_view(ia_ctx *ctx, double view, double flight_path,
                                     double radius);

// Unit vector of a hit (x, y) mm; false, with NAN, where no direction belongs to it.
// No allocation, no trigonometric function for stereographic and point; from any thread.
IA_API bool ia_projection_direction(const ia_projection *projection, const double hit[2],
                                    double direction[3]);
// Its inverse; the vector need not be of length 1. On a cap of radius R the pair returns
// places to 1e-9 nm. False, with NAN, for directions that no ion reaches the detector
// from.
IA_API bool ia_projection_hit(const ia_projection *projection, const double direction[3],
                              double hit[2]);

IA_END
#endif
