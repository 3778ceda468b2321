// maps.tsx: projections of the specimen and the detector's hit map, as density images.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useMemo, useRef, useState } from "preact/hooks";
import type { Grid, ReportData } from "./data";
import { scaleTable } from "./colour";
import { general } from "./format";
import { Section } from "./parts";
import type { Plane, PlaneName } from "./map_model";
import { coarser, factorOf, pixels, planeOf, scaleTop, ticks } from "./map_model";
import { useLook, useWidth } from "./theme";

const LEFT = 52; // px for the axis on the left
const RIGHT = 24;
const LABEL = 84; // room that the upright label of a low panel needs
const BOTTOM = 40; // for the axis below
const BAR = 62; // for the colour bar below that

function imageUrl(plane: Plane, top: number, table: Uint8Array, flip: boolean): string {
  const canvas = document.createElement("canvas");
  canvas.width = plane.across.cells;
  canvas.height = plane.down.cells;
  const rgba = pixels(plane, top, table, flip);
  const image = new ImageData(plane.across.cells, plane.down.cells);
  image.data.set(rgba);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

function barUrl(table: Uint8Array): string {
  const canvas = document.createElement("canvas");
  canvas.width = 256;
  canvas.height = 1;
  const image = new ImageData(256, 1);
  for (let i = 0; i < 256; i++)
    image.data.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], 255], 4 * i);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

interface PanelProps {
  plane: Plane;
  scale: number; // px per nm or mm
  unit: string;
  what: string; // "ions", "Fe atoms", "hits"
  axes: [string, string];
}

function Panel({ plane, scale, unit, what, axes }: PanelProps) {
  const { theme } = useLook();
  const flip = plane.down.name === "y"; // y upwards, depth downwards
  const { top, clipped } = useMemo(() => scaleTop(plane.counts), [plane]);
  const image = useMemo(
    () => imageUrl(plane, top, scaleTable(theme), flip),
    [plane, theme],
  );
  const width = plane.across.cells * plane.step * scale;
  const height = plane.down.cells * plane.step * scale;
  const total = LEFT + Math.max(width, 120) + RIGHT;
  const above = 10 + Math.max(0, (LABEL - height) / 2);
  const alt = `Density of ${what} projected along ${plane.name === "xy" ? "z" : plane.name === "xz" ? "y" : "x"}`;
  return (
    <svg
      class="map"
      role="img"
      aria-label={alt}
      width={total}
      height={above + height + BOTTOM + BAR}
      viewBox={`0 0 ${total} ${above + height + BOTTOM + BAR}`}
    >
      <g transform={`translate(0 ${above})`}>
        <image
          x={LEFT}
          y={0}
          width={width}
          height={height}
          preserveAspectRatio="none"
          style={{ imageRendering: "pixelated" }}
          href={image}
        />
        <rect class="frame" x={LEFT} y={0} width={width} height={height} />
        <AcrossAxis
          plane={plane}
          scale={scale}
          label={`${axes[0]} (${unit})`}
          y={height}
          width={width}
        />
        <DownAxis
          plane={plane}
          scale={scale}
          label={`${axes[1]} (${unit})`}
          flip={flip}
          height={height}
        />
        <ColourBar
          top={top / plane.step ** 2}
          clipped={clipped}
          label={`${what} per ${unit}\u00b2`}
          y={height + BOTTOM}
          width={Math.min(Math.max(width, 120), 260)}
        />
      </g>
    </svg>
  );
}

function AcrossAxis({
  plane,
  scale,
  label,
  y,
  width,
}: {
  plane: Plane;
  scale: number;
  label: string;
  y: number;
  width: number;
}) {
  const { from, cells } = plane.across;
  const marks = ticks(from, from + cells * plane.step, Math.max(3, width / 60));
  return (
    <g>
      {marks.map((v) => {
        const x = LEFT + (v - from) * scale;
        return (
          <>
            <line class="frame" x1={x} x2={x} y1={y} y2={y + 4} />
            <text x={x} y={y + 16} text-anchor="middle">
              {general(v)}
            </text>
          </>
        );
      })}
      <text x={LEFT + width / 2} y={y + 32} text-anchor="middle">
        {label}
      </text>
    </g>
  );
}

function DownAxis({
  plane,
  scale,
  label,
  flip,
  height,
}: {
  plane: Plane;
  scale: number;
  label: string;
  flip: boolean;
  height: number;
}) {
  const { from, cells } = plane.down;
  const marks = ticks(from, from + cells * plane.step, Math.max(3, height / 50));
  return (
    <g>
      {marks.map((v) => {
        const place = (v - from) * scale;
        const y = flip ? height - place : place;
        return (
          <>
            <line class="frame" x1={LEFT - 4} x2={LEFT} y1={y} y2={y} />
            <text x={LEFT - 7} y={y + 4} text-anchor="end">
              {general(v)}
            </text>
          </>
        );
      })}
      <text transform={`translate(12 ${height / 2}) rotate(-90)`} text-anchor="middle">
        {label}
      </text>
    </g>
  );
}

