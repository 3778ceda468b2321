// src/cluster/clustering.c: which solutes are tested, and the clusters of those that
// pass.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "cluster/finder.h"
#include "cluster/recover.h"
#include "core/kind_list.h"

#include <ionatlas/knn.h>

#include <ionatlas/honest.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD_TEXT(ia_cluster_params, solute, "",
                  "element or nuclide, or several as Cu,Ni that count as one; H is "
                  "without D; empty: test every "
                  "minor element; all: every ion, ranged or not, without a test"),
    IA_FIELD_CHOICE(
        ia_cluster_params, method, "auto",
        "auto|msm|core|dbscan|scan|hdbscan|optics|gmm|voronoi|isosurface",
        "maximum separation, core linkage, DBSCAN, likelihood-ratio scan, HDBSCAN, "
        "OPTICS, Gaussian mixture, Voronoi cells or objects of iso-surfaces; auto: scan"),
    IA_FIELD(IA_F64, ia_cluster_params, d_max, "nm", 0, 0, 100,
             "link solute ions (core, dbscan: cores) nearer than this; 0: chosen "
             "against the null"),
    IA_FIELD(IA_SIZE, ia_cluster_params, n_min, "", 0, 0, 1e6,
             "solute ions (core: cores) of the smallest cluster; 0: chosen against the "
             "null, any for dbscan"),
    IA_FIELD(IA_SIZE, ia_cluster_params, min_points, "", 0, 0, 10000,
             "solute ions within d_max that make a core: others for core, with itself "
             "for dbscan; 0: chosen against the null"),
    IA_FIELD(IA_F64, ia_cluster_params, cell_volume, "nm^3", 0, 0, 1e6,
             "voronoi: cells of clusters are smaller; 0: chosen against the null"),
    IA_FIELD(IA_F64, ia_cluster_params, sigma_xy, "nm", 0, 0, 5,
             "scan: blur of clusters along x and y; 0: fitted"),
    IA_FIELD(IA_F64, ia_cluster_params, envelope, "nm", 0, 0, 100,
             "other ions this near belong to a cluster; 0: as d_max"),
    IA_FIELD(IA_F64, ia_cluster_params, erosion, "nm", 0, 0, 100,
             "unless a matrix ion is this near; 0: as d_max"),
    IA_FIELD(IA_F64, ia_cluster_params, level, "", 0.05, 1e-4, 0.5,
             "chance of one or more false reports that is accepted"),
    IA_FIELD(IA_SIZE, ia_cluster_params, n_shuffles, "", 0, 0, 100000,
             "label shuffles per test, at most; 0: enough for all tests together"),
    IA_FIELD(IA_SIZE, ia_cluster_params, test_ions, "", 20000, 100, 1e9,
             "solute ions that a test looks at, about and at most"),
    IA_FIELD(IA_SIZE, ia_cluster_params, n_planted, "", 0, 0, 100000,
             "clusters planted among shuffled labels, to tell how many are missed; 0: "
             "none, 200 are enough"),
    IA_FIELD(IA_F64, ia_cluster_params, efficiency, "", 0, 0, 1,
             "share of ions that is detected, to tell how many atoms clusters had; 0: "
             "not told"),
    IA_FIELD(IA_SIZE, ia_cluster_params, divisions, "", 5, 0, 1000,
             "random halves and thinnings that tell how steady a finding is; 0: none"),
    IA_FIELD(IA_U64, ia_cluster_params, seed, "", 1, 0, 9007199254740992,
             "seed of the shuffles"),
};
const ia_method ia_cluster_method =
    IA_METHOD("cluster", "Clusters of solute ions", ia_cluster_params, fields);

ia_cluster_params ia_cluster_defaults(void)
{
    ia_cluster_params params;
    ia_method_defaults(&ia_cluster_method, &params);
    return params;
}

enum { USUAL_SHUFFLES = 199 };

typedef struct {
    uint64_t ions, atoms;
} amount;

