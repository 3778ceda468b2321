// src/report/report_findings.c: tables of steps that the page shows as they are, with a
// title and a sentence each.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/json.h"
#include "report/report_internal.h"

#include <stdio.h>
#include <string.h>

enum { N_ROWS_SHOWN = 400 };

// In the order of the page. A section is a heading of the page; a figure draws the table
// as well: "deviations" (columns `deviation` in standard deviations against `mass_da` or
// in order) or "shares" (bars).
static const struct {
    const char *section, *step, *table, *figure, *title, *note;
} shown[] = {
    {"calibration", "calibrate", "calibration", "", "Calibration found in the data",
     "Flight path, start and scale of times of flight, found without naming a peak, "
     "and how sure the scale is against the next best."},
    {"calibration", "calibrate", "calibrated_peaks", "", "Peaks before and after",
     "Full widths at half and at a tenth of the maximum."},
    {"calibration", "reconstruct", "reconstruction", "", "Reconstruction",
     "Constants that positions were computed with, those that nobody told under "
     "`assumed`; radius and depth of the cap at the first ion and the last."},
    {"identification", "identify", "ions", "", "Ions found and what speaks for them",
     "Probability that the ion is there, given the spectrum and the prior; the gain of "
     "evidence over the best account without it; how many of its isotopes should be seen "
     "and are."},
    {"identification", "identify", "models", "", "Sets of ions that account for overlaps",
     "Of each group of ions whose patterns overlap, the sets that may account for it and "
     "the probability of each; `unknown` is a line of no candidate."},
    {"identification", "identify", "isotopes", "isotopes", "Isotopes",
     "What each ion should put at each of its lines and what is there. Where other ions "
     "share the peak (share below 1) the two cannot be compared."},
    {"identification", "identify", "decisions", "", "How decisions would change",
     "Probability of each decision of the trees as it is, with narrower and wider peaks, "
     "and the noise of isotope shares at which another would be made; its rival."},
    {"identification", "label", "candidates", "", "What each peak could be",
     "The likeliest ions of up to three atoms at each peak. The probability is that of "
     "the peak by itself: by the elements that are there, mass, companions (isotopes and "
     "other charges) and how common they are. The probability told is that of the "
     "account of all peaks together, which decides; ions that it does not tell have "
     "none. "
     "'ionatlas label' lists more, and larger ones."},
    {"quantification", "autorange", "rules_spread", "", "Rules for the bounds of ranges",
     "Shares of the elements when the bounds of ranges follow other rules: what the "
     "choice of a rule does beside the error of counting. Each ion counts for what its "
     "range is labelled as; overlaps are solved in the composition, not here."},
    {"quantification", "composition", "composition_errors", "", "Parts of the error",
     "Standard deviations of the corrected shares: of counting, of the background, of "
     "overlaps that were solved, of ions that may be others; all together, and the "
     "interval that holds the true share 95 times in 100."},
    {"quantification", "deconvolve", "solved_ions", "", "Ions by the whole pattern",
     "Counts of each ion where overlapping patterns are solved together."},
    {"quantification", "deconvolve", "omitted_ions", "", "Ions that may hide",
     "Ions that were not told, the chance that they are there all the same, and how many "
     "there would be. What they would change is part of the error."},
    {"quantification", "deconvolve", "instead", "", "Ions that may stand in",
     "Where an ion that was told is not there: who puts its ions into the same place, "
     "with which probability, and how many. That is part of the error, too."},
    {"quantification", "mixture", "mixture", "", "Amounts by the m/n of each ion",
     "Likeliest amounts when the shape of peaks is used as well, and the least error "
     "that any estimate has."},
    {"quantification", "deconvolve", "isotope_ratios", "", "Isotopes against nature",
     "Share of each isotope once overlaps are taken out; deviation in standard "
     "deviations."},
    {"quantification", "deconvolve", "residuals", "deviations", "What is left over",
     "Windows around the lines of the ions: ions there, those of the account, and the "
     "deviation in standard deviations."},
    {"quantification", "limits", "detection_limits", "", "Detection limits",
     "Of each element, in ppm of the atoms: claimed from the critical level on, seen but "
     "for one in twenty from the limit on; of those not found, what may be there all the "
     "same. One absent element in twenty is above the critical level by chance."},
    {"quantification", "agreement", "agreement", "", "Agreement",
     "Spread of each share over other settings, fewer ions and other people's ranges, "
     "beside the error of counting."},
    {"charges", "charge_states", "charge_field", "", "Field from charge states",
     "Field at which post-ionization gives the charge states counted; elements that want "
     "another field than the rest may be named wrongly."},
    {"hydrogen", "hydrogen", "hydrogen", "", "Light ions",
     "Counts of hydrogen and deuterium in its forms with interval and limit."},
    {"hydrogen", "hydrogen", "deuterium", "", "Deuterium beside hydrogen",
     "Fit of both lines; where they cannot be parted the upper limit counts."},
    {"hydrogen", "hydrogen", "hydrides", "", "Hydrides",
     "Ions of an element with hydrogen, by their isotopes, per bare ion."},
    {"hydrogen", "hydrogen", "hydrogen_checklist", "", "What has to be reported",
     "What a reader needs to judge a measurement of hydrogen; what nobody told is "
     "marked."},
    {"fields", "profile", "flatness", "", "Profiles: flat or not",
     "Of each element, deviations of the bins along the axis over their variance (1 "
     "where labels mean nothing), the largest distance of the ladder from a straight "
     "line, and p against label shuffles; how much the composition varies beyond "
     "counting, in all ions, in random halves and in 70 % of them."},
    {"fields", "knn", "checkerboard", "", "Nearest distances of pairs of species (LH*)",
     "Area between the distribution of nearest distances and its mean under shuffled "
     "labels, the parts of it where ions are nearer and farther than by chance, and p "
     "corrected for the number of pairs."},
    {"fields", "knn", "populations", "", "Two densities about the ions",
     "Shares of the ions with dense and sparse surroundings by the distances to the k-th "
     "neighbour; p of two populations against shuffled labels."},
    {"fields", "correlation", "correlation", "", "Precipitates without a threshold",
     "From the correlation function: kind of structure, radius, volume fraction and "
     "compositions of spheres in a matrix, or the wavelength and swing of waves, with "
     "intervals that hold 95 times in 100 by block bootstrap."},
    {"fields", "correlation", "correlation_parts", "",
     "Precipitates in parts of the ions",
     "Height of the correlation function and size (radius or wavelength), fitted again "
     "to random halves of the ions, with the difference between two, and to 70 % of "
     "them."},
    {"fields", "rdf", "rdf_tests", "", "Radial distribution",
     "Pairs of species by distance against label shuffles: p of the whole curve, the "
     "distance up to which their number stands out most, that number over the shuffles' "
     "and the same with 70 % of the ions."},
    {"fields", "frequency", "frequency_tests", "", "Frequencies in blocks of ions",
     "Ions of a species in blocks of so many ions against the binomial distribution: "
     "chi squared, Pearson's mu with its band under label shuffles, the variance over "
     "that of chance."},
    {"fields", "field", "kernels", "", "Kernels of the field",
     "What each way of smoothing foretells of ions that it did not see: mean logarithmic "
     "loss per atom, its gain over a constant composition, and how far foretold shares "
     "are from those seen."},
    {"fields", "fourier", "reflections", "", "Lattice planes",
     "Maxima of the structure factor: spacing, tilt against the axis, intensity over "
     "that of ions at random, share of what planes without blur would give, and p of "
     "so high a maximum anywhere in the band."},
    {"fields", "planes", "grain_planes", "", "Lattice planes of each grain",
     "Sets of planes that neighbouring regions share: name and spacing against the "
     "crystal's, tilt against the axis, and how far the normal is from where the crystal "
     "has it."},
    {"fields", "planes", "misorientations", "", "Turns between grains",
     "Angle and axis of the least turn by symmetry of grains whose orientation is known, "
     "the coincidence lattice or orientation relationship nearest to it and whether it "
     "holds, and the lowest planes and directions that are parallel within the errors."},
    {"fields", "sdm", "sdm", "", "Spatial distribution map",
     "Spacing and blur of the lattice planes from the distances of pairs along their "
     "normal."},
    {"fields", "edge", "edge", "", "Surface of the specimen",
     "Where cubes of some 50 ions are half full; ions outside of it, and deeper than was "
     "measured."},
    {"fields", "isosurface", "objects", "", "Objects within the iso-surface",
     "Closed objects and those that the edge of the specimen cuts off; p of an object of "
     "as many solute ions anywhere in shuffled labels; the radius without the blur of "
     "the kernel where that is known."},
    {"fields", "proxigram", "interfaces", "", "Interfaces by distance to the surface",
     "Plateaus on either side, width of the step (10 to 90 %), atoms at the interface "
     "that neither side accounts for, and whether the profile is flat against label "
     "shuffles."},
    {"multihit", "multihit", "pairs", "", "Pairs of ions of one pulse",
     "Pairs counted and those that exchanging partners between pulses makes; p after "
     "Holm."},
    {"multihit", "multihit", "tracks", "", "Molecules that broke in flight",
     "Pairs along the curve that two fragments of a parent follow, over those beside "
     "it."},
    {"multihit", "dead_time", "losses", "", "Ions that a busy detector lost",
     "By the pairs that are missing close together in time and place."},
};

