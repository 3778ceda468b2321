#!/usr/bin/env python3
# tests/peers/validate_nexus.py: have pynxtools hold a project against NXapm.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: validate_nexus.py IONATLAS PROJECT.nxs

Runs the validator of pynxtools, with the definitions that it brings. What it misses must
be what `ionatlas verify` lists as missing, and nothing else. Exit 0: so it is; 77: the
package is not there.

Not counted, each for its reason:
- what has "no documentation": NeXus allows more than it defines;
- dates that are texts of fixed length, and files stored as unsigned bytes: NeXus allows
  both, the validator asks h5py for another Python type;
- a missing unit of an axis that has one, which it says of its own files too.
"""
import importlib.metadata
import json
import re
import subprocess
import sys

try:
    import h5py
    importlib.metadata.version("pynxtools")
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

VALIDATE = "from pynxtools.cli import pynx; pynx()"


def complaints(path):
    run = subprocess.run([sys.executable, "-c", VALIDATE, "validate", path],
                         capture_output=True, text=True, check=False)
    lines = (run.stdout + run.stderr).splitlines()
    if "Traceback" in run.stderr or not any("valid" in line for line in lines):
        sys.exit("the validator failed: " + run.stderr[-400:])
    return [line.removeprefix("WARNING: ") for line in lines
            if line.startswith("WARNING: ")]


def is_counted(line, file):
    if "has no documentation" in line or line.startswith("Invalid: The entry"):
        return False
    kind = re.search(r"The value at (\S+) should be .* defined in the NXDL as (\S+)\.", line)
    if kind and kind[2] == "NX_DATE_TIME":
        return file[kind[1]].dtype.kind != "S"
    if kind and kind[2] == "NX_BINARY":
        return file[kind[1]].dtype != "u1"
    unit = re.search(r"required attribute (\S+)/@units hasn't been supplied", line)
    return not (unit and "units" in file[unit[1]].attrs)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, path = sys.argv[1:]
    run = subprocess.run([program, "verify", path, "--json"], capture_output=True,
                         text=True, check=True)
    missing = [row["path"] for row in json.loads(run.stdout)["missing"]]
    lines = complaints(path)
    with h5py.File(path) as file:
        counted = [line for line in lines if is_counted(line, file)]
    wrong = [line for line in counted if not any(name in line for name in missing)]
    print(f"pynxtools {importlib.metadata.version('pynxtools')}: {len(lines)} remarks, {len(counted)} of them on content,"
          f" {len(counted) - len(wrong)} known to verify")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
