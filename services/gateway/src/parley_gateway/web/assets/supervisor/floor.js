/** The page's own logic: frames in, state out; and what the supervisor can do. */
import { batch } from "../vendor/preact-htm-signals.js";
import { emptyLog, hasGap, merge } from "../desk/chat.js";
import { loadSetup } from "../desk/setup.js";
import { AgentSocket, newId } from "../desk/socket.js";
import { titleOf } from "../desk/texts.js";
import { observe } from "../desk/timers.js";
import { texts } from "./language.js";
import { addressed, connected, doings, floor, form, loginWhy, opened, phase, ticked, view, watched } from "./state.js";
import { apply, find } from "./view.js";

/** @typedef {import("./types.js").Frame} Frame */

const LOGGED_OUT = 4001;
const LOGIN_EXPIRED = 4003;
const FORBIDDEN = 4403;
const DOINGS = 20;

const socket = new AgentSocket(`${location.origin.replace(/^http/, "ws")}/v1/agent`, {
  frame: (frame) => batch(() => hear(frame)),
  lost,
  beat: () => ({ type: "resync", after: floor.peek()?.version ?? 0 }),
});

addEventListener("hashchange", () => (view.value = addressed()));

export function start() {
  loginWhy.value = "";
  socket.open();
}

/** @param {Frame} frame */
function hear(frame) {
  if (["snapshot", "event", "chat"].includes(frame.type)) observe(frame.at, frame.type === "snapshot");
  if (frame.type === "snapshot") takeSnapshot(frame);
  else if (frame.type === "event") takeEvent(frame);
  else if (frame.type === "chat") takeEntry(frame);
}

/** @param {any} frame */
function takeSnapshot(frame) {
  if (!frame.agents) {
    socket.close();
    return leave(texts.peek().login.notSupervisor);
  }
  const again = !connected.peek() && watched.peek();
  floor.value = frame;
  connected.value = true;
  phase.value = "open";
  loadSetup();
  keepUp();
  if (again && !again.over) follow(again);
}

/** @param {any} event */
function takeEvent(event) {
  const seen = floor.peek();
  if (!seen || event.version <= seen.version) return;
  if (event.version > seen.version + 1) {
    socket.command("resync", { after: seen.version }, { again: false }).catch(() => {});
    return;
  }
  floor.value = apply(seen, event);
  if (event.changed.intervention) tell(event.changed.intervention, event, seen);
  keepUp();
}

/** What was done, by the names as they are now: what it was done to may be gone soon. @type {(done: import("./types.js").Intervention, event: any, before: import("./types.js").Floor) => void} */
function tell(done, { version, at }, before) {
  const now = /** @type {import("./types.js").Floor} */ (floor.peek());
  const item = find(now, done.item) ?? find(before, done.item);
  const whom = done.agent ? now.agents.find(({ id }) => id === done.agent)?.name ?? done.agent : "";
  const what = item ? titleOf(item) : done.item ?? "";
  doings.value = [{ ...done, key: `${version}`, at, whom, what }, ...doings.peek()].slice(0, DOINGS);
}

/** What is watched is as it is now, and only what waits can be ticked. */
function keepUp() {
  const now = /** @type {import("./types.js").Floor} */ (floor.peek());
  const seen = watched.peek();
  if (seen) {
    const item = find(now, seen.item.item);
    watched.value = { ...seen, item: item ?? seen.item, over: !item };
  }
  const waiting = new Set(now.queues.flatMap((queue) => queue.waiting).map(({ item }) => item));
  const left = [...ticked.peek()].filter((item) => waiting.has(item));
  if (left.length < ticked.peek().size) ticked.value = new Set(left);
}

/** @param {any} frame */
function takeEntry({ type, item, ...entry }) {
  const seen = watched.peek();
  if (!seen || seen.item.item !== item) return;
  const log = merge(seen.log, [entry]);
  watched.value = { ...seen, log };
  if (hasGap(log)) follow(seen);
}

let following = false;

/** The chat's entries anew: some were missed. By the same id it is no second act. @param {import("./types.js").Watched} seen */
async function follow({ item: { item }, asked: { id, why } }) {
  if (following) return;
  following = true;
  const shown = await socket.command("watch", { item, ...why }, { id, again: false }).catch(() => null);
  following = false;
  if (shown) take(item, shown.events ?? []);
}

/** @type {(item: string, entries: import("../desk/types.js").Entry[]) => void} */
function take(item, entries) {
  const seen = watched.peek();
  if (seen?.item.item === item) watched.value = { ...seen, log: { ...merge(seen.log, entries), opened: true } };
}

/** @type {(code: number) => boolean} */
function lost(code) {
  connected.value = false;
  const t = texts.peek().login;
  if (code === LOGGED_OUT) leave("");
  else if (code === LOGIN_EXPIRED) leave(phase.peek() === "open" ? t.expired : "");
  else if (code === FORBIDDEN) leave(t.notSupervisor);
  else return true;
  return false;
}

/** @param {string} why */
function leave(why) {
  batch(() => {
    floor.value = watched.value = form.value = null;
    doings.value = [];
    opened.value = ticked.value = new Set();
    loginWhy.value = why;
    phase.value = "login";
  });
}

// -- what the supervisor can do -----------------------------------------------------------------------------------

/** @type {(type: string, fields?: object) => Promise<Frame>} rejected with `Refused` */
export const act = (type, fields) => socket.command(type, fields);

/** @type {(item: import("./types.js").Item, why?: object) => Promise<void>} */
export async function watch(item, why = {}) {
  const asked = { id: newId(), why };
  const { events = [] } = await socket.command("watch", { item: item.item, ...why }, { id: asked.id });
  batch(() => {
    watched.value = { item, asked, log: { ...emptyLog, opened: true }, over: false };
    take(item.item, events);
    keepUp();
  });
}

export const unwatch = () => void (watched.value = null);

/** @type {(name: string, on?: boolean) => void} opens a row, or closes it */
export function toggle(name, on = !opened.peek().has(name)) {
  const rest = [...opened.peek()].filter((each) => each !== name);
  opened.value = new Set(on ? [...rest, name] : rest);
}

/** @type {(item: string, on: boolean) => void} */
export function tick(item, on) {
  const rest = [...ticked.peek()].filter((each) => each !== item);
  ticked.value = new Set(on ? [...rest, item] : rest);
}

export const untick = () => void (ticked.value = new Set());

/** @param {import("./types.js").Form} asked */
export const ask = (asked) => void (form.value = asked);

export const asked = () => void (form.value = null);
