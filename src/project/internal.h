// src/project/internal.h: what the files of the project module share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_PROJECT_INTERNAL_H
#define IONATLAS_SRC_PROJECT_INTERNAL_H

#include "io/h5.h"
#include "io/nxs.h"

#include <ionatlas/project.h>

#define PROJECT_ENTRY    "/entry1"
#define PROJECT_IONS     PROJECT_ENTRY "/note_ions"
#define PROJECT_POLARITY PROJECT_IONS "/polarity"
#define PROJECT_STATED   PROJECT_IONS "/stated_background"
#define PROJECT_METADATA PROJECT_ENTRY "/note_metadata"
#define PROJECT_RANGING  PROJECT_ENTRY "/atom_probe1/ranging"
#define PROJECT_UNKNOWN  "unknown"
enum { PROJECT_LAYOUT = 1, PROJECT_STEPS_MOST = 4096 };

// A name inside the file as printf makes it; cut at IA_H5_NAME_MAX.
const char *project_name(char out[IA_H5_NAME_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// "x86_64": results of the same build on the same type of machine have the same bits.
void project_machine(char *text, size_t n);
const char *project_file_name(const char *path);

// What NeXus thinks of the text given for a key: one of its words or free text, one of
// ours where its list is open, or none that may be.
typedef enum { PROJECT_WORD, PROJECT_OWN_WORD, PROJECT_NO_WORD } project_word;
project_word project_word_of(const char *key, const char *word);

// The unit that the name of a column ends with: "nm" of "x_nm", "nm^-3" of
// "atoms_per_nm3";
// "" for none.
const char *project_unit_of(const char *column);

// An existing project, mapped and open.
typedef struct {
    ia_source source;
    ia_h5 h5;
} project_file;

// IA_ERR_FORMAT when it is no sound project of ours.
ia_status project_open(ia_ctx *ctx, const char *path, project_file *out);
void project_close(project_file *file);
// The ions as the steps found them, with the identity of the input they came from.
ia_status project_load_ions(ia_h5 *h5, ia_ions *out);

// What was told of the measurement; untouched where nothing was.
ia_status project_load_meta(ia_h5 *h5, ia_meta *out);

// A step as it lies in a project.
typedef struct {
    char *program, *version, *build, *machine, *method, *title, *date;
    uint64_t index; // from 1
    double seconds;
    size_t n_params, n_inputs, n_warnings, n_per_ion;
    char **params, **values; // (n_params) names, and texts that ia_field_read takes
    char **inputs;           // (n_inputs) names of notes below the entry
    char **warnings;         // (n_warnings)
    char **per_ion;          // (n_per_ion) names of datasets in its per_ion group
    ia_result result;        // only when asked for
} project_step;

ia_status project_step_get(ia_h5 *h5, size_t index, bool with_result, project_step *out);
void project_step_clear(project_step *step);
// Whether its second input is the range file that the ions were ranged with; `agreement`
// has other people's there.
bool project_step_is_ranged(const project_step *step);
size_t project_step_count(ia_h5 *h5);
// SHA-256 of everything about the step but its results, with the inputs' checksums.
ia_status project_step_hash(ia_h5 *h5, const project_step *step, char hex[65]);

// The file of that note: who, which and what it held. `bytes` only where it was stored
// whole.
typedef struct {
    char *role, *type, *file_name, *checksum;
    unsigned char *bytes;
    size_t n;
} project_note;
ia_status project_note_get(ia_h5 *h5, const char *name, project_note *out);
void project_note_clear(project_note *note);
// Names of the entry's notes; freed with ia_h5_free_texts.
ia_status project_note_list(ia_h5 *h5, size_t *n, char ***out);

// What is being written.
typedef struct {
    ia_ctx *ctx;
    const ia_state *state;
    const ia_chain *chain;
    const ia_meta *meta; // given now, else the old project's
    char sha256[65];     // of the input
    ia_h5 *old;          // the project that gains steps, NULL for none
    ia_h5 h5;
} project_job;

ia_status project_put_entry(project_job *job); // entry.c: identity, columns, frames
ia_status project_put_notes(project_job *job); // notes.c: inputs, small ones whole
ia_status project_put_grid(project_job *job);  // nexus_grid.c: ions by voxel
// One of the axes x, y, z of a plot of voxels.
typedef struct {
    double first, edge; // centre of the first voxel in units of the edge; nm
    size_t n;
} project_axis;
ia_status project_put_axis(ia_h5 *h5, const char *data, int k, const project_axis *axis);
// nexus_field.c: the voxels of a field beside its step; nothing for other steps.
ia_status project_put_field(project_job *job, const char *process,
                            const ia_step_record *record);
// Names of its values below the step, the last is NULL.
extern const char *const project_field_values[];
// nexus_calibration.c: resolving power, start time
ia_status project_put_calibration(project_job *job);
bool project_is_calibrated(const project_job *job);  // by a step of this chain
bool project_was_calibrated(const project_job *job); // by one of the old project
ia_status project_put_steps(project_job *job);       // step.c: old ones, then what is new
ia_status project_put_ranging(project_job *job);     // ranging.c: ranges, spectrum
ia_status project_put_meta(project_job *job);        // tell.c: what the metadata tell
ia_status project_put_program(ia_h5 *h5, const char *group, bool ours);

// Which file the ranges in use were taken from, beside them.
ia_status project_put_ranges_source(project_job *job);

// What a file was read for, as its note is named: "note_ranges1", "note_mesh1".
#define PROJECT_OF_RANGES "ranges"
#define PROJECT_OF_MESH   "mesh"
// The note of a file, "" where there is none.
ia_status project_note_of(project_job *job, const char *role, const ia_source *file,
                          char name[IA_H5_NAME_MAX]);
// The input of a step that is a note of this kind; NULL.
const char *project_step_input(const project_step *step, const char *role);
// That of the range file in use.
ia_status project_ranges_note(project_job *job, char name[IA_H5_NAME_MAX]);

// Required things that nobody gave, as one column each of texts.
ia_status project_list_unknown(ia_h5 *h5, const char *table, ia_result *out);

// Add a row to a table of texts that grows; flush makes the table.
enum { PROJECT_CELLS = 10 };
typedef struct {
    ia_ctx *ctx;
    size_t n_columns, n;
    char **cells; // (n, n_columns)
} project_rows;
ia_status project_rows_add(project_rows *rows, const char *const *cells);
void project_rows_clear(project_rows *rows);
// Cells of IA_U64 and IA_F64 are read from their text.
typedef struct {
    const char *name;
    ia_type type;
} project_column;
ia_status project_rows_table(const project_rows *rows, const char *name,
                             const project_column *columns, ia_result *out);

#endif
