// src/network/model.c: weights of a network in a file, with where they come from.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "network/network.h"

#include <ionatlas/formats.h>
#include <ionatlas/hash.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_MOST = 1 << 16 }; // bytes of the line of JSON
static const char what[] = "ionatlas network";
static const char *const kinds[] = {"dense", "convolve"};

static json_t *describe_params(const ia_network_task *task)
{
    json_t *out = json_object();
    for (size_t i = 0; out && i < task->method->n_fields; i++) {
        const ia_field *field = &task->method->fields[i];
        char text[IA_FIELD_TEXT_MAX];
        ia_field_write(field, task->params, text, sizeof text);
        bool is_number =
            field->type == IA_F64 || field->type == IA_SIZE || field->type == IA_U64;
        json_object_set_new(out, field->name,
                            is_number ? json_real(strtod(text, NULL))
                                      : json_string(text));
    }
    return out;
}

static json_t *describe_net(const ia_learn_net *net)
{
    json_t *layers = json_array();
    for (size_t i = 0; layers && i < (size_t)net->n_layers; i++)
        json_array_append_new(layers, json_pack("[s, i]", kinds[net->layers[i].kind],
                                                net->layers[i].outputs));
    return json_pack("{s:[i, i, i], s:b, s:o}", "input", net->maps, net->height,
                     net->width, "classes", net->classes, "layers", layers);
}

static void put_weights(const float *weights, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &weights[i], sizeof bits);
        for (size_t k = 0; k < 4; k++)
            out[4 * i + k] = (unsigned char)(bits >> (8 * k));
    }
}

static bool get_weights(const unsigned char *bytes, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++)
            bits |= (uint32_t)bytes[4 * i + k] << (8 * k);
        memcpy(&out[i], &bits, sizeof bits);
        if (!isfinite(out[i]))
            return false;
    }
    return true;
}

ia_status ia_network_write(ia_ctx *ctx, const ia_network *network,
                           const ia_network_task *task, unsigned char **bytes, size_t *n)
{
    const ia_learn_plugin *plugin = NULL;
    size_t n_bytes = 4 * network->n_weights;
    unsigned char *all = NULL, *weights = ia_array(ctx, n_bytes, 1);
    char sha256[65], *text = NULL;
    json_t *head = NULL;
    ia_status st = weights ? ia_network_plugin(ctx, NULL, &plugin) : IA_ERR_MEMORY;
    if (st != IA_OK)
        goto done;
    put_weights(network->weights, network->n_weights, weights);
    if ((st = ia_sha256(ctx, weights, n_bytes, sha256)) != IA_OK)
        goto done;
    st = IA_ERR_MEMORY;
    head = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:O?}", "what", what, "task",
                     task->name, "program", ia_version(), "library", plugin->library,
                     "sha256", sha256, "parameters", describe_params(task), "network",
                     describe_net(&network->net), "about", network->about);
    if (!head || !(text = json_dumps(head, JSON_COMPACT)))
        goto done;
    size_t line = strlen(text) + 1;
    if (!(all = ia_array(ctx, line + n_bytes, 1)))
        goto done;
    memcpy(all, text, line - 1);
    all[line - 1] = '\n';
    memcpy(all + line, weights, n_bytes);
    *bytes = all;
    *n = line + n_bytes;
    st = IA_OK;
done:
    free(weights);
    free(text);
    json_decref(head);
    return st;
}

ia_status ia_network_seal(ia_ctx *ctx, const ia_network *network,
                          const ia_network_task *task, unsigned char **bytes, size_t *n,
                          char sha256[65])
{
    ia_status st = ia_network_write(ctx, network, task, bytes, n);
    return st == IA_OK ? ia_sha256(ctx, *bytes, *n, sha256) : st;
}

ia_status ia_network_tell(ia_ctx *ctx, size_t n, const char *sha256, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "model", IA_OBJECT, 1);
    if (!table || ia_table_add_u64(ctx, table, "bytes", n) != IA_OK)
        return IA_ERR_MEMORY;
    return ia_table_add_text(ctx, table, "sha256", sha256);
}

