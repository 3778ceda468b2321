// src/report/plot.c: static figures by gnuplot, or its script for the user to edit.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/plot_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// gnuplot's terminal for an ending, with places for width, height and size of the font;
// NULL for the script itself.
typedef struct {
    const char *ending, *terminal, *unit;
    double per_px; // units
} kind;

static const kind kinds[] = {
    {".svg", "svg font 'sans,14' background 'white' enhanced", "", 1},
    {".pdf", "pdfcairo font 'sans,12' enhanced", "cm", 0.02},
    {".png", "pngcairo font 'sans,18' enhanced", "", 1.4},
    {".gp", NULL, "", 0},
};

static const kind *find_kind(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(dot, kinds[i].ending) == 0)
            return &kinds[i];
    return NULL;
}

// In gnuplot's single quotes a quote is written twice.
static void put_quoted(FILE *stream, const char *text)
{
    fputc('\'', stream);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', stream);
        fputc(*text, stream);
    }
    fputc('\'', stream);
}

// What gnuplot would say of the script is for us, not for the user's terminal.
static int spawn(const char *script, pid_t *pid)
{
    char *const argv[] = {"gnuplot", (char *)(uintptr_t)script, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                             O_WRONLY, 0);
    if (error == 0)
        error = posix_spawnp(pid, "gnuplot", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static ia_status run_gnuplot(ia_ctx *ctx, const char *script)
{
    pid_t pid;
    int status = 0;
    if (spawn(script, &pid) != 0)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "gnuplot is not installed; a plot ending in .gp needs none");
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return ia_fail(ctx, IA_ERR_IO, "gnuplot could not draw the figure");
    return IA_OK;
}

static ia_status put_script(plot_job *job, const plot_figure *figure, const char *path)
{
    ia_status st = figure->put(job);
    if (st == IA_OK && (fflush(job->stream) != 0 || ferror(job->stream)))
        st = ia_fail(job->ctx, IA_ERR_IO, "%s: %s", path, strerror(errno));
    return st;
}

static ia_status draw(plot_job *job, const plot_figure *figure, const kind *as,
                      const char *path)
{
    ia_ctx *ctx = job->ctx;
    ia_draft *picture = NULL, *script = NULL;
    char *script_path = ia_textf(ctx, "%s.gp", path);
    ia_status st = script_path ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK || (st = ia_draft_new(ctx, path, &picture)) != IA_OK ||
        (st = ia_draft_new(ctx, script_path, &script)) != IA_OK)
        goto done;
    job->stream = ia_draft_stream(script);
    fprintf(job->stream, "set terminal %s size %g%s,%g%s\nset output ", as->terminal,
            figure->width * as->per_px, as->unit, figure->height * as->per_px, as->unit);
    put_quoted(job->stream, ia_draft_path(picture));
    fputc('\n', job->stream);
    if ((st = put_script(job, figure, script_path)) != IA_OK ||
        (st = run_gnuplot(ctx, ia_draft_path(script))) != IA_OK)
        goto done;
    st = ia_draft_commit(ctx, picture);
    picture = NULL;
done:
    ia_draft_discard(script);
    ia_draft_discard(picture);
    free(script_path);
    return st;
}

static ia_status write_script(plot_job *job, const plot_figure *figure, const char *path)
{
    ia_draft *script = NULL;
    ia_status st = ia_draft_new(job->ctx, path, &script);
    if (st != IA_OK)
        return st;
    job->stream = ia_draft_stream(script);
    if ((st = put_script(job, figure, path)) == IA_OK)
        return ia_draft_commit(job->ctx, script);
    ia_draft_discard(script);
    return st;
}

// The figure of that name and the kind of file; IA_ERR_PARAM where there is none.
static ia_status find(plot_job *job, const char *name, const char *path,
                      const plot_figure **figure, const kind **as)
{
    size_t n, n_name = strcspn(name, ":");
    const plot_figure *figures = plot_figures(&n);
    *figure = NULL;
    *as = find_kind(path);
    if (name[n_name] == ':')
        job->element = name + n_name + 1;
    for (size_t i = 0; i < n; i++)
        if (strlen(figures[i].name) == n_name &&
            strncmp(figures[i].name, name, n_name) == 0)
            *figure = &figures[i];
    if (!*figure)
        return ia_fail(
            job->ctx, IA_ERR_PARAM,
            "no figure is called '%s': spectrum, projections, cloud, hitmap, tof, "
            "multiplicity, calibration, saxey, knn, knn-k, knn-kth, clusters, "
            "reachability, sensitivity, profile, ladder, "
            "map, maps, poles, field, surface, proxigram, rdf, correlation, frequency, "
            "sdm "
            "or fourier was expected",
            name);
    if (!*as)
        return ia_fail(job->ctx, IA_ERR_PARAM,
                       "%s: a figure ends in .svg, .pdf, .png or .gp", path);
    if (job->element && !(*figure)->of_element)
        return ia_fail(job->ctx, IA_ERR_PARAM,
                       "the figure %s is of all elements: '%s' means nothing to it",
                       (*figure)->name, job->element);
    return IA_OK;
}

ia_status ia_plot_check(ia_ctx *ctx, const char *figure, const char *path)
{
    plot_job job = {.ctx = ctx};
    const plot_figure *found;
    const kind *as;
    return find(&job, figure, path, &found, &as);
}

ia_status ia_plot(ia_ctx *ctx, const ia_state *state, const ia_chain *chain,
                  const char *figure, const char *path)
{
    report_input in = {.state = state, .chain = chain};
    plot_job job = {.ctx = ctx, .in = &in};
    const plot_figure *found;
    const kind *as;
    ia_status st;
    if ((st = find(&job, figure, path, &found, &as)) != IA_OK ||
        (st = found->check(ctx, &in)) != IA_OK)
        return st;
    return as->terminal ? draw(&job, found, as, path) : write_script(&job, found, path);
}

const char *ia_figure_name(size_t i)
{
    size_t n;
    const plot_figure *figures = plot_figures(&n);
    return i < n ? figures[i].name : NULL;
}

ia_status ia_spectrum_plot(ia_ctx *ctx, const ia_spectrum *spectrum, const char *path)
{
    ia_state state = {.spectrum = *spectrum}; // lent
    return ia_plot(ctx, &state, NULL, "spectrum", path);
}
