/** The right column: who the open item's customer is, and what is known about the item. */
import { html } from "../vendor/preact-htm-signals.js";
import { Icon } from "../shared/icons.js";
import { byHand } from "../shared/keyboard.js";
import { Customer } from "./customer.js";
import { showDetails } from "./desk.js";
import { texts } from "./language.js";
import { queueName } from "./row.js";
import { current, currentLog } from "./state.js";
import { languageName, moment, standing, titleOf } from "./texts.js";
import { duration, elapsed, now } from "./timers.js";
import { Written } from "./written.js";

/** @typedef {import("./types.js").Item} Item */

/** @param {{ item: Item }} props */
function Facts({ item }) {
  const t = texts.value.details;
  const request = currentLog.value.entries.find((entry) => entry.kind === "requested");
  const code = typeof item.classification === "object" ? item.classification?.code : item.classification;
  /** @type {[string, any, string][]} */
  const facts = [
    [t.name, titleOf(item), "name"],
    [t.subject, item.subject, "subject"],
    [t.queue, queueName(item.queue), "queue"],
    [t.state, standing(item), "state"],
    [t.requested, moment(item.waiting_since), "waiting-since"],
    [t.language, languageName(item.language ?? request?.language), "language"],
    [t.page, request?.page && html`<${Written} text=${request.page} />`, "page"],
    [t.consent, request?.consent, "consent"],
    [t.handle, duration(elapsed(item.handle, now.value)), "handle"],
    [t.wrapUp, duration(elapsed(item.wrap_up, now.value)), "wrap-up"],
    [t.priority, item.priority, "priority"],
    [t.classification, code, "classification"],
  ];
  return html`
    <dl>
      ${facts.filter(([, value]) => value !== undefined && value !== "").map(([label, value, id]) => html`
        <div key=${id}><dt>${label}</dt><dd dir="auto" data-testid=${`detail-${id}`}>${value}</dd></div>`)}
    </dl>`;
}

export function Details() {
  const t = texts.value.details;
  const item = current.value;
  if (!item) return html`<aside class="details" aria-label=${t.title}></aside>`;
  const close = () => {
    showDetails(false);
    /** @type {HTMLElement | null} */ (document.querySelector(".to-customer"))?.focus();
  };
  return html`
    <aside class="details" aria-label=${t.title} data-testid="details" onKeyDown=${byHand(({ key }) => key === "Escape" && close())}>
      <button class="quiet close-details" aria-label=${t.close} data-testid="close-details" onClick=${close}><${Icon} name="remove" /></button>
      <${Customer} item=${item} />
      <section aria-labelledby="details-title">
        <h2 id="details-title">${t.title}</h2>
        <${Facts} item=${item} />
      </section>
    </aside>`;
}
