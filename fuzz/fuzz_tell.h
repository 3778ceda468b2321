// fuzz/fuzz_tell.h: say what was read from an input, to be compared with what another
// build of the target reads from it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef FUZZ_TELL_H
#define FUZZ_TELL_H

#include "io/h5.h"

#include <ionatlas/ionatlas.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One line on the standard output for each reading, where FUZZ_TELL is set.
static inline bool is_telling(void)
{
    return getenv("FUZZ_TELL") != NULL;
}

static inline uint64_t sum_of(uint64_t sum, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ at[i]) * 0x100000001b3u + 1;
    return sum;
}

// Status, what was read as a sum, warnings, and the sentence as far as it is ours: what
// HDF5 says of the cause comes last.
static inline void tell(const ia_ctx *ctx, ia_status st, uint64_t sum)
{
    const char *text = ia_ctx_message(ctx);
    const char *cause = strstr(text, " cannot be read: ");
    cause = cause ? cause : strstr(text, " is no sound HDF5 file: ");
    printf("%d %016llx %.*s", (int)st, (unsigned long long)(st == IA_OK ? sum : 0),
           st == IA_OK ? 0
           : cause     ? (int)(cause - text)
                       : (int)strlen(text),
           text);
    for (size_t i = 0; i < ia_ctx_n_warnings(ctx); i++)
        printf(" | %s", ia_ctx_warning(ctx, i));
    printf("\n");
    fflush(stdout);
}

static inline uint64_t sum_of_ions(const ia_ions *ions)
{
    uint64_t sum = ions->n;
    for (size_t i = 0; i < IA_N_COLUMNS; i++) {
        char hex[65] = "";
        if (ia_ions_has(ions, (ia_column_id)i) &&
            ia_column_sha256(NULL, &ions->columns[i], hex) == IA_OK)
            sum = sum_of(sum, hex, sizeof hex - 1);
    }
    return sum;
}

#endif
