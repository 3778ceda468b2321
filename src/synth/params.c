// src/synth/params.c: the parameters of synthetic specimens and their check.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tip.h"

#include <ionatlas/projection.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define F64(name, unit, preset, least, most, help)                                       \
    IA_FIELD(IA_F64, ia_simulate_params, name, unit, preset, least, most, help)
#define TEXT(name, preset, help) IA_FIELD_TEXT(ia_simulate_params, name, preset, help)
#define CHOICE(name, preset, words, help)                                                \
    IA_FIELD_CHOICE(ia_simulate_params, name, preset, words, help)

static const ia_field fields[] = {
    CHOICE(
        specimen, "clusters", "crystal|clusters|boundary|spectrum|tip",
        "what to make: a plain block, one with clusters or a boundary, masses only, or a "
        "tip that is evaporated atom by atom"),
    IA_FIELD(IA_U64, ia_simulate_params, seed, "", 1, 0, 9007199254740992.0,
             "seed of all random numbers"),
    F64(size_x, "nm", 16, 1, 1e4, "width of the box along x"),
    F64(size_y, "nm", 16, 1, 1e4, "width of the box along y"),
    F64(size_z, "nm", 24, 1, 1e5, "depth of the box"),
    CHOICE(lattice, "bcc", "random|sc|fcc|bcc|hcp|diamond|b2|l12|l10|d03",
           "where the atoms sit"),
    F64(lattice_parameter, "nm", 0.2866, 0.05, 5,
        "edge of the cubic cell; of the small bcc cell for d03; a of hcp and l10"),
    F64(c_over_a, "", 0, 0, 10, "axis ratio of hcp and l10; 0: ideal, 1.633 and 1"),
    F64(density, "nm^-3", 84.9, 1e-3, 1e3, "atoms per volume, for lattice random"),
    F64(rotate_x_deg, "degree", 0, -360, 360, "rotation of the lattice about x, first"),
    F64(rotate_y_deg, "degree", 0, -360, 360, "rotation of the lattice about y, second"),
    F64(rotate_z_deg, "degree", 0, -360, 360, "rotation of the lattice about z, third"),
    F64(order, "", 1, 0, 1, "long-range order of b2, l12, l10 and d03"),
    TEXT(composition, "Fe Cu:0.010 Mn:0.010 Si:0.012 C:0.005",
         "atomic fractions of the matrix; one element without a number takes the rest"),
    TEXT(solute, "Cu", "element that clusters or boundary are rich in"),
    F64(cluster_fraction, "", 0.8, 0, 1, "atomic fraction of the solute inside clusters"),
    F64(cluster_radius, "nm", 1.2, 0.1, 100, "mean radius of clusters"),
    F64(cluster_radius_sd, "", 0.3, 0, 2,
        "standard deviation of the radii over their mean (log-normal)"),
    F64(cluster_density, "m^-3", 3e24, 0, 1e27, "clusters per volume"),
    F64(interface_width, "nm", 0.2, 0, 10,
        "standard deviation of the erf edge of clusters"),
    F64(excess, "nm^-2", 5, 0, 100,
        "solute atoms per area that the boundary has too many"),
    F64(boundary_sd, "nm", 0.5, 0.1, 20,
        "standard deviation of the Gaussian solute layer"),
    F64(boundary_tilt_deg, "degree", 0, 0, 90,
        "angle of the boundary's normal to z, towards x"),
    F64(sigma_xy, "nm", 0.25, 0, 10, "position noise along x and along y"),
    F64(sigma_z, "nm", 0.05, 0, 10, "position noise along z"),
    F64(efficiency, "", 0.52, 0.001, 1, "share of the atoms that are detected"),
    F64(modulation, "", 0, 0, 0.95,
        "a pole: density of all atoms varies by this share, least on the axis, most half "
        "way to the side"),
    TEXT(ions, "Fe++:0.95 Fe+:0.05 Si++:1",
         "charge states as shares of their element; the usual ones for those not named"),
    TEXT(
        molecules, "FeO+:0.0008 C3+:0.0006 H+:0.003 H2+:0.001 Ga+:0.0015",
        "ions added at random places, as shares of all recorded ions; unless told, those "
        "of elements that the composition has or a chamber brings"),
    F64(resolving_power, "", 700, 20, 1e5, "m/dm at half maximum, at 28 Da"),
    F64(background, "", 0.02, 0, 0.9,
        "share of the ions that are flat in time of flight"),
    F64(m_max, "Da", 120, 2, 1000, "end of the time window"),
    IA_FIELD(IA_SIZE, ia_simulate_params, n_ions, "", 1e6, 1, 1e10,
             "ions to draw, for specimen spectrum"),
    F64(tip_radius, "nm", 30, 3, 1000, "tip: radius of the cap at the start"),
    F64(shank_deg, "degree", 5, 0, 45, "tip: half angle of the cone below the cap"),
    F64(kf, "", 3.3, 1, 20, "tip: field factor, V = kf evaporation_field R"),
    F64(evaporation_field, "V/nm", 0, 0, 200,
        "tip: field at the surface; 0: that of the most abundant element, as reconstruct "
        "--element has it"),
    CHOICE(projection, "stereographic", IA_PROJECTION_WORDS,
           "tip: from directions to the detector"),
    F64(flight_path, "mm", 90, 1, 1e4, "tip: distance of the detector"),
    F64(icf, "", 1.65, 0.5, 5, "tip: image compression factor on the axis"),
    F64(centre_x, "mm", 0, -1e3, 1e3, "tip: where the axis meets the detector, x"),
    F64(centre_y, "mm", 0, -1e3, 1e3, "tip: where the axis meets the detector, y"),
    F64(icf_drift, "", 0, -0.5, 0.5,
        "tip: how much icf changes evenly from the first ion to the last, as a share of "
        "it; icf holds halfway"),
    F64(kf_drift, "", 0, -0.5, 0.5, "tip: the same of kf"),
    F64(centre_drift_x, "mm", 0, -1e3, 1e3, "tip: the same of centre_x, in mm"),
    F64(centre_drift_y, "mm", 0, -1e3, 1e3, "tip: the same of centre_y, in mm"),
    F64(detector_radius, "mm", 38, 1, 1e3, "tip: radius of the detector"),
    F64(aberration, "", 0.15, 0, 1,
        "tip: how far ions are pulled from the smooth surface's normal towards that of "
        "the atoms around; makes poles and zone lines"),
    IA_FIELD(IA_SIZE, ia_simulate_params, layers, "", 0, 0, 1e4,
             "tip: flat layers rich in the solute"),
    F64(layer_depth, "nm", 5, 0, 1e5, "tip: depth at which the first layer begins"),
    F64(layer_thickness, "nm", 1, 0.01, 1e4, "tip: thickness of each layer"),
    F64(layer_spacing, "nm", 5, 0.01, 1e5, "tip: from one layer to the next"),
    F64(layer_fraction, "", 0.5, 0, 1, "tip: atomic fraction of the solute in layers"),
    IA_FIELD(IA_BOOL, ia_simulate_params, bicrystal, "", 0, 0, 1,
             "tip: another grain beyond the plane through the middle that "
             "boundary_tilt_deg turns"),
    F64(second_x_deg, "degree", 0, -360, 360, "tip: rotation of that grain about x"),
    F64(second_y_deg, "degree", 0, -360, 360, "tip: rotation of that grain about y"),
    F64(second_z_deg, "degree", 0, -360, 360, "tip: rotation of that grain about z"),
};

