// src/spectrum/tof_rows.c: rows of features with their truth, from specimens drawn.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ia_tof_rows_clear(ia_tof_rows *rows)
{
    free(rows->features);
    free(rows->labels);
    free(rows->weights);
    *rows = (ia_tof_rows){.n_features = rows->n_features};
}

static ia_status widen(ia_ctx *ctx, float **list, size_t n, size_t room)
{
    float *wider = ia_array(ctx, room, sizeof *wider);

    if (!wider)
        return IA_ERR_MEMORY;
    if (n)
        memcpy(wider, *list, n * sizeof *wider);
    free(*list);
    *list = wider;
    return IA_OK;
}

ia_status ia_tof_rows_add(ia_ctx *ctx, ia_tof_rows *rows, const float *features,
                          float label)
{
    size_t n = rows->n, width = rows->n_features;

    if (n == rows->room) {
        size_t room = n ? 2 * n : 1024;
        if (widen(ctx, &rows->features, n * width, room * width) != IA_OK ||
            widen(ctx, &rows->labels, n, room) != IA_OK ||
            widen(ctx, &rows->weights, n, room) != IA_OK)
            return IA_ERR_MEMORY;
        rows->room = room;
    }
    memcpy(rows->features + n * width, features, width * sizeof *features);
    rows->labels[n] = label;
    rows->weights[n] = 1;
    rows->n++;
    return IA_OK;
}

ia_tof_classes ia_tof_classes_list(void)
{
    ia_tof_classes c = {.n = 1};

    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        if (!isfinite(ia_element_of(z)->mass))
            continue;
        c.class_of[z] = (unsigned)c.n;
        c.z[c.n++] = z;
    }
    return c;
}

// Element whose main line with this charge makes a good part of the peak, 0 for none.
static unsigned element_at(const ia_tof_specimen *s, size_t peak, unsigned charge)
{
    const double part = 0.25;
    double most = part * s->peaks.list[peak].net;
    unsigned z = 0;

    for (size_t i = 0; i < s->n_lines; i++) {
        const ia_tof_line *line = &s->lines[i];
        if (line->peak != (int32_t)peak || line->ion >= s->n_atoms || !line->main ||
            line->n < most || s->ions[line->ion].ion.charge != charge)
            continue;
        most = line->n;
        z = s->ions[line->ion].ion.parts[0].z;
    }
    return z;
}

ia_status ia_tof_element_rows(ia_ctx *ctx, const ia_tof_classes *classes,
                              const ia_tof_specimen *specimen, ia_tof_rows *out)
{
    ia_status st = IA_OK;

    for (size_t p = 0; st == IA_OK && p < specimen->peaks.n; p++)
        for (unsigned c = 1; st == IA_OK && c <= IA_TOF_CHARGES; c++) {
            float features[IA_TOF_FEATURES];
            unsigned z = element_at(specimen, p, c);
            ia_tof_features(&specimen->peaks, p, c, features);
            st = ia_tof_rows_add(ctx, out, features, (float)classes->class_of[z]);
        }
    return st;
}

// A specimen as the second stage finds it.
typedef struct {
    const ia_tof_specimen *s;
    ia_tof_scene scene;
    double left[IA_TOF_PEAKS_MOST];
    ia_ion told[IA_TOF_IONS_MOST];
    double counts[IA_TOF_IONS_MOST];
    bool gone[IA_TOF_IONS_MOST]; // explained before
} stage;

static void explain(stage *g, size_t ion, ia_random *random)
{
    const double off = 0.05; // of the fitted intensities

    g->gone[ion] = true;
    for (size_t i = 0; i < g->s->n_lines; i++) {
        const ia_tof_line *line = &g->s->lines[i];
        if (line->ion == ion && line->peak >= 0)
            g->left[line->peak] = fmax(
                0, g->left[line->peak] - line->n * (1 + off * ia_random_normal(random)));
    }
}

