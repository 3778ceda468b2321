// tests/unit/test_nexus.c: projects are what the NeXus definitions of NXapm ask for.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include "nexus_check.h"
#include "project_case.h"

// Everything that can be told, so that nothing required is missing.
static const char all[] =
    "start_time: 2021-03-01T12:30:00+01:00\nend_time: 2021-03-01T18:30:00+01:00\n"
    "operation_mode: apt\nrun_number: 4711\nlicence: CC-BY-4.0\n"
    "experiment: {alias: e, description: d}\ncitation: {doi: 10.1/2, author: Ada}\n"
    "user: [{name: Ada, orcid: 0000-0002-1825-0097, email: a@b.c, role: operator}]\n"
    "sample: {alias: s, is_simulation: true, description: alloy}\n"
    "specimen: {is_simulation: true, alias: t, description: tip, identifier_parent: s,\n"
    "  preparation_date: 2021-02-01T10:00:00Z, is_polycrystalline: true,\n"
    "  is_amorphous: false, initial_radius: 25, shank_angle_deg: 5}\n"
    "measurement: {status: success, quality: good}\n"
    "instrument: {type: LEAP, location: here, flight_path_mm: 90, vendor: v, model: m,\n"
    "  serial_number: n, reflectron: true, local_electrode: L1}\n"
    "pulse: {mode: laser, frequency_khz: 200, fraction: 0.2}\n"
    "laser: {wavelength: 355, power_w: 0.1, pulse_energy_pj: 50}\n"
    "stage: {temperature: 50}\nchamber: {pressure_pa: 1e-9}\n"
    "control: {evaporation: constant detection rate, target_detection_rate: 0.005}\n";

// Oxygen has no range.
static const char listed_only[] = "[Ions]\nNumber=3\nIon1=O\nIon2=Fe\nIon3=C\n"
                                  "[Ranges]\nNumber=2\n"
                                  "Range1=27.9 28.1 Vol:0.01178 Fe:1 Color:FF00FF\n"
                                  "Range2=5.9 6.1 Vol:0.009 C:1 Color:00FF00\n";

static nexus_table table;
static nexus_check check = {.table = &table};
static char folder[64], path[96];