// Atoms of all kinds in ions.
static uint64_t count_atoms(const uint64_t *ions, const ia_ranges *ranges)
{
    uint64_t atoms = 0;
    for (size_t k = 0; k < ranges->n_ions; k++)
        atoms += ions[k] * ia_ion_atoms(&ranges->ions[k]);
    return atoms;
}

// Those of a list that counts as one.
static amount amount_of(const ia_kind_list *list, const uint64_t *ions,
                        const ia_ranges *ranges)
{
    amount sum = {0, 0};
    for (size_t k = 0; k < ranges->n_ions; k++) {
        uint64_t atoms = ia_kind_list_sum(list, &ranges->ions[k]);
        sum.atoms += atoms * ions[k];
        sum.ions += atoms > 0 ? ions[k] : 0;
    }
    return sum;
}

static double percent_of(const ia_kind_list *list, const uint64_t *ions,
                         const ia_ranges *ranges)
{
    uint64_t whole = count_atoms(ions, ranges);
    amount sum = amount_of(list, ions, ranges);
    return whole > 0 ? 100 * (double)sum.atoms / (double)whole : NAN;
}

// A test of each minor element.
static void list_minor(const ia_cloud *cloud, const ia_ranges *ranges, ia_clustering *out)
{
    const ia_kind_list all = ia_kind_list_all(ranges);
    for (size_t i = 0; i < all.n; i++) {
        const ia_kind_list one = {.own = all.own, .n = 1, .kind = {all.kind[i]}};
        ia_cluster_test *test = &out->tests[out->n_tests];
        double percent = percent_of(&one, cloud->counts, ranges);
        amount held = amount_of(&one, cloud->counts, ranges);
        char name[IA_ION_NAME];
        if (!ia_solute_is_worth(all.kind[i].z, all.kind[i].a, percent, (double)held.ions))
            continue;
        ia_atom_kind_name(all.kind[i], name);
        snprintf(test->solute, sizeof test->solute, "%s", name);
        test->at_percent = percent;
        out->n_tests++;
    }
}

static ia_status list_tests(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                            const char *solute, ia_clustering *out)
{
    ia_kind_list named = {.n = 0};
    ia_status st = ia_kind_list_read(ctx, "solute", solute, ranges, &named);
    if (st != IA_OK || (st = ia_kind_list_check(ctx, "solute", &named, ranges)) != IA_OK)
        return st;
    if (!(out->tests = ia_array(ctx, IA_ATOM_KINDS_MOST, sizeof *out->tests)))
        return IA_ERR_MEMORY;
    if (named.n > 0) {
        snprintf(out->tests[0].solute, sizeof out->tests[0].solute, "%s", solute);
        out->tests[0].at_percent = percent_of(&named, cloud->counts, ranges);
        out->n_tests = 1;
    } else {
        list_minor(cloud, ranges, out);
    }
    return IA_OK;
}

// Fewer shuffles could give no p small enough.
static ia_status check_shuffles(ia_ctx *ctx, const ia_cluster_params *params,
                                const ia_clustering *out)
{
    size_t least = ia_holm_shuffles(out->n_tests, params->level);
    if (params->n_shuffles == 0 || out->n_tests == 0 || params->n_shuffles >= least)
        return IA_OK;
    return ia_fail(ctx, IA_ERR_PARAM,
                   "n_shuffles = %zu cannot decide %zu test%s at level %g: %zu or more "
                   "were expected",
                   params->n_shuffles, out->n_tests, out->n_tests == 1 ? "" : "s",
                   params->level, least);
}

static size_t count_shuffles(const ia_cluster_params *params, size_t n_tests)
{
    size_t enough = ia_holm_shuffles(n_tests, params->level);
    if (params->n_shuffles > 0)
        return params->n_shuffles;
    return enough > USUAL_SHUFFLES ? enough : USUAL_SHUFFLES;
}

