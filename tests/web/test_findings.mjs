// test_findings.mjs: tables of findings: heads, pairs with sigma, texts, points of figures.
// SPDX-License-Identifier: GPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";

const { cellText, columnsOf, deviationPoints, headOf, isotopePoints } = await import(
  `${process.env.IONATLAS_WEB}/finding_model.mjs`
);

test("keys tell the unit of a column", () => {
  assert.deepEqual(headOf("lo_da"), { words: "lo", unit: "Da" });
  assert.deepEqual(headOf("field_v_per_nm"), { words: "field", unit: "V/nm" });
  assert.deepEqual(headOf("at_percent"), { words: "share", unit: "at.\u202f%" });
  assert.deepEqual(headOf("n_seen"), { words: "n seen", unit: "" });
});

const finding = (columns, rows) => ({ columns, rows, n_rows: rows.length });

test("a value and its sigma are one column", () => {
  const columns = columnsOf(
    finding(["ion", "counts", "sigma_counts", "sigma_alone"], [{ ion: "Fe++", counts: 3 }]),
  );
  assert.deepEqual(
    columns.map((c) => [c.key, c.sigma, c.numeric]),
    [
      ["ion", null, false],
      ["counts", "sigma_counts", true],
      ["sigma_alone", null, false],
    ],
  );
});

test("cells are written as their kind asks", () => {
  assert.equal(cellText(27.97493, "mass_da"), "27.975");
  assert.equal(cellText(0.99999, "probability"), ">\u202f0.999");
  assert.equal(cellText({ Fe: 1, O: 2 }, "elements"), "Fe O2");
  assert.equal(cellText(null, "x"), "");
  assert.equal(cellText(true, "x"), "yes");
  assert.equal(cellText([0.5, null], "x_interval95"), "0.5 to not known");
  assert.equal(cellText([1, 2, 3], "centre_nm"), "1, 2, 3");
  assert.equal(
    cellText({ Fe: { counts: 9, at_percent: 90 }, Cu: null }, "composition"),
    "Fe\u00a090 Cu",
  );
  assert.equal(headOf("at_percent_interval95").words, "share, 95\u202f% interval");
});

test("isotopes that other ions share are left out of the figure", () => {
  const row = { ion: "Fe++", mass_da: 28, expected_counts: 100, sigma_observed_counts: 10 };
  const points = isotopePoints(
    finding([], [
      { ...row, observed_counts: 110, share: 1 },
      { ...row, observed_counts: 900, share: 0.1 },
      { ...row, expected_counts: 0, observed_counts: 4, share: 1 },
    ]),
  );
  assert.deepEqual(points, [{ x: 28, y: 1.1, sigma: 0.1, label: "Fe++" }]);
});

test("deviations without a place are drawn in order", () => {
  const rows = [{ deviation_sigma: 1.5 }, { deviation_sigma: null }, { deviation_sigma: -2, mass_da: 7 }];
  assert.deepEqual(
    deviationPoints(finding([], rows)).map((p) => [p.x, p.y]),
    [
      [1, 1.5],
      [7, -2],
    ],
  );
});

const { pixelOf, placeOf } = await import(`${process.env.IONATLAS_WEB}/saxey_model.mjs`);

test("pairs are shown as counted above the diagonal and against chance below", () => {
  assert.equal(placeOf(0, 0), 0);
  assert.equal(placeOf(1, 2), 4);
  const saxey = { cell_da: 1, n: 2, counts: [0, 7, 3], deviations: [0.1, 10, -2.5] };
  assert.equal(pixelOf(saxey, 0, 0, 7), null);
  assert.deepEqual(pixelOf(saxey, 0, 1, 7), { counted: 1 });
  assert.deepEqual(pixelOf(saxey, 1, 0, 7), { deviation: 1 });
  assert.deepEqual(pixelOf(saxey, 1, 1, 7), { deviation: -0.5 });
});
