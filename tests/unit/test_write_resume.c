// tests/unit/test_write_resume.c: writes that are killed at many places, and gone on
// with.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ions_case.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum {
    IONS = 4 * IA_COLUMN_BLOCK + 77,
    PART = 20000, // no multiple of what is written at a time: 3 marks, 7 steps
    STEPS = 7,
    PATH = 600
};

static const char one[] = "1111", other[] = "2222";

// What a write says, and when it is stopped.
typedef struct {
    char log[2000];
    int steps_left; // until it is
    bool is_killed; // or asked to stop
} watch;

static void keep_log(void *user, ia_log_level level, const char *text)
{
    watch *w = user;
    (void)level;
    snprintf(w->log + strlen(w->log), sizeof w->log - strlen(w->log), "%s\n", text);
}

static bool count_steps(void *user, const char *stage, double done)
{
    watch *w = user;
    (void)stage;
    (void)done;
    if (--w->steps_left > 0)
        return true;
    if (w->is_killed)
        raise(SIGKILL);
    return false;
}

static ia_ctx *watched(watch *w)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_ctx_set_log(ctx, IA_LOG_WARN, keep_log, w);
    ia_ctx_set_progress(ctx, count_steps, w);
    return ctx;
}

// A write of these ions in a process of its own that is killed at a step.
static void kill_write(const ia_ions *ions, const char *path, bool go_on, int step)
{
    pid_t child = fork();
    if (child == 0) {
        watch w = {.steps_left = step, .is_killed = true};
        const ia_resume resume = {one, go_on, PART};
        ia_ions_write_resume(watched(&w), ions, NULL, &resume, path);
        _exit(0);
    }
    int end;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFSIGNALED(end) && WTERMSIG(end) == SIGKILL);
}

// Go on with it; what was said, in *w.
static void go_on(const ia_ions *ions, const char *path, const char *made_of, watch *w)
{
    *w = (watch){.steps_left = 1000};
    ia_ctx *ctx = watched(w);
    const ia_resume resume = {made_of, true, PART};
    CHECK_OK(ctx, ia_ions_write_resume(ctx, ions, NULL, &resume, path));
    ia_ctx_free(ctx);
}

static void check_same_bytes(const char *path, const char *whole)
{
    size_t n, n_whole;
    unsigned char *a = read_bytes(path, &n), *b = read_bytes(whole, &n_whole);
    assert_int_equal(n, n_whole);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

// A folder of this test, its files: one to be written, one written without a break.
typedef struct {
    char folder[PATH], path[PATH], whole[PATH];
    ia_ions ions;
} bench;

static bench new_bench(const char *ending, unsigned columns)
{
    bench b = {.ions = make_ions(IONS, columns)};
    snprintf(b.folder, sizeof b.folder, "/tmp/ionatlas-resume-XXXXXX");
    assert_non_null(mkdtemp(b.folder));
    snprintf(b.path, sizeof b.path, "%.200s/a.%s", b.folder, ending);
    snprintf(b.whole, sizeof b.whole, "%.200s/whole.%s", b.folder, ending);
    assert_int_equal(ia_ions_write(NULL, &b.ions, NULL, NULL, b.whole), IA_OK);
    return b;
}

// The draft or the mark beside the file; "" for none. *n of all files that are hidden.
static size_t find_left(const bench *b, const char *ending, char out[PATH])
{
    DIR *dir = opendir(b->folder);
    size_t n = 0;
    out[0] = '\0';
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (strncmp(entry->d_name, ".a.", 3) != 0)
            continue;
        n++;
        if (strcmp(dot, ending) == 0)
            snprintf(out, PATH, "%.200s/%.200s", b->folder, entry->d_name);
    }
    closedir(dir);
    return n;
}

// It is whole, and nothing is left beside it.
static void check_done(const bench *b)
{
    char left[PATH];
    check_same_bytes(b->path, b->whole);
    assert_int_equal(find_left(b, ".draft", left), 0);
    unlink(b->path);
}

static void clear_bench(bench *b)
{
    unlink(b->whole);
    unlink(b->path);
    assert_int_equal(rmdir(b->folder), 0);
    ia_ions_clear(&b->ions);
}

