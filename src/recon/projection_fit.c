// src/recon/projection_fit.c: image compression, centre and orientation from poles whose
// planes are known.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_fit.h>

#include "core/cholesky.h"
#include "recon/recon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define F64(name, unit, preset, least, most, help)                                       \
    IA_FIELD(IA_F64, ia_projection_fit_params, name, unit, preset, least, most, help)

static const ia_field fields[] = {
    IA_FIELD_TEXT(
        ia_projection_fit_params, crystal, "",
        "its poles give icf, centre and kf: fcc:0.405, bcc:0.287, hcp:0.295,0.468, ..."),
    F64(centre_doubt, "mm", 5, 0.01, 1e3, "standard deviation of the given centre"),
    F64(pole_doubt, "mm", 0.5, 0.01, 100, "standard deviation of the place of a pole"),
    F64(spacing_reach, "mm", 3, 0, 100,
        "ions this near a pole, or as near as 2,000 are, show its planes; 0: kf stays"),
    IA_FIELD(IA_SIZE, ia_projection_fit_params, fit_parts, "", 0, 0, IA_FIT_PARTS_MOST,
             "parts of the run to look for a drift of icf, kf and centre in, which "
             "becomes sections; 0 or 1: one set for the run"),
};
const ia_method ia_projection_fit_method =
    IA_METHOD("projection_fit", "Image compression, centre and kf from poles",
              ia_projection_fit_params, fields);

ia_projection_fit_params ia_projection_fit_defaults(void)
{
    ia_projection_fit_params params;
    ia_method_defaults(&ia_projection_fit_method, &params);
    return params;
}

// Unknowns: icf, centre, a turn about x, y and z; how far each family is drawn aside.
enum { N = 6, ALL = N + IA_PULLS_MOST, ROUNDS = 60 };
static const double step[N] = {1e-5, 1e-4, 1e-4, 1e-5, 1e-5, 1e-5};
static const double pull_step = 1e-5;

typedef struct {
    const ia_projection *start;
    const ia_projection_fit_params *params;
    const ia_named_pole *poles;
    size_t n;
    double (*normals)[3]; // (n) in the crystal's frame
    ia_pole_pull *pulls;  // (n)
    size_t n_pulls, n_rows, n_unknowns;
    double pull; // standard deviation of each, radian
    ia_projection projection;
    double rotation[3][3];
    double pulled[IA_PULLS_MOST]; // radian
    double *residuals; // (n_rows) in standard deviations; the last of centre and pulls
    double *slopes;    // (n_rows, n_unknowns)
} fitting;

static void cross(const double a[3], const double b[3], double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Right-handed axes: along a, and in the plane of a and b. Sine of their angle.
static double triad(const double a[3], const double b[3], double axes[3][3])
{
    double side[3];

    cross(a, b, side);
    double sine = sqrt(dot(side, side));
    for (int c = 0; c < 3; c++) {
        axes[0][c] = a[c];
        axes[1][c] = side[c] / sine;
    }
    cross(axes[0], axes[1], axes[2]);
    return sine;
}

// The rotation that takes the two poles furthest apart to where they were seen. False
// where all lie in one direction.
static bool begin_rotation(fitting *f)
{
    double best = 0, seen[2][3], crystal[3][3] = {{0}}, specimen[3][3] = {{0}};

    for (size_t i = 0; i < f->n; i++)
        for (size_t j = i + 1; j < f->n; j++) {
            const double hits[2][2] = {{f->poles[i].x, f->poles[i].y},
                                       {f->poles[j].x, f->poles[j].y}};
            double side[3];
            cross(f->normals[i], f->normals[j], side);
            double apart = dot(side, side);
            if (apart <= best + 1e-6 ||
                !ia_projection_direction(&f->projection, hits[0], seen[0]) ||
                !ia_projection_direction(&f->projection, hits[1], seen[1]))
                continue;
            best = apart;
            triad(f->normals[i], f->normals[j], crystal);
            if (!(triad(seen[0], seen[1], specimen) > 1e-6))
                return false;
        }
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++) {
            f->rotation[r][c] = 0;
            for (int k = 0; k < 3; k++)
                f->rotation[r][c] += specimen[k][r] * crystal[k][c];
        }
    return best > 1e-3;
}

// Turn by a small vector w: Rodrigues' formula.
static void turn(const double w[3], double rotation[3][3])
{
    double angle = sqrt(dot(w, w));
    double s = angle > 0 ? sin(angle) / angle : 1;
    double h = angle > 0 ? (1 - cos(angle)) / (angle * angle) : 0.5;

    for (int c = 0; c < 3; c++) {
        double v[3] = {rotation[0][c], rotation[1][c], rotation[2][c]}, once[3], twice[3];
        cross(w, v, once);
        cross(w, once, twice);
        for (int r = 0; r < 3; r++)
            rotation[r][c] = v[r] + s * once[r] + h * twice[r];
    }
}

