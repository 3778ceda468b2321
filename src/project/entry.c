// src/project/entry.c: the entry of a project: what it is, its frames and its columns.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <stdio.h>
#include <string.h>

#define PROBE PROJECT_ENTRY "/atom_probe1"

ia_status project_put_program(ia_h5 *h5, const char *group, bool ours)
{
    char name[IA_H5_NAME_MAX];
    ia_status st =
        ia_nxs_put_parents(h5, project_name(name, "%s/program1/program", group));
    if (st == IA_OK)
        st = ia_h5_put_text(h5, name, ours ? "ionatlas" : PROJECT_UNKNOWN);
    if (st != IA_OK)
        return st;
    return ia_h5_attr_text(h5, name, "version", ours ? ia_version() : PROJECT_UNKNOWN);
}

static ia_status put_root(ia_h5 *h5)
{
    ia_status st;
    if ((st = ia_h5_attr_nexus(h5, "/", "NX_class", "NXroot")) != IA_OK ||
        (st = ia_h5_attr_text(h5, "/", "creator", "ionatlas")) != IA_OK ||
        (st = ia_h5_attr_text(h5, "/", "creator_version", ia_version())) != IA_OK ||
        (st = ia_h5_attr_u64(h5, "/", "layout", PROJECT_LAYOUT)) != IA_OK ||
        (st = ia_h5_attr_nexus(h5, "/", "default", "entry1")) != IA_OK ||
        (st = ia_h5_put_group(h5, PROJECT_ENTRY, "NXentry")) != IA_OK ||
        (st = ia_h5_put_text(h5, PROJECT_ENTRY "/definition", "NXapm")) != IA_OK)
        return st;
    return ia_h5_attr_text(h5, PROJECT_ENTRY "/definition", "version", "v2026.01");
}

typedef struct {
    const char *group, *origin;
    const char *direction[3]; // of x, y, z; the frame is left-handed where z is depth
} frame;

static ia_status put_frame(ia_h5 *h5, const frame *f)
{
    static const char axes[] = "xyz";
    char name[IA_H5_NAME_MAX];
    ia_status st = ia_h5_put_group(h5, f->group, "NXcoordinate_system");
    if (st != IA_OK ||
        (st = ia_h5_put_text(h5, project_name(name, "%s/type", f->group), "cartesian")) !=
            IA_OK ||
        (st = ia_h5_put_text(h5, project_name(name, "%s/origin", f->group), f->origin)) !=
            IA_OK)
        return st;
    for (int k = 0; k < 3 && st == IA_OK; k++) {
        double unit[3] = {k == 0, k == 1, k == 2};
        ia_h5_array values = {IA_F64, 3, 0, unit, "nm"};
        st = ia_h5_put_array(h5, project_name(name, "%s/%c", f->group, axes[k]), &values);
        if (st == IA_OK)
            st = ia_h5_put_text(h5,
                                project_name(name, "%s/%c_direction", f->group, axes[k]),
                                f->direction[k]);
    }
    return st;
}

static ia_status put_frames(ia_h5 *h5, const ia_ions *ions)
{
    static const frame reconstruction = {
        PROJECT_ENTRY "/reconstruction_reference_frame",
        "as in the input",
        {"as the detector's x", "as the detector's y",
         "depth: away from the detector, growing in the order of evaporation"}};
    static const frame detector = {
        PROJECT_ENTRY "/detector_reference_frame",
        "as in the input",
        {"as in the input", "as in the input", "away from the specimen"}};
    ia_status st = put_frame(h5, &reconstruction);
    if (st == IA_OK && ia_ions_has(ions, IA_DET_XY))
        st = put_frame(h5, &detector);
    return st;
}

static ia_status put_column(ia_h5 *h5, const ia_ions *ions, ia_column_id id)
{
    const ia_column_kind *kind = ia_column_kind_of(id);
    const char *name = ia_nxs_column_name(id);
    char hex[65];
    ia_status st = ia_nxs_put_parents(h5, name);
    if (st != IA_OK ||
        (st = ia_h5_put_column(h5, name, &ions->columns[id], kind->unit, hex)) != IA_OK ||
        (st = ia_h5_attr_text(h5, name, "long_name", kind->title)) != IA_OK)
        return st;
    if (id == IA_XYZ)
        st = ia_h5_attr_text(h5, name, "depends_on",
                             PROJECT_ENTRY "/reconstruction_reference_frame");
    if (id == IA_DET_XY)
        st = ia_h5_attr_text(h5, name, "depends_on",
                             PROJECT_ENTRY "/detector_reference_frame");
    if (id == IA_MULTIPLICITY || id == IA_PULSES_SINCE)
        st = ia_h5_attr_text(h5, name, "convention",
                             "as EPOS: 0 on the second and later ions of a pulse");
    return st;
}

// Processes before ours: which program ran them, no file says, but for our calibration.
static ia_status put_former_programs(project_job *job)
{
    ia_h5 *h5 = &job->h5;
    bool ours = project_is_calibrated(job) || project_was_calibrated(job);
    static const char *const groups[] = {PROBE "/reconstruction",
                                         PROBE "/mass_to_charge_conversion",
                                         PROBE "/voltage_and_bowl", PROBE "/hit_finding"};
    ia_status st = IA_OK;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0] && st == IA_OK; i++)
        if (ia_h5_has(h5, groups[i]))
            st = project_put_program(h5, groups[i], ours && (i == 1 || i == 2));
    if (st == IA_OK && ia_h5_has(h5, PROBE "/voltage_and_bowl"))
        st = ia_h5_put_group(h5, PROBE "/voltage_and_bowl/config", "NXparameters");
    return st == IA_OK ? project_put_calibration(job) : st;
}

ia_status project_put_entry(project_job *job)
{
    const ia_ions *ions = &job->state->ions;
    ia_status st;
    if ((st = put_root(&job->h5)) != IA_OK || (st = put_frames(&job->h5, ions)) != IA_OK)
        return st;
    for (ia_column_id id = 0; id < IA_N_COLUMNS && st == IA_OK; id++)
        if (ia_ions_has(ions, id))
            st = put_column(&job->h5, ions, id);
    return st == IA_OK ? put_former_programs(job) : st;
}
