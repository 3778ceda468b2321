// tests/unit/test_enumerate.c: enumeration of nuclides whose masses add up.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

#include "spectrum/enumerate.h"

#include <time.h>

// Natural nuclides of these elements; all where there is none.
static ia_members natural(const char *symbols)
{
    ia_members m = {.list = calloc(400, sizeof(ia_member))};
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        const ia_element *e = ia_element_of(z);
        char padded[8];
        snprintf(padded, sizeof padded, " %s ", e->symbol);
        for (size_t i = 0; i < e->n_nuclides; i++)
            if (e->nuclides[i].abundance > 0 && (!*symbols || strstr(symbols, padded)))
                m.list[m.n++] = (ia_member){
                    .nuclide = &e->nuclides[i],
                    .mass = e->nuclides[i].mass,
                    .log_abundance = log(e->nuclides[i].abundance),
                    .cost = 1,
                };
    }
    assert_int_equal(ia_members_finish(NULL, &m), IA_OK);
    return m;
}

static ia_enumeration rules_of(const ia_members *m, double mass, double reach)
{
    return (ia_enumeration){.members = m,
                            .lo = mass - reach,
                            .hi = mass + reach,
                            .charge_max = 2,
                            .atoms_max = 2,
                            .log_least = -INFINITY,
                            .atom_cost = 1,
                            .charge_cost = 1,
                            .most = 1000};
}

// Every ordered tuple of up to four atoms, the slow and obvious way.
static size_t count_by_hand(const ia_enumeration *r)
{
    const ia_member *m = r->members->list;
    size_t n = r->members->n, found = 0;
    for (unsigned z = 1; z <= r->charge_max; z++)
        for (size_t code = 0; code < n * n * n * n; code++) {
            size_t at[4] = {code % n, code / n % n, code / n / n % n, code / n / n / n};
            for (unsigned k = 1; k <= r->atoms_max; k++) {
                double mass = -(double)z * ia_electron_mass;
                unsigned protons = 0;
                bool rising = true, rest_is_zero = true;
                for (unsigned i = 0; i < 4; i++) {
                    if (i < k) {
                        mass += m[at[i]].mass;
                        protons += m[at[i]].nuclide->z;
                        rising = rising && (i == 0 || at[i - 1] <= at[i]);
                    } else {
                        rest_is_zero = rest_is_zero && at[i] == 0;
                    }
                }
                found += rising && rest_is_zero && z <= protons && mass / z >= r->lo &&
                         mass / z <= r->hi;
            }
        }
    return found;
}

static void all_ions_at_28_are_there(void **state)
{
    (void)state;
    static const struct {
        unsigned z[2], a[2], atoms, charge;
        double mass; // m/n by NIST masses less the electrons'
    } due[] = {{{14}, {28}, 1, 1, 27.97638},
               {{6, 8}, {12, 16}, 2, 1, 27.99437},
               {{7, 7}, {14, 14}, 2, 1, 28.00560},
               {{26}, {56}, 1, 2, 27.96692}};
    ia_members m = natural(" C N O Si Fe ");
    const ia_enumeration rules = rules_of(&m, 28, 0.05);
    ia_combination *list = NULL;
    size_t n = 0, n_right = 0;
    uint64_t found = 0;

    assert_int_equal(ia_enumeration_run(NULL, &rules, &list, &n, &found), IA_OK);
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < n; i++) {
            const ia_combination *c = &list[i];
            bool same = c->n_atoms == due[k].atoms && c->charge == due[k].charge;
            for (unsigned j = 0; same && j < c->n_atoms; j++) {
                const ia_nuclide *nuclide = m.list[c->member[j]].nuclide;
                same = nuclide->z == due[k].z[j] && nuclide->a == due[k].a[j];
            }
            if (!same)
                continue;
            n_right++;
            assert_true(fabs((c->mass - c->charge * ia_electron_mass) / c->charge -
                             due[k].mass) < 1e-5);
        }
    assert_int_equal(n_right, 4);
    assert_int_equal(found, n);
    free(list);
    ia_members_clear(&m);
}

