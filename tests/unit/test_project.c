// tests/unit/test_project.c: projects keep all, grow, refuse, survive and repeat.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/nxs.h"

#include "project_case.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static const char ranges_b[] = "[Ions]\nNumber=1\nIon1=Fe\n"
                               "[Ranges]\nNumber=1\n"
                               "Range1=27.8 28.2 Vol:0.01178 Fe:1 Color:FF00FF\n";
static const char told[] = "start_time: 2021-03-01T12:30:00Z\noperation_mode: apt\n"
                           "specimen: {is_simulation: true, alias: test}\n"
                           "user: [{name: Ada}, {name: Erwin}]\n"
                           "pulse: {mode: voltage}\nstage: {temperature: 50}\n";

// HDF5 loses memory when it meets a damaged header; that is not ours to free.
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ionatlas_test_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/p.nxs", folder);
    return 0;
}

static size_t count_files(void)
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    return rmdir(folder);
}

// A state of that seed, analysed as far as `last` and written.
static ia_status write_case(ia_ctx *ctx, uint64_t seed, const char *ranges,
                            const char *last, bool force)
{
    ia_state state;
    ia_chain chain = {0};
    make_state(70000, seed, ranges, &state);
    run_steps(ctx, &state, &chain, last);
    ia_ctx *own = ctx ? NULL : ia_ctx_new();
    ia_status st = ia_project_write(ctx ? ctx : own, path, &state, &chain, NULL, force);
    if (own && st != IA_OK)
        print_message("%s\n", ia_ctx_message(own));
    ia_ctx_free(own);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    return st;
}

static size_t n_steps(void)
{
    ia_result history = {0};
    assert_int_equal(ia_project_history(NULL, path, &history), IA_OK);
    size_t n = ia_result_find(&history, "steps")->n_rows;
    ia_result_clear(&history);
    return n;
}

static bool is_sound(void)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    bool sound = false;
    if (ia_project_verify(ctx, path, &result, &sound) != IA_OK)
        print_message("verify: %s\n", ia_ctx_message(ctx));
    ia_result_clear(&result);
    ia_ctx_free(ctx);
    return sound;
}

static const char *cell(const ia_result *result, const char *table, const char *column,
                        size_t row)
{
    const ia_table *t = ia_result_find(result, table);
    return ((char **)ia_table_find(t, column)->data)[row];
}

static void every_column_comes_back(void **unused)
{
    (void)unused;
    ia_state state, back;
    ia_chain chain = {0};
    make_state(70000, 1, ranges_a, &state);
    run_steps(NULL, &state, &chain, "composition");
    assert_int_equal(ia_project_write(NULL, path, &state, &chain, NULL, false), IA_OK);
    assert_true(ia_project_is(path));
    assert_int_equal(ia_project_load(NULL, path, &back), IA_OK);
    assert_int_equal(back.ions.n, state.ions.n);
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++) {
        const ia_column_kind *kind = ia_column_kind_of(id);
        assert_memory_equal(ia_ions_values(&back.ions, id),
                            ia_ions_values(&state.ions, id),
                            state.ions.n * kind->width * 4);
    }
    assert_string_equal(back.ions.sha256, state.ions.sha256);
    assert_string_equal(back.ions.format, "epos");
    assert_string_equal(back.ions.path, "specimen.epos");
    assert_int_equal(back.ranges_file.n, strlen(ranges_a));
    assert_memory_equal(back.ranges_file.bytes, ranges_a, back.ranges_file.n);
    ia_state_clear(&back);
    // Any verb takes a project as its input.
    ia_ions ions = {0};
    assert_int_equal(ia_ions_read(NULL, path, &ions), IA_OK);
    assert_string_equal(ions.format, "nxs");
    assert_int_equal(ions.n, state.ions.n);
    ia_ions_clear(&ions);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
}

