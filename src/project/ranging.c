// src/project/ranging.c: ranges, the ions they stand for and the spectrum, after NXapm.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "project/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDENTIFICATION PROJECT_RANGING "/peak_identification"
#define DISTRIBUTION   PROJECT_RANGING "/mass_to_charge_distribution"

// NXatom: Z + 256 N per atom, N = 255 where the isotope is not told; falling, 32 places.
enum { HASH_PLACES = 32, ANY_ISOTOPE = 255 };

static int by_falling(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left < right) - (left > right);
}

static void nuclide_hash(const ia_ion *ion, uint32_t hash[HASH_PLACES])
{
    size_t n = 0;
    memset(hash, 0, HASH_PLACES * sizeof *hash);
    for (size_t i = 0; i < ion->n_parts; i++) {
        const ia_ion_part *part = &ion->parts[i];
        uint32_t neutrons = part->a > 0 ? (uint32_t)(part->a - part->z) : ANY_ISOTOPE;
        for (size_t k = 0; k < part->count && n < HASH_PLACES; k++)
            hash[n++] = part->z + 256u * neutrons;
    }
    qsort(hash, n, sizeof *hash, by_falling);
}

// Rows of (nucleons or 0, protons), in the order of the hash.
static void nuclide_list(const uint32_t hash[HASH_PLACES], uint32_t list[HASH_PLACES][2])
{
    for (size_t n = 0; n < HASH_PLACES; n++) {
        uint32_t z = hash[n] % 256, neutrons = hash[n] / 256;
        list[n][0] = neutrons == ANY_ISOTOPE ? 0 : z + neutrons;
        list[n][1] = z;
    }
}

// NXapm counts kinds of ion from 1 and keeps 0 for ions outside all ranges. Kinds that
// the range file lists without a range are none.
typedef struct {
    uint32_t *number; // (kinds of the range file) 0 for none
    size_t n;
} kinds;

static ia_status number_kinds(project_job *job, kinds *out)
{
    const ia_ranger *ranger = &job->state->ranger;
    size_t n_ions = job->state->ranges.n_ions;
    *out = (kinds){.number = ia_array(job->ctx, n_ions, sizeof *out->number)};
    if (!out->number)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranger->n; i++)
        out->number[ranger->ion[i]] = 1;
    for (size_t i = 0; i < n_ions; i++)
        if (out->number[i] > 0)
            out->number[i] = (uint32_t)++out->n;
    return IA_OK;
}

static ia_status put_bounds(project_job *job, const char *group, size_t ion)
{
    const ia_ranger *ranger = &job->state->ranger;
    char name[IA_H5_NAME_MAX];
    size_t n = 0;
    double *bounds = ia_array(job->ctx, ranger->n, 2 * sizeof *bounds);
    if (!bounds)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < ranger->n; i++)
        if (ranger->ion[i] == (int32_t)ion) {
            bounds[2 * n] = ranger->lo[i];
            bounds[2 * n++ + 1] = ranger->hi[i];
        }
    ia_h5_array values = {IA_F64, n, 2, bounds, "Da"};
    ia_status st = ia_h5_put_array(
        &job->h5, project_name(name, "%s/mass_to_charge_range", group), &values);
    free(bounds);
    return st;
}

static ia_status put_ion(project_job *job, size_t i, uint32_t number)
{
    const ia_ion *ion = &job->state->ranges.ions[i];
    char group[IA_H5_NAME_MAX], name[IA_H5_NAME_MAX];
    uint32_t hash[HASH_PLACES], list[HASH_PLACES][2];
    ia_status st;
    project_name(group, IDENTIFICATION "/ion%u", (unsigned)number);
    nuclide_hash(ion, hash);
    nuclide_list(hash, list);
    ia_h5_array hashes = {IA_U32, HASH_PLACES, 0, hash, NULL};
    ia_h5_array nuclides = {IA_U32, HASH_PLACES, 2, list, NULL};
    if ((st = ia_h5_put_group(&job->h5, group, "NXatom")) != IA_OK ||
        (st = ia_h5_put_text(&job->h5, project_name(name, "%s/name", group),
                             ion->name)) != IA_OK ||
        (st = ia_h5_put_array(&job->h5, project_name(name, "%s/nuclide_hash", group),
                              &hashes)) != IA_OK ||
        (st = ia_h5_put_array(&job->h5, project_name(name, "%s/nuclide_list", group),
                              &nuclides)) != IA_OK ||
        (st = ia_h5_put_i32(&job->h5, project_name(name, "%s/charge_state", group),
                            ion->charge)) != IA_OK)
        return st;
    return put_bounds(job, group, i);
}

