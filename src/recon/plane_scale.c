// src/recon/plane_scale.c: the field factor from the spacing of the planes of a pole, by
// means of spatial distribution maps (crystal).
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_fit.h>

#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 4 }; // corrections

// Share that spacings of other poles differ by less than.
static const double likely = 0.1;

typedef struct {
    const ia_named_poles *poles;
    const ia_crystal *crystal;
    double doubt; // of the place of a pole, mm
} known;

// Spacing along the normal of the pole's planes; false where none stands out.
static ia_status measure(const ia_pole_spot *s, const double normal[3],
                         ia_projection_fit *fit, bool *found)
{
    ia_sdm sdm = {0};
    // What is lacking is told for the poles together.
    ia_status st = ia_pole_spot_planes(s, normal, &sdm);

    if (st != IA_OK)
        return st;
    *found = sdm.found && sdm.spacing > 0;
    fit->spacing = sdm.spacing;
    fit->sigma_spacing = sdm.spacing_sd;
    ia_sdm_clear(&sdm);
    return IA_OK;
}

// A dark pole has few pairs of ions for a map: the strongest wave near its normal, of
// spacings that are so many shares of the expected.
static ia_status measure_wave(const ia_pole_spot *s, const double normal[3],
                              ia_projection_fit *fit, bool *found)
{
    const double least = 0.65, most = 1.55, step = 1.05; // each try reaches 3 % both ways
    const double clear = 18; // power that chance does not reach in all of them
    ia_pole_facing best = {.power = 0};

    for (double share = least; share < most; share *= step) {
        ia_pole_facing facing;
        ia_status st =
            ia_pole_planes(NULL, s, normal, share * fit->spacing_expected, &facing);
        if (st != IA_OK)
            return st;
        if (facing.doubt > 0 && facing.power > best.power)
            best = facing;
    }
    *found = best.power > clear;
    fit->spacing = *found ? best.spacing : NAN;
    fit->sigma_spacing = *found ? best.sigma_spacing : NAN;
    return IA_OK;
}

// Of the poles in the inner half of those known, the one whose planes are furthest apart:
// they stand out most, and near the axis their depth is the axis' depth.
static const ia_named_pole *choose(const known *k, const ia_projection_fit *fit)
{
    const ia_named_pole *poles = k->poles->poles;
    size_t best = 0;
    double most = 0, widest = 0, least = HUGE_VAL, normal[3];

    for (size_t i = 0; i < k->poles->n; i++) {
        double r = hypot(poles[i].x - fit->centre[0], poles[i].y - fit->centre[1]);
        most = fmax(most, r);
        least = fmin(least, r);
    }
    for (size_t i = 0; i < k->poles->n; i++) {
        double r = hypot(poles[i].x - fit->centre[0], poles[i].y - fit->centre[1]);
        double spacing = ia_crystal_normal(k->crystal, poles[i].hkl, normal);
        if (spacing > widest && r <= fmax(most / 2, least)) {
            widest = spacing;
            best = i;
        }
    }
    return &poles[best];
}

static ia_status iterate(ia_ctx *ctx, const ia_ions *ions,
                         const ia_reconstruct_params *params, const double normal[3],
                         ia_pole_spot *s, ia_projection_fit *fit)
{
    ia_reconstruct_params p = *params;
    bool found = true;

    for (int k = 0; k < TURNS && found; k++) {
        ia_reconstruction r = {0};
        ia_status st = ia_reconstruct_compute(NULL, ions, &p, &r);
        if (st != IA_OK && k == 0) // once more, for the sentence
            st = ia_reconstruct_compute(ctx, ions, &p, &r);
        if (st == IA_OK && k == 0 && (st = ia_pole_spot_find(ctx, r.scale, s)) == IA_OK &&
            s->n < IA_SPOT_FEWEST) {
            ia_warn(ctx, "%zu ions near the pole are too few for its planes: kf stays",
                    s->n);
            ia_reconstruction_clear(&r);
            return IA_OK;
        }
        if (st == IA_OK) {
            ia_pole_spot_place(&r, s);
            st = measure(s, normal, fit, &found);
            if (st == IA_OK && !found)
                st = measure_wave(s, normal, fit, &found);
        }
        ia_reconstruction_clear(&r);
        if (st != IA_OK)
            return st;
        double ratio = fit->spacing_expected / fit->spacing;
        found = found && ratio > 0.4 && ratio < 2.5;
        if (found)
            p.kf *= sqrt(ratio);
    }
    if (!found) {
        ia_warn(ctx, "no planes of the pole stand out: kf stays");
        return IA_OK;
    }
    fit->kf = p.kf;
    return IA_OK;
}

