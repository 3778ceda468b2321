// cli/cmd_train.c: trains what recognises patterns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ia_status write_model(cli_job *cli, const unsigned char *model, size_t n)
{
    ia_draft *draft = NULL;
    ia_status st = ia_draft_new(cli->ctx, cli->output, &draft);
    if (st != IA_OK)
        return st;
    fwrite(model, 1, n, ia_draft_stream(draft));
    return ia_draft_commit(cli->ctx, draft);
}

// What a training leaves: bytes of the model, and what is told of it.
typedef struct {
    unsigned char *model;
    size_t n;
    ia_result result;
} trained;

static ia_status train_tof(cli_job *cli, trained *out)
{
    ia_tof_training t = {0};
    ia_status st = ia_tof_train(cli->ctx, cli_params(cli, &ia_tof_method), &t);
    if (st == IA_OK)
        st = ia_tof_tables(cli->ctx, &t, &out->result);
    out->model = t.model;
    out->n = t.n;
    t.model = NULL; // the caller's now
    ia_tof_training_clear(&t);
    return st;
}

static ia_status train_quadrilaterals(cli_job *cli, trained *out)
{
    ia_quad_training t = {0};
    ia_status st = ia_quad_train(cli->ctx, cli_params(cli, &ia_quad_method), &t);
    if (st == IA_OK)
        st = ia_quad_tables(cli->ctx, &t, &out->result);
    out->model = t.model;
    out->n = t.n;
    return st;
}

static ia_status train_angles(cli_job *cli, trained *out)
{
    ia_tip_angles_training t = {0};
    ia_status st =
        ia_tip_angles_train(cli->ctx, cli_params(cli, &ia_tip_angles_method), &t);
    if (st == IA_OK)
        st = ia_tip_angles_tables(cli->ctx, &t, &out->result);
    out->model = t.model;
    out->n = t.n;
    return st;
}

static const struct {
    const char *name;
    ia_status (*train)(cli_job *cli, trained *out);
} subjects[] = {{"tof", train_tof},
                {"quadrilaterals", train_quadrilaterals},
                {"angles", train_angles}};

static ia_status train(cli_job *cli, size_t subject)
{
    trained made = {0};
    ia_status st = cli_spare(cli, cli->output);
    if (st == IA_OK && (st = subjects[subject].train(cli, &made)) == IA_OK &&
        (!cli->output || (st = write_model(cli, made.model, made.n)) == IA_OK))
        st = cli_show(cli, &(ia_json_part){NULL, &made.result}, 1);
    ia_result_clear(&made.result);
    free(made.model);
    return st;
}

int cmd_train(cli_job *cli)
{
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        if (strcmp(cli->inputs[0], subjects[i].name) == 0)
            return cli_end(train(cli, i));
    return cli_misused(cli, "trains tof, the trees that recognise isotope patterns, "
                            "quadrilaterals, the network that tells four poles, or "
                            "angles, the network that tells how a tip is turned");
}
