// tests/web/test_models.mjs: bins, views, labels, colours and density images of the report.
// SPDX-License-Identifier: GPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";

const from = process.env.IONATLAS_WEB;
const { unpack } = await import(`${from}/data.mjs`);
const { modelOf, merge, factorFor, binOf, overview, backgroundAt, peaks, placeLabels } =
  await import(`${from}/spectrum_model.mjs`);
const { planeOf, coarser, factorOf, scaleTop, ticks, pixels } = await import(
  `${from}/map_model.mjs`
);
const { ionColours, oklch, scaleColour, scaleTable } = await import(`${from}/colour.mjs`);

const sum = (values) => values.reduce((a, b) => a + b, 0);

test("packed counts are unpacked", () => {
  assert.deepEqual(unpack("-2 7 0 18 1 -3", 9), [0, 0, 7, 0, 18, 1, 0, 0, 0]);
  assert.deepEqual(unpack("", 3), [0, 0, 0]);
  assert.deepEqual(unpack("1 2 3 4", 2), [1, 2]);
});

const spectrum = (counts, bin = 0.01, m_min = 0) => ({
  bin_da: bin,
  computed_bin_da: bin,
  m_min_da: m_min,
  m_max_da: m_min + bin * counts.length,
  n_bins: counts.length,
  below: 0,
  above: 0,
  counts: counts.join(" "),
});

test("merged bins keep every ion and their edges", () => {
  const counts = Array.from({ length: 103 }, (_, i) => (i * 7) % 5);
  const merged = merge(counts, 2, 0.5, 10);
  assert.equal(merged.counts.length, 11);
  assert.equal(sum(merged.counts), sum(counts));
  assert.equal(merged.counts[10], counts[100] + counts[101] + counts[102]);
  assert.equal(merged.bin, 5);
  assert.deepEqual(merged.edges.slice(0, 3), [2, 7, 12]);
  assert.equal(merged.edges.length, 12);
});

test("bins fit the pixels of a view", () => {
  assert.equal(factorFor(1, 1000, 0.01), 1);
  assert.equal(factorFor(80, 1000, 0.01), 5);
  assert.equal(factorFor(1000, 500, 0.01), 200);
  assert.equal(factorFor(1e9, 1, 0.01), 5000);
});

test("a mass lies in its bin", () => {
  const { at } = modelOf(spectrum(new Array(100).fill(1), 0.1, 5));
  assert.equal(binOf(at(1), 5), 0);
  assert.equal(binOf(at(1), 5.3), 3); // 5.3 is not 5 + 3 * 0.1 in binary
  assert.equal(binOf(at(1), 1), 0);
  assert.equal(binOf(at(1), 99), 99);
});

test("the first view shows all ranges and no empty stretch", () => {
  const counts = new Array(10000).fill(0);
  counts[2800] = 100000;
  counts[9999] = 1;
  const model = modelOf(spectrum(counts));
  const view = overview(model, [
    { ion: 0, lo_da: 55, hi_da: 57, counts: 1, background_counts: 0 },
  ]);
  assert.equal(view.min, 0);
  assert.ok(view.max > 57 && view.max < 65);
  const bare = overview(model, []);
  assert.ok(bare.max > 28.01 && bare.max < 32);
});

test("the background of a bin is the curve there times its width", () => {
  const b = { curve: { m_da: [10, 20, 40], per_da: [100, 80, 60], sigma_per_da: [10, 8, null] } };
  assert.deepEqual(backgroundAt(b, 15, 0.1), [9, 0.9]);
  assert.deepEqual(backgroundAt(b, 30, 0.5), [35, 2]);
  assert.deepEqual(backgroundAt(b, 5, 1), [100, 10]);
  assert.deepEqual(backgroundAt(b, 50, 1), [60, 0]);
});

const range = (ion, lo_da, hi_da) => ({
  ion,
  lo_da,
  hi_da,
  counts: 0,
  background_counts: null,
});

test("each range in view has its highest bin as peak, the highest first", () => {
  const counts = new Array(100).fill(0);
  counts[12] = 5;
  counts[14] = 9;
  counts[50] = 30;
  counts[90] = 99;
  const { at } = modelOf(spectrum(counts, 1));
  const found = peaks(at(1), [range(0, 10, 20), range(1, 45, 55), range(2, 85, 95)], {
    min: 0,
    max: 60,
  });
  assert.deepEqual(
    found.map((p) => [p.range, p.m, p.height]),
    [
      [1, 50.5, 30],
      [0, 14.5, 9],
    ],
  );
});

