// src/spectrum/trees.c: gradient-boosted trees, by XGBoost.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spectrum/trees.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

struct ia_trees {
    BoosterHandle booster;
};

static ia_status failed(ia_ctx *ctx, const char *what)
{
    const char *why = XGBGetLastError();
    return ia_fail(ctx, IA_ERR_FORMAT, "%s: XGBoost says: %.*s", what,
                   (int)strcspn(why, "\n"), why);
}

// One thread, no word. A model that is loaded forgets both.
static void be_quiet(const ia_trees *trees)
{
    XGBoosterSetParam(trees->booster, "nthread", "1");
    XGBoosterSetParam(trees->booster, "verbosity", "0");
}

static ia_status wrap(ia_ctx *ctx, DMatrixHandle rows, ia_trees **out)
{
    const DMatrixHandle cached[1] = {rows};
    ia_trees *trees = ia_array(ctx, 1, sizeof *trees);

    if (!trees)
        return IA_ERR_MEMORY;
    if (XGBoosterCreate(cached, rows ? 1 : 0, &trees->booster) != 0) {
        free(trees);
        return failed(ctx, "trees");
    }
    be_quiet(trees);
    *out = trees;
    return IA_OK;
}

static void set_rules(const ia_trees *trees, const ia_trees_rules *rules)
{
    char text[32];
    bool binary = rules->n_classes == 2;

    XGBoosterSetParam(trees->booster, "objective",
                      binary ? "binary:logistic" : "multi:softprob");
    snprintf(text, sizeof text, "%zu", rules->n_classes);
    if (!binary)
        XGBoosterSetParam(trees->booster, "num_class", text);
    XGBoosterSetParam(trees->booster, "tree_method", "hist");
    snprintf(text, sizeof text, "%zu", rules->depth);
    XGBoosterSetParam(trees->booster, "max_depth", text);
    snprintf(text, sizeof text, "%.9g", rules->rate);
    XGBoosterSetParam(trees->booster, "eta", text);
    // Softmax of many classes overshoots where a leaf is nearly sure.
    XGBoosterSetParam(trees->booster, "max_delta_step", "3");
    snprintf(text, sizeof text, "%.9g", rules->least);
    XGBoosterSetParam(trees->booster, "min_child_weight", text);
}

static ia_status make_matrix(ia_ctx *ctx, const ia_trees_rows *rows, DMatrixHandle *out)
{
    if (XGDMatrixCreateFromMat_omp(rows->features, rows->n, rows->n_features,
                                   (float)__builtin_nan(""), out, 1) != 0)
        return failed(ctx, "trees");
    if (XGDMatrixSetFloatInfo(*out, "label", rows->labels, rows->n) != 0 ||
        XGDMatrixSetFloatInfo(*out, "weight", rows->weights, rows->n) != 0)
        return failed(ctx, "trees");
    return IA_OK;
}

ia_status ia_trees_train(ia_ctx *ctx, const ia_trees_rules *rules,
                         const ia_trees_rows *rows, ia_trees **out)
{
    DMatrixHandle matrix = NULL;
    ia_trees *trees = NULL;
    ia_status st;

    if ((st = make_matrix(ctx, rows, &matrix)) != IA_OK ||
        (st = wrap(ctx, matrix, &trees)) != IA_OK)
        goto done;
    set_rules(trees, rules);
    for (size_t i = 0; st == IA_OK && i < rules->rounds; i++) {
        st = ia_step(ctx, "train", (double)i / (double)rules->rounds);
        if (st == IA_OK && XGBoosterUpdateOneIter(trees->booster, (int)i, matrix) != 0)
            st = failed(ctx, "training");
    }
    if (st == IA_OK) {
        *out = trees;
        trees = NULL;
    }
done:
    ia_trees_free(trees);
    if (matrix)
        XGDMatrixFree(matrix);
    return st;
}

ia_status ia_trees_save(ia_ctx *ctx, const ia_trees *trees, unsigned char **bytes,
                        size_t *n)
{
    bst_ulong length = 0;
    const char *data = NULL;

    if (XGBoosterSaveModelToBuffer(trees->booster, "{\"format\": \"ubj\"}", &length,
                                   &data) != 0)
        return failed(ctx, "trees");
    if (!(*bytes = ia_array(ctx, length, 1)))
        return IA_ERR_MEMORY;
    memcpy(*bytes, data, length);
    *n = length;
    return IA_OK;
}

ia_status ia_trees_load(ia_ctx *ctx, const void *bytes, size_t n, ia_trees **out)
{
    ia_trees *trees = NULL;
    ia_status st = wrap(ctx, NULL, &trees);

    if (st != IA_OK)
        return st;
    if (XGBoosterLoadModelFromBuffer(trees->booster, bytes, n) != 0) {
        ia_trees_free(trees);
        return failed(ctx, "model of trees");
    }
    be_quiet(trees);
    *out = trees;
    return IA_OK;
}

void ia_trees_free(ia_trees *trees)
{
    if (!trees)
        return;
    XGBoosterFree(trees->booster);
    free(trees);
}

ia_status ia_trees_predict(ia_ctx *ctx, const ia_trees *trees, const float *features,
                           size_t n, float *out, size_t n_out)
{
    char values[160];
    const bst_ulong *shape = NULL;
    bst_ulong dims = 0, size = 1, width = 0;
    const float *result = NULL;

    if (n == 0)
        return IA_OK;
    if (XGBoosterGetNumFeature(trees->booster, &width) != 0)
        return failed(ctx, "trees");
    snprintf(values, sizeof values,
             "{\"data\": [%" PRIuPTR ", true], \"shape\": [%zu, %zu], "
             "\"typestr\": \"<f4\", \"version\": 3}",
             (uintptr_t)features, n, (size_t)width);
    if (XGBoosterPredictFromDense(
            trees->booster, values,
            "{\"type\": 0, \"training\": false, \"iteration_begin\": 0, "
            "\"iteration_end\": 0, \"strict_shape\": true, \"missing\": NaN, "
            "\"cache_id\": 0}",
            NULL, &shape, &dims, &result) != 0)
        return failed(ctx, "trees");
    for (bst_ulong i = 0; i < dims; i++)
        size *= shape[i];
    if (size != n_out)
        return ia_fail(ctx, IA_ERR_FORMAT, "model of trees: %zu values for %zu expected",
                       (size_t)size, n_out);
    memcpy(out, result, n_out * sizeof *out);
    return IA_OK;
}

void ia_trees_version(char text[32])
{
    int major, minor, patch;
    XGBoostVersion(&major, &minor, &patch);
    snprintf(text, 32, "%d.%d.%d", major, minor, patch);
}
