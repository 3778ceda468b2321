// src/detector/poles_rings.c: poles that are seen as a ring around a middle that may be
// like the rest: annuli on several scales, in standard deviations of Poisson noise.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "detector/poles_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER = 3, FIRST = 4, SECTORS = 8, WEAKEST = 4 };
static const double least_blur = 0.7;  // cells
static const double reach = 3;         // widths beyond the radius
static const double band = 1.2;        // widths either side are the ring
static const double weaker = 0.8;      // mean of the lesser half of normal deviates
static const double evenness = 0.6;    // of the mean, in the weaker half of the sectors
static const double most_middle = 0.2; // of what the ring has beyond its surroundings
static const double least_edge = 0.25; // of the step to its middle, to its surroundings
static const double pi = 3.14159265358979323846;

enum { REACH_MOST = 1024 };
typedef struct {
    size_t reach;
    double of[ORDER + 1][REACH_MOST]; // (x^2 / 2 blur^2)^k exp(-x^2 / 2 blur^2)
    double share[ORDER + 1];          // binomial coefficients
} parts;

// u^ORDER exp(-u) of u = u_x + u_y is a sum of products of one of x and one of y.
static void split(const poles_ring *ring, parts *p)
{
    p->reach = (size_t)ceil(ring->radius + reach * ring->width);
    p->reach = p->reach < REACH_MOST ? p->reach : REACH_MOST - 1;
    p->share[0] = 1;
    for (size_t k = 0; k <= ORDER; k++) {
        for (size_t i = 0; i <= p->reach; i++) {
            double u = 0.5 * (double)(i * i) / (ring->blur * ring->blur);
            p->of[k][i] = pow(u, (double)k) * exp(-u);
        }
        if (k > 0)
            p->share[k] = p->share[k - 1] * (double)(ORDER + 1 - k) / (double)k;
    }
}

// Sums over the annulus about each cell.
static void fold(const double *in, size_t n, const poles_ring *ring, double *room,
                 double *out)
{
    parts p;
    split(ring, &p);
    memset(out, 0, n * n * sizeof *out);
    for (size_t k = 0; k <= ORDER; k++) {
        memset(room, 0, n * n * sizeof *room);
        poles_fold(in, n, p.of[k], p.reach, true, room);
        double column[REACH_MOST];
        for (size_t i = 0; i <= p.reach; i++)
            column[i] = p.share[k] * p.of[ORDER - k][i] / ring->sum;
        poles_fold(room, n, column, p.reach, false, out);
    }
}

// The sum of the weights, and the variance of annulus less surroundings.
static void weigh(double surroundings, poles_ring *ring)
{
    parts p;
    split(ring, &p);
    double sums[3] = {0}, far = ceil(3 * surroundings);
    double a2 = 0, b2 = 0, ab = 0;
    int most = (int)fmax((double)p.reach, far);
    for (int y = -most; y <= most; y++)
        for (int x = -most; x <= most; x++) {
            double r2 = (double)(x * x + y * y), u = 0.5 * r2 / (ring->blur * ring->blur);
            bool is_near = abs(x) <= (int)p.reach && abs(y) <= (int)p.reach;
            bool is_around = fabs((double)x) <= far && fabs((double)y) <= far;
            double a = is_near ? pow(u, ORDER) * exp(-u) : 0;
            double b = is_around ? exp(-0.5 * r2 / (surroundings * surroundings)) : 0;
            sums[0] += a;
            sums[1] += b;
            a2 += a * a;
            b2 += b * b;
            ab += a * b;
        }
    ring->sum = sums[0];
    ring->variance = a2 / (sums[0] * sums[0]) + b2 / (sums[1] * sums[1]) -
                     2 * ab / (sums[0] * sums[1]);
}

ia_status poles_rings_new(ia_ctx *ctx, poles_grid *grid, double *turned)
{
    size_t end = grid->n_scales + POLES_UP, most = grid->n_wide + POLES_UP;
    end += end < most;
    for (size_t k = FIRST + POLES_UP; k < end; k++) {
        poles_ring *ring = &grid->rings[grid->n_rings];
        double radius = grid->scales[k - POLES_UP];
        *ring = (poles_ring){.scale = k,
                             .radius = radius,
                             .blur = radius / sqrt(2.0 * ORDER),
                             .width = radius / sqrt(4.0 * ORDER)};
        if (ring->blur < least_blur)
            continue;
        grid->n_rings++;
        grid->n_ring_blurs = k + 1;
        if (!(ring->cover = ia_array(ctx, grid->n * grid->n, sizeof *ring->cover)))
            return IA_ERR_MEMORY;
        weigh(grid->scales[k], ring);
        fold(grid->mask, grid->n, ring, turned, ring->cover);
    }
    return IA_OK;
}

