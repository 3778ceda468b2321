// tests/web/test_format.mjs: numbers, uncertainties and names as the report prints them.
// SPDX-License-Identifier: GPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";

const {
  thousands,
  estimate,
  decimalsOf,
  general,
  share,
  plural,
  superscript,
  ionPieces,
  ionOfName,
  ionSpoken,
  ionText,
  hashGroups,
  timeText,
  seconds,
} = await import(`${process.env.IONATLAS_WEB}/format.mjs`);

const thin = (text) => text.replaceAll(" ", "\u202f");

test("thousands are parted by thin spaces", () => {
  assert.equal(thousands(0), "0");
  assert.equal(thousands(999), "999");
  assert.equal(thousands(1000), thin("1 000"));
  assert.equal(thousands(332667), thin("332 667"));
  assert.equal(thousands(-1234567.891, 2), "\u2212" + thin("1 234 567.89"));
  assert.equal(thousands(-0.001, 2), "0.00");
  assert.equal(thousands(NaN), "unknown");
});

test("an uncertainty has two significant digits and the value as many decimals", () => {
  assert.deepEqual(estimate(97.6003, 0.0268), { value: "97.600", sigma: "0.027" });
  assert.deepEqual(estimate(0.5512, 0.0147), { value: "0.551", sigma: "0.015" });
  assert.deepEqual(estimate(12.3, 4.56), { value: "12.3", sigma: "4.6" });
  assert.deepEqual(estimate(310291, 557), { value: thin("310 290"), sigma: "560" });
  assert.deepEqual(estimate(-3.21, 4.4), { value: "\u22123.2", sigma: "4.4" });
});

test("rounding up a digit does not add one", () => {
  assert.deepEqual(estimate(1, 0.0996), { value: "1.00", sigma: "0.10" });
  assert.deepEqual(estimate(100, 9.96), { value: "100", sigma: "10" });
  assert.deepEqual(estimate(5000, 99.7), { value: thin("5 000"), sigma: "100" });
  assert.equal(decimalsOf(0.1), 2);
  assert.equal(decimalsOf(1), 1);
  assert.equal(decimalsOf(994), -1);
});

test("missing values and uncertainties stay out", () => {
  assert.deepEqual(estimate(null, null), { value: "not known", sigma: "" });
  assert.deepEqual(estimate(100, 0), { value: "100", sigma: "" });
  assert.deepEqual(estimate(7, null), { value: "7", sigma: "" });
});

test("plain numbers keep what they need", () => {
  assert.equal(general(300), "300");
  assert.equal(general(0.01), "0.01");
  assert.equal(general(0.54017), "0.5402");
  assert.equal(general(519.7412), "519.7");
  assert.equal(general(12345.6), thin("12 346"));
  assert.equal(general(-20), "\u221220");
  assert.equal(general(3.2e-7), "3.20\u00d710\u207b\u2077");
});

test("a share never turns some into none or all", () => {
  assert.equal(share(0, 100), thin("0 %"));
  assert.equal(share(100, 100), thin("100 %"));
  assert.equal(share(1, 1e6), thin("< 0.01 %"));
  assert.equal(share(999999, 1e6), thin("> 99.99 %"));
  assert.equal(share(15268, 332667), thin("4.59 %"));
  assert.equal(share(1, 0), "unknown");
});

test("words follow their number", () => {
  assert.equal(plural(1, "ion"), "1 ion");
  assert.equal(plural(0, "ion"), "0 ions");
  assert.equal(plural(12000, "ion"), thin("12 000") + " ions");
});

const part = (symbol, count = 1, a = 0) => ({ symbol, count, a });
const ion = (charge, ...parts) => ({ name: "name", charge, parts });

test("charges and mass numbers are raised, counts lowered", () => {
  assert.equal(ionText(ion(2, part("Fe"))), "Fe\u00b2\u207a");
  assert.equal(ionText(ion(1, part("Al", 2))), "Al\u2082\u207a");
  assert.equal(ionText({ ...ion(1, part("O")), negative: true }), "O\u207b");
  assert.equal(ionText(ion(2, part("Fe", 1, 56))), "\u2075\u2076Fe\u00b2\u207a");
  assert.equal(
    ionText(ion(1, part("O", 1, 16), part("H", 2, 1))),
    "\u00b9\u2076O\u00b9H\u2082\u207a",
  );
  assert.equal(ionText(ion(0, part("Cu"))), "Cu");
  assert.deepEqual(
    ionPieces(ion(1, part("H", 2))).map((p) => p.place),
    ["line", "sub", "super"],
  );
});

test("a label is printed as it is", () => {
  const label = { name: "<b>Blob++</b>", charge: 2, parts: [] };
  assert.equal(ionText(label), "<b>Blob++</b>");
  assert.equal(ionSpoken(label), "<b>Blob++</b>");
});

test("names of ions are taken apart, other words are not", () => {
  assert.equal(ionText(ionOfName("NiC2+")), "NiC\u2082\u207a");
  assert.equal(ionText(ionOfName("56Fe2O++")), "\u2075\u2076Fe\u2082O\u00b2\u207a");
  assert.equal(ionText(ionOfName("56Fe 16O+")), "\u2075\u2076Fe\u00b9\u2076O\u207a");
  assert.equal(ionText(ionOfName("12C216O++")), "\u00b9\u00b2C\u2082\u00b9\u2076O\u00b2\u207a");
  assert.equal(ionText(ionOfName("16O1H2+")), "\u00b9\u2076O\u00b9H\u2082\u207a");
  assert.equal(ionText(ionOfName("23Na1H+")), "\u00b2\u00b3Na\u00b9H\u207a");
  assert.equal(ionText(ionOfName("4He14N+")), "\u2074He\u00b9\u2074N\u207a");
  assert.equal(ionText(ionOfName("Mo2C+")), "Mo\u2082C\u207a");
  assert.equal(ionText(ionOfName("SiO2-")), "SiO\u2082\u207b");
  for (const word of ["Fe", "moved", "not given", "", "12", "a+", "Fe +"])
    assert.equal(ionOfName(word), undefined);
});

test("names can be spoken", () => {
  assert.equal(ionSpoken(ion(2, part("Fe", 1, 56))), "56 Fe 2+");
  assert.equal(ionSpoken(ion(1, part("C", 2))), "C2 +");
  assert.equal(ionSpoken(ion(0, part("C", 2))), "C2");
});

test("hashes, times and durations", () => {
  assert.deepEqual(hashGroups("0123456789abcdef"), ["01234567", "89abcdef"]);
  assert.equal(timeText("2026-01-31T12:00:00Z"), "2026-01-31 12:00:00 UTC");
  assert.equal(timeText(null), "time unknown");
  assert.equal(seconds(0.0001), thin("< 0.01") + " s");
  assert.equal(seconds(1.234), "1.23 s");
  assert.equal(seconds(61.26), "61.3 s");
  assert.equal(superscript(-12), "\u207b\u00b9\u00b2");
});
