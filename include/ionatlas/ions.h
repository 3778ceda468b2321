// include/ionatlas/ions.h: the table of ions, one column per quantity that the file had.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IONS_H
#define IONATLAS_IONS_H

#include <ionatlas/column.h>
#include <ionatlas/method.h>
#include <ionatlas/table.h>

IA_BEGIN

typedef enum {
    IA_XYZ,             // (n, 3) f32 position, nm; z grows with depth
    IA_MASS,            // (n) f32 mass-to-charge state ratio m/n, Da
    IA_TOF,             // (n) f32 time of flight, ns
    IA_V_DC,            // (n) f32 standing voltage, V
    IA_V_PULSE,         // (n) f32 pulse voltage, V
    IA_DET_XY,          // (n, 2) f32 detector hit, mm
    IA_PULSES_SINCE,    // (n) u32 pulses since the last event; 0 on follow-up ions
    IA_MULTIPLICITY,    // (n) u32 ions in this pulse; 0 on follow-up ions
    IA_LASER_ENERGY,    // (n) f32 laser pulse energy, pJ
    IA_PULSE_FREQUENCY, // (n) f32 pulse frequency, kHz
    IA_TEMPERATURE,     // (n) f32 specimen temperature, K
    IA_ELAPSED_TIME,    // (n) f32 time since the run began, s
    IA_N_COLUMNS
} ia_column_id;

// What a column is called and how it is stored: one row per ia_column_id.
typedef struct {
    const char *name;  // as in `info`: "xyz", "mass", "tof", ...
    const char *title; // "time of flight"
    const char *unit;
    ia_type type;
    size_t width;
} ia_column_kind;
IA_API const ia_column_kind *ia_column_kind_of(ia_column_id id);
// The id of that name, IA_N_COLUMNS when there is none.
IA_API ia_column_id ia_column_id_of(const char *name);

// Background that the source of a spectrum states: sum[i] ions below edge[i], evenly
// between.
typedef struct {
    size_t n;           // edges; 0: it states none
    double *edge, *sum; // (n) owned; Da, rising; ions
} ia_stated_background;
// IA_ERR_MEMORY only.
IA_API ia_status ia_stated_background_copy(ia_ctx *ctx, const ia_stated_background *from,
                                           ia_stated_background *out);
IA_API void ia_stated_background_clear(ia_stated_background *stated);
// Ions in [lo, hi), none beyond the ends. O(log n).
IA_API double ia_stated_background_counts(const ia_stated_background *stated, double lo,
                                          double hi);

// A table of ions. Columns are absent unless the source had them. `keep` owns what they
// borrow from.
typedef struct {
    size_t n;
    ia_column columns[IA_N_COLUMNS];
    char format[16];  // name of the format it was read from; "" for none
    char sha256[65];  // of the source's bytes, "" until ia_ions_survey
    char *path;       // owned; NULL for none
    int polarity;     // of the ions, 1 or -1; 0 where the source does not tell
    double mass_bin;  // of a spectrum in equal bins, of m/n rounded to multiples of it:
                      // their width, Da; else 0
    double mass_edge; // an edge between them, Da
    ia_stated_background background;
    uint64_t n_dropped; // ions left out by --drop-invalid
    uint64_t n_outside; // ions left out by --region
    uint64_t *kept;     // bits of the n + n_dropped + n_outside rows; NULL: all stayed
    const unsigned char
        *bytes; // the source's bytes while they are mapped, else NULL; borrowed
    size_t n_bytes;
    size_t first_bad_line; // text: line of the first invalid ion, 0 for none
    void *keep;            // private: mapping or arrays
    void (*release)(void *keep);
} ia_ions;

IA_API void ia_ions_clear(ia_ions *ions);
static inline bool ia_ions_has(const ia_ions *ions, ia_column_id id)
{
    return ia_column_is_present(&ions->columns[id]);
}
// IA_ERR_UNSUPPORTED naming the column when it is absent: "this input has no m/n, ...".
IA_API ia_status ia_ions_need(ia_ctx *ctx, const ia_ions *ions, ia_column_id id);

