#!/usr/bin/env python3
# bench/calibrate.py: calibrates a measured run and drawn ones of which everything is known; prints tables.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs are drawn without the program's own code: ions of bench/spectra.py fly straight from a start time over a
flight path, under a voltage that rises, and are written as Stuttgart raw. The program is given the file and nothing
else, and its m/n, written as POS, are set against those that the ions have."""
import argparse
import array
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

import spectra

TWO_E_OVER_U = 2 * 1.602176634e-19 / 1.66053906660e-27 * 1e-12  # Da mm^2 V^-1 ns^-2
W3 = [(182, 60.6489, 26.50), (183, 60.9829, 14.31), (184, 61.3164, 30.64), (186, 61.9843, 28.43)]  # Da, %
WORST, LIGHT = 0.005, 5  # of m/n; Da: hydrogen is not looked at


def floats(data, width, at):
    """Column `at` of big-endian float32 records of `width` words."""
    values = array.array("f", data)
    if sys.byteorder == "little":
        values.byteswap()
    return values[at::width]


def processor_time():
    used = os.times()
    return used.children_user + used.children_system


def calibrate(program, run, folder):
    """Tables, seconds of processor time and m/n; tables alone where the run is refused."""
    out = folder / "out.pos"
    out.unlink(missing_ok=True)
    start = processor_time()
    done = subprocess.run([program, "calibrate", run, "-q", "--json", "-o", out, "--fill-missing"],
                          capture_output=True, text=True, check=False)
    seconds = processor_time() - start
    told = json.loads(done.stdout)
    return told, seconds, floats(out.read_bytes(), 4, 3) if done.returncode == 0 else None


# Widths and shares of lines, for any list of m/n.

def fall(counts, top, level, step):
    i = top
    while 0 < i < len(counts) - 1:
        if counts[i + step] <= level:
            return i + step * (counts[i] - level) / (counts[i] - counts[i + step])
        i += step
    return math.nan


def widths(mass, at, reach=0.17, bin_width=0.005):
    """Full widths at a half and a tenth of the maximum of the highest peak near `at`."""
    n = round(2 * reach / bin_width)
    raw = [0] * n
    for m in mass:
        k = math.floor((m - at + reach) / bin_width)
        if 0 <= k < n:
            raw[k] += 1
    counts = [(raw[max(0, i - 1)] + 2 * raw[i] + raw[min(n - 1, i + 1)]) / 4 for i in range(n)]
    top = max(range(n), key=counts.__getitem__)
    return [bin_width * (fall(counts, top, share * counts[top], 1) - fall(counts, top, share * counts[top], -1))
            for share in (0.5, 0.1)]


def share_of_lines(mass, half=0.12, far=0.17):
    """Ions of each W3+ line, per cent, the level beside it taken off."""
    counts = []
    for _, at, _ in W3:
        inside = sum(abs(m - at) < half for m in mass)
        beside = sum(half <= abs(m - at) < far for m in mass)
        counts.append(inside - beside * half / (far - half))
    return [100 * c / sum(counts) for c in counts]


def tungsten(program, data, folder):
    place = data / "real/w_tap_stuttgart"
    told, seconds, mass = calibrate(program, next(place.glob("*.raw")), folder)
    hand = floats((place / "w_tap_derived.epos").read_bytes(), 11, 3)
    print(f"{len(mass):,} ions of a measured run of tungsten, laser pulses; {seconds:.1f} s of processor time. `raw` and `geometry` are widths by the program; the others "
          "are measured here in bins of 0.005 Da, smoothed by 1-2-1, for the program and for the published calibration by hand "
          "alike. FWHM and FWTM in Da.\n")
    print("| line | FWHM raw | geometry | by hand | blind | FWTM raw | by hand | blind | share in nature, % | by hand | blind |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    ours, theirs, worst = share_of_lines(mass), share_of_lines(hand), 0
    for k, (isotope, at, nature) in enumerate(W3):
        peak = min(told["calibrated_peaks"], key=lambda p: abs(p["mass_da"] - at))
        blind, manual = widths(mass, at), widths(hand, at)
        worst = max(worst, abs(ours[k] - nature))
        print(f"| {isotope}W3+ | {peak['fwhm_raw_da']:.2f} | {peak['fwhm_geometry_da']:.2f} | {manual[0]:.3f} | {blind[0]:.3f} "
              f"| {peak['fwtm_raw_da']:.2f} | {manual[1]:.3f} | {blind[1]:.3f} | {nature:.2f} | {theirs[k]:.2f} | {ours[k]:.2f} |")
    print(f"\nLargest difference of a share from nature: {worst:.2f} percentage points; wanted 0.5. "
          f"Start time {told['t0_ns']:.2f} +- {told['sigma_t0_ns']:.2f} ns, flight path {told['flight_path_mm']:.2f} +- "
          f"{told['sigma_flight_path_mm']:.2f} mm; by hand -8.80 ns and 317.0 mm, from two lines.")


# Drawn runs.

def draw_run(seed, n):
    """A material, an instrument, the ions' m/n (0 for background) and the file's bytes."""
    spectrum, rng = spectra.plan("reported", seed)
    run = {"material": spectrum.material["name"], "pulse": rng.random() < 0.5, "n": n,
           "t0": rng.uniform(-30, 60), "path": rng.choice([rng.uniform(85, 130), rng.uniform(280, 400)]),
           "drift": rng.choice([0, 0, 0.004]), "power": rng.uniform(400, 1200)}
    spectrum.power = run["power"]
    radius = 0.4 * run["path"] if run["path"] < 200 else 0.18 * run["path"]
    first = rng.uniform(2500, 6000)
    last, bowl, tilt, phi = first * rng.uniform(1.01, 1.6), rng.uniform(-0.01, 0.015), rng.uniform(0, 0.006), rng.uniform(0, 20)
    scatter, beta = rng.choice([0, 0.01]), 0.8
    lines = [(m, share * part) for kind, share in spectrum.shares.items() for m, part in spectra.pattern(kind)]
    masses = rng.choices([m for m, _ in lines], [p for _, p in lines], k=n)
    inverse = shape_inverse()
    out, truth = bytearray(), []
    slowest = math.sqrt(spectrum.m_max)
    for i, line in enumerate(masses):
        background = rng.random() < spectrum.background
        m = line + spectrum.unit(line) * inverse[rng.randrange(len(inverse))]
        m = (slowest * rng.random()) ** 2 if background else m
        truth.append(0 if background else m)
        s = (i + 0.5) / n
        r, angle = radius * math.sqrt(rng.random()), 2 * math.pi * rng.random()
        x, y = r * math.cos(angle), r * math.sin(angle)
        v = first + (last - first) * s
        p = v * (0.2 + scatter * rng.gauss(0, 1)) if run["pulse"] else 0
        u, w = x / radius, y / radius
        psi = math.exp(bowl * (u * u + 0.8 * w * w) + tilt * (u - 0.5 * w) + 0.3 * bowl * u * w * w)
        wave = math.exp(run["drift"] * math.sin(3 * math.pi * s))
        t = run["t0"] + math.sqrt(max(m, 0) * (run["path"] ** 2 + x * x + y * y) * psi * wave
                                  / (TWO_E_OVER_U * (v - phi + beta * p)))
        out += struct.pack("<6f2I", v, p, 0, x, y, t, i // 100, 3 * i)
    return run, truth, bytes(out)


def shape_inverse(n=4001):
    """Quantiles of the shape of a peak."""
    found, x = [], -4.0
    for k in range(n):
        while spectra.shape_below(x) < (k + 0.5) / n:
            x += 0.002
        found.append(x)
    return found


def deviation(values):
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))


def rest_of_drift(mass, truth, parts=20):
    """Standard deviation over parts of the run of the median of ln(m / true m)."""
    medians = []
    for k in range(parts):
        span = range(k * len(truth) // parts, (k + 1) * len(truth) // parts)
        off = sorted(math.log(mass[i] / truth[i]) for i in span if truth[i] > LIGHT and mass[i] > 0)
        medians.append(off[len(off) // 2])
    return deviation(medians)


def synthetic(program, runs, n, folder):
    path = folder / "run.raw"
    rows, refused, wrong, expected, pulls, times = [], [], [], 0, [], []
    for seed in range(1, runs + 1):
        run, truth, data = draw_run(seed, n)
        path.write_bytes(data)
        told, seconds, mass = calibrate(program, path, folder)
        times.append(seconds)
        if mass is None:
            refused.append(run["material"])
            continue
        off = sorted(abs(m / t - 1) for m, t in zip(mass, truth) if t > LIGHT)
        right = off[int(0.9 * len(off))] < WORST
        expected += told["scale_probability"]
        if not right:
            wrong.append(run["material"])
            continue
        pulls.append((told["t0_ns"] - run["t0"]) / told["sigma_t0_ns"])
        rows.append((run, off[len(off) // 2], rest_of_drift(mass, truth), abs(told["t0_ns"] - run["t0"])))
    told_runs = runs - len(refused)
    print(f"{runs} runs of {n:,} ions each, seeds 1 to {runs}: materials of `bench/materials.tsv`, flight paths of 85 to 130 or 280 to 400 mm, start "
          "times of -30 to 60 ns, laser or voltage pulses, resolving powers of 400 to 1,200. A scale is right when nine in ten ions heavier than "
          f"{LIGHT} Da are within {100 * WORST:.1f} % of their m/n.\n")
    print(f"Scale right in {told_runs - len(wrong)} of {told_runs} that were calibrated, {expected:.1f} by their stated probabilities; {len(refused)} refused"
          f"{' (' + ', '.join(sorted(refused)) + ')' if refused else ''}{'; wrong: ' + ', '.join(wrong) if wrong else ''}. Median {sorted(times)[len(times) // 2]:.1f} s of processor time.\n")
    print("| runs | n | median error of m/n, ppm: median run | worst run | error of t0, ns: median run | worst run |\n|---|---|---|---|---|---|")
    kinds = [("laser pulses", lambda r: not r["pulse"]), ("voltage pulses", lambda r: r["pulse"]),
             ("drift of 0.4 %", lambda r: r["drift"] > 0), ("no drift", lambda r: r["drift"] == 0), ("all", lambda r: True)]
    for name, fits in kinds:
        some = [row for row in rows if fits(row[0])]
        if some:
            errors, starts = sorted(1e6 * row[1] for row in some), sorted(row[3] for row in some)
            print(f"| {name} | {len(some)} | {errors[len(errors) // 2]:.0f} | {errors[-1]:.0f} | {starts[len(starts) // 2]:.2f} | {starts[-1]:.2f} |")
    drifted = sorted(row[2] for row in rows if row[0]["drift"] > 0)
    if drifted:
        print(f"\nOf a drift of 0.28 % root mean square, {100 * drifted[len(drifted) // 2]:.3f} % is left in the median run, {100 * drifted[-1]:.3f} % in the worst.")
    if pulls:
        print(f"\nErrors of t0 over their stated standard deviations: root mean square {math.sqrt(sum(p * p for p in pulls) / len(pulls)):.2f}, "
              f"{sum(abs(p) < 1.96 for p in pulls)} of {len(pulls)} within 1.96.")


def speed(program, folder, copies=100, n=100000):
    """A run of 100,000 ions a hundred times over."""
    path, out = folder / "large.raw", folder / "large.pos"
    _, _, data = draw_run(1, n)
    with open(path, "wb") as file:
        for _ in range(copies):
            file.write(data)
    start, used = time.perf_counter(), processor_time()
    subprocess.run([program, "calibrate", path, "-q", "-o", out, "--fill-missing"], check=True, stdout=subprocess.DEVNULL)
    seconds, processor = time.perf_counter() - start, processor_time() - used
    print(f"{copies * n:,} ions, 320 MB of raw hits, to POS with m/n: {seconds:.1f} s, {processor:.1f} s of processor time.")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["tungsten", "synthetic", "speed"])
    parser.add_argument("--program", default=str(spectra.ROOT / "build/ionatlas"))
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--ions", type=int, default=20000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        if args.part == "tungsten":
            data = os.environ.get("IONATLAS_TEST_DATA")
            if not data:
                sys.exit("bench/calibrate.py: set IONATLAS_TEST_DATA to the folder of measured data")
            tungsten(args.program, pathlib.Path(data), folder)
        elif args.part == "synthetic":
            synthetic(args.program, args.runs, args.ions, folder)
        else:
            speed(args.program, folder)


if __name__ == "__main__":
    main()
