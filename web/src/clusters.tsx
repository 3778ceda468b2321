// clusters.tsx: which elements cluster, and the clusters that were found.
// SPDX-License-Identifier: GPL-3.0-or-later
import { useRef } from "preact/hooks";
import type { ClusterRow, Clusters, ClusterTest, ReportData } from "./data";
import { colourOf } from "./colour";
import { general, plural, superscript, thousands } from "./format";
import { ticks } from "./map_model";
import { Section, Table } from "./parts";
import { useWidth } from "./theme";
import { brief, clusterSentence, isSignificant, pText } from "./verdict";

const text = (v: number | null | undefined) =>
  v === null || v === undefined ? "not known" : brief(v);

const wholeText = (v: number | null) =>
  v === null ? "not known" : thousands(Math.round(v));

const percentText = (v: number) => `${thousands(100 * v, 1)}\u202f%`;

// Nothing stands where nothing was tested.
const orNothing = (t: ClusterTest, words: string) => (t.p === null ? "" : words);

function verdictText(t: ClusterTest): string {
  if (t.p === null) return `? not tested${t.reason ? `: ${t.reason}` : ""}`;
  return isSignificant(t) ? "\u25cf clusters" : "\u25cb not significant";
}

function TestTable({ tests }: { tests: ClusterTest[] }) {
  return (
    <Table caption="Elements tested for clustering" rows={tests.length}>
      <thead>
        <tr>
          <th scope="col">Element</th>
          <th scope="col" class="number">
            at.%
          </th>
          <th scope="col" class="number">
            ions
          </th>
          <th scope="col" class="number">
            clustered beyond chance
          </th>
          <th scope="col" class="number">
            share of them
          </th>
          <th scope="col" class="number">
            p
          </th>
          <th scope="col" class="number">
            p, Holm
          </th>
          <th scope="col">verdict</th>
        </tr>
      </thead>
      <tbody>
        {tests.map((t) => (
          <tr class={isSignificant(t) ? "" : "none"}>
            <th scope="row">{t.element}</th>
            <td class="number">{text(t.at_percent)}</td>
            <td class="number">{text(t.ions)}</td>
            <td class="number">{orNothing(t, wholeText(t.excess_ions))}</td>
            <td class="number">
              {orNothing(t, t.effect === null ? "not known" : percentText(t.effect))}
            </td>
            <td class="number">{orNothing(t, pText(t.p))}</td>
            <td class="number">{orNothing(t, pText(t.p_holm))}</td>
            <td class="text">{verdictText(t)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

// The main parts of a cluster: "Cu 78 %, Fe 20 %, Mn 2 %".
function mainParts(composition: ClusterRow["composition"]): string {
  const all = Object.entries(composition ?? {})
    .map(([name, v]): [string, number] => [
      name,
      typeof v === "number" ? v : (v.at_percent ?? 0),
    ])
    .sort((a, b) => b[1] - a[1]);
  const sum = all.reduce((n, [, v]) => n + v, 0);
  if (!(sum > 0)) return "";
  return all
    .slice(0, 4)
    .filter(([, v]) => v >= 0.005 * sum)
    .map(([name, v]) => `${name}\u202f${Math.round((100 * v) / sum)}\u202f%`)
    .join(", ");
}

function ClusterTable({ rows, total }: { rows: ClusterRow[]; total: number }) {
  const centre = (c: ClusterRow) =>
    c.centre_nm?.every((v) => v !== null)
      ? c.centre_nm.map((v) => thousands(v!, 1)).join(", ")
      : "not known";
  const solute = rows.some((c) => c.solute ?? c.element);
  const caption =
    rows.length < total
      ? `The largest ${thousands(rows.length)} of ${plural(total, "cluster")}`
      : plural(total, "cluster");
  return (
    <Table caption={caption} rows={rows.length}>
      <thead>
        <tr>
          <th scope="col" class="number">
            No.
          </th>
          {solute && <th scope="col">solute</th>}
          <th scope="col" class="number">
            ions
          </th>
          <th scope="col" class="number">
            of the solute
          </th>
          <th scope="col" class="number">
            R<sub>g</sub> (nm)
          </th>
          <th scope="col" class="number">
            centre x, y, z (nm)
          </th>
          <th scope="col">composition</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((c) => (
          <tr>
            <th scope="row" class="number">
              {c.number}
            </th>
            {solute && <td>{c.solute ?? c.element}</td>}
            <td class="number">{thousands(c.ions)}</td>
            <td class="number">{text(c.solute_ions)}</td>
            <td class="number">{c.radius_of_gyration_nm?.toFixed(2) ?? "not known"}</td>
            <td class="number">{centre(c)}</td>
            <td>{mainParts(c.composition)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

// Bars of a histogram of whole numbers.
function SizeFigure({
  sizes,
  colour,
}: {
  sizes: NonNullable<Clusters["sizes"]>;
  colour: string;
}) {
  const host = useRef<HTMLDivElement>(null);
  const width = Math.min(useWidth(host), 640);
  const height = 210;
  const [left, bottom, top] = [56, 44, 10];
  const { edges, clusters } = sizes;
  const [from, to] = [edges[0], edges[edges.length - 1]];
  const most = Math.max(...clusters, 1);
  const x = (v: number) => left + ((v - from) / (to - from)) * (width - left - 16);
  const y = (v: number) => top + (1 - v / most) * (height - bottom - top);
  const step = edges[1] - edges[0];
  const marks = ticks(from, to, Math.max(3, width / 90)).filter((v) => v % 1 === 0);
  return (
    <figure>
      <h3>Sizes</h3>
      <div ref={host}>
        {width > 100 && (
          <svg
            class="map bars"
            width={width}
            height={height}
            viewBox={`0 0 ${width} ${height}`}
            role="img"
            aria-label="Number of clusters by the number of their ions"
          >
            {ticks(0, most, 4)
              .filter((v) => v % 1 === 0)
              .map((v) => (
                <>
                  <line class="rule" x1={left} x2={width - 16} y1={y(v)} y2={y(v)} />
                  <text x={left - 7} y={y(v) + 4} text-anchor="end">
                    {general(v)}
                  </text>
                </>
              ))}
            {clusters.map((n, i) => (
              <rect
                x={x(edges[i]) + 0.5}
                width={Math.max(x(edges[i + 1]) - x(edges[i]) - 1, 0.5)}
                y={y(n)}
                height={height - bottom - y(n)}
                fill={colour}
              />
            ))}
            <line
              class="frame"
              x1={left}
              x2={width - 16}
              y1={height - bottom}
              y2={height - bottom}
            />
            {marks.map((v) => (
              <text x={x(v)} y={height - bottom + 17} text-anchor="middle">
                {general(v)}
              </text>
            ))}
            <text x={(left + width - 16) / 2} y={height - 8} text-anchor="middle">
              ions in a cluster
            </text>
            <text
              transform={`translate(12 ${(height - bottom + top) / 2}) rotate(-90)`}
              text-anchor="middle"
            >
              clusters
            </text>
          </svg>
        )}
      </div>
      <figcaption>
        Clusters by the number of their ions
        {step > 1 ? `, in steps of ${thousands(step)}` : ""}.
      </figcaption>
    </figure>
  );
}

function density(c: Clusters): string | null {
  const perNm3 =
    typeof c.volume_nm3 === "number" && c.volume_nm3 > 0
      ? c.n_clusters / c.volume_nm3
      : null;
  const value = c.number_density_per_m3 ?? (perNm3 === null ? null : 1e27 * perNm3);
  if (value === null || value === undefined || !(value > 0)) return null;
  const order = Math.floor(Math.log10(value));
  return `${(value / 10 ** order).toFixed(1)}\u00d710${superscript(order)} m${superscript(-3)}`;
}

// "Cu: ions nearer than 0.52 nm linked, groups of 12 or more kept".
function settings(t: ClusterTest): string {
  if (typeof t.d_max_nm !== "number" || typeof t.n_min !== "number") return "";
  return `${t.element}: ions nearer than ${text(t.d_max_nm)} nm linked, groups of ${thousands(t.n_min)} or more kept`;
}

function Method({ c }: { c: Clusters }) {
  const perVolume = density(c);
  const facts = [
    c.method && `Method: ${c.method.replaceAll("_", " ")}`,
    ...c.tests.filter(isSignificant).map(settings),
    typeof c.null?.n_shuffles === "number" &&
      c.null.n_shuffles > 0 &&
      `${plural(c.null.n_shuffles, "shuffle")} of the labels at most`,
    perVolume && `number density ${perVolume}`,
  ].filter(Boolean);
  return facts.length > 0 ? <p class="note">{facts.join("; ")}.</p> : null;
}

export function ClustersSection({
  data,
  colours,
}: {
  data: ReportData;
  colours: string[];
}) {
  const c = data.clusters!;
  const main = c.tests.find(isSignificant)?.element;
  return (
    <Section id="clusters" title="Clusters">
      <p class="finding">{clusterSentence(c)}</p>
      <Method c={c} />
      {c.tests.length > 0 && <TestTable tests={c.tests} />}
      {c.sizes && (
        <SizeFigure sizes={c.sizes} colour={colourOf(main ?? "", data.kinds, colours)} />
      )}
      {c.clusters.length > 0 && <ClusterTable rows={c.clusters} total={c.n_clusters} />}
    </Section>
  );
}
