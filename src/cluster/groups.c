// src/cluster/groups.c: groups of solute ions in the whole specimen, their shells, their
// sizes.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"
#include "cluster/shell.h"

#include <ionatlas/neighbours.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Solute ions of the whole specimen.
typedef struct {
    float *xyz;         // (n, 3) nm
    uint32_t *ion;      // (n) of the cloud
    uint32_t *group;    // (n) least number of a member; IA_NO_GROUP
    float *probability; // (n) of being in its group
    ia_group_fit *fit;  // (n) at the group's number
    uint32_t *size;     // (n) members, at the group's number
    uint32_t *taken;    // (n) members that have a cluster already, likewise
    int32_t *label;     // (n) cluster, at the group's number; -1 for none
    size_t n;
} solutes;

static void clear(solutes *s)
{
    free(s->xyz);
    free(s->ion);
    free(s->group);
    free(s->probability);
    free(s->fit);
    free(s->size);
    free(s->taken);
    free(s->label);
}

static ia_status gather(ia_ctx *ctx, const ia_solute_set *solute, solutes *s)
{
    const ia_cloud *cloud = solute->cloud;
    size_t m = solute->n;
    if (!(s->xyz = ia_array(ctx, 3 * m, sizeof *s->xyz)) ||
        !(s->ion = ia_array(ctx, m, sizeof *s->ion)) ||
        !(s->group = ia_array(ctx, m, sizeof *s->group)) ||
        !(s->probability = ia_array(ctx, m, sizeof *s->probability)) ||
        !(s->fit = ia_array(ctx, m, sizeof *s->fit)) ||
        !(s->size = ia_array(ctx, m, sizeof *s->size)) ||
        !(s->taken = ia_array(ctx, m, sizeof *s->taken)) ||
        !(s->label = ia_array(ctx, m, sizeof *s->label)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < cloud->n; i++) {
        if (!solute->has[cloud->kind[i]])
            continue;
        memcpy(s->xyz + 3 * s->n, cloud->xyz + 3 * i, 3 * sizeof *s->xyz);
        s->probability[s->n] = 1;
        s->fit[s->n] = (ia_group_fit){NAN, NAN, NAN};
        s->ion[s->n++] = (uint32_t)i;
    }
    return IA_OK;
}

// Number the groups that are large enough and not yet clusters of another solute.
static size_t number_groups(const ia_cloud *cloud, size_t n_min, const int32_t *labels,
                            solutes *s, ia_clustering *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->group[i] == IA_NO_GROUP)
            continue;
        s->size[s->group[i]]++;
        s->taken[s->group[i]] += labels[cloud->row[s->ion[i]]] >= 0;
    }
    for (size_t g = 0; g < s->n; g++) {
        bool is_large = s->size[g] > 0 && s->size[g] >= n_min;
        bool is_same = is_large && 2 * (uint64_t)s->taken[g] > s->size[g];
        out->n_same += is_same;
        s->label[g] = is_large && !is_same ? (int32_t)(out->n_clusters + n++) : -1;
    }
    return n;
}

