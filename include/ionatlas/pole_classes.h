// include/ionatlas/pole_classes.h: four poles told by the angles between them: the
// published network, the nearest class mean and Bayes' rule.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_POLE_CLASSES_H
#define IONATLAS_POLE_CLASSES_H

#include <ionatlas/method.h>
#include <ionatlas/table.h>

IA_BEGIN

enum { IA_QUAD_CLASSES = 6, IA_QUAD_ANGLES = 4, IA_QUAD_SCATTERS = 4 };

typedef struct {
    uint64_t quad_seed;
    size_t quad_rows;     // drawn for each class to learn from
    double angle_scatter; // of each angle in them, standard deviation, degrees
    size_t epochs, batch;
    double rate, dropout;
    size_t quad_tests; // other rows of each class, to try the network on
} ia_quad_params;
IA_API extern const ia_method ia_quad_method;
IA_API ia_quad_params ia_quad_defaults(void);

// Shares of test rows told rightly, by the scatter of their angles.
typedef struct {
    double scatter_deg;
    double network;      // trained at angle_scatter of the parameters
    double nearest_mean; // of sorted class means
    double bayes;        // the likeliest class: no method on these angles does better
    double sigma;        // standard error of `bayes`
} ia_quad_score;

typedef struct {
    unsigned char *model; // (n) bytes: a line of JSON, then the weights
    size_t n;
    char sha256[65];
    ia_quad_score scores[IA_QUAD_SCATTERS]; // 2, 4, 6 and 8 degrees
} ia_quad_training;

// Draws sorted angles of the six published quadrilaterals of fcc poles about their means
// and trains the published network (128, 512, 1024, 1024, 512, 6) on them. One thread;
// same parameters, same bytes on one type of machine. 1 minute with the defaults; 9 MB.
// Wei et al. 2018, doi:10.1016/j.ultramic.2018.06.017.
// IA_ERR_UNSUPPORTED without the plugin for networks.
IA_API ia_status ia_quad_train(ia_ctx *ctx, const ia_quad_params *params,
                               ia_quad_training *out);
IA_API void ia_quad_training_clear(ia_quad_training *training);
// "quadrilaterals": scatter_deg, network_percent, nearest_mean_percent, bayes_percent,
// sigma_bayes_percent. "model": bytes, sha256.
IA_API ia_status ia_quad_tables(ia_ctx *ctx, const ia_quad_training *training,
                                ia_result *result);

// The class of four angles (degrees, in any order) by the nearest sorted mean, and the
// likeliest one where each angle scatters by so much.
IA_API size_t ia_quad_nearest(const double angles[IA_QUAD_ANGLES]);
IA_API size_t ia_quad_likeliest(const double angles[IA_QUAD_ANGLES], double scatter_deg);
// Chances of each class where each angle scatters by so much, all equally likely before.
IA_API void ia_quad_chances(const double angles[IA_QUAD_ANGLES], double scatter_deg,
                            double chances[IA_QUAD_CLASSES]);
// Angles as the network takes them.
IA_API void ia_quad_row(const double angles[IA_QUAD_ANGLES], float row[IA_QUAD_ANGLES]);
// Planes of the poles of a class, as published: "200 131 113 204"; and of the pole with
// the smallest angle (rank 0) to the largest: "131".
IA_API const char *ia_quad_planes(size_t quad);
IA_API const char *ia_quad_plane(size_t quad, size_t rank);

IA_END
#endif
