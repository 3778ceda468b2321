// colour.ts: colours that stay apart for colour-blind readers, and a scale of even lightness.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { IonKind, IonPart } from "./data";

export type Theme = "light" | "dark";

// Six hues told apart with any common form of colour blindness (Okabe and Ito 2008, without the
// yellow and the black, which vanish on paper and on a dark screen), then their darker and their
// lighter kin.
const HUES = [
  ...["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
  ...["#00466e", "#8a3d00", "#00634a", "#8f4a70", "#946600", "#2f7fb0"],
  ...["#7aa6d6", "#f0a36e", "#6cc5a6", "#e6b8d2", "#c9b458", "#a9a9c8"],
];

// Deuterium and tritium are kinds of atom by themselves; other isotopes are those of their element.
const atom = (p: IonPart) => (p.symbol === "H" && p.a > 1 ? p.a : "") + p.symbol;

// One colour per kind of matter: charge states and isotopes share it. By order of first mention.
export function ionColours(kinds: IonKind[], order: number[]): string[] {
  const matter = (k: IonKind) =>
    k.parts.length
      ? [...k.parts]
          .map((p) => atom(p) + p.count)
          .sort()
          .join(" ")
      : k.name;
  const given = new Map<string, string>();
  for (const i of [...order, ...kinds.keys()]) {
    const key = matter(kinds[i]);
    if (!given.has(key)) given.set(key, HUES[given.size % HUES.length]);
  }
  return kinds.map((k) => given.get(matter(k)) ?? HUES[0]);
}

// Clusters take these by turns; neighbours in number differ.
export const clusterColours = (): string[] => HUES.slice(0, 9);

// Colour of an element, a nuclide or an ion by its name: that of its most abundant kind.
export function colourOf(name: string, kinds: IonKind[], colours: string[]): string {
  const plain = name.replace(/\++$/, "").replace(/^D$/, "2H");
  const exact = kinds.findIndex((k) => k.name === name);
  const alone = kinds.findIndex(
    (k) =>
      k.parts.length === 1 &&
      (atom(k.parts[0]) === plain || k.parts[0].a + k.parts[0].symbol === plain),
  );
  return colours[exact >= 0 ? exact : alone] ?? HUES[0];
}

// Lightness, chroma and hue of the scale from little to much, in OKLCH.
const SCALE: [number, number, number][] = [
  [0.975, 0.02, 105],
  [0.87, 0.1, 150],
  [0.68, 0.11, 200],
  [0.48, 0.13, 258],
  [0.27, 0.09, 285],
];

const clamp = (v: number, lo: number, hi: number) => Math.min(Math.max(v, lo), hi);

// OKLCH to 8-bit sRGB (Ottosson 2020, "A perceptual color space for image processing").
export function oklch(l: number, c: number, h: number): [number, number, number] {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const l_ = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m_ = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s_ = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
    -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
    -0.0041960863 * l_ - 0.7034186147 * m_ + 1.707614701 * s_,
  ];
  const encode = (v: number) =>
    Math.round(
      255 *
        clamp(
          v <= 0.0031308 ? 12.92 * v : 1.055 * Math.abs(v) ** (1 / 2.4) - 0.055,
          0,
          1,
        ),
    );
  return [encode(linear[0]), encode(linear[1]), encode(linear[2])];
}

// Colour of t in [0, 1]. Little is close to the page in both themes.
export function scaleColour(t: number, theme: Theme): [number, number, number] {
  const u = clamp(theme === "light" ? t : 1 - t, 0, 1) * (SCALE.length - 1);
  const i = Math.min(Math.floor(u), SCALE.length - 2);
  const mix = (k: 0 | 1 | 2) => SCALE[i][k] + (u - i) * (SCALE[i + 1][k] - SCALE[i][k]);
  return oklch(mix(0), mix(1), mix(2));
}

// 256 colours of the scale, RGB one after another.
export function scaleTable(theme: Theme): Uint8Array {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) table.set(scaleColour(i / 255, theme), 3 * i);
  return table;
}
