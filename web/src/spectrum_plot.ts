// spectrum_plot.ts: the mass spectrum drawn with uPlot: bands of ranges, background, labels.
// SPDX-License-Identifier: GPL-3.0-or-later
import "./sharp";
import uPlot from "uplot";
import type { Background, IonKind, Range } from "./data";
import { general, ionPieces, ionText, plural, superscript } from "./format";
import type { Binned, Model, View } from "./spectrum_model";
import { backgroundAt, binOf, factorFor, peaks, placeLabels } from "./spectrum_model";

export interface PlotOptions {
  model: Model;
  ranges: Range[];
  kinds: IonKind[];
  colours: string[]; // of the kinds
  background: Background | null;
  unexplained: number[]; // Da, peaks without a name
  log: boolean;
  width: number;
  height: number;
  view: View;
  onView: (view: View, bin: number, hidden: number) => void;
  onCursor: (text: string) => void;
}

interface Inks {
  ink: string;
  soft: string;
  grid: string;
  curve: string;
  font: string;
}

function inksOf(element: HTMLElement): Inks {
  const style = getComputedStyle(element);
  const get = (name: string) => style.getPropertyValue(name).trim();
  return {
    ink: get("--ink"),
    soft: get("--soft"),
    grid: get("--grid"),
    curve: get("--curve"),
    font: `12px ${style.fontFamily}`,
  };
}

// Decades between two counts; also twice and five times these where there are few.
function logTicks(lo: number, hi: number): number[] {
  const first = Math.floor(Math.log10(lo));
  const last = Math.ceil(Math.log10(hi));
  const steps = Math.log10(hi / lo) < 2.5 ? [1, 2, 5] : [1];
  const all = Array.from({ length: last - first + 1 }, (_, i) =>
    steps.map((s) => Number((s * 10 ** (first + i)).toPrecision(1))),
  );
  return all.flat().filter((v) => v >= lo && v <= hi);
}

function logLabel(value: number): string {
  const order = Math.round(Math.log10(value));
  const isDecade = Math.abs(value / 10 ** order - 1) < 1e-6;
  return isDecade && order > 4 ? "10" + superscript(order) : general(value);
}

export class SpectrumPlot {
  private plot: uPlot;
  private binned: Binned;
  private factor = 0;
  private labels: HTMLDivElement;
  private inks: Inks;
  private height = 1; // highest bin in view

  constructor(
    host: HTMLElement,
    private o: PlotOptions,
  ) {
    this.inks = inksOf(host);
    this.binned = o.model.at(1);
    this.labels = document.createElement("div");
    this.labels.className = "peak-labels";
    this.labels.setAttribute("aria-hidden", "true");
    this.choose(o.view);
    this.plot = new uPlot(this.options(), this.data(), host);
    this.plot.over.append(this.labels);
    this.plot.setScale("x", o.view);
  }

  destroy(): void {
    this.plot.destroy();
  }

  show(view: View): void {
    this.plot.setScale("x", this.inside(view));
  }

  // The view kept within the data and no narrower than ten bins.
  private inside({ min, max }: View): View {
    const { m_min, end, bin } = this.o.model;
    const span = Math.min(Math.max(max - min, 10 * bin), end - m_min);
    const from = Math.min(Math.max(min, m_min), end - span);
    return { min: from, max: from + span };
  }

  // Bin width for a view; true when it changed.
  private choose(view: View): boolean {
    const factor = factorFor(view.max - view.min, this.o.width - 80, this.o.model.bin);
    if (factor === this.factor) return false;
    this.factor = factor;
    this.binned = this.o.model.at(factor);
    return true;
  }

  private countLabel(): string {
    return `ions per ${general(Number(this.binned.bin.toPrecision(6)))} Da`;
  }

  private data(): uPlot.AlignedData {
    const { edges, counts } = this.binned;
    return [edges, [...counts, 0]];
  }

  private floor(): number {
    if (!this.o.log) return 0;
    const { background, view } = this.o;
    const noise = background ? backgroundAt(background, view.max, this.binned.bin)[0] : 1;
    return Math.min(0.7, Math.max(0.05, 0.5 * noise));
  }

  private yRange(): [number, number] {
    const { view } = this.o;
    const first = binOf(this.binned, view.min);
    const last = binOf(this.binned, view.max);
    let most = 1;
    for (let i = first; i <= last; i++) most = Math.max(most, this.binned.counts[i] ?? 0);
    this.height = most;
    const floor = this.floor();
    // Room for labels above the highest peak.
    return this.o.log ? [floor, most * (most / floor) ** 0.16] : [0, most * 1.16];
  }

