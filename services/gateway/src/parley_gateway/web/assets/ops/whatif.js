/** What other settings would have done: asked about the real past, answered by the real floor. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { useAnswer, Waiting } from "./asking.js";
import { Heading } from "../shared/heading.js";
import { route, to } from "./route.js";
import { api, ask, exactly, isLogin, sentence, texts } from "./state.js";

const EVERY_MS = 2_000;
const COLUMNS = /** @type {const} */ (["offered", "answered", "abandoned", "left", "wait_p50", "wait_p95", "service_level", "interruptions", "occupancy"]);
const SHARES = new Set(["service_level", "occupancy"]);

/** @type {(name: string, value: number | null | undefined) => string} */
const figure = (name, value) => (value === null || value === undefined ? "–" : SHARES.has(name) ? `${(value * 100).toFixed(1)} %` : name.startsWith("wait") ? `${value.toFixed(1)} s` : value.toLocaleString());

/** @type {(asked: any) => string} what was asked, in one line */
const question = (asked) => [...asked.settings, asked.agents ? texts.value.whatif.moreAgents(asked.agents) : "", asked.factor ? `×${1 + asked.factor}` : "", asked.from ? `≥ ${exactly(asked.from)}` : "", asked.until ? `< ${exactly(asked.until)}` : ""].filter(Boolean).join(", ");

/** @param {{ result: any }} props */
function Result({ result }) {
  const t = texts.value.whatif;
  const again = result.reproduction;
  const names = /** @type {Record<string, string>} */ (t.columns);
  const interval = (/** @type {string} */ name, /** @type {number[] | undefined} */ pair) => pair && html`<small class="muted"> ${figure(name, pair[0])} – ${figure(name, pair[1])}</small>`;
  return html`
    <p>${t.again((again.owners * 100).toFixed(1), again.compared)}</p>
    ${!result.answers && html`<p class="warning" role="alert">${t.noAnswer}</p>`}
    ${result.answers && html`
      <div class="wide"><table data-testid="result"><thead><tr><th scope="col">${t.queue}</th><td></td>${COLUMNS.map((name) => html`<th scope="col" key=${name}>${names[name]}</th>`)}</tr></thead><tbody>
        ${result.rows.map((/** @type {any} */ row) => ["before", "after"].map((side) => html`
          <tr key=${`${row.queue} ${row.kind} ${side}`}>${side === "before" && html`<th scope="rowgroup" rowspan="2" dir="auto">${row.queue ? `${row.queue}, ${row.kind}` : t.all}</th>`}
            <td>${side === "before" ? t.before : html`<b>${t.after}</b>`}</td>
            ${COLUMNS.map((name) => html`<td key=${name}>${figure(name, row[side][name])}${interval(name, row[`${side}_95`]?.[name])}</td>`)}</tr>`))}
      </tbody></table></div>
      <h3>${t.assumed}</h3><ul class="sentences">${result.assumptions.map((/** @type {string} */ each) => html`<li key=${each}>${each}</li>`)}</ul>`}`;
}

/** @param {{ run: string, ended: () => void }} props `ended`: it goes on no more */
function OneRun({ run, ended }) {
  const t = texts.value.whatif;
  const [asked, again] = useAnswer(api(`whatif/${encodeURIComponent(run)}`));
  const told = asked.found?.runs[0];
  const runs = told?.state === "running";
  useEffect(() => {
    if (!runs) return undefined;
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [runs]);
  useEffect(() => void (told && !runs && ended()), [told?.state]);
  const states = /** @type {Record<string, string>} */ (t.states);
  return html`
    <section class="card" aria-labelledby="run"><h2 id="run" dir="auto">${told ? question(told.asked) : run}</h2>
      <${Waiting} asked=${asked} again=${again} />
      ${told && html`<p role="status">${states[told.state]}${told.reason ? `: ${told.reason}` : ""}</p>`}
      ${told?.result && html`<${Result} result=${told.result} />`}
    </section>`;
}

export function WhatIf() {
  const t = texts.value.whatif;
  const run = route.value.query.get("run");
  const [asked, again] = useAnswer(api("whatif"));
  const [why, setWhy] = useState("");
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setWhy("");
    const said = Object.fromEntries([...new FormData(/** @type {HTMLFormElement} */ (event.target))].map(([name, value]) => [name, String(value).trim()]));
    const settings = said.settings.split("\n").map((line) => line.trim()).filter(Boolean);
    try {
      const begun = await ask("POST", api("whatif"), { settings, agents: Number(said.agents) || 0, ...(said.from && { from: said.from }), ...(said.until && { until: said.until }) });
      location.hash = to(["whatif"], { run: begun.run });
      again();
    } catch (refusal) {
      if (!isLogin(refusal)) setWhy(sentence(refusal));
    }
  };
  const states = /** @type {Record<string, string>} */ (t.states);
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <form class="card" onSubmit=${submit}>
      <p class="problem" role="alert">${why}</p>
      <div class="field"><label for="settings">${t.settings}</label><textarea id="settings" name="settings" rows="3" spellcheck=${false} placeholder="support.chats_per_agent=2" aria-describedby="settings-hint"></textarea><p class="hint" id="settings-hint">${t.settingsHint}</p></div>
      <div class="filters">
        <div class="field"><label for="agents">${t.agents}</label><input id="agents" name="agents" type="number" value="0" min="-1000" max="1000" /></div>
        <div class="field"><label for="from">${t.from}</label><input id="from" name="from" placeholder="2026-01-31T09:30:00Z" autocomplete="off" /></div>
        <div class="field"><label for="until">${t.until}</label><input id="until" name="until" placeholder="2026-01-31T17:30:00Z" autocomplete="off" /></div>
      </div>
      <button class="primary">${t.ask}</button>
    </form>
    ${run && html`<${OneRun} key=${run} run=${run} ended=${again} />`}
    <section class="card"><h2>${t.runs}</h2>
      <${Waiting} asked=${asked} again=${again} empty=${asked.found && !asked.found.runs.length ? t.none : ""} />
      <ul class="events" data-testid="runs">${(asked.found?.runs ?? []).map((/** @type {any} */ each) => html`<li key=${each.run}><a href=${to(["whatif"], { run: each.run })} dir="auto">${question(each.asked)}</a> <span class="muted">${each.by}, ${exactly(each.asked_at)}, ${states[each.state]}</span></li>`)}</ul>
    </section>`;
}
