// src/spatial/cubes.c: the cases of marching cubes, derived and not written down.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/cubes.h"

#include <string.h>

const uint8_t ia_cube_edges[IA_CUBE_EDGES][2] = {{0, 1}, {2, 3}, {4, 5}, {6, 7},
                                                 {0, 2}, {1, 3}, {4, 6}, {5, 7},
                                                 {0, 4}, {1, 5}, {2, 6}, {3, 7}};

// Corners of each face, counter-clockwise seen from outside.
static const uint8_t faces[6][4] = {{0, 4, 6, 2}, {1, 3, 7, 5}, {0, 1, 5, 4},
                                    {2, 6, 7, 3}, {0, 2, 3, 1}, {4, 5, 7, 6}};

static uint8_t edge_between(uint8_t a, uint8_t b)
{
    uint8_t e = 0;
    while (!((ia_cube_edges[e][0] == a && ia_cube_edges[e][1] == b) ||
             (ia_cube_edges[e][0] == b && ia_cube_edges[e][1] == a)))
        e++;
    return e;
}

static bool is_inside(unsigned set, uint8_t corner)
{
    return set >> corner & 1;
}

static bool face_has_edge(int face, uint8_t edge)
{
    int n = 0;
    for (int i = 0; i < 4; i++)
        n += faces[face][i] == ia_cube_edges[edge][0] ||
             faces[face][i] == ia_cube_edges[edge][1];
    return n == 2;
}

static bool share_face(uint8_t a, uint8_t b)
{
    for (int f = 0; f < 6; f++)
        if (face_has_edge(f, a) && face_has_edge(f, b))
            return true;
    return false;
}

enum { NO_EDGE = 255 };

// From the edge at which the walk round a face enters a run of inside corners to the one
// at which it leaves the run.
static void link_face(unsigned set, int face, uint8_t next[IA_CUBE_EDGES])
{
    const uint8_t *c = faces[face];
    for (int i = 0; i < 4; i++) {
        if (is_inside(set, c[i]) || !is_inside(set, c[(i + 1) % 4]))
            continue;
        uint8_t enter = edge_between(c[i], c[(i + 1) % 4]);
        int k = i + 1;
        while (is_inside(set, c[(k + 1) % 4]))
            k++;
        uint8_t leave = edge_between(c[k % 4], c[(k + 1) % 4]);
        next[enter] = leave;
    }
}

typedef struct {
    uint8_t n, edge[IA_CUBE_EDGES];
} polygon;

typedef struct {
    uint8_t n;
    uint8_t (*triangles)[3];
} list;

// Cut corners off, none across a diagonal that lies in a face; goes back where that ends
// nowhere.
static bool cut(const polygon *p, list *out)
{
    if (p->n == 3) {
        memcpy(out->triangles[out->n++], p->edge, 3);
        return true;
    }
    for (uint8_t i = 0; i < p->n; i++) {
        uint8_t a = p->edge[(i + p->n - 1) % p->n], b = p->edge[(i + 1) % p->n];
        if (share_face(a, b))
            continue;
        polygon rest = {.n = 0};
        uint8_t before = out->n;
        for (uint8_t k = 0; k < p->n; k++)
            if (k != i)
                rest.edge[rest.n++] = p->edge[k];
        const uint8_t triangle[3] = {a, p->edge[i], b};
        memcpy(out->triangles[out->n++], triangle, 3);
        if (cut(&rest, out))
            return true;
        out->n = before;
    }
    return false;
}

static bool fill_case(unsigned set, ia_cubes *cubes)
{
    uint8_t next[IA_CUBE_EDGES];
    list out = {0, cubes->edges[set]};
    memset(next, NO_EDGE, sizeof next);
    for (int f = 0; f < 6; f++)
        link_face(set, f, next);
    for (uint8_t e = 0; e < IA_CUBE_EDGES; e++) {
        polygon p = {.n = 0};
        for (uint8_t at = e; next[at] != NO_EDGE;) {
            uint8_t to = next[at];
            p.edge[p.n++] = at;
            next[at] = NO_EDGE;
            at = to;
        }
        if (p.n > 0 && (p.n < 3 || !cut(&p, &out)))
            return false;
    }
    cubes->n[set] = out.n;
    return true;
}

bool ia_cubes_make(ia_cubes *cubes)
{
    memset(cubes, 0, sizeof *cubes);
    for (unsigned set = 0; set < IA_CUBE_CASES; set++)
        if (!fill_case(set, cubes))
            return false;
    return true;
}
