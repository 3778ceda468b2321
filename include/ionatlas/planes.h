// include/ionatlas/planes.h: lattice planes region by region: grains, their orientation
// and the turns between them.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PLANES_H
#define IONATLAS_PLANES_H

#include <ionatlas/crystal.h>
#include <ionatlas/fourier.h>

IA_BEGIN

// Crystals that grains may be.
enum { IA_PLANES_CRYSTALS = 2 };

// How planes are sought in a region.
enum { IA_PLANES_FOURIER, IA_PLANES_HOUGH };
typedef struct {
    int search;                         // one of the above
    double cube;                        // edge of a region, nm
    double k_least, k_lateral, k_depth; // as those of ia_fourier_params, nm^-1
    double chance;                 // of a false set of planes in all regions together
    size_t n_regions;              // at most; of more, so many evenly spread
    double grain_deg;              // grains are turned by more than this
    char crystal[IA_CRYSTAL_NAME]; // as ia_crystal_parse has it, with its size; "": none
    char second_crystal[IA_CRYSTAL_NAME]; // of other grains; "": none
    double tolerance;                     // of spacings, relative
    double tolerance_deg;                 // of angles between planes
} ia_planes_params;
IA_API extern const ia_method ia_planes_method;
IA_API ia_planes_params ia_planes_defaults(void);

// Planes of a region. Of the reflection, half_difference and p over all regions are NAN.
typedef struct {
    size_t region;
    ia_reflection at;
} ia_plane;

typedef struct {
    double centre[3]; // nm
    uint64_t ions;
    size_t first, n; // of its planes, the strongest first
    int32_t grain;   // -1: no planes, or of no grain
    // By its own planes, of which the strongest have a name: NAN, and false, where it
    // shows too few.
    bool named; // the strongest, as hkl
    int hkl[3];
    // Between the normal of the strongest and where the orientation of the region's grain
    // has it, and the error of that along it; NAN where either has no name.
    double off_deg, off_sd_deg;
    bool oriented;         // two or more of its planes have names, not all alike
    size_t crystal;        // which of the crystals it is, where oriented
    double turn_deg;       // from the first grain, where both are of one crystal
    double turn_sd_deg;    // of that, per axis
    double sigma_deg;      // of its misorientation, per axis
    double rotation[3][3]; // as of a grain; of equal ones that next to the first grain's
} ia_plane_region;

// Planes fitted in space: Gaussian sheets, evenly spaced. NAN where that fails.
typedef struct {
    double k[3];                   // mean, nm^-1, frame of positions
    double spacing, sigma_spacing; // nm
    double sigma_deg;              // of the normal
    double blur, blur_sd;          // of an ion along the normal, nm
    double share, share_sd;        // of ions that lie in planes
    size_t n_regions;              // fitted
} ia_planes_in_space;

// Planes that a grain's regions have in common.
typedef struct {
    double k[3];                   // mean, nm^-1, frame of positions
    double spacing, sigma_spacing; // nm
    double sigma_deg;              // of the normal
    double intensity;              // mean
    size_t n_regions;              // that show them
    bool named;                    // hkl fits spacing and angles
    int hkl[3];
    double off_deg; // between the normal and where the crystal has it
    double ratio;   // of the spacing to the crystal's
    ia_planes_in_space in_space;
} ia_grain_planes;

typedef struct {
    size_t n_regions, n_planes;
    ia_grain_planes *planes;   // (n_planes) by falling intensity
    bool oriented;             // two or more planes have names, not all alike
    size_t crystal;            // which of the crystals it is, where oriented
    double rotation[3][3];     // v_specimen = rotation v_crystal, frame (x, y, -z)
    double sigma_deg;          // of its misorientation, per axis
    double ratio, sigma_ratio; // of spacings to the crystal's: the scale of the volume
} ia_plane_grain;

// What a lattice makes of the sets of planes of all regions.
enum { IA_PLANES_LATTICES = 5 };
typedef struct {
    char crystal[2 * IA_CRYSTAL_NAME + 8];
    double score;            // logarithm of the odds against sets of planes at random
    size_t n_named, n_turns; // sets that it explains, and orientations that it takes
    double scale;            // of spacings to this crystal's, under which it has that
} ia_planes_evidence;

typedef struct {
    ia_plane_region *regions; // (n_regions)
    ia_plane *planes;         // (n_planes)
    ia_plane_grain *grains;   // (n_grains) those oriented first, each by falling size
    size_t n_regions, n_planes, n_grains;
    double cube;      // nm
    double p, chance; // of so strong a set anywhere in all regions, and what is asked for
    size_t n_crystals;
    ia_crystal crystals[IA_PLANES_CRYSTALS];
    bool indexed;      // a grain is oriented, and no other lattice explains more
    size_t n_sets;     // of planes that the lattices are held against
    size_t n_as_told;  // of them, explained by the crystal told at its own size
    size_t n_lattices; // 0 where no crystal is told
    ia_planes_evidence lattices[IA_PLANES_LATTICES]; // the one told first, then others
} ia_planes;

// Each region is transformed (or projected on directions over half a sphere, with the
// period sought in each projection: Hough), its maxima climbed on the ions. Errors are
// those of a wave in Poisson noise under a Hann window. Where crystals are known, the
// orientation that names most planes of all regions is a grain, then that of most of the
// rest, and so on; a region belongs to the grain that names most of its planes. Regions
// without such, or all where no crystal is known, are one by their strongest planes. None
// are found, with a warning, where all ions lie in a plane. O(regions (ions +
// transform)). Same bits on any number of threads. IA_ERR_EMPTY: no region holds 50
// ions. After Araullo-Peters et al.
// 2015, doi:10.1016/j.ultramic.2015.02.006; Yao et al. 2011,
// doi:10.1016/j.ultramic.2010.11.017.
IA_API ia_status ia_planes_compute(ia_ctx *ctx, const ia_points *points,
                                   const ia_planes_params *params, ia_planes *out);
// The other lattice that explains half the sets of planes and more than the crystal told,
// or as many in fewer orientations, with more than 20 times its odds; NULL for none. Fcc,
// bcc, hcp and diamond are tried, of any size.
IA_API const ia_planes_evidence *ia_planes_better(const ia_planes *planes);
IA_API void ia_planes_clear(ia_planes *planes);
// "planes", "grains", "grain_planes", "angles", "lattices", "misorientations",
// "regions".
IA_API ia_status ia_planes_tables(ia_ctx *ctx, const ia_planes *planes,
                                  ia_result *result);

IA_END
#endif
