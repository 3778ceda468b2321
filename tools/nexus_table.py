#!/usr/bin/env python3
# tools/nexus_table.py: condense the NeXus definitions into the table our tests check by.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: nexus_table.py nxdl_flat.tsv > tests/formats/nexus/nxapm.tsv

Input: one row per group, field and attribute of the NXDL files, as listed by class,
category, path, kind, type, name_type, optionality, min_occurs, max_occurs, units, dims,
enumeration. Output: the rows of NXapm, with what the base classes say where NXapm is
silent, and those of the classes that NXapm and our projects use. Facts only, no prose.
"""
import csv
import sys

# Classes that our projects use beside those of NXapm.
OURS = {"NXcollection", "NXdata", "NXnote", "NXobject", "NXparameters", "NXprocess",
        "NXuser", "NXfabrication", "NXcoordinate_system", "NXsensor", "NXsample"}
INHERITED = ("type", "units", "dims", "enumeration")
COLUMNS = ("path", "kind", "type", "name_type", "optionality", "units", "rank",
           "enumeration")


def rank(dims):
    """Number of dimensions, '' where none are told or the rank is free."""
    if not dims or "rank=" in dims:
        return ""
    return str(dims.strip("()").count(",") + 1)


def silent_parts(row, rows, classes):
    """What the classes of the groups around say of this member, the outermost first."""
    filled = dict(row)
    parts = row["path"].split("/")
    for depth in range(2, len(parts)):
        group = rows.get("/".join(parts[:depth]))
        base = classes.get(group["type"], {}) if group else {}
        match = base.get("/" + "/".join(parts[depth:]))
        for key in INHERITED if match else ():
            filled[key] = filled[key] or match[key]
    return filled


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    classes = {}
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            classes.setdefault(row["class"], {})[row["path"]] = row
    rows = classes["NXapm"]
    used = OURS | {row["type"] for row in rows.values() if row["kind"] == "group"}
    print("# Made by tools/nexus_table.py of the NeXus definitions v2026.01 "
          "(github.com/nexusformat/definitions, LGPL-3.0-or-later).")
    print(*COLUMNS, sep="\t")
    whole = [("", silent_parts(row, rows, classes)) for row in rows.values()]
    for name in sorted(used & classes.keys()):
        whole += [(name, row) for row in classes[name].values()]
    for prefix, row in whole:
        print(prefix + row["path"], row["kind"], row["type"], row["name_type"],
              row["optionality"], row["units"], rank(row["dims"]), row["enumeration"],
              sep="\t")
    named = {row["type"] for rows in classes.values() for row in rows.values()
             if row["kind"] == "group"}
    for name in sorted(named | classes.keys()):  # some have no members
        print(name, "class", "", "", "", "", "", "", sep="\t")


if __name__ == "__main__":
    main()
