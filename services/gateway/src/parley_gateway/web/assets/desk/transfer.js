/** R23: the item goes to another queue or another agent, with a note for whoever takes it. */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { byHand } from "../shared/keyboard.js";
import { ask } from "../shared/ask.js";
import { act } from "./desk.js";
import { texts } from "./language.js";
import { setup } from "./setup.js";
import { view } from "./state.js";

/** @param {{ item: import("./types.js").Item, done: () => void }} props */
export function Transfer({ item, done }) {
  const t = texts.value.pass;
  const [kind, setKind] = useState("queue");
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  /** @type {[{ queue: string, name: string, why_not?: "closed" | "queue_full" | "no_agents" }[], (found: any) => void]} */
  const [known, know] = useState(/** @type {any} */ (view.peek()?.queues ?? []));
  useLayoutEffect(() => void box.current?.focus(), [kind]);
  // What is known of all queues is asked as the form opens; where there is no answer, the agent's own are offered.
  useLayoutEffect(() => void ask("GET", "/v1/desk/queues").then(({ queues }) => know(queues), () => {}), []);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const text = note.trim();
    if (await act("transfer", { item: item.item, [kind]: to.trim(), ...(text ? { note: text } : {}) })) done();
  };
  const queues = known.filter(({ queue }) => queue !== item.queue).map(({ queue, name }) => [queue, name]);
  const whyNot = kind === "queue" ? known.find(({ queue }) => queue === to.trim())?.why_not : undefined;
  const agents = setup.value.agents.filter(({ agent }) => agent !== item.owner).map(({ agent, name }) => [agent, name]);
  return html`
    <form class="transfer" onSubmit=${submit} onKeyDown=${byHand(({ key }) => key === "Escape" && done())} aria-label=${t.title} data-testid="transfer-form">
      <div class="fields">
        <label>${t.to}
          <select value=${kind} onChange=${(/** @type {any} */ event) => (setKind(event.target.value), setTo(""))} data-testid="transfer-kind">
            <option value="queue">${t.aQueue}</option>
            <option value="agent">${t.anAgent}</option>
          </select>
        </label>
        <label>${kind === "queue" ? t.queue : t.agent}
          <input ref=${box} list="transfer-targets" value=${to} onInput=${(/** @type {any} */ event) => setTo(event.target.value)} required maxlength="64" autocomplete="off" autocapitalize="off" data-testid="transfer-to" />
        </label>
        <datalist id="transfer-targets">${(kind === "queue" ? queues : agents).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</datalist>
        <label>${t.note}
          <input value=${note} placeholder=${t.noteHint} onInput=${(/** @type {any} */ event) => setNote(event.target.value)} maxlength="1000" autocomplete="off" dir="auto" data-testid="transfer-note" />
        </label>
      </div>
      <p class="held" role="status" hidden=${!whyNot} data-testid="transfer-warning">${whyNot && t.whyNot[whyNot]}</p>
      <div class="line">
        <span class="gap"></span>
        <button type="button" class="quiet" data-testid="transfer-cancel" onClick=${done}>${texts.value.cancel}</button>
        <button class="primary" disabled=${!to.trim()} data-testid="transfer-submit">${whyNot ? t.allTheSame : t.submit}</button>
      </div>
    </form>`;
}