// What the planes of one more pole say of kf over that of the first, less 1; NAN where
// they do not stand out.
static ia_status compare_pole(ia_ctx *ctx, const ia_reconstruction *r, ia_pole_spot *s,
                              const double normal[3], double expected, double *out)
{
    ia_projection_fit seen = {0};
    bool found = false;
    ia_status st;

    *out = NAN;
    if ((st = ia_pole_spot_find(ctx, r->scale, s)) != IA_OK || s->n < IA_SPOT_FEWEST)
        return st;
    ia_pole_spot_place(r, s);
    if ((st = measure(s, normal, &seen, &found)) == IA_OK && found &&
        fabs(seen.spacing / expected - 1) < likely)
        *out = sqrt(expected / seen.spacing) - 1;
    return st;
}

// Root of the mean square difference between kf of the pole used and of others; 0 where
// no other shows planes. A few poles are enough.
static ia_status scatter_of(ia_ctx *ctx, const ia_reconstruction *r,
                            const ia_pole_spot *first, const known *k,
                            const ia_projection_fit *fit, double *out)
{
    enum { OTHERS = 4 };
    double sum = 0;
    size_t used = 0;
    ia_status st = IA_OK;

    for (size_t i = 0; i < k->poles->n && used < OTHERS && st == IA_OK; i++) {
        const ia_named_pole *pole = &k->poles->poles[i];
        ia_pole_spot s = {.ions = first->ions, .pole = pole, .reach = first->reach};
        double normal[3], differs;
        if (first->pole == pole)
            continue;
        double expected = ia_pole_normal(k->crystal, pole->hkl, fit, normal);
        st = compare_pole(ctx, r, &s, normal, expected, &differs);
        if (st == IA_OK && isfinite(differs)) {
            sum += differs * differs;
            used++;
        }
        ia_pole_spot_clear(&s);
    }
    *out = used > 0 ? sqrt(sum / (double)used) : 0;
    return st;
}

// That of the spacing; of the poles among each other; and of ions that are pulled over
// the rim of what the detector sees, as far as poles are: counted too many or too few,
// the depth goes with their number, kf with its root.
static ia_status set_sigma(ia_ctx *ctx, const ia_reconstruct_params *params,
                           const known *k, const ia_pole_spot *first,
                           ia_projection_fit *fit)
{
    ia_reconstruct_params p = *params;
    ia_reconstruction r = {0};
    double scatter = 0;

    p.kf = fit->kf;
    ia_status st = ia_reconstruct_compute(NULL, first->ions, &p, &r);
    if (st == IA_OK)
        st = scatter_of(ctx, &r, first, k, fit, &scatter);
    double seen = r.params.detector_radius * (1 - r.blind_share);
    double rim = st == IA_OK ? k->doubt / seen : 0;
    double spacing = fit->sigma_spacing / (2 * fit->spacing);
    fit->sigma_kf = fit->kf * sqrt(spacing * spacing + scatter * scatter + rim * rim);
    ia_reconstruction_clear(&r);
    return st;
}