// The first stage misses an element now and then, and finds another that is not there.
static void find_elements(stage *g, ia_random *random)
{
    const double missed = 0.08, wrong = 0.3;
    bool is_missed[IA_Z_MAX + 1] = {false};

    for (unsigned z = 1; z <= IA_Z_MAX; z++)
        is_missed[z] = ia_random_uniform(random) < missed;
    for (size_t i = 0; i < g->s->n_atoms; i++) {
        unsigned z = g->s->ions[i].ion.parts[0].z;
        bool is_seen = false;
        for (size_t k = 0; k < g->s->n_lines; k++)
            is_seen = is_seen || (g->s->lines[k].ion == i && g->s->lines[k].main &&
                                  g->s->lines[k].peak >= 0);
        if (!is_seen || is_missed[z])
            continue;
        g->scene.found[z] = true;
        g->scene.atoms[z] += g->s->ions[i].counts;
        explain(g, i, random);
    }
    if (ia_random_uniform(random) < wrong) {
        unsigned z = 1 + (unsigned)ia_random_below(random, 60);
        g->scene.found[z] = g->scene.found[z] || isfinite(ia_element_of(z)->mass);
        g->scene.atoms[z] = fmax(g->scene.atoms[z], 100);
    }
}

static void tell_some(stage *g, ia_random *random)
{
    const double before = 0.35;

    for (size_t i = g->s->n_atoms; i < g->s->n_ions; i++) {
        if (ia_random_uniform(random) >= before)
            continue;
        explain(g, i, random);
        g->told[g->scene.n_told] = g->s->ions[i].ion;
        g->counts[g->scene.n_told++] = g->s->ions[i].counts;
    }
}

// Molecule that makes most of what is left of the peak; NULL for none.
static const ia_ion *molecule_at(const stage *g, size_t peak)
{
    const double part = 0.5;
    const ia_ion *best = NULL;
    double most = part * g->left[peak];

    for (size_t i = 0; i < g->s->n_lines; i++) {
        const ia_tof_line *line = &g->s->lines[i];
        if (line->peak != (int32_t)peak || line->ion >= g->s->n_ions ||
            g->gone[line->ion] || line->n < most)
            continue;
        most = line->n;
        best = &g->s->ions[line->ion].ion;
    }
    return best;
}

ia_status ia_tof_molecule_rows(ia_ctx *ctx, const ia_ion_prior *prior,
                               const ia_tof_specimen *specimen, ia_random *random,
                               ia_tof_rows *out)
{
    stage *g = ia_array(ctx, 1, sizeof *g);
    ia_tof_matches *matches = ia_array(ctx, 1, sizeof *matches);
    ia_members members = {0};
    ia_status st = g && matches ? IA_OK : IA_ERR_MEMORY;

    if (st != IA_OK)
        goto done;
    g->s = specimen;
    for (size_t p = 0; p < specimen->peaks.n; p++)
        g->left[p] = specimen->peaks.list[p].net;
    find_elements(g, random);
    tell_some(g, random);
    if ((st = ia_tof_members(ctx, prior, g->scene.found, &members)) != IA_OK)
        goto done;
    g->scene.peaks = &specimen->peaks;
    g->scene.left = g->left;
    g->scene.prior = prior;
    g->scene.members = &members;
    g->scene.told = g->told;
    g->scene.counts = g->counts;
    g->scene.atoms_max = 5;
    g->scene.charge_max = 4;
    for (size_t p = 0; st == IA_OK && p < specimen->peaks.n; p++) {
        if (!ia_tof_is_open(&g->scene, p))
            continue;
        const ia_ion *truth = molecule_at(g, p);
        st = ia_tof_match_peak(ctx, &g->scene, p, matches);
        for (size_t i = 0; st == IA_OK && i < matches->n; i++) {
            bool right = truth && ia_ion_is_equal(&matches->list[i].ion, truth);
            st = ia_tof_rows_add(ctx, out, matches->list[i].features, right);
        }
        ia_tof_matches_clear(matches);
    }
done:
    ia_members_clear(&members);
    free(matches);
    free(g);
    return st;
}
