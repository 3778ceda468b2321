#!/usr/bin/env python3
# bench/rangers.py: compositions without an operator beside other programs, on what has a reference.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/rangers.py [--program build/ionatlas] [--python PYTHON] [--answers FILE.json] [--data DIR] [--drawn N] [-o FILE]

Gives each set to `ionatlas range FILE --json` with nothing else, and to the programs that the interpreter PYTHON
has (bench/peer_ranger.py; a scratch virtual environment with rangefinder, pyccapt, apyt and APAV). Measured sets
are looked for in DIR, by default that named by IONATLAS_TEST_DATA. Where a set is a spectrum, programs that read
ions only get one ion for each count, spread evenly over its bin. With --answers what the other programs said is
kept in a file and taken from there the next time, for some need minutes a set.

The score of a set is the sum over the elements of |at.% told - at.% of the reference|:
- all: every element that was told or is in the reference;
- material: hydrogen and gallium left out unless the reference has them, the rest made 100 % again;
- listed: the reference's elements alone, made 100 % again.
"""
import argparse
import array
import bisect
import collections
import concurrent.futures
import csv
import dataclasses
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import spectra

LIMIT = 600  # s for one program and one set
CARRIED = {"H", "Ga"}  # by residual gas and the ion beam that made the specimen
PEERS = ("rangefinder", "pyccapt", "pyccapt-named", "apyt", "apav")
TITLES = {"ionatlas": "Ionatlas", "rangefinder": "rangefinder", "pyccapt": "PyCCAPT, its first choice",
          "pyccapt-named": "PyCCAPT, named by a person", "apyt": "APyT, ions of a person",
          "apav": "APAV, ranges of a person", "person": "the person's ranges, counted"}


@dataclasses.dataclass
class Set:
    name: str
    path: pathlib.Path  # what ionatlas gets
    references: dict = dataclasses.field(default_factory=dict)  # at.% by name of the reference; first: that of the mean
    ranges: list = dataclasses.field(default_factory=list)  # (lower, upper, {element: atoms}, charge), a person's
    mended: list = dataclasses.field(default_factory=list)  # the same with what the spectrum itself contradicts put right
    ions: list = dataclasses.field(default_factory=list)  # ({element: atoms}, charge)
    measured: bool = True
    counts: list = None  # (lower end of bin, width, counts) where the set is a spectrum
    told: dict = dataclasses.field(default_factory=dict)  # by program: at.%
    seconds: dict = dataclasses.field(default_factory=dict)
    why: dict = dataclasses.field(default_factory=dict)  # there is nothing


def ion(name):
    atoms, charge = spectra.kind(name)
    return dict(atoms), charge


def lines(elements, charge):
    return spectra.pattern((tuple(sorted(elements.items())), charge))


def infer_charge(elements, lower, upper):
    """The charge that puts most of the ion's isotopes into its range."""
    inside = {z: sum(share for m, share in lines(elements, z) if lower <= m <= upper) for z in range(1, 5)}
    return max(inside, key=inside.get)


def read_fig(path):
    ranges = []
    for row in path.read_text(encoding="utf-8").splitlines():
        words = row.split()
        if len(words) < 3:
            continue
        name = "".join(re.sub(r"^\d+", "", word) for word in words[:-2])
        ranges.append((float(words[-2]), float(words[-1]), *ion(name)))
    return ranges


def read_rrng(path):
    ranges = []
    for row in path.read_text(encoding="utf-8").splitlines():
        found = re.match(r"Range\d+=([\d.]+) ([\d.]+) (.*)", row)
        if not found:
            continue
        elements = {s: int(n) for s, n in re.findall(r"([A-Z][a-z]?):(\d+)", found[3])}
        lower, upper = float(found[1]), float(found[2])
        ranges.append((lower, upper, elements, infer_charge(elements, lower, upper)))
    return ranges


def read_spectrum(path):
    """(lower end of bin, width, counts) of the second column."""
    with open(path, encoding="utf-8") as file:
        rows = [(float(row[0]), int(float(row[1]))) for row in list(csv.reader(file))[1:]]
    width = round(rows[1][0] - rows[0][0], 6)
    return [(m, width, n) for m, n in rows]


def write_pos(counts, path):
    """An ion for each count, evenly over its bin, anywhere in a box."""
    rng = random.Random(1)
    values = array.array("f")
    for lower, width, n in counts:
        for k in range(n):
            values.extend((20 * rng.random(), 20 * rng.random(), 60 * rng.random(), lower + (k + 0.5) / n * width))
    if sys.byteorder == "little":
        values.byteswap()
    path.write_bytes(values.tobytes())


def pos_of_epos(source, path):
    data = source.read_bytes()
    path.write_bytes(b"".join(data[i:i + 16] for i in range(0, len(data), 44)))


