// src/network/pole_classes.c: four poles told by the angles between them.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/pole_classes.h>
#include <ionatlas/random.h>

#include "network/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ia_field fields[] = {
    IA_FIELD(IA_U64, ia_quad_params, quad_seed, "", 1, 0, 1e15,
             "of the angles drawn and of the network"),
    IA_FIELD(IA_SIZE, ia_quad_params, quad_rows, "", 2000, 10, 1e6,
             "rows of each class to learn from (published: 10001)"),
    IA_FIELD(IA_F64, ia_quad_params, angle_scatter, "degree", 2, 0.01, 30,
             "standard deviation of each angle in them"),
    IA_FIELD(IA_SIZE, ia_quad_params, epochs, "", 12, 1, 1000,
             "times that all rows are learnt (published: 30)"),
    IA_FIELD(IA_SIZE, ia_quad_params, batch, "", 64, 1, 1e5, "rows of a step"),
    IA_FIELD(IA_F64, ia_quad_params, rate, "", 1e-4, 1e-7, 1, "of Adam"),
    IA_FIELD(IA_F64, ia_quad_params, dropout, "", 0, 0, 0.9,
             "share of a hidden layer left out in a step (published: 0.5)"),
    IA_FIELD(IA_SIZE, ia_quad_params, quad_tests, "", 2000, 10, 1e6,
             "other rows of each class to try on"),
};
const ia_method ia_quad_method =
    IA_METHOD("quadrilaterals", "Train the network that tells four poles by their angles",
              ia_quad_params, fields);

ia_quad_params ia_quad_defaults(void)
{
    ia_quad_params params;
    ia_method_defaults(&ia_quad_method, &params);
    return params;
}

// What the other three poles subtend at each at most, degrees, sorted; as published.
static const struct {
    const char *planes;
    double means[IA_QUAD_ANGLES];
    const char *plane[IA_QUAD_ANGLES]; // of the pole with each of them
} quads[IA_QUAD_CLASSES] = {
    {"200 131 113 204", {71, 71, 88, 130}, {"131", "113", "200", "204"}},
    {"200 202 131 113", {71, 88, 102, 104}, {"202", "200", "131", "113"}},
    {"111 202 131 204", {57, 86, 104, 110}, {"111", "202", "131", "204"}},
    {"111 202 131 311", {70, 70, 106, 116}, {"131", "311", "202", "111"}},
    {"111 113 133 315", {57, 77, 98, 126}, {"111", "133", "113", "315"}},
    {"111 131 313 204", {58, 78, 108, 114}, {"111", "204", "131", "313"}},
};
enum { CLASSES = IA_QUAD_CLASSES, ANGLES = IA_QUAD_ANGLES, ORDERS = 24 };
enum { LEARN, TRY };                                  // streams of random numbers
static const double least_sum = 358, room_of_sum = 2; // degrees
static const double middle = 90, spread = 20;         // likewise

const char *ia_quad_planes(size_t quad)
{
    return quads[quad].planes;
}