static int set_up(void **state)
{
    (void)state;
    if (!table.text && !nexus_table_read(&table))
        fail_msg("the table of the definitions is not there");
    strcpy(folder, "/tmp/ionatlas_test_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/p.nxs", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

// Metadata and columns that a case has.
typedef struct {
    const char *told;
    unsigned without; // columns left out
    const char *ranges, *last;
} written;

static void write_project(const written *w)
{
    ia_ctx *ctx = ia_ctx_new();
    ia_state state;
    ia_chain chain = {0};
    ia_meta meta = {0};
    make_state(3000, 1, w->ranges, &state);
    for (ia_column_id id = 0; id < IA_N_COLUMNS; id++)
        if (w->without & 1u << id)
            state.ions.columns[id] = (ia_column){0};
    run_steps(ctx, &state, &chain, w->last);
    if (w->told)
        CHECK_OK(ctx, ia_meta_parse(ctx, w->told, strlen(w->told), &meta));
    CHECK_OK(ctx, ia_project_write(ctx, path, &state, &chain, &meta, false));
    ia_meta_clear(&meta);
    ia_chain_clear(&chain);
    ia_state_clear(&state);
    ia_ctx_free(ctx);
}

static void fail_with_problems(const nexus_check *c)
{
    for (size_t i = 0; i < c->n; i++)
        print_message("%s\n", c->problems[i]);
    fail_msg("%zu problems", c->n);
}

enum {
    PER_RUN = 1u << IA_LASER_ENERGY | 1u << IA_PULSE_FREQUENCY | 1u << IA_TEMPERATURE |
              1u << IA_ELAPSED_TIME
};

static void a_project_that_was_told_all_conforms(void **state)
{
    (void)state;
    write_project(&(written){all, 0, ranges_a, "composition"});
    nexus_check_file(&check, path);
    if (check.n > 0)
        fail_with_problems(&check);
    unlink(path);
    write_project(&(written){all, PER_RUN, ranges_a, "composition"});
    nexus_check_file(&check, path);
    if (check.n > 0)
        fail_with_problems(&check);
}

// Nothing is invented: what is missing is what verify lists.
static void what_is_missing_is_what_verify_lists(void **state)
{
    (void)state;
    ia_result result = {0};
    bool sound;
    write_project(&(written){NULL, PER_RUN, ranges_a, "composition"});
    nexus_check_file(&check, path);
    assert_int_equal(ia_project_verify(NULL, path, &result, &sound), IA_OK);
    assert_true(sound);
    const ia_table *missing = ia_result_find(&result, "missing");
    const ia_table_column *places = ia_table_find(missing, "path");
    for (size_t i = 0; i < check.n; i++) {
        bool is_listed = false;
        for (size_t k = 0; k < missing->n_rows && !is_listed; k++) {
            const char *place = ((char **)places->data)[k];
            is_listed = strncmp(check.problems[i], place, strlen(place)) == 0 &&
                        strstr(check.problems[i], " is missing");
        }
        if (!is_listed)
            fail_msg("verify does not list: %s", check.problems[i]);
    }
    assert_true(check.n >= 5);
    assert_true(nexus_has_problem(&check, "/entry1/start_time is missing"));
    ia_result_clear(&result);
}

static void change(const char *name, const char *attr)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    if (attr)
        H5Adelete_by_name(file, name, attr, H5P_DEFAULT);
    else
        H5Ldelete(file, name, H5P_DEFAULT);
    H5Fclose(file);
}

// The check finds what it should.
static void each_loss_is_found(void **state)
{
    (void)state;
#define RANGING "/entry1/atom_probe1/ranging"
#define GRID    "/entry1/atom_probe1/reconstruction/naive_discretization"
    static const struct {
        const char *name, *attr;
    } losses[] = {
        {"/entry1/start_time", NULL},
        {"/entry1/definition", NULL},
        {"/entry1/specimen", NULL},
        {"/entry1", "NX_class"},
        {"/entry1/atom_probe1/reconstruction/reconstructed_positions", NULL},
        {"/entry1/atom_probe1/reconstruction/reconstructed_positions", "units"},
        {"/entry1/atom_probe1/hit_finding/hit_positions", "depends_on"},
        {"/entry1/atom_probe1/reconstruction/program1/program", "version"},
        {"/entry1/reconstruction_reference_frame/x", NULL},
        {GRID, NULL},
        {GRID "/data/intensity", NULL},
        {GRID "/data", "axes"},
        {RANGING "/mass_to_charge_distribution/mass_spectrum",
         "axis_mass_to_charge_indices"},
        {GRID "/data/axis_x", "long_name"},
        {RANGING "/mass_to_charge_distribution/mass_spectrum", "signal"},
        {RANGING "/mass_to_charge_distribution/n_mass_to_charge", NULL},
        {RANGING "/peak_identification/ion1/nuclide_hash", NULL},
        {RANGING "/peak_identification/ion2/mass_to_charge_range", NULL},
        {RANGING "/peak_identification/ion2/charge_state", NULL},
        {RANGING "/peak_identification", "NX_class"},
        {"/entry1/measurement/instrument", NULL},
        {"/entry1/measurement/event1/instrument/pulser/pulse_mode", NULL},
    };
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        write_project(&(written){all, 0, ranges_a, "spectrum"});
        change(losses[i].name, losses[i].attr);
        nexus_check_file(&check, path);
        if (check.n == 0)
            fail_msg("%s/@%s is not missed", losses[i].name, losses[i].attr);
        unlink(path);
    }
}

