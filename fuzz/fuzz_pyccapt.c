// fuzz/fuzz_pyccapt.c: HDF5 of pyccapt, any bytes or a sound file changed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_hdf5.h"
#include "fuzz_ions.h"

static const char *const positions[] = {"x (nm)", "y (nm)", "z (nm)", "mc (Da)"};
static const char *const others[] = {"x_det (cm)", "y_det (cm)", "t (ns)",
                                     "high_voltage (V)"};
static const char *const counts[] = {"delta_p", "multi", "start_counter"};
static const double values[] = {0, 1, 2, 27, 3, 4, 5, 13.5, 6, 7, 8, 9};
static const double counters[] = {0, 2, 0, 0, 0, 0, 12, 1, 0};

// The first byte chooses between a frame and measured events.
static const planned frame[] = {
    {"/df", "pandas_type", 0, 1, NULL, counts, F64},
    {"/df/block0_items", NULL, 4, 1, NULL, positions, F64},
    {"/df/block0_values", NULL, 3, 4, values, NULL, F64},
    {"/df/block1_items", NULL, 4, 1, NULL, others, F64},
    {"/df/block1_values", NULL, 3, 4, values, NULL, F64},
    {"/df/block2_items", NULL, 3, 1, NULL, counts, F64},
    {"/df/block2_values", NULL, 3, 3, counters, NULL, F64},
};
static const planned raw[] = {
    {"/dld/high_voltage", NULL, 9, 1, values, NULL, F64},
    {"/dld/voltage_pulse", NULL, 9, 1, values, NULL, F64},
    {"/dld/laser_pulse", NULL, 9, 1, values, NULL, F64},
    {"/dld/start_counter", NULL, 9, 1, counters, NULL, F64},
    {"/dld/t", NULL, 9, 1, values, NULL, F64},
    {"/dld/x", NULL, 9, 1, values, NULL, F64},
    {"/dld/y", NULL, 9, 1, values, NULL, F64},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint8_t *built;
    bool is_plain = n == 0;
    bool is_raw = n > 0 && bytes[0] < 0x80 && bytes[0] & 0x40;
    const uint8_t *file =
        is_raw ? built_or_given(raw, sizeof raw / sizeof raw[0], bytes, &n, &built)
               : built_or_given(frame, sizeof frame / sizeof frame[0], bytes, &n, &built);
    ia_status st = read_as_ions("pyccapt", file, n);
    if (is_plain && st != IA_OK)
        abort(); // without changes it is sound
    free(built);
    return 0;
}
