/** The language of our pages: the browser's, until somebody chooses another. */
import { batch, signal } from "../vendor/preact-htm-signals.js";

/** @typedef {"de" | "en"} Language */

/** @type {Record<Language, string>} */
export const LANGUAGES = { de: "Deutsch", en: "English" };

const KEY = "parley-language";

/** @type {(text: string | null) => Language | undefined} */
const known = (text) => {
  const short = (text ?? "").slice(0, 2).toLowerCase();
  return short === "de" || short === "en" ? short : undefined;
};

/** @returns {Language} what was chosen, else the first that the browser asks for and we speak */
function preferred() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // no storage: the browser's language it is
  }
  return known(chosen) ?? navigator.languages.map(known).find(Boolean) ?? "en";
}

/** @param {Language} language */
function remember(language) {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // no storage: it holds until the page is left
  }
}

/**
 * A page's language and the texts that it says in it.
 * @template T
 * @param {Record<Language, () => Promise<{ texts: T }>>} load
 */
export function speech(load) {
  /** @type {{ value: Language, peek(): Language }} */
  const language = signal(preferred());
  /** @type {{ value: T, peek(): T }} there once `speak` has been waited for */
  const texts = signal(/** @type {any} */ (null));
  const speak = async (/** @type {Language} */ chosen) => {
    const found = await load[chosen]();
    batch(() => {
      language.value = chosen;
      texts.value = found.texts;
    });
    document.documentElement.lang = chosen;
  };
  const choose = (/** @type {Language} */ chosen) => (remember(chosen), speak(chosen));
  return { language, texts, speak, choose };
}
