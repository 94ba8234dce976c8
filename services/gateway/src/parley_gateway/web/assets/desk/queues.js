/** What waits in the agent's queues, in order, to be picked. Of a long queue the beginning is shown, and what is looked for. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { pick } from "./desk.js";
import { keyed } from "./keys.js";
import { texts } from "./language.js";
import { targetOf, tone } from "./replyclock.js";
import { Row } from "./row.js";
import { served } from "./state.js";
import { titleOf } from "./texts.js";
import { duration, now } from "./timers.js";

const SHOWN = 30;
const MORE = 200;

/** How long the first of a queue has waited, and who could take it. @param {{ queue: import("./types.js").Queue }} props */
function State({ queue }) {
  const { waiting, ready = 0 } = queue;
  const t = texts.value.inbox;
  const [first] = [...waiting].sort((a, b) => (a.waiting_since < b.waiting_since ? -1 : 1));
  const ms = first ? now.value - Date.parse(first.waiting_since) : 0;
  return html`<p class="queue-state" data-testid="queue-state">
    ${waiting.length > 0 && html`<span class=${`timer clock ${tone(ms, targetOf(first, [queue]))}`}>${t.longest(duration(ms))}</span>`}
    <span class=${ready || !waiting.length ? "muted" : "clock late"}>${t.ready(ready)}</span></p>`;
}

/** @param {{ queue: import("./types.js").Queue, first?: string }} props `first`: what a key picks */
function Queue({ queue: shown, first }) {
  const { queue, name, waiting } = shown;
  const t = texts.value.inbox;
  const [most, setMost] = useState(SHOWN);
  const [sought, setSought] = useState("");
  const long = waiting.length > SHOWN || sought !== "";
  const words = sought.toLowerCase();
  const found = words ? waiting.filter((item) => `${titleOf(item)} ${item.subject ?? ""} ${item.language ?? ""}`.toLowerCase().includes(words)) : waiting;
  return html`
    <div data-testid="queue" data-queue=${queue}>
      <h3><span dir="auto">${name}</span> <span class="count">${waiting.length}</span></h3>
      <${State} queue=${shown} />
      ${long && html`<input type="search" class="filter" aria-label=${t.filter} placeholder=${t.filter} value=${sought} maxlength="100"
        onInput=${(/** @type {any} */ event) => setSought(event.target.value)} data-testid="queue-filter" />`}
      ${words && !found.length && html`<p class="empty" role="status">${t.none}</p>`}
      <ul>
        ${found.slice(0, most).map((item) => html`
          <${Row} key=${item.item} item=${item}>
            <button class="small" data-testid="pick" aria-label=${t.pickOne(titleOf(item))} onClick=${() => pick(item.item)} ...${item.item === first ? keyed("pick") : {}}>${t.pick}</button>
          <//>`)}
      </ul>
      ${found.length > most && html`<button class="quiet small" data-testid="queue-more" onClick=${() => setMost(most + MORE)}>${t.more(found.length - most)}</button>`}
    </div>`;
}

export function Queues() {
  const queues = served.value;
  const heads = queues.flatMap(({ waiting }) => waiting.slice(0, 1));
  const first = heads.reduce((a, b) => (a && a.waiting_since <= b.waiting_since ? a : b), /** @type {any} */ (undefined));
  return html`
    <section aria-labelledby="queues-title" data-testid="queues">
      <h2 id="queues-title">${texts.value.inbox.waiting}</h2>
      ${queues.map((queue) => html`<${Queue} key=${queue.queue} queue=${queue} first=${first?.item} />`)}
    </section>`;
}
