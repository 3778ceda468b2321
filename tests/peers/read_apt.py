#!/usr/bin/env python3
# tests/peers/read_apt.py: compare an APT with the EPOS it was made of, by other readers.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: read_apt.py FILE.epos FILE.apt

Needs numpy, apav and ifes-apt-tc-data-modeling. Exit 0: every column is equal; 77: a
package is missing.
"""
import logging
import sys

try:
    import apav
    import numpy
    from ifes_apt_tc_data_modeling.apt.apt6_reader import ReadAptFileFormat
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

EPOS = numpy.dtype([("xyz", ">f4", 3), ("mass", ">f4"), ("tof", ">f4"), ("v_dc", ">f4"),
                    ("v_pulse", ">f4"), ("det", ">f4", 2), ("since", ">u4"),
                    ("multiplicity", ">u4")])


def by_ifes(path):
    file = ReadAptFileFormat(path)
    names = {"xyz": "Position", "mass": "Mass", "tof": "tof", "v_dc": "Voltage",
             "v_pulse": "Pulse Voltage", "det_x": "XDet_mm", "det_y": "YDet_mm",
             "multiplicity": "Multiplicity"}
    return {key: file.get_named_quantity(name).magnitude for key, name in names.items()}


def by_apav(path):
    roi = apav.Roi.from_apt(path)
    names = {"tof": "tof", "v_dc": "dc_voltage", "v_pulse": "pulse_voltage",
             "det_x": "det_x", "det_y": "det_y", "multiplicity": "ipp",
             "since": "Delta Pulse"}
    columns = {key: roi.misc[name] for key, name in names.items()}
    return {"xyz": roi.xyz, "mass": roi.mass, **columns}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    logging.disable(logging.WARNING)
    events = numpy.fromfile(sys.argv[1], EPOS)
    expected = {name: events[name] for name in EPOS.names if name != "det"}
    expected["det_x"], expected["det_y"] = events["det"].T
    n_wrong = 0
    for reader in (by_ifes, by_apav):
        for key, values in reader(sys.argv[2]).items():
            equal = numpy.array_equal(values, expected[key])
            n_wrong += not equal
            print(reader.__name__, key, len(values), "equal" if equal else "DIFFERENT")
    return int(n_wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