typedef struct {
    const ia_column *labels; // kinds of the range file, -1 for none
    const kinds *kinds;
} typing;

static uint32_t number_of(const kinds *k, int32_t label)
{
    return label < 0 ? 0 : k->number[label];
}

static void fill_types(const ia_column *types, size_t begin, size_t n, void *out)
{
    const typing *t = types->user;
    int32_t rows[IA_COLUMN_BLOCK];
    for (size_t done = 0; done < n; done += IA_COLUMN_BLOCK) {
        size_t part = n - done < IA_COLUMN_BLOCK ? n - done : IA_COLUMN_BLOCK;
        const int32_t *label = ia_column_rows(t->labels, begin + done, part, rows);
        for (size_t i = 0; i < part; i++)
            if (types->type == IA_U8)
                ((uint8_t *)out)[done + i] = (uint8_t)number_of(t->kinds, label[i]);
            else
                ((uint32_t *)out)[done + i] = number_of(t->kinds, label[i]);
    }
}

static ia_status put_types(project_job *job, const kinds *k)
{
    const ia_step_kind *kind = ia_step_kind_find("range");
    const char *title;
    char hex[65];
    if (!kind || !kind->per_ion || !ia_chain_find(job->chain, "range"))
        return IA_OK;
    ia_column labels = kind->per_ion(job->state, &title);
    if (!ia_column_is_present(&labels) || labels.type != IA_I32)
        return IA_OK;
    typing t = {&labels, k};
    ia_column types = {.type = k->n < 255 ? IA_U8 : IA_U32,
                       .width = 1,
                       .n = labels.n,
                       .fill = fill_types,
                       .user = &t};
    return ia_h5_put_column(&job->h5, IDENTIFICATION "/iontypes", &types, "", hex);
}

static ia_status put_kinds(project_job *job, const kinds *k)
{
    ia_h5 *h5 = &job->h5;
    ia_status st;
    if ((st = ia_h5_put_u64(h5, IDENTIFICATION "/number_of_ion_types", k->n)) != IA_OK ||
        (st = ia_h5_put_u64(h5,
                            IDENTIFICATION "/maximum_number_of_atoms_per_molecular_ion",
                            HASH_PLACES)) != IA_OK)
        return st;
    for (size_t i = 0; i < job->state->ranges.n_ions && st == IA_OK; i++)
        if (k->number[i] > 0)
            st = put_ion(job, i, k->number[i]);
    return st == IA_OK ? put_types(job, k) : st;
}

static ia_status put_identification(project_job *job)
{
    ia_h5 *h5 = &job->h5;
    kinds k = {0};
    ia_status st;
    if ((st = project_put_program(h5, PROJECT_RANGING, true)) != IA_OK ||
        (st = project_put_program(h5, IDENTIFICATION, true)) != IA_OK ||
        (st = project_put_ranges_source(job)) != IA_OK ||
        (st = number_kinds(job, &k)) != IA_OK)
        return st;
    st = put_kinds(job, &k);
    free(k.number);
    return st;
}

// An array that verify looks at, with what a viewer writes beside it.
static ia_status put_hashed(ia_h5 *h5, const char *name, const ia_h5_array *array,
                            const char *title)
{
    char hex[65];
    ia_status st;
    if ((st = ia_h5_put_array(h5, name, array)) != IA_OK ||
        (st = ia_h5_attr_text(h5, name, "long_name", title)) != IA_OK ||
        (st = ia_h5_hash_array(h5, name, hex)) != IA_OK)
        return st;
    return ia_h5_attr_text(h5, name, "sha256", hex);
}

