// tests/unit/test_mesh_read.c: meshes written and read again, by hand, and files that
// lie.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"

static ia_status parse(ia_ctx *ctx, const char *name, const void *bytes, size_t n,
                       ia_mesh *out)
{
    ia_source source = ia_source_of(bytes, n);
    source.path = strdup(name);
    ia_status st = ia_mesh_parse(ctx, &source, out);
    free(source.path);
    return st;
}

static ia_status parse_text(ia_ctx *ctx, const char *name, const char *text, ia_mesh *out)
{
    return parse(ctx, name, text, strlen(text), out);
}

// Corners of triangle t, of vertex c.
static const float *corner_of(const ia_mesh *m, size_t t, size_t c)
{
    return m->xyz + 3 * (size_t)m->triangles[3 * t + c];
}

// A tetrahedron with corners that no short decimal has.
static ia_mesh tetrahedron(void)
{
    static float xyz[] = {0.1f, -1.0f / 3, 0, 12.34567f, 0, 0,
                          0,    7.7e-3f,   0, 1,         1, -25.5f};
    static uint32_t triangles[] = {0, 1, 2, 0, 3, 1, 1, 3, 2, 2, 3, 0};
    static int32_t labels[] = {0, 0, 0, 0};
    return (ia_mesh){4, 4, xyz, triangles, labels};
}

// By PLY and STL the same bits, by OBJ seven digits.
static void written_and_read_again(void **unused)
{
    (void)unused;
    static const char *const names[] = {"m.ply", "m.stl", "m.obj"};
    ia_ctx *ctx = ia_ctx_new();
    const ia_mesh m = tetrahedron();
    for (size_t i = 0; i < 3; i++) {
        ia_source source = {0};
        ia_mesh again = {.n_vertices = 0};
        CHECK_OK(ctx, ia_mesh_write(ctx, &m, scratch(names[i])));
        CHECK_OK(ctx, ia_source_open(ctx, scratch(names[i]), &source));
        CHECK_OK(ctx, ia_mesh_parse(ctx, &source, &again));
        assert_int_equal(again.n_vertices, 4);
        assert_int_equal(again.n_triangles, 4);
        for (size_t t = 0; t < 4; t++)
            for (size_t c = 0; c < 3; c++)
                for (size_t k = 0; k < 3; k++) {
                    double a = (double)corner_of(&m, t, c)[k];
                    double b = (double)corner_of(&again, t, c)[k];
                    assert_true(fabs(a - b) <= (i == 2 ? 1e-6 * fabs(a) : 0));
                }
        ia_mesh_clear(&again);
        ia_source_clear(&source);
        remove(scratch(names[i]));
    }
    ia_ctx_free(ctx);
}

// Two triangles of a square in every text: a fan of four corners, or a corner twice.
static void texts_of_a_square(void **unused)
{
    (void)unused;
    static const struct {
        const char *name, *text;
    } files[] = {
        {"a.OBJ", "# made elsewhere\nmtllib x\nv 0 0 0\nv 1 0 0\nvn 0 0 1\nv 1 1 0 1\n"
                  "v 0 1 0\ns off\nf 1/1/1 2//1 3/3 4\n"},
        {"b.obj", "v 0 0 0\r\nv 1 0 0\r\nv 1 1 0\r\nf -3 -2 -1\r\nv -0 1 0\r\nv 0 0 "
                  "-0\r\nf 5 3 4"},
        {"c.ply", "ply\nformat ascii 1.0\ncomment x\nelement face 1\nproperty uchar red\n"
                  "property list uchar int vertex_index\nelement vertex 4\n"
                  "property double x\nproperty double y\nproperty double z\n"
                  "property list uchar int names\nelement edge 1\nproperty int vertex1\n"
                  "end_header\n7 4 0 1 2 3\n0 0 0 0\n1 0 0 1 5\n1 1 0 0\n0 1 0 0\n0"},
        {"d.stl", "solid s\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n"
                  "vertex 1 1 0\nendloop\nendfacet\nfacet normal 0 0 1\nouter loop\n"
                  "vertex 0 0 0\nvertex 1e0 1 0\nvertex 0 1 0\nendloop\nendfacet\n"
                  "endsolid s\n"},
    };
    static const float square[2][9] = {{0, 0, 0, 1, 0, 0, 1, 1, 0},
                                       {0, 0, 0, 1, 1, 0, 0, 1, 0}};
    ia_ctx *ctx = ia_ctx_new();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ia_mesh m = {.n_vertices = 0};
        CHECK_OK(ctx, parse_text(ctx, files[i].name, files[i].text, &m));
        assert_int_equal(m.n_vertices, 4);
        assert_int_equal(m.n_triangles, 2);
        for (size_t t = 0; t < 2; t++)
            for (size_t c = 0; c < 3; c++)
                assert_memory_equal(corner_of(&m, t, c), square[t] + 3 * c, 12);
        ia_mesh_clear(&m);
        for (size_t n = 0; n < strlen(files[i].text); n++) // cut short anywhere
            if (parse(ctx, files[i].name, files[i].text, n, &m) == IA_OK)
                ia_mesh_clear(&m);
    }
    ia_ctx_free(ctx);
}

