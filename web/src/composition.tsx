// composition.tsx: the tables of elements, of ions and of ranges.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { Fraction, IonKind, ReportData } from "./data";
import { plural, share, thousands } from "./format";
import { Aligned, EstimateCells, Ion, Missing, Section, Swatch, Table } from "./parts";
import type { ZoomTo } from "./spectrum";

const pairs = {
  raw: (f: Fraction): [number | null, number | null] => [f.percent, f.sigma_percent],
  counts: (f: Fraction): [number | null, number | null] => [
    f.corrected_counts,
    f.sigma_corrected_counts,
  ],
  corrected: (f: Fraction): [number | null, number | null] => [
    f.corrected_percent,
    f.sigma_corrected_percent,
  ],
};

// Fewer than two sigma above zero once the background is taken away.
const isDoubtful = (f: Fraction) =>
  f.corrected_counts !== null &&
  f.sigma_corrected_counts !== null &&
  f.corrected_counts < 2 * f.sigma_corrected_counts;

function FractionTable({
  rows,
  caption,
  first,
  percent,
  name,
}: {
  rows: Fraction[];
  caption: string;
  first: [string, string]; // heads of the name and of the counts
  percent: string;
  name: (f: Fraction) => preact.ComponentChildren;
}) {
  const corrected = rows.some((f) => f.corrected_counts !== null);
  const column = (get: (f: Fraction) => [number | null, number | null]) => rows.map(get);
  return (
    <Table caption={caption} rows={rows.length}>
      <thead>
        {corrected && (
          <tr>
            <td />
            <th colSpan={3} scope="colgroup">
              as counted
            </th>
            <th colSpan={4} scope="colgroup" class="apart">
              corrected
            </th>
          </tr>
        )}
        <tr>
          <th scope="col">{first[0]}</th>
          <th scope="col" class="number">
            {first[1]}
          </th>
          <th scope="col" class="number" colSpan={2}>
            {percent}
          </th>
          {corrected && (
            <th scope="col" class="number apart" colSpan={2}>
              {first[1]}
            </th>
          )}
          {corrected && (
            <th scope="col" class="number" colSpan={2}>
              {percent}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((f) => (
          <tr>
            <th scope="row">
              {name(f)}
              {isDoubtful(f) && <sup class="mark">{"\u2020"}</sup>}
            </th>
            <td class="number">{thousands(f.counts)}</td>
            <EstimateCells pair={pairs.raw(f)} column={column(pairs.raw)} />
            {corrected && (
              <EstimateCells apart pair={pairs.counts(f)} column={column(pairs.counts)} />
            )}
            {corrected && (
              <EstimateCells pair={pairs.corrected(f)} column={column(pairs.corrected)} />
            )}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Notes({ data }: { data: ReportData }) {
  const { elements, ions, labels } = data.composition!;
  const corrected = [...elements, ...ions].some((f) => f.corrected_counts !== null);
  return (
    <>
      <p class="note">
        Uncertainties are one standard deviation: of counting, and all known parts of it for
        the corrected numbers. Molecular ions are split into their atoms.{" "}
        {corrected
          ? "The corrected numbers have the background of the spectrum taken away; where ions overlap and their patterns were solved for, each has its own part of the peaks."
          : "There is no background fit, so there are no corrected numbers."}
        {labels > 0 &&
          ` ${plural(labels, "ranged ion")} whose name is no element ${labels === 1 ? "is" : "are"} outside this table.`}
      </p>
      {[...elements, ...ions].some(isDoubtful) && (
        <p class="note">
          {"\u2020"} Less than two standard deviations above the background.
        </p>
      )}
    </>
  );
}

export function CompositionSection({
  data,
  colours,
}: {
  data: ReportData;
  colours: string[];
}) {
  const c = data.composition!;
  const byName = new Map(data.kinds.map((k, i) => [k.name, i]));
  const ionName = (f: Fraction) => {
    const i = byName.get(f.name);
    const kind: IonKind =
      i !== undefined ? data.kinds[i] : { name: f.name, charge: 0, parts: [] };
    return (
      <>
        {i !== undefined && <Swatch colour={colours[i]} />}
        <Ion kind={kind} />
      </>
    );
  };
  return (
    <Section id="composition" title="Composition">
      <>
        {c.elements.length > 0 ? (
          <FractionTable
            rows={c.elements}
            caption="Elements"
            first={["Element", "atoms"]}
            percent="at.%"
            name={(f) => f.name}
          />
        ) : (
          <Missing>No ranged ion has the name of an element.</Missing>
        )}
        <FractionTable
          rows={c.ions.filter((f) => f.counts > 0)}
          caption="Ions"
          first={["Ion", "ions"]}
          percent="ionic %"
          name={ionName}
        />
        <Notes data={data} />
      </>
    </Section>
  );
}

// Decimals that no bound of a range needs more of, at most four.
function boundDecimals(data: ReportData): number {
  const needs = (v: number) =>
    [2, 3, 4].find((d) => Math.abs(v - Number(v.toFixed(d))) < 1e-7) ?? 4;
  return Math.max(...data.ranges.map((r) => Math.max(needs(r.lo_da), needs(r.hi_da))));
}

export function RangesSection({
  data,
  colours,
  onZoom,
}: {
  data: ReportData;
  colours: string[];
  onZoom: (zoom: ZoomTo) => void;
}) {
  const { ranges, kinds, spectrum } = data;
  const noise = ranges.some((r) => r.background_counts !== null);
  const likely = ranges.some((r) => r.probability !== null);
  const decimals = boundDecimals(data);
  return (
    <Section id="ranges" title="Ranges">
      <Table caption={`${plural(ranges.length, "range")} by m/n`} rows={ranges.length}>
        <thead>
          <tr>
            <th scope="col">Ion</th>
            <th scope="col" class="number">
              from (Da)
            </th>
            <th scope="col" class="number">
              to (Da)
            </th>
            <th scope="col" class="number">
              ions
            </th>
            {noise && (
              <th scope="col" class="number">
                background
              </th>
            )}
            {noise && (
              <th scope="col" class="number">
                share
              </th>
            )}
            {likely && (
              <th scope="col" class="number">
                probability
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {ranges.map((r) => (
            <tr>
              <th scope="row">
                <Swatch colour={colours[r.ion]} />
                {spectrum && spectrum.n_bins > 0 ? (
                  <button
                    type="button"
                    class="link"
                    title="Show in the spectrum"
                    onClick={() => onZoom({ lo: r.lo_da, hi: r.hi_da })}
                  >
                    <Ion kind={kinds[r.ion]} />
                  </button>
                ) : (
                  <Ion kind={kinds[r.ion]} />
                )}
              </th>
              <td class="number">{r.lo_da.toFixed(decimals)}</td>
              <td class="number">{r.hi_da.toFixed(decimals)}</td>
              <td class="number">
                {r.counts === null ? "not counted" : thousands(r.counts)}
              </td>
              {noise && (
                <td class="number">
                  <Aligned text={thousands(r.background_counts ?? 0, 1)} decimals={1} />
                </td>
              )}
              {noise && (
                <td class="number">{noiseShare(r.background_counts, r.counts)}</td>
              )}
              {likely && <td class="number">{probabilityText(r.probability)}</td>}
            </tr>
          ))}
        </tbody>
      </Table>
      <p class="note">
        A range holds m/n from its first bound up to, not including, its second. Ranges of
        one ion that touch or overlap are merged.
        {likely && " Probability: that the ion is there, given the spectrum."}
        {noise && " Background: ions that the fitted curve expects in the range."}
        {spectrum && spectrum.n_bins > 0 && (
          <span class="screen"> Choose an ion to see its range in the spectrum.</span>
        )}
      </p>
    </Section>
  );
}

function probabilityText(p: number | null): string {
  if (p === null) return "";
  return p > 0.9995 ? ">\u202f0.999" : p.toFixed(3);
}

function noiseShare(background: number | null, counts: number | null): string {
  if (background === null || counts === null) return "";
  if (counts === 0) return "no ions";
  return background > counts ? ">\u202f100\u202f%" : share(background, counts);
}
