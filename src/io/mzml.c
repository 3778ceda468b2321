// src/io/mzml.c: mzML and imzML, the open formats of mass spectrometry: all spectra of
// the first stage added up.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/mzml.h"

#include "io/formats_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A term that a group of terms holds, for the spectra that refer to it.
typedef struct {
    char *group, *accession, *value;
} stored_term;

typedef struct {
    ia_ctx *ctx;
    const ia_source *binary;
    ia_mass_sum *sum;
    stored_term *terms; // (n_terms) of `room`
    size_t n_terms, room;
    char *group; // the one that is open
    ia_mzml_spectrum spectrum;
    bool in_spectrum;
    int polarity;
    size_t n_spectra, n_higher; // of the first stage, of later ones
    bool has_sticks, has_profiles;
} reader;

void ia_mzml_term(ia_mzml_spectrum *spectrum, ia_mzml_array *array, const char *accession,
                  const char *value)
{
    static const struct {
        const char *accession;
        int kind, type, polarity, sticks, flag;
    } known[] = {
        {"MS:1000514", MZML_MASS, -1, 0, 0, 0},
        {"MS:1000515", MZML_INTENSITY, -1, 0, 0, 0},
        {"MS:1000523", 0, MZML_F64, 0, 0, 0},
        {"MS:1000521", 0, MZML_F32, 0, 0, 0},
        {"MS:1000519", 0, MZML_I32, 0, 0, 0},
        {"MS:1000522", 0, MZML_I64, 0, 0, 0},
        {"IMS:1000141", 0, MZML_I32, 0, 0, 0},
        {"IMS:1000142", 0, MZML_I64, 0, 0, 0},
        {"MS:1000130", 0, -1, 1, 0, 0},
        {"MS:1000129", 0, -1, -1, 0, 0},
        {"MS:1000127", 0, -1, 0, 1, 0},
        {"MS:1000128", 0, -1, 0, -1, 0},
        {"MS:1000574", 0, -1, 0, 0, 'z'},
        {"MS:1002312", 0, -1, 0, 0, 'n'},
        {"MS:1002313", 0, -1, 0, 0, 'n'},
        {"MS:1002314", 0, -1, 0, 0, 'n'},
        {"MS:1002746", 0, -1, 0, 0, 'n'},
        {"MS:1002747", 0, -1, 0, 0, 'n'},
        {"MS:1002748", 0, -1, 0, 0, 'n'},
        {"IMS:1000101", 0, -1, 0, 0, 'e'},
        {"IMS:1000102", 0, -1, 0, 0, 'o'},
        {"IMS:1000103", 0, -1, 0, 0, 'l'},
        {"IMS:1000104", 0, -1, 0, 0, 'c'},
        {"MS:1000511", 0, -1, 0, 0, 'm'},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].accession, accession) != 0)
            continue;
        uint64_t number = 0;
        ia_span_u64(ia_span_of(value), &number);
        spectrum->polarity += known[i].polarity;
        spectrum->centroids = known[i].sticks ? known[i].sticks > 0 : spectrum->centroids;
        if (known[i].flag == 'm')
            spectrum->level = number == 0 ? 1 : number < 99 ? (unsigned)number : 99;
        if (!array)
            return;
        array->kind = known[i].kind ? (unsigned)known[i].kind : array->kind;
        array->type = known[i].type >= 0 ? (unsigned)known[i].type : array->type;
        array->has_type |= known[i].type >= 0;
        array->zlib |= known[i].flag == 'z';
        array->numpress |= known[i].flag == 'n';
        array->external |= known[i].flag == 'e';
        array->offset = known[i].flag == 'o' ? number : array->offset;
        array->length = known[i].flag == 'l' ? number : array->length;
        array->encoded = known[i].flag == 'c' ? number : array->encoded;
        return;
    }
}

