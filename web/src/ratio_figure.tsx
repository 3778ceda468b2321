// ratio_figure.tsx: mean distances to the k-th neighbour over those of shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useRef } from "preact/hooks";
import type { IonKind, NeighbourTest } from "./data";
import { colourOf } from "./colour";
import { general } from "./format";
import { ticks } from "./map_model";
import { Swatch } from "./parts";
import { useWidth } from "./theme";
import type { SpeciesTests } from "./verdict";

const [HEIGHT, LEFT, RIGHT, BOTTOM, TOP] = [260, 64, 16, 44, 10];

interface Mark {
  k: number;
  ratio: number;
  sigma: number; // 0 where it is not known
  lo: number; // of the band of the shuffles
  hi: number;
}

function markOf(t: NeighbourTest): Mark | null {
  const scale = t.null_mean_distance_nm;
  if (t.mean_distance_nm === null || !scale) return null;
  return {
    k: t.k,
    ratio: t.mean_distance_nm / scale,
    sigma: (t.sigma_mean_distance_nm ?? 0) / scale,
    lo: (t.null_lo_nm ?? scale) / scale,
    hi: (t.null_hi_nm ?? scale) / scale,
  };
}

interface Props {
  tests: SpeciesTests[];
  kinds: IonKind[];
  colours: string[];
}

export function RatioFigure({ tests, kinds, colours }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const width = Math.min(useWidth(host), 640);
  const series = tests
    .map((t) => ({
      species: t.species,
      colour: colourOf(t.species.split("-")[0], kinds, colours),
      marks: t.rows.map(markOf).filter((m) => m !== null),
    }))
    .filter((s) => s.marks.length > 0);
  if (series.length === 0) return null;
  const sigmas = series.some((s) => s.marks.some((m) => m.sigma > 0));
  return (
    <figure>
      <h3>Neighbour by neighbour</h3>
      <p class="key">
        {series.map((s) => (
          <span>
            <Swatch colour={s.colour} /> {s.species.replace("-", " to ")}
          </span>
        ))}
      </p>
      <div ref={host}>{width > 100 && <Marks series={series} width={width} />}</div>
      <figcaption>
        Mean distance to the k-th neighbour over that of shuffled labels; below 1 is closer
        together than at random. Pale bars: 95{"\u202f"}% band of the shuffles.
        {sigmas && " Thin bars: one standard deviation from blocks of the specimen."}
      </figcaption>
    </figure>
  );
}

function Marks({
  series,
  width,
}: {
  series: { species: string; colour: string; marks: Mark[] }[];
  width: number;
}) {
  const all = series.flatMap((s) => s.marks);
  const last = Math.max(...all.map((m) => m.k));
  const lows = all.map((m) => Math.min(m.ratio - m.sigma, m.lo));
  const highs = all.map((m) => Math.max(m.ratio + m.sigma, m.hi));
  const [lo, hi] = [Math.min(...lows, 0.99), Math.max(...highs, 1.01)];
  const margin = 0.06 * (hi - lo);
  const [from, to] = [lo - margin, hi + margin];
  const [right, foot] = [width - RIGHT, HEIGHT - BOTTOM];
  const slot = (right - LEFT) / last;
  const y = (v: number) => TOP + ((to - v) / (to - from)) * (foot - TOP);
  const x = (k: number, i: number) =>
    LEFT + (k - 0.5) * slot + ((i + 0.5) / series.length - 0.5) * 0.72 * slot;
  const bar = Math.max(2, Math.min(7, (0.5 * slot) / series.length));
  return (
    <svg
      class="map bars"
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label="Mean distances to the k-th neighbour, measured over shuffled; the numbers stand in the table"
    >
      {ticks(from, to, 5).map((v) => (
        <>
          <line class="rule" x1={LEFT} x2={right} y1={y(v)} y2={y(v)} />
          <text x={LEFT - 7} y={y(v) + 4} text-anchor="end">
            {general(Number(v.toPrecision(6)))}
          </text>
        </>
      ))}
      <line class="frame" x1={LEFT} x2={right} y1={y(1)} y2={y(1)} />
      {series.flatMap((s, i) =>
        s.marks.map((m) => (
          <>
            <rect
              x={x(m.k, i) - bar / 2}
              width={bar}
              y={y(m.hi)}
              height={Math.max(y(m.lo) - y(m.hi), 0.5)}
              fill={s.colour}
              opacity={0.3}
            />
            {m.sigma > 0 && (
              <line
                x1={x(m.k, i)}
                x2={x(m.k, i)}
                y1={y(m.ratio + m.sigma)}
                y2={y(m.ratio - m.sigma)}
                stroke={s.colour}
                stroke-width={1.5}
              />
            )}
            <circle cx={x(m.k, i)} cy={y(m.ratio)} r={3} fill={s.colour} />
          </>
        )),
      )}
      {Array.from({ length: last }, (_, i) => (
        <text x={LEFT + (i + 0.5) * slot} y={foot + 17} text-anchor="middle">
          {i + 1}
        </text>
      ))}
      <text x={(LEFT + right) / 2} y={HEIGHT - 8} text-anchor="middle">
        neighbour k
      </text>
      <text
        transform={`translate(14 ${(foot + TOP) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        measured over shuffled
      </text>
    </svg>
  );
}
