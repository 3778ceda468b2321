// tests/physics/test_planes_lattices.c: a crystal told wrongly is noticed, one told
// rightly is not doubted.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "grown_case.h"

enum { N_KINDS = 4, SEEDS = IS_SLOWED ? 1 : 3 };

static const crystal_case kinds[N_KINDS] = {
    {.lattice = FCC, .a = 0.405, .composition = "Al"},
    {.lattice = BCC, .a = 0.2866, .composition = "Fe"},
    {.lattice = HCP, .a = 0.295, .composition = "Ti"},
    {.lattice = DIAMOND, .a = 0.543, .composition = "Si"}};
static const char *const names[N_KINDS] = {"fcc:0.405", "bcc:0.2866", "hcp:0.295",
                                           "diamond:0.543"};

// A block of a kind, turned anew with each seed.
static void add_kind(grown *g, size_t kind, uint64_t seed)
{
    crystal_case c = kinds[kind];
    c.seed = seed;
    c.sigma_xy = 0.05;
    c.sigma_z = 0.03;
    c.wide = c.deep = BLOCK;
    c.efficiency = 0.5;
    c.turn[0] = 7 * (double)seed;
    c.turn[1] = 11 * (double)seed - 20;
    g->blocks.n = 0;
    add_block(g->ctx, &c, 0, NULL, &g->blocks);
}

// Fcc, bcc, hcp and diamond, each turned in three ways, told as what they are: no word.
static void a_true_crystal_is_not_doubted(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < N_KINDS; kind++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            grown g = grown_of(names[kind]);
            add_kind(&g, kind, seed);
            find_grains(&g, 0);
            if (!g.planes.indexed || ia_ctx_n_warnings(g.ctx) > 0)
                fail_msg("%s, seed %d: doubted", names[kind], (int)seed);
            assert_string_equal(g.planes.lattices[0].crystal, names[kind]);
            assert_int_equal(g.planes.lattices[0].n_turns, 1);
            clear_grown(&g);
        }
}

// Each told as each of the others: not indexed, and one sentence with the true lattice
// and its size, within half a per cent.
static void a_wrong_crystal_is_noticed(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < N_KINDS; kind++)
        for (size_t told = 0; told < N_KINDS; told++) {
            grown g = grown_of(names[told]);
            if (told == kind || (IS_SLOWED && told != (kind + 1) % N_KINDS)) {
                clear_grown(&g);
                continue;
            }
            add_kind(&g, kind, 1 + told);
            find_grains(&g, 0);
            assert_false(g.planes.indexed);
            const ia_planes_evidence *better = ia_planes_better(&g.planes);
            if (!better)
                fail_msg("%s told as %s: not noticed", names[kind], names[told]);
            const char *size = strchr(better->crystal, ':');
            size_t n = (size_t)(size - better->crystal);
            if (strncmp(better->crystal, names[kind], n + 1) != 0 ||
                !(fabs(atof(size + 1) / kinds[kind].a - 1) < 5e-3))
                fail_msg("%s told as %s: %s is better", names[kind], names[told],
                         better->crystal);
            assert_int_equal(ia_ctx_n_warnings(g.ctx), 1);
            assert_non_null(strstr(ia_ctx_warning(g.ctx, 0), better->crystal));
            clear_grown(&g);
        }
}

// A crystal of the right kind, 0.2866 / 0.32 of its size, and ions of no crystal: the
// first is told in a sentence, of the second nothing is said.
static void a_wrong_size_is_noticed(void **state)
{
    (void)state;
    grown g = grown_of("bcc:0.32");
    add_kind(&g, 1, 2);
    find_grains(&g, 0);
    assert_non_null(strstr(ia_ctx_warning(g.ctx, 0), "are 0.896 times"));
    clear_grown(&g);
    g = grown_of("bcc:0.2866");
    crystal_case c = iron;
    c.lattice = RANDOM;
    c.seed = 5;
    c.wide = c.deep = 9;
    add_block(g.ctx, &c, 0, NULL, &g.blocks);
    find_grains(&g, 0);
    assert_false(g.planes.indexed);
    assert_int_equal(ia_ctx_n_warnings(g.ctx), 0);
    clear_grown(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_crystal_is_not_doubted),
        cmocka_unit_test(a_wrong_crystal_is_noticed),
        cmocka_unit_test(a_wrong_size_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
