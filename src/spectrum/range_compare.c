// src/spectrum/range_compare.c: two rangings side by side: which ranges differ, and what
// that moves in the composition of the same ions.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/range_compare.h>

#include "core/kind_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ALIKE = 1e-9; // Da

// A stretch of the mass axis that lies in at most one range of each.
typedef struct {
    int32_t a, b; // merged ranges, -1 for none
    double lo, hi;
    double counts;
    double lever; // background ions = level x lever
} piece;

// One way of counting: as they are, or with the background taken off.
typedef struct {
    double *value, *variance; // (n_pieces)
    double sigma_level;       // error that all share through their levers
} sample;

typedef struct {
    ia_ctx *ctx;
    const ia_ranges *ranges[2]; // of A and of B
    ia_ranger ranger[2];
    ia_nuclide_list own; // told apart by either
    piece *pieces;       // (n_pieces)
    size_t n_pieces;
    double *room;               // holds the arrays below
    double *part[2], *whole[2]; // (n_pieces) atoms of the element, and all, of one ion
    sample raw, corrected;
    bool has_ions;
    ia_range_comparison out;
} comparing;

static const ia_ion *ion_of(const comparing *job, int side, int32_t range)
{
    return &job->ranges[side]->ions[job->ranger[side].ion[range]];
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Pieces between all bounds of both, where there is a range of either.
static ia_status cut(comparing *job)
{
    size_t n = 2 * (job->ranger[0].n + job->ranger[1].n), k = 0;
    double *bounds = ia_array(job->ctx, n, sizeof *bounds);

    job->pieces = ia_array(job->ctx, n, sizeof *job->pieces);
    if (!bounds || !job->pieces) {
        free(bounds);
        return IA_ERR_MEMORY;
    }
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < job->ranger[side].n; i++) {
            bounds[k++] = job->ranger[side].lo[i];
            bounds[k++] = job->ranger[side].hi[i];
        }
    if (n > 0)
        qsort(bounds, n, sizeof *bounds, by_value);
    for (size_t i = 0; i + 1 < n; i++) {
        double lo = bounds[i], hi = bounds[i + 1];
        piece p = {ia_ranger_find(&job->ranger[0], lo),
                   ia_ranger_find(&job->ranger[1], lo),
                   lo,
                   hi,
                   NAN,
                   2 * (sqrt(fmax(0, hi)) - sqrt(fmax(0, lo)))};
        if (lo < hi && (p.a >= 0 || p.b >= 0))
            job->pieces[job->n_pieces++] = p;
    }
    free(bounds);
    return IA_OK;
}

// A range for each piece, to count and to find the background with.
static ia_status build_pieces(comparing *job, ia_ranger *out)
{
    ia_ranges ranges = {0};
    ia_ion ion = ia_ion_of("piece");
    uint32_t index;
    ia_status st = ia_ranges_add_ion(job->ctx, &ranges, &ion, &index);

    for (size_t i = 0; i < job->n_pieces && st == IA_OK; i++) {
        ia_range range = {.lo = job->pieces[i].lo, .hi = job->pieces[i].hi, .ion = index};
        st = ia_ranges_add(job->ctx, &ranges, &range);
    }
    if (st == IA_OK)
        st = ia_ranger_build(job->ctx, &ranges, out);
    ia_ranges_clear(&ranges);
    return st;
}

static ia_status make_room(comparing *job)
{
    double **arrays[] = {&job->part[0],         &job->part[1],
                         &job->whole[0],        &job->whole[1],
                         &job->raw.value,       &job->raw.variance,
                         &job->corrected.value, &job->corrected.variance};
    size_t n = sizeof arrays / sizeof *arrays;

    if (!(job->room = ia_array(job->ctx, job->n_pieces, n * sizeof *job->room)))
        return IA_ERR_MEMORY;
    for (size_t k = 0; k < n; k++)
        *arrays[k] = job->room + k * job->n_pieces;
    return IA_OK;
}

