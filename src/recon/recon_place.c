// src/recon/recon_place.c: positions computed as they are read.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "recon/recon.h"

#include <math.h>

enum { CHUNK = 1024 }; // hits on the stack at a time

// The last cap at or before an ion.
static size_t find_cap(const ia_reconstruction *r, double ion)
{
    size_t low = 0, high = r->n_caps - 1;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (r->caps[middle].ion <= ion)
            low = middle;
        else
            high = middle;
    }
    return low;
}

// The rim of what the projection shows, in the direction of the hit.
static void take_limit(const ia_projection *projection, const double hit[2],
                       double direction[3])
{
    double x = hit[0] - projection->centre[0], y = hit[1] - projection->centre[1];
    double r = hypot(x, y), theta = ia_projection_limit(projection);
    bool known = r > 0 && isfinite(r);

    direction[0] = known ? sin(theta) * x / r : 0;
    direction[1] = known ? sin(theta) * y / r : 0;
    direction[2] = known ? cos(theta) : 1; // no hit at all: the axis
}

static void place_ion(const ia_reconstruction *r, const ia_cap *cap, double part,
                      const float *hit, float *out)
{
    const ia_cap *next = cap + 1;
    ia_projection projection = {
        r->params.projection,
        r->params.flight_path,
        cap->icf + part * (next->icf - cap->icf),
        {cap->centre[0] + part * (next->centre[0] - cap->centre[0]),
         cap->centre[1] + part * (next->centre[1] - cap->centre[1])}};
    double mm[2] = {r->scale * (double)hit[0], r->scale * (double)hit[1]}, direction[3];
    double radius = cap->radius + part * (next->radius - cap->radius);
    double apex = cap->apex + part * (next->apex - cap->apex);

    if (!ia_projection_direction(&projection, mm, direction))
        take_limit(&projection, mm, direction);
    double aspect = r->params.cap_aspect;
    ia_recon_bend(aspect, direction);
    out[0] = (float)(radius * direction[0]);
    out[1] = (float)(radius * direction[1]);
    out[2] = (float)(apex + aspect * radius * (1 - direction[2]));
}

static void fill(const ia_column *column, size_t begin, size_t n, void *out)
{
    const ia_reconstruction *r = column->user;
    float room[2 * CHUNK], *xyz = out;
    size_t c = find_cap(r, (double)begin + 0.5);

    for (size_t from = 0; from < n; from += CHUNK) {
        size_t count = n - from < CHUNK ? n - from : CHUNK;
        const float *hits = ia_column_rows(&r->hits, begin + from, count, room);
        for (size_t i = 0; i < count; i++) {
            double ion = (double)(begin + from + i) + 0.5;
            while (c + 2 < r->n_caps && r->caps[c + 1].ion <= ion)
                c++;
            double width = r->caps[c + 1].ion - r->caps[c].ion;
            place_ion(r, &r->caps[c], (ion - r->caps[c].ion) / width, &hits[2 * i],
                      &xyz[3 * (from + i)]);
        }
    }
}

ia_column ia_reconstruction_xyz(const ia_reconstruction *r)
{
    return (ia_column){.type = IA_F32, .width = 3, .n = r->n, .fill = fill, .user = r};
}
