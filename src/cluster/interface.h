// src/cluster/interface.h: ions near the surface of a sphere whose composition changes
// over an interface, seen with noise along x and y.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_CLUSTER_INTERFACE_H
#define IONATLAS_SRC_CLUSTER_INTERFACE_H

#include "cluster/scan.h"

// Of an ion seen at a place: chance to have come from within the radius, mean share of
// the inside's composition where it came from, and the part of that within the radius.
typedef struct {
    double inside, level, both;
} ia_interface_place;
// Distances along the surface's normal, bent by its curvature. The interface has the sd
// object->width; sigma_xy is that of noise and interface together.
ia_interface_place ia_interface_at(const ia_scan_object *object, const float xyz[3]);

// The level alone.
double ia_interface_level(const ia_scan_object *object, const float xyz[3]);

#endif