def masses(path):
    values = array.array("f", path.read_bytes())
    if sys.byteorder == "little":
        values.byteswap()
    return sorted(values[3::4])


def percent(atoms):
    total = sum(atoms.values())
    return {s: 100 * n / total for s, n in atoms.items()} if total else {}


def count_ranges(ranges, path):
    """What a range file says of the ions, counted plainly: no background, no overlaps."""
    sorted_masses = masses(path)
    atoms = collections.Counter()
    for lower, upper, elements, _ in ranges:
        n = bisect.bisect_left(sorted_masses, upper) - bisect.bisect_left(sorted_masses, lower)
        for symbol, k in elements.items():
            atoms[symbol] += k * n
    return percent(atoms)


def mend(ranges):
    """The M6C file's C8 at 32 Da is 96Mo+++, as the isotopes in six other ranges of it have it; C6 at 18 Da is
    C3++, with 13C at 18.5 Da; C12 at 36 Da is C3+; C3 from 12.2 Da is the tail of C+."""
    right = {8: ({"Mo": 1}, 3), 6: ({"C": 3}, 2), 12: ({"C": 3}, 1), 3: ({"C": 1}, 1)}
    return [(lo, hi, *right[elements["C"]]) if set(elements) == {"C"} and elements["C"] in right
            else (lo, hi, elements, charge) for lo, hi, elements, charge in ranges]


def measured_sets(folder):
    steel, oxide = folder / "real/ck10_steel_felfer", folder / "real/al2o3_nist_spectrum"
    carbide, tungsten = folder / "real/superalloy_m6c_unsw", folder / "real/w_tap_stuttgart"
    ck10 = {"Fe": 99.1, "C": 0.46, "Mn": 0.46}
    fig = read_fig(steel / "R56_01769.rng.fig.txt")
    m6c = read_rrng(carbide / "Rangefile.RRNG")
    spectrum = steel / "ck10_R56_01769_spectrum_0.05Da.csv"
    alloy = [ion(name) for name in "Cr++ Co++ Ni++ Cr+ Co+ Ni+ H+ H2+".split()]
    austenite = [ion(name) for name in ("Fe++ Cr++ Ni++ Fe+ Cr+ Ni+ H+ H2+ O+ O2+ OH+ OH2+ CrO+ CrO++ CrO2+ CrO2++ "
                                        "FeO+ NiO+ N+ CrN+ Ga+").split()]
    steel_18_10 = percent({"Fe": 72 / 55.845, "Cr": 18 / 51.996, "Ni": 10 / 58.693})
    return [
        Set("Ck10 steel, 332,667 ions", steel / "ck10_R56_01769_part_a.pos", {"nominal": ck10}, fig),
        Set("Ck10 steel, 5.5 million ions in bins of 0.05 Da", spectrum, {"nominal": ck10}, fig, counts=read_spectrum(spectrum)),
        Set("tungsten", tungsten / "w_tap_derived.epos", {"nominal": {"W": 100}}, read_rrng(tungsten / "w_tap_derived.rrng")),
        Set("sapphire", oxide / "R20_28299_S9_MS.csv", {"nominal": {"Al": 40, "O": 60}, "range file": None},
            read_rrng(oxide / "R20_28295.RRNG"), counts=read_spectrum(oxide / "R20_28299_S9_MS.csv")),
        Set("M6C in a superalloy", carbide / "MassSpectrum_M6C-100pJ-R18_61180.csv",
            {"range file": None, "range file, mended": None}, m6c, mend(m6c),
            counts=read_spectrum(carbide / "MassSpectrum_M6C-100pJ-R18_61180.csv")),
        Set("CoCrNi, parts chosen for their order", folder / "real/cocrni_sro/cocrni_NiNi_order.csv",
            {"nominal": {"Co": 100 / 3, "Cr": 100 / 3, "Ni": 100 / 3}}, ions=alloy),
        Set("Fe-18Cr-10Ni (wt.%), oxidised", folder / "real/fe_deuterium_spectra/R31_18094-v02_massspec_bin1E-2.csv",
            {"nominal": steel_18_10}, ions=austenite,
            counts=read_spectrum(folder / "real/fe_deuterium_spectra/R31_18094-v02_massspec_bin1E-2.csv")),
    ]


def drawn_sets(n, folder):
    sets = []
    for seed in range(1, n + 1):
        drawn = spectra.draw("reported", seed)
        path = folder / f"drawn-{seed}.txt"
        spectra.write(drawn, path)
        sets.append(Set(f"drawn, seed {seed}: {drawn.material['name']}", path, {"exact": drawn.composition()},
                        ions=[(dict(atoms), charge) for atoms, charge in drawn.shares], measured=False,
                        counts=[(i * spectra.BIN, spectra.BIN, k) for i, k in enumerate(drawn.counts)]))
    return sets


