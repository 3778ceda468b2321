// data.ts: the shape of the data that the program writes into the page.
// SPDX-License-Identifier: GPL-3.0-or-later

export interface IonPart {
  symbol: string;
  a: number; // mass number, 0 for the natural element
  count: number;
}

export interface IonKind {
  name: string;
  charge: number; // 0: unknown
  parts: IonPart[]; // none for a label that is no element
}

export interface Range {
  ion: number;
  lo_da: number;
  hi_da: number;
  counts: number | null;
  background_counts: number | null;
}

export interface Spectrum {
  bin_da: number;
  computed_bin_da: number;
  m_min_da: number;
  m_max_da: number;
  n_bins: number;
  below: number;
  above: number;
  counts: string; // packed
}

export interface Background {
  a: number; // counts Da^-1/2
  sigma_a: number | null;
  windows: number;
  windows_used: number;
  m_lo_da: number | null;
  m_hi_da: number | null;
  dispersion: number | null;
}

export interface Fraction {
  name: string;
  z: number; // 0 for a row of ions
  counts: number;
  percent: number | null;
  sigma_percent: number | null;
  corrected_counts: number | null;
  sigma_corrected_counts: number | null;
  corrected_percent: number | null;
  sigma_corrected_percent: number | null;
}

export interface Composition {
  elements: Fraction[];
  ions: Fraction[];
  ranged: number;
  unranged: number;
  labels: number;
  n_ranges: number;
}

export interface Layer {
  name: string;
  xy: string; // packed, row by row
  xz?: string;
  yz?: string;
}

// Square cells; cell (i, j) begins at origin + (i, j) step.
export interface Grid {
  step: number;
  origin: number[];
  cells: number[];
  layers: Layer[];
}

export interface Step {
  method: string;
  title: string;
  version: string;
  started: string | null;
  seconds: number | null;
  parameters: {
    name: string;
    value: string;
    unit: string;
    help: string;
    default: boolean;
  }[];
  warnings: string[];
}

export interface Metadatum {
  key: string;
  help: string;
  required: boolean;
  value: string | null;
}

export interface ReportData {
  schema: number;
  program: { name: string; version: string; build: string };
  input: {
    name: string | null;
    format: string;
    sha256: string;
    ions: number;
    dropped: number;
    outside: number;
    columns: { name: string; title: string; unit: string }[];
    bounds_nm: (number | null)[][];
    mass_range_da: (number | null)[];
  };
  range_file: {
    name: string | null;
    format: string;
    sha256: string;
    ions_written: number;
    ranges_written: number;
  } | null;
  kinds: IonKind[];
  ranges: Range[];
  spectrum: Spectrum | null;
  background: Background | null;
  composition: Composition | null;
  projections: Grid | null;
  hits: Grid | null;
  inputs: { role: string; name: string | null; sha256: string }[];
  steps: Step[];
  metadata: Metadatum[];
  warnings: string[];
}

// "3 0 17 -5 2": counts, where a negative number stands for so many zeros.
export function unpack(text: string, n: number): number[] {
  const counts: number[] = new Array(n).fill(0);
  let at = 0;
  for (const word of text.split(" ")) {
    const value = Number(word);
    if (value < 0) at -= value;
    else if (at < n && word !== "") counts[at++] = value;
  }
  return counts;
}
