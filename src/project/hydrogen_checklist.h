// src/project/hydrogen_checklist.h: the checklist that goes with hydrogen.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_HYDROGEN_CHECKLIST_H
#define IONATLAS_SRC_HYDROGEN_CHECKLIST_H

#include <ionatlas/project.h>

// "hydrogen_checklist": item, value ("not given"), source (data, metadata, given).
ia_status project_hydrogen_checklist(ia_ctx *ctx, const ia_state *state,
                                     const ia_hydrogen_params *params,
                                     const ia_hydrogen *hydrogen, ia_result *result);

#endif
