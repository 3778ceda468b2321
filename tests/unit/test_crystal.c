// tests/unit/test_crystal.c: lattices by name and cell, their symmetry, their poles.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

static ia_crystal parse(const char *text)
{
    ia_crystal crystal;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_OK(ctx, ia_crystal_parse(ctx, text, &crystal));
    ia_ctx_free(ctx);
    return crystal;
}

// Multiplicities and spacings from the International Tables.
static void families_are_those_of_the_tables(void **state)
{
    (void)state;
    const struct {
        const char *crystal;
        int hkl[4][3];
        size_t n[4];
        double spacing[4]; // over a
    } cases[] = {
        {"fcc:1",
         {{1, 1, 1}, {2, 0, 0}, {2, 2, 0}, {3, 1, 1}},
         {8, 6, 12, 24},
         {0.57735, 0.5, 0.353553, 0.301511}},
        {"bcc:1",
         {{1, 1, 0}, {2, 0, 0}, {2, 1, 1}, {3, 1, 0}},
         {12, 6, 24, 24},
         {0.707107, 0.5, 0.408248, 0.316228}},
        {"diamond:1",
         {{1, 1, 1}, {2, 2, 0}, {3, 1, 1}, {4, 0, 0}},
         {8, 12, 24, 6},
         {0.57735, 0.353553, 0.301511, 0.25}},
        {"hcp:1",
         {{1, 0, 0}, {0, 0, 2}, {1, 0, 1}, {1, 0, 2}},
         {6, 2, 12, 12},
         {0.866025, 0.816497, 0.765092, 0.594089}},
    };
    for (size_t c = 0; c < 4; c++) {
        ia_crystal crystal = parse(cases[c].crystal);
        ia_pole_catalogue catalogue;
        assert_int_equal(crystal.n_rotations, c == 3 ? 12 : 24);
        CHECK_OK(NULL, ia_pole_catalogue_build(NULL, &crystal, 4, &catalogue));
        size_t at = 0;
        for (size_t f = 0; f < 4; f++) {
            assert_true(fabs(catalogue.kinds[at].spacing - cases[c].spacing[f]) < 1e-5);
            for (size_t k = 0; k < 3; k++)
                assert_int_equal(catalogue.kinds[at].hkl[k], cases[c].hkl[f][k]);
            size_t begin = at;
            while (at < catalogue.n && catalogue.kinds[at].family == f)
                at++;
            assert_int_equal(at - begin, cases[c].n[f]);
        }
        assert_int_equal(at, catalogue.n);
        ia_pole_catalogue_clear(&catalogue);
    }
}

// The same lattice by name and by cell, group and atom; the group alone takes a general
// position: then (222) of diamond reflects, which its atoms cancel.
static void a_cell_says_what_a_name_says(void **state)
{
    (void)state;
    ia_crystal named = parse("diamond:0.543");
    ia_crystal cell = parse("cell:0.543,0.543,0.543,90,90,90:227:0,0,0");
    ia_crystal general = parse("cell:0.543,0.543,0.543,90,90,90:227");
    size_t differ = 0;
    for (int h = 0; h < 6; h++)
        for (int k = 0; k < 6; k++)
            for (int l = 0; l < 6; l++) {
                const int hkl[3] = {h, k, l};
                if (h + k + l == 0)
                    continue;
                assert_int_equal(ia_crystal_reflects(&named, hkl),
                                 ia_crystal_reflects(&cell, hkl));
                differ += ia_crystal_reflects(&named, hkl) !=
                          ia_crystal_reflects(&general, hkl);
            }
    assert_int_equal(named.n_atoms, 8);
    assert_true(differ > 0);
    assert_false(ia_crystal_reflects(&named, (const int[3]){2, 2, 2}));
    assert_true(ia_crystal_reflects(&general, (const int[3]){2, 2, 2}));
}

// Of handbooks: Al, W, Ti, Si; nm^3. A cell alone holds nobody knows how many.
static void atoms_fill_the_cell(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double volume;
    } known[] = {{"fcc:0.40495", 0.01660},
                 {"bcc:0.31652", 0.01586},
                 {"hcp:0.29508,0.46855", 0.01767},
                 {"diamond:0.54310", 0.02002},
                 {"cell:0.4,0.4,0.4,90,90,90:225", 0}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ia_crystal crystal;
        assert_int_equal(ia_crystal_parse(NULL, known[i].name, &crystal), IA_OK);
        assert_true(fabs(ia_crystal_atomic_volume(&crystal) - known[i].volume) < 1e-5);
    }
}

// Crystal frame: x along a, z along c*; a . a* = 1 also in a triclinic cell.
static void frames_are_as_agreed(void **state)
{
    (void)state;
    ia_crystal c = parse("cell:0.3,0.4,0.5,80,95,110:2");
    double normal[3], spacing = ia_crystal_normal(&c, (const int[3]){0, 0, 1}, normal);
    assert_true(c.direct[0][1] == 0 && c.direct[0][2] == 0 && c.direct[0][0] > 0);
    assert_true(fabs(normal[2] - 1) < 1e-12 && spacing > 0);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            double dot = 0;
            for (size_t x = 0; x < 3; x++)
                dot += c.direct[i][x] * c.reciprocal[k][x];
            assert_true(fabs(dot - (i == k)) < 1e-12);
        }
    assert_int_equal(c.n_rotations, 1);
}

