// src/io/xml.c: XML files element by element, without entities, types or other files.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 256, NAME_MOST = 64, PIECE = 1 << 20, LOOK_AT = 1 << 16 };

struct ia_xml {
    ia_ctx *ctx;
    XML_Parser parser;
    const ia_xml_handler *handler;
    void *user;
    ia_status st; // why reading was stopped
    size_t first_line, depth;
    char names[DEPTH_MOST][NAME_MOST]; // (depth) of the elements around, cut to fit
    char *text;                        // of the element that is open
    size_t n_text, room;
};

static void stop(ia_xml *xml, ia_status st)
{
    if (st == IA_OK)
        return;
    xml->st = st;
    XML_StopParser(xml->parser, XML_FALSE);
}

size_t ia_xml_line(const ia_xml *xml)
{
    return xml->first_line + (size_t)XML_GetCurrentLineNumber(xml->parser) - 1;
}

size_t ia_xml_depth(const ia_xml *xml)
{
    return xml->depth;
}

static bool is_name(const char *name, const char *part, size_t n)
{
    return strlen(name) == n && memcmp(name, part, n) == 0;
}

bool ia_xml_is(const ia_xml *xml, const char *path)
{
    size_t end = strlen(path);
    for (size_t depth = xml->depth; depth > 0; depth--) {
        size_t begin = end;
        while (begin > 0 && path[begin - 1] != '/')
            begin--;
        if (!is_name(xml->names[depth - 1], path + begin, end - begin))
            return false;
        if (begin == 0)
            return true;
        end = begin - 1;
    }
    return false;
}

const char *ia_xml_attribute(const char *const *attributes, const char *name)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return "";
}

static void begin_element(void *user, const XML_Char *name, const XML_Char **attributes)
{
    ia_xml *xml = user;
    if (xml->st != IA_OK)
        return;
    if (xml->depth == DEPTH_MOST) {
        stop(xml, ia_fail(xml->ctx, IA_ERR_FORMAT,
                          "line %zu: elements within elements, more than %d deep",
                          ia_xml_line(xml), DEPTH_MOST));
        return;
    }
    ia_span_copy(ia_span_of(name), xml->names[xml->depth++], NAME_MOST);
    xml->n_text = 0;
    if (xml->handler->begin)
        stop(xml, xml->handler->begin(xml->user, xml, (const char *const *)attributes));
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static ia_span trim(const char *text, size_t n)
{
    while (n > 0 && is_space(text[n - 1]))
        n--;
    for (; n > 0 && is_space(text[0]); n--)
        text++;
    return (ia_span){text, n};
}

static void end_element(void *user, const XML_Char *name)
{
    (void)name;
    ia_xml *xml = user;
    if (xml->st != IA_OK)
        return;
    if (xml->handler->end)
        stop(xml, xml->handler->end(xml->user, xml, trim(xml->text, xml->n_text)));
    xml->depth--;
    xml->n_text = 0;
}

static void take_text(void *user, const XML_Char *text, int n)
{
    ia_xml *xml = user;
    size_t added = (size_t)n;
    if (xml->st != IA_OK)
        return;
    if (xml->n_text + added > xml->room) {
        size_t room = 2 * (xml->n_text + added);
        char *bigger = ia_array(xml->ctx, room, 1);
        if (!bigger) {
            stop(xml, IA_ERR_MEMORY);
            return;
        }
        if (xml->n_text > 0)
            memcpy(bigger, xml->text, xml->n_text);
        free(xml->text);
        xml->text = bigger;
        xml->room = room;
    }
    memcpy(xml->text + xml->n_text, text, added);
    xml->n_text += added;
}

// Entities are made up in a document type; without one there are only &lt; and its like.
static void refuse_type(void *user, const XML_Char *name, const XML_Char *system_id,
                        const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    ia_xml *xml = user;
    stop(xml, ia_fail(xml->ctx, IA_ERR_FORMAT,
                      "line %zu: declares a document type, which could hold entities; "
                      "none was expected",
                      ia_xml_line(xml)));
}

// Files claim UTF-16 and are UTF-8: the bytes are asked, not the first line.
static const char *encoding_of(ia_span document)
{
    const unsigned char *at = (const unsigned char *)document.at;
    if (document.n < 2)
        return "UTF-8";
    if ((at[0] == 0xFF && at[1] == 0xFE) || (at[0] == 0xFE && at[1] == 0xFF))
        return "UTF-16";
    if (at[0] == '<' && at[1] == 0)
        return "UTF-16LE";
    return at[0] == 0 && at[1] == '<' ? "UTF-16BE" : "UTF-8";
}

static ia_status feed(ia_xml *xml, ia_span document)
{
    enum XML_Status status = XML_STATUS_OK;
    for (bool last = false; !last && status == XML_STATUS_OK;) {
        size_t n = document.n < PIECE ? document.n : PIECE;
        last = n == document.n;
        status = XML_Parse(xml->parser, document.at, (int)n, last);
        document.at += n;
        document.n -= n;
    }
    if (xml->st != IA_OK)
        return xml->st;
    if (status == XML_STATUS_OK)
        return IA_OK;
    enum XML_Error error = XML_GetErrorCode(xml->parser);
    if (error == XML_ERROR_NO_MEMORY)
        return ia_fail(xml->ctx, IA_ERR_MEMORY, "line %zu: memory ran out",
                       ia_xml_line(xml));
    return ia_fail(xml->ctx, IA_ERR_FORMAT, "line %zu: is no sound XML: %s",
                   ia_xml_line(xml), XML_ErrorString(error));
}

ia_status ia_xml_parse(ia_ctx *ctx, ia_span document, size_t first_line,
                       const ia_xml_handler *handler, void *user)
{
    ia_xml *xml = ia_array(ctx, 1, sizeof *xml);
    if (!xml)
        return IA_ERR_MEMORY;
    xml->ctx = ctx;
    xml->handler = handler;
    xml->user = user;
    xml->first_line = first_line;
    xml->parser = XML_ParserCreate(encoding_of(document));
    ia_status st;
    if (xml->parser) {
        XML_SetUserData(xml->parser, xml);
        XML_SetElementHandler(xml->parser, begin_element, end_element);
        XML_SetCharacterDataHandler(xml->parser, take_text);
        XML_SetStartDoctypeDeclHandler(xml->parser, refuse_type);
        st = feed(xml, document);
        XML_ParserFree(xml->parser);
    } else {
        st = ia_fail(ctx, IA_ERR_MEMORY, "memory ran out before the first line");
    }
    free(xml->text);
    free(xml);
    return st;
}

// The word in UTF-16 of either order, but for one zero byte at an end.
static size_t widen(const char *word, char *wide, size_t room)
{
    size_t n = 0;
    for (; *word && n + 2 <= room; word++) {
        wide[n++] = *word;
        wide[n++] = 0;
    }
    return n > 0 ? n - 1 : 0;
}

bool ia_xml_mentions(const unsigned char *bytes, size_t n, const char *word)
{
    char wide[2 * NAME_MOST];
    size_t begin = 0, n_looked = n < LOOK_AT ? n : LOOK_AT;
    while (begin < n_looked &&
           (bytes[begin] == 0 || bytes[begin] >= 0xBB || is_space((char)bytes[begin])))
        begin++; // a byte-order mark, blanks
    if (begin == n_looked || bytes[begin] != '<')
        return false;
    return memmem(bytes, n_looked, word, strlen(word)) ||
           memmem(bytes, n_looked, wide, widen(word, wide, sizeof wide));
}
