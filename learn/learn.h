/* learn/learn.h: neural networks behind C functions; a plugin that is loaded at run time.
 */
/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef IONATLAS_LEARN_H
#define IONATLAS_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers go in and come out as plain arrays; the caller keeps the weights, saves and
   loads them. The plugin holds nothing between two calls, takes one thread, and gives the
   same bits for the same input on one type of machine. One call at a time. */

enum { IA_LEARN_LAYERS = 16, IA_LEARN_WORDS = 256 };
#define IA_LEARN_VERSION 1u

typedef enum {
    IA_LEARN_DENSE,   /* all inputs to each output */
    IA_LEARN_CONVOLVE /* 3 x 3 cells, then the greatest of each 2 x 2 */
} ia_learn_kind;

/* Rectified, but for the last. */
typedef struct {
    int32_t kind;    /* ia_learn_kind; dense ones come last */
    int32_t outputs; /* numbers, or maps */
} ia_learn_layer;

typedef struct {
    int32_t maps, height, width; /* of a row of input; (n, 1, 1) for plain numbers */
    int32_t n_layers;
    bool classes; /* the last layer gives logits of classes; else numbers */
    ia_learn_layer layers[IA_LEARN_LAYERS];
} ia_learn_net;

typedef struct {
    const float *rows;   /* (n, maps, height, width) */
    const float *wanted; /* (n, outputs): numbers, or shares of classes */
    size_t n;
    uint64_t seed;
    size_t epochs, batch;
    double rate;    /* of Adam at the start; falls by a cosine to 0 where `cools` */
    double dropout; /* share of the numbers of each hidden dense layer left out */
    bool cools;
    bool (*step)(void *user, double done); /* after each epoch; false stops; NULL: none */
    void *user;
} ia_learn_lesson;

typedef enum {
    IA_LEARN_OK,
    IA_LEARN_STOPPED, /* by `step` */
    IA_LEARN_FAILED   /* with a sentence */
} ia_learn_end;

typedef struct {
    uint32_t version; /* IA_LEARN_VERSION */
    const char *library;
    /* Weights into (ia_learn_weights) floats. */
    ia_learn_end (*train)(const ia_learn_net *net, const ia_learn_lesson *lesson,
                          float *weights, char words[IA_LEARN_WORDS]);
    /* (n, outputs) into `out`: chances of classes that add up to 1, or numbers. */
    ia_learn_end (*predict)(const ia_learn_net *net, const float *weights,
                            const float *rows, size_t n, float *out,
                            char words[IA_LEARN_WORDS]);
} ia_learn_plugin;

/* What the plugin exports, by this name. */
#define IA_LEARN_SYMBOL "ia_learn_networks"

#ifdef __cplusplus
}
#endif
#endif