// Parts end at 20,000, 40,000 and 60,000 ions, which are steps 2, 4 and 6.
static void check_every_place(const char *ending, unsigned columns)
{
    bench b = new_bench(ending, columns);
    watch w;
    for (int step = 1; step <= STEPS; step++) {
        char wanted[100], left[PATH];
        int n_marked = (step - 1) / 2;
        kill_write(&b.ions, b.path, false, step);
        assert_int_equal(access(b.path, F_OK), -1);
        assert_int_equal(find_left(&b, ".draft", left), n_marked ? 2 : 1);
        go_on(&b.ions, b.path, one, &w);
        snprintf(wanted, sizeof wanted, "goes on after %d of %d ions", n_marked * PART,
                 IONS);
        if (n_marked == 0)
            assert_string_equal(w.log, "");
        else if (!strstr(w.log, wanted))
            fail_msg("step %d: '%s' lacks '%s'", step, w.log, wanted);
        check_done(&b);
    }
    clear_bench(&b);
}

static void killed_anywhere_it_goes_on_to_the_same_bytes(void **unused)
{
    (void)unused;
    check_every_place("pos", POS_COLUMNS);
    check_every_place("epos", EPOS_COLUMNS);
    check_every_place("csv", POS_COLUMNS);
    check_every_place("tsv", POS_COLUMNS);
}

static void one_that_goes_on_may_be_killed_again(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    watch w;
    kill_write(&b.ions, b.path, false, 4);
    kill_write(&b.ions, b.path, true, 1); // nothing new
    kill_write(&b.ions, b.path, true, 4); // to 40,000
    kill_write(&b.ions, b.path, true, 3); // to 60,000
    go_on(&b.ions, b.path, one, &w);
    assert_non_null(strstr(w.log, "goes on after 60000 of"));
    check_done(&b);
    clear_bench(&b);
}

static void check_anew(const bench *b, const char *made_of, const char *why)
{
    watch w;
    go_on(&b->ions, b->path, made_of, &w);
    if (!strstr(w.log, why) || !strstr(w.log, "all is written anew"))
        fail_msg("'%s' lacks '%s'", w.log, why);
    assert_null(strstr(w.log, "goes on"));
    check_done(b);
}

static void of_other_ions_it_is_written_anew(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    kill_write(&b.ions, b.path, false, 4);
    check_anew(&b, other, "another input, other parameters");
    clear_bench(&b);
}

static void flip(const char *path, size_t at)
{
    size_t n;
    unsigned char *bytes = read_bytes(path, &n);
    assert_true(at < n);
    bytes[at] ^= 1;
    write_bytes(path, bytes, n);
    free(bytes);
}

static void each_byte_of_the_record_counts(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    size_t n = 1;
    for (size_t at = 0; at < n; at += 23) {
        char mark[PATH];
        kill_write(&b.ions, b.path, false, 4);
        find_left(&b, ".mark", mark);
        free(read_bytes(mark, &n));
        flip(mark, at);
        check_anew(&b, one, "its record is damaged");
    }
    for (size_t cut = 0; cut < n; cut += 90) {
        char mark[PATH];
        kill_write(&b.ions, b.path, false, 4);
        find_left(&b, ".mark", mark);
        assert_int_equal(truncate(mark, (off_t)cut), 0);
        check_anew(&b, one, "its record is damaged");
    }
    clear_bench(&b);
}

static void each_byte_of_the_draft_counts(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    const size_t n_marked = 16 * PART, places[] = {0, n_marked / 2 + 5, n_marked - 1};
    char draft[PATH];
    watch w;
    for (size_t i = 0; i < 3; i++) {
        kill_write(&b.ions, b.path, false, 4);
        find_left(&b, ".draft", draft);
        flip(draft, places[i]);
        check_anew(&b, one, "it is damaged");
    }
    kill_write(&b.ions, b.path, false, 4);
    find_left(&b, ".draft", draft);
    assert_int_equal(truncate(draft, (off_t)n_marked - 1), 0);
    check_anew(&b, one, "it is shorter than its record says");
    // What comes after it was never promised.
    kill_write(&b.ions, b.path, false, 4);
    find_left(&b, ".draft", draft);
    size_t n;
    unsigned char *bytes = read_bytes(draft, &n);
    unsigned char *longer = calloc(1, n_marked + 999);
    memcpy(longer, bytes, n_marked);
    write_bytes(draft, longer, n_marked + 999);
    free(longer);
    free(bytes);
    go_on(&b.ions, b.path, one, &w);
    assert_non_null(strstr(w.log, "goes on after 20000 of"));
    check_done(&b);
    clear_bench(&b);
}

