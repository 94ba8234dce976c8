/** The line of the page that loaded this script, and what it says. */
const script = /** @type {HTMLScriptElement} */ (document.currentScript);

/** Its `data-` attributes. Read when they are needed: a page may learn a visitor's name later. */
export const said = script.dataset;

/** Which chat service it is. Without one, nothing happens. */
export const token = /** @type {string} */ (said.token);

/** Where it came from, and whom it talks to. */
export const host = new URL(script.src).origin;

export const language = (said.lang || navigator.language || "en").toLowerCase().split(/[^a-z]/)[0];

/** What is said before the texts of the language are there, and what mails are written in. */
export const spoken = language === "de" ? "de" : "en";
