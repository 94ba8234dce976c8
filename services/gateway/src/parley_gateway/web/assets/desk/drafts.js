/**
 * What was begun and not sent: kept by item, also over a reload of this tab, until it is sent or the agent logs out.
 * Answer and note are kept apart, so that neither can turn into the other.
 *
 * @typedef {{ message?: string, note?: string, code?: string, codeNote?: string }} Draft
 *   `code` and `codeNote`: the classification of a wrap-up
 */

const KEY = "parley-desk-drafts";

import { signal } from "../vendor/preact-htm-signals.js";

/** @type {() => [string, Draft][]} */
function recalled() {
  try {
    return Object.entries(JSON.parse(sessionStorage.getItem(KEY) ?? "{}"));
  } catch {
    return []; // no storage: drafts live as long as the page
  }
}

/** @type {Map<string, Draft>} */
const drafts = new Map(recalled());

/** The items that have a draft: rows say so. @type {{ value: ReadonlySet<string>, peek(): ReadonlySet<string> }} */
const begun = signal(new Set(drafts.keys()));

/** @type {(item: string) => boolean} */
export const hasDraft = (item) => begun.value.has(item);

function store() {
  const seen = begun.peek();
  if (seen.size !== drafts.size || [...drafts.keys()].some((item) => !seen.has(item))) begun.value = new Set(drafts.keys());
  try {
    if (drafts.size) sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(drafts)));
    else sessionStorage.removeItem(KEY);
  } catch {
    // no storage, or no room in it: drafts live as long as the page
  }
}

/** @type {(item: string) => Draft} */
export const draftOf = (item) => drafts.get(item) ?? {};

/** @type {(item: string, change: Draft) => void} */
export function keepDraft(item, change) {
  const draft = Object.fromEntries(Object.entries({ ...draftOf(item), ...change }).filter(([, text]) => text));
  if (Object.keys(draft).length) drafts.set(item, draft);
  else drafts.delete(item);
  store();
}

/** @type {(keep: (item: string) => boolean) => void} forgets the drafts of all items but these */
export function forgetDrafts(keep) {
  const gone = [...drafts.keys()].filter((item) => !keep(item));
  for (const item of gone) drafts.delete(item);
  if (gone.length) store();
}
