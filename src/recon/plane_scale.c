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

// The strongest wave of spacings between so many shares of that expected; power 0: none.
static ia_status strongest(ia_ctx *ctx, const ia_pole_spot *s, const double normal[3],
                           double spacing, const double shares[2], ia_pole_facing *out)
{
    const double step = 1.05; // each try reaches 3 % both ways

    *out = (ia_pole_facing){.power = 0};
    for (double share = shares[0]; share < shares[1]; share *= step) {
        ia_pole_facing facing;
        ia_status st = ia_pole_planes(ctx, s, normal, share * spacing, &facing);
        if (st != IA_OK)
            return st;
        if (facing.doubt > 0 && facing.power > out->power)
            *out = facing;
    }
    return IA_OK;
}

// A dark pole has few pairs of ions for a map: the strongest wave near its normal, of
// spacings that are so many shares of the expected.
static ia_status measure_wave(ia_ctx *ctx, const ia_pole_spot *s, const double normal[3],
                              ia_projection_fit *fit, bool *found)
{
    const double shares[2] = {0.65, 1.55};
    const double clear = 18; // power that chance does not reach in all of them
    ia_pole_facing best;
    ia_status st = strongest(ctx, s, normal, fit->spacing_expected, shares, &best);

    if (st != IA_OK)
        return st;
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

// A field factor that is far off bends planes until none stands out: of a ladder of
// others, from half of it to twice, the one that shows the strongest wave. kf stays where
// there is none.
static ia_status seek(ia_ctx *ctx, const double normal[3], double spacing,
                      ia_pole_spot *s, ia_reconstruct_params *p)
{
    enum { RUNGS = 5 };
    const double step = 1.15, shares[2] = {0.85, 1.18}; // of kf; its square and beyond
    const double clear = 20; // power that chance does not reach on all rungs
    double told = p->kf, power = clear;
    ia_status st = IA_OK;

    for (int rung = -RUNGS; rung <= RUNGS && st == IA_OK; rung++) {
        ia_reconstruct_params q = *p;
        ia_reconstruction r = {0};
        ia_pole_facing wave;
        q.kf = told * pow(step, rung);
        // What is no specimen with such a factor is no rung.
        if (ia_reconstruct_compute(NULL, s->ions, &q, &r) != IA_OK)
            continue;
        ia_pole_spot_place(&r, s);
        ia_reconstruction_clear(&r);
        st = strongest(ctx, s, normal, spacing, shares, &wave);
        if (st == IA_OK && wave.power > power) {
            power = wave.power;
            p->kf = q.kf * sqrt(spacing / wave.spacing);
        }
    }
    return st;
}

// Spacing in the reconstruction with these constants.
static ia_status see(ia_ctx *ctx, const ia_reconstruct_params *p, const double normal[3],
                     ia_pole_spot *s, ia_projection_fit *fit, bool *found)
{
    ia_reconstruction r = {0};
    ia_status st = ia_reconstruct_compute(NULL, s->ions, p, &r);

    *found = false;
    if (st == IA_OK) {
        ia_pole_spot_place(&r, s);
        st = measure(s, normal, fit, found);
    }
    if (st == IA_OK && !*found)
        st = measure_wave(ctx, s, normal, fit, found);
    ia_reconstruction_clear(&r);
    return st;
}

static ia_status find_spot(ia_ctx *ctx, const ia_reconstruct_params *p, ia_pole_spot *s)
{
    ia_reconstruction r = {0};
    ia_status st = ia_reconstruct_compute(NULL, s->ions, p, &r);

    if (st != IA_OK) // once more, for the sentence
        st = ia_reconstruct_compute(ctx, s->ions, p, &r);
    if (st == IA_OK)
        st = ia_pole_spot_find(ctx, r.scale, s);
    ia_reconstruction_clear(&r);
    return st;
}

static bool is_near(const ia_projection_fit *fit)
{
    double ratio = fit->spacing_expected / fit->spacing;
    return ratio > 0.4 && ratio < 2.5;
}

static void tell_none(ia_ctx *ctx, const ia_reconstruct_params *params)
{
    ia_warn(ctx,
            "no planes of the pole stand out with kf from %.3g to %.3g: kf stays; check "
            "--crystal, --element or the evaporation field, and the image compression",
            params->kf / 2, params->kf * 2);
}

static ia_status iterate(ia_ctx *ctx, const ia_reconstruct_params *params,
                         const double normal[3], ia_pole_spot *s, ia_projection_fit *fit)
{
    ia_reconstruct_params p = *params;
    bool found;
    ia_status st = find_spot(ctx, &p, s);

    if (st == IA_OK && s->n < IA_SPOT_FEWEST) {
        ia_warn(ctx, "%zu ions near the pole are too few for its planes: kf stays", s->n);
        return IA_OK;
    }
    if (st != IA_OK || (st = see(ctx, &p, normal, s, fit, &found)) != IA_OK)
        return st;
    if (!(found && is_near(fit)) &&
        ((st = seek(ctx, normal, fit->spacing_expected, s, &p)) != IA_OK ||
         (st = see(ctx, &p, normal, s, fit, &found)) != IA_OK))
        return st;
    for (int k = 0; k < TURNS && found; k++) {
        found = is_near(fit);
        if (found)
            p.kf *= sqrt(fit->spacing_expected / fit->spacing);
        if (found && k + 1 < TURNS &&
            (st = see(ctx, &p, normal, s, fit, &found)) != IA_OK)
            return st;
    }
    if (found)
        fit->kf = p.kf;
    else
        tell_none(ctx, params);
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

// Where poles leave image compression open: as it was told, or else as tips differ. kf
// goes nearly as it does: on simulated tips to the power of 0.8.
static double open_share(const ia_reconstruct_params *params,
                         const ia_projection_fit *fit)
{
    const double usual = 0.08, power = 0.8; // share of ICF, standard deviation

    if (!isnan(fit->sigma_icf))
        return 0;
    return power * (params->sigma_icf > 0 ? params->sigma_icf / params->icf : usual);
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
    double open = open_share(params, fit);
    fit->sigma_kf =
        fit->kf * sqrt(spacing * spacing + scatter * scatter + rim * rim + open * open);
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
    if ((st = iterate(ctx, params, normal, &s, &found)) != IA_OK)
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

void ia_projection_fit_lattice(ia_ctx *ctx, const ia_named_poles *poles,
                               const ia_reconstruct_params *params,
                               ia_projection_fit *fit)
{
    bool radius_told = !ia_recon_needs_voltage(params);

    ia_recon_doubt_icf(ctx, poles, fit);
    if (!poles->better.crystal[0] || fit->by_planes) {
        if (fit->kf > 0)
            ia_recon_doubt_spacing(ctx, fit, radius_told);
        if (radius_told)
            fit->kf = fit->sigma_kf = NAN; // no radius comes of it
        return;
    }
    ia_lattice_tell(ctx, &poles->better, &poles->told);
    if (fit->kf > 0 && radius_told)
        ia_warn(ctx,
                "planes do not decide between them: the radius was told, not found, and "
                "the spacings go with it");
    else if (fit->kf > 0)
        ia_warn(ctx,
                "kf stays %.3g: planes give it where those of several poles are as far "
                "apart as %s has them, and they are not",
                params->kf, poles->told.crystal);
    fit->kf = fit->sigma_kf = NAN;
    fit->spacing = fit->sigma_spacing = NAN;
    memset(fit->plane, 0, sizeof fit->plane);
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
    if ((st = ia_table_add_u64(ctx, table, "poles", fit->n_poles)) != IA_OK ||
        (st = ia_table_add_text(ctx, table, "places",
                                fit->refined ? "planes" : "dark spots")) != IA_OK)
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
