// fuzz/fuzz_nxs.c: projects: ions, steps, history and hashes of a sound project changed,
// or of whatever claims to be HDF5.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_hdf5.h"
#include "fuzz_tell.h"

#include <ionatlas/ionatlas.h>

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define ENTRY   "/entry1"
#define PROBE   ENTRY "/atom_probe1"
#define MASS    PROBE "/mass_to_charge_conversion/mass_to_charge"
#define XYZ     PROBE "/reconstruction/reconstructed_positions"
#define PULSES  PROBE "/hit_finding/pulses_since_last_event"
#define GRID    PROBE "/reconstruction/naive_discretization/data/intensity"
#define COUNTED PROBE "/ranging/mass_to_charge_distribution/mass_spectrum/intensity"
#define HASH    "5d7c0b0e3e0f8a1d2b4c6e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90123456"

#define TEXT(path, texts)                                                                \
    {                                                                                    \
        path, NULL, 0, 1, NULL, texts, F64                                               \
    }
#define TEXTS(path, n, texts)                                                            \
    {                                                                                    \
        path, NULL, n, 1, NULL, texts, F64                                               \
    }
#define NUMBER(path, at, kind)                                                           \
    {                                                                                    \
        path, NULL, 0, 1, at, NULL, kind                                                 \
    }
#define WORD(path, name, texts)                                                          \
    {                                                                                    \
        path, name, 0, 1, NULL, texts, F64                                               \
    }
#define MARK(path, name, at)                                                             \
    {                                                                                    \
        path, name, 0, 1, at, NULL, U64                                                  \
    }

static const char *const creator[] = {"ionatlas"}, *const definition[] = {"NXapm"};
static const char *const hash[] = {HASH}, *const unknown[] = {"unknown"};
static const char *const pos[] = {"pos"}, *const rrng[] = {"rrng"};
static const char *const ions_role[] = {"ions"}, *const ranges_role[] = {"ranges"};
static const char *const file[] = {"steel.pos"}, *const version[] = {"0.1.0"};
static const char *const reading[] = {"read"}, *const composing[] = {"composition"};
static const char *const when[] = {"2026-01-01T12:00:00+01:00"};
static const char *const yes[] = {"true"}, *const region[] = {"all"};
static const char *const inputs[] = {"note_ions", "note_ranges1"};
static const char *const warnings[] = {"ranges narrower than 1/2000 Da: 1", "two"};
static const char *const rows[] = {"rows"}, *const arrays[] = {"arrays"};
static const char *const f64[] = {"f64"}, *const u64[] = {"u64"},
                         *const text[] = {"text"};
static const char *const elements[] = {"Fe", "Cr", "C"}, *const tally[] = {"tally"};
static const char *const tallies[] = {"Fe:2 O:1", "Cr:1", ""};
static const double numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const double masses[] = {27.97, 55.93, 12}, zero[] = {0}, one[] = {1}, two[] = {2};
static const double three[] = {3}, seconds[] = {0.25};
static const double bytes_of_ranges[] = {'[', 'I', 'o', 'n', 's', ']', '\n'};

#define NOTE(note, role, type)                                                           \
    TEXT(ENTRY "/" note "/role", role), TEXT(ENTRY "/" note "/type", type),              \
        TEXT(ENTRY "/" note "/file_name", file), TEXT(ENTRY "/" note "/checksum", hash)
#define STEP(step, method, index)                                                        \
    TEXT(ENTRY step "/program", creator), TEXT(ENTRY step "/version", version),          \
        TEXT(ENTRY step "/build", version), TEXT(ENTRY step "/machine", unknown),        \
        TEXT(ENTRY step "/method", method), TEXT(ENTRY step "/title", method),           \
        TEXT(ENTRY step "/date", when), WORD(ENTRY step, "sha256", hash),                \
        NUMBER(ENTRY step "/sequence_index", index, U64),                                \
        NUMBER(ENTRY step "/seconds", seconds, F64)
#define PARAM(step, name, number, kind, text)                                            \
    NUMBER(ENTRY step "/parameters/" name, number, kind),                                \
        WORD(ENTRY step "/parameters/" name, "text", text)
#define TABLE(table, shape)                                                              \
    WORD(ENTRY "/process2/results/" table, "name", unknown),                             \
        WORD(ENTRY "/process2/results/" table, "shape", shape),                          \
        MARK(ENTRY "/process2/results/" table, "n_rows", three)
#define COLUMN(column, type)                                                             \
    WORD(ENTRY "/process2/results/" column, "name", unknown),                            \
        WORD(ENTRY "/process2/results/" column, "type", type),                           \
        WORD(ENTRY "/process2/results/" column, "sha256", hash)

