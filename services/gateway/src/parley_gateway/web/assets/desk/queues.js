/** What waits in the agent's queues, in order, to be picked. */
import { html } from "../vendor/preact-htm-signals.js";
import { pick } from "./desk.js";
import { Row } from "./row.js";
import { view } from "./state.js";
import { titleOf } from "./texts.js";

export const Queues = () => html`
  <section aria-labelledby="queues-title" data-testid="queues">
    <h2 id="queues-title">Waiting</h2>
    ${(view.value?.queues ?? []).map(({ queue, name, waiting }) => html`
      <div key=${queue} data-testid="queue" data-queue=${queue}>
        <h3>${name} <span class="count">${waiting.length}</span></h3>
        <ul>
          ${waiting.map((item) => html`
            <${Row} key=${item.item} item=${item}>
              <button class="small" data-testid="pick" aria-label=${`Pick ${titleOf(item)}`} onClick=${() => pick(item.item)}>Pick</button>
            <//>`)}
        </ul>
      </div>`)}
  </section>`;
