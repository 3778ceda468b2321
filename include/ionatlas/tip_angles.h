// include/ionatlas/tip_angles.h: a network that says from a hit map how a tip of one
// crystal is turned.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_TIP_ANGLES_H
#define IONATLAS_TIP_ANGLES_H

#include <ionatlas/hitmap.h>
#include <ionatlas/table.h>

IA_BEGIN

enum { IA_TIP_ANGLES = 3 }; // about x, then y, then z

// Training: fcc aluminium, radius 16 nm, the projection of `simulate --specimen tip`.
typedef struct {
    uint64_t tip_seed;
    size_t tips, tip_tests; // simulated to learn from, and to try on
    size_t views;           // images of each, turned about the axis
    double most_turn;       // of each angle, degrees
    size_t tip_epochs;
    double tip_rate;
} ia_tip_angles_params;
IA_API extern const ia_method ia_tip_angles_method;
IA_API ia_tip_angles_params ia_tip_angles_defaults(void);

// On the tips that it did not learn from.
typedef struct {
    double r2[IA_TIP_ANGLES];        // share of the angle's variance that it tells
    double rms_deg[IA_TIP_ANGLES];   // error of each
    double median_deg, percentile95; // misorientation, degrees
} ia_tip_angles_score;

typedef struct {
    unsigned char *model; // (n) bytes: a line of JSON, then the weights
    size_t n;
    char sha256[65];
    ia_tip_angles_score score;
} ia_tip_angles_training;

// Simulates tips whose three angles are even within most_turn, and trains a small
// network (three convolutions of 8, 16 and 32 maps, 64 numbers) on their hit maps of
// 32 x 32 cells. 1 s a tip; same parameters, same bytes on one type of machine.
// IA_ERR_UNSUPPORTED without the plugin for networks. After Pu et al. 2024,
// doi:10.1088/1361-648x/ad81a2, who take voxels and 100,000 of them.
IA_API ia_status ia_tip_angles_train(ia_ctx *ctx, const ia_tip_angles_params *params,
                                     ia_tip_angles_training *out);
IA_API void ia_tip_angles_training_clear(ia_tip_angles_training *training);
// "angles": about, r2, rms_deg; "misorientation": median_deg, percentile95_deg; "model".
IA_API ia_status ia_tip_angles_tables(ia_ctx *ctx, const ia_tip_angles_training *training,
                                      ia_result *result);

typedef struct {
    char network[1024]; // file of ia_tip_angles_train
} ia_learned_turn_params;
IA_API extern const ia_method ia_learned_turn_method;
IA_API ia_learned_turn_params ia_learned_turn_defaults(void);

typedef struct {
    double angles[IA_TIP_ANGLES]; // degrees
    double sigma[IA_TIP_ANGLES];  // as on the tips that it was tried on, degrees
    double most_turn;             // that it was trained within, degrees
    double rotation[3][3];        // v_specimen = rotation v_crystal
} ia_learned_turn;

// How the crystal is turned, by such a network; it tells three angles of any map, that of
// another crystal or geometry as well. Cells of the map, at least 32 across.
IA_API ia_status ia_learned_turn_compute(ia_ctx *ctx, const ia_hitmap *map,
                                         const ia_learned_turn_params *params,
                                         ia_learned_turn *out);
// "turn": angles_deg, sigma_deg, trained_within_deg, rotation.
IA_API ia_status ia_learned_turn_tables(ia_ctx *ctx, const ia_learned_turn *turn,
                                        ia_result *result);

IA_END
#endif
