/** How many messages of each item the agent has not seen: the server's count, and what came live meanwhile. */
import { signal } from "../vendor/preact-htm-signals.js";
import { unanswered } from "./chat.js";
import { away, logs, selected } from "./state.js";

const KEY = "parley-desk-looked";

/** What was looked at before a reload of this tab is not new. @returns {Object<string, { live: number, seen: number, looked: boolean }>} */
function recalled() {
  try {
    return Object.fromEntries(JSON.parse(sessionStorage.getItem(KEY) ?? "[]").map((/** @type {string} */ item) => [item, { live: 0, seen: 0, looked: true }]));
  } catch {
    return {}; // no storage: it is as new as it was
  }
}

/** @type {{ value: Object<string, { live: number, seen: number, looked: boolean }> }} `looked`: since it was given to the agent */
const counts = signal(recalled());

/** @param {typeof counts.value} next */
function put(next) {
  counts.value = next;
  try {
    const seen = Object.keys(next).filter((item) => next[item].looked);
    if (seen.length) sessionStorage.setItem(KEY, JSON.stringify(seen));
    else sessionStorage.removeItem(KEY);
  } catch {
    // no storage: it holds until the page is left
  }
}

/** @type {(item: string) => boolean} */
const inSight = (item) => item === selected.value && !away.value;

/** @type {(item: string) => void} a visitor's message came while the agent looked elsewhere */
export function missed(item) {
  const { live = 0, seen = 0, looked = false } = counts.value[item] ?? {};
  put({ ...counts.value, [item]: { live: live + 1, seen, looked } });
}

/** @type {(item: string, unread?: number) => void} the agent has it before their eyes */
export function looked(item, unread = 0) {
  const old = counts.value[item];
  if (old?.looked && old.live === 0 && old.seen === unread) return;
  put({ ...counts.value, [item]: { live: 0, seen: unread, looked: true } });
}

/** @type {(keep: (item: string) => boolean) => void} */
export function forgetCounts(keep) {
  const kept = Object.entries(counts.value).filter(([item]) => keep(item));
  if (kept.length < Object.keys(counts.value).length) put(Object.fromEntries(kept));
}

/** @type {(items: string[]) => void} they have been given to the agent anew: what was seen of them before is past */
export function given(items) {
  const again = items.filter((item) => counts.value[item]?.looked);
  if (again.length) put({ ...counts.value, ...Object.fromEntries(again.map((item) => [item, { ...counts.value[item], looked: false }])) });
}

/** @type {(item: import("./types.js").Item) => boolean} given to the agent while they looked elsewhere, not looked at since, and not answered yet */
export function isNew({ item, stage, activity }) {
  const log = logs.value[item];
  if (inSight(item) || counts.value[item]?.looked) return false;
  return stage === "conversation" && activity === "active" && !!log?.opened && unanswered(log);
}

/** @type {(item: import("./types.js").Item) => number} */
export function unreadOf({ item, unread, reminded }) {
  if (inSight(item)) return 0;
  const { live = 0, seen = 0 } = counts.value[item] ?? {};
  return Math.max(live, unread - Math.min(seen, unread), reminded ? 1 : 0);
}