static void move(fitting *f, const double by[ALL])
{
    f->projection.icf += by[0];
    f->projection.centre[0] += by[1];
    f->projection.centre[1] += by[2];
    turn(by + 3, f->rotation);
    for (size_t k = 0; k < f->n_pulls; k++)
        f->pulled[k] += by[N + k];
}

// Where the ions of a pole fly, specimen frame; any length.
static void aim(const fitting *f, size_t i, double direction[3])
{
    double at[3];
    int family = f->n_pulls > 0 ? f->pulls[i].family : -1;

    for (int c = 0; c < 3; c++)
        at[c] = f->normals[i][c] +
                (family >= 0 ? f->pulled[family] * f->pulls[i].aside[c] : 0);
    for (int r = 0; r < 3; r++)
        direction[r] = dot(f->rotation[r], at);
}

// Residuals in standard deviations; the sum of their squares. A pole that the projection
// cannot show is far off.
static double misfit(const fitting *f, double *residuals)
{
    const double far = 1e3; // mm
    double sum = 0;

    for (size_t i = 0; i < f->n; i++) {
        double direction[3], hit[2];
        double doubt = f->poles[i].doubt > 0 ? f->poles[i].doubt : f->params->pole_doubt;
        aim(f, i, direction);
        bool shown = ia_projection_hit(&f->projection, direction, hit);
        residuals[2 * i] = (shown ? hit[0] - f->poles[i].x : far) / doubt;
        residuals[2 * i + 1] = (shown ? hit[1] - f->poles[i].y : far) / doubt;
    }
    for (size_t c = 0; c < 2; c++)
        residuals[2 * f->n + c] =
            (f->projection.centre[c] - f->start->centre[c]) / f->params->centre_doubt;
    for (size_t k = 0; k < f->n_pulls; k++)
        residuals[2 * f->n + 2 + k] = f->pulled[k] / f->pull;
    for (size_t k = 0; k < f->n_rows; k++)
        sum += residuals[k] * residuals[k];
    return sum;
}

static void set_slopes(fitting *f, double *room)
{
    size_t rows = f->n_rows;

    for (size_t p = 0; p < f->n_unknowns; p++) {
        fitting up = *f, down = *f;
        double by[ALL] = {0}, h = p < N ? step[p] : pull_step;
        by[p] = h;
        move(&up, by);
        by[p] = -h;
        move(&down, by);
        misfit(&up, room);
        misfit(&down, room + rows);
        for (size_t k = 0; k < rows; k++)
            f->slopes[k * f->n_unknowns + p] = (room[k] - room[rows + k]) / (2 * h);
    }
}

static void set_normal_equations(const fitting *f, double matrix[ALL * ALL],
                                 double right[ALL])
{
    size_t n = f->n_unknowns;

    memset(matrix, 0, n * n * sizeof *matrix);
    memset(right, 0, n * sizeof *right);
    for (size_t k = 0; k < f->n_rows; k++)
        for (size_t a = 0; a < n; a++) {
            right[a] -= f->slopes[k * n + a] * f->residuals[k];
            for (size_t b = 0; b < n; b++)
                matrix[a * n + b] += f->slopes[k * n + a] * f->slopes[k * n + b];
        }
}

// Levenberg and Marquardt. The last normal matrix stays in `matrix`.
static double refine(fitting *f, double *room, double matrix[ALL * ALL])
{
    double damping = 1e-3, value = misfit(f, f->residuals);
    size_t n = f->n_unknowns;

    for (int round = 0; round < ROUNDS; round++) {
        double right[ALL], damped[ALL * ALL];
        set_slopes(f, room);
        misfit(f, f->residuals);
        set_normal_equations(f, matrix, right);
        memcpy(damped, matrix, sizeof damped);
        for (size_t p = 0; p < n; p++)
            damped[p * n + p] *= 1 + damping;
        if (!ia_cholesky(damped, n))
            break;
        ia_cholesky_solve(damped, n, right);
        fitting next = *f;
        move(&next, right);
        double better = next.projection.icf > 0.05 ? misfit(&next, room) : HUGE_VAL;
        if (better <= value) {
            bool done = value - better < 1e-12 * (1 + value);
            memcpy(f->rotation, next.rotation, sizeof f->rotation);
            memcpy(f->pulled, next.pulled, sizeof f->pulled);
            f->projection = next.projection;
            value = better;
            damping /= 10;
            if (done)
                break;
        } else {
            damping *= 10;
        }
    }
    return misfit(f, f->residuals);
}

