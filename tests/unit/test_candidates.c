// tests/unit/test_candidates.c: the list of ions that a spectrum might hold.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

static const ia_peak_widths widths = {.width = 0.01, .power = 0.5, .bin = 0.001};

static const ia_candidate *candidate_of(const ia_candidates *all, const char *name)
{
    ia_ion wanted = ia_ion_of(name);
    for (size_t i = 0; i < all->n; i++)
        if (ia_ion_is_equal(&all->list[i].ion, &wanted))
            return &all->list[i];
    return NULL;
}

static ia_status build(ia_ctx *ctx, const ia_identify_params *p, const char *found,
                       ia_candidates *out)
{
    bool members[IA_Z_MAX + 1] = {false};
    for (const char *at = found; *at; at += strcspn(at, " ") + (strchr(at, ' ') != NULL))
        members[ia_element_find(at, strcspn(at, " "))] = true;
    const ia_candidate_rules rules = {
        .params = p, .found = members, .m_lo = 0, .m_hi = 300, .widths = &widths};
    return ia_candidates_build(ctx, &rules, out);
}

static void all_ions_at_28_are_listed(void **state)
{
    (void)state;
    ia_identify_params p = ia_identify_defaults();
    ia_candidates all = {0};

    assert_int_equal(build(NULL, &p, "Si Fe", &all), IA_OK);
    // m/n by NIST masses less the electrons'.
    static const struct {
        const char *name;
        double mass;
    } at_28[] = {{"Si+", 27.976}, {"CO+", 27.994}, {"N2+", 28.006}, {"Fe++", 27.967}};
    for (size_t k = 0; k < 4; k++) {
        const ia_candidate *c = candidate_of(&all, at_28[k].name);
        assert_non_null(c);
        double best = INFINITY, most = 0;
        for (size_t i = 0; i < c->n_lines; i++) {
            if (c->lines[i].share > most) {
                most = c->lines[i].share;
                best = c->lines[i].mass;
            }
        }
        assert_true(fabs(best - at_28[k].mass) < 0.001);
    }
    ia_candidates_clear(&all);
}

static void molecules_are_of_found_elements_and_gas(void **state)
{
    (void)state;
    ia_identify_params p = ia_identify_defaults();
    ia_candidates all = {0};

    assert_int_equal(build(NULL, &p, "Ti", &all), IA_OK);
    assert_non_null(candidate_of(&all, "TiO++"));
    assert_non_null(candidate_of(&all, "TiO2+"));
    assert_non_null(candidate_of(&all, "OH2+"));
    assert_non_null(candidate_of(&all, "OH3+"));
    assert_non_null(candidate_of(&all, "TiO3+"));
    assert_non_null(candidate_of(&all, "Fe++")); // a single atom needs no finding
    assert_null(candidate_of(&all, "FeO+"));
    assert_null(candidate_of(&all, "Tc+")); // has no natural isotope
    ia_candidates_clear(&all);
}

// Beyond three atoms only forms that the prior knows, of elements that were found.
static void large_molecules_are_of_known_forms(void **state)
{
    (void)state;
    ia_identify_params p = ia_identify_defaults();
    ia_candidates all = {0};

    assert_int_equal(build(NULL, &p, "Al Fe As", &all), IA_OK);
    assert_non_null(candidate_of(&all, "Al2O2+"));
    assert_non_null(candidate_of(&all, "Fe2O3++"));
    assert_non_null(candidate_of(&all, "As4+"));
    assert_non_null(candidate_of(&all, "FeAlO2+"));
    assert_null(candidate_of(&all, "FeAlAsO+"));
    assert_null(candidate_of(&all, "Ti2O3+"));
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(ia_ion_is_equal(&all.list[i].ion, &all.list[k].ion));
    ia_candidates_clear(&all);
    p.atoms_max = 4;
    assert_int_equal(build(NULL, &p, "Al Fe As", &all), IA_OK);
    assert_null(candidate_of(&all, "Fe2O3++"));
    assert_non_null(candidate_of(&all, "Fe2O2+"));
    ia_candidates_clear(&all);
}