function ColourBar({
  top,
  clipped,
  label,
  y,
  width,
}: {
  top: number;
  clipped: boolean;
  label: string;
  y: number;
  width: number;
}) {
  const { theme } = useLook();
  const image = useMemo(() => barUrl(scaleTable(theme)), [theme]);
  const marks = ticks(0, top, width / 70).filter((v) => (1 - v / top) * width > 44);
  const x = (v: number) => LEFT + (v / top) * width;
  return (
    <g>
      <image
        x={LEFT}
        y={y + 8}
        width={width}
        height={10}
        preserveAspectRatio="none"
        href={image}
      />
      <rect class="frame" x={LEFT} y={y + 8} width={width} height={10} />
      {marks.map((v) => (
        <text x={x(v)} y={y + 32} text-anchor="middle">
          {general(v)}
        </text>
      ))}
      <text x={LEFT + width} y={y + 32} text-anchor="middle">
        {(clipped ? "\u2265\u202f" : "") + general(Number(top.toPrecision(2)))}
      </text>
      <text x={LEFT + width / 2} y={y + 48} text-anchor="middle">
        {label}
      </text>
    </g>
  );
}

// One scale for all planes: the widest and the highest must fit.
function scaleFor(planes: Plane[], room: number, most: number): number {
  const sum = planes.reduce((w, p) => w + p.across.cells * p.step, 0);
  const widest = Math.max(...planes.map((p) => p.across.cells * p.step));
  const highest = Math.max(...planes.map((p) => p.down.cells * p.step));
  const beside = (room - planes.length * (LEFT + RIGHT + 8)) / sum;
  const stacked = Math.min((room - LEFT - RIGHT) / widest, most / highest);
  // Side by side unless that makes them small.
  return Math.min(beside * widest >= 140 ? beside : stacked, most / highest);
}

function MapFigure({
  grid,
  names,
  unit,
  what,
  axes,
}: {
  grid: Grid;
  names: PlaneName[];
  unit: string;
  what: (layer: string) => string;
  axes: (plane: PlaneName) => [string, string];
}) {
  const { printing } = useLook();
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const [chosen, setChosen] = useState(0);
  const layer = grid.layers[chosen];
  const planes = useMemo(() => {
    const fine = names
      .map((n) => planeOf(grid, layer, n))
      .filter((p): p is Plane => p !== null);
    const factor = factorOf(fine);
    return fine.map((p) => coarser(p, factor));
  }, [grid, layer]);
  const scale = scaleFor(planes, width, printing ? 300 : 460);
  return (
    <figure>
      {grid.layers.length > 1 && (
        <fieldset class="choice">
          <legend class="spoken">Show</legend>
          {grid.layers.map((l, i) => (
            <label class={i === chosen ? "chosen" : ""}>
              <input
                type="radio"
                name={`layer-${unit}`}
                checked={i === chosen}
                onChange={() => setChosen(i)}
              />
              {l.name}
            </label>
          ))}
        </fieldset>
      )}
      <div class="maps" ref={host}>
        {width > 0 &&
          planes.map((plane) => (
            <Panel
              plane={plane}
              scale={scale}
              unit={unit}
              what={what(layer.name)}
              axes={axes(plane.name)}
            />
          ))}
      </div>
      <figcaption>
        {what(layer.name)[0].toUpperCase() + what(layer.name).slice(1)} counted in cells
        of {general(planes[0]?.step ?? grid.step)}
        {"\u202f"}
        {unit} edge.{" "}
        {names.length > 1 &&
          "All three have the same scale of length; each has its own scale of density. "}
        {planes.some((p) => scaleTop(p.counts).clipped) &&
          "The densest 0.2 % of the cells share the last colour (marked \u2265)."}
      </figcaption>
    </figure>
  );
}

export function ProjectionsSection({ data }: { data: ReportData }) {
  return (
    <Section id="projections" title="Projections of the specimen">
      <MapFigure
        grid={data.projections!}
        names={["xy", "xz", "yz"]}
        unit="nm"
        what={(layer) => (layer === "all ions" ? "ions" : `${layer} atoms`)}
        axes={(p) => [p[0], p[1] === "z" ? "depth z" : p[1]]}
      />
    </Section>
  );
}

export function HitsSection({ data }: { data: ReportData }) {
  return (
    <Section id="hits" title="Detector hit map">
      <MapFigure
        grid={data.hits!}
        names={["xy"]}
        unit="mm"
        what={() => "hits"}
        axes={() => ["detector x", "detector y"]}
      />
    </Section>
  );
}
