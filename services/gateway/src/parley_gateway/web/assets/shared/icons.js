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
  phone: "M6 3.5l2.5 4-1.6 1.6c.8 1.7 2.3 3.2 4 4l1.6-1.6 4 2.5c-.4 1.7-1.5 2.6-3 2.5-5.2-.6-9.4-4.8-10-10-.1-1.5.8-2.6 2.5-3z",
  bell: "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3",
  keys: "M2.5 5.5h15v9h-15zM5.5 8.5v.1M8.5 8.5v.1M11.5 8.5v.1M14.5 8.5v.1M6.5 11.5h7",
  out: "M8 4H4v12h4M8 10h9M13.5 6.5L17 10l-3.5 3.5",
  chat: "M3.5 4.5h13v9h-6.5l-4 3v-3h-2.5z",
  mail: "M3 5h14v10H3zM3 5.5l7 5.5 7-5.5",
  task: "M4 4h12v12H4zM7 10l2.2 2.2 4-4.4",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11M13 13l4 4",
  person: "M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 16.5c.5-3 3-4 6-4s5.5 1 6 4",
};

/** @param {{ name: keyof typeof PATHS, size?: number }} props */
export const Icon = ({ name, size = 18 }) => html`
  <svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
