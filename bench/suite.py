#!/usr/bin/env python3
# bench/suite.py: scores identification and composition on drawn spectra of which everything is known.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/suite.py [--spectra N] [--dev | --list LIST] [--way W] [--program build/ionatlas] [-o FILE] ...

Draws spectra (bench/spectra.py) over alloys, oxides, nitrides, carbides, semiconductors and minerals with
10^4 to 10^7 ions, resolving powers of 300 to 1,500 and backgrounds of 0.1 to 10 %, gives each file alone to
`ionatlas range` and scores what it says against what was planned:

- ions told with p > 0.5: precision over all that are told (whatever was planned at all is right), and
  recall over the planned ions whose likelihood ratio under the true model exceeds 5 standard
  deviations: twice the log likelihood lost by the best account of the same counts by all other ions;
- the probabilities: how often ions told with a probability are there;
- composition: sum over the elements of the absolute differences, and how often the 95 % intervals hold
  the planned value;
- limits of detection: how often elements that were not planned are told above theirs.

Without --dev or --list the materials and seeds are those of the report. Others may be looked at (dev, learn) or
serve to check what was learnt (check).
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
import time

import spectra

SURE = 5  # standard deviations
SIZES = ((100, 300), (300, 1e3), (1e3, 1e4), (1e4, 1e5), (1e5, 1e6), (1e6, 1e7))
EDGES = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0000001)


