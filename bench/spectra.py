#!/usr/bin/env python3
# bench/spectra.py: draws mass spectra of which everything is known, without the program's own code.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials are those of bench/materials.tsv. The charge states of single atoms follow the
post-ionisation field of an over-the-barrier model, F_n = I_n^2 / (4 n e^2 / 4 pi eps0) for the n-th
ionisation energy I_n, lowered by 15 % for the second electron, with one evaporation field for all
elements of a spectrum and 6 % of scatter from element to element. Isotopes are natural. Peaks have the shape
p(x) = exp(-x) (erf(sqrt(pi)/2 x) + 1)/2, highest at x = 0, one unit of x being
sqrt(28 Da x m)/(2.44563 R); the background is flat in time of flight. Counts in bins of 0.01 Da are
Poisson deviates of exact expectations, so that a spectrum of 10^7 ions costs no more than one of 10^4.
Spectra of the lists `learn` and `check` vary more: CONDITIONS, and in half of them the mass scale is off a little.
"""
import collections
import csv
import dataclasses
import math
import pathlib
import random
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = 0.01  # Da
ELECTRON = 5.48579909065e-4  # Da
RESIDUAL = ("H+:0.0005-0.02 ?H2+:0.0002-0.006 ?H3+:0.00005-0.001 ?OH+:0.0002-0.003 ?H2O+:0.0003-0.006 "
            "?H3O+:0.0002-0.003 ?Ga+:0.0001-0.003 ?CO+:0.0001-0.002")

# Ions, resolving power, share of background: least and most, even in the logarithm.
USUAL = ((1e4, 1e7), (300, 1500), (0.001, 0.1))
CONDITIONS = {"learn": ((5e3, 2e7), (250, 2000), (0.0005, 0.15)), "check": ((1e4, 1e7), (300, 1500), (0.001, 0.1))}
SCALE_OFF = {"learn": (0.01, 3e-4), "check": (0.006, 2e-4)}  # standard deviations: offset in Da, slope

# Second, third and fourth ionisation energies, eV.
ENERGIES = {
    "Li": (75.6,), "Be": (18.2, 153.9), "B": (25.2, 37.9), "C": (24.4, 47.9), "N": (29.6, 47.4),
    "O": (35.1, 54.9), "F": (35.0,), "Na": (47.3,), "Mg": (15.0, 80.1), "Al": (18.8, 28.4, 120),
    "Si": (16.3, 33.5, 45.1), "P": (19.8, 30.2, 51.4), "S": (23.3, 34.8), "Cl": (23.8,), "K": (31.6,),
    "Ca": (11.9, 50.9), "Sc": (12.8, 24.8, 73.5), "Ti": (13.6, 27.5, 43.3), "V": (14.7, 29.3, 46.7),
    "Cr": (16.5, 31.0, 49.2), "Mn": (15.6, 33.7, 51.2), "Fe": (16.2, 30.7, 54.8), "Co": (17.1, 33.5),
    "Ni": (18.2, 35.2), "Cu": (20.3, 36.8), "Zn": (18.0, 39.7), "Ga": (20.5, 30.7), "Ge": (15.9, 34.2),
    "As": (18.6, 28.4), "Se": (21.2, 30.8), "Sr": (11.0, 42.9), "Y": (12.2, 20.5, 60.6),
    "Zr": (13.1, 23.0, 34.3), "Nb": (14.3, 25.0, 38.3), "Mo": (16.2, 27.1, 46.4), "Ru": (16.8, 28.5),
    "Rh": (18.1, 31.1), "Pd": (19.4, 32.9), "Ag": (21.5, 34.8), "Cd": (16.9, 37.5), "In": (18.9, 28.0),
    "Sn": (14.6, 30.5), "Sb": (16.5, 25.3), "Te": (18.6, 28.0), "Cs": (23.2,), "Ba": (10.0, 35.8),
    "La": (11.1, 19.2, 50), "Ce": (10.9, 20.2, 36.8), "Pr": (10.6, 21.6, 39), "Nd": (10.7, 22.1, 40.4),
    "Sm": (11.1, 23.4, 41.4), "Eu": (11.2, 24.9), "Gd": (12.1, 20.6, 44), "Tb": (11.5, 21.9),
    "Dy": (11.7, 22.8), "Ho": (11.8, 22.8), "Er": (11.9, 22.7), "Tm": (12.1, 23.7), "Yb": (12.2, 25.1),
    "Lu": (13.9, 21.0), "Hf": (15.0, 23.3, 33.3), "Ta": (16.2, 23.1, 35), "W": (16.4, 26, 38.2),
    "Re": (16.6, 27, 39), "Os": (17, 25), "Ir": (17, 28), "Pt": (18.6, 33.6), "Au": (20.2, 34),
    "Tl": (20.4,), "Pb": (15.0, 31.9), "Bi": (16.7, 25.6), "Th": (11.9, 18.3, 28.6), "U": (11.6, 19.8, 36.7),
}


def kind(name):
    """An ion's atoms and charge, whatever the order in which the atoms are written."""
    atoms = collections.Counter()
    for symbol, n in re.findall(r"([A-Z][a-z]?)(\d*)", name):
        atoms[symbol] += int(n or 1)
    return tuple(sorted(atoms.items())), name.count("+")


