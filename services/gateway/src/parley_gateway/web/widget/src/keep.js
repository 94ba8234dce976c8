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

/** What is kept where there is no storage, or no room in it. @type {Record<string, string>} */
const unstored = {};

/** @template T @param {() => T} use @returns {T | null} null where the browser refuses its storage */
export function safely(use) {
  try {
    return use();
  } catch {
    return null;
  }
}

/** @param {string} key */
const read = (key) => JSON.parse(unstored[key] || safely(() => localStorage[key]) || null);

/** @type {(key: string, value?: object) => void} nothing: what was there goes */
function write(key, value) {
  delete unstored[key];
  const text = JSON.stringify(value);
  if (!safely(() => (text ? (localStorage[key] = text) : delete localStorage[key])) && text) unstored[key] = text;
}

/** @type {() => Kept} */
export const recall = () => read(KEY) || {};

/** @param {Kept} more */
export const keep = (more) => write(KEY, { ...recall(), ...more });

/** @type {() => Frame[]} what has no answer yet, the oldest first */
export const outbox = () => Object.keys({ ...safely(() => localStorage), ...unstored }).filter((key) => key.startsWith(FRAMES)).sort().map(read);

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
