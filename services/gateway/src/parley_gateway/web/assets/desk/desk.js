/** The desk's own logic: frames in, state out; and what the agent can do. */
import { batch } from "../vendor/preact-htm-signals.js";
import { acked, emptyLog, hasGap, lastWithoutGap, merge, post, refused, withdraw } from "./chat.js";
import { draftOf, forgetDrafts } from "./drafts.js";
import { asShown } from "./groups.js";
import { texts } from "./language.js";
import { chosenBefore, rememberChoice } from "./place.js";
import { loadSetup } from "./setup.js";
import { AgentSocket, newId } from "./socket.js";
import { away, connected, current, detailed, helping, logs, notices, phase, reads, searching, selected, view } from "./state.js";
import { sentence, titleOf } from "./texts.js";
import { duration, elapsed, now, observe } from "./timers.js";
import { nobodyTypes, typed } from "./typing.js";
import { forgetCounts, given, isNew, looked, missed, unreadOf } from "./unread.js";
import { apply, find } from "./view.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").ChatLog} ChatLog */
/** @typedef {import("./types.js").Item} Item */

const LOGGED_OUT = 4001;
const LOGIN_EXPIRED = 4003;
const FORBIDDEN = 4403;

const socket = new AgentSocket(`${location.origin.replace(/^http/, "ws")}/v1/agent`, {
  frame: (frame) => batch(() => hear(frame)),
  lost,
  beat: () => ({ type: "resync", after: view.peek()?.version ?? 0 }),
});

export const start = () => socket.open();

/** @param {Frame} frame */
function hear(frame) {
  if (["snapshot", "event", "chat"].includes(frame.type)) observe(frame.at, frame.type === "snapshot");
  if (frame.type === "snapshot") takeSnapshot(frame);
  else if (frame.type === "event") takeEvent(frame);
  else if (frame.type === "chat") takeEntry(frame);
  else if (frame.type === "typing") typed(frame.item, frame.on);
  else if (frame.type === "read") reads.value = { ...reads.peek(), [frame.item]: Math.max(frame.seq, reads.peek()[frame.item] ?? 0) };
  else if (frame.type === "error" && !frame.id && connected.peek()) notify(sentence(frame));
}

/** @param {any} frame */
function takeSnapshot(frame) {
  const before = new Set(view.peek()?.inbox.map(({ item }) => item));
  given(frame.inbox.map((/** @type {Item} */ { item }) => item).filter((/** @type {string} */ item) => view.peek() && !before.has(item)));
  view.value = frame;
  connected.value = true;
  if (phase.peek() !== "open") selected.value = chosenBefore();
  phase.value = "open";
  loadSetup();
  forget();
  choose(frame.inbox);
  if (current.peek()?.stage === "waiting") openChat(current.peek()?.item);
}

/** @param {any} event */
function takeEvent(event) {
  const seen = view.peek();
  if (!seen || event.version <= seen.version) return;
  if (event.version > seen.version + 1) {
    socket.command("resync", { after: seen.version }, { again: false }).catch(() => {});
    return;
  }
  supervised(event.changed.intervention, seen);
  view.value = apply(seen, event);
  if (event.kind === "closed") for (const item of seen.inbox) if (item.kind === "call" && event.changed.inbox?.drop?.includes(item.item)) callOver(item);
  forget();
  const known = new Map(seen.inbox.map((item) => [item.item, item]));
  const put = /** @type {Item[]} */ (event.changed.inbox?.put ?? []);
  const arrived = put.filter(({ item }) => !known.has(item));
  given(arrived.map(({ item }) => item));
  choose(arrived);
  for (const item of put) if (known.get(item.item)?.activity === "interrupted" && item.activity === "active") back(item);
}

/** R36: what a supervisor has done to this agent. @type {(done: import("./supervised.js").Intervention & { item?: string } | undefined, seen: any) => void} */
function supervised(done, seen) {
  if (!done || done.by.id === seen.agent.id || ![done.agent, done.to_agent].includes(seen.agent.id)) return;
  const item = find(seen, done.item ?? null);
  import("./supervised.js").then(({ told }) => told(done, item ? titleOf(item) : ""), () => notify(done.by.name, true));
}

/** R35: a call ends on the telephone. It does not vanish without a word, and what was not saved of it is shown once more. @param {Item} item */
function callOver(item) {
  const t = texts.peek().call;
  const { code = "", codeNote = "" } = draftOf(item.item);
  const left = [code, codeNote].map((text) => text.trim()).filter(Boolean).join(": ");
  notify(left ? t.notSaved(titleOf(item), left) : t.over(titleOf(item), duration(elapsed(item.handle, now.peek()))), !left);
}

