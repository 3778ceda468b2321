// include/ionatlas/crystal.h: lattices, their symmetry, and the directions in which a
// field ion specimen shows poles.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_CRYSTAL_H
#define IONATLAS_CRYSTAL_H

#include <ionatlas/context.h>

IA_BEGIN

/*
   Crystal frame: x along a, z along c*. hkl are three indices, also for hexagonal cells.
   Orientations and poles are alike modulo the proper rotations of the Laue class: planes
   have no sign.
*/

enum { IA_CRYSTAL_NAME = 256, IA_PROPER_MOST = 24, IA_SPACE_OPS = 192 };

typedef struct {
    char name[IA_CRYSTAL_NAME]; // as asked for
    double cell[6];             // a, b, c (nm); alpha, beta, gamma (degrees)
    int space_group;            // its number in the International Tables
    double direct[3][3];        // rows a, b, c in the crystal frame, nm
    double reciprocal[3][3];    // rows a*, b*, c*; a . a* = 1; nm^-1
    size_t n_rotations;
    double rotations[IA_PROPER_MOST][3][3]; // proper, Cartesian; the first is identity
    size_t n_ops; // of the space group, in fractions of the cell
    int turns[IA_SPACE_OPS][3][3];
    double shifts[IA_SPACE_OPS][3];
    size_t n_atoms;                // 0: no atom is named, a general position is taken
    double atoms[IA_SPACE_OPS][3]; // in fractions of the cell
} ia_crystal;

// "fcc", "bcc", "hcp", "diamond", each with ":a" or ":a,c" (nm) where the size matters or
// the ratio c/a is not ideal; "cell:a,b,c,alpha,beta,gamma:N" with the number of its
// space group and, after one more colon, the atoms of which it repeats copies:
// "x,y,z;x,y,z". IA_ERR_PARAM with a sentence for anything else, and for a cell without
// the symmetry of its group. Symmetry by spglib (doi:10.1080/27660400.2024.2384822).
IA_API ia_status ia_crystal_parse(ia_ctx *ctx, const char *text, ia_crystal *out);

// Whether planes hkl scatter: an atom-free reflection, or one that glides, screws or
// centring cancel, is no spacing of planes.
IA_API bool ia_crystal_reflects(const ia_crystal *crystal, const int hkl[3]);
// Amplitude of that reflection as a share of what all atoms in phase would give.
IA_API double ia_crystal_amplitude(const ia_crystal *crystal, const int hkl[3]);
// Unit normal of the planes hkl in the crystal frame; returns their spacing, nm.
IA_API double ia_crystal_normal(const ia_crystal *crystal, const int hkl[3],
                                double normal[3]);

// Spacing of the planes hkl of the translations alone, nm: the step from a surface to the
// next that is its like, 0.157 nm for {400} of silicon's {200} planes of 0.272 nm.
IA_API double ia_crystal_step(const ia_crystal *crystal, const int hkl[3]);

// Does the text tell a size, as "fcc:0.405" does and "fcc" does not?
IA_API bool ia_crystal_has_size(const char *text);

// Volume per atom, nm^3; 0 where no atom is named.
IA_API double ia_crystal_atomic_volume(const ia_crystal *crystal);

typedef struct {
    int hkl[3];       // the first of its row that reflects: 002, not 001, for fcc
    double normal[3]; // unit, crystal frame
    double spacing;   // nm
    double strength;  // spacing times amplitude squared, nm: split planes show less
    size_t family;    // alike by symmetry; 0 is the widest spaced, or strongest
} ia_pole_kind;

typedef struct {
    size_t n, n_families;
    ia_pole_kind *kinds; // (n) by family
} ia_pole_catalogue;

// Every direction of the n_families widest spaced planes, both signs: what shows poles,
// since wide spacing means large terraces. Families of the last spacing all come.
IA_API ia_status ia_pole_catalogue_build(ia_ctx *ctx, const ia_crystal *crystal,
                                         size_t n_families, ia_pole_catalogue *out);
// Number the families by falling strength and keep the first of them, at most n_families:
// the order in which the poles of evaporated tips of hcp show.
IA_API void ia_pole_catalogue_rank(size_t n_families, ia_pole_catalogue *catalogue);
IA_API void ia_pole_catalogue_clear(ia_pole_catalogue *catalogue);

typedef struct {
    int uvw[3];          // one of uvw and -uvw
    double direction[3]; // unit, crystal frame
    double length;       // of the shortest step of the lattice along it, nm
    size_t family;       // alike by symmetry; 0 has the shortest step
} ia_zone_kind;

typedef struct {
    size_t n, n_families;
    ia_zone_kind *kinds; // (n) by family
} ia_zone_catalogue;

// The n_families zone axes of the shortest steps, indices up to 3: their great circles
// are the zone lines on which most poles of widely spaced planes lie.
IA_API ia_status ia_zone_catalogue_build(ia_ctx *ctx, const ia_crystal *crystal,
                                         size_t n_families, ia_zone_catalogue *out);
IA_API void ia_zone_catalogue_clear(ia_zone_catalogue *catalogue);

// Least angle between two orientations (v_specimen = rotation v_crystal) modulo symmetry,
// radian.
IA_API double ia_misorientation(const ia_crystal *crystal, const double a[3][3],
                                const double b[3][3]);

IA_END
#endif
