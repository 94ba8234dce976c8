/** Which visitors are typing. A sign holds for a while, and then no longer. */
import { signal } from "../vendor/preact-htm-signals.js";

const HOLDS_MS = 8000;

/** @type {{ value: ReadonlySet<string>, peek(): ReadonlySet<string> }} the items */
const writing = signal(new Set());

/** @type {Map<string, any>} */
const ends = new Map();

/** @type {(item: string, on: boolean) => void} */
export function typed(item, on) {
  clearTimeout(ends.get(item));
  ends.delete(item);
  if (on) ends.set(item, setTimeout(typed, HOLDS_MS, item, false));
  if (on !== writing.peek().has(item)) writing.value = new Set(ends.keys());
}

/** @type {(item: import("./types.js").Item) => boolean} */
export const writes = ({ item, stage }) => stage !== "wrap_up" && writing.value.has(item);

export function nobodyTypes() {
  for (const item of [...ends.keys()]) typed(item, false);
}
