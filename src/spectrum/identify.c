// src/spectrum/identify.c: from a spectrum to ranges without an operator: runs the stages
// and says what cannot be said.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/bayes.h>
#include <ionatlas/label.h>
#include <ionatlas/tof_trees.h>
#include <ionatlas/autorange.h>

#include "core/element_list.h"
#include "spectrum/identify_job.h"
#include "spectrum/assign_from.h"
#include "spectrum/identify_saturation.h"
#include "spectrum/landmarks.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_CHOICE(
        ia_identify_params, way, "global", "global|guided|tree|bayes|joint",
        "how the ions are told: all peaks at once; each by itself; by trees; by "
        "the posterior over sets of ions; by that of what trees propose, too"),
    IA_FIELD_TEXT(
        ia_identify_params, elements, "",
        "tell only these elements, H, Ga and residual gas: \"Fe,C,Mn\"; empty: any"),
    IA_FIELD_TEXT(ia_identify_params, enriched, "",
                  "nuclides that the specimen was charged with or is enriched in, told "
                  "beside those of nature: \"D,57Fe\""),
    IA_FIELD(IA_SIZE, ia_identify_params, charge_max, "", 4, 1, 4,
             "largest charge of an ion"),
    IA_FIELD(IA_SIZE, ia_identify_params, atoms_max, "", 5, 1, 5,
             "most atoms of a molecular ion"),
    IA_FIELD(IA_F64, ia_identify_params, tolerance, "Da", 0.03, 1e-4, 0.2,
             "error of the mass scale that is looked for, at 28 Da"),
    IA_FIELD(IA_F64, ia_identify_params, probability, "", 0.5, 0.01, 0.999999,
             "least probability of an ion that is told"),
    IA_FIELD_CHOICE(ia_identify_params, technique, "apt", "apt|sims|maldi",
                    "what made the ions: field evaporation, or another time-of-flight "
                    "instrument, whose ions carry one charge"),
    IA_FIELD_CHOICE(ia_identify_params, polarity, "auto", "auto|positive|negative",
                    "charge of the ions; auto: as the file tells, else positive"),
    IA_FIELD_TEXT(ia_identify_params, prior, "",
                  "file of your own beliefs on elements, charges and molecules; empty: "
                  "those learnt from public range files"),
};
const ia_method ia_identify_method = IA_METHOD(
    "identify", "Ions of a mass spectrum and their ranges", ia_identify_params, fields);

// One row per word of `way`, in that order.
static const ia_assign_fn ways[] = {
    [IA_WAY_GLOBAL] = ia_assign_compute, [IA_WAY_GUIDED] = ia_guided_compute,
    [IA_WAY_TREE] = ia_tree_compute,     [IA_WAY_BAYES] = ia_bayes_compute,
    [IA_WAY_JOINT] = ia_joint_compute,
};

ia_identify_params ia_identify_defaults(void)
{
    ia_identify_params params;
    ia_method_defaults(&ia_identify_method, &params);
    return params;
}

enum { FEW_IONS = 1000, COMB_LEAST = 20 };
static const double FEW_BROKEN = 0.01; // m/n that are no labels, of all

void ia_identify_note(identifying *job, const char *format, ...)
{
    char text[512];
    size_t used = strlen(job->notes);
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    ia_warn(job->ctx, "%s", text);
    snprintf(job->notes + used, sizeof job->notes - used, "%s%s", used ? "\n" : "", text);
}

// Does the bin hold a whole number, give or take the rounding of a float?
static bool holds_whole(const ia_spectrum *s, size_t bin)
{
    double lo = s->m_min + (double)bin * s->bin, slack = 1e-6 * (1 + lo);
    return floor(lo + s->bin + slack) > floor(lo - slack) || lo <= slack;
}

static void look_at_bins(identifying *job)
{
    const ia_spectrum *s = job->spectrum;

    for (size_t i = 0; i < s->n_bins; i++) {
        if (s->counts[i] == 0)
            continue;
        job->n_ions += (double)s->counts[i];
        job->n_occupied++;
        job->n_broken += holds_whole(s, i) ? 0 : (double)s->counts[i];
    }
}

