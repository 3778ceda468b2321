// history.tsx: what was left out, and how the results came about.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { ReportData, Step } from "./data";
import { plural, seconds, share, thousands, timeText } from "./format";
import { Hash, Section, Table } from "./parts";

interface Loss {
  what: string;
  ions: number;
  why: string;
}

function losses(data: ReportData): Loss[] {
  const { input, composition: c, spectrum: s } = data;
  const read = data.steps.find((step) => step.method === "read");
  const region = read?.parameters.find((p) => p.name === "region")?.value;
  const rows: Loss[] = [
    {
      what: "Invalid ions",
      ions: input.dropped,
      why: "a value that is not finite, or a negative m/n",
    },
    {
      what: "Outside the region",
      ions: input.outside,
      why: region ? `only ${region} (nm) was analysed` : "no region was chosen",
    },
  ];
  if (c && data.ranges.length > 0) {
    rows.push({
      what: "In no range",
      ions: c.unranged,
      why: "m/n in none of the ranges: background, or peaks without a range",
    });
    rows.push({
      what: "Names that are no element",
      ions: c.labels,
      why: "ranged and counted, but outside the composition",
    });
  }
  if (s) {
    const width = (v: number) => thousands(v, v % 1 === 0 ? 0 : 2);
    rows.push({
      what: "Below the spectrum",
      ions: s.below,
      why: `m/n under its first bin, ${width(s.m_min_da)} Da`,
    });
    rows.push({
      what: "Above the spectrum",
      ions: s.above,
      why: `m/n beyond its last bin, ${width(s.m_max_da)} Da`,
    });
  }
  return rows;
}

export function DroppedTable({ data }: { data: ReportData }) {
  const { ions, dropped, outside } = data.input;
  const total = ions + dropped + outside;
  return (
    <>
      <Table caption={`Of ${plural(total, "ion")} in the file`}>
        <thead>
          <tr>
            <th scope="col">Left out</th>
            <th scope="col" class="number">
              ions
            </th>
            <th scope="col" class="number">
              share
            </th>
            <th scope="col">why</th>
          </tr>
        </thead>
        <tbody>
          {losses(data).map((row) => (
            <tr class={row.ions === 0 ? "none" : ""}>
              <th scope="row">{row.what}</th>
              <td class="number">{thousands(row.ions)}</td>
              <td class="number">{share(row.ions, total)}</td>
              <td class="text">{row.why}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {data.ranges.length === 0 && (
        <p class="note">There are no ranges, so no ion is named or left unnamed.</p>
      )}
    </>
  );
}

export function Warnings({ data }: { data: ReportData }) {
  const warnings = [
    ...data.steps.flatMap((s) => s.warnings.map((text) => ({ from: s.method, text }))),
    ...data.warnings.map((text) => ({ from: "", text })),
  ];
  if (warnings.length === 0) return <p>The analysis gave no warnings.</p>;
  return (
    <ul class="warnings">
      {warnings.map((w) => (
        <li>
          {w.from && <span class="from">{w.from}: </span>}
          {w.text}
        </li>
      ))}
    </ul>
  );
}

function StepBlock({ step, number }: { step: Step; number: number }) {
  return (
    <li class="step">
      <h3>
        <span class="ordinal">{number}</span> {step.method}
      </h3>
      <p class="step-title">
        {step.title}. Ionatlas {step.version}, {timeText(step.started)},{" "}
        {seconds(step.seconds)}.
      </p>
      {step.parameters.length > 0 ? (
        <Table caption={`Parameters of ${step.method}`}>
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              <th scope="col">value</th>
              <th scope="col">meaning</th>
            </tr>
          </thead>
          <tbody>
            {step.parameters.map((p) => (
              <tr>
                <th scope="row">
                  <code>{p.name}</code>
                </th>
                <td class="value">
                  {p.value === "" ? "none" : p.value} {p.value !== "" && p.unit}
                  {!p.default && <span class="set"> set</span>}
                </td>
                <td class="text meaning">{p.help}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      ) : (
        <p class="note">It has no parameters.</p>
      )}
    </li>
  );
}

export function HistorySection({ data }: { data: ReportData }) {
  return (
    <Section id="history" title="History">
      <Table caption="Inputs">
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">file</th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {data.inputs.map((i) => (
            <tr>
              <th scope="row">{i.role}</th>
              <td class="text">{i.name ?? "without a name"}</td>
              <td class="text">
                <Hash sha256={i.sha256} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {data.steps.length === 0 ? (
        <p class="missing">No steps were recorded.</p>
      ) : (
        <>
          <ol class="steps">
            {data.steps.map((step, i) => (
              <StepBlock step={step} number={i + 1} />
            ))}
          </ol>
          <p class="note">
            Values marked <span class="set">set</span> differ from the default. The
            project file holds the same record and repeats these steps.
          </p>
        </>
      )}
    </Section>
  );
}

export function MetadataSection({ data }: { data: ReportData }) {
  const known = data.metadata.filter((m) => m.value !== null);
  const unknown = data.metadata.filter((m) => m.value === null);
  const required = unknown.filter((m) => m.required);
  const rest = unknown.filter((m) => !m.required);
  if (data.metadata.length === 0) return null;
  return (
    <Section id="metadata" title="Specimen and instrument">
      {known.length === 0 ? (
        <p>Nothing was told about the specimen and the instrument.</p>
      ) : (
        <Table caption="Told with the analysis" rows={known.length}>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">value</th>
              <th scope="col">meaning</th>
            </tr>
          </thead>
          <tbody>
            {known.map((m) => (
              <tr>
                <th scope="row">
                  <code>{m.key}</code>
                </th>
                <td class="text">{m.value}</td>
                <td class="text meaning">{m.help}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      <Unknown title="Unknown, and required by NXapm" list={required} />
      <Unknown title="Unknown" list={rest} />
    </Section>
  );
}

function Unknown({ title, list }: { title: string; list: ReportData["metadata"] }) {
  if (list.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="unknown">
        {list.map((m) => (
          <li>
            <code>{m.key}</code>
            {m.help && <span> {m.help}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