static void clear_spectrum(ia_mzml_spectrum *spectrum)
{
    for (size_t i = 0; i < spectrum->n_arrays; i++)
        free(spectrum->arrays[i].values);
    *spectrum = (ia_mzml_spectrum){.level = 1};
}

static void clear_reader(reader *in)
{
    clear_spectrum(&in->spectrum);
    for (size_t i = 0; i < in->n_terms; i++) {
        free(in->terms[i].group);
        free(in->terms[i].accession);
        free(in->terms[i].value);
    }
    free(in->terms);
    free(in->group);
}

static ia_mzml_array *open_array(reader *in)
{
    ia_mzml_spectrum *s = &in->spectrum;
    return s->n_arrays > 0 ? &s->arrays[s->n_arrays - 1] : NULL;
}

static ia_status store_term(reader *in, const char *accession, const char *value)
{
    if (in->n_terms == in->room) {
        size_t room = 2 * in->room + 16;
        stored_term *bigger = ia_array(in->ctx, room, sizeof *bigger);
        if (!bigger)
            return IA_ERR_MEMORY;
        if (in->n_terms > 0)
            memcpy(bigger, in->terms, in->n_terms * sizeof *bigger);
        free(in->terms);
        in->terms = bigger;
        in->room = room;
    }
    stored_term *term = &in->terms[in->n_terms++];
    *term = (stored_term){ia_text(in->ctx, in->group), ia_text(in->ctx, accession),
                          ia_text(in->ctx, value)};
    return term->group && term->accession && term->value ? IA_OK : IA_ERR_MEMORY;
}

static void refer(reader *in, const char *group, ia_mzml_array *array)
{
    for (size_t i = 0; i < in->n_terms; i++)
        if (strcmp(in->terms[i].group, group) == 0)
            ia_mzml_term(&in->spectrum, array, in->terms[i].accession,
                         in->terms[i].value);
}

static ia_status begin_array(reader *in, const ia_xml *xml)
{
    ia_mzml_spectrum *s = &in->spectrum;
    if (s->n_arrays == MZML_ARRAYS)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: a spectrum of more than %d arrays", ia_xml_line(xml),
                       MZML_ARRAYS);
    s->arrays[s->n_arrays++] = (ia_mzml_array){.kind = MZML_OTHER};
    return IA_OK;
}

static ia_status begin(void *user, const ia_xml *xml, const char *const *attributes)
{
    reader *in = user;
    if (ia_xml_is(xml, "referenceableParamGroup")) {
        free(in->group);
        in->group = ia_text(in->ctx, ia_xml_attribute(attributes, "id"));
        return in->group ? IA_OK : IA_ERR_MEMORY;
    }
    if (ia_xml_is(xml, "spectrumList/spectrum")) {
        clear_spectrum(&in->spectrum);
        in->spectrum.line = ia_xml_line(xml);
        in->spectrum.is_announced =
            ia_span_u64(ia_span_of(ia_xml_attribute(attributes, "defaultArrayLength")),
                        &in->spectrum.announced);
        in->in_spectrum = true;
    }
    if (ia_xml_is(xml, "referenceableParamGroup/cvParam"))
        return store_term(in, ia_xml_attribute(attributes, "accession"),
                          ia_xml_attribute(attributes, "value"));
    if (!in->in_spectrum)
        return IA_OK;
    bool in_array = ia_xml_is(xml, "binaryDataArray/cvParam") ||
                    ia_xml_is(xml, "binaryDataArray/referenceableParamGroupRef");
    ia_mzml_array *array = in_array ? open_array(in) : NULL;
    if (ia_xml_is(xml, "binaryDataArrayList/binaryDataArray"))
        return begin_array(in, xml);
    if (ia_xml_is(xml, "cvParam"))
        ia_mzml_term(&in->spectrum, array, ia_xml_attribute(attributes, "accession"),
                     ia_xml_attribute(attributes, "value"));
    if (ia_xml_is(xml, "referenceableParamGroupRef"))
        refer(in, ia_xml_attribute(attributes, "ref"), array);
    return IA_OK;
}

