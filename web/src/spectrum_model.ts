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

// Background counts in a bin of that width around m, and one sigma of it.
export function backgroundAt(b: Background, m: number, bin: number): [number, number] {
  const shape = bin / Math.sqrt(m);
  return [b.a * shape, (b.sigma_a ?? 0) * shape];
}

export interface Peak {
  range: number;
  m: number; // Da, middle of the fullest bin
  height: number; // counts in it
}

// The highest bin of each range in view; the highest first.
export function peaks(binned: Binned, ranges: Range[], view: View): Peak[] {
  const found: Peak[] = [];
  ranges.forEach((r, range) => {
    const lo = Math.max(r.lo_da, view.min);
    const hi = Math.min(r.hi_da, view.max);
    if (!(hi > lo) || binned.counts.length === 0) return;
    const first = binOf(binned, lo);
    const last = Math.max(binOf(binned, hi - 1e-6 * binned.bin), first);
    let best = first;
    for (let i = first; i <= last; i++)
      if (binned.counts[i] > binned.counts[best]) best = i;
    const m = binned.edges[best] + binned.bin / 2;
    found.push({ range, m: Math.min(Math.max(m, lo), hi), height: binned.counts[best] });
  });
  return found.sort((a, b) => b.height - a.height || a.range - b.range);
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

export interface Wish {
  x: number; // px, the peak
  y: number;
  width: number;
  height: number;
}

// A place above each peak, clear of the curve (`ceiling`: its highest point between two x) and of
// labels already placed; null for those that find none. Earlier wishes choose first.
export function placeLabels(
  wishes: Wish[],
  plot: { width: number; height: number },
  ceiling: (left: number, right: number) => number,
): (Box | null)[] {
  const placed: Box[] = [];
  const free = (box: Box) =>
    box.top >= 0 &&
    box.left >= 0 &&
    box.left + box.width <= plot.width &&
    !placed.some((p) => overlap(p, box));
  return wishes.map(({ x, y, width, height }) => {
    for (let rise = 0; rise < 6; rise++) {
      for (const shift of [0, -0.35, 0.35]) {
        const left = Math.min(Math.max(x + (shift - 0.5) * width, 0), plot.width - width);
        const base = Math.min(y, ceiling(left, left + width));
        const box = { left, top: base - height - 3 - rise * 0.6 * height, width, height };
        const foot = box.top + height;
        const leader = {
          left: x - 2,
          top: foot,
          width: 4,
          height: Math.max(y - foot, 0),
        };
        if (leader.height > 5 * height || !free(box) || !free(leader)) continue;
        placed.push(box, leader);
        return box;
      }
    }
    return null;
  });
}
