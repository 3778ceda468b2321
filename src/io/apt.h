// src/io/apt.h: what reading and writing APT share: the layout of AP Suite 6 files.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_APT_H
#define IONATLAS_SRC_APT_H

#include "io/view.h"

enum {
    IA_APT_HEADER = 540,      // bytes of the file's header
    IA_APT_SECTION = 148,     // bytes of a section's header, without extra ones
    IA_APT_BOUNDS = 24,       // extra bytes of the header of 'Position'
    IA_APT_FILE_NAME = 256,   // UTF-16 units
    IA_APT_SECTION_NAME = 32, // UTF-16 units
    IA_APT_UNIT = 16          // UTF-16 units
};

// How the records of a section go with the ions, and what they are made of.
enum { IA_APT_ONE_TO_ONE = 1, IA_APT_FIXED_SIZE = 1 };
enum { IA_APT_INT = 1, IA_APT_UINT = 2, IA_APT_FLOAT = 3 };

#endif
