// include/ionatlas/quadrilateral.h: poles of fcc named by the published chain: image,
// dark spots, four of them, the angles between them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_QUADRILATERAL_H
#define IONATLAS_QUADRILATERAL_H

#include <ionatlas/hitmap.h>
#include <ionatlas/pole_classes.h>

IA_BEGIN

typedef struct {
    char network[1024];      // file of ia_quad_train; "": the nearest mean
    double least_confidence; // of a class that is told
    size_t erosions, dilations;
    size_t most_spots; // the darkest are combined by fours
} ia_quadrilateral_params;
IA_API extern const ia_method ia_quadrilateral_method;
IA_API ia_quadrilateral_params ia_quadrilateral_defaults(void);

enum { IA_SPOTS_MOST = 16, IA_SPOT_IMAGE = 512 }; // pixels across

// A dark spot of the image.
typedef struct {
    double x, y; // mm
    double size; // radius, mm
} ia_spot;

typedef struct {
    size_t n;
    ia_spot spots[IA_SPOTS_MOST]; // by rising brightness
} ia_spots;

typedef struct {
    ia_spots spots;
    size_t fours;                  // of spots that pass the rules of form
    bool told;                     // a class is confident enough
    size_t class_number;           // the most likely of the four that were chosen
    double confidence;             // of that class
    size_t chosen[IA_QUAD_ANGLES]; // spots, by rising angle
    double angles[IA_QUAD_ANGLES]; // the largest that the others subtend at each, degrees
} ia_quadrilateral;

// Grey image of the hit density, median and Gaussian blur, erosion, dilation, then dark
// spots: connected at two of the thresholds 1, 11, ..., 191, round enough, 10 to 5,000
// pixels. At most params->most_spots, the darkest first. 0.1 s.
IA_API ia_status ia_spots_find(ia_ctx *ctx, const ia_hitmap *map,
                               const ia_quadrilateral_params *params, ia_spots *out);

// The four of those spots with the shortest sides whose class is confident enough; else
// with the shortest sides. Fewer than four spots, or none of fitting form: told is false
// and fours 0. `width` of the map, mm. IA_ERR_UNSUPPORTED for a network without the
// plugin. Wei et al. 2018, doi:10.1371/journal.pone.0202721 is not needed to run it.
IA_API ia_status ia_quadrilateral_choose(ia_ctx *ctx, const ia_spots *spots, double width,
                                         const ia_quadrilateral_params *params,
                                         ia_quadrilateral *out);

IA_API ia_status ia_quadrilateral_compute(ia_ctx *ctx, const ia_hitmap *map,
                                          const ia_quadrilateral_params *params,
                                          ia_quadrilateral *out);
// "quadrilateral": told, planes, confidence, recogniser, fours; "corners": x_mm, y_mm,
// angle_deg, plane; "spots": x_mm, y_mm, radius_mm.
IA_API ia_status ia_quadrilateral_tables(ia_ctx *ctx, const ia_quadrilateral *found,
                                         ia_result *result);

IA_END
#endif
