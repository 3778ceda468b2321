// src/recon/projection_drift.c: image compression, centre and field factor of the parts
// of a run, and whether they are those of the run (crystal).
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/projection_drift.h>

#include "recon/recon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE = 3, LEAST_POLES = 4 }; // constants that places tell
// Of what a part is off the run, share: the error of ICF goes with ICF, and so a drift of
// it is found some tenth too small. ICF and centre; kf. Seen on simulated tips.
static const double slack[PLACE] = {0.1, 0.05, 0.05}, slack_kf = 0.05;
static const double uneven = 0.001;    // of spacings, share
static const double place_doubt = 0.1; // mm, of a pole in the run, as planes have it

// One run; `seen` and the data are (kinds, parts).
typedef struct {
    ia_ctx *ctx;
    const ia_drift_input *in;
    ia_projection_fit fit; // of the run
    ia_crystal crystal;
    ia_drift_kinds kinds;
    ia_drift_seen *seen; // (parts, kinds)
    ia_drift_datum *data;
    double *values, *covariance, *offsets;
    ia_projection_drift out;
    double run[PLACE]; // ICF and centre
    // Those that parts were looked at with.
    double used[IA_FIT_PARTS_MOST][PLACE], used_kf[IA_FIT_PARTS_MOST];
    double efficiency;
} drift_job;

static ia_projection projection_of(const ia_reconstruct_params *p)
{
    return (ia_projection){
        p->projection, p->flight_path, p->icf, {p->centre_x, p->centre_y}};
}

static ia_projection run_of(const drift_job *job)
{
    return (ia_projection){job->in->params->projection,
                           job->in->params->flight_path,
                           job->run[0],
                           {job->run[1], job->run[2]}};
}

static ia_drift_view view_of(const drift_job *job, const ia_reconstruction *r, size_t k)
{
    return (ia_drift_view){.ions = job->in->ions,
                           .crystal = &job->crystal,
                           .fit = &job->fit,
                           .r = r,
                           .projection = projection_of(&r->params),
                           .from = job->out.parts[k].first,
                           .to = job->out.parts[k].last};
}

// Depth of the apex when so many ions are gone.
static double depth_at(const ia_reconstruction *r, double ion)
{
    size_t k = 0;

    while (k + 2 < r->n_caps && r->caps[k + 1].ion < ion)
        k++;
    const ia_cap *a = &r->caps[k], *b = a + 1;
    return a->apex + (b->apex - a->apex) * (ion - a->ion) / (b->ion - a->ion);
}

// The planes of all poles of one part; seconds, and told as such.
static ia_status look_at_part(drift_job *job, const ia_drift_view *v, size_t k)
{
    char task[64];

    snprintf(task, sizeof task, "part %zu of %zu", k + 1, job->out.n);
    ia_ctx_set_task(job->ctx, task);
    ia_status st = ia_drift_look(job->ctx, v, &job->kinds, job->seen + k * job->kinds.n);
    ia_ctx_set_task(job->ctx, NULL);
    return st;
}

// All parts with the constants of the run.
static ia_status look_at_all(drift_job *job)
{
    ia_reconstruction r = {0};
    ia_status st = ia_reconstruct_compute(NULL, job->in->ions, job->in->params, &r);

    if (st == IA_OK) {
        const ia_drift_view v = view_of(job, &r, 0);
        job->efficiency = r.params.efficiency;
        st = ia_drift_kinds_find(job->ctx, &v, &job->kinds);
    }
    for (size_t k = 0; k < job->out.n && st == IA_OK; k++) {
        ia_fit_part *part = &job->out.parts[k];
        const ia_drift_view v = view_of(job, &r, k);
        part->depth[0] = depth_at(&r, (double)part->first);
        part->depth[1] = depth_at(&r, (double)part->last);
        st = look_at_part(job, &v, k);
    }
    ia_reconstruction_clear(&r);
    return st;
}