static ia_status label_cores(ia_ctx *ctx, const ia_cloud *cloud, const solutes *s,
                             ia_clustering *out, ia_cores *cores)
{
    if (!(cores->xyz = ia_array(ctx, 3 * s->n, sizeof *cores->xyz)) ||
        !(cores->label = ia_array(ctx, s->n, sizeof *cores->label)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->n; i++) {
        size_t row = cloud->row[s->ion[i]];
        int32_t label = s->group[i] == IA_NO_GROUP ? -1 : s->label[s->group[i]];
        if (out->has_probability && s->probability[i] > out->probability[row])
            out->probability[row] = s->probability[i];
        if (label < 0)
            continue;
        if (out->labels[row] < 0)
            out->labels[row] = label;
        memcpy(cores->xyz + 3 * cores->n, s->xyz + 3 * i, 3 * sizeof *s->xyz);
        cores->label[cores->n++] = label;
    }
    return IA_OK;
}

ia_status ia_clusters_append(ia_ctx *ctx, size_t n, size_t n_kinds, uint32_t test,
                             ia_clustering *out)
{
    ia_cluster *clusters = ia_array(ctx, out->n_clusters + n, sizeof *clusters);
    if (!clusters)
        return IA_ERR_MEMORY;
    if (out->n_clusters > 0)
        memcpy(clusters, out->clusters, out->n_clusters * sizeof *clusters);
    free(out->clusters);
    out->clusters = clusters;
    out->n_kinds = n_kinds;
    for (size_t i = 0; i < n; i++) {
        ia_cluster *added = &clusters[out->n_clusters];
        *added = (ia_cluster){.test = test, .radius = NAN, .sigma_radius = NAN};
        added->inside_percent = added->sigma_inside_percent = NAN;
        added->ratio = added->p = NAN;
        added->kinds = ia_array(ctx, n_kinds, sizeof *added->kinds);
        added->inside_kinds = ia_array(ctx, n_kinds, sizeof *added->inside_kinds);
        added->sigma_inside_kinds =
            ia_array(ctx, n_kinds, sizeof *added->sigma_inside_kinds);
        out->n_clusters++;
        if (!added->kinds || !added->inside_kinds || !added->sigma_inside_kinds)
            return IA_ERR_MEMORY;
        for (size_t k = 0; k < n_kinds; k++)
            added->inside_kinds[k] = added->sigma_inside_kinds[k] = NAN;
    }
    return IA_OK;
}

static void keep_fits(const solutes *s, ia_clustering *out)
{
    for (size_t g = 0; g < s->n; g++) {
        if (s->label[g] < 0)
            continue;
        ia_cluster *cluster = &out->clusters[s->label[g]];
        cluster->radius = s->fit[g].radius;
        cluster->sigma_radius = s->fit[g].sigma_radius;
        cluster->ratio = s->fit[g].ratio;
    }
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Where no distance was a setting, the shell is as wide as nine in ten cores have another
// one within.
static ia_status set_shell(ia_ctx *ctx, const ia_cores *cores, ia_cluster_test *test)
{
    ia_points points = {cores->xyz, cores->n};
    ia_index *index = NULL;
    ia_knn knn = {0};
    ia_status st = IA_OK;
    if (cores->n < 2 || (isfinite(test->envelope) && isfinite(test->erosion)))
        return IA_OK;
    if ((st = ia_index_build(ctx, &points, NULL, &index)) == IA_OK &&
        (st = ia_knn_compute(ctx, index, &points, &(ia_knn_request){1, true, false},
                             &knn)) == IA_OK) {
        qsort(knn.distance, cores->n, sizeof *knn.distance, compare);
        double d = (double)knn.distance[cores->n * 9 / 10];
        test->envelope = isfinite(test->envelope) ? test->envelope : d;
        test->erosion = isfinite(test->erosion) ? test->erosion : d;
    }
    ia_knn_clear(&knn);
    ia_index_free(index);
    return st;
}

static ia_status put_into_groups(ia_ctx *ctx, const ia_solute_set *solute,
                                 const ia_cluster_params *params,
                                 const ia_cluster_test *test, solutes *s)
{
    ia_group_task task = {solute, params,   test,           s->xyz,
                          s->n,   s->group, s->probability, s->fit};
    return ia_finder_of(params->method)->group(ctx, &task);
}

ia_status ia_clusters_find(ia_ctx *ctx, const ia_cluster_find *find, uint64_t *near,
                           ia_clustering *out)
{
    const ia_solute_set *solute = find->solute;
    const ia_cloud *cloud = solute->cloud;
    ia_cluster_test *found = &out->tests[find->test];
    const ia_finder *finder = ia_finder_of(find->params->method);
    size_t first = out->n_clusters;
    solutes s = {0};
    ia_cores cores = {0};
    ia_status st;

    if ((st = gather(ctx, solute, &s)) != IA_OK)
        goto done;
    if (finder->find) {
        if ((st = finder->find(ctx, find, s.xyz, near, out)) == IA_OK)
            st = ia_clusters_describe(ctx, solute, first, out);
        goto done;
    }
    if ((st = put_into_groups(ctx, solute, find->params, found, &s)) != IA_OK)
        goto done;
    size_t n = number_groups(cloud, found->n_min, out->labels, &s, out);
    if ((st = ia_clusters_append(ctx, n, cloud->n_kinds, find->test, out)) != IA_OK ||
        (st = label_cores(ctx, cloud, &s, out, &cores)) != IA_OK)
        goto done;
    keep_fits(&s, out);
    clear(&s);
    s = (solutes){0};
    if ((st = set_shell(ctx, &cores, found)) != IA_OK)
        goto done;
    ia_shell shell = {cloud, &cores, found->envelope, found->erosion, out->labels, near};
    if (cores.n > 0 && found->envelope > 0 && (st = ia_shell_join(ctx, &shell)) != IA_OK)
        goto done;
    st = ia_clusters_describe(ctx, solute, first, out);
done:
    free(cores.xyz);
    free(cores.label);
    clear(&s);
    return st;
}
