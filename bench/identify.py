#!/usr/bin/env python3
# bench/identify.py: how many ions and elements are identified blind, and how many invented.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/identify.py [--program build/ionatlas] [--sizes N,N] [--way WORD,WORD]
                          [--brief] [-o FILE]

Simulates 46 alloys, compounds and oxides as spectra of several sizes, resolving powers and
backgrounds, gives each file alone to `ionatlas range` and compares with what was simulated.
An ion or element counts as there when more than max(60, 1 in 2000) of the ions are its own;
whatever was simulated at all is no invention. The probabilities told are compared with how often
they were right. Spectra without any ion ("junk") are given names none of which is right. Hints on the
elements, whole and with one left out, are compared with none. With IONATLAS_TEST_DATA set, the measured steel is compared with the composition by its owners' ranges,
and what is found in it and in tungsten is listed. Prints tables in Markdown.

--way compares ways of identification on the same spectra; all that follows the first table is of the
first way named, and is left out with --brief.
"""
import argparse
import array
import collections
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

# Name, composition, charge states ("" the usual), molecules.
ALLOYS = [
    ("steel", "Fe Mn:0.012 Si:0.006 C:0.004 Cr:0.01 P:0.0004 Cu:0.001",
     "", "H+:0.002 Ga+:0.001"),
    ("stainless", "Fe Cr:0.18 Ni:0.1 Mn:0.015 Mo:0.012 Si:0.008 N:0.003",
     "", "FeO+:0.0005 H+:0.003 CrN++:0.0004 H2O+:0.001"),
    ("nisuper", "Ni Al:0.12 Cr:0.08 Co:0.09 Re:0.01 W:0.02 Ta:0.025 Mo:0.01 Ti:0.01",
     "", "H+:0.003 Ga+:0.0005"),
    ("in718", "Ni Cr:0.2 Fe:0.18 Nb:0.033 Mo:0.018 Ti:0.012 Al:0.011 C:0.002",
     "", "H+:0.002"),
    ("al7xxx", "Al Zn:0.025 Mg:0.023 Cu:0.006",
     "", "H+:0.004 AlH+:0.001 Ga+:0.001"),
    ("al2xxx", "Al Cu:0.017 Li:0.04 Mg:0.004 Zr:0.0005",
     "", "H+:0.002 Ga+:0.0005"),
    ("al6xxx", "Al Mg:0.008 Si:0.008 Mn:0.002 Fe:0.001",
     "", "H+:0.003 H2+:0.001"),
    ("ti64", "Ti Al:0.1 V:0.036 O:0.007 Fe:0.002",
     "", "TiO+:0.003 TiO++:0.004 TiN+:0.0005 H+:0.01 H2+:0.003 TiH+:0.001"),
    ("tinb", "Ti Nb:0.23 Zr:0.02 Sn:0.02",
     "", "TiO+:0.002 NbO++:0.003 H+:0.006"),
    ("si", "Si P:0.001 B:0.002",
     "", "H+:0.001 SiH+:0.0005"),
    ("sio2", "Si:0.33 O",
     "Si++:0.6 Si+:0.4", "SiO+:0.12 SiO2+:0.05 O2+:0.12 Si2O3++:0.003 H+:0.01 H2O+:0.004"),
    ("gan", "Ga:0.5 N",
     "", "N2+:0.12 GaN++:0.004 H+:0.003"),
    ("gaas", "Ga:0.5 As",
     "", "As2+:0.06 As3+:0.01 GaAs+:0.01 H+:0.002"),
    ("ingaas", "Ga:0.25 In:0.25 As",
     "", "As2+:0.05 As2++:0.01 H+:0.001"),
    ("wre", "W Re:0.05 Os:0.005",
     "", "H+:0.002 WO++:0.0005"),
    ("zro2", "Zr:0.33 O",
     "", "ZrO++:0.15 ZrO+:0.06 ZrO2+:0.08 O2+:0.06 H+:0.006 H2O+:0.002"),
    ("zralloy", "Zr Sn:0.012 Fe:0.002 Cr:0.001 O:0.006",
     "", "ZrO++:0.004 ZrH+:0.001 ZrH2+:0.001 H+:0.02 H2+:0.008"),
    ("mg", "Mg Al:0.03 Zn:0.01 Ca:0.002 Mn:0.002",
     "", "H+:0.006 MgH+:0.003 H2O+:0.001"),
    ("mgre", "Mg Y:0.01 Nd:0.006 Gd:0.003 Zr:0.001",
     "", "H+:0.003"),
    ("cocrni", "Co:0.333 Cr:0.333 Ni",
     "", "H+:0.001"),
    ("cantor", "Fe:0.2 Co:0.2 Cr:0.2 Mn:0.2 Ni",
     "", "H+:0.002 C+:0.001"),
    ("wc", "W:0.5 C",
     "", "C2+:0.04 C3++:0.03 C3+:0.02 WC+++:0.01 WC++:0.01 H+:0.001"),
    ("wcco", "W:0.45 C:0.45 Co",
     "", "C2+:0.04 C3+:0.02 WC++:0.01"),
    ("tin", "Ti:0.5 N",
     "", "TiN++:0.06 TiN+:0.04 N2+:0.06 TiO++:0.003 H+:0.001"),
    ("tialn", "Ti:0.25 Al:0.25 N",
     "", "TiN++:0.03 N2+:0.1 AlN+:0.005 TiO+:0.002"),
    ("crn", "Cr:0.5 N",
     "", "CrN++:0.05 CrN+:0.01 N2+:0.08 CrO++:0.003"),
    ("lfp", "Li:0.143 Fe:0.143 P:0.143 O",
     "", "O2+:0.1 PO+:0.06 PO2+:0.06 PO3+:0.02 FeO+:0.04 FeO2+:0.01 LiO+:0.004 H+:0.003"),
    ("nmc", "Li:0.25 Ni:0.15 Mn:0.05 Co:0.05 O",
     "", "O2+:0.12 NiO+:0.04 MnO+:0.02 CoO+:0.02 H+:0.002"),
    ("al2o3", "Al:0.4 O",
     "", "O2+:0.07 AlO+:0.04 AlO++:0.04 AlO2+:0.005 Al2O++:0.002 H+:0.01"),
    ("mgo", "Mg:0.5 O",
     "", "O2+:0.07 MgO+:0.03 H+:0.01 Mg2O+:0.003"),
    ("cu", "Cu Cr:0.007 Zr:0.0008",
     "", "H+:0.002 CuH+:0.001"),
    ("cuag", "Cu:0.6 Ag",
     "", "H+:0.002"),
    ("brass", "Cu Zn:0.35 Pb:0.003",
     "", ""),
    ("ndfeb", "Fe Nd:0.12 B:0.06 Dy:0.01 Co:0.01",
     "", "NdO++:0.002 H+:0.003"),
    ("smco", "Co Sm:0.12 Fe:0.2 Cu:0.06 Zr:0.02",
     "", "H+:0.001"),
    ("mo", "Mo Hf:0.007 Zr:0.005 C:0.003 B:0.001",
     "", "MoO++:0.002 H+:0.002"),
    ("fept", "Fe:0.5 Pt",
     "", ""),
    ("irpt", "Pt Ir:0.1 Rh:0.05",
     "", ""),
    ("nb3sn", "Nb:0.75 Sn",
     "", "H+:0.002 NbO++:0.004"),
    ("ods", "Fe Cr:0.14 W:0.01 Ti:0.003 Y:0.002 O:0.004",
     "", "TiO++:0.001 YO++:0.001 CrO++:0.001 H+:0.003"),
    ("sige", "Si Ge:0.2 B:0.003",
     "", "H+:0.001"),
    ("batio3", "Ba:0.2 Ti:0.2 O",
     "", "TiO++:0.1 TiO+:0.05 TiO2+:0.03 BaO++:0.03 BaO+:0.02 O2+:0.05"),
    ("hastelloy", "Ni Mo:0.1 Cr:0.17 W:0.012 Fe:0.05 Co:0.01",
     "", "H+:0.002"),
    ("znO", "Zn:0.5 O",
     "", "O2+:0.08 ZnO+:0.03 H+:0.01"),
    ("agcu_au", "Au Ag:0.2 Cu:0.1",
     "", ""),
    ("cdte", "Cd:0.5 Te",
     "", "Te2+:0.05"),
]
# Ions, resolving power at 28 Da, share of background.
SETTINGS = [(5000, 700, 0.02), (30000, 700, 0.02), (300000, 400, 0.03), (1000000, 1000, 0.05)]
STEEL = "real/ck10_steel_felfer/ck10_R56_01769_part_a.pos"
TUNGSTEN = "real/w_tap_stuttgart/w_tap_derived.epos"
STEEL_OWN = {"Fe": 97.600, "Si": 0.702, "C": 0.551, "Mn": 0.518, "Ga": 0.178, "H": 0.173,
             "O": 0.080, "Al": 0.064, "Cu": 0.054, "Cr": 0.052, "P": 0.029}


STEEL_IONS = "H+ C++ P+++ C+ Al++ Si++ P++ O+ OH2+ C2+ Cr++ Fe++ Mn++ Cu++ Ga++ Fe+ Cu+ Ga+"


def kind(name):
    """An ion's atoms and charge, whatever the order in which the atoms are written."""
    atoms = collections.Counter()
    for symbol, n in re.findall(r"([A-Z][a-z]?)(\d*)", name):
        atoms[symbol] += int(n or 1)
    return tuple(sorted(atoms.items())), name.count("+")


