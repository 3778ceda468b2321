// tests/web/test_results.mjs: ions in space, verdicts in words and absent sections.
// SPDX-License-Identifier: GPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";

const from = process.env.IONATLAS_WEB;
const { decodeU16, shuffled, partsOf, toView, edgesOf, scaleEdge, rgb, ballSize } =
  await import(`${from}/cloud_model.mjs`);
const {
  SIGNS,
  verdictOf,
  verdictWord,
  markTitle,
  markValue,
  boundText,
  pText,
  chance,
  bySpecies,
  listOf,
  clusterSentence,
  compositionDoubts,
} = await import(`${from}/verdict.mjs`);
const { isCorrected, mainElements, shareIn, stacksOf } = await import(
  `${from}/cluster_model.mjs`
);
const { absencesOf } = await import(`${from}/absent.mjs`);
const { colourOf, ionColours } = await import(`${from}/colour.mjs`);

const encode = (values) =>
  Buffer.from(values.flatMap((v) => [v & 255, v >> 8])).toString("base64");

test("a mark of nothing is not a good one", () => {
  assert.equal(verdictWord(verdictOf("none")), "nothing told");
  assert.notEqual(SIGNS.none, SIGNS.good);
  assert.equal(verdictWord(verdictOf("good")), "good");
  assert.equal(verdictWord(verdictOf("toString")), "unknown");
});

test("positions come out of base64 as little-endian numbers", () => {
  assert.deepEqual([...decodeU16(encode([0, 1, 256, 65535]))], [0, 1, 256, 65535]);
  assert.equal(decodeU16("").length, 0);
});

test("a shuffle holds every number once, always in the same order", () => {
  const order = [...shuffled(1000)];
  assert.deepEqual(order, [...shuffled(1000)]);
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    [...Array(1000).keys()],
  );
  // The first tenth is an even sample: a tenth of it in each tenth, within four sigma.
  for (let k = 0; k < 10; k++) {
    const inside = order.slice(0, 100).filter((i) => Math.floor(i / 100) === k).length;
    assert.ok(Math.abs(inside - 10) <= 12, `${inside} in tenth ${k}`);
  }
  assert.equal(shuffled(0).length, 0);
});

test("parts keep each ion with its cluster", () => {
  const places = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const parts = partsOf({
    shown: 3,
    species: [
      { kind: 0, ions: 5, shown: 2 },
      { kind: -1, ions: 1, shown: 1 },
    ],
    positions: encode(places),
    clusters: encode([11, 12, 13]),
  });
  const pairs = parts.map((p) =>
    [...p.clusters].map((c, i) => [c, ...p.places.slice(3 * i, 3 * i + 3)]).sort(),
  );
  assert.deepEqual(pairs, [
    [
      [11, 1, 2, 3],
      [12, 4, 5, 6],
    ],
    [[13, 7, 8, 9]],
  ]);
});

const bounds = [
  [-10, 0, 0],
  [10, 20, 60],
];

test("depth goes down in the view, which is not mirrored", () => {
  assert.deepEqual(toView([0, 10, 30], bounds), [0, 0, 0]);
  assert.deepEqual(toView([10, 20, 0], bounds), [10, 10, 30]);
});

test("a box seen from above, in front and to the left has an outline of six edges", () => {
  const edges = edgesOf(bounds, () => [-0.5, -0.7, 0.5]);
  assert.equal(edges.length, 12);
  assert.equal(edges.filter((e) => e.outline).length, 6);
  // The nearest corner (left, front, top) and the farthest are not on it.
  const corner = [-10, 0, 0];
  const inside = edges.filter((e) =>
    e.ends.some((v) => v.every((x, i) => x === corner[i])),
  );
  assert.ok(inside.every((e) => !e.outline));
});

test("scales stand below and on the left, and not at an axis seen end on", () => {
  const project = ([x, , z]) => [10 * x, 10 * z]; // from the front, px downwards
  const edges = edgesOf(bounds, () => [0, -1, 0]);
  const across = scaleEdge(edges, 0, project);
  assert.equal(across.from[1], 600);
  const upright = scaleEdge(edges, 2, project);
  assert.equal(upright.from[0], -100);
  assert.equal(scaleEdge(edges, 1, project), null);
});

test("colours keep their sRGB values", () => {
  assert.deepEqual(rgb("#ff8000"), [1, 128 / 255, 0]);
  assert.ok(ballSize(1e5, bounds) < ballSize(100, bounds));
  assert.ok(ballSize(0, bounds) > 0);
});

const kind = (name, symbol, count = 1) => ({
  name,
  charge: 1,
  parts: symbol ? [{ symbol, a: 0, count }] : [],
});