def solve(matrix, right):
    """Gauss with pivots; None where the matrix is singular."""
    n = len(right)
    rows = [row[:] + [x] for row, x in zip(matrix, right)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        if abs(rows[pivot][i]) < 1e-300:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            factor = rows[r][i] / rows[i][i]
            if factor:
                for c in range(i, n + 1):
                    rows[r][c] -= factor * rows[i][c]
    for i in reversed(range(n)):
        rows[i][n] = (rows[i][n] - sum(rows[i][c] * rows[c][n] for c in range(i + 1, n))) / rows[i][i]
    return [row[n] for row in rows]


def log_likelihood(counts, means):
    return sum(n * math.log(m) - m if n else -m for n, m in zip(counts, means))


def best_fit(counts, fixed, parts, start):
    """Largest log likelihood of counts ~ fixed + sum_k x_k parts_k with x >= 0, by Newton's method."""
    x = start[:]
    k = len(x)

    def means_of(x):
        return [f + sum(x[a] * parts[a][i] for a in range(k)) for i, f in enumerate(fixed)]

    means = means_of(x)
    best = log_likelihood(counts, means)
    for _ in range(25):
        slope = [sum(p * (n / m - 1) for n, m, p in zip(counts, means, parts[a])) for a in range(k)]
        free = [a for a in range(k) if x[a] > 1e-9 or slope[a] > 0]
        weights = [max(n, 0.3 * m) / (m * m) for n, m in zip(counts, means)]
        curve = [[sum(w * p * q for w, p, q in zip(weights, parts[a], parts[b])) for b in free] for a in free]
        for i, row in enumerate(curve):
            row[i] *= 1 + 1e-9
        step = solve(curve, [slope[a] for a in free]) if free else None
        if not step:
            break
        length = 1.0
        while length > 1e-4:
            tried = x[:]
            for a, s in zip(free, step):
                tried[a] = max(0.0, x[a] + length * s)
            tried_means = means_of(tried)
            value = log_likelihood(counts, tried_means)
            if value > best:
                break
            length /= 3
        if length <= 1e-4 or value - best < 1e-3:
            break
        x, means, best = tried, tried_means, value
    return best


def significances(spectrum):
    """Of each planned ion, standard deviations by its likelihood ratio, the others fitted with it and
    without. Only ions that share bins with it are fitted, the rest stand as planned."""
    templates = {one: {i: spectrum.n_ions * share * part
                       for i, part in spectra.template(spectrum, one).items()
                       if i < len(spectrum.counts) and part > 1e-5}
                 for one, share in spectrum.shares.items()}
    users = collections.defaultdict(list)
    for one, bins in templates.items():
        for i in bins:
            users[i].append(one)
    return {one: significance_of(one, spectrum, templates, users) for one in templates}


def significance_of(one, spectrum, templates, users):
    own = {i for i, part in templates[one].items() if part > 1e-3 * spectrum.expected[i]}
    if not own:
        return 0.0
    total = sum(templates[one].values())
    rivals = sorted({other for i in own for other in users[i] if other != one and
                     templates[other][i] > 1e-3 * templates[one][i] and
                     sum(templates[other].values()) > 1e-3 * total})
    bins = set(own)
    for rival in rivals:
        bins.update(i for i, part in templates[rival].items() if part > 1e-2 * spectrum.expected[i])
    bins = sorted(bins)
    counts = [spectrum.counts[i] for i in bins]
    parts = [[templates[rival].get(i, 0.0) for i in bins] for rival in rivals]
    mine = [templates[one].get(i, 0.0) for i in bins]
    fixed = [max(1e-9, spectrum.expected[i] - m - sum(p[j] for p in parts))
             for j, (i, m) in enumerate(zip(bins, mine))]
    without = best_fit(counts, fixed, parts, [1.0] * len(parts))
    with_it = best_fit(counts, fixed, parts + [mine], [1.0] * (len(parts) + 1))
    return math.sqrt(max(0.0, 2 * (with_it - without)))


def interval_of(row):
    """Value and 95 % interval of an element's atomic per cent, corrected where it is told."""
    for name in ("corrected_at_percent", "at_percent"):
        value = row.get(name)
        if value is None:
            continue
        interval = row.get(name + "_interval95")
        if interval:
            return value, interval
        sigma = row.get("sigma_" + name) or 0.0
        return value, (value - 1.96 * sigma, value + 1.96 * sigma)
    return 0.0, (0.0, 0.0)


def score_composition(told, planned, n_atoms):
    found = {symbol: interval_of(row) for symbol, row in told.get("composition", {}).items()}
    names = set(planned) | set(found)
    wrong = sum(abs(planned.get(s, 0) - found.get(s, (0,))[0]) for s in names)
    held = [(s, found[s][1][0] <= planned[s] <= found[s][1][1]) for s in found
            if s in planned and planned[s] * n_atoms / 100 >= 10]
    return wrong, held


def score_limits(told, planned):
    """Elements that were not planned, and of them those told above their critical level or as found."""
    rows = told.get("detection_limits") or []
    absent = [r for r in rows if r["element"] not in planned and r["windows"] > 0]
    return len(absent), sum(r["verdict"] != "absent" for r in absent)


def run(arguments):
    """One spectrum: drawn, told, scored."""
    which, seed, options = arguments
    spectrum = spectra.draw(which, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(options["keep"] or folder) / f"{which}-{seed}.txt"
        spectra.write(spectrum, path)
        command = [options["program"], "range", str(path), "-q", "--json", "--threads", "1",
                   "--set", "identify.probability=0.01"] + options["more"]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        command[command.index("identify.probability=0.01")] = "identify.probability=0.5"
        half = subprocess.run(command, capture_output=True, text=True, check=False)
    result = {"seed": seed, "name": spectrum.material["name"], "class": spectrum.material["class"],
              "n_ions": spectrum.n_ions, "power": spectrum.power, "background": spectrum.background,
              "seconds": seconds, "error": half.stderr if half.returncode or done.returncode else ""}
    if result["error"]:
        return result
    told, told_half = json.loads(done.stdout), json.loads(half.stdout)
    planned = spectrum.composition()
    sigmas = significances(spectrum)
    wrong, held = score_composition(told_half, planned, spectrum.n_ions)
    result.update(
        told=[(spectra.kind(r["ion"]), r["probability"]) for r in told_half["ions"]],
        probabilities=[(r["probability"], spectra.kind(r["ion"]) in spectrum.shares) for r in told["ions"]],
        planned={one: (sigmas[one], share * spectrum.n_ions) for one, share in spectrum.shares.items()},
        composition_error=wrong, held=held, limits=score_limits(told_half, planned))
    return result


def tally(results):
    """Precision, recall and what they are made of."""
    count = collections.Counter()
    for r in results:
        found = {one for one, p in r["told"] if p > 0.5}
        sure = {one for one, (sigma, _) in r["planned"].items() if sigma > SURE}
        elements = {s for one in found for s, _ in one[0]}
        planned_elements = {s for one in r["planned"] for s, _ in one[0]}
        sure_elements = {s for one in sure for s, _ in one[0]}
        count.update(right=len(found & set(r["planned"])), invented=len(found - set(r["planned"])),
                     sure=len(sure), hit=len(sure & found), planned=len(r["planned"]),
                     seen=sum(1 for s, n in r["planned"].values() if n >= 1),
                     elements_right=len(elements & planned_elements),
                     elements_invented=len(elements - planned_elements),
                     elements_sure=len(sure_elements), elements_hit=len(sure_elements & elements))
    return count


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def ratio(part, whole):
    return part / whole if whole else float("nan")


def line(name, results):
    n = tally(results)
    errors = [r["composition_error"] for r in results]
    held = [ok for r in results for _, ok in r["held"]]
    return (f"| {name} | {len(results)} | {ratio(n['right'], n['right'] + n['invented']):.3f} | "
            f"{ratio(n['hit'], n['sure']):.3f} | "
            f"{ratio(n['elements_right'], n['elements_right'] + n['elements_invented']):.3f} | "
            f"{ratio(n['elements_hit'], n['elements_sure']):.3f} | {statistics.median(errors):.2f} | "
            f"{quantile(errors, 0.95):.2f} | {ratio(sum(held), len(held)):.3f} |")


def print_groups(results, out):
    print("\n| spectra | n | ions: precision | recall | elements: precision | recall | composition, sum of "
          "errors: median, at.% | 95 of 100 below | 95 % intervals hold |\n"
          "|---|---|---|---|---|---|---|---|---|", file=out)
    print(line("all", results), file=out)
    for group in sorted({r["class"] for r in results}):
        print(line(group, [r for r in results if r["class"] == group]), file=out)
    for lo, hi in SIZES:
        rows = [r for r in results if lo <= r["n_ions"] < hi]
        if rows:
            print(line(f"{lo:.0e} to {hi:.0e} ions", rows), file=out)
    for lo, hi in ((300, 600), (600, 1000), (1000, 1500)):
        rows = [r for r in results if lo <= r["power"] < hi]
        if rows:
            print(line(f"m/dm {lo} to {hi}", rows), file=out)
    for lo, hi in ((0.001, 0.01), (0.01, 0.03), (0.03, 0.1)):
        rows = [r for r in results if lo <= r["background"] < hi]
        if rows:
            print(line(f"background {100 * lo:g} to {100 * hi:g} %", rows), file=out)


def print_reliability(results, out):
    rows = [row for r in results for row in r["probabilities"]]
    print("\n| probability told | ions | mean of it | right | 95 % interval |\n|---|---|---|---|---|", file=out)
    off = 0
    for lo, hi in zip(EDGES, EDGES[1:]):
        part = [row for row in rows if lo <= row[0] < hi]
        if not part:
            continue
        mean, right = (sum(column) / len(part) for column in zip(*part))
        off += abs(mean - right) * len(part)
        n, z = len(part), 1.96
        middle = (right + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(right * (1 - right) / n + z * z / (4 * n * n))
        print(f"| {lo:g} to {min(1, hi):g} | {n} | {mean:.3f} | {right:.3f} | "
              f"{max(0, middle - half):.2f} to {min(1, middle + half):.2f} |", file=out)
    print(f"\nMean distance of the two, weighted by ions: {off / max(1, len(rows)):.4f}.", file=out)


def print_wrong(results, out):
    """For development: what was missed and invented, spectrum by spectrum."""
    for r in results:
        found = {one: p for one, p in r["told"] if p > 0.5}
        missed = {one: s for one, (s, _) in r["planned"].items() if s > SURE and one not in found}
        invented = {one: p for one, p in found.items() if one not in r["planned"]}
        if missed or invented or r["composition_error"] > 2:
            print(f"{r['seed']} {r['name']} n {r['n_ions']:.2g} R {r['power']:.0f} b {r['background']:.3f} "
                  f"error {r['composition_error']:.2f}: missed "
                  + " ".join(f"{spectra.spell(k)}({s:.0f})" for k, s in missed.items())
                  + "; invented " + " ".join(f"{spectra.spell(k)}({p:.2f})" for k, p in invented.items()),
                  file=out)


def report(results, options, out):
    failed = [r for r in results if r["error"]]
    for r in failed:
        print(f"seed {r['seed']}: {r['error']}", file=sys.stderr)
    results = [r for r in results if not r["error"]]
    n = tally(results)
    held = [ok for r in results for _, ok in r["held"]]
    absent, false = (sum(column) for column in zip(*(r["limits"] for r in results)))
    print(f"{len(results)} spectra of {len({r['name'] for r in results})} materials"
          f"{'' if options.list == 'reported' else f' ({options.list})'}, seeds {options.seed} to {options.seed + len(results) - 1}"
          f"{', way ' + options.way if options.way else ''}; {len(failed)} refused. "
          f"{n['planned']} ions planned, {n['seen']} of them with an ion or more expected, {n['sure']} above "
          f"{SURE} standard deviations: {1 - ratio(n['sure'], n['seen']):.1%} of the {n['seen']} are excluded. "
          f"Told: {n['right']} right, {n['invented']} invented. {len(held)} intervals. "
          f"Slowest {max(r['seconds'] for r in results):.2f} s, median "
          f"{statistics.median(r['seconds'] for r in results):.2f} s.", file=out)
    print_groups(results, out)
    print_reliability(results, out)
    if absent:
        print(f"\nLimits of detection: {absent} elements that are not there, {false} told as found or above "
              f"their critical level ({false / absent:.4f}; asked for is 0.05).", file=out)
    if options.list in ("dev", "learn") and options.wrong:
        print(file=out)
        print_wrong(results, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(spectra.ROOT / "build/ionatlas"))
    parser.add_argument("--spectra", type=int, default=200)
    parser.add_argument("--ions", help="LEAST-MOST of a spectrum, in place of those of the list")
    parser.add_argument("--seed", type=int, default=1, help="of the first spectrum")
    parser.add_argument("--list", choices=("reported", "dev", "learn", "check"), default="reported", help="of materials")
    parser.add_argument("--dev", dest="list", action="store_const", const="dev", help="--list dev")
    parser.add_argument("--wrong", action="store_true", help="of dev and learn: list what was missed and invented")
    parser.add_argument("--way", help="of identification")
    parser.add_argument("--set", action="append", default=[], help="METHOD.FIELD=VALUE, for the program")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="folder in which the spectra stay")
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    more = ["--way", options.way] if options.way else []
    for value in options.set:
        more += ["--set", value]
    settings = {"program": os.path.realpath(options.program), "more": more, "keep": options.keep}
    if options.ions:
        ions = tuple(float(x) for x in options.ions.split("-"))
        spectra.CONDITIONS[options.list] = (ions, *spectra.CONDITIONS.get(options.list, spectra.USUAL)[1:])
    jobs = [(options.list, options.seed + i, settings) for i in range(options.spectra)]
    with multiprocessing.Pool(options.jobs) as pool:
        results = pool.map(run, jobs, chunksize=1)
    with open(options.output, "w", encoding="utf-8") if options.output else sys.stdout as out:
        report(results, options, out)


if __name__ == "__main__":
    main()
