// include/ionatlas/flight.h: m/n from times of flight, for files that hold what a
// detector gave.
// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IONATLAS_FLIGHT_H
#define IONATLAS_FLIGHT_H

#include <ionatlas/ions.h>

IA_BEGIN

typedef struct {
    double flight_path; // specimen to detector's centre, mm; 0: not known
    double t0;          // time of flight at which an ion starts, ns
    double alpha, beta; // voltage pulsing: the ion feels alpha (V_dc + beta V_pulse)
} ia_flight_params;
IA_API extern const ia_method ia_flight_method;
IA_API ia_flight_params ia_flight_defaults(void);

// m/n = 2 e V (t - t0)^2 / L^2 per ion, L^2 = flight_path^2 + x^2 + y^2 where hits are
// known (straight flight; not for reflectrons). V is v_dc alone where no pulse voltage
// is, as with a laser. `mass` has room for ions->n values, Da. Ions with t <= t0 or V <=
// 0 get 0. IA_ERR_UNSUPPORTED naming a missing column, IA_ERR_PARAM without a flight
// path. O(n) on all threads.
IA_API ia_status ia_flight_mass(ia_ctx *ctx, const ia_ions *ions,
                                const ia_flight_params *params, float *mass);

IA_END
#endif