// Why a spectrum cannot be identified at all; false when it may be.
static bool is_hopeless(identifying *job)
{
    if (job->n_ions == 0)
        ia_identify_note(job, "the spectrum is empty: nothing can be identified");
    else if (job->n_ions == 1)
        ia_identify_note(job, "the spectrum is of one ion: nothing can be identified");
    else if (job->n_occupied == 1)
        ia_identify_note(
            job,
            "all %.0f ions have the same m/n: this is no measured spectrum and "
            "nothing is identified",
            job->n_ions);
    else if (job->spectrum->bin < 0.3 && job->n_broken <= FEW_BROKEN * job->n_ions)
        ia_identify_note(
            job,
            "%s m/n are whole numbers: these look like cluster numbers or labels, "
            "not masses; nothing is identified",
            job->n_broken > 0 ? "nearly all" : "all");
    else if ((double)job->spectrum->spiked > 0.5 * job->n_ions)
        ia_identify_note(
            job,
            "%.0f %% of the ions have m/n without any spread, a few exact numbers with "
            "nothing beside them: these look like labels, not masses; nothing is "
            "identified",
            100 * (double)job->spectrum->spiked / job->n_ions);
    else if (job->spectrum->bin > 0.3)
        ia_identify_note(job,
                         "bins of %g Da are too wide to tell isotopes apart: nothing is "
                         "identified; use 0.01 Da",
                         job->spectrum->bin);
    else
        return false;
    return true;
}

static ia_status find_peaks(identifying *job, const ia_peaks_params *params)
{
    // Fitted blind, for the peaks alone: what it warns of is told when the ranges are
    // known.
    if (ia_background_compute(NULL, job->spectrum, NULL, NULL, &job->out.background) !=
        IA_OK)
        return ia_fail(job->ctx, IA_ERR_MEMORY,
                       "the background under the peaks cannot be fitted");
    return ia_peaks_compute(job->ctx, job->spectrum, &job->out.background, params,
                            &job->out.peaks);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Distance of the teeth when the peaks are a comb, with few teeth missing or off; else 0.
static double comb_spacing(const ia_peaks *p, double median)
{
    const double nearly_all = 0.95, mostly = 0.7, alike = 0.3; // of a width
    double n_alike = 0, n_gaps = (double)p->n - 1;

    for (size_t i = 0; i + 1 < p->n; i++) {
        const ia_peak *left = &p->list[i], *right = left + 1;
        double gap = right->mass - left->mass;
        double off = gap - median * fmax(1, round(gap / median));
        double sigma = hypot(left->sigma_mass, right->sigma_mass);
        n_alike += fabs(off) < hypot(3 * sigma, alike * left->width);
    }
    double n_teeth = (p->list[p->n - 1].mass - p->list[0].mass) / median;
    return n_alike >= nearly_all * n_gaps && n_gaps >= mostly * n_teeth ? median : 0;
}

// Of the peaks found; 0 for no comb.
static ia_status find_spacing(identifying *job, double *spacing)
{
    const ia_peaks *p = &job->out.peaks;
    size_t n = p->n;

    if (n < COMB_LEAST)
        return IA_OK;
    double *gaps = ia_array(job->ctx, n - 1, sizeof *gaps);
    if (!gaps)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i + 1 < n; i++)
        gaps[i] = p->list[i + 1].mass - p->list[i].mass;
    qsort(gaps, n - 1, sizeof *gaps, by_value);
    *spacing = comb_spacing(p, gaps[(n - 1) / 2]);
    free(gaps);
    return IA_OK;
}

