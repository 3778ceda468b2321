// fuzz/fuzz_apt.c: any bytes as apt; nothing but a status may come of it. Mutated files
// are mended three times in four, so that sizes and counts fit and the sections are read.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_ions.h"

#include <string.h>

enum { FILE_HEADER = 540, SECTION = 148, POSITION = 172 };

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t n_max);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t n_max, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    return fuzz_ions("apt", bytes, n);
}

static uint64_t get(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t k = n; k-- > 0;)
        v = v << 8 | p[k];
    return v;
}

static void put(uint8_t *p, size_t n, uint64_t v)
{
    for (size_t k = 0; k < n; k++)
        p[k] = (uint8_t)(v >> 8 * k);
}

static unsigned draw(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void put_name(uint8_t *p, unsigned which)
{
    static const char *const names[] = {
        "Position",   "Mass",   "tof",  "Voltage",    "Vp",
        "XDet_mm",    "pulse",  "freq", "YDet_mm",    "Detector Coordinates",
        "Temp",       "Colour", "Vap",  "pulseDelta", "Multiplicity",
        "Delta Pulse"};
    const char *name = names[which % (sizeof names / sizeof names[0])];
    memset(p, 0, 64);
    for (size_t i = 0; name[i]; i++)
        p[2 * i] = (uint8_t)name[i];
}

// Records of a type and a width that some section has, as many as there are ions.
static void mend_records(uint8_t *p, uint64_t n_ions, unsigned *state)
{
    static const unsigned char types[] = {1, 1, 2, 3, 3, 3}, bits[] = {8, 16, 32, 32, 64};
    uint64_t type = types[draw(state) % sizeof types];
    uint64_t n_bits = bits[draw(state) % sizeof bits];
    uint64_t width = p[12] == 'P'                                   ? 3
                     : p[12] == 'D' && p[14] == 'e' && p[16] == 't' ? 2
                                                                    : 1;
    put(p + 80, 4, 1);
    put(p + 84, 4, 1);
    put(p + 88, 4, type);
    put(p + 92, 4, n_bits);
    put(p + 96, 4, width * n_bits / 8);
    put(p + 132, 8, n_ions);
    put(p + 140, 8, n_ions * width * n_bits / 8);
}

// Make the section at p fit the `rest` bytes of the file; its length.
static size_t mend_section(uint8_t *p, size_t rest, uint64_t n_ions, unsigned *state)
{
    size_t size = draw(state) % 8 == 0 && rest >= POSITION ? POSITION : SECTION;
    memcpy(p, "SEC", 4);
    put(p + 4, 4, size);
    if (draw(state) % 4 == 0)
        put_name(p + 12, draw(state));
    if (draw(state) % 2 == 0)
        mend_records(p, n_ions, state);
    uint64_t n_bytes = get(p + 140, 8);
    if (n_bytes > rest - size)
        put(p + 140, 8, n_bytes = rest - size);
    return size + (size_t)n_bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t n_max, unsigned seed)
{
    unsigned state = seed;
    n = LLVMFuzzerMutate(bytes, n, n_max);
    if (draw(&state) % 4 == 0 || n < FILE_HEADER)
        return n;
    memcpy(bytes, "APT", 4);
    put(bytes + 4, 4, FILE_HEADER);
    put(bytes + 8, 4, 2);
    uint64_t n_ions = get(bytes + 532, 8) % 64;
    put(bytes + 532, 8, n_ions);
    size_t at = FILE_HEADER;
    while (n - at >= SECTION)
        at += mend_section(bytes + at, n - at, n_ions, &state);
    return at;
}
