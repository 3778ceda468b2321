// src/detector/hit_unit.c: whether detector positions are in mm, cm or m.
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ionatlas/hitmap.h>

static const struct {
    const char *name;
    double mm, least, most; // reach of a detector in this unit
} units[] = {
    {"", 1, 0, 0}, {"mm", 1, 8, 1000}, {"cm", 10, 1, 8}, {"m", 1000, 0.01, 0.08}};

// In cm the radius were 10 to 24 mm, which few detectors have; in inches 25 to 61.
static const double least_inches = 1, most_inches = 2.4;

ia_status ia_hit_unit_find(ia_ctx *ctx, double reach, int *unit, double *mm)
{
    int found = *unit;
    for (int u = IA_HITS_MM; *unit == IA_HITS_AUTO && u <= IA_HITS_M; u++)
        if (reach >= units[u].least && reach < units[u].most)
            found = u;
    if (found == IA_HITS_AUTO)
        return ia_fail(
            ctx, IA_ERR_PARAM,
            "detector hits reach %.3g from their middle, which is no radius of "
            "a detector in mm, cm or m: give --hit-unit",
            reach);
    if (*unit == IA_HITS_AUTO && found != IA_HITS_MM)
        ia_warn(ctx,
                "detector hits reach %.3g from their middle, which is no radius of a "
                "detector in mm: taken for %s; if they are not, give --hit-unit%s",
                reach, units[found].name,
                reach >= least_inches && reach < most_inches
                    ? "; if they are in inches, multiply them by 25.4"
                    : "");
    *unit = found;
    *mm = units[found].mm;
    return IA_OK;
}
