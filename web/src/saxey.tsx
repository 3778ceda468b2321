// saxey.tsx: pairs of ions that one pulse brought: above the diagonal as counted, below it
// against chance.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useMemo } from "preact/hooks";
import type { Saxey } from "./data";
import { oklch, scaleColour } from "./colour";
import type { Theme } from "./colour";
import { general } from "./format";
import { ticks } from "./map_model";
import { BLANK, MOST, pixelOf } from "./saxey_model";
import { useLook } from "./theme";

const [SIDE, LEFT, TOP, FOOT] = [460, 58, 10, 44];

// From too few (blue) through none to too many (red).
function signedColour(value: number, theme: Theme): [number, number, number] {
  const t = Math.abs(value);
  const ground = theme === "light" ? 0.97 : 0.22;
  const end = theme === "light" ? 0.45 : 0.75;
  return oklch(ground + (end - ground) * t, 0.17 * t, value > 0 ? 25 : 255);
}

function imageUrl(saxey: Saxey, theme: Theme): string {
  const { n } = saxey;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = n;
  const image = new ImageData(n, n);
  const most = Math.max(...saxey.counts);
  for (let up = 0; up < n; up++)
    for (let across = 0; across < n; across++) {
      const pixel = pixelOf(saxey, across, up, most);
      if (!pixel) continue;
      const colour =
        "counted" in pixel
          ? scaleColour(0.15 + 0.85 * pixel.counted, theme)
          : signedColour(pixel.deviation, theme);
      image.data.set([...colour, 255], 4 * ((n - 1 - up) * n + across));
    }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

export function SaxeyFigure({ saxey }: { saxey: Saxey }) {
  const { theme } = useLook();
  const url = useMemo(() => imageUrl(saxey, theme), [saxey, theme]);
  const top = saxey.n * saxey.cell_da;
  const at = (v: number) => (v / top) * SIDE;
  const marks = ticks(0, top, 6);
  const [wide, high] = [LEFT + SIDE + 16, TOP + SIDE + FOOT];
  return (
    <figure>
      <svg
        class="map"
        role="img"
        width={wide}
        height={high}
        viewBox={`0 0 ${wide} ${high}`}
        aria-label="m/n of the two ions of each pair that one pulse brought"
      >
        <image
          x={LEFT}
          y={TOP}
          width={SIDE}
          height={SIDE}
          preserveAspectRatio="none"
          style={{ imageRendering: "pixelated" }}
          href={url}
        />
        <rect class="frame" x={LEFT} y={TOP} width={SIDE} height={SIDE} />
        <line class="frame" x1={LEFT} y1={TOP + SIDE} x2={LEFT + SIDE} y2={TOP} />
        {marks.map((v) => (
          <>
            <text x={LEFT + at(v)} y={TOP + SIDE + 16} text-anchor="middle">
              {general(v)}
            </text>
            <text x={LEFT - 7} y={TOP + SIDE - at(v) + 4} text-anchor="end">
              {general(v)}
            </text>
          </>
        ))}
        <text x={LEFT + SIDE / 2} y={high - 8} text-anchor="middle">
          m/n of one ion (Da)
        </text>
        <text
          transform={`translate(14 ${TOP + SIDE / 2}) rotate(-90)`}
          text-anchor="middle"
        >
          m/n of the other (Da)
        </text>
      </svg>
      <figcaption>
        Pairs of ions of one pulse. Above the diagonal: pairs as counted, darker is more
        (logarithmic). Below it: red where they are more than independent ions would make,
        blue where fewer, from {BLANK} to {MOST} standard deviations. Streaks that leave the diagonal are
        molecules that broke in flight. Cells of {general(saxey.cell_da)}{"\u202f"}Da.
      </figcaption>
    </figure>
  );
}
