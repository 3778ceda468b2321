// src/spatial/field_work.c: ions of a field with their solute, parts and voxels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/every.h"
#include "spatial/field_internal.h"

#include "core/kind_list.h"

#include <ionatlas/edge.h>
#include <ionatlas/knn.h>
#include <ionatlas/parallel.h>
#include <ionatlas/random.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Room per voxel that the largest kernel takes.
static const double bytes_plain = 8 * sizeof(float), bytes_many = 53 * sizeof(float);

// Edge of a voxel, nm, and the atoms that one of the usual edge or wider should hold.
static const double usual_edge = 1, least_atoms = 1;
enum { MARGIN = 2 }; // voxels about the ions

static bool is_published(int kernel)
{
    return kernel == IA_KERNEL_NONE || kernel == IA_KERNEL_TWO_PASS ||
           kernel == IA_KERNEL_TRUNCATED;
}

// Atoms of each kind, and how many ranged ions there are of what.
static ia_status count_kinds(ia_ctx *ctx, const ia_ranges *ranges,
                             const ia_ranged *ranged, const ia_kind_list *kinds,
                             double atoms[IA_ATOM_KINDS_MOST])
{
    uint64_t *ions = ia_array(ctx, ranges->n_ions, sizeof *ions);
    if (!ions)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranged->n; i++)
        ions[ranged->kind[i]]++;
    for (size_t i = 0; i < kinds->n; i++) {
        atoms[i] = 0;
        for (size_t k = 0; k < ranges->n_ions; k++)
            atoms[i] += (double)ions[k] * ia_kind_list_count(kinds, i, &ranges->ions[k]);
    }
    free(ions);
    return IA_OK;
}

// None named: the kind worth a question with the most atoms, else the one after the most
// frequent; its index, or that behind the last.
static size_t choose_solute(const ia_kind_list *all, const double *atoms, double sum)
{
    size_t worth = all->n, most = all->n, second = all->n;
    for (size_t i = 0; i < all->n; i++) {
        if (!(atoms[i] > 0))
            continue;
        if (most == all->n || atoms[i] > atoms[most]) {
            second = most;
            most = i;
        } else if (second == all->n || atoms[i] > atoms[second]) {
            second = i;
        }
        if (ia_solute_is_worth(all->kind[i].z, all->kind[i].a, 100 * atoms[i] / sum,
                               atoms[i]) &&
            (worth == all->n || atoms[i] > atoms[worth]))
            worth = i;
    }
    return worth < all->n ? worth : second;
}

static void name_solute(const ia_kind_list *list, ia_volume_work *w)
{
    for (size_t e = 0; e < list->n; e++) {
        size_t n = strlen(w->solute);
        char name[IA_ION_NAME];
        ia_atom_kind_name(list->kind[e], name);
        snprintf(w->solute + n, sizeof w->solute - n, "%s%s", n ? "," : "", name);
    }
}

static void weigh(const ia_ranges *ranges, const ia_kind_list *list, ia_volume_work *w)
{
    for (size_t k = 0; k < w->n_kinds; k++) {
        w->weights[1][k] = (float)ia_ion_atoms(&ranges->ions[k]);
        w->weights[0][k] = (float)ia_kind_list_sum(list, &ranges->ions[k]);
        w->has[k] = w->weights[0][k] > 0;
    }
}

// Every atom of the ranged ions: there is a density of them, but no share.
static ia_status set_every(ia_ctx *ctx, const ia_ranges *ranges,
                           const ia_volume_params *p, ia_volume_work *w)
{
    double all = 0;
    if (p->quantity != IA_QUANTITY_DENSITY)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "solute = 'all': of all atoms a composition is 100 at.%% "
                       "everywhere; quantity = density, or elements were expected");
    snprintf(w->solute, sizeof w->solute, "%s", p->solute);
    for (size_t k = 0; k < w->n_kinds; k++) {
        w->weights[0][k] = w->weights[1][k] = (float)ia_ion_atoms(&ranges->ions[k]);
        w->has[k] = w->weights[0][k] > 0;
    }
    for (size_t i = 0; i < w->ranged.n; i++)
        all += (double)w->weights[0][w->ranged.kind[i]];
    if (!(all > 0))
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "no ranged ion is of an element: there are no atoms to count");
    w->percent = 100;
    w->density[0] = w->density[1] = all;
    return IA_OK;
}

