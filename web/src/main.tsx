// main.tsx: the report, from the data in the page.
// SPDX-License-Identifier: GPL-3.0-or-later
import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import { ionColours } from "./colour";
import { CompositionSection, RangesSection } from "./composition";
import type { ReportData } from "./data";
import { CloudSection } from "./cloud";
import { ClustersSection } from "./clusters";
import { HistorySection, MetadataSection } from "./history";
import { HitsSection, ProjectionsSection } from "./maps";
import { NeighboursSection } from "./neighbours";
import { FlightSection, MultiplesSection } from "./raw";
import { SpectrumSection } from "./spectrum";
import type { ZoomTo } from "./spectrum";
import { Summary, Title } from "./summary";
import { LookContext, watchLook } from "./theme";
import type { Look } from "./theme";
import { TrustSection } from "./trust";

function Contents({ data }: { data: ReportData }) {
  const links: [string, string, boolean][] = [
    ["spectrum", "Spectrum", true],
    ["composition", "Composition", true],
    ["ranges", "Ranges", true],
    ["projections", "Projections", true],
    ["cloud", "Ions in space", true],
    ["neighbours", "Neighbours", true],
    ["clusters", "Clusters", true],
    ["hits", "Hit map", data.hits !== null],
    ["flight", "Time of flight", data.flight !== null],
    ["multiples", "Ions per pulse", (data.multiples ?? []).length > 0],
    ["trust", "How far to trust this", true],
    ["history", "History", true],
    ["metadata", "Metadata", data.metadata.length > 0],
  ];
  return (
    <nav aria-label="Contents">
      {links
        .filter(([, , here]) => here)
        .map(([id, title]) => (
          <a href={`#${id}`}>{title}</a>
        ))}
    </nav>
  );
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
  return (
    <LookContext.Provider value={look}>
      <a class="skip" href="#summary">
        Skip to the summary
      </a>
      <Title data={data} />
      <Contents data={data} />
      <main>
        <Summary data={data} />
        <SpectrumSection data={data} colours={colours} zoom={zoom} />
        <CompositionSection data={data} colours={colours} />
        <RangesSection data={data} colours={colours} onZoom={setZoom} />
        <ProjectionsSection data={data} />
        <CloudSection data={data} colours={colours} />
        <NeighboursSection data={data} colours={colours} />
        <ClustersSection data={data} colours={colours} />
        <HitsSection data={data} />
        <FlightSection data={data} />
        <MultiplesSection data={data} />
        <TrustSection data={data} />
        <HistorySection data={data} />
        <MetadataSection data={data} />
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
