// include/ionatlas/field.h: composition or density on a grid of voxels.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_FIELD_H
#define IONATLAS_FIELD_H

#include <ionatlas/method.h>
#include <ionatlas/share.h>

IA_BEGIN

// How counts become a field.
enum {
    IA_KERNEL_AUTO,      // the one of two_pass, fixed and mixture that foretells unseen
                         // ions best
    IA_KERNEL_NONE,      // counts of each voxel
    IA_KERNEL_TWO_PASS,  // as commercial programs delocalise
    IA_KERNEL_TRUNCATED, // paraprobe's: cut to whole voxels, sigma_z half of the others
    IA_KERNEL_FIXED,     // a Gaussian, its width chosen
    IA_KERNEL_ADAPTIVE,  // width by the distance to the k-th solute atom, chosen
    IA_KERNEL_MIXTURE    // many widths, weighted and sharpened: see the method's page
};
enum { IA_QUANTITY_COMPOSITION, IA_QUANTITY_DENSITY };

typedef struct {
    char solute[128]; // "Cu" or "Cu,Mn": atoms of any of them; "": the rarest one asked
                      // of neighbours
    int quantity;     // at.% of the solute, or its atoms per nm^3
    int kernel;       // one of the above
    double voxel;     // edge, nm; 0: 1 nm for two_pass, truncated and none, else chosen
    double delocalise_x, delocalise_y, delocalise_z; // two_pass: 3 sigma, nm
    double sigma;      // truncated and fixed: along x and y, nm; 0: chosen (fixed only)
    size_t reach;      // truncated: voxels beside the middle one
    double fill;       // voxels of less than this share of the usual density are outside
    bool skip_sigma;   // leave out the standard error of each voxel
    bool trust;        // take a kernel with nothing to choose as it is, unscored
    size_t n_shuffles; // label shuffles; 0: none, nor halves
    uint64_t seed;
} ia_volume_params;
IA_API extern const ia_method ia_volume_method;
IA_API ia_volume_params ia_volume_defaults(void);

// How well a kernel foretells the ions that it did not see.
typedef struct {
    int kernel;
    double sigma;       // width, nm; of adaptive the factor of the distance; NAN
    size_t k;           // of adaptive: the solute atom that the distance is to; else 0
    double loss;        // mean -log of the chance given to what unseen atoms are, nats
    double sigma_loss;  // standard error of its difference to a constant composition
    double gain;        // loss of a constant composition less this
    double calibration; // mean distance of foretold and seen shares, in twenty bins
} ia_kernel_score;

enum { IA_KERNEL_SCORES = 16 };
typedef struct {
    double origin[3]; // centre of the first voxel, nm
    double voxel;     // nm
    size_t n[3];      // x runs fastest
    float *value;     // (n[2], n[1], n[0]) at.% or atoms per nm^3; NAN outside
    float *atoms;     // likewise: all atoms of the voxel, smoothed
    float *error;     // likewise: standard error of the value; NULL: not asked for
    int kernel, quantity;
    double sigma[3]; // of the kernel as used, nm; NAN where it varies
    char solute[128];
    double percent;      // of the solute in all
    double median_error; // of the voxels that are not outside; NAN: not asked for
    double constant;     // loss of a constant composition, nats per atom
    uint64_t n_outside;
    ia_kernel_score scores[IA_KERNEL_SCORES]; // on a tenth of the ions, unseen
    size_t n_scores;
    size_t n_shuffles;
    double p; // of a gain as large by a fixed kernel, the width chosen anew in each
              // shuffle; NAN: not asked
    // With the kernel of all ions: correlation of the values in two random halves over
    // the voxels, weighted by atoms; rms difference between them, and that over what the
    // standard errors lead to expect (1; NAN without errors); the same of 70 % of the
    // ions against all. NAN with n_shuffles = 0.
    double half_correlation, half_difference, half_over_sigma;
    double thinned_difference, thinned_over_sigma;
    bool at_finest;           // a fixed kernel as narrow as the voxels allow did best
    ia_volume_params params;  // as given
    struct ia_kernel *chosen; // private, owned: the kernel with all that was chosen
} ia_volume;

// Every tenth ion (at random) judges kernels, every other tenth chooses their widths; the
// field is that of all ions. O(ions) + O(voxels) time; 5 B per ion and 12 B per voxel,
// 210 B per voxel with a mixture. IA_ERR_MEMORY with the most voxels that fit,
// IA_ERR_EMPTY where no ranged ion holds the solute. Same bits on any number of threads.
IA_API ia_status ia_volume_compute(ia_ctx *ctx, const ia_share_input *input,
                                   const ia_volume_params *params, ia_volume *out);
IA_API void ia_volume_clear(ia_volume *field);
// "field": solute, kernel, voxel_nm, origin_nm (centre of the first voxel, not its
// corner), size, width, extremes; "kernels": score of each.
IA_API ia_status ia_volume_tables(ia_ctx *ctx, const ia_volume *field, ia_result *result);
// As NumPy (.npy), VTK's XML image (.vti, with the atoms and the standard errors), by the
// ending. IA_ERR_PARAM for another.
IA_API ia_status ia_volume_write(ia_ctx *ctx, const ia_volume *field, const char *path);
// The standard errors alone, likewise. IA_ERR_PARAM where none were asked for.
IA_API ia_status ia_volume_write_errors(ia_ctx *ctx, const ia_volume *field,
                                        const char *path);

IA_END
#endif
