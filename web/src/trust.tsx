// trust.tsx: marks, null tests, peaks and ions left over: how far to trust the analysis.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Absence } from "./absent";
import type { QualityMark, ReportData } from "./data";
import { plural, share, thousands } from "./format";
import { DroppedTable, Warnings } from "./history";
import { Missing, Section, Table } from "./parts";
import { PartsOfData } from "./parts_of_data";
import {
  boundText,
  bySpecies,
  clusterSentence,
  isSignificant,
  listOf,
  markTitle,
  markValue,
  pText,
  SIGNS,
  verdictOf,
  verdictWord,
  wasTested,
} from "./verdict";

// A verdict by sign, word and colour, so that any one of them is enough.
export function VerdictMark({ verdict }: { verdict: string }) {
  const v = verdictOf(verdict);
  return (
    <span class={`verdict is-${v}`}>
      <span aria-hidden="true">{SIGNS[v]}</span> {verdictWord(v)}
    </span>
  );
}

// The marks in a row, for the summary.
export function MarkRow({ quality }: { quality: QualityMark[] | null }) {
  if (!quality || quality.length === 0) return null;
  return (
    <ul class="marks" aria-label="Quality marks">
      {quality.map((m) => (
        <li title={m.sentence}>
          <span class="mark-name">{markTitle(m.mark)}</span>
          <span class="mark-value">{m.value !== null && markValue(m)}</span>
          <VerdictMark verdict={m.verdict} />
        </li>
      ))}
    </ul>
  );
}

function QualityTable({ quality }: { quality: QualityMark[] }) {
  return (
    <Table caption="Quality marks" rows={quality.length}>
      <thead>
        <tr>
          <th scope="col">Mark</th>
          <th scope="col" class="number">
            value
          </th>
          <th scope="col">verdict</th>
          <th scope="col" class="number">
            good
          </th>
          <th scope="col" class="number">
            fair
          </th>
          <th scope="col">what it is</th>
        </tr>
      </thead>
      <tbody>
        {quality.map((m) => (
          <tr class={m.value === null ? "none" : ""}>
            <th scope="row">{markTitle(m.mark)}</th>
            <td class="number">{m.value !== null && markValue(m)}</td>
            <td>
              <VerdictMark verdict={m.verdict} />
            </td>
            <td class="number">{boundText(m, m.good, m.fair)}</td>
            <td class="number">{boundText(m, m.fair, m.good)}</td>
            <td class="text meaning">{m.sentence}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function UnexplainedPeaks({ data }: { data: ReportData }) {
  const { peaks, input } = data;
  if (!peaks) return <p>Peaks outside the ranges were not looked for.</p>;
  if (peaks.n_unexplained === 0)
    return (
      <p>
        {data.ranges.length === 0
          ? "No peak was found in the spectrum, and nothing is ranged."
          : "Every peak that was found in the spectrum is accounted for by a range."}
      </p>
    );
  const shown = peaks.unexplained;
  const ions = shown.reduce((n, p) => n + (p.counts ?? 0), 0);
  return (
    <>
      <p>
        {plural(peaks.n_unexplained, "peak")} of the spectrum{" "}
        {peaks.n_unexplained === 1 ? "has" : "have"} no name, with{" "}
        {thousands(Math.round(ions))} ions above the background ({share(ions, input.ions)}{" "}
        of all). {shown.length > 1 ? "They are" : "It is"} marked with {"\u25bd"} in the
        spectrum.
      </p>
      <Table caption="Peaks left unexplained" rows={shown.length}>
        <thead>
          <tr>
            <th scope="col" class="number">
              m/n (Da)
            </th>
            <th scope="col" class="number">
              ions
            </th>
            <th scope="col" class="number">
              significance ({"\u03c3"})
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((p) => (
            <tr>
              <th scope="row" class="number">
                {p.mass_da.toFixed(3)}
              </th>
              <td class="number">
                {p.counts === null ? "not known" : thousands(Math.round(p.counts))}
              </td>
              <td class="number">
                {p.significance === null ? "not known" : p.significance.toFixed(1)}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {peaks.n_unexplained > shown.length && (
        <p class="note">
          The first {thousands(shown.length)} of {thousands(peaks.n_unexplained)}.
        </p>
      )}
    </>
  );
}

// Sections that this analysis could not fill, one sentence each.
export function AbsentSection({ absences }: { absences: Absence[] }) {
  return (
    <Section id="absent" title="Not in this report">
      <ul class="absent">
        {absences.map((a) => (
          <li>
            <strong>{a.title}</strong>: {a.sentence}
          </li>
        ))}
      </ul>
    </Section>
  );
}

// What the tests against chance said, in one place.
function NullTests({ data }: { data: ReportData }) {
  const { neighbours, clusters } = data;
  const tests = bySpecies(neighbours?.tests ?? []).filter((t) => t.p !== null);
  const apart = tests.filter((t) => t.p! <= 0.05);
  const shuffles = clusters?.null?.n_shuffles;
  return (
    <>
      <p>
        {tests.length === 0
          ? "Distances between neighbours were not tested against chance."
          : `Of ${plural(tests.length, "test")} of neighbour distances against shuffled labels, ${thousands(apart.length)} ${apart.length === 1 ? "differs" : "differ"} from chance at the 5\u202f% level, corrected after Holm for their number${apart.length > 0 ? `: ${listOf(apart.map((t) => t.species))}` : ""}.`}
      </p>
      <p>
        {clusterSentence(clusters)}
        {typeof shuffles === "number" &&
          shuffles > 0 &&
          ` Each p-value counts how many of ${plural(shuffles, "shuffle")} of the labels do as well as the measured ones, with the parameters chosen anew each time; the least p that so many can give is ${pText(1 / (shuffles + 1))}, before the correction.`}
      </p>
      {clusters?.tests.some(wasTested) && !clusters.tests.some(isSignificant) && (
        <p class="note">
          That clustering is not significant does not show that there is none: it may be
          weaker than these ions can tell.
        </p>
      )}
    </>
  );
}

export function TrustSection({ data }: { data: ReportData }) {
  return (
    <Section id="trust" title="How far to trust this">
      {data.quality && data.quality.length > 0 ? (
        <QualityTable quality={data.quality} />
      ) : (
        <Missing>No quality marks were computed in this analysis.</Missing>
      )}
      <h3>Tests against chance</h3>
      <NullTests data={data} />
      <PartsOfData data={data} />
      <h3>Peaks without a name</h3>
      <UnexplainedPeaks data={data} />
      <h3>What was dropped, and why</h3>
      <DroppedTable data={data} />
      <h3>Warnings</h3>
      <Warnings data={data} />
    </Section>
  );
}