// Each part with its own constants, where those drift.
static ia_status look_again(drift_job *job)
{
    ia_status st = IA_OK;

    for (size_t k = 0; k < job->out.n && st == IA_OK; k++) {
        const ia_fit_part *part = &job->out.parts[k];
        ia_reconstruct_params p = *job->in->params;
        ia_reconstruction r = {0};
        if (!part->is_fitted)
            continue;
        p.icf = job->out.icf.drifts ? part->icf : job->run[0];
        for (size_t c = 0; c < 2; c++)
            *(c == 0 ? &p.centre_x : &p.centre_y) =
                job->out.centre.drifts ? part->centre[c] : job->run[1 + c];
        p.kf = isfinite(part->kf) ? part->kf : p.kf;
        if ((st = ia_reconstruct_compute(NULL, job->in->ions, &p, &r)) == IA_OK) {
            const ia_drift_view v = view_of(job, &r, k);
            const double used[PLACE] = {p.icf, p.centre_x, p.centre_y};
            memcpy(job->used[k], used, sizeof used);
            job->used_kf[k] = p.kf;
            st = look_at_part(job, &v, k);
        }
        ia_reconstruction_clear(&r);
    }
    return st;
}

static ia_drift_problem problem_of(drift_job *job, size_t rows, size_t constants)
{
    return (ia_drift_problem){.n_parts = job->out.n,
                              .n_kinds = job->kinds.n,
                              .n_rows = rows,
                              .n_constants = constants,
                              .least_poles = LEAST_POLES,
                              .data = job->data,
                              .values = job->values,
                              .covariance = job->covariance,
                              .offsets = job->offsets};
}

// How the place of a pole goes with ICF and centre.
static void set_slopes(const drift_job *job, size_t kind, double slopes[2][PLACE])
{
    static const double steps[PLACE] = {1e-4, 1e-3, 1e-3};

    for (size_t c = 0; c < PLACE; c++) {
        ia_projection up = run_of(job), down = up;
        double high[2], low[2], *change[] = {&up.icf, &up.centre[0], &up.centre[1]},
                                *back[] = {&down.icf, &down.centre[0], &down.centre[1]};
        *change[c] += steps[c];
        *back[c] -= steps[c];
        ia_projection_hit(&up, job->kinds.kinds[kind].normal, high);
        ia_projection_hit(&down, job->kinds.kinds[kind].normal, low);
        for (size_t row = 0; row < 2; row++)
            slopes[row][c] = (high[row] - low[row]) / (2 * steps[c]);
    }
}

// The constants of parts: those of the run and what they are off it.
static void take_places(drift_job *job, const ia_drift_problem *p)
{
    job->out.n_fitted = 0;
    for (size_t k = 0; k < job->out.n; k++) {
        ia_fit_part *part = &job->out.parts[k];
        double value[PLACE], sigma[PLACE];
        part->n_poles = p->n_poles[k];
        part->is_fitted = p->n_poles[k] > 0;
        job->out.n_fitted += part->is_fitted;
        for (size_t c = 0; c < PLACE; c++) {
            size_t at = PLACE * k + c;
            value[c] = part->is_fitted ? job->run[c] + p->values[at] : NAN;
            sigma[c] = part->is_fitted
                           ? hypot(sqrt(p->covariance[at * (PLACE * job->out.n + 1)]),
                                   slack[c] * p->values[at])
                           : NAN;
        }
        part->icf = value[0];
        part->sigma_icf = sigma[0];
        memcpy(part->centre, value + 1, sizeof part->centre);
        memcpy(part->sigma_centre, sigma + 1, sizeof part->sigma_centre);
    }
}

// The constants of the run once more, from the places of poles without the drift.
static void fit_run(drift_job *job, const ia_drift_problem *p)
{
    ia_named_pole places[IA_DRIFT_POLES_MOST];
    ia_named_poles poles = {.poles = places};
    ia_projection start = run_of(job);
    ia_projection_fit fit = job->fit;
    size_t n_held = 0;

    for (size_t i = 0; i < job->kinds.n; i++) {
        const ia_drift_kind *kind = &job->kinds.kinds[i];
        bool used = false;
        for (size_t k = 0; k < p->n; k++)
            used |= p->data[k].used && p->data[k].pole == i;
        if (!used || kind->pull == IA_PULL_ANY)
            continue;
        n_held += kind->pull == IA_PULL_NONE;
        places[poles.n] = kind->pole;
        places[poles.n].x += p->offsets[2 * i];
        places[poles.n].y += p->offsets[2 * i + 1];
        places[poles.n++].doubt = place_doubt;
    }
    memcpy(start.centre, job->in->centre, sizeof start.centre);
    if (!ia_recon_fit_places(&start, job->in->fit_params, &poles, n_held, &fit))
        return;
    fit.kf = job->fit.kf;
    fit.sigma_kf = job->fit.sigma_kf;
    fit.by_planes = job->fit.by_planes;
    memcpy(fit.plane, job->fit.plane, sizeof fit.plane);
    fit.spacing = job->fit.spacing;
    fit.sigma_spacing = job->fit.sigma_spacing;
    fit.spacing_expected = job->fit.spacing_expected;
    job->fit = fit;
    job->run[0] = fit.icf;
    memcpy(job->run + 1, fit.centre, sizeof fit.centre);
    const ia_projection run = run_of(job);
    ia_drift_kinds_turn(&job->crystal, &fit, &run, &job->kinds);
}

