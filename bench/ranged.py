#!/usr/bin/env python3
# bench/ranged.py: compositions of measured spectra by a person's ranges, beside the background-corrected column of the file.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/ranged.py [--program build/ionatlas] [--data DIR] [-o FILE]

Two spectra as IVAS writes them hold, bin by bin, what its background leaves. That column is counted here with the
range file, without the program: ranges are [lo, hi), a bin belongs to the one that holds its middle, every atom of
a molecule counts. Beside it stands what `ionatlas composition` says of the first column with the same ranges, by the
background it fits and by the one that the file states (`--model file`).
Measured sets are looked for in DIR, by default that named by IONATLAS_TEST_DATA.
"""
import argparse
import collections
import csv
import json
import os
import pathlib
import subprocess
import sys

import rangers
import spectra

OXIDE = ("sapphire", "real/al2o3_nist_spectrum/R20_28299_S9_MS.csv", "real/al2o3_nist_spectrum/R20_28295.RRNG", {})
# What two people made of the same column with the same ranges, at.%.
CARBIDE = ("M6C in a superalloy", "real/superalloy_m6c_unsw/MassSpectrum_M6C-100pJ-R18_61180.csv",
           "real/superalloy_m6c_unsw/Rangefile.RRNG",
           {"Mo": (25.1, 26.5), "C": (19.2, 21.6), "Cr": (18.8, 20.2), "Ni": (18.4, 19.9), "Co": (7.7, 8.3),
            "Ti": (4.6, 5.0), "Al": (1.3, 1.4)})
LEAST = 0.1  # at.% of a row


def read_columns(path):
    """Middle of each bin, counts, counts that the file's background leaves."""
    with open(path, encoding="utf-8") as file:
        rows = [[float(x) for x in row[:3]] for row in list(csv.reader(file))[1:]]
    half = round(rows[1][0] - rows[0][0], 6) / 2
    return [(m + half, n, corrected) for m, n, corrected in rows]


def count(columns, ranges):
    """Atoms per cent by the plain and by the corrected column."""
    plain, corrected = collections.Counter(), collections.Counter()
    bounds = sorted(ranges, key=lambda r: r[0])
    at = 0
    for middle, n, left in columns:
        while at < len(bounds) and bounds[at][1] <= middle:
            at += 1
        if at == len(bounds) or middle < bounds[at][0]:
            continue
        for symbol, atoms in bounds[at][2].items():
            plain[symbol] += atoms * n
            corrected[symbol] += atoms * left
    return rangers.percent(plain), rangers.percent(corrected)


def ask(program, path, ranges, *more):
    done = subprocess.run([program, "composition", path, "--ranges", ranges, "--json", "-q", *more], capture_output=True,
                          text=True, check=True)
    return json.loads(done.stdout)["composition"]


def beyond(value, bracket):
    """How far outside what rounds to the bracket."""
    if not bracket:
        return "-"
    off = max(0, bracket[0] - value, value - bracket[1])
    return f"{off if off > 0.05 else 0:.2f}"


def compare(program, folder, name, spectrum, ranges, people, out):
    columns = read_columns(folder / spectrum)
    plain, corrected = count(columns, rangers.read_rrng(folder / ranges))
    told = ask(program, folder / spectrum, folder / ranges)
    stated = ask(program, folder / spectrum, folder / ranges, "--model", "file")
    print(f"\n| {name} | " + ("two people, corrected column | " if people else "")
          + "plain column | corrected column | outside | Ionatlas, --model file | its 95 % interval | outside | Ionatlas, "
          "own background | its 95 % interval | outside |\n|---|" + ("---|" if people else "") + "---|" * 9, file=out)
    for symbol, value in sorted(corrected.items(), key=lambda row: -row[1]):
        if value < LEAST:
            continue
        bracket = people.get(symbol)
        cells = [f"{bracket[0]} to {bracket[1]}" if bracket else "-"] if people else []
        cells += [f"{plain[symbol]:.2f}", f"{value:.2f}", beyond(value, bracket)]
        for row in (stated[symbol], told[symbol]):
            lo, hi = row["corrected_at_percent_interval95"]
            at = row["corrected_at_percent"]
            cells += [f"{at:.2f}", f"{lo:.2f} to {hi:.2f}", beyond(at, bracket)]
        print(f"| {symbol} | " + " | ".join(cells) + " |", file=out)
    ours, files = ({s: row["corrected_at_percent"] for s, row in one.items()} for one in (told, stated))
    by_file, by_own, uncorrected = (sum(abs(corrected.get(s, 0) - one.get(s, 0)) for s in set(corrected) | set(one))
                                    for one in (files, ours, plain))
    print(f"\nSum of absolute differences from the corrected column: {by_file:.2f} at.% with the file's background, "
          f"{by_own:.2f} at.% with our own, {uncorrected:.2f} at.% for the plain column.", file=out)


def look_below(folder, out):
    """Where the file's background of the carbide takes off the most."""
    columns = read_columns(folder / CARBIDE[1])
    rows = []
    for lower, upper, elements, _ in rangers.read_rrng(folder / CARBIDE[2]):
        part = [(n, n - left) for middle, n, left in columns if lower <= middle < upper]
        ions, off = sum(n for n, _ in part), sum(x for _, x in part)
        rows.append((off * sum(elements.values()), off, ions, lower, upper, elements))
    total = sum(row[0] for row in rows)
    atoms, off, ions, lower, upper, elements = max(rows, key=lambda row: row[0])
    name = "".join(s + (str(n) if n > 1 else "") for s, n in elements.items())
    print(f"\nOf the {total:.0f} atoms that the carbide's file takes off, {atoms:.0f} are in one range, {lower} to {upper} Da, "
          f"called {name}: {ions:.0f} ions, of which {off:.0f} are said to be background.", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(spectra.ROOT / "build/ionatlas"))
    parser.add_argument("--data", default=os.environ.get("IONATLAS_TEST_DATA", ""))
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    if not options.data:
        sys.exit("bench/ranged.py: IONATLAS_TEST_DATA names no folder of measured data")
    folder = pathlib.Path(options.data)
    with open(options.output, "w", encoding="utf-8") if options.output else sys.stdout as out:
        for one in (OXIDE, CARBIDE):
            compare(os.path.realpath(options.program), folder, *one, out)
        look_below(folder, out)


if __name__ == "__main__":
    main()
