/** Ready texts, asked for with `/` and the beginning of a name. Pure. */

/** @typedef {{ name: string, text: string }} Reply */

const ASKED = /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u;
const SHOWN = 8;

/** @type {(text: string, caret: number) => string | null} what was typed of a name right before the caret; null: nothing is asked for */
export const asked = (text, caret) => ASKED.exec(text.slice(0, caret))?.[1] ?? null;

/** @type {(replies: Reply[], word: string) => Reply[]} those whose name begins so, then those that have it in name or text */
export function matching(replies, word) {
  const sought = word.toLowerCase();
  const rank = (/** @type {Reply} */ { name, text }) =>
    name.toLowerCase().startsWith(sought) ? 0 : `${name} ${text}`.toLowerCase().includes(sought) ? 1 : 2;
  return replies.filter((reply) => rank(reply) < 2).sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
}

/** @type {(text: string, names: { visitor?: string, agent: string }) => string} a name that is not known leaves no gap */
export const filled = (text, { visitor, agent }) =>
  text.replace(visitor ? /\{visitor\}/g : / ?\{visitor\}/g, () => visitor ?? "").replace(/\{agent\}/g, () => agent);

/**
 * Puts a ready text where it was asked for.
 * @type {(text: string, caret: number, ready: string) => { text: string, caret: number }}
 */
export function insert(text, caret, ready) {
  const from = caret - (asked(text, caret) ?? "").length - 1;
  return { text: text.slice(0, from) + ready + text.slice(caret), caret: from + ready.length };
}
