/** Lists that are typed as text: one on each line, or separated by commas. */
import { texts } from "./state.js";

/** @type {(text: string) => string[]} each once, without blank ones */
export const lines = (text) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];

/** @type {(text: string) => string[]} */
export const codes = (text) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

/** @type {(text: string) => string} */
export const codesError = (text) => (codes(text).every((code) => /^[A-Za-z0-9-]{2,35}$/.test(code)) ? "" : texts.peek().set.languageWrong);

/** What comes after a website's name is left out, so that an address may be pasted. @type {(text: string) => string} */
export const tidyOrigins = (text) => lines(text).map((line) => {
  const origin = line.match(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(?:[^/@?#]*@)?([^/?#\s]+)/);
  const usual = origin && { "http://": /:80$/, "https://": /:443$/ }[origin[1].toLowerCase()];
  return origin ? (origin[1] + (usual ? origin[2].replace(usual, "") : origin[2])).toLowerCase() : line;
}).join("\n");

/** @type {(text: string) => string} */
export const originsError = (text) =>
  lines(tidyOrigins(text)).every((line) => /^[a-z][a-z0-9+.-]*:\/\/[^/\s?#@]+$/.test(line) && line.length <= 300) ? "" : texts.peek().service.originWrong;