static void steps_are_repeated_with_the_same_bits(void **unused)
{
    (void)unused;
    assert_int_equal(write_case(NULL, 1, ranges_a, "composition", false), IA_OK);
    ia_ctx *ctx = ia_ctx_new();
    ia_result result = {0};
    bool same = false;
    ia_status st = ia_project_rerun(ctx, path, &result, &same);
    if (st != IA_OK)
        fail_msg("%s", ia_ctx_message(ctx));
    const ia_table *steps = ia_result_find(&result, "steps");
    for (size_t i = 0; i < steps->n_rows; i++)
        if (strcmp(cell(&result, "steps", "same", i), "yes") != 0)
            fail_msg("step %s %s differs", cell(&result, "steps", "method", i),
                     cell(&result, "steps", "result", i));
    assert_true(same);
    assert_true(steps->n_rows > 20);
    assert_string_equal(cell(&result, "rerun", "compared", 0), "bits");
    ia_result_clear(&result);
    ia_ctx_free(ctx);
}

static void the_same_input_gains_steps(void **unused)
{
    (void)unused;
    assert_int_equal(write_case(NULL, 1, ranges_a, "spectrum", false), IA_OK);
    assert_int_equal(n_steps(), 3);
    assert_int_equal(write_case(NULL, 1, ranges_a, "spectrum", false), IA_OK);
    assert_int_equal(n_steps(), 3); // nothing is stored twice
    assert_int_equal(write_case(NULL, 1, ranges_a, "composition", false), IA_OK);
    assert_int_equal(n_steps(), 5);
    // Another range file: `read` is known, the others are new.
    assert_int_equal(write_case(NULL, 1, ranges_b, "range", false), IA_OK);
    assert_int_equal(n_steps(), 6);
    assert_true(is_sound());
    ia_result result = {0};
    bool same = false;
    assert_int_equal(ia_project_rerun(NULL, path, &result, &same), IA_OK);
    assert_true(same);
    ia_result_clear(&result);
}

static void another_input_is_refused(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    assert_int_equal(write_case(NULL, 1, ranges_a, "read", false), IA_OK);
    assert_int_equal(write_case(ctx, 2, ranges_a, "read", false), IA_ERR_PARAM);
    assert_non_null(strstr(ia_ctx_message(ctx), "specimen.epos"));
    assert_non_null(strstr(ia_ctx_message(ctx), "--force"));
    ia_ctx_reset(ctx);
    assert_int_equal(write_case(ctx, 2, ranges_a, "range", true), IA_OK);
    assert_string_equal(ia_ctx_message(ctx), "");
    assert_int_equal(n_steps(), 2);
    // So is the same input, read in another way.
    ia_state state;
    ia_chain chain = {0};
    ia_read_params read = ia_read_defaults();
    read.flip_x = true;
    make_state(70000, 2, ranges_a, &state);
    assert_int_equal(ia_chain_run(ctx, &chain, &state, "read", &read), IA_OK);
    assert_int_equal(ia_project_write(ctx, path, &state, &chain, NULL, false),
                     IA_ERR_PARAM);
    assert_non_null(strstr(ia_ctx_message(ctx), "flip_x"));
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
    assert_int_equal(count_files(), 1);
}

static void a_file_of_somebody_else_is_kept(void **unused)
{
    (void)unused;
    write_bytes(path, "my thesis", 9);
    ia_ctx *ctx = ia_ctx_new();
    assert_false(ia_project_is(path));
    assert_int_equal(write_case(ctx, 1, ranges_a, "read", false), IA_ERR_PARAM);
    assert_non_null(strstr(ia_ctx_message(ctx), "no project"));
    ia_ctx_reset(ctx);
    ia_result result = {0};
    bool sound;
    assert_int_equal(ia_project_verify(ctx, path, &result, &sound), IA_ERR_FORMAT);
    assert_int_equal(write_case(NULL, 1, ranges_a, "read", true), IA_OK);
    assert_true(ia_project_is(path));
    ia_ctx_free(ctx);
}

// Not even by force: a file of another program whose name ends like ours.
static void the_input_is_never_replaced(void **unused)
{
    (void)unused;
    ia_ctx *ctx = ia_ctx_new();
    ia_state state;
    ia_chain chain = {0};
    write_bytes(path, "my thesis", 9);
    make_state(100, 1, ranges_a, &state);
    free(state.ions.path);
    state.ions.path = strdup(path);
    run_steps(ctx, &state, &chain, "read");
    CHECK_FAILS(ctx, ia_project_write(ctx, path, &state, &chain, NULL, true),
                IA_ERR_PARAM, "is the input itself");
    assert_int_equal(count_files(), 1);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

static unsigned char *take_bytes(size_t *n)
{
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*n);
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    fclose(file);
    return bytes;
}

