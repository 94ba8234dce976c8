/** The middle of the desk: the open item. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Icon } from "../shared/icons.js";
import { confirmed } from "../shared/question.js";
import { act, compose, pick, select, showDetails } from "./desk.js";
import { useGoingOn } from "./focus.js";
import { keyed } from "./keys.js";
import { texts } from "./language.js";
import { Log } from "./log.js";
import { Later, parts } from "./ondemand.js";
import { hasDraft } from "./drafts.js";
import { handover, isGone, waitsSince } from "./replyclock.js";
import { isOver, Kind, queueName, ReplyClock } from "./row.js";
import { current, currentLog, logs, view } from "./state.js";
import { agentName, heldBy, kindName, moment, standing, timeOfDay, titleOf } from "./texts.js";
import { duration, elapsed, now } from "./timers.js";
import { Written } from "./written.js";

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
  const end = async () => {
    const draft = hasDraft(item.item);
    const why = draft ? t.endsWithDraft : waitsSince(item, currentLog.peek()) ? t.endsUnanswered : t.endsForGood;
    if (!(await confirmed(t.endTitle(titleOf(item)), why, t.end, texts.peek().cancel, !draft))) return;
    await parts.wrapup.load(); // what follows is there when the server says that it does
    go("end")();
  };
  const talking = item.stage === "conversation";
  const pass = html`<button aria-expanded=${transferring} data-testid="transfer" onClick=${() => transfer(!transferring)} ...${keyed("transfer")}>${t.transfer}</button>`;
  // A call is answered and ended on the telephone, and cannot be parked.
  if (talking && item.kind === "call") return item.answered ? html`<div class="actions">${pass}</div>` : null;
  return html`
    <div class="actions">
      ${talking && pass}
      ${item.kind === "chat" && (!talking || isGone(currentLog.value)) && html`<button data-testid="compose" onClick=${() => compose(item.item)}>${t.byMail}</button>`}
      ${item.activity === "active" && html`<button data-testid="park" onClick=${go("park")} ...${keyed("park")}>${t.park}</button>`}
      ${item.activity !== "active" && html`<button class=${talking ? "primary" : ""} data-testid="resume" onClick=${go("resume")} ...${keyed("park")}>${t.resume}</button>`}
      ${talking && html`<button class="danger apart" data-testid="end" onClick=${end} ...${keyed("end")}>${t.end}</button>`}
    </div>`;
}

/** @param {{ item: Item }} props */
const HandleTime = ({ item }) => html`<span class="muted timer" title=${texts.value.details.handle} data-testid="handle-time">${duration(elapsed(item.handle, now.value))}</span>`;

/** What whoever gave it away wants to be known (R23): large, and first, until it is answered. */
function Handover() {
  const given = handover(currentLog.value);
  if (!given) return null;
  return html`
    <div class="handover" data-testid="handover">
      <p class="who"><bdi>${texts.value.talk.handedBy(agentName(given.agent))}</bdi> <time datetime=${given.at}>${timeOfDay(given.at)}</time></p>
      <p dir="auto"><${Written} text=${given.note} /></p>
    </div>`;
}

function showCustomer() {
  showDetails(true);
  setTimeout(() => { // once it is in sight: the search, or who it is
    const customer = /** @type {HTMLElement | null} */ (document.querySelector(".customer"));
    (customer?.querySelector("input") ?? customer)?.focus();
  });
}

/** Nothing is open: what there is to do. */
function Nothing() {
  const t = texts.value.talk;
  const { inbox = [], queues = [], agent } = view.value ?? {};
  const waits = inbox.map((item) => ({ item: item.item, since: waitsSince(item, logs.value[item.item]) })).filter(({ since }) => since)
    .sort((a, b) => ((a.since ?? "") < (b.since ?? "") ? -1 : 1));
  const lead = useGoingOn("");
  const nothing = queues.some(({ waiting }) => waiting.length) ? t.nothingToPick : agent?.state === "ready" ? t.nothing : t.notReady;
  return html`
    <section class="conversation nothing" data-testid="conversation">
      <p ref=${lead} tabindex="-1">${inbox.length ? t.choose : nothing}</p>
      ${waits.length > 0 && html`<button class="primary" data-testid="open-longest" onClick=${() => select(waits[0].item)}>${t.longest}</button>`}
    </section>`;
}

export function Conversation() {
  const t = texts.value.talk;
  const item = current.value;
  const [transferring, transfer] = useState("");
  const heading = useGoingOn(item ? `${item.item} ${item.stage} ${item.activity} ${transferring}` : "");
  if (!item) return html`<${Nothing} />`;
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
          <h1 ref=${heading} tabindex="-1" data-testid="heading"><${Kind} kind=${item.kind} /> <bdi>${titleOf(item)}</bdi></h1>
          <p><span class=${`chip ${item.stage} ${item.activity ?? ""}`} data-testid="standing">${standing(item)}</span>
            ${isGone(currentLog.value) && html`<span class="mark gone" data-testid="gone">${texts.value.inbox.gone}</span>`}
            ${item.due_at && html`<span class=${`mark ${isOver(item.due_at) ? "overdue" : "due"}`} data-testid="due">${texts.value.inbox.due(moment(item.due_at))}</span>`}
            <${ReplyClock} item=${item} words=${true} />
            ${item.stage !== "waiting" && html`<${HandleTime} item=${item} />`}
            <span class="muted queue" dir="auto">${queueName(item.queue)}</span></p>
        </div>
        ${mine && html`<${Actions} item=${item} transferring=${!!passing} transfer=${pass} />`}
        ${item.stage === "waiting" && html`<button class="primary" data-testid="pick-open" onClick=${() => pick(item.item)}>${texts.value.inbox.pick}</button>`}
        <button class="quiet to-customer" aria-label=${t.customer} ...${keyed("customer")} data-testid="to-customer" onClick=${showCustomer}><${Icon} name="person" /></button>
      </header>
      ${held && html`<p class="held" data-testid="held">${held}</p>`}
      <${Handover} />
      ${passing && html`<${passing.Transfer} item=${item} key=${`transfer ${item.item}`} done=${() => transfer("")} />`}
      ${item.kind === "chat" ? html`<${Log} item=${item} key=${item.item} />` : html`<div class="log"><p class="turn">${mine ? otherWork(item) : t.notTaken(kindName(item.kind))}</p>
        ${mine && item.kind !== "call" && html`<${Later} key=${`letter ${item.item}`} part=${parts.letter} show=${(/** @type {typeof import("./letter.js")} */ { Letter }) => html`<${Letter} item=${item} />`} />`}
        ${mine && html`<${Later} key=${`notes ${item.item}`} part=${parts.itemnotes} show=${(/** @type {typeof import("./itemnotes.js")} */ { ItemNotes }) => html`<${ItemNotes} item=${item} />`} />`}
        ${mine && !wrapUp && html`<${Later} key=${item.item} part=${parts.callnotes} show=${(/** @type {typeof import("./callnotes.js")} */ { CallNotes }) => html`<${CallNotes} item=${item} />`} />`}</div>`}
      ${mine && wrapUp && html`<${Later} key=${`wrap-up ${item.item}`} part=${parts.wrapup} show=${(/** @type {typeof import("./wrapup.js")} */ { WrapUp }) => html`<${WrapUp} item=${item} />`} />`}
      ${mine && item.kind === "chat" && !wrapUp && html`<${Later} key=${`composer ${item.item}`} part=${parts.composer} show=${(/** @type {typeof import("./composer.js")} */ { Composer }) => html`<${Composer} item=${item} />`} />`}
    </section>`;
}
