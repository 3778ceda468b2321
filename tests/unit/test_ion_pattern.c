// tests/unit/test_ion_pattern.c: isotope patterns against plain expansion, charges
// against known m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "range_case.h"

typedef struct {
    ia_isotopologue list[4096];
    size_t n;
} expansion;

// Every assignment of isotopes to atoms, one at a time, without any cut: the definition.
static void expand(const ia_ion *ion, size_t part, unsigned atom, double mass, double p,
                   expansion *out)
{
    if (part == ion->n_parts) {
        for (size_t i = 0; i < out->n; i++) {
            if (fabs(out->list[i].mass - mass) < 1e-9) {
                out->list[i].probability += p;
                return;
            }
        }
        assert_true(out->n < 4096);
        out->list[out->n++] = (ia_isotopologue){mass, p};
        return;
    }
    const ia_ion_part *q = &ion->parts[part];
    if (atom == q->count) {
        expand(ion, part + 1, 0, mass, p, out);
        return;
    }
    const ia_element *e = ia_element_of(q->z);
    for (size_t i = 0; i < e->n_nuclides; i++) {
        const ia_nuclide *n = &e->nuclides[i];
        double share = q->a ? (n->a == q->a) : n->abundance;
        if (share > 0)
            expand(ion, part, atom + 1, mass + n->mass, p * share, out);
    }
}

static double probability_at(const expansion *e, double mass)
{
    for (size_t i = 0; i < e->n; i++)
        if (fabs(e->list[i].mass - mass) < 1e-8)
            return e->list[i].probability;
    return 0;
}

// 1e-9 allows for the order of products; the abundances sum to 1 within 1e-9.
static void patterns_are_the_plain_expansion(void **state)
{
    static const char *formulas[] = {"Fe",    "Mo2",  "SiO2",  "H2O",
                                     "56FeO", "16O2", "Cr2O3", "WC"};
    const double least = 1e-6;

    (void)state;
    for (size_t f = 0; f < sizeof formulas / sizeof formulas[0]; f++) {
        static expansion plain;
        ia_ion ion = ia_ion_of(formulas[f]);
        ia_isotopologue *list;
        size_t n, n_above = 0;

        plain.n = 0;
        expand(&ion, 0, 0, 0, 1, &plain);
        assert_int_equal(ia_ion_pattern(NULL, &ion, least, &list, &n), IA_OK);
        for (size_t i = 0; i < plain.n; i++)
            n_above += plain.list[i].probability >= least * 1.001;
        assert_true(n >= n_above);
        for (size_t i = 0; i < n; i++) {
            assert_true(i == 0 || list[i].mass > list[i - 1].mass);
            assert_true(fabs(list[i].probability - probability_at(&plain, list[i].mass)) <
                        1e-9);
            assert_true(list[i].probability >= least);
        }
        free(list);
    }
}

// Natural tungsten as in any table of isotopes: 26.50, 14.31, 30.64, 28.43 and 0.12 %.
static void tungsten_has_its_known_pattern(void **state)
{
    static const double percent[] = {0.12, 26.50, 14.31, 30.64, 28.43};
    ia_ion ion = ia_ion_of("W+++");
    ia_isotopologue *list;
    size_t n;

    (void)state;
    assert_int_equal(ia_ion_pattern(NULL, &ion, 1e-6, &list, &n), IA_OK);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++)
        assert_true(fabs(100 * list[i].probability - percent[i]) < 0.005);
    free(list);
}

// The worst an ion can be: 32 atoms of the elements with most isotopes. The probabilities
// left out are those below the cut, so that the sum stays below 1.
static void largest_patterns_stay_small(void **state)
{
    ia_ion ion = ia_ion_of("Sn4Xe4Cd4Te4Ba4Dy4Gd4Hg4");
    ia_isotopologue *list;
    size_t n;
    double sum = 0;

    (void)state;
    assert_int_equal(ia_ion_atoms(&ion), 32);
    assert_int_equal(ia_ion_pattern(NULL, &ion, 1e-6, &list, &n), IA_OK);
    for (size_t i = 0; i < n; i++)
        sum += list[i].probability;
    assert_true(sum <= 1);
    free(list);
}