static ia_status run_tests(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                           const ia_cluster_params *params, ia_clustering *out)
{
    ia_cluster_null null = {.n_shuffles = count_shuffles(params, out->n_tests)};
    ia_status st = IA_OK;
    for (size_t i = 0; i < out->n_tests && st == IA_OK; i++) {
        ia_solute_set solute = {0};
        if ((st = ia_solute_set_build(ctx, cloud, ranges, out->tests[i].solute,
                                      &solute)) == IA_OK)
            st = ia_cluster_test_compute(ctx, &solute, params, &null, &out->tests[i]);
        ia_solute_set_clear(&solute);
    }
    return st;
}

static bool passes(const ia_clustering *out, double p)
{
    // The slack forgives the rounding of p times the number of tests.
    return p <= out->level * (1 + 1e-9);
}

// Questions that could not be asked do not count among those that were.
static ia_status correct(ia_ctx *ctx, ia_clustering *out)
{
    double p[IA_ATOM_KINDS_MOST];
    size_t n = 0;
    for (size_t i = 0; i < out->n_tests; i++)
        if (!out->tests[i].reason[0])
            p[n++] = out->tests[i].p;
    ia_status st = ia_holm(ctx, p, n, p);
    n = 0;
    for (size_t i = 0; i < out->n_tests && st == IA_OK; i++) {
        ia_cluster_test *test = &out->tests[i];
        if (!test->reason[0])
            test->p_holm = p[n++];
        test->is_significant = passes(out, test->p_holm) && test->excess_ions > 0;
    }
    return st;
}

static int compare_effects(const void *a, const void *b)
{
    const ia_cluster_test *x = a, *y = b;
    if (x->is_significant != y->is_significant)
        return x->is_significant ? -1 : 1;
    double u = isnan(x->effect) ? -1 : x->effect, v = isnan(y->effect) ? -1 : y->effect;
    if (u != v)
        return u > v ? -1 : 1;
    return strcmp(x->solute, y->solute);
}

// Whether in and around the clusters found so far lies a smaller share of the solute than
// of all ions.
static bool is_kept_out(const ia_solute_set *solute, const uint64_t *near)
{
    const ia_cloud *cloud = solute->cloud;
    uint64_t n = 0, n_solute = 0;
    for (size_t i = 0; i < cloud->n; i++) {
        bool inside = ia_is_selected(near, i);
        n += inside;
        n_solute += inside && solute->has[cloud->kind[i]];
    }
    return (double)n_solute * (double)cloud->n < (double)n * (double)solute->n;
}

// A solute that passed, and what it was tested with.
typedef struct {
    ia_ctx *ctx;
    const ia_solute_set *solute;
    const ia_cluster_params *params;
    size_t number; // of the test
    ia_clustering *out;
} finding;

// Ask again, more strictly: is p small against this null too? Bonferroni's correction: it
// is not known beforehand how often a second question is asked.
static ia_status ask_again(const finding *f, ia_cluster_null null, double *p)
{
    ia_cluster_test again = {0}, *test = &f->out->tests[f->number];
    size_t n_tested = 0;
    for (size_t i = 0; i < f->out->n_tests; i++)
        n_tested += !f->out->tests[i].reason[0];
    null.n_shuffles = count_shuffles(f->params, f->out->n_tests);
    ia_status st = ia_cluster_test_compute(f->ctx, f->solute, f->params, &null, &again);
    if (st != IA_OK) {
        free(again.peaks);
        return st;
    }
    *p = again.p;
    if (isfinite(again.threshold)) { // the stricter question says what is a cluster
        double *peaks = test->peaks;
        test->peaks = again.peaks;
        test->n_peaks = again.n_peaks;
        test->threshold = again.threshold;
        again.peaks = peaks;
    }
    free(again.peaks);
    if (isnan(again.p))
        return IA_OK;
    test->p_holm = fmax(test->p_holm, fmin(1, (double)n_tested * again.p));
    test->is_significant = passes(f->out, test->p_holm) && again.excess_ions > 0;
    return IA_OK;
}

static ia_status trace(const finding *f, const ia_cluster_find *find)
{
    const ia_finder *finder = ia_finder_of(f->params->method);
    return finder->trace ? finder->trace(f->ctx, find, f->out) : IA_OK;
}

