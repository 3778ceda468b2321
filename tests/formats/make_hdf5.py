#!/usr/bin/env python3
# tests/formats/make_hdf5.py: make the small HDF5 files of other programs, good and broken.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/formats/{erlangen,nxapm,pyccapt} and some seeds of fuzz/corpus anew; needs h5py.

The layouts are those of docs/formats; nothing here knows the program. `plain` is a good file.
"""
import pathlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "fuzz" / "corpus"
VERSIONS = {"new": ("v110", "v110"), "old": ("earliest", "v110")}


def save(path, fill, libver="new", cut=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", libver=VERSIONS[libver], meta_block_size=512,
                   track_times=False) as file:
        fill(file)
    if cut:
        path.write_bytes(path.read_bytes()[:cut])


def put(file, name, value):
    """A dataset in its object's header, so that files stay small."""
    value = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
    if value.dtype.kind == "U" or value.size == 0:
        value = value[()].item() if value.dtype.kind == "U" else value
        file.create_dataset(name, data=value, track_times=False)
        return
    create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    create.set_layout(h5py.h5d.COMPACT)
    create.set_obj_track_times(False)
    link = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    link.set_create_intermediate_group(True)
    space = h5py.h5s.create_simple(value.shape) if value.ndim else \
        h5py.h5s.create(h5py.h5s.SCALAR)
    made = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(value.dtype), space,
                           create, link)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, value)


# ---- Erlangen toolbox -----------------------------------------------------------------

RANGES = "/atomProbeTomography/massToChargeRange"


def erlangen(*ranges, ions=2):
    """A file with these ranges: dictionaries of attributes, None for one left out."""
    good = {"ion": np.bytes_(b"56Fe ++"), "begin": np.array([27.9]), "end": np.array([28.1]),
            "name": np.bytes_(b"Fe"), "color": np.array([1.0, 0.0, 0.5])}

    def fill(file):
        for i in range(ions):
            file.create_group(f"/atomProbeTomography/identifiedIon/{i + 1}")
        group = file.create_group(RANGES)
        for i, change in enumerate(ranges):
            member = group.create_group(str(i + 1))
            for key, value in {**good, **change}.items():
                if value is not None:
                    member.attrs[key] = value
    return fill


def span(lo, hi, ion=b"56Fe ++"):
    return {"begin": np.array([lo]), "end": np.array([hi]), "ion": np.bytes_(ion)}


def link_to_other_file(file):
    erlangen()(file)
    file[RANGES + "/1"] = h5py.ExternalLink("elsewhere.h5", "/x")


def beyond_its_message(path):
    """Three numbers of the colour become a million; headers of that version have no checksum."""
    save(path, erlangen({}), "old")
    whole = bytearray(path.read_bytes())
    space = whole.index(b"color\0\0\0") + 8 + 24
    whole[space + 8:space + 16] = (10 ** 6).to_bytes(8, "little")
    path.write_bytes(whole)


def make_erlangen():
    many = [span(i + 10, i + 10.5, b"noise \xe4") for i in range(11)]
    good = {"plain": erlangen({}, span(56.9, 57.1, b"57Fe +"), {"color": None} |
                              span(17.9, 18.1, b"16O 1H2 +")),
            "latin1": erlangen(*many)}
    bad = {
        "no_ranges": erlangen(),
        "no_ion": erlangen({"ion": None}),
        "no_begin": erlangen({"begin": None}),
        "no_end": erlangen({"end": None}),
        "ion_is_a_number": erlangen({"ion": 56}),
        "ion_of_variable_length": erlangen({"ion": "56Fe ++"}),
        "begin_is_a_text": erlangen({"begin": np.bytes_(b"27.9")}),
        "begin_is_two_numbers": erlangen({"begin": np.array([27.9, 28.0])}),
        "colour_is_a_text": erlangen({"color": np.bytes_(b"red")}),
        "bound_is_nan": erlangen({"end": np.array([np.nan])}),
        "reversed": erlangen(span(28.1, 27.9)),
        "empty_range": erlangen(span(27.9, 27.9)),
        "different_ions_overlap": erlangen({}, span(28.05, 28.2, b"28Si +")),
        "ranges_are_a_list": lambda file: file.create_dataset(RANGES, data=[1.0, 2.0]),
        "range_in_another_file": link_to_other_file,
    }
    for name, fill in {**good, **bad}.items():
        save(HERE / "erlangen" / f"{name}.h5", fill)
    save(HERE / "erlangen" / "cut_off.h5", good["plain"], cut=900)
    beyond_its_message(HERE / "erlangen" / "attribute_beyond_message.h5")
    for libver in VERSIONS:
        save(CORPUS / "erlangen" / libver, good["plain"], libver)


