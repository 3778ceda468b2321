// src/core/ion_name.h: formulas that became labels, and labels that are too long.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_ION_NAME_H
#define IA_CORE_ION_NAME_H

#include <ionatlas/ion.h>

// The name begins as a formula, and of more elements or atoms than an ion has room for.
bool ia_ion_name_is_too_large(const char *name);

// A label of n bytes of UTF-8. Where it does not fit it is cut to whole characters and
// ends with "...", which is the end of no formula.
ia_ion ia_ion_label(const char *text, size_t n);
bool ia_ion_is_cut(const ia_ion *ion);

#endif
