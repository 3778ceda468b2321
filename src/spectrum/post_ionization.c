// src/spectrum/post_ionization.c: shares of the charge states against the field.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/charge_states.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    unsigned shell;            // of the outermost electrons; 0: not known
    double energy[IA_CHARGES]; // eV to remove the first, second, ... electron; 0 unknown
} element_energies;

#include "ionization.inc"

// Atomic units.
static const double hartree = 27.211386245988;  // eV
static const double field_unit = 514.220674763; // V/nm
static const double bohr = 0.052917721067;      // nm
static const double dalton = 1822.888486209;    // electron masses

// How deep the field reaches into the specimen (Lang and Kohn); how much the surface
// helps the electron out (Kingham).
static const double screening = 0.8, image = 4.5;

// Fields of a curve, V/nm.
static const double field_first = 4, field_last = 120, field_step = 0.25;

enum { POINTS = 240 };

// One ion on its way through one field.
typedef struct {
    const element_energies *energies;
    double mass;                 // electron masses
    double work;                 // hartree
    double radius;               // bohr
    double field;                // at the surface
    double critical[IA_CHARGES]; // [n] distance beyond which n+ may lose another electron
} flight;

double ia_post_ionization_rate(unsigned charge, double energy, double field,
                               double distance, unsigned shell)
{
    const double b = energy, f = field, four_root = 5.656854249492381; // 2^(5/2)
    double z = (charge + 1) * (1 + image / distance), root = sqrt(2 / b);
    // What is left of the barrier where the surface is nearer than its end.
    double left = fmax(0, b - z * f / b - f * distance);
    double barrier = pow(b, 1.5) - pow(left, 1.5);
    double amplitude = b / (shell * exp(2.0 / 3)); // 6 pi A^2
    return exp(log(amplitude * f / (four_root * barrier)) +
               z * root * log(16 * b * b / (z * f)) - four_root * barrier / (3 * f) +
               z * root / 3);
}

// By how much the field lowers the level of the electron.
static double stark(const flight *w, double energy)
{
    double m = w->energies->shell;
    return (17 * m * m + 10) / 64 * pow(w->field / energy, 2);
}

// Where the level of the electron that n+ would lose meets the Fermi level: the distance
// that the field needs to lift it, less what the image charges do.
static double critical_of(const flight *w, unsigned n)
{
    enum { STEPS = 60 };
    double energy = w->energies->energy[n] / hartree;
    double lift = energy + stark(w, energy) - w->work, d = lift / w->field;
    for (size_t i = 0; i < STEPS; i++)
        d = fmax(1.3, (lift - (2 * n + 1) / (4 * d)) / w->field);
    return fmax(0.5, d - screening);
}

// Field at a distance, and the potential that lies behind it.
static double field_at(const flight *w, double z)
{
    double fall = w->radius / (w->radius + z);
    return w->field * fall * fall;
}

static double potential_at(const flight *w, double z)
{
    return w->field * (w->radius * z / (w->radius + z) + screening);
}

// Speed of n+ that left as 1+ over the hump of its image and lost electrons at their
// critical distances.
static double speed_at(const flight *w, unsigned n, double z)
{
    double d = z + screening;
    double energy = n * potential_at(w, z) + n * n / (4 * d) - sqrt(w->field);
    for (size_t k = 1; k < n; k++)
        energy -= potential_at(w, w->critical[k]) +
                  (2 * (double)k + 1) / (4 * (w->critical[k] + screening));
    return sqrt(2 * fmax(energy, 1e-4) / w->mass);
}

// Chance to ionize per distance, summed from the critical distance on: the expected
// number of electrons lost. Steps grow with the square; the rest is far in weak field.
static double losses_of(flight *w, unsigned n)
{
    const double reach = 0.4; // of the tip's radius
    double energy = w->energies->energy[n] / hartree, from = critical_of(w, n), sum = 0;
    w->critical[n] = from;
    double length = reach * w->radius, before = 0, z_before = from;
    for (size_t i = 0; i <= POINTS; i++) {
        double part = (double)i / POINTS, z = from + length * part * part * part;
        double each =
            ia_post_ionization_rate(n, energy, field_at(w, z), z, w->energies->shell) /
            speed_at(w, n, z);
        if (i > 0)
            sum += 0.5 * (each + before) * (z - z_before);
        before = each;
        z_before = z;
    }
    return sum;
}

// Logarithms of the shares of 1+, 2+, ... at one field.
static void fill_shares(flight *w, unsigned n_charges, double *log_share)
{
    double log_reached = 0;
    for (unsigned n = 1; n <= n_charges; n++) {
        if (n == n_charges) {
            log_share[n - 1] = log_reached;
            break;
        }
        double lost = losses_of(w, n);
        log_share[n - 1] = log_reached - lost;
        log_reached += log(-expm1(-fmax(lost, 1e-300)));
    }
}

