// tests/physics/test_borides.c: are borides and silicides of metals told, and nothing
// else for them?
// SPDX-License-Identifier: GPL-3.0-or-later
#include "identify_case.h"

typedef struct {
    const char *composition, *ions, *molecules;
    unsigned z[4]; // of the elements, ended by 0; hydrogen besides
    const char *told[4];
} compound;

static bool is_known(const compound *c, unsigned z)
{
    bool known = z == 1;
    for (size_t k = 0; k < 4 && c->z[k]; k++)
        known |= c->z[k] == z;
    return known;
}

static void check(const compound *c, size_t n, uint64_t seed)
{
    ia_simulate_params p = alloy_params(c->composition, c->molecules, n, seed);
    ia_identification id = {0};
    p.resolving_power = 800;
    snprintf(p.ions, sizeof p.ions, "%s", c->ions);
    ia_spectrum s = simulated_spectrum(&p);
    assert_int_equal(ia_identify_compute(NULL, &s, NULL, NULL, &id), IA_OK);
    for (size_t k = 0; k < 4 && c->told[k]; k++)
        if (!identified_of(&id, c->told[k]))
            fail_msg("%s, %zu ions: no %s", c->composition, n, c->told[k]);
    for (size_t i = 0; i < id.assignment.n_ions; i++) {
        const ia_identified *told = &id.assignment.ions[i];
        for (size_t k = 0; k < told->ion.n_parts; k++)
            if (!is_known(c, told->ion.parts[k].z))
                fail_msg("%s, %zu ions: %s told", c->composition, n, told->ion.name);
    }
    ia_identification_clear(&id);
    ia_spectrum_clear(&s);
}

// TaB+++ lies among the tungsten isotopes, MoB+++ at 35.6 Da among those of palladium,
// TiSi2++ at 52 Da where chromium flies: each was told as these.
static void compounds_are_told_and_nothing_else(void **state)
{
    static const compound compounds[] = {
        {"Ta B:0.66",
         "Ta+++:0.9 Ta++:0.1 B+:0.75 B++:0.25",
         "TaB+++:0.01 TaB++:0.015 TaB2++:0.006 H+:0.005",
         {73, 5},
         {"TaB+++", "TaB2++"}},
        {"V B:0.66",
         "V++:0.9 V+:0.1 B+:0.75 B++:0.25",
         "VB++:0.02 VB2++:0.006 VB+:0.004 H+:0.005",
         {23, 5},
         {"VB++", "VB2++"}},
        {"Mo B:0.33",
         "Mo++:0.7 Mo+++:0.3 B+:0.6 B++:0.4",
         "MoB++:0.02 MoB+++:0.003 MoB2++:0.004 H+:0.005",
         {42, 5},
         {"MoB+++", "MoB++"}},
        {"Ti Si:0.66",
         "Ti++:0.93 Ti+++:0.07 Si++:0.95 Si+:0.05",
         "TiSi++:0.01 TiSi2++:0.005 H+:0.005",
         {22, 14},
         {"TiSi++", "TiSi2++"}},
        {"Cr Si:0.66",
         "Cr++:0.95 Cr+:0.05 Si++:0.95 Si+:0.05",
         "CrSi++:0.01 CrSi2++:0.006 H+:0.005",
         {24, 14},
         {"CrSi++", "CrSi2++"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof compounds / sizeof *compounds; i++)
        for (uint64_t seed = 1; seed <= 2; seed++) {
            check(&compounds[i], 60000, seed);
            check(&compounds[i], 300000, seed);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compounds_are_told_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