// The centre of the run is known to a mm only, since a turn of the crystal does the same
// to its poles: one of them makes up for the other at the image compression of the run.
// At another the turn moves poles by more or less, and the centre seems to move by as
// large a share of what it is off.
static void set_levers(const drift_job *job, ia_drift_problem *p)
{
    for (size_t k = 0; k < job->out.n; k++)
        p->levers[k] = job->run[0] / job->used[k][0] - 1;
    for (size_t c = 1; c < PLACE; c++)
        for (size_t d = 1; d < PLACE; d++)
            p->shared[c][d] = job->fit.covariance[c][d];
}

static ia_status solve_places(drift_job *job)
{
    ia_drift_problem p = problem_of(job, 2, PLACE);

    set_levers(job, &p);
    for (size_t i = 0; i < job->kinds.n; i++) {
        double slopes[2][PLACE];
        set_slopes(job, i, slopes);
        for (size_t k = 0; k < job->out.n; k++)
            for (size_t row = 0; row < 2; row++) {
                const ia_drift_seen *seen = &job->seen[k * job->kinds.n + i];
                ia_drift_datum *d = &p.data[p.n++];
                *d = (ia_drift_datum){i,           k,         row,       seen->way[row],
                                      seen->doubt, {0, 0, 0}, seen->seen};
                memcpy(d->slope, slopes[row], sizeof d->slope);
                for (size_t c = 0; c < PLACE; c++)
                    d->value += slopes[row][c] * (job->used[k][c] - job->run[c]);
            }
    }
    ia_status st = ia_drift_solve(job->ctx, &p);
    if (st != IA_OK)
        return st;

    job->out.icf = ia_drift_test_of(&p, 0, 1);
    job->out.centre = ia_drift_test_of(&p, 1, 2);
    if (job->out.icf.drifts || job->out.centre.drifts)
        fit_run(job, &p);
    take_places(job, &p);
    return IA_OK;
}

static bool is_drifting(const drift_job *job)
{
    return job->out.icf.drifts || job->out.centre.drifts || job->out.kf.drifts;
}

// What all poles of a part have in common: ions that are recorded by chance, and the view
// of its image compression where that is its own.
static double common_of(const drift_job *job, const ia_fit_part *part)
{
    const double power = 0.8; // of kf as ICF changes, seen on simulated tips
    double counted =
        0.25 * fmax(0, 1 - job->efficiency) / (double)(part->last - part->first);
    double view = job->out.icf.drifts ? power * part->sigma_icf / part->icf : 0;

    return counted + view * view;
}

// What poles that symmetry holds are off on average belongs to kf.
static double offset_of(const drift_job *job, const ia_drift_problem *p)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < p->n; i++)
        if (p->data[i].used && job->kinds.kinds[p->data[i].pole].pull == IA_PULL_NONE) {
            sum += p->offsets[p->data[i].pole];
            n++;
        }
    return n > 0 ? sum / n : 0;
}

static ia_status solve_spacings(drift_job *job)
{
    ia_drift_problem p = problem_of(job, 1, 1);

    for (size_t i = 0; i < job->kinds.n; i++)
        for (size_t k = 0; k < job->out.n; k++) {
            const ia_drift_seen *s = &job->seen[k * job->kinds.n + i];
            // ln kf of the part over that of the run, by this pole
            double value = log(job->used_kf[k] / job->in->params->kf) + 0.5 * s->ratio;
            p.data[p.n++] = (ia_drift_datum){i,
                                             k,
                                             0,
                                             value,
                                             0.5 * hypot(s->sigma_ratio, uneven),
                                             {1, 0, 0},
                                             s->seen && job->out.parts[k].is_fitted};
            p.common[k] = common_of(job, &job->out.parts[k]);
        }
    ia_status st = ia_drift_solve(job->ctx, &p);
    if (st != IA_OK)
        return st;
    job->out.kf = ia_drift_test_of(&p, 0, 1);
    double off = offset_of(job, &p), sum = 0, n = 0;
    for (size_t k = 0; k < job->out.n; k++) {
        ia_fit_part *part = &job->out.parts[k];
        bool known = p.n_poles[k] > 0;
        part->kf = known ? job->in->params->kf * exp(p.values[k] + off) : NAN;
        part->sigma_kf = known
                             ? part->kf * hypot(sqrt(p.covariance[k * (job->out.n + 1)]),
                                                slack_kf * p.values[k])
                             : NAN;
        part->is_fitted = part->is_fitted && known;
        sum += known ? log(part->kf) : 0;
        n += known;
    }
    if (is_drifting(job) && n > 0) {
        job->fit.sigma_kf *= exp(sum / n) / job->fit.kf;
        job->fit.kf = exp(sum / n);
    }
    return IA_OK;
}

