// parts.tsx: small pieces shared by the sections: ion names, aligned numbers, tables.
// SPDX-License-Identifier: GPL-3.0-or-later
import type { ComponentChildren } from "preact";
import type { IonKind } from "./data";
import { estimate, hashGroups, ionPieces, ionSpoken } from "./format";

export function Ion({ kind }: { kind: IonKind }) {
  const tags = { line: "span", sub: "sub", super: "sup" } as const;
  return (
    <span class="ion">
      <span aria-hidden="true">
        {ionPieces(kind).map(({ text, place }) => {
          const Tag = tags[place];
          return <Tag>{text}</Tag>;
        })}
      </span>
      <span class="spoken">{ionSpoken(kind)}</span>
    </span>
  );
}

export function Swatch({ colour }: { colour: string }) {
  return <i class="swatch" style={{ background: colour }} aria-hidden="true" />;
}

export function Hash({ sha256 }: { sha256: string }) {
  if (!sha256) return <>not computed</>;
  return (
    <code class="hash">
      {hashGroups(sha256).map((group) => (
        <>
          {group}
          <wbr />
        </>
      ))}
    </code>
  );
}

const decimalsIn = (text: string) =>
  text.includes(".") ? text.length - text.indexOf(".") - 1 : 0;

// A number padded behind, invisibly, so that the decimal points of a column stand in a line.
export function Aligned({ text, decimals }: { text: string; decimals: number }) {
  const own = decimalsIn(text);
  const missing =
    (own === 0 && decimals > 0 ? "." : "") + "0".repeat(Math.max(0, decimals - own));
  return (
    <>
      {text}
      {missing && (
        <span class="ghost" aria-hidden="true">
          {missing}
        </span>
      )}
    </>
  );
}

// Two cells, value and sigma, of a column of estimates.
export function EstimateCells({
  pair,
  column,
  apart = false,
}: {
  apart?: boolean; // from the columns before
  pair: [number | null, number | null];
  column: [number | null, number | null][];
}) {
  const all = column.map(([v, s]) => estimate(v, s));
  const { value, sigma } = estimate(...pair);
  return (
    <>
      <td class={apart ? "number apart" : "number"}>
        <Aligned
          text={value}
          decimals={Math.max(...all.map((e) => decimalsIn(e.value)))}
        />
      </td>
      <td class="number sigma">
        {sigma && (
          <>
            {"\u00b1\u202f"}
            <Aligned
              text={sigma}
              decimals={Math.max(...all.map((e) => decimalsIn(e.sigma)))}
            />
          </>
        )}
      </td>
    </>
  );
}

// A table that scrolls in itself where it is wider or longer than its room.
export function Table({
  caption,
  children,
  rows = 0,
}: {
  caption: string;
  children: ComponentChildren;
  rows?: number; // many of them scroll on a screen and may be parted on paper
}) {
  const size = rows > 60 ? " long tall" : rows > 8 ? " long" : "";
  return (
    <div class={"table" + size} role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        {children}
      </table>
    </div>
  );
}

export function Section({
  id,
  title,
  children,
}: {
  id: string;
  title: string;
  children: ComponentChildren;
}) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  );
}

// The one sentence that stands where a figure cannot.
export function Missing({ children }: { children: ComponentChildren }) {
  return <p class="missing">{children}</p>;
}
