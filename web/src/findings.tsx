// findings.tsx: tables of the steps as they are, some with a figure.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useRef } from "preact/hooks";
import type { Cell, Finding, ReportData } from "./data";
import type { Column, Point } from "./finding_model";
import {
  cellText,
  columnsOf,
  deviationPoints,
  isotopePoints,
  numberOf,
} from "./finding_model";
import { estimate, general, ionOfName, plural } from "./format";
import { ticks } from "./map_model";
import { EstimateCells, Ion, Section, Table } from "./parts";
import { SaxeyFigure } from "./saxey";
import { useWidth } from "./theme";

// Headings of the page, in its order.
export const FINDING_SECTIONS: [string, string][] = [
  ["calibration", "Calibration"],
  ["identification", "What speaks for each ion"],
  ["quantification", "Overlaps, isotopes and errors"],
  ["limits", "Detection limits"],
  ["charges", "Charge states and field"],
  ["hydrogen", "Hydrogen and deuterium"],
  ["multihit", "Ions that came together"],
  ["fields", "Composition in space"],
];

const [HEIGHT, LEFT, RIGHT, BOTTOM, TOP] = [240, 58, 16, 44, 10];

interface FigureProps {
  points: Point[];
  middle: number; // where the points should lie
  across: string;
  up: string;
  caption: string;
}

