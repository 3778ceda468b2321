// src/spatial/around_kernel.c: which of many points lie in a cylinder or slab about one.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/around_internal.h"

#include <math.h>
#include <stdlib.h>
#ifdef IA_VECTOR_X86
#include <immintrin.h>
#endif

enum { VECTOR = IA_AROUND_SPARE, CHUNK = 256 };

bool ia_around_make_room(ia_around_list *list, size_t n)
{
    if (n + VECTOR <= list->room)
        return true;
    size_t room = n + n / 2 + VECTOR;
    ia_around_list_clear(list);
    float **values[] = {&list->x, &list->y, &list->z, &list->u, &list->v, &list->w};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (!(*values[i] = ia_array(NULL, room, sizeof(float))))
            return false;
    if (!(list->point = ia_array(NULL, room, sizeof *list->point)) ||
        !(list->found = ia_array(NULL, room, sizeof *list->found)))
        return false;
    list->room = room;
    return true;
}

void ia_around_list_clear(ia_around_list *list)
{
    free(list->x);
    free(list->y);
    free(list->z);
    free(list->point);
    free(list->u);
    free(list->v);
    free(list->w);
    free(list->found);
    *list = (ia_around_list){0};
}

// Offsets in the frame of the shape, and the square that the radius bounds.
typedef struct {
    float u[CHUNK], v[CHUNK], w[CHUNK], d2[CHUNK];
} offsets;

IA_VECTOR static void measure(const ia_around_shape *shape, const ia_around_list *list,
                              size_t begin, size_t n, const float query[3], offsets *o)
{
    const float *x = list->x + begin, *y = list->y + begin, *z = list->z + begin;
    const float(*f)[3] = shape->frame;
    float qx = query[0], qy = query[1], qz = query[2];
    float along = shape->by_distance ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        float dx = x[i] - qx, dy = y[i] - qy, dz = z[i] - qz;
        float u = dx * f[0][0] + dy * f[0][1] + dz * f[0][2];
        float v = dx * f[1][0] + dy * f[1][1] + dz * f[1][2];
        float w = dx * f[2][0] + dy * f[2][1] + dz * f[2][2];
        o->u[i] = u;
        o->v[i] = v;
        o->w[i] = w;
        o->d2[i] = u * u + v * v + along * (w * w);
    }
}

static size_t keep_plain(const ia_around_shape *shape, ia_around_list *list,
                         const float query[3], uint32_t skip)
{
    offsets o;
    size_t n_found = 0;
    for (size_t begin = 0; begin < list->n; begin += CHUNK) {
        size_t n = list->n - begin < CHUNK ? list->n - begin : CHUNK;
        measure(shape, list, begin, n, query, &o);
        for (size_t i = 0; i < n; i++) {
            list->u[n_found] = o.u[i];
            list->v[n_found] = o.v[i];
            list->w[n_found] = o.w[i];
            list->found[n_found] = list->point[begin + i];
            n_found += o.d2[i] < shape->r2 && fabsf(o.w[i]) < shape->half &&
                       list->point[begin + i] != skip;
        }
    }
    return n_found;
}

#ifdef IA_VECTOR_X86
#define WIDE __attribute__((target("avx512f,avx512dq")))
WIDE static inline __m512 along(const float axis[3], __m512 dx, __m512 dy, __m512 dz)
{
    __m512 sum = _mm512_mul_ps(dx, _mm512_set1_ps(axis[0]));
    sum = _mm512_add_ps(sum, _mm512_mul_ps(dy, _mm512_set1_ps(axis[1])));
    return _mm512_add_ps(sum, _mm512_mul_ps(dz, _mm512_set1_ps(axis[2])));
}

// Sixteen at a time: turn, compare, close the gaps, store.
WIDE static size_t keep_wide(const ia_around_shape *shape, ia_around_list *list,
                             const float query[3], uint32_t skip)
{
    const __m512 qx = _mm512_set1_ps(query[0]), qy = _mm512_set1_ps(query[1]),
                 qz = _mm512_set1_ps(query[2]);
    const __m512 r2 = _mm512_set1_ps(shape->r2), half = _mm512_set1_ps(shape->half);
    const __m512 weight = _mm512_set1_ps(shape->by_distance ? 1 : 0);
    const __m512i own = _mm512_set1_epi32((int)skip);
    size_t n = 0;
    for (size_t i = 0; i < list->n; i += VECTOR) {
        __m512 dx = _mm512_sub_ps(_mm512_loadu_ps(list->x + i), qx);
        __m512 dy = _mm512_sub_ps(_mm512_loadu_ps(list->y + i), qy);
        __m512 dz = _mm512_sub_ps(_mm512_loadu_ps(list->z + i), qz);
        __m512i point = _mm512_loadu_si512(list->point + i);
        __m512 w = along(shape->frame[2], dx, dy, dz);
        __mmask16 in = _mm512_cmp_ps_mask(_mm512_abs_ps(w), half, _CMP_LT_OQ);
        if (list->n - i < VECTOR)
            in &= (__mmask16)((1u << (list->n - i)) - 1);
        if (!in)
            continue;
        __m512 u = along(shape->frame[0], dx, dy, dz);
        __m512 v = along(shape->frame[1], dx, dy, dz);
        __m512 d2 = _mm512_add_ps(_mm512_mul_ps(u, u), _mm512_mul_ps(v, v));
        d2 = _mm512_add_ps(d2, _mm512_mul_ps(weight, _mm512_mul_ps(w, w)));
        in = _mm512_mask_cmp_ps_mask(in, d2, r2, _CMP_LT_OQ);
        in = _mm512_mask_cmpneq_epi32_mask(in, point, own);
        _mm512_storeu_ps(list->u + n, _mm512_maskz_compress_ps(in, u));
        _mm512_storeu_ps(list->v + n, _mm512_maskz_compress_ps(in, v));
        _mm512_storeu_ps(list->w + n, _mm512_maskz_compress_ps(in, w));
        _mm512_storeu_si512(list->found + n, _mm512_maskz_compress_epi32(in, point));
        n += (size_t)__builtin_popcount(in);
    }
    return n;
}
#endif

size_t ia_around_keep(const ia_around_shape *shape, ia_around_list *list,
                      const float query[3], uint32_t skip)
{
#ifdef IA_VECTOR_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return keep_wide(shape, list, query, skip);
#endif
    return keep_plain(shape, list, query, skip);
}
