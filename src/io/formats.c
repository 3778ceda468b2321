// src/io/formats.c: the table of formats; reading and writing through it.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/formats_internal.h"

#include <ctype.h>
#include <ionatlas/hash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_COLUMNS ((1u << IA_N_COLUMNS) - 1)
#define POS_COLUMNS (1u << IA_XYZ | 1u << IA_MASS)
#define EPOS_COLUMNS                                                                     \
    (POS_COLUMNS | 1u << IA_TOF | 1u << IA_V_DC | 1u << IA_V_PULSE | 1u << IA_DET_XY |   \
     1u << IA_PULSES_SINCE | 1u << IA_MULTIPLICITY)

static const ia_format formats[] = {
    {.name = "pos",
     .title = "positions and m/n, big-endian",
     .extensions = "pos",
     .sniff = ia_pos_sniff,
     .read_ions = ia_pos_read,
     .columns = POS_COLUMNS,
     .needed = POS_COLUMNS,
     .write_ions = ia_pos_write,
     .write_part = ia_pos_write_part},
    {.name = "epos",
     .title = "positions, m/n, flight times, voltages, hits and pulses, big-endian",
     .extensions = "epos",
     .sniff = ia_epos_sniff,
     .read_ions = ia_epos_read,
     .columns = EPOS_COLUMNS,
     .needed = EPOS_COLUMNS,
     .write_ions = ia_epos_write,
     .write_part = ia_epos_write_part},
    {.name = "apt",
     .title = "AP Suite 6: sections of any quantity per ion",
     .extensions = "apt",
     .sniff = ia_apt_sniff,
     .read_ions = ia_apt_read,
     .columns = ALL_COLUMNS,
     .write_ions = ia_apt_write},
    {.name = "raw",
     .title = "hits of the Stuttgart atom probe: no m/n, no positions",
     .extensions = "raw",
     .sniff = ia_stuttgart_sniff,
     .read_ions = ia_stuttgart_read},
    {.name = "ato",
     .title = "ions of the Rouen group, versions 3 and 5",
     .extensions = "ato",
     .sniff = ia_ato_sniff,
     .read_ions = ia_ato_read},
    {.name = "ply",
     .title = "points with species, read as ions and as ranges",
     .extensions = "ply",
     .sniff = ia_ply_sniff,
     .read_ions = ia_ply_read,
     .read_ranges = ia_ply_read_ranges},
    {.name = "ops",
     .title = "hits of the Oxford atom probe as text: no m/n, no positions",
     .extensions = "ops",
     .sniff = ia_ops_sniff,
     .read_ions = ia_ops_read},
    {.name = "nxs",
     .title = "Ionatlas project, NeXus NXapm in HDF5",
     .extensions = "nxs|h5|hdf5",
     .sniff = ia_nxs_sniff,
     .read_ions = ia_nxs_read},
    {.name = "pyccapt",
     .title = "events of pyccapt, as measured or as a frame of pandas, HDF5",
     .extensions = "h5|hdf5",
     .sniff = ia_pyccapt_sniff,
     .read_ions = ia_pyccapt_read},
    {.name = "csv",
     .title = "ions as text, comma between values",
     .extensions = "csv|txt",
     .sniff = ia_csv_sniff,
     .read_ions = ia_csv_read,
     .columns = ALL_COLUMNS,
     .write_ions = ia_csv_write,
     .write_part = ia_csv_write_part},
    {.name = "tsv",
     .title = "ions as text, tab between values",
     .extensions = "tsv|txt",
     .sniff = ia_tsv_ions_sniff,
     .read_ions = ia_csv_read,
     .columns = ALL_COLUMNS,
     .write_ions = ia_tsv_ions_write,
     .write_part = ia_tsv_ions_write_part},
    {.name = "spectrum",
     .title = "mass spectrum as text: m/n and counts, as IVAS and AP Suite export it",
     .extensions = "csv|tsv|txt",
     .sniff = ia_spectrum_csv_sniff,
     .read_ions = ia_spectrum_csv_read},
    {.name = "mzml",
     .title = "mass spectra of any instrument, added up, XML",
     .extensions = "mzml",
     .sniff = ia_mzml_sniff,
     .read_ions = ia_mzml_read},
    {.name = "imzml",
     .title = "images of mass spectra, added up, XML with a file of numbers beside it",
     .extensions = "imzml",
     .sniff = ia_imzml_sniff,
     .read_ions = ia_imzml_read},
    {.name = "rrng",
     .title = "ranges of IVAS and AP Suite",
     .extensions = "rrng",
     .sniff = ia_rrng_sniff,
     .read_ranges = ia_rrng_read,
     .write_ranges = ia_rrng_write},
    {.name = "rng",
     .title = "ranges after Oak Ridge (ORNL)",
     .extensions = "rng",
     .sniff = ia_rng_sniff,
     .read_ranges = ia_rng_read,
     .write_ranges = ia_rng_write},
    {.name = "fig",
     .title = "ranges of the Erlangen toolbox (fig.txt)",
     .extensions = "fig.txt",
     .sniff = ia_fig_sniff,
     .read_ranges = ia_fig_read,
     .write_ranges = ia_fig_write},
    {.name = "env",
     .title = "ranges of the Rouen group's environment files",
     .extensions = "env",
     .sniff = ia_env_sniff,
     .read_ranges = ia_env_read},
    {.name = "analysisset",
     .title = "ranges in analyses of AP Suite, XML",
     .extensions = "analysisset",
     .sniff = ia_analysisset_sniff,
     .read_ranges = ia_analysisset_read},
    {.name = "analysis",
     .title = "ranges in analyses of IVAS, Java objects as XML",
     .extensions = "analysis",
     .sniff = ia_analysis_sniff,
     .read_ranges = ia_analysis_read},
    {.name = "nxapm",
     .title = "ranges in NeXus NXapm, HDF5",
     .extensions = "nxs|h5|hdf5",
     .sniff = ia_nxs_ranges_sniff,
     .read_ranges = ia_nxs_ranges_read},
    {.name = "erlangen",
     .title = "ranges in HDF5 of the Erlangen toolbox",
     .extensions = "h5|hdf5",
     .sniff = ia_erlangen_sniff,
     .read_ranges = ia_erlangen_read},
};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

