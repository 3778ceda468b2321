#!/usr/bin/env python3
# tests/peers/read_community.py: have pynxtools-apm make an NXapm file, and read it.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: read_community.py IONATLAS FILE.epos FILE.apt RANGES.rrng

FILE.apt holds the ions of FILE.epos. The converter of pynxtools makes NXapm of it and the
ranges; the program must find the same positions and m/n there, bit by bit, and range as many ions
but for the few that lie where bounds are rounded to float32: one in 50,000. Exit 0: so it is; 77: a package is missing.
"""
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    importlib.metadata.version("pynxtools-apm")
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr[-400:]}")
    return done.stdout


def ranged(program, *arguments):
    told = json.loads(run(program, "composition", *arguments, "--json", "-q"))
    return told["ranged"], told["unranged"]


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    program, epos, apt, ranges = (pathlib.Path(name).resolve() for name in sys.argv[1:])
    convert = pathlib.Path(sys.executable).parent / "dataconverter"
    with tempfile.TemporaryDirectory() as folder:
        nxs, pos, empty = (pathlib.Path(folder) / name
                           for name in ("made.nxs", "read.pos", "none.oasis.specific.yaml"))
        empty.write_text("application: {}\n")
        run(convert, apt, ranges, empty, "--reader", "apm", "--nxdl", "NXapm",
            "--skip-verify", "--output", nxs)
        run(program, "convert", nxs, "-o", pos, "-q")
        read = numpy.fromfile(pos, ">u4").reshape(-1, 4)
        expected = numpy.fromfile(epos, ">u4").reshape(-1, 11)[:, :4]
        equal = numpy.array_equal(read, expected)
        counts = ranged(program, nxs), ranged(program, epos, "--ranges", ranges)
    version = importlib.metadata.version("pynxtools-apm")
    print(f"pynxtools-apm {version}: {len(read)} ions {'equal' if equal else 'DIFFERENT'},"
          f" ranged and unranged {counts[0]}, expected {counts[1]}")
    return int(not equal or abs(counts[0][0] - counts[1][0]) > len(read) / 50000)


if __name__ == "__main__":
    sys.exit(main())
