# bench/peer_numpy.py: what a short script does with NumPy alone, for scripts/bench.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: peer_numpy.py info|spectrum FILE.pos"""
import hashlib
import sys

import numpy

task, path = sys.argv[1:]
# Native byte order first: reductions are several times faster on it.
ions = numpy.fromfile(path, dtype=">f4").astype(numpy.float32).reshape(-1, 4)
if task == "info":
    with open(path, "rb") as file:
        print(hashlib.file_digest(file, "sha256").hexdigest())
    # Column by column: four times as fast as min(axis=0).
    print(len(ions), [(ions[:, i].min(), ions[:, i].max()) for i in range(4)])
else:
    # Equal bins by truncation and bincount: faster than numpy.histogram.
    counts = numpy.bincount((ions[:, 3] / 0.01).astype(numpy.int32))
    print(len(counts), counts.sum())
