/** Every queue in a row: what waits in it, for how long, and who could take it. A row opens to what waits, in order. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { kindName } from "../desk/texts.js";
import { duration, now } from "../desk/timers.js";
import { ask, toggle, untick } from "./floor.js";
import { Entry, Kind, KINDS, lateness } from "./item.js";
import { texts } from "./language.js";
import { floor, opened, ticked } from "./state.js";
import { byKind, longest } from "./view.js";

/** @typedef {import("./types.js").Queue} Queue */

const SHOWN = 30;
const MORE = 200;
const COLUMNS = 7;

/** @param {{ queue: Queue }} props */
function Longest({ queue }) {
  const first = longest(queue.waiting);
  if (!first) return html`<span class="muted">–</span>`;
  const late = queue.waiting.map((item) => lateness(item, now.value)).filter(Boolean);
  return html`<span class=${`timer clock ${lateness(first, now.value)}`} data-testid="longest">${duration(now.value - Date.parse(first.waiting_since))}</span>${late.length > 0 && html` <span class="mark overdue" data-testid="over-target">${texts.value.queues.over(late.length)}</span>`}`;
}

/** @param {{ queue: Queue }} props */
function Waiting({ queue }) {
  const t = texts.value.queues;
  const [most, setMost] = useState(SHOWN);
  const { waiting } = queue;
  if (!waiting.length) return html`<p class="empty">${t.nothing}</p>`;
  return html`
    <ul class="entries" aria-label=${t.waitingIn(queue.name)}>${waiting.slice(0, most).map((item) => html`<${Entry} key=${item.item} item=${item} />`)}</ul>
    ${waiting.length > most && html`<button type="button" class="quiet small" onClick=${() => setMost(most + MORE)}>${t.more(waiting.length - most)}</button>`}`;
}

/** @param {{ queue: Queue }} props */
function Row({ queue }) {
  const t = texts.value.queues;
  const agents = floor.value?.agents ?? [];
  const name = `queue:${queue.queue}`;
  const open = opened.value.has(name);
  const counts = byKind(queue.waiting);
  const here = agents.filter(({ id, state }) => state !== "logged_out" && queue.agents?.includes(id)).length;
  const ready = queue.ready ?? 0;
  return html`
    <tr data-testid="queue" data-queue=${queue.queue} class=${open ? "open" : ""}>
      <th scope="row"><button type="button" class="opener" aria-expanded=${open} onClick=${() => toggle(name)} data-testid="queue-open"><bdi>${queue.name}</bdi></button></th>
      ${KINDS.map((kind) => html`<td key=${kind} class=${counts[kind] ? "number" : "number muted"} data-testid=${`waiting-${kind}`}>${counts[kind]}</td>`)}
      <td><${Longest} queue=${queue} /></td>
      <td class="number" data-testid="ready">${ready} / ${here}${!ready && queue.waiting.length > 0 && html` <span class="mark unanswered">${t.nobodyReady}</span>`}</td>
    </tr>
    ${open && html`<tr class="inner"><td colspan=${COLUMNS}><${Waiting} queue=${queue} /></td></tr>`}`;
}

/** What is done to all that are ticked. */
function Together() {
  const t = texts.value.queues;
  const waiting = (floor.value?.queues ?? []).flatMap((queue) => queue.waiting).filter(({ item }) => ticked.value.has(item));
  if (!waiting.length) return null;
  return html`
    <p class="together" role="group" aria-label=${t.ticked(waiting.length)} data-testid="together">
      <span>${t.ticked(waiting.length)}</span>
      <button type="button" class="small" onClick=${() => ask({ act: "move", items: waiting })} data-testid="move-ticked">${t.moveTicked}</button>
      <button type="button" class="quiet small" onClick=${untick} data-testid="untick">${t.untick}</button></p>`;
}

export function Queues() {
  const t = texts.value.queues;
  const queues = floor.value?.queues ?? [];
  return html`
    <section class="panel queues" aria-labelledby="queues-title" data-testid="queues">
      <h2 id="queues-title" tabindex="-1">${t.title}</h2>
      <${Together} />
      <table aria-labelledby="queues-title">
        <thead><tr><th scope="col">${t.name}</th>
          ${KINDS.map((kind) => html`<th key=${kind} scope="col" class="number" title=${t.kinds[kind]}><${Kind} kind=${kind}>${t.kinds[kind] ?? kindName(kind)}<//></th>`)}
          <th scope="col">${t.longest}</th><th scope="col" class="number">${t.ready}</th></tr></thead>
        <tbody>${queues.map((queue) => html`<${Row} key=${queue.queue} queue=${queue} />`)}</tbody>
      </table>
      ${!queues.length && html`<p class="empty">${t.none}</p>`}
    </section>`;
}