// Orientations that a rotation of the crystal brings together are one.
static void misorientation_knows_symmetry(void **state)
{
    (void)state;
    const double one[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const double quarter[3][3] = {{0, -1, 0}, {1, 0, 0}, {0, 0, 1}};
    double s = sin(0.2), c = cos(0.2);
    const double little[3][3] = {{c, -s, 0}, {s, c, 0}, {0, 0, 1}};
    ia_crystal cubic = parse("fcc"), hexagonal = parse("hcp");
    assert_true(ia_misorientation(&cubic, one, quarter) < 1e-7);
    assert_true(fabs(ia_misorientation(&hexagonal, one, quarter) - acos(-1.0) / 6) <
                1e-7);
    assert_true(fabs(ia_misorientation(&cubic, one, little) - 0.2) < 1e-7);
}

static void what_is_no_crystal_is_told(void **state)
{
    (void)state;
    const struct {
        const char *text, *sentence;
    } cases[] = {
        {"", "is no crystal"},
        {"fccc", "is no crystal"},
        {"fcc:", "fcc:a in nm"},
        {"fcc:x", "fcc:a in nm"},
        {"fcc:0.4,0.5", "fcc:a in nm"},
        {"hcp:0.3,0.5,1", "hcp:a,c in nm"},
        {"hcp:0.3,0", "hcp:a,c in nm"},
        {"fcc:-1", "make no cell"},
        {"cell:1,1,1,90,90,90", "the number of the space group"},
        {"cell:1,1,1,90,90,90:", "the number of the space group"},
        {"cell:1,1,1,90,90,90:225x", "the number of the space group"},
        {"cell:1,1,1,90,90,90:231", "1 to 230"},
        {"cell:1,1,2,90,90,90:225", "lacks the symmetry"},
        {"cell:1,1,1,20,20,90:1", "make no cell"},
        {"cell:1,1,1,90,90,90:225:0,0", "no list of"},
    };
    ia_ctx *ctx = ia_ctx_new();
    ia_crystal crystal;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_FAILS(ctx, ia_crystal_parse(ctx, cases[i].text, &crystal), IA_ERR_PARAM,
                    cases[i].sentence);
    ia_ctx_free(ctx);
}

static void memory_that_is_short_is_told(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_crystal crystal = parse("bcc");
    ia_pole_catalogue catalogue;
    CHECK_STARVED(ctx, ia_pole_catalogue_build(ctx, &crystal, 3, &catalogue),
                  ia_pole_catalogue_clear(&catalogue));
    ia_ctx_free(ctx);
}

static void assert_near(double a, double b, double within)
{
    assert_true(fabs(a - b) <= within);
}

// Amplitudes of the International Tables: of diamond, half the intensity in odd planes
// and none in 200; of hcp a quarter in 100 and 102, three quarters in 101. Times the
// spacing, 220 comes before 111, and 002, 101 of hcp before 110.
static void split_planes_come_later(void **state)
{
    (void)state;
    static const struct {
        const char *crystal;
        int first[3], second[3];
        double share; // of the first
    } cases[] = {{"fcc", {1, 1, 1}, {2, 0, 0}, 1},
                 {"diamond", {2, 2, 0}, {1, 1, 1}, 1},
                 {"hcp", {0, 0, 2}, {1, 0, 1}, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ia_crystal crystal;
        ia_pole_catalogue c;
        double normal[3];
        CHECK_OK(NULL, ia_crystal_parse(NULL, cases[i].crystal, &crystal));
        CHECK_OK(NULL, ia_pole_catalogue_build(NULL, &crystal, 12, &c));
        ia_pole_catalogue_rank(4, &c);
        assert_int_equal(c.n_families, 4);
        for (size_t f = 0; f < 2; f++) {
            const int *hkl = f == 0 ? cases[i].first : cases[i].second;
            double spacing = ia_crystal_normal(&crystal, hkl, normal);
            double amplitude = ia_crystal_amplitude(&crystal, hkl);
            size_t k = 0;
            while (c.kinds[k].family < f)
                k++;
            assert_near(c.kinds[k].spacing, spacing, 1e-9);
            assert_near(c.kinds[k].strength, spacing * amplitude * amplitude, 1e-9);
        }
        for (size_t k = 1; k < c.n; k++)
            assert_true(c.kinds[k].strength <= c.kinds[k - 1].strength * (1 + 1e-9));
        assert_near(ia_crystal_amplitude(&crystal, cases[i].first), cases[i].share, 1e-9);
        ia_pole_catalogue_clear(&c);
    }
    ia_crystal hcp, diamond;
    CHECK_OK(NULL, ia_crystal_parse(NULL, "hcp", &hcp));
    CHECK_OK(NULL, ia_crystal_parse(NULL, "diamond", &diamond));
    assert_near(pow(ia_crystal_amplitude(&hcp, (int[3]){1, 0, 0}), 2), 0.25, 1e-9);
    assert_near(pow(ia_crystal_amplitude(&hcp, (int[3]){1, 0, 1}), 2), 0.75, 1e-9);
    assert_near(pow(ia_crystal_amplitude(&diamond, (int[3]){3, 1, 1}), 2), 0.5, 1e-9);
    assert_near(ia_crystal_amplitude(&diamond, (int[3]){2, 0, 0}), 0, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_are_those_of_the_tables),
        cmocka_unit_test(a_cell_says_what_a_name_says),
        cmocka_unit_test(atoms_fill_the_cell),
        cmocka_unit_test(frames_are_as_agreed),
        cmocka_unit_test(split_planes_come_later),
        cmocka_unit_test(misorientation_knows_symmetry),
        cmocka_unit_test(what_is_no_crystal_is_told),
        cmocka_unit_test(memory_that_is_short_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
