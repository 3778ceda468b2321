// neighbours.tsx: distances between neighbours beside those of shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useLayoutEffect, useRef } from "preact/hooks";
import type { NeighbourCurve, NeighbourTest, ReportData } from "./data";
import { colourOf } from "./colour";
import { drawCurve } from "./curve_plot";
import { thousands } from "./format";
import { EstimateCells, Section, Table } from "./parts";
import { RatioFigure } from "./ratio_figure";
import { useLook, useWidth } from "./theme";
import { bySpecies, pText } from "./verdict";
import type { SpeciesTests } from "./verdict";

function CurveFigure({
  curve,
  words,
  colour,
}: {
  curve: NeighbourCurve;
  words: string;
  colour: string;
}) {
  const { theme, printing } = useLook();
  const host = useRef<HTMLDivElement>(null);
  const room = useWidth(host);
  const width = printing ? 330 : room;
  useLayoutEffect(() => {
    if (!host.current || width < 100) return;
    const plot = drawCurve(host.current, {
      curve: {
        x: curve.distance_nm,
        y: curve.observed,
        middle: curve.null_mean,
        lo: curve.null_lo,
        hi: curve.null_hi,
      },
      colour,
      across: "distance to the nearest (nm)",
      up: "share per nm",
      width,
      height: printing ? 190 : 230,
    });
    return () => plot.destroy();
  }, [width, theme, printing]);
  return (
    <figure class="curve">
      <h3>{curve.species.replace("-", " to ")}</h3>
      <div
        class="curve-plot"
        ref={host}
        role="img"
        aria-label={`Distances from ${curve.species} to the nearest neighbour: ${words}`}
      />
      <figcaption>{words[0].toUpperCase() + words.slice(1)}.</figcaption>
    </figure>
  );
}

const nm = (v: number | null) => (v === null ? "not known" : v.toFixed(3));

// Outside the band of the shuffles.
const isOutside = (t: NeighbourTest) =>
  t.mean_distance_nm !== null &&
  ((typeof t.null_lo_nm === "number" && t.mean_distance_nm < t.null_lo_nm) ||
    (typeof t.null_hi_nm === "number" && t.mean_distance_nm > t.null_hi_nm));

type Pair = [number | null, number | null];

function TestTable({ tests }: { tests: SpeciesTests[] }) {
  const pair = ({ rows: [first] }: SpeciesTests): Pair => [
    first.mean_distance_nm,
    first.sigma_mean_distance_nm ?? null,
  ];
  const column = tests.map(pair);
  const sigmas = column.some(([, sigma]) => sigma !== null);
  return (
    <Table caption="Mean distance to the nearest" rows={tests.length}>
      <thead>
        <tr>
          <th scope="col">Species</th>
          <th scope="col" class="number">
            ions used
          </th>
          <th scope="col" class="number" colSpan={sigmas ? 2 : 1}>
            measured (nm)
          </th>
          <th scope="col" class="number">
            shuffled (nm)
          </th>
          <th scope="col" class="number">
            p
          </th>
          <th scope="col" class="number">
            p, Holm
          </th>
          <th scope="col">in words</th>
        </tr>
      </thead>
      <tbody>
        {tests.map(({ species, rows: [first], p, sentence }, i) => (
          <tr>
            <th scope="row">{species}</th>
            <td class="number">
              {first.ions === undefined ? "" : thousands(first.ions)}
            </td>
            {sigmas ? (
              <EstimateCells pair={column[i]} column={column} />
            ) : (
              <td class="number">{nm(first.mean_distance_nm)}</td>
            )}
            <td class="number">{nm(first.null_mean_distance_nm)}</td>
            <td class="number">{p !== null && pText(first.p_value)}</td>
            <td class="number">{p !== null && pText(p)}</td>
            <td class="text">{sentence.replace(/ \(p = .*\)/, "")}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

// Measured over shuffled, neighbour by neighbour.
function RatioTable({ tests }: { tests: SpeciesTests[] }) {
  const ks = [...new Set(tests.flatMap((t) => t.rows.map((r) => r.k)))];
  const ratio = (t: NeighbourTest | undefined) =>
    !t || t.mean_distance_nm === null || !t.null_mean_distance_nm
      ? ""
      : (t.mean_distance_nm / t.null_mean_distance_nm).toFixed(3);
  return (
    <Table caption="Mean distance to the k-th neighbour, measured over shuffled">
      <thead>
        <tr>
          <th scope="col">Species</th>
          {ks.map((k) => (
            <th scope="col" class="number">
              k = {k}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tests.map(({ species, rows }) => (
          <tr>
            <th scope="row">{species}</th>
            {ks.map((k) => {
              const row = rows.find((r) => r.k === k);
              const out = row !== undefined && isOutside(row);
              return (
                <td class="number">
                  {ratio(row)}
                  <span class={out ? "outside" : "outside ghost"}>{"\u2009*"}</span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

export function NeighboursSection({
  data,
  colours,
}: {
  data: ReportData;
  colours: string[];
}) {
  const { curves, tests: rows } = data.neighbours!;
  const tests = bySpecies(rows);
  const several = tests.some((t) => t.rows.length > 1);
  return (
    <Section id="neighbours" title="Distances between neighbours">
      <div class="curves">
        {curves.map((curve) => (
          <CurveFigure
            curve={curve}
            words={
              tests.find((t) => t.species === curve.species)?.sentence ?? "not tested"
            }
            colour={colourOf(curve.species.split("-")[0], data.kinds, colours)}
          />
        ))}
      </div>
      {curves.length > 0 && (
        <p class="note">
          Coloured: measured. Dashed and grey: mean and 95{"\u202f"}% band of the same
          positions with the names of the ions shuffled, which is what chance alone gives.
        </p>
      )}
      {tests.length > 0 && <TestTable tests={tests} />}
      {several && <RatioFigure tests={tests} kinds={data.kinds} colours={colours} />}
      {several && <RatioTable tests={tests} />}
      {tests.length > 0 && (
        <p class="note">
          p counts how many shuffles are as unusual as what was measured, either way and
          at any k; Holm's correction allows for the number of species.
          {several && " A star marks values outside the band of the shuffles."}
          {rows.some((r) => typeof r.sigma_mean_distance_nm === "number") &&
            ` \u00b1 is one standard deviation from blocks of the specimen.`}
        </p>
      )}
    </Section>
  );
}