static const planned plan[] = {
    WORD("/", "creator", creator),
    MARK("/", "layout", one),
    TEXT(ENTRY "/definition", definition),
    {MASS, NULL, 3, 1, masses, NULL, F32},
    WORD(MASS, "sha256", hash),
    {XYZ, NULL, 3, 3, numbers, NULL, F32},
    WORD(XYZ, "sha256", hash),
    {PULSES, NULL, 3, 1, numbers, NULL, U32},
    WORD(PULSES, "sha256", hash),
    {COUNTED, NULL, 12, 1, numbers, NULL, U64},
    WORD(COUNTED, "sha256", hash),
    {GRID, NULL, 3, 4, numbers, NULL, U32},
    WORD(GRID, "sha256", hash),
    NOTE("note_ions", ions_role, pos),
    NUMBER(ENTRY "/note_ions/dropped_ions", zero, U64),
    NUMBER(ENTRY "/note_ions/outside_ions", zero, U64),
    NOTE("note_ranges1", ranges_role, rrng),
    {ENTRY "/note_ranges1/data", NULL, 7, 1, bytes_of_ranges, NULL, U8},
    STEP("/process1", reading, one),
    PARAM("/process1", "drop_invalid", one, BOOL, yes),
    {ENTRY "/process1/parameters/region", NULL, 0, 1, NULL, region, F64},
    WORD(ENTRY "/process1/parameters/region", "text", region),
    TEXTS(ENTRY "/process1/inputs", 1, inputs),
    TEXTS(ENTRY "/process1/warnings", 2, warnings),
    WORD(ENTRY "/process1/results", "NX_class", unknown),
    STEP("/process2", composing, two),
    WORD(ENTRY "/process2/parameters", "NX_class", unknown),
    TEXTS(ENTRY "/process2/inputs", 2, inputs),
    {ENTRY "/process2/per_ion/label", NULL, 3, 1, numbers, NULL, I32},
    WORD(ENTRY "/process2/per_ion/label", "sha256", hash),
    TABLE("atoms", rows),
    TEXTS(ENTRY "/process2/results/atoms/element", 3, elements),
    COLUMN("atoms/element", text),
    {ENTRY "/process2/results/atoms/at", NULL, 3, 1, numbers, NULL, F64},
    COLUMN("atoms/at", f64),
    {ENTRY "/process2/results/atoms/pairs", NULL, 3, 4, numbers, NULL, U64},
    COLUMN("atoms/pairs", u64),
    MARK(ENTRY "/process2/results/atoms/pairs", "cell_rows", two),
    TEXTS(ENTRY "/process2/results/atoms/counts", 3, tallies),
    COLUMN("atoms/counts", tally),
    TABLE("profile", arrays),
    {ENTRY "/process2/results/profile/x", NULL, 3, 1, numbers, NULL, F64},
    COLUMN("profile/x", f64),
    TEXT(ENTRY "/start_time", when),
    TEXT(ENTRY "/operation_mode", unknown),
    {ENTRY "/specimen/is_simulation", NULL, 0, 1, one, NULL, BOOL},
    TEXT(ENTRY "/specimen/atom_types", unknown),
};

static void demand(bool fact)
{
    if (!fact)
        __builtin_trap();
}

static ia_status read_ions(const uint8_t *project, size_t n)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ions ions = {0};
    ia_status st = ia_ions_parse(ctx, ia_format_find("nxs"), project, n, &ions);
    demand(st == IA_OK || *ia_ctx_message(ctx));
    if (is_telling())
        tell(ctx, st, sum_of_ions(&ions));
    ia_ions_clear(&ions);
    ia_ctx_free(ctx);
    return st;
}

static uint64_t sum_of_result(const ia_result *result)
{
    ia_json_part part = {NULL, result};
    char *json = NULL;
    demand(ia_json_write(NULL, &part, 1, &json) == IA_OK);
    uint64_t sum = sum_of(0, json, strlen(json));
    free(json);
    return sum;
}

static ia_status read_steps(ia_ctx *ctx, const char *path, uint8_t which)
{
    ia_result result = {0};
    ia_state state = {0};
    bool sound;
    ia_status st;
    if (which == 1)
        st = ia_project_load(ctx, path, &state);
    else if (which == 2)
        st = ia_project_history(ctx, path, &result);
    else
        st = ia_project_verify(ctx, path, &result, &sound);
    if (is_telling())
        tell(ctx, st, which == 1 ? sum_of_ions(&state.ions) : sum_of_result(&result));
    ia_state_clear(&state);
    ia_result_clear(&result);
    return st;
}

// Projects are read from files: one in memory serves for all.
static ia_status read_project(const uint8_t *project, size_t n, uint8_t which)
{
    static int fd = -1;
    char path[64];
    if (fd < 0)
        fd = memfd_create("project", 0);
    demand(fd >= 0 && ftruncate(fd, (off_t)n) == 0 &&
           pwrite(fd, project, n, 0) == (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ia_ctx *ctx = ia_ctx_new();
    ia_status st = read_steps(ctx, path, which);
    demand(st == IA_OK || *ia_ctx_message(ctx));
    ia_ctx_free(ctx);
    return st;
}

// The first byte says how the project is read; a file of its own, which begins like HDF5,
// is read in all ways.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    bool is_file = n > 0 && bytes[0] == 0x89;
    feed f = {bytes, n};
    uint8_t first = is_file || n == 0 ? 0 : take(&f), *built = NULL;
    uint8_t last = is_file || n == 0 ? 3 : first % 4;
    if (!is_file)
        built = build(plan, sizeof plan / sizeof plan[0], f, &n);
    const uint8_t *project = is_file ? bytes : built;
    for (uint8_t which = first % 4; which <= last; which++) {
        ia_status st =
            which == 0 ? read_ions(project, n) : read_project(project, n, which);
        demand(st == IA_OK || f.n > 0 || is_file); // without changes it is sound
    }
    free(built);
    return 0;
}