# ---- ranging of NXapm -----------------------------------------------------------------

PEAKS = "/entry1/atom_probe/ranging/peak_identification"


def hashes(*values):
    return np.array(list(values) + [0] * (32 - len(values)), np.uint16)


def ion(ranges, **members):
    good = {"mass_to_charge_range": np.array(ranges, np.float32),
            "nuclide_hash": hashes(26 + 256 * 255), "charge_state": np.int8(1)}
    return {**good, **members}


def nxapm(ions, peaks=PEAKS):
    def fill(file):
        file.require_group("/entry1").attrs["NX_class"] = np.bytes_(b"NXentry")
        for name, members in ions.items():
            for key, value in members.items():
                if value is not None:
                    put(file, f"{peaks}/{name}/{key}", value)
    return fill


def two_entries(file):
    nxapm({"ion1": ion([[55.5, 56.5]])})(file)
    nxapm({"ion1": ion([[1, 2]])}, PEAKS.replace("entry1", "entry2"))(file)


def packed(bounds):
    """Ranges of iron in one chunk."""
    def fill(file):
        nxapm({"ion1": {**IRON, "mass_to_charge_range": None}})(file)
        file.create_dataset(PEAKS + "/ion1/mass_to_charge_range", data=bounds, shuffle=True,
                            chunks=bounds.shape, compression=9, track_times=False)
    return fill


def soft_links(file):
    """One ion with its bounds elsewhere, one that is elsewhere, one nowhere."""
    nxapm({"ion1": ion([[55, 56]]), "ion2": {**IRON, "mass_to_charge_range": None}})(file)
    put(file, "/store/bounds", np.array([[57.0, 58.0]]))
    nxapm({"away": ion([[59, 60]])}, "/store")(file)
    file[PEAKS + "/ion2/mass_to_charge_range"] = h5py.SoftLink("/store/bounds")
    file[PEAKS + "/ion3"] = h5py.SoftLink("/store/away")
    file[PEAKS + "/ion4"] = h5py.SoftLink("/store/nowhere")
    file[PEAKS + "/ion5"] = h5py.ExternalLink("elsewhere.h5", "/ion5")
    file[PEAKS + "/values"] = h5py.SoftLink("/store/bounds")


def huge_chunk(file):
    nxapm({"ion1": {**IRON, "mass_to_charge_range": None}})(file)
    made = file.create_dataset(PEAKS + "/ion1/mass_to_charge_range", (1, 2), "f8",
                               chunks=(1 << 23, 2), maxshape=(None, 2), compression=9)
    made.id.write_direct_chunk((0, 0), b"not unpacked")


IRON = ion([[55.8, 56.1]])


