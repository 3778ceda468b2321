# bench/cover.py: intervals of the correlation function beside what was planted.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/correlation_cover ... | bench/cover.py

Rows of correlation_cover: cell, seed, planted objects, kind, their mean radius, largest distance, then truth, value and interval of
each quantity. Prints a Markdown table."""
import statistics
import sys

names = ["radius", "spread of radii", "volume fraction", "share inside", "share of the matrix"]
places = [6, 10, 18, 22, 26]  # the resolution, at 14, has no one truth: noise and interfaces together
cells = {}
for line in sys.stdin:
    row = line.rstrip("\n").split("\t")
    cells.setdefault(int(row[0]), []).append(row)
print("| planted | specimens | particles told | quantity | interval holds it | too high, too low | median over truth | its scatter | interval/3.92 |")
print("|---|---:|---:|---|---:|---|---:|---:|---:|")
for cell, rows in sorted(cells.items()):
    told = [r for r in rows if len(r) > 6]
    for name, at in zip(names, places):
        values = [tuple(map(float, r[at:at + 4])) for r in told]
        over = [v / t for t, v, lo, hi in values]
        high = sum(lo > t for t, v, lo, hi in values)
        low = sum(hi < t for t, v, lo, hi in values)
        label = f"r {float(told[0][6]):g} nm, {100 * float(told[0][22]):g} in {100 * float(told[0][26]):g} at.%"
        width = statistics.median((hi - lo) / t for t, v, lo, hi in values) / 3.92
        print(f"| {label} | {len(rows)} | {len(told)} | {name} | {100 * (1 - (high + low) / len(values)):.0f} % | {high}, {low} | "
              f"{statistics.median(over):.3f} | {statistics.pstdev(over):.3f} | {width:.3f} |")
