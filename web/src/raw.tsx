// raw.tsx: times of flight and ions per pulse, which an input has before it has m/n.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Flight, Multiple, ReportData } from "./data";
import { unpack } from "./data";
import { drawCurve } from "./curve_plot";
import { general, plural, share, thousands } from "./format";
import { Section, Table } from "./parts";
import { useLook, useWidth } from "./theme";

// Bins merged to the pixels, as the edges and counts of steps.
function stepsOf(flight: Flight, pixels: number) {
  const counts = unpack(flight.counts, flight.n_bins);
  const factor = Math.max(1, Math.ceil(counts.length / Math.max(pixels, 100)));
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < counts.length; i += factor) {
    x.push(flight.first_ns + i * flight.bin_ns);
    y.push(counts.slice(i, i + factor).reduce((a, b) => a + b, 0));
  }
  x.push(flight.first_ns + counts.length * flight.bin_ns);
  y.push(0);
  return { x, y, bin: factor * flight.bin_ns };
}

function FlightFigure({ flight }: { flight: Flight }) {
  const { theme, printing } = useLook();
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const [log, setLog] = useState(true);
  const steps = useMemo(() => stepsOf(flight, 1.5 * width), [flight, width]);
  useLayoutEffect(() => {
    if (!host.current || width < 100) return;
    const plot = drawCurve(host.current, {
      curve: { x: steps.x, y: steps.y },
      colour: getComputedStyle(host.current).getPropertyValue("--link").trim(),
      across: "time of flight (ns)",
      up: `ions per ${steps.bin === 1 ? "" : `${general(Number(steps.bin.toPrecision(6)))} `}ns`,
      width,
      height: printing ? 260 : 340,
      steps: true,
      log,
    });
    return () => plot.destroy();
  }, [width, theme, printing, log, steps]);
  return (
    <figure>
      <div class="controls">
        <label>
          <input
            type="checkbox"
            checked={log}
            onChange={(e) => setLog(e.currentTarget.checked)}
          />{" "}
          logarithmic counts
        </label>
      </div>
      <div
        class="curve-plot"
        ref={host}
        role="img"
        aria-label="Ions by their time of flight"
      />
      <figcaption>
        Times as the input has them, neither corrected for the voltage nor for the path.
        Bins of {general(Number(steps.bin.toPrecision(6)))} ns.
        {flight.above > 0 &&
          ` ${plural(flight.above, "ion")} came later than the end of the axis.`}
        {flight.below > 0 && ` ${plural(flight.below, "ion")} have no time above zero.`}{" "}
        Drag to zoom, double-click to reset.
      </figcaption>
    </figure>
  );
}

export function FlightSection({ data }: { data: ReportData }) {
  return (
    <Section id="flight" title="Time of flight">
      <FlightFigure flight={data.flight!} />
    </Section>
  );
}

function MultipleTable({ rows }: { rows: Multiple[] }) {
  const pulses = rows.reduce((n, r) => n + r.pulses, 0);
  const ions = rows.reduce((n, r) => n + r.ions, 0);
  return (
    <Table caption="Pulses by the number of their ions" rows={rows.length}>
      <thead>
        <tr>
          <th scope="col" class="number">
            Ions in a pulse
          </th>
          <th scope="col" class="number">
            pulses
          </th>
          <th scope="col" class="number">
            ions
          </th>
          <th scope="col" class="number">
            share of the ions
          </th>
          <td class="bar-cell" />
        </tr>
      </thead>
      <tbody>
        {rows.map((r) => (
          <tr>
            <th scope="row" class="number">
              {r.multiplicity}
              {r.or_more && " or more"}
            </th>
            <td class="number">{thousands(r.pulses)}</td>
            <td class="number">{thousands(r.ions)}</td>
            <td class="number">{share(r.ions, ions)}</td>
            <td class="bar-cell" aria-hidden="true">
              <i class="bar" style={{ width: `${(100 * r.ions) / ions}%` }} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">all</th>
          <td class="number">{thousands(pulses)}</td>
          <td class="number">{thousands(ions)}</td>
          <td />
          <td class="bar-cell" />
        </tr>
      </tfoot>
    </Table>
  );
}

export function MultiplesSection({ data }: { data: ReportData }) {
  const rows = data.multiples!;
  const ions = rows.reduce((n, r) => n + r.ions, 0);
  const many = rows.filter((r) => r.multiplicity > 1).reduce((n, r) => n + r.ions, 0);
  return (
    <Section id="multiples" title="Ions per pulse">
      <p>
        {many === 0
          ? "Every ion came alone in its pulse."
          : `${share(many, ions)} of the ions came together with others in one pulse.`}
      </p>
      <MultipleTable rows={rows} />
    </Section>
  );
}
