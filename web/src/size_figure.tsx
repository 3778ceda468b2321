// size_figure.tsx: how many clusters have how many ions, coloured by solute.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useRef } from "preact/hooks";
import { stacksOf } from "./cluster_model";
import type { Clusters, IonKind } from "./data";
import { colourOf } from "./colour";
import { general, thousands } from "./format";
import { ticks } from "./map_model";
import { Swatch } from "./parts";
import { useWidth } from "./theme";
import { isSignificant } from "./verdict";

const [HEIGHT, LEFT, RIGHT, BOTTOM, TOP] = [210, 56, 16, 44, 10];

interface Props {
  clusters: Clusters;
  kinds: IonKind[];
  colours: string[];
}

export function SizeFigure({ clusters: c, kinds, colours }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const width = Math.min(useWidth(host), 640);
  const sizes = c.sizes!;
  const main = c.tests.find(isSignificant)?.element ?? "";
  const stacks = stacksOf(sizes).map((s) => ({
    ...s,
    colour: colourOf(s.solute || main, kinds, colours),
  }));
  const step = sizes.edges[1] - sizes.edges[0];
  return (
    <figure>
      <h3>Sizes</h3>
      {stacks.length > 1 && (
        <p class="key">
          {stacks.map((s) => (
            <span>
              <Swatch colour={s.colour} /> {s.solute}
            </span>
          ))}
        </p>
      )}
      <div ref={host}>
        {width > 100 && <Bars sizes={sizes} stacks={stacks} width={width} />}
      </div>
      <figcaption>
        Clusters by the number of their ions
        {step > 1 ? `, in steps of ${thousands(step)}` : ""}
        {stacks.length > 1 ? "; the solutes stand on one another" : ""}.
      </figcaption>
    </figure>
  );
}

// Bars of a histogram of whole numbers.
function Bars({
  sizes: { edges, clusters },
  stacks,
  width,
}: {
  sizes: NonNullable<Clusters["sizes"]>;
  stacks: { from: number[]; to: number[]; colour: string }[];
  width: number;
}) {
  const [from, to] = [edges[0], edges[edges.length - 1]];
  const most = Math.max(...clusters, 1);
  const [right, foot] = [width - RIGHT, HEIGHT - BOTTOM];
  const x = (v: number) => LEFT + ((v - from) / (to - from)) * (right - LEFT);
  const y = (v: number) => TOP + (1 - v / most) * (foot - TOP);
  const whole = (values: number[]) => values.filter((v) => v % 1 === 0);
  return (
    <svg
      class="map bars"
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label="Number of clusters by the number of their ions"
    >
      {whole(ticks(0, most, 4)).map((v) => (
        <>
          <line class="rule" x1={LEFT} x2={right} y1={y(v)} y2={y(v)} />
          <text x={LEFT - 7} y={y(v) + 4} text-anchor="end">
            {general(v)}
          </text>
        </>
      ))}
      {stacks.flatMap((s) =>
        s.to.map(
          (n, i) =>
            n > s.from[i] && (
              <rect
                x={x(edges[i]) + 0.5}
                width={Math.max(x(edges[i + 1]) - x(edges[i]) - 1, 0.5)}
                y={y(n)}
                height={y(s.from[i]) - y(n)}
                fill={s.colour}
              />
            ),
        ),
      )}
      <line class="frame" x1={LEFT} x2={right} y1={foot} y2={foot} />
      {whole(ticks(from, to, Math.max(3, width / 90))).map((v) => (
        <text x={x(v)} y={foot + 17} text-anchor="middle">
          {general(v)}
        </text>
      ))}
      <text x={(LEFT + right) / 2} y={HEIGHT - 8} text-anchor="middle">
        ions in a cluster
      </text>
      <text
        transform={`translate(12 ${(foot + TOP) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        clusters
      </text>
    </svg>
  );
}