  private options(): uPlot.Options {
    const { o, inks } = this;
    const axis = {
      stroke: inks.soft,
      font: inks.font,
      labelFont: inks.font,
      labelSize: 20,
    };
    const grid = { stroke: inks.grid, width: 1 };
    return {
      width: o.width,
      height: o.height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: true },
      },
      scales: {
        x: { time: false, range: (_u, min, max) => this.xRange(min, max) },
        y: { distr: o.log ? 3 : 1, range: () => this.yRange() },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          ticks: grid,
          space: 60,
          size: 34,
          label: "mass-to-charge state ratio m/n (Da)",
          values: (_u, splits) => splits.map((v) => general(Number(v.toPrecision(8)))),
        },
        {
          ...axis,
          grid,
          ticks: grid,
          size: o.log ? 58 : 74,
          label: this.countLabel(),
          ...(o.log
            ? {
                splits: (_u: uPlot, _i: number, lo: number, hi: number) =>
                  logTicks(lo, hi),
              }
            : {}),
          filter: (_u, splits) => splits,
          values: (_u, splits) => splits.map(o.log ? logLabel : general),
        },
      ],
      series: [
        {},
        {
          stroke: inks.ink,
          width: 0.8,
          points: { show: false },
          paths: uPlot.paths.stepped!({ align: 1 }),
        },
      ],
      hooks: {
        drawAxes: [() => this.drawBands()],
        drawSeries: [
          (_u, i) => {
            if (i !== 1) return;
            this.drawBackground();
            this.drawUnexplained();
          },
        ],
        draw: [() => this.drawLabels()],
        setCursor: [() => this.tellCursor()],
      },
    };
  }

  private xRange(min: number | null, max: number | null): [number, number] {
    const view = min === null || max === null ? this.o.view : this.inside({ min, max });
    this.o.view = view;
    if (this.plot && this.choose(view)) {
      this.plot.axes[1].label = this.countLabel();
      // Data of another bin width; uPlot must not be re-entered while it sets a scale.
      queueMicrotask(() => {
        this.plot.setData(this.data(), false);
        this.plot.redraw(true, true);
      });
    }
    return [view.min, view.max];
  }

  private clip(draw: (c: CanvasRenderingContext2D) => void): void {
    const { ctx, bbox } = this.plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    draw(ctx);
    ctx.restore();
  }

  // Like y, but off the plot where it is below the floor.
  private yUnclamped = (n: number) =>
    this.plot.valToPos(this.o.log ? Math.max(n, 1e-9) : n, "y", true);
  private x = (m: number) => this.plot.valToPos(m, "x", true);
  private y = (n: number) =>
    this.plot.valToPos(Math.max(n, this.floor() || 0), "y", true);

  // Each range as a pale band over the full height, and the spectrum in it filled.
  private drawBands(): void {
    const { bbox } = this.plot;
    const { view, ranges, colours } = this.o;
    this.clip((c) => {
      for (const r of ranges) {
        if (r.hi_da < view.min || r.lo_da > view.max) continue;
        const left = this.x(r.lo_da);
        const width = Math.max(this.x(r.hi_da) - left, 1);
        c.fillStyle = colours[r.ion] ?? this.inks.soft;
        c.globalAlpha = 0.13;
        c.fillRect(left, bbox.top, width, bbox.height);
        c.globalAlpha = 0.75;
        this.fillUnder(c, r, left, width);
      }
    });
  }

  private fillUnder(
    c: CanvasRenderingContext2D,
    r: Range,
    left: number,
    width: number,
  ): void {
    const { bbox } = this.plot;
    const { edges, counts, bin } = this.binned;
    const first = binOf(this.binned, Math.max(r.lo_da, this.o.view.min));
    const last = binOf(this.binned, Math.min(r.hi_da - 1e-6 * bin, this.o.view.max));
    c.save();
    c.beginPath();
    c.rect(left, bbox.top, width, bbox.height);
    c.clip();
    c.beginPath(); // one path, so that neighbours leave no seam
    for (let i = first; i <= last; i++) {
      const from = this.x(edges[i]);
      const top = this.y(counts[i]);
      c.rect(from, top, this.x(edges[i + 1]) - from, bbox.top + bbox.height - top);
    }
    c.fill();
    c.restore();
  }

  // The background with its one-sigma band, on top of the spectrum.
  private drawBackground(): void {
    const b = this.o.background;
    const { view } = this.o;
    if (!b) return;
    const from = Math.max(view.min, 0.05);
    const steps = 600;
    const at = (i: number) => from + ((view.max - from) * i) / steps;
    const curve = (sigmas: number) => (i: number) => {
      const [mean, sigma] = backgroundAt(b, at(i), this.binned.bin);
      return this.yUnclamped(mean + sigmas * sigma);
    };
    const trace = (
      c: CanvasRenderingContext2D,
      y: (i: number) => number,
      back = false,
    ) => {
      for (let k = 0; k <= steps; k++) {
        const i = back ? steps - k : k;
        c.lineTo(this.x(at(i)), y(i));
      }
    };
    this.clip((c) => {
      c.beginPath();
      trace(c, curve(1));
      trace(c, curve(-1), true);
      c.fillStyle = this.inks.curve;
      c.globalAlpha = 0.3;
      c.fill();
      c.globalAlpha = 1;
      c.beginPath();
      trace(c, curve(0));
      c.strokeStyle = this.inks.curve;
      c.lineWidth = 1.5 * uPlot.pxRatio;
      c.setLineDash([6 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
      c.stroke();
    });
  }

  // An open triangle above each peak without a name.
  private drawUnexplained(): void {
    const { view, unexplained } = this.o;
    const size = 5 * uPlot.pxRatio;
    this.clip((c) => {
      c.strokeStyle = this.inks.curve;
      c.lineWidth = 1.5 * uPlot.pxRatio;
      c.beginPath();
      for (const m of unexplained) {
        if (m < view.min || m > view.max) continue;
        const x = this.x(m);
        const i = binOf(this.binned, m);
        const near = this.binned.counts.slice(Math.max(i - 1, 0), i + 2);
        const y = this.y(Math.max(...near, 0)) - 4 * uPlot.pxRatio;
        c.moveTo(x, y);
        c.lineTo(x - size, y - 1.6 * size);
        c.lineTo(x + size, y - 1.6 * size);
        c.closePath();
      }
      c.stroke();
    });
  }

  private label(kind: IonKind): HTMLSpanElement {
    const span = document.createElement("span");
    for (const piece of ionPieces(kind)) {
      const tag = { line: "span", sub: "sub", super: "sup" }[piece.place];
      const element = document.createElement(tag);
      element.textContent = piece.text;
      span.append(element);
    }
    return span;
  }

  // Names at the peaks; the highest of each ion choose first.
  private drawLabels(): void {
    const { ranges, kinds, view } = this.o;
    const ratio = uPlot.pxRatio;
    const least = this.o.log ? 0 : 0.01 * this.height; // what can be seen
    const all = peaks(this.binned, ranges, view).filter((p) => p.height > least);
    const most = all.slice(0, 120);
    const spans = most.map((p) => this.label(kinds[ranges[p.range].ion]));
    this.labels.replaceChildren(...spans);
    const { bbox } = this.plot;
    const px = (v: number, origin: number) => (v - origin) / ratio;
    const tips = all.map((p) => ({
      x: px(this.x(p.m), bbox.left),
      y: px(this.y(p.height), bbox.top),
      ion: ranges[p.range].ion,
      leads: p.leads,
    }));
    const wishes = most.map((_p, i) => ({
      ...tips[i],
      width: spans[i].offsetWidth,
      height: spans[i].offsetHeight - 3,
    }));
    const boxes = placeLabels(
      wishes,
      tips,
      { width: bbox.width / ratio, height: bbox.height / ratio },
      (left, right) => this.ceiling(left, right),
    );
    this.showLabels(spans, boxes, wishes);
    const hidden = boxes.filter((b) => !b).length + all.length - most.length;
    this.o.onView(view, this.binned.bin, hidden);
  }

  private showLabels(
    spans: HTMLSpanElement[],
    boxes: ReturnType<typeof placeLabels>,
    wishes: { x: number; y: number }[],
  ): void {
    boxes.forEach((box, i) => {
      if (!box) {
        spans[i].remove();
        return;
      }
      spans[i].style.transform =
        `translate(${box.left.toFixed(1)}px, ${box.top.toFixed(1)}px)`;
      const gap = wishes[i].y - (box.top + box.height);
      if (gap < 8) return;
      const line = document.createElement("i");
      line.style.height = `${(gap - 3).toFixed(1)}px`;
      line.style.transform = `translate(${wishes[i].x.toFixed(1)}px, ${(box.top + box.height + 2).toFixed(1)}px)`;
      this.labels.append(line);
    });
  }

  // The curve's highest point between two places of the plot, in px from its top.
  private ceiling(left: number, right: number): number {
    const ratio = uPlot.pxRatio;
    const { counts } = this.binned;
    const first = binOf(this.binned, this.plot.posToVal(left, "x"));
    const last = binOf(this.binned, this.plot.posToVal(right, "x"));
    let most = 0;
    for (let i = first; i <= last; i++) most = Math.max(most, counts[i] ?? 0);
    return (this.y(Math.min(most, this.height)) - this.plot.bbox.top) / ratio;
  }

  private tellCursor(): void {
    const { left } = this.plot.cursor;
    if (left === undefined || left === null || left < 0) {
      this.o.onCursor("");
      return;
    }
    const m = this.plot.posToVal(left, "x");
    const i = binOf(this.binned, m);
    const inside = this.o.ranges.find((r) => m >= r.lo_da && m < r.hi_da);
    const kind = inside ? this.o.kinds[inside.ion] : undefined;
    const name = kind ? ionText(kind) : "in no range";
    const decimals = Math.max(0, Math.ceil(-Math.log10(this.binned.bin)));
    this.o.onCursor(
      `${m.toFixed(decimals + 1)} Da: ${plural(this.binned.counts[i] ?? 0, "ion")} in the bin, ${name}`,
    );
  }
}
