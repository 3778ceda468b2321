// saxey_model.ts: the map of pairs of ions of one pulse, cell by cell.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Saxey } from "./data";

// Where cell (lighter, heavier) stands in the lists.
export const placeOf = (lighter: number, heavier: number) =>
  (heavier * (heavier + 1)) / 2 + lighter;

// Standard deviations that the ends of the scale stand for, and those left blank.
export const MOST = 5;
export const BLANK = 2;

// What pixel (across, up) shows: above the diagonal the pairs as counted, as a share of the
// scale's logarithm; on and below it their deviation from chance, -1 to 1. null: nothing.
export function pixelOf(
  saxey: Saxey,
  across: number,
  up: number,
  most: number,
): { counted: number } | { deviation: number } | null {
  const k = placeOf(Math.min(across, up), Math.max(across, up));
  if (up > across)
    return saxey.counts[k] > 0
      ? { counted: Math.log1p(saxey.counts[k]) / Math.log1p(most) }
      : null;
  const value = saxey.deviations[k] ?? MOST; // chance leaves no pair there at all
  if (Math.abs(value) < BLANK) return null;
  return { deviation: Math.min(1, Math.max(-1, value / MOST)) };
}
