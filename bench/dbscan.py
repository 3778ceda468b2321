#!/usr/bin/env python3
# bench/dbscan.py: DBSCAN of planted clusters, beside scikit-learn.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/dbscan.py BENCH_DBSCAN [N] [EPS] [MIN_POINTS] [THREADS] [PEER_MOST]

BENCH_DBSCAN is the built program bench_dbscan. A third of the points in blobs, the rest at random, 5 per nm3, in
evaporation order, seed 1. Programs take turns, three times up to a million points, and the least time of each counts. Labels
are compared by the adjusted Rand index and one by one (clusters of both are numbered by their first core). scikit-learn
keeps all neighbours of all points: beyond PEER_MOST points it is left out. Prints a Markdown table."""
import os
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
eps = float(sys.argv[3]) if len(sys.argv) > 3 else 0.5
min_points = int(sys.argv[4]) if len(sys.argv) > 4 else 10
threads = int(sys.argv[5]) if len(sys.argv) > 5 else 2
peer_most = int(sys.argv[6]) if len(sys.argv) > 6 else 2_000_000
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402  (after the number of threads is set)
from points import agreement, blobs  # noqa: E402


def ours(xyz):
    with tempfile.TemporaryDirectory() as folder:
        points, labels = os.path.join(folder, "points"), os.path.join(folder, "labels")
        xyz.tofile(points)
        words = subprocess.run([program, points, labels, str(eps), str(min_points), str(threads)], check=True,
                               capture_output=True, text=True).stdout.split()
        return float(words[0]), words[1], np.fromfile(labels, "<i4")


def theirs(xyz):
    from sklearn.cluster import DBSCAN

    start = time.perf_counter()
    # Nearer than eps, not as near: a hair less.
    found = DBSCAN(eps=np.nextafter(eps, 0), min_samples=min_points, algorithm="kd_tree", n_jobs=threads).fit(xyz)
    return time.perf_counter() - start, found.labels_


def main():
    xyz = blobs(n)
    seconds, peer, labels, other = np.inf, np.inf, None, None
    for _ in range(3 if n <= 1_000_000 else 1):
        took, memory, labels = ours(xyz)
        seconds = min(seconds, took)
        if n > peer_most:
            continue
        try:
            took, other = theirs(xyz)
            peer = min(peer, took)
        except ImportError:
            pass
    print(f"{n:,} points, {min_points} nearer than {eps:g} nm, {threads} threads; s.\n")
    print("| program | s | times ours | clusters | noise | adjusted Rand index | labels that differ |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    print(f"| ionatlas, {memory} B per point | {seconds:.2f} | 1 | {labels.max() + 1} | {(labels < 0).sum():,} | | |")
    if other is not None:
        print(f"| scikit-learn | {peer:.2f} | {peer / seconds:.1f} | {other.max() + 1} | {(other < 0).sum():,} | "
              f"{agreement(labels, other):.6f} | {(labels != other).sum():,} |")
    else:
        print("| scikit-learn | not run: not installed, or too many points | | | | | |")


main()
