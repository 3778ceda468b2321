#!/usr/bin/env python3
# bench/optics.py: OPTICS of planted clusters, beside scikit-learn.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/optics.py BENCH_OPTICS [N] [PEER_N] [MIN_POINTS] [REACH] [THREADS]

BENCH_OPTICS is the built program bench_optics. A third of the points in blobs, the rest at random, 5 per nm3, in
evaporation order, seed 1. scikit-learn runs in this Python on PEER_N points (it takes minutes for more than 20,000),
with its default of one job (more are slower); order, reachability and labels are compared. Prints a Markdown table."""
import os
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
peer_n = int(sys.argv[3]) if len(sys.argv) > 3 else 4_000
min_points = int(sys.argv[4]) if len(sys.argv) > 4 else 10
reach = float(sys.argv[5]) if len(sys.argv) > 5 else 2.0
threads = int(sys.argv[6]) if len(sys.argv) > 6 else 2
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402  (after the number of threads is set)
from points import blobs  # noqa: E402


def ours(xyz):
    with tempfile.TemporaryDirectory() as folder:
        points, result = os.path.join(folder, "points"), os.path.join(folder, "result")
        xyz.tofile(points)
        words = subprocess.run([program, points, result, str(min_points), str(reach), str(threads)], check=True,
                               capture_output=True, text=True).stdout.split()
        data = np.fromfile(result, "<u4").reshape(3, len(xyz))
    return float(words[0]), words[4], data[0], data[1].view("<f4"), data[2].view("<i4")


def main():
    print(f"At least {min_points} points, reach {reach:g} nm, {threads} threads; s.\n")
    print("| program | points | s | microseconds per point | clusters | times ours | places of the order that differ | "
          "largest difference of a reachability, nm | labels that differ |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for count in sorted({peer_n, n}):
        xyz = blobs(count)
        seconds, memory, order, reachability, labels = ours(xyz)
        print(f"| ionatlas, {memory} B per point | {count:,} | {seconds:.2f} | {1e6 * seconds / count:.2f} | {labels.max() + 1} | 1 | | | |",
              flush=True)
        if count != peer_n:
            continue
        try:
            from sklearn.cluster import OPTICS
        except ImportError:
            print("| scikit-learn | not installed | | | | | | | |")
            continue
        start = time.perf_counter()
        found = OPTICS(min_samples=min_points, max_eps=reach, algorithm="kd_tree").fit(xyz.astype(float))
        theirs = time.perf_counter() - start
        both = found.reachability_[found.ordering_]
        same = np.isfinite(both) & np.isfinite(reachability)
        print(f"| scikit-learn | {count:,} | {theirs:.2f} | {1e6 * theirs / count:.2f} | {found.labels_.max() + 1} | "
              f"{theirs / seconds:.0f} | {(found.ordering_ != order).sum()} | {np.abs(both[same] - reachability[same]).max():.1e} | "
              f"{(found.labels_ != labels).sum()} |", flush=True)


main()
