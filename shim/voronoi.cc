// shim/voronoi.cc: Voronoi cells by voro++, behind a C function.
// SPDX-License-Identifier: GPL-3.0-or-later
#include "voronoi.h"

#include <new>
#include <vector>
#include <voro++/voro++.hh>

namespace
{

const double points_per_block = 5; // fastest by voro++'s own measurements

void visit(const ia_shim_cells *cells)
{
    const double *low = cells->low, *high = cells->high;
    voro::pre_container sizes(low[0], high[0], low[1], high[1], low[2], high[2], false,
                              false, false);
    int blocks[3];
    for (size_t i = 0; i < cells->n; i++)
        sizes.put((int)i, cells->xyz[3 * i], cells->xyz[3 * i + 1],
                  cells->xyz[3 * i + 2]);
    sizes.guess_optimal(blocks[0], blocks[1], blocks[2]);
    voro::container box(low[0], high[0], low[1], high[1], low[2], high[2], blocks[0],
                        blocks[1], blocks[2], false, false, false,
                        (int)(2 * points_per_block));
    sizes.setup(box);
    voro::c_loop_all loop(box);
    voro::voronoicell_neighbor cell;
    std::vector<int> beside;
    if (!loop.start())
        return;
    do {
        if (!box.compute_cell(cell, loop))
            continue;
        cell.neighbors(beside);
        cells->visit(cells->user, (size_t)loop.pid(), cell.volume(), beside.data(),
                     beside.size());
    } while (loop.inc());
}

} // namespace

bool ia_shim_voronoi(const ia_shim_cells *cells)
{
    try {
        visit(cells);
    } catch (const std::bad_alloc &) {
        return false;
    }
    return true;
}
