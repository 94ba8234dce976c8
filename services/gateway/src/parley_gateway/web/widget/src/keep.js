/**
 * What survives a reload: the chat, and each frame without an answer under a key of its own, for in a list tabs that write at
 * once would overwrite each other's.
 *
 * @typedef {{ chat?: string, secret?: string }} Known  a chat, and what lets this browser into it
 * @typedef {Known & { previous?: Known, over?: number }} Kept  `over`: when it ended
 */
import { token } from "./snippet.js";

/** @typedef {import("./talk.js").Frame} Frame */

export const KEY = `parley:${token}`;
const FRAMES = `${KEY} `;

/** @template T @param {() => T} use @returns {T | null} null where the browser refuses its storage */
export function safely(use) {
  try {
    return use();
  } catch {
    return null;
  }
}

/** What survives a reload of this tab. @type {Record<string, string>} */
export const tab = safely(() => sessionStorage) || {};

/**
 * The storage that all tabs share; where it is refused or full, the tab's; else what does not. What
 * stands in a later one is newer.
 * @type {Record<string, string>[]}
 */
const stores = [safely(() => localStorage) || {}, tab, {}];

/** @param {string} key */
const read = (key) => JSON.parse(stores.findLast((store) => store[key])?.[key] ?? "null");

/** @type {(key: string, value?: object) => void} nothing: what was there goes */
function write(key, value) {
  let text = JSON.stringify(value);
  for (const store of stores) safely(() => (text ? ((store[key] = text), (text = "")) : delete store[key]));
}

/** @type {() => Kept} */
export const recall = () => read(KEY) || {};

/** @param {Kept} more */
export const keep = (more) => write(KEY, { ...recall(), ...more });

/** @type {() => Frame[]} what has no answer yet, the oldest first */
export const outbox = () => Object.keys(Object.assign({}, ...stores)).filter((key) => key.startsWith(FRAMES)).sort().map(read);

/** @param {Frame} frame */
export const keepFrame = (frame) => write(FRAMES + frame.id, frame);

/** @param {{ id: string }} frame */
export const dropFrame = ({ id }) => write(FRAMES + id);

/** Of a chat that is over only that there was one: the next names it. */
export function forgetChat() {
  write(KEY, { previous: recall().previous });
  outbox().map(dropFrame);
}

/** Is there a chat, or the first message of one on its way? */
export const begun = () => !!(recall().chat || outbox().length);
