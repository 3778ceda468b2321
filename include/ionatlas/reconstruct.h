// include/ionatlas/reconstruct.h: positions from hits, voltages and the order of
// evaporation.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_RECONSTRUCT_H
#define IONATLAS_RECONSTRUCT_H

#include <ionatlas/hitmap.h>
#include <ionatlas/ions.h>
#include <ionatlas/projection.h>

IA_BEGIN

// What the radius of the cap is taken from.
enum {
    IA_RADIUS_VOLTAGE, // R = V / (kf F)
    IA_RADIUS_SHANK,   // a cone of a given half angle
    IA_RADIUS_TAPER,   // the cone that fits the voltages best
    IA_RADIUS_FIXED,
    IA_RADIUS_PROFILE // a micrograph's: radius against depth
};
enum { IA_INCREMENT_EXACT, IA_INCREMENT_COMMON };
enum { IA_TABLE_TEXT = 4096 };

typedef struct {
    int preset;     // instrument: flight path and efficiency where these are 0
    int projection; // ia_projection_kind
    int evolution;  // IA_RADIUS_...
    int increment;  // depth by the cap's exact volume, or by the common rule
    double flight_path, efficiency, detector_radius; // mm, 1, mm; 0: not told
    double detector_x, detector_y;                   // its middle, mm; both 0: not told
    double icf, kf;
    char element[8];                         // field and atomic volume where these are 0
    double evaporation_field, atomic_volume; // V/nm, nm^3
    double centre_x, centre_y;               // where the axis meets the detector, mm
    double cap_aspect;     // height of the cap over its radius; 1: part of a sphere
    double radius;         // nm, at the start; 0: from the first voltages
    double shank_deg;      // half angle of the cone
    double pulse_weight;   // V = V_dc + pulse_weight V_pulse
    double depth_start;    // of the apex at the first ion, nm
    size_t voltage_window; // ions that a voltage is averaged over
    int hit_unit;          // of the hits in the file
    double sigma_icf, sigma_kf, sigma_centre; // where they were found; 0: given. mm
    char profile[IA_TABLE_TEXT];              // rows "depth radius", nm
    char sections[IA_TABLE_TEXT];             // a row of names, then rows of numbers
} ia_reconstruct_params;
IA_API extern const ia_method ia_reconstruct_method;
IA_API ia_reconstruct_params ia_reconstruct_defaults(void);

// The cap at one place in the order of evaporation; it changes linearly to the next one.
typedef struct {
    double ion; // that are gone
    double apex, radius;
    double icf, centre[2]; // of the projection, mm
} ia_cap;

// What an ion of the input needs; all that is per ion is computed when it is read.
typedef struct {
    ia_reconstruct_params params; // as used: nothing is 0 for "not told"
    size_t n;
    ia_cap *caps; // (n_caps) by rising ion; 48 B for each voltage_window ions
    size_t n_caps;
    ia_column hits;            // borrowed from the ions
    double scale;              // mm per unit of the hits
    double blind_share;        // of the detector's circle that has no hits
    double view;               // half angle of the view on the cap at the start, radian
    double volume;             // nm^3 between the first surface and the last
    size_t n_no_voltage;       // windows without a voltage
    double volts[2];           // of the first and the last window; NAN for none
    double shank, sigma_shank; // radian: of the cone that fits the radii, and that of
                               // their scatter alone; NAN for none
    char assumed[256];         // "element efficiency": what nobody told
} ia_reconstruction;

/*
   Find how cap and apex change with the ions. Two readings of hits and voltages at most,
   O(n) time on all threads, no memory per ion: a billion ions take 60 MB.
   IA_ERR_UNSUPPORTED without hits, or without voltages where they are needed;
   IA_ERR_PARAM where hits look like another unit, voltages do not change, or a table
   cannot be used; IA_ERR_EMPTY without ions. `out` borrows from the ions.
*/
IA_API ia_status ia_reconstruct_compute(ia_ctx *ctx, const ia_ions *ions,
                                        const ia_reconstruct_params *params,
                                        ia_reconstruction *out);
// The middle of the detector into params, where hits lie about another place than the
// origin: before a fit moves the centre, which may be taken for it; and that as the axis,
// where none is told. No warnings.
IA_API ia_status ia_reconstruct_find_middle(ia_ctx *ctx, const ia_ions *ions,
                                            ia_reconstruct_params *params);
// Positions, (n, 3) nm, computed as they are read, any rows in any order. Borrows from
// the reconstruction, which must stay where it is. Hits beyond what the projection can
// show stand at its limit.
IA_API ia_column ia_reconstruction_xyz(const ia_reconstruction *reconstruction);
// 64 hex digits of whatever the positions depend on: the ions' source, whose hash a
// survey tells, how it was read, constants and caps. "" where the source has no hash.
IA_API ia_status ia_reconstruction_sha256(ia_ctx *ctx, const ia_ions *ions,
                                          const ia_read_params *read,
                                          const ia_reconstruction *reconstruction,
                                          char hex[65]);
IA_API void ia_reconstruction_clear(ia_reconstruction *reconstruction);
IA_API ia_status ia_reconstruction_tables(ia_ctx *ctx,
                                          const ia_reconstruction *reconstruction,
                                          ia_result *result);

IA_END
#endif
