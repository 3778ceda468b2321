// src/io/nxs.h: where NeXus NXapm keeps the columns of ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_IO_NXS_H
#define IONATLAS_SRC_IO_NXS_H

#include "io/h5.h"

#include <ionatlas/ions.h>

// The dataset of a column: "/entry1/atom_probe1/reconstruction/reconstructed_positions".
const char *ia_nxs_column_name(ia_column_id id);

// Make the groups above a dataset that are not there yet, each of its NeXus class.
ia_status ia_nxs_put_parents(ia_h5 *h5, const char *name);

// The columns of an open project as a table in memory; `sha256`, `format` and `path` stay
// empty.
ia_status ia_nxs_get_ions(ia_h5 *h5, ia_ions *out);

#endif
