#!/usr/bin/env python3
# bench/disturbed.py: what is told of ions that a detector, a scale, a file or a specimen has spoilt.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/disturbed.py [--program build/ionatlas] [--draws N] [--first SEED]

Draws lists of ions with one disturbance at a time, gives each to `ionatlas range FILE --json` with nothing else (sputtered
ions with technique and polarity), and prints a table in Markdown. Peaks have the shape of bench/spectra.py at m/dm 900,
the background is flat in time of flight and 2 % of the ions; x, y and z say nothing.
"""
import argparse
import array
import collections
import json
import math
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

import spectra

POWER, BACKGROUND, M_MAX = 900, 0.02, 120.0

STEEL = {"Fe++": 80, "Fe+": 4, "Cr++": 9, "Mn++": 2, "Ni++": 2, "Si++": 0.5, "C+": 0.3, "C++": 0.3, "H+": 1}
NITRIDE = {"Ga+": 35, "Ga++": 10, "N+": 15, "N2+": 18, "N++": 2, "H+": 1}
OXIDE = {"Al+": 10, "Al++": 25, "Al+++": 5, "O+": 30, "O2+": 8, "AlO+": 6, "AlO++": 3, "H+": 1}
COBALT = {"Co++": 28, "Co+": 5, "Cr++": 31, "Cr+": 2, "Ni++": 28, "Ni+": 5, "H+": 2}
ALUMINIUM = {"Al++": 60, "Al+": 30, "Cu+": 3, "Mg++": 0.5, "Mg+": 0.2, "H+": 2}
ANIONS = {"H": 20, "C": 30, "CH": 20, "O": 100, "OH": 80, "F": 20, "C2": 30, "C2H": 25, "Cl": 60, "O2": 10, "SiO2": 15,
          "SiO3": 10, "Br": 8, "CN": 20, "Si": 5, "AlO": 6}
CATIONS = {"H": 20, "Na": 60, "Al": 50, "K": 40, "Fe": 30, "Si": 50, "CH3": 20, "C2H5": 30, "C3H7": 30, "C2H3": 20, "SiOH": 10,
           "C3H5": 20, "C": 5, "CH": 5, "CH2": 5}

Case = collections.namedtuple("Case", "name ions n spoil power options enriched", defaults=[None, POWER, (), {}])


def late(share, delay=0.03):
    """A share of the ions comes late, by an exponential delay of flight, in Da^(1/2)."""
    return lambda rng, m, at: (math.sqrt(m) + rng.expovariate(1 / delay)) ** 2 if rng.random() < share else m


def rounded(step):
    return lambda rng, m, at: round(m / step) * step


def drifting(share):
    return lambda rng, m, at: m * (1 + share * at)


def capped(least, most, kept):
    """A busy detector keeps a part of the ions of one peak."""
    return lambda rng, m, at: None if least < m < most and rng.random() > kept else m


CASES = [
    *[Case(f"{name}, {100 * share:.0f} % late", ions, 200000, late(share)) for share in (0.0, 0.05) for name, ions in
      (("Si 0.5 Da behind Al", {"Al++": 90, "Si++": 1, "Al+": 5, "H+": 1}),
       ("Fe 0.5 Da behind Mn", {"Mn++": 90, "Fe++": 2, "Mn+": 5, "H+": 1}),
       ("Cr 0.5 Da behind V", {"V++": 90, "Cr++": 2, "V+": 5, "H+": 1}))],
    *[Case(f"{name}, m/n in steps of {step:g} Da", ions, 200000, rounded(step)) for step in (0.001, 0.01, 0.02, 0.05)
      for name, ions in (("steel", STEEL), ("GaN", NITRIDE), ("sapphire", OXIDE))],
    *[Case(f"CoCrNi, m/n rise by {100 * share:g} % over the run", COBALT, 200000, drifting(share)) for share in (0, 0.002, 0.02)],
    *[Case(f"steel, 56Fe++ keeps {100 * kept:.0f} % of its ions", STEEL, 200000, capped(27.9, 28.3, kept)) for kept in (0.9, 0.6)],
    *[Case(f"Al alloy, {n} ions, {gas}", ALUMINIUM | {gas: 0.5}, n) for n in (5000, 20000, 200000) for gas in ("AlH+", "CO+")],
    *[Case(f"silicon with 12 at.% N, {n} ions", {"Si++": 80, "Si+": 9, "N+": 10, "N2+": 1, "H+": 1, "SiN+": 0.3}, n)
      for n in (150000, 1000000)],
    Case("silicon with 96 % 10B", {"Si++": 85, "Si+": 10, "B+": 2, "B++": 2, "H+": 1}, 200000, enriched={"B": (0.96, 0.04)}),
    Case("phosphate with 95 % 6Li", {"Li+": 10, "Fe++": 30, "P+": 5, "PO2+": 10, "O+": 10, "O2+": 15, "FeO+": 10, "H+": 1}, 200000,
         enriched={"Li": (0.95, 0.05)}),
    *[Case(f"sputtered {sign} ions, m/dm {power}", ions, 30000, None, power, ("--technique", "sims", "--polarity", sign))
      for power in (1000, 4000, 8000) for sign, ions in (("positive", CATIONS), ("negative", ANIONS))],
]


def lines_of(name, case):
    sputtered = bool(case.options)
    kept = {s: spectra.ISOTOPES[s] for s in case.enriched}
    for symbol, shares in case.enriched.items():
        spectra.ISOTOPES[symbol] = [(mass, share) for (mass, _), share in zip(kept[symbol], shares)]
    lines = spectra.pattern(spectra.kind(name + "+" * sputtered))
    spectra.ISOTOPES.update(kept)
    off = 2 * spectra.ELECTRON if "negative" in case.options else 0
    return [m + off for m, _ in lines], [share for _, share in lines]


def draw(case, seed):
    """m/n in the order of their arrival, and how many ions of each kind were drawn."""
    rng = random.Random(f"{case.name} {seed}")
    names, weights = list(case.ions), list(case.ions.values())
    lines = {name: lines_of(name, case) for name in names}
    planned, masses = collections.Counter(), []
    for i in range(case.n):
        if rng.random() < BACKGROUND:
            m = M_MAX * rng.random() ** 2
        else:
            name = rng.choices(names, weights)[0]
            planned[name] += 1
            m = rng.choices(*lines[name])[0]
            unit = math.sqrt(28 * m) / (2.44563 * case.power)
            m += unit * (rng.gauss(-2 / math.pi, math.sqrt(2 / math.pi)) + rng.expovariate(1))
        m = case.spoil(rng, m, i / case.n) if case.spoil and m > 0 else m
        if m is not None and 0 < m < M_MAX:
            masses.append(m)
    return masses, planned


def write(masses, path):
    """A POS file: x, y, z, m/n, each a 32-bit number, the highest byte first."""
    numbers = array.array("f")
    for i, m in enumerate(masses):
        numbers.extend((math.sin(i * 1.3) * 15, math.cos(i * 2.1) * 15, i * 1e-3, m))
    if sys.byteorder == "little":
        numbers.byteswap()
    path.write_bytes(numbers.tobytes())


def composition(planned):
    atoms = collections.Counter()
    for name, n in planned.items():
        for symbol, k in spectra.kind(name)[0]:
            atoms[symbol] += k * n
    total = sum(atoms.values())
    return {symbol: 100 * n / total for symbol, n in atoms.items()}, atoms


def score(case, program, path, seed):
    masses, planned = draw(case, seed)
    write(masses, path)
    done = subprocess.run([program, "range", path, "--json", "--threads", "1", *case.options], capture_output=True, text=True,
                          check=False)
    out = json.loads(done.stdout)
    truth, atoms = composition(planned)
    told = out.get("composition") or {}
    held = [low <= truth[s] <= high for s, n in atoms.items() if n >= 10 and s in told
            for low, high in [told[s]["corrected_at_percent_interval95"]]]
    kinds = {spectra.kind(name)[0] for name in planned} if case.options else {spectra.kind(name) for name in planned}
    ions = [spectra.kind(ion["ion"].replace("-", "+")) for ion in out.get("ions") or []]
    found = {ion[0] for ion in ions} if case.options else set(ions)
    need = {spectra.kind(name)[0] if case.options else spectra.kind(name) for name, n in planned.items() if n >= 50}
    return {
        "error": sum(abs(told.get(s, {}).get("corrected_at_percent", 0) - truth.get(s, 0)) for s in told | truth),
        "held": sum(held), "asked": len(held), "invented": len(found - kinds), "missed": len(need - found),
        "needed": len(need), "warned": "warning:" in done.stderr,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(spectra.ROOT / "build/ionatlas"))
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--only", default="", metavar="WORD", help="cases whose name has it")
    options = parser.parse_args()
    print("| ions | draws | sum of errors: median, at.% | worst | 95 % intervals hold | ions told that are not there | ions of 50 and "
          "more missed | with a warning |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "ions.pos"
        for case in CASES:
            if options.only not in case.name:
                continue
            rows = [score(case, options.program, path, options.first + i) for i in range(options.draws)]
            total = {key: sum(row[key] for row in rows) for key in rows[0]}
            errors = [row["error"] for row in rows]
            print(f"| {case.name} | {options.draws} | {statistics.median(errors):.2f} | {max(errors):.2f} | {total['held']} of "
                  f"{total['asked']} | {total['invented']} | {total['missed']} of {total['needed']} | {total['warned']} |", flush=True)


if __name__ == "__main__":
    main()
