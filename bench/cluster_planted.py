#!/usr/bin/env python3
# bench/cluster_planted.py: published simulations with labels, found again by the methods that need
# no other ions.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: cluster_planted.py PROGRAM    (data in the folder named by IONATLAS_TEST_DATA)

Cu-rich clusters of emarq/HDBSCAN_DeBaCl_APT (m/n 63 in a cluster, 65 outside) and Cr clusters of
IdahoLabResearch/HiPerClust (labels 1 to 100): positions of solute alone, so no labels to shuffle and
settings as given."""
import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np


def rand_index(a, b):
    def pairs(counts):
        return sum(n * (n - 1) for n in counts)
    same = pairs(collections.Counter(zip(a.tolist(), b.tolist())).values())
    in_a, in_b = (pairs(collections.Counter(x.tolist()).values()) for x in (a, b))
    expected = in_a * in_b / (len(a) * (len(a) - 1))
    return (same - expected) / ((in_a + in_b) / 2 - expected)


def run(program, path, scratch, words):
    labels = scratch / "labels.npy"
    begin = time.time()
    subprocess.run([program, "cluster", path, "--solute", "all", "--labels", labels, "--force", "-q", *words],
                   check=True, stdout=subprocess.DEVNULL)
    return np.load(labels), time.time() - begin


def settings(method, **values):
    return ["--method", method] + [w for k, v in values.items() for w in (f"--{k.replace('_', '-')}", str(v))]


def main():
    if len(sys.argv) != 2 or not os.environ.get("IONATLAS_TEST_DATA"):
        sys.exit(__doc__)
    program, data = sys.argv[1], pathlib.Path(os.environ["IONATLAS_TEST_DATA"]) / "synthetic"
    copper, chromium = data / "cu_clusters_umich/Example1.pos", data / "fecr_clusters_inl/example_plot.txt"
    inside = np.fromfile(copper, ">f4").reshape(-1, 4)[:, 3] < 64
    rows = [line.split() for line in open(chromium, encoding="utf-8")]
    truth = np.array([int(float(r[3])) for r in rows])
    tries = [settings("hdbscan", n_min=n) for n in (10, 20, 50)] + \
            [settings("optics", n_min=n) for n in (10, 20, 50)] + \
            [settings("dbscan", d_max=d, min_points=10) for d in (0.8, 1.0, 1.5, 2.0)] + \
            [settings("core", d_max=0.8, n_min=10, min_points=4), settings("msm", d_max=0.6, n_min=10)]
    print("| settings | Cu: clusters | atom F1 | s | Cr: clusters (100 planted) | adjusted Rand index | s |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        plain = scratch / "chromium.csv"
        plain.write_text("x,y,z\n" + "".join(",".join(r[:3]) + "\n" for r in rows), encoding="utf-8")
        for words in tries:
            cu, cu_s = run(program, copper, scratch, words)
            cr, cr_s = run(program, plain, scratch, words)
            found = cu >= 0
            f1 = 2 * (found & inside).sum() / (found.sum() + inside.sum())
            print(f"| {' '.join(words).replace('--', '')} | {cu.max() + 1} | {f1:.3f} | {cu_s:.2f} | {cr.max() + 1} | "
                  f"{rand_index(truth, cr):.3f} | {cr_s:.2f} |")


if __name__ == "__main__":
    main()
