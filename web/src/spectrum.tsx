// spectrum.tsx: the section with the mass spectrum and its controls.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Background, ReportData } from "./data";
import { estimate, general, plural, share, thousands } from "./format";
import { Section } from "./parts";
import { modelOf, overview } from "./spectrum_model";
import type { Model, View } from "./spectrum_model";
import { SpectrumPlot } from "./spectrum_plot";
import { useLook, useWidth } from "./theme";

// A request to show an interval of m/n; a new object each time.
export interface ZoomTo {
  lo: number;
  hi: number;
}

interface Props {
  data: ReportData;
  colours: string[];
  zoom: ZoomTo | null;
}

export function SpectrumSection(props: Props) {
  return (
    <Section id="spectrum" title="Mass spectrum">
      <SpectrumFigure {...props} />
    </Section>
  );
}

// Zoom by a factor about the middle, or pan by a share of the width.
function moved(view: View, factor: number, shift: number): View {
  const span = view.max - view.min;
  const middle = (view.min + view.max) / 2 + shift * span;
  return { min: middle - (factor * span) / 2, max: middle + (factor * span) / 2 };
}

const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [1, -0.2],
  ArrowRight: [1, 0.2],
  "+": [0.5, 0],
  "=": [0.5, 0],
  "-": [2, 0],
};

function SpectrumFigure({ data, colours, zoom }: Props) {
  const { printing, theme } = useLook();
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const model = useMemo(() => modelOf(data.spectrum!), [data]);
  const first = useMemo(() => overview(model, data.ranges), [model]);
  const plot = useRef<SpectrumPlot | null>(null);
  const view = useRef<View>(first);
  const [log, setLog] = useState(true);
  const [state, setState] = useState({ bin: model.bin, hidden: 0 });
  const [cursor, setCursor] = useState("");

  useLayoutEffect(() => {
    if (!host.current || width < 100) return;
    const made = new SpectrumPlot(host.current, {
      model,
      ranges: data.ranges,
      kinds: data.kinds,
      colours,
      background: data.background,
      unexplained: (data.peaks?.unexplained ?? []).map((p) => p.mass_da),
      log,
      width,
      height: printing ? 225 : Math.round(Math.min(420, Math.max(280, 0.45 * width))),
      view: view.current,
      onView: (v, bin, hidden) => {
        view.current = v;
        setState((s) => (s.bin === bin && s.hidden === hidden ? s : { bin, hidden }));
      },
      onCursor: setCursor,
    });
    plot.current = made;
    return () => made.destroy();
  }, [width, log, theme, printing]);

  useLayoutEffect(() => {
    if (!zoom) return;
    const margin = Math.max(0.5, 2 * (zoom.hi - zoom.lo));
    plot.current?.show({ min: zoom.lo - margin, max: zoom.hi + margin });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    host.current?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  }, [zoom]);

  const move = (factor: number, shift: number) =>
    plot.current?.show(moved(view.current, factor, shift));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "0" || event.key === "Escape") plot.current?.show(first);
    else if (KEYS[event.key]) move(...KEYS[event.key]);
    else return;
    event.preventDefault();
  };

  return (
    <figure class="spectrum">
      <Controls
        log={log}
        setLog={setLog}
        move={move}
        show={(v) => plot.current?.show(v)}
        first={first}
        all={{ min: model.m_min, max: model.end }}
      />
      <div
        class="plot"
        ref={host}
        tabIndex={0}
        role="group"
        aria-label="Mass spectrum. Left and right arrows move, plus and minus zoom, 0 resets. The numbers stand in the table of ranges."
        onKeyDown={onKeyDown}
        onDblClick={() => plot.current?.show(first)}
      />
      <p class="readout" aria-live="off">
        {cursor || "Drag across the spectrum to zoom, double-click to reset."}
      </p>
      <Caption data={data} model={model} bin={state.bin} hidden={state.hidden} />
    </figure>
  );
}

function Controls({
  log,
  setLog,
  move,
  show,
  first,
  all,
}: {
  log: boolean;
  setLog: (log: boolean) => void;
  move: (factor: number, shift: number) => void;
  show: (view: View) => void;
  first: View;
  all: View;
}) {
  return (
    <div class="controls" role="toolbar" aria-label="Mass spectrum view">
      <button type="button" onClick={() => show(first)}>
        Reset
      </button>
      <button type="button" onClick={() => show(all)}>
        Full extent
      </button>
      <button type="button" aria-label="Zoom in" onClick={() => move(0.5, 0)}>
        +
      </button>
      <button type="button" aria-label="Zoom out" onClick={() => move(2, 0)}>
        {"\u2212"}
      </button>
      <button type="button" aria-label="Move to lower m/n" onClick={() => move(1, -0.4)}>
        {"\u2190"}
      </button>
      <button type="button" aria-label="Move to higher m/n" onClick={() => move(1, 0.4)}>
        {"\u2192"}
      </button>
      <label>
        <input
          type="checkbox"
          checked={log}
          onChange={(e) => setLog(e.currentTarget.checked)}
        />{" "}
        logarithmic counts
      </label>
    </div>
  );
}

function Caption({
  data,
  model,
  bin,
  hidden,
}: {
  data: ReportData;
  model: Model;
  bin: number;
  hidden: number;
}) {
  const spectrum = data.spectrum!;
  const b = data.background;
  return (
    <figcaption>
      Ions per bin of {general(Number(bin.toPrecision(6)))} Da
      {bin > model.bin * 1.001 &&
        `, merged from ${general(model.bin)} Da to suit the view`}
      .
      {model.bin > spectrum.computed_bin_da * 1.001 &&
        ` The analysis used bins of ${general(spectrum.computed_bin_da)} Da.`}{" "}
      {data.ranges.length > 0
        ? "Coloured bands are the ranges; ions of the same atoms share a colour."
        : "There are no ranges."}{" "}
      {b ? <BackgroundWords b={b} /> : "No background was fitted."}
      {(data.peaks?.n_unexplained ?? 0) > 0 &&
        ` Peaks left unexplained are marked with \u25bd.`}
      {hidden > 0 && (
        <>
          {" "}
          {plural(hidden, "label")} found no room
          <span class="screen">: zoom in to see more</span>.
        </>
      )}
    </figcaption>
  );
}

// What the curve is, by the model that foretold the spectrum best.
function modelWords(b: Background): string {
  if (b.model === "sideband") return "a line through what lies beside each range";
  if (b.model === "file") return "what the file states";
  const level =
    b.model === "sliced"
      ? "noise in the time windows of slices of the run"
      : "noise at any time, a/\u221am";
  const late = b.tail_share ?? 0;
  return late > 0 ? `${level}, and late ions of the peaks (${share(late, 1)} of them)` : level;
}

function BackgroundWords({ b }: { b: Background }) {
  const a = estimate(b.a, b.sigma_a);
  return (
    <>
      The dashed curve is the background, shaded to one standard deviation: {modelWords(b)}.{" "}
      {b.model === "file" ? "Its mean level" : "The level that is flat in time"} is a = {a.value}
      {a.sigma && ` \u00b1 ${a.sigma}`} ions Da
      <sup>{"\u2212"}1/2</sup>; {b.model === "file" ? "it was compared with" : "it was fitted to"}{" "}
      {thousands(b.windows_used)} of {plural(b.windows, "window")} outside the ranges
      {b.dispersion !== null &&
        `, with \u03c7\u00b2 = ${general(Number(b.dispersion.toPrecision(2)))} per degree of freedom`}
      {b.dispersion !== null &&
        b.dispersion > 3 &&
        ": the curve does not describe it well"}
      .
    </>
  );
}
