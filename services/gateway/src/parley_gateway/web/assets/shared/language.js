/** The language of our pages: the browser's, until somebody chooses another. */

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
export function preferred() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // no storage: the browser's language it is
  }
  return known(chosen) ?? navigator.languages.map(known).find(Boolean) ?? "en";
}

/** @param {Language} language */
export function remember(language) {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // no storage: it holds until the page is left
  }
}