/** R13, R14: what a call interrupted is there again. @param {Item} item */
function back(item) {
  const t = texts.peek().call;
  if (item.kind === "chat") notify(item.stage === "wrap_up" ? t.backInWrapUp(titleOf(item)) : t.back(titleOf(item)), true);
}

/** What the agent sees no more needs no log, no draft and no count. */
function forget() {
  const known = (/** @type {string} */ item) => !!find(/** @type {any} */ (view.peek()), item);
  forgetDrafts(known);
  forgetCounts(known);
  for (const kept of [logs, reads]) {
    const left = Object.entries(kept.peek()).filter(([item]) => known(item));
    if (left.length < Object.keys(kept.peek()).length) kept.value = Object.fromEntries(left);
  }
}

/** What was in the middle when a call came. @type {string | null} */
let before = null;

/** Keep something sensible in the middle: what was there, else what has just come. @param {any[]} arrived */
function choose(arrived) {
  if (!current.peek()) selected.value = null;
  for (const { item, kind } of arrived) if (kind === "chat") openChat(item);
  const call = arrived.find((item) => item.kind === "call" && item.activity === "active");
  const first = arrived.find((item) => item.activity === "active");
  if (call) {
    before = selected.peek() ?? before;
    select(call.item);
  } else if (!selected.peek() && first) select(first.item);
  else if (!selected.peek() && before && view.peek()?.inbox.some(({ item }) => item === before)) select(before);
  if (current.peek()?.kind !== "call") before = null;
  const shown = current.peek();
  if (shown && !away.peek()) looked(shown.item, shown.unread);
}

/** @param {any} frame */
function takeEntry(frame) {
  const { type, item, ...entry } = frame;
  if (!find(/** @type {any} */ (view.peek()), item)) return; // opened when it arrives in the inbox
  const log = edit(item, (old) => merge(old, [entry]));
  const shown = item === selected.peek() && !away.peek();
  if (fromVisitor(/** @type {any} */ (entry))) {
    typed(item, false);
    if (shown) read(item);
    else missed(item);
  }
  if (log.opened && hasGap(log)) openChat(item);
}

/** @type {(item: string, change: (log: ChatLog) => ChatLog) => ChatLog} */
function edit(item, change) {
  const log = change(logs.peek()[item] ?? emptyLog);
  logs.value = { ...logs.peek(), [item]: log };
  return log;
}

/** The answers to an e-mail are known: from now on its clock counts as a chat's. @param {string} item @param {import("./types.js").Entry[]} entries */
export const knowAnswers = (item, entries) => void edit(item, (log) => ({ ...log, entries, opened: true }));

/** Chats whose entries have been asked for. @type {Set<string>} */
const asked = new Set();

/** @param {any} item */
async function openChat(item) {
  if (asked.has(item)) return;
  asked.add(item);
  // One less than the last visible event, so that internal entries after it come again; doubles are dropped.
  const last = lastWithoutGap(logs.peek()[item] ?? emptyLog);
  const after = logs.peek()[item]?.opened && last && last.seq > 1 ? last.seq - 1 : undefined;
  const opened = await socket.command("open", { item, after }, { again: false }).catch((refusal) => {
    if (refusal.code !== "unavailable") report(refusal);
  });
  asked.delete(item);
  if (!opened || !find(/** @type {any} */ (view.peek()), item)) return;
  const old = logs.peek()[item] ?? emptyLog;
  const log = edit(item, (log) => ({ ...merge(log, opened.events), opened: true }));
  if (item === selected.peek() && !away.peek()) read(item);
  else if (old.opened) log.entries.filter((entry) => fromVisitor(entry) && !old.entries.includes(entry)).forEach(() => missed(item));
}

/** @param {import("./types.js").Entry} entry */
const fromVisitor = (entry) => entry.kind === "message" && entry.from === "visitor";

/** @param {string} item */
function read(item) {
  const seq = logs.peek()[item]?.entries.at(-1)?.seq;
  if (seq) socket.tell({ type: "read", item, seq });
}

/** @type {(code: number) => boolean} */
function lost(code) {
  connected.value = false;
  if (code === LOGGED_OUT) leave("");
  else if (code === LOGIN_EXPIRED) leave(phase.peek() === "open" ? texts.peek().expired : "");
  else if (code === FORBIDDEN) leave(texts.peek().noDesk);
  else return true;
  return false;
}

