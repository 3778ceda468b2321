#!/usr/bin/env python3
# tests/formats/make_ions.py: make the small files of binary ion formats, good and broken.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/formats/{apt,raw,ato,ply} and the seeds of fuzz/corpus/{apt,raw,ato,ply} anew.

The layouts are those of docs/formats; nothing here knows the program.
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "fuzz" / "corpus"


def save(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def utf16(text, n):
    return text.encode("utf-16-le").ljust(2 * n, b"\0")


# ---- APT ------------------------------------------------------------------------------

INT, UINT, FLOAT, TEXT = 1, 2, 3, 4


def apt_header(n, size=540, version=2):
    return struct.pack("<4sii", b"APT\0", size, version) + utf16("test", 256) + \
        struct.pack("<QQ", 0, n)


def section(name, fmt, values, unit="", **change):
    """One section: values packed by a struct letter; `change` replaces what it says."""
    width = change.pop("width", 1)
    kinds = {"b": (INT, 8), "h": (INT, 16), "i": (INT, 32), "B": (UINT, 8), "H": (UINT, 16),
             "I": (UINT, 32), "f": (FLOAT, 32), "d": (FLOAT, 64)}
    data = struct.pack(f"<{len(values)}{fmt}", *values) + change.pop("padding", b"")
    extra = change.pop("extra", b"")
    head = {"signature": b"SEC\0", "size": 148 + len(extra), "relation": 1, "record_kind": 1,
            "type": kinds[fmt][0], "bits": kinds[fmt][1],
            "record": width * kinds[fmt][1] // 8, "n": len(values) // width,
            "n_bytes": len(data)}
    head.update(change)
    return struct.pack("<4sii", head["signature"], head["size"], 2) + utf16(name, 32) + \
        struct.pack("<iIIIiI", 1, head["relation"], head["record_kind"], head["type"],
                    head["bits"], head["record"]) + utf16(unit, 16) + \
        struct.pack("<QQ", head["n"], head["n_bytes"]) + extra + data


def make_apt():
    folder, n = HERE / "apt", 3
    mass = [27.0, 13.5, 26.98]
    good = section("Mass", "f", mass, "Da")
    xyz = [0.5, 1, 2, -0.5, 1.5, 2.25, 0.25, -1, 3]
    bounds = struct.pack("<6f", -0.5, 0.5, -1, 1.5, 2, 3)
    position = section("Position", "f", xyz, "nm", width=3, extra=bounds)
    bad = {
        "header_cut_off": apt_header(n)[:100],
        "header_too_small": apt_header(n, size=12) + good,
        "header_beyond_the_end": apt_header(n, size=2**31 - 1) + good,
        "no_ions": apt_header(0) + good,
        "no_sections": apt_header(n),
        "unknown_sections_only": apt_header(n) + section("Colour", "B", [1, 2, 3]),
        "no_signature": apt_header(n) + good + section("tof", "f", mass, signature=b"SEX\0"),
        "section_header_cut_off": apt_header(n) + good + section("tof", "f", mass)[:60],
        "section_header_too_small": apt_header(n) + section("Mass", "f", mass, size=100),
        "section_header_beyond_the_end":
            apt_header(n) + section("Mass", "f", mass, size=2**31 - 1),
        "data_cut_off": apt_header(n) + good[:-5],
        "unknown_data_cut_off": apt_header(n) + good + section("Colour", "B", [1, 2, 3])[:-1],
        "huge_byte_count": apt_header(n) + section("Mass", "f", mass, n_bytes=2**64 - 1),
        "records_do_not_fit": apt_header(n) + section("Mass", "f", mass[:2], n=3),
        "fewer_records_than_ions": apt_header(n) + section("Mass", "f", mass[:2]),
        "huge_number_of_ions": apt_header(2**60) + section("Mass", "f", mass, n=2**60),
        "wrong_record_size": apt_header(n) + section("Mass", "f", mass, record=8),
        "no_record_size": apt_header(n) + section("Mass", "f", mass, record=0),
        "position_of_two": apt_header(n) + section("Position", "f", xyz[:6], width=2),
        "text_for_mass": apt_header(n) + section("Mass", "f", mass, type=TEXT),
        "odd_number_of_bits": apt_header(n) + section("Mass", "f", mass, bits=24),
    }
    for name, data in bad.items():
        save(folder, name + ".apt", data)
    seeds = {
        "plain": apt_header(n) + position + good,
        "odd": apt_header(n, size=548, version=3) + bytes(8) +
        section("Ion Type", "B", [1, 2, 255], padding=bytes(1)) +
        section("pulseDelta", "h", [0, 1, 1]) + section("pulse", "f", [7, 8, 9]) +
        section("tof", "d", [655.4, 1464.0, 1490.9], "us") +
        section("Detector Coordinates", "f", [1, 2, 3, 4, 5, 6], "mm", width=2) +
        section("Multiplicity", "i", [1, 1, 1], extra=bytes(4)) + good,
    }
    for name, data in seeds.items():
        save(CORPUS / "apt", name + ".apt", data)


# ---- Stuttgart raw --------------------------------------------------------------------

def hit(v, x, y, tof, epoch, pulse, v_pulse=0.0, reflectron=0.0):
    return struct.pack("<6fiI", v, v_pulse, reflectron, x, y, tof, epoch, pulse)


def make_raw():
    hits = [hit(14561.5, -14.9, -65.5, 655.4, -955393725, 2252793),
            hit(14561.5, 6.2, -8.2, 1464.025, -955393725, 2252795),
            hit(14561.5, 6.3, 12, 1470, -955393724, 2252795),
            hit(14562.5, -51.4, -1.9, 1490.875, -955393720, 2252800)]
    save(CORPUS / "raw", "four.raw", b"".join(hits))
    save(HERE / "raw", "cut_short.raw", b"".join(hits)[:-5])
    save(HERE / "raw", "one_hit_cut_short.raw", hits[0][:9])
    save(HERE / "raw", "big_endian.raw",
         b"".join(h[i:i + 4][::-1] for h in hits for i in range(0, 32, 4)))
    save(HERE / "raw", "no_voltage.raw",
         b"".join(hit(0, 1, 2, 600, 0, i) for i in range(4)))


# ---- ATO ------------------------------------------------------------------------------

def make_ato():
    # x, y, z (Angstrom), m/n, cluster, pulse, kV, us, x and y (cm), kV, three more
    ions = [(10, -20, 30, 27.0, 0, 5, 5.25, 0.65, 1.5, -2.5, 1.05, 0, 0, 0),
            (11, -21, 31, 13.5, 2, 5, 5.25, 0.45, 1.0, 2.0, 1.05, 0, 0, 0),
            (12, -22, 32, 26.98, 0, 9, 5.5, 0.66, 0.5, 0.25, 1.1, 0, 0, 0)]
    little = b"".join(struct.pack("<14f", *ion) for ion in ions)
    big = b"".join(struct.pack(">14f", *ion) for ion in ions)
    five = b"".join(struct.pack("<hhff28x", x, y, z, mass)
                    for x, y, z, mass in ((100, -2000, 30, 27), (-32768, 32767, -5, 13.5)))
    header5 = struct.pack("<II", 0, 5).ljust(5000, b"\0")
    save(CORPUS / "ato", "three.ato", struct.pack("<II", 0, 3) + little)
    save(CORPUS / "ato", "big_endian.ato", struct.pack("<II", 0, 3) + big)
    save(CORPUS / "ato", "five.ato", header5 + five)
    folder = HERE / "ato"
    save(folder, "three.ato", struct.pack("<II", 0, 3) + little)
    save(folder, "big_endian.ato", struct.pack("<II", 0, 3) + big)
    save(folder, "five.ato", header5 + five)
    save(folder, "cut_short.ato", struct.pack("<II", 0, 3) + little[:-7])
    save(folder, "five_cut_short.ato", header5 + five[:-1])
    save(folder, "five_without_its_header.ato", struct.pack("<II", 0, 5) + five)
    save(folder, "no_header.ato", b"ATO")
    save(folder, "no_ions.ato", struct.pack("<II", 0, 3))
    save(folder, "version_4.ato", struct.pack("<II", 0, 4) + little)
    save(folder, "version_6.ato", struct.pack("<IIi", 0, 6, 0))
    save(folder, "records_without_a_header.ato", little)


# ---- PLY ------------------------------------------------------------------------------

def ply(coding="binary_little_endian", n=3, species=("Ni//2 0 204 0", "n/a//1 1 2 3"),
        properties=("float x", "float y", "float z", "uchar other", "float indices"),
        first="ply", element="element vertex", end="end_header", mark="\n"):
    lines = [first, f"format {coding} 1.0", f"{element} {n}"]
    lines += [f"comment {one}" for one in species] + ["comment num_neighbors: 50"]
    lines += [f"property {one}" for one in properties]
    return mark.join(lines + [end, ""]).encode()


def make_ply():
    points = [(1, 2, 3, 9, 0), (-1, 2.5, 4, 9, 1), (0.5, -2, 5, 9, 0)]
    little = b"".join(struct.pack("<fffBf", *point) for point in points)
    text = "".join(" ".join(map(str, point)) + "\n" for point in points).encode()
    save(CORPUS / "ply", "little.ply", ply() + little)
    save(CORPUS / "ply", "big.ply", ply("binary_big_endian", mark="\r\n") +
         b"".join(struct.pack(">fffBf", *point) for point in points))
    save(CORPUS / "ply", "text.ply", ply("ascii") + text)
    save(CORPUS / "ply", "mass.ply", ply(species=(), properties=(
        "double x", "double y", "double z", "ushort mass")) +
        b"".join(struct.pack("<dddH", *point[:3], 27) for point in points))
    swapped = (points[0], (*points[1][:4], 2), points[2])
    half = (points[0], (*points[1][:4], 0.5), points[2])
    bad = {
        "header_cut_short": ply()[:60],
        "no_format": b"ply\nelement vertex 0\nproperty float x\nend_header\n",
        "unknown_format": ply("binary_middle_endian") + little,
        "unknown_line": ply(element="elements vertex") + little,
        "no_points": ply(n=0, element="element face") + little,
        "no_number_of_points": ply(n="many") + little,
        "elements_before_the_points": ply(element="element camera 1\nelement vertex") + little,
        "list_property": ply(properties=("list uchar int x",)) + little,
        "no_z": ply(properties=("float x", "float y")) + little,
        "two_x": ply(properties=("float x", "float x")) + little,
        "cut_short": ply() + little[:-2],
        "huge_number_of_points": ply(n=2**63) + little,
        "huge_number_of_lines": ply("ascii", n=2**40) + text,
        "no_list_of_species": ply(species=()) + little,
        "species_beyond_the_list": ply() + b"".join(struct.pack("<fffBf", *p) for p in swapped),
        "species_is_a_fraction": ply() + b"".join(struct.pack("<fffBf", *p) for p in half),
        "fewer_lines_than_points": ply("ascii") + text[:-13] + b" " * 20,
        "too_few_values": ply("ascii") + text.replace(b"9 1", b"9"),
        "value_is_a_word": ply("ascii") + text.replace(b"2.5", b"two"),
    }
    for name, data in bad.items():
        save(HERE / "ply", name + ".ply", data)


def main():
    make_apt()
    make_raw()
    make_ato()
    make_ply()


if __name__ == "__main__":
    main()
