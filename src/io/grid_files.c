// src/io/grid_files.c: values by voxel as NumPy .npy and VTK's XML image .vti.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/grid_files.h"

#include <ionatlas/formats.h>

#include <stdio.h>
#include <string.h>

enum { NPY_HEADER = 128 };

static bool is_little(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

static size_t count(const ia_grid_file *g)
{
    return g->n[0] * g->n[1] * g->n[2];
}

static void put_npy(const ia_grid_file *g, FILE *stream)
{
    char text[NPY_HEADER + 1];
    int n =
        snprintf(text, sizeof text,
                 "{'descr': '%sf4', 'fortran_order': False, 'shape': (%zu, %zu, %zu), "
                 "}",
                 is_little() ? "<" : ">", g->n[2], g->n[1], g->n[0]);
    memset(text + n, ' ', (size_t)(NPY_HEADER - n));
    text[NPY_HEADER - 10 - 1] = '\n';
    fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, stream);
    fwrite(text, 1, NPY_HEADER - 10, stream);
    fwrite(g->arrays[0].values, sizeof(float), count(g), stream);
}

// Arrays follow the XML as they are, each behind its number of bytes.
static void put_vti(const ia_grid_file *g, FILE *stream)
{
    uint64_t bytes = count(g) * sizeof(float);
    fprintf(stream,
            "<?xml version=\"1.0\"?>\n<VTKFile type=\"ImageData\" version=\"1.0\" "
            "byte_order=\"%s\" header_type=\"UInt64\">\n",
            is_little() ? "LittleEndian" : "BigEndian");
    fprintf(stream,
            "<ImageData WholeExtent=\"0 %zu 0 %zu 0 %zu\" Origin=\"%.9g %.9g %.9g\" "
            "Spacing=\"%.9g %.9g %.9g\">\n",
            g->n[0] - 1, g->n[1] - 1, g->n[2] - 1, g->origin[0], g->origin[1],
            g->origin[2], g->edge, g->edge, g->edge);
    fprintf(stream, "<Piece Extent=\"0 %zu 0 %zu 0 %zu\"><PointData Scalars=\"%s\">\n",
            g->n[0] - 1, g->n[1] - 1, g->n[2] - 1, g->arrays[0].name);
    for (size_t a = 0; a < g->n_arrays; a++)
        fprintf(stream,
                "<DataArray type=\"Float32\" Name=\"%s\" format=\"appended\" "
                "offset=\"%llu\"/>\n",
                g->arrays[a].name, (unsigned long long)(a * (bytes + sizeof bytes)));
    fprintf(stream, "</PointData></Piece></ImageData>\n<AppendedData "
                    "encoding=\"raw\">\n_");
    for (size_t a = 0; a < g->n_arrays; a++) {
        fwrite(&bytes, sizeof bytes, 1, stream);
        fwrite(g->arrays[a].values, sizeof(float), count(g), stream);
    }
    fprintf(stream, "\n</AppendedData>\n</VTKFile>\n");
}

ia_status ia_grid_file_write(ia_ctx *ctx, const ia_grid_file *grid, const char *path)
{
    const char *dot = strrchr(path, '.');
    bool npy = dot && strcmp(dot, ".npy") == 0, vti = dot && strcmp(dot, ".vti") == 0;
    ia_draft *draft = NULL;
    if (!npy && !vti)
        return ia_fail(ctx, IA_ERR_PARAM, "%s: a grid is written as .npy or .vti", path);
    ia_status st = ia_draft_new(ctx, path, &draft);
    if (st != IA_OK)
        return st;
    if (npy)
        put_npy(grid, ia_draft_stream(draft));
    else
        put_vti(grid, ia_draft_stream(draft));
    return ia_draft_commit(ctx, draft); // tells of a full disk
}