static void one_that_was_asked_to_go_on_leaves_what_it_has(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    char left[PATH];
    for (int asked = 0; asked < 2; asked++) {
        watch w = {.steps_left = 6};
        ia_ctx *ctx = watched(&w);
        const ia_resume resume = {one, asked == 1, PART};
        assert_int_equal(ia_ions_write_resume(ctx, &b.ions, NULL, &resume, b.path),
                         IA_CANCELLED);
        assert_int_equal(find_left(&b, ".draft", left), asked ? 2 : 0);
        ia_ctx_free(ctx);
    }
    watch w;
    go_on(&b.ions, b.path, one, &w); // of our own number, and nobody's
    assert_non_null(strstr(w.log, "goes on after 40000 of"));
    check_done(&b);
    clear_bench(&b);
}

static void a_full_disk_is_gone_on_with_when_it_has_room(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    watch w;
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit room = {700000, 700000}; // bytes: two parts
        const ia_resume resume = {one, true, PART};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &room);
        _exit(ia_ions_write_resume(NULL, &b.ions, NULL, &resume, b.path) != IA_ERR_IO);
    }
    int end;
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end) && WEXITSTATUS(end) == 0);
    go_on(&b.ions, b.path, one, &w);
    assert_non_null(strstr(w.log, "goes on after 40000 of"));
    check_done(&b);
    clear_bench(&b);
}

// Two writes of one file at a time: neither takes the other's draft.
static bool start_another(void *user, const char *stage, double done)
{
    static bool is_started;
    const bench *b = user;
    (void)stage;
    (void)done;
    if (is_started)
        return true;
    is_started = true;
    pid_t child = fork();
    if (child == 0) {
        const ia_resume resume = {one, true, PART};
        _exit(ia_ions_write_resume(NULL, &b->ions, NULL, &resume, b->path) != IA_OK);
    }
    int end;
    waitpid(child, &end, 0);
    return WIFEXITED(end) && WEXITSTATUS(end) == 0;
}

static void a_draft_that_is_being_written_is_left_alone(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    ia_ctx *ctx = ia_ctx_new();
    const ia_resume resume = {one, false, 100}; // so that a mark is there at once
    ia_ctx_set_progress(ctx, start_another, &b);
    CHECK_OK(ctx, ia_ions_write_resume(ctx, &b.ions, NULL, &resume, b.path));
    ia_ctx_free(ctx);
    check_done(&b);
    clear_bench(&b);
}

static void what_cannot_be_gone_on_with_says_so(void **unused)
{
    (void)unused;
    bench b = new_bench("apt", POS_COLUMNS);
    check_anew(&b, one, "apt");
    clear_bench(&b);
    b = new_bench("pos", POS_COLUMNS);
    check_anew(&b, "", "ions without a hash");
    clear_bench(&b);
}

static void every_allocation_may_fail(void **unused)
{
    (void)unused;
    bench b = new_bench("pos", POS_COLUMNS);
    ia_ctx *ctx = ia_ctx_new();
    const ia_resume resume = {one, true, PART};
    kill_write(&b.ions, b.path, false, 4);
    CHECK_STARVED(ctx, ia_ions_write_resume(ctx, &b.ions, NULL, &resume, b.path),
                  (void)0);
    ia_ctx_free(ctx);
    check_done(&b);
    clear_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_anywhere_it_goes_on_to_the_same_bytes),
        cmocka_unit_test(one_that_goes_on_may_be_killed_again),
        cmocka_unit_test(of_other_ions_it_is_written_anew),
        cmocka_unit_test(each_byte_of_the_record_counts),
        cmocka_unit_test(each_byte_of_the_draft_counts),
        cmocka_unit_test(one_that_was_asked_to_go_on_leaves_what_it_has),
        cmocka_unit_test(a_full_disk_is_gone_on_with_when_it_has_room),
        cmocka_unit_test(a_draft_that_is_being_written_is_left_alone),
        cmocka_unit_test(what_cannot_be_gone_on_with_says_so),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
