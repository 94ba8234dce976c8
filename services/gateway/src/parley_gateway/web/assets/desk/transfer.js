/** R23: the item goes to another queue or another agent, by name, with a note for whoever takes it. */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { byHand } from "../shared/keyboard.js";
import { ask } from "../shared/ask.js";
import { act } from "./desk.js";
import { texts } from "./language.js";
import { setup } from "./setup.js";
import { view } from "./state.js";

/**
 * @typedef {{ queue: string, name: string, why_not?: "closed" | "queue_full" | "no_agents", ready?: number, waiting?: number }} QueueToGiveTo
 * @typedef {{ agent: string, name: string, state?: "ready" | "not_ready" | "logged_out", active?: number }} AgentToGiveTo
 * @typedef {{ queues: QueueToGiveTo[], agents: AgentToGiveTo[] }} Known
 */

/** Who is there stands first, by name; whoever is not can be seen and not chosen. @type {(agents: AgentToGiveTo[]) => AgentToGiveTo[]} */
const inOrder = (agents) => [...agents.filter(({ state }) => state !== "logged_out"), ...agents.filter(({ state }) => state === "logged_out")];

/** @type {() => Known} what the desk knows by itself */
const own = () => ({
  queues: (view.peek()?.queues ?? []).map(({ queue, name, ready, waiting }) => ({ queue, name, ready, waiting: waiting.length })),
  agents: setup.peek().agents,
});

/** @param {{ item: import("./types.js").Item, done: () => void }} props */
export function Transfer({ item, done }) {
  const t = texts.value.pass;
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  const box = useRef(/** @type {HTMLSelectElement | null} */ (null));
  const [known, know] = useState(own());
  useLayoutEffect(() => void box.current?.focus(), []);
  // All queues and agents are asked for as the form opens; where there is no answer, those that the desk knows are offered.
  useLayoutEffect(() => void ask("GET", "/v1/desk/queues").then(know, () => {}), []);
  const queues = known.queues.filter(({ queue }) => queue !== item.queue);
  const agents = inOrder(known.agents.filter(({ agent }) => agent !== item.owner));
  const [kind, name] = to.split(/:(.*)/s);
  const whyNot = kind === "queue" ? queues.find(({ queue }) => queue === name)?.why_not : undefined;
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const text = note.trim();
    if (to && (await act("transfer", { item: item.item, [kind]: name, ...(text ? { note: text } : {}) }))) done();
  };
  return html`
    <form class="transfer" onSubmit=${submit} onKeyDown=${byHand(({ key }) => key === "Escape" && done())} aria-label=${t.title} data-testid="transfer-form">
      <label>${t.to}
        <select ref=${box} value=${to} onChange=${(/** @type {any} */ event) => setTo(event.target.value)} required data-testid="transfer-to">
          <option value="">${t.choose}</option>
          <optgroup label=${t.queues}>
            ${queues.map((each) => html`<option key=${each.queue} value=${`queue:${each.queue}`}>${each.name} – ${t.queueState(each)}</option>`)}
          </optgroup>
          <optgroup label=${t.agents}>
            ${agents.map((each) => html`<option key=${each.agent} value=${`agent:${each.agent}`} disabled=${each.state === "logged_out"}>${each.state ? `${each.name} – ${t.presence(each)}` : each.name}</option>`)}
          </optgroup>
        </select>
      </label>
      <label>${t.note}
        <textarea rows="2" placeholder=${t.noteHint} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} maxlength="1000" autocomplete="off" dir="auto" data-testid="transfer-note" value=${note}></textarea>
      </label>
      <p class="held" role="status" hidden=${!whyNot} data-testid="transfer-warning">${whyNot && t.whyNot[whyNot]}</p>
      <div class="line">
        <span class="gap"></span>
        <button type="button" class="quiet" data-testid="transfer-cancel" onClick=${done}>${texts.value.cancel}</button>
        <button class="primary" disabled=${!to} data-testid="transfer-submit">${whyNot ? t.allTheSame : t.submit}</button>
      </div>
    </form>`;
}