static void labels_and_elements_without_isotopes_are_refused(void **state)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ion label = ia_ion_of("59"), technetium = ia_ion_of("TcO");
    ia_isotopologue *list = NULL;
    size_t n = 7;

    (void)state;
    assert_int_equal(ia_ion_pattern(ctx, &label, 1e-6, &list, &n), IA_ERR_PARAM);
    assert_string_equal(ia_ctx_message(ctx),
                        "\"59\" is no formula: it has no isotope pattern");
    ia_ctx_reset(ctx);
    assert_int_equal(ia_ion_pattern(ctx, &technetium, 1e-6, &list, &n), IA_ERR_PARAM);
    assert_string_equal(ia_ctx_message(ctx),
                        "Tc has no natural isotopes: name the isotope of it in TcO");
    assert_null(list);
    assert_int_equal(n, 7);
    ia_ctx_free(ctx);
}

static void short_memory_is_survived(void **state)
{
    ia_ion ion = ia_ion_of("Mo3");
    ia_status st = IA_ERR_MEMORY;

    (void)state;
    for (size_t k = 1; st == IA_ERR_MEMORY; k++) {
        ia_ctx *ctx = ia_ctx_new();
        ia_isotopologue *list = NULL;
        size_t n = 0;
        ia_ctx_fail_alloc(ctx, k);
        st = ia_ion_pattern(ctx, &ion, 1e-6, &list, &n);
        assert_true(st == IA_OK ? k > 2 : list == NULL && n == 0);
        free(list);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
}

static unsigned charge(const char *formula, double lo, double hi)
{
    ia_ion ion = ia_ion_of(formula);

    return ia_ion_infer_charge(&ion, lo, hi);
}

static void charges_follow_from_the_mass(void **state)
{
    (void)state;
    assert_int_equal(charge("Fe", 55.8, 56.1), 1);
    assert_int_equal(charge("Fe", 27.9, 28.1), 2);
    assert_int_equal(charge("Al", 8.9, 9.1), 3);
    assert_int_equal(charge("W", 45.4, 46.6), 4);
    assert_int_equal(charge("FeO", 71.9, 72), 1);
    assert_int_equal(charge("56Fe", 27.9, 28.1), 2);
}

static void unclear_charges_stay_unknown(void **state)
{
    (void)state;
    assert_int_equal(charge("Fe", 27, 57), 0); // both
    assert_int_equal(charge("Fe", 40, 41), 0); // none
    assert_int_equal(charge("59", 58, 60), 0);
    assert_int_equal(charge("Tc", 96, 100), 0);
    assert_int_equal(charge("Ca", 40.95, 41.05), 0); // 41Ca is not natural
}

// 56Fe+ lies at 55.93439 Da.
static void slack_is_two_hundredths(void **state)
{
    (void)state;
    assert_int_equal(charge("56Fe", 55.9540, 55.98), 1);
    assert_int_equal(charge("56Fe", 55.9550, 55.98), 0);
    assert_int_equal(charge("56Fe", 55.90, 55.9145), 1);
    assert_int_equal(charge("56Fe", 55.90, 55.9143), 0);
}

static bool may_lie(const char *name, double lo, double hi)
{
    ia_ion ion = ia_ion_of(name);
    return ia_ion_may_lie_in(&ion, lo, hi);
}

// By hand: Au is 197 Da, N2 of 15N 1.3e-5 of all, O2 of 16O17O 7.6e-4, D 1.15e-4 of H.
static void a_name_may_be_no_ion_there(void **state)
{
    (void)state;
    assert_false(may_lie("Au", 27.9, 28.1));
    assert_true(may_lie("Au", 49.1, 49.4)); // with charge 4
    assert_false(may_lie("Au+", 49.1, 49.4));
    assert_true(may_lie("Fe", 26.9, 27.1)); // 54Fe++
    assert_true(may_lie("O2", 32.9, 33.1));
    assert_false(may_lie("N2", 29.9, 30.1));
    assert_false(may_lie("H", 1.9, 2.1));
    assert_true(may_lie("D", 1.9, 2.1));
    assert_true(may_lie("Ac", 9, 10)); // nature has none
    assert_true(may_lie("noise", 9, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_may_be_no_ion_there),
        cmocka_unit_test(patterns_are_the_plain_expansion),
        cmocka_unit_test(tungsten_has_its_known_pattern),
        cmocka_unit_test(largest_patterns_stay_small),
        cmocka_unit_test(labels_and_elements_without_isotopes_are_refused),
        cmocka_unit_test(short_memory_is_survived),
        cmocka_unit_test(charges_follow_from_the_mass),
        cmocka_unit_test(unclear_charges_stay_unknown),
        cmocka_unit_test(slack_is_two_hundredths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
