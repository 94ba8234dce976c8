/** What the chat shows: messages, what has happened, what is on its way, that somebody types. */
import { stampOf } from "../../assets/shared/days.js";
import { pieces } from "../../assets/shared/links.js";
import { el, LINK } from "./dom.js";
import { log, pendings, readMark, stored, typing } from "./screen.js";
import { agent } from "./talk.js";
import { fill, locale, texts } from "./texts.js";

const TYPING_HOLDS = 8000;
/** Whoever has scrolled up further than this reads, and stays there. */
const NEAR_THE_END = 400;

/** @type {string | null | undefined} whose name stands above already */
let lastFrom;
/** @type {string | undefined} */
let lastDay;
/** @type {number | undefined} */
let typingEnds;
/** @type {Map<string | undefined, HTMLElement>} by the frame's id */
const pending = new Map();

/** @param {boolean} [always] also away from what is being read */
export function scrollDown(always) {
  if (always || log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_THE_END) log.scrollTop = log.scrollHeight;
}

/** @param {Node} node */
function add(node) {
  stored.append(node);
  scrollDown();
}

/** As it is, with what it has of links. @param {string} text */
const written = (text) => pieces(text).map((piece, index) => (index % 2 ? el("a", "", { ...LINK, href: piece, dir: "ltr" }, piece) : piece));

/** @type {(from: string, text: string) => HTMLElement} */
const message = (from, text) => el("div", "", { className: `message ${from}` }, el("div", "", { className: "text", dir: "auto" }, ...written(text)));

/** @param {string} text */
export function showNotice(text) {
  lastFrom = null;
  add(el("p", "", { className: "notice" }, ...written(text)));
}

/** @type {(from: string, text: string, name: string, entry?: { seq: number, at: string }) => void} */
export function showMessage(from, text, name, entry) {
  const node = message(from, text);
  if (entry) {
    const { seq, at } = entry;
    node.dataset.seq = `${seq}`;
    const day = new Date(at).toDateString();
    node.append(el("time", "", { dateTime: at }, stampOf(at, locale, day === lastDay ? undefined : "medium")));
    lastDay = day;
  }
  if (name && from === "agent" && lastFrom !== name) node.prepend(el("p", "", { className: "who", dir: "auto" }, name));
  lastFrom = from === "agent" ? name : from;
  add(node);
}

/** The last message of the visitor's that the agent has seen says so. @param {number} seq */
export function showRead(seq) {
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll(".visitor"))) if (Number(node.dataset.seq) <= seq) node.append(readMark);
}

/** @type {(id: string, text: string) => void} */
export function showPending(id, text) {
  const node = message("visitor", text);
  pending.set(id, node);
  pendings.append(node);
  scrollDown(true);
}

/** @param {string | undefined} id */
export function dropPending(id) {
  pending.get(id)?.remove();
  pending.delete(id);
}

/** @param {string} id */
export const failPending = (id) => pending.get(id)?.append(el("p", "", { className: "who", role: "alert" }, texts.failed));

/** @param {boolean} on */
export function showTyping(on) {
  clearTimeout(typingEnds);
  typing.hidden = !on;
  typing.textContent = fill(texts.typing, agent || texts.agent);
  if (on) typingEnds = setTimeout(() => (typing.hidden = true), TYPING_HOLDS);
}

export function clearLog() {
  pending.clear();
  lastDay = undefined;
  pendings.replaceChildren();
  stored.replaceChildren();
}
