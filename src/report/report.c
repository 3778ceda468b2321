// report.c: the HTML report: the embedded page with the analysis' data put into its
// marker.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/report_internal.h"

#include <stdio.h>
#include <string.h>

// web/dist/report.html, built from web/src.
static const unsigned char template_bytes[] = {
#include "report_template.inc"
};

static const char marker[] = "@@IONATLAS_DATA@@";

// Position of the marker in the page; the page's size when there is none.
static size_t find_marker(void)
{
    const void *found =
        memmem(template_bytes, sizeof template_bytes, marker, strlen(marker));
    if (!found)
        return sizeof template_bytes;
    return (size_t)((const unsigned char *)found - template_bytes);
}

// Inside a script element "</" and "<!--" would end or hide it; in JSON "<" occurs in
// texts only, where it may be written as an escape.
static int write_escaped(const char *text, size_t n, void *stream)
{
    for (size_t begin = 0; begin < n;) {
        const char *mark = memchr(text + begin, '<', n - begin);
        size_t end = mark ? (size_t)(mark - text) : n;
        if (fwrite(text + begin, 1, end - begin, stream) != end - begin)
            return -1;
        if (mark && fputs("\\u003c", stream) < 0)
            return -1;
        begin = mark ? end + 1 : n;
    }
    return 0;
}

static ia_status write_page(ia_ctx *ctx, const json_t *data, const char *path,
                            FILE *stream)
{
    size_t before = find_marker();
    if (before == sizeof template_bytes)
        return ia_fail(
            ctx, IA_ERR_UNSUPPORTED,
            "the built-in report page has no place for data: rebuild web/dist");
    size_t after = before + strlen(marker);
    size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12);
    if (fwrite(template_bytes, 1, before, stream) != before ||
        json_dump_callback(data, write_escaped, stream, flags) != 0 ||
        fwrite(template_bytes + after, 1, sizeof template_bytes - after, stream) !=
            sizeof template_bytes - after)
        return ia_fail(ctx, IA_ERR_IO, "%s: the report could not be written", path);
    return IA_OK;
}

bool ia_report_is(const char *path)
{
    static const char title[] = "Report of an analysis by Ionatlas";
    char head[256] = "";
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return false;
    size_t n = fread(head, 1, sizeof head, stream);
    fclose(stream);
    return memmem(head, n, title, strlen(title)) != NULL;
}

ia_status ia_report_write(ia_ctx *ctx, const char *path, const ia_state *state,
                          const ia_chain *chain, const ia_meta *meta)
{
    report_input in = {.state = state, .chain = chain, .meta = meta};
    json_t *data = NULL;
    ia_draft *draft = NULL;
    ia_status st;

    if ((st = report_data(ctx, &in, &data)) != IA_OK ||
        (st = ia_draft_new(ctx, path, &draft)) != IA_OK ||
        (st = write_page(ctx, data, path, ia_draft_stream(draft))) != IA_OK)
        goto done;
    st = ia_draft_commit(ctx, draft);
    draft = NULL; // commit frees it either way
done:
    if (draft)
        ia_draft_discard(draft);
    json_decref(data);
    return st;
}
