// cloud_model.ts: the sample of ions as arrays, and the geometry of its box.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Cloud } from "./data";

// Ions of one kind. Any first part of the arrays is an even sample of it too.
export interface CloudPart {
  kind: number; // -1: in no range
  ions: number; // of the input
  shown: number;
  places: Uint16Array; // x y z by turns
  clusters: Uint16Array | null; // 1 + number of the cluster, 0 for none
}

export function decodeU16(text: string): Uint16Array {
  const bytes = atob(text);
  const values = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < values.length; i++)
    values[i] = bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8);
  return values;
}

// The numbers below n in an order that looks random and is always the same.
export function shuffled(n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let state = 0x9e3779b9;
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const k = Math.floor((state / 4294967296) * (i + 1));
    [order[i], order[k]] = [order[k], order[i]];
  }
  return order;
}

export function partsOf(cloud: Cloud): CloudPart[] {
  const places = decodeU16(cloud.positions);
  const clusters = cloud.clusters ? decodeU16(cloud.clusters) : null;
  let first = 0;
  return cloud.species.map((s) => {
    const part: CloudPart = {
      ...s,
      places: new Uint16Array(3 * s.shown),
      clusters: clusters && new Uint16Array(s.shown),
    };
    shuffled(s.shown).forEach((from, to) => {
      const at = 3 * (first + from);
      part.places.set(places.subarray(at, at + 3), 3 * to);
      if (clusters) part.clusters![to] = clusters[first + from];
    });
    first += s.shown;
    return part;
  });
}

export type Vector = [number, number, number];

// The specimen's frame has depth z downwards, which makes it left-handed. The view turns z over,
// so that nothing is seen mirrored: middle of the box at the origin, surface on top.
export function toView([x, y, z]: Vector, bounds: Vector[]): Vector {
  const middle = (i: number) => (bounds[0][i] + bounds[1][i]) / 2;
  return [x - middle(0), y - middle(1), middle(2) - z];
}

// An edge of the box along one axis: the other two coordinates are at their lower (0) or upper (1)
// bound.
export interface Edge {
  axis: number;
  ends: [Vector, Vector]; // nm, in the specimen's frame
  outline: boolean; // of the box as seen
}

// The twelve edges. `towards` is the direction to the camera, in the view's frame, from a point
// given in the same frame.
export function edgesOf(bounds: Vector[], towards: (at: Vector) => Vector): Edge[] {
  const edges: Edge[] = [];
  for (let axis = 0; axis < 3; axis++) {
    const [b, c] = [(axis + 1) % 3, (axis + 2) % 3];
    for (const [sb, sc] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      const end = (s: number): Vector => {
        const v: Vector = [0, 0, 0];
        v[axis] = bounds[s][axis];
        v[b] = bounds[sb][b];
        v[c] = bounds[sc][c];
        return v;
      };
      const ends: [Vector, Vector] = [end(0), end(1)];
      const direction = towards(toView(ends[0], bounds));
      const faces = (i: number, s: number) =>
        direction[i] * (i === 2 ? -1 : 1) * (s === 1 ? 1 : -1) > 1e-6;
      edges.push({ axis, ends, outline: faces(b, sb) !== faces(c, sc) });
    }
  }
  return edges;
}

export type Point = [number, number];

// The edge of an axis that its scale is written at: the lowest of the outline, or, where the axis
// stands upright, the leftmost. Null where it is seen end on.
export function scaleEdge(
  edges: Edge[],
  axis: number,
  project: (at: Vector) => Point,
): { edge: Edge; from: Point; to: Point } | null {
  const own = edges
    .filter((e) => e.axis === axis)
    .map((edge) => ({ edge, from: project(edge.ends[0]), to: project(edge.ends[1]) }));
  const [dx, dy] = [own[0].to[0] - own[0].from[0], own[0].to[1] - own[0].from[1]];
  if (Math.hypot(dx, dy) < 24) return null;
  const upright = Math.abs(dy) > 1.5 * Math.abs(dx);
  const seen = own.filter((e) => e.edge.outline);
  const place = (e: (typeof own)[0]) =>
    upright ? -(e.from[0] + e.to[0]) : e.from[1] + e.to[1];
  return (seen.length > 0 ? seen : own).reduce((a, b) => (place(b) > place(a) ? b : a));
}

// "#0072b2" as three numbers from 0 to 1. The shader writes them as they are: sRGB in, sRGB out.
export function rgb(hex: string): Vector {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

// Diameter of a ball for n ions in a box, nm: a fraction of their mean distance.
export function ballSize(n: number, bounds: Vector[]): number {
  const volume = [0, 1, 2]
    .map((i) => Math.max(bounds[1][i] - bounds[0][i], 0.1))
    .reduce((a, b) => a * b, 1);
  return Math.min(Math.max(0.6 * Math.cbrt(volume / Math.max(n, 1)), 0.15), 3);
}
