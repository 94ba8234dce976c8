/** Since when a customer waits for an answer (R17: from the timestamps of events alone), and how long that may be. Pure. */

/** @typedef {import("./types.js").Item} Item */
/** @typedef {import("./types.js").ChatLog} ChatLog */

/** Where the queue does not say within what time a customer should have an answer, in seconds. */
export const TARGET_S = 60;
const MAIL_TARGET_S = 14_400;
/** After so many times the target a clock is marked as late; from the target on it is marked. */
export const LATE = 3;

/** @type {(item: Item, queues?: import("./types.js").Queue[]) => number} within what time its customer should have an answer, in seconds */
export function targetOf({ kind, queue }, queues = []) {
  const found = queues.find((each) => each.queue === queue);
  return kind === "email" ? (found?.mail_reply_target_s ?? MAIL_TARGET_S) : (found?.reply_target_s ?? TARGET_S);
}

/** @type {WeakMap<ChatLog, string | null>} */
const known = new WeakMap();

/** @param {ChatLog} log @returns {string | null} when the first thing came that nobody has answered: a request, a message, a transfer */
function unansweredSince(log) {
  let since = /** @type {string | null} */ (null);
  for (const { kind, from, at } of log.entries) {
    if (["requested", "requeued", "transferred"].includes(kind) || (kind === "message" && from === "visitor")) since ??= at;
    else if (kind === "ended" || (kind === "message" && from === "agent")) since = null;
  }
  return since;
}

/** @type {(item: Item, log?: ChatLog) => string | null} null: nobody waits, or it is not known yet. Who writes again has waited since before. */
export function waitsSince(item, log) {
  if (item.stage === "waiting") return item.waiting_since;
  if (item.stage !== "conversation") return null;
  if (item.kind === "email" && !log?.opened) return item.waiting_since; // nobody has answered it, as far as is known
  if (!["chat", "email"].includes(item.kind) || !log?.opened) return null;
  if (!known.has(log)) known.set(log, unansweredSince(log));
  return known.get(log) ?? null;
}

/** @type {(ms: number, target?: number) => "" | "soon" | "late"} how a wait is marked; `target` in seconds */
export const tone = (ms, target = TARGET_S) => (ms >= LATE * target * 1000 ? "late" : ms >= target * 1000 ? "soon" : "");

/** @type {(log?: ChatLog) => boolean} is the visitor's connection lost, or the visitor gone? */
export function isGone(log) {
  const last = log?.entries.findLast(({ kind }) => ["visitor_lost", "visitor_returned", "ended"].includes(kind));
  return last?.kind === "visitor_lost";
}

/** @type {(log?: ChatLog) => import("./types.js").Entry | undefined} the transfer with a note that no agent has written after */
export function handover(log) {
  const last = log?.entries.findLast(({ kind, from }) => kind === "transferred" || (kind === "message" && from === "agent"));
  return last?.note ? last : undefined;
}
