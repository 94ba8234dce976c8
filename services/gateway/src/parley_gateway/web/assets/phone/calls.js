/** The calls that this telephone system knows of. Pure: what was told in, what to show out. */

/**
 * @typedef {object} Call
 * @property {string} item
 * @property {string} [from]
 * @property {string} queue
 * @property {"waiting" | "ringing" | "talking" | "over"} state
 * @property {string} [agent]  who has it, by name
 * @property {number} [assignment]  by which of its assignments
 * @property {string} since  when it came into this state
 */

/** @typedef {Object<string, Call>} Calls */

/** @type {(calls: Calls, item: any, at: string) => Calls} an item as the server shows it over HTTP */
export function shown(calls, item, at) {
  const old = calls[item.item];
  const state = item.stage === "waiting" ? "waiting" : item.stage !== "conversation" ? "over" : item.answered ? "talking" : "ringing";
  const agent = state === "ringing" || state === "talking" ? old?.agent ?? item.owner : undefined;
  const since = old?.state === state ? old.since : at;
  return { ...calls, [item.item]: { item: item.item, from: item.name ?? old?.from, queue: item.queue, state, agent, assignment: item.assignment, since } };
}

/** @type {(calls: Calls, frame: any) => Calls} a frame of the socket; what is no call stays out */
export function told(calls, frame) {
  const old = calls[frame.item];
  switch (frame.type) {
    case "assigned":
      if (frame.kind !== "call") return calls;
      return { ...calls, [frame.item]: { ...old, item: frame.item, queue: frame.queue, state: frame.answered ? "talking" : "ringing", agent: frame.name, assignment: frame.assignment, since: frame.at } };
    case "unassigned":
      return old ? { ...calls, [frame.item]: { ...old, state: "waiting", agent: undefined, assignment: undefined, since: frame.at } } : calls;
    case "closed":
      return old ? { ...calls, [frame.item]: { ...old, state: "over", agent: undefined, since: frame.at } } : calls;
    default:
      return calls;
  }
}

/** @type {(calls: Calls, item: string) => Calls} */
export function without(calls, item) {
  const { [item]: gone, ...rest } = calls;
  return rest;
}

/** @type {(call: Call, texts: typeof import("./texts.en.js").texts) => string} */
export function sentence({ state, queue, agent = "" }, texts) {
  if (state === "waiting") return texts.waits(queue);
  if (state === "ringing") return texts.rings(agent);
  return state === "talking" ? texts.talks(agent) : texts.over;
}