// 1+, 2+, ... as far as the energies between them are known.
static unsigned count_charges(const element_energies *e)
{
    unsigned n = 1;
    while (n < IA_CHARGES && e->energy[n] > 0)
        n++;
    return n;
}

static bool is_known(unsigned z)
{
    return ia_element_of(z) && z < sizeof energies / sizeof energies[0] &&
           energies[z].shell > 0;
}

static flight flight_of(unsigned z, const ia_charge_states_params *p)
{
    return (flight){.energies = &energies[z],
                    .mass = ia_element_of(z)->mass * dalton,
                    .work = p->work_function / hartree,
                    .radius = p->tip_radius / bohr};
}

bool ia_charge_shares(unsigned z, const ia_charge_states_params *params, double field,
                      double share[IA_CHARGES])
{
    const ia_charge_states_params usual = ia_charge_states_defaults();
    double log_share[IA_CHARGES];

    if (!is_known(z) || !(field > 0))
        return false;
    flight w = flight_of(z, params ? params : &usual);
    unsigned n = count_charges(w.energies);
    w.field = fmin(fmax(field, field_first), field_last) / field_unit;
    fill_shares(&w, n, log_share);
    for (unsigned k = 0; k < IA_CHARGES; k++)
        share[k] = k < n ? exp(log_share[k]) : 0;
    return true;
}

ia_status ia_charge_curve_build(ia_ctx *ctx, unsigned z,
                                const ia_charge_states_params *params,
                                ia_charge_curve *out)
{
    ia_charge_states_params p = params ? *params : ia_charge_states_defaults();
    const ia_element *element = ia_element_of(z);
    ia_status st = ia_method_check(ctx, &ia_charge_states_method, &p);
    if (st != IA_OK)
        return st;
    if (!is_known(z))
        return ia_fail(ctx, IA_ERR_UNSUPPORTED,
                       "%s: its ionization energies are not in the table",
                       element ? element->symbol : "no element");
    flight w = flight_of(z, &p);
    ia_charge_curve curve = {
        .z = z,
        .n_charges = count_charges(w.energies),
        .first = field_first,
        .step = field_step,
        .n = (size_t)((field_last - field_first) / field_step + 0.5) + 1};
    if (!(curve.log_share = ia_array(ctx, curve.n * IA_CHARGES, sizeof(double))))
        return IA_ERR_MEMORY;
    for (size_t i = 0; i < curve.n; i++) {
        w.field = (curve.first + (double)i * curve.step) / field_unit;
        fill_shares(&w, curve.n_charges, curve.log_share + i * IA_CHARGES);
    }
    *out = curve;
    return IA_OK;
}

void ia_charge_curve_clear(ia_charge_curve *curve)
{
    free(curve->log_share);
    *curve = (ia_charge_curve){0};
}

double ia_charge_log_share(const ia_charge_curve *curve, unsigned charge, double field)
{
    const ia_charge_curve *c = curve;
    double at = (field - c->first) / c->step;
    if (charge < 1 || charge > c->n_charges || !(at >= 0) || at > (double)(c->n - 1))
        return NAN;
    size_t i = (size_t)at < c->n - 1 ? (size_t)at : c->n - 2;
    const double *low = c->log_share + i * IA_CHARGES + charge - 1;
    return low[0] + (at - (double)i) * (low[IA_CHARGES] - low[0]);
}

double ia_charge_share(const ia_charge_curve *curve, unsigned charge, double field)
{
    return exp(ia_charge_log_share(curve, charge, field));
}

double ia_charge_field(const ia_charge_curve *curve, unsigned charge, double ratio)
{
    const ia_charge_curve *c = curve;
    double wanted = log(ratio), before = NAN;
    if (charge < 1 || charge + 1 > c->n_charges || !(ratio > 0))
        return NAN;
    for (size_t i = 0; i < c->n; i++) {
        const double *share = c->log_share + i * IA_CHARGES + charge - 1;
        double own = share[1] - share[0];
        if (own >= wanted && before < wanted)
            return c->first + c->step * ((double)i - (own - wanted) / (own - before));
        before = own;
    }
    return NAN;
}

void ia_charge_field_map(const ia_charge_curve *curve, unsigned charge,
                         const ia_charge_counts *counts, double *field, double *sigma)
{
    const double near = 0.01; // of the logarithm of the ratio
    for (size_t i = 0; i < counts->n; i++) {
        double a = (double)counts->lower[i], b = (double)counts->upper[i];
        field[i] = sigma[i] = NAN;
        if (a <= 0 || b <= 0)
            continue;
        double slope = (ia_charge_field(curve, charge, b / a * exp(near)) -
                        ia_charge_field(curve, charge, b / a * exp(-near))) /
                       (2 * near);
        field[i] = ia_charge_field(curve, charge, b / a);
        sigma[i] = slope * sqrt(1 / a + 1 / b);
    }
}
