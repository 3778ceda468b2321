// curve_plot.ts: a curve, what chance would give and its band, drawn with uPlot.
// SPDX-License-Identifier: GPL-3.0-or-later
import "./sharp";
import uPlot from "uplot";
import { general } from "./format";

export interface Curve {
  x: (number | null)[];
  y: (number | null)[];
  middle?: (number | null)[]; // of the null
  lo?: (number | null)[]; // of its band
  hi?: (number | null)[];
}

export interface CurveOptions {
  curve: Curve;
  colour: string;
  across: string; // names of the axes
  up: string;
  width: number;
  height: number;
  steps?: boolean; // counts in bins rather than a line
  log?: boolean;
}

function inksOf(element: HTMLElement) {
  const style = getComputedStyle(element);
  const get = (name: string) => style.getPropertyValue(name).trim();
  return { soft: get("--soft"), grid: get("--grid"), font: `12px ${style.fontFamily}` };
}

function decades(lo: number, hi: number): number[] {
  const first = Math.ceil(Math.log10(lo) - 1e-9);
  const last = Math.floor(Math.log10(hi) + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function options(host: HTMLElement, o: CurveOptions): uPlot.Options {
  const inks = inksOf(host);
  const axis = {
    stroke: inks.soft,
    font: inks.font,
    labelFont: inks.font,
    labelSize: 20,
    grid: { stroke: inks.grid, width: 1 },
    ticks: { stroke: inks.grid, width: 1 },
  };
  const banded = Boolean(o.curve.lo && o.curve.hi);
  const faint = { stroke: "transparent", width: 0, points: { show: false } };
  const line: uPlot.Series = {
    stroke: o.colour,
    width: o.steps ? 1 : 2,
    points: { show: false },
    ...(o.steps ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
  };
  return {
    width: o.width,
    height: o.height,
    padding: [8, 14, 0, 0],
    legend: { show: false },
    cursor: { show: Boolean(o.steps), y: false, points: { show: false } },
    scales: {
      x: { time: false },
      y: {
        distr: o.log ? 3 : 1,
        range: (_u, _lo, hi) => (o.log ? [0.7, (hi || 1) * 1.6] : [0, (hi || 1) * 1.06]),
      },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 34,
        label: o.across,
        values: (_u, splits) => splits.map((v) => general(Number(v.toPrecision(8)))),
      },
      {
        ...axis,
        size: 58,
        label: o.up,
        ...(o.log
          ? {
              splits: (_u: uPlot, _i: number, lo: number, hi: number) => decades(lo, hi),
              filter: (_u: uPlot, splits: number[]) => splits,
            }
          : {}),
        values: (_u, splits) => splits.map((v) => general(Number(v.toPrecision(6)))),
      },
    ],
    series: banded
      ? [
          {},
          { ...faint },
          { ...faint },
          {
            stroke: inks.soft,
            width: 1.5,
            dash: [6, 4],
            points: { show: false },
          },
          line,
        ]
      : [{}, line],
    bands: banded ? [{ series: [2, 1], fill: `${inks.soft}55` }] : [],
  };
}

export function drawCurve(host: HTMLElement, o: CurveOptions): uPlot {
  const { x, y, middle, lo, hi } = o.curve;
  const data = lo && hi ? [x, lo, hi, middle ?? lo.map(() => null), y] : [x, y];
  return new uPlot(options(host, o), data as uPlot.AlignedData, host);
}
