// src/core/simplex.c: the least value of a function of few variables, without
// derivatives.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simplex.h"

#include <string.h>

typedef struct {
    double x[IA_SIMPLEX_MOST], value;
} corner;

typedef struct {
    const ia_simplex *problem;
    corner corners[IA_SIMPLEX_MOST + 1]; // by rising value
    size_t n_asked;
} search;

static corner ask(search *s, const double *x)
{
    corner c;
    memcpy(c.x, x, s->problem->n * sizeof *x);
    c.value = s->problem->value(s->problem->user, x);
    s->n_asked++;
    return c;
}

static void insert(search *s, size_t n, corner c)
{
    size_t i = n;
    for (; i > 0 && s->corners[i - 1].value > c.value; i--)
        s->corners[i] = s->corners[i - 1];
    s->corners[i] = c;
}

// The worst corner mirrored at the middle of the others, `factor` times as far.
static corner mirrored(search *s, double factor)
{
    size_t n = s->problem->n;
    double x[IA_SIMPLEX_MOST];
    for (size_t k = 0; k < n; k++) {
        double middle = 0;
        for (size_t i = 0; i < n; i++)
            middle += s->corners[i].x[k] / (double)n;
        x[k] = middle + factor * (middle - s->corners[n].x[k]);
    }
    return ask(s, x);
}

static void shrink(search *s)
{
    size_t n = s->problem->n;
    corner old[IA_SIMPLEX_MOST + 1];
    memcpy(old, s->corners, sizeof old);
    for (size_t i = 1; i <= n; i++) {
        for (size_t k = 0; k < n; k++)
            old[i].x[k] = (old[i].x[k] + old[0].x[k]) / 2;
        insert(s, i, ask(s, old[i].x));
    }
}

static void move(search *s)
{
    size_t n = s->problem->n;
    corner *worst = &s->corners[n], next = mirrored(s, 1);
    if (next.value < s->corners[0].value) {
        corner farther = mirrored(s, 2);
        next = farther.value < next.value ? farther : next;
    } else if (next.value >= s->corners[n - 1].value) {
        corner nearer = mirrored(s, next.value < worst->value ? 0.5 : -0.5);
        double bar = next.value < worst->value ? next.value : worst->value;
        if (nearer.value >= bar) {
            shrink(s);
            return;
        }
        next = nearer;
    }
    insert(s, n, next);
}

double ia_simplex_minimise(const ia_simplex *problem, double *x)
{
    search s = {.problem = problem};
    size_t n = problem->n;
    insert(&s, 0, ask(&s, x));
    for (size_t k = 0; k < n; k++) {
        double start[IA_SIMPLEX_MOST];
        memcpy(start, x, n * sizeof *x);
        start[k] += problem->step[k];
        insert(&s, k + 1, ask(&s, start));
    }
    while (s.n_asked < problem->most &&
           s.corners[n].value - s.corners[0].value > problem->tolerance)
        move(&s);
    memcpy(x, s.corners[0].x, n * sizeof *x);
    return s.corners[0].value;
}
