# bench/peer_apav.py: the same questions put to APAV, for scripts/bench.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: peer_apav.py info|spectrum FILE.pos"""
import sys

from apav.core.roi import Roi

task, path = sys.argv[1:]
roi = Roi.from_pos(path)
if task == "info":
    print(roi.counts, roi.xyz_extents, roi.mass_extents)
else:
    edges, counts = roi.mass_histogram(0.01)
    print(len(counts), counts.sum())
