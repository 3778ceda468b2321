#!/usr/bin/env python3
# bench/crystal.py: planes of a million ions beside scipy and finufft, as tables.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: crystal.py PROGRAM (bench_crystal)

Peers are written as their documentation shows: a z-SDM by scipy's cKDTree, a block of centres at a time, and numpy's
histogram; the structure factor of one cube by finufft. What is not installed is left out and named.
"""
import subprocess
import sys
import tempfile
import time

import numpy

A, SIGMA_XY, SIGMA_Z, EFFICIENCY = 0.2866, 0.2, 0.04, 0.57
RADIUS, BINS, CENTRES = 1.5, 200, 100000


def draw(n, seed):
    """Positions of about n ions of a bcc crystal along [001], sorted by depth, float32."""
    edge = (n / EFFICIENCY * A ** 3 / 2) ** (1 / 3)
    cells = int(round(edge / A))
    grid = numpy.stack(numpy.meshgrid(*[numpy.arange(cells)] * 3, indexing="ij"), -1)
    sites = (grid.reshape(-1, 1, 3) + numpy.array([[0, 0, 0], [0.5] * 3])).reshape(-1, 3)
    random = numpy.random.default_rng(seed)
    sites = sites[random.random(len(sites)) < EFFICIENCY] * A
    sites += random.normal(size=sites.shape) * [SIGMA_XY, SIGMA_XY, SIGMA_Z]
    return numpy.ascontiguousarray(sites[numpy.argsort(sites[:, 2])], dtype=numpy.float32)


def by_scipy(xyz):
    """Seconds and z-SDM of the centres that ionatlas takes, evenly spread."""
    from scipy.spatial import cKDTree
    began = time.perf_counter()
    tree = cKDTree(xyz)
    centres = numpy.arange(CENTRES) * len(xyz) // CENTRES
    counts = numpy.zeros(BINS, dtype=numpy.int64)
    for block in numpy.array_split(centres, 100):
        lists = tree.query_ball_point(xyz[block], RADIUS, workers=2)
        sizes = numpy.fromiter((len(found) for found in lists), dtype=numpy.int64)
        others = numpy.concatenate([numpy.asarray(found) for found in lists])
        dz = xyz[others, 2] - numpy.repeat(xyz[block, 2], sizes)
        own = others == numpy.repeat(block, sizes)
        counts += numpy.histogram(dz[~own], bins=BINS, range=(-RADIUS, RADIUS))[0]
    return time.perf_counter() - began, counts


def by_finufft(xyz, edge=8.0):
    """Seconds for the structure factor of all overlapping cubes, from that of a few."""
    import finufft
    low = xyz.min(axis=0)
    steps = ((xyz.max(axis=0) - low) / (edge / 2)).astype(int) - 1
    n_cubes = min(200, int(numpy.prod(steps)))
    cubes = [(i, i, i) for i in range(min(min(steps), 4))]
    began = time.perf_counter()
    for cube in cubes:
        u = (xyz - low - numpy.array(cube) * edge / 2) / edge - 0.5
        u = u[(abs(u) < 0.5).all(axis=1)].astype(numpy.float32)
        w = (numpy.cos(numpy.pi * u) ** 2).prod(axis=1).astype(numpy.complex64)
        x = [numpy.ascontiguousarray(2 * numpy.pi * u[:, k]) for k in range(3)]
        f = finufft.nufft3d1(*x, w, (73, 73, 161), eps=1e-3, nthreads=2)
        abs(f) ** 2 / (abs(w) ** 2).sum()
    return (time.perf_counter() - began) / len(cubes) * n_cubes


def main():
    program = sys.argv[1]
    xyz = draw(1e6, 1)
    with tempfile.NamedTemporaryFile(suffix=".f32") as file:
        xyz.tofile(file.name)
        out = subprocess.run([program, "speed", file.name], check=True, capture_output=True,
                             text=True).stdout.split()
    n, sdm, fourier, planes, spacing, sigma, pairs = out
    print(f"{int(n):,} ions of iron along [001], blur {SIGMA_XY} nm across and {SIGMA_Z} along:\n")
    print("| what | program | s | result |\n|---|---|---|---|")
    print(f"| normal, z-SDM of 100,000 centres, xy-SDMs, fit with errors | ionatlas | {float(sdm):.2f} | "
          f"spacing {float(spacing):.5f} nm ({A / 2:.5f}), blur {float(sigma):.4f} nm; {int(pairs):,} pairs |")
    try:
        seconds, counts = by_scipy(xyz)
        print(f"| z-SDM of the same centres, normal known | scipy cKDTree, numpy | {seconds:.2f} | {counts.sum():,} pairs |")
    except ImportError:
        print("| z-SDM | scipy | not installed | |")
    print(f"| structure factor of 200 cubes, reflections with errors | ionatlas | {float(fourier):.2f} | |")
    try:
        print(f"| transform of as many cubes alone | finufft | {by_finufft(xyz):.2f} | |")
    except ImportError:
        print("| transform of the cubes | finufft | not installed | |")
    print(f"| planes and grains of up to 1,000 regions | ionatlas | {float(planes):.2f} | |")
    out = subprocess.run([program, "map"], check=True, capture_output=True, text=True).stdout.split()
    print(f"| z-SDM of two species ({int(out[0]):,} and {int(out[1]):,} ions) for each of 28,899 voxels | ionatlas | {out[2]} | "
          "published programs: 27 s, and 13 minutes for the background |")


if __name__ == "__main__":
    main()
