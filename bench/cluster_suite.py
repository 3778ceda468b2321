#!/usr/bin/env python3
# bench/cluster_suite.py: tables of bench/cluster_suite.c's rows: each method in each cell, and the
# default against the best other one with paired standard errors.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: cluster_suite.py ROWS.tsv... > TABLES.md"""
import collections
import math
import sys

DEFAULT = "scan"
SCORES = ("object_f1", "ion_f1", "radius_bias", "number_error", "inside_bias_percent", "seconds")


def mean(values):
    values = [v for v in values if not math.isnan(v)]
    return sum(values) / len(values) if values else math.nan


def read(paths):
    """{(cell, settings): {method: {seed: scores}}}"""
    cells = collections.defaultdict(lambda: collections.defaultdict(dict))
    for path in paths:
        for line in open(path, encoding="utf-8"):
            words = line.rstrip("\n").split("\t")
            if words[0] == "cell" or len(words) != 9 + len(SCORES):
                continue
            cells[int(words[0]), tuple(words[1:7])][words[8]][int(words[7])] = \
                dict(zip(SCORES, map(float, words[9:])))
    return cells


def described(settings):
    radius, inside, outside, efficiency, sigma, pole = settings
    return f"{radius} | {inside}, {outside} | {efficiency}, {sigma}{', pole' if pole == '1' else ''}"


def paired(ours, theirs):
    """Mean difference of object F1 over common seeds, its standard error, and their number."""
    seeds = sorted(set(ours) & set(theirs))
    d = [ours[s]["object_f1"] - theirs[s]["object_f1"] for s in seeds]
    m = mean(d)
    sd = math.sqrt(sum((x - m) ** 2 for x in d) / (len(d) - 1)) if len(d) > 1 else math.nan
    return m, sd / math.sqrt(len(d)) if d else math.nan, len(d)


def print_methods(cells):
    print("| r nm | inside, outside | efficiency, sigma_xy | method | seeds | object F1 | ion F1 | radius bias | "
          "number error | s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for (_, settings), methods in sorted(cells.items()):
        for method, seeds in sorted(methods.items(), key=lambda m: m[0] != DEFAULT):
            s = {name: mean([v[name] for v in seeds.values()]) for name in SCORES}
            print(f"| {described(settings)} | {method} | {len(seeds)} | {s['object_f1']:.2f} | {s['ion_f1']:.2f} | "
                  f"{s['radius_bias']:+.2f} | {s['number_error']:+.2f} | {s['seconds']:.1f} |")


def print_paired(cells):
    print("| r nm | inside, outside | efficiency, sigma_xy | common seeds | object F1 | best other | difference | paired standard "
          "error |")
    print("|---|---|---|---|---|---|---|---|")
    for (_, settings), methods in sorted(cells.items()):
        ours = methods.get(DEFAULT, {})
        others = {m: v for m, v in methods.items() if m != DEFAULT and len(set(v) & set(ours)) > 1}
        if not others:
            continue
        most = max(len(set(v) & set(ours)) for v in others.values())
        others = {m: v for m, v in others.items() if 2 * len(set(v) & set(ours)) >= most}
        best = max(others, key=lambda m: mean([v["object_f1"] for s, v in others[m].items() if s in ours]))
        difference, error, n = paired(ours, others[best])
        print(f"| {described(settings)} | {n} | {mean([v['object_f1'] for v in ours.values()]):.2f} | {best} | "
              f"{difference:+.3f} | {error:.3f} |")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    everything = read(sys.argv[1:])
    print(f"### {DEFAULT} against the best other method\n")
    print_paired(everything)
    print("\n### Every method\n")
    print_methods(everything)
