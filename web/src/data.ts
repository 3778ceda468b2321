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
  negative?: boolean; // an anion
  parts: IonPart[]; // none for a label that is no element
}

export interface Range {
  ion: number;
  lo_da: number;
  hi_da: number;
  counts: number | null;
  background_counts: number | null;
  probability: number | null; // of the ion
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
  model: string; // flat, sliced or sideband
  tail_share: number | null; // of the ions of peaks, late ions that the model has
  curve: { m_da: number[]; per_da: number[]; sigma_per_da: (number | null)[] };
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

// Ions of one kind in the sample; `kind` is -1 for ions in no range.
export interface CloudSpecies {
  kind: number;
  ions: number; // of the input
  shown: number;
}

export interface Cloud {
  shown: number;
  species: CloudSpecies[]; // in the order of the positions
  positions: string; // base64 of uint16, x y z by turns: 0 and 65535 are the bounds
  clusters: string | null; // base64 of uint16: 1 + number of the cluster, 0 for none
}

// A table of a step, shown as it is. Keys of columns carry units: "lo_da".
export type Cell =
  | number
  | string
  | boolean
  | null
  | (number | null)[]
  | Record<string, number>;
export interface Finding {
  section: string;
  title: string;
  note: string;
  figure: string; // "" for none
  n_rows: number; // of which the first are here
  columns: string[];
  rows: Record<string, Cell>[];
}

// Pairs of ions of one pulse in square cells (i, j), i <= j < n, row by row; j for the heavier.
export interface Saxey {
  cell_da: number;
  n: number;
  counts: number[];
  deviations: (number | null)[]; // from chance, in standard deviations; null: beyond all
}

export interface UnexplainedPeak {
  mass_da: number;
  counts: number | null;
  significance: number | null;
}

export interface Peaks {
  unexplained: UnexplainedPeak[];
  n_unexplained: number;
  ions: { ion: string; probability: number | null }[];
}

export interface NeighbourTest {
  species: string;
  k: number;
  mean_distance_nm: number | null;
  null_mean_distance_nm: number | null;
  p_value: number | null; // of all k of the species together
  p_holm?: number | null;
  ions?: number;
  null_lo_nm?: number | null;
  null_hi_nm?: number | null;
  sigma_mean_distance_nm?: number | null; // from blocks of the specimen
  ratio?: number | null; // of the mean first distance to that of the null
  half_difference_nm?: number | null; // rms between random halves of the centres
  thinned_ratio?: number | null; // of 70 % of the ions
  sigma_thinned_ratio?: number | null;
}

export interface NeighbourCurve {
  species: string;
  distance_nm: (number | null)[];
  observed: (number | null)[];
  null_mean: (number | null)[];
  null_lo: (number | null)[];
  null_hi: (number | null)[];
}

export interface Neighbours {
  tests: NeighbourTest[];
  curves: NeighbourCurve[];
}

export interface ClusterTest {
  element: string;
  at_percent: number | null;
  ions: number | null;
  excess_ions: number | null;
  effect: number | null;
  p: number | null;
  p_holm: number | null;
  significant: boolean | number;
  reason?: string; // why it was not tested
  d_max_nm?: number | null;
  n_min?: number | null;
  expected_false_clusters?: number | null;
  p_beside?: number | null; // away from the clusters of stronger solutes; null: not asked
  p_local?: number | null; // against shuffles that keep the element's slow variation
  sigma_effect?: number | null; // from blocks of the specimen
  half_effect?: number | null; // mean of two random halves, settings chosen anew in each
  half_difference?: number | null; // between these
  thinned_effect?: number | null; // of 70 % of the ions
  sigma_thinned_effect?: number | null;
  n_clusters?: number | null;
  sigma_n_clusters?: number | null;
}

// Of an element in a cluster; older programs wrote the counts alone.
export interface ClusterShare {
  counts?: number | null;
  at_percent: number | null;
  sigma_at_percent?: number | null;
  corrected_at_percent?: number | null;
  sigma_corrected_at_percent?: number | null;
}

export interface ClusterRow {
  number: number; // from 1, in the order of the labels
  element?: string;
  solute?: string;
  ions: number;
  solute_ions?: number | null;
  centre_nm?: (number | null)[];
  radius_of_gyration_nm?: number | null;
  solute_at_percent?: number | null;
  sigma_radius_of_gyration_nm?: number | null;
  at_edge?: boolean | number; // of the specimen, which may cut it
  composition?: Record<string, number | ClusterShare>;
}

export interface Clusters {
  tests: ClusterTest[];
  n_clusters: number;
  clusters: ClusterRow[]; // the largest
  sizes: {
    edges: number[];
    clusters: number[];
    solutes?: { solute: string | null; clusters: number[] }[];
  } | null;
  n_at_edge?: number | null;
  method?: string;
  verdict?: string; // in one sentence
  parameters?: { d_max_nm?: number | null; n_min?: number | null; level?: number | null };
  null?: {
    p_value?: number | null;
    expected_false_clusters?: number | null;
    n_shuffles?: number | null;
  };
  volume_nm3?: number | null;
  number_density_per_m3?: number | null;
  sigma_number_density_per_m3?: number | null;
}

export type Verdict = "good" | "fair" | "poor" | "none" | "unknown";

export interface QualityMark {
  mark: string;
  value: number | null;
  unit: string;
  verdict: Verdict;
  good: number | string | null;
  fair: number | string | null;
  sentence: string;
}

export interface Flight {
  bin_ns: number;
  first_ns: number;
  n_bins: number;
  below: number;
  above: number;
  counts: string; // packed
}

export interface Multiple {
  multiplicity: number;
  or_more: boolean;
  pulses: number;
  ions: number;
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
  cloud: Cloud | null;
  hits: Grid | null;
  flight: Flight | null;
  multiples: Multiple[] | null;
  peaks: Peaks | null;
  neighbours: Neighbours | null;
  clusters: Clusters | null;
  quality: QualityMark[] | null;
  findings: Finding[];
  saxey?: Saxey | null;
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
