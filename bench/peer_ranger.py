#!/usr/bin/env python3
# bench/peer_ranger.py: one other program on one file of ions, as its documentation says; run by bench/rangers.py.
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: peer_ranger.py WAY IONS.pos KNOWN.json

       peer_ranger.py specimens FOLDER

Runs in the interpreter that has the peers. KNOWN.json holds what a person may be asked for: `elements`,
`ions` ([{element: atoms}, charge] each), their `lines` ([m/n, {element: atoms}] each) and `ranges` ([lower, upper,
{element: atoms}, charge] each). Prints one JSON object: `at_percent` by element, `seconds` of the work itself and
`version`. `specimens` writes the four that rangefinder draws for its own table and says what they are made of.

rangefinder  the Python example of its README: nothing but the ions
apav         NoiseCorrectedMassSpectrum with a person's ranges; RangedMassSpectrum where the noise it fits, between 0.1 and
             0.75 Da, is negative or more than there is
pyccapt      the defaults of its notebook on ion selection: all peaks, each range the width of the peak at
             50 %, each named by the ion ranked first among isotopes and molecules of a person's elements
pyccapt-named
             the same, each peak named by a person: the nearest line of that person's ions within 0.15 Da
apyt         spectrum.fit with a person's ions, those left out whose strongest line has no ion within 0.25 Da, which it
             refuses
"""
import contextlib
import importlib.metadata
import io
import json
import os
import pathlib
import sys
import tempfile
import time

import numpy as np

NAMED = 0.15  # Da, from a peak to the line a person names it by
BIN = 0.01  # Da, of the histogram APyT fits
NOTEBOOK = {"bin": 0.1, "prominence": 50, "distance": 1, "percent": 50, "limit": 400, "window": 2,
            "charge": 3, "complexity": 3, "abundance": 0.0}


def read_pos(path):
    return np.fromfile(path, dtype=">f4").reshape(-1, 4).astype(np.float32)


def percent(atoms):
    total = sum(atoms.values())
    return {symbol: 100 * float(n) / total for symbol, n in atoms.items()} if total else {}


def split(pairs):
    """Atoms of counted ions: ({element: atoms}, count) each."""
    atoms = {}
    for elements, count in pairs:
        for symbol, n in elements.items():
            atoms[symbol] = atoms.get(symbol, 0) + n * count
    return percent(atoms)


def formula(elements):
    return "".join(symbol + (str(n) if n > 1 else "") for symbol, n in elements.items())


def table(frame):
    """What rangefinder writes."""
    return {row["element"]: float(row["atomic_percent_weighted"]) for _, row in frame.iterrows()}


def sample(path):
    from rangefinder.io.pos_loader import PosSampleData, PosSampleMetadata
    x, y, z, mz = read_pos(path).T
    metadata = PosSampleMetadata(path=path, sample_name="s", sample_slug="s", event_count=len(mz),
                                 file_size_bytes=16 * len(mz), verified_big_endian_float32=True,
                                 verified_columns=("x_nm", "y_nm", "z_nm", "m_over_z_da"))
    return PosSampleData(metadata=metadata, x_nm=x, y_nm=y, z_nm=z, m_over_z_da=mz)


def rangefinder(path, known, folder):
    import rangefinder as package
    config = package.load_default_config()
    return table(package.run_custom_pipeline(sample(path), folder, config).elemental_composition)


def apav(path, known, folder):
    import apav as package
    from apav.analysis.massspectrum import NoiseCorrectedMassSpectrum, RangedMassSpectrum
    if not known["ranges"]:
        raise ValueError("needs a person's ranges")
    ranges = package.RangeCollection()
    last = 0
    for lower, upper, elements, charge in sorted(known["ranges"], key=lambda r: r[0]):
        if upper > last:  # it refuses ranges that overlap
            ranges.add(package.Range(package.Ion(formula(elements), charge), (max(lower, last), upper)))
            last = upper
    data = read_pos(path)
    roi = package.Roi(data[:, :3].copy(), data[:, 3].copy())
    plain = RangedMassSpectrum(roi, ranges, percent=True, decompose=True).quant_dict
    try:
        corrected = NoiseCorrectedMassSpectrum(roi, ranges, percent=True, decompose=True).quant_dict
    except (OverflowError, ValueError):  # the noise is infinite or has no ion
        corrected = {}
    atoms, left = (sum(float(n) for _, n in quantities.values()) for quantities in (plain, corrected))
    sound = 0.5 * atoms < left <= 1.01 * atoms
    return {symbol: float(share) for symbol, (share, _) in (corrected if sound else plain).items()}


def pyccapt_peaks(path):
    """(place, ions) of each peak of the notebook's histogram."""
    import matplotlib
    import pyccapt as package
    matplotlib.use("Agg")
    os.chdir(pathlib.Path(package.__file__).parents[1])  # it looks for its isotopes from here
    from pyccapt.calibration.core.mc_plot import AptHistPlotter
    from pyccapt.calibration.core.share_variables import Variables
    mz = read_pos(path)[:, 3]
    mz = np.sort(mz[mz < NOTEBOOK["limit"]])
    variables = Variables()
    variables.mc = mz
    plotter = AptHistPlotter(mz, variables)
    plotter.plot_histogram(bin_width=NOTEBOOK["bin"], normalize=False, label="mc", log=True, grid=False,
                           steps="stepfilled", plot_show=False)
    _, _, widths, _ = plotter.find_peaks_and_widths(prominence=NOTEBOOK["prominence"],
                                                    distance=NOTEBOOK["distance"], percent=NOTEBOOK["percent"])
    middles = np.asarray(plotter.x[:-1]) + NOTEBOOK["bin"] / 2
    for place, lower, upper in zip(variables.peak_x, widths[2], widths[3]):
        ends = np.interp([lower, upper], np.arange(len(middles)), middles)
        yield float(place), int(np.diff(np.searchsorted(mz, ends))[0])