// The same isotopes and prior elsewhere, and the charges of one as far apart as those of
// an element.
static void invented_ions_lie_where_no_such_ion_is(void **state)
{
    (void)state;
    ia_identify_params p = ia_identify_defaults();
    bool members[IA_Z_MAX + 1] = {false};
    const ia_candidate_rules rules = {
        .params = &p, .found = members, .m_hi = 300, .widths = &widths, .copies = 3};
    ia_candidates all = {0};
    size_t n = 0;

    assert_int_equal(ia_candidates_build(NULL, &rules, &all), IA_OK);
    const ia_ion iron = ia_ion_of("Fe++");
    const ia_candidate *real = candidate_of(&all, "Fe++");
    for (size_t i = 0; real->invented && i < all.n; i++)
        if (!all.list[i].invented && ia_ion_is_equal(&all.list[i].ion, &iron))
            real = &all.list[i];
    for (size_t i = 0; i < all.n; i++) {
        const ia_candidate *c = &all.list[i];
        assert_true(c->matter < all.n_matters);
        if (!c->invented || !ia_ion_is_equal(&c->ion, &iron))
            continue;
        n++;
        double moved = 2 * fabs(c->lines[0].mass - real->lines[0].mass);
        assert_true(moved > 0.29 && moved < 1.71 && fabs(moved - 1) > 0.29);
        assert_int_equal(c->n_lines, real->n_lines);
        assert_true(c->log_prior == real->log_prior && c->matter != real->matter);
        for (size_t k = 0; k < c->n_lines; k++)
            assert_true(c->lines[k].share == real->lines[k].share);
    }
    assert_int_equal(n, 3);
    ia_candidates_clear(&all);
}

static void limits_are_kept(void **state)
{
    (void)state;
    ia_identify_params p = ia_identify_defaults();
    ia_candidates all = {0};

    p.charge_max = 2;
    p.atoms_max = 2;
    assert_int_equal(build(NULL, &p, "Ti W", &all), IA_OK);
    for (size_t i = 0; i < all.n; i++) {
        assert_in_range(all.list[i].ion.charge, 1, 2);
        assert_in_range(ia_ion_atoms(&all.list[i].ion), 1, 2);
        double sum = 0;
        for (size_t k = 0; k < all.list[i].n_lines; k++)
            sum += all.list[i].lines[k].share;
        assert_true(fabs(sum - 1) < 0.02); // rare isotopologues are left out
    }
    ia_candidates_clear(&all);
}

static bool is_left_out(const ia_candidates *all, const char *name)
{
    const ia_candidate *c = candidate_of(all, name);
    assert_non_null(c);
    return c->left_out;
}

// What the hint leaves out still competes; residual gas is never left out.
static void a_hint_marks_what_it_leaves_out(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_identify_params p = ia_identify_defaults();
    ia_candidates all = {.n = 0};
    static const char *const told[] = {"FeC+", "H+", "H2+", "Ga+", "OH+", "OH2+", "N2+"};
    static const char *const left_out[] = {"O+", "FeO+", "Cr++", "O2++", "N+"};

    snprintf(p.elements, sizeof p.elements, " Fe, C;Mn");
    CHECK_OK(ctx, build(ctx, &p, "Fe O", &all));
    assert_true(all.is_hinted);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        assert_false(is_left_out(&all, told[i]));
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        assert_true(is_left_out(&all, left_out[i]));
    ia_candidates_clear(&all);

    p.elements[0] = 0;
    CHECK_OK(ctx, build(ctx, &p, "Fe O", &all));
    assert_false(all.is_hinted || is_left_out(&all, "FeO+"));
    ia_candidates_clear(&all);

    snprintf(p.elements, sizeof p.elements, "Fe,Xx");
    CHECK_FAILS(ctx, build(ctx, &p, "", &all), IA_ERR_PARAM, "\"Xx\" is no element");
    assert_int_equal(all.n, 0);
    ia_ctx_free(ctx);
}

static void short_memory_leaks_nothing(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_identify_params p = ia_identify_defaults();
    ia_candidates all = {0};

    p.charge_max = 1;
    p.atoms_max = 2;
    CHECK_STARVED(ctx, build(ctx, &p, "Fe", &all), ia_candidates_clear(&all));
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ions_at_28_are_listed),
        cmocka_unit_test(molecules_are_of_found_elements_and_gas),
        cmocka_unit_test(large_molecules_are_of_known_forms),
        cmocka_unit_test(invented_ions_lie_where_no_such_ion_is),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(a_hint_marks_what_it_leaves_out),
        cmocka_unit_test(short_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