static ia_status set_solute(ia_ctx *ctx, const ia_ranges *ranges,
                            const ia_volume_params *p, ia_volume_work *w)
{
    const char *named = p->solute;
    if (ia_every_is_asked(named))
        return set_every(ctx, ranges, p, w);
    const double few = 50;
    const ia_kind_list all = ia_kind_list_all(ranges);
    double atoms[IA_ATOM_KINDS_MOST], of = 0, sum = 0;
    ia_kind_list list = {.n = 0};
    ia_status st = ia_kind_list_read(ctx, "solute", named, ranges, &list);
    if (st == IA_OK && (st = ia_kind_list_check(ctx, "solute", &list, ranges)) == IA_OK)
        st = count_kinds(ctx, ranges, &w->ranged, &all, atoms);
    if (st != IA_OK)
        return st;
    for (size_t i = 0; i < all.n; i++)
        sum += atoms[i];
    size_t chosen = list.n == 0 ? choose_solute(&all, atoms, sum) : all.n;
    if (chosen < all.n)
        list.kind[list.n++] = all.kind[chosen];
    if (list.n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY,
                       "all ranged ions are of one element: no solute among them");
    name_solute(&list, w);
    weigh(ranges, &list, w);
    for (size_t i = 0; i < w->ranged.n; i++)
        of += (double)w->weights[0][w->ranged.kind[i]];
    if (!(of > 0))
        return ia_fail(ctx, IA_ERR_EMPTY, "no ranged ion holds the solute '%s'",
                       w->solute);
    if (of < few)
        ia_warn(ctx, "%.0f atom%s of %s in all: where so few lie says nothing of a field",
                of, of > 1 ? "s are" : " is", w->solute);
    w->percent = 100 * of / sum;
    w->density[0] = of;
    w->density[1] = sum;
    return IA_OK;
}

// Atoms per nm^3 of the box about the ions: less than what is filled holds.
static double density_of_box(const ia_volume_work *w)
{
    double volume = 1;
    for (size_t k = 0; k < 3; k++)
        volume *= w->ranged.hi[k] - w->ranged.lo[k];
    return w->density[1] / volume;
}

// What widths and voxels are chosen by. Flat and linear clouds have no volume: their
// voxels are those of 1 nm.
static ia_status set_density(ia_ctx *ctx, const ia_volume_params *p, ia_volume_work *w)
{
    // Nothing is chosen by it, and voxels of the usual edge hold atoms enough.
    if (is_published(p->kernel) && p->trust &&
        (p->voxel > 0 || density_of_box(w) * pow(usual_edge, 3) >= least_atoms))
        return IA_OK;
    const ia_points points = {w->ranged.xyz, w->ranged.n};
    double volume;
    ia_status st = ia_volume_measure(ctx, &points, &volume);
    if (st != IA_OK)
        return st;
    w->density[0] /= volume;
    w->density[1] /= volume;
    return IA_OK;
}

// A number at random by which ions are divided: of the place and kind of an ion, so that
// the order of a file says nothing.
static uint64_t lot_of(const ia_ranged *ranged, size_t i, uint64_t seed)
{
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t lot = seed * odd + ranged->kind[i];
    for (size_t k = 0; k < 3; k++) {
        float at = ranged->xyz[3 * i + k] + 0.0f; // 0 and -0 are one place
        uint32_t bits;
        memcpy(&bits, &at, sizeof bits);
        lot = (lot ^ bits) * odd;
        lot ^= lot >> 32;
    }
    lot *= 0xbf58476d1ce4e5b9u;
    return lot ^ lot >> 31;
}

// From 0 to 1.
static double even_of(uint64_t lot)
{
    return ldexp((double)(lot >> 11), -53);
}

