// src/recon/recon_key.c: what positions depend on, as a hash.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hash.h>
#include <ionatlas/reconstruct.h>
#include <stdlib.h>
#include <string.h>

static void add_params(ia_hash *hash, const ia_method *method, const void *params,
                       char text[IA_FIELD_TEXT_MAX])
{
    for (size_t i = 0; i < method->n_fields; i++) {
        ia_field_write(&method->fields[i], params, text, IA_FIELD_TEXT_MAX);
        ia_hash_add(hash, text, strlen(text) + 1);
    }
}

ia_status ia_reconstruction_sha256(ia_ctx *ctx, const ia_ions *ions,
                                   const ia_read_params *read, const ia_reconstruction *r,
                                   char hex[65])
{
    hex[0] = '\0';
    if (!ions->sha256[0])
        return IA_OK;
    char *text = ia_array(ctx, IA_FIELD_TEXT_MAX, 1);
    ia_hash *hash = NULL;
    ia_status st = text ? ia_hash_new(ctx, &hash) : IA_ERR_MEMORY;
    if (st == IA_OK) {
        ia_hash_add(hash, ions->sha256, sizeof ions->sha256);
        add_params(hash, &ia_read_method, read, text);
        add_params(hash, &ia_reconstruct_method, &r->params, text);
        ia_hash_add(hash, &r->scale, sizeof r->scale);
        ia_hash_add(hash, r->caps, r->n_caps * sizeof *r->caps);
        ia_hash_finish(hash, hex);
    }
    ia_hash_free(hash);
    free(text);
    return st;
}
