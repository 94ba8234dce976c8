/** Who asks for help, with what they said, and the way to what it is about. */
import { html } from "../vendor/preact-htm-signals.js";
import { titleOf } from "../desk/texts.js";
import { Since } from "./agents.js";
import { Button, useDoing } from "./doing.js";
import { toggle, watch } from "./floor.js";
import { watchable } from "./item.js";
import { texts } from "./language.js";
import { floor } from "./state.js";
import { find } from "./view.js";

/** @typedef {import("./types.js").Agent} Agent */

/** The agent's row, open, with the focus on it. @param {string} agent */
function show(agent) {
  toggle(`agent:${agent}`, true);
  const row = [...document.querySelectorAll("tr[data-agent]")].find((each) => /** @type {HTMLElement} */ (each).dataset.agent === agent);
  row?.querySelector("button")?.focus();
}

/** @param {{ agent: Agent }} props */
function Call({ agent }) {
  const t = texts.value.help;
  const [{ busy, why }, begin] = useDoing();
  const help = /** @type {import("./types.js").Help} */ (agent.help);
  const item = floor.value && find(floor.value, help.item);
  const chat = item && watchable(item) ? item : null;
  const label = chat ? texts.value.act.watch.button : t.show;
  return html`
    <li data-testid="help-call" data-agent=${agent.id}>
      <b><bdi>${agent.name}</bdi></b> <${Since} since=${help.since} /> ${item && html`<span class="muted" dir="auto">${titleOf(item)}</span>`}
      <span class="said" dir="auto">${help.text || t.nothingSaid}</span>
      <${Button} type="button" class="small primary" busy=${busy} label=${label} aria-label=${`${label}: ${agent.name}`} data-testid="help-open" onClick=${() => (chat ? begin(() => watch(chat)) : show(agent.id))} />
      ${why && html`<p class="problem" role="alert">${why}</p>`}
    </li>`;
}

export function HelpCalls() {
  const t = texts.value.help;
  const asking = (floor.value?.agents ?? []).filter(({ help }) => help).sort((a, b) => (a.help?.since ?? "").localeCompare(b.help?.since ?? ""));
  return html`
    <div class="unseen" role="status" data-testid="help-said">${asking.map(({ id, name, help }) => html`<p key=${id}>${t.asks(name)} ${help?.text ?? ""}</p>`)}</div>
    ${asking.length > 0 && html`
      <section class="panel calls" aria-labelledby="help-title" data-testid="help-calls">
        <h2 id="help-title" tabindex="-1">${t.title}</h2>
        <ul>${asking.map((agent) => html`<${Call} key=${agent.id} agent=${agent} />`)}</ul>
      </section>`}`;
}