// Every place where a changed byte goes unnoticed must be one that nothing is read from.
static void changed_bytes_are_found(void **unused)
{
    (void)unused;
    size_t n, n_tried = 0, n_found = 0;
    assert_int_equal(write_case(NULL, 1, ranges_a, "composition", false), IA_OK);
    unsigned char *bytes = take_bytes(&n);
    for (size_t at = 0; at < n; at += 80021, n_tried++) {
        bytes[at] ^= 0x10;
        write_bytes(path, bytes, n);
        ia_result result = {0};
        bool sound = true;
        ia_status st = ia_project_verify(NULL, path, &result, &sound);
        assert_true(st == IA_OK || st == IA_ERR_FORMAT);
        n_found += st != IA_OK || !sound;
        ia_result_clear(&result);
        bytes[at] ^= 0x10;
    }
    free(bytes);
    assert_true(n_tried > 30);
    // HDF5 leaves gaps between its blocks; less than a twentieth of the file.
    assert_true(n_found * 20 >= n_tried * 19);
}

// A column whose header is damaged is not taken for one that the input never had.
static void damaged_headers_hide_nothing(void **unused)
{
    (void)unused;
    size_t n, n_headers = 0;
    assert_int_equal(write_case(NULL, 1, ranges_a, "range", false), IA_OK);
    unsigned char *bytes = take_bytes(&n);
    for (size_t at = 0; at + 8 < n; at++) {
        if (memcmp(bytes + at, "OHDR", 4) != 0 || n_headers++ % 5 != 0)
            continue;
        bytes[at + 6] ^= 0x10;
        write_bytes(path, bytes, n);
        ia_state state = {0};
        ia_result result = {0};
        bool sound = true;
        ia_status st = ia_project_verify(NULL, path, &result, &sound);
        assert_true(st == IA_ERR_FORMAT || !sound);
        ia_result_clear(&result);
        if (ia_project_load(NULL, path, &state) == IA_OK)
            assert_true(ia_ions_has(&state.ions, IA_XYZ) &&
                        ia_ions_has(&state.ions, IA_MASS));
        ia_state_clear(&state);
        bytes[at + 6] ^= 0x10;
    }
    free(bytes);
    assert_true(n_headers > 50);
}

static void truncated_files_are_refused(void **unused)
{
    (void)unused;
    size_t n;
    assert_int_equal(write_case(NULL, 1, ranges_a, "range", false), IA_OK);
    unsigned char *bytes = take_bytes(&n);
    for (size_t cut = 1; cut < n; cut = cut * 3 + 1) {
        ia_ctx *ctx = ia_ctx_new();
        ia_state state = {0};
        write_bytes(path, bytes, n - cut);
        assert_int_equal(ia_project_load(ctx, path, &state), IA_ERR_FORMAT);
        assert_true(strlen(ia_ctx_message(ctx)) > 20);
        ia_ctx_free(ctx);
    }
    free(bytes);
}

static void metadata_are_stored_and_what_is_unknown_is_listed(void **unused)
{
    (void)unused;
    ia_state state;
    ia_chain chain = {0};
    ia_meta meta = {0};
    ia_result result = {0};
    assert_int_equal(ia_meta_parse(NULL, told, strlen(told), &meta), IA_OK);
    make_state(1000, 1, ranges_a, &state);
    run_steps(NULL, &state, &chain, "range");
    assert_int_equal(ia_project_write(NULL, path, &state, &chain, &meta, false), IA_OK);
    // Written again without metadata: they stay.
    assert_int_equal(ia_project_write(NULL, path, &state, &chain, NULL, false), IA_OK);
    bool sound;
    assert_int_equal(ia_project_verify(NULL, path, &result, &sound), IA_OK);
    assert_true(sound);
    const ia_table *missing = ia_result_find(&result, "missing");
    bool has_pressure = false;
    for (size_t i = 0; i < missing->n_rows; i++) {
        const char *key = cell(&result, "missing", "key", i);
        has_pressure |= strcmp(key, "chamber.pressure_pa") == 0;
        assert_string_not_equal(key, "start_time");
        assert_string_not_equal(key, "pulse.mode");
        assert_string_not_equal(key, "specimen.is_simulation");
    }
    assert_true(has_pressure);
    ia_result_clear(&result);
    ia_source source;
    ia_h5 h5;
    char *text;
    assert_int_equal(ia_source_open(NULL, path, &source), IA_OK);
    assert_int_equal(ia_h5_open(NULL, path, source.bytes, source.n, &h5), IA_OK);
    assert_int_equal(ia_h5_get_text(&h5, "/entry1/user2/name", &text), IA_OK);
    assert_string_equal(text, "Erwin");
    free(text);
    assert_int_equal(ia_h5_get_text(&h5, "/entry1/specimen/atom_types", &text), IA_OK);
    assert_string_equal(text, "C,Fe");
    free(text);
    ia_h5_close(&h5);
    ia_source_clear(&source);
    ia_meta_clear(&meta);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
}

