// include/ionatlas/workflow.h: an analysis as a chain of steps that can be recorded and
// repeated.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_WORKFLOW_H
#define IONATLAS_WORKFLOW_H

#include <ionatlas/calibrate.h>
#include <ionatlas/agreement.h>
#include <ionatlas/charge_states.h>
#include <ionatlas/background.h>
#include <ionatlas/cluster.h>
#include <ionatlas/composition.h>
#include <ionatlas/dead_time.h>
#include <ionatlas/deconvolve.h>
#include <ionatlas/detector.h>
#include <ionatlas/edge.h>
#include <ionatlas/field.h>
#include <ionatlas/flight.h>
#include <ionatlas/formats.h>
#include <ionatlas/fourier.h>
#include <ionatlas/identify.h>
#include <ionatlas/hydrogen.h>
#include <ionatlas/ion_mixture.h>
#include <ionatlas/knn.h>
#include <ionatlas/rdf.h>
#include <ionatlas/correlation.h>
#include <ionatlas/frequency.h>
#include <ionatlas/range_edit.h>
#include <ionatlas/label.h>
#include <ionatlas/limits.h>
#include <ionatlas/multihit.h>
#include <ionatlas/planes.h>
#include <ionatlas/map_combine.h>
#include <ionatlas/poles.h>
#include <ionatlas/profile.h>
#include <ionatlas/projection_drift.h>
#include <ionatlas/projection_fit.h>
#include <ionatlas/proxigram.h>
#include <ionatlas/reconstruct.h>
#include <ionatlas/sdm.h>
#include <ionatlas/surface.h>

IA_BEGIN

// Where ranges come from.
enum { IA_RANGES_BEST, IA_RANGES_FILE, IA_RANGES_AUTO };
typedef struct {
    int source;       // one of the above
    char edits[4096]; // made by hand after that, as ia_ranges_edit takes them
} ia_range_params;
IA_API extern const ia_method ia_range_method;
IA_API ia_range_params ia_range_defaults(void);

// Marks for how far to trust an analysis: table "quality".
typedef struct {
    uint64_t seed; // of the random halves
} ia_quality_params;
IA_API extern const ia_method ia_quality_method;
IA_API ia_quality_params ia_quality_defaults(void);

enum { IA_PEOPLE_MAX = 16 };

struct ia_meta; // project.h

// What a chain works on. The caller fills `ions` (unsurveyed) and `ranges_file`; each
// step fills its own part from those before it. All-zero is valid; ia_state_clear frees
// everything.
typedef struct {
    ia_ions ions;
    bool is_stored;          // ions of a project: not selected or mirrored again
    ia_read_params read;     // what they were read with
    ia_range_params ranging; // how the project's ions were ranged last
    ia_survey survey;
    bool is_place_told; // whether ions lie at the place of another was looked at
    ia_detector detector;
    ia_scale_drift scale_drift; // of m/n that were not calibrated
    ia_calibration calibration;
    float *mass_before; // (n) m/n before the calibration, Da; NULL where there was none
    float *mass; // (n) m/n from times of flight, or calibrated, Da; NULL where the input
                 // has its own
    ia_reconstruction reconstruction; // computes the positions of `ions` once it was run
    ia_projection_evidence evidence;  // of the constants it was given by poles
    ia_projection_drift fit_drift;    // of those constants; n = 0: not asked for
    ia_column xyz_before;             // positions before; absent where there were none
    float *xyz;                       // (n, 3) owned positions of either; NULL
    ia_source ranges_file;            // bytes of the range file; n = 0 for none
    ia_source people[IA_PEOPLE_MAX];  // (n_people) range files of others, for `agreement`
    size_t n_people;
    ia_source mesh_file; // a mesh made elsewhere, for `proxigram`; n = 0 for none
    ia_ranges ranges;
    ia_ranger ranger;
    ia_range_counts counts;
    ia_spectrum spectrum;
    ia_background blind; // fitted without ranges, for the peaks
    ia_peaks peaks;
    ia_peak_shape shape;                  // of the peaks
    ia_peak_shape solved_shape;           // learnt again with the background, to solve
    ia_peaks_params peaks_params;         // those that the identification uses too
    ia_identify_params identify_params;   // as it was run
    ia_autorange_params autorange_params; // likewise
    ia_identification identification;
    size_t n_unexplained;      // peaks that no range stands for
    double unexplained_counts; // ions in them
    ia_background background;
    ia_deconvolution deconvolution;
    ia_ion_mixture mixture;
    ia_ion_mixture_source mixture_source; // points into this struct, too
    ia_composition composition;
    ia_limits limits;
    ia_charge_states charge_states;
    ia_multiples multiples; // of the ions as they are now
    ia_dead_time dead_time;
    ia_multihit multihit;
    ia_knn_tests knn;
    ia_rdfs rdf;
    ia_correlations correlation;
    ia_frequency frequency;
    ia_clustering clustering;
    ia_axis_profile profile;
    ia_volume volume;
    ia_surface surface;
    ia_edge edge;
    ia_fourier fourier;
    ia_sdm sdm;
    ia_planes planes;
    ia_proxigram proxigram;
    ia_hitmap hitmap;
    ia_found_poles found_poles;
    ia_combined_map combined;
    ia_drift drift;
    ia_hitmap_params hitmap_params; // as the hit map was made
    ia_orientation orientation;
    ia_hydrogen hydrogen;
    const struct ia_meta *meta;   // what people told of the measurement; borrowed, NULL
    ia_label_source label_source; // points into this struct: do not copy it
} ia_state;
IA_API void ia_state_clear(ia_state *state);

