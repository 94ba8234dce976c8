/** The middle of the desk: the open item. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Icon } from "../shared/icons.js";
import { Composer } from "./composer.js";
import { act, pick, select, showDetails } from "./desk.js";
import { keyed } from "./keys.js";
import { texts } from "./language.js";
import { Log } from "./log.js";
import { Later, parts } from "./ondemand.js";
import { queueName } from "./row.js";
import { current, view } from "./state.js";
import { heldBy, kindName, standing, titleOf } from "./texts.js";
import { duration, elapsed, now } from "./timers.js";

/** @typedef {import("./types.js").Item} Item */

/** @type {(item: Item) => string} what there is to do where there is no conversation to read */
function otherWork(item) {
  const t = texts.value.talk;
  if (item.stage === "wrap_up") return t.over;
  if (item.kind === "email") return t.email;
  if (item.kind === "task") return t.task;
  return item.answered ? t.onTelephone : t.rings;
}

/** @param {{ item: Item, transferring: boolean, transfer: (on: boolean) => void }} props */
function Actions({ item, transferring, transfer }) {
  const t = texts.value.talk;
  const go = (/** @type {string} */ type) => () => act(type, { item: item.item });
  const end = () => parts.wrapup.load().then(go("end")); // what follows is there when the server says that it does
  const talking = item.stage === "conversation";
  const pass = html`<button aria-expanded=${transferring} data-testid="transfer" onClick=${() => transfer(!transferring)} ...${keyed("transfer")}>${t.transfer}</button>`;
  // A call is answered and ended on the telephone, and cannot be parked.
  if (talking && item.kind === "call") return item.answered ? html`<div class="actions">${pass}</div>` : null;
  return html`
    <div class="actions">
      ${talking && pass}
      ${item.activity === "active" && html`<button data-testid="park" onClick=${go("park")} ...${keyed("park")}>${t.park}</button>`}
      ${item.activity !== "active" && html`<button class=${talking ? "primary" : ""} data-testid="resume" onClick=${go("resume")} ...${keyed("park")}>${t.resume}</button>`}
      ${talking && html`<button class="danger" data-testid="end" onClick=${end} ...${keyed("end")}>${t.end}</button>`}
    </div>`;
}

/** @param {{ item: Item }} props */
const HandleTime = ({ item }) => html`<span class="muted timer" data-testid="handle-time">${duration(elapsed(item.handle, now.value))}</span>`;

function showCustomer() {
  showDetails(true);
  setTimeout(() => { // once it is in sight: the search, or who it is
    const customer = /** @type {HTMLElement | null} */ (document.querySelector(".customer"));
    (customer?.querySelector("input") ?? customer)?.focus();
  });
}

export function Conversation() {
  const t = texts.value.talk;
  const item = current.value;
  const [transferring, transfer] = useState("");
  if (!item) return html`<section class="conversation nothing" data-testid="conversation"><p>${view.value?.inbox.length ? t.choose : t.nothing}</p></section>`;
  const mine = item.owner === view.value?.agent.id;
  const wrapUp = item.stage === "wrap_up";
  const held = heldBy(item, view.value?.inbox ?? []);
  const passing = transferring === item.item && mine && !wrapUp && parts.transfer.there;
  const pass = async (/** @type {boolean} */ on) => {
    if (!on) transfer("");
    else if ((await parts.transfer.open()) && current.peek()?.item === item.item) transfer(item.item);
  };
  return html`
    <section class="conversation" aria-label=${t.conversation} data-testid="conversation" data-item=${item.item}>
      <header>
        <button class="quiet back" aria-label=${t.back} onClick=${() => select(null)}><${Icon} name="back" /></button>
        <div class="what">
          <h1 dir="auto">${titleOf(item)}</h1>
          <p><span class=${`chip ${item.stage} ${item.activity ?? ""}`} data-testid="standing">${standing(item)}</span>
            <${HandleTime} item=${item} />
            <span class="muted queue" dir="auto">${queueName(item.queue)}</span></p>
        </div>
        ${mine && html`<${Actions} item=${item} transferring=${!!passing} transfer=${pass} />`}
        ${item.stage === "waiting" && html`<button class="primary" data-testid="pick-open" onClick=${() => pick(item.item)}>${texts.value.inbox.pick}</button>`}
        <button class="quiet to-customer" aria-label=${t.customer} ...${keyed("customer")} data-testid="to-customer" onClick=${showCustomer}><${Icon} name="person" /></button>
      </header>
      ${held && html`<p class="held" data-testid="held">${held}</p>`}
      ${passing && html`<${passing.Transfer} item=${item} key=${`transfer ${item.item}`} done=${() => transfer("")} />`}
      ${item.kind === "chat" ? html`<${Log} item=${item} key=${item.item} />` : html`<div class="log"><p class="turn">${mine ? otherWork(item) : t.notTaken(kindName(item.kind))}</p></div>`}
      ${mine && wrapUp && html`<${Later} key=${`wrap-up ${item.item}`} part=${parts.wrapup} show=${(/** @type {typeof import("./wrapup.js")} */ { WrapUp }) => html`<${WrapUp} item=${item} />`} />`}
      ${mine && item.kind === "chat" && !wrapUp && html`<${Composer} item=${item} key=${`composer ${item.item}`} />`}
    </section>`;
}
