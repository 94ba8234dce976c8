/** One chat as the agent reads it: entries by their place `n`, and what is still on its way. Pure. */

/** @typedef {import("./types.js").ChatLog} ChatLog */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Outgoing} Outgoing */

/** @type {ChatLog} */
export const emptyLog = { entries: [], outbox: [], opened: false };

/** @type {(entry: Entry, outgoing: Outgoing) => boolean} is this entry that message, come back? */
const answers = (entry, outgoing) =>
  outgoing.seq ? entry.seq >= outgoing.seq
    : entry.n > outgoing.after && entry.kind === outgoing.kind && entry.from !== "visitor" && entry.text === outgoing.text;

/** @type {(log: ChatLog, entries: Entry[]) => ChatLog} takes each entry once, in order */
export function merge(log, entries) {
  const byPlace = new Map(log.entries.map((entry) => [entry.n, entry]));
  for (const entry of entries) if (!byPlace.has(entry.n)) byPlace.set(entry.n, entry);
  const sorted = [...byPlace.values()].sort((a, b) => a.n - b.n);
  const outbox = log.outbox.filter((mine) => !(mine.seq || mine.unsure) || !sorted.some((entry) => answers(entry, mine)));
  return { ...log, entries: sorted, outbox };
}

/** @type {(log: ChatLog) => Entry | undefined} the last entry before the first hole */
export function lastWithoutGap({ entries }) {
  const hole = entries.findIndex((entry, index) => index > 0 && entry.n !== entries[index - 1].n + 1);
  return hole < 0 ? entries.at(-1) : entries[hole - 1];
}

/** @type {(log: ChatLog) => boolean} has nobody answered since the chat was last given to an agent? */
export function unanswered({ entries }) {
  const given = entries.findLastIndex((entry) => entry.kind === "joined");
  return !entries.some((entry, index) => index > given && entry.kind === "message" && entry.from === "agent");
}

/** @type {(log: ChatLog) => boolean} */
export const hasGap = (log) => lastWithoutGap(log) !== log.entries.at(-1);

/** @type {(log: ChatLog, id: string, kind: "message" | "note", text: string) => ChatLog} */
export function post(log, id, kind, text) {
  const outgoing = { id, kind, text, after: log.entries.at(-1)?.n ?? 0 };
  return { ...log, outbox: [...log.outbox, outgoing] };
}

/** @type {(log: ChatLog, id: string, seq?: number) => ChatLog} the server has stored it; it stays until it is seen as an entry */
export function acked(log, id, seq) {
  const outbox = log.outbox.flatMap((mine) => {
    if (mine.id !== id) return [mine];
    const stored = { ...mine, seq };
    const seen = mine.kind === "note" || !seq || log.entries.some((entry) => answers(entry, stored));
    return seen ? [] : [stored];
  });
  return { ...log, outbox };
}

/** @type {(log: ChatLog, id: string, why: string, unsure?: boolean) => ChatLog} `unsure`: it may still be stored */
export function refused(log, id, why, unsure = false) {
  return { ...log, outbox: log.outbox.map((mine) => (mine.id === id ? { ...mine, failed: why, unsure } : mine)) };
}

/** @type {(log: ChatLog, id: string) => ChatLog} */
export const withdraw = (log, id) => ({ ...log, outbox: log.outbox.filter((mine) => mine.id !== id) });

/** @type {(log: ChatLog) => Outgoing[]} what to show as on its way: not what is back already but not acknowledged */
export function onItsWay({ entries, outbox }) {
  return outbox.filter((mine) => (mine.failed && !mine.unsure) || !entries.some((entry) => answers(entry, mine)));
}
