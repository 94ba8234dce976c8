/** The floor at any moment of the past: chosen, slid, stepped and played through. Loaded when it is opened. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { kindName } from "../desk/texts.js";
import { duration } from "../desk/timers.js";
import { ask } from "../shared/ask.js";
import { localeOf } from "../shared/days.js";
import { useDoing } from "./doing.js";
import { language, texts } from "./language.js";

const SPEEDS = [1, 10, 60];
const TICK_MS = 500;

/** @typedef {{ item: string, kind: import("./types.js").Item["kind"], queue: string, stage: string, activity: string | null, owner: string | null, waiting_since: string }} Then */
/** @typedef {{ at: string, version: number, last_version: number, queues: Record<string, { name: string, waiting: string[], length?: number }>, agents: { agent: string, name?: string, state: "ready" | "not_ready" | "logged_out", reason?: string | null }[], items: Then[], left_out?: number }} Past */

/** @param {{ past: Past }} props */
function Queues({ past }) {
  const t = texts.value;
  const at = Date.parse(past.at);
  const first = (/** @type {string} */ queue) => past.items.filter((item) => item.queue === queue && item.stage === "waiting").map(({ waiting_since }) => Date.parse(waiting_since));
  return html`
    <section class="panel" aria-labelledby="past-queues"><h2 id="past-queues">${t.queues.title}</h2>
      <table data-testid="past-queues"><thead><tr><th scope="col">${t.queues.name}</th><th scope="col" class="number">${t.past.waiting}</th><th scope="col" class="number">${t.queues.longest}</th></tr></thead>
        <tbody>${Object.entries(past.queues).map(([key, queue]) => html`
          <tr key=${key} data-queue=${key}><th scope="row"><bdi>${queue.name}</bdi></th><td class="number">${queue.length ?? queue.waiting.length}</td><td class="number">${first(key).length ? duration(at - Math.min(...first(key))) : "–"}</td></tr>`)}</tbody></table></section>`;
}

/** @param {{ past: Past }} props */
function Agents({ past }) {
  const t = texts.value;
  const of = (/** @type {string} */ agent) => past.items.filter(({ owner }) => owner === agent);
  const there = past.agents.filter(({ state }) => state !== "logged_out");
  return html`
    <section class="panel" aria-labelledby="past-agents"><h2 id="past-agents">${t.agents.title}</h2>
      ${!there.length && html`<p class="empty">${t.agents.nobody}</p>`}
      <table data-testid="past-agents"><tbody>${there.map(({ agent, name, state, reason }) => html`
        <tr key=${agent} data-agent=${agent}><th scope="row"><bdi>${name ?? agent}</bdi></th><td><span class=${`state ${state}`}>${t.agents.states[state]}</span>${reason && html` · <bdi>${reason}</bdi>`}</td>
          <td>${of(agent).map((item) => html`<div key=${item.item} data-item=${item.item}>${kindName(item.kind)} · <bdi>${past.queues[item.queue]?.name ?? item.queue}</bdi>${item.activity && item.activity !== "active" && html` · ${t.past.activities[item.activity] ?? item.activity}`}</div>`)}${!of(agent).length && html`<span class="muted">${t.agents.free}</span>`}</td></tr>`)}</tbody></table>
      ${past.left_out && html`<p class="hint">${t.past.leftOut(past.left_out)}</p>`}</section>`;
}

/** @type {(at: string) => string} as a field for moments has it, in the reader's own zone */
const local = (at) => new Date(Date.parse(at) - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

export function PastFloor() {
  const t = texts.value.past;
  const [past, setPast] = useState(/** @type {Past | null} */ (null));
  const [speed, setSpeed] = useState(0);
  const [{ busy, why }, begin] = useDoing();
  const go = (/** @type {Record<string, string>} */ query) => begin(async () => setPast(await ask("GET", `/v1/supervisor/floor?${new URLSearchParams(query)}`)));
  const to = (/** @type {number} */ version) => past && go({ version: String(Math.min(past.last_version, Math.max(0, version))) });
  useEffect(() => void go({}), []);
  useEffect(() => {
    if (!speed || !past || busy) return undefined;
    if (past.version >= past.last_version || why) return void setSpeed(0);
    const timer = setTimeout(() => to(past.version + speed), TICK_MS);
    return () => clearTimeout(timer);
  }, [speed, past, busy, why]);
  const jump = (/** @type {any} */ { target }) => target.value && go({ at: new Date(target.value).toISOString() });
  return html`
    <section class="panel" aria-labelledby="past-title"><h2 id="past-title" tabindex="-1">${t.title}</h2>
      ${why && html`<p class="problem" role="alert">${why}</p>`}
      ${past && html`
        <p data-testid="past-at"><time datetime=${past.at}>${new Date(past.at).toLocaleString(localeOf(language.value), { dateStyle: "full", timeStyle: "medium" })}</time></p>
        <div class="asked">
          <label>${t.moment}<input type="datetime-local" step="1" data-testid="past-moment" value=${local(past.at)} onChange=${jump} /></label>
          <label class="slide">${t.event(past.version, past.last_version)}<input type="range" min="0" max=${past.last_version} value=${past.version} data-testid="past-slider" onChange=${(/** @type {any} */ { target }) => to(Number(target.value))} /></label>
          <button type="button" data-testid="past-back" onClick=${() => to(past.version - 1)}>${t.back}</button>
          <button type="button" data-testid="past-step" onClick=${() => to(past.version + 1)}>${t.step}</button>
          ${SPEEDS.map((each) => html`<button key=${each} type="button" aria-pressed=${speed === each} onClick=${() => setSpeed(speed === each ? 0 : each)}>${speed === each ? t.pause : t.play(each)}</button>`)}
        </div>`}
    </section>
    ${past && html`<div class="tables"><${Queues} past=${past} /><${Agents} past=${past} /></div>`}`;
}