#define PLY_HEAD                                                                         \
    "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"      \
    "property float z\nelement face 1\nproperty list uchar int vertex_indices\n"         \
    "end_header\n"

static const struct {
    const char *name, *text;
    ia_status status;
    const char *sentence;
} lies[] = {
    {"a.xyz", "1 2 3\n", IA_ERR_UNSUPPORTED, "a.xyz: is no mesh that is known"},
    {"a.obj", "# nothing\n", IA_ERR_EMPTY, "no triangles"},
    {"a.obj", "v 0 0 0\nv 1 0 0\nv 0 nan 0\nf 1 2 3\n", IA_ERR_FORMAT,
     "line 3: vertex at 0, nan, 0"},
    {"a.obj", "v 0 0 0\nv 1 0 0\nv 0 2e6 0\nf 1 2 3\n", IA_ERR_FORMAT, "at most 1e6"},
    {"a.obj", "v 0 0 0\nv 1 0\n", IA_ERR_FORMAT, "line 2: 'v 1 0': v and three"},
    {"a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", IA_ERR_FORMAT,
     "face 1 has vertex 3 (from 0) as a corner, there are 3"},
    {"a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 0\n", IA_ERR_FORMAT, "line 4"},
    {"a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -4\n", IA_ERR_FORMAT, "line 4"},
    {"a.obj", "v 0 0 0\nv 1 0 0\nf 1 2\n", IA_ERR_FORMAT, "face 1 has 2 corners"},
    {"a.obj", "v 0 0 0\nv 1 0 0\nv 0 0 0\nf 1 2 3\n", IA_ERR_EMPTY,
     "no triangle whose corners lie in three places"},
    {"a.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", IA_ERR_FORMAT,
     "vertex 3 (from 0)"},
    {"a.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n3 0 1 -1\n", IA_ERR_FORMAT, "has -1 as"},
    {"a.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n4294967295 0 1 2\n", IA_ERR_FORMAT,
     "face 1 of 1 is cut short"},
    {"a.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1\n3 0 1 2\n", IA_ERR_FORMAT,
     "vertex 3 of 3 is cut short"},
    {"a.ply",
     "ply\nformat ascii 1.0\nelement vertex 18446744073709551615\nproperty "
     "float x\nend_header\n0\n",
     IA_ERR_FORMAT, "18446744073709551615 rows do not fit"},
    {"a.ply", "ply\nformat ascii 1.0\nelement stone 3\nend_header\n0\n", IA_ERR_FORMAT,
     "rows do not fit"},
    {"a.ply",
     "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty "
     "float y\nproperty float z\nend_header\n0 0 0\n",
     IA_ERR_EMPTY, "points only"},
    {"a.ply",
     "ply\nformat ascii 1.0\nelement face 0\nproperty list uchar int "
     "vertex_indices\nend_header\n",
     IA_ERR_FORMAT, "no x, y and z"},
    {"a.ply", "ply\nelement vertex 0\nend_header\n", IA_ERR_FORMAT, "no format"},
    {"a.ply", "ply\nproperty float x\n", IA_ERR_FORMAT, "a property of an element"},
    {"a.ply", "ply\nelement vertex 1\nproperty float x\nproperty float x\n",
     IA_ERR_FORMAT, "each property once"},
    {"a.ply", "ply\nelement vertex 1\nproperty list float\n", IA_ERR_FORMAT, "line 3"},
    {"a.ply", "ply\nformat ascii 1.0\n", IA_ERR_FORMAT, "no line 'end_header'"},
    {"a.stl", "solid\nvertex 0 0 0\n", IA_ERR_FORMAT, "in a loop"},
    {"a.stl", "solid\nouter loop\nvertex 0 0 0\nendloop\n", IA_ERR_FORMAT, "1 corners"},
    {"a.stl", "solid\nouter loop\nfacet\n", IA_ERR_FORMAT, "a line of an STL"},
    {"a.stl", "solid\nfacet normal 0 0 1\n", IA_ERR_FORMAT, "no line 'endsolid'"},
    {"a.stl", "solid\nendsolid\n", IA_ERR_EMPTY, "no triangles"},
};