static hid_t open_file(void)
{
    return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

// From the root by @default, as a viewer goes; the group of the plot.
static void follow_defaults(char at[NEXUS_PATH])
{
    char next[NEXUS_PATH];
    strcpy(at, "");
    for (int i = 0; i < 9 && nexus_attr(&check, *at ? at : "/", "default", next); i++) {
        strcat(at, "/");
        strcat(at, next);
    }
}

static void a_viewer_is_led_to_a_plot(void **state)
{
    (void)state;
    char at[NEXUS_PATH], word[NEXUS_PATH], name[2 * NEXUS_PATH];
    static const struct {
        const char *last, *plot;
    } cases[] = {
        {"composition",
         "/entry1/atom_probe1/ranging/mass_to_charge_distribution/mass_spectrum"},
        {"read", "/entry1/atom_probe1/reconstruction/naive_discretization/data"}};
    for (size_t i = 0; i < 2; i++) {
        write_project(&(written){NULL, 0, ranges_a, cases[i].last});
        check.file = open_file();
        follow_defaults(at);
        assert_string_equal(at, cases[i].plot);
        assert_true(nexus_attr(&check, at, "NX_class", word));
        assert_string_equal(word, "NXdata");
        assert_true(nexus_attr(&check, at, "signal", word));
        snprintf(name, sizeof name, "%s/%s", at, word);
        assert_true(H5Lexists(check.file, name, H5P_DEFAULT) > 0);
        assert_true(nexus_attr(&check, at, "axes", word));
        H5Fclose(check.file);
        unlink(path);
    }
}

static void read_all(const char *name, hid_t type, void *out)
{
    hid_t set = H5Dopen2(check.file, name, H5P_DEFAULT);
    assert_true(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0);
    H5Dclose(set);
}

static void voxels_hold_every_ion_at_its_place(void **state)
{
    (void)state;
    static uint32_t counts[101 * 101 * 101], expected[101 * 101 * 101];
    static float xyz[3000][3];
    double axis[101];
    char name[256];
    write_project(&(written){NULL, 0, ranges_a, "read"});
    check.file = open_file();
    read_all("/entry1/atom_probe1/reconstruction/reconstructed_positions",
             H5T_NATIVE_FLOAT, xyz);
    read_all(GRID "/data/intensity", H5T_NATIVE_UINT32, counts);
    for (int k = 0; k < 3; k++) { // positions are from 0 to 100 nm
        snprintf(name, sizeof name, GRID "/data/axis_%c", "xyz"[k]);
        read_all(name, H5T_NATIVE_DOUBLE, axis);
        assert_true(axis[0] == 0.5 && axis[99] == 99.5);
    }
    memset(expected, 0, sizeof expected);
    for (size_t i = 0; i < 3000; i++)
        expected[((size_t)xyz[i][2] * 100 + (size_t)xyz[i][1]) * 100 +
                 (size_t)xyz[i][0]]++;
    assert_memory_equal(counts, expected, 1000000 * sizeof *counts);
    H5Fclose(check.file);
}

// A few ions far away make voxels coarse, not many; without ions there is one voxel.
static void any_extent_has_voxels(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        ia_state s = {0};
        ia_chain chain = {0};
        size_t n = k == 0 ? 4 : 0;
        uint32_t total = 0;
        assert_int_equal(ia_ions_new(NULL, n, 1u << IA_XYZ, &s.ions), IA_OK);
        if (n > 0) {
            float *xyz = ia_ions_values(&s.ions, IA_XYZ);
            xyz[0] = -3e38f;
            xyz[4] = 3e38f;
            xyz[8] = 1e9f;
            xyz[9] = -1;
        }
        assert_int_equal(ia_project_write(NULL, path, &s, &chain, NULL, false), IA_OK);
        check.file = open_file();
        hid_t set = H5Dopen2(check.file, GRID "/data/intensity", H5P_DEFAULT);
        hid_t space = H5Dget_space(set);
        hssize_t n_voxels = H5Sget_simple_extent_npoints(space);
        assert_true(n_voxels >= 1 && n_voxels <= 1 << 26);
        uint32_t *counts = calloc((size_t)n_voxels, sizeof *counts);
        H5Dread(set, H5T_NATIVE_UINT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, counts);
        for (hssize_t i = 0; i < n_voxels; i++)
            total += counts[i];
        assert_int_equal(total, n);
        free(counts);
        H5Sclose(space);
        H5Dclose(set);
        H5Fclose(check.file);
        unlink(path);
        ia_chain_clear(&chain);
        ia_state_clear(&s);
    }
}

static void kinds_without_a_range_are_none(void **state)
{
    (void)state;
    static uint8_t types[3000];
    static float mass[3000];
    char text[NEXUS_PATH];
    uint64_t n;
    write_project(&(written){NULL, 0, listed_only, "range"});
    check.file = open_file();
    read_all(RANGING "/peak_identification/number_of_ion_types", H5T_NATIVE_UINT64, &n);
    assert_int_equal(n, 2);
    assert_true(H5Lexists(check.file, RANGING "/peak_identification/ion3", H5P_DEFAULT) ==
                0);
    hid_t set =
        H5Dopen2(check.file, RANGING "/peak_identification/ion1/name", H5P_DEFAULT);
    nexus_text(set, false, text);
    assert_string_equal(text, "C++");
    H5Dclose(set);
    set = H5Dopen2(check.file, "/entry1/specimen/atom_types", H5P_DEFAULT);
    nexus_text(set, false, text);
    assert_string_equal(text, "C,Fe");
    H5Dclose(set);
    read_all(RANGING "/peak_identification/iontypes", H5T_NATIVE_UINT8, types);
    read_all("/entry1/atom_probe1/mass_to_charge_conversion/mass_to_charge",
             H5T_NATIVE_FLOAT, mass);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(types[i], mass[i] >= 27.9 && mass[i] < 28.1 ? 2
                                   : mass[i] >= 5.9 && mass[i] < 6.1 ? 1
                                                                     : 0);
    H5Fclose(check.file);
}

