// src/network/tip_angles.c: a network from hit maps to the angles of a crystal.
// SPDX-License-Identifier: GPL-3.0-or-later
// Needs synth for the tips and their rotations.
#include <ionatlas/tip_angles.h>

#include "network/network.h"
#include "network/tip_image.h"
#include "synth/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_U64, ia_tip_angles_params, tip_seed, "", 1, 0, 1e15,
             "of the tips and of the network"),
    IA_FIELD(IA_SIZE, ia_tip_angles_params, tips, "", 300, 1, 1e6,
             "simulated tips to learn from"),
    IA_FIELD(IA_SIZE, ia_tip_angles_params, tip_tests, "", 60, 2, 1e5,
             "other tips to try on"),
    IA_FIELD(IA_SIZE, ia_tip_angles_params, views, "", 16, 1, 1000,
             "images of each tip, turned about the axis"),
    IA_FIELD(IA_F64, ia_tip_angles_params, most_turn, "degree", 15, 0.1, 45,
             "angles about x, y and z are even within this, both ways"),
    IA_FIELD(IA_SIZE, ia_tip_angles_params, tip_epochs, "", 40, 1, 10000,
             "times that all images are learnt"),
    IA_FIELD(IA_F64, ia_tip_angles_params, tip_rate, "", 1e-3, 1e-7, 1,
             "of Adam at the start"),
};
const ia_method ia_tip_angles_method =
    IA_METHOD("tip_angles", "Train the network that tells angles of a crystal by its map",
              ia_tip_angles_params, fields);

ia_tip_angles_params ia_tip_angles_defaults(void)
{
    ia_tip_angles_params params;
    ia_method_defaults(&ia_tip_angles_method, &params);
    return params;
}

static const ia_field turn_fields[] = {
    IA_FIELD_TEXT(ia_learned_turn_params, network, "",
                  "file of the network, as 'ionatlas train angles -o FILE' writes it"),
};
const ia_method ia_learned_turn_method =
    IA_METHOD("learned_turn", "Angles of an fcc crystal by a network, to compare",
              ia_learned_turn_params, turn_fields);

ia_learned_turn_params ia_learned_turn_defaults(void)
{
    ia_learned_turn_params params;
    ia_method_defaults(&ia_learned_turn_method, &params);
    return params;
}

enum { ANGLES = IA_TIP_ANGLES, BATCH = 32 };
static const char task_name[] = "angles";
// Tips to try on have seeds of their own.
static const uint64_t apart = UINT64_C(1) << 40;

static ia_status learn(ia_ctx *ctx, const ia_tip_angles_params *p, ia_network *network)
{
    ia_learn_net net = {.maps = 1,
                        .height = IA_TIP_EDGE,
                        .width = IA_TIP_EDGE,
                        .n_layers = 5,
                        .layers = {{IA_LEARN_CONVOLVE, 8},
                                   {IA_LEARN_CONVOLVE, 16},
                                   {IA_LEARN_CONVOLVE, 32},
                                   {IA_LEARN_DENSE, 64},
                                   {IA_LEARN_DENSE, ANGLES}}};
    ia_tip_images images = {0};
    ia_status st =
        ia_tip_images_make(ctx, p->tip_seed, p->tips, p->views, p->most_turn, &images);
    float *wanted = NULL;
    if (st != IA_OK)
        return st;
    if (!(wanted = ia_array(ctx, images.n * ANGLES, sizeof *wanted))) {
        ia_tip_images_clear(&images);
        return IA_ERR_MEMORY;
    }
    for (size_t i = 0; i < images.n * ANGLES; i++)
        wanted[i] = (float)(images.angles[i / ANGLES][i % ANGLES] / p->most_turn);
    ia_learn_lesson lesson = {.rows = images.rows,
                              .wanted = wanted,
                              .n = images.n,
                              .seed = p->tip_seed,
                              .epochs = p->tip_epochs,
                              .batch = BATCH,
                              .rate = p->tip_rate,
                              .cools = true};
    st = ia_network_train(ctx, &net, lesson, network);
    free(wanted);
    ia_tip_images_clear(&images);
    return st;
}