static void texts_that_lie(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_mesh m = {.n_vertices = 0};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        CHECK_FAILS(ctx, parse_text(ctx, lies[i].name, lies[i].text, &m), lies[i].status,
                    lies[i].sentence);
    ia_ctx_free(ctx);
}

// Cut short anywhere, or with any byte another, bytes give a mesh or a sentence.
static void bytes_that_lie(void **unused)
{
    (void)unused;
    static const char *const names[] = {"m.ply", "m.stl"};
    ia_ctx *ctx = ia_ctx_new();
    const ia_mesh m = tetrahedron();
    for (size_t i = 0; i < 2; i++) {
        size_t n;
        CHECK_OK(ctx, ia_mesh_write(ctx, &m, scratch(names[i])));
        unsigned char *bytes = read_bytes(scratch(names[i]), &n);
        remove(scratch(names[i]));
        ia_mesh out = {.n_vertices = 0};
        for (size_t cut = 0; cut < n; cut++) {
            unsigned char *part = malloc(cut + 1); // no byte behind its end
            memcpy(part, bytes, cut);
            ia_ctx_reset(ctx);
            assert_int_not_equal(parse(ctx, names[i], part, cut, &out), IA_OK);
            assert_true(strlen(ia_ctx_message(ctx)) > 10);
            free(part);
        }
        for (size_t at = 0; at < n; at++)
            for (unsigned value = 0; value < 256; value += 51) {
                unsigned char was = bytes[at];
                bytes[at] = (unsigned char)value;
                ia_ctx_reset(ctx);
                if (parse(ctx, names[i], bytes, n, &out) == IA_OK)
                    ia_mesh_clear(&out);
                else
                    assert_true(strlen(ia_ctx_message(ctx)) > 10);
                bytes[at] = was;
            }
        free(bytes);
    }
    ia_ctx_reset(ctx);
    ia_ctx_free(ctx);
}

static ia_status read_and_clear(ia_ctx *ctx, const char *name, const char *text)
{
    ia_mesh m = {.n_vertices = 0};
    ia_status st = parse_text(ctx, name, text, &m);
    ia_mesh_clear(&m);
    return st;
}

static void memory_runs_out(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    CHECK_STARVED(ctx,
                  read_and_clear(ctx, "a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3 1\n"),
                  (void)0);
    CHECK_STARVED(ctx,
                  read_and_clear(ctx, "a.ply", PLY_HEAD "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"),
                  (void)0);
    ia_ctx_free(ctx);
}

// What is left out is told.
static void flat_triangles_are_told(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_mesh m = {.n_vertices = 0};
    CHECK_OK(ctx, parse_text(ctx, "a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3 1\n", &m));
    assert_int_equal(m.n_triangles, 1);
    assert_non_null(strstr(ia_ctx_warning(ctx, 0), "1 triangles of the mesh have two"));
    ia_mesh_clear(&m);
    ia_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read_again),
        cmocka_unit_test(texts_of_a_square),
        cmocka_unit_test(texts_that_lie),
        cmocka_unit_test(bytes_that_lie),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(flat_triangles_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
