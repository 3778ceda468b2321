// verdict.ts: p-values, marks and clusters in words.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Clusters, ClusterTest, NeighbourTest, QualityMark, Step, Verdict } from "./data";
import { general, plural, thousands } from "./format";

export const SIGNS: Record<Verdict, string> = {
  good: "\u25cf",
  fair: "\u25b2",
  poor: "\u2716",
  none: "\u2013",
  unknown: "?",
};

export const verdictOf = (text: string): Verdict =>
  Object.keys(SIGNS).includes(text) ? (text as Verdict) : "unknown";

// Where a mark was looked for and there is nothing that it could be a mark of.
export const verdictWord = (verdict: Verdict): string =>
  verdict === "none" ? "nothing told" : verdict;

// "resolving_power" as "Resolving power"; names that need more than that.
const TITLES: Record<string, string> = {
  split_half_p: "Split-half agreement",
  split_half_difference: "Split-half difference",
  neighbour_p: "Neighbour distances, p",
  cluster_p: "Clusters, p",
  false_cluster_share: "Clusters by chance",
  thinned_cluster_ratio: "Clusters in fewer ions",
  multiple_hit_share: "Ions of multiple hits",
  background_share: "Background in the ranges",
  unranged_share: "Ions in no range",
  unexplained_share: "Unexplained peaks",
};

export function markTitle(mark: string): string {
  const words = mark.replaceAll("_", " ").trim();
  return TITLES[mark] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

// A number of whatever size with three significant digits.
export const brief = (value: number): string =>
  Number.isInteger(value) ? thousands(value) : general(Number(value.toPrecision(3)));

export function markValue({ value, unit }: QualityMark): string {
  if (value === null) return "not known";
  return unit ? `${brief(value)}\u202f${unit}` : brief(value);
}

// "at least 700", "at most 2 %": the bound of a verdict.
export function boundText(
  mark: QualityMark,
  bound: number | string | null,
  other: number | string | null,
): string {
  if (bound === null) return "";
  if (typeof bound === "string") return bound;
  const more = mark.good !== null && mark.fair !== null && mark.good > mark.fair;
  const sign = other === null ? "" : more ? "\u2265\u202f" : "\u2264\u202f";
  return sign + brief(bound) + (mark.unit ? `\u202f${mark.unit}` : "");
}

// p as it is printed: never as nothing.
export function pText(p: number | null): string {
  if (p === null) return "not known";
  return p < 1e-4 ? `< ${general(1e-4)}` : String(Number(p.toPrecision(2)));
}

// What a p-value says, in words: the least usual level that it keeps.
export function chance(p: number | null): string {
  if (p === null) return "not tested";
  const level = [0.001, 0.01, 0.05].find((l) => p <= l);
  if (level === undefined) return "as chance would have it";
  return `significant at the ${general(100 * level)}\u202f% level`;
}

// The tests of one species: all k share their p.
export interface SpeciesTests {
  species: string;
  rows: NeighbourTest[];
  p: number | null; // corrected for the number of species where that is known
  sentence: string;
}

// Ions that lie on one another, measured and shuffled: there is nothing to compare.
const isPointless = (rows: NeighbourTest[]): boolean =>
  rows.length > 0 &&
  rows.every((r) => r.mean_distance_nm === 0 && r.null_mean_distance_nm === 0);

function distanceSentence(rows: NeighbourTest[], p: number | null): string {
  if (isPointless(rows)) return "not tested: all distances are zero";
  const known = rows.filter(
    (r) => r.mean_distance_nm !== null && r.null_mean_distance_nm !== null,
  );
  if (known.length === 0) return "no distances were measured";
  if (p === null) return "not tested against chance";
  if (p > 0.05) return `as far apart as at random (p = ${pText(p)})`;
  const ratio = (r: NeighbourTest) => r.mean_distance_nm! / r.null_mean_distance_nm!;
  const most = known.reduce((a, b) =>
    Math.abs(Math.log(ratio(b))) > Math.abs(Math.log(ratio(a))) ? b : a,
  );
  const way = ratio(most) < 1 ? "closer together" : "farther apart";
  return `${way} than at random, ${chance(p)} (p = ${pText(p)})`;
}

export function bySpecies(tests: NeighbourTest[]): SpeciesTests[] {
  const names = [...new Set(tests.map((t) => t.species))];
  return names.map((species) => {
    const rows = tests.filter((t) => t.species === species);
    const ps = rows.map((r) => r.p_holm ?? r.p_value).filter((p) => p !== null);
    const p = ps.length > 0 && !isPointless(rows) ? Math.min(...ps) : null;
    return { species, rows, p, sentence: distanceSentence(rows, p) };
  });
}

export const isSignificant = (test: ClusterTest): boolean => Boolean(test.significant);
// A test that gives a reason was not made, whatever its p says.
export const wasTested = (test: ClusterTest): boolean => test.p !== null && !test.reason;

// "Cu", "Cu and C", "Cu, Mn and C".
export function listOf(names: string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

// A capital first, but for names of files and the like (specimen_1.rrng, m/n).
const asSentence = (words: string) => {
  const begin = /^[a-z]+[\s,]/.test(words)
    ? words.charAt(0).toUpperCase() + words.slice(1)
    : words;
  return `${begin}${/[.!?]$/.test(words) ? "" : "."}`;
};

// Whether ions cluster, in one sentence.
export function clusterSentence(c: Clusters | null): string {
  if (!c) return "Clustering was not tested.";
  const able = c.tests.filter(wasTested);
  if (able.length === 0) {
    if (c.verdict) return asSentence(c.verdict);
    return c.tests.length === 0
      ? "No element was tested for clustering: none has enough ions at a suitable concentration."
      : "Clustering could not be tested for any element.";
  }
  const found = able.filter(isSignificant);
  const tested = plural(able.length, "element");
  if (found.length === 0) {
    const least = Math.min(...able.map((t) => t.p_holm ?? t.p!));
    return `No significant clustering of the ${tested} tested (least p = ${pText(least)} after Holm's correction).`;
  }
  const names = listOf(found.map((t) => t.element));
  const p = Math.max(...found.map((t) => t.p_holm ?? t.p ?? 0));
  const of = c.n_clusters > 0 ? ` in ${plural(c.n_clusters, "cluster")}` : "";
  const expected = c.null?.expected_false_clusters;
  const chanceOnes =
    typeof expected === "number" && c.n_clusters > 0
      ? `; about ${brief(Number(expected.toPrecision(2)))} expected by chance`
      : "";
  return `Significant clustering of ${names}${of} (p = ${pText(p)} after Holm's correction${chanceOnes}).`;
}

// Steps from the file to the composition: what they warn of bears on it.
const OF_COMPOSITION = [
  "read",
  "flight",
  "calibrate",
  "spectrum",
  "peaks",
  "peak_shape",
  "identify",
  "autorange",
  "range",
  "background",
  "dead_time",
  "deconvolve",
  "composition",
];

// Their warnings as sentences, each once.
export function compositionDoubts(steps: Pick<Step, "method" | "warnings">[]): string[] {
  const said = steps
    .filter((s) => OF_COMPOSITION.includes(s.method))
    .flatMap((s) => s.warnings)
    .map(asSentence);
  return [...new Set(said)];
}