// An assignment that explains nothing.
ia_status ia_identify_nothing(identifying *job)
{
    ia_assignment *a = &job->out.assignment;
    const ia_peaks *p = &job->out.peaks;

    a->n_peaks = p->n;
    a->ions = ia_array(job->ctx, 0, sizeof *a->ions);
    a->isotopes = ia_array(job->ctx, 0, sizeof *a->isotopes);
    a->unexplained = ia_array(job->ctx, p->n, sizeof *a->unexplained);
    a->explained = ia_array(job->ctx, p->n, sizeof *a->explained);
    if (!a->ions || !a->isotopes || !a->unexplained || !a->explained)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < p->n; i++)
        a->unexplained[i] = p->list[i].counts - p->list[i].background;
    return IA_OK;
}

// Whatever way told them.
static void name_anions(ia_assignment *a)
{
    for (size_t i = 0; i < a->n_ions; i++) {
        a->ions[i].ion.negative = true;
        ia_ion_rename(&a->ions[i].ion);
    }
}

ia_status ia_identify_tell(const identifying *job, const ia_identify_params *params,
                           const ia_spectrum *spectrum, const ia_peaks *peaks,
                           ia_assignment *out)
{
    return ways[params->way](job->ctx, spectrum, &job->out.background, peaks, params,
                             out);
}

ia_status ia_identify_tell_from(const identifying *job, const ia_identify_params *params,
                                const ia_spectrum *spectrum, const ia_peaks *peaks,
                                ia_assignment *out)
{
    const size_t known = 4; // lines that tell offset and slope
    const ia_assignment *told = &job->out.assignment;
    const ia_assign_input input = {.spectrum = spectrum,
                                   .background = &job->out.background,
                                   .peaks = peaks,
                                   .params = params,
                                   .start = &told->scale,
                                   .told = told};

    if (params->way == IA_WAY_GLOBAL && told->scale.n_lines >= known)
        return ia_assign_from(job->ctx, &input, out);
    return ia_identify_tell(job, params, spectrum, peaks, out);
}

// What was told says where weaker peaks are likely; with those, all is told anew.
static ia_status look_again(identifying *job, const ia_identify_params *params,
                            const ia_peaks_params *peaks_params)
{
    const ia_assignment *told = &job->out.assignment;
    const ia_peak_places places = {told->expected, told->n_expected};
    ia_assignment again = {0};
    ia_peaks peaks = {0};
    ia_status st;

    if (told->n_expected == 0)
        return IA_OK;
    if ((st = ia_peaks_expected(job->ctx, job->spectrum, &job->out.background,
                                peaks_params, &places, &peaks)) == IA_OK &&
        peaks.n > job->out.peaks.n &&
        (st = ia_identify_tell_from(job, params, job->spectrum, &peaks, &again)) ==
            IA_OK) {
        ia_peaks_clear(&job->out.peaks);
        ia_assignment_clear(&job->out.assignment);
        job->out.peaks = peaks;
        job->out.assignment = again;
        peaks = (ia_peaks){0};
    }
    ia_peaks_clear(&peaks);
    return st;
}

static ia_status assign(identifying *job, const ia_identify_params *params,
                        const ia_peaks_params *peaks_params)
{
    double spacing = 0;
    ia_status st = find_spacing(job, &spacing);

    if (st != IA_OK)
        return st;
    if (spacing > 0)
        ia_identify_note(
            job,
            "%zu peaks are evenly spaced by %.4g Da: no ions are; nothing is identified",
            job->out.peaks.n, spacing);
    if (job->out.peaks.n == 0)
        ia_identify_note(job,
                         "no peak stands above the background of %.0f ions: nothing is "
                         "identified",
                         job->n_ions);
    if (job->out.peaks.n == 1)
        ia_identify_note(
            job,
            "one peak at %.3f Da alone cannot be identified: no isotope, charge "
            "state or other ion confirms it",
            job->out.peaks.list[0].mass);
    if (job->out.peaks.n < 2 || spacing > 0)
        return ia_identify_nothing(job);
    st = ia_identify_tell(job, params, job->spectrum, &job->out.peaks,
                          &job->out.assignment);
    if (st == IA_OK)
        st = look_again(job, params, peaks_params);
    if (st == IA_OK)
        st = ia_identify_make_up(job, params);
    if (st == IA_OK)
        st = ia_identify_doubt(job, params);
    if (st == IA_OK && params->polarity == IA_POLARITY_NEGATIVE)
        name_anions(&job->out.assignment);
    return st;
}

