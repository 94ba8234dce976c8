/** Every agent in a row: the state, since when, what they have in hand, and whether they ask for help. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { duration, now } from "../desk/timers.js";
import { ask, toggle } from "./floor.js";
import { Entry, Kind, KINDS } from "./item.js";
import { deskTexts, texts } from "./language.js";
import { floor, opened } from "./state.js";
import { byKind, inOrder } from "./view.js";

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Item} Item */

const COLUMNS = 4;
const MISSED_CALL = "no_answer"; // R15 sets an agent aside who did not take a call: that is no reason of the company's own

/** @param {{ since?: string }} props */
export const Since = ({ since }) => (since ? html`<span class="timer" data-testid="since">${duration(now.value - Date.parse(since))}</span>` : html`<span class="muted">–</span>`);

/** @type {(agent: Agent) => string} */
export const stateOf = ({ state }) => texts.value.agents.states[state];

/** @type {(reason?: string) => string} */
const reasonOf = (reason) => (reason === MISSED_CALL ? deskTexts.value.top.missedCall : reason ?? "");

/** @param {{ items: Item[] }} props */
function InHand({ items }) {
  const counts = byKind(items);
  if (!items.length) return html`<span class="muted">${texts.value.agents.free}</span>`;
  return KINDS.filter((kind) => counts[kind]).map((kind) => html`<span class="count-of" key=${kind} data-testid=${`has-${kind}`}><${Kind} kind=${kind}>${`${texts.value.queues.kinds[kind]}: `}<//>${counts[kind]}</span> `);
}

/** @param {{ agent: Agent }} props */
function Acts({ agent }) {
  const t = texts.value.act;
  const { state, name } = agent;
  /** @type {(id: string, label: string, form: import("./types.js").Form) => any} */
  const button = (id, label, form) => html`<button type="button" class="small" data-testid=${id} aria-label=${`${label}: ${name}`} onClick=${() => ask(form)}>${label}</button>`;
  return html`
    <p class="agent-acts">
      ${state === "not_ready" && button("agent-ready", t.agent_state.ready, { act: "agent_state", agent, state: "ready" })}
      ${state !== "logged_out" && button("agent-not-ready", t.agent_state.notReady, { act: "agent_state", agent, state: "not_ready" })}
      ${button("agent-queues", t.agent_queues.button, { act: "agent_queues", agent })}
      ${state !== "logged_out" && button("agent-logout", t.agent_logout.button, { act: "agent_logout", agent })}
    </p>`;
}

/** @param {{ agent: Agent, items: Item[] }} props */
function Row({ agent, items }) {
  const t = texts.value.agents;
  const name = `agent:${agent.id}`;
  const open = opened.value.has(name);
  return html`
    <tr data-testid="agent" data-agent=${agent.id} data-state=${agent.state} class=${open ? "open" : ""}>
      <th scope="row"><button type="button" class="opener" aria-expanded=${open} onClick=${() => toggle(name)} data-testid="agent-open">${agent.help && html`<span class="mark help-flag" data-testid="help-flag">${t.help}</span> `}<bdi>${agent.name}</bdi></button></th>
      <td><span class=${`state ${agent.state}`} data-testid="state">${stateOf(agent)}</span>${agent.state === "not_ready" && agent.reason && html` <span class="muted" dir="auto">${reasonOf(agent.reason)}</span>`}</td>
      <td><${Since} since=${agent.since} /></td>
      <td><${InHand} items=${items} /></td>
    </tr>
    ${open && html`<tr class="inner"><td colspan=${COLUMNS}>
      <${Acts} agent=${agent} />
      ${items.length > 0 && html`<ul class="entries" aria-label=${t.itemsOf(agent.name)}>${items.map((item) => html`<${Entry} key=${item.item} item=${item} />`)}</ul>`}</td></tr>`}`;
}

export function Agents() {
  const t = texts.value.agents;
  const [all, setAll] = useState(false);
  const agents = inOrder(floor.value?.agents ?? []);
  const work = floor.value?.work ?? [];
  const itemsOf = (/** @type {Agent} */ { id }) => work.filter(({ owner }) => owner === id);
  const shown = agents.filter((agent) => all || agent.state !== "logged_out" || itemsOf(agent).length);
  const out = agents.filter(({ state }) => state === "logged_out").length;
  return html`
    <section class="panel agents" aria-labelledby="agents-title" data-testid="agents">
      <h2 id="agents-title" tabindex="-1">${t.title}</h2>
      <table aria-labelledby="agents-title">
        <thead><tr><th scope="col">${t.name}</th><th scope="col">${t.state}</th><th scope="col">${t.since}</th><th scope="col">${t.inHand}</th></tr></thead>
        <tbody>${shown.map((agent) => html`<${Row} key=${agent.id} agent=${agent} items=${itemsOf(agent)} />`)}</tbody>
      </table>
      ${!shown.length && html`<p class="empty">${t.nobody}</p>`}
      ${out > 0 && html`<button type="button" class="quiet small" aria-pressed=${all} onClick=${() => setAll(!all)} data-testid="logged-out">${t.loggedOut(out)}</button>`}
    </section>`;
}
