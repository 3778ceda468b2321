// fuzz/fuzz_nxs_any.c: ions of NXapm of other programs, any bytes or a sound file
// changed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_hdf5.h"
#include "fuzz_ions.h"

#define PROBE  "/entry1/atom_probe/"
#define PULSER "/entry1/measurement/event1/instrument/pulser/"

static const char *const nm[] = {"nm"}, *const dalton[] = {"dalton"}, *const mm[] = {"m"};
static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const double counts[] = {1, 3, 3, 3, 1};

static const planned plan[] = {
    {PROBE "reconstruction/reconstructed_positions", NULL, 5, 3, values, NULL, F64},
    {PROBE "reconstruction/reconstructed_positions", "units", 0, 1, NULL, nm, F64},
    {PROBE "mass_to_charge_conversion/mass_to_charge", NULL, 5, 1, values, NULL, F64},
    {PROBE "mass_to_charge_conversion/mass_to_charge", "units", 0, 1, NULL, dalton, F64},
    {PROBE "voltage_and_bowl/raw_tof", NULL, 5, 1, values, NULL, F64},
    {PROBE "hit_finding/hit_positions", NULL, 5, 2, values, NULL, F64},
    {PROBE "hit_finding/hit_positions", "units", 0, 1, NULL, mm, F64},
    {PROBE "hit_finding/hit_multiplicity", NULL, 5, 1, counts, NULL, F64},
    {PROBE "hit_finding/epos_number_of_pulses", NULL, 5, 1, counts, NULL, F64},
    {PULSER "standing_voltage", NULL, 5, 1, values, NULL, F64},
    {PULSER "pulse_voltage", NULL, 0, 1, values, NULL, F64},
    {"/entry2/atom_probe/hit_finding/hit_positions", NULL, 5, 2, values, NULL, F64},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t *built;
    bool is_plain = n == 0;
    const uint8_t *file =
        built_or_given(plan, sizeof plan / sizeof plan[0], bytes, &n, &built);
    ia_status st = read_as_ions("nxs", file, n);
    if (is_plain && st != IA_OK)
        abort(); // without changes it is sound
    free(built);
    return 0;
}