const ia_format *ia_formats(size_t *n)
{
    *n = N_FORMATS;
    return formats;
}

const ia_format *ia_format_find(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

// "a.RNG.fig.txt" ends with ".fig.txt", in any case.
static bool has_ending(const char *path, const char *ending, size_t n)
{
    size_t n_path = strlen(path);
    if (n_path <= n || path[n_path - n - 1] != '.')
        return false;
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)path[n_path - n + i]) != ending[i])
            return false;
    return true;
}

// Bytes of the extension that a path ends with; 0 when it is none of the format.
static size_t extension_of(const ia_format *format, const char *path)
{
    for (const char *at = format->extensions; *at;) {
        size_t n = strcspn(at, "|");
        if (has_ending(path, at, n))
            return n;
        at += n + (at[n] == '|');
    }
    return 0;
}

static bool has_extension(const ia_format *format, const char *path)
{
    return extension_of(format, path) > 0;
}

static bool serves(const ia_format *format, bool ranges)
{
    return ranges ? format->read_ranges != NULL : format->read_ions != NULL;
}

const ia_format *ia_format_of(const ia_source *source, bool ranges)
{
    const ia_format *best = NULL;
    int best_score = 0;
    for (size_t i = 0; i < N_FORMATS; i++) {
        const ia_format *format = &formats[i];
        if (!serves(format, ranges))
            continue;
        bool named = source->path && has_extension(format, source->path);
        int score = format->sniff ? 2 * format->sniff(source->bytes, source->n) : 0;
        // The extension decides between equals, and where the bytes say nothing.
        score += named;
        if (score > best_score) {
            best = format;
            best_score = score;
        }
    }
    return best;
}

const ia_format *ia_format_for(const char *path, bool ranges)
{
    for (size_t i = 0; i < N_FORMATS; i++) {
        bool writes =
            ranges ? formats[i].write_ranges != NULL : formats[i].write_ions != NULL;
        if (writes && has_extension(&formats[i], path))
            return &formats[i]; // the first in the table: "txt" is csv
    }
    return NULL;
}

static int best_sniff(const ia_source *source, bool ranges)
{
    int best = 0;
    for (size_t i = 0; i < N_FORMATS; i++) {
        int score = serves(&formats[i], ranges) && formats[i].sniff
                        ? formats[i].sniff(source->bytes, source->n)
                        : 0;
        best = score > best ? score : best;
    }
    return best;
}

static size_t longest_extension(const ia_source *source, bool ranges)
{
    size_t longest = 0;
    for (size_t i = 0; source->path && i < N_FORMATS; i++) {
        size_t n =
            serves(&formats[i], ranges) ? extension_of(&formats[i], source->path) : 0;
        longest = n > longest ? n : longest;
    }
    return longest;
}

