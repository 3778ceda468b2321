// summary.tsx: the title and the box that says what was found.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Fraction, ReportData } from "./data";
import { estimate, plural, share, thousands, timeText } from "./format";
import { Hash } from "./parts";
import { MarkRow } from "./trust";
import { clusterSentence, compositionDoubts, pText } from "./verdict";

export function Title({ data }: { data: ReportData }) {
  const told = (key: string) => data.metadata.find((m) => m.key === key)?.value;
  const when = data.steps.map((s) => s.started).find((s) => s !== null) ?? null;
  const alias = told("specimen.alias") ?? told("specimen.name");
  return (
    <header>
      <p class="kind">Atom probe analysis</p>
      <h1>{data.input.name ?? "Input without a name"}</h1>
      <p class="byline">
        {alias && `Specimen ${alias}. `}
        Ionatlas {data.program.version}
        {when && `, ${timeText(when)}`}
      </p>
    </header>
  );
}

const best = (e: Fraction) => e.corrected_percent ?? e.percent ?? 0;

// The elements that make up the first 99.9 %, at most five: corrected, for ions that others
// cover are hardly counted as they are (14N+ under 28Si++).
function mainElements(elements: Fraction[]): Fraction[] {
  let sum = 0;
  return [...elements]
    .sort((a, b) => best(b) - best(a))
    .filter((e, i) => {
      const wanted = i < 5 && sum < 99.9 && best(e) > 0;
      sum += best(e);
      return wanted;
    });
}

const raw = (e: Fraction) => percentText(e.percent, e.sigma_percent);
const correctedText = (e: Fraction) =>
  percentText(e.corrected_percent, e.sigma_corrected_percent);

function percentText(value: number | null, sigma: number | null): string {
  const e = estimate(value, sigma);
  return e.sigma ? `${e.value} \u00b1 ${e.sigma}` : e.value;
}

function Lede({ data }: { data: ReportData }) {
  const { input, composition } = data;
  if (input.ions === 0) return <p class="lede">The input holds no ions to analyse.</p>;
  const sentence = `The analysis covers ${plural(input.ions, "ion")}.`;
  if (!composition || data.ranges.length === 0)
    return (
      <p class="lede">
        {sentence} There are no ranges, so the ions have no names and there is no
        composition.
      </p>
    );
  if (composition.ranged === 0)
    return (
      <p class="lede">
        {sentence} None of them lies in any of the {plural(data.ranges.length, "range")},
        so there is no composition.
      </p>
    );
  const atoms = composition.elements.reduce((n, e) => n + e.counts, 0);
  const main = mainElements(composition.elements);
  return (
    <p class="lede">
      {sentence} {thousands(composition.ranged)} of them (
      {share(composition.ranged, composition.ranged + composition.unranged)}) lie in the{" "}
      {plural(data.ranges.length, "range")}.{" "}
      {main.length === 0
        ? "None of their names is an element, so there is no composition."
        : composition.elements.length === 1
          ? `They hold ${plural(atoms, "atom")}, all of them ${main[0].name}.`
          : `They hold ${plural(atoms, "atom")} of ${plural(composition.elements.length, "element")}, with ${main[0].name} at ${main[0].corrected_percent === null ? raw(main[0]) : correctedText(main[0])} at.%.`}
    </p>
  );
}

