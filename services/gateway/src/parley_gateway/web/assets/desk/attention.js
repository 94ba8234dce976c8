/**
 * What an agent who wants it is told of while they look elsewhere: a sound, and a notification of the desktop.
 * Neither says who writes or what: others may see the screen.
 */
import { signal } from "../vendor/preact-htm-signals.js";
import { select } from "./desk.js";
import { texts } from "./language.js";
import { queueName } from "./row.js";
import { away, served, view } from "./state.js";
import { isNew, unreadOf } from "./unread.js";

/** @typedef {import("./types.js").Item} Item */

const KEY = "parley-desk-alerts";
/** Can this browser show notifications? Those of phones do only through a service worker; a sound they all have. */
const NOTIFIES = "Notification" in window && !matchMedia("(pointer: coarse)").matches;

/** @type {() => boolean} */
function wanted() {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false; // no storage: the agent is asked each day
  }
}

/** Does the agent want to be told? @type {{ value: boolean, peek(): boolean }} */
export const alerting = signal(wanted());

/** Asks the browser for leave to show notifications where it has not been given. Resolves to false where there will be a sound only. */
export async function toggle() {
  const on = (alerting.value = !alerting.peek());
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // no storage: it holds until the desk is closed
  }
  return !on || !NOTIFIES || (await Notification.requestPermission()) === "granted";
}

/** @type {(item: Item) => string} */
function what(item) {
  const queue = queueName(item.queue);
  if (item.kind === "call") return texts.value.news.call(queue);
  return unreadOf(item) ? texts.value.news.message(queue) : texts.value.news.work(queue);
}

/** How much of each item the agent has been told of; null until there is a snapshot. @type {Map<string, number> | null} */
let told = null;

/** What has come into a queue from which agents pick while nobody looked. @type {{ value: ReadonlySet<string>, peek(): ReadonlySet<string> }} */
const arrived = signal(new Set());

/** @returns {Item[]} what waits to be picked by this agent, if they are ready to */
const toPick = () => (view.value?.agent.state !== "ready" ? [] : served.value.filter(({ distribution }) => distribution === "pick").flatMap(({ waiting }) => waiting));

/** How much waits to be picked that the agent has not seen. */
export const arrivals = () => toPick().filter(({ item }) => arrived.value.has(item)).length;

/** Looks at what there is now, and tells the agent of what is new. Called whenever something may have changed. */
export function watch() {
  const seen = view.value;
  if (!seen) return void (told = null);
  const pick = toPick();
  const counts = new Map(seen.queues.flatMap(({ waiting }) => waiting.map(({ item }) => [item, 1])));
  for (const item of seen.inbox) counts.set(item.item, Math.max(unreadOf(item), Number(item.kind === "call" || isNew(item))));
  const more = (/** @type {Item} */ { item }) => !!told && (counts.get(item) ?? 0) > (told.get(item) ?? 0);
  const news = seen.inbox.filter(more);
  const come = pick.filter(more);
  told = counts;
  if (!away.value) arrived.value = arrived.peek().size ? new Set() : arrived.peek();
  else if (come.length) arrived.value = new Set([...arrived.peek(), ...come.map(({ item }) => item)].filter((item) => pick.some((each) => each.item === item)));
  if (!(news.length || come.length) || (!away.peek() && document.hasFocus()) || !alerting.peek()) return;
  chime();
  for (const item of news) show(item.item, what(item), item.item);
  for (const { queue, name, waiting } of seen.queues.filter(({ queue }) => come.some((item) => item.queue === queue))) show(queue, texts.peek().news.waiting(name, waiting.length), come.find((item) => item.queue === queue)?.item);
}

/** One notification for each `tag`: a later one takes the place of the earlier. @type {(tag: string, body: string, item?: string) => void} */
function show(tag, body, item) {
  if (!NOTIFIES || Notification.permission !== "granted") return;
  const shown = new Notification(texts.peek().title, { body, tag, icon: "/assets/parley.svg" });
  shown.onclick = () => (window.focus(), item && select(item), shown.close());
}

/** @type {AudioContext | undefined} */
let audio;

/** Two soft tones. Before the agent has pressed anything, the browser keeps them to itself. */
function chime() {
  audio ??= new AudioContext();
  const { currentTime: start, destination } = audio;
  for (const [after, pitch] of [[0, 660], [0.14, 880]]) {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setTargetAtTime(0.08, start + after, 0.01);
    volume.gain.setTargetAtTime(0, start + after + 0.1, 0.04);
    tone.connect(volume).connect(destination);
    tone.start(start + after);
    tone.stop(start + after + 0.5);
  }
}
