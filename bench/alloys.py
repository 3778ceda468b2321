#!/usr/bin/env python3
# bench/alloys.py: ions and composition of specimens that `ionatlas simulate` draws.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/alloys.py PROGRAM [SEEDS]

Each row of bench/alloys.tsv is drawn SEEDS times (10), 2 % of background, and given to `ionatlas range` with nothing
else. Prints a Markdown table: sum over elements of |at.% told - at.% drawn| (median, largest), ions told that
were not drawn with the seeds in which they were, those drawn with 20 ions or more that were not told, and how
often the intervals hold what was drawn."""
import collections
import csv
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

program = sys.argv[1]
seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 10


def atoms_of(ion):
    """Atoms of an ion by element: "TiN++" is one each."""
    atoms = collections.Counter()
    for symbol, n in re.findall(r"([A-Z][a-z]?)(\d*)", ion.rstrip("+")):
        atoms[symbol] += int(n or 1)
    return atoms


def kind_of(ion):
    return tuple(sorted(atoms_of(ion).items())), ion.count("+")


def percent(atoms):
    whole = sum(atoms.values())
    return {symbol: 100 * n / whole for symbol, n in atoms.items()}


def draw(row, seed, path):
    """Ions drawn of each kind."""
    subprocess.run([program, "simulate", "--specimen", "spectrum", "--composition", row["composition"], "--ions",
                    row["ions"], "--molecules", row["molecules"], "--n-ions", row["n_ions"], "--resolving-power",
                    row["resolving_power"], "--seed", str(seed), "--background", "0.02", "--m-max", "260", "--force",
                    "--fill-missing", "-q", "-o", path], check=True, stdout=subprocess.DEVNULL)
    truth = json.loads(pathlib.Path(path).with_suffix(".truth.json").read_text())
    return {ion: species["counts"] for ion, species in truth["species"].items()}


def judge(row, seed, path):
    drawn = draw(row, seed, path)
    told = json.loads(subprocess.run([program, "range", path, "--json", "-q", "--threads", "1"], check=True,
                                     capture_output=True, text=True).stdout)
    atoms = collections.Counter()
    for ion, n in drawn.items():
        for symbol, of_ion in atoms_of(ion).items():
            atoms[symbol] += n * of_ion
    planned = percent(atoms)
    found = told["composition"]
    error = held = n_held = 0
    for symbol in set(planned) | set(found):
        truth, row_of = planned.get(symbol, 0), found.get(symbol)
        error += abs(truth - (row_of["corrected_at_percent"] if row_of else 0))
        interval = row_of and row_of.get("corrected_at_percent_interval95")
        if interval:
            n_held += 1
            held += interval[0] <= truth <= interval[1]
    names = {kind_of(ion["ion"]): ion["ion"] for ion in told["ions"]}
    kinds = {kind_of(ion): n for ion, n in drawn.items()}
    invented = [name for kind, name in names.items() if kind not in kinds]
    missed = [ion for ion, n in drawn.items() if n >= 20 and kind_of(ion) not in names]
    return error, invented, missed, held, n_held


def listing(counter):
    return ", ".join(f"{ion} ({n})" for ion, n in sorted(counter.items())) or "none"


def main():
    rows = list(csv.DictReader(open(pathlib.Path(__file__).with_name("alloys.tsv")), delimiter="\t"))
    print(f"| specimen | error, at.%: median | largest | invented, in how many of {seeds} | missed | intervals hold |")
    print("|---|---:|---:|---|---|---:|")
    all_held = all_n = 0
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            judged = [judge(row, seed, f"{folder}/drawn.pos") for seed in range(1, seeds + 1)]
            errors = [j[0] for j in judged]
            invented = collections.Counter(ion for j in judged for ion in j[1])
            missed = collections.Counter(ion for j in judged for ion in j[2])
            held, n = sum(j[3] for j in judged), sum(j[4] for j in judged)
            all_held, all_n = all_held + held, all_n + n
            print(f"| {row['name']} | {statistics.median(errors):.2f} | {max(errors):.2f} | {listing(invented)} | "
                  f"{listing(missed)} | {held} of {n} |", flush=True)
    print(f"\nIntervals of 95 % hold what was drawn in {all_held} of {all_n} ({100 * all_held / all_n:.1f} %).")


main()