def symbols(kinds):
    return {symbol for atoms, _ in kinds for symbol, _ in atoms}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)


def simulate(program, alloy, setting, seed, path):
    """Writes a spectrum; ions drawn of each kind."""
    _, composition, ions, molecules = alloy
    n, power, background = setting
    told = run([program, "simulate", "--specimen", "spectrum", "--composition", composition,
                "--ions", ions, "--molecules", molecules, "--n-ions", str(n),
                "--resolving-power", str(power), "--background", str(background),
                "--m-max", "300", "--seed", str(seed), "--fill-missing", "--force", "-q", "--json",
                "-o", str(path)])
    return {kind(name): row["counts"] for name, row in told["species"].items() if row["counts"]}


def identify(program, path, way):
    """What is told of a file, and the seconds that took."""
    start = time.perf_counter()
    told = run([program, "range", str(path), "-q", "--json", "--way", way])
    return told, time.perf_counter() - start


def tally(setting, program, folder, first_seed, ways):
    """For each way: counts, what went wrong, alloy by alloy, the longest time, and each ion's
    probability and whether it is there."""
    rows = {way: (collections.Counter(), [], [], []) for way in ways}
    for seed, alloy in enumerate(ALLOYS, first_seed):
        path = folder / "spectrum.pos"
        path.unlink(missing_ok=True)
        truth = simulate(program, alloy, setting, seed, path)
        due = {k for k, n in truth.items() if n >= max(60, setting[0] / 2000)}
        for way, (count, wrong, seconds, told_right) in rows.items():
            told, took = identify(program, path, way)
            seconds.append(took)
            found = {kind(row["ion"]) for row in told["ranges"]}
            told_right += [(row["probability"], kind(row["ion"]) in truth) for row in told["ions"]]
            missed, invented = due - found, found - set(truth)
            count.update(ions_right=len(found & set(truth)), ions_missed=len(missed),
                         ions_invented=len(invented),
                         elements_right=len(symbols(found) & symbols(truth)),
                         elements_missed=len(symbols(due) - symbols(found)),
                         elements_invented=len(symbols(found) - symbols(truth)))
            if missed or invented:
                wrong.append((alloy[0], missed, invented))
    return rows