const ia_method ia_simulate_method = IA_METHOD(
    "simulate", "Synthetic specimen with known truth", ia_simulate_params, fields);

ia_simulate_params ia_simulate_defaults(void)
{
    ia_simulate_params params;
    ia_method_defaults(&ia_simulate_method, &params);
    return params;
}

static ia_status add_element(ia_ctx *ctx, const ia_entry *entry, ia_mix *mix)
{
    unsigned z = ia_element_find(entry->name, strlen(entry->name));

    if (z == 0)
        return ia_fail(ctx, IA_ERR_PARAM, "composition: '%s' is no element", entry->name);
    if (!(ia_element_of(z)->mass > 0))
        return ia_fail(ctx, IA_ERR_PARAM, "composition: %s has no natural isotopes",
                       entry->name);
    for (size_t i = 0; i < mix->n; i++)
        if (mix->z[i] == z)
            return ia_fail(ctx, IA_ERR_PARAM, "composition: %s is listed twice",
                           entry->name);
    if (mix->n == IA_MIX_MAX - 1)
        return ia_fail(ctx, IA_ERR_PARAM, "composition: more than %d elements",
                       IA_MIX_MAX - 1);
    mix->z[mix->n] = z;
    mix->fraction[mix->n] = entry->value;
    mix->n++;
    return IA_OK;
}