static ia_status solve(drift_job *job)
{
    ia_status st = solve_places(job);

    return st == IA_OK && job->out.n_fitted > 1 &&
                   job->in->params->evolution == IA_RADIUS_VOLTAGE
               ? solve_spacings(job)
               : st;
}

// Where something drifts, planes are looked at again with what was found: those of a
// reconstruction that is off seem to drift by some tenths less.
static ia_status compare(drift_job *job)
{
    enum { TURNS = 2 };
    ia_status st;

    for (size_t k = 0; k < job->out.n; k++) {
        memcpy(job->used[k], job->run, sizeof job->run);
        job->used_kf[k] = job->in->params->kf;
    }
    if ((st = look_at_all(job)) == IA_OK)
        st = solve(job);
    for (int turn = 0; st == IA_OK && turn < TURNS; turn++)
        if (is_drifting(job))
            if ((st = look_again(job)) == IA_OK)
                st = solve(job);
    return st;
}

static ia_status make_room(drift_job *job)
{
    size_t parts = job->out.n, n = parts * IA_DRIFT_POLES_MOST, m = PLACE * parts;

    job->seen = ia_array(job->ctx, n, sizeof *job->seen);
    job->data = ia_array(job->ctx, 2 * n, sizeof *job->data);
    job->values = ia_array(job->ctx, m, sizeof *job->values);
    job->covariance = ia_array(job->ctx, m * m, sizeof *job->covariance);
    job->offsets = ia_array(job->ctx, 2 * IA_DRIFT_POLES_MOST, sizeof *job->offsets);
    return job->seen && job->data && job->values && job->covariance && job->offsets
               ? IA_OK
               : IA_ERR_MEMORY;
}

ia_status ia_projection_drift_compute(ia_ctx *ctx, const ia_drift_input *input,
                                      ia_projection_fit *fit, ia_projection_drift *out)
{
    const ia_ions *ions = input->ions;
    drift_job *job = ia_array(ctx, 1, sizeof *job);
    ia_status st = job ? ia_ions_need(ctx, ions, IA_DET_XY) : IA_ERR_MEMORY;

    if (st != IA_OK || (st = ia_method_check(ctx, &ia_projection_fit_method,
                                             input->fit_params)) != IA_OK)
        goto done;
    job->ctx = ctx;
    job->in = input;
    job->fit = *fit;
    job->out.n = input->fit_params->fit_parts;
    job->run[0] = input->params->icf;
    job->run[1] = input->params->centre_x;
    job->run[2] = input->params->centre_y;
    job->out.icf = job->out.kf = job->out.centre = (ia_drift_test){NAN, NAN, NAN, false};
    for (size_t k = 0; k < job->out.n; k++)
        job->out.parts[k] = (ia_fit_part){.first = ions->n * k / job->out.n,
                                          .last = ions->n * (k + 1) / job->out.n,
                                          .kf = NAN,
                                          .sigma_kf = NAN};
    if (job->out.n < 2) {
        st = ia_fail(ctx, IA_ERR_PARAM, "fit_parts = %zu: two at least can be compared",
                     job->out.n);
        goto done;
    }
    if ((st = ia_crystal_parse(ctx, input->fit_params->crystal, &job->crystal)) ==
            IA_OK &&
        (st = make_room(job)) == IA_OK && (st = compare(job)) == IA_OK) {
        *out = job->out;
        *fit = job->fit;
    }
done:
    if (job) {
        free(job->offsets);
        free(job->covariance);
        free(job->values);
        free(job->data);
        free(job->seen);
    }
    free(job);
    return st;
}
