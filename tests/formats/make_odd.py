#!/usr/bin/env python3
# tests/formats/make_odd.py: make small files with the oddities that real files have.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/formats/tolerated and the broken files of tests/formats/{pos,epos,csv} anew: one
file per oddity, named after it. What is read of each and what is said stands in
tests/formats/told.tsv. Nothing here knows the program.
"""
import pathlib
import struct

from make_ions import apt_header, ply, section

HERE = pathlib.Path(__file__).resolve().parent

# ---- RRNG -----------------------------------------------------------------------------

RRNG = """[Ions]
Number=2
Ion1=Fe
Ion2=O
[Ranges]
Number=2
Range1=55.8 56.1 Vol:0.01178 Fe:1 Color:FF00FF
Range2=15.9 16.1 Vol:0.0288 O:1 Color:00CCFF
"""
LIST = RRNG[RRNG.index("[Ranges]"):]


def rrng_files():
    yield "decimal_commas", RRNG.replace("55.8 56.1 Vol:0.01178", "55,8 56,1 Vol:0,01178")
    yield "no_volume", RRNG.replace("Vol:0.01178 ", "").replace("Vol:0.0288 ", "")
    yield "foreign_first_line", "mq1 mq2 vol el col\n" + RRNG
    yield "no_list_of_ions", LIST
    yield "capitals_and_blanks", RRNG.replace("[Ions]", "  [IONS]").replace("Range1", "RANGE1")
    yield "counts_with_fraction", RRNG.replace("Fe:1", "Fe:1.000")
    yield "name_and_no_element", RRNG.replace("O:1", "Name:noise")
    yield "names_are_no_elements", RRNG.replace("O:1", "Name:52pt5").replace("Fe:1", "Name:59")
    yield "comments_and_blank_lines", "# by hand\n\n" + RRNG.replace("Number=2\nRange",
                                                                      "Number=2\n\n; x\nRange")
    yield "duplicates", RRNG.replace("Number=2\nRange", "Number=4\nRange") + \
        LIST[LIST.index("Range1"):].replace("Range1", "Range3").replace("Range2", "Range4")
    yield "carriage_returns", RRNG.replace("\n", "\r\n")
    yield "several_elements", RRNG.replace("O:1", "Fe:1 O:2").replace("15.9 16.1", "87.8 88.1")
    yield "very_narrow", RRNG.replace("15.9 16.1", "15.9948 15.9949")
    yield "same_ion_overlaps", RRNG.replace("15.9 16.1 Vol:0.0288 O:1", "56 56.3 Vol:0.01178 Fe:1")


# ---- RNG ------------------------------------------------------------------------------

RNG = """2 3
Iron
Fe 1.00 0.00 0.50
Oxygen
O 0.00 0.80 1.00
------------- Fe O
. 55.8 56.1 1 0
. 71.8 72.1 1 1
. 15.9 16.1 0 1
"""


def rng_files():
    yield "columns_in_another_order", RNG.replace("- Fe O", "- O Fe") \
        .replace("56.1 1 0", "56.1 0 1").replace("16.1 0 1", "16.1 1 0")
    yield "nothing_after_the_dashes", RNG.replace("- Fe O", "-")
    yield "label_for_all", "1 1\nAll\nAll 0.5 0.5 0.5\n----- a\n. 0 1000 1\n"
    yield "negative_bound", RNG.replace("15.9 16.1", "-0.5 0.5")
    yield "two_atoms", RNG.replace("15.9 16.1 0 1", "31.9 32.1 0 2")
    yield "rows_begin_with_numbers", RNG.replace(". 55", "1 55").replace(". 71", "2 71") \
        .replace(". 15", "3 15")
    yield "same_ion_overlaps", RNG.replace("71.8 72.1 1 1", "56 56.4 1 0")
    yield "bound_of_1e8", RNG.replace("15.9 16.1", "200 1e8")
    yield "names_are_no_elements", RNG.replace("Fe", "Xy").replace("O ", "Zz ").replace("O\n",
                                                                                       "Zz\n")
    yield "hyphens_in_a_name", RNG.replace("Iron\n", "Iron-alpha-long-name\n")
    yield "carriage_returns", RNG.replace("\n", "\r\n")
    yield "wide_columns", "\n".join(
        "               ".join(line.split(" ")) for line in RNG.split("\n"))


# ---- ions -----------------------------------------------------------------------------

def pos(rows):
    return b"".join(struct.pack(">4f", *row) for row in rows)


ROWS = [(0.5, 1, 2, 27), (-0.5, 1.5, 2.25, 13.5), (0.25, -1, 3, 26.98)]


def epos(v_dc, v_pulse):
    counters = ((3, 1), (1, 2), (0, 0))
    return b"".join(struct.pack(">9f2I", *row, 650.5, v_dc, v_pulse, 1.5, -2, *count)
                    for row, count in zip(ROWS, counters))


def ion_files():
    yield "clusters_for_mass.pos", pos((*row[:3], i % 2) for i, row in enumerate(ROWS))
    yield "zeros_for_mass.pos", pos((*row[:3], 0) for row in ROWS)
    yield "kilovolt.epos", epos(5.25, 1.05)
    yield "volt.epos", epos(5250, 1050)
    yield "no_header.csv", "".join("%g,%g,%g,%g\n" % row for row in ROWS).encode()
    yield "semicolons.csv", b"x;y;z;m\n" + b"".join(
        ("%g;%g;%g;%g\n" % row).replace(".", ",").encode() for row in ROWS)
    yield "byte_order_mark.csv", b"\xef\xbb\xbfx,y,z,m\r\n" + b"".join(
        b"%g,%g,%g,%g\r\n" % row for row in ROWS)


def apt_files():
    n = len(ROWS)
    mass = section("Mass", "f", [row[3] for row in ROWS], "Da")
    xyz = [value for row in ROWS for value in row[:3]]
    bounds = struct.pack("<6f", -0.5, 0.5, -1, 1.5, 2, 3)
    place = section("Position", "f", xyz, "nm", width=3, extra=bounds)
    yield "plain", apt_header(n) + place + mass
    yield "no_bounds", apt_header(n) + section("Position", "f", xyz, "nm", width=3) + mass
    yield "no_positions", apt_header(n) + mass
    yield "padding", apt_header(n) + section("tof", "f", [1, 2, 3], "ns", padding=b"xxxx") + mass
    yield "unknown_sections", apt_header(n) + section("Colour", "B", [1, 2, 3]) + place + mass + \
        section("Smell", "d", [1, 2])
    yield "mass_in_amu", apt_header(n) + place + section("Mass", "f", [27, 13.5, 27], "amu")
    yield "mass_in_da", apt_header(n) + place + section("Mass", "f", [27, 13.5, 27], "da")
    yield "mass_in_in_per_c", apt_header(n) + place + section("Mass", "f", [27, 13.5, 27], "in/c")
    yield "pulse_and_difference", apt_header(n) + mass + section("pulse", "f", [7, 8, 9]) + \
        section("pulseDelta", "h", [0, 1, 1])
    yield "coordinates_by_two", apt_header(n) + mass + \
        section("Detector Coordinates", "f", [1, 2, 3, 4, 5, 6], "mm", width=2)
    yield "type_255", apt_header(n) + mass + section("Ion Type", "B", [1, 255, 2])


def changed(row, place, value):
    return [(*old[:place], value, *old[place + 1:]) if i == row else old
            for i, old in enumerate(ROWS)]


def broken_files():
    nan, inf = float("nan"), float("inf")
    yield "pos/cut_short.pos", pos(ROWS)[:-3]
    yield "pos/position_is_nan.pos", pos(changed(1, 2, nan))
    yield "pos/position_is_infinite.pos", pos(changed(2, 0, inf))
    yield "pos/mass_is_negative.pos", pos(changed(0, 3, -27))
    yield "pos/mass_is_nan.pos", pos(changed(2, 3, nan))
    yield "pos/empty.pos", b""
    yield "epos/cut_short.epos", epos(5250, 1050)[:-20]
    yield "epos/mass_is_nan.epos", epos(5250, 1050)[:12] + struct.pack(">f", nan) + \
        epos(5250, 1050)[16:]
    text = "x,y,z,m\n1,2,3,27\n4,5,6,13.5\n"
    yield "csv/value_is_a_word.csv", text.replace("13.5", "light")
    yield "csv/too_few_values.csv", text.replace(",13.5", "")
    yield "csv/too_many_values.csv", text.replace("13.5", "13.5,1")
    yield "csv/only_names.csv", "x,y,z,m\n"
    yield "csv/no_known_column.csv", text.replace("x,y,z,m", "a,b,c,d")
    yield "csv/two_columns_of_x.csv", text.replace("x,y", "x,x")
    yield "csv/mass_is_nan.csv", text.replace("13.5", "nan")


def write(name, data):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


# ---- text -----------------------------------------------------------------------------

ANALYSISSET = """<?xml version="1.0" encoding="utf-16"?>
<ExportAnalysisModel><Name>Top</Name><Content>&lt;TopLevelRoiNodeContainer&gt;
&lt;Ions&gt;&lt;IonTypeInfoRecord&gt;&lt;Name&gt;Zn&lt;/Name&gt;&lt;Formula&gt;&lt;Element&gt;
&lt;Name&gt;Zn&lt;/Name&gt;&lt;Count&gt;1&lt;/Count&gt;&lt;/Element&gt;&lt;/Formula&gt;
&lt;Volume&gt;0.01521&lt;/Volume&gt;&lt;/IonTypeInfoRecord&gt;&lt;/Ions&gt;
&lt;RangesPerIon&gt;&lt;ArrayOfRangeEntry&gt;&lt;RangeEntry&gt;&lt;Max&gt;64.14&lt;/Max&gt;
&lt;Min&gt;63.834&lt;/Min&gt;&lt;/RangeEntry&gt;&lt;/ArrayOfRangeEntry&gt;&lt;/RangesPerIon&gt;
&lt;/TopLevelRoiNodeContainer&gt;</Content></ExportAnalysisModel>
"""


def text_files():
    yield "tolerated/utf16.analysisset", ("\ufeff" + ANALYSISSET).encode("utf-16-le")
    yield "tolerated/quoted.csv", '"X (nm)","Y (nm)","Z (nm)","a, ""b""","m/n (Da)"\n' \
        '"1","2", "3" ,"x, y","55.9"\n1,"2",3,,"27"\n'
    yield "tolerated/many_columns.csv", "a,b,x,y,z,m/n,c,d,e,f,g,h\n1,2,3,4,5,55.9,1,2,3,4,5,6\n"
    yield "csv/quote_is_open.csv", 'x,y,z,m/n\n1,2,"3,55.9\n'
    yield "csv/utf16.csv", "\ufeffx,y,z,m/n\r\n1,2,3,55.9\r\n".encode("utf-16-le")
    yield "rrng/utf16.rrng", ("\ufeff" + LIST).encode("utf-16-be")


def main():
    for name, text in rrng_files():
        write(f"tolerated/{name}.rrng", text)
    for name, text in rng_files():
        write(f"tolerated/{name}.rng", text)
    write("tolerated/two_byte_order_marks.fig.txt", "\ufeff\ufeff#1 3 4\nFe 55.8 56.1\n")
    for name, data in ion_files():
        write(f"tolerated/{name}", data)
    for name, data in apt_files():
        write(f"tolerated/{name}.apt", data)
    points = b"".join(struct.pack("<fffBf", 1, 2, 3, 9, i) for i in (0, 1, 0))
    write("tolerated/comments_list_species.ply", ply() + points)
    for name, data in text_files():
        write(name, data)
    for name, data in broken_files():
        write(name, data)


if __name__ == "__main__":
    main()
