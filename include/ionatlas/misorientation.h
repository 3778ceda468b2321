// include/ionatlas/misorientation.h: axis and angle between two crystals, coincidence
// lattices, orientation relationships, parallel planes and directions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_MISORIENTATION_H
#define IONATLAS_MISORIENTATION_H

#include <ionatlas/crystal.h>

IA_BEGIN

typedef struct {
    double turn[3][3]; // v_first = turn v_second, of the least angle by symmetry
    double angle_deg;
    double axis[3];     // unit, in the frame of the first crystal; x for a turn of 0
    int uvw[3];         // the direction of its lattice nearest to it, indices up to 3
    double off_uvw_deg; // between axis and uvw
} ia_turn_between;

// Of two orientations (v_specimen = rotation v_crystal), by the symmetry of both
// crystals; of axes that are alike the one with the largest first, then second index.
IA_API void ia_turn_compute(const ia_crystal *const crystals[2], const double first[3][3],
                            const double second[3][3], ia_turn_between *out);

// A relation with a name.
typedef struct {
    char name[32];    // "": none is known of such lattices
    double off_deg;   // least turn from it, by symmetry
    double limit_deg; // within which it holds
} ia_relation;

// Of one lattice (cubic) the coincidence lattice Sigma 1 to 29 that is nearest for its
// limit, 15 degrees / sqrt(Sigma) (Brandon 1966, doi:10.1016/0001-6160(66)90168-4); of
// two lattices the nearest of the named orientation relationships (Kurdjumov-Sachs,
// Nishiyama-Wassermann, Pitsch and Bain of fcc and bcc; Burgers and Pitsch-Schrader of
// bcc and hcp; Shoji-Nishiyama of fcc and hcp; cube on cube), within four times
// `sigma_deg`, the error of the turn per axis: 0.999 of true ones.
IA_API void ia_relation_find(const ia_crystal *const crystals[2],
                             const ia_turn_between *turn, double sigma_deg,
                             ia_relation *out);

// A plane (or direction) of each crystal, lowest terms.
typedef struct {
    bool found;
    int first[3], second[3]; // hkl or uvw
    double off_deg;          // angle between them
    double chance;           // that crystals turned at random have as low ones so near
} ia_parallel;

// Planes of the three widest spacings that are parallel within 3.7 times `sigma_deg`
// (0.999 of true ones), the lowest ones, and of the three shortest directions that lie in
// both those that are; without such planes of all directions. v_first = turn v_second.
// IA_ERR_MEMORY.
IA_API ia_status ia_parallel_find(ia_ctx *ctx, const ia_crystal *const crystals[2],
                                  const double turn[3][3], double sigma_deg,
                                  ia_parallel out[2]);

IA_END
#endif