static void draw_block(void *user, size_t block, size_t worker)
{
    const ia_volume_work *w = user;
    size_t begin, end;
    (void)worker;
    ia_block(w->ranged.n, IA_COLUMN_BLOCK, block, &begin, &end);
    for (size_t i = begin; i < end; i++)
        w->part[i] = (uint8_t)(IA_PARTS * even_of(lot_of(&w->ranged, i, w->seed)));
}

static ia_status draw_parts(ia_ctx *ctx, ia_volume_work *w)
{
    size_t n_blocks = ia_block_count(w->ranged.n, IA_COLUMN_BLOCK);
    return ia_for(ctx, NULL, n_blocks, draw_block, w);
}

// The usual edge; wider where an atom has more room than that.
static double widest_edge(const ia_volume_work *w)
{
    double edge = cbrt(least_atoms / w->density[1]);
    return edge > usual_edge && isfinite(edge) ? edge : usual_edge;
}

// A voxel that holds a tenth of a solute atom, within what is of use.
static double choose_edge(const ia_volume_work *w)
{
    const double share = 0.45, least = 0.15;
    double edge = share * cbrt(1 / w->density[0]), most = widest_edge(w);
    return isfinite(edge) ? fmin(most, fmax(least, edge)) : most;
}

// In round numbers, and no more voxels than a grid of so many ions is worth: a few ions
// far off do not make the rest of it wait.
static double bound_edge(const ia_volume_work *w, double edge)
{
    const double step = 0.05, per_ion = 10, few = 3e4, most = 2e8;
    double limit = fmin(few + per_ion * (double)w->ranged.n, most);
    edge = fmax(step, floor(edge / step + 0.5) * step);
    for (;; edge = ceil(1.05 * edge / step) * step) {
        double n = 1;
        for (size_t k = 0; k < 3; k++)
            n *= (w->ranged.hi[k] - w->ranged.lo[k]) / edge + 1 + 2 * MARGIN;
        if (n <= limit)
            return edge;
    }
}

static void tell_coarse(ia_ctx *ctx, double wanted, double edge)
{
    const double much = 2;
    if (edge > much * wanted)
        ia_warn(ctx,
                "the ions fill so little of their box that voxels are %g nm wide, where "
                "their density asks for %.3g nm: a region about some of them shows more",
                edge, wanted);
}

static void tell_wide(ia_ctx *ctx, const ia_volume_work *w, double edge)
{
    double widest = 0;
    for (size_t k = 0; k < 3; k++)
        widest = fmax(widest, w->ranged.hi[k] - w->ranged.lo[k]);
    if (edge > widest)
        ia_warn(ctx,
                "a voxel of %g nm is wider than the specimen, %.3g nm: all of it is told "
                "as one value",
                edge, widest);
}

static ia_status set_voxels(ia_ctx *ctx, const ia_volume_params *p, ia_volume_work *w)
{
    bool published = is_published(p->kernel);
    bool plain = published || p->kernel == IA_KERNEL_FIXED;
    double edge = p->voxel;
    if (!(edge > 0)) {
        double wanted = published ? widest_edge(w) : choose_edge(w);
        edge = bound_edge(w, wanted);
        tell_coarse(ctx, wanted, edge);
    }
    tell_wide(ctx, w, edge);
    return ia_voxels_lay_out(ctx, &w->ranged, edge, MARGIN,
                             plain ? bytes_plain : bytes_many, &w->voxels);
}

