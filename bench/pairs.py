#!/usr/bin/env python3
# bench/pairs.py: pairs of random ions by distance, beside scipy's cKDTree.count_neighbors and freud's RDF.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/pairs.py BENCH_PAIRS [N] [R_MAX] [THREADS]

BENCH_PAIRS is the built program bench_pairs. Peers run in this Python (numpy, scipy, freud-analysis), each on the
ions in evaporation order and, up to SORTED_MOST of them, on a space-sorted copy, sorting counted; their better figure
stands. More ions than that are counted by the quicker peer, scipy, alone. The first 5,000 ions are also counted by a loop over all pairs in double. Bins of 0.05 nm,
seed 1, ions in a box twice as deep as wide, the counts compared bin by bin. scipy counts on one thread; given
THREADS, its centres are dealt to as many processes. Prints a Markdown table."""
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
r_max = float(sys.argv[3]) if len(sys.argv) > 3 else 2.0
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
n_bins = round(r_max / 0.05)
SORTED_MOST, LOOP = 2_000_000, 5000

import numpy as np  # noqa: E402
from points import cells_in_order  # noqa: E402


def edges():
    """The upper edges, each a hair low: cKDTree counts distances up to and with the radius."""
    return np.nextafter(np.arange(1, n_bins + 1) * r_max / n_bins, 0)


def count_part(xyz, part):
    from scipy.spatial import cKDTree

    return cKDTree(xyz[part]).count_neighbors(whole, edges())


def scipy_count(xyz):
    from scipy.spatial import cKDTree

    global whole
    whole = cKDTree(xyz)
    bounds = [n * i // threads for i in range(threads + 1)]
    parts = [(xyz, slice(bounds[i], bounds[i + 1])) for i in range(threads)]
    with multiprocessing.get_context("fork").Pool(threads) as pool:
        below = sum(pool.starmap(count_part, parts))
    return (np.diff(below, prepend=0) - np.eye(1, n_bins, dtype=np.int64)[0] * n) // 2


def freud_count(xyz):
    import freud

    freud.set_num_threads(threads)
    span = xyz.max(axis=0) - xyz.min(axis=0)
    box = freud.box.Box(*(span + 2.5 * r_max))
    rdf = freud.density.RDF(n_bins, r_max)
    rdf.compute((box, xyz - xyz.min(axis=0) - span / 2))
    return np.asarray(rdf.bin_counts, dtype=np.int64) // 2


def ours(xyz):
    """Seconds and counts."""
    with tempfile.TemporaryDirectory() as folder:
        points = os.path.join(folder, "points")
        xyz.tofile(points)
        out = subprocess.run([program, points, str(r_max), str(n_bins), str(threads)], check=True,
                             capture_output=True, text=True).stdout.split()
    return float(out[0]), np.array(out[1:], dtype=np.int64)


def loop_count(xyz):
    """Every pair by its squared distance in double."""
    counts = np.zeros(n_bins, dtype=np.int64)
    for i in range(1, len(xyz)):
        d = np.sqrt(((xyz[:i].astype(float) - xyz[i].astype(float)) ** 2).sum(axis=1))
        counts += np.histogram(d, n_bins, (0, r_max))[0] - np.histogram(d[d == r_max], n_bins, (0, r_max))[0]
    return counts


def measure(count, xyz):
    start = time.perf_counter()
    counts = count(xyz)
    as_given = time.perf_counter() - start
    if len(xyz) > SORTED_MOST:
        return counts, as_given, None
    start = time.perf_counter()
    count(xyz[cells_in_order(xyz)])
    return counts, as_given, time.perf_counter() - start


def main():
    random = np.random.default_rng(1)
    edge = (n / 50 / 2) ** (1 / 3)
    xyz = (random.random((n, 3)) * [edge, edge, 2 * edge]).astype(np.float32)
    xyz = xyz[np.argsort(xyz[:, 2])]
    seconds, counts = ours(xyz)
    few = xyz[:LOOP]
    looped = loop_count(few)
    off = np.abs(ours(few)[1] - looped).sum()
    print(f"{n:,} ions at random, 50 per nm3, sorted by z; {counts.sum():,} pairs nearer than {r_max:g} nm in "
          f"{n_bins} bins; {threads} threads; s.\n")
    print("| program | as given | sorted in space | times ours | pairs in another bin than ours |")
    print("|---|---:|---:|---:|---:|")
    print(f"| ionatlas | {seconds:.2f} | | 1 | |", flush=True)
    for name, count in (("scipy cKDTree", scipy_count), ("freud", freud_count)):
        if name == "freud" and n > SORTED_MOST:
            continue
        try:
            theirs, as_given, in_cells = measure(count, xyz)
        except ImportError:
            print(f"| {name} | not installed | | | |")
            continue
        best = min(as_given, in_cells or as_given)
        second = f"{in_cells:.2f}" if in_cells else "not run"
        moved = np.abs(theirs - counts).sum()
        print(f"| {name} | {as_given:.2f} | {second} | {best / seconds:.1f} | {moved:,} |", flush=True)
    print(f"| loop over all pairs | {LOOP:,} ions only: {looped.sum():,} pairs | | | {off:,} |", flush=True)


main()
