// build.mjs: bundle web/src into one self-contained page, <folder>/report.html.
// SPDX-License-Identifier: GPL-3.0-or-later
import { build } from "esbuild";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? "dist";

async function bundle(entry) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2020"],
    charset: "ascii",
    legalComments: "none", // the licences stand in full at the top of the page
    jsx: "automatic",
    jsxImportSource: "preact",
  });
  // What would end the element early.
  return result.outputFiles[0].text.trim().replaceAll("</", "<\\/");
}

function licence(name) {
  const version = JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  return `${name} ${version}\n\n${text.replaceAll("--", "- -")}`;
}

const parts = {
  LICENCES: ["preact", "three", "uplot"].map(licence).join("\n\n"),
  STYLE: await bundle("src/report.css"),
  SCRIPT: await bundle("src/main.tsx"),
};
const page = readFileSync("src/page.html", "utf8").replace(
  /@@(LICENCES|STYLE|SCRIPT)@@/g,
  (_, name) => parts[name],
);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "report.html"), page);