def peer_specimens(python, folder):
    """The four drawn by rangefinder for its own table; none without it."""
    done = subprocess.run([python, spectra.ROOT / "bench/peer_ranger.py", "specimens", folder],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        return []
    return [Set(f"rangefinder's {name.replace('synthetic_', '')}", pathlib.Path(path), {"exact": truth},
                ions=[(elements, charge) for elements, charge in ions], measured=False)
            for name, path, truth, ions in json.loads(done.stdout)]


def positions(one, folder):
    """The set as a file of ions, for the programs that read nothing else."""
    if one.path.suffix.lower() == ".pos":
        return one.path
    path = folder / (re.sub(r"\W+", "_", one.path.stem) + ".pos")
    if path.exists():
        return path
    if one.path.suffix == ".epos":
        pos_of_epos(one.path, path)
    elif one.counts:
        write_pos(one.counts, path)
    else:
        with open(one.path, encoding="utf-8") as file:
            values = array.array("f", (float(x) for row in csv.reader(file) for x in row[:4]))
        if sys.byteorder == "little":
            values.byteswap()
        path.write_bytes(values.tobytes())
    return path


def run_ionatlas(program, one):
    start = time.perf_counter()
    done = subprocess.run([program, "range", one.path, "--json", "-q"], capture_output=True, text=True, check=False)
    one.seconds["ionatlas"] = time.perf_counter() - start
    if done.returncode:
        one.why["ionatlas"] = done.stderr.strip()
        return
    told = json.loads(done.stdout)["composition"]
    one.told["ionatlas"] = {s: row["at_percent"] if row.get("corrected_at_percent") is None
                            else row["corrected_at_percent"] for s, row in told.items()}


def ask_peer(python, way, path, known):
    """What a program says: at_percent, seconds and version, or why it says nothing."""
    try:
        done = subprocess.run([python, spectra.ROOT / "bench/peer_ranger.py", way, path, known], cwd=known.parent,
                              capture_output=True, text=True, check=False, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return {"why": f"not done in {LIMIT} s"}
    if done.returncode:
        return {"why": (done.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(done.stdout)


def run_peer(python, way, one, files, answers):
    if way == "apav" and not one.ranges:
        return
    key = f"{one.name}: {way}"
    if key not in answers:
        answers[key] = ask_peer(python, way, *files)
        answers.save()
    if "why" in answers[key]:
        one.why[way] = answers[key]["why"]
    else:
        one.told[way], one.seconds[way] = answers[key]["at_percent"], answers[key]["seconds"]


class Answers(dict):
    """Of the other programs, kept in a file where one is named."""

    def __init__(self, path):
        super().__init__(json.loads(pathlib.Path(path).read_text()) if path and os.path.exists(path) else {})
        self.path, self.lock = path, threading.Lock()

    def save(self):
        if self.path:
            with self.lock:
                pathlib.Path(self.path).write_text(json.dumps(dict(self), indent=1))


def score(told, truth, rule):
    if rule == "listed":
        told = percent({s: told.get(s, 0) for s in truth})
    elif rule == "material":
        told = percent({s: x for s, x in told.items() if s in truth or s not in CARRIED})
    return sum(abs(told.get(s, 0) - truth.get(s, 0)) for s in set(told) | set(truth))


def prepare(one, folder):
    """The set as other programs get it: ions, and what a person knows of it."""
    path = positions(one, folder)
    if one.ranges:
        one.ions = list({(tuple(e.items()), z): (e, z) for _, _, e, z in one.ranges}.values())
        one.told["person"] = count_ranges(one.ranges, path)
    for basis, ranges in (("range file", one.ranges), ("range file, mended", one.mended)):
        if basis in one.references:
            one.references[basis] = count_ranges(ranges, path)
    known = folder / (re.sub(r"\W+", "_", one.name) + ".json")
    known.write_text(json.dumps({
        "elements": sorted({s for elements, _ in one.ions for s in elements}), "ions": one.ions,
        "lines": [(m, elements) for elements, z in one.ions for m, share in lines(elements, z) if share > 0.01],
        "ranges": one.ranges}))
    return path, known


def first(one):
    return next(iter(one.references.values()))


def is_itself(way, basis):
    """Who gets a person's ranges says what these say."""
    return way in ("person", "apav") and basis == "range file"


def print_table(sets, ways, rule, out):
    print("| set | reference | " + " | ".join(TITLES[w] for w in ways) + " |\n|---|---|" + "---|" * len(ways), file=out)
    for one in sets:
        for basis, truth in one.references.items():
            cells = [f"{score(one.told[w], truth, rule):.2f}" if w in one.told and not is_itself(w, basis) else "-"
                     for w in ways]
            print(f"| {one.name} | {basis} | " + " | ".join(cells) + " |", file=out)
    for title, part in (("mean, measured", [s for s in sets if s.measured]),
                        ("mean, drawn", [s for s in sets if not s.measured])):
        cells = [[score(s.told[w], first(s), rule) for s in part
                  if w in s.told and not is_itself(w, next(iter(s.references)))] for w in ways]
        print(f"| **{title}** | the first of each | " + " | ".join(
            f"**{statistics.mean(c):.2f}**" + ("" if len(c) == len(part) else f" ({len(c)} of {len(part)} sets)")
            if c and w != "person" else "-" for w, c in zip(ways, cells)) + " |", file=out)
    print(file=out)


def print_seconds(sets, ways, out):
    print("| seconds | " + " | ".join(TITLES[w] for w in ways) + " |\n|---|" + "---|" * len(ways), file=out)
    for name, function in (("median", statistics.median), ("slowest", max)):
        cells = [[s.seconds[w] for s in sets if w in s.seconds] for w in ways]
        print(f"| {name} | " + " | ".join(f"{function(c):.1f}" if c else "-" for c in cells) + " |", file=out)
    print(file=out)


def print_told(sets, ways, out):
    """What each program said of the measured sets, and the reference."""
    print("| set | program | at.% |\n|---|---|---|", file=out)
    for one in sets:
        for way in ["reference"] + [w for w in ways if w in one.told]:
            told = first(one) if way == "reference" else one.told[way]
            row = sorted(((s, x) for s, x in told.items() if abs(x) >= 0.05), key=lambda p: -p[1])
            print(f"| {one.name} | {TITLES.get(way, 'reference')} | "
                  + ", ".join(f"{s} {x:.2f}" for s, x in row[:14]) + " |", file=out)
    print(file=out)


def report(sets, answers, absent, out):
    ways = ["ionatlas"] + [w for w in PEERS if any(w in s.told for s in sets)]
    versions = {f"{key.split(': ')[-1].split('-')[0]} {answer['version']}" for key, answer in answers.items()
                if "version" in answer}
    if versions:
        print(", ".join(sorted(versions)) + ".\n", file=out)
    for sentence in absent:
        print(sentence + "\n", file=out)
    with_person = ways + ["person"]
    for rule, sentence in (("all", "Sum of absolute errors, at.%, **all elements** that are told or in the reference:"),
                           ("material", "The same, **hydrogen and gallium left out** unless the reference has them:"),
                           ("listed", "The same, **the reference's elements alone**, made 100 %:")):
        print(sentence + "\n", file=out)
        print_table(sets, with_person, rule, out)
    print_seconds(sets, ways, out)
    print_told([s for s in sets if s.measured], with_person, out)
    for one in sets:
        for way, why in one.why.items():
            print(f"{one.name}: {TITLES[way]}: {why}\n", file=out)


def importable(python):
    """Peers that the interpreter has."""
    return [way for way in PEERS if python and not subprocess.run(
        [python, "-c", f"import {way.split('-')[0]}"], capture_output=True, check=False).returncode]


def run_all(options, folder, answers):
    peers, absent = importable(options.python), []
    for missing in sorted({w.split("-")[0] for w in PEERS} - {w.split("-")[0] for w in peers}):
        absent.append(f"{missing} is not installed: left out.")
    if not options.data:
        absent.append("No measured sets: IONATLAS_TEST_DATA is not set.")
    sets = measured_sets(pathlib.Path(options.data)) if options.data else []
    if "rangefinder" in peers:
        sets += peer_specimens(options.python, folder)
    sets = [s for s in sets + drawn_sets(options.drawn, folder) if options.only in s.name]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for one in sets:
            files = prepare(one, folder)
            run_ionatlas(options.program, one)
            for way in peers:
                pool.submit(run_peer, options.python, way, one, files, answers)
    return sets, absent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(spectra.ROOT / "build/ionatlas"))
    parser.add_argument("--python", help="interpreter that has the peers")
    parser.add_argument("--answers", help="file that keeps what the peers said")
    parser.add_argument("--data", default=os.environ.get("IONATLAS_TEST_DATA", ""))
    parser.add_argument("--drawn", type=int, default=4, help="drawn spectra")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="sets whose name has this")
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    answers = Answers(options.answers)
    with tempfile.TemporaryDirectory() as folder:
        sets, absent = run_all(options, pathlib.Path(folder), answers)
    with open(options.output, "w", encoding="utf-8") if options.output else sys.stdout as out:
        report(sets, answers, absent, out)


if __name__ == "__main__":
    main()
