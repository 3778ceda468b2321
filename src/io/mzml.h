// src/io/mzml.h: what readers of mzML and imzML share: terms, arrays, walking through.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_MZML_H
#define IONATLAS_IO_MZML_H

#include "io/mass_sum.h"
#include "io/xml.h"

// One array of numbers of a spectrum as the terms of the controlled vocabularies (PSI-MS,
// imzML) describe it.
typedef struct {
    enum { MZML_OTHER, MZML_MASS, MZML_INTENSITY } kind;
    enum { MZML_F64, MZML_F32, MZML_I32, MZML_I64 } type;
    bool zlib, numpress, has_type;
    bool external;           // in the file of binary data beside an imzML
    uint64_t offset, length; // there, in bytes and in values
    uint64_t encoded;        // there, in bytes; 0: length says it
    double *values;          // (n) owned; NULL until read
    size_t n;
} ia_mzml_array;

enum { MZML_ARRAYS = 16 };
typedef struct {
    int polarity; // 1, -1; 0 where it is not told
    unsigned level;
    bool centroids;
    size_t line;
    bool is_announced; // how many values each array has
    uint64_t announced;
    ia_mzml_array arrays[MZML_ARRAYS];
    size_t n_arrays;
} ia_mzml_spectrum;

// Numbers out of base64 text, or out of bytes. IA_ERR_FORMAT with a sentence that begins
// with the line; IA_ERR_UNSUPPORTED for packings that are not read.
ia_status ia_mzml_decode(ia_ctx *ctx, size_t line, ia_span text, ia_mzml_array *array);
ia_status ia_mzml_unpack(ia_ctx *ctx, size_t line, const unsigned char *bytes, size_t n,
                         ia_mzml_array *array);

// A term of a vocabulary says something of the spectrum or of its innermost array.
void ia_mzml_term(ia_mzml_spectrum *spectrum, ia_mzml_array *array, const char *accession,
                  const char *value);

// All spectra of a document added up, with `binary` the file beside an imzML (NULL for
// mzML).
ia_status ia_mzml_sum(ia_ctx *ctx, const ia_source *document, const ia_source *binary,
                      ia_mass_sum *sum, int *polarity);

#endif
