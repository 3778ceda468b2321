#!/usr/bin/env python3
# bench/knn.py: k nearest neighbours of random ions in evaporation order, beside scipy's cKDTree and pykdtree.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/knn.py BENCH_KNN [N] [K] [THREADS]

BENCH_KNN is the built program bench_knn. Peers run in this Python (numpy, scipy, pykdtree), each on the ions in
evaporation order and on a space-sorted copy, sorting counted; their better figure stands. Build and query
counted, the same number of threads, seed 1, the distances compared. Prints a Markdown table."""
import os
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000_000
k = int(sys.argv[3]) if len(sys.argv) > 3 else 10
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402  (after the number of threads is set)


def cells_in_order(xyz):
    """Ions sorted by cubes of 1.5 nm: what a peer gains from order in space."""
    cell = np.floor((xyz - xyz.min(axis=0)) / 1.5).astype(np.int64)
    size = cell.max(axis=0) + 1
    return np.argsort((cell[:, 2] * size[1] + cell[:, 1]) * size[0] + cell[:, 0], kind="stable")


def scipy_search(xyz):
    from scipy.spatial import cKDTree

    return cKDTree(xyz).query(xyz, k=k + 1, workers=threads)[0]


def pykdtree_search(xyz):
    from pykdtree.kdtree import KDTree

    return KDTree(xyz).query(xyz, k=k + 1)[0]


def measure(search, xyz):
    start = time.perf_counter()
    distances = search(xyz)
    as_given = time.perf_counter() - start
    start = time.perf_counter()
    order = cells_in_order(xyz)
    search(xyz[order])
    in_cells = time.perf_counter() - start
    return distances[:, 1:].astype(np.float32), as_given, in_cells


def main():
    random = np.random.default_rng(1)
    edge = (n / 50) ** (1 / 3)
    xyz = (random.random((n, 3)) * edge).astype(np.float32)
    xyz = xyz[np.argsort(xyz[:, 2])]
    with tempfile.TemporaryDirectory() as folder:
        points, result = os.path.join(folder, "points"), os.path.join(folder, "result")
        xyz.tofile(points)
        out = subprocess.run([program, points, result, str(k), str(threads)], check=True, capture_output=True,
                             text=True)
        ours = float(out.stdout.split()[0])
        distances = np.fromfile(result, dtype=np.float32).reshape(n, k)
    print(f"{n:,} ions at random, 50 per nm3, sorted by z; k = {k}, {threads} threads; build and query, s.\n")
    print("| program | as given | sorted in space | times ours | largest difference of a distance, nm |")
    print("|---|---:|---:|---:|---:|")
    print(f"| ionatlas | {ours:.2f} | | 1 | |")
    for name, search in (("scipy cKDTree", scipy_search), ("pykdtree", pykdtree_search)):
        try:
            theirs, as_given, in_cells = measure(search, xyz)
        except ImportError:
            print(f"| {name} | not installed | | | |")
            continue
        best = min(as_given, in_cells)
        difference = np.abs(theirs - distances).max()
        print(f"| {name} | {as_given:.2f} | {in_cells:.2f} | {best / ours:.1f} | {difference:.1e} |")


main()