bool ia_source_is_ranges(const ia_source *source)
{
    int ranges = best_sniff(source, true), ions = best_sniff(source, false);
    if (ranges > 0 || ions > 0)
        return ranges > ions;
    return longest_extension(source, true) > longest_extension(source, false);
}

// The formats that are read as ranges or as ions: "rrng, rng, fig".
static void list_readable(bool ranges, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < N_FORMATS && used < size; i++)
        if (serves(&formats[i], ranges))
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     formats[i].name);
}

// A mark of byte order and ASCII in two bytes a character; XML is read in UTF-16, too.
static bool is_utf16(const ia_source *source)
{
    enum { LOOK_AT = 32 };
    const unsigned char *at = source->bytes;
    if (source->n < 4 || at[0] + at[1] != 0xFF + 0xFE || (at[0] != 0xFF && at[1] != 0xFF))
        return false;
    size_t low = at[0] == 0xFF ? 0 : 1;
    for (size_t i = 2; i + 1 < source->n && i < LOOK_AT; i += 2) {
        unsigned char c = at[i + low];
        bool is_ascii = (c >= ' ' && c <= '~') || (c >= '\t' && c <= '\r');
        if (at[i + 1 - low] != 0 || !is_ascii || (i == 2 && c == '<'))
            return false;
    }
    return true;
}

static ia_status fail_utf16(ia_ctx *ctx, const ia_source *source)
{
    return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                   "%s: is text in UTF-16; it is read once it is saved as UTF-8",
                   source->path ? source->path : "input");
}

static ia_status fail_unknown(ia_ctx *ctx, const ia_source *source, bool ranges)
{
    char names[256] = "";
    const char *path = source->path ? source->path : "input";
    const ia_format *other = ia_format_of(source, !ranges);
    list_readable(ranges, names, sizeof names);
    if (other && ranges)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: holds ions (%s), a range file was expected (%s)", path,
                       other->name, names);
    if (other)
        return ia_fail(ctx, IA_ERR_FORMAT,
                       "%s: holds ranges (%s), ions were expected; give it with --ranges",
                       path, other->name);
    return ia_fail(ctx, IA_ERR_FORMAT,
                   "%s: neither its bytes nor its name are of %s (%s)", path,
                   ranges ? "a range file" : "a file of ions", names);
}

// Give the result the name of its format; warn when the file's name says another.
static void note_format(ia_ctx *ctx, const ia_source *source, const ia_format *format,
                        bool ranges, char name[16])
{
    snprintf(name, 16, "%s", format->name);
    if (!source->path)
        return;
    for (size_t i = 0; i < N_FORMATS; i++)
        if (has_extension(&formats[i], source->path) && serves(&formats[i], ranges)) {
            if (!has_extension(format, source->path))
                ia_warn(ctx, "%s: named like %s, its bytes are %s and read as such",
                        source->path, formats[i].name, format->name);
            return;
        }
}

static ia_status read_ions(ia_ctx *ctx, const ia_format *format, ia_source *source,
                           ia_ions *out)
{
    ia_ions ions = {0};
    char name[16];
    if (is_utf16(source))
        return fail_utf16(ctx, source);
    if (!format && !ia_source_is_ranges(source))
        format = ia_format_of(source, false);
    if (!format)
        return fail_unknown(ctx, source, false);
    note_format(ctx, source, format, false, name);
    const char *before = ia_ctx_set_subject(ctx, source->path);
    ia_status st = format->read_ions(ctx, source, &ions);
    ia_ctx_set_subject(ctx, before);
    if (st != IA_OK)
        return st;
    if (ions.n == 0) {
        st = ia_fail(ctx, IA_ERR_EMPTY, "%s: holds no ions",
                     ions.path ? ions.path : "input");
        ia_ions_clear(&ions);
        return st;
    }
    if (!ions.format[0])
        memcpy(ions.format, name, sizeof name);
    *out = ions;
    return IA_OK;
}

ia_status ia_ions_read(ia_ctx *ctx, const char *path, ia_ions *out)
{
    ia_source source = {0};
    ia_status st = ia_source_open(ctx, path, &source);
    if (st == IA_OK)
        st = read_ions(ctx, NULL, &source, out);
    ia_source_clear(&source);
    return st;
}