static ia_status count(comparing *job, const ia_ions *ions, const ia_spectrum *spectrum)
{
    ia_background background = {.a = NAN, .sigma_a = NAN};
    ia_range_counts counts = {0};
    ia_ranger ranger = {0};
    ia_status st;

    if ((st = make_room(job)) != IA_OK || (st = build_pieces(job, &ranger)) != IA_OK ||
        (st = ia_range_counts_compute(job->ctx, ions, &ranger, &counts)) != IA_OK ||
        (spectrum && (st = ia_background_compute(job->ctx, spectrum, &ranger, NULL,
                                                 &background)) != IA_OK))
        goto done;
    job->corrected.sigma_level = background.sigma_a;
    for (size_t i = 0; i < job->n_pieces; i++) {
        double n = (double)counts.counts[i];
        double b = background.a * job->pieces[i].lever;
        job->pieces[i].counts = n;
        job->raw.value[i] = job->raw.variance[i] = n;
        job->corrected.value[i] = n - b;
        job->corrected.variance[i] = n > b ? n : b;
    }
    job->has_ions = true;
done:
    ia_range_counts_clear(&counts);
    ia_ranger_clear(&ranger);
    return st;
}

// What is known of each merged range of a side.
typedef struct {
    double *counts;    // (ranges) ions; NAN without ions
    bool *has_partner; // (ranges) overlaps a range of the other side
} side_view;

static void clear_view(side_view *view)
{
    free(view->counts);
    free(view->has_partner);
}

static ia_status look_at(const comparing *job, int side, side_view *out)
{
    size_t n = job->ranger[side].n;

    *out = (side_view){ia_array(job->ctx, n, sizeof *out->counts),
                       ia_array(job->ctx, n, sizeof *out->has_partner)};
    if (!out->counts || !out->has_partner)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < job->n_pieces; i++) {
        const piece *p = &job->pieces[i];
        int32_t own = side == 0 ? p->a : p->b, other = side == 0 ? p->b : p->a;
        if (own < 0)
            continue;
        out->counts[own] += p->counts;
        out->has_partner[own] |= other >= 0;
    }
    return IA_OK;
}

static bool is_alike(const comparing *job, int32_t a, int32_t b)
{
    const ia_ranger *x = &job->ranger[0], *y = &job->ranger[1];

    return fabs(x->lo[a] - y->lo[b]) <= ALIKE && fabs(x->hi[a] - y->hi[b]) <= ALIKE &&
           ia_ion_is_like(ion_of(job, 0, a), ion_of(job, 1, b));
}

// A row for a range of A and one of B, or one of them alone (-1 for the other).
static void add_row(comparing *job, const side_view view[2], const piece *p,
                    double shared)
{
    double none = job->has_ions ? 0 : NAN;
    ia_range_difference d = {.lo_a = NAN,
                             .hi_a = NAN,
                             .lo_b = NAN,
                             .hi_b = NAN,
                             .counts_a = none,
                             .counts_b = none,
                             .counts_shared = shared};

    if (p->a >= 0 && p->b >= 0 && is_alike(job, p->a, p->b)) {
        job->out.n_same++;
        return;
    }
    if (p->a >= 0) {
        memcpy(d.ion_a, ion_of(job, 0, p->a)->name, sizeof d.ion_a);
        d.lo_a = job->ranger[0].lo[p->a];
        d.hi_a = job->ranger[0].hi[p->a];
        d.counts_a = view[0].counts[p->a];
    }
    if (p->b >= 0) {
        memcpy(d.ion_b, ion_of(job, 1, p->b)->name, sizeof d.ion_b);
        d.lo_b = job->ranger[1].lo[p->b];
        d.hi_b = job->ranger[1].hi[p->b];
        d.counts_b = view[1].counts[p->b];
    }
    d.change = p->b < 0   ? IA_RANGE_ONLY_A
               : p->a < 0 ? IA_RANGE_ONLY_B
               : ia_ion_is_like(ion_of(job, 0, p->a), ion_of(job, 1, p->b))
                   ? IA_RANGE_MOVED
                   : IA_RANGE_RENAMED;
    job->out.list[job->out.n++] = d;
}

