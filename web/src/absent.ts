// absent.ts: which sections an analysis cannot fill, with one sentence each.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { ReportData } from "./data";

export interface Absence {
  id: string; // of the section
  title: string;
  sentence: string;
}

// What a step warned of, which is why it found nothing; else the usual reason.
function whyNot(data: ReportData, method: string, usual: string): string {
  const step = (data.steps ?? []).find((s) => s.method === method);
  const warnings = step?.warnings ?? [];
  return `${warnings.length > 0 ? warnings.join("; ") : usual}.`;
}

// The sentence for each section, "" where the section has something to show.
function sentences(data: ReportData, webGL: boolean): Record<string, [string, string]> {
  const { spectrum: s, composition: c, neighbours: n } = data;
  const has = (name: string) => data.input.columns.some((column) => column.name === name);
  const places = has("xyz") ? "" : "the input has no positions";
  const masses = has("mass") ? "" : "the input has no m/n";
  const because = (why: string, else_: string) => `${why || else_}.`;
  return {
    spectrum: [
      "Mass spectrum",
      !s
        ? because(masses, "none was computed in this analysis")
        : s.n_bins === 0
          ? "no ion lies within its bins."
          : "",
    ],
    composition: [
      "Composition",
      !c || data.ranges.length === 0
        ? because(masses, "there are no ranges")
        : c.ranged === 0
          ? "no ion lies in any range."
          : "",
    ],
    ranges: [
      "Ranges",
      data.ranges.length > 0
        ? ""
        : because(
            masses,
            data.peaks
              ? "no ion could be named from the spectrum"
              : "none were given or looked for",
          ),
    ],
    projections: [
      "Projections of the specimen",
      data.projections ? "" : because(places, "there are no ions to project"),
    ],
    cloud: [
      "Ions in space",
      !data.cloud
        ? because(places, "fewer than ten ions have a position")
        : webGL
          ? ""
          : "this browser offers no WebGL, which the view is drawn with; the projections show the same ions.",
    ],
    neighbours: [
      "Distances between neighbours",
      !n
        ? because(masses || places, "they were not measured in this analysis")
        : n.tests.length === 0 && n.curves.length === 0
          ? whyNot(data, "knn", "no species has enough ions at a suitable concentration")
          : "",
    ],
    clusters: [
      "Clusters",
      data.clusters
        ? ""
        : because(masses || places, "they were not looked for in this analysis"),
    ],
    hits: [
      "Detector hit map",
      data.hits ? "" : because("", "the input has no detector positions"),
    ],
    flight: [
      "Time of flight",
      data.flight ? "" : because("", "the input has no times of flight"),
    ],
    multiples: [
      "Ions per pulse",
      data.multiples && data.multiples.length > 0
        ? ""
        : because("", "the input does not tell which ions came together"),
    ],
  };
}

export function absencesOf(data: ReportData, webGL: boolean): Absence[] {
  return Object.entries(sentences(data, webGL))
    .map(([id, [title, sentence]]) => ({ id, title, sentence }))
    .filter((a) => a.sentence !== "");
}