ia_status ia_ions_parse(ia_ctx *ctx, const ia_format *format, const void *bytes, size_t n,
                        ia_ions *out)
{
    ia_source source = ia_source_of(bytes, n);
    if (n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "input: has 0 bytes");
    return read_ions(ctx, format, &source, out);
}

static ia_status read_ranges(ia_ctx *ctx, const ia_format *format,
                             const ia_source *source, ia_ranges *out)
{
    ia_ranges ranges = {0};
    ia_status st;
    if (is_utf16(source))
        return fail_utf16(ctx, source);
    if (!format)
        format = ia_format_of(source, true);
    if (!format)
        return fail_unknown(ctx, source, true);
    const char *before = ia_ctx_set_subject(ctx, source->path);
    st = format->read_ranges(ctx, source, &ranges);
    ia_ctx_set_subject(ctx, before);
    if (st != IA_OK)
        return st;
    note_format(ctx, source, format, true, ranges.format);
    if ((st = ia_sha256(ctx, source->bytes, source->n, ranges.sha256)) != IA_OK)
        goto done;
    if (source->path && !ranges.path && !(ranges.path = ia_text(ctx, source->path))) {
        st = IA_ERR_MEMORY;
        goto done;
    }
    *out = ranges;
    ranges = (ia_ranges){0};
done:
    ia_ranges_clear(&ranges);
    return st;
}

ia_status ia_ranges_read(ia_ctx *ctx, const char *path, ia_ranges *out)
{
    ia_source source = {0};
    ia_status st = ia_source_open(ctx, path, &source);
    if (st == IA_OK)
        st = read_ranges(ctx, NULL, &source, out);
    ia_source_clear(&source);
    return st;
}

ia_status ia_ranges_parse(ia_ctx *ctx, const ia_format *format, const void *bytes,
                          size_t n, ia_ranges *out)
{
    ia_source source = ia_source_of(bytes, n);
    if (n == 0)
        return ia_fail(ctx, IA_ERR_EMPTY, "input: has 0 bytes");
    return read_ranges(ctx, format, &source, out);
}

ia_status ia_ranges_parse_source(ia_ctx *ctx, const ia_source *source, ia_ranges *out)
{
    return read_ranges(ctx, NULL, source, out);
}

// Whether a file's ranges are of the format that its ions are: one row of the table, or
// two of one container.
static bool is_of_both(const ia_source *source)
{
    const ia_format *ions = ia_format_of(source, false);
    const ia_format *ranges = ia_format_of(source, true);
    if (!ions || !ranges || !ranges->sniff ||
        ranges->sniff(source->bytes, source->n) <= 0)
        return false;
    return strcmp(ions->extensions, ranges->extensions) == 0;
}

// The ranges as text that keeps isotopes and charges: the file around them may be huge.
static ia_status put_down(const ia_ranges *ranges, const char *path, ia_source *out)
{
    char *text = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);
    ia_status st = IA_ERR_MEMORY;
    if (stream) {
        st = ia_format_find("fig")->write_ranges(NULL, ranges, stream);
        if (fclose(stream) != 0)
            st = IA_ERR_MEMORY;
    }
    char *name = st == IA_OK ? ia_textf(NULL, "%s.fig.txt", path) : NULL;
    if (!name) {
        free(text);
        return IA_ERR_MEMORY;
    }
    *out = (ia_source){.bytes = (unsigned char *)text, .n = n, .path = name};
    return IA_OK;
}

ia_status ia_ranges_beside(ia_ctx *ctx, const char *path, ia_source *out)
{
    ia_source source = {0};
    ia_ranges ranges = {0};
    ia_ctx *trial = ia_ctx_new();
    ia_status st = trial ? ia_source_open(ctx, path, &source) : IA_ERR_MEMORY;
    if (st != IA_OK || !is_of_both(&source))
        goto done;
    st = read_ranges(trial, NULL, &source, &ranges);
    if (st == IA_OK)
        st = put_down(&ranges, path, out);
    else if (st != IA_ERR_MEMORY && st != IA_ERR_EMPTY)
        ia_warn(ctx, "its own ranges are left out: %s", ia_ctx_message(trial));
    if (st != IA_ERR_MEMORY)
        st = IA_OK;
done:
    if (st == IA_ERR_MEMORY)
        st = ia_fail(ctx, st, "%s: memory ran out", path);
    ia_ranges_clear(&ranges);
    ia_source_clear(&source);
    ia_ctx_free(trial);
    return st;
}
