// include/ionatlas/neighbours.h: which ions are near: one index for every spatial method.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_NEIGHBOURS_H
#define IONATLAS_NEIGHBOURS_H

#include <ionatlas/ions.h>

IA_BEGIN

// Positions, borrowed: row i at xyz + 3 i.
typedef struct {
    const float *xyz; // (n, 3) nm
    size_t n;
} ia_points;

// Points sorted into cells, cells in rows along x, rows in blocks. Read-only once built,
// so that many threads may ask at once. 16 B per point and about 2 B for the cells.
typedef struct ia_index ia_index;

typedef struct {
    double points_per_cell; // mean number of points in a cell that holds any
} ia_index_params;
IA_API extern const ia_method ia_index_method;
IA_API ia_index_params ia_index_defaults(void);

// O(n) time. Any positions do that lie within 1e18 nm of each other along an axis (else
// IA_ERR_UNSUPPORTED: squared distances would leave the range of float): where cells
// would fill unevenly (few points far away, points on top of each other) a tree is built
// instead, O(n log n). Same result from either.
IA_API ia_status ia_index_build(ia_ctx *ctx, const ia_points *points,
                                const ia_index_params *params, ia_index **out);
IA_API void ia_index_free(ia_index *index);
IA_API size_t ia_index_size(const ia_index *index);

// For each query the k nearest points of the index by rising distance. A point is not its
// own neighbour when `same` says that queries and points are the same list. Where fewer
// than k points exist, the rest is INFINITY and -1. Equal distances are ordered by rising
// point number.
typedef struct {
    size_t n, k;
    float *distance;    // (n, k) nm
    int32_t *neighbour; // (n, k) numbers of points; NULL when not asked for
} ia_knn;
typedef struct {
    size_t k;
    bool same;       // the queries are the points of the index
    bool neighbours; // fill `neighbour` too
} ia_knn_request;
// O(n k) time for points of even density. 4 B (8 B with neighbours) per query and
// neighbour.
IA_API ia_status ia_knn_compute(ia_ctx *ctx, const ia_index *index,
                                const ia_points *queries, const ia_knn_request *request,
                                ia_knn *out);
IA_API void ia_knn_clear(ia_knn *knn);

// Call `visit` for each pair (query, point) nearer than radius, a block of queries at a
// time, from many threads. A query's points come in the order of the index: the same on
// any number of threads.
typedef void (*ia_visit)(void *user, size_t worker, size_t query, const uint32_t *points,
                         const float *squared_distances, size_t n);
IA_API ia_status ia_index_each_within(ia_ctx *ctx, const ia_index *index,
                                      const ia_points *queries, double radius,
                                      ia_visit visit, void *user);

// Where the neighbours of a query are looked for: about the query, along an axis.
enum {
    IA_AROUND_CYLINDER, // across the axis nearer than `radius`
    IA_AROUND_SLAB      // from the query nearer than `radius`
};
typedef struct {
    int shape;           // one of the above
    double axis[3];      // of the cylinder, normal of the slab; of any length
    double radius;       // nm
    double half_height;  // nm: nearer than this along the axis, to either side
    const uint8_t *take; // (points of the index) 0: passed over; NULL: all count
    bool same;           // the queries are the points of the index: not with themselves
} ia_around_request;

// Neighbours of one query: numbers of the points, and their offsets from it in the frame
// of ia_around_frame: w along the axis, u and v across.
typedef struct {
    size_t n;
    const uint32_t *points;
    const float *u, *v, *w; // (n) nm
} ia_around;
typedef void (*ia_visit_around)(void *user, size_t worker, size_t query,
                                const ia_around *around);

// Call `visit` for each query with every point of the shape about it, from many threads;
// in the order of the index: the same on any number of threads. Offsets and limits are
// those of float32. IA_ERR_PARAM for an axis of no length, and for a radius or height
// that is not positive. O(n x points of the box about the shape) time.
IA_API ia_status ia_index_each_around(ia_ctx *ctx, const ia_index *index,
                                      const ia_points *queries,
                                      const ia_around_request *request,
                                      ia_visit_around visit, void *user);
// Rows u, v, w: unit vectors, right-handed; w along the axis and u as near as it can be
// to the coordinate axis that w is farthest from (x before y before z). False for an axis
// of no length.
IA_API bool ia_around_frame(const double axis[3], double frame[3][3]);

IA_END
#endif
