/** A chat that is watched, as it goes on; a word to its agent, and the way to take it over. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { Day } from "../desk/day.js";
import { agentName, line, standing, timeOfDay, titleOf } from "../desk/texts.js";
import { Written } from "../desk/written.js";
import { byHand } from "../shared/keyboard.js";
import { Button, useDoing } from "./doing.js";
import { act, ask, unwatch } from "./floor.js";
import { deskTexts, texts } from "./language.js";
import { lastPlace } from "./place.js";
import { floor, watched } from "./state.js";

/** @typedef {import("../desk/types.js").Entry} Entry */
/** @typedef {import("./types.js").Item} Item */

/** @type {(agent?: string) => string} */
const nameOf = (agent) => floor.value?.agents.find(({ id }) => id === agent)?.name ?? agentName(agent);

/** @type {(entry: Entry) => boolean} is it something that somebody wrote, and no turn of events? */
const isSaid = ({ kind, note }) => kind === "message" || kind === "note" || (kind === "transferred" && !!note);

/** @param {{ entry: Entry, item: Item }} props */
function Said({ entry, item }) {
  const t = deskTexts.value.talk;
  const from = entry.kind === "message" ? entry.from : "note";
  const who = entry.kind === "transferred" ? t.handedBy(nameOf(entry.agent)) : from === "note" ? t.noteBy(entry.name ?? t.anAgent) : from === "visitor" ? titleOf(item) : entry.name ?? deskTexts.value.agent;
  return html`
    <div class=${`message ${from}`} data-testid=${entry.kind} data-from=${from} data-n=${entry.n}>
      <p class="who"><bdi>${who}</bdi> <time datetime=${entry.at}>${timeOfDay(entry.at)}</time></p>
      <div class="text" dir="auto" data-testid="text"><${Written} text=${entry.text ?? entry.note} /></div>
    </div>`;
}

/** @param {{ entry: Entry }} props */
const Turn = ({ entry }) => html`<p class="turn" data-testid="turn" data-kind=${entry.kind}><bdi><${Written} text=${line(entry) ?? ""} /></bdi> <time datetime=${entry.at}>${timeOfDay(entry.at)}</time></p>`;

/** @param {{ item: Item, entries: Entry[] }} props */
function Lines({ item, entries }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  const t = deskTexts.value.talk;
  const shown = entries.filter((entry) => isSaid(entry) || line(entry));
  useLayoutEffect(() => {
    if (list.current && atEnd.current) list.current.scrollTop = list.current.scrollHeight;
  });
  const scrolled = (/** @type {any} */ { target: box }) => void (atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 60);
  return html`
    <div class="log" ref=${list} onScroll=${scrolled} role="group" aria-label=${t.messages} tabindex="0">
      <div class="lines" role="log" aria-label=${t.messages} data-testid="lines">
        ${shown.map((entry, index) => html`<${Day} key=${`day-${entry.n}`} at=${entry.at} before=${shown[index - 1]?.at} />
          ${isSaid(entry) ? html`<${Said} key=${entry.n} entry=${entry} item=${item} />` : html`<${Turn} key=${entry.n} entry=${entry} />`}`)}
      </div>
    </div>`;
}

/** @param {{ item: Item }} props */
function Whisper({ item }) {
  const t = texts.value.watching;
  const [{ busy, why }, begin] = useDoing();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const said = text.trim();
    if (said && await begin(() => act("whisper", { item: item.item, text: said, ...(reason.trim() && { why: reason.trim() }) }))) {
      setText("");
      setReason("");
    }
  };
  const press = byHand((/** @type {KeyboardEvent} */ event) => event.key === "Enter" && !event.shiftKey && submit(event));
  return html`
    <form class="whisper" onSubmit=${submit} data-testid="whisper">
      <label>${t.whisper}<textarea rows="2" maxlength="4000" required dir="auto" autocomplete="off" placeholder=${t.whisperHint} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} onKeyDown=${press} data-testid="whisper-text"></textarea></label>
      <label>${texts.value.why}<input maxlength="500" autocomplete="off" dir="auto" value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} data-testid="whisper-why" /></label>
      ${why && html`<p class="problem" role="alert">${why}</p>`}
      <div class="line"><${Button} class="primary" busy=${busy} label=${t.send} data-testid="whisper-send" />
        <span class="gap"></span><button type="button" onClick=${() => ask({ act: "take_over", items: [item] })} data-testid="watch-take-over">${texts.value.act.take_over.button}</button></div>
    </form>`;
}

/** @param {{ item: Item, entries: Entry[], over: boolean }} props */
function Panel({ item, entries, over }) {
  const t = texts.value.watching;
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const before = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    before.current = lastPlace();
    heading.current?.focus();
  }, []);
  const close = () => {
    unwatch();
    const to = before.current?.isConnected ? before.current : document.getElementById("agents-title");
    to?.focus();
  };
  const owner = floor.value?.agents.find(({ id }) => id === item.owner);
  const mine = item.owner === floor.value?.agent.id;
  return html`
    <section class="panel watching" aria-labelledby="watching-title" data-testid="watching" data-item=${item.item}>
      <header><h2 id="watching-title" tabindex="-1" ref=${heading}>${t.title(titleOf(item))}</h2><button type="button" class="quiet small" onClick=${close} data-testid="unwatch">${t.close}</button></header>
      <p class="muted" data-testid="watching-state">${over ? t.over : [owner && t.with(owner.name), standing(item)].filter(Boolean).join(" · ")}</p>
      <${Lines} item=${item} entries=${entries} />
      ${!over && (mine ? html`<p><a href="/desk">${t.onDesk}</a></p>` : html`<${Whisper} item=${item} />`)}
    </section>`;
}

export function Watching() {
  const seen = watched.value;
  return seen && html`<${Panel} key=${seen.item.item} item=${seen.item} entries=${seen.log.entries} over=${seen.over} />`;
}
