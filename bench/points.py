# bench/points.py: points for benches.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points for benches: planted clusters, an order in space, how alike labels are."""
import numpy as np


def blobs(n):
    """Three in ten points in blobs of 40 to 400, 0.5 nm wide, the rest at random, 5 per nm3; by z; seed 1."""
    random = np.random.default_rng(1)
    edge = (n / 5) ** (1 / 3)
    parts, left = [], int(0.3 * n)
    while left > 0:
        size = min(left, int(random.integers(40, 400)))
        parts.append(random.random(3) * edge + random.normal(0, 0.5, (size, 3)))
        left -= size
    parts.append(random.random((n - int(0.3 * n), 3)) * edge)
    xyz = np.concatenate(parts).astype(np.float32)
    return xyz[np.argsort(xyz[:, 2])]


def cells_in_order(xyz):
    """Ions sorted by cubes of 1.5 nm: what a peer gains from order in space."""
    cell = np.floor((xyz - xyz.min(axis=0)) / 1.5).astype(np.int64)
    size = cell.max(axis=0) + 1
    return np.argsort((cell[:, 2] * size[1] + cell[:, 1]) * size[0] + cell[:, 0], kind="stable")


def agreement(a, b):
    """Adjusted Rand index."""
    from scipy.sparse import coo_matrix

    table = coo_matrix((np.ones(len(a)), (a - a.min(), b - b.min()))).tocsr()
    pairs = lambda counts: (counts * (counts - 1) / 2).sum()  # noqa: E731
    both, left, right = pairs(table.data), pairs(np.asarray(table.sum(0))), pairs(np.asarray(table.sum(1)))
    chance = left * right / (len(a) * (len(a) - 1) / 2)
    return (both - chance) / ((left + right) / 2 - chance)
