// include/ionatlas/project.h: the project file, NeXus NXapm in HDF5, that never loses its
// history.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_PROJECT_H
#define IONATLAS_PROJECT_H

#include <ionatlas/workflow.h>

IA_BEGIN

// What a data file does not know: specimen, people, instrument, start time, licence. What
// is not given is recorded as unknown, never invented.
typedef struct {
    char *key; // as in ia_meta_keys, "specimen.alias"
    char *value;
} ia_meta_entry;

typedef struct ia_meta {
    ia_meta_entry *entries;
    size_t n;
    char *text;      // of the YAML file, ended by a zero; stored in the project
    char sha256[65]; // of the YAML file
} ia_meta;

// One row per thing that can be told, in the order in which they are listed.
typedef struct {
    const char *key;
    const char *unit; // "" for none
    const char *help;
    const char *nexus;   // path below the entry
    ia_type type;        // IA_TEXT, IA_F64, IA_U64 or IA_BOOL
    bool required;       // by NXapm
    bool required_there; // by NXapm where its group is there
} ia_meta_key;
IA_API const ia_meta_key *ia_meta_keys(size_t *n);

// Read a YAML file. A key that is not in the table, or a value that is not of its type,
// is IA_ERR_FORMAT with its line.
IA_API ia_status ia_meta_read(ia_ctx *ctx, const char *path, ia_meta *out);
IA_API ia_status ia_meta_parse(ia_ctx *ctx, const void *bytes, size_t n, ia_meta *out);
IA_API const char *ia_meta_find(const ia_meta *meta, const char *key);
IA_API void ia_meta_clear(ia_meta *meta);

// Write the chain's steps, with the ions and the range file they used, into a project. A
// new file is made; an existing project of the same input (same SHA-256 and same `read`
// parameters) gains the steps it does not have yet; another one is IA_ERR_PARAM unless
// `force`, which replaces it. Written beside and renamed: a full disk, a cancel or a kill
// leaves the old file. `meta` may be NULL. Memory: a few blocks of rows per thread,
// whatever the number of ions.
IA_API ia_status ia_project_write(ia_ctx *ctx, const char *path, const ia_state *state,
                                  const ia_chain *chain, const ia_meta *meta, bool force);

// True when the file is a project of ours.
IA_API bool ia_project_is(const char *path);

// Ions, range file and their hashes out of a project into an empty state, as the steps
// found them.
IA_API ia_status ia_project_load(ia_ctx *ctx, const char *path, ia_state *out);

// What was told of the measurement when the project was written; empty where nothing was.
IA_API ia_status ia_project_meta(ia_ctx *ctx, const char *path, ia_meta *out);

// The project as tables: "steps" (step, method, time, program, version, parameters,
// inputs, results), "inputs" (role, name, sha256), "unknown" (metadata that nobody gave).
IA_API ia_status ia_project_history(ia_ctx *ctx, const char *path, ia_result *out);

// Recompute the hash of every stored column and result. Tables: "checks" (item, sha256,
// ok) and "missing" (required metadata that is unknown). *sound is false when a hash
// differs.
IA_API ia_status ia_project_verify(ia_ctx *ctx, const char *path, ia_result *out,
                                   bool *sound);

// Repeat every step from the stored ions and compare each result. Table "steps": step,
// method, result, stored, again, same. Bits are compared where program build and machine
// type are the recorded ones; else values within the method's stated rounding, and the
// table says so.
IA_API ia_status ia_project_rerun(ia_ctx *ctx, const char *path, ia_result *out,
                                  bool *same);

IA_END
#endif
