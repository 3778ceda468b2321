// fuzz/fuzz_nxapm.c: ranges of NXapm, any bytes or a sound file changed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_hdf5.h"
#include "fuzz_ranges.h"

#define ION(name) "/entry1/atom_probe/ranging/peak_identification/" name

static const char *const noise[] = {"noise"};
static const double iron[32] = {26 + 256 * 255}, none[32] = {0}, water[32] = {8, 1, 1};
static const double bounds[] = {55.8, 56.1, 57, 57.5, 18, 18.5, 30, 31}, charge[] = {1};
static const double list[] = {16, 8, 1, 1, 1, 1, 0, 0};

static const planned plan[] = {
    {ION("ion1/mass_to_charge_range"), NULL, 2, 2, &bounds[0], NULL, F64},
    {ION("ion1/nuclide_hash"), NULL, 32, 1, iron, NULL, F64},
    {ION("ion1/charge_state"), NULL, 0, 1, charge, NULL, F64},
    {ION("ion2/mass_to_charge_range"), NULL, 1, 2, &bounds[4], NULL, F64},
    {ION("ion2/nuclide_hash"), NULL, 32, 1, water, NULL, F64},
    {ION("ion2/nuclide_list"), NULL, 4, 2, list, NULL, F64},
    {ION("ion2/charge_state"), NULL, 1, 1, charge, NULL, F64},
    {ION("ion10/mass_to_charge_range"), NULL, 2, 1, &bounds[6], NULL, F64},
    {ION("ion10/nuclide_hash"), NULL, 32, 1, none, NULL, F64},
    {ION("ion10/name"), NULL, 0, 1, NULL, noise, F64},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t *built;
    bool is_plain = n == 0;
    const uint8_t *file =
        built_or_given(plan, sizeof plan / sizeof plan[0], bytes, &n, &built);
    ia_status st = read_as_ranges("nxapm", file, n);
    if (is_plain && st != IA_OK)
        abort(); // without changes it is sound
    free(built);
    return 0;
}