// The part of the file beside that an array lies in.
static ia_status read_external(reader *in, size_t line, ia_mzml_array *array)
{
    if (!in->binary)
        return ia_fail(in->ctx, IA_ERR_UNSUPPORTED,
                       "line %zu: its numbers lie in another file (.ibd), which only an "
                       "imzML file on disk has beside it",
                       line);
    uint64_t width = array->type == MZML_F64 || array->type == MZML_I64 ? 8 : 4;
    uint64_t n = array->encoded                           ? array->encoded
                 : array->length <= in->binary->n / width ? array->length * width
                                                          : in->binary->n + 1;
    if (array->offset > in->binary->n || n > in->binary->n - array->offset)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: %llu bytes from byte %llu on, the file beside has %zu",
                       line, (unsigned long long)n, (unsigned long long)array->offset,
                       in->binary->n);
    return ia_mzml_unpack(in->ctx, line, in->binary->bytes + array->offset, (size_t)n,
                          array);
}

static ia_status end_binary(reader *in, const ia_xml *xml, ia_span text)
{
    ia_mzml_array *array = open_array(in);
    if (!array || array->kind == MZML_OTHER || in->spectrum.level != 1)
        return IA_OK;
    if (array->external || (in->binary && text.n == 0))
        return read_external(in, ia_xml_line(xml), array);
    return ia_mzml_decode(in->ctx, ia_xml_line(xml), text, array);
}

static const ia_mzml_array *array_of(const ia_mzml_spectrum *spectrum, unsigned kind)
{
    for (size_t i = 0; i < spectrum->n_arrays; i++)
        if (spectrum->arrays[i].kind == kind && spectrum->arrays[i].values)
            return &spectrum->arrays[i];
    return NULL;
}

static ia_status add_spectrum(reader *in)
{
    ia_mzml_spectrum *s = &in->spectrum;
    const ia_mzml_array *mass = array_of(s, MZML_MASS);
    const ia_mzml_array *intensity = array_of(s, MZML_INTENSITY);
    int polarity = s->polarity > 0 ? 1 : s->polarity < 0 ? -1 : 0;
    if (!mass || !intensity)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: a spectrum without m/z and intensities", s->line);
    if (mass->n != intensity->n)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: %zu m/z and %zu intensities in one spectrum", s->line,
                       mass->n, intensity->n);
    // Programs that write imzML leave 0 here; its arrays say themselves how long they
    // are.
    if (!in->binary && s->is_announced && mass->n != s->announced)
        return ia_fail(in->ctx, IA_ERR_FORMAT,
                       "line %zu: %zu values in a spectrum that announces %llu", s->line,
                       mass->n, (unsigned long long)s->announced);
    if (in->n_spectra++ > 0 && polarity != in->polarity)
        return ia_fail(in->ctx, IA_ERR_UNSUPPORTED,
                       "line %zu: positive and negative ions in one file", s->line);
    in->polarity = polarity;
    in->has_sticks |= s->centroids;
    in->has_profiles |= !s->centroids;
    in->sum->centroids = in->has_sticks && !in->has_profiles;
    const char *before = ia_ctx_set_subject(in->ctx, NULL);
    char *subject = ia_textf(in->ctx, "%s%sline %zu", before ? before : "",
                             before ? ": " : "", s->line);
    ia_ctx_set_subject(in->ctx, subject);
    ia_status st = subject ? ia_mass_sum_add(in->ctx, in->sum, mass->values,
                                             intensity->values, mass->n)
                           : IA_ERR_MEMORY;
    ia_ctx_set_subject(in->ctx, before);
    free(subject);
    return st;
}

