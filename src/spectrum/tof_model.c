// src/spectrum/tof_model.c: the trees of both stages, with what they were trained on.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/tof_model.h"

#include "spectrum/tof_rows.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char compiled[] = {
#include "tof_trees.inc"
};

enum { VERSION = 1 }; // of the generator and the features: grows when either changes

const unsigned char *ia_tof_model(size_t *n)
{
    *n = sizeof compiled;
    return compiled;
}

void ia_tof_trees_clear(ia_tof_trees *trees)
{
    ia_trees_free(trees->elements);
    ia_trees_free(trees->molecules);
    *trees = (ia_tof_trees){0};
}

static json_t *describe(const ia_tof_params *params, size_t n_elements,
                        size_t n_molecules)
{
    char version[32];
    json_t *fields = json_object();

    ia_trees_version(version);
    for (size_t i = 0; fields && i < ia_tof_method.n_fields; i++) {
        char text[IA_FIELD_TEXT_MAX];
        ia_field_write(&ia_tof_method.fields[i], params, text, sizeof text);
        json_object_set_new(fields, ia_tof_method.fields[i].name,
                            json_integer(strtoll(text, NULL, 10)));
    }
    return json_pack("{s:s, s:i, s:s, s:o, s:i, s:i, s:i, s:i}", "what",
                     "ionatlas trees of isotope patterns", "generator", VERSION,
                     "xgboost", version, "parameters", fields, "element_features",
                     IA_TOF_FEATURES, "molecule_features", IA_TOF_MATCH_FEATURES,
                     "element_bytes", (int)n_elements, "molecule_bytes",
                     (int)n_molecules);
}

ia_status ia_tof_model_write(ia_ctx *ctx, const ia_tof_trees *trees,
                             const ia_tof_params *params, unsigned char **bytes,
                             size_t *n)
{
    unsigned char *parts[2] = {NULL, NULL}, *all = NULL;
    size_t lengths[2] = {0, 0};
    json_t *head = NULL;
    char *text = NULL;
    ia_status st;

    if ((st = ia_trees_save(ctx, trees->elements, &parts[0], &lengths[0])) != IA_OK ||
        (st = ia_trees_save(ctx, trees->molecules, &parts[1], &lengths[1])) != IA_OK)
        goto done;
    st = IA_ERR_MEMORY;
    if (!(head = describe(params, lengths[0], lengths[1])) ||
        !(text = json_dumps(head, JSON_COMPACT)))
        goto done;
    size_t line = strlen(text) + 1;
    if (!(all = ia_array(ctx, line + lengths[0] + lengths[1], 1)))
        goto done;
    memcpy(all, text, line - 1);
    all[line - 1] = '\n';
    memcpy(all + line, parts[0], lengths[0]);
    memcpy(all + line + lengths[0], parts[1], lengths[1]);
    *bytes = all;
    *n = line + lengths[0] + lengths[1];
    st = IA_OK;
done:
    free(parts[0]);
    free(parts[1]);
    free(text);
    json_decref(head);
    return st;
}

static size_t number_of(const json_t *head, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(head, name));
    return value > 0 ? (size_t)value : 0;
}

ia_status ia_tof_model_read(ia_ctx *ctx, const unsigned char *bytes, size_t n,
                            ia_tof_trees *out)
{
    const unsigned char *line = n ? memchr(bytes, '\n', n) : NULL;
    size_t begin = line ? (size_t)(line - bytes) + 1 : 0;
    json_t *head = line ? json_loadb((const char *)bytes, begin, 0, NULL) : NULL;
    size_t elements = number_of(head, "element_bytes");
    size_t molecules = number_of(head, "molecule_bytes");
    ia_tof_trees trees = {0};
    ia_status st = IA_ERR_FORMAT;

    if (!head || number_of(head, "generator") != VERSION ||
        number_of(head, "element_features") != IA_TOF_FEATURES ||
        number_of(head, "molecule_features") != IA_TOF_MATCH_FEATURES ||
        elements > n - begin || molecules != n - begin - elements) {
        st = ia_fail(ctx, IA_ERR_FORMAT, "model of trees: not of this version");
        goto done;
    }
    if ((st = ia_trees_load(ctx, bytes + begin, elements, &trees.elements)) != IA_OK ||
        (st = ia_trees_load(ctx, bytes + begin + elements, molecules,
                            &trees.molecules)) != IA_OK)
        goto done;
    *out = trees;
    trees = (ia_tof_trees){0};
done:
    ia_tof_trees_clear(&trees);
    json_decref(head);
    return st;
}
