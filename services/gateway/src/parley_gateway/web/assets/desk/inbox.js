/** Everything that the agent owns, by what stands with it. */
import { html } from "../vendor/preact-htm-signals.js";
import { grouped } from "./groups.js";
import { texts } from "./language.js";
import { Row } from "./row.js";
import { view } from "./state.js";

export function Inbox() {
  const t = texts.value.inbox;
  const inbox = view.value?.inbox ?? [];
  return html`
    <section aria-labelledby="inbox-title" data-testid="inbox">
      <h2 id="inbox-title">${t.title} <span class="count">${inbox.length}</span></h2>
      ${!inbox.length && html`<p class="empty">${view.value?.agent.state === "ready" ? t.emptyReady : t.empty}</p>`}
      ${grouped(inbox).map(({ id, items }) => html`
        <div key=${id} data-testid=${id === "wrapUp" ? "inbox-wrap-up" : `inbox-${id}`}>
          <h3>${t[id]}</h3>
          <ul>${items.map((item) => html`<${Row} key=${item.item} item=${item} />`)}</ul>
        </div>`)}
    </section>`;
}