static ia_status end(void *user, const ia_xml *xml, ia_span text)
{
    reader *in = user;
    if (!in->in_spectrum)
        return IA_OK;
    if (ia_xml_is(xml, "binaryDataArray/binary"))
        return end_binary(in, xml, text);
    if (!ia_xml_is(xml, "spectrumList/spectrum"))
        return IA_OK;
    in->in_spectrum = false;
    if (in->spectrum.level == 1)
        return add_spectrum(in);
    in->n_higher++;
    return IA_OK;
}

ia_status ia_mzml_sum(ia_ctx *ctx, const ia_source *document, const ia_source *binary,
                      ia_mass_sum *sum, int *polarity)
{
    static const ia_xml_handler handler = {begin, end};
    reader in = {.ctx = ctx, .binary = binary, .sum = sum};
    ia_span text = {(const char *)document->bytes, document->n};
    ia_status st = ia_xml_parse(ctx, text, 1, &handler, &in);
    if (st == IA_OK && in.n_spectra == 0)
        st = ia_fail(ctx, IA_ERR_EMPTY, "holds no spectrum of the first stage");
    if (st == IA_OK && in.n_higher > 0)
        ia_warn(ctx, "%zu spectra of later stages (fragments) are left out", in.n_higher);
    if (st == IA_OK && in.has_sticks)
        ia_warn(ctx, "its spectra are lists of peaks: widths and background are lost");
    *polarity = in.polarity;
    clear_reader(&in);
    return st;
}

static ia_status give(ia_ctx *ctx, ia_source *source, const ia_source *binary,
                      ia_ions *out)
{
    ia_mass_sum sum = {0};
    ia_bins bins = {0};
    int polarity = 0;
    ia_status st;
    if ((st = ia_mzml_sum(ctx, source, binary, &sum, &polarity)) != IA_OK ||
        (st = ia_mass_sum_bins(ctx, &sum, &bins)) != IA_OK)
        goto done;
    if ((st = ia_bins_give(ctx, source, &bins, out)) == IA_OK)
        out->polarity = polarity;
done:
    ia_bins_clear(&bins);
    ia_mass_sum_clear(&sum);
    return st;
}

int ia_mzml_sniff(const unsigned char *bytes, size_t n)
{
    return ia_xml_mentions(bytes, n, "<mzML") && !ia_xml_mentions(bytes, n, "IMS:1000")
               ? 95
               : 0;
}

ia_status ia_mzml_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    return give(ctx, source, NULL, out);
}

int ia_imzml_sniff(const unsigned char *bytes, size_t n)
{
    return ia_xml_mentions(bytes, n, "<mzML") && ia_xml_mentions(bytes, n, "IMS:1000")
               ? 96
               : 0;
}

// "sample.imzML" has its numbers in "sample.ibd".
static ia_status open_binary(ia_ctx *ctx, const ia_source *source, ia_source *out)
{
    const char *path = source->path;
    const char *dot = path ? strrchr(path, '.') : NULL;
    if (!dot || strchr(dot, '/'))
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "the numbers of imzML lie in a file beside it (.ibd): give the "
                       "file itself, named .imzML");
    static const char *const endings[] = {"ibd", "IBD"};
    ia_status st = IA_ERR_IO;
    for (size_t i = 0; st == IA_ERR_IO && i < 2; i++) {
        char *beside = ia_textf(ctx, "%.*s.%s", (int)(dot - path), path, endings[i]);
        if (!beside)
            return IA_ERR_MEMORY;
        st = ia_source_open(NULL, beside, out);
        free(beside);
    }
    if (st != IA_OK && st != IA_ERR_MEMORY)
        return ia_fail(ctx, st,
                       "its numbers lie in a file beside it, of the same name with the "
                       "ending .ibd, which cannot be opened or is empty");
    return st;
}

ia_status ia_imzml_read(ia_ctx *ctx, ia_source *source, ia_ions *out)
{
    ia_source binary = {0};
    ia_status st = open_binary(ctx, source, &binary);
    if (st == IA_OK)
        st = give(ctx, source, &binary, out);
    ia_source_clear(&binary);
    return st;
}
