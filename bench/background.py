#!/usr/bin/env python3
# bench/background.py: how well each rule tells the background of spectra of which everything is known.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/background.py [--spectra N] [--program build/ionatlas] [-o FILE]

Spectra are those of bench/spectra.py (materials of the `dev` list, seeds 1 to N) with late ions: of each kind
5 to 30 % leave late, with a delay that decays over 0.02 to 0.3 Da^1/2 of flight, the same for all kinds of a
spectrum. Numbers of ions go round 1e4, 1e5, 1e6, 1e7. A range reaches from 3 to 12 units of the peak's shape
about each line that stands alone. What a range holds of noise and of late ions of lines outside it is drawn
apart and known. Spectra have neither voltages nor z: slices are left to tests/physics/test_background_sliced.c.

Each rule is given the same ranges and asked, by `ionatlas range --ranges`:
- ions: sum over ranges of what is told as background, over what was drawn; and the root mean square, over
  ranges, of the difference in standard deviations of counting and of the stated error;
- composition: sum over the elements of the absolute differences from that of the ions drawn in their own
  ranges, at.%, median and worst;
- limits: how often elements that were not planned are above their critical level, where 0.05 is asked for.
False peaks: what `ionatlas range` without ranges finds further than 6 units from any planned line and not
within 20 units behind one, at --false-peaks 1.
"""
import argparse
import collections
import json
import math
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import spectra  # noqa: E402

SIZES = (1e4, 1e5, 1e6, 1e7)
RULES = {
    "auto": [],
    "a/sqrt(m)": ["--model", "flat", "--set", "background.tails=false"],
    "sideband": ["--model", "sideband", "--set", "background.tails=false"],
    "none": ["--model", "none", "--set", "background.tails=false"],
}


def line_bins(spectrum, mass, late, scale):
    """Share of a line in each bin it reaches: the shape of bench/spectra.py and an exponential in sqrt(m)."""
    bins = collections.defaultdict(float)
    unit, root, n_bins = spectrum.unit(mass), math.sqrt(mass), round(spectrum.m_max / spectra.BIN)
    first = max(0, int((mass - 4 * unit) / spectra.BIN))
    below = spectra.shape_below((first * spectra.BIN - mass) / unit)
    for i in range(first, min(n_bins, int((mass + 20 * unit) / spectra.BIN))):
        upto = spectra.shape_below(((i + 1) * spectra.BIN - mass) / unit)
        bins[i] += (1 - late) * max(0, upto - below)
        below = upto
    left = 1.0
    for i in range(int(mass / spectra.BIN), min(n_bins, int((root + 12 * scale) ** 2 / spectra.BIN))):
        after = math.exp(-(math.sqrt(max(mass, (i + 1) * spectra.BIN)) - root) / scale)
        bins[i] += late * (left - after)
        left = after
    return bins


def draw(seed):
    """The spectrum, ranges about lines that stand alone, and what each holds of its own lines."""
    spectrum, rng = spectra.plan("dev", seed)
    spectrum.n_ions = SIZES[seed % len(SIZES)]
    late, scale = rng.uniform(0.05, 0.3), spectra.log_uniform(rng, 0.02, 0.3)
    n_bins = round(spectrum.m_max / spectra.BIN)
    level = spectrum.background * spectrum.n_ions / (2 * math.sqrt(spectrum.m_max))
    edges = [math.sqrt(i * spectra.BIN) for i in range(n_bins + 1)]
    expected = [[2 * level * (edges[i + 1] - edges[i]) for i in range(n_bins)], [0.0] * n_bins]
    lines = sorted((m, share * spectrum.n_ions * spectrum.shares[one], one)
                   for one in spectrum.shares for m, share in spectra.pattern(one))
    ranges = choose_ranges(spectrum, lines)
    for mass, n, _ in lines:
        own = next(((lo, hi) for lo, hi, _ in ranges if lo * spectra.BIN <= mass < hi * spectra.BIN), (0, 0))
        for i, part in line_bins(spectrum, mass, late, scale).items() if n > 0.01 else ():
            expected[own[0] <= i < own[1]][i] += n * part
    other, own = ([spectra.poisson(rng, x) for x in part] for part in expected)
    spectrum.counts = [a + b for a, b in zip(other, own)]
    found = [(lo, hi, one, sum(other[lo:hi]), sum(own[lo:hi])) for lo, hi, one in ranges]
    return spectrum, found, lines


def choose_ranges(spectrum, lines):
    ranges, end = [], 0
    for mass, n, one in lines:
        unit = spectrum.unit(mass)
        lo, hi = int((mass - 3 * unit) / spectra.BIN), math.ceil((mass + 12 * unit) / spectra.BIN)
        left, right = lo * spectra.BIN, hi * spectra.BIN
        rivals = sum(x for m, x, other in lines if left - 2 * unit < m < right + 2 * unit
                     and (other != one or not left <= m < right))
        if n < 10 or rivals > 0.02 * n or lo <= end or hi * spectra.BIN > spectrum.m_max:
            continue
        ranges.append((lo, hi, one))
        end = hi
    return ranges


def write_ranges(ranges, path):
    symbols = sorted({s for _, _, (atoms, _), *_ in ranges for s, _ in atoms})
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"[Ions]\nNumber={len(symbols)}\n")
        file.writelines(f"Ion{i}={s}\n" for i, s in enumerate(symbols, 1))
        file.write(f"[Ranges]\nNumber={len(ranges)}\n")
        for i, (lo, hi, (atoms, _), *_) in enumerate(ranges, 1):
            content = " ".join(f"{s}:{n}" for s, n in atoms)
            file.write(f"Range{i}={lo * spectra.BIN:.4f} {hi * spectra.BIN:.4f} Vol:0.01 {content} Color:808080\n")


def ask(program, arguments):
    done = subprocess.run([program, "range", "-q", "--json", "--threads", "1"] + arguments,
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def composition_of(ranges):
    atoms = collections.Counter()
    for *_, (parts, _), _, own in ranges:
        for symbol, n in parts:
            atoms[symbol] += n * own
    total = sum(atoms.values())
    return {s: 100 * n / total for s, n in atoms.items()}


def score(told, ranges, planned):
    """Ions told and drawn, pulls, composition error, limits looked at and exceeded."""
    rows = {round(r["lo_da"] / spectra.BIN): r for r in told["ranges"]}
    drawn = claimed = 0.0
    pulls = []
    for lo, _, _, other, _ in ranges:
        row = rows.get(lo, {})
        b, sigma = row.get("background_counts") or 0, row.get("sigma_background_counts") or 0
        drawn, claimed = drawn + other, claimed + b
        pulls.append((other - b) / math.sqrt(max(1, other) + sigma ** 2))
    true = composition_of(ranges)
    found = {s: r.get("corrected_at_percent") or r.get("at_percent") or 0
             for s, r in told["composition"].items()}
    wrong = sum(abs(true.get(s, 0) - found.get(s, 0)) for s in set(true) | set(found))
    absent = [r for r in told.get("detection_limits", []) if r["element"] not in planned and r["windows"] > 0]
    return drawn, claimed, pulls, wrong, len(absent), sum(r["verdict"] != "absent" for r in absent)


def false_peaks(told, spectrum, lines):
    masses = [p["mass_da"] for p in told.get("unexplained_peaks", [])]
    return sum(all(not -6 < (m - mass) / spectrum.unit(mass) < 20 for mass, n, _ in lines if n > 3)
               for m in masses)


def run(arguments):
    seed, program = arguments
    spectrum, ranges, lines = draw(seed)
    planned = spectrum.composition()
    result = {"n": spectrum.n_ions, "rules": {}}
    with tempfile.TemporaryDirectory() as folder:
        path, listed = os.path.join(folder, "s.txt"), os.path.join(folder, "r.rrng")
        spectra.write(spectrum, path)
        write_ranges(ranges, listed)
        for rule, options in RULES.items():
            told = ask(program, [path, "--ranges", listed] + options)
            result["rules"][rule] = score(told, ranges, planned)
        result["false"] = false_peaks(ask(program, [path, "--false-peaks", "1"]), spectrum, lines)
    return result


def table(results, out):
    print("| rule | told / drawn | pull, r.m.s. | composition, at.%: median | worst | limits exceeded |\n"
          "|---|---:|---:|---:|---:|---:|", file=out)
    for rule in RULES:
        scores = [r["rules"][rule] for r in results]
        pulls = [x for s in scores for x in s[2]]
        absent = sum(s[4] for s in scores)
        print(f"| {rule} | {sum(s[1] for s in scores) / sum(s[0] for s in scores):.3f} "
              f"| {math.sqrt(sum(x * x for x in pulls) / len(pulls)):.2f} "
              f"| {statistics.median(s[3] for s in scores):.3f} | {max(s[3] for s in scores):.2f} "
              f"| {sum(s[5] for s in scores) / absent:.3f} of {absent} |" if absent else
              f"| {rule} | - | - | - | - | - |", file=out)


def report(results, out):
    print(f"{len(results)} spectra, seeds 1 to {len(results)}.\n", file=out)
    table(results, out)
    for n in SIZES:
        part = [r for r in results if r["n"] == n]
        if not part:
            continue
        print(f"\n{n:.0e} ions, {len(part)} spectra; {sum(r['false'] for r in part) / len(part):.2f} false peaks a "
              "spectrum where 1 is asked for:\n", file=out)
        table(part, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/ionatlas")
    parser.add_argument("--spectra", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    jobs = [(1 + i, os.path.realpath(options.program)) for i in range(options.spectra)]
    with multiprocessing.Pool(options.jobs) as pool:
        results = pool.map(run, jobs, chunksize=1)
    with open(options.output, "w", encoding="utf-8") if options.output else sys.stdout as out:
        report(results, out)


if __name__ == "__main__":
    main()
