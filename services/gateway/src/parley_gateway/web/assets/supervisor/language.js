/** The page's language: its own texts, and the desk's words for items, states and refusals. */
import * as desk from "../desk/language.js";
import { speech } from "../shared/language.js";

const own = speech({
  de: () => import("./texts.de.js"),
  en: () => import("./texts.en.js"),
});

export const { language, texts } = own;
export const { texts: deskTexts } = desk;

/** @typedef {import("../shared/language.js").Language} Language */

/** @type {(chosen: Language) => Promise<unknown>} the desk's words first: what is drawn anew with ours finds them there */
export const speak = async (chosen) => (await desk.speak(chosen), own.speak(chosen));

/** @type {(chosen: Language) => Promise<unknown>} */
export const choose = async (chosen) => (await desk.choose(chosen), own.choose(chosen));