ia_status ia_volume_work_build(ia_ctx *ctx, const ia_share_input *input,
                               const ia_volume_params *params, ia_volume_work *out)
{
    ia_volume_work w = {.n_kinds = input->ranges->n_ions, .seed = params->seed};
    ia_status st;
    if ((st = ia_ions_need(ctx, input->ions, IA_MASS)) != IA_OK ||
        (st = ia_ranged_build(ctx, input->ions, input->ranger, &w.ranged)) != IA_OK)
        return st;
    if (!(w.weights[0] = ia_array(ctx, w.n_kinds, sizeof **w.weights)) ||
        !(w.weights[1] = ia_array(ctx, w.n_kinds, sizeof **w.weights)) ||
        !(w.has = ia_array(ctx, w.n_kinds, sizeof *w.has)) ||
        !(w.part = ia_array(ctx, w.ranged.n, sizeof *w.part)))
        st = IA_ERR_MEMORY;
    else
        st = ia_ranged_need(ctx, &w.ranged);
    if (st == IA_OK && (st = set_solute(ctx, input->ranges, params, &w)) == IA_OK &&
        (st = set_density(ctx, params, &w)) == IA_OK &&
        (st = set_voxels(ctx, params, &w)) == IA_OK &&
        (st = ia_plane_order_build(ctx, &w.voxels, &w.ranged, &w.order)) == IA_OK &&
        (st = draw_parts(ctx, &w)) == IA_OK) {
        *out = w;
        out->order.ranged = &out->ranged;
        return IA_OK;
    }
    ia_volume_work_clear(&w);
    return st;
}

ia_status ia_volume_work_divide(ia_ctx *ctx, const ia_share_input *input, uint64_t seed,
                                ia_volume_work *out)
{
    ia_volume_work w = {.n_kinds = input->ranges->n_ions, .seed = seed};
    ia_status st = ia_ions_need(ctx, input->ions, IA_MASS);
    if (st == IA_OK)
        st = ia_ranged_build(ctx, input->ions, input->ranger, &w.ranged);
    if (st == IA_OK)
        st = ia_ranged_need(ctx, &w.ranged);
    if (st == IA_OK && !(w.part = ia_array(ctx, w.ranged.n, sizeof *w.part)))
        st = IA_ERR_MEMORY;
    if (st == IA_OK && (st = draw_parts(ctx, &w)) == IA_OK)
        *out = w;
    else
        ia_volume_work_clear(&w);
    return st;
}

void ia_volume_work_clear(ia_volume_work *w)
{
    ia_plane_order_clear(&w->order);
    ia_ranged_clear(&w->ranged);
    free(w->weights[0]);
    free(w->weights[1]);
    free(w->has);
    free(w->part);
    *w = (ia_volume_work){0};
}

ia_status ia_volume_unseen(ia_ctx *ctx, const ia_volume_work *w, const uint16_t *kind,
                           unsigned part, size_t most, ia_unseen *out)
{
    const double full = 0.98; // of the room: lots scatter about their share
    size_t n_all = 0, at = 0;
    const uint16_t *kinds = kind ? kind : w->ranged.kind;
    for (size_t i = 0; i < w->ranged.n; i++)
        n_all += w->part[i] == part;
    size_t n = n_all < most ? n_all : most;
    double share = n < n_all ? full * (double)n / (double)n_all : 1;
    float *xyz = ia_array(ctx, n, 3 * sizeof *xyz);
    float *solute = ia_array(ctx, n, sizeof *solute);
    float *atoms = ia_array(ctx, n, sizeof *atoms);
    *out = (ia_unseen){0, xyz, solute, atoms};
    if (!xyz || !solute || !atoms) {
        ia_unseen_free(out);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < w->ranged.n && at < n; i++) {
        if (w->part[i] != part ||
            (share < 1 && even_of(lot_of(&w->ranged, i, w->seed + 1)) >= share))
            continue;
        memcpy(xyz + 3 * at, w->ranged.xyz + 3 * i, 3 * sizeof *xyz);
        solute[at] = w->weights[0][kinds[i]];
        atoms[at++] = w->weights[1][kinds[i]]; // 0 of labels: they count for nothing
    }
    out->n = at;
    return IA_OK;
}

void ia_kinds_shuffle(ia_random *random, uint16_t *kind, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)ia_random_below(random, i);
        uint16_t other = kind[i - 1];
        kind[i - 1] = kind[j];
        kind[j] = other;
    }
}

void ia_unseen_free(ia_unseen *unseen)
{
    free((void *)(uintptr_t)unseen->xyz);
    free((void *)(uintptr_t)unseen->solute);
    free((void *)(uintptr_t)unseen->atoms);
    *unseen = (ia_unseen){0};
}
