// src/io/nxs_any.h: ions in NeXus NXapm files of other programs.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_IO_NXS_ANY_H
#define IONATLAS_SRC_IO_NXS_ANY_H

#include "io/h5.h"

#include <ionatlas/ions.h>

// The columns of the first entry with ions, whatever program wrote it: any type of
// number, units converted. `sha256`, `format` and `path` stay empty.
ia_status ia_nxs_any_ions(ia_h5 *h5, ia_ions *out);

#endif