test("a peak whose top is out of view has no label", () => {
  const { at } = modelOf(spectrum([1, 1, 9, 1, 1, 4, 1, 1], 1));
  const ranges = [range(0, 2, 5), range(1, 5, 7)];
  const seen = (min, max) => peaks(at(1), ranges, { min, max }).map((p) => p.range);
  assert.deepEqual(seen(0, 8), [0, 1]);
  assert.deepEqual(seen(3.5, 8), [1]);
});

const plot = { width: 300, height: 200 };
const wish = (x, y, ion = x) => ({ x, y, ion, width: 40, height: 12 });
// Labels over a curve that has these peaks and nothing else.
function placed(wishes, room = plot, floor = 180) {
  const ceiling = (left, right) =>
    Math.min(floor, ...wishes.filter((w) => w.x > left && w.x < right).map((w) => w.y));
  return [placeLabels(wishes, wishes, room, ceiling), ceiling];
}

test("labels keep apart from each other, from the curve and from the edges", () => {
  const [boxes, ceiling] = placed([
    wish(200, 60),
    wish(205, 100),
    wish(298, 150),
    wish(12, 170),
  ]);
  assert.ok(boxes[0] && boxes[2] && boxes[3]);
  const found = boxes.filter((b) => b);
  for (const b of found) {
    assert.ok(b.left >= 0 && b.left + b.width <= 300 && b.top >= 0);
    assert.ok(b.top + b.height <= ceiling(b.left, b.left + b.width));
  }
  found.forEach((a, i) =>
    found
      .slice(i + 1)
      .forEach((b) =>
        assert.ok(
          a.left + a.width <= b.left ||
            b.left + b.width <= a.left ||
            a.top + a.height <= b.top ||
            b.top + b.height <= a.top,
        ),
      ),
  );
});

test("a label stands at its own peak or nowhere", () => {
  // As the doubly charged isotopes of iron about manganese: the tallest in the middle.
  const wishes = [wish(112, 30), wish(100, 80), wish(118, 100), wish(106, 120)];
  const [boxes] = placed(wishes);
  assert.ok(boxes[0] && boxes[1] && boxes[2]);
  assert.equal(boxes[0].left + 20, 112); // over its own
  assert.ok(boxes[1].left + 40 <= 106); // to the left, over no other
  assert.ok(boxes[2].left >= 112);
  assert.equal(boxes[3], null); // no room between taller ones
  wishes.forEach((w, i) => {
    if (boxes[i])
      assert.ok(boxes[i].left < w.x && w.x < boxes[i].left + boxes[i].width);
  });
});

test("the highest peak of each ion chooses first, and may reach over lower ones", () => {
  const { at } = modelOf(spectrum([0, 9, 0, 7, 0, 5, 0, 8, 0, 0], 1));
  const ranges = [range(0, 1, 2), range(0, 3, 4), range(1, 5, 6), range(0, 7, 8)];
  const found = peaks(at(1), ranges, { min: 0, max: 10 });
  assert.deepEqual(
    found.map((p) => [p.range, p.leads]),
    [
      [0, true],
      [2, true],
      [3, false],
      [1, false],
    ],
  );
  // As cobalt between two isotopes of nickel: no label stands clear of both.
  const between = (leads) =>
    placed([{ ...wish(100, 60), leads }, wish(92, 70, 7), wish(108, 70, 7)])[0][0];
  assert.equal(between(false), null);
  assert.ok(between(true));
});

test("a label hangs over no peak that is about as high", () => {
  const [boxes] = placed([wish(100, 80), wish(112, 88)]);
  assert.ok(boxes[0].left + 40 < 112);
  assert.ok(boxes[1].left > 100);
});

test("a label may hang over lower peaks of its own ion only", () => {
  const second = (ion) =>
    placed([wish(100, 60), wish(106, 70, 7), wish(112, 72, ion)])[0][1];
  assert.ok(second(7).left > 100);
  assert.equal(second(8), null);
});

test("a label without room is left out", () => {
  assert.deepEqual(
    placeLabels([wish(15, 5)], [wish(15, 5)], { width: 50, height: 20 }, () => 20),
    [null],
  );
});

const grid = {
  step: 0.5,
  origin: [-1, 0, 10],
  cells: [2, 3, 1],
  layers: [{ name: "all ions", xy: "1 2 3 4 5 6", xz: "1 2", yz: "-3" }],
};

