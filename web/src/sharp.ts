// sharp.ts: let the plots be drawn with at least two pixels per point, so that they print well.
// SPDX-License-Identifier: GPL-3.0-or-later
// Imported before uPlot, which looks at the ratio once.
const own = window.devicePixelRatio || 1;
Object.defineProperty(window, "devicePixelRatio", {
  configurable: true,
  get: () => Math.max(2, own),
});

export {};
