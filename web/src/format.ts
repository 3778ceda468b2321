// format.ts: numbers and names as they are printed in the field.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { IonKind, IonPart } from "./data";

const THIN = "\u202f"; // narrow space that does not break
const MINUS = "\u2212";

// A finite number with thin spaces between thousands and a real minus sign.
export function thousands(value: number, decimals = 0): string {
  if (!Number.isFinite(value)) return "unknown";
  const text = Math.abs(value).toFixed(decimals);
  const [whole, fraction] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  const sign = value < 0 && Number(text) !== 0 ? MINUS : "";
  return sign + grouped + (fraction ? "." + fraction : "");
}

export interface Estimate {
  value: string;
  sigma: string; // "" when there is none
}

// Decimals that show a sigma with two significant digits; negative: tens, hundreds, ...
export function decimalsOf(sigma: number): number {
  const order = Math.floor(Math.log10(sigma));
  const decimals = 1 - order;
  // 0.0996 would become 0.100 with one digit too many.
  return Number(sigma.toFixed(Math.max(0, decimals))) >= 10 ** (order + 1)
    ? decimals - 1
    : decimals;
}

// Value and sigma rounded to two significant digits of sigma.
export function estimate(value: number | null, sigma: number | null): Estimate {
  if (value === null) return { value: "not known", sigma: "" };
  if (sigma === null || !(sigma > 0)) return { value: general(value), sigma: "" };
  const decimals = decimalsOf(sigma);
  if (decimals >= 0)
    return {
      value: thousands(value, Math.min(decimals, 12)),
      sigma: thousands(sigma, Math.min(decimals, 12)),
    };
  const unit = 10 ** -decimals;
  return {
    value: thousands(Math.round(value / unit) * unit),
    sigma: thousands(Math.round(sigma / unit) * unit),
  };
}

// A number without an uncertainty: four significant digits, whole numbers in full.
export function general(value: number): string {
  if (Number.isInteger(value)) return thousands(value);
  const order = Math.floor(Math.log10(Math.abs(value)));
  if (order < -4) {
    const mantissa = (value / 10 ** order).toFixed(2).replace("-", MINUS);
    return `${mantissa}\u00d710${superscript(order)}`;
  }
  const text = thousands(value, Math.min(Math.max(3 - order, 0), 8));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

// A share of a whole as per cent, without pretending that "some" is none.
export function share(part: number, whole: number): string {
  if (!(whole > 0)) return "unknown";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.01) return "<\u202f0.01\u202f%";
  if (percent < 100 && percent > 99.99) return ">\u202f99.99\u202f%";
  return thousands(percent, percent === 0 || percent === 100 ? 0 : 2) + "\u202f%";
}

export function plural(n: number, one: string, many = one + "s"): string {
  return `${thousands(n)} ${n === 1 ? one : many}`;
}

const SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

export function superscript(n: number): string {
  const sign = n < 0 ? "\u207b" : "";
  return sign + [...String(Math.abs(n))].map((d) => SUPERSCRIPTS[Number(d)]).join("");
}

// A piece of an ion's name and where it stands.
export interface Piece {
  text: string;
  place: "line" | "sub" | "super";
}

// The pieces of "56Fe2O++": mass numbers and charge raised, counts lowered.
export function ionPieces(kind: IonKind): Piece[] {
  if (kind.parts.length === 0) return [{ text: kind.name, place: "line" }];
  const pieces: Piece[] = [];
  for (const part of kind.parts) {
    if (part.a > 0) pieces.push({ text: String(part.a), place: "super" });
    pieces.push({ text: part.symbol, place: "line" });
    if (part.count > 1) pieces.push({ text: String(part.count), place: "sub" });
  }
  if (kind.charge > 0) {
    const size = kind.charge > 1 ? String(kind.charge) : "";
    pieces.push({ text: size + (kind.negative ? MINUS : "+"), place: "super" });
  }
  return pieces;
}

const SYMBOLS =
  "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U".split(
    " ",
  );

// Could an element have so many nucleons?
function isIsotope(nucleons: number, symbol: string): boolean {
  const z = SYMBOLS.indexOf(symbol) + 1;
  return nucleons >= Math.max(z, 1.5 * z - 1) && nucleons <= 2.7 * z + 1;
}

// Where in the digits between two symbols the isotope of the second begins: "12C216O" is
// two carbon and one 16O; a count of one is never written.
function isotopeAt(digits: string, symbol: string): number {
  for (let k = 0; k < digits.length; k++)
    if (digits.slice(0, k) !== "1" && isIsotope(Number(digits.slice(k)), symbol)) return k;
  return digits.length;
}

// The ion that a name such as "56Fe2O++" or "16O1H+" stands for; undefined for other words.
export function ionOfName(name: string): IonKind | undefined {
  const [, atoms, signs] = /^((?: ?\d*[A-Z][a-z]?\d*)+)(\++|-+)$/.exec(name) ?? [];
  if (!atoms) return undefined;
  const parts: IonPart[] = [];
  for (const [, digits, symbol] of atoms.matchAll(/(\d*)([A-Z][a-z]?|$| )/g)) {
    const before = parts[parts.length - 1];
    const at = !before ? 0 : isotopeAt(digits, symbol);
    if (before && at > 0) before.count = Number(digits.slice(0, at));
    if (symbol.trim()) parts.push({ symbol, a: Number(digits.slice(at) || 0), count: 1 });
  }
  return { name, charge: signs.length, negative: signs[0] === "-", parts };
}

const SUBSCRIPTS = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089";

// The name in plain characters: "\u2075\u2076Fe\u2082O\u00b2\u207a".
export function ionText(kind: IonKind): string {
  const signs: Record<string, string> = { "+": "\u207a", [MINUS]: "\u207b" };
  const raise = (c: string) => signs[c] ?? SUPERSCRIPTS[Number(c)];
  return ionPieces(kind)
    .map(({ text, place }) => {
      if (place === "line") return text;
      return [...text]
        .map((c) => (place === "sub" ? SUBSCRIPTS[Number(c)] : raise(c)))
        .join("");
    })
    .join("");
}

// For a screen reader: "Fe 2+", "Al2 +".
export function ionSpoken(kind: IonKind): string {
  if (kind.parts.length === 0) return kind.name;
  const atoms = kind.parts
    .map((p) => (p.a ? p.a + " " : "") + p.symbol + (p.count > 1 ? p.count : ""))
    .join(" ");
  const sign = kind.negative ? "minus" : "+";
  return kind.charge > 0 ? `${atoms} ${kind.charge > 1 ? kind.charge : ""}${sign}` : atoms;
}

// Bytes of a hash in groups that can be compared by eye and broken across lines.
export function hashGroups(sha256: string): string[] {
  return sha256.match(/.{1,8}/g) ?? [];
}

// "2026-01-31T12:00:00Z" as "2026-01-31 12:00:00 UTC".
export function timeText(iso: string | null): string {
  return iso === null ? "time unknown" : iso.replace("T", " ").replace("Z", " UTC");
}

export function seconds(value: number | null): string {
  if (value === null) return "duration unknown";
  if (value < 0.01) return "<\u202f0.01 s";
  return `${value < 10 ? value.toFixed(2) : thousands(value, 1)} s`;
}
