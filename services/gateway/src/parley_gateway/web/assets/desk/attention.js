/**
 * What an agent who wants it is told of while they look elsewhere: a sound, and a notification of the desktop.
 * Neither says who writes or what: others may see the screen.
 */
import { signal } from "../vendor/preact-htm-signals.js";
import { select } from "./desk.js";
import { texts } from "./language.js";
import { queueName } from "./row.js";
import { away, view } from "./state.js";
import { isNew, unreadOf } from "./unread.js";

/** @typedef {import("./types.js").Item} Item */

const KEY = "parley-desk-alerts";
/** Can this browser? Those of phones show notifications only through a service worker. */
export const can = "Notification" in window && !matchMedia("(pointer: coarse)").matches;

/** @type {() => boolean} */
function wanted() {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false; // no storage: the agent is asked each day
  }
}

/** Does the agent want to be told? @type {{ value: boolean, peek(): boolean }} */
export const alerting = signal(can && wanted() && Notification.permission === "granted");

/** Asks the browser for leave where it has not been given. Resolves to false where the browser refuses. */
export async function toggle() {
  const on = !alerting.peek() && can && (await Notification.requestPermission()) === "granted";
  const refused = !alerting.peek() && !on;
  alerting.value = on;
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // no storage: it holds until the desk is closed
  }
  return !refused;
}

/** @type {(item: Item) => string} */
function what(item) {
  const queue = queueName(item.queue);
  if (item.kind === "call") return texts.value.news.call(queue);
  return unreadOf(item) ? texts.value.news.message(queue) : texts.value.news.work(queue);
}

/** How much of each item the agent has been told of; null until there is a snapshot. @type {Map<string, number> | null} */
let told = null;

/** Looks at what the agent owns now, and tells them of what is new. Called whenever something may have changed. */
export function watch() {
  const seen = view.value;
  if (!seen) return void (told = null);
  const counts = new Map(seen.inbox.map((item) => [item.item, Math.max(unreadOf(item), Number(item.kind === "call" || isNew(item)))]));
  const news = told && seen.inbox.filter(({ item }) => (counts.get(item) ?? 0) > (told?.get(item) ?? 0));
  told = counts;
  if (!news?.length || (!away.peek() && document.hasFocus()) || !alerting.peek()) return;
  chime();
  for (const item of news) {
    // One notification an item: a later one takes the place of the earlier.
    const shown = new Notification(texts.peek().title, { body: what(item), tag: item.item, icon: "/assets/parley.svg" });
    shown.onclick = () => (window.focus(), select(item.item), shown.close());
  }
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
