// clusters.tsx: which elements cluster, and the clusters that were found.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Clusters, ClusterTest, ReportData } from "./data";
import { ClusterTable } from "./cluster_table";
import { estimate, plural, superscript, thousands } from "./format";
import { EstimateCells, Section, Table } from "./parts";
import { SizeFigure } from "./size_figure";
import { brief, clusterSentence, isSignificant, pText, wasTested } from "./verdict";

const text = (v: number | null | undefined) =>
  v === null || v === undefined ? "not known" : brief(v);

const wholeText = (v: number | null) =>
  v === null ? "not known" : thousands(Math.round(v));

const known = (v: number | null | undefined): v is number => typeof v === "number";

// Nothing stands where nothing was tested.
const orNothing = (t: ClusterTest, words: string) => (wasTested(t) ? words : "");

function verdictText(t: ClusterTest): string {
  if (!wasTested(t)) return `? not tested${t.reason ? `: ${t.reason}` : ""}`;
  return isSignificant(t) ? "\u25cf clusters" : "\u25cb not significant";
}

const effectOf = (t: ClusterTest): [number | null, number | null] => [
  wasTested(t) && t.effect !== null ? 100 * t.effect : null,
  known(t.sigma_effect) ? 100 * t.sigma_effect : null,
];

// An effect without an error is told to a tenth of a per cent.
const effectColumn = (tests: ClusterTest[]) =>
  tests.map(effectOf).map(([v, s]): [number | null, number | null] => [
    v !== null && s === null ? Number(v.toFixed(1)) : v,
    s,
  ]);

// What a column says is left out where it says nothing of any element.
function TestTable({ tests }: { tests: ClusterTest[] }) {
  const beside = tests.some((t) => known(t.p_beside));
  const local = tests.some((t) => known(t.p_local));
  const counted = tests.some((t) => known(t.n_clusters));
  const effects = effectColumn(tests);
  const numbers = tests.map((t): [number | null, number | null] => [
    t.n_clusters ?? null,
    t.sigma_n_clusters ?? null,
  ]);
  const heads: [string, number][] = [
    ["at.%", 1],
    ["ions", 1],
    ["excess", 1],
    ["share (%)", 2],
    ...(counted ? [["clusters", 2] as [string, number]] : []),
    ["p", 1],
    ["p, Holm", 1],
    ...(local ? [["p, local", 1] as [string, number]] : []),
    ...(beside ? [["p, beside", 1] as [string, number]] : []),
  ];
  return (
    <Table caption="Elements tested for clustering" rows={tests.length}>
      <thead>
        <tr>
          <th scope="col">Element</th>
          {heads.map(([head, columns]) => (
            <th scope="col" class="number" colSpan={columns}>
              {head}
            </th>
          ))}
          <th scope="col">verdict</th>
        </tr>
      </thead>
      <tbody>
        {tests.map((t, i) => (
          <tr class={isSignificant(t) ? "" : "none"}>
            <th scope="row">{t.element}</th>
            <td class="number">{text(t.at_percent)}</td>
            <td class="number">{text(t.ions)}</td>
            <td class="number">{orNothing(t, wholeText(t.excess_ions))}</td>
            {wasTested(t) ? (
              <EstimateCells apart pair={effects[i]} column={effects} />
            ) : (
              <td colSpan={2} />
            )}
            {counted &&
              (wasTested(t) && known(t.n_clusters) ? (
                <EstimateCells apart pair={numbers[i]} column={numbers} />
              ) : (
                <td colSpan={2} />
              ))}
            <td class="number">{orNothing(t, pText(t.p))}</td>
            <td class="number">{orNothing(t, pText(t.p_holm))}</td>
            {local && (
              <td class="number">{known(t.p_local) && orNothing(t, pText(t.p_local))}</td>
            )}
            {beside && (
              <td class="number">{known(t.p_beside) && orNothing(t, pText(t.p_beside))}</td>
            )}
            <td class={wasTested(t) ? "whole" : "text"}>{verdictText(t)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

// How the columns are meant, as far as they are there.
function TestNotes({ tests }: { tests: ClusterTest[] }) {
  const sentences = [
    "Excess: clustered ions, less those that shuffled labels cluster; share: of all ions of the element.",
    tests.some((t) => known(t.sigma_effect)) &&
      "\u00b1 is one standard deviation from blocks of the specimen.",
    tests.some((t) => known(t.p_local)) &&
      "p, local: against shuffles that keep how the element varies slowly over the specimen.",
    tests.some((t) => known(t.p_beside)) &&
      "p, beside: the same test on the ions away from the clusters of solutes that cluster more, which asks whether an element clusters by itself.",
  ].filter(Boolean);
  return <p class="note">{sentences.join(" ")}</p>;
}

function density(c: Clusters): string | null {
  const value = c.number_density_per_m3;
  if (!known(value) || !(value > 0)) return null;
  const order = Math.floor(Math.log10(value));
  const unit = `\u00d710${superscript(order)} m${superscript(-3)}`;
  const sigma = c.sigma_number_density_per_m3;
  if (!known(sigma) || !(sigma > 0)) return (value / 10 ** order).toFixed(1) + unit;
  const e = estimate(value / 10 ** order, sigma / 10 ** order);
  return `(${e.value} \u00b1 ${e.sigma})${unit}`;
}

function edgeText(c: Clusters): string | null {
  if (!known(c.n_at_edge) || c.n_clusters === 0) return null;
  if (c.n_at_edge === 0) return "no cluster touches the edge of the specimen";
  const one = c.n_at_edge === 1;
  return `${thousands(c.n_at_edge)} of the clusters ${one ? "touches" : "touch"} the edge of the specimen, which may cut ${one ? "it" : "them"}`;
}

// "Cu: ions nearer than 0.52 nm linked, groups of 12 or more kept".
function settings(t: ClusterTest): string {
  if (typeof t.d_max_nm !== "number" || typeof t.n_min !== "number") return "";
  return `${t.element}: ions nearer than ${text(t.d_max_nm)} nm linked, groups of ${thousands(t.n_min)} or more kept`;
}

function Method({ c }: { c: Clusters }) {
  const perVolume = density(c);
  const volume = known(c.volume_nm3) ? ` in ${thousands(c.volume_nm3)} nm\u00b3` : "";
  const facts = [
    c.method && `Method: ${c.method.replaceAll("_", " ")}`,
    ...c.tests.filter(isSignificant).map(settings),
    typeof c.null?.n_shuffles === "number" &&
      c.null.n_shuffles > 0 &&
      `${plural(c.null.n_shuffles, "shuffle")} of the labels at most`,
    perVolume && `number density ${perVolume}${volume}`,
    edgeText(c),
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
  return (
    <Section id="clusters" title="Clusters">
      <p class="finding">{clusterSentence(c)}</p>
      <Method c={c} />
      {c.tests.length > 0 && <TestTable tests={c.tests} />}
      {c.tests.some(wasTested) && <TestNotes tests={c.tests} />}
      {c.sizes && <SizeFigure clusters={c} kinds={data.kinds} colours={colours} />}
      {c.clusters.length > 0 && <ClusterTable rows={c.clusters} total={c.n_clusters} />}
    </Section>
  );
}
