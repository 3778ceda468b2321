#!/usr/bin/env python3
# bench/spectra_speed.py: time from a file of ions to named ranges, and of single decisions.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/spectra_speed.py PROGRAM [--ions N] [--runs R]

Simulates specimens from fixed seeds and ranges each with nothing but the file; asks for every ion
of one m/n; repeats the training of the trees, which times its own decisions.
"""
import argparse
import importlib.machinery
import importlib.util
import json
import pathlib
import statistics
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
loader = importlib.machinery.SourceFileLoader("bench", str(ROOT / "scripts/bench"))
bench = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", loader))
loader.exec_module(bench)

SPECIMENS = [
    ("steel", "Fe Cr:0.18 Ni:0.1 Mo:0.012 Mn:0.015 Si:0.008 C:0.001",
     "FeO+:0.0008 CrO+:0.0004 H+:0.003 H2+:0.001 OH2+:0.001 Ga+:0.0015"),
    ("nitride of titanium and aluminium", "Ti Al:0.25 N:0.5 O:0.01",
     "TiN++:0.08 TiO+:0.004 N2+:0.05 AlN+:0.003 H+:0.01 OH2+:0.002"),
]
WAYS = ["global", "tree", "guided"]


def timed(words, folder, runs):
    done = [bench.Run(words, folder) for _ in range(runs)]
    return (statistics.median(r.seconds for r in done), max(r.anonymous for r in done))


def ranging(program, folder, args):
    print(f"| specimen, {args.ions:,} ions | file, MB | way | s (median) | own memory, MB | ranges |")
    print("| --- | ---: | --- | ---: | ---: | ---: |")
    for name, composition, molecules in SPECIMENS:
        bench.Run([program, "simulate", "--specimen", "spectrum", "--composition", composition,
                   "--molecules", molecules, "--n-ions", args.ions, "--seed", 1, "--fill-missing",
                   "-o", "s.epos", "--force", "-q"], folder)
        size = (folder / "s.epos").stat().st_size / 1e6
        for way in WAYS:
            seconds, own = timed([program, "range", "s.epos", "--way", way, "--json", "-q",
                                  "--threads", 2], folder, args.runs)
            found = json.loads((folder / "stdout").read_text())["n_ranges"]
            print(f"| {name} | {size:.0f} | {way} | {seconds:.2f} | {own / 1e6:.0f} | {found} |",
                  flush=True)


def decisions(program, folder, args):
    print("\n| one decision | time |")
    print("| --- | ---: |")
    for mass in (28.0, 56.0, 120.0):
        seconds, _ = timed([program, "label", mass, "--json", "-q"], folder, args.runs)
        print(f"| every ion of up to 5 atoms and charge 4 at {mass:g} Da, program start included | "
              f"{seconds:.3f} s |", flush=True)
    bench.Run([program, "train", "tof", "-o", "trees.model", "--json"], folder)
    told = json.loads((folder / "stdout").read_text())
    for row in told["training"]:
        print(f"| trees, {row['stage']}: a peak with a charge | "
              f"{row['decision_us']:.2f} us |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--ions", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    program = pathlib.Path(args.program).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ranging(program, folder, args)
        decisions(program, folder, args)


if __name__ == "__main__":
    main()