def spell(kinds):
    return " ".join("".join(s + (str(n) if n > 1 else "") for s, n in atoms) + "+" * charge
                    for atoms, charge in sorted(kinds)) or "-"


def calibration(told_right, out):
    """How often ions told with a probability are there."""
    edges = (0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.99, 0.999, 1.001)
    print("\n| probability told | ions | mean of it | right |\n|---|---|---|---|", file=out)
    for lo, hi in zip(edges, edges[1:]):
        rows = [row for row in told_right if lo <= row[0] < hi]
        if rows:
            mean, right = (sum(column) / len(rows) for column in zip(*rows))
            print(f"| {lo} to {min(1, hi)} | {len(rows)} | {mean:.3f} | {right:.3f} |", file=out)


def write_pos(masses, path):
    values = array.array("f", (v for m in masses for v in (0, 0, 0, m)))
    if sys.byteorder == "little":
        values.byteswap()
    path.write_bytes(values.tobytes())


def read_pos(path):
    values = array.array("f", path.read_bytes())
    if sys.byteorder == "little":
        values.byteswap()
    return values[3::4]


def peaks_at(places, rng):
    """Ions in peaks of m/dm 700 with any height between 30 and 1,000 ions, and background."""
    masses = [m + rng.gauss(0, 0.017 * (m / 28) ** 0.5)
              for m in places for _ in range(int(30 * 33 ** rng.random()))]
    return masses + [250 * rng.random() ** 2 for _ in range(20000)]


