#!/usr/bin/env python3
# bench/branches.py: HDBSCAN of planted clusters, beside hdbscan, fast_hdbscan and scikit-learn.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/branches.py BENCH_HDBSCAN [N] [MIN_SIZE] [THREADS] [PEER,...]

BENCH_HDBSCAN is the built program bench_hdbscan. Blobs of three densities in a background, in evaporation order (by
z), seed 1. Peers run in this Python on the same points with the same threads, in the given order and sorted in space, sorting
counted: their better figure stands. Labels are compared by the adjusted Rand index, trees by the sum of their links and by
the branches. Prints a Markdown table."""
import os
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
min_size = int(sys.argv[3]) if len(sys.argv) > 3 else 20
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
wanted = sys.argv[5].split(",") if len(sys.argv) > 5 else ["hdbscan", "fast_hdbscan"]
for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = str(threads)

import numpy as np  # noqa: E402  (after the number of threads is set)
from points import agreement, blobs, cells_in_order  # noqa: E402

SPAN = np.dtype([("a", "<u4"), ("b", "<u4"), ("distance", "<f4")])
BRANCH = np.dtype([("parent", "<u4"), ("size", "<u4"), ("birth", "<f8"), ("stability", "<f8"), ("label", "<i4"), ("pad", "<i4")])


def of_hdbscan(xyz):
    import hdbscan

    found = hdbscan.HDBSCAN(min_cluster_size=min_size, min_samples=min_size, core_dist_n_jobs=threads,
                            approx_min_span_tree=False, gen_min_span_tree=True).fit(xyz)
    return found.labels_, found.minimum_spanning_tree_.to_numpy()[:, 2].sum(), \
        int((found.condensed_tree_.to_numpy()["child_size"] > 1).sum()) + 1


def of_fast_hdbscan(xyz):
    import fast_hdbscan

    found = fast_hdbscan.HDBSCAN(min_cluster_size=min_size, min_samples=min_size).fit(xyz)
    return found.labels_, found._min_spanning_tree[:, 2].sum(), int((found._condensed_tree["child_size"] > 1).sum()) + 1


def main():
    xyz = blobs(n)
    with tempfile.TemporaryDirectory() as folder:
        points, result = os.path.join(folder, "points"), os.path.join(folder, "result")
        xyz.tofile(points)
        ours = np.inf
        for _ in range(3 if n <= 2_000_000 else 1):
            out = subprocess.run([program, points, result, str(min_size), str(threads)], check=True, capture_output=True,
                                 text=True).stdout.split()
            ours = min(ours, float(out[0]))
        data = open(result, "rb").read()
    labels = np.frombuffer(data, "<i4", n)
    spans = np.frombuffer(data, SPAN, n - 1, 16 * n)
    branches = np.frombuffer(data, BRANCH, offset=16 * n + 12 * (n - 1))
    print(f"{n:,} points, smallest cluster and core distance {min_size}, {threads} threads; s.\n")
    print("| program | as given | sorted first | times ours | clusters | branches | sum of links, nm | adjusted Rand index |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    print(f"| ionatlas, {out[4]} B per point | {ours:.2f} | | 1 | {out[2]} | {len(branches)} | "
          f"{spans['distance'].astype(float).sum():.3f} | |", flush=True)
    for name, fit in (("hdbscan", of_hdbscan), ("fast_hdbscan", of_fast_hdbscan)):
        if name not in wanted:
            continue
        try:
            fit(xyz[:2000])  # what is compiled at the first call
        except ImportError:
            print(f"| {name} | not installed | | | | | | |")
            continue
        start = time.perf_counter()
        theirs, total, n_branches = fit(xyz)
        as_given = time.perf_counter() - start
        start = time.perf_counter()
        order = cells_in_order(xyz)
        fit(xyz[order])
        in_cells = time.perf_counter() - start
        print(f"| {name} | {as_given:.2f} | {in_cells:.2f} | {min(as_given, in_cells) / ours:.1f} | {theirs.max() + 1} | "
              f"{n_branches} | {total:.3f} | {agreement(labels, theirs):.6f} |", flush=True)


main()
