// include/ionatlas/synth.h: synthetic specimens with known truth.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SYNTH_H
#define IONATLAS_SYNTH_H

#include <ionatlas/ranges.h>

IA_BEGIN

// Every knob of a synthetic specimen; see the method's page for what each does.
typedef struct {
    int specimen; // crystal | clusters | boundary | spectrum | tip
    uint64_t seed;
    double size_x, size_y, size_z; // box, nm
    int lattice; // random | sc | fcc | bcc | hcp | diamond | b2 | l12 | l10 | d03
    double lattice_parameter; // nm
    double c_over_a;          // axis ratio of hcp and l10; 0: ideal
    double density;           // atoms per nm^3, for lattice random
    double rotate_x_deg, rotate_y_deg, rotate_z_deg; // applied in this order
    double order;            // site occupancy S of ordered lattices, 0..1
    char composition[256];   // of the matrix: "Fe:0.98 Cu:0.02"
    char solute[64];         // element of clusters or boundary
    double cluster_fraction; // solute atomic fraction inside
    double cluster_radius, cluster_radius_sd; // log-normal: mean nm, relative sd
    double cluster_density;                   // per m^3
    double interface_width;                   // erf width of cluster edges, nm
    double excess;            // boundary: interfacial excess, atoms per nm^2
    double boundary_sd;       // boundary: Gaussian sd of the layer, nm
    double boundary_tilt_deg; // boundary: normal against z
    double sigma_xy, sigma_z; // position noise, nm
    double efficiency;        // detection probability, the most anywhere
    double modulation;        // a pole: density varies by this share across the axis
    char ions[1024]; // charge-state split: "Fe++:0.95 Fe+:0.05 ..."; others by default
    char molecules[256];    // ions on top, as a fraction of all: "FeO+:0.001 H2+:0.002"
    double resolving_power; // m/dm at half height, at 28 Da
    double background;      // fraction of ions flat in time of flight
    double m_max;           // end of the time window, Da
    size_t n_ions;          // spectrum: ions to draw
    double tip_radius, shank_deg; // tip: of the cap at the start, nm; half angle
    double kf, evaporation_field; // V = kf F R, F in V/nm; 0: of the main element
    int projection;               // as in projection.h
    double flight_path, icf;      // mm; image compression factor
    double centre_x, centre_y;    // of the projection on the detector, mm
    double icf_drift, kf_drift;   // over the run, as a share
    double centre_drift_x, centre_drift_y; // over the run, mm
    double detector_radius;                // mm
    double aberration; // pull of the surface's own normal on launched ions
    size_t layers;     // tip: flat layers rich in the solute
    double layer_depth, layer_thickness, layer_spacing, layer_fraction; // nm, nm, nm, 1
    bool bicrystal; // a second grain on the far side of the boundary's plane
    double second_x_deg, second_y_deg, second_z_deg; // its orientation
} ia_simulate_params;
IA_API extern const ia_method ia_simulate_method;
IA_API ia_simulate_params ia_simulate_defaults(void);

// A planted object: cluster (a sphere) or boundary (a plane).
typedef struct {
    double centre[3];      // nm
    double radius;         // nm; 0 for a plane
    double normal[3];      // of a plane, in the frame of positions
    size_t atoms, solutes; // recorded ones
} ia_object;

// What was simulated. All arrays run over the recorded ions in evaporation order. A
// spectrum has masses only: no other column, no object and no true position.
typedef struct {
    ia_ions ions;       // xyz, mass, tof, voltages, detector, pulses, multiplicity
    ia_ranges ranges;   // one per resolved group of isotopes of each ion
    int32_t *object;    // (n) index of the object an ion belongs to, -1 for none
    int32_t *species;   // (n) index into `ions_of`, -1 for background
    float *true_xyz;    // (n, 3) before noise, nm; NULL for a spectrum
    int32_t *grain;     // (n) of a tip: 0 or 1, -1 for ions added; else NULL
    double last_apex;   // of a tip: depth of its apex when the last ion left, nm
    ia_object *objects; // (n_objects)
    size_t n_objects;
    ia_ion *ions_of;     // (n_species) kinds of ion drawn
    double *probability; // (n_species) planned share of each in the matrix
    size_t n_species;
    ia_simulate_params params;
} ia_specimen;

// O(atoms) time, O(atoms log atoms) of a tip; about 60 B per atom while placing. Same
// parameters, same bits, on any threads.
IA_API ia_status ia_specimen_compute(ia_ctx *ctx, const ia_simulate_params *params,
                                     ia_specimen *out);
IA_API void ia_specimen_clear(ia_specimen *specimen);
// Planned matrix composition, counts, objects and parameters as tables ("truth").
IA_API ia_status ia_specimen_tables(ia_ctx *ctx, const ia_specimen *specimen,
                                    ia_result *result);

IA_END
#endif
