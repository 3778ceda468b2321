// theme.ts: light, dark or printed, and the width that a figure has.
// SPDX-License-Identifier: GPL-3.0-or-later
import { createContext } from "preact";
import { useContext, useLayoutEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";
import type { Theme } from "./colour";

export interface Look {
  theme: Theme;
  printing: boolean;
}

export const LookContext = createContext<Look>({ theme: "light", printing: false });
export const useLook = () => useContext(LookContext);

// Call `show` with the look now and whenever it changes.
export function watchLook(show: (look: Look) => void): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const print = matchMedia("print");
  let printing = print.matches;
  const tell = () =>
    show({ theme: dark.matches && !printing ? "dark" : "light", printing });
  const set = (value: boolean) => {
    printing = value;
    tell();
  };
  dark.addEventListener("change", tell);
  print.addEventListener("change", () => set(print.matches));
  addEventListener("beforeprint", () => set(true));
  addEventListener("afterprint", () => set(false));
  tell();
}

const PAPER = 686; // px: A4 less its margins

// Width of an element; that of the paper while printing.
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const { printing } = useLook();
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return printing ? PAPER : width;
}