// Degrees of the turn from one rotation to the other. Cubic crystals turned by less than
// 45 degrees about each axis are not taken for their likes.
static double misorientation(const double a[3], const double b[3])
{
    double p[3][3], q[3][3], trace = 0;
    ia_rotation_of(a, p);
    ia_rotation_of(b, q);
    for (int i = 0; i < 9; i++)
        trace += p[i / 3][i % 3] * q[i / 3][i % 3];
    return acos(fmax(-1, fmin(1, (trace - 1) / 2))) * 180 / acos(-1.0);
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static ia_status score_on(ia_ctx *ctx, const ia_network *network, const ia_tip_images *t,
                          double most, ia_tip_angles_score *score)
{
    float *told = ia_array(ctx, t->n * ANGLES, sizeof *told);
    double *off = ia_array(ctx, t->n, sizeof *off), n = (double)t->n;
    ia_status st = told && off ? ia_network_predict(ctx, network, t->rows, t->n, told)
                               : IA_ERR_MEMORY;
    for (size_t k = 0; k < ANGLES && st == IA_OK; k++) {
        double sum = 0, square = 0, error = 0;
        for (size_t i = 0; i < t->n; i++) {
            double angle = t->angles[i][k];
            sum += angle;
            square += angle * angle;
            error += pow(most * (double)told[ANGLES * i + k] - angle, 2);
        }
        score->r2[k] = 1 - error / (square - sum * sum / n);
        score->rms_deg[k] = sqrt(error / n);
    }
    for (size_t i = 0; i < t->n && st == IA_OK; i++) {
        double angles[ANGLES];
        for (size_t k = 0; k < ANGLES; k++)
            angles[k] = most * (double)told[ANGLES * i + k];
        off[i] = misorientation(angles, t->angles[i]);
    }
    if (st == IA_OK) {
        qsort(off, t->n, sizeof *off, compare);
        score->median_deg = off[t->n / 2];
        score->percentile95 = off[(size_t)(0.95 * (n - 1))];
    }
    free(off);
    free(told);
    return st;
}

static ia_status try_out(ia_ctx *ctx, const ia_tip_angles_params *p, ia_network *network,
                         ia_tip_angles_score *score)
{
    ia_tip_images images = {0};
    ia_status st = ia_tip_images_make(ctx, p->tip_seed + apart, p->tip_tests, 1,
                                      p->most_turn, &images);
    if (st == IA_OK)
        st = score_on(ctx, network, &images, p->most_turn, score);
    ia_tip_images_clear(&images);
    if (st != IA_OK)
        return st;
    network->about =
        json_pack("{s:f, s:[f, f, f]}", "most_turn_deg", p->most_turn, "rms_deg",
                  score->rms_deg[0], score->rms_deg[1], score->rms_deg[2]);
    return network->about ? IA_OK : IA_ERR_MEMORY;
}

// The mean of all angles has an R2 of 0.
static void tell_chance(ia_ctx *ctx, const ia_tip_angles_score *score)
{
    double most = fmax(score->r2[0], fmax(score->r2[1], score->r2[2]));
    if (!(most > 0))
        ia_warn(ctx,
                "the network tells the angles no better than their mean does: it has "
                "learnt nothing; more --tips, --tip-epochs or another --tip-rate may "
                "do");
}

ia_status ia_tip_angles_train(ia_ctx *ctx, const ia_tip_angles_params *params,
                              ia_tip_angles_training *out)
{
    ia_tip_angles_params p = params ? *params : ia_tip_angles_defaults();
    ia_network_task task = {task_name, &ia_tip_angles_method, &p};
    ia_tip_angles_training made = {0};
    const ia_learn_plugin *plugin = NULL;
    ia_network network = {0};
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_tip_angles_method, &p)) != IA_OK ||
        (st = ia_network_plugin(ctx, NULL, &plugin)) != IA_OK ||
        (st = learn(ctx, &p, &network)) != IA_OK ||
        (st = try_out(ctx, &p, &network, &made.score)) != IA_OK ||
        (st = ia_network_seal(ctx, &network, &task, &made.model, &made.n, made.sha256)) !=
            IA_OK)
        goto done;
    tell_chance(ctx, &made.score);
    *out = made;
    made = (ia_tip_angles_training){0}; // the caller's now
done:
    ia_network_clear(&network);
    ia_tip_angles_training_clear(&made);
    return st;
}

void ia_tip_angles_training_clear(ia_tip_angles_training *training)
{
    free(training->model);
    *training = (ia_tip_angles_training){0};
}

