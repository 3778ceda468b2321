// cluster_model.ts: compositions of clusters, from this program or an older one.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { ClusterRow, ClusterShare, Clusters } from "./data";

const MOST = 4; // elements with a column of their own

// At.% of each element; plain numbers are taken as parts of their sum.
function sharesOf(row: ClusterRow): [string, ClusterShare][] {
  const all = Object.entries(row.composition ?? {});
  const sum = all.reduce((n, [, v]) => n + (typeof v === "number" ? v : 0), 0);
  return all.map(([name, v]) => [
    name,
    typeof v === "number" ? { at_percent: sum > 0 ? (100 * v) / sum : null } : v,
  ]);
}

export const isCorrected = (rows: ClusterRow[]): boolean =>
  rows.some((r) => sharesOf(r).some(([, s]) => typeof s.corrected_at_percent === "number"));

// At.% of an element in a cluster and its error, less background where that is known. An element
// that is not there has 0.
export function shareIn(row: ClusterRow, name: string): [number | null, number | null] {
  const all = sharesOf(row);
  const share = all.find(([n]) => n === name)?.[1];
  if (!share) return all.length > 0 ? [0, null] : [null, null];
  return typeof share.corrected_at_percent === "number"
    ? [share.corrected_at_percent, share.sigma_corrected_at_percent ?? null]
    : [share.at_percent, share.sigma_at_percent ?? null];
}

// The elements that make up the clusters, most abundant first; those of at least 1 %.
export function mainElements(rows: ClusterRow[]): string[] {
  const sums = new Map<string, number>();
  let all = 0;
  for (const row of rows) {
    for (const [name, share] of sharesOf(row)) {
      const atoms = ((share.at_percent ?? 0) * row.ions) / 100;
      sums.set(name, (sums.get(name) ?? 0) + atoms);
      all += atoms;
    }
  }
  return [...sums.entries()]
    .filter(([, n]) => n >= 0.01 * all)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST)
    .map(([name]) => name);
}

// Bars of the sizes from the bottom up: each solute's clusters on those of the one before.
export interface Stack {
  solute: string; // "" where the program did not tell
  from: number[];
  to: number[];
}

export function stacksOf(sizes: NonNullable<Clusters["sizes"]>): Stack[] {
  const parts = sizes.solutes ?? [{ solute: "", clusters: sizes.clusters }];
  let below = sizes.clusters.map(() => 0);
  return parts.map(({ solute, clusters }) => {
    const from = below;
    const to = from.map((n, i) => n + clusters[i]);
    below = to;
    return { solute: solute ?? "", from, to };
  });
}