// Give the rest to the one element without a number, and see that all is 1.
static ia_status balance(ia_ctx *ctx, ia_mix *mix)
{
    double sum = 0;
    size_t n_open = 0, open = 0;

    for (size_t i = 0; i < mix->n; i++) {
        if (isnan(mix->fraction[i])) {
            n_open++;
            open = i;
        } else {
            sum += mix->fraction[i];
        }
    }
    if (n_open > 1)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "composition: %zu elements have no number, at most one may",
                       n_open);
    if (n_open == 1 && sum > 1 + 1e-6)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "composition: the fractions sum to %.9g and leave no rest", sum);
    if (n_open == 1)
        mix->fraction[open] = fmax(0, 1 - sum);
    else if (fabs(sum - 1) > 1e-6)
        return ia_fail(ctx, IA_ERR_PARAM, "composition: the fractions sum to %.9g, not 1",
                       sum);
    for (size_t i = 0; n_open == 0 && i < mix->n; i++)
        mix->fraction[i] /= sum;
    return IA_OK;
}

static ia_status find_solute(ia_ctx *ctx, const ia_simulate_params *params, ia_mix *mix)
{
    unsigned z = ia_element_find(params->solute, strlen(params->solute));

    if (z == 0 || !(ia_element_of(z)->mass > 0))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "solute: '%s' is no element with natural isotopes",
                       params->solute);
    for (mix->solute = 0; mix->solute < mix->n; mix->solute++)
        if (mix->z[mix->solute] == z)
            break;
    if (mix->solute == mix->n) {
        mix->z[mix->n] = z;
        mix->fraction[mix->n] = 0;
        mix->n++;
    }
    if (mix->solute == mix->solvent)
        return ia_fail(
            ctx, IA_ERR_PARAM,
            "solute: %s is the most abundant element of the matrix; name another",
            params->solute);
    return IA_OK;
}

static ia_status read_composition(ia_ctx *ctx, const ia_simulate_params *params,
                                  ia_mix *out)
{
    ia_entry entries[IA_ENTRIES_MAX];
    ia_mix mix = {0};
    size_t n = 0;
    ia_status st = ia_entries_read(ctx, "composition", params->composition, entries, &n);

    for (size_t i = 0; st == IA_OK && i < n; i++)
        st = add_element(ctx, &entries[i], &mix);
    if (st != IA_OK)
        return st;
    if (mix.n == 0)
        return ia_fail(ctx, IA_ERR_PARAM, "composition: it names no element");
    if ((st = balance(ctx, &mix)) != IA_OK)
        return st;
    for (size_t i = 1; i < mix.n; i++)
        if (mix.fraction[i] > mix.fraction[mix.solvent])
            mix.solvent = i;
    bool has_solute = params->specimen == IA_SPECIMEN_CLUSTERS ||
                      params->specimen == IA_SPECIMEN_BOUNDARY ||
                      (params->specimen == IA_SPECIMEN_TIP && params->layers > 0);
    if (has_solute && (st = find_solute(ctx, params, &mix)) != IA_OK)
        return st;
    *out = mix;
    return IA_OK;
}

