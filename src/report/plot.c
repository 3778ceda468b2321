// src/report/plot.c: static figures by gnuplot, or its script for the user to edit.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/report.h>

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

// gnuplot's terminal for an ending; NULL for the script itself.
typedef struct {
    const char *ending, *terminal;
} kind;

static const kind kinds[] = {
    {".svg", "svg size 1000,500 font 'sans,14' background 'white'"},
    {".pdf", "pdfcairo size 20cm,10cm font 'sans,12'"},
    {".png", "pngcairo size 1400,700 font 'sans,14'"},
    {".gp", NULL},
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

// Bins past the last count would only squeeze the peaks.
static size_t filled_bins(const ia_spectrum *spectrum)
{
    size_t n = spectrum->n_bins;
    while (n > 0 && spectrum->counts[n - 1] == 0)
        n--;
    return n;
}

static void put_spectrum(FILE *stream, const ia_spectrum *spectrum)
{
    size_t n = filled_bins(spectrum);
    fprintf(stream,
            "set xlabel 'mass-to-charge state ratio m/n (Da)'\n"
            "set ylabel 'ions per %g Da'\n"
            "set logscale y\nset format y '10^{%%L}'\nset yrange [0.7:*]\n"
            "set xrange [%g:%g]\nset grid back lc rgb '#dddddd'\nset tics out nomirror\n"
            "unset key\nset border 3\n$spectrum << END\n",
            spectrum->bin, spectrum->m_min, spectrum->m_min + spectrum->bin * (double)n);
    for (size_t i = 0; i < n; i++)
        if (spectrum->counts[i] > 0)
            fprintf(stream, "%.10g %llu\n",
                    spectrum->m_min + spectrum->bin * ((double)i + 0.5),
                    (unsigned long long)spectrum->counts[i]);
    fprintf(stream,
            "END\nplot $spectrum using 1:2 with impulses lw 0.8 lc rgb '#1f4e79'\n");
}

static ia_status run_gnuplot(ia_ctx *ctx, const char *script)
{
    char *const argv[] = {"gnuplot", (char *)(uintptr_t)script, NULL};
    pid_t pid;
    int status = 0;
    if (posix_spawnp(&pid, "gnuplot", NULL, NULL, argv, environ) != 0)
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "gnuplot is not installed; a plot ending in .gp needs none");
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return ia_fail(ctx, IA_ERR_IO, "gnuplot could not draw the figure");
    return IA_OK;
}

static ia_status draw(ia_ctx *ctx, const ia_spectrum *spectrum, const kind *as,
                      const char *path)
{
    ia_draft *figure = NULL, *script = NULL;
    char *script_path = ia_textf(ctx, "%s.gp", path);
    ia_status st = script_path ? IA_OK : IA_ERR_MEMORY;
    if (st != IA_OK || (st = ia_draft_new(ctx, path, &figure)) != IA_OK ||
        (st = ia_draft_new(ctx, script_path, &script)) != IA_OK)
        goto done;
    FILE *stream = ia_draft_stream(script);
    fprintf(stream, "set terminal %s\nset output ", as->terminal);
    put_quoted(stream, ia_draft_path(figure));
    fputc('\n', stream);
    put_spectrum(stream, spectrum);
    if (fflush(stream) != 0)
        st = ia_fail(ctx, IA_ERR_IO, "%s: %s", script_path, strerror(errno));
    else if ((st = run_gnuplot(ctx, ia_draft_path(script))) == IA_OK) {
        st = ia_draft_commit(ctx, figure);
        figure = NULL;
    }
done:
    ia_draft_discard(script);
    ia_draft_discard(figure);
    free(script_path);
    return st;
}

ia_status ia_spectrum_plot(ia_ctx *ctx, const ia_spectrum *spectrum, const char *path)
{
    const kind *as = find_kind(path);
    if (!as)
        return ia_fail(ctx, IA_ERR_PARAM, "%s: a figure ends in .svg, .pdf, .png or .gp",
                       path);
    if (filled_bins(spectrum) == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "the spectrum holds no ions: nothing to draw");
    if (as->terminal)
        return draw(ctx, spectrum, as, path);
    ia_draft *draft;
    ia_status st = ia_draft_new(ctx, path, &draft);
    if (st != IA_OK)
        return st;
    put_spectrum(ia_draft_stream(draft), spectrum);
    return ia_draft_commit(ctx, draft);
}