def spell(one):
    atoms, charge = one
    return "".join(s + (str(n) if n > 1 else "") for s, n in atoms) + "+" * charge


def read_isotopes():
    isotopes = collections.defaultdict(list)
    with open(ROOT / "data/isotopes.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if float(row["abundance"]) > 0:
                isotopes[row["symbol"]].append((float(row["mass_Da"]), float(row["abundance"])))
    return isotopes


ISOTOPES = read_isotopes()


def pattern(one):
    """Lines (m/n, share) of an ion; isotopologues closer than 0.0005 Da are one."""
    atoms, charge = one
    lines = [(0.0, 1.0)]
    for symbol, n in atoms:
        for _ in range(n):
            merged = {}
            for mass, share in lines:
                for m, p in ISOTOPES[symbol]:
                    if share * p < 1e-7:
                        continue
                    key = round((mass + m) / 5e-4)
                    old_mass, old = merged.get(key, (0.0, 0.0))
                    total = old + share * p
                    merged[key] = (old_mass + (mass + m - old_mass) * share * p / total, total)
            lines = sorted(merged.values())
    return [((mass - charge * ELECTRON) / charge, share) for mass, share in lines]


def read_materials(which):
    with open(ROOT / "bench/materials.tsv", encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return [row for row in rows if row["set"] == which]


def log_uniform(rng, least, most):
    return least * (most / least) ** rng.random()


def draw_list(rng, text):
    """Names and shares; None for the one that takes the rest."""
    shares = {}
    for word in text.split():
        optional, word = word.startswith("?"), word.lstrip("?")
        name, _, span = word.partition(":")
        share = None
        if span:
            ends = [float(x) for x in span.split("-")]
            share = log_uniform(rng, ends[0], ends[-1])
        if not optional or rng.random() < 0.5:
            shares[name] = share
    return shares


def draw_charges(rng, symbol, field):
    """Shares of the charge states of an element at a field in V/nm."""
    shares = [1.0]
    scatter = 1 + 0.06 * rng.gauss(0, 1)
    for n, energy in enumerate(ENERGIES.get(symbol, ()), 2):
        needed = (0.85 if n == 2 else 1) * energy ** 2 / (5.76 * n) * scatter
        further = 1 / (1 + math.exp(min(50, max(-50, (needed - field) / (0.07 * needed)))))
        shares.append(shares[-1] * further)
        shares[-2] *= 1 - further
    return shares


@dataclasses.dataclass
class Spectrum:
    material: dict
    n_ions: float  # expected, background included
    power: float  # resolving power at 28 Da
    background: float  # share of the ions
    m_max: float
    shares: dict  # of each kind among all ions
    offset: float = 0  # of the mass scale, Da
    slope: float = 0
    level: float = 0  # background = 2 level (sqrt(hi) - sqrt(lo))
    expected: list = None  # per bin
    counts: list = None

    def unit(self, mass):
        return math.sqrt(28 * mass) / (2.44563 * self.power)

    def measured(self, mass):
        return mass + self.offset + self.slope * mass

    def composition(self):
        """Planned atomic fractions, per cent."""
        atoms = collections.Counter()
        for (parts, _), share in self.shares.items():
            for symbol, n in parts:
                atoms[symbol] += n * share
        total = sum(atoms.values())
        return {symbol: 100 * n / total for symbol, n in atoms.items()}


def shape_below(x):
    """Share of a peak below x."""
    if x < -6:
        return 0.0
    gauss = 0.5 * math.erfc(-(x + 2 / math.pi) / math.sqrt(4 / math.pi))
    tail = math.exp(-x - 1 / math.pi) * 0.5 * math.erfc(-math.sqrt(math.pi) / 2 * x)
    return gauss - tail


def template(spectrum, one):
    """Share of the ion's intensity in each bin it reaches: {bin: share}."""
    bins = collections.defaultdict(float)
    for mass, share in pattern(one):
        mass = spectrum.measured(mass)
        unit = spectrum.unit(mass)
        first, last = int((mass - 4 * unit) / BIN), int((mass + 20 * unit) / BIN)
        below = shape_below((first * BIN - mass) / unit)
        for i in range(max(0, first), last + 1):
            upto = shape_below(((i + 1) * BIN - mass) / unit)
            if upto > below:
                bins[i] += share * (upto - below)
            below = upto
    return bins


def poisson(rng, mean):
    if mean < 12:
        limit, n, product = math.exp(-mean), 0, rng.random()
        while product > limit:
            n += 1
            product *= rng.random()
        return n
    # Hoermann's transformed rejection (doi:10.1016/0167-6687(93)90997-4).
    root = math.sqrt(mean)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse, v_r = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = rng.random() - 0.5, rng.random()
        us = 0.5 - abs(u)
        if us <= 0:
            continue
        n = math.floor((2 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= v_r:
            return n
        if n < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v * inverse / (a / (us * us) + b)) <= \
                n * math.log(mean) - mean - math.lgamma(n + 1):
            return n


def plan(which, seed):
    """What the spectrum of this seed is to be: material, conditions and the share of each kind."""
    rng = random.Random(f"{which} {seed}")
    materials = read_materials(which)
    material = materials[seed % len(materials)]
    least, most = (float(x) for x in material["field_v_per_nm"].split("-"))
    field = least + (most - least) * rng.random()
    elements = draw_list(rng, material["composition"])
    rest = 1 - sum(x for x in elements.values() if x)
    elements = {symbol: rest if x is None else x for symbol, x in elements.items()}
    molecules = {kind(n): x for n, x in draw_list(rng, material["molecules"]).items()}
    for name, share in draw_list(rng, RESIDUAL).items():
        molecules.setdefault(kind(name), share)
    n_ions, power, background = (log_uniform(rng, *ends) for ends in CONDITIONS.get(which, USUAL))
    singles = 1 - sum(molecules.values()) - background
    shares = collections.Counter(molecules)
    for symbol, fraction in elements.items():
        for charge, part in enumerate(draw_charges(rng, symbol, field), 1):
            if part * fraction * singles * n_ions > 0.1:
                shares[(((symbol, 1),), charge)] += part * fraction * singles
    heaviest = max(max(m for m, share in pattern(one) if share > 1e-3) for one in shares)
    m_max = max(150.0, 10 * math.ceil((heaviest + 15) / 10))
    spectrum = Spectrum(material, n_ions, power, background, m_max, dict(shares))
    if which in SCALE_OFF and rng.random() < 0.5:
        offset, slope = SCALE_OFF[which]
        spectrum.offset, spectrum.slope = rng.gauss(0, offset), rng.gauss(0, slope)
    return spectrum, rng


def draw(which, seed):
    spectrum, rng = plan(which, seed)
    n_bins = round(spectrum.m_max / BIN)
    spectrum.level = spectrum.background * spectrum.n_ions / (2 * math.sqrt(spectrum.m_max))
    edges = [math.sqrt(i * BIN) for i in range(n_bins + 1)]
    expected = [2 * spectrum.level * (edges[i + 1] - edges[i]) for i in range(n_bins)]
    for one, share in spectrum.shares.items():
        for i, part in template(spectrum, one).items():
            if i < n_bins:
                expected[i] += spectrum.n_ions * share * part
    spectrum.expected = expected
    spectrum.counts = [poisson(rng, mean) for mean in expected]
    return spectrum


def write(spectrum, path):
    """As text with the middles of bins, which every verb of the program reads."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("m_da\tcounts\n")
        file.writelines(f"{(i + 0.5) * BIN:.3f}\t{n}\n" for i, n in enumerate(spectrum.counts))