ia_status ia_tip_angles_tables(ia_ctx *ctx, const ia_tip_angles_training *training,
                               ia_result *result)
{
    static const char *const axes[ANGLES] = {"x", "y", "z"};
    const ia_tip_angles_score *s = &training->score;
    ia_table *table = ia_result_add(ctx, result, "angles", IA_ROWS, ANGLES);
    ia_status st = table ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK ||
        (st = ia_table_add_copy(ctx, table, "about", IA_TEXT, axes)) != IA_OK ||
        (st = ia_table_add_copy(ctx, table, "r2", IA_F64, s->r2)) != IA_OK ||
        (st = ia_table_add_copy(ctx, table, "rms_deg", IA_F64, s->rms_deg)) != IA_OK)
        return st;
    if (!(table = ia_result_add(ctx, result, "misorientation", IA_OBJECT, 1)))
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_f64(ctx, table, "median_deg", s->median_deg)) != IA_OK ||
        (st = ia_table_add_f64(ctx, table, "percentile95_deg", s->percentile95)) != IA_OK)
        return st;
    return ia_network_tell(ctx, training->n, training->sha256, result);
}

// What the training wrote beside the weights; IA_ERR_FORMAT where it is not there.
static ia_status read_about(ia_ctx *ctx, const ia_network *network, ia_learned_turn *out)
{
    const json_t *rms = json_object_get(network->about, "rms_deg");
    out->most_turn = json_number_value(json_object_get(network->about, "most_turn_deg"));
    for (size_t k = 0; k < ANGLES; k++)
        out->sigma[k] = json_number_value(json_array_get(rms, k));
    size_t cells = (size_t)network->net.maps * (size_t)network->net.height *
                   (size_t)network->net.width;
    if (!(out->most_turn > 0) || !(out->sigma[0] > 0) || cells != IA_TIP_PIXELS ||
        ia_network_outputs(&network->net) != ANGLES)
        return ia_fail(ctx, IA_ERR_FORMAT, "the network lacks what its training found");
    return IA_OK;
}

ia_status ia_learned_turn_compute(ia_ctx *ctx, const ia_hitmap *map,
                                  const ia_learned_turn_params *params,
                                  ia_learned_turn *out)
{
    ia_learned_turn_params p = params ? *params : ia_learned_turn_defaults();
    double counts[IA_TIP_PIXELS];
    float row[IA_TIP_PIXELS], told[ANGLES];
    ia_learned_turn turn = {0};
    ia_network network = {0};
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_learned_turn_method, &p)) != IA_OK)
        return st;
    if (map->cells < IA_TIP_EDGE)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "a map of %zu cells across: the network sees %d", map->cells,
                       IA_TIP_EDGE);
    ia_tip_counts(map, counts);
    if (!ia_tip_image(counts, row))
        return ia_fail(ctx, IA_ERR_EMPTY, "no hit within %g mm of the detector's middle",
                       ia_tip_image_radius);
    if ((st = ia_network_open(ctx, p.network, task_name, &network)) != IA_OK)
        return st;
    if ((st = read_about(ctx, &network, &turn)) == IA_OK &&
        (st = ia_network_predict(ctx, &network, row, 1, told)) == IA_OK) {
        for (size_t k = 0; k < ANGLES; k++) {
            turn.angles[k] = turn.most_turn * (double)told[k];
            if (fabs(turn.angles[k]) > turn.most_turn)
                ia_warn(ctx, "the network was trained within %g degrees: %.1f is a guess",
                        turn.most_turn, turn.angles[k]);
        }
        ia_warn(ctx,
                "the network answers for any map as for fcc aluminium in the geometry "
                "that it learnt; index says whether there is a crystal");
        ia_rotation_of(turn.angles, turn.rotation);
        *out = turn;
    }
    ia_network_clear(&network);
    return st;
}

ia_status ia_learned_turn_tables(ia_ctx *ctx, const ia_learned_turn *turn,
                                 ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "turn", IA_OBJECT, 1);
    double *angles =
        table ? ia_table_add_cells(ctx, table, "angles_deg", IA_F64, 0, ANGLES) : NULL;
    double *sigma =
        angles ? ia_table_add_cells(ctx, table, "sigma_deg", IA_F64, 0, ANGLES) : NULL;
    double *rotation =
        sigma ? ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3) : NULL;
    if (!rotation)
        return IA_ERR_MEMORY;
    memcpy(angles, turn->angles, sizeof turn->angles);
    memcpy(sigma, turn->sigma, sizeof turn->sigma);
    memcpy(rotation, turn->rotation, sizeof turn->rotation);
    return ia_table_add_f64(ctx, table, "trained_within_deg", turn->most_turn);
}
