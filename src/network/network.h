// src/network/network.h: neural networks: the plugin that computes them, their weights in
// a file.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_SRC_NETWORK_H
#define IONATLAS_SRC_NETWORK_H

#include <ionatlas/method.h>
#include <ionatlas/table.h>

#include "learn/learn.h"

#include <jansson.h>

typedef struct {
    ia_learn_net net;
    size_t n_weights;
    float *weights; // (n_weights) layer by layer: weights, then offsets
    json_t *about;  // what else was learnt with them
    char sha256[65];
} ia_network;

// What a network was trained for, and how.
typedef struct {
    const char *name; // "poles"
    const ia_method *method;
    const void *params;
} ia_network_task;

// The plugin from `path`, or NULL for the usual places: beside the program or library,
// where they are installed, where the system looks. It stays loaded.
// IA_ERR_UNSUPPORTED with a sentence where there is none, or one of another version.
ia_status ia_network_plugin(ia_ctx *ctx, const char *path, const ia_learn_plugin **out);

// Weights of a network; 0 for one that cannot be.
size_t ia_network_count(const ia_learn_net *net);
size_t ia_network_outputs(const ia_learn_net *net);

// Fills `net` of `network`, which is new, with weights. Progress and cancelling through
// the context; the lesson's own are not used.
ia_status ia_network_train(ia_ctx *ctx, const ia_learn_net *net, ia_learn_lesson lesson,
                           ia_network *network);
// (n, outputs) into `out`.
ia_status ia_network_predict(ia_ctx *ctx, const ia_network *network, const float *rows,
                             size_t n, float *out);
void ia_network_clear(ia_network *network);

// A line of JSON (task, parameters, layers, library, SHA-256 of the weights, and
// `about`), then the weights, float32, little-endian. *bytes is freed with free().
ia_status ia_network_write(ia_ctx *ctx, const ia_network *network,
                           const ia_network_task *task, unsigned char **bytes, size_t *n);
// The same with the SHA-256 of all bytes, and the table "model" {bytes, sha256} of it.
ia_status ia_network_seal(ia_ctx *ctx, const ia_network *network,
                          const ia_network_task *task, unsigned char **bytes, size_t *n,
                          char sha256[65]);
ia_status ia_network_tell(ia_ctx *ctx, size_t n, const char *sha256, ia_result *result);
// IA_ERR_FORMAT for what is none of that task, is cut, or was changed.
ia_status ia_network_parse(ia_ctx *ctx, const unsigned char *bytes, size_t n,
                           const char *task, ia_network *out);
// The same from a file; IA_ERR_PARAM where `path` is "".
ia_status ia_network_open(ia_ctx *ctx, const char *path, const char *task,
                          ia_network *out);

#endif
