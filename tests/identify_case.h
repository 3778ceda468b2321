// tests/identify_case.h: simulated spectra and what was identified in them, for tests.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef TESTS_IDENTIFY_CASE_H
#define TESTS_IDENTIFY_CASE_H

#include "check.h"

// What `alloy_spectrum` draws, to be changed.
static inline ia_simulate_params
alloy_params(const char *composition, const char *molecules, size_t n, uint64_t seed)
{
    ia_simulate_params p = ia_simulate_defaults();

    p.specimen = 3; // spectrum
    p.seed = seed;
    p.n_ions = n;
    p.m_max = 200;
    p.ions[0] = 0;
    snprintf(p.composition, sizeof p.composition, "%s", composition);
    snprintf(p.molecules, sizeof p.molecules, "%s", molecules);
    return p;
}

// Cleared with ia_spectrum_clear.
static inline ia_spectrum simulated_spectrum(const ia_simulate_params *p)
{
    ia_specimen specimen = {0};
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_specimen_compute(NULL, p, &specimen), IA_OK);
    assert_int_equal(ia_spectrum_compute(NULL, &specimen.ions, NULL, &spectrum), IA_OK);
    ia_specimen_clear(&specimen);
    return spectrum;
}

// A spectrum of n ions of this composition; cleared with ia_spectrum_clear.
static inline ia_spectrum alloy_spectrum(const char *composition, const char *molecules,
                                         size_t n, uint64_t seed)
{
    ia_simulate_params p = alloy_params(composition, molecules, n, seed);
    return simulated_spectrum(&p);
}

// Of a file of the data outside the repository; cleared with ia_spectrum_clear.
static inline ia_spectrum measured_spectrum(const char *name)
{
    ia_ions ions = {0};
    ia_spectrum spectrum = {0};

    assert_int_equal(ia_ions_read(NULL, outside(name), &ions), IA_OK);
    assert_int_equal(ia_spectrum_compute(NULL, &ions, NULL, &spectrum), IA_OK);
    ia_ions_clear(&ions);
    return spectrum;
}

// From ions to their composition, with nothing but them.
static inline void run_blind(ia_ctx *ctx, ia_chain *chain, ia_state *state)
{
    static const char *const methods[] = {"spectrum",   "peaks",      "peak_shape",
                                          "identify",   "autorange",  "range",
                                          "background", "deconvolve", "composition"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        CHECK_OK(ctx, ia_chain_run(ctx, chain, state, methods[i], NULL));
}

static inline const ia_identified *identified_of(const ia_identification *id,
                                                 const char *name)
{
    ia_ion wanted = ia_ion_of(name);
    for (size_t i = 0; i < id->assignment.n_ions; i++)
        if (ia_ion_is_equal(&id->assignment.ions[i].ion, &wanted))
            return &id->assignment.ions[i];
    return NULL;
}

// Is the element in any identified ion?
static inline bool has_element(const ia_identification *id, const char *symbol)
{
    unsigned z = ia_element_find(symbol, strlen(symbol));
    for (size_t i = 0; i < id->assignment.n_ions; i++)
        if (ia_ion_count(&id->assignment.ions[i].ion, z))
            return true;
    return false;
}

// Each of the first allocations fails once, then fewer and fewer of the thousands: one in
// `step`. Nothing may be kept or left unsaid; `least` ions or more at the end.
static inline void check_short_memory(ia_identify_params p, size_t ions, size_t step,
                                      size_t least)
{
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "FeO+:0.01", ions, 2);
    ia_identification id = {0};
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = IA_ERR_MEMORY;

    p.charge_max = 2;
    p.atoms_max = 2;
    for (size_t k = 1; st == IA_ERR_MEMORY; k += 1 + k / step) {
        ia_ctx_reset(ctx);
        ia_ctx_fail_alloc(ctx, k);
        st = ia_identify_compute(ctx, &s, &p, NULL, &id);
        assert_true(st == IA_OK || id.assignment.ions == NULL);
        assert_true(st == IA_OK || ia_ctx_message(ctx)[0]);
    }
    assert_int_equal(st, IA_OK);
    assert_true(id.assignment.n_ions >= least);
    ia_identification_clear(&id);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

static inline bool stop_at_identify(void *user, const char *stage, double done)
{
    (void)user;
    (void)done;
    return strcmp(stage, "identify") != 0;
}

// An identification that is stopped on its way leaves nothing.
static inline void check_stop(const ia_identify_params *params)
{
    ia_spectrum s = alloy_spectrum("Fe Cr:0.2", "", 5000, 2);
    ia_identification id = {0};
    ia_ctx *ctx = ia_ctx_new();

    ia_ctx_set_progress(ctx, stop_at_identify, NULL);
    assert_int_equal(ia_identify_compute(ctx, &s, params, NULL, &id), IA_CANCELLED);
    assert_null(id.notes);
    ia_ctx_free(ctx);
    ia_spectrum_clear(&s);
}

// Composition from the automatic ranges, as raw at.% of an element.
static inline double percent_of(const ia_spectrum *s, const ia_identification *id,
                                const char *symbol)
{
    ia_ranger ranger = {0};
    ia_composition c = {0};
    double percent = 0;

    assert_int_equal(ia_ranger_build(NULL, &id->ranges, &ranger), IA_OK);
    ia_range_counts counts = {.counts = calloc(ranger.n + 1, sizeof(uint64_t)),
                              .n = ranger.n};
    for (size_t i = 0; i < s->n_bins; i++) {
        int32_t r = ia_ranger_find(&ranger, s->m_min + ((double)i + 0.5) * s->bin);
        if (r >= 0)
            counts.counts[r] += s->counts[i];
    }
    assert_int_equal(
        ia_composition_compute(NULL, &id->ranges, &ranger, &counts, NULL, &c), IA_OK);
    for (size_t i = 0; i < c.n_elements; i++)
        if (strcmp(c.elements[i].name, symbol) == 0)
            percent = c.elements[i].percent;
    ia_composition_clear(&c);
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&ranger);
    return percent;
}

#endif
