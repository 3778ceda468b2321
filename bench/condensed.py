#!/usr/bin/env python3
# bench/condensed.py: the condensed tree of HDBSCAN beside that of the Python package hdbscan.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/condensed.py BENCH_HDBSCAN [N] [MIN_SIZE] [THREADS]

BENCH_HDBSCAN is the built program bench_hdbscan. Blobs of three densities in a background (points.py). With a core distance to
the nearest other point (min_samples 1) every link is as long as its points are apart and no two are alike: there are no ties, and
one tree. With MIN_SIZE links of equal lengths are many, which either program breaks as it will. A branch is told by its least
point and its birth; the same: of the same size, with the same parent; a point: falling out of the same branch at the same
density, within 1e-6 (ionatlas measures in single). Prints a Markdown table."""
import os
import subprocess
import sys
import tempfile

program = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
min_size = int(sys.argv[3]) if len(sys.argv) > 3 else 20
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2

import numpy as np  # noqa: E402
from points import blobs  # noqa: E402

BRANCH = np.dtype([("parent", "<u4"), ("size", "<u4"), ("birth", "<f8"), ("stability", "<f8"), ("label", "<i4"), ("pad", "<i4")])
NEAR = 1e-6


class Tree:
    """Branches by parent, size, birth; of each point its branch and density. Parents have lower numbers."""

    def __init__(self, parent, size, birth, branch, density):
        self.size, self.birth, self.density = size, birth, density
        least = np.full(len(parent), n)
        np.minimum.at(least, branch, np.arange(n))
        for child in range(len(parent) - 1, 0, -1):
            least[parent[child]] = min(least[parent[child]], least[child])
        self.order = np.lexsort((birth, least))
        self.least = least
        place = np.empty(len(parent), int)
        place[self.order] = np.arange(len(parent))
        self.parent, self.branch = place[parent], place[branch]


def of_ours(xyz, samples, folder):
    points, result = os.path.join(folder, "points"), os.path.join(folder, "result")
    xyz.tofile(points)
    subprocess.run([program, points, result, str(min_size), str(threads), str(samples)], check=True, capture_output=True)
    data = open(result, "rb").read()
    branch = np.frombuffer(data, "<u4", n, 4 * n).astype(int)
    density = np.frombuffer(data, "<f4", n, 8 * n).astype(float)
    branches = np.frombuffer(data, BRANCH, offset=16 * n + 12 * (n - 1))
    return Tree(branches["parent"].astype(int), branches["size"].astype(int), branches["birth"], branch, density)


def of_theirs(xyz, samples):
    import hdbscan

    found = hdbscan.HDBSCAN(min_cluster_size=min_size, min_samples=samples, core_dist_n_jobs=threads,
                            approx_min_span_tree=False).fit(xyz.astype(np.float64))
    rows = found.condensed_tree_.to_numpy()
    points, links = rows[rows["child"] < n], rows[rows["child"] >= n]
    n_branches = len(links) + 1
    parent, size, birth = np.zeros(n_branches, int), np.full(n_branches, n), np.zeros(n_branches)
    child = links["child"] - n
    parent[child], size[child], birth[child] = links["parent"] - n, links["child_size"], links["lambda_val"]
    branch, density = np.empty(n, int), np.empty(n)
    branch[points["child"]], density[points["child"]] = points["parent"] - n, points["lambda_val"]
    return Tree(parent, size, birth, branch, density)


def is_near(a, b):
    return np.abs(a - b) <= NEAR * np.maximum(np.abs(a), np.abs(b))


def compare(ours, theirs):
    """How many branches and points of ours are the same in theirs."""
    alike = {}  # branches by their least point and size: those within each other differ in birth
    for b in ours.order:
        alike.setdefault((int(ours.least[b]), int(ours.size[b])), []).append(b)
    match = np.full(len(ours.order), -1)
    for b in theirs.order:
        for own in alike.get((int(theirs.least[b]), int(theirs.size[b])), []):
            if match[own] < 0 and is_near(ours.birth[own], theirs.birth[b]):
                match[own] = b
                break
    place = np.empty(len(theirs.order), int)
    place[theirs.order] = np.arange(len(theirs.order))
    to = np.where(match[ours.order] >= 0, place[match[ours.order]], -1)  # by places in either order
    same_branch = (to >= 0) & (to[ours.parent[ours.order]] == theirs.parent[match[ours.order]])
    same_point = (to[ours.branch] == theirs.branch) & is_near(ours.density, theirs.density)
    return int(same_branch.sum()), int(same_point.sum())


def main():
    xyz = blobs(n)
    print(f"{n:,} points, smallest cluster {min_size}.\n")
    print("| core distance to the | branches | of hdbscan | the same | points that fall out of the same at the same density |")
    print("|---|---:|---:|---:|---:|")
    for samples, words in ((1, "nearest: no ties"), (min_size, f"{min_size}th: ties")):
        with tempfile.TemporaryDirectory() as folder:
            ours = of_ours(xyz, samples, folder)
        try:
            theirs = of_theirs(xyz, samples)
        except ImportError:
            print(f"| {words} | {len(ours.order):,} | hdbscan is not installed | | |")
            continue
        branches, points = compare(ours, theirs)
        print(f"| {words} | {len(ours.order):,} | {len(theirs.order):,} | {branches:,} | {points:,} |", flush=True)


main()
