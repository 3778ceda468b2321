// src/spatial/field.c: composition or density on a grid of voxels.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "spatial/every.h"
#include "spatial/field_internal.h"

#include "io/grid_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(ia_volume_params, solute, "",
                  "\"Cu\", \"Cu,Mn\" or \"D\"; H is without D; empty: the most frequent "
                  "of those worth a question; all, with quantity density: every atom of "
                  "ranged ions"),
    IA_FIELD_CHOICE(ia_volume_params, quantity, "composition", "composition|density",
                    "at.% of the solute, or its atoms per nm^3"),
    IA_FIELD_CHOICE(ia_volume_params, kernel, "auto",
                    "auto|none|two-pass|truncated|fixed|adaptive|mixture",
                    "how counts are smoothed; auto: what foretells unseen ions best"),
    IA_FIELD(IA_F64, ia_volume_params, voxel, "nm", 0, 0, 1e3,
             "edge of a voxel, origin_nm being the centre of the first; 0: 1 nm for "
             "published kernels, else by solute density"),
    IA_FIELD(IA_F64, ia_volume_params, delocalise_x, "nm", 3, 0, 1e3,
             "two-pass: delocalisation along x, 3 sigma"),
    IA_FIELD(IA_F64, ia_volume_params, delocalise_y, "nm", 3, 0, 1e3,
             "two-pass: along y"),
    IA_FIELD(IA_F64, ia_volume_params, delocalise_z, "nm", 1.5, 0, 1e3,
             "two-pass: along z"),
    IA_FIELD(IA_F64, ia_volume_params, sigma, "nm", 0, 0, 1e3,
             "fixed, truncated: width along x and y; 0: chosen (truncated: 1 nm)"),
    IA_FIELD(IA_SIZE, ia_volume_params, reach, "", 2, 1, 100,
             "truncated: voxels to either side of the middle one"),
    IA_FIELD(IA_F64, ia_volume_params, fill, "", 0.25, 0, 1,
             "voxels of less than this share of the usual density are outside"),
    IA_FIELD(IA_BOOL, ia_volume_params, skip_sigma, "", 0, 0, 1,
             "leave out the standard error of each voxel"),
    IA_FIELD(IA_BOOL, ia_volume_params, trust, "", 0, 0, 1,
             "take a kernel with nothing to choose as it is, without scoring any"),
    IA_FIELD(
        IA_SIZE, ia_volume_params, n_shuffles, "", 19, 0, 1e5,
        "label shuffles that the gain is judged by; 0: none, and no parts of the ions"),
    IA_FIELD(IA_U64, ia_volume_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of the parts and shuffles"),
};
const ia_method ia_volume_method =
    IA_METHOD("field", "Composition on a grid of voxels", ia_volume_params, fields);

ia_volume_params ia_volume_defaults(void)
{
    ia_volume_params params;
    ia_method_defaults(&ia_volume_method, &params);
    return params;
}

// Atoms per voxel where there are any: the mean over atoms, not over voxels, so that the
// rim of the specimen does not pull it down.
static double usual_atoms(const float *atoms, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)atoms[i];
        squares += (double)atoms[i] * (double)atoms[i];
    }
    return sum > 0 ? squares / sum : 0;
}

static void set_values(const ia_volume_params *p, double edge, ia_volume *v)
{
    size_t n = v->n[0] * v->n[1] * v->n[2];
    double least = p->fill * usual_atoms(v->atoms, n), volume = pow(edge, 3);
    v->n_outside = 0;
    for (size_t i = 0; i < n; i++) {
        double atoms = (double)v->atoms[i];
        bool outside = !(atoms > 0) || atoms < least;
        v->n_outside += outside;
        if (outside)
            v->value[i] = NAN;
        else if (p->quantity == IA_QUANTITY_DENSITY)
            v->value[i] = (float)((double)v->value[i] * atoms / volume);
        else
            v->value[i] *= 100;
    }
}