static ia_status find(const finding *f, uint64_t *near)
{
    ia_cluster_null beside = {.left_out = near}, local = {.is_local = true};
    ia_cluster_test *test = &f->out->tests[f->number];
    size_t first = f->out->n_clusters;
    ia_status st = IA_OK;
    if (is_kept_out(f->solute, near))
        st = ask_again(f, beside, &test->p_beside);
    if (st == IA_OK && test->is_significant)
        st = ask_again(f, local, &test->p_local);
    if (st != IA_OK || !test->is_significant)
        return st;
    const ia_cluster_find wanted = {f->solute, f->params, (uint32_t)f->number};
    if ((st = ia_clusters_find(f->ctx, &wanted, near, f->out)) != IA_OK)
        return st;
    test->n_clusters = f->out->n_clusters - first;
    for (size_t c = first; c < f->out->n_clusters; c++) {
        ia_cluster *cluster = &f->out->clusters[c];
        bool by_peak = ia_finder_of(f->params->method)->by_peak;
        double score = by_peak ? cluster->ratio : (double)cluster->solute_ions;
        cluster->p = ia_cluster_test_p(test, score);
    }
    if ((st = ia_clusters_unmix(f->ctx, &wanted, first, f->out)) != IA_OK ||
        (st = trace(f, &wanted)) != IA_OK)
        return st;
    if ((st = ia_cluster_steady_compute(f->ctx, f->solute, f->params, first, f->out,
                                        test)) != IA_OK)
        return st;
    return ia_clusters_recover(f->ctx, &wanted, first, f->out);
}

static ia_status find_all(ia_ctx *ctx, const ia_cloud *cloud, const ia_ranges *ranges,
                          const ia_cluster_params *params, ia_clustering *out)
{
    uint64_t *near = ia_array(ctx, ia_select_words(cloud->n), sizeof *near);
    ia_status st = near ? IA_OK : IA_ERR_MEMORY;
    qsort(out->tests, out->n_tests, sizeof *out->tests, compare_effects);
    for (size_t i = 0; i < out->n_tests && st == IA_OK; i++) {
        ia_solute_set solute = {0};
        if (!out->tests[i].is_significant)
            continue;
        if ((st = ia_solute_set_build(ctx, cloud, ranges, out->tests[i].solute,
                                      &solute)) == IA_OK)
            st = find(&(finding){ctx, &solute, params, i, out}, near);
        ia_solute_set_clear(&solute);
    }
    free(near);
    return st;
}

static void set_solute_percent(const ia_ranges *ranges, ia_clustering *out)
{
    for (size_t c = 0; c < out->n_clusters; c++) {
        ia_cluster *cluster = &out->clusters[c];
        ia_kind_list solute = {.n = 0}; // read before without complaint
        ia_kind_list_read(NULL, "", out->tests[cluster->test].solute, ranges, &solute);
        cluster->solute_percent = percent_of(&solute, cluster->kinds, ranges);
    }
}

// A p that passes and no cluster: which condition failed. False for any other test.
static bool tell_short(const ia_clustering *out, const ia_cluster_test *test, char *text,
                       size_t room)
{
    if (test->reason[0] || !passes(out, test->p_holm) || test->excess_ions > 0)
        return false;
    if (test->tested_ions < test->ions)
        snprintf(text, room,
                 "; p is of the part that was tested (%llu of %llu ions), where no "
                 "cluster passes the threshold of the whole",
                 (unsigned long long)test->tested_ions, (unsigned long long)test->ions);
    else
        snprintf(text, room,
                 "; p passes, but clusters hold no more of the solute than those of "
                 "shuffles");
    return true;
}