static void note_chance(identifying *job)
{
    const ia_assignment *a = &job->out.assignment;

    job->out.blames_scale |= a->n_ions == 0 && a->by_chance > 0;
    if (a->n_ions == 0 && a->by_chance > 0)
        ia_identify_note(
            job, "ions that do not exist fit the peaks as well as those that do: nothing "
                 "is identified; the mass scale may be wrong");
    else if (a->n_withheld > 0)
        ia_identify_note(
            job,
            "chance finds %.0f %% as many ions in this spectrum: %zu that are no surer "
            "are not told",
            100 * a->by_chance, a->n_withheld);
    if (a->n_unconfirmed > 0)
        ia_identify_note(
            job,
            "%zu more ion%s would fit, but by a single line that is off its place or "
            "that no other element's lines confirm: not told",
            a->n_unconfirmed, a->n_unconfirmed == 1 ? "" : "s");
}

// What two of the ways have learnt, or go by, is field evaporation.
static void note_way(identifying *job, const ia_identify_params *params)
{
    bool other =
        params->technique != IA_TECHNIQUE_APT || params->polarity == IA_POLARITY_NEGATIVE;

    if (other && params->way == IA_WAY_TREE)
        ia_identify_note(
            job, "the trees of way `tree` have learnt cations of field evaporation: of "
                 "this instrument they miss ions that the default way tells");
    if (other && params->way == IA_WAY_GUIDED)
        ia_identify_note(
            job, "way `guided` names each peak by itself: of this instrument, with "
                 "molecules at every mass, it takes rare isotopes for other ions; the "
                 "default way does not");
}

static void note_left_out(identifying *job)
{
    char names[256] = "";

    for (unsigned z = 1; z <= IA_Z_MAX; z++) {
        size_t used = strlen(names);
        if (job->out.assignment.left_out[z])
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                     ia_element_of(z)->symbol);
    }
    if (*names)
        ia_identify_note(
            job,
            "the spectrum shows %s too, which `elements` leaves out: those peaks stay "
            "unexplained",
            names);
}

// Twenty ions make an element plain.
static void note_size(identifying *job)
{
    const double plain = 20, most = 50;
    double percent = ceil(100 * plain / job->n_ions);

    if (job->n_ions >= FEW_IONS)
        return;
    if (percent < most)
        ia_identify_note(job,
                         "only %.0f ions: elements below about %.0f at.%% cannot be seen",
                         job->n_ions, percent);
    else
        ia_identify_note(job,
                         "only %.0f ion%s: too few to tell what the specimen is made of",
                         job->n_ions, job->n_ions == 1 ? "" : "s");
}

static void note_loss(identifying *job)
{
    const ia_lost_line *l = &job->lost;
    char why[64] = "the detector was saturated";

    if (!job->is_made_up)
        snprintf(why, sizeof why, "ions of it were lost, or %s is not that of nature",
                 ia_element_of(l->ion.parts[0].z)->symbol);
    ia_identify_note(job,
                     "the peak at %.2f Da holds %.0f %% of the ions that other isotopes "
                     "of %s ask for: %s; ions are told as if it held all of them, and "
                     "corrected counts leave that peak out",
                     l->mass, 100 * l->part, l->ion.name, why);
}

static void note_saturation(identifying *job)
{
    ia_saturation s;
    ia_capped capped;

    if (job->lost.part > 0)
        note_loss(job);
    else if (ia_is_saturated(&job->out.assignment, &job->out.peaks, &s))
        ia_identify_note(
            job,
            "the peak at %.2f Da holds %.0f %% of the ions that other isotopes of %s ask "
            "for: the detector was saturated; ions told at these isotopes may not be "
            "there, and the composition is not that of the specimen",
            s.mass, 100 * s.part, s.ion->name);
    if (ia_is_capped(job->spectrum, &capped))
        ia_identify_note(
            job,
            "%zu bins between %.2f and %.2f Da hold the same largest count, %.0f: they "
            "are capped; ions told at isotopes of these peaks may not be there, and the "
            "composition is not that of the specimen",
            capped.n, capped.lo, capped.hi, (double)capped.counts);
}