static void any_number_of_threads_stores_the_same(void **unused)
{
    (void)unused;
    ia_result checks[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        ia_ctx *ctx = ia_ctx_new();
        bool sound;
        ia_ctx_set_threads(ctx, i + 1);
        assert_int_equal(write_case(ctx, 1, ranges_a, "composition", true), IA_OK);
        assert_int_equal(ia_project_verify(ctx, path, &checks[i], &sound), IA_OK);
        unlink(path);
        ia_ctx_free(ctx);
    }
    size_t n = ia_result_find(&checks[0], "checks")->n_rows, n_equal = 0;
    assert_int_equal(n, ia_result_find(&checks[1], "checks")->n_rows);
    for (size_t i = 0; i < n; i++) {
        const char *item = cell(&checks[0], "checks", "item", i);
        bool is_record = strncmp(strrchr(item, '/'), "/process", 8) == 0; // has its time
        if (is_record)
            continue;
        assert_string_equal(cell(&checks[0], "checks", "sha256", i),
                            cell(&checks[1], "checks", "sha256", i));
        n_equal++;
    }
    assert_true(n_equal > 30);
    ia_result_clear(&checks[0]);
    ia_result_clear(&checks[1]);
}

static bool stop_later(void *user, const char *stage, double done)
{
    (void)stage;
    (void)done;
    size_t *left = user;
    return (*left)-- > 1;
}

static void a_stopped_write_leaves_the_old_file(void **unused)
{
    (void)unused;
    ia_state state;
    ia_chain chain = {0};
    assert_int_equal(write_case(NULL, 1, ranges_a, "range", false), IA_OK);
    make_state(70000, 1, ranges_a, &state);
    run_steps(NULL, &state, &chain, "composition");
    ia_status st = IA_CANCELLED;
    for (size_t k = 1; st == IA_CANCELLED; k = next_starved(k)) {
        ia_ctx *ctx = ia_ctx_new();
        size_t left = k;
        ia_ctx_set_progress(ctx, stop_later, &left);
        st = ia_project_write(ctx, path, &state, &chain, NULL, false);
        assert_int_equal(count_files(), 1);
        assert_int_equal(n_steps(), st == IA_CANCELLED ? 2 : 5);
        assert_true(k < 10000);
        ia_ctx_free(ctx);
    }
    assert_int_equal(st, IA_OK);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
}

static void a_full_disk_leaves_the_old_file(void **unused)
{
    (void)unused;
    struct rlimit before, limit;
    ia_state state;
    ia_chain chain = {0};
    size_t n;
    assert_int_equal(write_case(NULL, 1, ranges_a, "range", false), IA_OK);
    make_state(70000, 1, ranges_a, &state);
    run_steps(NULL, &state, &chain, "composition");
    free(take_bytes(&n));
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    for (size_t k = 0; k < 16; k++) {
        ia_ctx *ctx = ia_ctx_new();
        limit.rlim_cur = n * k / 16;
        setrlimit(RLIMIT_FSIZE, &limit);
        ia_status st = ia_project_write(ctx, path, &state, &chain, NULL, false);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(st, IA_ERR_IO);
        assert_non_null(strstr(ia_ctx_message(ctx), "File too large"));
        assert_int_equal(count_files(), 1);
        ia_ctx_free(ctx);
    }
    assert_true(is_sound());
    assert_int_equal(n_steps(), 2);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
}