def junk_cases(program, folder):
    """Name and masses of spectra in which no name is right."""
    for n in (100, 300, 600, 1200):
        for seed in range(1, 6):
            rng = random.Random(1000 * n + seed)
            yield (f"{n} peaks at random masses",
                   peaks_at([1 + 249 * rng.random() for _ in range(n)], rng))
    for step in (0.25, 0.5, 1, 1.3):
        rng = random.Random(7)
        places = [2 + i * step for i in range(int(148 / step))]
        yield f"peaks every {step} Da", peaks_at(places, rng)
    rng = random.Random(8)
    yield "cluster numbers", [int(1 + 200 * rng.random() ** 3) for _ in range(50000)]
    for stray in (0.25, 40):
        yield ("labels, 1 in 20 spoilt",
               [rng.randrange(40) + (stray * rng.random() if rng.random() < 0.05 else 0)
                for _ in range(20000)])
    yield "labels times 1.37", [1.37 * rng.randrange(60) for _ in range(20000)]
    path = folder / "moved.pos"
    for name in ("steel", "nisuper", "al7xxx", "ti64", "wc", "gaas"):
        alloy = next(a for a in ALLOYS if a[0] == name)
        simulate(program, alloy, SETTINGS[1], 1, path)
        masses = read_pos(path)
        for shift in (-0.35, 0.3, 0.4):
            yield f"an alloy's peaks moved by {shift} Da", [max(0, m + shift) for m in masses]
        for scale in (0.98, 1.02):
            yield f"an alloy's masses times {scale}", [m * scale for m in masses]


def junk(program, folder, way, out):
    rows = {}
    for name, masses in junk_cases(program, folder):
        path = folder / "junk.pos"
        write_pos(masses, path)
        told, seconds = identify(program, path, way)
        rows.setdefault(name, []).append((len(told["ions"]), seconds))
    print("\n| spectrum without an ion | spectra | names given | slowest, s |\n|---|---|---|---|",
          file=out)
    for name, runs in rows.items():
        print(f"| {name} | {len(runs)} | {sum(n for n, _ in runs)} | "
              f"{max(t for _, t in runs):.2f} |", file=out)


def hints(program, folder, sizes, way, out):
    """What a hint on the elements changes: all of them, and all but one, whose ions are not due."""
    rows = {name: collections.Counter() for name in ("no hint", "all elements", "all but one")}
    path = folder / "hinted.pos"
    for setting in SETTINGS:
        if sizes and setting[0] not in sizes:
            continue
        for seed, alloy in enumerate(ALLOYS, 1):
            path.unlink(missing_ok=True)
            truth = simulate(program, alloy, setting, seed, path)
            elements = sorted(symbols(truth))
            host = alloy[1].split()[0].split(":")[0]
            others = [e for e in elements if e not in ("H", "Ga", host)]
            gone = random.Random(seed).choice(others) if others else None
            for name, hint in (("no hint", []), ("all elements", elements),
                               ("all but one", [e for e in elements if e != gone])):
                given = ["--elements", ",".join(hint)] if hint else []
                told = run([program, "range", str(path), "-q", "--json", "--way", way] + given)
                found = {kind(row["ion"]) for row in told["ranges"]}
                due = {k for k, n in truth.items() if n >= max(60, setting[0] / 2000)
                       and (name != "all but one" or gone not in symbols([k]))}
                rows[name].update(right=len(found & set(truth)), missed=len(due - found),
                                  invented=len(found - set(truth)))
    print("\n| hint on the elements | ions right | missed | invented |\n|---|---|---|---|", file=out)
    for name, n in rows.items():
        print(f"| {name} | {n['right']} | {n['missed']} | {n['invented']} |", file=out)


def found_and_missed(name, program, path, due, way, out):
    told, _ = identify(program, path, way)
    found = {kind(row["ion"]): row["probability"] for row in told["ions"]}
    cells = [" ".join(f"{spell([k])} {found[k]:.2f}" for k in found if k in due) or "-",
             spell(due - set(found)),
             " ".join(f"{spell([k])} {found[k]:.2f}" for k in found if k not in due) or "-"]
    print(f"| {name} | {' | '.join(cells)} |", file=out)