void poles_rings_clear(poles_grid *grid)
{
    for (size_t k = 0; k < grid->n_rings; k++)
        free(grid->rings[k].cover);
    grid->n_rings = 0;
}

void poles_rings_respond(const poles_grid *grid, size_t scale, const double *blurred,
                         poles_room *room)
{
    size_t n = grid->n * grid->n;
    for (size_t k = 0; k < grid->n_rings; k++) {
        const poles_ring *ring = &grid->rings[k];
        double *z = room->rings + k * n;
        if (ring->scale != scale)
            continue;
        fold(room->rest, grid->n, ring, room->turned, room->annulus);
        for (size_t i = 0; i < n; i++) {
            double noise2 = ring->cover[i] > 0
                                ? ring->variance * room->smooth[i] / ring->cover[i]
                                : 0;
            z[i] = grid->mask[i] > 0 && noise2 > 0
                       ? (blurred[i] - room->annulus[i] / ring->cover[i]) / sqrt(noise2)
                       : 0;
        }
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Hits beyond the smooth map, per cell, where a ring is, within it and around it.
typedef struct {
    double sectors[SECTORS], middle, around;
    double noise, noise_middle; // standard deviations of a sector, of the middle
} profile;

enum { MIDDLE = SECTORS, AROUND, PARTS };

static size_t part_of(const poles_ring *ring, double x, double y)
{
    double r = hypot(x, y), turn = atan2(y, x) / (2 * pi);
    if (r > 1.5 * (ring->radius + ring->width))
        return PARTS;
    if (fabs(r - ring->radius) <= band * ring->width)
        return (size_t)((turn - floor(turn)) * SECTORS) % SECTORS;
    return r < ring->radius ? MIDDLE : AROUND;
}

static profile look_at(const poles_grid *grid, const poles_room *room,
                       const poles_ring *ring, size_t cell)
{
    double sums[PARTS + 1] = {0}, cells[PARTS + 1] = {0};
    size_t n = grid->n, cx = cell % n, cy = cell / n;
    size_t to = (size_t)ceil(1.5 * (ring->radius + ring->width));
    profile p = {0};
    for (size_t y = cy > to ? cy - to : 0; y <= cy + to && y < n; y++)
        for (size_t x = cx > to ? cx - to : 0; x <= cx + to && x < n; x++) {
            size_t part = part_of(ring, (double)x - (double)cx, (double)y - (double)cy);
            if (grid->mask[y * n + x] > 0) {
                sums[part] += room->rest[y * n + x];
                cells[part]++;
            }
        }
    double on_ring = 0;
    for (size_t k = 0; k < SECTORS; k++)
        on_ring += cells[k] / SECTORS;
    p.noise = sqrt(room->smooth[cell] / fmax(on_ring, 1));
    p.noise_middle = sqrt(room->smooth[cell] / fmax(cells[MIDDLE], 1));
    for (size_t k = 0; k < PARTS; k++)
        sums[k] = cells[k] > 0 ? sums[k] / cells[k] : 0;
    memcpy(p.sectors, sums, sizeof p.sectors);
    p.middle = sums[MIDDLE];
    p.around = sums[AROUND];
    return p;
}

// A disc has as much in its middle, the edge of one nothing beyond what is around; arcs
// of something else are not all around.
static bool has_shape(profile *p, bool bright)
{
    double sign = bright ? 1 : -1, mean = 0, weak = 0;
    for (size_t s = 0; s < SECTORS; s++) {
        p->sectors[s] = sign * (p->sectors[s] - p->around);
        mean += p->sectors[s] / SECTORS;
    }
    qsort(p->sectors, SECTORS, sizeof *p->sectors, compare);
    for (size_t s = 0; s < WEAKEST; s++)
        weak += p->sectors[s] / WEAKEST;
    weak += weaker * p->noise; // what chance takes from it
    double middle = sign * (p->middle - p->around) - p->noise_middle;
    return mean > 0 && weak >= evenness * mean && middle <= most_middle * mean &&
           mean >= least_edge * (mean - middle);
}

bool poles_ring_is_one(const poles_grid *grid, const poles_room *room, size_t ring,
                       size_t cell)
{
    const poles_ring *r = &grid->rings[ring];
    size_t n = grid->n, cx = cell % n, cy = cell / n, to = (size_t)(0.5 * r->radius);
    double z = fabs(room->rings[ring * n * n + cell]);
    for (size_t k = 0; k < grid->n_wide; k++)
        for (size_t y = cy > to ? cy - to : 0; y <= cy + to && y < n; y++)
            for (size_t x = cx > to ? cx - to : 0; x <= cx + to && x < n; x++)
                if (fabs(room->z[(k * n + y) * n + x]) > z)
                    return false;
    profile p = look_at(grid, room, r, cell);
    return has_shape(&p, room->rings[ring * n * n + cell] < 0);
}
