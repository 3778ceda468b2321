// src/io/xml.h: XML files element by element, without entities, types or other files.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_IO_XML_H
#define IONATLAS_IO_XML_H

#include "io/text.h"

// Where in the file the reader is. Valid during a call of a handler.
typedef struct ia_xml ia_xml;

// What is done with elements. `user` is that of ia_xml_parse; a status other than IA_OK
// (with its sentence) ends the reading. Either function may be NULL.
typedef struct {
    // `attributes` are names and values in turn, NULL behind the last.
    ia_status (*begin)(void *user, const ia_xml *xml, const char *const *attributes);
    // The text of an element, without that of the elements in it and blanks around it.
    ia_status (*end)(void *user, const ia_xml *xml, ia_span text);
} ia_xml_handler;

// Read a document: UTF-8 whatever its first line claims, unless its bytes are UTF-16.
// Lines count from `first_line`. IA_ERR_FORMAT with the line for what is no sound XML,
// declares a document type (so that no entity can be made up) or nests deeper than 256.
ia_status ia_xml_parse(ia_ctx *ctx, ia_span document, size_t first_line,
                       const ia_xml_handler *handler, void *user);

// Line of the tag that the handler was called for.
size_t ia_xml_line(const ia_xml *xml);
// Elements around and including the innermost one, 1 for the root.
size_t ia_xml_depth(const ia_xml *xml);
// Whether the names of the innermost elements are these: "Formula/Element/Name".
bool ia_xml_is(const ia_xml *xml, const char *path);
// The value of an attribute, "" when there is none.
const char *ia_xml_attribute(const char *const *attributes, const char *name);

// Whether bytes begin like XML and their first 64 KiB hold the word, in UTF-8 or UTF-16.
bool ia_xml_mentions(const unsigned char *bytes, size_t n, const char *word);

#endif
