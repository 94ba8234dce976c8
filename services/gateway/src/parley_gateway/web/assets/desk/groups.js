/** How the inbox is ordered: by what stands with an item. Pure. */

/** @typedef {import("./types.js").Item} Item */

/** @type {{ id: "active" | "parked" | "interrupted" | "wrapUp", test: (item: Item) => boolean }[]} */
const GROUPS = [
  { id: "active", test: ({ stage, activity }) => stage === "conversation" && activity === "active" },
  { id: "parked", test: ({ stage, activity }) => stage === "conversation" && activity === "parked" },
  { id: "interrupted", test: ({ stage, activity }) => stage === "conversation" && activity === "interrupted" },
  { id: "wrapUp", test: ({ stage }) => stage === "wrap_up" },
];

/** @type {(a: Item, b: Item) => number} who came first stands first, also after a reload */
const byAge = (a, b) => (a.waiting_since < b.waiting_since || (a.waiting_since === b.waiting_since && a.item < b.item) ? -1 : 1);

/** @type {(inbox: Item[]) => { id: "active" | "parked" | "interrupted" | "wrapUp", items: Item[] }[]} those that hold something */
export const grouped = (inbox) =>
  GROUPS.map(({ id, test }) => ({ id, items: inbox.filter(test).sort(byAge) })).filter(({ items }) => items.length);

/** @type {(inbox: Item[]) => Item[]} in the order in which they are shown */
export const asShown = (inbox) => grouped(inbox).flatMap(({ items }) => items);