// Hashes as the definition of NXatom gives them: Z + 256 N, N = 255 for any isotope.
static void nuclides_are_hashed_as_defined(void **state)
{
    (void)state;
    uint32_t hash[32], list[32][2];
    int charge;
    write_project(&(written){NULL, 0, ranges_a, "range"});
    check.file = open_file();
    read_all(RANGING "/peak_identification/ion2/nuclide_hash", H5T_NATIVE_UINT32, hash);
    read_all(RANGING "/peak_identification/ion2/nuclide_list", H5T_NATIVE_UINT32, list);
    read_all(RANGING "/peak_identification/ion2/charge_state", H5T_NATIVE_INT, &charge);
    assert_int_equal(hash[0], 26 + 255 * 256);
    assert_int_equal(list[0][0], 0);
    assert_int_equal(list[0][1], 26);
    assert_int_equal(charge, 2);
    for (size_t i = 1; i < 32; i++)
        assert_true(hash[i] == 0 && list[i][0] == 0 && list[i][1] == 0);
    H5Fclose(check.file);
}

static void units_are_those_of_the_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"x_nm", "nm"},
        {"volume_nm3", "nm^3"},
        {"atoms_per_nm3", "nm^-3"},
        {"sigma_number_density_per_m3", "m^-3"},
        {"height_per_da", "Da^-1"},
        {"lo_da", "Da"},
        {"temperature_k", "K"},
        {"v_dc_v", "V"},
        {"elapsed_time_s", "s"},
        {"at_percent", "%"},
        {"shank_angle_deg", "deg"},
        {"laser_energy_pj", "pJ"},
        {"k", ""},
        {"n", ""},
        {"counts", ""},
        {"p_value", ""},
        {"found_by_chance", ""},
        {"n_same", ""},
        {"_nm", "nm"},
        {"", ""},
        {"_", ""},
        {"per_nm", "nm^-1"},
        {"super_nm", "nm"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(project_unit_of(names[i][0]), names[i][1]);
}

// The voxels of a field with their axes and errors: as defined, whole and checked.
static void a_field_is_stored_with_its_axes(void **state)
{
    (void)state;
    ia_ctx *ctx = ia_ctx_new();
    ia_state s;
    ia_chain chain = {0};
    ia_result sums = {0};
    bool sound = false;
    char name[NEXUS_PATH];
    make_state(3000, 1, ranges_a, &s);
    run_steps(ctx, &s, &chain, "background");
    ia_volume_params p = ia_volume_defaults();
    p.kernel = IA_KERNEL_TWO_PASS;
    p.trust = true;
    p.n_shuffles = 0;
    CHECK_OK(ctx, ia_chain_run(ctx, &chain, &s, "field", &p));
    size_t n = s.volume.n[0] * s.volume.n[1] * s.volume.n[2];
    CHECK_OK(ctx, ia_project_write(ctx, path, &s, &chain, NULL, false));
    CHECK_OK(ctx, ia_project_verify(ctx, path, &sums, &sound));
    assert_true(sound);
    nexus_check_file(&check, path);
    snprintf(name, sizeof name, "/entry1/process%zu/grid", chain.n);
    for (size_t i = 0; i < check.n; i++)
        if (strstr(check.problems[i], name))
            fail_msg("%s", check.problems[i]);
    check.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    float *values = calloc(n, sizeof *values);
    double *axis = calloc(s.volume.n[2], sizeof *axis);
    snprintf(name, sizeof name, "/entry1/process%zu/grid/value", chain.n);
    read_all(name, H5T_NATIVE_FLOAT, values);
    assert_memory_equal(values, s.volume.value, n * sizeof *values);
    snprintf(name, sizeof name, "/entry1/process%zu/grid/value_errors", chain.n);
    read_all(name, H5T_NATIVE_FLOAT, values);
    assert_memory_equal(values, s.volume.error, n * sizeof *values);
    snprintf(name, sizeof name, "/entry1/process%zu/grid/axis_z", chain.n);
    read_all(name, H5T_NATIVE_DOUBLE, axis);
    assert_true(fabs(axis[0] - s.volume.origin[2]) < 1e-9 &&
                fabs(axis[1] - axis[0] - s.volume.voxel) < 1e-9);
    free(values);
    free(axis);
    H5Fclose(check.file);
    ia_result_clear(&sums);
    ia_chain_clear(&chain);
    ia_state_clear(&s);
    ia_ctx_free(ctx);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_project_that_was_told_all_conforms),
        TEST(what_is_missing_is_what_verify_lists),
        TEST(each_loss_is_found),
        TEST(a_viewer_is_led_to_a_plot),
        TEST(voxels_hold_every_ion_at_its_place),
        TEST(any_extent_has_voxels),
        TEST(a_field_is_stored_with_its_axes),
        TEST(kinds_without_a_range_are_none),
        TEST(nuclides_are_hashed_as_defined),
        TEST(units_are_those_of_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
