#!/usr/bin/env python3
# bench/knn.py: k nearest neighbours of random ions, beside scipy's cKDTree, pykdtree and nanoflann.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/knn.py BENCH_KNN [N] [K] [THREADS]

BENCH_KNN is the built program bench_knn. Peers run in this Python (numpy, scipy, pykdtree, pynanoflann). Every
program gets the ions in evaporation order, with build and query counted. Peers also get a copy that is sorted in
space, sorting counted: their better figure stands. At last all get ions that were sorted before. The same number of
threads, seed 1, the distances compared. Prints a Markdown table."""
import os
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
k = int(sys.argv[3]) if len(sys.argv) > 3 else 10
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
os.environ["OMP_NUM_THREADS"] = str(threads)


import numpy as np  # noqa: E402  (after the number of threads is set)
from points import cells_in_order  # noqa: E402


def scipy_search(xyz):
    from scipy.spatial import cKDTree

    return cKDTree(xyz).query(xyz, k=k + 1, workers=threads)[0]


def pykdtree_search(xyz):
    from pykdtree.kdtree import KDTree

    return KDTree(xyz).query(xyz, k=k + 1)[0]


def nanoflann_search(xyz):
    import pynanoflann

    tree = pynanoflann.KDTree(n_neighbors=k + 1, leaf_size=10)
    tree.fit(xyz)
    return np.sqrt(tree.kneighbors(xyz, n_jobs=threads)[0]) if squares_are_given(tree, xyz) \
        else tree.kneighbors(xyz, n_jobs=threads)[0]


def squares_are_given(tree, xyz):
    distances, numbers = tree.kneighbors(xyz[:1])
    true = np.linalg.norm(xyz[0].astype(float) - xyz[int(numbers[0, 1])])
    return abs(distances[0, 1] - true) > 1e-4 * true


def run(points, result):
    """Seconds, index and search."""
    out = subprocess.run([program, points, result, str(k), str(threads)], check=True, capture_output=True, text=True)
    return float(out.stdout.split()[0])


def timed(search, xyz):
    start = time.perf_counter()
    distances = search(xyz)
    return distances[:, 1:].astype(np.float32), time.perf_counter() - start


def main():
    random = np.random.default_rng(1)
    edge = (n / 50) ** (1 / 3)
    xyz = (random.random((n, 3)) * edge).astype(np.float32)
    xyz = xyz[np.argsort(xyz[:, 2])]
    start = time.perf_counter()
    order = cells_in_order(xyz)
    sorting = time.perf_counter() - start
    sorted_xyz = np.ascontiguousarray(xyz[order])
    with tempfile.TemporaryDirectory() as folder:
        points, result = os.path.join(folder, "points"), os.path.join(folder, "result")
        sorted_xyz.tofile(points)
        ours_sorted = min(run(points, result) for _ in range(3))
        xyz.tofile(points)
        ours = min(run(points, result) for _ in range(3))
        distances = np.fromfile(result, dtype=np.float32).reshape(n, k)
    print(f"{n:,} ions at random, 50 per nm3, in evaporation order (by z); k = {k}, {threads} threads; build and query, s.\n")
    print("| program | as given | sorted first, sorting counted | times ours | sorted before | times ours | largest "
          "difference of a distance, nm |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    print(f"| ionatlas | {ours:.2f} | | 1 | {ours_sorted:.2f} | 1 | |")
    peers = (("scipy cKDTree", scipy_search), ("pykdtree", pykdtree_search), ("nanoflann", nanoflann_search))
    for name, search in peers:
        try:
            theirs, as_given = timed(search, xyz)
        except ImportError:
            print(f"| {name} | not installed | | | | | |")
            continue
        difference = np.abs(theirs - distances).max()
        del theirs
        in_cells = timed(search, sorted_xyz)[1]
        best = min(as_given, in_cells + sorting)
        print(f"| {name} | {as_given:.2f} | {in_cells + sorting:.2f} | {best / ours:.1f} | {in_cells:.2f} | "
              f"{in_cells / ours_sorted:.1f} | {difference:.1e} |", flush=True)


main()
