// main.tsx: the report, from the data in the page.
// SPDX-License-Identifier: GPL-3.0-or-later
import { Fragment, render } from "preact";
import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { absencesOf } from "./absent";
import { hasWebGL } from "./cloud_view";
import { ionColours } from "./colour";
import { CompositionSection, RangesSection } from "./composition";
import type { ReportData } from "./data";
import { CloudSection } from "./cloud";
import { ClustersSection } from "./clusters";
import { FINDING_SECTIONS, FindingsSection } from "./findings";
import { HistorySection, MetadataSection } from "./history";
import { HitsSection, ProjectionsSection } from "./maps";
import { NeighboursSection } from "./neighbours";
import { FlightSection, MultiplesSection } from "./raw";
import { SpectrumSection } from "./spectrum";
import type { ZoomTo } from "./spectrum";
import { Summary, Title } from "./summary";
import { LookContext, watchLook } from "./theme";
import type { Look } from "./theme";
import { AbsentSection, TrustSection } from "./trust";

interface Entry {
  id: string;
  title: string; // in the contents
  body: VNode;
}

function Contents({ entries }: { entries: Entry[] }) {
  return (
    <nav aria-label="Contents">
      {entries.map((e) => (
        <a href={`#${e.id}`}>{e.title}</a>
      ))}
    </nav>
  );
}

// The sections in the order of the page.
function entriesOf(
  data: ReportData,
  colours: string[],
  zoom: ZoomTo | null,
  setZoom: (zoom: ZoomTo) => void,
): Entry[] {
  const own = { data, colours };
  const findings = FINDING_SECTIONS.filter(([id]) =>
    data.findings.some((f) => f.section === id),
  ).map(([id, title]): [string, string, VNode] => [
    id,
    title,
    <FindingsSection id={id} title={title} data={data} />,
  ]);
  const entries: [string, string, VNode][] = [
    ["spectrum", "Spectrum", <SpectrumSection {...own} zoom={zoom} />],
    ["composition", "Composition", <CompositionSection {...own} />],
    ["ranges", "Ranges", <RangesSection {...own} onZoom={setZoom} />],
    ...findings,
    ["projections", "Projections", <ProjectionsSection data={data} />],
    ["cloud", "Ions in space", <CloudSection {...own} />],
    ["neighbours", "Neighbours", <NeighboursSection {...own} />],
    ["clusters", "Clusters", <ClustersSection {...own} />],
    ["hits", "Hit map", <HitsSection data={data} />],
    ["flight", "Time of flight", <FlightSection data={data} />],
    ["multiples", "Ions per pulse", <MultiplesSection data={data} />],
    ["trust", "How far to trust this", <TrustSection data={data} />],
    ["history", "History", <HistorySection data={data} />],
    ["metadata", "Metadata", <MetadataSection data={data} />],
  ];
  return entries.map(([id, title, body]) => ({ id, title, body }));
}

function Report({ data, look }: { data: ReportData; look: Look }) {
  const [zoom, setZoom] = useState<ZoomTo | null>(null);
  const colours = useMemo(() => {
    const counts = data.kinds.map((_, i) =>
      data.ranges.filter((r) => r.ion === i).reduce((n, r) => n + (r.counts ?? 0), 0),
    );
    const order = [...data.kinds.keys()].sort((a, b) => counts[b] - counts[a]);
    return ionColours(data.kinds, order);
  }, [data]);
  const absences = useMemo(() => absencesOf(data, hasWebGL()), [data]);
  const entries = entriesOf(data, colours, zoom, setZoom).filter(
    (e) => !absences.some((a) => a.id === e.id),
  );
  if (absences.length > 0) {
    const body = <AbsentSection absences={absences} />;
    const place = entries.findIndex((e) => e.id === "trust");
    entries.splice(place, 0, { id: "absent", title: "Not in this report", body });
  }
  return (
    <LookContext.Provider value={look}>
      <a class="skip" href="#summary">
        Skip to the summary
      </a>
      <Title data={data} />
      <Contents entries={entries} />
      <main>
        <Summary data={data} />
        {entries.map((e) => (
          <Fragment key={e.id}>{e.body}</Fragment>
        ))}
      </main>
    </LookContext.Provider>
  );
}

function Damaged() {
  return (
    <main>
      <h1>Atom probe report</h1>
      <p>The data of this report cannot be read: the file is damaged or incomplete.</p>
    </main>
  );
}

function start(): void {
  const root = document.getElementById("report")!;
  let data: ReportData;
  try {
    data = JSON.parse(document.getElementById("data")!.textContent!) as ReportData;
  } catch {
    render(<Damaged />, root);
    return;
  }
  document.title = `${data.input.name ?? "Atom probe"}: atom probe report`;
  watchLook((look) => render(<Report data={data} look={look} />, root));
}

start();
