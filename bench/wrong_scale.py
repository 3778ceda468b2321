#!/usr/bin/env python3
# bench/wrong_scale.py: files whose m/n are wrong, and files without an ion, given to `ionatlas range`.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/wrong_scale.py PROGRAM

Each row of bench/alloys.tsv is drawn once (150,000 ions, seeds from 100) and its m/n are changed; what is told is
compared with what is told of the file as drawn. Then peaks at random and at even places, and background alone:
how many files are told an element. Prints two Markdown tables."""
import array
import csv
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

program = sys.argv[1]
N_IONS = 150000
changes = {
    "times 0.983": lambda m: 0.983 * m,
    "times 0.985": lambda m: 0.985 * m,
    "times 1.015": lambda m: 1.015 * m,
    "times 1.018": lambda m: 1.018 * m,
    "times 1.03": lambda m: 1.03 * m,
    "start time: sqrt(m/n) + 0.02, and times 1.002": lambda m: 1.002 * (math.sqrt(m) + 0.02) ** 2,
    "plus 0.06 Da": lambda m: m + 0.06,
    "bent: plus 0.06 exp(-m/15) - 0.03 Da": lambda m: max(0, m + 0.06 * math.exp(-m / 15) - 0.03),
}


def write(path, masses):
    """A .pos file, all ions at one place."""
    values = array.array("f", bytes(16 * len(masses)))
    values[3::4] = array.array("f", masses)
    values.byteswap()
    path.write_bytes(values.tobytes())


def read(path):
    values = array.array("f", path.read_bytes())
    values.byteswap()
    return [max(0.0, m) for m in values[3::4]]


def tell(path):
    """At.% by element, and whether the scale was found anew."""
    run = subprocess.run([program, "range", str(path), "--json"], capture_output=True, text=True, check=True)
    told = json.loads(run.stdout)["composition"]
    return ({symbol: row["corrected_at_percent"] or 0 for symbol, row in told.items()}, "found anew" in run.stderr)


def draw(row, seed, path):
    subprocess.run([program, "simulate", "--specimen", "spectrum", "--composition", row["composition"], "--ions",
                    row["ions"], "--molecules", row["molecules"], "--resolving-power", row["resolving_power"],
                    "--n-ions", str(N_IONS), "--seed", str(seed), "--fill-missing", "--force", "-q", "-o", str(path)],
                   check=True, stdout=subprocess.DEVNULL)
    return read(path)


def distance(one, other):
    return sum(abs(one.get(s, 0) - other.get(s, 0)) for s in set(one) | set(other))


def judge_changes(folder):
    rows = list(csv.DictReader(open(pathlib.Path(__file__).with_name("alloys.tsv")), delimiter="\t"))
    path = folder / "changed.pos"
    results = {name: [] for name in changes}
    for k, row in enumerate(rows):
        masses = draw(row, 100 + k, folder / "drawn.pos")
        usual, _ = tell(folder / "drawn.pos")
        for name, change in changes.items():
            write(path, [change(m) for m in masses])
            told, anew = tell(path)
            results[name].append((bool(told), anew, distance(told, usual)))
    print("| m/n of the file | files | told at once | scale found anew | nothing told | farthest from the file as drawn, at.% |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, list_ in results.items():
        told = [r for r in list_ if r[0]]
        print(f"| {name} | {len(list_)} | {sum(not r[1] for r in told)} | {sum(r[1] for r in told)} | "
              f"{len(list_) - len(told)} | {max((r[2] for r in told), default=0):.2f} |")


def peaks(draws, places, equal=False):
    masses = [300 * draws.random() ** 2 for _ in range(20000)]
    for m in places:
        n = 500 if equal else int(100 * math.exp(4.5 * draws.random()))
        masses += [m + 0.017 * math.sqrt(m / 28) * draws.gauss(0, 1) for _ in range(n)]
    draws.shuffle(masses)
    return [m for m in masses if 0 < m < 300]


def junk():
    """(kind, m/n of the ions)"""
    for n in (10, 20, 30, 100, 300):
        for seed in range(6):
            draws = random.Random(1000 * n + seed)
            yield "peaks at random places", peaks(draws, [1 + 250 * draws.random() for _ in range(n)])
    for k, step in enumerate((0.37, 0.5, 1, 1.3, 2.5)):
        for equal in (False, True):
            draws = random.Random(k)
            places = [2 + step * i for i in range(int(148 / step))]
            yield "evenly spaced peaks", peaks(draws, places, equal)
    for seed in range(5):
        draws = random.Random(seed)
        yield "background alone", [300 * draws.random() ** 2 for _ in range(100000)]


def judge_junk(folder):
    counts = {}
    for kind, masses in junk():
        write(folder / "junk.pos", masses)
        told, _ = tell(folder / "junk.pos")
        n, n_told = counts.get(kind, (0, 0))
        counts[kind] = n + 1, n_told + bool(told)
    print("\n| files without an ion | files | told an element |")
    print("|---|---:|---:|")
    for kind, (n, n_told) in counts.items():
        print(f"| {kind} | {n} | {n_told} |")


def main():
    print("The specimens of `bench/alloys.tsv`, 150,000 ions each, seeds from 100, with m/n that were changed, given to")
    print("`ionatlas range` with nothing else. *Farthest*: sum over the elements of what is told less what is told of the")
    print("file as drawn, the largest of the files.\n")
    with tempfile.TemporaryDirectory() as folder:
        judge_changes(pathlib.Path(folder))
        judge_junk(pathlib.Path(folder))


main()