// What else there is to say where no solute is clustered.
static void tell_why_not(const ia_clustering *out, char *text, size_t room)
{
    bool is_usable = false, is_drift = false, is_short = false;
    for (size_t i = 0; i < out->n_tests; i++) {
        const ia_cluster_test *test = &out->tests[i];
        is_usable |= isfinite(test->d_max) || isfinite(test->threshold) ||
                     isfinite(test->density) || isfinite(test->cell_volume);
        is_drift |= passes(out, test->p) && test->p_local > out->level;
        is_short = is_short || tell_short(out, test, text, room);
    }
    if (is_drift)
        snprintf(text, room,
                 "; solute is spread unevenly, but no more than its slow variation over "
                 "the specimen explains");
    else if (!is_usable)
        snprintf(text, room, "; chance makes as many clusters at every setting");
}

static bool is_majority_tested(const ia_clustering *out)
{
    bool is_tested = false;
    for (size_t i = 0; i < out->n_tests; i++)
        is_tested |= !out->tests[i].reason[0] && 2 * out->tests[i].ions > out->ranged;
    return is_tested;
}

static void judge(ia_clustering *out)
{
    char *verdict = out->verdict, why[200] = "";
    size_t room = sizeof out->verdict, n_tested = 0, n_significant = 0;
    double least_p = 1;
    for (size_t i = 0; i < out->n_tests; i++) {
        least_p = fmin(least_p, out->tests[i].p_holm);
        n_tested += !out->tests[i].reason[0];
        n_significant += out->tests[i].is_significant;
    }
    tell_why_not(out, why, sizeof why);
    if (out->n_tests == 0)
        snprintf(verdict, room,
                 "no clustering could be tested: no element but H and Ga has %g to %g "
                 "at.%% and %d ions",
                 ia_solute_percent[0], ia_solute_percent[1], IA_SOLUTE_LEAST);
    else if (n_tested == 0)
        snprintf(verdict, room, "no clustering could be tested: %s: %s",
                 out->tests[0].solute, out->tests[0].reason);
    else if (n_significant == 0)
        snprintf(verdict, room,
                 "no significant clustering: %zu tested, smallest p %.3g%s%s%s", n_tested,
                 least_p, n_tested > 1 ? " after Holm's correction" : "", why,
                 is_majority_tested(out) ? "; most ions hold the solute, and a majority "
                                           "has no clusters: test the others"
                                         : "");
    else
        snprintf(verdict, room,
                 "%zu cluster%s; %zu of %zu tested solute%s %s clustered%s",
                 out->n_clusters, out->n_clusters == 1 ? "" : "s", n_significant,
                 n_tested, n_tested == 1 ? "" : "s", n_significant == 1 ? "is" : "are",
                 out->n_clusters > 0 ? ""
                                     : ", but the search of the whole finds none that "
                                       "passes its threshold");
}

// As the page of cluster methods has it.
enum { METHOD_AUTO = 0 }; // the first of the words
static const char why_auto[] =
    "auto takes the scan: its one setting is the chance of one false cluster, clusters "
    "of any size are found with the same, density does not mislead it, radius, share and "
    "membership have errors";

static ia_status init(ia_ctx *ctx, const ia_cloud *cloud, const ia_cluster_params *params,
                      ia_clustering *out)
{
    out->n_ions = cloud->n_ions;
    out->ranged = cloud->n;
    out->n_kinds = cloud->n_kinds;
    out->level = params->level;
    out->has_probability = ia_finder_of(params->method)->has_probability;
    snprintf(out->method, sizeof out->method, "%s", ia_finder_of(params->method)->title);
    if (params->method == METHOD_AUTO)
        snprintf(out->choice, sizeof out->choice, "%s", why_auto);
    if (!(out->labels = ia_array(ctx, out->n_ions, sizeof *out->labels)) ||
        !(out->probability = ia_array(ctx, out->n_ions, sizeof *out->probability)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < out->n_ions; i++)
        out->labels[i] = -1;
    return IA_OK;
}

// Background ions that each kind's ranges hold.
static ia_status expect_background(ia_ctx *ctx, const ia_cluster_input *input,
                                   ia_clustering *out)
{
    const ia_ranger *ranger = input->ranger;
    const ia_background *b = input->background;
    bool is_known = b && b->n_used > 0;
    if (!(out->background = ia_array(ctx, out->n_kinds, sizeof *out->background)))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranger->n; i++)
        out->background[ranger->ion[i]] +=
            is_known ? ia_background_counts(b, ranger->lo[i], ranger->hi[i]) : NAN;
    return IA_OK;
}

