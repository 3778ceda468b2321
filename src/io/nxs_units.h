// src/io/nxs_units.h: units of columns in the NeXus files of other programs.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_IO_NXS_UNITS_H
#define IONATLAS_SRC_IO_NXS_UNITS_H

#include "io/h5.h"

// What values of a dataset are multiplied by to be in our unit. *told is false, and the
// scale 1, where the unit is missing or a text of variable length: these are never read,
// because HDF5 1.10 does not check them against damage; a warning tells. IA_ERR_FORMAT
// for any other unit.
ia_status ia_nxs_scale(ia_h5 *h5, const char *name, const char *ours, double *scale,
                       bool *told);

#endif
