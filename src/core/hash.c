// src/core/hash.c: SHA-256 by OpenSSL's libcrypto.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hash.h>

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct ia_hash {
    EVP_MD_CTX *md;
};

ia_status ia_hash_new(ia_ctx *ctx, ia_hash **out)
{
    ia_hash *hash = ia_array(ctx, 1, sizeof *hash);
    if (!hash)
        return IA_ERR_MEMORY;
    hash->md = EVP_MD_CTX_new();
    if (!hash->md || EVP_DigestInit_ex(hash->md, EVP_sha256(), NULL) != 1) {
        ia_hash_free(hash);
        return ia_fail(ctx, IA_ERR_MEMORY, "SHA-256 could not be started");
    }
    *out = hash;
    return IA_OK;
}

void ia_hash_add(ia_hash *hash, const void *bytes, size_t n)
{
    EVP_DigestUpdate(hash->md, bytes, n);
}

static void finish(EVP_MD_CTX *md, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    EVP_DigestFinal_ex(md, digest, NULL);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void ia_hash_finish(ia_hash *hash, char hex[65])
{
    finish(hash->md, hex);
}

ia_status ia_hash_peek(ia_ctx *ctx, const ia_hash *hash, char hex[65])
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    bool is_copied = copy && EVP_MD_CTX_copy_ex(copy, hash->md) == 1;
    if (is_copied)
        finish(copy, hex);
    EVP_MD_CTX_free(copy);
    return is_copied ? IA_OK : ia_fail(ctx, IA_ERR_MEMORY, "SHA-256 could not be copied");
}

void ia_hash_free(ia_hash *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->md);
    free(hash);
}

ia_status ia_sha256(ia_ctx *ctx, const void *bytes, size_t n, char hex[65])
{
    ia_hash *hash;
    ia_status st = ia_hash_new(ctx, &hash);
    if (st != IA_OK)
        return st;
    ia_hash_add(hash, bytes, n);
    ia_hash_finish(hash, hex);
    ia_hash_free(hash);
    return IA_OK;
}
