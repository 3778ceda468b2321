// src/honest/holm.c: Holm's correction for asking several questions at once.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/honest.h>

#include <math.h>
#include <stdlib.h>

const double ia_told_level = 0.05;

typedef struct {
    double p;
    size_t question;
} answer;

static int compare(const void *a, const void *b)
{
    const answer *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->question > y->question) - (x->question < y->question);
}

ia_status ia_holm(ia_ctx *ctx, const double *p, size_t n, double *adjusted)
{
    answer *answers = ia_array(ctx, n, sizeof *answers);
    if (!answers)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        answers[i] = (answer){p[i], i};
    qsort(answers, n, sizeof *answers, compare);
    double least = 0;
    for (size_t i = 0; i < n; i++) {
        double own = fmin(1, answers[i].p * (double)(n - i));
        least = fmax(least, own); // never below that of a smaller p
        adjusted[answers[i].question] = least;
    }
    free(answers);
    return IA_OK;
}

size_t ia_holm_shuffles(size_t n, double level)
{
    // n/(shuffles + 1) <= level; the slack forgives the rounding of n/level.
    double least = ceil((double)(n > 0 ? n : 1) / level * (1 - 1e-12)) - 1;
    return least > 1 ? (size_t)least : 1;
}

size_t ia_holm_enough(size_t asked, size_t n, double level)
{
    size_t least = ia_holm_shuffles(n, level);
    return asked >= least ? asked : least + 1; // one more: p stays clear of rounding
}
