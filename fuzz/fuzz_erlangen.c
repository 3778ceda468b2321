// fuzz/fuzz_erlangen.c: HDF5 of the Erlangen toolbox, any bytes or a sound file changed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_hdf5.h"
#include "fuzz_ranges.h"

#define RANGE(number) "/atomProbeTomography/massToChargeRange/" number

static const char *const iron[] = {"56Fe ++"}, *const water[] = {"16O 1H2 +"};
static const double bounds[] = {27.9, 28.1, 17.9, 18.1}, colour[] = {1, 0, 0.5};

static const planned plan[] = {
    {RANGE("1"), "ion", 0, 1, NULL, iron, F64},
    {RANGE("1"), "begin", 1, 1, &bounds[0], NULL, F64},
    {RANGE("1"), "end", 1, 1, &bounds[1], NULL, F64},
    {RANGE("1"), "color", 3, 1, colour, NULL, F64},
    {RANGE("10"), "ion", 0, 1, NULL, water, F64},
    {RANGE("10"), "begin", 1, 1, &bounds[2], NULL, F64},
    {RANGE("10"), "end", 1, 1, &bounds[3], NULL, F64},
    {RANGE("10"), "color", 3, 1, colour, NULL, F64},
    {"/atomProbeTomography/identifiedIon/1", "ion", 0, 1, NULL, iron, F64},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t *built;
    bool is_plain = n == 0;
    const uint8_t *file =
        built_or_given(plan, sizeof plan / sizeof plan[0], bytes, &n, &built);
    ia_status st = read_as_ranges("erlangen", file, n);
    if (is_plain && st != IA_OK)
        abort(); // without changes it is sound
    free(built);
    return 0;
}
