/**
 * The shapes that the page works with, as the protocol has them; what they share with the desk is the desk's.
 *
 * @typedef {import("../desk/types.js").Item} Item
 * @typedef {import("../desk/types.js").Frame} Frame
 * @typedef {import("../desk/types.js").Queue} Queue
 *
 * @typedef {{ item?: string, text?: string, since: string }} Help
 * @typedef {{ id: string, name: string, state: "ready" | "not_ready" | "logged_out", reason?: string, since?: string, help?: Help }} Agent
 * @typedef {{ type: "snapshot", version: number, at: string, agent: import("../desk/types.js").Agent, inbox: Item[],
 *   queues: Queue[], agents: Agent[], work: Item[] }} Floor
 *
 * @typedef {"watch" | "whisper" | "join" | "take_over" | "assign" | "move" | "agent_state" | "agent_logout" | "agent_queues"} Act
 * @typedef {{ by: { id: string, name: string }, act: Act, agent?: string, item?: string, why?: string }} Intervention
 * @typedef {Intervention & { key: string, at: string, whom: string, what: string }} Doing  with the names as they were then
 *
 * @typedef {{ item: Item, asked: { id: string, why: object }, log: import("../desk/types.js").ChatLog, over: boolean }} Watched
 *
 * @typedef {object} Form  what is about to be done, and to what
 * @property {Exclude<Act, "whisper" | "join">} act
 * @property {Item[]} [items]
 * @property {Agent} [agent]
 * @property {"ready" | "not_ready"} [state]
 */
export {};
