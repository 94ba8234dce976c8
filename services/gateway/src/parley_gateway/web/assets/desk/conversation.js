/** The middle of the desk: the open item. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Composer } from "./composer.js";
import { act, pick, select } from "./desk.js";
import { Log } from "./log.js";
import { queueName } from "./row.js";
import { current, view } from "./state.js";
import { heldBy, kindName, standing, titleOf } from "./texts.js";
import { duration, elapsed, now } from "./timers.js";
import { Transfer } from "./transfer.js";
import { WrapUp } from "./wrapup.js";

/** @type {(item: import("./types.js").Item) => string} what there is to do where there is no conversation to read */
function otherWork(item) {
  if (item.stage === "wrap_up") return "This is over: complete it.";
  if (item.kind === "email") return "Answer this in your mail program, then end it here.";
  if (item.kind === "task") return "Do this task, then end it here.";
  return item.answered ? "You are on the telephone. The call ends there." : "Your telephone rings.";
}

/** @param {{ item: import("./types.js").Item, transferring: boolean, transfer: (on: boolean) => void }} props */
function Actions({ item, transferring, transfer }) {
  const go = (/** @type {string} */ type) => () => act(type, { item: item.item });
  const talking = item.stage === "conversation";
  const pass = html`<button aria-expanded=${transferring} data-testid="transfer" onClick=${() => transfer(!transferring)}>Transfer</button>`;
  // A call is answered and ended on the telephone, and cannot be parked.
  if (talking && item.kind === "call") return item.answered ? html`<div class="actions">${pass}</div>` : null;
  return html`
    <div class="actions">
      ${talking && pass}
      ${item.activity === "active" && html`<button data-testid="park" onClick=${go("park")}>Park</button>`}
      ${item.activity !== "active" && html`<button class=${talking ? "primary" : ""} data-testid="resume" onClick=${go("resume")}>Resume</button>`}
      ${talking && html`<button class="danger" data-testid="end" onClick=${go("end")}>End</button>`}
    </div>`;
}

export function Conversation() {
  const item = current.value;
  const [transferring, transfer] = useState("");
  if (!item) return html`<section class="conversation nothing" data-testid="conversation"><p>${view.value?.inbox.length ? "Choose an item from the inbox." : "Nothing is open."}</p></section>`;
  const mine = item.owner === view.value?.agent.id;
  const wrapUp = item.stage === "wrap_up";
  const held = heldBy(item, view.value?.inbox ?? []);
  const passing = transferring === item.item && mine && !wrapUp;
  return html`
    <section class="conversation" aria-label="Conversation" data-testid="conversation" data-item=${item.item}>
      <header>
        <button class="quiet back" aria-label="Back to the inbox" onClick=${() => select(null)}>←</button>
        <div class="what">
          <h1 dir="auto">${titleOf(item)}</h1>
          <p><span class=${`chip ${item.stage} ${item.activity ?? ""}`} data-testid="standing">${standing(item)}</span>
            <span class="muted timer" data-testid="handle-time">${duration(elapsed(item.handle, now.value))}</span>
            <span class="muted queue">${queueName(item.queue)}</span></p>
        </div>
        ${mine && html`<${Actions} item=${item} transferring=${passing} transfer=${(/** @type {boolean} */ on) => transfer(on ? item.item : "")} />`}
        ${item.stage === "waiting" && html`<button class="primary" data-testid="pick-open" onClick=${() => pick(item.item)}>Pick</button>`}
      </header>
      ${held && html`<p class="held" data-testid="held">${held}</p>`}
      ${passing && html`<${Transfer} item=${item} key=${`transfer ${item.item}`} done=${() => transfer("")} />`}
      ${item.kind === "chat" ? html`<${Log} item=${item} key=${item.item} />` : html`<div class="log"><p class="turn">${mine ? otherWork(item) : `${kindName[item.kind]}, not taken yet.`}</p></div>`}
      ${mine && wrapUp && html`<${WrapUp} item=${item} key=${`wrap-up ${item.item}`} />`}
      ${mine && item.kind === "chat" && !wrapUp && html`<${Composer} item=${item} key=${`composer ${item.item}`} />`}
    </section>`;
}
