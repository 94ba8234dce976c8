/** The lines of a chat, and what is still on its way. */
import { html, useLayoutEffect, useRef } from "../vendor/preact-htm-signals.js";
import { onItsWay } from "./chat.js";
import { sayAgain } from "./desk.js";
import { currentLog, typing } from "./state.js";
import { line, titleOf } from "./texts.js";
import { now, timeOfDay } from "./timers.js";

/** @typedef {import("./types.js").Item} Item */

/** @param {{ entry: import("./types.js").Entry, item: Item }} props */
function Line({ entry, item }) {
  if (entry.kind === "message" || entry.kind === "note") {
    const from = entry.kind === "note" ? "note" : entry.from;
    const who = from === "note" ? `Note by ${entry.name ?? "an agent"}` : from === "visitor" ? titleOf(item) : entry.name ?? "Agent";
    return html`
      <div class=${`message ${from}`} data-testid=${entry.kind} data-from=${from} data-n=${entry.n}>
        <p class="who"><span dir="auto">${who}</span> <time datetime=${entry.at}>${timeOfDay(entry.at)}</time></p>
        <div class="text" dir="auto" data-testid="text">${entry.text}</div>
      </div>`;
  }
  const text = line(entry);
  return text && html`<p class="turn" data-testid="turn" data-kind=${entry.kind}>${text} <time datetime=${entry.at}>${timeOfDay(entry.at)}</time></p>`;
}

/** @param {{ mine: import("./types.js").Outgoing, item: Item }} props */
const Pending = ({ mine, item }) => html`
  <div class=${`message pending ${mine.kind === "note" ? "note" : "agent"}`} data-testid="pending">
    <div class="text" dir="auto">${mine.text}</div>
    ${mine.failed && html`
      <p class="problem">Not sent. ${mine.failed} <button class="small" onClick=${() => sayAgain(item.item, mine)}>Try again</button></p>`}
  </div>`;

/** @param {{ item: Item }} props */
export function Log({ item }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  const log = currentLog.value;
  const pending = onItsWay(log);
  const writing = item.stage !== "wrap_up" && now.value - (typing.value[item.item] ?? 0) < 8000;
  useLayoutEffect(() => {
    const box = list.current;
    if (box && atEnd.current) box.scrollTop = box.scrollHeight;
  });
  /** @param {Event} event */
  const scrolled = ({ target }) => {
    const box = /** @type {HTMLElement} */ (target);
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  };
  return html`
    <div class="log" ref=${list} onScroll=${scrolled} role="log" aria-label="Messages" tabindex="0" data-testid="log">
      ${log.entries.map((entry) => html`<${Line} key=${entry.n} entry=${entry} item=${item} />`)}
      ${pending.map((mine) => html`<${Pending} key=${mine.id} mine=${mine} item=${item} />`)}
      ${writing && html`<p class="turn" data-testid="typing">${titleOf(item)} is typing …</p>`}
    </div>`;
}
