// map_model.ts: density images out of counted cells: scale, ticks and pixels.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Grid, Layer } from "./data";
import { unpack } from "./data";

export type PlaneName = "xy" | "xz" | "yz";

export interface Plane {
  name: PlaneName;
  across: { name: string; from: number; cells: number };
  down: { name: string; from: number; cells: number };
  counts: number[]; // row by row, a row runs across
  step: number;
}

const AXES: Record<PlaneName, [number, number]> = { xy: [0, 1], xz: [0, 2], yz: [1, 2] };

export function planeOf(grid: Grid, layer: Layer, name: PlaneName): Plane | null {
  const packed = layer[name];
  if (packed === undefined) return null;
  const [a, d] = AXES[name];
  const axis = (i: number) => ({
    name: "xyz"[i],
    from: grid.origin[i],
    cells: grid.cells[i],
  });
  return {
    name,
    across: axis(a),
    down: axis(d),
    counts: unpack(packed, grid.cells[a] * grid.cells[d]),
    step: grid.step,
  };
}

// Cells merged by a factor in both directions.
export function coarser(plane: Plane, factor: number): Plane {
  if (factor === 1) return plane;
  const across = { ...plane.across, cells: Math.ceil(plane.across.cells / factor) };
  const down = { ...plane.down, cells: Math.ceil(plane.down.cells / factor) };
  const counts: number[] = new Array(across.cells * down.cells).fill(0);
  plane.counts.forEach((c, i) => {
    const row = Math.floor(Math.floor(i / plane.across.cells) / factor);
    const column = Math.floor((i % plane.across.cells) / factor);
    counts[row * across.cells + column] += c;
  });
  return { ...plane, across, down, counts, step: factor * plane.step };
}

// How many cells to merge so that a few counts, on average, fall into each.
export function factorOf(planes: Plane[]): number {
  const needs = planes.map((p) => {
    const total = p.counts.reduce((a, b) => a + b, 0);
    return Math.sqrt((2 * p.counts.length) / Math.max(total, 1));
  });
  const need = Math.max(...needs, 0);
  return [1, 2, 3, 4, 5, 6, 8].find((f) => f >= need) ?? 10;
}

// Counts at the dark end of the scale: all but one in 500 of the filled cells lie below, so that a
// single spike does not hide the rest.
export function scaleTop(counts: number[]): { top: number; clipped: boolean } {
  const filled = counts.filter((c) => c > 0).sort((a, b) => a - b);
  if (filled.length === 0) return { top: 1, clipped: false };
  const most = filled[filled.length - 1];
  const top = filled[Math.ceil(0.998 * filled.length) - 1];
  return top < 0.8 * most ? { top, clipped: true } : { top: most, clipped: false };
}

// Round values within [from, to], about `wanted` of them.
export function ticks(from: number, to: number, wanted: number): number[] {
  const raw = (to - from) / Math.max(wanted, 1);
  if (!(raw > 0)) return [];
  const decade = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * decade).find((s) => s >= 0.7 * raw)!;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

// RGBA of each cell; the first row of the image is the top one.
export function pixels(
  plane: Plane,
  top: number,
  table: Uint8Array,
  flip: boolean,
): Uint8ClampedArray {
  const { counts, across, down } = plane;
  const rgba = new Uint8ClampedArray(4 * counts.length);
  for (let row = 0; row < down.cells; row++) {
    const from = (flip ? down.cells - 1 - row : row) * across.cells;
    for (let i = 0; i < across.cells; i++) {
      const at = 4 * (row * across.cells + i);
      const level = Math.min(255, Math.round((255 * counts[from + i]) / top));
      rgba.set(table.subarray(3 * level, 3 * level + 3), at);
      rgba[at + 3] = 255;
    }
  }
  return rgba;
}
