// src/spatial/mesh_pieces.c: the pieces of a mesh, and whether each is closed.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/mesh_pieces.h"
#include "spatial/mesh_sides.h"

#include <math.h>
#include <stdlib.h>

// The vertex that stands for all that hang together with this one.
static uint32_t head_of(uint32_t *head, uint32_t i)
{
    while (head[i] != i)
        i = head[i] = head[head[i]];
    return i;
}

// Labels, and the number of pieces.
static ia_status set_labels(ia_ctx *ctx, ia_mesh *m, size_t *n)
{
    uint32_t *head = ia_array(ctx, m->n_vertices, sizeof *head);
    int32_t *label = ia_array(ctx, m->n_vertices, sizeof *label); // 0: none yet
    ia_status st = head && label ? IA_OK : IA_ERR_MEMORY;
    *n = 0;
    for (uint32_t i = 0; st == IA_OK && i < m->n_vertices; i++)
        head[i] = i;
    for (size_t i = 0; st == IA_OK && i < 3 * m->n_triangles; i++) {
        uint32_t a = head_of(head, m->triangles[i]);
        uint32_t b = head_of(head, m->triangles[i / 3 * 3]);
        head[a > b ? a : b] = a > b ? b : a;
    }
    for (size_t t = 0; st == IA_OK && t < m->n_triangles; t++) {
        int32_t *own = &label[head_of(head, m->triangles[3 * t])];
        if (*own == 0)
            *own = (int32_t)++ * n;
        m->labels[t] = *own - 1;
    }
    free(head);
    free(label);
    return st;
}

static ia_status look_at_sides(ia_ctx *ctx, const ia_mesh *m, ia_mesh_pieces *out)
{
    size_t n = 3 * m->n_triangles;
    ia_mesh_side *sides = NULL;
    ia_status st = ia_mesh_sides_list(ctx, m, &sides);
    if (st != IA_OK)
        return st;
    for (size_t i = 0, end; i < n; i = end) {
        size_t n_fall = 0;
        for (end = i; end < n && sides[end].ends == sides[i].ends; end++)
            n_fall += sides[end].falls;
        if (end - i == 1) {
            out->pieces[m->labels[sides[i].at / 3]].is_closed = false;
            out->n_border++;
        }
        out->n_turned += end - i == 2 && n_fall != 1;
    }
    free(sides);
    return IA_OK;
}

// Area, and the volume by the divergence theorem: what each triangle spans with the first
// corner of its piece.
static void add_triangle(const ia_mesh *m, size_t t, const float *from, ia_mesh_piece *p)
{
    double r[3][3], u[3], w[3], area = 0, height = 0;
    for (size_t c = 0; c < 3; c++)
        for (size_t k = 0; k < 3; k++)
            r[c][k] =
                (double)m->xyz[3 * (size_t)m->triangles[3 * t + c] + k] - (double)from[k];
    for (size_t k = 0; k < 3; k++) {
        u[k] = r[1][k] - r[0][k];
        w[k] = r[2][k] - r[0][k];
    }
    for (size_t k = 0; k < 3; k++) {
        size_t i = (k + 1) % 3, j = (k + 2) % 3;
        double normal = u[i] * w[j] - u[j] * w[i];
        area += normal * normal;
        height += normal * r[0][k];
    }
    p->area += sqrt(area) / 2;
    p->volume += height / 6;
}

static ia_status measure(ia_ctx *ctx, const ia_mesh *m, ia_mesh_pieces *out)
{
    const float **from = ia_array(ctx, out->n, sizeof *from);
    if (!from)
        return IA_ERR_MEMORY;
    for (size_t t = 0; t < m->n_triangles; t++) {
        size_t own = (size_t)m->labels[t];
        if (!from[own])
            from[own] = m->xyz + 3 * (size_t)m->triangles[3 * t];
        add_triangle(m, t, from[own], &out->pieces[own]);
    }
    free(from);
    return IA_OK;
}

ia_status ia_mesh_pieces_find(ia_ctx *ctx, ia_mesh *mesh, ia_mesh_pieces *out)
{
    ia_mesh_pieces p = {.n = 0};
    ia_status st = set_labels(ctx, mesh, &p.n);
    if (st == IA_OK && !(p.pieces = ia_array(ctx, p.n, sizeof *p.pieces)))
        st = IA_ERR_MEMORY;
    for (size_t i = 0; st == IA_OK && i < p.n; i++)
        p.pieces[i].is_closed = true;
    if (st == IA_OK && (st = look_at_sides(ctx, mesh, &p)) == IA_OK &&
        (st = measure(ctx, mesh, &p)) == IA_OK)
        *out = p;
    else
        ia_mesh_pieces_clear(&p);
    return st;
}

void ia_mesh_pieces_clear(ia_mesh_pieces *pieces)
{
    free(pieces->pieces);
    *pieces = (ia_mesh_pieces){.n = 0};
}