def specimens(program, folder, way, out):
    """What is found in the specimen that `simulate` makes by itself and in measured ones."""
    path = folder / "embedded.pos"
    told = run([program, "simulate", "-q", "--json", "-o", str(path), "--fill-missing", "--force"])
    drawn = {kind(n): row["counts"] for n, row in told["species"].items() if row["counts"]}
    print("\n| specimen | found, with its probability | missed | besides |\n|---|---|---|---|",
          file=out)
    found_and_missed("synthetic, as `simulate` makes it", program, path, set(drawn), way,
                     out)
    data = pathlib.Path(os.environ.get("IONATLAS_TEST_DATA", "/nowhere"))
    if (data / TUNGSTEN).exists():
        found_and_missed("tungsten, its range file: W+++", program, data / TUNGSTEN,
                         {kind("W+++")}, way, out)
    if (data / STEEL).exists():
        due = {kind(n) for n in STEEL_IONS.split()}
        found_and_missed("steel Ck10, its range list", program, data / STEEL, due, way, out)


def steel(program, way, out):
    data = os.environ.get("IONATLAS_TEST_DATA")
    if not data or not (pathlib.Path(data) / STEEL).exists():
        print("measured steel: IONATLAS_TEST_DATA has none, left out", file=sys.stderr)
        return
    told, _ = identify(program, pathlib.Path(data) / STEEL, way)
    found = {e: row["at_percent"] for e, row in told["composition"].items()}
    print("\n| element | by its owners' ranges, at.% | blind, at.% |\n|---|---|---|", file=out)
    for element in sorted(STEEL_OWN | found, key=lambda e: -STEEL_OWN.get(e, 0)):
        print(f"| {element} | {STEEL_OWN.get(element, 0):.3f} | {found.get(element, 0):.3f} |",
              file=out)
    off = sum(abs(STEEL_OWN.get(e, 0) - found.get(e, 0)) for e in STEEL_OWN | found)
    print(f"\nSum of absolute differences: {off:.2f} at.%", file=out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(pathlib.Path(__file__).parent.parent /
                                                 "build/ionatlas"))
    parser.add_argument("--sizes", help="only the settings with so many ions")
    parser.add_argument("--seed", type=int, default=1, help="of the first simulation")
    parser.add_argument("--way", default="global", help="ways of identification, by commas")
    parser.add_argument("--brief", action="store_true", help="the first table alone")
    parser.add_argument("-o", "--output")
    args = parser.parse_args()
    sizes = {int(n) for n in args.sizes.split(",")} if args.sizes else None
    out = open(args.output, "w", encoding="utf-8") if args.output else sys.stdout

    ways = args.way.split(",")
    print("| ions | m/dm | background | way | ions: precision | recall | elements: precision | recall "
          "| median, s | slowest, s |\n|---|---|---|---|---|---|---|---|---|---|", file=out)
    notes, told_right = [], []
    with tempfile.TemporaryDirectory() as folder:
        for setting in SETTINGS:
            if sizes and setting[0] not in sizes:
                continue
            rows = tally(setting, args.program, pathlib.Path(folder), args.seed, ways)
            for way, (n, wrong, seconds, told) in rows.items():
                cells = []
                for what in ("ions", "elements"):
                    right = n[what + "_right"]
                    cells += [f"{right / max(1, right + n[what + '_invented']):.3f}",
                              f"{right / max(1, right + n[what + '_missed']):.3f}"]
                print(f"| {setting[0]} | {setting[1]} | {setting[2]:.0%} | {way} | {' | '.join(cells)} "
                      f"| {statistics.median(seconds):.2f} | {max(seconds):.2f} |", file=out,
                      flush=True)
                if way == ways[0]:
                    notes += [(setting[0],) + row for row in wrong]
                    told_right += told
    if args.brief:
        return
    print("\n| ions | specimen | missed | invented |\n|---|---|---|---|", file=out)
    for n, name, missed, invented in notes:
        print(f"| {n} | {name} | {spell(missed)} | {spell(invented)} |", file=out)
    calibration(told_right, out)
    with tempfile.TemporaryDirectory() as folder:
        junk(args.program, pathlib.Path(folder), ways[0], out)
        hints(args.program, pathlib.Path(folder), sizes, ways[0], out)
        specimens(args.program, pathlib.Path(folder), ways[0], out)
    steel(args.program, ways[0], out)


if __name__ == "__main__":
    main()