static ia_status put_plot(project_job *job)
{
    static const char *const group = DISTRIBUTION "/mass_spectrum";
    const ia_spectrum *s = &job->state->spectrum;
    ia_h5 *h5 = &job->h5;
    double *centres = ia_array(job->ctx, s->n_bins, sizeof *centres);
    if (!centres)
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < s->n_bins; i++)
        centres[i] = s->m_min + ((double)i + 0.5) * s->bin;
    ia_h5_array counts = {IA_U64, s->n_bins, 0, s->counts, NULL};
    ia_h5_array axis = {IA_F64, s->n_bins, 0, centres, "Da"};
    ia_status st;
    if ((st = ia_h5_put_group(h5, group, "NXdata")) != IA_OK ||
        (st = ia_h5_attr_nexus(h5, group, "signal", "intensity")) != IA_OK ||
        (st = ia_h5_attr_nexus(h5, group, "axes", "axis_mass_to_charge")) != IA_OK ||
        (st = ia_h5_attr_u64(h5, group, "axis_mass_to_charge_indices", 0)) != IA_OK ||
        (st = ia_h5_put_text(h5, DISTRIBUTION "/mass_spectrum/title", "Mass spectrum")) !=
            IA_OK ||
        (st = put_hashed(h5, DISTRIBUTION "/mass_spectrum/intensity", &counts,
                         "ions per bin")) != IA_OK)
        goto done;
    st = put_hashed(h5, DISTRIBUTION "/mass_spectrum/axis_mass_to_charge", &axis,
                    "mass-to-charge state ratio (Da)");
done:
    free(centres);
    return st;
}

static ia_status put_distribution(project_job *job)
{
    const ia_spectrum *s = &job->state->spectrum;
    ia_h5 *h5 = &job->h5;
    double top = s->m_min + s->bin * (double)s->n_bins;
    ia_status st;
    if ((st = project_put_program(h5, DISTRIBUTION, true)) != IA_OK ||
        (st = ia_h5_put_f64(h5, DISTRIBUTION "/min_mass_to_charge", s->m_min, "Da")) !=
            IA_OK ||
        (st = ia_h5_put_f64(h5, DISTRIBUTION "/max_mass_to_charge", top, "Da")) !=
            IA_OK ||
        (st = ia_h5_put_u64(h5, DISTRIBUTION "/n_mass_to_charge", s->n_bins)) != IA_OK)
        return st;
    return put_plot(job);
}

static ia_status put_default(ia_h5 *h5, const char *group, const char *member)
{
    if (ia_h5_has_attr(h5, group, "default")) // copied with the group
        return IA_OK;
    return ia_h5_attr_nexus(h5, group, "default", member);
}

// The chain of defaults that opens the spectrum in a viewer at once; without a spectrum,
// the ions by voxel.
static ia_status put_defaults(ia_h5 *h5)
{
    static const char *const probe = PROJECT_ENTRY "/atom_probe1";
    bool has_spectrum = ia_h5_has(h5, DISTRIBUTION "/mass_spectrum");
    ia_status st;
    if (!has_spectrum && !ia_h5_has(h5, PROJECT_ENTRY "/atom_probe1/reconstruction"))
        return IA_OK;
    if ((st = put_default(h5, PROJECT_ENTRY, "atom_probe1")) != IA_OK ||
        (st = put_default(h5, probe, has_spectrum ? "ranging" : "reconstruction")) !=
            IA_OK ||
        !has_spectrum)
        return st;
    if ((st = put_default(h5, PROJECT_RANGING, "mass_to_charge_distribution")) != IA_OK)
        return st;
    return put_default(h5, DISTRIBUTION, "mass_spectrum");
}

// What this chain did not do is taken over from the project that gains its steps.
static ia_status put_or_copy(project_job *job, bool there, const char *name,
                             ia_status (*put)(project_job *))
{
    if (there)
        return put(job);
    if (!job->old || !ia_h5_has(job->old, name))
        return IA_OK;
    ia_status st = ia_nxs_put_parents(&job->h5, name);
    return st == IA_OK ? ia_h5_copy(job->old, &job->h5, name) : st;
}

ia_status project_put_ranging(project_job *job)
{
    const ia_state *state = job->state;
    ia_status st;
    if ((st = put_or_copy(job, state->ranger.n > 0, IDENTIFICATION,
                          put_identification)) != IA_OK ||
        (state->ranger.n == 0 &&
         (st = put_or_copy(job, false, PROJECT_RANGING "/source", NULL)) != IA_OK) ||
        (st = put_or_copy(job, state->spectrum.n_bins > 0, DISTRIBUTION,
                          put_distribution)) != IA_OK)
        return st;
    if (ia_h5_has(&job->h5, PROJECT_RANGING) &&
        !ia_h5_has(&job->h5, PROJECT_RANGING "/program1") &&
        (st = project_put_program(&job->h5, PROJECT_RANGING, true)) != IA_OK)
        return st;
    return put_defaults(&job->h5);
}
