#!/usr/bin/env python3
# tests/formats/make_nexus.py: make small NXapm files of ions, good and broken.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/formats/nxs and some seeds of fuzz/corpus/nxs_any anew; needs h5py.

The layout is that of pynxtools-apm, which docs/formats/nxs.md describes; nothing here
knows the program. `plain` is a good file of five ions.
"""
import h5py
import numpy as np

from make_hdf5 import CORPUS, HERE, put, save

PROBE = "/entry1/atom_probe/"
PULSER = "/entry1/measurement/event1/instrument/pulser/"
XYZ = PROBE + "reconstruction/reconstructed_positions"
MASS = PROBE + "mass_to_charge_conversion/mass_to_charge"
TOF = PROBE + "voltage_and_bowl/raw_tof"
HITS = PROBE + "hit_finding/hit_positions"
IONS = PROBE + "hit_finding/hit_multiplicity"

POSITIONS = np.arange(15, dtype=np.float32).reshape(5, 3) * 0.5
GOOD = {
    "/entry1/definition": (np.bytes_(b"NXapm"), None),
    XYZ: (POSITIONS, "nanometer"),
    MASS: (np.array([1, 28, 27.5, 56, 12], np.float32), "dalton"),
    TOF: (np.array([100, 500, 495, 700, 300], np.float32), "nanosecond"),
    HITS: (np.arange(10, dtype=np.float32).reshape(5, 2), "millimeter"),
    IONS: (np.array([1, 3, 3, 3, 1], np.uint32), None),
    PULSER + "standing_voltage": (np.full(5, 4000, np.float32), "volt"),
    PULSER + "pulse_voltage": (np.full(5, 800, np.float32), "volt"),
}
FIXED = np.bytes_


def nexus(change, text=str):
    """A good file but for some datasets: (values, unit), None for one left out."""
    def fill(file):
        for name, value in {**GOOD, **change}.items():
            if value is None:
                continue
            put(file, name, value[0])
            if value[1]:
                file[name].attrs["units"] = text(value[1])
    return fill


def two_entries(file):
    nexus({})(file)
    put(file, XYZ.replace("entry1", "entry2"), POSITIONS)


def values_are_elsewhere(file):
    nexus({XYZ: None})(file)
    file[XYZ] = h5py.ExternalLink("elsewhere.h5", "/x")


def soft_links(file):
    nexus({XYZ: None, MASS: None, HITS: None})(file)
    put(file, "/store/deep/x", POSITIONS)
    put(file, "/store/m", GOOD[MASS][0])
    file["/place"] = h5py.SoftLink("store/./deep")
    file[XYZ] = h5py.SoftLink("/place/x")
    file[PROBE + "mass_to_charge_conversion"] = h5py.SoftLink("../nowhere")
    file[PROBE + "hit_finding/hit_positions"] = h5py.SoftLink("hit_positions")


def soft_link_to_another_file(file):
    nexus({XYZ: None})(file)
    file["/away"] = h5py.ExternalLink("elsewhere.h5", "/")
    file[XYZ] = h5py.SoftLink("/away/x")


def main():
    other_units = {
        XYZ: (POSITIONS.astype(np.float64) * 10, "angstrom"),
        MASS: (GOOD[MASS][0].astype(">f8"), "u"),
        TOF: (GOOD[TOF][0] * 1000, "ps"),
        HITS: (GOOD[HITS][0] / 1000, "m"),
        PULSER + "standing_voltage": (np.full(5, 4, np.int16), "kV"),
    }
    files = {
        "plain": nexus({}),
        "other_units": nexus(other_units, FIXED),
        "no_units": nexus({XYZ: (POSITIONS, None), MASS: (GOOD[MASS][0], None)}),
        "masses_only": nexus({XYZ: None, TOF: None, HITS: None, IONS: None}),
        "counts_as_epos": nexus({
            IONS: None,
            PROBE + "hit_finding/epos_ions_per_pulse":
                (np.array([1, 3, 0, 0, 1], np.uint32), None),
            PROBE + "hit_finding/epos_number_of_pulses":
                (np.array([7, 2, 0, 0, 5], np.uint32), None)}),
        "more_hits_than_ions": nexus({HITS: (np.zeros((9, 2), np.float32), "millimeter")}),
        "two_entries": two_entries,
        # refused
        "no_ions": nexus({XYZ: None, MASS: None, TOF: None, HITS: None}),
        "unknown_unit": nexus({XYZ: (POSITIONS, "furlong")}, FIXED),
        "unit_of_another_quantity": nexus({XYZ: (POSITIONS, "volt")}, FIXED),
        "positions_in_metres": nexus({XYZ: (POSITIONS * 1e-9, "meter")}),
        "masses_in_kilograms": nexus({MASS: (GOOD[MASS][0] * 1.66e-27, "kilogram")}),
        "rows_differ": nexus({MASS: (np.ones(4, np.float32), "dalton")}),
        "two_coordinates": nexus({XYZ: (np.ones((5, 2), np.float32), "nanometer")}),
        "positions_are_texts": nexus({XYZ: (np.array([b"1", b"2"]), None)}),
        "count_is_a_fraction": nexus({IONS: (np.full(5, 1.5), None)}),
        "count_is_negative": nexus({IONS: (np.full(5, -1, np.int32), None)}),
        "positions_are_a_group": nexus({XYZ: None, XYZ + "/data": (POSITIONS, None)}),
        "positions_in_another_file": values_are_elsewhere,
        "soft_links": soft_links,
        "soft_link_to_another_file": soft_link_to_another_file,
    }
    for name, fill in files.items():
        save(HERE / "nxs" / f"{name}.h5", fill)
    save(HERE / "nxs" / "cut_off.h5", nexus({}), cut=2000)
    save(CORPUS / "nxs_any" / "new", nexus({}))


if __name__ == "__main__":
    main()