ia_status ia_volume_fill(ia_ctx *ctx, const ia_volume_work *work,
                         const ia_volume_params *params, const ia_kernel *kernel,
                         unsigned parts, ia_volume *out)
{
    size_t n = ia_voxels_count(&work->voxels);
    float *value = ia_array(ctx, n, sizeof *value);
    float *atoms = ia_array(ctx, n, sizeof *atoms);
    const ia_volume_grids grids = {.share = value, .atoms = atoms};
    ia_status st = value && atoms ? ia_volume_share(ctx, work, kernel, parts, &grids)
                                  : IA_ERR_MEMORY;
    if (st != IA_OK) {
        free(value);
        free(atoms);
        return st;
    }
    out->value = value;
    out->atoms = atoms;
    out->voxel = work->voxels.edge;
    out->kernel = kernel->kind;
    out->quantity = params->quantity;
    out->percent = work->percent;
    memcpy(out->origin, work->voxels.origin, sizeof out->origin);
    memcpy(out->n, work->voxels.n, sizeof out->n);
    memcpy(out->sigma, kernel->sigma, sizeof out->sigma);
    snprintf(out->solute, sizeof out->solute, "%s", work->solute);
    set_values(params, work->voxels.edge, out);
    return IA_OK;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static ia_status set_median(ia_ctx *ctx, ia_volume *v)
{
    size_t n = v->n[0] * v->n[1] * v->n[2], n_inside = 0;
    float *inside = ia_array(ctx, n, sizeof *inside);
    if (!inside)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v->error[i]))
            inside[n_inside++] = v->error[i];
    qsort(inside, n_inside, sizeof *inside, compare);
    v->median_error = n_inside > 0 ? (double)inside[n_inside / 2] : NAN;
    free(inside);
    return IA_OK;
}

// From errors of shares to those of the values: of a density also that of the atoms,
// which a share does not know.
static void scale_errors(ia_volume *v)
{
    double volume = pow(v->voxel, 3);
    for (size_t i = 0; i < v->n[0] * v->n[1] * v->n[2]; i++) {
        double value = (double)v->value[i], sigma = (double)v->error[i];
        if (v->quantity == IA_QUANTITY_COMPOSITION) {
            v->error[i] = isnan(value) ? NAN : (float)(100 * sigma);
            continue;
        }
        double q = ia_clip_share(value * volume / (double)v->atoms[i]);
        v->error[i] = (float)(value * sigma / (q * sqrt(1 - q)));
    }
}

static ia_status set_errors(ia_ctx *ctx, const ia_volume_work *work,
                            const ia_kernel *kernel, ia_volume *v)
{
    size_t n = ia_voxels_count(&work->voxels);
    float *share = ia_array(ctx, n, sizeof *share);
    ia_status st = IA_ERR_MEMORY;
    if (!share || !(v->error = ia_array(ctx, n, sizeof *v->error)))
        goto done;
    for (size_t i = 0; i < n; i++) {
        double value = (double)v->value[i];
        double scale = v->quantity == IA_QUANTITY_COMPOSITION
                           ? 0.01
                           : pow(v->voxel, 3) / (double)v->atoms[i];
        share[i] = isnan(value) ? 0 : (float)(value * scale);
    }
    const ia_volume_grids grids = {share, v->atoms, v->error};
    if ((st = ia_volume_sigma(ctx, work, kernel, &grids)) == IA_OK) {
        scale_errors(v);
        st = set_median(ctx, v);
    }
done:
    free(share);
    return st;
}

static void tell(ia_ctx *ctx, const ia_volume_params *p, const ia_volume *v)
{
    if (v->n_scores == 0 && !p->trust && !ia_every_is_asked(v->solute))
        ia_warn(ctx,
                "too few ions or places to judge kernels by: the published one is used");
    if (v->n_outside == v->n[0] * v->n[1] * v->n[2])
        ia_warn(ctx, "every voxel is outside the specimen: larger voxels would hold more "
                     "ions");
    if (v->at_finest && v->kernel == IA_KERNEL_FIXED)
        ia_warn(ctx,
                "the narrowest kernel that voxels of %g nm allow did best: smaller "
                "voxels would show more",
                v->voxel);
}