const char *ia_quad_plane(size_t quad, size_t rank)
{
    return quads[quad].plane[rank];
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static double distance(const double *a, const double *b)
{
    double sum = 0;
    for (size_t k = 0; k < ANGLES; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

size_t ia_quad_nearest(const double angles[IA_QUAD_ANGLES])
{
    double sorted[ANGLES];
    size_t best = 0;
    memcpy(sorted, angles, sizeof sorted);
    qsort(sorted, ANGLES, sizeof *sorted, compare);
    for (size_t c = 1; c < CLASSES; c++)
        if (distance(sorted, quads[c].means) < distance(sorted, quads[best].means))
            best = c;
    return best;
}

// Order number `which` of four, by its digits in the factorial system.
static void put_in_order(const double *from, size_t which, double *out)
{
    double left[ANGLES];
    memcpy(left, from, sizeof left);
    for (size_t k = 0, n = ANGLES; k < ANGLES; k++, n--) {
        size_t at = which % n;
        which /= n;
        out[k] = left[at];
        memmove(left + at, left + at + 1, (n - 1 - at) * sizeof *left);
    }
}

// Sorting forgets which angle is which: the likelihood is the sum over all orders. The
// sum of the angles tells nothing, it is the same for all classes.
static double likelihood(const double *angles, const double *means, double scatter)
{
    double own[ANGLES], sum = 0, shift = 0;
    for (size_t k = 0; k < ANGLES; k++)
        shift += (means[k] - angles[k]) / ANGLES;
    for (size_t k = 0; k < ANGLES; k++)
        own[k] = angles[k] + shift;
    for (size_t i = 0; i < ORDERS; i++) {
        double ordered[ANGLES];
        put_in_order(own, i, ordered);
        sum += exp(-0.5 * distance(ordered, means) / (scatter * scatter));
    }
    return sum;
}

void ia_quad_chances(const double angles[IA_QUAD_ANGLES], double scatter_deg,
                     double chances[IA_QUAD_CLASSES])
{
    double sum = 0;
    for (size_t c = 0; c < CLASSES; c++)
        sum += chances[c] = likelihood(angles, quads[c].means, scatter_deg);
    for (size_t c = 0; c < CLASSES; c++)
        chances[c] = sum > 0 ? chances[c] / sum : c == ia_quad_nearest(angles);
}

size_t ia_quad_likeliest(const double angles[IA_QUAD_ANGLES], double scatter_deg)
{
    double chances[CLASSES];
    size_t best = 0;
    ia_quad_chances(angles, scatter_deg, chances);
    for (size_t c = 1; c < CLASSES; c++)
        best = chances[c] > chances[best] ? c : best;
    return best;
}

void ia_quad_row(const double angles[IA_QUAD_ANGLES], float row[IA_QUAD_ANGLES])
{
    for (size_t k = 0; k < ANGLES; k++)
        row[k] = (float)((angles[k] - middle) / spread);
}

// As published: each angle normal about its mean, the sum made 358 to 360; sorted.
static void draw(ia_random *random, const double *means, double scatter, double *out)
{
    double sum = 0;
    for (size_t k = 0; k < ANGLES; k++) {
        out[k] = means[k] + scatter * ia_random_normal(random);
        sum += out[k];
    }
    double wanted = least_sum + room_of_sum * ia_random_uniform(random);
    for (size_t k = 0; k < ANGLES; k++)
        out[k] += (wanted - sum) / ANGLES;
    qsort(out, ANGLES, sizeof *out, compare);
}

// Rows of a set: angles in degrees, and as the network takes them.
typedef struct {
    size_t n_class, room; // rows of each class; rows that there is room for
    double scatter;       // degrees
    ia_random random;
    double *angles; // (room, ANGLES)
    float *rows;    // the same, of mean 0 and spread 1 or so
} drawn;

static ia_status drawn_new(ia_ctx *ctx, size_t room, drawn *t)
{
    t->room = room;
    return (t->angles = ia_array(ctx, room * ANGLES, sizeof *t->angles)) &&
                   (t->rows = ia_array(ctx, room * ANGLES, sizeof *t->rows))
               ? IA_OK
               : IA_ERR_MEMORY;
}

// The next `n` rows, from row `first` of all classes on.
static void draw_rows(drawn *t, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double *angles = t->angles + ANGLES * i;
        draw(&t->random, quads[(first + i) / t->n_class].means, t->scatter, angles);
        ia_quad_row(angles, t->rows + ANGLES * i);
    }
}

static void drawn_clear(drawn *t)
{
    free(t->angles);
    free(t->rows);
}

static ia_status learn(ia_ctx *ctx, const ia_quad_params *p, ia_network *network)
{
    static const int32_t outputs[] = {128, 512, 1024, 1024, 512, CLASSES};
    ia_learn_net net = {.maps = ANGLES, .height = 1, .width = 1, .classes = true};
    drawn t = {.n_class = p->quad_rows,
               .scatter = p->angle_scatter,
               .random = ia_random_new(p->quad_seed, LEARN)};
    float *wanted = ia_array(ctx, p->quad_rows * CLASSES * CLASSES, sizeof *wanted);
    ia_status st = wanted ? drawn_new(ctx, p->quad_rows * CLASSES, &t) : IA_ERR_MEMORY;
    if (st == IA_OK) {
        draw_rows(&t, 0, t.room);
        for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
            net.layers[net.n_layers++] = (ia_learn_layer){IA_LEARN_DENSE, outputs[i]};
        for (size_t i = 0; i < p->quad_rows * CLASSES; i++)
            wanted[CLASSES * i + i / p->quad_rows] = 1;
        ia_learn_lesson lesson = {.rows = t.rows,
                                  .wanted = wanted,
                                  .n = p->quad_rows * CLASSES,
                                  .seed = p->quad_seed,
                                  .epochs = p->epochs,
                                  .batch = p->batch,
                                  .rate = p->rate,
                                  .dropout = p->dropout};
        st = ia_network_train(ctx, &net, lesson, network);
    }
    drawn_clear(&t);
    free(wanted);
    return st;
}

static size_t greatest(const float *p)
{
    size_t best = 0;
    for (size_t c = 1; c < CLASSES; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

// How many of the rows drawn the network, the nearest mean and Bayes' rule name rightly.
static void add_right(const drawn *t, size_t first, size_t n, const float *told,
                      double right[3])
{
    for (size_t i = 0; i < n; i++) {
        const double *angles = t->angles + ANGLES * i;
        size_t truth = (first + i) / t->n_class;
        right[0] += greatest(told + CLASSES * i) == truth;
        right[1] += ia_quad_nearest(angles) == truth;
        right[2] += ia_quad_likeliest(angles, t->scatter) == truth;
    }
}

// In parts, between which it can be stopped.
static ia_status try_out(ia_ctx *ctx, const ia_quad_params *p, const ia_network *network,
                         ia_quad_score *score)
{
    enum { PART = 1024 }; // rows, as many as the plugin takes at once: a second or so
    size_t n = CLASSES * p->quad_tests;
    double right[3] = {0};
    drawn t = {.n_class = p->quad_tests,
               .scatter = score->scatter_deg,
               .random = ia_random_new(p->quad_seed, TRY + (uint64_t)score->scatter_deg)};
    float *told = ia_array(ctx, (size_t)PART * CLASSES, sizeof *told);
    ia_status st = told ? drawn_new(ctx, PART, &t) : IA_ERR_MEMORY;
    for (size_t at = 0; at < n && st == IA_OK; at += PART) {
        size_t some = n - at < PART ? n - at : PART;
        draw_rows(&t, at, some);
        if ((st = ia_network_predict(ctx, network, t.rows, some, told)) == IA_OK) {
            add_right(&t, at, some, told, right);
            st = ia_step(ctx, "tests", (double)(at + some) / (double)n);
        }
    }
    score->network = right[0] / (double)n;
    score->nearest_mean = right[1] / (double)n;
    score->bayes = right[2] / (double)n;
    score->sigma = sqrt(score->bayes * (1 - score->bayes) / (double)n);
    drawn_clear(&t);
    free(told);
    return st;
}

// One class in six is right by chance, within three and a third standard deviations.
static void tell_chance(ia_ctx *ctx, const ia_quad_params *p, const ia_quad_score *score)
{
    double chance = 1.0 / CLASSES, n = (double)p->quad_tests * CLASSES;
    if (score->network < chance + 3.29 * sqrt(chance * (1 - chance) / n))
        ia_warn(
            ctx,
            "the network names %.0f %% right where chance does %.0f %%: it has learnt "
            "nothing; more --epochs or another --rate may do",
            100 * score->network, 100 * chance);
}

ia_status ia_quad_train(ia_ctx *ctx, const ia_quad_params *params, ia_quad_training *out)
{
    ia_quad_params p = params ? *params : ia_quad_defaults();
    ia_network_task task = {"quadrilaterals", &ia_quad_method, &p};
    ia_quad_training made = {0};
    ia_network network = {0};
    ia_status st;
    if ((st = ia_method_check(ctx, &ia_quad_method, &p)) != IA_OK ||
        (st = learn(ctx, &p, &network)) != IA_OK)
        goto done;
    for (size_t i = 0; i < IA_QUAD_SCATTERS && st == IA_OK; i++) {
        made.scores[i].scatter_deg = 2 * (double)(i + 1);
        st = try_out(ctx, &p, &network, &made.scores[i]);
    }
    if (st == IA_OK)
        tell_chance(ctx, &p, &made.scores[0]);
    if (st != IA_OK || (st = ia_network_seal(ctx, &network, &task, &made.model, &made.n,
                                             made.sha256)) != IA_OK)
        goto done;
    *out = made;
    made = (ia_quad_training){0}; // the caller's now
done:
    ia_network_clear(&network);
    ia_quad_training_clear(&made);
    return st;
}

void ia_quad_training_clear(ia_quad_training *training)
{
    free(training->model);
    *training = (ia_quad_training){0};
}

ia_status ia_quad_tables(ia_ctx *ctx, const ia_quad_training *training, ia_result *result)
{
    static const char *const names[] = {"scatter_deg", "network_percent",
                                        "nearest_mean_percent", "bayes_percent",
                                        "sigma_bayes_percent"};
    double *columns[5];
    ia_table *table =
        ia_result_add(ctx, result, "quadrilaterals", IA_ROWS, IA_QUAD_SCATTERS);
    for (size_t k = 0; k < 5; k++)
        if (!table || !(columns[k] = ia_table_add(ctx, table, names[k], IA_F64)))
            return IA_ERR_MEMORY;
    for (size_t i = 0; i < IA_QUAD_SCATTERS; i++) {
        const ia_quad_score *s = &training->scores[i];
        const double values[] = {s->scatter_deg, 100 * s->network, 100 * s->nearest_mean,
                                 100 * s->bayes, 100 * s->sigma};
        for (size_t k = 0; k < 5; k++)
            columns[k][i] = values[k];
    }
    return ia_network_tell(ctx, training->n, training->sha256, result);
}