def make_nxapm():
    fe, o, h1 = 26 + 256 * 255, 8 + 256 * 255, 1
    silicon = np.zeros((32, 2), np.uint16)
    silicon[0] = 29, 14
    hydrogen = np.zeros((2, 2), np.uint32)
    hydrogen[:] = 1, 1
    good = {"plain": {
        "ion0": ion([[0, 0.0005]], nuclide_hash=hashes(), charge_state=np.int8(0)),
        "ion1": ion([[55.75, 56.25], [57, 57.5]]),
        "ion2": ion([71.75, 72.25], nuclide_hash=hashes(fe, o)),
        "ion3": ion([[14.25, 14.75]], nuclide_hash=hashes(14 + 256 * 15),
                    nuclide_list=silicon, charge_state=np.int8(2)),
        "ion4": ion([[2, 2.25]], nuclide_hash=hashes(h1, h1), nuclide_list=hydrogen),
        "ion10": ion([[80, 81]], nuclide_hash=hashes(), name=np.bytes_(b"noise")),
        "ion11": ion([[82, 83]], nuclide_hash=hashes(), name="variable length"),
        "ion12": ion([[20, 20.5]], charge_state=np.array([2, 3], np.int8), nuclide_hash=np.array(
            [hashes(20 + 256 * 20), hashes(20 + 256 * 22)])),
        "ion13": ion([[30, 30.5]], nuclide_hash=hashes(30), charge_state=None),
        "ion14": ion([[40, 41]], nuclide_hash=np.zeros((2, 0)), charge_state=np.zeros((3, 0)))}}
    bad = {
        "no_ranges": {"ion1": ion(np.zeros((0, 2)))},
        "only_unranged": {"ion0": ion([[0, 0.0005]], nuclide_hash=hashes())},
        "three_bounds": {"ion1": ion([[1, 2, 3]])},
        "bounds_are_texts": {"ion1": {**IRON, "mass_to_charge_range": np.bytes_(b"1 2")}},
        "bound_is_nan": {"ion1": ion([[55.8, np.nan]])},
        "reversed": {"ion1": ion([[56.5, 55.5]])},
        "empty_range": {"ion1": ion([[55.5, 55.5]])},
        "different_ions_overlap": {"ion1": ion([[55.5, 56.5]]),
                                   "ion2": ion([[56, 57]], nuclide_hash=hashes(o))},
        "charge_is_negative": {"ion1": ion([[1, 2]], charge_state=np.int8(-1))},
        "charge_is_a_fraction": {"ion1": ion([[1, 2]], charge_state=0.5)},
        "charge_is_a_text": {"ion1": ion([[1, 2]], charge_state=np.bytes_(b"2+"))},
        "no_such_nuclide": {"ion1": ion([[1, 2]], nuclide_hash=hashes(26 + 256 * 200))},
        "no_such_element": {"ion1": ion([[1, 2]], nuclide_hash=hashes(200 + 256 * 255))},
        "hash_too_long": {"ion1": ion([[1, 2]], nuclide_hash=np.zeros(2000, np.uint16))},
    }
    for name, ions in {**good, **bad}.items():
        save(HERE / "nxapm" / f"{name}.h5", nxapm(ions))
    save(HERE / "nxapm" / "two_entries.h5", two_entries)
    save(HERE / "nxapm" / "too_many_ranges.h5", packed(np.zeros((1000001, 2), np.uint8)))
    save(HERE / "nxapm" / "many_ranges.h5", packed(np.arange(140000, dtype="u4").reshape(-1, 2)))
    save(HERE / "nxapm" / "soft_links.h5", soft_links)
    save(HERE / "nxapm" / "huge_chunk.h5", huge_chunk)
    save(HERE / "nxapm" / "nothing.h5", lambda file: file.create_group("/entry1"))
    save(HERE / "nxapm" / "cut_off.h5", nxapm({"ion1": IRON}), cut=900)
    save(CORPUS / "nxapm" / "new", nxapm({"ion1": IRON}))
    save(CORPUS / "nxapm" / "old", nxapm({"ion1": IRON}), "old")


# ---- pyccapt --------------------------------------------------------------------------


def raw(**change):
    n = 5
    good = {"high_voltage": np.full(n, 500.0), "voltage_pulse": np.full(n, 100.0),
            "laser_pulse": np.zeros(n), "start_counter": np.array([7, 7, 9, 3, 3], "u8"),
            "t": np.arange(1.0, n + 1), "x": np.linspace(-3, 3, n), "y": np.zeros(n)}

    def fill(file):
        for name, values in {**good, **change}.items():
            if values is not None:
                put(file, f"/dld/{name}", values)
        put(file, "/apt/temperature", np.full(2, 50.0))
    return fill


def frame(*blocks, group="df"):
    """A frame of pandas in the fixed format: blocks of (names, values)."""
    def fill(file):
        top = file.create_group(group)
        top.attrs["pandas_type"] = np.bytes_(b"frame")
        for i, (names, values) in enumerate(blocks):
            items = np.array(names, "S17") if names else np.array([0, 1])
            put(file, f"{group}/block{i}_items", items)
            put(file, f"{group}/block{i}_values", values)
    return fill


def table(file):
    file.create_group("df").attrs["pandas_type"] = np.bytes_(b"frame_table")
    row = np.dtype([("index", "<i8"), ("values_block_0", "<f8", (2,))])
    put(file, "df/table", np.zeros(3, row))


def external(file):
    raw(t=None)(file)
    file["/dld/t"] = h5py.ExternalLink("elsewhere.h5", "/t")


def packed_by_others(file):
    raw(y=None)(file)
    file.create_dataset("/dld/y", data=np.zeros(5), chunks=(5,), scaleoffset=3)


def chunked_by_others(file):
    raw(t=None)(file)
    file.create_dataset("/dld/t", data=np.arange(1.0, 6), chunks=(5,))


def lookup3(data):
    """Bob Jenkins' hash of bytes, by which HDF5 checks its headers."""
    def turn(x, k):
        return (x << k | x >> (32 - k)) & 0xffffffff
    v = [(0xdeadbeef + len(data)) & 0xffffffff] * 3

    def step(i, j, k):  # v[i] less v[j], with v[j] turned by k
        v[i] = ((v[i] - v[j]) & 0xffffffff) ^ turn(v[j], k)

    def last(i, j, k):
        v[i] = ((v[i] ^ v[j]) - turn(v[j], k)) & 0xffffffff

    def add(words):
        for i in range(3):
            v[i] = (v[i] + int.from_bytes(words[4 * i:4 * i + 4], "little")) & 0xffffffff
    while len(data) > 12:
        add(data[:12])
        for i, k in enumerate((4, 6, 8, 16, 19, 4)):
            step(i % 3, (i + 2) % 3, k)
            v[(i + 2) % 3] = (v[(i + 2) % 3] + v[(i + 1) % 3]) & 0xffffffff
        data = data[12:]
    add(data.ljust(12, b"\0"))
    for i, k in zip((2, 0, 1, 2, 0, 1, 2), (14, 11, 25, 16, 4, 14, 24)):
        last(i, (i + 2) % 3, k)
    return v[2].to_bytes(4, "little")