function Scatter({ points, middle, across, up, caption }: FigureProps) {
  const host = useRef<HTMLDivElement>(null);
  const width = Math.min(useWidth(host), 760);
  return (
    <figure>
      <div ref={host}>
        {width > 100 && <Marks {...{ points, middle, across, up, width }} />}
      </div>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function Marks({
  points,
  middle,
  across,
  up,
  width,
}: Omit<FigureProps, "caption"> & { width: number }) {
  const lows = points.map((p) => p.y - p.sigma);
  const highs = points.map((p) => p.y + p.sigma);
  const spread = Math.max(...highs, middle) - Math.min(...lows, middle) || 1;
  const from = Math.min(...lows, middle) - 0.06 * spread;
  const to = Math.max(...highs, middle) + 0.06 * spread;
  const xs = points.map((p) => p.x);
  const wide = Math.max(...xs) - Math.min(...xs) || 1;
  const [x0, x1] = [Math.min(...xs) - 0.03 * wide, Math.max(...xs) + 0.03 * wide];
  const [right, foot] = [width - RIGHT, HEIGHT - BOTTOM];
  const x = (v: number) => LEFT + ((v - x0) / (x1 - x0)) * (right - LEFT);
  const y = (v: number) => TOP + ((to - v) / (to - from)) * (foot - TOP);
  return (
    <svg
      class="map bars"
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="img"
      aria-label={`${up} against ${across}; the numbers stand in the table`}
    >
      {ticks(from, to, 5).map((v) => (
        <>
          <line class="rule" x1={LEFT} x2={right} y1={y(v)} y2={y(v)} />
          <text x={LEFT - 7} y={y(v) + 4} text-anchor="end">
            {general(Number(v.toPrecision(6)))}
          </text>
        </>
      ))}
      <line class="frame" x1={LEFT} x2={right} y1={y(middle)} y2={y(middle)} />
      {points.map((p) => (
        <g class="point">
          <title>{`${p.label} ${general(Number(p.x.toPrecision(6)))}: ${p.y.toFixed(3)}`}</title>
          <line x1={x(p.x)} x2={x(p.x)} y1={y(p.y - p.sigma)} y2={y(p.y + p.sigma)} />
          <circle cx={x(p.x)} cy={y(p.y)} r={3} />
        </g>
      ))}
      {ticks(x0, x1, Math.max(3, width / 90)).map((v) => (
        <text x={x(v)} y={foot + 17} text-anchor="middle">
          {general(Number(v.toPrecision(6)))}
        </text>
      ))}
      <text x={(LEFT + right) / 2} y={HEIGHT - 8} text-anchor="middle">
        {across}
      </text>
      <text
        transform={`translate(14 ${(foot + TOP) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {up}
      </text>
    </svg>
  );
}

function Figure({ finding }: { finding: Finding }) {
  const isotopes = finding.figure === "isotopes";
  const points = isotopes
    ? isotopePoints(finding)
    : finding.figure === "deviations"
      ? deviationPoints(finding)
      : [];
  if (points.length < 2) return null;
  return isotopes ? (
    <Scatter
      points={points}
      middle={1}
      across="m/n (Da)"
      up="seen over expected"
      caption="Ions at the lines of each ion over those that its natural isotopes should put there, with one standard deviation of counting. Lines that other ions share, and those known to worse than half, are left out."
    />
  ) : (
    <Scatter
      points={points}
      middle={0}
      across="m/n (Da)"
      up="deviation (σ)"
      caption="What is there less what the ions and the background account for, in standard deviations."
    />
  );
}

function HeadCell({ column }: { column: Column }) {
  const { words, unit } = column.head;
  return (
    <th
      scope="col"
      class={column.numeric ? "number wraps" : "wraps"}
      colSpan={column.sigma ? 2 : 1}
    >
      {words}
      {unit && ` (${unit})`}
    </th>
  );
}

// Names of ions as they are written in the field.
function Text({ cell, name }: { cell: Cell; name: string }) {
  const kind = typeof cell === "string" ? ionOfName(cell) : undefined;
  return kind ? <Ion kind={kind} /> : <>{cellText(cell, name)}</>;
}

function Body({ finding, columns }: { finding: Finding; columns: Column[] }) {
  const pair = (row: Finding["rows"][number], c: Column): [number | null, number | null] => [
    numberOf(row[c.key]),
    numberOf(row[c.sigma!]),
  ];
  const all = columns.map((c) => (c.sigma ? finding.rows.map((r) => pair(r, c)) : []));
  return (
    <tbody>
      {finding.rows.map((row) => (
        <tr>
          {columns.map((c, i) =>
            c.sigma ? (
              <EstimateCells pair={pair(row, c)} column={all[i]} />
            ) : i === 0 ? (
              <th scope="row">
                <Text cell={row[c.key]} name={c.key} />
              </th>
            ) : (
              <td class={c.numeric ? "number" : "words"}>
                <Text cell={row[c.key]} name={c.key} />
              </td>
            ),
          )}
        </tr>
      ))}
    </tbody>
  );
}

// One row of many columns reads better upright.
function Upright({ finding }: { finding: Finding }) {
  const [row] = finding.rows;
  return (
    <tbody>
      {columnsOf(finding).map((c) => {
        const { value, sigma } = c.sigma
          ? estimate(numberOf(row[c.key]), numberOf(row[c.sigma]))
          : { value: cellText(row[c.key], c.key), sigma: "" };
        return (
          <tr>
            <th scope="row">
              {c.head.words}
              {c.head.unit && ` (${c.head.unit})`}
            </th>
            <td class={c.numeric ? "number" : "words"}>
              {value}
              {sigma && ` \u00b1\u202f${sigma}`}
            </td>
          </tr>
        );
      })}
    </tbody>
  );
}

function FindingTable({ finding }: { finding: Finding }) {
  const columns = columnsOf(finding);
  const more = finding.n_rows - finding.rows.length;
  const upright = finding.n_rows === 1 && columns.length > 6;
  return (
    <>
      <Figure finding={finding} />
      <Table caption={finding.title} rows={finding.rows.length}>
        {upright ? (
          <Upright finding={finding} />
        ) : (
          <>
            <thead>
              <tr>
                {columns.map((c) => (
                  <HeadCell column={c} />
                ))}
              </tr>
            </thead>
            <Body finding={finding} columns={columns} />
          </>
        )}
      </Table>
      <p class="note">
        {finding.note}
        {more > 0 && ` ${plural(more, "more row")} stand in the project.`}
      </p>
    </>
  );
}

export function FindingsSection({
  id,
  title,
  data,
}: {
  id: string;
  title: string;
  data: ReportData;
}) {
  return (
    <Section id={id} title={title}>
      {id === "multihit" && data.saxey && <SaxeyFigure saxey={data.saxey} />}
      {data.findings
        .filter((f) => f.section === id)
        .map((f) => (
          <FindingTable finding={f} />
        ))}
    </Section>
  );
}
