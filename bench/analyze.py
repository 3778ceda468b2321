#!/usr/bin/env python3
# bench/analyze.py: time and memory of `ionatlas analyze` on simulated ions without a range file.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bench/analyze.py PROGRAM [--edge NM] [--runs R]

Simulates two specimens from fixed seeds, analyses each with nothing but the file, and writes a
table. Memory is what the program holds beside the mapped file.
"""
import argparse
import importlib.machinery
import importlib.util
import pathlib
import statistics
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
loader = importlib.machinery.SourceFileLoader("bench", str(ROOT / "scripts/bench"))
bench = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", loader))
loader.exec_module(bench)

SPECIMENS = [
    ("iron with 1 at.% of Cu, Mn, Si; Cu precipitates",
     ["--composition", "Fe Cu:0.01 Mn:0.01 Si:0.012 C:0.005", "--cluster-density", "4e23"]),
    ("ten solutes of 5 at.% each; Cu precipitates",
     ["--composition", "Fe Cu:0.05 Mn:0.05 Si:0.05 C:0.05 Ni:0.05 Cr:0.05 V:0.05 Al:0.05 Ti:0.05 "
      "Mo:0.05", "--cluster-density", "4e23"]),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--edge", type=float, default=48.5, help="nm; 48.5: 5 million ions")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    program = pathlib.Path(args.program).resolve()
    print("| specimen | ions | s (median) | own memory B per ion | reported |")
    print("| --- | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for title, options in SPECIMENS:
            edge = [w for axis in "xyz" for w in (f"--size-{axis}", str(args.edge))]
            bench.Run([program, "simulate", "-o", "s.pos", "--force", "--seed", "1"] + edge + options,
                      folder)
            n = (folder / "s.pos").stat().st_size // 16
            runs = [bench.Run([program, "analyze", "s.pos", "-q", "--force", "--threads", "2"], folder)
                    for _ in range(args.runs)]
            lines = bench.Run([program, "cluster", "s.pos", "-q"], folder)
            verdict = next(line.split("\t")[1] for line in
                           (folder / "stdout").read_text().splitlines()
                           if line.startswith("verdict"))
            del lines
            print(f"| {title} | {n:,} | {statistics.median(r.seconds for r in runs):.1f} | "
                  f"{max(r.anonymous for r in runs) / n:.1f} | {verdict} |", flush=True)


if __name__ == "__main__":
    main()
