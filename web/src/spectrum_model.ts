// spectrum_model.ts: the spectrum at the bin width a view needs, and where its labels go.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Background, Range, Spectrum } from "./data";
import { unpack } from "./data";

// The spectrum merged by a factor; `edges` has one value more than `counts`.
export interface Binned {
  bin: number; // Da
  edges: number[]; // Da
  counts: number[];
}

export interface View {
  min: number; // Da
  max: number;
}

export interface Model {
  bin: number; // narrowest, Da
  m_min: number;
  end: number; // a little beyond the last bin that is not empty, Da
  at(factor: number): Binned;
}

const FACTORS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

export function modelOf(spectrum: Spectrum): Model {
  const counts = unpack(spectrum.counts, spectrum.n_bins);
  const cache = new Map<number, Binned>();
  const at = (factor: number) => {
    const known = cache.get(factor);
    if (known) return known;
    const made = merge(counts, spectrum.m_min_da, spectrum.bin_da, factor);
    cache.set(factor, made);
    return made;
  };
  return {
    bin: spectrum.bin_da,
    m_min: spectrum.m_min_da,
    end: spectrum.m_min_da + 1.02 * spectrum.n_bins * spectrum.bin_da,
    at,
  };
}

export function merge(
  counts: number[],
  m_min: number,
  bin: number,
  factor: number,
): Binned {
  const n = Math.ceil(counts.length / factor);
  const sums: number[] = new Array(n).fill(0);
  counts.forEach((c, i) => (sums[Math.floor(i / factor)] += c));
  const edges = Array.from({ length: n + 1 }, (_, i) => m_min + i * factor * bin);
  return { bin: factor * bin, edges, counts: sums };
}

// Bins merged so that none is much narrower than a pixel.
export function factorFor(span: number, pixels: number, bin: number): number {
  const wanted = span / Math.max(1.6 * pixels, 1) / bin;
  return FACTORS.find((f) => f >= wanted * 0.999) ?? FACTORS[FACTORS.length - 1];
}

// Index of the bin that holds m, kept inside.
export function binOf(binned: Binned, m: number): number {
  const i = Math.floor((m - binned.edges[0]) / binned.bin + 1e-9);
  return Math.min(Math.max(i, 0), binned.counts.length - 1);
}

// What is worth seeing first: all ranges and 95 % of the ions, or 98 % where there are no ranges.
export function overview(model: Model, ranges: Range[]): View {
  const { counts, edges } = model.at(1);
  const wanted = (ranges.length > 0 ? 0.95 : 0.98) * counts.reduce((a, b) => a + b, 0);
  let sum = 0;
  let i = 0;
  while (i < counts.length - 1 && sum + counts[i] < wanted) sum += counts[i++];
  const last = ranges.reduce((m, r) => Math.max(m, r.hi_da), edges[i + 1] ?? model.end);
  const max = model.m_min + 1.05 * (last - model.m_min);
  return { min: model.m_min, max: Math.min(model.end, max) };
}

// Background counts in a bin of that width around m, and one sigma of it: on the curve of the model
// that was used.
export function backgroundAt(b: Background, m: number, bin: number): [number, number] {
  const { m_da, per_da, sigma_per_da } = b.curve;
  let lo = 0;
  let hi = m_da.length - 1;
  while (hi - lo > 1) {
    const middle = (lo + hi) >> 1;
    if (m_da[middle] <= m) lo = middle;
    else hi = middle;
  }
  const part = Math.min(1, Math.max(0, (m - m_da[lo]) / (m_da[hi] - m_da[lo])));
  const mix = (list: (number | null)[]) =>
    (list[lo] ?? 0) + part * ((list[hi] ?? 0) - (list[lo] ?? 0));
  return [mix(per_da) * bin, mix(sigma_per_da) * bin];
}

export interface Peak {
  range: number;
  m: number; // Da, middle of the fullest bin
  height: number; // counts in it
  leads: boolean; // the highest of its ion
}

