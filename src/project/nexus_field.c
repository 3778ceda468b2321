// src/project/nexus_field.c: the voxels of a field as a plot beside its step.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <stdio.h>
#include <string.h>

// A project holds no more; --grid writes larger ones.
enum { VOXELS_MOST = 1 << 26 };

const char *const project_field_values[] = {"grid/value", "grid/value_errors",
                                            "grid/atoms", NULL};

typedef struct {
    ia_h5 *h5;
    const char *group;
    ia_h5_grid grid;
} plot;

static ia_status put_values(plot *p, const char *value, const float *values,
                            const char *units, const char *title)
{
    char name[IA_H5_NAME_MAX];
    p->grid.values = values;
    project_name(name, "%s/%s", p->group, value);
    ia_status st = ia_h5_put_grid(p->h5, name, &p->grid);
    if (st == IA_OK && *units)
        st = ia_h5_attr_text(p->h5, name, "units", units);
    return st == IA_OK ? ia_h5_attr_text(p->h5, name, "long_name", title) : st;
}

static ia_status put_roles(ia_h5 *h5, const char *group, const ia_volume *v)
{
    static const char *const axes[] = {"axis_z", "axis_y", "axis_x"};
    static const char *const others[] = {"atoms"};
    char middle[32], name[IA_H5_NAME_MAX], title[192];
    const char *slice[] = {".", middle, "."};
    bool density = v->quantity == IA_QUANTITY_DENSITY;
    snprintf(middle, sizeof middle, "%zu", v->n[1] / 2);
    snprintf(title, sizeof title, "%s, voxels of %g nm: %s", v->solute, v->voxel,
             density ? "atoms per nm^3" : "at.%");
    ia_status st;
    if ((st = ia_h5_put_group(h5, group, "NXdata")) != IA_OK ||
        (st = ia_h5_attr_nexus(h5, group, "signal", "value")) != IA_OK ||
        (st = ia_h5_attr_names(h5, group, "auxiliary_signals", others, 1)) != IA_OK ||
        (st = ia_h5_attr_names(h5, group, "axes", axes, 3)) != IA_OK ||
        (st = ia_h5_attr_names(h5, group, "default_slice", slice, 3)) != IA_OK)
        return st;
    return ia_h5_put_text(h5, project_name(name, "%s/title", group), title);
}

static ia_status put_plot(ia_h5 *h5, const char *group, const ia_volume *v)
{
    plot p = {h5, group, {{v->n[2], v->n[1], v->n[0]}, NULL, NULL}};
    bool density = v->quantity == IA_QUANTITY_DENSITY;
    const char *units = density ? "nm^-3" : "%";
    ia_status st;
    if ((st = put_roles(h5, group, v)) != IA_OK ||
        (st = put_values(&p, "value", v->value, units,
                         density ? "atoms per nm^3" : "composition (at.%)")) != IA_OK ||
        (st = put_values(&p, "atoms", v->atoms, "", "atoms per voxel, smoothed")) !=
            IA_OK)
        return st;
    if (v->error && (st = put_values(&p, "value_errors", v->error, units,
                                     "standard error from counting")) != IA_OK)
        return st;
    for (int k = 2; k >= 0 && st == IA_OK; k--)
        st = project_put_axis(
            h5, group, k, &(project_axis){v->origin[k] / v->voxel, v->voxel, v->n[k]});
    return st;
}

ia_status project_put_field(project_job *job, const char *process,
                            const ia_step_record *record)
{
    const ia_volume *v = &job->state->volume;
    char group[IA_H5_NAME_MAX];
    if (record->kind->method != &ia_volume_method || !v->value)
        return IA_OK;
    if ((double)v->n[0] * (double)v->n[1] * (double)v->n[2] > VOXELS_MOST) {
        ia_warn(job->ctx,
                "a field of %zu x %zu x %zu voxels is left out of the project: at most "
                "%d are stored, --grid writes all",
                v->n[0], v->n[1], v->n[2], VOXELS_MOST);
        return IA_OK;
    }
    return put_plot(&job->h5, project_name(group, "%s/grid", process), v);
}