// Pieces run by rising mass, so that every pair and every lone range comes in its order.
static ia_status list_rows(comparing *job)
{
    side_view view[2] = {{0}, {0}};
    const piece *before = NULL;
    ia_status st = IA_ERR_MEMORY;

    job->out.list = ia_array(job->ctx, job->n_pieces, sizeof *job->out.list);
    if (!job->out.list || look_at(job, 0, &view[0]) != IA_OK ||
        look_at(job, 1, &view[1]) != IA_OK)
        goto done;
    st = IA_OK;
    for (size_t i = 0; i < job->n_pieces; before = &job->pieces[i++]) {
        const piece *p = &job->pieces[i];
        bool pair = p->a >= 0 && p->b >= 0, again;
        again = before && before->a == p->a && before->b == p->b;
        if (again || (!pair && view[p->a < 0].has_partner[p->a < 0 ? p->b : p->a]))
            continue;
        double shared = pair || !job->has_ions ? p->counts : 0;
        for (size_t k = i + 1; pair && k < job->n_pieces; k++)
            if (job->pieces[k].a == p->a && job->pieces[k].b == p->b)
                shared += job->pieces[k].counts;
            else
                break;
        add_row(job, view, p, shared);
    }
done:
    clear_view(&view[0]);
    clear_view(&view[1]);
    return st;
}

// What an ion of each piece brings of the element, by A and by B.
static void set_parts(comparing *job, ia_atom_kind kind)
{
    for (size_t i = 0; i < job->n_pieces; i++)
        for (int side = 0; side < 2; side++) {
            int32_t range = side == 0 ? job->pieces[i].a : job->pieces[i].b;
            const ia_ion *ion = range < 0 ? NULL : ion_of(job, side, range);
            job->part[side][i] = ion ? ia_atom_kind_count(&job->own, ion, kind) : 0;
            job->whole[side][i] = ion ? ia_ion_atoms(ion) : 0;
        }
}

static double sum(const comparing *job, const double *weight, const double *value)
{
    double total = 0;

    for (size_t i = 0; i < job->n_pieces; i++)
        total += weight[i] * value[i];
    return total;
}

// Derivative of a side's share by the ions of a piece.
static double slope(const comparing *job, int side, size_t i, double share, double total)
{
    return (job->part[side][i] - share * job->whole[side][i]) / total;
}

// Error of weight[1] x the share by B + weight[0] x that by A, and where none of the
// pieces that matter holds an ion, that of one ion.
static double error_of(const comparing *job, const sample *s, const double weight[2],
                       const double share[2], const double total[2])
{
    double variance = 0, common = 0, own = 0, largest = 0;

    for (size_t i = 0; i < job->n_pieces; i++) {
        double g = 0, part = 0;
        for (int side = 0; side < 2; side++) {
            if (weight[side] == 0)
                continue;
            g += weight[side] * slope(job, side, i, share[side], total[side]);
            part += weight[side] * job->part[side][i] / total[side];
        }
        variance += g * g * s->variance[i];
        common += g * job->pieces[i].lever;
        own += fabs(part) * s->variance[i];
        largest = fmax(largest, fabs(part));
    }
    if (own == 0)
        variance += largest * largest;
    if (s->sigma_level != 0)
        variance += common * common * s->sigma_level * s->sigma_level;
    return sqrt(variance);
}

static void fill(const comparing *job, const sample *s, ia_atom_kind kind,
                 ia_range_shift *row)
{
    static const double weights[3][2] = {{1, 0}, {0, 1}, {-1, 1}};
    double share[2], total[2], sigma[3];

    *row = (ia_range_shift){.z = kind.z, .a = kind.a};
    ia_atom_kind_name(kind, row->name);
    for (int side = 0; side < 2; side++) {
        total[side] = sum(job, job->whole[side], s->value);
        if (!(total[side] > 0))
            total[side] = NAN;
        share[side] = sum(job, job->part[side], s->value) / total[side];
    }
    for (int k = 0; k < 3; k++)
        sigma[k] = 100 * error_of(job, s, weights[k], share, total);
    row->percent_a = 100 * share[0];
    row->percent_b = 100 * share[1];
    row->difference = row->percent_b - row->percent_a;
    row->sigma_a = sigma[0];
    row->sigma_b = sigma[1];
    row->sigma_difference = sigma[2];
}