/** @param {string} why */
function leave(why) {
  nobodyTypes();
  if (!why) [forgetDrafts, forgetCounts].forEach((forgets) => forgets(() => false)); // whoever logs out is done; a login that expired is not
  batch(() => {
    view.value = selected.value = null;
    logs.value = reads.value = {};
    searching.value = false;
    phase.value = "login";
    if (why) notify(why);
  });
}

// -- what the agent is told ----------------------------------------------------------------------------------------

let told = 0;

/** A sentence that goes away by itself, or when told to. @type {(text: string, good?: boolean) => void} */
export function notify(text, good = false) {
  const id = ++told;
  notices.value = [...notices.peek().filter((notice) => notice.text !== text), { id, text, good }];
  setTimeout(() => dismiss(id), good ? 5000 : 9000);
}

/** @param {number} id */
export const dismiss = (id) => void (notices.value = notices.peek().filter((notice) => notice.id !== id));

/** @param {any} refusal */
export const report = (refusal) => notify(sentence(refusal));

// -- what the agent can do ----------------------------------------------------------------------------------------

/** @type {(type: string, fields?: object) => Promise<Frame | null>} null where it was refused, and said so */
export const act = (type, fields) => socket.command(type, fields).catch((refusal) => (report(refusal), null));

/** R35: what is begun about an item, kept on the server; whether it is. @type {(item: string, text: string) => Promise<boolean>} */
export const keepOnServer = (item, text) => socket.command("draft", { item, text }, { again: false }).then(() => true, () => false);

/** @param {string | null} item */
export function select(item) {
  selected.value = item;
  rememberChoice(item);
  if (!item) return void (detailed.value = false);
  if (!away.peek()) looked(item, current.peek()?.unread);
  if (!logs.peek()[item]?.opened && current.peek()?.kind === "chat") openChat(item);
  else if (!away.peek()) read(item);
}

/** On a narrow screen: the customer and the details, or the conversation. @param {boolean} on */
export const showDetails = (on) => void (detailed.value = on);

/** @param {boolean} on */
export const showHelp = (on) => void (helping.value = on);

/** @param {boolean} on */
export const showPast = (on) => void (searching.value = on);

/** The agent looks away, or comes back and has before their eyes what came meanwhile. */
export const turn = () => batch(() => {
  away.value = document.hidden;
  select(selected.peek());
});

/** @type {(by: 1 | -1) => void} to the next or the previous item of the inbox, as it is shown; after the last comes the first */
export function step(by) {
  const shown = asShown(view.peek()?.inbox ?? []);
  const at = shown.findIndex(({ item }) => item === selected.peek());
  if (shown.length) select(shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length].item);
}

/** To the next item of the inbox in which there is something new, after the open one. */
export function toNews() {
  const shown = asShown(view.peek()?.inbox ?? []);
  const at = shown.findIndex(({ item }) => item === selected.peek()) + 1;
  const found = [...shown.slice(at), ...shown.slice(0, at)].find((item) => unreadOf(item) || isNew(item));
  if (found) select(found.item);
}

/** @param {string} item */
export async function pick(item) {
  if (await act("pick", { item })) select(item);
}

/** R35: an e-mail about an item that is over, or whose visitor is gone; it is open once it is there. @param {string} item */
export async function compose(item) {
  const begun = await act("compose", { item });
  if (begun) select(/** @type {any} */ (begun).item.item);
}

/** @type {(item: string, kind: "message" | "note", text: string, id?: string) => Promise<void>} shown at once, sent until acknowledged */
export async function say(item, kind, text, id = newId()) {
  edit(item, (log) => post(log, id, kind, text));
  try {
    const { seq } = await socket.command(kind, { item, text }, { id });
    edit(item, (log) => acked(log, id, seq));
  } catch (refusal) {
    edit(item, (log) => refused(log, id, sentence(/** @type {any} */ (refusal)), /** @type {any} */ (refusal).code === "unavailable"));
  }
}

/** @type {(item: string, outgoing: import("./types.js").Outgoing) => void} */
export function sayAgain(item, { id, kind, text, unsure }) {
  edit(item, (log) => withdraw(log, id));
  say(item, kind, text, unsure ? id : undefined); // by the same id it cannot be stored twice; what was refused would be refused again
}

/** @type {(item: string, on: boolean) => void} */
export const signalTyping = (item, on) => socket.tell({ type: "typing", item, on });
