// include/ionatlas/honest.h: could chance have done it? Nulls, halves, thinning, errors.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_HONEST_H
#define IONATLAS_HONEST_H

#include <ionatlas/parallel.h>
#include <ionatlas/random.h>

IA_BEGIN

// Everything here takes the method as a callback that fills n_values numbers, and runs it
// again and again on changed data: from several threads at once, worker numbers below
// ia_for_workers(ctx, SIZE_MAX), each draw with random numbers of its own. So results are
// the same on any number of threads. The callback gets a context of its own, which is
// silent and has one thread; what it fails with, and its sentence, is what the call fails
// with. Whatever the method chooses (a threshold, a bandwidth) it must choose inside the
// callback: then the null repeats the choice.

// Draw 0 is the data as they are; draws 1, 2, ... are shuffles.
typedef struct {
    uint64_t number;
    ia_random random; // ia_random_new(seed, number)
} ia_draw;
typedef ia_status (*ia_statistic)(ia_ctx *ctx, void *user, const ia_draw *draw,
                                  size_t worker, double *values);
typedef struct {
    ia_statistic statistic;
    void *user;
    size_t n_values;
    const char *stage; // for the progress line
} ia_question;

typedef struct {
    size_t n_shuffles; // at most
    size_t n_stop;     // stop when so many shuffles reached the first value; 0: never
    uint64_t seed;
    double band; // share of the shuffles between lo and hi, such as 0.95
} ia_null_params;

// p[i] = (1 + shuffles with a value >= the observed one)/(n_shuffles + 1): the chance of
// a value so large where labels mean nothing; P(p <= a) <= a there. With n_stop = h the
// last shuffle drawn is the one that reached the value for the h-th time; it is left out
// of n_shuffles, which makes p = h/(number drawn), the sequential test of Besag and
// Clifford (doi:10.1093/biomet/78.2.301). A value that is not finite counts as reaching.
typedef struct {
    size_t n_values, n_shuffles;
    double *observed, *mean, *sd, *lo, *hi; // (n_values); NAN where no shuffle was drawn
    double *p;                              // (n_values)
    double
        p_any; // of a value as unusual, either way, anywhere on the curve; without n_stop
    double *nulls; // (n_shuffles, n_values)
} ia_null;

// IA_ERR_PARAM when no shuffle is asked for. Memory: 8 B per shuffle and value.
IA_API ia_status ia_null_test(ia_ctx *ctx, const ia_question *question,
                              const ia_null_params *params, ia_null *out);
IA_API void ia_null_clear(ia_null *null);

// Holm's correction (www.jstor.org/stable/4615733): adjusted[i] <= a for the questions
// that may be answered yes with a chance <= a of one or more false yes among all n.
// The arrays may be the same. O(n log n).
IA_API ia_status ia_holm(ia_ctx *ctx, const double *p, size_t n, double *adjusted);
// The fewest shuffles with which one of n questions can pass at this level.
IA_API size_t ia_holm_shuffles(size_t n, double level);
// Of p after the correction: at most that, and what was asked about is told.
IA_API extern const double ia_told_level;
// As many as are asked for, or, where these could not decide n questions at this level
// whatever the data are, enough that one of them can pass.
IA_API size_t ia_holm_enough(size_t asked, size_t n, double level);

// Mark m of n, each choice as likely as any other: bit i % 64 of bits[i / 64]. O(m +
// n/64).
IA_API void ia_select(ia_random *random, size_t m, size_t n, uint64_t *bits);
static inline size_t ia_select_words(size_t n)
{
    return n / 64 + (n % 64 != 0);
}
static inline bool ia_is_selected(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}
// Permute labels: the null of any statistic over several species.
IA_API void ia_labels_shuffle(ia_random *random, int32_t *labels, size_t n);

// The statistic on part of the ions, those whose bit is set.
typedef ia_status (*ia_part_statistic)(ia_ctx *ctx, void *user, const uint64_t *bits,
                                       size_t worker, double *values);
typedef struct {
    ia_part_statistic statistic;
    void *user;
    size_t n_values;
    const char *stage;
} ia_part_question;
typedef struct {
    double share;     // of the ions in a part: 0.5 for halves, 0.7 for thinning
    bool both;        // the rest too, as a second part: split halves
    size_t n_repeats; // divisions
    uint64_t seed;
} ia_part_params;

typedef struct {
    size_t n_repeats, n_parts, n_values; // n_parts is 2 with `both`, else 1
    double *values;                      // (n_repeats, n_parts, n_values)
    double *mean, *sd;                   // (n_values) over repeats and parts
    double *rms_difference; // (n_values) between the two parts; NULL without `both`
} ia_parts;

// A value in random halves of the ions: mean, and rms difference between the two; with 70
// % of them: mean and standard deviation. NAN where it is not known.
typedef struct {
    double half_mean, half_difference, thinned_mean, thinned_sd;
} ia_steadiness;

// n ions divided at random, n_repeats times. Memory: n/8 B per worker.
IA_API ia_status ia_parts_compute(ia_ctx *ctx, const ia_part_question *question, size_t n,
                                  const ia_part_params *params, ia_parts *out);
IA_API void ia_parts_clear(ia_parts *parts);

// Space cut into cubes: block[i] of each position, numbered by first appearance.
// IA_ERR_PARAM unless edge > 0 and positions are finite; IA_ERR_UNSUPPORTED beyond 2^20
// cubes along an axis. O(n log n) time, 16 B per position.
IA_API ia_status ia_blocks_build(ia_ctx *ctx, const float *xyz, size_t n, double edge,
                                 uint32_t *block, size_t *n_blocks);

// The statistic with block b counted weight[b] times.
typedef ia_status (*ia_weighted_statistic)(ia_ctx *ctx, void *user,
                                           const uint32_t *weight, size_t worker,
                                           double *values);
typedef struct {
    ia_weighted_statistic statistic;
    void *user;
    size_t n_values;
    const char *stage;
} ia_bootstrap_question;
typedef struct {
    size_t n_repeats;
    uint64_t seed;
    double band;
} ia_bootstrap_params;
typedef struct {
    size_t n_values;
    double *estimate;  // (n_values) with every block once
    double *mean, *sd; // (n_values) over the resampled
    double *lo, *hi;   // (n_values) quantiles
} ia_bootstrap;

// Errors when neighbouring ions are not independent: blocks drawn with replacement
// (Kuensch, doi:10.1214/aos/1176347265). The block must be wider than whatever makes ions
// alike (a precipitate), and there should be 20 or more: fewer than 2 is IA_ERR_PARAM.
IA_API ia_status ia_bootstrap_compute(ia_ctx *ctx, const ia_bootstrap_question *question,
                                      size_t n_blocks, const ia_bootstrap_params *params,
                                      ia_bootstrap *out);
IA_API void ia_bootstrap_clear(ia_bootstrap *bootstrap);

IA_END
#endif
