#!/usr/bin/env python3
# tests/formats/make_mzml.py: make the small files of mzML and imzML, good and broken.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/formats/{mzml,imzml} and fuzz/corpus/{mzml,imzml} anew. The layouts are those of
docs/formats; nothing here knows the program. What is read of each file and what is said
stands in tests/formats/told.tsv.
"""
import base64
import pathlib
import struct
import zlib

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "fuzz" / "corpus"
MASS = [27.0, 27.5, 28.0, 28.5]
COUNTS = [3, 0, 5, 2]
TYPES = {"d": "MS:1000523", "f": "MS:1000521", "i": "MS:1000519", "q": "MS:1000522"}


def term(accession, value=""):
    return f'<cvParam cvRef="MS" accession="{accession}" name="x" value="{value}"/>'


def array(kind, values, fmt="d", packed=False, text=None, extra=""):
    data = struct.pack(f"<{len(values)}{fmt}", *values)
    data = zlib.compress(data) if packed else data
    coded = base64.b64encode(data).decode() if text is None else text
    return (f'<binaryDataArray encodedLength="{len(coded)}">{term(TYPES[fmt])}'
            f'{term("MS:1000574" if packed else "MS:1000576")}{term(kind)}{extra}'
            f"<binary>{coded}</binary></binaryDataArray>")


def spectrum(arrays, terms=term("MS:1000130"), level=1, n=len(MASS)):
    return (f'<spectrum index="0" id="scan=1" defaultArrayLength="{n}">'
            f'{term("MS:1000511", level)}{terms}<binaryDataArrayList count="{len(arrays)}">'
            + "".join(arrays) + "</binaryDataArrayList></spectrum>")


def document(spectra, groups=""):
    return ('<?xml version="1.0" encoding="ISO-8859-1"?>\n'
            '<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0">\n' + groups +
            f'<run id="r"><spectrumList count="{len(spectra)}">\n' + "\n".join(spectra) +
            "\n</spectrumList></run></mzML>\n")


def both(mass=MASS, counts=COUNTS, **options):
    return [array("MS:1000514", mass, **options), array("MS:1000515", counts, **options)]


def mzml_files():
    halves = [1.5, 0, 2.5, 0.5]
    odd = [0.3, 0, 0.5000001, 0.7117]
    yield "plain", document([spectrum(both())])
    yield "packed_floats", document([spectrum(both(fmt="f", packed=True))])
    yield "two_spectra", document([spectrum(both()), spectrum(both())])
    yield "two_axes", document([spectrum(both()), spectrum(both([m + 0.1 for m in MASS]))])
    yield "negative_ions", document([spectrum(both(), term("MS:1000129"))])
    yield "sticks", document([spectrum(both(), term("MS:1000127"))])
    yield "fragments_beside", document([spectrum(both()), spectrum(both(), level=2)])
    yield "whole_numbers", document([spectrum([array("MS:1000514", MASS),
                                               array("MS:1000515", COUNTS, fmt="i")])])
    yield "halves", document([spectrum(both(counts=halves))])
    yield "no_counts", document([spectrum(both(counts=odd))])
    yield "too_many_ions", document([spectrum(both(counts=[1e-300, 1e15, 1, 1]))])
    yield "below_zero", document([spectrum(both(counts=[3, -1, 5, 2]))])
    group = ('<referenceableParamGroupList><referenceableParamGroup id="g">' +
             term("MS:1000129") + "</referenceableParamGroup></referenceableParamGroupList>")
    yield "terms_in_a_group", document(
        [spectrum(both(), '<referenceableParamGroupRef ref="g"/>')], group)
    yield "only_fragments", document([spectrum(both(), level=2)])
    yield "no_spectra", document([])
    yield "no_ions", document([spectrum(both(counts=[0, 0, 0, 0]))])
    yield "both_polarities", document([spectrum(both()), spectrum(both(), term("MS:1000129"))])
    yield "cut_short", document([spectrum(both(), n=5)])
    yield "mass_falls", document([spectrum(both([27, 28, 27.5, 29]))])
    yield "mass_is_nan", document([spectrum(both([27, float("nan"), 28, 29]))])
    yield "intensity_is_infinite", document([spectrum(both(counts=[1, float("inf"), 2, 3]))])
    yield "more_masses_than_intensities", document([spectrum(
        [array("MS:1000514", MASS), array("MS:1000515", COUNTS[:3])])])
    yield "no_intensities", document([spectrum([array("MS:1000514", MASS)])])
    yield "no_base64", document([spectrum([array("MS:1000514", MASS, text="@@@@"),
                                           array("MS:1000515", COUNTS)])])
    yield "half_a_value", document([spectrum([array("MS:1000514", MASS, text="AAAA"),
                                              array("MS:1000515", COUNTS)])])
    yield "zlib_cut_off", document([spectrum(
        [array("MS:1000514", MASS, packed=True,
               text=base64.b64encode(zlib.compress(bytes(32))[:-6]).decode()),
         array("MS:1000515", COUNTS)])])
    yield "numpress", document([spectrum([array("MS:1000514", MASS, extra=term("MS:1002312")),
                                          array("MS:1000515", COUNTS)])])
    yield "no_type", document([spectrum(both())]).replace(term("MS:1000523"), "")
    yield "no_numbers", document([spectrum([array("MS:1000514", MASS),
                                            array("MS:1000515", COUNTS, text="")])])
    yield "cut_off", document([spectrum(both())])[:-60]


def placed(kind, offset, n, fmt="d"):
    where = term("IMS:1000102", offset) + term("IMS:1000103", n) + \
        term("IMS:1000104", n * struct.calcsize(fmt)) + term("IMS:1000101", "true")
    return array(kind, [], fmt=fmt, text="", extra=where)


def imzml_files():
    data = bytes(16) + struct.pack("<4d4d4d", *MASS, *COUNTS, *COUNTS)
    pixels = [spectrum([placed("MS:1000514", 16, 4), placed("MS:1000515", offset, 4)])
              for offset in (48, 80)]
    yield "two_pixels", document(pixels), data
    yield "beyond_the_end", document(pixels), data[:-8]
    yield "no_numbers_beside", document(pixels), None


def save(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode("latin-1") if isinstance(data, str) else data)


def main():
    for name, text in mzml_files():
        save(HERE / "mzml", name + ".mzML", text)
        if name in ("plain", "packed_floats", "terms_in_a_group", "two_axes"):
            save(CORPUS / "mzml", name + ".mzML", text)
    for name, text, data in imzml_files():
        save(HERE / "imzml", name + ".imzML", text)
        if data:
            save(HERE / "imzml", name + ".ibd", data)
        if name == "two_pixels": # the fuzz target takes what stands behind for the numbers
            save(CORPUS / "mzml", name + ".imzML", text.encode() + data)


if __name__ == "__main__":
    main()