test("an element has the colour of its ions", () => {
  const kinds = [kind("Fe++", "Fe"), kind("Cu+", "Cu"), kind("Blob", null)];
  const colours = ionColours(kinds, [0, 1, 2]);
  assert.equal(colourOf("Cu", kinds, colours), colours[1]);
  assert.equal(colourOf("Blob", kinds, colours), colours[2]);
  assert.match(colourOf("Xx", kinds, colours), /^#/);
});

const mark = (more) => ({
  mark: "resolving_power",
  value: 637.21,
  unit: "",
  verdict: "fair",
  good: 700,
  fair: 300,
  sentence: "",
  ...more,
});

test("marks in words", () => {
  assert.equal(markTitle("resolving_power"), "Resolving power");
  assert.equal(markTitle("split_half_p"), "Split-half agreement");
  assert.equal(markValue(mark({})), "637");
  assert.equal(markValue(mark({ value: 2.3671, unit: "%" })), "2.37\u202f%");
  assert.equal(markValue(mark({ value: null })), "not known");
  assert.equal(boundText(mark({}), 700, 300), "\u2265\u202f700");
  const share = mark({ good: 2, fair: 10, unit: "%" });
  assert.equal(boundText(share, 2, 10), "\u2264\u202f2\u202f%");
  assert.equal(boundText(share, null, 10), "");
});

test("p is never nothing", () => {
  assert.equal(pText(0.0123), "0.012");
  assert.equal(pText(1), "1");
  assert.match(pText(1e-9), /^< 0.0001$/);
  assert.equal(pText(null), "not known");
  assert.match(chance(0.04), /5\u202f%/);
  assert.match(chance(0.001), /0.1\u202f%/);
  assert.match(chance(0.2), /chance/);
});

const row = (species, k, measured, shuffled, p, p_holm = p) => ({
  species,
  k,
  mean_distance_nm: measured,
  null_mean_distance_nm: shuffled,
  p_value: p,
  p_holm,
});

test("distances in words, by species, after Holm's correction", () => {
  const [cu, mn, c] = bySpecies([
    row("Cu", 1, 0.3, 0.5, 0.005, 0.015),
    row("Cu", 2, 0.4, 0.7, 0.005, 0.015),
    row("Mn", 1, 0.6, 0.5, 0.01, 0.02),
    row("C", 1, 0.5, 0.7, 0.03, 0.09),
  ]);
  assert.equal(cu.rows.length, 2);
  assert.match(cu.sentence, /^closer together .* \(p = 0.015\)$/);
  assert.match(mn.sentence, /^farther apart/);
  assert.match(c.sentence, /^as far apart as at random/);
});

const clusters = (tests, more = {}) => ({
  tests,
  n_clusters: 0,
  clusters: [],
  sizes: null,
  ...more,
});
const tested = (element, p, significant) => ({ element, p, p_holm: p, significant });

test("distances of ions that lie on one another are not compared", () => {
  const [cu] = bySpecies([row("Cu", 1, 0, 0, 1, 1), row("Cu", 2, 0, 0, 1, 1)]);
  assert.equal(cu.p, null);
  assert.match(cu.sentence, /^not tested/);
});

test("what could not be tested is told in the program's own words", () => {
  const verdict = "no clustering could be tested: Cu: all ions lie at one place";
  const reason = "all ions lie at one place";
  const untested = [{ ...tested("Cu", 1, false), reason }, tested("C", null, false)];
  assert.equal(
    clusterSentence(clusters(untested, { verdict })),
    "No clustering could be tested: Cu: all ions lie at one place.",
  );
  assert.match(clusterSentence(clusters([], { verdict })), /^No clustering could be/);
  assert.match(
    clusterSentence(clusters([untested[0], tested("Mn", 0.4, false)], { verdict })),
    /of the 1 element tested/,
  );
});

const cluster = (ions, composition) => ({ number: 1, ions, composition });
const share = (at_percent, corrected) => ({
  at_percent,
  sigma_at_percent: 2,
  ...(corrected === undefined
    ? {}
    : { corrected_at_percent: corrected, sigma_corrected_at_percent: 3 }),
});

test("compositions of clusters, with and without a background", () => {
  const rows = [
    cluster(100, { Cu: share(60, 61), Fe: share(39, 38), H: share(1, 1) }),
    cluster(300, { Fe: share(99.5, 99.6), C: share(0.5, 0.4) }),
  ];
  assert.deepEqual(mainElements(rows), ["Fe", "Cu"]);
  assert.deepEqual(shareIn(rows[0], "Cu"), [61, 3]);
  assert.deepEqual(shareIn(rows[1], "Cu"), [0, null]); // not there
  assert.ok(isCorrected(rows));
  const bare = cluster(10, { Cu: share(60), Fe: share(40) });
  assert.deepEqual(shareIn(bare, "Fe"), [40, 2]);
  assert.ok(!isCorrected([bare]));
  const old = cluster(10, { Cu: 3, Fe: 1 });
  assert.deepEqual(shareIn(old, "Cu"), [75, null]);
  assert.deepEqual(shareIn(cluster(10, undefined), "Cu"), [null, null]);
});

test("sizes stand on one another by solute", () => {
  const sizes = {
    edges: [0, 10, 20],
    clusters: [3, 1],
    solutes: [
      { solute: "Cu", clusters: [2, 0] },
      { solute: "Si", clusters: [1, 1] },
    ],
  };
  const [cu, si] = stacksOf(sizes);
  assert.deepEqual([cu.from, cu.to], [[0, 0], [2, 0]]);
  assert.deepEqual([si.from, si.to], [[2, 0], [3, 1]]);
  const [all] = stacksOf({ edges: [0, 10], clusters: [4] });
  assert.deepEqual([all.solute, all.to], ["", [4]]);
});

test("clustering in one sentence", () => {
  assert.match(clusterSentence(null), /not tested/);
  assert.match(clusterSentence(clusters([])), /No element was tested/);
  assert.match(
    clusterSentence(clusters([tested("Cu", null, false)])),
    /could not be tested/,
  );
  const none = clusterSentence(
    clusters([tested("Cu", 0.3, false), tested("C", 0.2, false)]),
  );
  assert.match(none, /^No significant clustering of the 2 elements.*p = 0.2 /);
  const found = clusterSentence(
    clusters([tested("Cu", 0.01, true), tested("C", 0.2, false)], {
      n_clusters: 12,
      null: { expected_false_clusters: 0.4 },
    }),
  );
  assert.match(
    found,
    /^Significant clustering of Cu in 12 clusters \(p = 0.01 .*0.4 expected/,
  );
  assert.equal(listOf(["Cu", "Mn", "C"]), "Cu, Mn and C");
});

const empty = (columns) => ({
  input: { columns: columns.map((name) => ({ name })) },
  ranges: [],
  ...Object.fromEntries(
    [
      ...[
        "spectrum",
        "composition",
        "projections",
        "cloud",
        "hits",
        "flight",
        "multiples",
      ],
      ...["peaks", "neighbours", "clusters", "quality"],
    ].map((key) => [key, null]),
  ),
});

test("a step that found nothing tells why in its own words", () => {
  const neighbours = { tests: [], curves: [] };
  const told = (steps) =>
    absencesOf({ ...empty(["xyz", "mass"]), neighbours, steps }, true).find(
      (a) => a.id === "neighbours",
    ).sentence;
  assert.match(told([]), /no species has enough ions/);
  const warnings = ["too many ions lie at the same place"];
  assert.equal(
    told([{ method: "knn", warnings }]),
    "too many ions lie at the same place.",
  );
});

test("each absent section has one sentence, and none that is there", () => {
  const raw = absencesOf(empty(["tof", "det_xy"]), true);
  assert.equal(raw.length, 10);
  const said = Object.fromEntries(raw.map((a) => [a.id, a.sentence]));
  assert.equal(said.spectrum, "the input has no m/n.");
  assert.equal(said.projections, "the input has no positions.");
  assert.ok(raw.every((a) => a.sentence.endsWith(".")));
  const full = empty(["xyz", "mass"]);
  assert.match(
    absencesOf(full, true).find((a) => a.id === "cloud").sentence,
    /fewer than ten/,
  );
  full.cloud = { species: [] };
  assert.ok(!absencesOf(full, true).some((a) => a.id === "cloud"));
  assert.match(absencesOf(full, false).find((a) => a.id === "cloud").sentence, /WebGL/);
});

test("what bears on the composition is gathered from its steps, each once", () => {
  const step = (method, ...warnings) => ({ method, warnings });
  assert.deepEqual(
    compositionDoubts([step("range", "a_b.rrng: no formulas: X")]),
    ["a_b.rrng: no formulas: X."],
  );
  assert.deepEqual(
    compositionDoubts([
      step("identify", "6 of 82 peaks have no explanation"),
      step("deconvolve", "the ions told do not account for the counts"),
      step("composition", "the ions told do not account for the counts", "H2+ may be D+"),
      step("knn", "no neighbour distances are tested"),
    ]),
    [
      "6 of 82 peaks have no explanation.",
      "The ions told do not account for the counts.",
      "H2+ may be D+.",
    ],
  );
});
