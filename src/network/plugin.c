// src/network/plugin.c: the plugin that computes neural networks, loaded when asked for.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "network/network.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>

#define PLUGIN "libionatlas-learn.so"

// $ORIGIN is the folder of the program, or of the shared library.
static const char *const places[] = {
    "$ORIGIN/" PLUGIN,
    "$ORIGIN/ionatlas/" PLUGIN,
    "$ORIGIN/../" IA_LIBDIR "/ionatlas/" PLUGIN,
    PLUGIN,
};

static void *load(const char *path)
{
    void *handle = NULL;
    if (path)
        return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    for (size_t i = 0; i < sizeof places / sizeof places[0] && !handle; i++)
        handle = dlopen(places[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    return handle;
}

ia_status ia_network_plugin(ia_ctx *ctx, const char *path, const ia_learn_plugin **out)
{
    void *handle = load(path);
    if (!handle) {
        const char *why = dlerror();
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "neural networks need the plugin " PLUGIN
                       ", built where libtorch-dev is installed: %s",
                       why ? why : "not found");
    }
    const ia_learn_plugin *plugin = dlsym(handle, IA_LEARN_SYMBOL);
    if (!plugin || plugin->version != IA_LEARN_VERSION)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "the plugin " PLUGIN " that was found is of another version of "
                       "ionatlas");
    *out = plugin;
    return IA_OK;
}

enum { EDGE_MOST = 4096, OUTPUTS_MOST = 65536, WEIGHTS_MOST = 1 << 27 };

size_t ia_network_outputs(const ia_learn_net *net)
{
    return (size_t)net->layers[net->n_layers - 1].outputs;
}

size_t ia_network_count(const ia_learn_net *net)
{
    size_t maps = (size_t)net->maps, height = (size_t)net->height;
    size_t width = (size_t)net->width, n = 0;
    bool is_flat = false;
    if (net->n_layers < 1 || net->n_layers > IA_LEARN_LAYERS || net->maps < 1 ||
        net->maps > EDGE_MOST || net->height < 1 || net->height > EDGE_MOST ||
        net->width < 1 || net->width > EDGE_MOST)
        return 0;
    for (size_t i = 0; i < (size_t)net->n_layers; i++) {
        const ia_learn_layer *layer = &net->layers[i];
        bool convolves = layer->kind == IA_LEARN_CONVOLVE;
        if (layer->outputs < 1 || layer->outputs > OUTPUTS_MOST ||
            (!convolves && layer->kind != IA_LEARN_DENSE) ||
            (convolves && (is_flat || height < 2 || width < 2)))
            return 0;
        n += (size_t)layer->outputs * (maps * (convolves ? 9 : height * width) + 1);
        if (n > WEIGHTS_MOST)
            return 0;
        is_flat = !convolves;
        maps = (size_t)layer->outputs;
        height = convolves ? height / 2 : 1;
        width = convolves ? width / 2 : 1;
    }
    return is_flat ? n : 0;
}

static bool tell(void *user, double done)
{
    return ia_step(user, "train", done) == IA_OK;
}

static bool has_diverged(const ia_network *network)
{
    for (size_t i = 0; i < network->n_weights; i++)
        if (!isfinite(network->weights[i]))
            return true;
    return false;
}

ia_status ia_network_train(ia_ctx *ctx, const ia_learn_net *net, ia_learn_lesson lesson,
                           ia_network *network)
{
    const ia_learn_plugin *plugin = NULL;
    char words[IA_LEARN_WORDS] = "";
    ia_network made = {.net = *net, .n_weights = ia_network_count(net)};
    ia_status st = ia_network_plugin(ctx, NULL, &plugin);
    if (st != IA_OK)
        return st;
    if (!(made.weights = ia_array(ctx, made.n_weights, sizeof *made.weights)))
        return IA_ERR_MEMORY;
    lesson.step = tell;
    lesson.user = ctx;
    switch (plugin->train(net, &lesson, made.weights, words)) {
    case IA_LEARN_OK:
        if (!has_diverged(&made)) {
            *network = made;
            return IA_OK;
        }
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "the weights of the network grew without bound at a rate of %g: a "
                     "smaller one is needed",
                     lesson.rate);
        break;
    case IA_LEARN_STOPPED:
        st = IA_CANCELLED;
        break;
    default:
        st = ia_fail(ctx, IA_ERR_UNSUPPORTED, "the network could not be trained: %s",
                     words);
    }
    ia_network_clear(&made);
    return st;
}

ia_status ia_network_predict(ia_ctx *ctx, const ia_network *network, const float *rows,
                             size_t n, float *out)
{
    const ia_learn_plugin *plugin = NULL;
    char words[IA_LEARN_WORDS] = "";
    ia_status st = ia_network_plugin(ctx, NULL, &plugin);
    if (st == IA_OK && plugin->predict(&network->net, network->weights, rows, n, out,
                                       words) != IA_LEARN_OK)
        st = ia_fail(ctx, IA_ERR_UNSUPPORTED, "the network could not be run: %s", words);
    return st;
}

void ia_network_clear(ia_network *network)
{
    free(network->weights);
    json_decref(network->about);
    *network = (ia_network){0};
}
