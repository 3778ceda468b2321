// fuzz/fuzz_ranges.h: what the fuzz targets of range files do with their bytes.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_FUZZ_RANGES_H
#define IONATLAS_FUZZ_RANGES_H

#include "fuzz_tell.h"

#include <ionatlas/ionatlas.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

// The ranger's table takes ten times as long as reading and writing, and to recognise
// HDF5 is to read it.
enum { RANGE_ONE_IN = 16 };

static inline void demand(bool fact)
{
    if (!fact)
        abort();
}

static inline char *write_to_memory(const ia_format *format, const ia_ranges *ranges,
                                    size_t *n)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, n);

    demand(stream != NULL);
    demand(format->write_ranges(NULL, ranges, stream) == IA_OK);
    fclose(stream);
    return text;
}

static inline void range_with(const ia_ranges *ranges)
{
    ia_ranger ranger = {0};

    demand(ia_ranger_build(NULL, ranges, &ranger) == IA_OK);
    for (size_t i = 0; i < ranges->n_ranges; i++)
        demand(ia_ranger_find(&ranger, ranges->ranges[i].lo) >= 0);
    ia_ranger_clear(&ranger);
}

// Writing keeps every range and its bounds.
static inline void write_back(const ia_format *format, const ia_ranges *ranges)
{
    if (!format->write_ranges)
        format = ia_format_find("fig"); // keeps isotopes and charges
    ia_ranges back = {0};
    size_t n;
    char *text = write_to_memory(format, ranges, &n);
    ia_status st = ia_ranges_parse(NULL, format, text, n, &back);
    if (st == IA_OK) // else: isotopes or charges that the format lacks made ions alike
        demand(back.n_ranges == ranges->n_ranges);
    for (size_t i = 0; i < back.n_ranges; i++)
        demand(back.ranges[i].lo == ranges->ranges[i].lo &&
               back.ranges[i].hi == ranges->ranges[i].hi);
    ia_ranges_clear(&back);
    free(text);
}

static inline uint64_t sum_of_ranges(const ia_ranges *ranges)
{
    size_t n;
    char *text = write_to_memory(ia_format_find("fig"), ranges, &n);
    uint64_t sum = sum_of(ranges->n_ranges, text, n);
    free(text);
    return sum;
}

static inline ia_status read_as_ranges(const char *name, const uint8_t *bytes, size_t n)
{
    const ia_format *format = ia_format_find(name);
    ia_ctx *ctx = ia_ctx_new();
    ia_ranges ranges = {0};
    size_t sum = n;

    for (size_t i = 0; i < n; i++)
        sum += bytes[i];
    if (sum % RANGE_ONE_IN == 1)
        format->sniff(bytes, n);
    ia_status st = ia_ranges_parse(ctx, format, bytes, n, &ranges);
    demand(st == IA_OK || ia_ctx_message(ctx)[0] != '\0');
    demand(st == IA_OK || ranges.ions == NULL);
    if (st == IA_OK && sum % RANGE_ONE_IN == 0)
        range_with(&ranges);
    if (st == IA_OK)
        write_back(format, &ranges);
    if (is_telling())
        tell(ctx, st, st == IA_OK ? sum_of_ranges(&ranges) : 0);
    ia_ranges_clear(&ranges);
    ia_ctx_free(ctx);
    return st;
}

static inline void fuzz_ranges(const char *name, const uint8_t *bytes, size_t n)
{
    read_as_ranges(name, bytes, n);
}

#endif
