// src/core/ion_name.h: what is wrong with a formula that became a label.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_ION_NAME_H
#define IA_CORE_ION_NAME_H

#include <ionatlas/ion.h>

// The name begins as a formula, and of more elements or atoms than an ion has room for.
bool ia_ion_name_is_too_large(const char *name);

#endif
