// cluster_table.tsx: the clusters one by one: place, size and composition with its errors.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { ClusterRow, ClusterShare } from "./data";
import { plural, thousands } from "./format";
import { EstimateCells, Table } from "./parts";
import { isCorrected, mainElements, shareIn } from "./cluster_model";

const known = (v: number | null | undefined): v is number => typeof v === "number";

type Pair = [number | null, number | null];

const centre = (c: ClusterRow) =>
  c.centre_nm?.every((v) => v !== null)
    ? c.centre_nm.map((v) => thousands(v!, 1)).join(", ")
    : "not known";

const radius = (c: ClusterRow): Pair => [
  c.radius_of_gyration_nm ?? null,
  c.sigma_radius_of_gyration_nm ?? null,
];

// Without an error a radius is told to 0.01 nm.
function RadiusCells({ row, rows }: { row: ClusterRow; rows: ClusterRow[] }) {
  if (rows.some((c) => known(c.sigma_radius_of_gyration_nm)))
    return <EstimateCells pair={radius(row)} column={rows.map(radius)} />;
  return <td class="number">{radius(row)[0]?.toFixed(2) ?? "not known"}</td>;
}

// The composition in one cell, as programs wrote it that knew no errors.
function PlainShares({ row, elements }: { row: ClusterRow; elements: string[] }) {
  const text = elements
    .map((name): [string, number] => [name, shareIn(row, name)[0] ?? 0])
    .filter(([, v]) => v >= 0.5)
    .map(([name, v]) => `${name}\u202f${Math.round(v)}\u202f%`)
    .join(", ");
  return <td>{text}</td>;
}

export function ClusterTable({ rows, total }: { rows: ClusterRow[]; total: number }) {
  const solute = rows.some((c) => c.solute ?? c.element);
  const edges = rows.some((c) => c.at_edge !== undefined);
  const sigmas = rows.some((c) =>
    Object.values(c.composition ?? {}).some(
      (v) => typeof v === "object" && known((v as ClusterShare).sigma_at_percent),
    ),
  );
  const elements = mainElements(rows);
  const wideRadius = rows.some((c) => known(c.sigma_radius_of_gyration_nm));
  const caption =
    rows.length < total
      ? `The largest ${thousands(rows.length)} of ${plural(total, "cluster")}`
      : plural(total, "cluster");
  return (
    <>
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
            <th scope="col" class="number" colSpan={wideRadius ? 2 : 1}>
              R<sub>g</sub> (nm)
            </th>
            <th scope="col" class="number">
              centre x, y, z (nm)
            </th>
            {edges && <th scope="col">at edge</th>}
            {sigmas ? (
              elements.map((name) => (
                <th scope="col" class="number" colSpan={2}>
                  {name} (at.%)
                </th>
              ))
            ) : (
              <th scope="col">composition</th>
            )}
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
              <td class="number">
                {known(c.solute_ions) ? thousands(c.solute_ions) : "not known"}
              </td>
              <RadiusCells row={c} rows={rows} />
              <td class="number">{centre(c)}</td>
              {edges && <td>{c.at_edge ? "yes" : ""}</td>}
              {sigmas ? (
                elements.map((name) => (
                  <EstimateCells
                    apart
                    pair={shareIn(c, name)}
                    column={rows.map((r) => shareIn(r, name))}
                  />
                ))
              ) : (
                <PlainShares row={c} elements={elements} />
              )}
            </tr>
          ))}
        </tbody>
      </Table>
      {sigmas && (
        <p class="note">
          {isCorrected(rows)
            ? "Compositions are less background; "
            : "Compositions are as counted: no background was fitted; "}
          {"\u00b1"} is one standard deviation from the number of ions. Elements with less
          than 1{"\u202f"}% of the atoms in these clusters stand in the results as JSON. R
          <sub>g</sub> is the radius of gyration of the solute ions.
        </p>
      )}
    </>
  );
}
