// src/spectrum/doubts.c: what a value would change by if something doubted were so.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/doubts.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { OUTCOMES_MOST = 16, PRODUCTS = IA_DOUBTS_MOST * (OUTCOMES_MOST + 1) };

static const double SMALL = 0.01; // of a standard deviation: changes no interval

// Put one into a list by rising change.
static void insert(ia_doubt *list, size_t *n, ia_doubt one)
{
    size_t at = (*n)++;

    for (; at > 0 && list[at - 1].change > one.change; at--)
        list[at] = list[at - 1];
    list[at] = one;
}

// Join the two neighbours whose joining takes the least from the spread.
static void join_nearest(ia_doubt *list, size_t *n)
{
    double least = INFINITY;
    size_t at = 0;

    for (size_t i = 0; i + 1 < *n; i++) {
        double p = list[i].probability, q = list[i + 1].probability;
        double gap = list[i + 1].change - list[i].change;
        double loss = p + q > 0 ? p * q / (p + q) * gap * gap : 0;
        if (loss < least) {
            least = loss;
            at = i;
        }
    }
    double p = list[at].probability, q = list[at + 1].probability;
    if (p + q > 0) {
        list[at].change += (list[at + 1].change - list[at].change) * q / (p + q);
        list[at].variance += (list[at + 1].variance - list[at].variance) * q / (p + q);
    }
    list[at].probability = p + q;
    (*n)--;
    memmove(list + at + 1, list + at + 2, (*n - at - 1) * sizeof *list);
}

void ia_doubts_add(ia_doubts *doubts, const ia_doubt *outcomes, size_t n, double sure)
{
    ia_doubt list[PRODUCTS];
    size_t n_list = 0;
    double none = 1, square = 0, more = 0;

    assert(n <= OUTCOMES_MOST);
    for (size_t i = 0; i < n; i++) {
        none -= outcomes[i].probability;
        square += outcomes[i].probability * outcomes[i].change * outcomes[i].change;
        more += outcomes[i].probability * outcomes[i].variance;
    }
    if (square <= SMALL * SMALL * sure * sure) {
        doubts->lost += square + more;
        return;
    }
    if (doubts->n == 0) {
        doubts->list[0] = (ia_doubt){1, 0, 0};
        doubts->n = 1;
    }
    for (size_t k = 0; k < doubts->n; k++) {
        ia_doubt before = doubts->list[k];
        insert(list, &n_list,
               (ia_doubt){before.probability * fmax(0, none), before.change,
                          before.variance});
        for (size_t i = 0; i < n; i++)
            insert(list, &n_list,
                   (ia_doubt){before.probability * outcomes[i].probability,
                              before.change + outcomes[i].change,
                              before.variance + outcomes[i].variance});
    }
    while (n_list > IA_DOUBTS_MOST)
        join_nearest(list, &n_list);
    memcpy(doubts->list, list, n_list * sizeof *list);
    doubts->n = n_list;
}

double ia_doubts_square(const ia_doubts *doubts)
{
    double sum = doubts->lost;

    for (size_t i = 0; i < doubts->n; i++) {
        const ia_doubt *d = &doubts->list[i];
        sum += d->probability * (d->change * d->change + d->variance);
    }
    return fmax(0, sum);
}