// A kind of step: a method and how it is run. Adding an analysis is adding a row.
typedef struct {
    const ia_method *method;
    // Run with checked parameters; fill the state's part and append the tables of the
    // result.
    ia_status (*run)(ia_ctx *ctx, ia_state *state, const void *params, ia_result *result);
    // Results beyond the tables, one value per ion, stored under `name`; width 0 for
    // none. NULL for most steps. Borrows from the state.
    ia_column (*per_ion)(const ia_state *state, const char **name);
} ia_step_kind;

// "read", "range", "spectrum", "background", "composition", in the order of the data
// path.
IA_API const ia_step_kind *const *ia_step_kinds(size_t *n);
IA_API const ia_step_kind *ia_step_kind_find(const char *method);

// A step that was run.
typedef struct {
    const ia_step_kind *kind;
    void *params; // owned; as run
    ia_result result;
    double seconds;
    int64_t started; // seconds since 1970, UTC
    char **warnings; // (n_warnings) those the step gave rise to
    size_t n_warnings;
} ia_step_record;

typedef struct {
    ia_step_record *steps;
    size_t n;
} ia_chain;

// Check the parameters (NULL: defaults), run the step on the state and append its record.
IA_API ia_status ia_chain_run(ia_ctx *ctx, ia_chain *chain, ia_state *state,
                              const char *method, const void *params);
// Run the step of a method again and again with one parameter at 0.7, 0.85, 1.15 and 1.3
// times the value used (given, or chosen by the method), all else alike: "sensitivity",
// one row per parameter, value and number told, with that number over what it was. Leaves
// the last result in the state. Of a proxigram the threshold of its surface and the
// voxels of its field, too. IA_ERR_UNSUPPORTED but for knn, rdf, correlation, frequency,
// profile, field and proxigram. Cost: up to thirteen runs.
IA_API ia_status ia_chain_vary(ia_ctx *ctx, ia_state *state, const char *method,
                               const void *params, ia_result *result);
IA_API void ia_chain_clear(ia_chain *chain);
// The last record of that method, NULL when there is none.
IA_API const ia_step_record *ia_chain_find(const ia_chain *chain, const char *method);

// How far an analysis goes.
typedef enum {
    IA_TO_RANGE,       // read, spectrum, peaks, identify, range
    IA_TO_COMPOSITION, // and background, composition
    IA_TO_RECORD,      // and what else each peak could be, for a project or a report
    IA_TO_END          // and every other step
} ia_analysis_end;

// The parameters of a method of the analysis; NULL for its defaults.
typedef const void *(*ia_params_of)(void *user, const ia_method *method);

// Run the steps of an analysis in order. Those that the input does not allow are left
// out, with one sentence each as a warning; only IA_TO_RANGE and IA_TO_COMPOSITION insist
// on m/n.
IA_API ia_status ia_chain_analyze(ia_ctx *ctx, ia_chain *chain, ia_state *state,
                                  ia_analysis_end end, ia_params_of params_of,
                                  void *user);

// Every method of the library, steps or not, for help, pages and --set.
IA_API const ia_method *const *ia_methods(size_t *n);
IA_API const ia_method *ia_method_named(const char *name);

IA_END
#endif