// How many hits on the detector are not finite, and the first of these ions, counted from
// 0. None where there are no hits. O(n) on all threads.
IA_API ia_status ia_ions_bad_hits(ia_ctx *ctx, const ia_ions *ions, size_t *n,
                                  size_t *first);
// Likewise hits that are finite, but further than `reach` from (0, 0), unit of the file.
IA_API ia_status ia_ions_far_hits(ia_ctx *ctx, const ia_ions *ions, double reach,
                                  size_t *n, size_t *first);

// Ions at exactly the place of another.
typedef struct {
    double share;    // of all ions
    double expected; // share that the digits of the coordinates alone would make
} ia_coincidence;

// Estimated from all ions of some 65,000 places and from 16,000 rows, exact for no more;
// none of fewer than 100 ions. O(n) on all threads, 2 MB for each.
IA_API ia_status ia_ions_coincident(ia_ctx *ctx, const ia_ions *ions,
                                    ia_coincidence *out);
// A warning where they are more than 1 % and ten times what is expected.
IA_API ia_status ia_ions_tell_coincident(ia_ctx *ctx, const ia_ions *ions);

// Positions of all ions side by side, (n, 3) nm, freed with free().
IA_API ia_status ia_ions_positions(ia_ctx *ctx, const ia_ions *ions, float **out);

// An empty table with owned, zeroed arrays for the columns whose bit (1u << id) is set.
IA_API ia_status ia_ions_new(ia_ctx *ctx, size_t n, unsigned columns, ia_ions *out);
// The writable values of a column of a table made by ia_ions_new; NULL when absent.
IA_API void *ia_ions_values(ia_ions *ions, ia_column_id id);

// Extent and soundness of a table in one pass, with the hash of its source at the same
// time.
typedef struct {
    size_t n;
    double bounds[3][2];  // nm; NAN without positions or ions
    double mass_range[2]; // Da, likewise
    uint64_t n_invalid;   // ions with a value that is not finite, or m/n < 0
    size_t first_invalid; // the first of them, counted from 0
    ia_column_id invalid_column;
} ia_survey;

// One pass over positions and m/n on all threads while another hashes the mapped source
// (if there is one and its hash is not known yet). O(n) time, no memory per ion.
IA_API ia_status ia_ions_survey(ia_ctx *ctx, ia_ions *ions, ia_survey *out);

// The survey as a table of scalars: ions, bounds, m/n range, columns, what was left out.
IA_API ia_status ia_survey_tables(ia_ctx *ctx, const ia_ions *ions,
                                  const ia_survey *survey, ia_result *result);

// What happens to ions on the way in.
typedef struct {
    bool drop_invalid; // leave out ions with values that are not finite or m/n < 0
    bool flip_x;       // mirror x and the detector's x
    char region[256];  // keep only these: box:..., sphere:..., cylinder:..., ... (nm)
} ia_read_params;
IA_API extern const ia_method ia_read_method;
IA_API ia_read_params ia_read_defaults(void);
IA_API bool ia_read_is_same(const ia_read_params *a, const ia_read_params *b);

// Apply them: refuses invalid ions with their place unless they may be dropped; copies
// the columns (16 B per ion for a POS) only if something is dropped, mirrored or cut.
// `survey` is of the result.
IA_API ia_status ia_ions_prepare(ia_ctx *ctx, const ia_read_params *params, ia_ions *ions,
                                 ia_survey *survey);

// One value per row of the file from one per ion; `none` for those left out. Freed with
// free().
IA_API ia_status ia_ions_spread(ia_ctx *ctx, const ia_ions *ions, const int32_t *values,
                                int32_t none, int32_t **out, size_t *n);
// The same for any values of 4 bytes; `none` points to one.
IA_API ia_status ia_ions_spread_words(ia_ctx *ctx, const ia_ions *ions,
                                      const void *values, const void *none, void **out,
                                      size_t *n);

IA_END
#endif
