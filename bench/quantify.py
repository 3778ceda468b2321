#!/usr/bin/env python3
# bench/quantify.py: amounts of overlapping ions by ranges, deconvolution and mixture against the least error.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/quantify.py [--program build/ionatlas] [--repeats N] [--ions N] [--power R] [-o FILE] [--check N]

Draws spectra (bench/spectra.py) of two ions whose peaks lie on one another, with as much Al+ for the shape of a
peak and 2 % background, gives the program the list of ions, and compares each way of counting with what was
planned: root mean square error over the bound of Cramer and Rao (all amounts, the level of the background and a
common shift of the lines unknown). Each spectrum is drawn again with its lines moved by 2 % of a width, to see
how well amounts repeat. Then times ten million ions. Prints tables in Markdown. With --check the mixture alone,
on N other spectra of the two rows where few of them leave it open whether it is at its bound.
"""
import argparse
import dataclasses
import json
import math
import multiprocessing
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import spectra

PAIRS = (("N+", "Si++"), ("Cr++", "Fe++"), ("Si+", "Fe++"), ("O2++", "O+"), ("Fe+", "Ni+"))
RATIOS = (0.3, 0.03)  # of the first ion, among the two
WAYS = ("ranges", "deconvolution", "mixture")
MOVED = 0.02  # of a width
PERTURBED = 5  # spectra of each pair looked at again with other windows and beginnings
BEGINNINGS = (("mixture.mix_rounds=1",), ("mixture.mix_rounds=20",))
WINDOWS = tuple((f"deconvolve.window_left={a}", f"deconvolve.window_right={b}") for a, b in ((5, 12), (4, 8), (3, 5), (2.5, 4)))
BACKGROUND, M_MAX = 0.02, 80.0


def shifted(templates, spectrum, widths):
    """Templates whose lines lie further by so many widths."""
    result = {}
    for one, bins in templates.items():
        moved = {}
        for i, share in bins.items():
            way = widths * 1.504 * spectrum.unit((i + 0.5) * spectra.BIN) / spectra.BIN
            moved[i] = moved.get(i, 0.0) + share * (1 - way)
            moved[i + 1] = moved.get(i + 1, 0.0) + share * way
        result[one] = moved
    return result


def stray():
    roots = [math.sqrt(i * spectra.BIN) for i in range(round(M_MAX / spectra.BIN) + 1)]
    return [(b - a) / roots[-1] for a, b in zip(roots, roots[1:])]


def expected(amounts, templates, background):
    mean = [background * x for x in stray()]
    for one, bins in templates.items():
        for i, share in bins.items():
            if i < len(mean):
                mean[i] += amounts[one] * share
    return mean


def inverse_of(matrix):
    n = len(matrix)
    rows = [row[:] + [float(i == k) for k in range(n)] for i, row in enumerate(matrix)]
    for i in range(n):
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i])]
    return [row[n:] for row in rows]


def shape_below(x, sigma, decay):
    """Share of a peak below x: a Gaussian and an exponential, as spectra.shape_below with numbers of its own."""
    x += 2 / math.pi
    gauss = 0.5 * math.erfc(-x / (sigma * math.sqrt(2)))
    if x < -6 * sigma:
        return gauss
    late = sigma ** 2 / (2 * decay ** 2) - x / decay
    return gauss - math.exp(late) * 0.5 * math.erfc(-(x - sigma ** 2 / decay) / (sigma * math.sqrt(2)))


def template(spectrum, one, shift=0.0, slope=0.0, sigma=math.sqrt(2 / math.pi), decay=1.0, far=0.0, tilt=0.0):
    """As spectra.template, with the six numbers that the mixture fits of the peaks beside the amounts."""
    bins = {}
    for mass, share in spectra.pattern(one):
        unit = spectrum.unit(mass)
        mass = mass * (1 + slope) + shift * 1.504 * unit
        unit *= (mass / 28) ** tilt
        first, last = max(0, int((mass - 5 * unit) / spectra.BIN)), int((mass + 60 * unit) / spectra.BIN)

        def below(i):
            x = (i * spectra.BIN - mass) / unit
            near = shape_below(x, sigma, decay)
            return near + far * (shape_below(x, sigma, 4 * 1.504) - near) if far else near
        before = below(first)
        for i in range(first, last + 1):
            upto = below(i + 1)
            if upto > before:
                bins[i] = bins.get(i, 0.0) + share * (upto - before)
            before = upto
    return bins


# Steps of the differences; a share of late ions is not below zero.
NUMBERS = {"shift": 0.003, "slope": 1e-6, "sigma": 0.003, "decay": 0.003, "tilt": 0.003, "far": 0.002}
AT = {"sigma": math.sqrt(2 / math.pi), "decay": 1.0}


def nuisances(amounts, spectrum):
    """Changes of what is expected with each number of the peaks."""
    def with_number(name, value):
        return expected(amounts, {one: template(spectrum, one, **{name: value}) for one in amounts}, 0)
    parts = []
    for name, step in NUMBERS.items():
        at = AT.get(name, 0.0)
        lower = at if name == "far" else at - step
        high, low = with_number(name, at + step), with_number(name, lower)
        parts.append({i: (x - y) / (at + step - lower) for i, (x, y) in enumerate(zip(high, low)) if x != y})
    return parts


def bounds(amounts, templates, spectrum, background, shape_known=True):
    """Least standard deviation of each amount; all others, the background and a common shift unknown, and
    with shape_known=False the six numbers of the peaks that the mixture fits, the shift among them."""
    mean = expected(amounts, templates, background)
    parts = [templates[one] for one in templates]
    parts.append(dict(enumerate(stray())))
    if shape_known:
        further = expected(amounts, shifted(templates, spectrum, 0.01), background)
        parts.append({i: 100 * (b - a) for i, (a, b) in enumerate(zip(mean, further)) if a != b})
    else:
        parts += nuisances(amounts, spectrum)
    information = [[sum(x * b[i] / mean[i] for i, x in a.items() if i in b and i < len(mean) and mean[i] > 1e-12)
                    for b in parts] for a in parts]
    inverse = inverse_of(information)
    return {one: math.sqrt(inverse[k][k]) for k, one in enumerate(templates)}


def counts_of(told, one):
    """Of an ion by each way."""
    def of(rows, name, value):
        return sum(value(r) for r in rows if r[name] != "background" and spectra.kind(r[name]) == one)
    return {"ranges": of(told["ranges"], "ion", lambda r: r["counts"] - (r["background_counts"] or 0)),
            "deconvolution": of(told["solved_ions"], "ion", lambda r: r["counts"] or 0),
            "mixture": of(told["mixture"], "component", lambda r: r["counts"] or 0)}


def draw(mean, rng, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("m_da\tcounts\n")
        file.writelines(f"{(i + 0.5) * spectra.BIN:.3f}\t{spectra.poisson(rng, x)}\n" for i, x in enumerate(mean))


def measure(program, names, path, settings=()):
    more = [x for setting in settings for x in ("--set", setting)]
    done = subprocess.run([program, "range", str(path), "-q", "--json", "--threads", "1", "--mixture",
                           "--set", "deconvolve.ions=" + ",".join(names), *more],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def spreads_of(told, choices, measured, kinds):
    """Standard deviation of what the mixture says of each ion with the settings as they are and with each of the choices."""
    told = (told, *(measure(*measured, choice) for choice in choices))
    return [statistics.pstdev(counts_of(t, one)["mixture"] for t in told) for one in kinds]


def try_pair(arguments):
    """Errors over the bound by each way, and relative changes of the sum of both with the lines moved."""
    pair, ratio, options = arguments
    spectrum = spectra.Spectrum({}, options["ions"], options["power"], BACKGROUND, M_MAX, {})
    kinds = [spectra.kind(name) for name in (*pair, "Al+")]
    amounts = dict(zip(kinds, (0.5 * options["ions"] * ratio, 0.5 * options["ions"] * (1 - ratio),
                               0.5 * options["ions"])))
    templates = {one: spectra.template(spectrum, one) for one in kinds}
    background = BACKGROUND * options["ions"]
    bound = bounds(amounts, templates, spectrum, background)[kinds[0]]
    bound_blind = bounds(amounts, templates, spectrum, background, shape_known=False)[kinds[0]]
    mean = expected(amounts, templates, background)
    moved = expected(amounts, shifted(templates, spectrum, MOVED), background)
    errors, changes = {way: [] for way in WAYS}, {way: [] for way in WAYS}
    spreads, stated = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "drawn.txt"
        for seed in range(1, options["repeats"] + 1):
            told = []
            for x in (mean, moved):
                draw(x, random.Random(f"{pair} {ratio} {seed}"), path)
                told.append(measure(options["program"], (*pair, "Al+"), path))
            if seed <= PERTURBED:
                spreads.append([spread / amounts[k] for choices in (BEGINNINGS, WINDOWS)
                                for spread, k in zip(spreads_of(told[1], choices, (options["program"], (*pair, "Al+"), path),
                                                                kinds[:2]), kinds)])
            stated += [r["sigma_counts"] for r in told[0]["mixture"]
                       if r["component"] != "background" and spectra.kind(r["component"]) == kinds[0]]
            for way in WAYS:
                first, again = (counts_of(t, kinds[0])[way] for t in told)
                large, large_again = (counts_of(t, kinds[1])[way] for t in told)
                errors[way].append((first - amounts[kinds[0]]) / bound)
                changes[way].append((large_again - large) / amounts[kinds[1]])
    return pair, ratio, amounts[kinds[0]], (bound, bound_blind, statistics.fmean(stated)), errors, changes, spreads


def rms(values):
    return math.sqrt(statistics.fmean(x * x for x in values))


def print_pairs(results, options, out):
    print(f"{options.repeats} spectra each, {options.ions:g} ions, half of them Al+, m/dm {options.power:g}, "
          f"2 % background; a root mean square of so many is known to {70.7 / math.sqrt(options.repeats):.0f} %.\n\n"
          "| overlap | planned | bound | bound, shape unknown | " + " | ".join(f"{way}: error / bound | mean off, bounds" for way in WAYS) +
          " | mixture: error / bound, shape unknown | error it states / that |\n|---|---|---|---|" + "---|---|" * len(WAYS) + "---|---|", file=out)
    for pair, _, planned, bound, errors, *_ in results:
        cells = " | ".join(f"{rms(errors[w]):.2f} | {statistics.fmean(errors[w]):+.2f}" for w in WAYS)
        print(f"| {pair[0]} under {pair[1]} | {planned:g} | {bound[0]:.3g} | {bound[1]:.3g} | {cells} | "
              f"{rms(errors['mixture']) * bound[0] / bound[1]:.2f} | {bound[2] / bound[1]:.2f} |", file=out)
    print(f"\nThe larger ion of each pair when each spectrum is drawn again with all lines moved by {MOVED:.0%} of a "
          "width: root mean square difference, parts in 10,000 (5 leaves three figures; counting alone is in it "
          "too).\n\n"
          "| overlap | planned share of the first | " + " | ".join(WAYS) + " |\n|---|---|" + "---|" * len(WAYS), file=out)
    for pair, ratio, _, _, _, changes, _ in results:
        print(f"| {pair[0]} under {pair[1]} | {ratio:g} | " +
              " | ".join(f"{1e4 * rms(changes[w]):.1f}" for w in WAYS) + " |", file=out)
    print(f"\n{PERTURBED} of these spectra, the same counts, with {len(BEGINNINGS)} other amounts to take the steps of scoring from, "
          f"and with {len(WINDOWS)} other choices of windows (2.5 to 5 widths before a line, 4 to 12 behind it), which leave out "
          "counts: standard deviation of what the mixture says, parts in 10,000 of the planned amount (root mean square; 5 leaves "
          "three figures), and the least error in such parts.\n\n"
          "| overlap | planned share of the first | beginnings: first ion | larger ion | windows: first ion | larger ion | bound, shape unknown |\n"
          "|---|---|---|---|---|---|---|", file=out)
    for pair, ratio, planned, bound, _, _, spreads in results:
        print(f"| {pair[0]} under {pair[1]} | {ratio:g} | " + " | ".join(f"{1e4 * rms(x):.1f}" for x in zip(*spreads)) +
              f" | {1e4 * bound[1] / planned:.0f} |", file=out)


def print_time(program, out):
    """Ten million ions with positions, all that is done with them."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "large.pos"
        subprocess.run([program, "simulate", "--composition", "Fe Si:0.04 N:0.03 Cr:0.05", "--ions",
                        "Fe++:0.9 Fe+:0.1 Si+:0.3 Si++:0.7 N+:1 Cr++:1", "--size-x", "60", "--size-y", "60",
                        "--size-z", "60", "--seed", "3", "-q", "-o", str(path)], check=True, capture_output=True)
        print(f"\nTime for {path.stat().st_size // 16} ions on {os.cpu_count()} processors.\n\n"
              "| what | processor seconds |\n|---|---|", file=out)
        for name, more in (("range", []), ("range --mixture", ["--mixture"]), ("range --local 2", ["--local", "2"])):
            before = os.times()
            subprocess.run([program, "range", str(path), "-q", *more], check=True, capture_output=True)
            after = os.times()
            spent = after.children_user + after.children_system - before.children_user - before.children_system
            print(f"| {name} | {spent:.2f} |", file=out)


