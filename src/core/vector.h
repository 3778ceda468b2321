// src/core/vector.h: loops for whatever vector unit the machine has.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_VECTOR_H
#define IONATLAS_SRC_VECTOR_H

// Loops that a wider vector unit runs faster; the results do not depend on it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                   \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define IA_VECTOR __attribute__((target_clones("avx512f", "avx2", "default")))
#define IA_VECTOR_X86
#else
#define IA_VECTOR
#endif

#endif
