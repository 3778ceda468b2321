// tests/unit/test_report_crystal.c: figures of lattice planes and of the detector.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "crystal_case.h"

static const char *const figures[] = {"sdm",     "planes", "regions",
                                      "fourier", "maps",   "poles"};
enum { N_FIGURES = sizeof figures / sizeof figures[0] };

typedef struct {
    ia_ctx *ctx;
    ia_specimen specimen;
    ia_state state;
    ia_chain chain;
} plot_case;

static void run(plot_case *c, const char *step, const void *params)
{
    CHECK_OK(c->ctx, ia_chain_run(c->ctx, &c->chain, &c->state, step, params));
}

// A small block of iron under its detector; the steps that the figures are of.
static void set_case(plot_case *c)
{
    static const crystal_case iron = {.lattice = BCC,
                                      .a = 0.2866,
                                      .sigma_xy = 0.07,
                                      .sigma_z = 0.03,
                                      .turn = {4, 0, 0},
                                      .wide = 9,
                                      .deep = 9,
                                      .efficiency = 0.5,
                                      .composition = "Fe",
                                      .seed = 3};
    *c = (plot_case){.ctx = ia_ctx_new()};
    crystal_draw(c->ctx, &iron, &c->specimen);
    c->state.ions = c->specimen.ions;
    c->specimen.ions = (ia_ions){0};
    ia_planes_params planes = ia_planes_defaults();
    ia_orientation_params orientation = ia_orientation_defaults();
    snprintf(planes.crystal, sizeof planes.crystal, "bcc:0.2866");
    snprintf(orientation.crystal, sizeof orientation.crystal, "bcc");
    orientation.n_random = 19;
    run(c, "read", NULL);
    run(c, "fourier", NULL);
    run(c, "sdm", NULL);
    run(c, "planes", &planes);
    run(c, "hitmap", NULL);
    run(c, "poles", NULL);
    run(c, "orientation", &orientation);
}

static void clear_case(plot_case *c)
{
    ia_chain_clear(&c->chain);
    ia_state_clear(&c->state);
    ia_specimen_clear(&c->specimen);
    ia_ctx_free(c->ctx);
}

static void check_file(const char *path, const char *part)
{
    size_t n;
    char *text = (char *)read_bytes(path, &n);
    text[n] = 0;
    if (!strstr(text, part))
        fail_msg("no '%s' in %.500s", part, text);
    free(text);
    unlink(path);
}

static void scripts_hold_what_was_found(void **unused)
{
    static const char *const parts[N_FIGURES] = {"planes 0.143",
                                                 "set label \"200\" at",
                                                 "turn from the grain at z",
                                                 "intensity, 1: ions at random",
                                                 "detector x (mm)",
                                                 "detector x (mm)"};
    (void)unused;
    plot_case c;
    set_case(&c);
    for (size_t i = 0; i < N_FIGURES; i++) {
        const char *path = scratch("figure.gp");
        CHECK_OK(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, figures[i], path));
        check_file(path, parts[i]);
        CHECK_STARVED(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, figures[i], path),
                      unlink(path));
    }
    clear_case(&c);
}

// Each map has its own colours: a constant one a range about it; of the spatial signal
// the title says what chance gives.
static void maps_have_ranges_of_their_own(void **unused)
{
    (void)unused;
    plot_case c;
    size_t n, ranges = 0, maps = 0;
    set_case(&c);
    ia_hitmap *map = &c.state.hitmap;
    for (size_t kind = IA_MAP_MULTIPLES; kind <= IA_MAP_SIGNAL; kind++) {
        if (!map->values[kind])
            map->values[kind] = calloc(map->cells * map->cells, sizeof(double));
        for (size_t i = 0; i < map->cells * map->cells; i++)
            map->values[kind][i] = kind == IA_MAP_MANY ? 0 : kind == IA_MAP_FEW ? 3 : -2;
    }
    map->signal_null = 353;
    ia_combined_map_clear(&c.state.combined);
    c.state.combined =
        (ia_combined_map){.is_known = true,
                          .n_cells = map->cells * map->cells,
                          .contrast = 3.25,
                          .values = calloc(map->cells * map->cells, sizeof(double))};
    const char *path = scratch("maps.gp");
    CHECK_OK(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "maps", path));
    char *text = (char *)read_bytes(path, &n);
    text[n] = 0;
    for (const char *at = text; (at = strstr(at, "set cbrange")); at++)
        ranges++;
    for (size_t kind = 0; kind < IA_N_MAPS; kind++)
        maps += map->values[kind] != NULL;
    assert_int_equal(ranges, maps + 1);
    assert_non_null(strstr(text, "'combined (contrast 3.25)'\nplot $map7 matrix"));
    assert_non_null(strstr(text, "set cbrange [0:1]"));
    assert_non_null(strstr(text, "set cbrange [0:6]"));
    assert_non_null(strstr(text, "set cbrange [-4:0]"));
    assert_non_null(strstr(text, "'planes in depth (chance: 353)'"));
    free(text);
    unlink(path);
    clear_case(&c);
}

static void gnuplot_draws_each_figure(void **unused)
{
    (void)unused;
    if (system("gnuplot --version > /dev/null 2>&1") != 0) {
        print_message("gnuplot is not installed: figures are not drawn\n");
        skip();
    }
    plot_case c;
    set_case(&c);
    for (size_t i = 0; i < N_FIGURES; i++) {
        const char *path = scratch("figure.svg");
        CHECK_OK(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, figures[i], path));
        check_file(path, "</svg>");
    }
    // Planes without names, and a crystal that no grain is oriented in.
    for (int known = 0; known < 2; known++) {
        ia_planes_params p = ia_planes_defaults();
        snprintf(p.crystal, sizeof p.crystal, "%s", known ? "fcc:0.9" : "");
        const char *path = scratch("plain.svg");
        run(&c, "planes", &p);
        CHECK_OK(c.ctx, ia_plot(c.ctx, &c.state, &c.chain, "planes", path));
        check_file(path, "</svg>");
    }
    clear_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_hold_what_was_found),
        cmocka_unit_test(maps_have_ranges_of_their_own),
        cmocka_unit_test(gnuplot_draws_each_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
