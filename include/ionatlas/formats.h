// include/ionatlas/formats.h: the table of file formats, reading and writing through it.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_FORMATS_H
#define IONATLAS_FORMATS_H

#include <ionatlas/ions.h>
#include <ionatlas/ranges.h>

IA_BEGIN

// A file as bytes: mapped, read from a stream ("-" is stdin) or lent by the caller.
typedef struct {
    const unsigned char *bytes;
    size_t n;
    char *path;  // owned; for sentences
    bool mapped; // else owned memory, unless lent
    bool lent;
    struct ia_stream *stream; // private: bytes shared with the context that read them
} ia_source;

// Map a file. What can be read only once (standard input, a pipe) is read to its end; its
// bytes stay with the context, which gives them again. IA_ERR_IO for what cannot be
// opened or is no file, IA_ERR_EMPTY for no bytes, IA_CANCELLED while waiting for a pipe.
IA_API ia_status ia_source_open(ia_ctx *ctx, const char *path, ia_source *out);
IA_API ia_source ia_source_of(const void *bytes, size_t n);
IA_API void ia_source_clear(ia_source *source);

typedef struct {
    bool fill_missing; // write zeros for columns that the table lacks
} ia_write_params;
IA_API extern const ia_method ia_write_method;
IA_API ia_write_params ia_write_defaults(void);

// Ions [begin, end) of a table that is written in parts, one after another.
typedef struct {
    size_t begin, end;
    bool is_first; // in this call: what is to be said of the whole is said with it
} ia_part;

// One row per format. Functions are NULL for what a format does not hold.
typedef struct ia_format {
    const char *name;       // "pos"
    const char *title;      // "POS: positions and m/n, big-endian float32"
    const char *extensions; // "pos|..." lower case, "" for none
    // How sure the bytes are this format: 0 no, 50 plausible, 100 certain.
    int (*sniff)(const unsigned char *bytes, size_t n);
    // Takes over `source` when it succeeds (columns may borrow from it); else leaves it
    // alone.
    ia_status (*read_ions)(ia_ctx *ctx, ia_source *source, ia_ions *out);
    ia_status (*read_ranges)(ia_ctx *ctx, const ia_source *source, ia_ranges *out);
    unsigned columns; // those it can write, bit (1u << id); the others are lost
    unsigned needed;  // those it cannot do without
    ia_status (*write_ions)(ia_ctx *ctx, const ia_ions *ions, void *stream);
    // Parts one after another are the bytes of write_ions; NULL where it is not so
    // simple.
    ia_status (*write_part)(ia_ctx *ctx, const ia_ions *ions, const ia_part *part,
                            void *stream);
    ia_status (*write_ranges)(ia_ctx *ctx, const ia_ranges *ranges, void *stream);
} ia_format;

// All formats; *n of them. Static.
IA_API const ia_format *ia_formats(size_t *n);
IA_API const ia_format *ia_format_find(const char *name);
// The format of a file by its bytes first, then by its extension. NULL when nothing fits.
IA_API const ia_format *ia_format_of(const ia_source *source, bool ranges);
// True when the bytes look more like ranges than like ions; where they say nothing, when
// the name does: "a.rng", and "a.fig.txt" though "a.txt" is a name of ions.
IA_API bool ia_source_is_ranges(const ia_source *source);
// The format for a file to be written, by its extension; NULL when none is known.
IA_API const ia_format *ia_format_for(const char *path, bool ranges);

// Read ions or ranges from a file, recognised by content, then by extension; or from
// bytes, with `format` NULL to have it recognised. IA_ERR_IO, IA_ERR_FORMAT (with the
// byte or line), IA_ERR_EMPTY, IA_ERR_UNSUPPORTED. Ions of POS and EPOS stay mapped: no
// memory per ion.
IA_API ia_status ia_ions_read(ia_ctx *ctx, const char *path, ia_ions *out);
IA_API ia_status ia_ions_parse(ia_ctx *ctx, const ia_format *format, const void *bytes,
                               size_t n, ia_ions *out);
IA_API ia_status ia_ranges_read(ia_ctx *ctx, const char *path, ia_ranges *out);
IA_API ia_status ia_ranges_parse(ia_ctx *ctx, const ia_format *format, const void *bytes,
                                 size_t n, ia_ranges *out);
IA_API ia_status ia_ranges_parse_source(ia_ctx *ctx, const ia_source *source,
                                        ia_ranges *out);

// The ranges that a file of ions holds beside them (NXapm, PLY with species), as text in
// fig.txt; empty, with IA_OK, when there are none. Some that cannot be read are left out
// with a warning.
IA_API ia_status ia_ranges_beside(ia_ctx *ctx, const char *path, ia_source *out);

// Write beside and rename: an interrupted write leaves what was there. "-" is stdout, in
// `format`. A column that the format needs and the table lacks is IA_ERR_UNSUPPORTED with
// its name unless params->fill_missing. NULL format: by extension.
IA_API ia_status ia_ions_write(ia_ctx *ctx, const ia_ions *ions, const ia_format *format,
                               const ia_write_params *params, const char *path);
// How a write that takes long goes on where another one was killed.
typedef struct {
    const char *made_of; // 64 hex digits of whatever the ions' values depend on; "":
                         // not known
    bool go_on;          // from what a killed write of the same left, where there is any
    size_t part;         // ions until the next place to go on from; 0: 2^20
} ia_resume;
/*
   As ia_ions_write, with a record beside the draft of how far it is whole: after each
   part, once its bytes are on the disk. With `go_on` a draft that nobody writes any more
   is verified (O(n) reading of it) and gone on with: the file has the bytes that a write
   without a break has. A warning says why one is not: another made_of, ions, format or
   version, a record or a draft that is damaged; it is written anew then. A write with
   `go_on` that fails or is stopped leaves draft and record. Formats that are not written
   in parts, "-" and what is made of nobody knows what are written as by ia_ions_write.
*/
IA_API ia_status ia_ions_write_resume(ia_ctx *ctx, const ia_ions *ions,
                                      const ia_write_params *params,
                                      const ia_resume *resume, const char *path);
// What ia_ions_write would say of ions with these columns (1u << id each), before they
// are there to be written.
IA_API ia_status ia_ions_write_check(ia_ctx *ctx, unsigned columns,
                                     const ia_format *format,
                                     const ia_write_params *params, const char *path);
IA_API unsigned ia_ions_columns(const ia_ions *ions);
IA_API ia_status ia_ranges_write(ia_ctx *ctx, const ia_ranges *ranges,
                                 const ia_format *format, const char *path);

// A file written beside its place and renamed into it. commit: flush, sync, rename; an
// IA_ERR_IO leaves the old file. discard: remove the half-written one. Either frees.
typedef struct ia_draft ia_draft;
IA_API ia_status ia_draft_new(ia_ctx *ctx, const char *path, ia_draft **out);
// Whether a draft can take this place: its folder is there and may be written, and
// nothing or a file is at the place, no folder or device.
IA_API ia_status ia_draft_check(ia_ctx *ctx, const char *path);
IA_API void *ia_draft_stream(ia_draft *draft);           // FILE *
IA_API const char *ia_draft_path(const ia_draft *draft); // of the half-written file
IA_API ia_status ia_draft_commit(ia_ctx *ctx, ia_draft *draft);
IA_API void ia_draft_discard(ia_draft *draft);

// Write an (n, width) column as NumPy .npy version 1.0, little-endian.
IA_API ia_status ia_npy_write(ia_ctx *ctx, const ia_column *column, const char *path);

IA_END
#endif
