/** Lines on a 20 by 20 grid, in the colour of the text around them. Decoration: what they say stands beside them. */
import { html } from "../vendor/preact-htm-signals.js";

const PATHS = {
  check: "M4 10.5l4 4 8-9",
  warn: "M10 3.5l7.5 13h-15zM10 8.5v3.5M10 14.4v.1",
  plus: "M10 4v12M4 10h12",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  remove: "M5 5l10 10M15 5L5 15",
  next: "M8 5l5 5-5 5",
  back: "M12 5l-5 5 5 5",
};

/** @param {{ name: keyof typeof PATHS, size?: number }} props */
export const Icon = ({ name, size = 18 }) => html`
  <svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
