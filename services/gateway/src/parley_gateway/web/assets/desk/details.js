/** The right column: who the open item's customer is, and what is known about the item. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Icon } from "../shared/icons.js";
import { byHand } from "../shared/keyboard.js";
import { Customer } from "./customer.js";
import { act, showDetails } from "./desk.js";
import { texts } from "./language.js";
import { current, currentLog, view } from "./state.js";
import { AskHelp } from "./supervised.js";
import { languageName, moment, titleOf } from "./texts.js";
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
    [item.kind === "chat" ? t.name : t.from, item.contact_name && item.name, "name"],
    [t.subject, item.kind !== "chat" && item.subject !== titleOf(item) && item.subject, "subject"],
    [t.requested, moment(item.waiting_since), "waiting-since"],
    [t.language, languageName(item.language ?? request?.language), "language"],
    [t.page, request?.page && html`<${Written} text=${request.page} />`, "page"],
    [t.consent, request?.consent, "consent"],
    [t.wrapUp, item.stage === "wrap_up" && duration(elapsed(item.wrap_up, now.value)), "wrap-up"],
    [t.priority, item.priority, "priority"],
    [t.classification, code, "classification"],
  ];
  return html`
    <dl>
      ${facts.filter(([, value]) => value !== undefined && value !== false && value !== "").map(([label, value, id]) => html`
        <div key=${id}><dt>${label}</dt><dd dir="auto" data-testid=${`detail-${id}`}>${value}</dd></div>`)}
    </dl>`;
}

/** Parked until then, and the agent is reminded. @param {{ item: Item }} props */
function FollowUp({ item }) {
  const t = texts.value.details;
  const [at, setAt] = useState("");
  if (item.kind === "call" || item.stage !== "conversation") return null;
  const park = (/** @type {Event} */ event) => {
    event.preventDefault();
    act("park", { item: item.item, until: new Date(at).toISOString() });
  };
  return html`
    <form class="follow-up" onSubmit=${park}>
      <label>${t.followUp} <input type="datetime-local" value=${at} onInput=${(/** @type {any} */ event) => setAt(event.target.value)} data-testid="follow-up" /></label>
      <button class="small" disabled=${!at} data-testid="park-until">${t.parkUntil}</button>
    </form>`;
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
        <${FollowUp} key=${item.item} item=${item} />
      </section>
      ${item.stage === "conversation" && item.owner === view.value?.agent.id && html`<${AskHelp} key=${`help ${item.item}`} item=${item} />`}
    </aside>`;
}
