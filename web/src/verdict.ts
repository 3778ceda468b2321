// verdict.ts: p-values, marks and clusters in words.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Clusters, ClusterTest, NeighbourTest, QualityMark, Verdict } from "./data";
import { general, plural, thousands } from "./format";

export const SIGNS: Record<Verdict, string> = {
  good: "\u25cf",
  fair: "\u25b2",
  poor: "\u2716",
  unknown: "?",
};

export const verdictOf = (text: string): Verdict =>
  text === "good" || text === "fair" || text === "poor" ? text : "unknown";

// "resolving_power" as "Resolving power"; names that need more than that.
const TITLES: Record<string, string> = {
  split_half_p: "Split-half agreement",
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

// What a p-value says, in words. Its bounds are the usual ones.
export function chance(p: number | null): string {
  if (p === null) return "not tested";
  if (p <= 0.001) return "very unlikely by chance";
  if (p <= 0.01) return "unlikely by chance";
  if (p <= 0.05) return "a weak sign";
  return "as chance would have it";
}

export function neighbourSentence(test: NeighbourTest): string {
  const { mean_distance_nm: d, null_mean_distance_nm: d0, p_value: p } = test;
  if (d === null || d0 === null) return "no distances were measured";
  const nearer = d < d0;
  if (p === null || p > 0.05) return `as far apart as at random (p = ${pText(p)})`;
  return `${nearer ? "closer together" : "farther apart"} than at random, ${chance(p)} (p = ${pText(p)})`;
}

export const isSignificant = (test: ClusterTest): boolean => Boolean(test.significant);

// "Cu", "Cu and C", "Cu, Mn and C".
export function listOf(names: string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

// Whether ions cluster, in one sentence.
export function clusterSentence(c: Clusters | null): string {
  if (!c) return "Clustering was not tested.";
  if (c.tests.length === 0)
    return "No element was tested for clustering: none has enough ions at a suitable concentration.";
  const found = c.tests.filter(isSignificant);
  const tested = plural(c.tests.length, "element");
  if (found.length === 0) {
    const least = Math.min(...c.tests.map((t) => t.p_holm ?? t.p ?? 1));
    return `No significant clustering of the ${tested} tested (least p = ${pText(least)} after Holm's correction).`;
  }
  const names = listOf(found.map((t) => t.element));
  const p = Math.max(...found.map((t) => t.p_holm ?? t.p ?? 0));
  const of = c.n_clusters > 0 ? ` in ${plural(c.n_clusters, "cluster")}` : "";
  const chanceOnes =
    typeof c.expected_false_clusters === "number" && c.n_clusters > 0
      ? `; ${brief(c.expected_false_clusters)} would be expected by chance`
      : "";
  return `Significant clustering of ${names}${of} (p = ${pText(p)} after Holm's correction${chanceOnes}).`;
}
