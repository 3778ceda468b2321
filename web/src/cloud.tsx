// cloud.tsx: the section with the ions in space, and its controls.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Cloud, ReportData } from "./data";
import type { CloudPart, Vector } from "./cloud_model";
import { ballSize, partsOf } from "./cloud_model";
import { CloudView } from "./cloud_view";
import { clusterColours } from "./colour";
import { plural, share, thousands } from "./format";
import { Ion, Section, Swatch } from "./parts";
import { useLook, useWidth } from "./theme";

export function CloudSection({ data, colours }: { data: ReportData; colours: string[] }) {
  return (
    <Section id="cloud" title="Ions in space">
      <CloudFigure data={data} cloud={data.cloud!} colours={colours} />
    </Section>
  );
}

const N_FEW = 10000; // main ions drawn when they are thinned out
const GREY = "#8a8f98"; // ions without a name

// Kinds in the order of their ions, those in no range last.
function sorted(parts: CloudPart[]): CloudPart[] {
  return [...parts].sort((a, b) =>
    a.kind < 0 || b.kind < 0 ? b.kind - a.kind : b.ions - a.ions,
  );
}

// Ions of the matter that most ions are, which would hide all others; none where there is no such.
function mainParts(parts: CloudPart[], colours: string[]): boolean[] {
  const total = parts.reduce((n, p) => n + p.ions, 0);
  const isMain = parts.length > 2 && parts[0].kind >= 0 && parts[0].ions > 0.4 * total;
  const main = isMain ? colours[parts[0].kind] : null;
  return parts.map((p) => p.kind >= 0 && colours[p.kind] === main);
}

// All but ions in no range, unless there are no others.
const atFirst = (parts: CloudPart[]) =>
  parts.map((p) => p.kind >= 0 || parts.length === 1);

const KEYS: Record<string, (view: CloudView, shift: boolean) => void> = {
  ArrowLeft: (v, shift) => (shift ? v.pan(0.05, 0) : v.turn(-0.15, 0)),
  ArrowRight: (v, shift) => (shift ? v.pan(-0.05, 0) : v.turn(0.15, 0)),
  ArrowUp: (v, shift) => (shift ? v.pan(0, -0.05) : v.turn(0, 0.15)),
  ArrowDown: (v, shift) => (shift ? v.pan(0, 0.05) : v.turn(0, -0.15)),
  "+": (v) => v.zoom(1.25),
  "=": (v) => v.zoom(1.25),
  "-": (v) => v.zoom(0.8),
  "0": (v) => v.reset(),
  Escape: (v) => v.reset(),
  x: (v) => v.look([1, 0, 0]),
  y: (v) => v.look([0, -1, 0]),
  z: (v) => v.look([0, -1e-4, 1]),
};

function inksOf(element: HTMLElement) {
  const style = getComputedStyle(element);
  const get = (name: string) => style.getPropertyValue(name).trim();
  return { paper: get("--paper"), soft: get("--soft"), ink: get("--ink") };
}

interface FigureProps {
  data: ReportData;
  cloud: Cloud;
  colours: string[];
}

