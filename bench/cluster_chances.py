#!/usr/bin/env python3
# bench/cluster_chances.py: chances of ions to be in a cluster, as stated and as they come true.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: cluster_chances.py PROGRAM [SEEDS] [FIRST_SEED] [interfaces]

Spheres planted in 20 x 20 x 25 nm, half of the ions detected, lateral noise; --posterior of every
method that has one against which ions began inside. With `interfaces` the scan's, of spheres whose
composition is a step blurred by a Gaussian of so many nm: inside is what began within the radius. A
Markdown table: all ions told 0.02 or more, by tenths of the chance."""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import scipy.spatial
import scipy.special

CELLS = ((0.8, 0.5, 0.05, 0.3), (1.2, 0.5, 0.02, 0.2), (2.0, 0.4, 0.05, 0.3), (3.0, 0.3, 0.05, 0.3))
INTERFACES = tuple((1.5, 0.6, 0.02, 0.25, width) for width in (0.0, 0.1, 0.2, 0.3))
BOX, PER_NM3 = np.array([20.0, 20, 25]), 42.5
RANGES = """[Ions]
Number=2
Ion1=Fe
Ion2=Cu
[Ranges]
Number=2
Range1=27.5 28.5 Vol:0.0118 Fe:1 Color:FF0000
Range2=62.5 63.5 Vol:0.0118 Cu:1 Color:00FF00
"""


def level_of(off, width):
    """How much of the composition's step is left so far outside."""
    if width <= 0:
        return (off < 0).astype(float)
    return scipy.special.erfc(off / (np.sqrt(2) * width)) / 2


def plant(radius, inside, outside, noise, seed, width=0.0):
    """Up to 1 % of the volume in spheres 1 nm apart at least, within the surface."""
    rng = np.random.default_rng(seed)
    wanted = int(min(40, max(3, 0.01 * BOX.prod() / (4.19 * radius**3))))
    centres = []
    for _ in range(20000):
        at = radius + 0.5 + rng.random(3) * (BOX - 2 * radius - 1)
        if all(np.linalg.norm(at - c) > 2 * radius + 1 for c in centres):
            centres.append(at)
        if len(centres) == wanted:
            break
    n = rng.poisson(PER_NM3 * BOX.prod())
    xyz = rng.random((n, 3)) * BOX
    off = scipy.spatial.cKDTree(centres).query(xyz)[0] - radius
    is_inside = off < 0
    has = rng.random(n) < outside + (inside - outside) * level_of(off, width)
    return xyz + rng.normal(size=(n, 3)) * [noise, noise, 0.05], has, is_inside


def chances_of(program, method, scratch, xyz, has):
    ions, chances = scratch / "ions.pos", scratch / "chances.npy"
    np.column_stack([xyz, np.where(has, 63, 27.97)]).astype(">f4").tofile(ions)
    subprocess.run([program, "cluster", ions, "-r", scratch / "cu.rrng", "--solute", "Cu", "--method", method, "--posterior",
                    chances, "--force", "-q", "--n-shuffles", "39", "--divisions", "0"], check=True, stdout=subprocess.DEVNULL)
    return np.load(chances)


def row(name, told, true):
    """Mean distance between stated and true over classes, weighed by ions; each class."""
    shown, off, n = [], 0, 0
    for k in range(10):
        own = (told >= max(k / 10, 0.02)) & ((told < (k + 1) / 10) | (k == 9))
        if own.sum() >= 30:
            shown.append(f"{told[own].mean():.2f}: {true[own].mean():.2f}")
            off += abs(told[own].sum() - true[own].sum())
            n += own.sum()
        else:
            shown.append("")
    print(f"| {name} | {n} | {off / max(n, 1):.3f} | {' | '.join(shown)} |", flush=True)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    seeds, first = int(sys.argv[2]) if len(sys.argv) > 2 else 4, int(sys.argv[3]) if len(sys.argv) > 3 else 8001
    soft = sys.argv[4:] == ["interfaces"]
    print(f"| method, radius nm, inside, outside, noise nm{', interface nm' if soft else ''} | ions | mean distance | " + " | ".join(f"{k / 10:.1f} to {(k + 1) / 10:.1f}" for k in range(10)) + " |")
    print("|---|---:|---:|" + "---|" * 10)
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        (scratch / "cu.rrng").write_text(RANGES, encoding="utf-8")
        for cell in INTERFACES if soft else CELLS:
            for method in ("scan",) if soft else ("scan", "gmm"):
                told, true = [], []
                for seed in range(first, first + seeds):
                    xyz, has, is_inside = plant(*cell[:4], seed, *cell[4:])
                    told.append(chances_of(sys.argv[1], method, scratch, xyz, has))
                    true.append(is_inside)
                row(", ".join([method] + [f"{v:g}" for v in cell]), np.concatenate(told), np.concatenate(true))


main()