static bool has_kind(const comparing *job, ia_atom_kind kind)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < job->ranger[side].n; i++)
            if (ia_atom_kind_count(&job->own, ion_of(job, side, (int32_t)i), kind) > 0)
                return true;
    return false;
}

// Nuclides that either tells apart.
static void set_own(comparing *job)
{
    ia_nuclide_list more = ia_ranges_own(job->ranges[1]);

    job->own = ia_ranges_own(job->ranges[0]);
    for (size_t i = 0; i < more.n && job->own.n < IA_NUCLIDES_MOST; i++)
        if (!ia_nuclide_list_has(&job->own, more.list[i]->z, more.list[i]->a))
            job->own.list[job->own.n++] = more.list[i];
}

static int by_falling_share(const void *a, const void *b)
{
    const ia_range_shift *x = a, *y = b;

    if (x->percent_a != y->percent_a)
        return x->percent_a < y->percent_a ? 1 : -1;
    if (x->percent_b != y->percent_b)
        return x->percent_b < y->percent_b ? 1 : -1;
    if (x->z != y->z)
        return x->z > y->z ? 1 : -1;
    return (x->a > y->a) - (x->a < y->a);
}

static ia_status compare_elements(comparing *job)
{
    ia_range_comparison *o = &job->out;
    ia_atom_kind kinds[IA_ATOM_KINDS_MOST];

    set_own(job);
    size_t n = ia_atom_kinds(&job->own, kinds);
    o->raw = ia_array(job->ctx, n, sizeof *o->raw);
    o->corrected = ia_array(job->ctx, n, sizeof *o->corrected);
    if (!o->raw || !o->corrected)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (!has_kind(job, kinds[i]))
            continue;
        set_parts(job, kinds[i]);
        fill(job, &job->raw, kinds[i], &o->raw[o->n_elements++]);
    }
    qsort(o->raw, o->n_elements, sizeof *o->raw, by_falling_share);
    for (size_t i = 0; i < o->n_elements; i++) {
        ia_atom_kind kind = {o->raw[i].z, o->raw[i].a};
        set_parts(job, kind);
        fill(job, &job->corrected, kind, &o->corrected[i]);
    }
    o->n_moved = 0;
    for (size_t i = 0; i < job->n_pieces; i++) {
        const piece *p = &job->pieces[i];
        if (p->a < 0 || p->b < 0 ||
            !ia_ion_is_like(ion_of(job, 0, p->a), ion_of(job, 1, p->b)))
            o->n_moved += p->counts;
    }
    return IA_OK;
}

ia_status ia_range_compare_compute(ia_ctx *ctx, const ia_ranges *a, const ia_ranges *b,
                                   const ia_ions *ions, const ia_spectrum *spectrum,
                                   ia_range_comparison *out)
{
    comparing job = {.ctx = ctx, .ranges = {a, b}, .out = {.n_moved = NAN}};
    ia_status st;

    if ((st = ia_ranger_build(ctx, a, &job.ranger[0])) != IA_OK ||
        (st = ia_ranger_build(ctx, b, &job.ranger[1])) != IA_OK ||
        (st = cut(&job)) != IA_OK ||
        (ions && (st = count(&job, ions, spectrum)) != IA_OK) ||
        (st = list_rows(&job)) != IA_OK ||
        (ions && (st = compare_elements(&job)) != IA_OK))
        goto done;
    *out = job.out;
    job.out = (ia_range_comparison){0}; // the caller's now
done:
    ia_range_comparison_clear(&job.out);
    free(job.room);
    free(job.pieces);
    ia_ranger_clear(&job.ranger[0]);
    ia_ranger_clear(&job.ranger[1]);
    return st;
}

void ia_range_comparison_clear(ia_range_comparison *comparison)
{
    free(comparison->list);
    free(comparison->raw);
    free(comparison->corrected);
    *comparison = (ia_range_comparison){0};
}
