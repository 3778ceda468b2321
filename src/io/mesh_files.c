// src/io/mesh_files.c: triangles as OBJ, PLY, STL and VTK's XML.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/mesh_files.h"

#include <ionatlas/formats.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_little(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

static void put_obj(const ia_mesh_file *m, FILE *stream)
{
    fprintf(stream, "# nm\n");
    for (size_t i = 0; i < m->n_vertices; i++)
        fprintf(stream, "v %.7g %.7g %.7g\n", (double)m->xyz[3 * i],
                (double)m->xyz[3 * i + 1], (double)m->xyz[3 * i + 2]);
    for (size_t t = 0; t < m->n_triangles; t++) {
        if (t == 0 || m->labels[t] != m->labels[t - 1])
            fprintf(stream, "g object_%d\n", m->labels[t] + 1);
        fprintf(stream, "f %u %u %u\n", m->triangles[3 * t] + 1,
                m->triangles[3 * t + 1] + 1, m->triangles[3 * t + 2] + 1);
    }
}

static void put_ply(const ia_mesh_file *m, FILE *stream)
{
    fprintf(stream,
            "ply\nformat binary_%s_endian 1.0\ncomment nm\nelement vertex %zu\n"
            "property float x\nproperty float y\nproperty float z\nelement face %zu\n"
            "property list uchar uint vertex_indices\nproperty int object\nend_header\n",
            is_little() ? "little" : "big", m->n_vertices, m->n_triangles);
    fwrite(m->xyz, 3 * sizeof *m->xyz, m->n_vertices, stream);
    for (size_t t = 0; t < m->n_triangles; t++) {
        fputc(3, stream);
        fwrite(m->triangles + 3 * t, sizeof *m->triangles, 3, stream);
        fwrite(m->labels + t, sizeof *m->labels, 1, stream);
    }
}

static void put_le(uint32_t value, FILE *stream)
{
    for (int i = 0; i < 4; i++)
        fputc((int)(value >> (8 * i) & 255), stream);
}

static void put_le_float(float value, FILE *stream)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_le(bits, stream);
}

// Corners, and the normal that the format wants; little-endian whatever the machine.
static void put_stl(const ia_mesh_file *m, FILE *stream)
{
    char header[80] = "iso-surface, nm";
    fwrite(header, 1, sizeof header, stream);
    put_le((uint32_t)m->n_triangles, stream);
    for (size_t t = 0; t < m->n_triangles; t++) {
        const float *p[3];
        double u[3], w[3], normal[3], length = 0;
        for (int c = 0; c < 3; c++)
            p[c] = m->xyz + 3 * (size_t)m->triangles[3 * t + (size_t)c];
        for (int k = 0; k < 3; k++) {
            u[k] = (double)p[1][k] - (double)p[0][k];
            w[k] = (double)p[2][k] - (double)p[0][k];
        }
        for (int k = 0; k < 3; k++) {
            normal[k] = u[(k + 1) % 3] * w[(k + 2) % 3] - u[(k + 2) % 3] * w[(k + 1) % 3];
            length += normal[k] * normal[k];
        }
        for (int k = 0; k < 3; k++)
            put_le_float((float)(length > 0 ? normal[k] / sqrt(length) : 0), stream);
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < 3; k++)
                put_le_float(p[c][k], stream);
        fwrite("\0\0", 1, 2, stream);
    }
}

static void put_array_head(FILE *stream, const char *type, const char *name,
                           int components, uint64_t offset)
{
    fprintf(stream,
            "<DataArray type=\"%s\" Name=\"%s\" NumberOfComponents=\"%d\" "
            "format=\"appended\" offset=\"%llu\"/>\n",
            type, name, components, (unsigned long long)offset);
}

// Arrays behind the XML as they are, each after its number of bytes.
static void put_vtp(const ia_mesh_file *m, FILE *stream)
{
    uint64_t points = m->n_vertices * 3 * sizeof(float);
    uint64_t corners = m->n_triangles * 3 * sizeof(uint32_t);
    uint64_t ends = m->n_triangles * sizeof(uint32_t), head = sizeof(uint64_t);
    fprintf(stream,
            "<?xml version=\"1.0\"?>\n<VTKFile type=\"PolyData\" version=\"1.0\" "
            "byte_order=\"%s\" header_type=\"UInt64\">\n<PolyData>\n<Piece "
            "NumberOfPoints=\"%zu\" NumberOfPolys=\"%zu\">\n<Points>\n",
            is_little() ? "LittleEndian" : "BigEndian", m->n_vertices, m->n_triangles);
    put_array_head(stream, "Float32", "Points", 3, 0);
    fprintf(stream, "</Points>\n<Polys>\n");
    put_array_head(stream, "UInt32", "connectivity", 1, head + points);
    put_array_head(stream, "UInt32", "offsets", 1, 2 * head + points + corners);
    fprintf(stream, "</Polys>\n<CellData Scalars=\"object\">\n");
    put_array_head(stream, "Int32", "object", 1, 3 * head + points + corners + ends);
    fprintf(stream, "</CellData>\n</Piece>\n</PolyData>\n<AppendedData "
                    "encoding=\"raw\">\n_");
    fwrite(&points, sizeof points, 1, stream);
    fwrite(m->xyz, 1, points, stream);
    fwrite(&corners, sizeof corners, 1, stream);
    fwrite(m->triangles, 1, corners, stream);
    fwrite(&ends, sizeof ends, 1, stream);
    for (uint32_t t = 1; t <= m->n_triangles; t++) {
        uint32_t end = 3 * t;
        fwrite(&end, sizeof end, 1, stream);
    }
    fwrite(&ends, sizeof ends, 1, stream);
    fwrite(m->labels, 1, ends, stream);
    fprintf(stream, "\n</AppendedData>\n</VTKFile>\n");
}

ia_status ia_mesh_file_write(ia_ctx *ctx, const ia_mesh_file *mesh, const char *path)
{
    static const struct {
        const char *ending;
        void (*put)(const ia_mesh_file *, FILE *);
    } kinds[] = {
        {".obj", put_obj}, {".ply", put_ply}, {".stl", put_stl}, {".vtp", put_vtp}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++) {
        ia_draft *draft = NULL;
        if (strcmp(dot, kinds[i].ending) != 0)
            continue;
        ia_status st = ia_draft_new(ctx, path, &draft);
        if (st != IA_OK)
            return st;
        kinds[i].put(mesh, ia_draft_stream(draft));
        return ia_draft_commit(ctx, draft); // tells of a full disk
    }
    return ia_fail(ctx, IA_ERR_PARAM,
                   "%s: a surface is written as .obj, .ply, .stl or .vtp", path);
}
