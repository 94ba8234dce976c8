/** Where the language of a page is chosen. */
import { html } from "../vendor/preact-htm-signals.js";
import { LANGUAGES } from "./language.js";

/** @typedef {import("./language.js").Language} Language */

/** @param {{ label: string, language: Language, choose: (language: Language) => void }} props */
export const LanguageChoice = ({ label, language, choose }) => html`
  <select class="language" aria-label=${label} onChange=${(/** @type {any} */ event) => choose(event.target.value)} data-testid="language">
    ${Object.entries(LANGUAGES).map(([code, name]) => html`<option key=${code} value=${code} lang=${code} selected=${code === language}>${name}</option>`)}
  </select>`;