// Against the slow and obvious loop, also where several nuclides of one element meet.
static void none_is_left_out(void **state)
{
    (void)state;
    static const double masses[] = {1.0, 2.0, 16, 17.5, 28, 29.3, 32, 44, 60, 100};
    ia_members m = natural(" H C O Si Fe ");

    for (size_t k = 0; k < sizeof masses / sizeof *masses; k++) {
        ia_enumeration rules = rules_of(&m, masses[k], 0.3);
        ia_combination *list = NULL;
        size_t n = 0;
        uint64_t found = 0;
        rules.atoms_max = 4;
        rules.charge_max = 3;
        rules.most = 7;
        assert_int_equal(ia_enumeration_run(NULL, &rules, &list, &n, &found), IA_OK);
        assert_int_equal(found, count_by_hand(&rules));
        assert_int_equal(n, found < 7 ? found : 7);
        for (size_t i = 1; i < n; i++)
            assert_true(list[i - 1].key >= list[i].key);
        free(list);
    }
    ia_members_clear(&m);
}

// The probability of an isotopologue is that of the multinomial pattern.
static void abundances_are_those_of_the_pattern(void **state)
{
    (void)state;
    ia_members m = natural(" Cl O ");
    ia_ion ion = ia_ion_of("Cl2O3+");
    ia_isotopologue *pattern = NULL;
    size_t n_pattern = 0;

    assert_int_equal(ia_ion_pattern(NULL, &ion, 1e-9, &pattern, &n_pattern), IA_OK);
    assert_true(n_pattern > 10);
    for (size_t i = 0; i < n_pattern; i++) {
        ia_enumeration rules = rules_of(&m, pattern[i].mass - ia_electron_mass, 1e-7);
        ia_combination *list = NULL;
        size_t n = 0;
        uint64_t found = 0;
        rules.atoms_max = 5;
        rules.charge_max = 1;
        assert_int_equal(ia_enumeration_run(NULL, &rules, &list, &n, &found), IA_OK);
        assert_int_equal(n, 1);
        assert_true(fabs(exp(list[0].log_abundance) / pattern[i].probability - 1) < 1e-9);
        rules.log_least = log(pattern[i].probability) + 1e-6; // a little too much to ask
        free(list);
        assert_int_equal(ia_enumeration_run(NULL, &rules, &list, &n, &found), IA_OK);
        assert_int_equal(n, 0);
        assert_int_equal(found, 0);
        free(list);
    }
    free(pattern);
    ia_members_clear(&m);
}

// C3H5 has eight atoms: once with 12C alone, once with one 13C, and an electron more or
// less.
static void hydrocarbons_may_be_larger(void **state)
{
    (void)state;
    ia_members m = natural(" C H O ");
    for (int k = 0; k < 8; k++) {
        bool negative = k & 1, heavy = k & 2, asked = k & 4;
        double mass = 3 * 12 + 5 * 1.00782503 + (heavy ? 1.00335484 : 0);
        ia_enumeration rules =
            rules_of(&m, mass + (negative ? 1 : -1) * ia_electron_mass, 1e-6);
        ia_combination *list = NULL;
        size_t n = 0;
        uint64_t found = 0;
        rules.charge_max = 1;
        rules.atoms_max = 4;
        rules.negative = negative;
        rules.carbon_max = asked ? 3 : 0;
        assert_int_equal(ia_enumeration_run(NULL, &rules, &list, &n, &found), IA_OK);
        assert_int_equal(n, asked);
        for (size_t i = 0; i < n; i++) {
            ia_ion ion, kind;
            ia_combination_name(&m, &list[i], &ion, &kind);
            assert_string_equal(kind.name, negative ? "C3H5-" : "C3H5+");
            assert_true(fabs(exp(list[i].log_abundance) - (heavy ? 0.0311 : 0.967)) <
                        2e-3);
        }
        free(list);
    }
    ia_members_clear(&m);
}

