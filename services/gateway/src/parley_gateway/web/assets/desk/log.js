/** The lines of a chat, and what is still on its way. */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { onItsWay } from "./chat.js";
import { sayAgain } from "./desk.js";
import { texts } from "./language.js";
import { currentLog, reads } from "./state.js";
import { Day } from "./day.js";
import { line, timeOfDay, titleOf } from "./texts.js";
import { writes } from "./typing.js";
import { Written } from "./written.js";

/** @typedef {import("./types.js").Item} Item */

const SHOWN = 200;

/** @param {{ entry: import("./types.js").Entry, item: Item, read: boolean }} props */
function Line({ entry, item, read }) {
  const t = texts.value.talk;
  const time = html`<time datetime=${entry.at}>${timeOfDay(entry.at)}</time>`;
  if (entry.kind === "message" || entry.kind === "note") {
    const from = entry.kind === "note" ? "note" : entry.from;
    const who = from === "note" ? t.noteBy(entry.name ?? t.anAgent) : from === "visitor" ? titleOf(item) : entry.name ?? texts.value.agent;
    return html`
      <div class=${`message ${from}`} data-testid=${entry.kind} data-from=${from} data-n=${entry.n}>
        <p class="who"><bdi>${who}</bdi> ${time}</p>
        <div class="text" dir="auto" data-testid="text"><${Written} text=${entry.text} /></div>
        ${read && html`<p class="who" data-testid="read">${t.read}</p>`}
      </div>`;
  }
  const text = line(entry);
  return text && html`<p class="turn" data-testid="turn" data-kind=${entry.kind}><bdi><${Written} text=${text} /></bdi> ${time}</p>`;
}

/** @param {{ mine: import("./types.js").Outgoing, item: Item }} props */
const Pending = ({ mine, item }) => html`
  <div class=${`message pending ${mine.kind === "note" ? "note" : "agent"}`} data-testid="pending">
    <div class="text" dir="auto"><${Written} text=${mine.text} /></div>
    ${mine.failed && html`
      <p class="problem" role="alert">${mine.unsure ? texts.value.talk.unsure : `${texts.value.talk.notSent} ${mine.failed}`} <button class="small" onClick=${() => sayAgain(item.item, mine)}>${texts.value.talk.again}</button></p>`}
  </div>`;

/** @param {{ item: Item }} props */
export function Log({ item }) {
  const t = texts.value.talk;
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  const [most, setMost] = useState(SHOWN);
  const log = currentLog.value;
  const shown = log.entries.filter((entry) => entry.kind === "message" || entry.kind === "note" || line(entry));
  const pending = onItsWay(log);
  const seen = reads.value[item.item] ?? 0;
  const last = log.entries.findLast(({ kind, from }) => kind === "message" && from === "agent"); // is it read?
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
    <div class="log" ref=${list} onScroll=${scrolled} role="group" aria-label=${t.messages} tabindex="0" data-testid="log">
      ${shown.length > most && html`<button class="quiet small" data-testid="log-earlier" onClick=${() => setMost(most + SHOWN)}>${t.earlier}</button>`}
      <div class="lines" role="log" aria-label=${t.messages}>
        ${shown.slice(-most).map((entry, index, all) => html`
          <${Day} key=${`day-${entry.n}`} at=${entry.at} before=${all[index - 1]?.at} />
          <${Line} key=${entry.n} entry=${entry} item=${item} read=${entry === last && entry.seq <= seen} />`)}
      </div>
      ${pending.map((mine) => html`<${Pending} key=${mine.id} mine=${mine} item=${item} />`)}
      <div role="status">${writes(item) && html`<p class="turn" data-testid="typing">${t.typing(titleOf(item))}</p>`}</div>
    </div>`;
}
