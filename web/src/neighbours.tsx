// neighbours.tsx: distances between neighbours beside those of shuffled labels.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useLayoutEffect, useRef } from "preact/hooks";
import type { NeighbourCurve, NeighbourTest, ReportData } from "./data";
import { colourOf } from "./colour";
import { drawCurve } from "./curve_plot";
import { Missing, Section, Table } from "./parts";
import { useLook, useWidth } from "./theme";
import { neighbourSentence, pText } from "./verdict";

function CurveFigure({
  curve,
  tests,
  colour,
}: {
  curve: NeighbourCurve;
  tests: NeighbourTest[];
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
      across: "distance (nm)",
      up: "frequency",
      width,
      height: printing ? 200 : 240,
    });
    return () => plot.destroy();
  }, [width, theme, printing]);
  const words = tests.map((t) => `k = ${t.k}: ${neighbourSentence(t)}`).join("; ");
  return (
    <figure class="curve">
      <h3>{curve.species}</h3>
      <div
        class="curve-plot"
        ref={host}
        role="img"
        aria-label={`Distances between ${curve.species} neighbours. ${words}`}
      />
      <figcaption>{words || "Not tested."}</figcaption>
    </figure>
  );
}

function TestTable({ tests }: { tests: NeighbourTest[] }) {
  const nm = (v: number | null) => (v === null ? "not known" : v.toFixed(3));
  return (
    <Table caption="Mean distances" rows={tests.length}>
      <thead>
        <tr>
          <th scope="col">Species</th>
          <th scope="col" class="number">
            k
          </th>
          <th scope="col" class="number">
            measured (nm)
          </th>
          <th scope="col" class="number">
            shuffled (nm)
          </th>
          <th scope="col" class="number">
            p
          </th>
          <th scope="col">in words</th>
        </tr>
      </thead>
      <tbody>
        {tests.map((t) => (
          <tr>
            <th scope="row">{t.species}</th>
            <td class="number">{t.k}</td>
            <td class="number">{nm(t.mean_distance_nm)}</td>
            <td class="number">{nm(t.null_mean_distance_nm)}</td>
            <td class="number">{pText(t.p_value)}</td>
            <td class="text">{neighbourSentence(t).replace(/ \(p = .*\)/, "")}</td>
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
  const n = data.neighbours;
  const empty = !n || (n.tests.length === 0 && n.curves.length === 0);
  return (
    <Section id="neighbours" title="Distances between neighbours">
      {empty ? (
        <Missing>
          {n
            ? "No species has enough ions to measure distances between neighbours."
            : "Distances between neighbours were not measured in this analysis."}
        </Missing>
      ) : (
        <>
          <div class="curves">
            {n.curves.map((curve) => (
              <CurveFigure
                curve={curve}
                tests={n.tests.filter((t) => t.species === curve.species)}
                colour={colourOf(curve.species, data.kinds, colours)}
              />
            ))}
          </div>
          {n.curves.length > 0 && (
            <p class="note">
              Coloured: measured. Dashed and grey: mean and band of the same positions
              with the names of the ions shuffled, which is what chance alone gives.
            </p>
          )}
          {n.tests.length > 0 && <TestTable tests={n.tests} />}
        </>
      )}
    </Section>
  );
}
