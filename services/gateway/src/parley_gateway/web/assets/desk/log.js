/** The lines of a chat, and what is still on its way. */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { onItsWay } from "./chat.js";
import { sayAgain } from "./desk.js";
import { texts } from "./language.js";
import { currentLog, reads } from "./state.js";
import { dayOf } from "../shared/days.js";
import { Day } from "./day.js";
import { agentName, line, timeOfDay, titleOf } from "./texts.js";
import { writes } from "./typing.js";
import { Written } from "./written.js";

/** @typedef {import("./types.js").Item} Item */

const SHOWN = 200;

/** @typedef {import("./types.js").Entry} Entry */

/** @type {(entry: Entry) => boolean} is it something that somebody wrote, and no turn of events? */
const isSaid = ({ kind, note }) => kind === "message" || kind === "note" || (kind === "transferred" && !!note);

const TOGETHER_MS = 300_000; // what one writes within this stands under one name

/** @type {(entry: Entry, before?: Entry) => boolean} does it go on from the message before? */
const goesOn = (entry, before) => !!before && entry.kind === "message" && before.kind === "message" && entry.from === before.from && entry.name === before.name
  && dayOf(entry.at) === dayOf(before.at) && Date.parse(entry.at) - Date.parse(before.at) < TOGETHER_MS;

/** Turns of events that follow each other stand in one line. @param {Entry[]} entries @returns {Entry[][]} */
function together(entries) {
  /** @type {Entry[][]} */
  const groups = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last && !isSaid(entry) && !isSaid(last[0]) && dayOf(last[0].at) === dayOf(entry.at)) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

/** @param {{ entries: Entry[] }} props */
const Turns = ({ entries }) => html`
  <p class="turn">${entries.map((entry, index) => html`${index ? " · " : ""}<span class="each" key=${entry.n} data-testid="turn" data-kind=${entry.kind}><bdi><${Written} text=${line(entry)} /></bdi> <time datetime=${entry.at}>${timeOfDay(entry.at)}</time></span>`)}</p>`;

/** @param {{ entry: Entry, item: Item, read: boolean, more: boolean }} props `more`: it goes on from the message before */
function Said({ entry, item, read, more }) {
  const t = texts.value.talk;
  const time = html`<time datetime=${entry.at}>${timeOfDay(entry.at)}</time>`;
  const from = entry.kind === "message" ? entry.from : "note";
  const who = entry.kind === "transferred" ? t.handedBy(agentName(entry.agent)) : from === "note" ? t.noteBy(entry.name ?? t.anAgent) : from === "visitor" ? titleOf(item) : entry.name ?? texts.value.agent;
  return html`
    <div class=${`message ${from} ${more ? "more" : ""}`} data-testid=${entry.kind} data-from=${from} data-n=${entry.n}>
      <p class=${more ? "unseen" : "who"}><bdi>${who}</bdi> ${time}</p>
      <div class="text" dir="auto" title=${more ? timeOfDay(entry.at) : undefined} data-testid="text"><${Written} text=${entry.text ?? entry.note} /></div>
      ${read && html`<p class="who" data-testid="read">${t.read}</p>`}
    </div>`;
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
  const shown = log.entries.filter((entry) => isSaid(entry) || line(entry));
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
        ${together(shown.slice(-most)).map(([entry, ...rest], index, all) => html`
          <${Day} key=${`day-${entry.n}`} at=${entry.at} before=${all[index - 1]?.[0].at} />
          ${isSaid(entry) ? html`<${Said} key=${entry.n} entry=${entry} item=${item} more=${goesOn(entry, all[index - 1]?.[0])} read=${entry === last && entry.seq <= seen} />` : html`<${Turns} key=${entry.n} entries=${[entry, ...rest]} />`}`)}
      </div>
      ${pending.map((mine) => html`<${Pending} key=${mine.id} mine=${mine} item=${item} />`)}
      <div role="status">${writes(item) && html`<p class="turn" data-testid="typing">${t.typing(titleOf(item))}</p>`}</div>
    </div>`;
}