function CloudFigure({ data, cloud, colours }: FigureProps) {
  const { printing, theme } = useLook();
  const host = useRef<HTMLDivElement>(null);
  const scales = useRef<SVGSVGElement>(null);
  const paper = useRef<HTMLImageElement>(null);
  const view = useRef<CloudView | null>(null);
  const width = useWidth(host);
  const parts = useMemo(() => sorted(partsOf(cloud)), [cloud]);
  const bounds = useMemo(
    () => [0, 1].map((i) => data.input.bounds_nm.map((b) => b[i]) as Vector),
    [data],
  );
  const [visible, setVisible] = useState(() => atFirst(parts));
  const [size, setSize] = useState(1);
  const [perspective, setPerspective] = useState(false);
  const [clustered, setClustered] = useState(false);
  const main = useMemo(() => mainParts(parts, colours), [parts]);
  const [thin, setThin] = useState(true);
  const few = useMemo(() => {
    const shown = parts.reduce((n, p, i) => n + (main[i] ? p.shown : 0), 0);
    return Math.min(1, N_FEW / Math.max(shown, 1));
  }, [parts]);
  const ball = useMemo(() => ballSize(cloud.shown, bounds), [cloud]);
  const height = printing ? 340 : Math.round(Math.min(620, Math.max(360, 0.6 * width)));

  useLayoutEffect(() => {
    const made = new CloudView({
      host: host.current!,
      scales: scales.current!,
      parts,
      colours: parts.map((p) => colours[p.kind] ?? GREY),
      clusterColours: clusterColours(),
      bounds,
      inks: inksOf(host.current!),
      size: ball,
    });
    view.current = made;
    return () => made.destroy();
  }, [cloud]);
  useLayoutEffect(() => view.current!.setVisible(visible), [visible]);
  useLayoutEffect(() => view.current!.setSize(ball * size), [size]);
  useLayoutEffect(
    () => view.current!.setThin(main.map((m) => (m && thin ? few : 1))),
    [thin],
  );
  useLayoutEffect(() => view.current!.setPerspective(perspective), [perspective]);
  useLayoutEffect(() => view.current!.setClustered(clustered), [clustered]);
  useLayoutEffect(() => {
    if (width < 100) return;
    view.current!.setInks(inksOf(host.current!));
    view.current!.resize(width, height);
    if (printing) paper.current!.src = view.current!.picture();
  }, [width, height, theme, printing]);

  const onKeyDown = (event: KeyboardEvent) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    act(view.current!, event.shiftKey);
    event.preventDefault();
  };
  const look = (key: string) => KEYS[key](view.current!, false);

  return (
    <figure class="cloud">
      <div class="controls" role="toolbar" aria-label="View in space">
        <button type="button" onClick={() => look("0")}>
          Reset
        </button>
        {["x", "y", "z"].map((axis) => (
          <button type="button" onClick={() => look(axis)}>
            Along {axis}
          </button>
        ))}
        <button type="button" aria-label="Zoom in" onClick={() => look("+")}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => look("-")}>
          {"\u2212"}
        </button>
        <label>
          <input
            type="checkbox"
            checked={perspective}
            onChange={(e) => setPerspective(e.currentTarget.checked)}
          />{" "}
          perspective
        </label>
        <label class="slider">
          size of ions{" "}
          <input
            type="range"
            min={-2}
            max={2}
            step={0.1}
            value={Math.log2(size)}
            aria-valuetext={`${size.toFixed(1)} times`}
            onInput={(e) => setSize(2 ** Number(e.currentTarget.value))}
          />
        </label>
        {main.includes(true) && (
          <label>
            <input
              type="checkbox"
              checked={thin}
              onChange={(e) => setThin(e.currentTarget.checked)}
            />{" "}
            thin out main ions
          </label>
        )}
        {cloud.clusters && (data.clusters?.n_clusters ?? 0) > 0 && (
          <label>
            <input
              type="checkbox"
              checked={clustered}
              onChange={(e) => setClustered(e.currentTarget.checked)}
            />{" "}
            colour by cluster
          </label>
        )}
      </div>
      <div
        class="space"
        ref={host}
        style={{ height: `${height}px` }}
        tabIndex={0}
        role="group"
        aria-label="Ions in space. Arrows turn, arrows with shift move, plus and minus zoom, x, y and z look along an axis, 0 resets."
        onKeyDown={onKeyDown}
        onPointerDown={() => host.current!.focus({ preventScroll: true })}
        onFocusIn={() => (view.current!.wheel = true)}
        onFocusOut={() => (view.current!.wheel = false)}
        onDblClick={() => look("0")}
      >
        <img class="on-paper" alt="" ref={paper} />
        <svg class="scales" aria-hidden="true" ref={scales} />
      </div>
      <p class="note screen">
        Drag to turn, with the right button to move; once chosen, the wheel zooms.
        Double-click resets.
      </p>
      <Legend
        data={data}
        parts={parts}
        colours={colours}
        visible={visible}
        setVisible={setVisible}
      />
      <CloudCaption
        cloud={cloud}
        parts={parts}
        thin={thin && !clustered && main.includes(true)}
        clustered={clustered}
      />
    </figure>
  );
}

function Legend({
  data,
  parts,
  colours,
  visible,
  setVisible,
}: {
  data: ReportData;
  parts: CloudPart[];
  colours: string[];
  visible: boolean[];
  setVisible: (visible: boolean[]) => void;
}) {
  if (parts.length < 2 && parts[0]?.kind < 0) return null;
  return (
    <fieldset class="species">
      <legend>Ions shown</legend>
      <div class="controls">
        <button type="button" onClick={() => setVisible(parts.map(() => true))}>
          All
        </button>
        <button type="button" onClick={() => setVisible(parts.map(() => false))}>
          None
        </button>
      </div>
      <div class="species-list">
        {parts.map((part, i) => (
          <label class={visible[i] ? "" : "off"}>
            <input
              type="checkbox"
              checked={visible[i]}
              onChange={() => setVisible(visible.map((v, k) => (k === i ? !v : v)))}
            />
            <Swatch colour={colours[part.kind] ?? GREY} />
            {part.kind >= 0 ? <Ion kind={data.kinds[part.kind]} /> : "in no range"}
            <span class="amount">
              {part.shown < part.ions
                ? `${thousands(part.shown)} of ${thousands(part.ions)}`
                : thousands(part.ions)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function CloudCaption({
  cloud,
  parts,
  thin,
  clustered,
}: {
  cloud: Cloud;
  parts: CloudPart[];
  thin: boolean;
  clustered: boolean;
}) {
  const total = parts.reduce((n, p) => n + p.ions, 0);
  const thinned = parts.filter((p) => p.shown < p.ions);
  const most = Math.max(...thinned.map((p) => p.shown), 0);
  return (
    <figcaption>
      {thinned.length === 0
        ? `All ${plural(total, "ion")} are here.`
        : `${thousands(cloud.shown)} of ${plural(total, "ion")} (${share(cloud.shown, total)}) are here. `}
      {thinned.length > 0 &&
        (parts.length > 1
          ? `Kinds with more than ${thousands(most)} ions are thinned evenly to that number, rarer ones are here whole, so densities of different ions cannot be compared in this view.`
          : "They are an even sample in the order of evaporation.")}{" "}
      {thin && `Of the most abundant ions only ${thousands(N_FEW)} are drawn now. `}
      {clustered &&
        "Ions of one cluster share a colour, which comes again in other clusters; of all others each tenth is drawn, in grey. "}
      Depth z grows downwards.
    </figcaption>
  );
}
