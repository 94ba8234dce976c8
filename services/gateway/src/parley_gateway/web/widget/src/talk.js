/**
 * One chat as this tab knows it: what is on its way, what is settled, what is gone. Pure: it knows no page, no connection, no
 * storage and no clock; it is told what came, and says what follows from it.
 *
 * @typedef {object} Frame  what the visitor has asked for and has no answer yet
 * @property {string} id
 * @property {string} type
 * @property {string} [text]
 * @property {string} [to]  where the transcript goes
 * @property {number} [score]
 * @property {string} [comment]
 * @property {string} [language]  of the transcript
 * @property {unknown} [previous]  the chat before, by which the server knows the visitor
 * @property {unknown} [identity]  who the visitor is, vouched for by the page
 *
 * @typedef {object} Answer
 * @property {string} id
 * @property {"ack" | "error"} type
 * @property {string} [code]
 * @property {number} [seq]  of the event that it became
 * @property {string} [chat]
 * @property {string} [secret]  of a chat that began with it
 * @property {string} [stage]
 * @property {boolean} [leave_message]
 * @property {boolean} [confirm]  its address was asked first
 *
 * @typedef {object} Entry  an event of the chat
 * @property {number} seq
 * @property {string} at
 * @property {string} kind
 * @property {string} [from]
 * @property {string} [name]
 * @property {string} [text]
 * @property {string} [reason]
 * @property {string} [by]
 */

/** What an answer means for what was asked. */
export const OTHER = 0; // nothing: it was not ours
export const RESUMED = 1; // the server knows the chat, and what was missed comes
export const CUT = 2; // the connection is of no use now
export const GONE = 3; // the server knows no such chat any more
export const LATER = 4; // the server can do it another time
export const GUEST = 5; // what the page says of the visitor does not hold: once more without it
export const REFUSED = 6; // there will be no chat
export const STARTED = 7;
export const GRANTED = 8; // or refused: what was asked for after the end
export const STORED = 9;
export const FAILED = 10;

const BUSY = /unavailable|rate_limited/;

/** Its id, once it has begun. @type {string | undefined} */
export let chat;
/** Who answers, by the name heard last. @type {string | undefined} */
export let agent;
/** The last `seq` seen. */
export let last = 0;
export let over = false;
/** May frames be sent now? */
export let ready = false;

let guest = false;
/** The frame that waits for its answer; where there is none, no answer is to it, also not one to `id: null`. */
let flying = "";
/** The frame that asks to go on with the chat. */
let resuming = "";
let questions = 0;
/** What is shown as on its way, by its id. @type {Map<string, { text: string, seq?: number, failed?: boolean }>} */
export const pending = new Map();

/** Another chat: nothing is known of it. */
export function reset() {
  chat = agent = undefined;
  last = 0;
  over = guest = false;
  pending.clear();
  cut();
}

/** It has this id from now on. @param {string | undefined} id */
export const begin = (id) => void (chat = id);

/** Frames can be sent from now on. */
export const stand = () => void (ready = true);

/** The connection is gone, and with it whatever had no answer: it is asked again. */
export function cut() {
  ready = false;
  flying = resuming = "";
}

/** @param {string} id of the frame that asks to go on with the chat */
export const resume = (id) => void (resuming = id, questions++);

/** The number of the question that waits for an answer; 0 where none does. */
export const waits = () => (resuming || flying ? questions : 0);

/** The frame to send now: the oldest, and the next one only after its answer, so that order is kept. @type {(outbox: Frame[]) => Frame | undefined} */
export function next([first]) {
  if (!ready || flying || !first) return undefined;
  flying = first.id;
  questions++;
  return chat && first.type === "start" ? { ...first, type: "message" } : first; // another tab was first
}

/** @type {(answer: Answer, sent?: Frame) => number} what becomes of `sent`, what was asked */
export function answered({ id, type, code = "", secret }, sent) {
  const good = type === "ack";
  const later = BUSY.test(code);
  if (id === resuming) {
    resuming = "";
    ready = good;
    return good ? RESUMED : later ? CUT : GONE;
  }
  if (id !== flying) return OTHER;
  flying = "";
  if (later && !sent?.to) return LATER;
  if (code === "unauthorized" && (guest = !guest)) return GUEST;
  if (!good && !chat) return REFUSED;
  return secret ? STARTED : sent?.to || sent?.score ? GRANTED : good ? STORED : FAILED;
}

/** Each event counts once, and only after the one before it. @type {(entry: Entry) => boolean | undefined} undefined: it is known already; false: others come first */
export function take({ seq, kind, from, name }) {
  if (seq <= last) return undefined;
  if (seq > last + 1) return false;
  last = seq;
  if (name && from !== "visitor") agent = name;
  if (kind === "ended") over = true;
  return true;
}

/** @param {Frame} frame @returns {unknown} whether it is to be shown as on its way */
export const post = ({ id, text }) => text && !pending.has(id) && pending.set(id, { text });

/** The server has stored it as this event. @param {Answer} answer @returns {boolean} whether that has been seen already */
export function stored({ id, seq = NaN }) {
  const mine = pending.get(id);
  if (mine) mine.seq = seq;
  return seq <= last && pending.delete(id);
}

/** An event of the visitor's came. @type {(entry: Entry) => string | undefined} which of what is on its way it is */
export function arrived({ seq, text }) {
  const [id] = [...pending].find(([, mine]) => (mine.seq ? mine.seq === seq : mine.text === text)) ?? [];
  if (id) pending.delete(id);
  return id;
}

/** What is on its way and neither asked of the server now nor given up. */
const waiting = () => [...pending.keys()].filter((id) => id !== flying && !pending.get(id)?.failed);

/** @param {string} id @returns {boolean | undefined} whether that is to be said: once */
export function failed(id) {
  const mine = pending.get(id);
  return mine && !mine.failed && (mine.failed = true);
}

/** The chat is over: what was not sent is not sent any more. @returns {string[]} */
export const unsent = () => waiting().filter(failed);

/** Another tab has delivered what is not in the outbox any more. @type {(outbox: Frame[]) => string[]} */
export const elsewhere = (outbox) => waiting().filter((id) => !outbox.some((frame) => frame.id === id) && pending.delete(id));