def pyccapt(path, known, folder):
    peaks = list(pyccapt_peaks(path))
    from pyccapt.calibration.core import ion_selection
    ions = ion_selection.molecule_create(",".join(known["elements"]), NOTEBOOK["complexity"], NOTEBOOK["charge"],
                                         NOTEBOOK["abundance"])
    counted = []
    for place, count in peaks:
        near = ions[(ions["mass"] - place).abs() < NOTEBOOK["window"]]
        ranked = ion_selection.rank_candidate_assignments(near, target_mass=place)
        if ranked is None or ranked.empty:
            continue
        elements = {}
        for symbol, n in zip(ranked.iloc[0]["element"], ranked.iloc[0]["complex"]):
            elements[symbol] = elements.get(symbol, 0) + int(n)
        counted.append((elements, count))
    return split(counted)


def pyccapt_named(path, known, folder):
    counted = []
    for place, count in pyccapt_peaks(path):
        near = min(known["lines"], key=lambda line: abs(line[0] - place))
        if abs(near[0] - place) < NAMED:
            counted.append((near[1], count))
    return split(counted)


def apyt(path, known, folder):
    from apyt.spectrum import fit
    mz = read_pos(path)[:, 3]
    upper = min(300.0, float(np.percentile(mz, 99.9)) + 5)
    counts, edges = np.histogram(mz, bins=int((upper - 0.5) / BIN), range=(0.5, upper))
    spectrum = np.column_stack(((edges[1:] + edges[:-1]) / 2, counts))
    charges = {}
    for elements, charge in known["ions"]:
        strongest, _ = fit.peaks_list({formula(elements): ((charge,), 0.015)})
        place = next(peak["mass_charge_ratio"] for peak in strongest if peak["is_max"])
        if spectrum[np.abs(spectrum[:, 0] - place) < 0.25, 1].sum() > 0:
            charges.setdefault(formula(elements), (elements, set()))[1].add(charge)
    peaks, _ = fit.peaks_list({name: (tuple(sorted(c)), 0.015) for name, (_, c) in charges.items()})
    shape = "error-expDecay"
    result = fit.fit(spectrum, peaks, shape)
    counted, _, _ = fit.counts(peaks, shape, result.best_values, (spectrum[0, 0], spectrum[-1, 0]),
                               edges[1] - edges[0])
    return split((charges[row["element"]][0], max(0.0, row["count"])) for row in counted)


def specimens(folder):
    """rangefinder's own: [name, file, {element: at.%}, ions] each."""
    from rangefinder.benchmark.truth import synthetic_datasets
    from rangefinder.validation.synthetic import default_validation_materials
    ions = {m.name: [s for s, _ in m._species_weighted()] for m in default_validation_materials()}
    return [[d.name, str(d.pos_path), d.truth_at_pct, [[dict(s.formula), s.charge] for s in ions[d.name]]]
            for d in synthetic_datasets(folder)]


WAYS = {"rangefinder": rangefinder, "apav": apav, "pyccapt": pyccapt, "pyccapt-named": pyccapt_named, "apyt": apyt}


def main():
    if sys.argv[1] == "specimens":
        with contextlib.redirect_stdout(io.StringIO()):
            drawn = specimens(pathlib.Path(sys.argv[2]))
        print(json.dumps(drawn))
        return
    way, path = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    known = json.loads(pathlib.Path(sys.argv[3]).read_text())
    answer = {"version": importlib.metadata.version(way.split("-")[0])}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        answer["at_percent"] = WAYS[way](path, known, pathlib.Path(folder))
        answer["seconds"] = time.perf_counter() - start
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