static void the_best_are_the_same_on_any_threads(void **state)
{
    (void)state;
    ia_members m = natural("");
    ia_ctx *ctx = ia_ctx_new();
    ia_combination *lists[2];
    size_t n[2];
    uint64_t found[2];

    for (size_t k = 0; k < 2; k++) {
        ia_enumeration rules = rules_of(&m, 44, 0.05);
        rules.atoms_max = 4;
        rules.most = 200;
        ia_ctx_set_threads(ctx, k ? 3 : 1);
        CHECK_OK(ctx, ia_enumeration_run(ctx, &rules, &lists[k], &n[k], &found[k]));
    }
    assert_int_equal(n[0], n[1]);
    assert_int_equal(found[0], found[1]);
    assert_memory_equal(lists[0], lists[1], n[0] * sizeof **lists);
    free(lists[0]);
    free(lists[1]);
    ia_members_clear(&m);
    ia_ctx_free(ctx);
}

// Leaving out what cannot be among the best changes nothing of these.
static void the_best_alone_are_the_same(void **state)
{
    (void)state;
    ia_members m = natural("");
    static const double masses[] = {14, 28, 63.9};

    for (size_t k = 0; k < 6; k++) {
        ia_combination *lists[2];
        size_t n[2];
        uint64_t found[2];
        for (int best = 0; best < 2; best++) {
            ia_enumeration rules = rules_of(&m, masses[k / 2], 0.05);
            rules.atoms_max = 4;
            rules.charge_max = 3;
            rules.most = 50;
            rules.only_best = best;
            rules.log_least = k % 2 ? log(1e-3) : -INFINITY;
            assert_int_equal(
                ia_enumeration_run(NULL, &rules, &lists[best], &n[best], &found[best]),
                IA_OK);
        }
        assert_true(n[0] > 0 && n[0] == n[1]);
        assert_memory_equal(lists[0], lists[1], n[0] * sizeof **lists);
        free(lists[0]);
        free(lists[1]);
    }
    ia_members_clear(&m);
}

// Five atoms, charge 4, all natural elements, any abundance: a second of processor time
// at most, at the m/n where the combinations are most.
static void five_atoms_of_all_elements_take_under_a_second(void **state)
{
    (void)state;
    ia_members m = natural("");
    ia_ctx *ctx = ia_ctx_new();
    static const double masses[] = {28, 150};

    ia_ctx_set_threads(ctx, 1);
    for (size_t k = 0; k < 2; k++) {
        ia_enumeration rules = rules_of(&m, masses[k], 0.05);
        ia_combination *list = NULL;
        size_t n = 0;
        uint64_t found = 0;
        rules.atoms_max = 5;
        rules.charge_max = 4;
        rules.most = 400;
        clock_t begin = clock();
        CHECK_OK(ctx, ia_enumeration_run(ctx, &rules, &list, &n, &found));
        double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        print_message("%g Da: %llu ions, %.2f s\n", masses[k], (unsigned long long)found,
                      seconds);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        assert_true(seconds < 1);
#endif
        assert_true(found > (k ? 3000000u : 90000u) && n == 400);
        free(list);
    }
    ia_members_clear(&m);
    ia_ctx_free(ctx);
}

static void short_memory_is_told(void **state)
{
    (void)state;
    ia_members m = natural(" C O ");
    ia_enumeration rules = rules_of(&m, 28, 0.05);
    ia_ctx *ctx = ia_ctx_new();
    ia_combination *list = NULL;
    size_t n = 0;
    uint64_t found = 0;

    CHECK_STARVED(ctx, (free(m.pairs), m.pairs = NULL, ia_members_finish(ctx, &m)),
                  (void)0);
    CHECK_STARVED(ctx, ia_enumeration_run(ctx, &rules, &list, &n, &found), free(list));
    assert_int_equal(n, found);
    ia_ctx_free(ctx);
    ia_members_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ions_at_28_are_there),
        cmocka_unit_test(none_is_left_out),
        cmocka_unit_test(abundances_are_those_of_the_pattern),
        cmocka_unit_test(hydrocarbons_may_be_larger),
        cmocka_unit_test(the_best_are_the_same_on_any_threads),
        cmocka_unit_test(the_best_alone_are_the_same),
        cmocka_unit_test(five_atoms_of_all_elements_take_under_a_second),
        cmocka_unit_test(short_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
