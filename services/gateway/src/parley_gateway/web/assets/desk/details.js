/** The right column: what is known about the open item. */
import { html } from "../vendor/preact-htm-signals.js";
import { Customer } from "./customer.js";
import { queueName } from "./row.js";
import { current, currentLog } from "./state.js";
import { languageName, standing, titleOf } from "./texts.js";
import { duration, elapsed, now, timeOfDay } from "./timers.js";

export function Details() {
  const item = current.value;
  if (!item) return html`<aside class="details" aria-label="Details"></aside>`;
  const request = currentLog.value.entries.find((entry) => entry.kind === "requested");
  const code = typeof item.classification === "object" ? item.classification?.code : item.classification;
  /** @type {[string, any, string][]} */
  const facts = [
    ["Name", titleOf(item), "name"],
    ["Subject", item.subject, "subject"],
    ["Queue", queueName(item.queue), "queue"],
    ["State", standing(item), "state"],
    ["Requested", timeOfDay(item.waiting_since), "waiting-since"],
    ["Language", languageName(item.language ?? request?.language), "language"],
    ["Page", request?.page, "page"],
    ["Handle time", duration(elapsed(item.handle, now.value)), "handle"],
    ["Wrap-up time", duration(elapsed(item.wrap_up, now.value)), "wrap-up"],
    ["Priority", item.priority, "priority"],
    ["Classification", code, "classification"],
  ];
  return html`
    <aside class="details" aria-label="Details" data-testid="details">
      <${Customer} item=${item} />
      <section aria-labelledby="details-title">
        <h2 id="details-title">Details</h2>
        <dl>
          ${facts.filter(([, value]) => value !== undefined && value !== "").map(([label, value, id]) => html`
            <div key=${id}><dt>${label}</dt><dd dir="auto" data-testid=${`detail-${id}`}>${value}</dd></div>`)}
        </dl>
      </section>
    </aside>`;
}
