// bench/range_rules.c: what each rule for the bounds of ranges costs or gains in
// composition.
// SPDX-License-Identifier: GPL-3.0-or-later
//
// usage: range_rules [ions [resolving power [background]]]...  prints a table in Markdown
#include <ionatlas/ionatlas.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 5, DECADES = 5 };

// No two ions share a line, so that what is off comes from the bounds alone.
static const char *const materials[][2] = {
    {"Fe Mn:0.01 C:0.005 B:0.002 Cu:0.0002", "H+:0.002"},
    {"Al Cu:0.02 Mg:0.02 Zn:0.001 Ag:0.0001", "H+:0.004"},
    {"Ni Al:0.13 Re:0.02 Co:0.1 B:0.0005", "H+:0.003"},
    {"Ti Al:0.1 V:0.04 Nb:0.001", "H+:0.01"},
    {"W Re:0.05 Ta:0.001", "H+:0.002"},
    {"Cu Ni:0.3 Cr:0.001 Zr:0.0001", "H+:0.002"},
    {"Mg Al:0.03 Zn:0.01 Ca:0.002 Li:0.0003", "H+:0.006"},
    {"Si Ge:0.2 B:0.001 As:0.0001", "H+:0.001"},
    {"Zr Sn:0.012 Nb:0.01 Fe:0.001", "H+:0.02"},
    {"Co:0.5 Pt B:0.0001", "H+:0.001"},
};
enum { MATERIALS = sizeof materials / sizeof *materials };

// Errors over the counting limit sqrt(c (100 - c) / atoms), by decades of the true at.%:
// above 10, above 1, 0.1, 0.01 and less.
typedef struct {
    double squares[IA_RULES + 1][DECADES], sum[IA_RULES + 1][DECADES];
    double absolute[IA_RULES + 1]; // squares of at.%
    size_t n[DECADES], n_all;
} score;

static void fail(const ia_ctx *ctx)
{
    fprintf(stderr, "range_rules: %s\n", ia_ctx_message(ctx));
    exit(1);
}

static void plan(const ia_specimen *s, double share[IA_Z_MAX + 1], double *atoms)
{
    double total = 0;
    memset(share, 0, (IA_Z_MAX + 1) * sizeof *share);
    for (size_t i = 0; i < s->n_species; i++)
        for (unsigned z = 1; z <= IA_Z_MAX; z++) {
            double n = s->probability[i] * ia_ion_count(&s->ions_of[i], z);
            share[z] += n;
            total += n;
        }
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        share[z] /= total;
    *atoms = total * (double)s->ions.n;
}

static void add(score *sc, size_t rule, const ia_composition *c, const double *share,
                double atoms)
{
    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        double told = 0, truth = 100 * share[z];
        if (truth <= 0)
            continue;
        for (size_t i = 0; i < c->n_elements; i++)
            if (c->elements[i].z == z)
                told = c->elements[i].corrected_percent;
        double limit = sqrt(truth * (100 - truth) / atoms), off = told - truth;
        int decade = truth > 10     ? 0
                     : truth > 1    ? 1
                     : truth > 0.1  ? 2
                     : truth > 0.01 ? 3
                                    : 4;
        sc->squares[rule][decade] += off * off / (limit * limit);
        sc->sum[rule][decade] += off / limit;
        sc->absolute[rule] += off * off;
        sc->n[decade] += rule == 0;
        sc->n_all += rule == 0;
    }
}

static void run(ia_ctx *ctx, const ia_simulate_params *p, score *sc)
{
    ia_specimen specimen = {0};
    ia_spectrum spectrum = {0};
    ia_identification id = {.notes = NULL};
    ia_rule_comparison rules = {.by_rule = {{0}}};
    ia_identify_params hint = ia_identify_defaults();
    double share[IA_Z_MAX + 1], atoms;

    if (ia_specimen_compute(ctx, p, &specimen) != IA_OK ||
        ia_spectrum_compute(ctx, &specimen.ions, NULL, &spectrum) != IA_OK)
        fail(ctx);
    plan(&specimen, share, &atoms);
    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        if (share[z] > 0)
            snprintf(hint.elements + strlen(hint.elements), 8, "%s%s",
                     *hint.elements ? "," : "", ia_element_of(z)->symbol);
    if (ia_identify_compute(ctx, &spectrum, &hint, NULL, &id) != IA_OK ||
        ia_rules_compute(ctx,
                         &(ia_autorange_input){&spectrum, &id.background, &id.peaks,
                                               &id.assignment, &specimen.ions},
                         NULL, &rules) != IA_OK)
        fail(ctx);
    for (size_t r = 0; r < IA_RULES; r++)
        add(sc, r, &rules.by_rule[r], share, atoms);
    ia_rule_comparison_clear(&rules);
    ia_identification_clear(&id);
    ia_spectrum_clear(&spectrum);
    ia_specimen_clear(&specimen);
}

static void bench(size_t n_ions, double resolving_power, double background)
{
    static score sc;
    ia_ctx *ctx = ia_ctx_new();

    sc = (score){0};
    for (size_t m = 0; m < MATERIALS; m++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            ia_simulate_params p = ia_simulate_defaults();
            p.specimen = 3; // spectrum
            p.seed = 1000 * m + seed;
            p.n_ions = n_ions;
            p.m_max = 220;
            p.ions[0] = 0;
            p.resolving_power = resolving_power;
            p.background = background;
            snprintf(p.composition, sizeof p.composition, "%s", materials[m][0]);
            snprintf(p.molecules, sizeof p.molecules, "%s", materials[m][1]);
            run(ctx, &p, &sc);
        }
    for (size_t r = 0; r < IA_RULES; r++) {
        printf("| %zu | %g | %g%% | %s | %.3f |", n_ions, resolving_power,
               100 * background, ia_rule_name((ia_rule)r),
               sqrt(sc.absolute[r] / (double)sc.n_all));
        for (size_t d = 0; d < DECADES; d++)
            printf(" %.2f (%+.2f) |", sqrt(sc.squares[r][d] / (double)sc.n[d]),
                   sc.sum[r][d] / (double)sc.n[d]);
        printf("\n");
    }
    ia_ctx_free(ctx);
}

int main(int argc, char **argv)
{
    printf("| ions | m/dm | background | rule | RMS error, at.%% | > 10 at.%% | 1-10 | "
           "0.1-1 "
           "| 0.01-0.1 | < 0.01 |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (int i = 1; i + 2 < argc; i += 3)
        bench(strtoul(argv[i], NULL, 10), strtod(argv[i + 1], NULL),
              strtod(argv[i + 2], NULL));
    return 0;
}