static bool read_layer(const json_t *json, ia_learn_layer *layer)
{
    const char *kind = json_string_value(json_array_get(json, 0));
    json_int_t outputs = json_integer_value(json_array_get(json, 1));
    if (!kind || outputs < 1 || outputs > INT32_MAX)
        return false;
    layer->outputs = (int32_t)outputs;
    for (int32_t k = 0; k < 2; k++)
        if (strcmp(kind, kinds[k]) == 0) {
            layer->kind = k;
            return true;
        }
    return false;
}

static bool read_net(const json_t *json, ia_learn_net *net)
{
    const json_t *input = json_object_get(json, "input");
    const json_t *layers = json_object_get(json, "layers");
    int32_t *edges[] = {&net->maps, &net->height, &net->width};
    for (size_t k = 0; k < 3; k++) {
        json_int_t edge = json_integer_value(json_array_get(input, k));
        if (edge < 1 || edge > INT32_MAX)
            return false;
        *edges[k] = (int32_t)edge;
    }
    if (json_array_size(layers) > IA_LEARN_LAYERS)
        return false;
    net->n_layers = (int32_t)json_array_size(layers);
    net->classes = json_is_true(json_object_get(json, "classes"));
    for (size_t i = 0; i < (size_t)net->n_layers; i++)
        if (!read_layer(json_array_get(layers, i), &net->layers[i]))
            return false;
    return ia_network_count(net) > 0;
}

static bool is_text(const json_t *head, const char *name, const char *text)
{
    const char *found = json_string_value(json_object_get(head, name));
    return found && strcmp(found, text) == 0;
}

// Weights behind the line; IA_ERR_FORMAT unless they are all there and as written.
static ia_status read_weights(ia_ctx *ctx, const json_t *head, const unsigned char *bytes,
                              size_t n, ia_network *out)
{
    out->n_weights = ia_network_count(&out->net);
    if (n != 4 * out->n_weights)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%zu bytes of weights where its layers have %zu", n,
                       4 * out->n_weights);
    ia_status st = ia_sha256(ctx, bytes, n, out->sha256);
    if (st != IA_OK)
        return st;
    if (!is_text(head, "sha256", out->sha256))
        return ia_fail(ctx, IA_ERR_FORMAT, "the weights are not those that were written");
    if (!(out->weights = ia_array(ctx, out->n_weights, sizeof *out->weights)))
        return IA_ERR_MEMORY;
    return get_weights(bytes, out->n_weights, out->weights)
               ? IA_OK
               : ia_fail(ctx, IA_ERR_FORMAT, "a weight is no number");
}

ia_status ia_network_parse(ia_ctx *ctx, const unsigned char *bytes, size_t n,
                           const char *task, ia_network *out)
{
    size_t most = n < HEAD_MOST ? n : HEAD_MOST;
    const unsigned char *line = most ? memchr(bytes, '\n', most) : NULL;
    size_t begin = line ? (size_t)(line - bytes) + 1 : 0;
    json_t *head = line ? json_loadb((const char *)bytes, begin, 0, NULL) : NULL;
    ia_network network = {0};
    ia_status st;
    if (!is_text(head, "what", what))
        st = ia_fail(ctx, IA_ERR_FORMAT, "no network that 'ionatlas train' has written");
    else if (!is_text(head, "task", task))
        st = ia_fail(ctx, IA_ERR_FORMAT,
                     "a network for another task, not one of 'ionatlas train %s'", task);
    else if (!read_net(json_object_get(head, "network"), &network.net))
        st = ia_fail(ctx, IA_ERR_FORMAT, "its layers make no network");
    else
        st = read_weights(ctx, head, bytes + begin, n - begin, &network);
    if (st == IA_OK) {
        network.about = json_incref(json_object_get(head, "about"));
        *out = network;
    } else
        ia_network_clear(&network);
    json_decref(head);
    return st;
}

ia_status ia_network_open(ia_ctx *ctx, const char *path, const char *task,
                          ia_network *out)
{
    ia_source source = {0};
    if (!*path)
        return ia_fail(
            ctx, IA_ERR_PARAM,
            "a network needs its weights: --network FILE, as 'ionatlas train %s "
            "-o FILE' writes it",
            task);
    ia_status st = ia_source_open(ctx, path, &source);
    if (st != IA_OK)
        return st;
    const char *before = ia_ctx_set_subject(ctx, path);
    st = ia_network_parse(ctx, source.bytes, source.n, task, out);
    ia_ctx_set_subject(ctx, before);
    ia_source_clear(&source);
    return st;
}