test("planes have the axes of their name", () => {
  const xy = planeOf(grid, grid.layers[0], "xy");
  assert.deepEqual(xy.counts, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([xy.across.name, xy.across.from, xy.across.cells], ["x", -1, 2]);
  assert.deepEqual([xy.down.name, xy.down.from, xy.down.cells], ["y", 0, 3]);
  assert.equal(planeOf(grid, grid.layers[0], "yz").down.name, "z");
  assert.equal(planeOf(grid, { name: "n", xy: "1" }, "xz"), null);
});

test("sparse planes are shown in larger cells, with every ion", () => {
  const axis = (name, cells) => ({ name, from: 0, cells });
  const counts = Array.from({ length: 35 }, (_, i) => (i % 6 === 0 ? 1 : 0));
  const plane = {
    name: "xy",
    across: axis("x", 7),
    down: axis("y", 5),
    counts,
    step: 0.5,
  };
  const large = coarser(plane, 3);
  assert.deepEqual([large.across.cells, large.down.cells, large.step], [3, 2, 1.5]);
  assert.equal(sum(large.counts), sum(counts));
  assert.equal(
    large.counts[0],
    [0, 1, 2, 7, 8, 9, 14, 15, 16].filter((i) => counts[i]).length,
  );
  assert.equal(factorOf([plane]), 4); // 6 ions in 35 cells; two in each asks for 3.4
  assert.equal(factorOf([{ ...plane, counts: counts.map(() => 2) }]), 1);
  assert.equal(factorOf([{ ...plane, counts: counts.map(() => 0) }]), 10);
});

test("pixels run from the top; y points upwards when flipped", () => {
  const xy = planeOf(grid, grid.layers[0], "xy");
  const table = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const level = (count) => Math.round((255 * count) / 6);
  const down = pixels(xy, 6, table, false);
  const up = pixels(xy, 6, table, true);
  assert.deepEqual([down[0], down[4], down[8]], [level(1), level(2), level(3)]);
  assert.deepEqual([up[0], up[4], up[8]], [level(5), level(6), level(3)]);
  assert.equal(pixels(xy, 2, table, false)[20], 255); // over the top
});

test("one spike does not take the whole scale", () => {
  const counts = [...new Array(999).fill(10), 1000, 0, 0];
  assert.deepEqual(scaleTop(counts), { top: 10, clipped: true });
  assert.deepEqual(scaleTop([1, 2, 3, 0]), { top: 3, clipped: false });
  assert.deepEqual(scaleTop([0, 0]), { top: 1, clipped: false });
});

test("ticks are round and inside", () => {
  assert.deepEqual(ticks(-34, 27, 2.5), [-20, 0, 20]);
  assert.deepEqual(ticks(0, 49.7, 5), [0, 10, 20, 30, 40]);
  assert.deepEqual(ticks(0, 0.3, 3), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(ticks(5, 5, 3), []);
});

const luminance = ([r, g, b]) => {
  const linear = (v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
};

test("the scale grows steadily darker on paper and lighter in the dark", () => {
  for (const [theme, sign] of [
    ["light", -1],
    ["dark", 1],
  ]) {
    const table = scaleTable(theme);
    const steps = Array.from(
      { length: 255 },
      (_, i) =>
        sign *
        (luminance(table.slice(3 * i + 3, 3 * i + 6)) -
          luminance(table.slice(3 * i, 3 * i + 3))),
    );
    assert.ok(Math.min(...steps) > -0.004, theme); // rounding to 8 bits
    assert.ok(sum(steps) > 0.8, theme);
  }
  assert.deepEqual(scaleColour(0, "light"), scaleColour(1, "dark"));
});

test("grey, white and black come out of OKLCH as they are known", () => {
  assert.deepEqual(oklch(1, 0, 0), [255, 255, 255]);
  assert.deepEqual(oklch(0, 0, 0), [0, 0, 0]);
  const [r, g, b] = oklch(0.62796, 0.25768, 29.234); // sRGB red, Ottosson 2020
  assert.ok(r >= 254 && g <= 1 && b <= 1);
});

test("ions of the same atoms share a colour", () => {
  const kind = (charge, symbol, a = 0, count = 1) => ({
    name: symbol,
    charge,
    parts: [{ symbol, a, count }],
  });
  const kinds = [
    kind(1, "C"),
    kind(2, "Fe", 56),
    kind(1, "Fe"),
    kind(1, "C", 0, 2),
    { name: "Blob", charge: 0, parts: [] },
  ];
  const colours = ionColours(kinds, [2, 0, 1, 3, 4]);
  assert.equal(colours[1], colours[2]);
  assert.equal(new Set(colours).size, 4);
});
