/** A text that somebody wrote: as it is, with what it has of links to be followed. */
import { html } from "../vendor/preact-htm-signals.js";
import { pieces } from "../shared/links.js";

/** @param {{ text: string }} props */
export const Written = ({ text }) => pieces(text).map((piece, index) => (index % 2
  ? html`<a href=${piece} target="_blank" rel="noopener noreferrer" dir="ltr">${piece}</a>`
  : piece));