// The columns of tables that have more than a page holds.
static const struct {
    const char *table, *columns;
} narrowed[] = {
    {"candidates",
     " at_da ion probability probability_told offset_da companions_expected "
     "companions_seen for against "},
    {"decisions", " ion stage mass_da probability probability_width_half "
                  "probability_width_double noise_that_changes_it rival "
                  "rival_probability "},
    {"misorientations",
     " grain other angle_deg sigma_deg axis_uvw off_uvw_deg relation off_relation_deg "
     "relation_holds plane other_plane direction other_direction "},
};

static bool is_shown(size_t i, const char *column)
{
    char word[64];
    snprintf(word, sizeof word, " %s ", column);
    for (size_t k = 0; k < sizeof narrowed / sizeof narrowed[0]; k++)
        if (strcmp(shown[i].table, narrowed[k].table) == 0)
            return strstr(narrowed[k].columns, word) != NULL;
    return true;
}

static json_t *rows_of(const ia_table *table)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < table->n_rows && i < N_ROWS_SHOWN && ok; i++)
        ok = report_push(array, ia_json_row(table, i));
    return report_keep(array, ok);
}

static json_t *columns_of(ia_ctx *ctx, size_t i, const ia_table *table)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t k = 0; k < table->n_columns && ok; k++)
        if (is_shown(i, table->columns[k].name))
            ok = report_push(array, report_text(ctx, table->columns[k].name));
    return report_keep(array, ok);
}

static json_t *finding(ia_ctx *ctx, size_t i, const ia_table *table)
{
    json_t *o = json_object();
    bool ok = report_put(o, "section", report_text(ctx, shown[i].section)) &&
              report_put(o, "title", report_text(ctx, shown[i].title)) &&
              report_put(o, "note", report_text(ctx, shown[i].note)) &&
              report_put(o, "figure", report_text(ctx, shown[i].figure)) &&
              report_put(o, "n_rows", report_count(table->n_rows)) &&
              report_put(o, "columns", columns_of(ctx, i, table)) &&
              report_put(o, "rows", rows_of(table));
    return report_keep(o, ok);
}

json_t *report_findings(ia_ctx *ctx, const report_input *in)
{
    json_t *array = json_array();
    bool ok = array != NULL;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0] && ok; i++) {
        const ia_step_record *step = report_step(in, shown[i].step);
        const ia_table *table =
            step ? ia_result_find(&step->result, shown[i].table) : NULL;
        if (table && table->n_rows > 0)
            ok = report_push(array, finding(ctx, i, table));
    }
    return report_keep(array, ok);
}
