// src/cluster/scan_find.h: the objects of a whole specimen, from its balls.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_SCAN_FIND_H
#define IONATLAS_SRC_CLUSTER_SCAN_FIND_H

#include "cluster/scan.h"

typedef struct {
    ia_scan_object *objects; // (n)
    double *ratio; // (n) of the ball it began with, outside what was found before
    size_t n, room;
    float *belongs;   // (cloud) chance to have come from inside an object
    int32_t *owner;   // (cloud) object of the largest chance, -1 for none
    uint64_t *beside; // bits of the cloud: in or near an object; borrowed, may be NULL
    double sigma_xy;  // nm, common to all
} ia_scan_found;

// Objects of a ratio above `least`: strongest first, each fitted; ions of one found are
// no part of the next. sigma_xy: 0: fitted.
typedef struct {
    const ia_solute_set *solute;
    const float *xyz; // (n, 3) solute ions
    size_t n;
    double least, sigma_xy;
    const ia_scan_density *density; // of all ions, by weight
    const float *weight;            // (cloud) NULL: alike
} ia_scan_task;
ia_status ia_scan_find(ia_ctx *ctx, const ia_scan_task *task, uint64_t *beside,
                       ia_scan_found *out);
void ia_scan_found_clear(ia_scan_found *found);

#endif
