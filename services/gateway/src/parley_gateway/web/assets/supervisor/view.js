/** What a supervisor sees of the floor: `apply(floor, event)` is what a fresh snapshot would say. Pure. */
import { apply as applyDesk, itemId, patch } from "../desk/view.js";

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Floor} Floor */
/** @typedef {import("./types.js").Item} Item */

/** @type {(floor: Floor, event: any) => Floor} */
export const apply = (floor, event) => ({
  .../** @type {Floor} */ (applyDesk(floor, event)),
  agents: patch(floor.agents, event.changed.agents ?? {}, (/** @type {Agent} */ { id }) => id),
  work: patch(floor.work, event.changed.work ?? {}, itemId),
});

/** @type {(floor: Floor, id: string | undefined) => Item | undefined} in somebody's hands, or waiting */
export const find = (floor, id) => floor.work.find(({ item }) => item === id)
  ?? floor.queues.flatMap(({ waiting }) => waiting).find(({ item }) => item === id);

/** @type {Record<Agent["state"], number>} */
const RANK = { ready: 0, not_ready: 0, logged_out: 1 };

/** @type {(agents: Agent[]) => Agent[]} who is there, by name; then who is not */
export const inOrder = (agents) => [...agents].sort((a, b) => RANK[a.state] - RANK[b.state] || a.name.localeCompare(b.name, undefined, { numeric: true }));

/** @type {(items: Item[]) => Record<Item["kind"], number>} */
export function byKind(items) {
  const counts = { chat: 0, call: 0, email: 0, task: 0 };
  for (const { kind } of items) counts[kind] += 1;
  return counts;
}

/** @type {(items: Item[]) => Item | undefined} the one that has waited longest */
export const longest = (items) => items.reduce((a, b) => (a && a.waiting_since <= b.waiting_since ? a : b), /** @type {Item | undefined} */ (undefined));
