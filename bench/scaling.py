# bench/scaling.py: how time and memory of analyses grow with the number of ions.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/scaling.py BENCH_SCALING N,... [THREADS] [PAGE]

BENCH_SCALING is the built program bench_scaling. The least of three turns, one above 30 million ions; each turn is a program of its
own, so that its memory counts from nothing. Of N that are not run here, rows that stand on PAGE stay. Prints a Markdown table."""
import math
import os
import re
import subprocess
import sys

program, sizes = sys.argv[1], [int(float(n)) for n in sys.argv[2].split(",")]
threads = sys.argv[3] if len(sys.argv) > 3 else "2"
page = sys.argv[4] if len(sys.argv) > 4 else ""
names = {"knn": "10 nearest neighbours", "rdf": "pairs to 2 nm", "dbscan": "DBSCAN, 10 within 0.5 nm", "grid": "grid of 1 nm, two passes",
         "hdbscan": "HDBSCAN, 20 points", "optics": "OPTICS, 10 within 0.5 nm", "surface": "that grid, iso-surface, objects",
         "proxigram": "and proximity histogram"}


def turn(what, n):
    out = subprocess.run([program, what, str(n), threads], check=True, capture_output=True, text=True).stdout.split()
    return float(out[0]), float(out[1])


def rows_that_stand():
    """(analysis, ions): seconds and bytes of an earlier run."""
    text = open(page, encoding="utf-8").read() if os.path.exists(page) else ""
    part = re.search(r"## Growth with the number of ions\n(.*?)(?:\n## |\Z)", text, re.S)
    rows = {}
    for line in part.group(1).splitlines() if part else []:
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) == 6 and cells[1].replace(",", "").isdigit():
            what = next(k for k, v in names.items() if v == cells[0])
            rows[what, int(cells[1].replace(",", ""))] = (float(cells[2]), float(cells[5]))
    return rows


rows = rows_that_stand()
for what in names:
    for n in sizes:
        rows[what, n] = min(turn(what, n) for _ in range(3 if n <= 30_000_000 else 1))
print("| analysis | ions | s | microseconds per ion | exponent | B per ion |")
print("|---|---:|---:|---:|---:|---:|")
for what, name in names.items():
    before = None
    for n in sorted(n for w, n in rows if w == what):
        seconds, more = rows[what, n]
        exponent = f"{math.log(seconds / before[1]) / math.log(n / before[0]):.2f}" if before else ""
        print(f"| {name} | {n:,} | {seconds:.2f} | {1e6 * seconds / n:.3f} | {exponent} | {more:.1f} |")
        before = n, seconds