// Errors: those of the normal matrix, times the scatter found, which what was expected of
// it joins as eight numbers more; standard deviations of Student's distribution.
static ia_status set_result(ia_ctx *ctx, const fitting *f, const double matrix[ALL * ALL],
                            ia_projection_fit *out)
{
    const double expected = 8;
    double factor[ALL * ALL], square = 0, all = 0,
                              numbers = 2 * (double)f->n - 4 + expected;

    memcpy(factor, matrix, sizeof factor);
    if (!ia_cholesky(factor, f->n_unknowns))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "the poles do not tell image compression and centre apart");
    for (size_t k = 0; k < f->n_rows; k++)
        all += f->residuals[k] * f->residuals[k];
    for (size_t i = 0; i < f->n; i++) {
        double doubt = f->poles[i].doubt > 0 ? f->poles[i].doubt : f->params->pole_doubt;
        square += doubt * doubt *
                  (f->residuals[2 * i] * f->residuals[2 * i] +
                   f->residuals[2 * i + 1] * f->residuals[2 * i + 1]);
    }
    double scale = (all + expected) / numbers * numbers / (numbers - 2);
    double inverse[N][ALL];
    for (size_t p = 0; p < N; p++) {
        memset(inverse[p], 0, sizeof inverse[p]);
        inverse[p][p] = scale;
        ia_cholesky_solve(factor, f->n_unknowns, inverse[p]);
    }
    *out = (ia_projection_fit){.n_poles = f->n,
                               .icf = f->projection.icf,
                               .sigma_icf = sqrt(inverse[0][0]),
                               .kf = NAN,
                               .sigma_kf = NAN,
                               .spacing = NAN,
                               .sigma_spacing = NAN,
                               .spacing_expected = NAN};
    out->residual_mm = sqrt(square / (double)f->n);
    for (size_t c = 0; c < 2; c++) {
        out->centre[c] = f->projection.centre[c];
        out->sigma_centre[c] = sqrt(inverse[1 + c][1 + c]);
    }
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++)
            out->covariance[a][b] = inverse[a][b];
        out->sigma_rotation_deg =
            fmax(out->sigma_rotation_deg, sqrt(inverse[3 + a][3 + a]) * 180 / acos(-1.0));
    }
    memcpy(out->rotation, f->rotation, sizeof out->rotation);
    return IA_OK;
}

static ia_status check(ia_ctx *ctx, const ia_projection *start,
                       const ia_projection_fit_params *params, ia_crystal *crystal)
{
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_projection_fit_method, params)) != IA_OK ||
        (st = ia_projection_check(ctx, start)) != IA_OK)
        return st;
    if (!params->crystal[0])
        return ia_fail(ctx, IA_ERR_PARAM,
                       "poles tell nothing without --crystal, such as fcc:0.405");
    return ia_crystal_parse(ctx, params->crystal, crystal);
}

// Room for all; which families are drawn aside.
static ia_status begin(ia_ctx *ctx, const ia_crystal *crystal, fitting *f, double **room)
{
    size_t n = f->n;

    if (!(f->normals = ia_array(ctx, n, sizeof *f->normals)) ||
        !(f->pulls = ia_array(ctx, n, sizeof *f->pulls)))
        return IA_ERR_MEMORY;
    size_t n_families = ia_pole_pulls(crystal, f->poles, n, f->pulls);
    f->n_pulls = !(f->pull > 0)               ? 0
                 : n_families < IA_PULLS_MOST ? n_families
                                              : IA_PULLS_MOST;
    for (size_t i = 0; i < n; i++) {
        memcpy(f->normals[i], f->pulls[i].normal, sizeof f->normals[i]);
        if (f->pulls[i].family >= IA_PULLS_MOST)
            f->pulls[i].family = -1;
    }
    f->n_unknowns = N + f->n_pulls;
    f->n_rows = 2 * n + 2 + f->n_pulls;
    if (!(f->residuals = ia_array(ctx, f->n_rows, sizeof *f->residuals)) ||
        !(f->slopes = ia_array(ctx, f->n_rows * f->n_unknowns, sizeof *f->slopes)) ||
        !(*room = ia_array(ctx, 2 * f->n_rows, sizeof **room)))
        return IA_ERR_MEMORY;
    if (!begin_rotation(f))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "the poles lie in one direction, or off the "
                       "detector");
    return IA_OK;
}

