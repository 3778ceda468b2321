// finding_model.ts: what the columns of a table of findings are called and how their values
// are written.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Cell, Finding } from "./data";
import { general, thousands } from "./format";

// Ends of keys that are units.
const UNITS: [RegExp, string][] = [
  [/_at_percent$/, "at.\u202f%"],
  [/_percent$/, "%"],
  [/_at_ppm$|_ppm$/, "ppm"],
  [/_per_da$/, "per Da"],
  [/_da$/, "Da"],
  [/_per_nm3$/, "per nm\u00b3"],
  [/_v_per_nm$/, "V/nm"],
  [/_nm$/, "nm"],
  [/_mm$/, "mm"],
  [/_ns$/, "ns"],
  [/_kv$/, "kV"],
  [/_v$/, "V"],
];

export interface Head {
  words: string;
  unit: string;
}

// "sigma_observed_counts" -> "sigma observed counts"; "lo_da" -> "lo" in Da.
export function headOf(key: string): Head {
  if (key.endsWith("_interval95")) {
    const { words, unit } = headOf(key.slice(0, -"_interval95".length));
    return { words: `${words}, 95\u202f% interval`, unit };
  }
  for (const [end, unit] of UNITS) {
    if (key === "at_percent" || key === "sigma_at_percent")
      return { words: key.startsWith("sigma") ? "sigma share" : "share", unit: "at.\u202f%" };
    if (end.test(key))
      return { words: key.replace(end, "").replaceAll("_", " "), unit };
  }
  return { words: key.replaceAll("_", " "), unit: "" };
}

// A column of values, and its sigma where the table has one.
export interface Column {
  key: string;
  sigma: string | null;
  head: Head;
  numeric: boolean;
}

export function columnsOf(finding: Finding): Column[] {
  const has = new Set(finding.columns);
  const isSigma = (key: string) => key.startsWith("sigma_") && has.has(key.slice(6));
  return finding.columns
    .filter((key) => !isSigma(key))
    .map((key) => ({
      key,
      sigma: has.has(`sigma_${key}`) ? `sigma_${key}` : null,
      head: headOf(key),
      numeric: finding.rows.some((row) => typeof row[key] === "number"),
    }));
}

export const numberOf = (cell: Cell | undefined): number | null =>
  typeof cell === "number" ? cell : null;

// Probabilities near one would all be 1.
function probability(value: number): string {
  if (value > 0.9995 && value < 1) return ">\u202f0.999";
  if (value < 0.0005 && value > 0) return "<\u202f0.001";
  return value.toFixed(3);
}

// Atoms of an ion, or the share of an element.
function partText(name: string, part: unknown): string {
  if (typeof part === "number") return part === 1 ? name : `${name}${part}`;
  const share = (part as { at_percent?: number | null } | null)?.at_percent;
  return typeof share === "number" ? `${name}\u00a0${general(share)}` : name;
}

export function cellText(cell: Cell | undefined, key: string): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number" && cell < 0 && /_group$/.test(key)) return ""; // in none
  if (typeof cell === "number" && /_da$/.test(key)) return thousands(cell, 3);
  if (typeof cell === "number")
    return /probability/.test(key) ? probability(cell) : general(cell);
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  if (typeof cell === "string") return cell;
  if (Array.isArray(cell))
    return cell
      .map((v) => (v === null ? "not known" : general(v)))
      .join(cell.length === 2 ? " to " : ", "); // an interval, or a vector
  return Object.entries(cell as Record<string, unknown>)
    .map(([name, part]) => partText(name, part))
    .join(" ");
}

// A point of a figure, with its error; `label` for whoever points at it.
export interface Point {
  x: number;
  y: number;
  sigma: number;
  label: string;
}

const nameOf = (row: Record<string, Cell>) => cellText(row.ion ?? row.element, "ion");

// Ions seen over ions expected at lines that belong to one ion.
export function isotopePoints(finding: Finding): Point[] {
  return finding.rows.flatMap((row) => {
    const [x, expected, seen, sigma, share] = [
      "mass_da",
      "expected_counts",
      "observed_counts",
      "sigma_observed_counts",
      "share",
    ].map((key) => numberOf(row[key]));
    if (x === null || !expected || seen === null || (share ?? 1) < 0.9) return [];
    const error = Math.hypot(sigma ?? 0) / expected;
    if (error > 0.5) return [];
    return [{ x, y: seen / expected, sigma: error, label: nameOf(row) }];
  });
}

// Deviations in standard deviations.
export function deviationPoints(finding: Finding): Point[] {
  return finding.rows.flatMap((row, i) => {
    const y = numberOf(row.deviation_sigma ?? row.deviation);
    const x = numberOf(row.mass_da ?? row.centre_da ?? row.lo_da) ?? i + 1;
    return y === null ? [] : [{ x, y, sigma: 0, label: nameOf(row) }];
  });
}