CHECKED = ((("N+", "Si++"), 0.3), (("O2++", "O+"), 0.3))
CHECKED_FROM = 3001  # the first seed


def check(options, out):
    """Error of the mixture over the bound with the shape unknown, in bounds: root mean square, mean, scatter."""
    print(f"{options.check} other spectra of two of these rows, error of the mixture over the bound with the shape unknown; "
          f"the root mean square is known to {70.7 / math.sqrt(options.check):.0f} %.\n\n"
          "| overlap | planned | root mean square | mean | scatter |\n|---|---|---|---|---|", file=out)
    spectrum = spectra.Spectrum({}, options.ions, options.power, BACKGROUND, M_MAX, {})
    background = BACKGROUND * options.ions
    for pair, ratio in CHECKED:
        kinds = [spectra.kind(name) for name in (*pair, "Al+")]
        amounts = dict(zip(kinds, (0.5 * options.ions * ratio, 0.5 * options.ions * (1 - ratio), 0.5 * options.ions)))
        templates = {one: spectra.template(spectrum, one) for one in kinds}
        bound = bounds(amounts, templates, spectrum, background, shape_known=False)[kinds[0]]
        mean, errors = expected(amounts, templates, background), []
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "drawn.txt"
            for seed in range(CHECKED_FROM, CHECKED_FROM + options.check):
                draw(mean, random.Random(f"{pair} {ratio} {seed}"), path)
                told = measure(options.program, (*pair, "Al+"), path)
                errors.append((counts_of(told, kinds[0])["mixture"] - amounts[kinds[0]]) / bound)
        print(f"| {pair[0]} under {pair[1]} | {amounts[kinds[0]]:g} | {rms(errors):.2f} | {statistics.fmean(errors):+.2f} | "
              f"{statistics.pstdev(errors):.2f} |", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(spectra.ROOT / "build/ionatlas"))
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--ions", type=float, default=1e5)
    parser.add_argument("--power", type=float, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--check", type=int, default=0)
    parser.add_argument("-o", "--output")
    options = parser.parse_args()
    settings = {"program": os.path.realpath(options.program), "repeats": options.repeats, "ions": options.ions,
                "power": options.power}
    if options.check:
        with open(options.output, "w", encoding="utf-8") if options.output else sys.stdout as out:
            check(options, out)
        return
    start = time.perf_counter()
    with multiprocessing.Pool(options.jobs) as pool:
        results = pool.map(try_pair, [(p, r, settings) for p in PAIRS for r in RATIOS], chunksize=1)
    with open(options.output, "w", encoding="utf-8") if options.output else sys.stdout as out:
        print_pairs(results, options, out)
        print_time(settings["program"], out)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
