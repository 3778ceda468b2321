# bench/cluster_missed.py: tables of bench/cluster_missed.c's rows.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/cluster_missed ... | bench/cluster_missed.py

Rows: radius, shares inside and outside, efficiency and sigma_xy, seed, planted, found, corrected number and its interval, own:found solute ions of each planted cluster,
chances of the classes 1 to 2, 2 to 4, ... solute ions. Prints two Markdown tables."""
import collections
import math
import statistics
import sys


def logit(p):
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


def chance_of(chances, ions):
    """Between the middles of classes, along the logistic law."""
    x = math.log2(ions) - 0.5
    i = int(min(max(math.floor(x), 0), len(chances) - 2))
    y = logit(chances[i]) + (x - i) * (logit(chances[i + 1]) - logit(chances[i]))
    return 1 / (1 + math.exp(-y))


cells = collections.defaultdict(list)
for line in sys.stdin:
    row = line.rstrip("\n").split("\t")
    cells[f"{row[0]} nm, {row[1]}", row[2]].append(row)
print("| radius, inside, outside; efficiency, sigma_xy | specimens, those without any found | found over planted, less 1 | corrected, less 1: mean | median | "
      "interval holds the truth |")
print("|---|---|---|---|---|---|")
for (spheres, blur), rows in cells.items():
    told = [r for r in rows if int(r[5]) > 0]
    planted = [int(r[4]) for r in told]
    off = [float(r[6]) / n - 1 for r, n in zip(told, planted)]
    held = sum(float(r[7]) <= n <= float(r[8]) for r, n in zip(told, planted))
    raw = sum(int(r[5]) for r in rows) / sum(int(r[4]) for r in rows) - 1
    error = statistics.stdev(off) / math.sqrt(len(off))
    print(f"| {spheres}; {blur} | {len(rows)}, {len(rows) - len(told)} | {raw:+.2f} | {statistics.mean(off):+.2f} +- {error:.2f} | "
          f"{statistics.median(off):+.2f} | {held} of {len(told)} |")
print("\n| radius, inside, outside; efficiency, sigma_xy | own solute ions | planted | found | foretold by chances |")
print("|---|---|---:|---:|---:|")
for (spheres, blur), rows in cells.items():
    classes = collections.defaultdict(lambda: [0, 0, 0.0])
    for row in rows:
        chances = [float(c) for c in row[10].split(",")]
        for pair in row[9].split(",") if int(row[5]) > 0 else []:
            own, found = map(float, pair.split(":"))
            c = classes[min(max(int(2 * math.log2(max(own, 1))), 6), 11)]
            c[0] += 1
            c[1] += found > 0
            c[2] += chance_of(chances, max(own, 1))
    for c, (n, found, foretold) in sorted(classes.items()):
        low, high = 2 ** (c / 2), 2 ** ((c + 1) / 2)
        name = f"below {high:.0f}" if c == 6 else f"{low:.0f} and more" if c == 11 else f"{low:.0f} to {high:.0f}"
        print(f"| {spheres}; {blur} | {name} | {n} | {found} | {foretold:.1f} |")
    sums = [sum(c[i] for c in classes.values()) for i in range(3)]
    print(f"| {spheres}; {blur} | all | {sums[0]} | {sums[1]} | {sums[2]:.1f} |")