// Tests, and clusters of the solutes that pass.
static ia_status run(ia_ctx *ctx, const ia_cluster_input *input,
                     const ia_cluster_params *p, const ia_cloud *cloud,
                     ia_clustering *out)
{
    const ia_ranges *ranges = input->ranges;
    ia_status st;
    if ((st = expect_background(ctx, input, out)) != IA_OK ||
        (st = list_tests(ctx, cloud, ranges, p->solute, out)) != IA_OK ||
        (st = check_shuffles(ctx, p, out)) != IA_OK ||
        (st = run_tests(ctx, cloud, ranges, p, out)) != IA_OK ||
        (st = correct(ctx, out)) != IA_OK ||
        (st = find_all(ctx, cloud, ranges, p, out)) != IA_OK)
        return st;
    set_solute_percent(ranges, out);
    judge(out);
    return IA_OK;
}

// Sizes of clusters that the surface does not cut.
static ia_status invert_sizes(ia_ctx *ctx, double efficiency, ia_clustering *out)
{
    size_t n = 0;
    uint64_t *detected = NULL;
    ia_status st = IA_OK;
    if (!(efficiency > 0))
        return IA_OK;
    if (!(detected = ia_array(ctx, out->n_clusters, sizeof *detected)))
        return IA_ERR_MEMORY;
    for (size_t c = 0; c < out->n_clusters; c++)
        if (!out->clusters[c].at_edge)
            detected[n++] = out->clusters[c].solute_ions;
    if (n > 1)
        st = ia_cluster_sizes_compute(ctx, detected, n, efficiency, &out->sizes);
    free(detected);
    return st;
}

ia_status ia_clustering_compute(ia_ctx *ctx, const ia_cluster_input *input,
                                const ia_cluster_params *params, ia_clustering *out)
{
    ia_cluster_params p = params ? *params : ia_cluster_defaults();
    bool is_all = ia_solute_is_all(p.solute);
    ia_cloud cloud = {0};
    ia_clustering result = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_cluster_method, &p)) != IA_OK ||
        (st = is_all ? ia_cloud_build_all(ctx, input->ions, &cloud)
                     : ia_cloud_build(ctx, input->ions, input->ranges, input->ranger,
                                      &cloud)) != IA_OK ||
        (!is_all && (st = ia_cloud_sort(ctx, &cloud)) != IA_OK) ||
        (st = init(ctx, &cloud, &p, &result)) != IA_OK ||
        (st = is_all ? ia_clustering_plain(ctx, &cloud, &p, &result)
                     : run(ctx, input, &p, &cloud, &result)) != IA_OK ||
        (st = ia_clusters_place(ctx, &cloud, input->ranges, &result)) != IA_OK ||
        (st = invert_sizes(ctx, p.efficiency, &result)) != IA_OK)
        goto done;
    *out = result;
    result = (ia_clustering){0};
done:
    ia_cloud_clear(&cloud);
    ia_clustering_clear(&result);
    return st;
}

void ia_clustering_clear(ia_clustering *clustering)
{
    for (size_t c = 0; c < clustering->n_clusters; c++) {
        free(clustering->clusters[c].kinds);
        free(clustering->clusters[c].inside_kinds);
        free(clustering->clusters[c].sigma_inside_kinds);
    }
    free(clustering->clusters);
    for (size_t i = 0; i < clustering->n_tests; i++)
        free(clustering->tests[i].peaks);
    free(clustering->tests);
    free(clustering->labels);
    free(clustering->probability);
    ia_cluster_sizes_clear(&clustering->sizes);
    free(clustering->reachability.place);
    free(clustering->reachability.least);
    free(clustering->reachability.most);
    free(clustering->reachability.cluster);
    free(clustering->valleys);
    ia_condensed_tree_clear(&clustering->condensed_tree);
    free(clustering->background);
    *clustering = (ia_clustering){0};
}