static void memory_may_run_out_anywhere(void **unused)
{
    (void)unused;
    ia_state state;
    ia_chain chain = {0};
    make_state(50, 1, ranges_a, &state);
    run_steps(NULL, &state, &chain, "range"); // the spectrum would only take time
    for (int round = 0; round < 2; round++) { // a new file, then one that is there
        ia_status st = IA_ERR_MEMORY;
        for (size_t k = 1; st == IA_ERR_MEMORY; k = next_starved(k)) {
            ia_ctx *ctx = ia_ctx_new();
            ia_ctx_fail_alloc(ctx, k);
            st = ia_project_write(ctx, path, &state, &chain, NULL, false);
            assert_true(st == IA_OK || st == IA_ERR_MEMORY);
            assert_int_equal(count_files(), st == IA_OK || round == 1);
            ia_ctx_free(ctx);
        }
    }
    ia_status (*readers[])(ia_ctx *, const char *, ia_result *,
                           bool *) = {ia_project_verify, ia_project_rerun};
    for (size_t i = 0; i < 2; i++) {
        ia_status st = IA_ERR_MEMORY;
        for (size_t k = 1; st == IA_ERR_MEMORY; k = next_starved(k)) {
            ia_ctx *ctx = ia_ctx_new();
            ia_result result = {0};
            bool good = false;
            ia_ctx_fail_alloc(ctx, k);
            st = readers[i](ctx, path, &result, &good);
            if (st != IA_OK && st != IA_ERR_MEMORY)
                fail_msg("allocation %zu: %s", k, ia_ctx_message(ctx));
            assert_true(st == IA_OK ? good : !result.tables);
            ia_result_clear(&result);
            ia_ctx_free(ctx);
        }
        assert_int_equal(st, IA_OK);
    }
    ia_chain_clear(&chain);
    ia_state_clear(&state);
}

// IONATLAS_KILLS sets how often; a few show that it works, 200 that it always does.
static void a_killed_write_loses_nothing(void **unused)
{
    (void)unused;
    const char *wish = getenv("IONATLAS_KILLS");
    size_t n_kills = wish ? strtoul(wish, NULL, 10) : 20, n_killed = 0;
    ia_state state;
    ia_chain chain = {0};
    ia_random random = ia_random_new(4711, 0);
    assert_int_equal(write_case(NULL, 1, ranges_a, "range", false), IA_OK);
    make_state(70000, 1, ranges_a, &state);
    run_steps(NULL, &state, &chain, "composition");
    for (size_t i = 0; i < n_kills; i++) {
        pid_t child = fork();
        if (child == 0) {
            ia_project_write(NULL, path, &state, &chain, NULL, false);
            _exit(0);
        }
        struct timespec wait = {0, (long)ia_random_below(&random, 120000000)};
        nanosleep(&wait, NULL);
        kill(child, SIGKILL);
        int how;
        waitpid(child, &how, 0);
        n_killed += WIFSIGNALED(how);
        assert_true(ia_project_is(path));
        size_t n = n_steps();
        assert_true(n == 2 || n == 5);
        assert_true(is_sound());
    }
    print_message("%zu of %zu writes were killed\n", n_killed, n_kills);
    assert_int_equal(ia_project_write(NULL, path, &state, &chain, NULL, false), IA_OK);
    assert_int_equal(count_files(), 1); // drafts of the dead are gone
    ia_chain_clear(&chain);
    ia_state_clear(&state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(every_column_comes_back),
        TEST(steps_are_repeated_with_the_same_bits),
        TEST(the_same_input_gains_steps),
        TEST(another_input_is_refused),
        TEST(a_file_of_somebody_else_is_kept),
        TEST(the_input_is_never_replaced),
        TEST(changed_bytes_are_found),
        TEST(damaged_headers_hide_nothing),
        TEST(truncated_files_are_refused),
        TEST(metadata_are_stored_and_what_is_unknown_is_listed),
        TEST(any_number_of_threads_stores_the_same),
        TEST(a_stopped_write_leaves_the_old_file),
        TEST(a_full_disk_leaves_the_old_file),
        TEST(memory_may_run_out_anywhere),
        TEST(a_killed_write_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
