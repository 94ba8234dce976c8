/** Everything that the agent owns, by what stands with it. */
import { html } from "../vendor/preact-htm-signals.js";
import { Row } from "./row.js";
import { view } from "./state.js";

/** @type {[string, string, (item: import("./types.js").Item) => boolean][]} */
const groups = [
  ["active", "Active", (item) => item.stage === "conversation" && item.activity === "active"],
  ["parked", "Parked", (item) => item.stage === "conversation" && item.activity === "parked"],
  ["interrupted", "Interrupted by a call", (item) => item.stage === "conversation" && item.activity === "interrupted"],
  ["wrap-up", "Wrap-up", (item) => item.stage === "wrap_up"],
];

export function Inbox() {
  const inbox = view.value?.inbox ?? [];
  const filled = groups.map(([id, title, test]) => ({ id, title, items: inbox.filter(test) })).filter(({ items }) => items.length);
  return html`
    <section aria-labelledby="inbox-title" data-testid="inbox">
      <h2 id="inbox-title">Inbox <span class="count">${inbox.length}</span></h2>
      ${!filled.length && html`<p class="empty">${view.value?.agent.state === "ready" ? "Nothing yet. New work comes by itself." : "Nothing here. Get ready to receive work."}</p>`}
      ${filled.map(({ id, title, items }) => html`
        <div key=${id} data-testid=${`inbox-${id}`}>
          <h3>${title}</h3>
          <ul>${items.map((item) => html`<${Row} key=${item.item} item=${item} />`)}</ul>
        </div>`)}
    </section>`;
}