function MainComposition({ elements }: { elements: Fraction[] }) {
  const main = mainElements(elements);
  if (main.length === 0) return null;
  const corrected = main.some((e) => e.corrected_percent !== null);
  return (
    <div class="main-elements" role="region" aria-label="Main elements" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <td />
            {main.map((e) => (
              <th scope="col">{e.name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {corrected && (
            <tr class="first">
              <th scope="row">at.%, corrected</th>
              {main.map((e) => (
                <td>{correctedText(e)}</td>
              ))}
            </tr>
          )}
          <tr class={corrected ? "" : "first"}>
            <th scope="row">at.%, as counted in ranges</th>
            {main.map((e) => (
              <td>{raw(e)}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

const interval = (pair: (number | null)[], unit: string) =>
  pair[0] === null || pair[1] === null
    ? "not known"
    : `${thousands(pair[0], 2)} to ${thousands(pair[1], 2)} ${unit}`;

function extent(bounds: (number | null)[][]): string {
  if (bounds.some(([lo, hi]) => lo === null || hi === null)) return "no positions";
  const edges = bounds.map(([lo, hi]) => thousands(hi! - lo!, 1));
  return `${edges.join(" \u00d7 ")} nm (x, y, z)`;
}

export const isAutomatic = (data: ReportData): boolean =>
  data.range_file?.format === "auto";

// Ranged ions that the background accounts for.
function backgroundShare(data: ReportData): string | null {
  const known = data.ranges.filter(
    (r) => r.background_counts !== null && r.counts !== null,
  );
  if (known.length === 0 || !data.composition?.ranged) return null;
  const noise = known.reduce((n, r) => n + r.background_counts!, 0);
  return `${share(noise, data.composition.ranged)} of the ranged ions`;
}

function Facts({ data }: { data: ReportData }) {
  const { input, range_file } = data;
  const noise = backgroundShare(data);
  const rows: [string, preact.ComponentChildren, boolean?][] = [
    ["Extent", extent(input.bounds_nm)],
    ["m/n", interval(input.mass_range_da, "Da")],
    ["Background", noise ?? "not fitted"],
    ["Format", input.format.toUpperCase() || "unknown"],
    ["Columns", input.columns.map((c) => c.title).join(", ") || "none", true],
    [
      "Range file",
      isAutomatic(data)
        ? `none: ${plural(data.ranges.length, "range")} found from the spectrum`
        : range_file
          ? `${range_file.name ?? "without a name"} (${range_file.format.toUpperCase()}, ${plural(range_file.ranges_written, "range")} as written)`
          : "none",
      true,
    ],
    ["Input", input.name ?? "without a name", true],
    ["Its SHA-256", <Hash sha256={input.sha256} />, true],
    ["Program", `Ionatlas ${data.program.version} (${data.program.build})`, true],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value, wide]) => (
        <div class={wide ? "wide" : ""}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

// How sure the names of the ions are; "" where nobody told.
function certainty(data: ReportData): string {
  const ions = data.peaks?.ions.filter((i) => i.probability !== null) ?? [];
  if (!isAutomatic(data) || ions.length === 0) return "";
  const least = ions.reduce((a, b) => (b.probability! < a.probability! ? b : a));
  const p = least.probability!;
  return (
    `The ions were named from the spectrum alone: ${plural(ions.length, "kind")} of ion, ` +
    (p > 0.995
      ? "each with a probability above 0.99."
      : `the least certain, ${least.ion}, with probability ${pText(p)}.`)
  );
}

// What bears on the composition: it is read before any number is used.
function Doubts({ said }: { said: string[] }) {
  if (said.length === 0) return null;
  return (
    <>
      <p class="doubts">Before the composition is used:</p>
      <ul class="findings">
        {said.map((s) => (
          <li>{s}</li>
        ))}
      </ul>
    </>
  );
}

// What was found beside the composition, and how sure it is.
function Findings({ data }: { data: ReportData }) {
  const said = data.steps.find((s) => s.method === "identify")?.warnings ?? [];
  const left = said.length > 0 ? 0 : data.peaks?.n_unexplained ?? 0;
  const sentences = [
    certainty(data),
    data.clusters ? clusterSentence(data.clusters) : "",
    left > 0
      ? `${plural(left, "peak")} of the spectrum ${left === 1 ? "is" : "are"} left unexplained.`
      : "",
  ].filter((s) => s !== "");
  if (sentences.length === 0) return null;
  return (
    <ul class="findings">
      {sentences.map((s) => (
        <li>{s}</li>
      ))}
    </ul>
  );
}

export function Summary({ data }: { data: ReportData }) {
  const elements = data.composition?.ranged ? data.composition.elements : [];
  return (
    <section id="summary" class="summary" aria-labelledby="summary-title">
      <h2 id="summary-title" class="spoken">
        Summary
      </h2>
      <Lede data={data} />
      <MainComposition elements={elements} />
      <Doubts said={compositionDoubts(data.steps)} />
      <Findings data={data} />
      <MarkRow quality={data.quality} />
      <Facts data={data} />
    </section>
  );
}
