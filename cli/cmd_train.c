// cli/cmd_train.c: trains what recognises patterns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli.h"

#include <stdio.h>
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

static ia_status train_tof(cli_job *cli)
{
    ia_tof_training training = {0};
    ia_result result = {0};
    ia_status st;
    if ((st = cli_spare(cli, cli->output)) == IA_OK &&
        (st = ia_tof_train(cli->ctx, cli_params(cli, &ia_tof_method), &training)) ==
            IA_OK &&
        (!cli->output || (st = write_model(cli, training.model, training.n)) == IA_OK) &&
        (st = ia_tof_tables(cli->ctx, &training, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    ia_tof_training_clear(&training);
    return st;
}

static ia_status train_quadrilaterals(cli_job *cli)
{
    ia_quad_training training = {0};
    ia_result result = {0};
    ia_status st;
    if ((st = cli_spare(cli, cli->output)) == IA_OK &&
        (st = ia_quad_train(cli->ctx, cli_params(cli, &ia_quad_method), &training)) ==
            IA_OK &&
        (!cli->output || (st = write_model(cli, training.model, training.n)) == IA_OK) &&
        (st = ia_quad_tables(cli->ctx, &training, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    ia_quad_training_clear(&training);
    return st;
}

static ia_status train_angles(cli_job *cli)
{
    ia_tip_angles_training training = {0};
    ia_result result = {0};
    ia_status st;
    if ((st = cli_spare(cli, cli->output)) == IA_OK &&
        (st = ia_tip_angles_train(cli->ctx, cli_params(cli, &ia_tip_angles_method),
                                  &training)) == IA_OK &&
        (!cli->output || (st = write_model(cli, training.model, training.n)) == IA_OK) &&
        (st = ia_tip_angles_tables(cli->ctx, &training, &result)) == IA_OK)
        st = cli_show(cli, &(ia_json_part){NULL, &result}, 1);
    ia_result_clear(&result);
    ia_tip_angles_training_clear(&training);
    return st;
}

int cmd_train(cli_job *cli)
{
    if (strcmp(cli->inputs[0], "angles") == 0)
        return cli_end(train_angles(cli));
    if (strcmp(cli->inputs[0], "quadrilaterals") == 0)
        return cli_end(train_quadrilaterals(cli));
    if (strcmp(cli->inputs[0], "tof") != 0)
        return cli_misused(cli, "trains tof, the trees that recognise isotope patterns, "
                                "quadrilaterals, the network that tells four poles, or "
                                "angles, the network that tells how a tip is turned");
    return cli_end(train_tof(cli));
}
