// src/spatial/pairs_kernel.c: distances from one ion to many, as numbers of bins.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/pairs_internal.h"

#include <math.h>
#include <stdlib.h>
#ifdef IA_VECTOR_X86
#include <immintrin.h>
#endif

// Cells of the table: the first bin is one cell of the square, more bins make it coarse.
enum { TABLE_MOST = 1 << 14, CHUNK = 256 };

ia_status ia_pair_bins_new(ia_ctx *ctx, double r_max, size_t n, ia_pair_bins *out)
{
    ia_pair_bins bins = {.n = n, .inverse = (double)n / r_max};
    bins.n_table = n < 128 ? n * n : TABLE_MOST;
    bins.table_scale = (double)bins.n_table / (r_max * r_max);
    if (!(bins.edge2 = ia_array(ctx, n + 1, sizeof *bins.edge2)) ||
        !(bins.table = ia_array(ctx, bins.n_table + 1, sizeof *bins.table))) {
        ia_pair_bins_clear(&bins);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i <= n; i++) {
        double r = (double)i * r_max / (double)n;
        bins.edge2[i] = r * r;
    }
    // A hair low, so that a rounded cell never begins above the bin of its distances.
    for (size_t i = 0, bin = 0; i <= bins.n_table; i++) {
        double d2 = ((double)i - 1e-3) / bins.table_scale;
        while (bin + 1 < n && bins.edge2[bin + 1] <= d2)
            bin++;
        bins.table[i] = (uint16_t)bin;
    }
    *out = bins;
    return IA_OK;
}

void ia_pair_bins_clear(ia_pair_bins *bins)
{
    free(bins->edge2);
    free(bins->table);
    *bins = (ia_pair_bins){0};
}

// The bin of a squared distance below r_max.
static size_t bin_of(const ia_pair_bins *bins, double d2)
{
    size_t bin = bins->table[(size_t)(d2 * bins->table_scale)];
    while (d2 >= bins->edge2[bin + 1])
        bin++;
    return bin;
}

IA_VECTOR static void measure(const ia_pair_row *row, size_t begin, size_t n,
                              const float query[3], double *restrict d2)
{
    const float *x = row->x + begin, *y = row->y + begin, *z = row->z + begin;
    double qx = query[0], qy = query[1], qz = query[2];
    for (size_t i = 0; i < n; i++) {
        double dx = x[i] - qx, dy = y[i] - qy, dz = z[i] - qz;
        d2[i] = dx * dx + dy * dy + dz * dz;
    }
}

static size_t find_plain(const ia_pair_bins *bins, const ia_pair_row *row,
                         const float query[3], uint16_t *found)
{
    double d2[CHUNK], most = bins->edge2[bins->n];
    size_t n_found = 0;
    for (size_t begin = 0; begin < row->n; begin += CHUNK) {
        size_t n = row->n - begin < CHUNK ? row->n - begin : CHUNK;
        measure(row, begin, n, query, d2);
        for (size_t i = 0; i < n; i++)
            if (d2[i] < most)
                found[n_found++] = (uint16_t)bin_of(bins, d2[i]);
    }
    return n_found;
}

#ifdef IA_VECTOR_X86
static double squared(const ia_pair_row *row, size_t i, const float query[3])
{
    double dx = (double)row->x[i] - (double)query[0];
    double dy = (double)row->y[i] - (double)query[1];
    double dz = (double)row->z[i] - (double)query[2];
    return dx * dx + dy * dy + dz * dz;
}

// Distances so near an edge that float32 cannot tell the side.
static size_t find_exact(const ia_pair_bins *bins, const ia_pair_row *row,
                         const float query[3], size_t first, unsigned lanes,
                         uint16_t *found)
{
    size_t n = 0;
    for (; lanes; lanes &= lanes - 1) {
        double d2 = squared(row, first + (size_t)__builtin_ctz(lanes), query);
        if (d2 < bins->edge2[bins->n])
            found[n++] = (uint16_t)bin_of(bins, d2);
    }
    return n;
}

// The relative error of a distance in bins is below 1e-6: three roundings of the square
// and the root by one Newton step from 14 bits.
static const float hair = 1e-6f;
enum { WIDE_BINS = 4096 }; // more: too many distances lie near an edge

#define WIDE __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))
typedef struct {
    __m512 x, y, z;            // of the query
    __m512 most;               // nm^2, half a hair above r_max
    __m512 half, three_halves; // of the bins per nm
    __m512 near;               // bins
} wide;

WIDE static inline __m512 wide_squares(const wide *w, const ia_pair_row *row, size_t i)
{
    __m512 dx = _mm512_sub_ps(_mm512_loadu_ps(row->x + i), w->x);
    __m512 dy = _mm512_sub_ps(_mm512_loadu_ps(row->y + i), w->y);
    __m512 dz = _mm512_sub_ps(_mm512_loadu_ps(row->z + i), w->z);
    return _mm512_fmadd_ps(dx, dx, _mm512_fmadd_ps(dy, dy, _mm512_mul_ps(dz, dz)));
}

// Distance in bins.
WIDE static inline __m512 wide_root(const wide *w, __m512 d2)
{
    __m512 at_least = _mm512_max_ps(d2, _mm512_set1_ps(1e-30f));
    __m512 y = _mm512_rsqrt14_ps(at_least), r = _mm512_mul_ps(at_least, y);
    __m512 step = _mm512_fnmadd_ps(_mm512_mul_ps(r, y), w->half, w->three_halves);
    return _mm512_mul_ps(r, step);
}

WIDE static size_t find_wide(const ia_pair_bins *bins, const ia_pair_row *row,
                             const float query[3], uint16_t *found)
{
    float inverse = (float)bins->inverse;
    const wide w = {_mm512_set1_ps(query[0]),
                    _mm512_set1_ps(query[1]),
                    _mm512_set1_ps(query[2]),
                    _mm512_set1_ps((float)(bins->edge2[bins->n] * (1 + 1e-6))),
                    _mm512_set1_ps(0.5f * inverse),
                    _mm512_set1_ps(1.5f * inverse),
                    _mm512_set1_ps(hair * (float)(bins->n + 1))};
    size_t n = 0;
    for (size_t i = 0; i < row->n; i += 16) {
        __m512 d2 = wide_squares(&w, row, i);
        __mmask16 in = _mm512_cmp_ps_mask(d2, w.most, _CMP_LT_OQ);
        if (row->n - i < 16)
            in &= (__mmask16)((1u << (row->n - i)) - 1);
        __m512 t = wide_root(&w, d2);
        __m512 off = _mm512_abs_ps(_mm512_reduce_ps(t, _MM_FROUND_TO_NEAREST_INT));
        __mmask16 near = _mm512_mask_cmp_ps_mask(in, off, w.near, _CMP_LT_OQ);
        in &= (__mmask16)~near;
        __m512i bin = _mm512_maskz_compress_epi32(in, _mm512_cvttps_epi32(t));
        _mm256_storeu_si256((__m256i *)(void *)(found + n), _mm512_cvtepi32_epi16(bin));
        n += (size_t)__builtin_popcount(in);
        if (near)
            n += find_exact(bins, row, query, i, near, found + n);
    }
    return n;
}
#endif

size_t ia_pair_bins_find(const ia_pair_bins *bins, const ia_pair_row *row,
                         const float query[3], uint16_t *found)
{
#ifdef IA_VECTOR_X86
    if (bins->n <= WIDE_BINS && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return find_wide(bins, row, query, found);
#endif
    return find_plain(bins, row, query, found);
}
