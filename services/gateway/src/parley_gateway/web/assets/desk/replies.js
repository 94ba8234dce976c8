/** Ready texts, asked for with `/` and the beginning of a name. Pure. */

/** @typedef {{ name: string, text: string, language?: string, queue?: string }} Reply  `language`: of the text, where it is said; `queue`: the only one that it is for */

const ASKED = /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u;
const SHOWN = 8;

/** @type {(text: string, caret: number) => string | null} what was typed of a name right before the caret; null: nothing is asked for */
export const asked = (text, caret) => ASKED.exec(text.slice(0, caret))?.[1] ?? null;

/** @type {(code?: string) => string} "de-AT" -> "de" */
const primary = (code = "") => code.toLowerCase().split("-")[0];

/**
 * Those whose name begins so, then those that have it in name or text; among them those in the visitor's language first, and those in
 * another one last; then those of the item's queue. Another queue's are none.
 * @type {(replies: Reply[], word: string, language?: string, queue?: string) => Reply[]}
 */
export function matching(replies, word, language, queue) {
  const sought = word.toLowerCase();
  const foreign = (/** @type {Reply} */ reply) => (!language || !reply.language ? 1 : primary(reply.language) === primary(language) ? 0 : 2);
  const rank = (/** @type {Reply} */ { name, text }) =>
    name.toLowerCase().startsWith(sought) ? 0 : `${name} ${text}`.toLowerCase().includes(sought) ? 1 : 2;
  const other = (/** @type {Reply} */ reply) => (reply.queue ? 0 : 1);
  return replies.filter((reply) => rank(reply) < 2 && (!reply.queue || reply.queue === queue))
    .sort((a, b) => foreign(a) - foreign(b) || rank(a) - rank(b) || other(a) - other(b)).slice(0, SHOWN);
}

/** @type {(text: string, names: Record<string, string | undefined>) => string} what is not known leaves no gap; what stands for nothing stays as it is */
export const filled = (text, names) =>
  text.replace(/( ?)\{(\w+)\}/g, (all, gap, name) => (!Object.hasOwn(names, name) ? all : names[name] ? gap + names[name] : ""));

/**
 * Puts a ready text where it was asked for.
 * @type {(text: string, caret: number, ready: string) => { text: string, caret: number }}
 */
export function insert(text, caret, ready) {
  const from = caret - (asked(text, caret) ?? "").length - 1;
  return { text: text.slice(0, from) + ready + text.slice(caret), caret: from + ready.length };
}