static void add_notes(identifying *job)
{
    const ia_assignment *a = &job->out.assignment;
    size_t n_left;
    double left = ia_identify_left(&job->out.peaks, a, &n_left);

    note_chance(job);
    note_left_out(job);
    note_size(job);
    note_saturation(job);
    bool mostly = a->n_ions && left > 0.5;
    if (n_left && job->out.peaks.n > 1)
        ia_identify_note(
            job, "%zu of %zu peaks, %.3g %% of the ions in peaks, have no explanation%s",
            n_left, a->n_peaks, 100 * left,
            mostly ? ": the composition is that of the smaller part" : "");
    if (a->n_ions && a->scale.n_lines < 3)
        ia_identify_note(
            job, "the mass scale rests on %zu lines: ions without isotopes are unsure",
            a->scale.n_lines);
}

ia_status ia_identify_compute(ia_ctx *ctx, const ia_spectrum *spectrum,
                              const ia_identify_params *params,
                              const ia_peaks_params *peaks_params, ia_identification *out)
{
    ia_identify_params p = params ? *params : ia_identify_defaults();
    identifying job = {.ctx = ctx, .spectrum = spectrum};
    ia_identification *o = &job.out;
    ia_element_list hinted;
    ia_status st = ia_method_check(ctx, &ia_identify_method, &p);

    // Refused before anything is found too little to look for them.
    if (st != IA_OK ||
        (st = ia_element_list_read(ctx, "elements", p.elements, &hinted)) != IA_OK)
        goto done;
    o->background = (ia_background){.a = NAN, .sigma_a = NAN, .drift = NAN};
    look_at_bins(&job);
    if (is_hopeless(&job)) {
        st = ia_identify_nothing(&job);
    } else if ((st = find_peaks(&job, peaks_params)) == IA_OK) {
        p.tolerance = ia_scale_tolerance(&o->peaks.widths, p.tolerance);
        if ((st = assign(&job, &p, peaks_params)) == IA_OK) {
            note_way(&job, &p);
            add_notes(&job);
        }
    }
    memcpy(o->assignment.enriched, p.enriched, sizeof p.enriched);
    ia_autoranges ranges = {.evidence = NULL};
    if (st != IA_OK ||
        (st = ia_autorange_compute(ctx,
                                   &(ia_autorange_input){spectrum, &o->background,
                                                         &o->peaks, &o->assignment, NULL},
                                   NULL, &ranges)) != IA_OK)
        goto done;
    o->ranges = ranges.ranges;
    o->evidence = ranges.evidence;
    ia_identify_note_unranged(&job);
    if (!(o->notes = ia_text(ctx, job.notes))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    *out = *o;
    *o = (ia_identification){0}; // the caller's now
done:
    ia_identification_clear(o);
    return st;
}

void ia_assignment_clear(ia_assignment *assignment)
{
    for (size_t i = 0; i < assignment->n_accounts; i++)
        free(assignment->accounts[i].ions);
    free(assignment->accounts);
    free(assignment->ions);
    free(assignment->isotopes);
    free(assignment->unexplained);
    free(assignment->explained);
    free(assignment->decisions);
    free(assignment->rivals);
    free(assignment->expected);
    *assignment = (ia_assignment){0};
}

void ia_identification_clear(ia_identification *identification)
{
    ia_background_clear(&identification->background);
    ia_peaks_clear(&identification->peaks);
    ia_assignment_clear(&identification->assignment);
    ia_ranges_clear(&identification->ranges);
    free(identification->evidence);
    free(identification->notes);
    *identification = (ia_identification){0};
}