ia_status ia_projection_fit_spacing(ia_ctx *ctx, const ia_ions *ions,
                                    const ia_reconstruct_params *params,
                                    const ia_named_poles *poles,
                                    const ia_projection_fit_params *fit_params,
                                    ia_projection_fit *fit)
{
    ia_pole_spot s = {.ions = ions, .reach = fit_params->spacing_reach};
    ia_crystal *crystal = ia_array(ctx, 1, sizeof *crystal);
    const known k = {poles, crystal, fit_params->pole_doubt};
    ia_status st = crystal ? ia_ions_need(ctx, ions, IA_DET_XY) : IA_ERR_MEMORY;
    double normal[3];

    if (st != IA_OK ||
        (st = ia_crystal_parse(ctx, fit_params->crystal, crystal)) != IA_OK)
        goto done;
    if (poles->n == 0) {
        st = ia_fail(ctx, IA_ERR_PARAM, "no poles whose planes could give kf");
        goto done;
    }
    ia_projection_fit found = *fit;
    s.pole = choose(&k, fit);
    found.spacing_expected = ia_pole_normal(crystal, s.pole->hkl, fit, normal);
    memcpy(found.plane, s.pole->hkl, sizeof found.plane);
    if ((st = iterate(ctx, ions, params, normal, &s, &found)) != IA_OK)
        goto done;
    s.reach = fit_params->spacing_reach;
    if (found.kf > 0 && (st = set_sigma(ctx, params, &k, &s, &found)) != IA_OK)
        goto done;
    *fit = found;
done:
    ia_pole_spot_clear(&s);
    free(crystal);
    return st;
}

static ia_status add_poles(ia_ctx *ctx, const ia_named_poles *poles, ia_result *result)
{
    ia_table *table = ia_result_add(ctx, result, "fit_poles", IA_ROWS, poles->n);
    int32_t *hkl = table ? ia_table_add_cells(ctx, table, "hkl", IA_I32, 0, 3) : NULL;
    double *x = hkl ? ia_table_add(ctx, table, "x_mm", IA_F64) : NULL;
    double *y = x ? ia_table_add(ctx, table, "y_mm", IA_F64) : NULL;

    if (!y)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < poles->n; i++) {
        for (size_t c = 0; c < 3; c++)
            hkl[3 * i + c] = poles->poles[i].hkl[c];
        x[i] = poles->poles[i].x;
        y[i] = poles->poles[i].y;
    }
    return IA_OK;
}

ia_status ia_projection_fit_tables(ia_ctx *ctx, const ia_projection_fit *fit,
                                   const ia_named_poles *poles, ia_result *result)
{
    const struct {
        const char *name;
        double value;
    } cells[] = {{"icf", fit->icf},
                 {"sigma_icf", fit->sigma_icf},
                 {"kf", fit->kf},
                 {"sigma_kf", fit->sigma_kf},
                 {"residual_mm", fit->residual_mm},
                 {"sigma_rotation_deg", fit->sigma_rotation_deg},
                 {"spacing_nm", fit->spacing},
                 {"sigma_spacing_nm", fit->sigma_spacing},
                 {"spacing_expected_nm", fit->spacing_expected}};
    ia_table *table = ia_result_add(ctx, result, "fit", IA_OBJECT, 1);
    ia_status st;

    if (!table)
        return IA_ERR_MEMORY;
    if ((st = ia_table_add_u64(ctx, table, "poles", fit->n_poles)) != IA_OK)
        return st;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        if ((st = ia_table_add_f64(ctx, table, cells[i].name, cells[i].value)) != IA_OK)
            return st;
    double(*rotation)[3] = ia_table_add_cells(ctx, table, "rotation", IA_F64, 3, 3);
    double(*covariance)[3] =
        rotation ? ia_table_add_cells(ctx, table, "covariance", IA_F64, 3, 3) : NULL;
    int32_t *plane =
        covariance ? ia_table_add_cells(ctx, table, "spacing_hkl", IA_I32, 0, 3) : NULL;
    if (!plane)
        return IA_ERR_MEMORY;
    memcpy(rotation, fit->rotation, sizeof fit->rotation);
    memcpy(covariance, fit->covariance, sizeof fit->covariance);
    for (int c = 0; c < 3; c++)
        plane[c] = fit->plane[c];
    return add_poles(ctx, poles, result);
}