def without_chunk_size(path):
    """Chunks of five numbers of 8 bytes become chunks of none; the checksum is mended."""
    save(path, chunked_by_others)
    whole = bytearray(path.read_bytes())
    layout = whole.index(b"\x04\x02\0\x02\x01\x05\x08\x01")
    whole[layout + 5] = 0
    begin = whole.rindex(b"OHDR", 0, layout)
    flags = whole[begin + 5]
    head = begin + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    end = head + width + int.from_bytes(whole[head:head + width], "little")
    whole[end:end + 4] = lookup3(bytes(whole[begin:end]))
    path.write_bytes(whole)


def beyond_the_file(path):
    """Five numbers in one piece, whose address becomes that of the file's last 16 bytes."""
    def fill(file):
        raw(t=None)(file)
        file.create_dataset("/dld/t", data=np.arange(1.0, 6), track_times=False)
    save(path, fill, "old")
    whole = bytearray(path.read_bytes())
    with h5py.File(path) as file:
        address = file["/dld/t"].id.get_offset()
    layout = whole.index(b"\3\1" + address.to_bytes(8, "little"))
    whole[layout + 2:layout + 10] = (len(whole) - 16).to_bytes(8, "little")
    path.write_bytes(whole)


def make_pyccapt():
    n = 3
    positions = np.array([[0, 1, 2, 0, 27, 26.5], [3, 4, 5, 0, 13.5, 13], [6, 7, 8, 0, 9, 9]], "f8")
    names = ["x (nm)", "y (nm)", "z (nm)", "mc_c (Da)", "mc (Da)", "mc_uc (Da)"]
    hits = np.array([[1.5, -2.5, 30.5], [0.5, 0, 31], [-1, 1, 32]], "f4")
    counts = np.array([[0, 2, 0], [0, 0, 0], [12, 1, 0]], "i8")
    good = {
        "plain": frame((names, positions), (["x_det (cm)", "y_det (cm)", "t (ns)"], hits),
                       (["delta_p", "multi", "start_counter"], counts)),
        "counts_are_odd": frame((["t (ns)", "delta_p", "multi"], np.array(
            [[1, 1.5, 1], [2, -3, 2], [3, 5e9, np.nan], [4, 7, 1]]))),
        "raw_in_cm": raw(),
        "raw_in_mm": raw(x=np.linspace(-30.0, 30, 5), start_counter=None),
        "raw_in_bins": raw(t=np.arange(5, dtype="i4") * 4000, x=np.full(5, 1225 + 245, "i4"),
                           y=np.full(5, 1225, "i4"), start_counter=np.full(5, 500.5, "f4")),
    }
    bad = {
        "no_events": raw(**{k: np.zeros(0) for k in ("high_voltage", "voltage_pulse",
                         "laser_pulse", "start_counter", "t", "x", "y")}),
        "rows_differ": raw(t=np.arange(4.0)),
        "two_numbers_an_event": raw(t=np.zeros((5, 2))),
        "times_are_texts": raw(t=np.array([b"1"] * 5)),
        "three_dimensions": raw(t=np.zeros((5, 1, 1))),
        "times_in_another_file": external,
        "packed_by_others": packed_by_others,
        "table_format": table,
        "no_known_column": frame((["a", "b"], np.zeros((n, 2)))),
        "more_columns_than_names": frame((["t (ns)"], np.zeros((n, 2)))),
        "names_are_numbers": frame(([], np.zeros((n, 2)))),
        "columns_of_objects": frame((["t (ns)"], np.array([b"1"] * n))),
    }
    for name, fill in {**good, **bad}.items():
        save(HERE / "pyccapt" / f"{name}.h5", fill)
    save(HERE / "pyccapt" / "cut_off.h5", good["plain"], cut=1500)
    without_chunk_size(HERE / "pyccapt" / "chunks_of_no_size.h5")
    beyond_the_file(HERE / "pyccapt" / "values_beyond_the_file.h5")
    save(CORPUS / "pyccapt" / "frame", good["plain"])
    save(CORPUS / "pyccapt" / "raw", raw(), "old")


if __name__ == "__main__":
    make_erlangen()
    make_nxapm()
    make_pyccapt()