static ia_status keep_kernel(ia_ctx *ctx, const ia_volume_work *work,
                             const ia_volume_params *params, const ia_kernel *kernel,
                             ia_volume *v)
{
    v->params = *params;
    *v->chosen = *kernel;
    return params->n_shuffles > 0 ? ia_volume_steady(ctx, work, v) : IA_OK;
}

ia_status ia_volume_compute(ia_ctx *ctx, const ia_share_input *input,
                            const ia_volume_params *params, ia_volume *out)
{
    ia_volume_params p = params ? *params : ia_volume_defaults();
    ia_volume_work work = {.n_kinds = 0};
    ia_volume volume = {.p = NAN,
                        .median_error = NAN,
                        .half_correlation = NAN,
                        .half_difference = NAN,
                        .half_over_sigma = NAN,
                        .thinned_difference = NAN,
                        .thinned_over_sigma = NAN};
    ia_kernel kernel = {.kind = IA_KERNEL_NONE};
    ia_status st = ia_method_check(ctx, &ia_volume_method, &p);
    if (st != IA_OK)
        return st;
    if (!(volume.chosen = ia_array(ctx, 1, sizeof *volume.chosen)))
        return IA_ERR_MEMORY;
    if ((st = ia_volume_work_build(ctx, input, &p, &work)) == IA_OK &&
        (st = ia_volume_choose(ctx, &work, &p, &kernel, &volume)) == IA_OK &&
        (st = ia_volume_null(ctx, &work, &p, &volume)) == IA_OK &&
        (st = ia_volume_fill(ctx, &work, &p, &kernel, IA_EVERY_PART, &volume)) == IA_OK &&
        (p.skip_sigma || (st = set_errors(ctx, &work, &kernel, &volume)) == IA_OK) &&
        (st = keep_kernel(ctx, &work, &p, &kernel, &volume)) == IA_OK) {
        tell(ctx, &p, &volume);
        *out = volume;
        volume = (ia_volume){0};
    }
    ia_volume_clear(&volume);
    ia_volume_work_clear(&work);
    return st;
}

static ia_status write_arrays(ia_ctx *ctx, const ia_volume *volume,
                              const ia_grid_array *arrays, size_t n, const char *path)
{
    ia_grid_file file = {.edge = volume->voxel, .arrays = arrays, .n_arrays = n};
    memcpy(file.origin, volume->origin, sizeof file.origin);
    memcpy(file.n, volume->n, sizeof file.n);
    return ia_grid_file_write(ctx, &file, path);
}

ia_status ia_volume_write(ia_ctx *ctx, const ia_volume *volume, const char *path)
{
    bool density = volume->quantity == IA_QUANTITY_DENSITY;
    const ia_grid_array arrays[] = {
        {density ? "atoms_per_nm3" : "at_percent", volume->value},
        {"atoms_per_voxel", volume->atoms},
        {density ? "sigma_atoms_per_nm3" : "sigma_at_percent", volume->error}};
    return write_arrays(ctx, volume, arrays, volume->error ? 3 : 2, path);
}

ia_status ia_volume_write_errors(ia_ctx *ctx, const ia_volume *volume, const char *path)
{
    bool density = volume->quantity == IA_QUANTITY_DENSITY;
    const ia_grid_array array = {density ? "sigma_atoms_per_nm3" : "sigma_at_percent",
                                 volume->error};
    if (!volume->error)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "%s: the field was made without standard errors", path);
    return write_arrays(ctx, volume, &array, 1, path);
}

void ia_volume_clear(ia_volume *volume)
{
    free(volume->chosen);
    free(volume->value);
    free(volume->atoms);
    free(volume->error);
    *volume = (ia_volume){0};
}