ia_status ia_recon_fit_drawn(ia_ctx *ctx, const ia_projection *start,
                             const ia_named_poles *poles,
                             const ia_projection_fit_params *params, double pull,
                             ia_projection_fit *out)
{
    const double farthest = 3; // mm rms, as much as a pole is wide
    ia_projection_fit_params p = params ? *params : ia_projection_fit_defaults();
    ia_crystal *crystal = ia_array(ctx, 1, sizeof *crystal);
    fitting f = {.start = start,
                 .params = &p,
                 .poles = poles->poles,
                 .n = poles->n,
                 .pull = pull,
                 .projection = *start};
    double matrix[ALL * ALL], *room = NULL;
    ia_projection_fit fit;
    ia_status st = crystal ? check(ctx, start, &p, crystal) : IA_ERR_MEMORY;

    if (st == IA_OK && f.n < IA_POLES_TO_FIT)
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "%zu poles: three are needed for image compression, centre and "
                     "orientation",
                     f.n);
    if (st != IA_OK || (st = begin(ctx, crystal, &f, &room)) != IA_OK)
        goto done;
    refine(&f, room, matrix);
    if ((st = set_result(ctx, &f, matrix, &fit)) != IA_OK)
        goto done;
    if (!(fit.residual_mm < farthest))
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "the poles are %.3g mm from where %s would show them: names or "
                     "crystal are wrong",
                     fit.residual_mm, p.crystal);
    else
        *out = fit;
done:
    free(room);
    free(f.slopes);
    free(f.residuals);
    free(f.pulls);
    free(f.normals);
    free(crystal);
    return st;
}

ia_status ia_projection_fit_poles(ia_ctx *ctx, const ia_projection *start,
                                  const ia_named_pole *poles, size_t n,
                                  const ia_projection_fit_params *params,
                                  ia_projection_fit *out)
{
    const ia_named_poles named = {.poles = (ia_named_pole *)poles, .n = n};

    return ia_recon_fit_drawn(ctx, start, &named, params, 0, out);
}

// The shortest turn of one direction to another.
static void turn_to(const double from[3], const double to[3], double rotation[3][3])
{
    double axis[3], w[3];

    cross(from, to, axis);
    double sine = sqrt(dot(axis, axis)), angle = atan2(sine, dot(from, to));
    for (int r = 0; r < 3; r++) {
        w[r] = sine > 0 ? angle * axis[r] / sine : 0;
        for (int c = 0; c < 3; c++)
            rotation[r][c] = r == c;
    }
    turn(w, rotation);
}

ia_status ia_projection_fit_held(ia_ctx *ctx, const ia_projection *start,
                                 const ia_named_pole *poles, size_t n,
                                 const ia_projection_fit_params *params,
                                 ia_projection_fit *out)
{
    ia_projection_fit_params p = params ? *params : ia_projection_fit_defaults();
    ia_crystal *crystal = ia_array(ctx, 1, sizeof *crystal);
    fitting f = {.poles = poles, .n = n, .projection = *start};
    ia_status st = crystal ? check(ctx, start, &p, crystal) : IA_ERR_MEMORY;
    double seen[3];

    if (st == IA_OK && n == 0)
        st = ia_fail(ctx, IA_ERR_PARAM, "no pole says how the crystal stands");
    if (st == IA_OK && !(f.normals = ia_array(ctx, n, sizeof *f.normals)))
        st = IA_ERR_MEMORY;
    if (st != IA_OK)
        goto done;
    for (size_t i = 0; i < n; i++)
        ia_crystal_normal(crystal, poles[i].hkl, f.normals[i]);
    if (!ia_projection_direction(start, (const double[2]){poles[0].x, poles[0].y},
                                 seen)) {
        st = ia_fail(ctx, IA_ERR_PARAM,
                     "no ion flies to (%g, %g) mm, where a pole should be, with this "
                     "image compression",
                     poles[0].x, poles[0].y);
        goto done;
    }
    if (n < 2 || !begin_rotation(&f))
        turn_to(f.normals[0], seen, f.rotation);
    *out = (ia_projection_fit){.n_poles = n,
                               .icf = start->icf,
                               .sigma_icf = NAN,
                               .centre = {start->centre[0], start->centre[1]},
                               .sigma_centre = {NAN, NAN},
                               .sigma_rotation_deg = NAN,
                               .residual_mm = NAN,
                               .kf = NAN,
                               .sigma_kf = NAN,
                               .spacing = NAN,
                               .sigma_spacing = NAN,
                               .spacing_expected = NAN};
    memcpy(out->rotation, f.rotation, sizeof out->rotation);
    for (size_t a = 0; a < 9; a++)
        out->covariance[a / 3][a % 3] = NAN;
done:
    free(f.normals);
    free(crystal);
    return st;
}