// The highest bin of each range, where it is in view; the highest of each ion first.
export function peaks(binned: Binned, ranges: Range[], view: View): Peak[] {
  const found: Peak[] = [];
  ranges.forEach((r, range) => {
    if (r.hi_da < view.min || r.lo_da > view.max || binned.counts.length === 0) return;
    const first = binOf(binned, r.lo_da);
    const last = Math.max(binOf(binned, r.hi_da - 1e-6 * binned.bin), first);
    let best = first;
    for (let i = first; i <= last; i++)
      if (binned.counts[i] > binned.counts[best]) best = i;
    const middle = binned.edges[best] + binned.bin / 2;
    const m = Math.min(Math.max(middle, r.lo_da), r.hi_da);
    if (m >= view.min && m <= view.max)
      found.push({ range, m, height: binned.counts[best], leads: false });
  });
  found.sort((a, b) => b.height - a.height || a.range - b.range);
  const named = new Set<number>();
  for (const p of found) {
    p.leads = !named.has(ranges[p.range].ion);
    named.add(ranges[p.range].ion);
  }
  return [...found.filter((p) => p.leads), ...found.filter((p) => !p.leads)];
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const overlap = (a: Box, b: Box) =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;

export interface Tip {
  x: number; // px, the top of a peak
  y: number;
  ion: number;
}

export interface Wish extends Tip {
  width: number; // px, of the label
  height: number;
  leads?: boolean; // the highest peak of its ion
}

// Peaks of others that a label may reach over: none, lower ones of the same ion, any that end
// far below its own, or any that end below.
type Company = "alone" | "same ion" | "far below" | "below";
const STEP = 8; // px, that peaks end below

// How a label may stand at its peak: over it, or with one of its ends over it.
const STANDS: ["left" | "middle" | "right", Company][] = [
  ["middle", "alone"],
  ["left", "alone"],
  ["right", "alone"],
  ["middle", "same ion"],
  ["left", "same ion"],
  ["right", "same ion"],
  ["middle", "far below"],
];
// For the highest peak of an ion alone: without a label there, its ion would have none.
const LEADING: typeof STANDS = [
  ...STANDS,
  ["left", "far below"],
  ["right", "far below"],
  ["middle", "below"],
  ["left", "below"],
  ["right", "below"],
];

const INSET = 3; // px of the label on the far side of its peak
const GAP = 3; // px between peak and label

// NaN where the edge of the plot would shift the label off its peak.
function leftOf({ x, width }: Wish, end: "left" | "middle" | "right", room: number) {
  const wanted = { left: x - INSET, middle: x - width / 2, right: x + INSET - width }[end];
  const left = Math.min(Math.max(wanted, 0), room - width);
  const off = Math.abs(left + width / 2 - x);
  return off <= (end === "middle" ? 0.3 : 0.5) * width ? left : NaN;
}

// True where no other peak could be taken for the one that a label names.
function isClear(wish: Wish, left: number, company: Company, tips: Tip[]): boolean {
  const right = left + wish.width;
  const drop = company === "far below" ? wish.height : company === "below" ? STEP : Infinity;
  return tips.every((t) => {
    if (t.x < left - 2 || t.x > right + 2 || (t.x === wish.x && t.y === wish.y))
      return true;
    if (t.ion === wish.ion) return company !== "alone" && t.y >= wish.y;
    return t.y - wish.y >= drop;
  });
}

// A place at each peak, clear of the curve (`ceiling`: its highest point between two x), of other
// named peaks (`tips`) and of labels already placed; null for those that find none. Earlier
// wishes choose first.
export function placeLabels(
  wishes: Wish[],
  tips: Tip[],
  plot: { width: number; height: number },
  ceiling: (left: number, right: number) => number,
): (Box | null)[] {
  const placed: Box[] = [];
  const free = (box: Box) =>
    box.top >= 0 &&
    box.left >= 0 &&
    box.left + box.width <= plot.width &&
    !placed.some((p) => overlap(p, box));
  return wishes.map((wish) => {
    const { x, y, width, height } = wish;
    for (let rise = 0; rise < 6; rise++) {
      for (const [end, company] of wish.leads ? LEADING : STANDS) {
        const left = leftOf(wish, end, plot.width);
        if (!(left >= 0) || !isClear(wish, left, company, tips)) continue;
        const base = Math.min(y, ceiling(left, left + width));
        const top = base - height - GAP - rise * 0.6 * height;
        const box = { left, top, width, height };
        const foot = top + height;
        const leader = { left: x - 2, top: foot, width: 4, height: Math.max(y - foot, 0) };
        if (leader.height > 5 * height || !free(box) || !free(leader)) continue;
        placed.push(box, leader);
        return box;
      }
    }
    return null;
  });
}
