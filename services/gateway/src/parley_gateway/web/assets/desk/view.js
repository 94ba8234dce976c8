/** What one agent sees of the floor: `apply(snapshot, event)` is what a fresh snapshot would say. Pure. */

/** @typedef {import("./types.js").Item} Item */

/** @type {(points: number) => (a: Item, b: Item) => number} the order of a queue: priority with what waiting adds to it, then age (R4) */
const inOrder = (points) => (a, b) =>
  (b.priority - a.priority) * 60_000 + (points && points * (Date.parse(a.waiting_since) - Date.parse(b.waiting_since)))
    || compare(a.waiting_since, b.waiting_since) || compare(a.item, b.item);

/** @type {(a: string, b: string) => number} */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * @template T
 * @param {T[]} all
 * @param {{ put?: T[], drop?: string[] }} change
 * @param {(one: T) => string} id
 * @returns {T[]} replaced where they stand, new ones at the end, dropped ones gone
 */
export function patch(all, { put = [], drop = [] }, id) {
  const byId = new Map(all.map((one) => [id(one), one]));
  for (const one of put) byId.set(id(one), one);
  for (const gone of drop) byId.delete(gone);
  return [...byId.values()];
}

/** @param {Item} item */
export const itemId = ({ item }) => item;

/**
 * @param {import("./types.js").Queue[]} queues
 * @param {import("./types.js").Change} change
 */
function patchQueues(queues, { queues: changes = {}, queues_gone: gone = [] }) {
  const known = new Map(queues.map((queue) => [queue.queue, queue]));
  for (const [queue, change] of Object.entries(changes)) {
    const old = known.get(queue) ?? { queue, name: queue, points_per_minute: 0, waiting: [] };
    const { put, drop, ...head } = change;
    const next = { ...old, ...head };
    known.set(queue, { ...next, waiting: patch(old.waiting, { put, drop }, itemId).sort(inOrder(next.points_per_minute ?? 0)) });
  }
  for (const queue of gone) known.delete(queue);
  return [...known.values()];
}

/**
 * @param {import("./types.js").Snapshot} snapshot
 * @param {import("./types.js").FloorEvent} event
 * @returns {import("./types.js").Snapshot}
 */
export function apply(snapshot, event) {
  const { changed } = event;
  return {
    ...snapshot,
    version: event.version,
    at: event.at,
    agent: changed.agent ?? snapshot.agent,
    inbox: changed.inbox ? patch(snapshot.inbox, changed.inbox, itemId) : snapshot.inbox,
    queues: changed.queues || changed.queues_gone ? patchQueues(snapshot.queues, changed) : snapshot.queues,
  };
}

/**
 * @param {import("./types.js").Snapshot} snapshot
 * @param {string | null} id
 * @returns {Item | undefined} the item, from the inbox or from a queue
 */
export function find(snapshot, id) {
  return snapshot.inbox.find((item) => item.item === id)
    ?? snapshot.queues.flatMap((queue) => queue.waiting).find((item) => item.item === id);
}
