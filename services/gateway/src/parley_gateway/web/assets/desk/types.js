/**
 * The shapes that the desk works with, as the protocol has them.
 *
 * @typedef {{ ms: number, running_since: string | null }} Timer  milliseconds, and since when it runs
 * @typedef {Timer & { limit_ms?: number, extensions_left?: number }} WrapUpTimer
 *
 * @typedef {object} Item
 * @property {string} item
 * @property {"call" | "chat" | "email" | "task"} kind
 * @property {string} queue
 * @property {number} priority
 * @property {"waiting" | "conversation" | "wrap_up" | "closed"} stage
 * @property {"active" | "parked" | "interrupted" | null} [activity]
 * @property {string} [owner]
 * @property {string} waiting_since
 * @property {Timer} handle
 * @property {WrapUpTimer} wrap_up
 * @property {string} [interrupted_by]
 * @property {string} [conversation]  the first item of the one that an agent goes on with
 * @property {number} [assignment]  how often it has been given to an agent
 * @property {boolean} [answered]  of a call that the agent has
 * @property {number} unread
 * @property {string} [contact]  who the visitor is, once an agent has said so (R24)
 * @property {string} [contact_name]  by what name that contact goes; it comes a moment after the contact
 * @property {string} [name]
 * @property {string} [language]
 * @property {string} [subject]
 * @property {string} [due_at]  until when a task is to be done
 * @property {string} [follow_up_at]  when its agent is to be reminded of it
 * @property {boolean} [reminded]  that time has come
 * @property {string | { code: string, note?: string }} [classification]
 *
 * @typedef {{ id: string, name: string, state: "ready" | "not_ready", reason?: string, help?: { since: string, item?: string, text?: string } }} Agent
 * @typedef {{ name?: string, points_per_minute?: number, distribution?: "push" | "pick", ready?: number, reply_target_s?: number, mail_reply_target_s?: number }} QueueHead
 *   `points_per_minute`: what waiting adds to a priority; `ready`: how many of its agents are
 * @typedef {QueueHead & { queue: string, name: string, waiting: Item[], agents?: string[] }} Queue
 * @typedef {{ type: "snapshot", version: number, at: string, agent: Agent, inbox: Item[], queues: Queue[] }} Snapshot
 *
 * @typedef {{ put?: Item[], drop?: string[] }} ItemsChange
 * @typedef {object} Change
 * @property {Agent} [agent]
 * @property {ItemsChange} [inbox]
 * @property {Object<string, ItemsChange & QueueHead>} [queues]
 * @property {string[]} [queues_gone]
 * @property {import("./supervised.js").Intervention & { item?: string }} [intervention]
 * @typedef {{ type: "event", version: number, at: string, kind: string, changed: Change }} FloorEvent
 *
 * @typedef {object} Entry  one line of a chat's own stream
 * @property {number} n  place in the stream, internal entries included
 * @property {number} seq  of the last visible event
 * @property {string} at
 * @property {string} kind
 * @property {string} [from]
 * @property {string} [name]
 * @property {string} [text]
 * @property {string} [reason]
 * @property {string} [by]
 * @property {string} [agent]
 * @property {string} [queue]
 * @property {string} [page]
 * @property {string} [language]
 * @property {string} [code]
 * @property {string} [note]
 * @property {string | null} [contact]
 * @property {number} [score]  of a rating, 1 to 5
 * @property {string} [comment]
 * @property {string} [consent]  what the visitor agreed to before writing
 * @property {Record<string, string>} [dropped]  what the website said of them and could not be taken as it was, and why
 *
 * @typedef {{ contact: string, version: number, name: string, emails: string[], phones: string[], organisation?: string,
 *   language?: string, notes?: string, customer_number?: string, merged_into?: string }} Contact
 *
 * @typedef {{ id: string, kind: "message" | "note", text: string, after: number, seq?: number, failed?: string, unsure?: boolean }} Outgoing
 * @typedef {{ entries: Entry[], outbox: Outgoing[], opened: boolean }} ChatLog
 *
 * @typedef {{ type: string, id?: string, code?: string, message?: string, [field: string]: any }} Frame
 */
export {};
