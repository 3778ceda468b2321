// src/crystal/misorientation_internal.h: what the parts that compare two crystals share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_MISORIENTATION_INTERNAL_H
#define IONATLAS_SRC_MISORIENTATION_INTERNAL_H

#include <ionatlas/crystal.h>

// All turns that are alike by the symmetry of either crystal, one after the other.
typedef void (*ia_turn_visit)(void *user, const double turn[3][3]);
void ia_turn_each(const ia_crystal *const crystals[2], const double turn[3][3],
                  ia_turn_visit visit, void *user);
// Angle of the turn from one to the other, degree.
double ia_turn_angle(const double a[3][3], const double b[3][3]);

#endif
