// src/core/charge_split.h: how the ions of an element usually split over charge states.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IA_CORE_CHARGE_SPLIT_H
#define IA_CORE_CHARGE_SPLIT_H

enum { IA_CHARGE_MAX = 4 };

// Shares of 1+, 2+, 3+, 4+.
void ia_charge_split(unsigned z, double split[IA_CHARGE_MAX]);

#endif
