// parts_of_data.tsx: what random halves and thinned data say of the same questions.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { ClusterTest, NeighbourTest, ReportData } from "./data";
import { EstimateCells, Table } from "./parts";
import { isSignificant } from "./verdict";

type Pair = [number | null, number | null];

const known = (v: number | null | undefined): v is number => typeof v === "number";
const percent = (v: number | null | undefined): number | null =>
  known(v) ? 100 * v : null;

const rounded = (v: number | null) => (v === null ? null : Number(v.toPrecision(2)));

function Heads({ names }: { names: string[] }) {
  return (
    <thead>
      <tr>
        <th scope="col">{names[0]}</th>
        {names.slice(1).map((name) => (
          <th scope="col" class="number" colSpan={2}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Rows({ rows }: { rows: { name: string; pairs: Pair[] }[] }) {
  return (
    <tbody>
      {rows.map(({ name, pairs }) => (
        <tr>
          <th scope="row">{name}</th>
          {pairs.map((pair, i) => (
            <EstimateCells apart pair={pair} column={rows.map((r) => r.pairs[i])} />
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function ClusterParts({ tests }: { tests: ClusterTest[] }) {
  const rows = tests.map((t) => ({
    name: t.element,
    pairs: [
      [percent(t.effect), percent(t.sigma_effect)],
      [percent(t.half_effect), percent(t.half_difference)],
      [percent(t.thinned_effect), percent(t.sigma_thinned_effect)],
    ] as Pair[],
  }));
  return (
    <>
      <Table caption="Clustered share of the solute (%)">
        <Heads
          names={["Solute", "all ions", "random halves", "70\u202f% of the ions"]}
        />
        <Rows rows={rows} />
      </Table>
      <p class="note">
        All ions: {"\u00b1"} from blocks of the specimen. Random halves: their mean, and
        {" \u00b1"} the difference between them. 70{"\u202f"}% of the ions: mean of random
        draws, and {"\u00b1"} how much these differ. The settings are chosen anew in each
        part. Where there are few ions to a cluster the parts show less clustering than
        all ions do: with fewer ions there is less resolution. That alone does not make
        the clusters doubtful; a large difference between the halves does.
      </p>
    </>
  );
}

function NeighbourParts({ tests }: { tests: NeighbourTest[] }) {
  const rows = tests.map((t) => {
    const scale = t.null_mean_distance_nm || null;
    const over = (v: number | null | undefined) => (known(v) && scale ? v / scale : null);
    return {
      name: t.species,
      pairs: [
        [t.ratio ?? over(t.mean_distance_nm), over(t.sigma_mean_distance_nm)],
        [rounded(over(t.half_difference_nm)), null],
        [t.thinned_ratio ?? null, t.sigma_thinned_ratio ?? null],
      ] as Pair[],
    };
  });
  return (
    <>
      <Table caption="Mean distance to the nearest over that of shuffled labels">
        <Heads
          names={[
            "Species",
            "all ions",
            "between random halves",
            "70\u202f% of the ions",
          ]}
        />
        <Rows rows={rows} />
      </Table>
      <p class="note">
        1 is what chance gives. With fewer ions all distances grow, and short-range
        differences from chance are seen less sharply.
      </p>
    </>
  );
}

// Nothing where the program did not look at parts.
export function PartsOfData({ data }: { data: ReportData }) {
  const clusters = (data.clusters?.tests ?? []).filter(
    (t) => isSignificant(t) && (known(t.half_effect) || known(t.thinned_effect)),
  );
  const neighbours = (data.neighbours?.tests ?? []).filter(
    (t) => t.k === 1 && (known(t.half_difference_nm) || known(t.thinned_ratio)),
  );
  if (clusters.length + neighbours.length === 0) return null;
  return (
    <>
      <h3>The same in parts of the data</h3>
      {clusters.length > 0 && <ClusterParts tests={clusters} />}
      {neighbours.length > 0 && <NeighbourParts tests={neighbours} />}
    </>
  );
}
