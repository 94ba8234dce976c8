/** How many messages of each item the agent has not seen: the server's count, and what came live meanwhile. */
import { signal } from "../vendor/preact-htm-signals.js";
import { unanswered } from "./chat.js";
import { away, logs, selected } from "./state.js";

/** @type {{ value: Object<string, { live: number, seen: number, looked: boolean }> }} `looked`: at all, at some time */
const counts = signal({});

/** @type {(item: string) => boolean} */
const inSight = (item) => item === selected.value && !away.value;

/** @type {(item: string) => void} a visitor's message came while the agent looked elsewhere */
export function missed(item) {
  const { live = 0, seen = 0, looked = false } = counts.value[item] ?? {};
  counts.value = { ...counts.value, [item]: { live: live + 1, seen, looked } };
}

/** @type {(item: string, unread?: number) => void} the agent has it before their eyes */
export function looked(item, unread = 0) {
  const old = counts.value[item];
  if (old?.looked && old.live === 0 && old.seen === unread) return;
  counts.value = { ...counts.value, [item]: { live: 0, seen: unread, looked: true } };
}

/** @type {(keep: (item: string) => boolean) => void} */
export function forgetCounts(keep) {
  const kept = Object.entries(counts.value).filter(([item]) => keep(item));
  if (kept.length < Object.keys(counts.value).length) counts.value = Object.fromEntries(kept);
}

/** @type {(item: import("./types.js").Item) => boolean} given to the agent while they looked elsewhere, and not answered yet */
export function isNew({ item, stage, activity }) {
  const log = logs.value[item];
  if (item === selected.value && (!away.value || counts.value[item]?.looked)) return false;
  return stage === "conversation" && activity === "active" && !!log?.opened && unanswered(log);
}

/** @type {(item: import("./types.js").Item) => number} */
export function unreadOf({ item, unread }) {
  if (inSight(item)) return 0;
  const { live = 0, seen = 0 } = counts.value[item] ?? {};
  return Math.max(live, unread - Math.min(seen, unread));
}