// Bytes that one site takes at the worst moment of the work, recorded or not.
static double bytes_per_site(const ia_simulate_params *params)
{
    return 18 + 110 * params->efficiency / (1 - params->background);
}

static double volume_of(const ia_simulate_params *p)
{
    if (p->specimen != IA_SPECIMEN_TIP)
        return p->size_x * p->size_y * p->size_z;
    ia_tip_shape shape = ia_tip_shape_of(p);
    return 2 * ia_tip_volume(&shape); // with what lies below the last surface
}

static ia_status check_memory(ia_ctx *ctx, const ia_simulate_params *params)
{
    bool masses_only = params->specimen == IA_SPECIMEN_SPECTRUM;
    double atoms = masses_only ? (double)params->n_ions
                               : volume_of(params) * ia_lattice_density(params);
    double bytes = atoms * (masses_only ? 12 : bytes_per_site(params));
    double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

    if (!masses_only && atoms > 0.99 * UINT32_MAX)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "this box holds %.3g atoms; at most %.3g can be simulated", atoms,
                       0.99 * UINT32_MAX);
    if (memory > 0 && bytes > memory)
        return ia_fail(
            ctx, IA_ERR_MEMORY,
            "%.3g atoms need about %.3g GiB of memory and this machine has %.3g", atoms,
            bytes / 0x1p30, memory / 0x1p30);
    return IA_OK;
}

// The boundary layer must hold enough solvent to be relabelled.
static ia_status check_excess(ia_ctx *ctx, const ia_simulate_params *params,
                              const ia_mix *mix)
{
    const double peak = 1 / (params->boundary_sd * sqrt(2 * acos(-1.0)));
    double most = ia_lattice_density(params) * mix->fraction[mix->solvent] / peak;

    if (params->specimen == IA_SPECIMEN_BOUNDARY && params->excess > most)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "excess = %g nm^-2 is more than the solvent in a layer of "
                       "boundary_sd = %g nm allows, %.4g nm^-2",
                       params->excess, params->boundary_sd, most);
    return IA_OK;
}

static ia_status check_order(ia_ctx *ctx, const ia_simulate_params *params,
                             const ia_mix *mix)
{
    if (ia_lattice_share(params) > 0 && params->order > 0 && mix->n < 2)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "composition: an ordered lattice needs two elements or order = 0");
    return IA_OK;
}

static ia_status check_tip(ia_ctx *ctx, const ia_simulate_params *p)
{
    ia_projection projection;
    double rim = p->detector_radius + ia_tip_reach(p, &projection);

    if (p->specimen != IA_SPECIMEN_TIP)
        return IA_OK;
    if (p->lattice == IA_LATTICE_RANDOM && p->bicrystal)
        return ia_fail(ctx, IA_ERR_PARAM,
                       "bicrystal: there are no grains where lattice = random");
    if (isnan(ia_projection_angle(&projection, rim)))
        return ia_fail(ctx, IA_ERR_PARAM,
                       "detector_radius: no ion reaches %g mm from the axis at a flight "
                       "path of %g mm and icf = %g",
                       rim, p->flight_path, projection.icf);
    return IA_OK;
}

ia_status ia_simulate_check(ia_ctx *ctx, const ia_simulate_params *params, ia_mix *out)
{
    ia_mix mix = {0};
    ia_status st;

    if ((st = ia_method_check(ctx, &ia_simulate_method, params)) != IA_OK ||
        (st = read_composition(ctx, params, &mix)) != IA_OK ||
        (st = check_order(ctx, params, &mix)) != IA_OK ||
        (st = check_excess(ctx, params, &mix)) != IA_OK ||
        (st = check_tip(ctx, params)) != IA_OK ||
        (st = check_memory(ctx, params)) != IA_OK)
        return st;
    *out = mix;
    return IA_OK;
}
