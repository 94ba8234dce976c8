/** The telephone's own logic: HTTP for what it does, the socket for what it is told. */
import { signal } from "../vendor/preact-htm-signals.js";
import { shown, told, without } from "./calls.js";
import { texts } from "./language.js";

const KEPT = "parley-phone"; // the calls of this tab, so that a reload finds them again
const LOGIN_EXPIRED = 4003;
const FORBIDDEN = 4403;
const BEAT = 25_000;
const PATIENCE = 30_000; // the server itself answers within less

/** @template T @typedef {{ value: T, peek(): T }} Signal */

/** @type {Signal<"starting" | "login" | "open">} */
export const phase = signal("starting");
/** @type {{ value: boolean }} */
export const connected = signal(false);
/** @type {{ value: import("./calls.js").Calls, peek(): import("./calls.js").Calls }} */
export const calls = signal({});
/** @type {{ value: string }} */
export const problem = signal("");

/** @type {{ value: boolean }} whether the login asks for the code of a second factor as well */
export const needsCode = signal(false);

/** @type {WebSocket | null} */
let socket = null;
let wait = 500;

/** @param {import("./calls.js").Calls} next */
function keep(next) {
  calls.value = next;
  sessionStorage.setItem(KEPT, JSON.stringify(Object.keys(next)));
}

/** @type {(method: string, path: string, body?: object) => Promise<any>} the answer, or null where it was refused, and said so */
async function ask(method, path, body) {
  const how = body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {};
  const answer = await fetch(path, { method, signal: AbortSignal.timeout(PATIENCE), ...how }).catch(() => null);
  const content = await answer?.json().catch(() => null);
  if (answer?.ok) return content;
  if (answer?.status === 401) phase.value = "login";
  if (content?.second_factor) needsCode.value = true;
  problem.value = content?.detail ?? texts.peek().unreachable;
  return null;
}

/** @param {any} item */
const take = (item) => item && keep(shown(calls.peek(), item, new Date().toISOString()));

export async function logIn(/** @type {object} */ fields) {
  problem.value = "";
  const who = await ask("POST", "/v1/login", fields);
  if (!who) return;
  if (who.role !== "source") problem.value = texts.peek().noTelephone;
  else start();
}

export function start() {
  socket?.close();
  const mine = (socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/source`));
  let heard = true;
  const beat = setInterval(() => {
    // No answer from one beat to the next: nobody is there, whatever the socket says.
    if (!heard) return over(1006);
    heard = false;
    if (mine.readyState === 1) mine.send('{"type":"ping"}');
  }, BEAT);
  mine.onmessage = ({ data }) => ((heard = true), hear(JSON.parse(data)));
  mine.onopen = () => mine.send('{"type":"ping"}'); // its answer says that we are let in
  const over = (/** @type {number} */ code) => {
    clearInterval(beat);
    mine.onmessage = mine.onclose = null;
    mine.close();
    if (mine !== socket) return;
    connected.value = false;
    if (code === LOGIN_EXPIRED || code === FORBIDDEN) return void (phase.value = "login");
    setTimeout(start, wait);
    wait = Math.min(10_000, wait * 2);
  };
  mine.onclose = ({ code }) => over(code);
}

/** @param {any} frame */
function hear(frame) {
  if (frame.type === "pong") return void letIn();
  keep(told(calls.peek(), frame));
}

/** What was missed meanwhile is asked for: a call that is over is told nobody again. */
async function letIn() {
  if (connected.value) return;
  connected.value = true;
  phase.value = "open";
  wait = 500;
  const known = new Set([...JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"), ...Object.keys(calls.peek())]);
  for (const item of known) {
    const answer = await fetch(`/v1/items/${encodeURIComponent(item)}`).catch(() => null);
    if (answer?.ok) take(await answer.json());
    else if (answer?.status === 404) keep(without(calls.peek(), item));
  }
}

/** @type {(from: string, queue: string) => Promise<void>} */
export async function place(from, queue) {
  problem.value = "";
  take(await ask("POST", "/v1/items", { kind: "call", from, queue }));
}

/** What is said is about the assignment that this telephone was told of: a later one rings somebody else.
 * @type {(call: import("./calls.js").Call, what: "answered" | "no_answer" | "ended") => Promise<void>} */
export async function say({ item, assignment }, what) {
  problem.value = "";
  const about = what === "ended" || !assignment ? {} : { assignment };
  take(await ask("POST", `/v1/items/${encodeURIComponent(item)}/${what}`, about));
}

/** @param {string} item */
export const forget = (item) => keep(without(calls.peek(), item));
