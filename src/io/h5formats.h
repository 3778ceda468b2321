// src/io/h5formats.h: what the formats of ions and ranges in HDF5 share.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_H5FORMATS_H
#define IONATLAS_SRC_H5FORMATS_H

#include "io/h5.h"

#include <ionatlas/formats.h>

// Open the file, have `get` fill the ions, hash it and take over its path; as read_ions
// of a format.
typedef ia_status (*ia_h5_get_ions)(ia_h5 *h5, ia_ions *ions);
ia_status ia_h5_read_ions(ia_ctx *ctx, ia_source *source, ia_h5_get_ions get,
                          ia_ions *out);
// Likewise for ranges, which become those of `format`.
typedef ia_status (*ia_h5_get_ranges)(ia_h5 *h5, ia_ranges *ranges);
ia_status ia_h5_read_ranges(ia_ctx *ctx, const ia_source *source, ia_h5_get_ranges get,
                            const char *format, ia_ranges *out);

#endif
