#!/usr/bin/env python3
# tests/peers/view_nexus.py: open a project as a generic viewer does, compare with our JSON.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: view_nexus.py IONATLAS IONS RANGES

Analyses the ions, follows @default from the root of the project to what a viewer plots,
and compares spectrum, ranges, positions and voxels with what the program tells. Knows
NeXus and h5py only. Exit 0: all agree; 77: h5py or numpy is missing.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def follow_defaults(group):
    while "default" in group.attrs:
        group = group[text(group.attrs["default"])]
    return group


def plot_of(data):
    """Signal and axes of an NXdata group, checked for shape."""
    assert text(data.attrs["NX_class"]) == "NXdata", data.name
    signal = data[text(data.attrs["signal"])]
    names = np.atleast_1d(data.attrs["axes"])
    axes = [data[text(name)] for name in names]
    assert signal.ndim == len(axes), (data.name, signal.ndim, len(axes))
    for k, (name, axis) in enumerate(zip(names, axes)):
        assert axis.shape == (signal.shape[k],), axis.name
        assert int(data.attrs[text(name) + "_indices"]) == k, axis.name
        assert "units" in axis.attrs and "long_name" in axis.attrs, axis.name
    return signal[()], [axis[()] for axis in axes]


def find_class(group, name):
    """The first member of that NeXus class."""
    return next(member for member in group.values()
                if text(member.attrs.get("NX_class", "")) == name)


def check_spectrum(file, told):
    counts, (mass,) = plot_of(follow_defaults(file))
    assert np.array_equal(counts, told["counts"])
    assert np.allclose(mass, told["m_da"], rtol=1e-12, atol=0)
    return f"spectrum: {counts.sum()} ions in {len(counts)} bins"


def check_ranging(probe, told):
    identification = find_class(probe, "NXapm_ranging")["peak_identification"]
    n = int(identification["number_of_ion_types"][()])
    number = np.bincount(identification["iontypes"][()], minlength=n + 1)
    assert number[0] == told["unranged"] and number[1:].sum() == told["ranged"]
    rows = []
    for i in range(1, n + 1):
        ion = identification[f"ion{i}"]
        bounds = ion["mass_to_charge_range"][()]
        assert bounds.shape[1] == 2 and len(bounds) > 0
        rows += [(text(ion["name"][()]), int(ion["charge_state"][()]), lo, hi)
                 for lo, hi in bounds]
        counted = sum(row["counts"] for row in told["ranges"]
                      if row["ion"] == rows[-1][0])
        assert number[i] == counted, (rows[-1][0], number[i], counted)
        atoms = [int(value) % 256 for value in ion["nuclide_hash"][()] if value]
        elements = next(row["elements"] for row in told["ranges"]
                        if row["ion"] == rows[-1][0])
        assert len(atoms) == sum((elements or {}).values())
    expected = {(row["ion"], row["charge"], row["lo_da"], row["hi_da"])
                for row in told["ranges"]}
    # Ranges of one ion that touch are one range in the file.
    assert {row[:2] for row in rows} == {row[:2] for row in expected}
    assert len(rows) <= len(expected)
    return f"ranging: {n} ions, {len(rows)} ranges, {number[1:].sum()} ions ranged"


def check_positions(probe, told):
    reconstruction = find_class(probe, "NXapm_reconstruction")
    xyz = reconstruction["reconstructed_positions"][()]
    assert text(reconstruction["reconstructed_positions"].attrs["units"]) == "nm"
    bounds = np.array([xyz.min(axis=0), xyz.max(axis=0)], float).T
    assert np.allclose(bounds, told["bounds_nm"], rtol=1e-12, atol=0)
    counts, axes = plot_of(follow_defaults(reconstruction))
    edge = axes[0][1] - axes[0][0] if len(axes[0]) > 1 else 1
    edges = [np.append(axis - edge / 2, axis[-1] + edge / 2) for axis in axes]
    again, _ = np.histogramdd(xyz[:, ::-1].astype(float), bins=edges)
    assert counts.sum() == len(xyz) == told["ions"]
    assert np.array_equal(counts, again)
    return f"reconstruction: {len(xyz)} ions in {counts.shape} voxels of {edge:g} nm"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, ions, ranges = map(lambda name: str(pathlib.Path(name).resolve()),
                                sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        def run(*args):
            done = subprocess.run([program, *args, "--json", "-q"], cwd=folder,
                                  check=True, capture_output=True, text=True)
            return json.loads(done.stdout)
        analysis = run("analyze", ions, "--ranges", ranges, "-o", "p.nxs")
        spectrum = run("spectrum", "p.nxs")["spectrum"]
        with h5py.File(f"{folder}/p.nxs") as file:
            entry = file[text(file.attrs["default"])]
            probe = entry[text(entry.attrs["default"])]
            print(check_spectrum(file, spectrum))
            print(check_ranging(probe, analysis["range"]))
            print(check_positions(probe, analysis["info"]))


if __name__ == "__main__":
    main()
